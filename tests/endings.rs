//! The endings of a job that is under way and stalls: cancelled, by its handle or a token, aborted, dropped. Each takes less
//! than a second, and leaves what the documentation says: all that the next run can go on from, or nothing.

use std::fmt::Debug;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use obs_emulator::{Action, Rule};
use obs_tests::transfers::{Bench, PART, bytes, wait_for, within};
use obs_tests::trees;
use obs_transfer::prelude::*;

const SECOND: Duration = Duration::from_secs(1);
const SIZE: u64 = 8 * PART + 1;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Ending {
    Cancelled,
    ByToken,
    Aborted,
    Dropped,
}

const ENDINGS: [Ending; 4] = [Ending::Cancelled, Ending::ByToken, Ending::Aborted, Ending::Dropped];

/// What can be ended, whatever it gives.
trait Job {
    fn is_over(&self) -> bool;
    fn end(self: Box<Self>, ending: Ending, token: &CancelToken);

    /// What becomes of it.
    fn told(self: Box<Self>) -> String;
}

impl<T: Debug + Send + 'static> Job for Transfer<T> {
    fn is_over(&self) -> bool {
        self.is_finished()
    }

    fn end(self: Box<Self>, ending: Ending, token: &CancelToken) {
        match ending {
            Ending::Cancelled => self.cancel(),
            Ending::ByToken => token.cancel(),
            Ending::Aborted => self.abort(),
            Ending::Dropped => return drop(self),
        }
        assert!(self.wait().err().unwrap().is_cancelled());
    }

    fn told(self: Box<Self>) -> String {
        format!("{:?}", self.wait())
    }
}

/// One kind of job: how it is started, with a folder for its checkpoints or none, and what stalls it.
struct Kind {
    name: &'static str,
    operation: &'static str,
    start: fn(&Bench, Option<&Path>, &CancelToken) -> Box<dyn Job>,
    /// Panics unless all is there; false if nothing is.
    is_there: fn(&Bench) -> bool,
}

macro_rules! started {
    ($job:expr, $token:expr) => {
        Box::new($job.part_size(PART).task_num(2).cancel_token($token).start())
    };
}

const KINDS: [Kind; 7] = [
    Kind {
        name: "upload",
        operation: "UploadPart",
        start: |bench, records, token| {
            let upload = bench.bucket.upload_file("up", bench.path("source.bin"));
            match records {
                Some(records) => started!(upload.checkpoint_file(records.join("record")), token),
                None => started!(upload, token),
            }
        },
        is_there: |bench| object(bench, "up"),
    },
    Kind {
        name: "copy",
        operation: "CopyPart",
        start: |bench, records, token| {
            let copy = bench.bucket.copy("up", CopySource::new("transfers", Bench::KEY)).threshold(PART);
            match records {
                Some(records) => started!(copy.checkpoint_file(records.join("record")), token),
                None => started!(copy, token),
            }
        },
        is_there: |bench| object(bench, "up"),
    },
    Kind {
        name: "download",
        operation: "GetObject",
        start: |bench, records, token| {
            let download = bench.bucket.download_file(Bench::KEY, bench.path("down/a.bin"));
            match records {
                Some(records) => started!(download.checkpoint_file(records.join("record")), token),
                None => started!(download, token),
            }
        },
        is_there: |bench| file(&bench.path("down/a.bin")),
    },
    Kind {
        name: "upload_dir",
        operation: "UploadPart",
        start: |bench, records, token| {
            let upload = bench.bucket.upload_dir(bench.path("tree"), "");
            match records {
                Some(records) => started!(upload.checkpoint_dir(records), token),
                None => started!(upload, token),
            }
        },
        is_there: |bench| object(bench, "up"),
    },
    Kind {
        name: "sync_up",
        operation: "UploadPart",
        start: |bench, records, token| {
            let sync = bench.bucket.sync_up(bench.path("tree"), "");
            match records {
                Some(records) => started!(sync.checkpoint_dir(records), token),
                None => started!(sync, token),
            }
        },
        is_there: |bench| object(bench, "up"),
    },
    Kind {
        name: "download_dir",
        operation: "GetObject",
        start: |bench, records, token| {
            let download = bench.bucket.download_dir("folder", bench.path("down"));
            match records {
                Some(records) => started!(download.checkpoint_dir(records), token),
                None => started!(download, token),
            }
        },
        is_there: |bench| file(&bench.path("down/object.bin")),
    },
    Kind {
        name: "sync_down",
        operation: "GetObject",
        start: |bench, records, token| {
            let sync = bench.bucket.sync_down("folder", bench.path("down"));
            match records {
                Some(records) => started!(sync.checkpoint_dir(records), token),
                None => started!(sync, token),
            }
        },
        is_there: |bench| file(&bench.path("down/object.bin")),
    },
];

