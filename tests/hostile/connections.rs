//! How connections are used, kept and lost.

use std::io::Read;
use std::sync::Barrier;
use std::thread;

use obs_core::BucketClient;
use obs_emulator::Emulator;
use obs_tests::transfers::wait_for;

use crate::pki::Authority;
use crate::proxy::Proxy;
use crate::{place, strict};

#[test]
fn a_thousand_small_calls_use_no_more_connections_than_workers() {
    const WORKERS: usize = 8;
    let (emulator, bucket) = place();
    let before = emulator.connections().total;
    thread::scope(|scope| {
        for worker in 0..WORKERS {
            let bucket = bucket.clone();
            scope.spawn(move || {
                for n in 0..25 {
                    let key = format!("{worker}-{n}");
                    bucket.put_content(&*key, "small").send().unwrap();
                    assert_eq!(bucket.get_object(&*key).send().unwrap().text().unwrap(), "small");
                    bucket.head_object(&*key).send().unwrap();
                    // Errors have bodies too
                    assert!(bucket.get_object("missing").send().unwrap_err().is_not_found());
                    bucket.delete_object(&*key).send().unwrap();
                }
            });
        }
    });
    assert_eq!(emulator.requests().len(), WORKERS * 125);
    let made = emulator.connections().total - before;
    assert!(made <= WORKERS as u64, "{made} connections for {WORKERS} workers");
}

/// Rounds of calls, with all connections closed in between.
fn go_on(emulator: &Emulator, bucket: &BucketClient, rounds: usize, posts: bool) {
    let mut closed = 0;
    for round in 0..rounds {
        thread::scope(|scope| {
            for worker in 0..4 {
                scope.spawn(move || {
                    let key = format!("{worker}");
                    bucket.put_content(&*key, format!("{round}")).send().unwrap();
                    // A POST, which is never sent twice by itself
                    if posts {
                        bucket.delete_objects(["a", "b"]).send().unwrap();
                    }
                    assert_eq!(bucket.get_object(&*key).send().unwrap().text().unwrap(), format!("{round}"));
                });
            }
        });
        closed += emulator.close_idle_connections();
    }
    assert!(closed >= rounds, "only {closed} connections were idle");
}

#[test]
fn idle_connections_that_the_server_closes_are_no_error() {
    let (emulator, bucket) = place();
    go_on(&emulator, &bucket, 25, true);
}

#[test]
fn nor_are_they_over_tls_straight_and_in_the_tunnel_of_a_proxy() {
    const PASSWORD: &str = "dTpw";
    let company = Authority::new();
    let builder = Emulator::builder().base_host("obs.example.com");
    let emulator = company.serve_in(&["*.obs.example.com", "straight.localhost"], (2020, 2120), builder);
    let proxy = Proxy::start(emulator.address(), PASSWORD);
    let straight = strict(&emulator.localhost_endpoint());
    let by_proxy = strict("https://obs.example.com").proxy(&proxy.url).proxy_credentials("u", "p");
    for (builder, name) in [(straight, "straight"), (by_proxy, "tunnel")] {
        let client = builder.root_certificates_pem(company.pem.as_bytes()).build().unwrap();
        let bucket = client.bucket(name);
        bucket.create_bucket().send().unwrap();
        // A proxy takes a moment to say that it has lost the server: what comes before is lost too.
        go_on(&emulator, &bucket, 10, name == "straight");
    }
}

#[test]
fn a_server_that_closes_after_every_answer_without_a_word_is_no_error() {
    let (emulator, bucket) = place();
    emulator.faults().add(obs_emulator::Rule::new(obs_emulator::Action::CloseAfter));
    for n in 0..100 {
        bucket.put_content("k", format!("{n}")).send().unwrap();
        assert_eq!(bucket.get_object("k").send().unwrap().text().unwrap(), format!("{n}"));
    }
}

#[test]
fn a_body_dropped_half_read_poisons_nothing() {
    let (emulator, bucket) = place();
    let content = obs_tests::transfers::bytes(1 << 20);
    bucket.put_content("big", content.clone()).send().unwrap();
    for round in 0..50 {
        let mut object = bucket.get_object("big").send().unwrap().into_inner();
        let mut start = vec![0; 1 + round * 1000];
        object.body.read_exact(&mut start).unwrap();
        assert!(content.starts_with(&start));
        drop(object);
        // What is left of that body is nobody's answer
        assert_eq!(bucket.get_object_metadata("big").send().unwrap().content_length, Some(1 << 20));
        let text = bucket.put_content("small", "text").send();
        assert_eq!(text.unwrap().status(), 200);
    }
    // The server needs a moment to see that a client is gone.
    wait_for("few are open", || emulator.connections().open <= 8);
}

#[test]
fn sixty_four_threads_share_one_client() {
    const THREADS: usize = 64;
    fn shared<T: Clone + Send + Sync + 'static>(_: &T) {}

    let emulator = Emulator::start();
    let client = strict(&emulator.endpoint()).build().unwrap();
    shared(&client);
    let bucket = client.bucket("hostile");
    shared(&bucket);
    bucket.create_bucket().send().unwrap();
    let barrier = Barrier::new(THREADS);
    thread::scope(|scope| {
        for n in 0..THREADS {
            let (bucket, barrier) = (&bucket, &barrier);
            scope.spawn(move || {
                barrier.wait();
                let key = format!("key-{n}");
                for round in 0..5_usize {
                    let content = vec![n as u8; 1 + n * 1000 + round];
                    bucket.put_content(&*key, content.clone()).send().unwrap();
                    assert!(bucket.get_object(&*key).send().unwrap().bytes().unwrap() == content);
                }
                let keys: Vec<_> =
                    bucket.list_objects().prefix(&key).iter().map(|o| o.unwrap().key).collect();
                assert!(keys.contains(&key));
            });
        }
    });
    assert_eq!(bucket.list_objects().iter().count(), THREADS);
    let connections = emulator.connections();
    assert!(connections.peak <= THREADS as u64 + 1, "{connections:?}");
}
