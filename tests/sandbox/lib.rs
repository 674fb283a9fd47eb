//! What the examples of the guide and of the reference stand on: an emulator, a client that knows its keys, a bucket, and a folder of their own.
//!
//! A crate of its own, because `obs-core` builds it for its examples, and knows nothing of the crates above.
#![allow(clippy::expect_used, reason = "an example without its ground is to fail")]

use std::env;

use obs_core::{BucketClient, Credentials, ObsClient};
use obs_emulator::Emulator;
use tempfile::TempDir;

/// An emulator, and an empty folder that is the working directory as long as this lives. Each example runs in a process of its
/// own.
#[derive(Debug)]
pub struct Place {
    /// The server.
    pub emulator: Emulator,
    _folder: TempDir,
}

/// A place, and a client that knows the emulator's keys.
pub fn client() -> (Place, ObsClient) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    env::set_current_dir(folder.path()).expect("a folder that was just made");
    let emulator = Emulator::start();
    let client = ObsClient::builder()
        .endpoint(emulator.endpoint())
        .credentials(Credentials::new(Emulator::ACCESS_KEY, Emulator::SECRET_KEY))
        .build()
        .expect("an emulator's endpoint is well-formed");
    (Place { emulator, _folder: folder }, client)
}

/// A place, and the bucket `my-bucket` in it with these objects, each of which holds its own key.
pub fn bucket(keys: &[&'static str]) -> (Place, BucketClient) {
    let (place, client) = client();
    let bucket = client.bucket("my-bucket");
    bucket.create_bucket().send().expect("a new emulator has no bucket");
    for key in keys {
        bucket.put_content(*key, *key).send().expect("the bucket is there");
    }
    (place, bucket)
}

/// The same, where the bucket `my-files` is a parallel file system.
pub fn file_system(keys: &[&'static str]) -> (Place, BucketClient) {
    let (place, client) = client();
    let files = client.bucket("my-files");
    files.create_bucket().parallel_file_system().send().expect("a new emulator has no bucket");
    for key in keys {
        files.put_content(*key, *key).send().expect("the file system is there");
    }
    (place, files)
}
