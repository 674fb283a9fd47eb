//! Transfers in bad weather: failing requests, throttling, keys that change.

use std::fs;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, SystemTime};

use obs_core::{Cached, CredentialsSource, ExpiringCredentials};
use obs_emulator::{Action, Answer, Emulator, Rule};
use obs_tests::transfers::{Bench, PART, Told, builder};
use obs_transfer::prelude::*;

/// Three of ten requests go wrong, in every way that there is.
fn storm(bench: &Bench, seed: u64) {
    let wrongs = [
        Action::Answer(Answer::error(503, "SlowDown", "slow down")),
        Action::Answer(Answer::error(500, "InternalError", "try again")),
        Action::ResetRequest(30_000),
        Action::ResetResponse(30_000),
        Action::CloseResponse(30_000),
        Action::StallBody { after: 20_000, time: Some(Duration::from_millis(400)) },
        Action::ContentLength(-500),
        Action::ContentLength(500),
        Action::DropAnswer,
    ];
    let each = 0.3 / wrongs.len() as f64;
    for (index, wrong) in wrongs.into_iter().enumerate() {
        let rule = Rule::new(wrong).probability(each, seed * 100 + index as u64);
        bench.emulator.faults().add(rule.when(|seen| seen.operation != "PutObject"));
    }
    let flip = Rule::new(Action::FlipResponse { offset: 5_000, mask: 16 }).operation("GetObject");
    bench.emulator.faults().add(flip.probability(0.002, seed));
}

#[test]
fn in_a_storm_transfers_end_right_or_with_an_error() {
    const TRANSFERS: u64 = 60;
    let outcomes = Mutex::new((0, 0));
    let next = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= TRANSFERS {
                        return;
                    }
                    let done = one_in_a_storm(seed);
                    let mut outcomes = outcomes.lock().unwrap();
                    outcomes.0 += u64::from(done);
                    outcomes.1 += u64::from(!done);
                }
            });
        }
    });
    let (done, failed) = *outcomes.lock().unwrap();
    println!("{done} transfers ended right, {failed} with an error");
    assert!(done > failed * 4, "{done} ended right, {failed} with an error");
}

fn one_in_a_storm(seed: u64) -> bool {
    let bench = Bench::new();
    let size = 12 * PART + seed;
    let client = builder(&bench.emulator).timeout(Duration::from_millis(300)).build().unwrap();
    let bucket = client.bucket(bench.bucket.name());
    let told = Told::default();
    let result = if seed.is_multiple_of(2) {
        let (path, bytes) = bench.file("a.bin", size);
        storm(&bench, seed);
        let upload = bucket.upload_file(Bench::KEY, path).part_size(PART).task_num(4);
        let result = upload.progress(told.callback()).send().map(drop);
        match &result {
            Ok(()) => assert_eq!(bench.stored().unwrap(), bytes),
            Err(_) => assert!(bench.stored().is_none_or(|stored| stored == bytes)),
        }
        result
    } else {
        let bytes = bench.object(size);
        storm(&bench, seed);
        let target = bench.path("a.bin");
        let download = bucket.download_file(Bench::KEY, &target).part_size(PART).task_num(4);
        let result = download.progress(told.callback()).send().map(drop);
        match &result {
            Ok(()) => assert_eq!(fs::read(&target).unwrap(), bytes),
            Err(_) => assert!(bench.names().is_empty(), "{:?}", bench.names()),
        }
        result
    };
    match &result {
        Ok(()) => told.check(size),
        Err(error) => {
            println!("{seed}: {error}");
            let told = told.all();
            assert!(told.windows(2).all(|pair| pair[0].transferred < pair[1].transferred), "{told:?}");
            assert!(told.iter().all(|told| told.transferred < size), "{error}: {told:?}");
        }
    }
    result.is_ok()
}

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

/// Gives other keys every 200 ms; those before last are no longer known to the server.
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
        if let Some(old) = generation.checked_sub(2) {
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
    let upload = bucket.upload_file(Bench::KEY, &path).part_size(PART).task_num(16);
    upload.bandwidth(5 << 20).send().unwrap();
    assert_eq!(emulator.store().object_bytes("rotating", Bench::KEY).unwrap().unwrap(), bytes);
    assert_eq!(emulator.statuses().keys().copied().collect::<Vec<_>>(), [200]);
    assert!(fetched.load(Ordering::SeqCst) >= 5, "{fetched:?}");
}
