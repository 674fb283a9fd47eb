//! What the tests of transfers stand on.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use obs_core::{BucketClient, Credentials, ObsClient, ObsClientBuilder};
use obs_emulator::Emulator;
use obs_transfer::Progress;
use tempfile::TempDir;

/// The smallest part of an upload.
pub const PART: u64 = 100 << 10;

/// A server with a bucket, and a folder for files.
pub struct Bench {
    /// The server.
    pub emulator: Emulator,
    /// Its bucket.
    pub bucket: BucketClient,
    folder: TempDir,
}

/// A client's settings, with waits that suit a test.
pub fn builder(emulator: &Emulator) -> ObsClientBuilder {
    ObsClient::builder()
        .endpoint(emulator.endpoint())
        .credentials(Credentials::new(Emulator::ACCESS_KEY, Emulator::SECRET_KEY))
        .retry_delay(Duration::from_millis(1), Duration::from_millis(20))
}

impl Default for Bench {
    fn default() -> Self {
        Self::new()
    }
}

impl Bench {
    /// The key that the tests use.
    pub const KEY: &str = "folder/object.bin";

    /// A new server with an empty bucket.
    pub fn new() -> Self {
        let emulator = Emulator::start();
        let bucket = builder(&emulator).build().expect("an endpoint").bucket("transfers");
        bucket.create_bucket().send().expect("a new server has no bucket");
        Self { emulator, bucket, folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The names in the folder, hidden ones too.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).expect("a folder");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
            .collect();
        names.sort();
        names
    }

    /// A file of that many bytes that differ everywhere, last changed long ago: any change now is seen, however
    /// coarse the file system's clock.
    pub fn file(&self, name: &str, len: u64) -> (PathBuf, Vec<u8>) {
        let path = self.path(name);
        let bytes = bytes(len);
        fs::write(&path, &bytes).expect("a file");
        make_old(&path);
        (path, bytes)
    }

    /// An object of that many bytes under [`KEY`](Self::KEY).
    pub fn object(&self, len: u64) -> Vec<u8> {
        let bytes = bytes(len);
        self.bucket.put_content(Self::KEY, bytes.clone()).send().expect("an object");
        self.emulator.clear();
        bytes
    }

    /// What the server has under [`KEY`](Self::KEY).
    pub fn stored(&self) -> Option<Vec<u8>> {
        self.emulator.store().object_bytes(self.bucket.name(), Self::KEY).expect("readable")
    }

    /// How many requests of that operation were begun since the server's memory was last cleared. Its
    /// `operation_count` counts those that ended, also if they were begun before.
    pub fn begun(&self, operation: &str) -> u64 {
        self.emulator.requests().iter().filter(|seen| seen.operation == operation).count() as u64
    }

    /// How many multipart uploads are unfinished.
    pub fn uploads(&self) -> usize {
        self.emulator.store().uploads(self.bucket.name()).len()
    }

    /// How often the store took each part, by number; uploads in order of their ids.
    pub fn stored_parts(&self) -> Vec<(u32, u64)> {
        self.emulator.parts().into_iter().map(|(id, traffic)| (id.part_number, traffic.stored)).collect()
    }
}

/// Waits for it. A test that hangs fails.
///
/// # Panics
///
/// If it takes longer than a minute.
#[track_caller]
pub fn wait_for(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(60), "never: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Checks a promise about time. A machine that is busy with something else for a moment is no counter-example: only one that
/// is broken three times in a row is broken.
///
/// # Panics
///
/// If all attempts take that long or longer.
#[track_caller]
pub fn within(limit: Duration, mut attempt: impl FnMut() -> Duration) {
    let took: Vec<_> = (0..3).map(|_| attempt()).take_while(|took| *took >= limit).collect();
    assert!(took.len() < 3, "each time {limit:?} or more: {took:?}");
}

/// Bytes that differ everywhere.
pub fn bytes(len: u64) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ len;
    let mut bytes = Vec::with_capacity(len as usize + 8);
    while (bytes.len() as u64) < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(len as usize);
    bytes
}

/// Says of a file that it was changed long ago.
pub fn make_old(path: &Path) {
    let file = File::options().write(true).open(path).expect("a file");
    file.set_modified(SystemTime::now() - Duration::from_secs(1000)).expect("a file of ours");
}

/// Keeps what a transfer tells of its progress.
#[derive(Clone, Default)]
pub struct Told(Arc<Mutex<Vec<Progress>>>);

impl Told {
    /// The callback.
    pub fn callback(&self) -> impl FnMut(&Progress) + Send + 'static {
        let told = Arc::clone(&self.0);
        move |progress| told.lock().expect("no panic").push(*progress)
    }

    /// All that was told.
    pub fn all(&self) -> Vec<Progress> {
        self.0.lock().expect("no panic").clone()
    }

    /// Panics unless it never went back, and ended at all bytes exactly once.
    pub fn check(&self, size: u64) {
        let told = self.all();
        assert!(told.windows(2).all(|pair| pair[0].transferred < pair[1].transferred), "{told:?}");
        let last = told.last().expect("at least the end");
        assert_eq!((last.transferred, last.total), (size, Some(size)));
    }
}
