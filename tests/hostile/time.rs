//! Servers that are slow, silent or of another time, for the whole client; the limits of the transport alone are in
//! `obs-core/src/transport/ureq/tests/limits.rs`.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use obs_emulator::{Action, Emulator, Raw, Rule};
use obs_tests::transfers::within;

use crate::{SECOND, place, strict};

#[test]
fn a_byte_a_second_for_ever_meets_the_deadline() {
    let (emulator, bucket) = place();
    bucket.put_content("k", vec![7; 100_000]).send().unwrap();
    let slow = |action| {
        emulator.faults().clear();
        emulator.faults().add(Rule::new(action));
    };
    // The stall limit is longer than the pauses, and the retries are many: only the deadline ends these
    let hurried = strict(&emulator.endpoint()).deadline(SECOND * 2).max_retry_count(100).timeout(SECOND * 20);
    let hurried = hurried.build().unwrap().bucket(bucket.name());
    let ends = |call: &dyn Fn() -> obs_core::Result<()>| {
        within(SECOND * 4, || {
            let started = Instant::now();
            let error = call().unwrap_err();
            assert!(error.is_timeout(), "{error}");
            started.elapsed()
        });
    };
    slow(Action::SlowResponse(1));
    ends(&|| hurried.list_objects().send().map(drop));
    ends(&|| hurried.get_object("k").send()?.bytes().map(drop));
    // As fast as one likes, but in chunks that hold next to nothing
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    slow(Action::Raw(Raw::bytes(chunked).then_forever("1\r\n \r\n".repeat(10_000))));
    ends(&|| hurried.list_objects().send().map(drop));
    slow(Action::StallHead(None));
    ends(&|| hurried.head_object("k").send().map(drop));
    slow(Action::SlowRequest(1));
    ends(&|| hurried.put_content("k", vec![7; 64 << 20]).send().map(drop));
}

#[test]
fn silence_in_either_direction_ends_at_the_stall_limit() {
    let (emulator, bucket) = place();
    bucket.put_content("k", vec![7; 1 << 20]).send().unwrap();
    let limit = Duration::from_millis(500);
    let impatient = strict(&emulator.endpoint()).timeout(limit).build().unwrap().bucket(bucket.name());
    for action in [
        Action::StallHead(None),
        Action::StallBody { after: 300_000, time: None },
        Action::StallRequest { after: 300_000, time: None },
    ] {
        emulator.faults().clear();
        emulator.faults().add(Rule::new(action.clone()));
        let started = Instant::now();
        let error = match action {
            Action::StallRequest { .. } => impatient.put_content("k", vec![1; 64 << 20]).send().map(drop),
            _ => impatient.get_object("k").send().and_then(|object| object.into_inner().bytes().map(drop)),
        }
        .unwrap_err();
        assert!(error.is_timeout(), "{action:?}: {error}");
        assert!(
            started.elapsed() >= limit && started.elapsed() < SECOND * 5,
            "{action:?}: {:?}",
            started.elapsed()
        );
    }
}

#[test]
fn sixteen_threads_whose_clock_is_three_hours_off_all_succeed() {
    const THREE_HOURS: i64 = 3 * 3600 * 1000;
    for offset in [THREE_HOURS, -THREE_HOURS] {
        let emulator = Emulator::start();
        emulator.faults().clock_offset_ms(offset);
        let client = strict(&emulator.endpoint()).build().unwrap();
        let bucket = client.bucket("hostile");
        let barrier = Barrier::new(16);
        bucket.create_bucket().send().unwrap();
        // One that has learned nothing yet
        let bucket = strict(&emulator.endpoint()).build().unwrap().bucket("hostile");
        thread::scope(|scope| {
            for n in 0..16 {
                let (bucket, barrier) = (bucket.clone(), &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    bucket.put_content(format!("{n}"), "x").send().unwrap();
                    bucket.head_object(format!("{n}")).send().unwrap();
                });
            }
        });
        let url = bucket.get_object("3").presign(Duration::from_secs(60)).unwrap();
        assert_eq!(bucket.get_object("3").send_signed(&url).unwrap().into_inner().text().unwrap(), "x");
        let refused = emulator.statuses().get(&403).copied().unwrap_or(0);
        assert!((1..=17).contains(&refused), "{refused} were refused");
    }
}
