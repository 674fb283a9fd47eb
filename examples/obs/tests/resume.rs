//! Ctrl-C in the middle of a large file, and the same command again.

#![cfg(unix)]

mod support;

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use support::{Place, bytes, failed, succeeded};

const SIZE: usize = 48 << 20;

/// Begins a copy slowly, presses Ctrl-C, and says what the program said.
fn interrupted(place: &Place, args: &[&str], is_under_way: impl Fn() -> bool) -> String {
    let mut command = place.obs(args);
    command.args(["--limit-rate", "16MiB", "--part-size", "1MiB"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is_under_way() {
        assert!(Instant::now() < deadline, "it does not get anywhere");
        thread::sleep(Duration::from_millis(20));
    }
    let pressed = Instant::now();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let line = failed(1, &child.wait_with_output().unwrap());
    assert!(pressed.elapsed() < Duration::from_secs(3), "it took {:?} to stop", pressed.elapsed());
    assert!(
        line.starts_with("obs: interrupted -- to resume, give the same command again (checkpoint: "),
        "{line}"
    );
    line
}

/// The same without hurry; gives how many parts were there already.
fn resumed(place: &Place, args: &[&str]) -> u64 {
    let mut command = place.obs(args);
    let text = succeeded(&command.args(["--part-size", "1MiB", "--json"]).output().unwrap());
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["parts"], 48);
    document["resumed_parts"].as_u64().unwrap()
}

#[test]
fn an_upload_and_a_download_go_on_after_ctrl_c() {
    let place = Place::new();
    let content = bytes(SIZE);
    place.write("big.bin", &content);

    let up = ["cp", "big.bin", "obs://my-bucket/"];
    interrupted(&place, &up, || place.emulator.operation_count("UploadPart") >= 12);
    let before = resumed(&place, &up);
    assert!((8..48).contains(&before), "{before} parts were there");

    let down = ["cp", "obs://my-bucket/big.bin", "back.bin"];
    place.emulator.clear();
    interrupted(&place, &down, || place.emulator.operation_count("GetObject") >= 16);
    assert!(!place.folder.path().join("back.bin").exists(), "never half a file");
    let before = resumed(&place, &down);
    assert!((4..48).contains(&before), "{before} parts were there");
    assert!(place.read("back.bin") == content, "the same bytes");

    let kept = place.folder.path().join(".local/state/obs/checkpoints");
    assert_eq!(std::fs::read_dir(kept).unwrap().count(), 0, "no checkpoint is left");
}
