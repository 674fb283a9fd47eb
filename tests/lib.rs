//! What the integration tests share, and the code blocks of the READMEs and of the guide as doc-tests.

use std::env;

use obs_core::{BucketClient, Credentials, ObsClient};
use obs_emulator::Emulator;
use tempfile::TempDir;

pub mod every_operation;
pub mod inputs;
pub mod markdown;
#[cfg(doctest)]
mod pages;
pub mod transfers;
pub mod trees;

/// An emulator, and an empty folder that is the working directory as long as this lives: what a code block of the guide
/// stands on. Each block runs in a process of its own.
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
