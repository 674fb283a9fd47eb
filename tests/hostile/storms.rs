//! Clients that must not make it worse; `tests/storms.rs` has the same for transfers.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use obs_emulator::{Action, Rule};

use crate::{SECOND, place, strict};

#[test]
fn fifty_requests_a_second_are_enough_for_all() {
    const CALLS: usize = 250;
    let (emulator, bucket) = place();
    emulator.faults().throttle(Some(50));
    let client = strict(&emulator.endpoint()).max_retry_count(10).build().unwrap();
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..16 {
            let (bucket, next) = (client.bucket(bucket.name()), &next);
            scope.spawn(move || {
                while let n @ 0..CALLS = next.fetch_add(1, Ordering::Relaxed) {
                    bucket.put_content(format!("{n}"), "x").send().unwrap();
                }
            });
        }
    });
    let made = emulator.requests().len();
    println!("{made} requests where {CALLS} were needed");
    assert!(made * 2 <= CALLS * 3, "{made} requests where {CALLS} were needed");
    emulator.faults().throttle(None);
    assert_eq!(bucket.list_objects().iter().count(), CALLS);
}

#[test]
fn each_call_to_a_dead_server_ends_by_its_limit() {
    let (emulator, bucket) = place();
    emulator.faults().add(Rule::new(Action::StallHead(None)));
    let (limit, retries) = (Duration::from_millis(300), 2);
    let client = strict(&emulator.endpoint()).timeout(limit).max_retry_count(retries);
    let client = client.retry_delay(Duration::from_millis(10), Duration::from_millis(100)).build().unwrap();
    thread::scope(|scope| {
        for _ in 0..16 {
            let bucket = client.bucket(bucket.name());
            scope.spawn(move || {
                let started = Instant::now();
                let error = bucket.head_bucket().send().unwrap_err();
                assert!(error.is_timeout(), "{error}");
                assert!(started.elapsed() < SECOND * 5, "{:?}", started.elapsed());
            });
        }
    });
    assert!(emulator.requests().len() <= 16 * (1 + retries as usize));
}
