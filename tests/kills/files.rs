//! Single files.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use obs_tests::transfers::{Bench, PART, bytes};

use super::{Kills, PartName, SOURCE, kill, recorded};

const KILLS: Kills = Kills { times: 50, calls: 45 };
const PARTS: u64 = 40;
const SIZE: u64 = PARTS * PART - 5;

/// `path` is that of the file, or where it would be: its checkpoint is beside it.
fn killed_while_an_object_is_made(bench: &Bench, job: &str, path: &Path, bytes: &[u8]) {
    let record = path.with_extension("record");
    let mut before = BTreeSet::<PartName>::new();
    let (mut moved, mut resumed, mut settled) = (0, 0, 0);
    let mut there = false;
    kill(bench, job, path, KILLS, |run, done| {
        let sent = run.sent();
        moved += sent.len();
        assert!(sent.is_disjoint(&before), "sent again what was recorded: {sent:?} {before:?}");
        if there && before.len() as u64 == PARTS {
            // Killed between the last call and the removal of the checkpoint.
            assert!(sent.is_empty() && run.requests("InitiateMultipartUpload").is_empty(), "{sent:?}");
            settled += 1;
        }
        resumed += before.len();
        before = recorded(&record);
        there = bench.stored().is_some();
        if done {
            assert_eq!(bench.stored().unwrap(), bytes);
            assert!(!record.exists());
            assert!(bench.bucket.delete_object(Bench::KEY).send().is_ok());
            there = false;
        }
        for (id, traffic) in bench.emulator.parts() {
            let recorded = before.contains(&(id.key.clone(), id.upload_id.clone(), id.part_number));
            assert!(!recorded || traffic.stored > 0, "{id:?} was recorded, but the server has it not");
        }
        true
    });
    println!("{job}: {moved} parts moved, {resumed} not again, {settled} times all was done but the record");
    assert!(resumed > 0 && moved as u64 >= PARTS, "no kill met the job half-way");
    // Only who is killed between beginning an upload and writing it down leaves one behind.
    assert!(bench.uploads() < KILLS.times / 2, "{}", bench.uploads());
}

#[test]
fn an_upload_killed_at_any_moment_sends_no_recorded_part_again() {
    let bench = Bench::new();
    let (path, bytes) = bench.file("a.bin", SIZE);
    killed_while_an_object_is_made(&bench, "upload", &path, &bytes);
}

#[test]
fn a_copy_killed_at_any_moment_copies_no_recorded_part_again() {
    let bench = Bench::new();
    let bytes = bytes(SIZE);
    bench.bucket.put_content(SOURCE, bytes.clone()).send().unwrap();
    killed_while_an_object_is_made(&bench, "copy", &bench.path("a.bin"), &bytes);
}

/// How many temporary files with bytes in them there are. An empty one may be the look at what permissions a new file has.
fn temporary_files(bench: &Bench) -> usize {
    let paths = bench.names().into_iter().filter(|name| name.ends_with(".obs-part"));
    paths.filter(|name| fs::metadata(bench.path(name)).is_ok_and(|temp| temp.len() > 0)).count()
}

#[test]
fn a_download_killed_at_any_moment_goes_on() {
    let bench = Bench::new();
    let bytes = bench.object(SIZE);
    let file = bench.path("a.bin");
    let record = bench.path("a.record");
    let mut before = BTreeSet::<PartName>::new();
    let (mut moved, mut resumed) = (0, 0);
    kill(&bench, "download", &file, KILLS, |run, done| {
        let asked = run.asked();
        moved += asked.len();
        assert!(asked.is_disjoint(&before), "asked again for what was recorded: {asked:?} {before:?}");
        resumed += before.len();
        // Where the last step is done and the record is not removed, all of it still counts.
        before = recorded(&record).into_iter().map(|(key, _, number)| (key, String::new(), number)).collect();
        if file.exists() {
            assert_eq!(fs::read(&file).unwrap(), bytes);
        }
        let temps = temporary_files(&bench);
        assert!(temps <= usize::from(!done), "{temps} temporary files");
        if done {
            assert!(file.exists() && !record.exists());
            fs::remove_file(&file).unwrap();
        }
        true
    });
    assert!(resumed > 0 && moved as u64 >= PARTS, "no kill met a download half-way");
}
