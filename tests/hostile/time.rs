//! Servers that are slow, silent or of another time, for the whole client; the limits of the transport alone are in
//! `obs-core/src/transport/ureq/tests/limits.rs`.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use obs_core::{Cached, Credentials, CredentialsChain, EcsMetadata, Signature};
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

/// What a call asks before and after its request is a part of it.
#[test]
fn silence_around_a_request_meets_the_deadline() {
    let ends = |what: &str, call: &dyn Fn() -> obs_core::Result<()>| {
        let started = Instant::now();
        let error = call().expect_err(what);
        assert!(started.elapsed() < SECOND * 10, "{what}: {:?}, {error}", started.elapsed());
        error
    };
    let (emulator, bucket) = place();
    // The stall limit is longer, and the retries are many: only the deadline ends these
    let hurried =
        |endpoint: &str| strict(endpoint).deadline(SECOND).max_retry_count(100).timeout(SECOND * 20);
    let silent = |operation: &str| {
        emulator.faults().add(Rule::new(Action::StallHead(None)).operation(operation));
    };

    // A metadata service that takes the call and says nothing: with three tries it would be thirty seconds
    let metadata = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let keys = EcsMetadata::new().address(format!("http://{}", metadata.local_addr().unwrap()));
    let client = hurried(&emulator.endpoint()).credentials(Credentials::anonymous());
    let client =
        client.credentials_provider(CredentialsChain::new().with(Cached::new(keys))).build().unwrap();
    for _ in 0..2 {
        let error = ends("credentials", &|| client.list_buckets().send().map(drop));
        assert!(error.is_timeout() && error.to_string().contains("ECS: no credentials within"), "{error}");
    }

    let client = hurried(&emulator.localhost_endpoint()).signature(Signature::Negotiate).build().unwrap();
    let asked = Rule::new(Action::StallHead(None)).operation("GetApiVersion");
    let asked = emulator.faults().add(asked);
    let error = ends("protocol", &|| client.head_bucket(bucket.name()).send().map(drop));
    assert!(error.is_timeout() && asked.hits() > 0, "{error}");
    emulator.faults().clear();

    // The look at what became of a lost answer; the refusal stands
    let client = hurried(&emulator.endpoint()).retry_delay(SECOND / 100, SECOND / 100).build().unwrap();
    emulator.faults().add(Rule::new(Action::DropAnswer).operation("AppendObject").times(1));
    silent("HeadObject");
    let append = || client.append_object(bucket.name(), "log", 0, "line").send().map(drop);
    let error = ends("what became of it", &append);
    assert!(error.is_conflict(), "{error}");
    emulator.faults().clear();

    // The rest of a download: one that never begins, and a wait that would end too late
    bucket.put_content("k", vec![7; 1 << 20]).send().unwrap();
    let broken = || Rule::new(Action::ResetResponse(300_000)).operation("GetObject").times(1);
    emulator.faults().add(broken());
    silent("GetObject");
    let error = ends("the rest", &|| client.get_object(bucket.name(), "k").send()?.bytes().map(drop));
    assert!(error.is_retryable(), "{error}");
    emulator.faults().clear();
    emulator.faults().add(broken());
    silent("GetObject");
    let patient = hurried(&emulator.endpoint()).retry_delay(SECOND * 600, SECOND * 600).build().unwrap();
    let error = ends("the wait", &|| patient.get_object(bucket.name(), "k").send()?.bytes().map(drop));
    assert!(error.is_retryable(), "{error}");
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
