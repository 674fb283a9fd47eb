//! A hostile world: networks, servers and callers that behave as they should not. `docs/src/reliability.md` names each of these tests.

mod answers;
mod callers;
mod connections;
mod leaks;
mod log;
mod panics;
mod pki;
mod proxy;
mod rotation;
mod shown;
mod storms;
mod system;
mod time;
mod tls;
mod unread;

use std::time::Duration;

use obs_core::{BucketClient, Credentials, ObsClient, ObsClientBuilder};
use obs_emulator::Emulator;

const SECOND: Duration = Duration::from_secs(1);

/// A client that is told at once when something goes wrong.
fn strict(endpoint: &str) -> ObsClientBuilder {
    ObsClient::builder()
        .endpoint(endpoint)
        .credentials(Credentials::new(Emulator::ACCESS_KEY, Emulator::SECRET_KEY))
        .max_retry_count(0)
}

/// A server, and its bucket `hostile`.
fn place() -> (Emulator, BucketClient) {
    let emulator = Emulator::start();
    let bucket = strict(&emulator.endpoint()).build().unwrap().bucket("hostile");
    bucket.create_bucket().send().unwrap();
    emulator.clear();
    (emulator, bucket)
}
