//! Ctrl-C or a kill in the middle, and the same command again.

#![cfg(unix)]

mod support;

use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use support::{Place, bytes, failed, succeeded, tree};

/// What is under way at once, and lost.
const TASKS: u64 = 8;

/// A copy of a large file, and how it is slowed down enough to be interrupted.
struct Copy<'a> {
    place: &'a Place,
    args: &'a [&'a str],
    parts: u64,
    rate: &'a str,
}

impl Copy<'_> {
    /// Begins it slowly, and sends the signal once it is under way.
    fn signalled(&self, signal: &str, is_under_way: impl Fn() -> bool) -> Output {
        let mut command = self.place.obs(self.args);
        command.args(["--limit-rate", self.rate, "--part-size", "1MiB"]);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        while !is_under_way() {
            assert!(Instant::now() < deadline, "it does not get anywhere");
            thread::sleep(Duration::from_millis(20));
        }
        let sent = Instant::now();
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        assert!(sent.elapsed() < Duration::from_secs(3), "it took {:?} to stop", sent.elapsed());
        output
    }

    /// Presses Ctrl-C; then kills what goes on from there; then lets it end. Most of the parts are not moved again.
    fn survives(&self, operation: &str) {
        let count = || self.place.emulator.operation_count(operation);
        self.place.emulator.clear();
        let line = failed(1, &self.signalled("-INT", || count() >= self.parts / 4));
        assert!(
            line.starts_with("obs: interrupted -- to resume, give the same command again (checkpoint: "),
            "{line}"
        );
        let before = count();
        let killed = self.signalled("-KILL", || count() >= before + self.parts / 4);
        assert!(killed.stdout.is_empty() && killed.stderr.is_empty());

        // What was on its way when it was killed may arrive a little later
        let deadline = Instant::now() + Duration::from_secs(60);
        while self.place.emulator.connections().open > 0 {
            assert!(Instant::now() < deadline, "its connections stay");
            thread::sleep(Duration::from_millis(20));
        }
        let mut before = count();
        loop {
            thread::sleep(Duration::from_millis(200));
            if std::mem::replace(&mut before, count()) == count() {
                break;
            }
        }
        let mut command = self.place.obs(self.args);
        let text = succeeded(&command.args(["--part-size", "1MiB", "--json"]).output().unwrap());
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["parts"], self.parts);
        let resumed = document["resumed_parts"].as_u64().unwrap();
        assert!((self.parts / 4 - TASKS..self.parts).contains(&resumed), "{resumed} parts were there");
        assert_eq!(count() - before, self.parts - resumed, "what was noted as done is not done again");
    }
}

fn a_file_goes_up_and_comes_back(mebibytes: u64, rate: &str) {
    let place = Place::new();
    let content = bytes((mebibytes << 20) as usize);
    place.write("big.bin", &content);
    let copy = |args| Copy { place: &place, args, parts: mebibytes, rate };
    copy(&["cp", "big.bin", "obs://my-bucket/"]).survives("UploadPart");
    let stored = place.emulator.store().object_bytes("my-bucket", "big.bin").unwrap().unwrap();
    assert!(stored == content, "the same bytes");
    copy(&["cp", "obs://my-bucket/big.bin", "back.bin"]).survives("GetObject");
    assert!(place.read("back.bin") == content, "the same bytes");
    let left = std::fs::read_dir(place.folder.path()).unwrap();
    assert_eq!(left.filter(|entry| entry.as_ref().unwrap().path().is_file()).count(), 2, "no half file");
    let kept = place.folder.path().join(".local/state/obs/checkpoints");
    assert_eq!(std::fs::read_dir(kept).unwrap().count(), 0, "no checkpoint is left");
}

#[test]
fn an_upload_and_a_download_go_on_where_they_were() {
    a_file_goes_up_and_comes_back(48, "16MiB");
}

/// `cargo test --release -p obs-cli --test resume -- --ignored`
#[test]
#[ignore = "a gibibyte, for a release build"]
fn a_gibibyte_goes_up_and_comes_back() {
    a_file_goes_up_and_comes_back(1024, "256MiB");
}

#[test]
fn many_files_go_on_where_they_were() {
    let place = Place::new();
    place.write("t/big.bin", bytes(24 << 20));
    for n in 0..20 {
        place.write(&format!("t/sub/{n}"), bytes(n));
    }
    let args = ["cp", "-r", "t", "obs://my-bucket/t"];
    let copy = Copy { place: &place, args: &args, parts: 24, rate: "8MiB" };
    let count = || place.emulator.operation_count("UploadPart");
    let line = failed(1, &copy.signalled("-INT", || count() >= 12));
    assert!(line.starts_with("obs: interrupted -- to resume, give the same command again"), "{line}");
    let before = count();
    place.done(&[&args[..], &["--part-size", "1MiB"]].concat());
    assert!(
        count() - before < 20,
        "{before} and then {}: it went on in the middle of the file",
        count() - before
    );
    place.done(&["cp", "-r", "obs://my-bucket/t", "back"]);
    assert!(tree(&place.folder.path().join("back")) == tree(&place.folder.path().join("t")));
}
