//! Transfers whose process is killed at any moment. The process that is killed is this test again, as a child that has
//! only a client.

mod files;
mod folders;
mod shards;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use obs_emulator::{Emulator, SeenRequest};
use obs_tests::transfers::{Bench, PART};
use obs_transfer::prelude::*;

/// Where copies come from.
const SOURCE: &str = "source.bin";
/// What jobs of many files are about.
const PREFIX: &str = "folder";
/// Slow enough to be met at work.
const BANDWIDTH: u64 = 20 << 20;

#[test]
#[ignore = "runs as a child process"]
fn child_that_transfers() {
    let var = |name: &str| std::env::var(name).unwrap();
    let client = ObsClient::builder()
        .endpoint(var("OBS_TEST_ENDPOINT"))
        .credentials(Credentials::new(Emulator::ACCESS_KEY, Emulator::SECRET_KEY))
        .user_agent(var("OBS_TEST_CHILD"))
        .build()
        .unwrap();
    let (bucket, path) = (client.bucket("transfers"), PathBuf::from(var("OBS_TEST_PATH")));
    let record = path.with_extension("record");
    macro_rules! send {
        ($job:expr) => {
            drop($job.task_num(8).bandwidth(BANDWIDTH).send().unwrap())
        };
    }
    macro_rules! send_all {
        ($job:expr) => {
            let report = $job.part_size(PART).checkpoint_dir(&record).task_num(8).bandwidth(BANDWIDTH).send();
            report.unwrap().into_result().unwrap();
        };
    }
    match var("OBS_TEST_JOB").as_str() {
        "upload" => {
            send!(bucket.upload_file(Bench::KEY, &path).part_size(PART).checkpoint_file(record));
        }
        "download" => {
            send!(bucket.download_file(Bench::KEY, &path).part_size(PART).checkpoint_file(record));
        }
        "copy" => {
            let copy = bucket.copy(Bench::KEY, CopySource::new("transfers", SOURCE));
            send!(copy.threshold(PART).part_size(PART).checkpoint_file(record));
        }
        "upload_dir" => {
            send_all!(bucket.upload_dir(&path, PREFIX));
        }
        "download_dir" => {
            send_all!(bucket.download_dir(PREFIX, &path));
        }
        "sync_up" => {
            send_all!(bucket.sync_up(&path, PREFIX));
        }
        "sync_down" => {
            send_all!(bucket.sync_down(PREFIX, &path));
        }
        "shard" => {
            let plan = TransferPlan::load(&client, path.with_extension("plan")).unwrap();
            // One that is done cannot be begun anew: it has to last.
            plan.run_shard(1, 2).task_num(2).bandwidth(BANDWIDTH / 4).send().unwrap();
        }
        other => panic!("no such job: {other}"),
    }
}

/// Starts a child. `name` is what its requests say of it: those of a killed one may be read by the server long after
/// its death.
fn start(bench: &Bench, job: &str, path: &Path, name: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_that_transfers", "--ignored"])
        .env("OBS_TEST_ENDPOINT", bench.emulator.endpoint())
        .env("OBS_TEST_CHILD", name)
        .env("OBS_TEST_JOB", job)
        .env("OBS_TEST_PATH", path)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// How often a job is killed, and how many calls it has made by then at most.
#[derive(Clone, Copy)]
struct Kills {
    times: usize,
    calls: u64,
}

/// Runs the job until it ends well, killing it so many times at random moments. `each` hears of each run and whether it
/// had ended, and says whether there is anything left to be done.
fn kill(bench: &Bench, job: &str, path: &Path, how: Kills, mut each: impl FnMut(&Run<'_>, bool) -> bool) {
    let calls = || bench.emulator.operations().values().sum::<u64>();
    let mut random = fastrand::Rng::with_seed(job.bytes().map(u64::from).sum());
    let mut kills = 0;
    for child in 0.. {
        let run = Run { bench, name: format!("child-{child}") };
        let before = calls();
        let mut child = start(bench, job, path, &run.name);
        if kills == how.times {
            assert!(child.wait().unwrap().success());
            each(&run, true);
            return;
        }
        // From before its first call to after its last, however fast it gets on.
        let enough = before + random.u64(0..how.calls);
        let began = Instant::now();
        while calls() < enough && child.try_wait().unwrap().is_none() {
            assert!(began.elapsed() < Duration::from_secs(60), "it does not get on");
            thread::sleep(Duration::from_millis(1));
        }
        thread::sleep(Duration::from_micros(random.u64(0..5000)));
        let ended = child.try_wait().unwrap();
        child.kill().unwrap();
        let status = child.wait().unwrap();
        assert!(ended.is_none() || status.success(), "{status}");
        kills += usize::from(ended.is_none());
        if !each(&run, ended.is_some()) {
            assert!(kills > 3, "it was too fast to be killed");
            return;
        }
    }
}

/// One run of a job.
struct Run<'a> {
    bench: &'a Bench,
    name: String,
}

/// A part, by key, upload (where there is one) and number.
type PartName = (String, String, u32);

impl Run<'_> {
    /// What it asked for: its requests of this operation.
    fn requests(&self, operation: &str) -> Vec<SeenRequest> {
        let mut requests = self.bench.emulator.requests();
        let ours = Some(self.name.as_str());
        requests.retain(|seen| seen.operation == operation && seen.header("user-agent") == ours);
        requests
    }

    /// The parts that it sent, or had copied.
    fn sent(&self) -> BTreeSet<PartName> {
        let requests = self.requests("UploadPart").into_iter().chain(self.requests("CopyPart"));
        requests
            .map(|seen| {
                let upload = seen.parameter("uploadId").unwrap().to_owned();
                let number = seen.parameter("partNumber").unwrap().parse().unwrap();
                (seen.key.unwrap(), upload, number)
            })
            .collect()
    }

    /// The ranges that it asked for.
    fn asked(&self) -> BTreeSet<PartName> {
        let requests = self.requests("GetObject").into_iter();
        requests
            .map(|seen| {
                let range = seen.header("range").map_or("0-", |range| range.trim_start_matches("bytes="));
                let first: u64 = range.split_once('-').unwrap().0.parse().unwrap();
                (seen.key.unwrap(), String::new(), (first / PART) as u32 + 1)
            })
            .collect()
    }
}

/// The parts that a checkpoint has; none if there is no checkpoint.
fn recorded(record: &Path) -> BTreeSet<PartName> {
    let text = fs::read_to_string(record).unwrap_or_default();
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let mut lines = whole.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let header = lines.next().unwrap_or_default();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let (key, upload) = (text(&header["job"]["key"]), text(&header["upload_id"]));
    lines.map(|line| (key.clone(), upload.clone(), line["number"].as_u64().unwrap() as u32)).collect()
}