fn object(bench: &Bench, key: &str) -> bool {
    let stored = bench.emulator.store().object_bytes(bench.bucket.name(), key).unwrap();
    stored.is_some_and(|stored| {
        assert!(stored == bytes(SIZE));
        true
    })
}

fn file(path: &Path) -> bool {
    let there = path.exists();
    assert!(!there || fs::read(path).unwrap() == bytes(SIZE));
    there
}

/// What is left in a folder that may not be there.
fn left_in(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).map_or_else(|_| Vec::new(), |entries| entries.map(|e| e.unwrap().path()).collect())
}

fn bench() -> Bench {
    let bench = Bench::new();
    bench.object(SIZE);
    bench.file("source.bin", SIZE);
    trees::write(&bench.path("tree"), &[("up", SIZE)]);
    bench
}

/// Starts it, and ends it when some of its parts are done and others stall. How long the end takes.
fn end(bench: &Bench, kind: &Kind, records: Option<&Path>, ending: Ending, stall: Action) -> Duration {
    let fault = bench.emulator.faults().add(Rule::new(stall).operation(kind.operation).skip(4));
    let token = CancelToken::new();
    let job = (kind.start)(bench, records, &token);
    wait_for(kind.name, || fault.hits() >= 2 || job.is_over());
    let began = Instant::now();
    job.end(ending, &token);
    let took = began.elapsed();
    fault.remove();
    took
}

/// Ends it, and lets another one go on from there. How long the end takes.
fn end_and_begin_again(kind: &Kind, ending: Ending, stall: Action, keeps: bool) -> Duration {
    let bench = bench();
    let records = bench.path("records");
    let took = end(&bench, kind, keeps.then_some(&*records), ending, stall);
    let kept = keeps && ending != Ending::Aborted;
    let what = format!("{} {ending:?} {keeps} after {took:?}", kind.name);
    // Clean-up goes on behind the back of whoever does not wait.
    wait_for(&what, || kept || bench.uploads() == 0);
    let left = left_in(&bench.path("down")).len() + bench.uploads();
    assert_eq!(left, usize::from(kept), "{what}");
    assert_eq!(left_in(&records).len(), usize::from(kept), "{what}");
    assert!(!(kind.is_there)(&bench), "{what}");

    bench.emulator.clear();
    let token = CancelToken::new();
    let job = (kind.start)(&bench, keeps.then_some(&*records), &token);
    wait_for(&what, || job.is_over());
    assert!((kind.is_there)(&bench), "{what}");
    // Those that stalled end late: only what was begun since counts.
    let again = bench.begun(kind.operation);
    assert!(if kept { again <= 5 } else { again == 9 }, "{what}: {again}");
    assert!(left_in(&records).is_empty() && bench.uploads() == 0, "{what}");
    took
}

#[test]
fn every_ending_of_every_job_takes_less_than_a_second_and_leaves_what_it_says() {
    thread::scope(|scope| {
        for kind in &KINDS {
            scope.spawn(|| {
                for (at, ending) in ENDINGS.into_iter().enumerate() {
                    // In turn, so that all pairs are met.
                    let stalls = [Action::StallHead(None), Action::StallRequest { after: 10, time: None }];
                    let stall = stalls[at % 2].clone();
                    let body = Action::StallBody { after: 10, time: None };
                    let stall = if kind.operation == "GetObject" && at % 2 == 1 { body } else { stall };
                    for keeps in [false, true] {
                        within(SECOND, || end_and_begin_again(kind, ending, stall.clone(), keeps));
                    }
                }
            });
        }
    });
}

/// Calls that a job makes beside those that move bytes.
const OTHERS: [(&str, &[&str]); 7] = [
    ("upload", &["InitiateMultipartUpload", "CompleteMultipartUpload"]),
    ("copy", &["HeadObject", "InitiateMultipartUpload", "CompleteMultipartUpload"]),
    ("download", &["HeadObject"]),
    ("upload_dir", &["InitiateMultipartUpload", "CompleteMultipartUpload"]),
    ("sync_up", &["ListObjects", "InitiateMultipartUpload", "CompleteMultipartUpload"]),
    ("download_dir", &["ListObjects"]),
    ("sync_down", &["ListObjects"]),
];

