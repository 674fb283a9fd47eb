//! Bytes on their way: many files, streams, what moves and what becomes equal.

#![cfg(unix)]

mod support;

use std::fs;
use std::process::{Command, Stdio};

use obs_emulator::{Action, Rule};
use serde_json::Value;
use support::{Place, bytes, succeeded, tree};

/// What a thousand files are called: names that are parts of URLs, of XML, of patterns, of command lines.
fn odd_names() -> Vec<String> {
    let odd = [
        "plain",
        "a b",
        "a+b",
        "100%",
        "%41%2F",
        "q?x=1&acl",
        "#hash",
        "semi;colon",
        "\"quoted\"",
        "it's",
        "<xml>&amp;",
        "[a-z]*",
        "{b}",
        "back\\slash",
        "tab\there",
        "new\nline",
        "ümläut",
        "目录",
        "😀",
        "-dash",
        "..dots",
        "~tilde",
        "trailing ",
        " leading",
        "e\u{301}",
    ];
    (0..40).flat_map(|n| odd.iter().map(move |name| format!("{}/{name}/{n} {name}", n % 7))).collect()
}

/// The last line of many.
fn summary(told: &str) -> Value {
    serde_json::from_str(told.lines().last().unwrap()).unwrap()
}

#[test]
fn a_thousand_odd_names_come_back_identical() {
    let place = Place::new();
    let names = odd_names();
    assert_eq!(names.len(), 1000);
    for name in &names {
        place.write(&format!("tree/{name}"), name);
    }
    fs::create_dir_all(place.path("tree/empty folder")).unwrap();
    let told = place.done(&["cp", "-r", "tree", "obs://my-bucket/t", "--json"]);
    assert_eq!(told.lines().count(), 1002, "each, and all together");
    let report = summary(&told);
    assert_eq!((&report["succeeded"], &report["failed"]), (&Value::from(1001), &Value::from(0)));
    place.done(&["cp", "-r", "obs://my-bucket/t", "back"]);
    let (there, back) = (tree(&place.folder.path().join("tree")), tree(&place.folder.path().join("back")));
    assert_eq!(there.len(), 1001);
    assert!(there == back);

    // Within the service, and down again
    place.done(&["cp", "-r", "obs://my-bucket/t/", "obs://my-bucket/u/"]);
    place.done(&["mv", "-r", "obs://my-bucket/u", "again"]);
    assert!(tree(&place.folder.path().join("again")) == there);
    assert_eq!(place.done(&["ls", "obs://my-bucket/u/"]), "", "what was moved is there no more");
}

#[test]
fn patterns_choose_and_dry_runs_write_nothing() {
    let place = Place::new();
    for name in ["t/a.jpg", "t/b.txt", "t/sub/c.jpg", "t/sub/d.tmp"] {
        place.write(name, name);
    }
    place.emulator.clear();
    let told = place.done(&["cp", "-r", "t", "obs://my-bucket/p", "--include", "*.jpg", "--dry-run"]);
    assert_eq!(told.lines().count(), 2, "{told}");
    assert!(told.contains("would upload t/a.jpg -> obs://my-bucket/p/a.jpg (7 bytes)"), "{told}");
    assert_eq!(place.emulator.operation_count("PutObject"), 0);
    place.done(&["cp", "-r", "t", "obs://my-bucket/p", "--exclude", "*.tmp"]);
    let told = place.done(&["cp", "-r", "obs://my-bucket/p", "obs://my-bucket/q", "--include", "sub/*"]);
    assert_eq!(told, "1 done (11 bytes, 0 deleted), 0 unchanged, 0 failed, 0 skipped\n");
    let told = place.done(&["rm", "-r", "obs://my-bucket/p", "--include", "*.jpg", "--dry-run"]);
    assert_eq!(told.lines().count(), 2, "{told}");
    place.done(&["rm", "-r", "obs://my-bucket/p", "--include", "*.jpg"]);
    let left = place.done(&["ls", "-r", "obs://my-bucket"]);
    let keys: Vec<_> = left.lines().map(|line| line.split_whitespace().last().unwrap()).collect();
    assert_eq!(keys, ["p/b.txt", "q/sub/c.jpg"]);
}

#[test]
fn sync_sends_what_differs() {
    let place = Place::new();
    place.write("t/a", "1");
    place.write("t/b", "2");
    let sync = ["sync", "t", "obs://my-bucket/t", "--delete", "--json"];
    let count = |args: &[&str], what: &str| summary(&place.done(args))[what].as_u64().unwrap();
    assert_eq!(count(&sync, "succeeded"), 2);
    assert_eq!(count(&sync, "succeeded"), 0, "a second run does nothing");
    fs::remove_file(place.path("t/a")).unwrap();
    place.write("t/b", "changed");
    assert_eq!(count(&sync, "deleted"), 1);
    assert_eq!(count(&["sync", "obs://my-bucket/t", "u", "--json"], "succeeded"), 1);
    assert_eq!(place.read("u/b"), b"changed");
}

