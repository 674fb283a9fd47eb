//! Transfers in bad weather: failing requests, throttling, keys that change.

mod mixed;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use obs_core::{Cached, CredentialsSource, ExpiringCredentials};
use obs_emulator::{Action, Emulator, Rule};
use obs_tests::transfers::{Bench, PART, builder};
use obs_transfer::prelude::*;

#[test]
fn a_server_that_throttles_is_not_stormed() {
    let bench = Bench::new();
    let (path, bytes) = bench.file("a.bin", 120 * PART);
    bench.emulator.clear();
    bench.emulator.faults().throttle(Some(50));
    let client = builder(&bench.emulator)
        .retry_delay(Duration::from_millis(200), Duration::from_secs(20))
        .build()
        .unwrap();
    let upload = client.upload_file(bench.bucket.name(), Bench::KEY, &path).part_size(PART).task_num(16);
    upload.send().unwrap();
    let (needed, made) = (122, bench.emulator.requests().len());
    println!("{made} requests where {needed} were needed");
    assert!(made * 2 <= needed * 3, "{made} requests where {needed} were needed");
    bench.emulator.faults().throttle(None);
    assert_eq!(bench.stored().unwrap(), bytes);
}

/// For how many generations of keys the server knows one: for longer than a request is on its way on a busy machine, and not for
/// as long as the upload takes.
const KNOWN: usize = 8;

/// Gives other keys every 200 ms; old ones are no longer known to the server.
#[derive(Debug)]
struct Rotating {
    emulator: Arc<Emulator>,
    fetched: Arc<AtomicUsize>,
    in_flight: AtomicUsize,
}

impl CredentialsSource for Rotating {
    fn fetch(&self) -> obs_core::Result<ExpiringCredentials> {
        assert_eq!(self.in_flight.fetch_add(1, Ordering::SeqCst), 0, "one fetch at a time");
        let generation = self.fetched.fetch_add(1, Ordering::SeqCst);
        let key = |generation: usize| format!("ROTATINGKEY{generation}");
        self.emulator.add_account(&key(generation), "secret", Emulator::ACCOUNT_ID);
        if let Some(old) = generation.checked_sub(KNOWN) {
            self.emulator.remove_account(&key(old));
        }
        thread::sleep(Duration::from_millis(20));
        self.in_flight.fetch_sub(1, Ordering::SeqCst);
        let credentials = Credentials::new(key(generation), "secret");
        Ok(ExpiringCredentials::new(credentials, SystemTime::now() + Duration::from_millis(200)))
    }
}

#[test]
fn keys_that_change_all_the_time_fail_no_part() {
    let bench = Bench::new();
    let (path, bytes) = bench.file("a.bin", 100 * PART);
    let emulator = Arc::new(Emulator::start());
    let fetched = Arc::<AtomicUsize>::default();
    let source = Rotating {
        emulator: Arc::clone(&emulator),
        fetched: Arc::clone(&fetched),
        in_flight: AtomicUsize::new(0),
    };
    let provider = Cached::new(source).refresh_ahead(Duration::from_millis(50));
    let client = builder(&emulator).credentials_provider(provider).max_retry_count(0).build().unwrap();
    let bucket = client.bucket("rotating");
    bucket.create_bucket().send().unwrap();
    // Answers that take their time, and not all the same: keys are asked for at any moment.
    for n in 0..8 {
        let late = Action::StallHead(Some(Duration::from_millis(400 + 40 * n)));
        let is_nth = move |part: &str| part.parse().is_ok_and(|part: u64| part % 8 == n);
        let rule = Rule::new(late).operation("UploadPart");
        emulator.faults().add(rule.when(move |seen| seen.parameter("partNumber").is_some_and(is_nth)));
    }
    bucket.upload_file(Bench::KEY, &path).part_size(PART).task_num(16).send().unwrap();
    assert_eq!(emulator.store().object_bytes("rotating", Bench::KEY).unwrap().unwrap(), bytes);
    assert_eq!(emulator.statuses().keys().copied().collect::<Vec<_>>(), [200]);
    assert!(
        fetched.load(Ordering::SeqCst) > KNOWN + 1,
        "whoever kept the first keys would have failed: {fetched:?}"
    );
}
