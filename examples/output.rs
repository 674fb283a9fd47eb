//! Each sample program runs against an emulator and prints what it promises.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use obs_emulator::Emulator;

/// Where cargo puts example programs: beside the folder of the tests.
fn program(name: &str) -> PathBuf {
    let test = env::current_exe().expect("the path of this test");
    let folder = test.parent().and_then(Path::parent).expect("target/<profile>/deps");
    folder.join("examples").join(format!("{name}{}", env::consts::EXE_SUFFIX))
}

/// One that knows of no service: it starts an emulator.
fn on_an_emulator(name: &str) -> Command {
    let mut command = Command::new(program(name));
    for variable in ["OBS_ENDPOINT", "OBS_ACCESS_KEY_ID", "OBS_SECRET_ACCESS_KEY", "OBS_SECURITY_TOKEN"] {
        command.env_remove(variable);
    }
    command
}

/// One that works at a service, which is an emulator in this process.
fn at(name: &str, endpoint: &str) -> Command {
    let mut command = on_an_emulator(name);
    command.env("OBS_ENDPOINT", endpoint);
    command.env("OBS_ACCESS_KEY_ID", Emulator::ACCESS_KEY).env("OBS_SECRET_ACCESS_KEY", Emulator::SECRET_KEY);
    command
}

/// What changes from run to run is masked: ports, names of buckets, lines of progress.
fn masked(output: &str) -> String {
    let mut lines = Vec::new();
    for line in output.lines() {
        let line = match line.split_once("bucket obs-") {
            Some((before, _)) => format!("{before}bucket …"),
            None if line.starts_with("OBS at http://127.0.0.1:") => "OBS at …".to_owned(),
            None => line.to_owned(),
        };
        if !line.contains(" %  ") {
            lines.push(line);
        }
    }
    lines.join("\n") + "\n"
}

#[test]
fn samples_print_what_they_promise() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("expected");
    let update = env::var_os("UPDATE_EXPECTED").is_some();
    let mut wrong = Vec::new();
    let samples = samples();
    assert!(samples.len() >= 16, "the guide has sixteen samples: {samples:?}");
    for name in &samples {
        let output =
            on_an_emulator(name).output().unwrap_or_else(|e| panic!("{name}: {e}: cargo test builds it"));
        let (text, errors) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{name} failed:\n{text}{errors}");
        let text = masked(&text);
        let path = folder.join(format!("{name}.txt"));
        if update {
            fs::write(&path, &text).expect("write the expected output");
        } else if fs::read_to_string(&path).unwrap_or_default() != text {
            wrong.push(format!("{name} prints\n{text}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "not what examples/expected says (UPDATE_EXPECTED=1 writes it):\n{}",
        wrong.join("\n")
    );
}

/// The samples: every program but those that have tests of their own.
fn samples() -> Vec<String> {
    let manifest = include_str!("Cargo.toml");
    let examples = manifest.split("[[example]]").skip(1);
    let names = examples.filter_map(|e| e.split("name = \"").nth(1)?.split('"').next());
    names.filter(|name| !["quickstart", "workload"].contains(name)).map(str::to_owned).collect()
}

#[test]
fn the_quickstart_resumes_and_ends_with_equal_bytes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("file.bin");
    fs::write(&file, vec![9; 5 << 20]).expect("write a file");
    let output = on_an_emulator("quickstart").arg(&file).output().expect("the quickstart runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let resumed = text.split("resumed: ").nth(1).and_then(|t| t.split(' ').next()?.parse::<u32>().ok());
    assert!(resumed.is_some_and(|parts| parts > 0), "{text}");
    assert!(text.contains("compared byte for byte: equal"), "{text}");
    assert!(text.contains("fetched it with a plain HTTP client: equal"), "{text}");
    assert!(text.contains("deleted bucket"), "{text}");
}

/// `sample | head -0`, at a service that outlives it: the reader has gone before the first line.
#[test]
fn a_sample_that_nobody_reads_ends_quietly_and_leaves_no_bucket() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("file.bin");
    fs::write(&file, vec![9; 5 << 20]).expect("write a file");
    for (name, arguments) in
        [("list_objects", &[][..]), ("concurrent_upload_part", &[]), ("quickstart", &[file.as_path()])]
    {
        let emulator = Emulator::start();
        let (reader, writer) = io::pipe().expect("a pipe");
        drop(reader);
        let output = at(name, &emulator.endpoint()).args(arguments).stdout(writer).output().expect("it runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{name}: {}: {errors}", output.status);
        assert_eq!(errors, "", "{name}");
        assert_eq!(emulator.operation_count("CreateBucket"), 1, "{name}");
        assert_eq!(emulator.operation_count("DeleteBucket"), 1, "{name}");
        assert_eq!(emulator.operation_count("ListBuckets"), 0, "{name}: it ended at its first line");
    }
}

#[test]
fn half_a_set_of_variables_is_refused() {
    for (name, value, missing) in [
        ("OBS_ENDPOINT", "http://127.0.0.1:1", "OBS_ACCESS_KEY_ID and OBS_SECRET_ACCESS_KEY"),
        ("OBS_SECURITY_TOKEN", "token", "OBS_ENDPOINT and OBS_ACCESS_KEY_ID and OBS_SECRET_ACCESS_KEY"),
    ] {
        let output = on_an_emulator("list_objects").env(name, value).output().expect("the sample runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{name} alone");
        assert!(errors.contains(&format!("{missing} not set: set all")), "{name}: {errors}");
        assert_eq!(output.stdout, b"", "{name}");
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let output =
        Command::new(program("quickstart")).arg("/no/such/file").output().expect("the quickstart runs");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("/no/such/file"));
}

#[test]
fn an_unknown_load_is_exit_code_64() {
    let output = Command::new(program("workload")).arg("no-such-load").output().expect("workload runs");
    assert_eq!(output.status.code(), Some(64));
}
