//! One of two shards.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use obs_tests::transfers::{Bench, PART, bytes};
use obs_transfer::prelude::*;

use super::{Kills, PartName, SOURCE, kill, recorded};

/// So few calls that the last kill comes before the end.
const KILLS: Kills = Kills { times: 15, calls: 10 };
const SIZE: u64 = 160 * PART + 1;

/// Kills shard 1 of 2, until it got through after all kills, then runs the other and completes.
fn killed(bench: &Bench, path: &Path, plan: &TransferPlan, mut each: impl FnMut(&super::Run<'_>)) {
    plan.save(path.with_extension("plan")).unwrap();
    kill(bench, "shard", path, KILLS, |run, ended| {
        each(run);
        !ended
    });
    let shards = [plan.run_shard(0, 2).send().unwrap(), plan.run_shard(1, 2).send().unwrap()];
    assert_eq!((shards[1].resumed_parts, shards[1].parts), (81, 81), "{shards:?}");
    let done = plan.complete_with(shards).unwrap();
    assert_eq!(done.crc64, Some(obs_core::checksum::crc64(&bytes(SIZE))));
}

/// The parts that the server has.
fn stored(bench: &Bench) -> BTreeSet<PartName> {
    let parts = bench.emulator.parts().into_iter().filter(|(_, traffic)| traffic.stored > 0);
    parts.map(|(id, _)| (id.key, id.upload_id, id.part_number)).collect()
}

fn killed_while_an_object_is_made(bench: &Bench, path: &Path, plan: &TransferPlan) {
    let (mut before, mut resumed) = (BTreeSet::new(), 0);
    killed(bench, path, plan, |run| {
        let sent = run.sent();
        assert!(sent.is_disjoint(&before), "sent again what the server had: {sent:?} {before:?}");
        resumed += before.len();
        before = stored(bench);
    });
    assert!(resumed > 0, "no kill met the shard half-way");
    assert!(bench.stored().unwrap() == bytes(SIZE));
    assert_eq!(bench.uploads(), 0);
}

#[test]
fn a_shard_of_an_upload_killed_at_any_moment_is_run_again() {
    let bench = Bench::new();
    let (path, _) = bench.file("a.bin", SIZE);
    let plan = bench.bucket.upload_file(Bench::KEY, &path).part_size(PART).create_plan().unwrap();
    killed_while_an_object_is_made(&bench, &path, &plan);
}

#[test]
fn a_shard_of_a_copy_killed_at_any_moment_is_run_again() {
    let bench = Bench::new();
    bench.bucket.put_content(SOURCE, bytes(SIZE)).send().unwrap();
    let copy = bench.bucket.copy(Bench::KEY, CopySource::new("transfers", SOURCE));
    let plan = copy.part_size(PART).create_plan().unwrap();
    killed_while_an_object_is_made(&bench, &bench.path("a.bin"), &plan);
}

#[test]
fn a_shard_of_a_download_killed_at_any_moment_is_run_again() {
    let bench = Bench::new();
    bench.object(SIZE);
    let target = bench.path("shared/a.bin");
    let plan = bench.bucket.download_file(Bench::KEY, &target).part_size(PART).create_plan().unwrap();
    let record = || {
        let mut paths = fs::read_dir(bench.path("shared")).unwrap().map(|entry| entry.unwrap().path());
        paths.find(|path| path.extension().is_some_and(|extension| extension == "record"))
    };
    let (mut before, mut resumed) = (BTreeSet::new(), 0);
    let beside = bench.path("a.bin");
    killed(&bench, &beside, &plan, |run| {
        let asked = run.asked();
        assert!(asked.is_disjoint(&before), "asked again for what was recorded: {asked:?} {before:?}");
        resumed += before.len();
        let recorded = record().map(|record| recorded(&record)).unwrap_or_default();
        before = recorded.into_iter().map(|(key, _, number)| (key, String::new(), number)).collect();
    });
    assert!(resumed > 0, "no kill met the shard half-way");
    assert!(fs::read(&target).unwrap() == bytes(SIZE));
    assert_eq!(fs::read_dir(bench.path("shared")).unwrap().count(), 1);
}
