//! Every checkpoint that a transfer keeps, cut: the next run ends right, and starts over at worst. Around the ends of lines and
//! here and there in the suite, at each of its bytes in the soak.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use obs_emulator::Rule;
use obs_tests::transfers::{Bench, PART, bytes};
use obs_tests::trees;
use obs_transfer::prelude::*;

/// Two of three parts are done when the job is stopped.
const SIZE: u64 = 2 * PART + 1;

/// Where a checkpoint is cut.
#[derive(Clone, Copy)]
enum Cuts {
    Some,
    Every,
}

impl Cuts {
    fn includes(self, checkpoint: &[u8], len: usize) -> bool {
        let at_end_of_line =
            || checkpoint.iter().take(len + 2).skip(len.saturating_sub(1)).any(|byte| *byte == b'\n');
        matches!(self, Self::Every) || len.is_multiple_of(31) || at_end_of_line()
    }
}

/// Interrupts the job by a fault, cuts its checkpoint, runs it again: once for each length that a cut leaves. `check` looks
/// whether it ended right, and undoes it.
fn survives(
    cuts: Cuts,
    bench: &Bench,
    fault: impl Fn() -> Rule,
    record: impl Fn() -> PathBuf,
    run: impl Fn() -> Result<(), obs_transfer::Error>,
    check: impl Fn(),
) {
    let (mut len, mut made, mut lines) = (0, 0, 0);
    loop {
        let fault = bench.emulator.faults().add(fault());
        run().unwrap_err();
        fault.remove();
        let path = record();
        let whole = fs::read(&path).unwrap();
        while !cuts.includes(&whole, len) {
            len += 1;
        }
        let end = len.min(whole.len()) as u64;
        fs::File::options().write(true).open(&path).unwrap().set_len(end).unwrap();
        run().unwrap_or_else(|error| panic!("cut to {len} of {} bytes: {error}", whole.len()));
        check();
        made += 1;
        lines = lines.max(whole.iter().filter(|byte| **byte == b'\n').count());
        if len >= whole.len() {
            break;
        }
        len += 1;
    }
    println!("{made} cuts");
    assert!(lines >= 2 && len > 200, "the checkpoint had no part: {lines} lines, {len} bytes");
}

/// The one file of a folder whose name ends so.
fn file_in(folder: &Path, suffix: &str) -> PathBuf {
    let mut paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.find(|path| path.to_str().unwrap().ends_with(suffix)).unwrap()
}

fn third_part() -> Rule {
    Rule::error(403, "AccessDenied").query("partNumber", "3")
}

fn third_range() -> Rule {
    let third = format!("bytes={}-", 2 * PART);
    let denied = Rule::error(403, "AccessDenied").operation("GetObject");
    denied.when(move |seen| seen.header("range").is_some_and(|range| range.starts_with(&third)))
}

type Case = fn(Cuts);

const CASES: [Case; 5] = [of_an_upload, of_a_download, of_a_copy, of_folders, of_a_shard];

fn all(cuts: Cuts) {
    thread::scope(|scope| {
        for case in CASES {
            scope.spawn(move || case(cuts));
        }
    });
}

#[test]
fn checkpoints_of_all_kinds_survive_being_cut() {
    all(Cuts::Some);
}

#[test]
#[ignore = "a soak: half a minute on a quiet machine, minutes on a slow disk"]
fn soak_cut_at_every_byte() {
    all(Cuts::Every);
}

fn of_an_upload(cuts: Cuts) {
    let bench = Bench::new();
    let (path, bytes) = bench.file("a.bin", SIZE);
    let record = bench.path("record");
    let upload = || bench.bucket.upload_file(Bench::KEY, &path).part_size(PART).checkpoint_file(&record);
    survives(
        cuts,
        &bench,
        third_part,
        || record.clone(),
        || upload().send().map(drop),
        || {
            assert!(bench.stored().unwrap() == bytes && !record.exists());
        },
    );
}

