//! Three of ten requests go wrong, in every way that there is, and every kind of transfer is under way.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use obs_emulator::{Action, Answer, Rule};
use obs_tests::transfers::{Bench, PART, Told, builder, bytes};
use obs_tests::trees;
use obs_transfer::prelude::*;

const TRANSFERS: u64 = 200;
const AT_ONCE: usize = 8;
const STALL_LIMIT: Duration = Duration::from_millis(500);

fn storm(bench: &Bench, seed: u64) {
    let wrongs = [
        Action::Answer(Answer::error(503, "SlowDown", "slow down")),
        Action::Answer(Answer::error(503, "ServiceUnavailable", "come back")),
        Action::Answer(Answer::error(500, "InternalError", "try again")),
        Action::ResetRequest(30_000),
        Action::ResetResponse(30_000),
        Action::CloseResponse(30_000),
        Action::StallBody { after: 20_000, time: Some(STALL_LIMIT * 2) },
        Action::ContentLength(-500),
        Action::ContentLength(500),
        Action::DropAnswer,
    ];
    let each = 0.3 / wrongs.len() as f64;
    for (index, wrong) in wrongs.into_iter().enumerate() {
        bench.emulator.faults().add(Rule::new(wrong).probability(each, seed * 100 + index as u64));
    }
    // Nobody but the CRC-64 of the whole notices, and then all of it was for nothing.
    let flip = Rule::new(Action::FlipResponse { offset: 5_000, mask: 16 }).operation("GetObject");
    bench.emulator.faults().add(flip.probability(0.004, seed));
}

/// Tries it in a storm. Wrong bytes are a panic.
type Try = fn(&Bench, &BucketClient, u64) -> Result<(), Box<dyn std::error::Error>>;

const KINDS: [(&str, Try); 8] = [
    ("upload", upload),
    ("upload, again and again", upload_again),
    ("download", download),
    ("download, again and again", download_again),
    ("copy", copy),
    ("writer", writer),
    ("reader", reader),
    ("folder", folder),
];

#[test]
fn two_hundred_transfers_end_right_or_with_an_error() {
    let began = Instant::now();
    let tally = Mutex::new(BTreeMap::<&str, (u64, u64)>::new());
    let next = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= TRANSFERS {
                        return;
                    }
                    let (kind, transfer) = KINDS[seed as usize % KINDS.len()];
                    let bench = Bench::new();
                    let client = builder(&bench.emulator).timeout(STALL_LIMIT).build().unwrap();
                    let result = transfer(&bench, &client.bucket(bench.bucket.name()), seed);
                    if let Err(error) = &result {
                        println!("{seed} {kind}: {error}");
                    }
                    let mut tally = tally.lock().unwrap();
                    let (done, failed) = tally.entry(kind).or_default();
                    *(if result.is_ok() { done } else { failed }) += 1;
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap();
    let (mut done, mut failed) = (0, 0);
    for (kind, (right, wrong)) in &tally {
        println!("{kind:25} {right:3} ended right, {wrong:3} with an error");
        (done, failed) = (done + right, failed + wrong);
        assert!(right > wrong, "{kind}: {right} ended right, {wrong} with an error");
    }
    println!("{done} ended right, {failed} with an error, {:?}", began.elapsed());
    assert_eq!(done + failed, TRANSFERS);
    assert!(done >= failed * 4, "{done} ended right, {failed} with an error");
}

