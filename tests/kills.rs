//! Transfers whose process is killed at any moment, and how much memory a process of them takes. The process that is
//! killed or measured is this test again, as a child that has only a client.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use obs_emulator::{Emulator, SeenRequest};
use obs_tests::transfers::{Bench, PART};
use obs_transfer::prelude::*;

/// What the child is to do.
struct Job<'a> {
    what: &'a str,
    file: &'a Path,
    part_size: u64,
    bandwidth: u64,
}

impl Job<'_> {
    /// Starts a child. `name` is what its requests say of it: those of a killed one may be read by the server long after
    /// its death.
    fn start(&self, bench: &Bench, name: &str) -> Child {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child_that_transfers_a_file", "--ignored"])
            .env("OBS_TEST_ENDPOINT", bench.emulator.endpoint())
            .env("OBS_TEST_CHILD", name)
            .env("OBS_TEST_JOB", self.what)
            .env("OBS_TEST_FILE", self.file)
            .env("OBS_TEST_PART_SIZE", self.part_size.to_string())
            .env("OBS_TEST_BANDWIDTH", self.bandwidth.to_string())
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    }
}

#[test]
#[ignore = "runs as a child process"]
fn child_that_transfers_a_file() {
    let var = |name: &str| std::env::var(name).unwrap();
    let number = |name: &str| var(name).parse::<u64>().unwrap();
    let client = ObsClient::builder()
        .endpoint(var("OBS_TEST_ENDPOINT"))
        .credentials(Credentials::new(Emulator::ACCESS_KEY, Emulator::SECRET_KEY))
        .user_agent(var("OBS_TEST_CHILD"))
        .build()
        .unwrap();
    let (bucket, file) = (client.bucket("transfers"), PathBuf::from(var("OBS_TEST_FILE")));
    let (part_size, bandwidth) = (number("OBS_TEST_PART_SIZE"), number("OBS_TEST_BANDWIDTH"));
    let record = file.with_extension("record");
    if var("OBS_TEST_JOB") == "upload" {
        let upload = bucket.upload_file(Bench::KEY, &file).part_size(part_size).task_num(8);
        upload.bandwidth(bandwidth).checkpoint_file(record).send().unwrap();
    } else {
        let download = bucket.download_file(Bench::KEY, &file).part_size(part_size).task_num(8);
        download.bandwidth(bandwidth).checkpoint_file(record).send().unwrap();
    }
    if cfg!(target_os = "linux") {
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        fs::write(file.with_extension("peak"), peak.trim().trim_end_matches(" kB")).unwrap();
    }
}

/// The upload and the parts that a checkpoint has; nothing if there is no checkpoint.
fn recorded(record: &Path) -> (String, BTreeSet<u32>) {
    let text = fs::read_to_string(record).unwrap_or_default();
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let mut lines = whole.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let header = lines.next().unwrap_or_default();
    let upload_id = header["upload_id"].as_str().unwrap_or_default().to_owned();
    (upload_id, lines.map(|line| line["number"].as_u64().unwrap() as u32).collect())
}

const KILLS: usize = 50;
const PARTS: u64 = 40;

/// What a child asked for: its requests of this operation.
fn requests_of(bench: &Bench, child: &str, operation: &str) -> Vec<SeenRequest> {
    let mut requests = bench.emulator.requests();
    requests.retain(|seen| seen.operation == operation && seen.header("user-agent") == Some(child));
    requests
}

/// Runs the job until it ends well, killing it at random moments, again and again; `each` hears the child's name and
/// whether it had ended.
fn kill(bench: &Bench, job: &Job<'_>, seed: u64, mut each: impl FnMut(&str, bool)) {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut kills = 0;
    for child in 0.. {
        let name = format!("child-{child}");
        let mut child = job.start(bench, &name);
        if kills == KILLS {
            assert!(child.wait().unwrap().success());
            return each(&name, true);
        }
        // From before its first call to after its last.
        thread::sleep(Duration::from_millis(random.u64(5..160)));
        let ended = child.try_wait().unwrap();
        child.kill().unwrap();
        let status = child.wait().unwrap();
        assert!(ended.is_none() || status.success(), "{status}");
        kills += usize::from(ended.is_none());
        each(&name, ended.is_some());
    }
}

