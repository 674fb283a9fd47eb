//! The SDK runs no async runtime, has none below it, and is at home in the programs of others that do.

use std::collections::BTreeSet;
use std::process::Command;

use obs_core::{Credentials, ObsClient};
use obs_emulator::Emulator;
use obs_transfer::prelude::*;

/// Async runtimes, and what cannot be without one.
const REFUSED: [&str; 12] = [
    "actix-rt",
    "async-executor",
    "async-global-executor",
    "async-std",
    "compio",
    "futures-executor",
    "glommio",
    "hyper",
    "monoio",
    "reqwest",
    "smol",
    "tokio",
];

/// All crates below this one, with all features, on all platforms: name, and version as far as it counts for compatibility.
fn crates_below(package: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--all-features", "--target", "all", "--edges", "normal,build"])
        .args(["--prefix", "none", "--package", package])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).expect("text");
    let named = lines.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let (name, version) = (words.next()?, words.next()?.trim_start_matches('v'));
        let counts = if version.starts_with("0.") { 2 } else { 1 };
        let version: Vec<&str> = version.split('.').take(counts).collect();
        Some(format!("{name} {}", version.join(".")))
    });
    named.collect()
}

/// Their names.
fn below(package: &str) -> BTreeSet<String> {
    let name = |line: String| line.split(' ').next().unwrap_or_default().to_owned();
    crates_below(package).into_iter().map(name).collect()
}

#[test]
fn no_async_runtime_below_the_sdk() {
    for (package, certain) in [("obs-sign", "sha1"), ("obs-core", "ureq"), ("obs-transfer", "rayon")] {
        let names = below(package);
        assert!(names.contains(certain), "{package}: no tree was read: {names:?}");
        let found: Vec<_> = REFUSED.iter().filter(|name| names.contains(**name)).collect();
        assert!(found.is_empty(), "{package} depends on {found:?}");
    }
}

#[test]
fn works_in_a_blocking_task_of_an_async_program() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
    let emulator = Emulator::start();
    let endpoint = emulator.endpoint();
    let tasks: Vec<_> = (0..4)
        .map(|n| {
            let endpoint = endpoint.clone();
            runtime.spawn_blocking(move || -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
                let client = ObsClient::builder()
                    .endpoint(endpoint)
                    .credentials(Credentials::new(Emulator::ACCESS_KEY, Emulator::SECRET_KEY))
                    .build()?;
                let bucket = client.bucket(format!("task-{n}"));
                bucket.create_bucket().send()?;
                bucket.put_content("a.txt", format!("from task {n}")).send()?;
                let text = bucket.get_object("a.txt").send()?.text()?;
                assert_eq!(text, format!("from task {n}"));

                let folder = tempfile::tempdir()?;
                let (source, target) = (folder.path().join("source"), folder.path().join("target"));
                let content: Vec<u8> = (0..700_000_u32).map(|i| (i % 251) as u8).collect();
                std::fs::write(&source, &content)?;
                bucket.upload_file("big.bin", &source).part_size(200 << 10).task_num(3).send()?;
                bucket.download_file("big.bin", &target).part_size(200 << 10).task_num(3).send()?;
                assert!(std::fs::read(&target)? == content, "other bytes came back");
                Ok(())
            })
        })
        .collect();
    for task in tasks {
        runtime.block_on(task).expect("no panic").expect("no error");
    }
    assert_eq!(emulator.panics(), 0);
}

/// All that is below the three crates, by name and the version that counts for compatibility: what an update of a dependency brings along
/// shows in review. `OBS_TESTS_UPDATE=1 cargo test -p obs-tests --test tree` writes the list anew.
#[test]
fn the_list_of_crates_below_the_sdk_is_the_committed_one() {
    let mut list = String::new();
    for package in ["obs-sign", "obs-core", "obs-transfer"] {
        list += &format!("{package}\n");
        for line in crates_below(package) {
            list += &format!("    {line}\n");
        }
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tree.txt");
    if std::env::var_os("OBS_TESTS_UPDATE").is_some() {
        std::fs::write(path, &list).expect("a file of this repository");
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    let (now, before): (BTreeSet<&str>, BTreeSet<&str>) =
        (list.lines().collect(), committed.lines().collect());
    let (new, gone): (Vec<_>, Vec<_>) =
        (now.difference(&before).collect(), before.difference(&now).collect());
    assert_eq!(
        list, committed,
        "new: {new:?}, gone: {gone:?}. If that is meant: OBS_TESTS_UPDATE=1 cargo test -p obs-tests --test tree"
    );
}
