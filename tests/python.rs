//! A client that nobody here wrote: `esdk-obs-python` runs its operations against the emulator, in each protocol and
//! addressing, and prints a table by operation.
//!
//! `cargo test -p obs-tests --test python` runs it alone. Where Python or the download of the SDK is missing it says so and is
//! skipped; with OBS_TESTS_REQUIRE_ALL=1 that is a failure.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output};
use std::thread;
use std::time::{Duration, SystemTime};

use obs_emulator::Emulator;

const SDK: &str = "esdk-obs-python==3.26.6";

/// Protocol and addressing.
const MODES: [(&str, &str); 6] = [
    ("obs", "virtual"),
    ("obs", "path"),
    ("v2", "virtual"),
    ("v2", "path"),
    ("v4", "virtual"),
    ("v4", "path"),
];

/// What the emulator answers and this SDK does not ask for.
const NOT_IN_THE_SDK: [&str; 4] = [
    "ProcessImage",
    "SetBucketMirrorBackToSource",
    "GetBucketMirrorBackToSource",
    "DeleteBucketMirrorBackToSource",
];

/// Checks and their problems by operation, in one mode.
#[derive(Default)]
struct Outcome {
    checks: BTreeMap<String, (usize, usize)>,
    problems: Vec<String>,
}

fn main() -> ExitCode {
    // Without a harness of its own, this answers to what `cargo test` and its kin may ask
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        println!("operations_of_the_official_sdk: test");
        return ExitCode::SUCCESS;
    }
    let mut filters = arguments.iter().filter(|argument| !argument.starts_with('-')).peekable();
    if filters.peek().is_some()
        && !filters.any(|filter| "operations_of_the_official_sdk".contains(filter.as_str()))
    {
        return ExitCode::SUCCESS;
    }
    let python = match environment() {
        Ok(python) => python,
        Err(reason) if std::env::var("OBS_TESTS_REQUIRE_ALL").is_ok_and(|value| value == "1") => {
            eprintln!("FAILED: {SDK} cannot run: {reason}");
            return ExitCode::FAILURE;
        }
        Err(reason) => {
            println!("SKIPPED: {SDK} was not run against the emulator: {reason}");
            return ExitCode::SUCCESS;
        }
    };
    if let Err(reason) = names_agree(&python) {
        eprintln!(
            "FAILED: tests/python/names.txt is not what {SDK} has (tests/python/names.py writes it): {reason}"
        );
        return ExitCode::FAILURE;
    }
    let outcomes: Vec<Outcome> = thread::scope(|scope| {
        let running = MODES.map(|mode| {
            let python = &python;
            scope.spawn(move || run(python, mode))
        });
        running.into_iter().map(|one| one.join().expect("a mode does not panic")).collect()
    });
    report(&outcomes)
}

/// A virtual environment that has the SDK, made where it is missing. Two runs at once do not collide.
fn environment() -> Result<PathBuf, Box<dyn Error>> {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("esdk-obs-python");
    fs::create_dir_all(&directory)?;
    let lock = File::create(directory.join("lock"))?;
    lock.lock()?;
    let venv = directory.join("venv");
    let python = venv.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let ready = venv.join(SDK);
    if !ready.exists() {
        if venv.exists() {
            fs::remove_dir_all(&venv)?;
        }
        let host = if cfg!(windows) { "python" } else { "python3" };
        succeed(Command::new(host).args(["-m", "venv"]).arg(&venv))?;
        succeed(Command::new(&python).args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            SDK,
        ]))?;
        File::create(ready)?;
    }
    Ok(python)
}

