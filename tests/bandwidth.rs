//! Jobs that are held back, here and by the server.

use std::num::NonZeroU64;
use std::thread;
use std::time::{Duration, Instant};

use obs_tests::transfers::{Bench, within};
use obs_tests::trees::write;
use obs_transfer::prelude::*;

const MIB: u64 = 1 << 20;

/// 20 MiB at 10 MiB/s: never faster, and no slower for reasons of our own.
fn check(what: &str, job: impl Fn()) {
    within(Duration::from_millis(2400), || {
        let start = Instant::now();
        job();
        let took = start.elapsed();
        assert!(took >= Duration::from_millis(1800), "{what}: {took:?}");
        took
    });
}

#[test]
fn a_bandwidth_holds_for_all_workers_together() {
    let bench = Bench::new();
    let (path, _) = bench.file("a.bin", 20 * MIB);
    for workers in [1, 8] {
        check("upload", || {
            let upload = bench.bucket.upload_file(Bench::KEY, &path).part_size(MIB).task_num(workers);
            upload.bandwidth(10 * MIB).send().unwrap();
        });
        check("download", || {
            let download = bench.bucket.download_file(Bench::KEY, bench.path("b.bin")).part_size(MIB);
            download.task_num(workers).bandwidth(10 * MIB).send().unwrap();
        });
    }
}

#[test]
fn a_bandwidth_holds_for_all_files_of_a_folder() {
    let bench = Bench::new();
    write(&bench.path("up"), &[("big", 12 * MIB), ("small/1", 4 * MIB), ("small/2", 4 * MIB)]);
    check("upload", || {
        let upload = bench.bucket.upload_dir(bench.path("up"), "p").part_size(MIB).task_num(8);
        assert_eq!(upload.bandwidth(10 * MIB).send().unwrap().bytes, 20 * MIB);
    });
    check("download", || {
        let download = bench.bucket.download_dir("p", bench.path("down")).part_size(MIB).task_num(8);
        assert_eq!(download.bandwidth(10 * MIB).send().unwrap().bytes, 20 * MIB);
    });
}

#[test]
fn several_jobs_share_a_limiter() {
    let bench = Bench::new();
    let (path, _) = bench.file("a.bin", 10 * MIB);
    check("two uploads", || {
        let limiter = RateLimiter::new(NonZeroU64::new(10 * MIB).unwrap());
        let upload = |key: &'static str| {
            let upload = bench.bucket.upload_file(key, &path).part_size(MIB).task_num(4);
            upload.rate_limiter(&limiter)
        };
        thread::scope(|scope| {
            for key in ["one", "two"] {
                let upload = &upload;
                scope.spawn(move || upload(key).send().unwrap());
            }
        });
    });
}

#[test]
fn the_server_is_asked_to_hold_back_each_call_that_moves_bytes() {
    let bench = Bench::new();
    let (path, _) = bench.file("a.bin", 2 * MIB);
    bench.emulator.clear();
    bench.bucket.upload_file("a", &path).part_size(MIB).traffic_limit(819_200).send().unwrap();
    bench.bucket.upload_dir(path.parent().unwrap(), "dir").traffic_limit(819_200).send().unwrap();
    bench.bucket.download_file("a", bench.path("b.bin")).traffic_limit(819_200).send().unwrap();
    let requests = bench.emulator.requests();
    let limited = |operation: &str| {
        let of_it: Vec<_> = requests.iter().filter(|request| request.operation == operation).collect();
        assert!(!of_it.is_empty(), "{operation}");
        of_it.iter().all(|request| request.header("x-obs-traffic-limit") == Some("819200"))
    };
    assert!(limited("UploadPart") && limited("PutObject") && limited("GetObject"));
    assert!(!limited("InitiateMultipartUpload") && !limited("CompleteMultipartUpload"));
}
