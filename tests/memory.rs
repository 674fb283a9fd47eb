//! How much memory a process of transfers takes. The process that is measured is this test again, as a child that has
//! only a client; the server of the large sizes is a process too, and keeps what it has in files.

#![cfg(target_os = "linux")]

use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Instant;

use obs_emulator::Emulator;
use obs_transfer::prelude::*;

const MIB: u64 = 1 << 20;
/// What a process may take with 8 workers, whatever it moves.
const LIMIT: u64 = 16 * MIB;

#[test]
#[ignore = "runs as a child process"]
fn child_that_transfers() {
    let var = |name: &str| std::env::var(name).unwrap();
    let client = ObsClient::builder()
        .endpoint(var("OBS_TEST_ENDPOINT"))
        .credentials(Credentials::new(Emulator::ACCESS_KEY, Emulator::SECRET_KEY))
        .build()
        .unwrap();
    let (bucket, path) = (client.bucket("memory"), PathBuf::from(var("OBS_TEST_PATH")));
    let part_size = var("OBS_TEST_PART_SIZE").parse().unwrap();
    let record = path.with_extension("record");
    if var("OBS_TEST_JOB") == "upload" {
        let upload = bucket.upload_file("a.bin", &path).part_size(part_size).task_num(8);
        upload.checkpoint_file(record).send().unwrap();
    } else {
        let download = bucket.download_file("a.bin", &path).part_size(part_size).task_num(8);
        download.checkpoint_file(record).send().unwrap();
    }
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    fs::write(path.with_extension("peak"), peak.trim().trim_end_matches(" kB")).unwrap();
}

/// Transfers a file that is all holes up and down; the object is made of so many parts.
fn measure(endpoint: &str, folder: &Path, size: u64, part_size: u64, parts: u64) {
    let client = ObsClient::builder()
        .endpoint(endpoint)
        .credentials(Credentials::new(Emulator::ACCESS_KEY, Emulator::SECRET_KEY))
        .build()
        .unwrap();
    client.bucket("memory").create_bucket().send().unwrap();
    let path = folder.join("a.bin");
    fs::File::create(&path).unwrap().set_len(size).unwrap();
    for job in ["upload", "download"] {
        let began = Instant::now();
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child_that_transfers", "--ignored"])
            .env("OBS_TEST_ENDPOINT", endpoint)
            .env("OBS_TEST_JOB", job)
            .env("OBS_TEST_PATH", &path)
            .env("OBS_TEST_PART_SIZE", part_size.to_string())
            .stdout(Stdio::null())
            .status();
        assert!(child.unwrap().success(), "{job}");
        let peak: u64 = fs::read_to_string(folder.join("a.peak")).unwrap().parse().unwrap();
        let (mib, seconds) = (size / MIB, began.elapsed().as_secs_f64());
        let peak_mib = peak as f64 / 1024.0;
        println!(
            "{job} of {mib} MiB in {parts} parts with 8 workers: peak {peak_mib:.1} MiB, {seconds:.1} s"
        );
        assert!(peak * 1024 < LIMIT, "{job}: {peak} KiB");
        if job == "upload" {
            fs::remove_file(&path).unwrap();
        }
    }
    assert_eq!(fs::metadata(&path).unwrap().len(), size);
    let object = client.bucket("memory").get_object_metadata("a.bin").send().unwrap();
    let etag = object.etag.clone().unwrap();
    assert!(etag.trim_matches('"').ends_with(&format!("-{parts}")), "{etag}");
}

/// Parts that are big enough for one that is held whole to show.
fn large_parts(endpoint: &str, folder: &Path, size: u64) {
    measure(endpoint, folder, size, size / 16, 16);
}

#[test]
fn memory_does_not_grow_with_file_or_parts() {
    let emulator = Emulator::start();
    large_parts(&emulator.endpoint(), tempfile::tempdir().unwrap().path(), 192 * MIB);
}

/// Ends with whoever started it.
struct Server {
    process: Child,
    endpoint: String,
    /// It prints more than its address, and must not find this closed.
    _output: Lines<BufReader<ChildStdout>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The server as a program of its own: `cargo build --release -p obs-emulator` puts it beside the folder of this test.
fn server(data: &Path) -> Server {
    let own = std::env::current_exe().unwrap();
    let program = own.parent().unwrap().with_file_name("obs-emulator");
    let mut command = Command::new(&program);
    let spawned =
        command.args(["--listen", "127.0.0.1:0", "--data"]).arg(data).stdout(Stdio::piped()).spawn();
    let mut process = spawned.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    let mut output = BufReader::new(process.stdout.take().unwrap()).lines();
    let first = output.next().unwrap().unwrap();
    let endpoint = first.strip_prefix("endpoint: ").unwrap().to_owned();
    Server { process, endpoint, _output: output }
}

fn soak(measure: impl FnOnce(&str, &Path)) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    let server = server(&data);
    measure(&server.endpoint, folder.path());
}

#[test]
#[ignore = "a soak: minutes, and twice the size on disk"]
fn soak_2_gib() {
    soak(|endpoint, folder| large_parts(endpoint, folder, 2048 * MIB));
}

#[test]
#[ignore = "a soak: minutes, and twice the size on disk"]
fn soak_8_gib() {
    soak(|endpoint, folder| large_parts(endpoint, folder, 8192 * MIB));
}

/// One byte more than 10,000 of the smallest parts hold: they grow.
#[test]
#[ignore = "a soak: minutes, and twice the size on disk"]
fn soak_10_000_parts() {
    const PART: u64 = 100 << 10;
    soak(|endpoint, folder| measure(endpoint, folder, 10_000 * PART + 1, PART, 10_000));
}
