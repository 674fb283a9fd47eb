//! Jobs that are held back, here and by the server.

use std::num::NonZeroU64;
use std::thread;
use std::time::Instant;

use obs_tests::transfers::Bench;
use obs_tests::trees::write;
use obs_transfer::prelude::*;

const MIB: u64 = 1 << 20;

/// 20 MiB at 10 MiB/s.
fn check(what: &str, job: impl FnOnce()) {
    let start = Instant::now();
    job();
    let seconds = start.elapsed().as_secs_f64();
    assert!((1.8..2.4).contains(&seconds), "{what}: {seconds:.2} s");
}

#[test]
fn a_bandwidth_holds_for_all_workers_together() {
    let bench = Bench::new();
    let (path, _) = bench.file("a.bin", 20 * MIB);
    for workers in [1, 8] {
        let upload = bench.bucket.upload_file(Bench::KEY, &path).part_size(MIB).task_num(workers);
        check("upload", || drop(upload.bandwidth(10 * MIB).send().unwrap()));
        let download = bench.bucket.download_file(Bench::KEY, bench.path("b.bin")).part_size(MIB);
        check("download", || drop(download.task_num(workers).bandwidth(10 * MIB).send().unwrap()));
    }
}

#[test]
fn a_bandwidth_holds_for_all_files_of_a_folder() {
    let bench = Bench::new();
    write(&bench.path("up"), &[("big", 12 * MIB), ("small/1", 4 * MIB), ("small/2", 4 * MIB)]);
    let upload = bench.bucket.upload_dir(bench.path("up"), "p").part_size(MIB).task_num(8);
    check("upload", || assert_eq!(upload.bandwidth(10 * MIB).send().unwrap().bytes, 20 * MIB));
    let download = bench.bucket.download_dir("p", bench.path("down")).part_size(MIB).task_num(8);
    check("download", || assert_eq!(download.bandwidth(10 * MIB).send().unwrap().bytes, 20 * MIB));
}

#[test]
fn several_jobs_share_a_limiter() {
    let bench = Bench::new();
    let (path, _) = bench.file("a.bin", 10 * MIB);
    let limiter = RateLimiter::new(NonZeroU64::new(10 * MIB).unwrap());
    let upload =
        |key: &str| bench.bucket.upload_file(key, &path).part_size(MIB).task_num(4).rate_limiter(&limiter);
    check("two uploads", || {
        thread::scope(|scope| {
            for key in ["one", "two"] {
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