/// The server tells the CRC-64 of an object, not of a range: what is damaged in one shows when all are here.
#[test]
fn bits_turned_over_in_one_of_ten_ranges_make_no_wrong_bytes() {
    const DOWNLOADS: u64 = 40;
    let (mut right, mut found) = (0, 0);
    for seed in 0..DOWNLOADS {
        let bench = Bench::new();
        let bytes = bench.object(size(seed));
        let flip = Rule::new(Action::FlipResponse { offset: 5_000, mask: 16 }).operation("GetObject");
        let fault = bench.emulator.faults().add(flip.probability(0.1, seed));
        let target = bench.path("a.bin");
        let result: Result<_, obs_transfer::Error> = if seed.is_multiple_of(2) {
            let download = bench.bucket.download_file(Bench::KEY, &target).part_size(PART).task_num(4);
            download.send().map(|_| fs::read(&target).unwrap())
        } else {
            let mut read = Vec::new();
            let reader = bench.bucket.object_reader(Bench::KEY).part_size(PART).task_num(4).open();
            reader.and_then(|mut reader| Ok(reader.read_to_end(&mut read)?)).map(|_| read)
        };
        match result {
            Ok(read) => {
                assert!(read == bytes, "wrong bytes");
                right += 1;
            }
            Err(error) => {
                assert!(error.is_integrity() && fault.hits() > 0, "{error}");
                assert!(bench.names().is_empty(), "{:?}", bench.names());
                found += 1;
            }
        }
    }
    println!("{right} ended right, in {found} the damage was found");
    assert!(right > 0 && found > 0);
}

fn size(seed: u64) -> u64 {
    8 * PART + seed
}

/// Of a transfer that failed: it never went back, and never said that it was done.
fn check_failed(told: &Told, size: u64) {
    let told = told.all();
    assert!(told.windows(2).all(|pair| pair[0].transferred < pair[1].transferred), "{told:?}");
    assert!(told.iter().all(|told| told.transferred < size), "{told:?}");
}

fn check(told: &Told, size: u64, ended: bool) {
    if ended { told.check(size) } else { check_failed(told, size) }
}

/// What is stored is whole, or nothing is.
fn check_stored(bench: &Bench, bytes: &[u8], ended: bool) {
    match bench.stored() {
        Some(stored) => assert!(stored == bytes, "wrong bytes"),
        None => assert!(!ended, "it was said to be there"),
    }
}

fn upload(bench: &Bench, bucket: &BucketClient, seed: u64) -> Result<(), Box<dyn std::error::Error>> {
    let (path, bytes) = bench.file("a.bin", size(seed));
    storm(bench, seed);
    let told = Told::default();
    let upload = bucket.upload_file(Bench::KEY, path).part_size(PART).task_num(4);
    let result = upload.progress(told.callback()).send();
    check_stored(bench, &bytes, result.is_ok());
    check(&told, size(seed), result.is_ok());
    Ok(result.map(drop)?)
}

/// Fails soon, and goes on from its checkpoint.
fn upload_again(bench: &Bench, _: &BucketClient, seed: u64) -> Result<(), Box<dyn std::error::Error>> {
    let client = builder(&bench.emulator).timeout(STALL_LIMIT).max_retry_count(0).build()?;
    let bucket = client.bucket(bench.bucket.name());
    let (path, bytes) = bench.file("a.bin", size(seed));
    storm(bench, seed);
    let mut result = Err("never tried".into());
    for _ in 0..40 {
        let told = Told::default();
        let upload = bucket.upload_file(Bench::KEY, &path).part_size(PART).task_num(4).checkpoint(true);
        let one = upload.progress(told.callback()).send();
        check_stored(bench, &bytes, one.is_ok());
        check(&told, size(seed), one.is_ok());
        result = one.map(drop).map_err(Into::into);
        if result.is_ok() {
            assert_eq!(bench.names(), ["a.bin"]);
            break;
        }
    }
    result
}

fn download(bench: &Bench, bucket: &BucketClient, seed: u64) -> Result<(), Box<dyn std::error::Error>> {
    let bytes = bench.object(size(seed));
    storm(bench, seed);
    let (target, told) = (bench.path("a.bin"), Told::default());
    let download = bucket.download_file(Bench::KEY, &target).part_size(PART).task_num(4);
    let result = download.progress(told.callback()).send();
    match &result {
        Ok(_) => assert!(fs::read(&target)? == bytes, "wrong bytes"),
        Err(_) => assert!(bench.names().is_empty(), "{:?}", bench.names()),
    }
    check(&told, size(seed), result.is_ok());
    Ok(result.map(drop)?)
}