#[test]
fn some_of_many_failed() {
    let place = Place::new();
    place.write("good", "good");
    place.done(&["cp", "good", "obs://my-bucket/t/good"]);
    // A key that would lead out of the folder
    let hostile = place.done(&["presign", "PUT", "obs://my-bucket/t/../evil"]);
    assert!(hostile.starts_with("http://"));
    place.done(&["cp", "good", "obs://my-bucket/t/../evil"]);
    let output = place.obs(&["cp", "-r", "obs://my-bucket/t", "back"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("t/../evil") && said.contains("1 of 2 failed"), "{said}");
    assert_eq!(place.read("back/good"), b"good");
    assert!(!place.folder.path().join("evil").exists());
}

/// Runs `first | second`.
fn piped(mut first: Command, mut second: Command) {
    let mut writer = first.stdout(Stdio::piped()).spawn().unwrap();
    let reader = second.stdin(writer.stdout.take().unwrap()).output().unwrap();
    assert!(writer.wait().unwrap().success());
    assert!(reader.status.success(), "{}", String::from_utf8_lossy(&reader.stderr));
}

#[test]
fn tar_goes_up_and_down_through_pipes() {
    let place = Place::new();
    for n in 0..20 {
        place.write(&format!("dir/{n}/file {n}"), bytes(n * 50_000));
    }
    let tar = |args: &[&str]| {
        let mut command = Command::new("tar");
        command.args(args).current_dir(place.folder.path());
        command
    };
    piped(tar(&["c", "dir"]), place.obs(&["cp", "-", "obs://my-bucket/dir.tar", "--part-size", "1MiB"]));
    assert!(place.emulator.operation_count("UploadPart") >= 9, "in parts");
    fs::create_dir(place.path("back")).unwrap();
    piped(place.obs(&["cp", "obs://my-bucket/dir.tar", "-"]), tar(&["x", "-C", "back"]));
    assert!(tree(&place.folder.path().join("back/dir")) == tree(&place.folder.path().join("dir")));
}

#[test]
fn a_reader_that_has_enough_is_no_failure() {
    let place = Place::new();
    place.write("big", bytes(8 << 20));
    place.done(&["cp", "big", "obs://my-bucket/"]);
    let mut command = place.obs(&["cat", "obs://my-bucket/big"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(succeeded(&child.wait_with_output().unwrap()), "");
}

#[test]
fn what_breaks_off_on_its_way_to_standard_output_goes_on() {
    let place = Place::new();
    let content = bytes(20 << 20);
    place.write("big", &content);
    place.done(&["cp", "big", "obs://my-bucket/"]);
    place.emulator.clear();
    let broken = Rule::new(Action::ResetResponse(100_000)).operation("GetObject").skip(1).times(2);
    let fault = place.emulator.faults().add(broken);
    for args in [&["cat", "obs://my-bucket/big"][..], &["cp", "obs://my-bucket/big", "-"]] {
        let output = place.obs(args).output().unwrap();
        assert!(output.status.success() && output.stdout == content, "{args:?}");
    }
    assert_eq!(fault.hits(), 2);
    let ranges = place.emulator.operation_count("GetObject");
    assert!(ranges >= 10, "{ranges}: ranges ahead of the reader");
}

#[test]
fn what_could_be_moved_is_moved() {
    let place = Place::new();
    for name in ["t/a", "t/b", "t/c"] {
        place.write(name, name);
    }
    let refused = Rule::error(403, "AccessDenied").operation("PutObject").key("p/b");
    let fault = place.emulator.faults().add(refused);
    let output = place.obs(&["mv", "-r", "t", "obs://my-bucket/p"]).output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(tree(&place.folder.path().join("t")).into_keys().collect::<Vec<_>>(), ["b"]);
    fault.remove();
    place.done(&["mv", "-r", "t", "obs://my-bucket/p"]);
    assert!(!place.folder.path().join("t").exists());

    // Within the service
    let refused = Rule::error(403, "AccessDenied").operation("CopyObject").key("q/b");
    let fault = place.emulator.faults().add(refused);
    let output = place.obs(&["mv", "-r", "obs://my-bucket/p", "obs://my-bucket/q"]).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let keys = |prefix: &str| {
        let listed = place.done(&["ls", "-r", &format!("obs://my-bucket/{prefix}")]);
        listed.lines().map(|line| line.split_whitespace().last().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!((keys("p/"), keys("q/")), (vec!["p/b".to_owned()], vec!["q/a".to_owned(), "q/c".to_owned()]));
    fault.remove();
}

#[test]
fn buckets_become_equal() {
    let place = Place::new();
    place.done(&["mb", "obs://other"]);
    for name in ["t/a", "t/sub/b"] {
        place.write(name, name);
    }
    place.done(&["cp", "-r", "t", "obs://my-bucket"]);
    place.done(&["cp", "t/a", "obs://other/old"]);
    let sync = ["sync", "obs://my-bucket", "obs://other", "--delete", "--json"];
    let told = place.done(&[&sync[..], &["--dry-run"]].concat());
    assert_eq!(told.lines().count(), 3, "{told}");
    let report = |args: &[&str]| summary(&place.done(args));
    let first = report(&sync);
    assert_eq!((&first["succeeded"], &first["deleted"]), (&Value::from(3), &Value::from(1)));
    let second = report(&sync);
    assert_eq!((&second["succeeded"], &second["unchanged"]), (&Value::from(0), &Value::from(2)));
    place.fails(2, &["sync", "obs://my-bucket", "obs://my-bucket/below"]);
    place.fails(2, &["sync", "t", "u"]);
}
