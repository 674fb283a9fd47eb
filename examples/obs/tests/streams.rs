//! What is no file: pipes, devices, what a shell names; and versions of objects.

#![cfg(target_os = "linux")]

mod support;

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::{FileTypeExt, symlink};
use std::process::{Command, Output, Stdio};

use support::{Place, bytes, failed, succeeded};

/// A line of bash in which `obs` is the program.
fn shell(place: &Place, line: &str) -> Output {
    let obs = place.obs(&[]);
    let mut command = Command::new("bash");
    let line = format!("obs() {{ '{}' \"$@\"; }}; {line}", obs.get_program().to_str().unwrap());
    command.args(["-c", &line]).current_dir(place.folder.path()).env_clear().env("PATH", "/usr/bin:/bin");
    command.envs(obs.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.output().unwrap()
}

fn pipe(place: &Place, name: &str) {
    assert!(Command::new("mkfifo").arg(place.path(name)).status().unwrap().success());
}

/// Links only: whoever runs the tests as root must not lose a device to a mistake.
#[test]
fn what_leads_to_standard_output_is_standard_output() {
    let place = Place::new();
    place.write("a", "content");
    place.done(&["cp", "a", "obs://my-bucket/a"]);
    symlink("/proc/self/fd/1", place.path("out")).unwrap();
    assert_eq!(place.done(&["cp", "obs://my-bucket/a", "out"]), "content");
    // Into a file that a shell has opened, behind what is in it
    succeeded(&shell(&place, "{ echo first; obs cp obs://my-bucket/a out; } > file"));
    assert_eq!(place.read("file"), b"first\ncontent");
    assert!(fs::symlink_metadata(place.path("out")).unwrap().is_symlink());
}

#[test]
fn a_pipe_is_written_and_stays_a_pipe() {
    let place = Place::new();
    let content = bytes(3 << 20);
    place.write("a", &content);
    place.done(&["cp", "a", "obs://my-bucket/a"]);
    pipe(&place, "pipe");
    let child =
        place.obs(&["cp", "obs://my-bucket/a", "pipe"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut got = Vec::new();
    fs::File::open(place.path("pipe")).unwrap().read_to_end(&mut got).unwrap();
    let told = succeeded(&child.unwrap().wait_with_output().unwrap());
    assert_eq!(told, "download obs://my-bucket/a -> pipe (3145728 bytes)\n");
    assert!(got == content);
    assert!(fs::metadata(place.path("pipe")).unwrap().file_type().is_fifo());
}

#[test]
fn a_pipe_is_read_as_a_stream() {
    let place = Place::new();
    pipe(&place, "pipe");
    let child =
        place.obs(&["mv", "pipe", "obs://my-bucket/"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    fs::OpenOptions::new().write(true).open(place.path("pipe")).unwrap().write_all(b"through").unwrap();
    assert_eq!(
        succeeded(&child.unwrap().wait_with_output().unwrap()),
        "upload pipe -> obs://my-bucket/pipe (7 bytes)\n"
    );
    assert_eq!(place.done(&["cat", "obs://my-bucket/pipe"]), "through");
    assert!(fs::exists(place.path("pipe")).unwrap(), "nothing of a pipe is left to be deleted");
    succeeded(&shell(&place, "obs cp <(echo hi) obs://my-bucket/hi"));
    assert_eq!(place.done(&["cat", "obs://my-bucket/hi"]), "hi\n");
    succeeded(&shell(&place, "echo in | obs cp /dev/stdin obs://my-bucket/in"));
    assert_eq!(place.done(&["cat", "obs://my-bucket/in"]), "in\n");
    place.write("file", "of a file");
    succeeded(&shell(&place, "obs cp /dev/stdin obs://my-bucket/in < file"));
    assert_eq!(place.done(&["cat", "obs://my-bucket/in"]), "of a file");
}

#[test]
fn a_stream_has_no_name() {
    let place = Place::new();
    for line in [
        "obs cp - obs://my-bucket/ </dev/null",
        "obs cp - obs://my-bucket/dir/ </dev/null",
        "obs cp <(echo hi) obs://my-bucket/",
        "obs cp /dev/stdin obs://my-bucket </dev/null",
    ] {
        let said = failed(2, &shell(&place, line));
        assert!(said.contains("give the key of the object, such as obs://my-bucket/"), "{said}");
    }
    pipe(&place, "pipe");
    let said = place.fails(2, &["cp", "-r", "pipe", "obs://my-bucket/"]);
    assert!(said.contains("without -r"), "{said}");
}

#[test]
fn nothing_is_put_among_devices() {
    let place = Place::new();
    place.write("a", "content");
    place.done(&["cp", "a", "obs://my-bucket/dir/none"]);
    for args in [
        &["cp", "obs://my-bucket/dir/none", "/proc/none"][..],
        &["cp", "obs://my-bucket/dir/none", "/dev/"],
        &["cp", "-r", "obs://my-bucket/dir", "/dev"],
        &["sync", "obs://my-bucket/dir", "/proc/none", "--dry-run"],
    ] {
        let said = place.fails(2, args);
        assert!(said.contains("a place of devices"), "{said}");
    }
    assert!(!fs::exists("/dev/none").unwrap());
}

#[test]
fn versions_are_copied_and_moved() {
    let place = Place::new();
    place.write("on.xml", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
    place.done(&["bucket", "versioning", "set", "obs://my-bucket", "on.xml"]);
    for content in ["old", "newer"] {
        place.write("a", content);
        place.done(&["cp", "a", "obs://my-bucket/a"]);
    }
    let told = place.done(&["ls", "--versions", "--json", "obs://my-bucket/a"]);
    let old = told.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let old = old.into_iter().find(|version| version["size"] == 3).unwrap()["version_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let of_old = ["--version-id", old.as_str()];
    assert!(place.done(&[&["stat", "obs://my-bucket/a"][..], &of_old].concat()).contains(&old));
    place.done(&[&["cp", "obs://my-bucket/a", "down"][..], &of_old].concat());
    place.done(&[&["cp", "obs://my-bucket/a", "obs://my-bucket/copy"][..], &of_old].concat());
    assert_eq!(place.read("down"), b"old");
    assert_eq!(place.done(&["cat", "obs://my-bucket/copy"]), "old");
    assert_eq!(place.done(&[&["cp", "obs://my-bucket/a", "-"][..], &of_old].concat()), "old");
    // What is moved is this version, and no other
    place.done(&[&["mv", "obs://my-bucket/a", "obs://my-bucket/moved"][..], &of_old].concat());
    assert_eq!(place.done(&["cat", "obs://my-bucket/moved"]), "old");
    assert_eq!(place.done(&["cat", "obs://my-bucket/a"]), "newer");
    place.fails(1, &[&["cat", "obs://my-bucket/a"][..], &of_old].concat());
    place.fails(2, &[&["cp", "a", "obs://my-bucket/b"][..], &of_old].concat());
    let output = place.obs(&[&["cp", "-r", "obs://my-bucket/", "b"][..], &of_old].concat()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn what_was_replaced_meanwhile_is_not_deleted() {
    use obs_emulator::{Action, Answer, Rule};
    let place = Place::new();
    place.write("a", "a");
    place.done(&["cp", "a", "obs://my-bucket/a"]);
    // The second look at it finds another one
    let other = Answer::status(200).header("etag", "\"other\"");
    let fault = place.emulator.faults().add(Rule::new(Action::Answer(other)).method("HEAD").skip(1));
    let said = place.fails(1, &["mv", "obs://my-bucket/a", "b"]);
    assert!(said.contains("replaced meanwhile"), "{said}");
    assert_eq!(fault.hits(), 1);
    fault.remove();
    assert_eq!(place.done(&["cat", "obs://my-bucket/a"]), "a");
    place.done(&["mv", "obs://my-bucket/a", "b"]);
    place.fails(1, &["stat", "obs://my-bucket/a"]);
}