#[test]
fn an_upload_killed_at_any_moment_sends_no_recorded_part_again() {
    let bench = Bench::new();
    let (file, bytes) = bench.file("a.bin", PARTS * PART - 5);
    let record = bench.path("a.record");
    let job = Job { what: "upload", file: &file, part_size: PART, bandwidth: 20 << 20 };
    // Of the upload that the checkpoint names.
    let (mut upload_id, mut before) = (String::new(), BTreeSet::new());
    let (mut moved, mut resumed) = (0, 0);
    kill(&bench, &job, 10, |child, done| {
        let sent: BTreeSet<u32> = requests_of(&bench, child, "UploadPart")
            .iter()
            .filter(|seen| seen.parameter("uploadId") == Some(&upload_id))
            .map(|seen| seen.parameter("partNumber").unwrap().parse().unwrap())
            .collect();
        moved += sent.len();
        assert!(sent.is_disjoint(&before), "sent again what was recorded: {sent:?} {before:?}");
        resumed += before.len();
        (upload_id, before) = recorded(&record);
        if done {
            assert_eq!(bench.stored().unwrap(), bytes);
            assert!(!record.exists());
            assert!(bench.bucket.delete_object(Bench::KEY).send().is_ok());
        }
        for (id, traffic) in bench.emulator.parts() {
            let recorded = id.upload_id == upload_id && before.contains(&id.part_number);
            assert!(!recorded || traffic.stored > 0, "{id:?} was recorded, but the server has it not");
        }
    });
    assert!(resumed > 0 && moved as u64 >= PARTS, "no kill met an upload half-way");
    // Only who is killed between beginning an upload and writing it down leaves one behind.
    assert!(bench.uploads() < KILLS / 2, "{}", bench.uploads());
}

#[test]
fn a_download_killed_at_any_moment_goes_on() {
    let bench = Bench::new();
    let bytes = bench.object(PARTS * PART - 5);
    let file = bench.path("a.bin");
    let record = bench.path("a.record");
    let job = Job { what: "download", file: &file, part_size: PART, bandwidth: 20 << 20 };
    let mut before = BTreeSet::new();
    let (mut moved, mut resumed) = (0, 0);
    kill(&bench, &job, 11, |child, done| {
        let asked: BTreeSet<u32> = requests_of(&bench, child, "GetObject")
            .iter()
            .map(|seen| seen.header("range").unwrap().trim_start_matches("bytes="))
            .map(|range| range.split_once('-').unwrap().0.parse::<u64>().unwrap())
            .map(|first| (first / PART) as u32 + 1)
            .collect();
        moved += asked.len();
        assert!(asked.is_disjoint(&before), "asked again for what was recorded: {asked:?} {before:?}");
        resumed += before.len();
        if done {
            assert_eq!(fs::read(&file).unwrap(), bytes);
            assert!(!record.exists());
            fs::remove_file(&file).unwrap();
            before.clear();
        } else if file.exists() {
            // Killed between the last step and the removal of the record.
            assert_eq!(fs::read(&file).unwrap(), bytes);
            before.clear();
        } else {
            before = recorded(&record).1;
        }
    });
    assert!(resumed > 0 && moved as u64 >= PARTS, "no kill met a download half-way");
}

/// Big enough that a part held whole would show.
#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_file_or_parts() {
    let bench = Bench::new();
    let size: u64 = if cfg!(debug_assertions) { 192 << 20 } else { 2 << 30 };
    let file = bench.path("a.bin");
    fs::File::create(&file).unwrap().set_len(size).unwrap();
    for what in ["upload", "download"] {
        let job = Job { what, file: &file, part_size: size / 16, bandwidth: u64::MAX };
        assert!(job.start(&bench, what).wait().unwrap().success(), "{what}");
        let peak: u64 = fs::read_to_string(bench.path("a.peak")).unwrap().parse().unwrap();
        println!("{what} of {} MiB with 8 workers: peak {:.1} MiB", size >> 20, peak as f64 / 1024.0);
        assert!(peak < 16 << 10, "{what}: {peak} KiB");
        fs::remove_file(&file).unwrap();
    }
}