fn succeed(command: &mut Command) -> Result<Output, Box<dyn Error>> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(output);
    }
    Err(format!("{command:?}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr)).into())
}

/// Compares the list of public names, by which `tests/operations_table.rs` holds the migration table to be complete, with what is
/// installed.
fn names_agree(python: &Path) -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("python");
    let mut compare = Command::new(python);
    compare.arg("-B").arg(folder.join("names.py")).arg(folder.join("names.txt"));
    let output = compare.output().map_err(|error| format!("{compare:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let (told, failed) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Err(format!("{}\n{told}{failed}", output.status).into())
}

/// Runs the scripts in one mode against an emulator of its own.
fn run(python: &Path, (signature, style): (&str, &str)) -> Outcome {
    const TEMPORARY: [&str; 3] = ["TEMPORARYACCESSKEY01", "temporary/secret+key", "a token/with+signs="];
    let domain = format!("{signature}-{style}.example.com");
    let emulator = Emulator::builder()
        .domain(&domain, format!("esdk-{signature}-{style}"))
        .start()
        .expect("a free port on 127.0.0.1");
    emulator.add_temporary(
        TEMPORARY[0],
        TEMPORARY[1],
        TEMPORARY[2],
        SystemTime::now() + Duration::from_secs(3600),
    );
    let output = Command::new(python)
        .arg("-B")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/python/operations.py"))
        .args([signature, style])
        .env("EMULATOR", format!("localhost:{}", emulator.address().port()))
        .env("OBS_ACCESS_KEY_ID", Emulator::ACCESS_KEY)
        .env("OBS_SECRET_ACCESS_KEY", Emulator::SECRET_KEY)
        .env("OBS_TEMPORARY_ACCESS_KEY_ID", TEMPORARY[0])
        .env("OBS_TEMPORARY_SECRET_ACCESS_KEY", TEMPORARY[1])
        .env("OBS_SECURITY_TOKEN", TEMPORARY[2])
        .env("CUSTOM_DOMAIN", &domain)
        .env_remove("http_proxy")
        .env_remove("HTTP_PROXY")
        .output()
        .expect("the Python of the virtual environment starts");

    let mut outcome = Outcome::default();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        // What the SDK itself prints is no line of ours
        let Ok(line) = serde_json::from_str::<serde_json::Value>(line) else { continue };
        let Some(operation) = line["operation"].as_str() else { continue };
        let counts = outcome.checks.entry(operation.to_owned()).or_default();
        counts.0 += 1;
        if let Some(problem) = line["problem"].as_str() {
            counts.1 += 1;
            outcome.problems.push(format!("{operation}: {problem}"));
        }
    }
    if !output.status.success() {
        outcome.problems.push(format!("{}\n{}", output.status, String::from_utf8_lossy(&output.stderr)));
    }
    outcome.problems.extend(unproved(&emulator, &outcome));
    outcome
}

/// What ought to have been asked for and was not.
fn unproved(emulator: &Emulator, outcome: &Outcome) -> Vec<String> {
    let seen = emulator.requests();
    let succeeded: BTreeSet<&str> = seen
        .iter()
        .filter(|request| request.status.is_some_and(|status| status < 300))
        .map(|request| request.operation.as_str())
        .collect();
    let claimed = obs_emulator::api::operation_names();
    let mut problems: Vec<String> = claimed
        .into_iter()
        .filter(|name| !succeeded.contains(name) && !NOT_IN_THE_SDK.contains(name))
        .map(|name| format!("the emulator answers {name}, and no check asked for it with success"))
        .collect();
    let missing = sdk_operations().into_iter().filter(|name| !outcome.checks.contains_key(*name));
    problems.extend(missing.map(|name| format!("{name} of the SDK was not checked")));
    if emulator.panics() > 0 {
        problems.push(format!("{} requests ended in a panic of the emulator", emulator.panics()));
    }
    problems
}

/// The operations that the schema of the recorded vectors lists.
fn sdk_operations() -> Vec<&'static str> {
    let lines = include_str!("vectors/SCHEMA.md").lines();
    lines.filter_map(|line| line.strip_prefix("* **")?.split_once("**(").map(|(name, _)| name)).collect()
}

/// Prints the table and what went wrong.
fn report(outcomes: &[Outcome]) -> ExitCode {
    let operations: BTreeSet<&String> = outcomes.iter().flat_map(|outcome| outcome.checks.keys()).collect();
    let heads = MODES.map(|(signature, style)| format!("{signature} {style}"));
    println!("\n{SDK} against the emulator: checks by operation\n");
    print!("{:<32}", "operation");
    heads.iter().for_each(|head| print!("{head:>14}"));
    println!();
    for operation in &operations {
        print!("{operation:<32}");
        for outcome in outcomes {
            let cell = match outcome.checks.get(*operation) {
                None => "-".to_owned(),
                Some((all, 0)) => format!("{all} ok"),
                Some((all, bad)) => format!("{bad}/{all} FAILED"),
            };
            print!("{cell:>14}");
        }
        println!();
    }
    println!("\nno operations of this SDK: {}", NOT_IN_THE_SDK.join(", "));
    let mut failed = 0;
    for (head, outcome) in heads.iter().zip(outcomes) {
        for problem in &outcome.problems {
            println!("\nFAILED ({head}) {problem}");
        }
        failed += outcome.problems.len();
    }
    let checks: usize = outcomes.iter().flat_map(|outcome| outcome.checks.values()).map(|(all, _)| all).sum();
    println!("\n{} operations, {checks} checks, {failed} problems", operations.len());
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