fn of_a_download(cuts: Cuts) {
    let bench = Bench::new();
    let bytes = bench.object(SIZE);
    let (target, record) = (bench.path("a.bin"), bench.path("record"));
    let download =
        || bench.bucket.download_file(Bench::KEY, &target).part_size(PART).checkpoint_file(&record);
    survives(
        cuts,
        &bench,
        third_range,
        || record.clone(),
        || download().send().map(drop),
        || {
            assert!(fs::read(&target).unwrap() == bytes && !record.exists());
            fs::remove_file(&target).unwrap();
        },
    );
}

fn of_a_copy(cuts: Cuts) {
    let bench = Bench::new();
    let bytes = bytes(SIZE);
    bench.bucket.put_content("source", bytes.clone()).send().unwrap();
    let record = bench.path("record");
    let copy = || {
        let copy = bench.bucket.copy(Bench::KEY, CopySource::new("transfers", "source"));
        copy.part_size(PART).threshold(PART).checkpoint_file(&record)
    };
    survives(
        cuts,
        &bench,
        third_part,
        || record.clone(),
        || copy().send().map(drop),
        || {
            assert!(bench.stored().unwrap() == bytes && !record.exists());
        },
    );
}

/// Of a job of many files, a failed one is in the report.
fn sent(report: Result<Report, obs_transfer::Error>) -> Result<(), obs_transfer::Error> {
    report?.into_result().map(drop)
}

fn of_folders(cuts: Cuts) {
    let bench = Bench::new();
    let (up, down, records) = (bench.path("up"), bench.path("down"), bench.path("records"));
    trees::write(&up, &[("a.bin", SIZE), ("b", 1)]);
    let whole = trees::read(&up);
    let record = || file_in(&records, "_record");
    let upload = || bench.bucket.upload_dir(&up, "up").part_size(PART).checkpoint_dir(&records);
    survives(
        cuts,
        &bench,
        third_part,
        record,
        || sent(upload().send()),
        || {
            assert!(trees::stored(&bench, "up/") == whole);
            bench.bucket.delete_object("up/a.bin").send().unwrap();
        },
    );
    sent(upload().send()).unwrap();
    let download = || bench.bucket.sync_down("up", &down).part_size(PART).checkpoint_dir(&records);
    survives(
        cuts,
        &bench,
        third_range,
        record,
        || sent(download().send()),
        || {
            assert!(visible(&down) == whole);
            fs::remove_file(down.join("a.bin")).unwrap();
        },
    );
}

/// Without the temporary files of which no checkpoint knows any more.
fn visible(root: &Path) -> std::collections::BTreeMap<String, Vec<u8>> {
    let mut files = trees::read(root);
    files.retain(|name, _| !name.ends_with(".obs-part"));
    files
}

fn of_a_shard(cuts: Cuts) {
    let bench = Bench::new();
    let bytes = bench.object(SIZE);
    let (folder, target) = (bench.path("shared"), bench.path("shared/a.bin"));
    let plan = || bench.bucket.download_file(Bench::KEY, &target).part_size(PART).create_plan().unwrap();
    let now = std::cell::RefCell::new(plan());
    let shard = || now.borrow().run_shard(0, 1).send().map(drop);
    survives(
        cuts,
        &bench,
        third_range,
        || file_in(&folder, ".record"),
        shard,
        || {
            now.borrow().complete().unwrap();
            assert!(fs::read(&target).unwrap() == bytes);
            assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
            now.replace(plan());
        },
    );

    // And what says that it is done: half of it says nothing.
    let plan = now.into_inner();
    plan.run_shard(0, 1).send().unwrap();
    let mark = file_in(&folder, ".done");
    let whole = fs::read(&mark).unwrap();
    for len in 0..whole.len() {
        fs::write(&mark, &whole[..len]).unwrap();
        assert!(plan.complete().unwrap_err().is_partial(), "{len}");
        assert_eq!(plan.run_shard(0, 1).send().unwrap().parts, 3);
        assert_eq!(fs::read(&mark).unwrap(), whole);
    }
    plan.complete().unwrap();
    assert!(fs::read(&target).unwrap() == bytes);
}