fn download_again(bench: &Bench, _: &BucketClient, seed: u64) -> Result<(), Box<dyn std::error::Error>> {
    let client = builder(&bench.emulator).timeout(STALL_LIMIT).max_retry_count(0).build()?;
    let bucket = client.bucket(bench.bucket.name());
    let bytes = bench.object(size(seed));
    storm(bench, seed);
    let target = bench.path("a.bin");
    let mut result = Err("never tried".into());
    for _ in 0..40 {
        let told = Told::default();
        let download = bucket.download_file(Bench::KEY, &target).part_size(PART).task_num(4);
        let one = download.checkpoint(true).progress(told.callback()).send();
        check(&told, size(seed), one.is_ok());
        assert_eq!(target.exists(), one.is_ok());
        result = one.map(drop).map_err(Into::into);
        if result.is_ok() {
            assert!(fs::read(&target)? == bytes, "wrong bytes");
            assert_eq!(bench.names(), ["a.bin"]);
            break;
        }
    }
    result
}

fn copy(bench: &Bench, bucket: &BucketClient, seed: u64) -> Result<(), Box<dyn std::error::Error>> {
    let bytes = bytes(size(seed));
    bench.bucket.put_content("source", bytes.clone()).send()?;
    storm(bench, seed);
    let told = Told::default();
    let copy = bucket.copy(Bench::KEY, CopySource::new(bucket.name(), "source")).part_size(PART);
    // In one call, or in ranges
    let threshold = if seed.is_multiple_of(3) { u64::MAX } else { 0 };
    let result = copy.threshold(threshold).task_num(4).progress(told.callback()).send();
    check_stored(bench, &bytes, result.is_ok());
    check(&told, size(seed), result.is_ok());
    Ok(result.map(drop)?)
}

fn writer(bench: &Bench, bucket: &BucketClient, seed: u64) -> Result<(), Box<dyn std::error::Error>> {
    let bytes = bytes(size(seed));
    storm(bench, seed);
    let result = (|| -> io::Result<()> {
        let mut writer = bucket.object_writer(Bench::KEY).part_size(PART).task_num(4).start()?;
        for piece in bytes.chunks(33_333) {
            writer.write_all(piece)?;
        }
        writer.finish()?;
        Ok(())
    })();
    check_stored(bench, &bytes, result.is_ok());
    Ok(result?)
}

fn reader(bench: &Bench, bucket: &BucketClient, seed: u64) -> Result<(), Box<dyn std::error::Error>> {
    let bytes = bench.object(size(seed));
    storm(bench, seed);
    let mut read = Vec::new();
    let mut reader = bucket.object_reader(Bench::KEY).part_size(PART).task_num(4).open()?;
    reader.read_to_end(&mut read)?;
    assert!(read == bytes, "wrong bytes");
    Ok(())
}

/// Up and down. That all files got through is right, that some of them are told is an error.
fn folder(bench: &Bench, bucket: &BucketClient, seed: u64) -> Result<(), Box<dyn std::error::Error>> {
    let tree = [("a", 3 * PART + seed), ("b/c", PART), ("b/d", 30_000 + seed), ("e", 1)];
    let total = tree.iter().map(|(_, size)| size).sum();
    let (up, down) = (bench.path("up"), bench.path("down"));
    trees::write(&up, &tree);
    let whole = trees::read(&up);
    storm(bench, seed);
    let told = Told::default();
    let upload = bucket.upload_dir(&up, "up").part_size(PART).task_num(4);
    let report = upload.progress(told.callback()).send()?;
    assert_eq!(report.succeeded + report.failures.len() as u64, tree.len() as u64);
    let stored = trees::stored(bench, "up/");
    assert!(stored.iter().all(|(name, bytes)| whole[name] == *bytes), "wrong bytes");
    assert!(stored.len() as u64 >= report.succeeded);
    report.into_result()?;
    told.check(total);

    let told = Told::default();
    let download = bucket.download_dir("up", &down).part_size(PART).task_num(4);
    let report = download.progress(told.callback()).send()?;
    assert_eq!(report.succeeded + report.failures.len() as u64, tree.len() as u64);
    let there = trees::read(&down);
    assert!(there.iter().all(|(name, bytes)| whole[name] == *bytes), "wrong bytes");
    assert_eq!(there.len() as u64, report.succeeded);
    report.into_result()?;
    told.check(total);
    Ok(())
}
