//! Jobs of many files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use obs_tests::transfers::{Bench, PART};
use obs_tests::trees;
use obs_transfer::prelude::*;

use super::{Kills, PREFIX, PartName, kill, recorded};

const KILLS: Kills = Kills { times: 15, calls: 45 };
/// Two that travel in parts, and some that do not.
const TREE: [(&str, u64); 8] = [
    ("big.bin", 15 * PART + 1),
    ("sub/big.bin", 12 * PART),
    ("1", PART),
    ("2", 1),
    ("3", 0),
    ("sub/4", 70_000),
    ("sub/5", PART - 1),
    ("sub/sub/6", 30_000),
];

fn tree() -> BTreeMap<String, Vec<u8>> {
    TREE.iter().map(|(name, size)| ((*name).to_owned(), obs_tests::transfers::bytes(*size))).collect()
}

/// What all checkpoints of a folder have.
fn all_recorded(folder: &Path) -> BTreeSet<PartName> {
    let Ok(entries) = fs::read_dir(folder) else { return BTreeSet::new() };
    entries.flat_map(|entry| recorded(&entry.unwrap().path())).collect()
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none())
}

fn killed_on_the_way_up(job: &str, keeps_what_is_done: bool) {
    let bench = Bench::new();
    let (root, records) = (bench.path("tree"), bench.path("tree.record"));
    trees::write(&root, &TREE);
    let mut before = BTreeSet::<PartName>::new();
    let mut done_before = BTreeSet::<String>::new();
    let (mut resumed, mut kept) = (0, 0);
    kill(&bench, job, &root, KILLS, |run, ended| {
        let sent = run.sent();
        assert!(sent.is_disjoint(&before), "sent again what was recorded: {sent:?} {before:?}");
        if keeps_what_is_done {
            let parts = sent.into_iter().map(|(key, ..)| key);
            let whole = run.requests("PutObject").into_iter().map(|seen| seen.key.unwrap());
            let sent: BTreeSet<String> = parts.chain(whole).collect();
            assert!(sent.is_disjoint(&done_before), "sent again what was there: {sent:?} {done_before:?}");
        }
        (resumed, kept) = (resumed + before.len(), kept + done_before.len());
        before = all_recorded(&records);
        if ended {
            assert!(trees::stored(&bench, "folder/") == tree());
            assert!(is_empty(&records), "{:?}", all_recorded(&records));
            bench.bucket.delete_prefix("folder/").send().unwrap().into_result().unwrap();
        }
        done_before = trees::keys(&bench).into_iter().collect();
        true
    });
    println!("{job}: {resumed} parts and {kept} files not sent again");
    assert!(resumed > 0, "no kill met a file half-way");
}

#[test]
fn upload_dir_killed_at_any_moment_goes_on_in_the_middle_of_files() {
    killed_on_the_way_up("upload_dir", false);
}

#[test]
fn sync_up_killed_at_any_moment_sends_nothing_again_that_is_done() {
    killed_on_the_way_up("sync_up", true);
}

fn killed_on_the_way_down(job: &str, keeps_what_is_done: bool) {
    let bench = Bench::new();
    for (name, bytes) in tree() {
        bench.bucket.put_content(format!("{PREFIX}/{name}"), bytes).send().unwrap();
    }
    bench.emulator.clear();
    let (root, records) = (bench.path("tree"), bench.path("tree.record"));
    let mut before = BTreeSet::<PartName>::new();
    let mut done_before = BTreeSet::<String>::new();
    let (mut resumed, mut kept) = (0, 0);
    kill(&bench, job, &root, KILLS, |run, ended| {
        let asked = run.asked();
        assert!(asked.is_disjoint(&before), "asked again for what was recorded: {asked:?} {before:?}");
        if keeps_what_is_done {
            let keys: BTreeSet<String> = asked.into_iter().map(|(key, ..)| key).collect();
            assert!(keys.is_disjoint(&done_before), "fetched again what was there: {keys:?} {done_before:?}");
        }
        (resumed, kept) = (resumed + before.len(), kept + done_before.len());
        let there = visible(&root);
        let whole = tree();
        assert!(there.iter().all(|(name, bytes)| whole[name] == *bytes), "half a file has its name");
        before =
            all_recorded(&records).into_iter().map(|(key, _, number)| (key, String::new(), number)).collect();
        done_before = there.into_keys().map(|name| format!("{PREFIX}/{name}")).collect();
        if ended {
            assert!(visible(&root) == whole, "{:?}", trees::read(&root).keys());
            assert!(is_empty(&records), "{:?}", all_recorded(&records));
            fs::remove_dir_all(&root).unwrap();
            done_before.clear();
        }
        true
    });
    println!("{job}: {resumed} ranges and {kept} files not fetched again");
    assert!(resumed > 0, "no kill met a file half-way");
}

/// The files that have their names. Of the temporary one of a small file, which has no checkpoint, nobody knows after a kill.
fn visible(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = trees::read(root);
    files.retain(|name, _| !name.ends_with(".obs-part"));
    files
}

#[test]
fn download_dir_killed_at_any_moment_goes_on_in_the_middle_of_files() {
    killed_on_the_way_down("download_dir", false);
}

#[test]
fn sync_down_killed_at_any_moment_fetches_nothing_again_that_is_done() {
    killed_on_the_way_down("sync_down", true);
}