/// Cancels it while this call gets no answer. How long that takes.
fn cancel_in(kind: &Kind, operation: &str, keeps: bool) -> Duration {
    let bench = bench();
    let records = bench.path("records");
    // Not for ever: what was begun behind somebody's back is undone when its answer is here.
    let stall = Rule::new(Action::StallHead(Some(3 * SECOND))).operation(operation);
    let fault = bench.emulator.faults().add(stall.times(1));
    let token = CancelToken::new();
    let job = (kind.start)(&bench, keeps.then_some(&*records), &token);
    wait_for(kind.name, || fault.hits() == 1 || job.is_over());
    assert!(!job.is_over(), "{} makes no call {operation}", kind.name);
    let began = Instant::now();
    job.end(Ending::Cancelled, &token);
    let took = began.elapsed();
    fault.remove();
    let what = format!("{} {operation} {keeps}", kind.name);
    let completes = operation == "CompleteMultipartUpload";
    assert_eq!(left_in(&records).len(), usize::from(keeps && completes), "{what}");
    wait_for(&what, || (keeps && completes) || bench.uploads() == 0);
    assert!(left_in(&bench.path("down")).is_empty(), "{what}");
    assert!(completes || !(kind.is_there)(&bench), "{what}");

    let job = (kind.start)(&bench, keeps.then_some(&*records), &CancelToken::new());
    wait_for(&what, || job.is_over());
    assert!((kind.is_there)(&bench), "{what}");
    wait_for(&what, || bench.uploads() == 0);
    assert!(left_in(&records).is_empty(), "{what}");
    took
}

#[test]
fn whichever_call_stalls_cancelling_takes_less_than_a_second() {
    thread::scope(|scope| {
        for (kind, (name, operations)) in KINDS.iter().zip(OTHERS) {
            assert_eq!(kind.name, name);
            scope.spawn(move || {
                for operation in operations {
                    for keeps in [false, true] {
                        within(SECOND, || cancel_in(kind, operation, keeps));
                    }
                }
            });
        }
    });
}

/// What could not be resumed any more is not finished as if it could.
#[test]
fn a_folder_of_checkpoints_that_vanishes_is_told_and_leaves_nothing() {
    thread::scope(|scope| {
        for kind in &KINDS {
            scope.spawn(|| {
                let bench = bench();
                let records = bench.path("records");
                // Long enough for it to vanish, however busy the machine is.
                let late = Rule::new(Action::Delay(2 * SECOND)).operation(kind.operation).skip(3);
                let fault = bench.emulator.faults().add(late.times(2));
                let job = (kind.start)(&bench, Some(&records), &CancelToken::new());
                wait_for(kind.name, || fault.hits() >= 2 || job.is_over());
                fs::remove_dir_all(&records).unwrap();
                let told = job.told();
                assert!(told.contains("kind: Checkpoint"), "{}: {told}", kind.name);
                assert!(!(kind.is_there)(&bench), "{}", kind.name);
                let left = left_in(&bench.path("down")).len() + bench.uploads();
                assert_eq!((left, records.exists()), (0, false), "{}", kind.name);
            });
        }
    });
}

/// Threads and open files of this process.
#[cfg(target_os = "linux")]
fn held() -> (usize, usize) {
    let count = |folder| fs::read_dir(folder).unwrap().count();
    (count("/proc/self/task"), count("/proc/self/fd"))
}

/// In a process of its own: what other tests hold at the same time counts too.
#[cfg(target_os = "linux")]
#[test]
fn jobs_that_are_dropped_leave_no_thread_and_no_file_open() {
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_that_drops_jobs", "--ignored", "--nocapture"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success(), "{said}\n{}", String::from_utf8_lossy(&child.stderr));
    said.lines().filter(|line| line.starts_with("threads")).for_each(|line| println!("{line}"));
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "runs as a child process"]
fn child_that_drops_jobs() {
    let bench = bench();
    let once = || {
        for kind in &KINDS {
            end(&bench, kind, None, Ending::Dropped, Action::StallHead(None));
        }
    };
    once();
    bench.emulator.clear();
    thread::sleep(SECOND);
    let before = held();
    (0..5).for_each(|_| once());
    // The server needs a moment to see that its clients are gone.
    wait_for("all are gone", || {
        let now = held();
        now.0 <= before.0 + 2 && now.1 <= before.1 + 4
    });
    println!("threads and files before and after: {before:?} {:?}", held());
}
