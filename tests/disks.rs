//! Disks that are full and folders that nobody can write to, for real: a file system of 4 MiB and one that is read-only, in a
//! namespace of mounts that this test gives itself (Linux, `unshare`), so that not even the superuser can write there.
//! Where namespaces are not to be had, as in most containers, it says so and is skipped.

use std::any::Any;
use std::fs;
use std::io::Write;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use obs_emulator::Emulator;
use obs_tests::transfers::{Bench, PART, bytes};
use obs_tests::trees;
use obs_transfer::prelude::*;
use obs_transfer::{Error, Progress};

/// More than the small disk holds.
const SIZE: u64 = 8 << 20;

type Case = fn(&Place);

const CASES: [(&str, Case); 9] = [
    ("an object that does not fit", object_that_does_not_fit),
    ("an answer of unknown length that does not fit", answer_that_does_not_fit),
    ("one large file of many", one_large_file_of_many),
    ("no room for the checkpoint of an upload", no_room_for_the_checkpoint_of_an_upload),
    ("no room for the checkpoint of a download", no_room_for_the_checkpoint_of_a_download),
    ("room that ends while parts are recorded", room_that_ends_while_parts_are_recorded),
    ("a target that is read-only", target_that_is_read_only),
    ("a checkpoint that is read-only", checkpoint_that_is_read_only),
    ("a folder of targets that is read-only", folder_that_is_read_only),
];

fn main() -> ExitCode {
    if let Some(root) = std::env::var_os("OBS_TEST_ROOT") {
        return inside(Path::new(&root));
    }
    // Without a harness of its own, this answers to what `cargo test` and its kin may ask
    if std::env::args().any(|argument| argument == "--list") {
        CASES.iter().for_each(|(name, _)| println!("{name}: test"));
        return ExitCode::SUCCESS;
    }
    let root = tempfile::tempdir().unwrap();
    for folder in ["small", "fixed"] {
        fs::create_dir(root.path().join(folder)).unwrap();
    }
    fs::write(root.path().join("fixed/a.bin"), "before").unwrap();
    let mount =
        "mount -t tmpfs -o size=4m none small && mount --bind fixed fixed && mount -o remount,bind,ro fixed";
    let unshared = |command: &str| {
        let mut unshare = Command::new("unshare");
        unshare.args(["--user", "--map-root-user", "--mount", "sh", "-c", command]).current_dir(root.path());
        unshare
    };
    match unshared(mount).output() {
        Ok(tried) if tried.status.success() => {}
        Ok(tried) => return skipped(String::from_utf8_lossy(&tried.stderr).trim()),
        Err(error) => return skipped(&format!("unshare: {error}")),
    }
    let bench = Bench::new();
    bench.object(SIZE);
    for (name, len) in [("many/a", 10), ("many/big", SIZE), ("many/c", PART)] {
        bench.bucket.put_content(name, bytes(len)).send().unwrap();
    }
    let mut inside = unshared(&format!("{mount} && exec \"$0\""));
    inside.arg(std::env::current_exe().unwrap());
    inside.env("OBS_TEST_ROOT", root.path()).env("OBS_TEST_ENDPOINT", bench.emulator.endpoint());
    let status = inside.status().unwrap();
    assert_eq!(bench.uploads(), 0, "an upload was left that no checkpoint knows of");
    if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn skipped(reason: &str) -> ExitCode {
    println!("SKIPPED: no disk was full and none read-only: {reason}");
    ExitCode::SUCCESS
}

/// All cases, where the disks are what they are to be.
fn inside(root: &Path) -> ExitCode {
    let client = ObsClient::builder()
        .endpoint(std::env::var("OBS_TEST_ENDPOINT").unwrap())
        .credentials(Credentials::new(Emulator::ACCESS_KEY, Emulator::SECRET_KEY))
        .build()
        .unwrap();
    let place = Place { root: root.to_path_buf(), bucket: client.bucket("transfers") };
    let mut failed = 0;
    for (name, case) in CASES {
        let passed: Result<(), Box<dyn Any + Send>> = panic::catch_unwind(AssertUnwindSafe(|| case(&place)));
        println!("test {name} ... {}", if passed.is_ok() { "ok" } else { "FAILED" });
        failed += usize::from(passed.is_err());
        for entry in fs::read_dir(place.path("small")).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
        }
    }
    println!("\ndisks: {} passed, {failed} failed", CASES.len() - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

struct Place {
    root: PathBuf,
    bucket: BucketClient,
}

impl Place {
    fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn uploads(&self) -> usize {
        self.bucket.list_multipart_uploads().iter().count()
    }

    /// A file that takes all that is left of the small disk.
    fn fill(&self) {
        fill(&self.path("small/filler"));
    }
}

fn fill(path: &Path) {
    let mut file = fs::File::create(path).unwrap();
    while file.write_all(&[1; 4096]).is_ok() {}
}

/// It names the place, and says what to do.
fn check(error: &Error, path: &Path, advice: &str) {
    println!("    {error}");
    assert_eq!(error.path(), Some(path), "{error}");
    assert!(error.is_io() && error.to_string().contains(advice), "{error}");
}

const FULL: &str = "(make room, or choose a place on another disk)";
const READ_ONLY: &str = "(check the permissions, or choose another place)";

fn object_that_does_not_fit(place: &Place) {
    let target = place.path("small/a.bin");
    fs::write(&target, "before").unwrap();
    for checkpoint in [false, true] {
        let download = place.bucket.download_file(Bench::KEY, &target).part_size(PART).checkpoint(checkpoint);
        check(&download.send().unwrap_err(), &target, FULL);
        assert_eq!(fs::read(&target).unwrap(), b"before");
        assert_eq!(place.names("small"), ["a.bin"]);
    }
}

fn answer_that_does_not_fit(place: &Place) {
    let target = place.path("small/a.bin");
    fs::write(&target, "before").unwrap();
    let download = place.bucket.download_file(Bench::KEY, &target).image_process("image/resize,w_10");
    let error = download.send().unwrap_err();
    println!("    {error}");
    assert!(error.is_io() && error.to_string().contains(FULL), "{error}");
    assert!(error.path().is_some_and(|path| path.starts_with(place.path("small"))), "{error}");
    assert_eq!(fs::read(&target).unwrap(), b"before");
    assert_eq!(place.names("small"), ["a.bin"]);
}

fn one_large_file_of_many(place: &Place) {
    let folder = place.path("small/folder");
    let download = place.bucket.download_dir("many", &folder).part_size(PART).task_num(4);
    let report = download.checkpoint_dir(place.path("records")).send().unwrap();
    assert_eq!((report.succeeded, report.failures.len()), (2, 1));
    check(&report.failures[0].error, &folder.join("big"), FULL);
    assert_eq!(trees::read(&folder).into_keys().collect::<Vec<_>>(), ["a", "c"]);
    assert!(place.names("records").is_empty());
}

fn no_room_for_the_checkpoint_of_an_upload(place: &Place) {
    let (file, record) = (place.path("source.bin"), place.path("small/record"));
    fs::write(&file, bytes(4 * PART)).unwrap();
    place.fill();
    let upload = place.bucket.upload_file("k", &file).part_size(PART).checkpoint_file(&record);
    check(&upload.send().unwrap_err(), &record, FULL);
    assert_eq!((place.names("small"), place.uploads()), (vec!["filler".to_owned()], 0));
}

fn no_room_for_the_checkpoint_of_a_download(place: &Place) {
    let (target, record) = (place.path("a.bin"), place.path("small/record"));
    place.fill();
    let download = place.bucket.download_file(Bench::KEY, &target).part_size(PART).checkpoint_file(&record);
    check(&download.send().unwrap_err(), &record, FULL);
    assert_eq!(place.names("small"), ["filler"]);
    assert_eq!(place.names(""), ["fixed", "records", "small", "source.bin"]);
}

/// The first block of the checkpoint holds some thirty parts: then the disk is full.
fn room_that_ends_while_parts_are_recorded(place: &Place) {
    const PARTS: u64 = 80;
    let (file, target, record) = (place.path("many.bin"), place.path("b.bin"), place.path("small/record"));
    fs::write(&file, bytes(PARTS * PART)).unwrap();
    let fill_after = |parts: u64| {
        let small = place.path("small/filler");
        move |progress: &Progress| {
            if progress.transferred > parts * PART && !small.exists() {
                fill(&small);
            }
        }
    };
    let upload = || {
        let upload =
            place.bucket.upload_file("k", &file).part_size(PART).checkpoint_file(&record).task_num(1);
        upload.bandwidth(8 << 20).progress(fill_after(3)).send().map(|uploaded| uploaded.resumed_parts)
    };
    let download = || {
        let download = place.bucket.download_file("k", &target).part_size(PART).checkpoint_file(&record);
        download
            .task_num(1)
            .bandwidth(8 << 20)
            .progress(fill_after(3))
            .send()
            .map(|downloaded| downloaded.resumed_parts)
    };
    let jobs: [&dyn Fn() -> Result<u32, Error>; 2] = [&upload, &download];
    for job in jobs {
        check(&job().unwrap_err(), &record, FULL);
        assert_eq!(place.names("small"), ["filler", "record"], "what is recorded is kept");
        assert!(!target.exists());
        fs::remove_file(place.path("small/filler")).unwrap();
        // The next run has room: nobody fills the disk while it is done.
        fs::create_dir(place.path("small/filler")).unwrap();
        let resumed = job().unwrap();
        assert!((20..60).contains(&resumed), "{resumed} parts were recorded");
        assert_eq!((place.names("small"), place.uploads()), (vec!["filler".to_owned()], 0));
        fs::remove_dir(place.path("small/filler")).unwrap();
    }
    assert!(fs::read(&target).unwrap() == bytes(PARTS * PART));
    fs::remove_file(file).unwrap();
    fs::remove_file(target).unwrap();
}

fn target_that_is_read_only(place: &Place) {
    let target = place.path("fixed/a.bin");
    let download = || place.bucket.download_file(Bench::KEY, &target).part_size(PART);
    check(&download().send().unwrap_err(), &place.path("fixed"), READ_ONLY);
    let record = place.path("small/record");
    check(&download().checkpoint_file(&record).send().unwrap_err(), &place.path("fixed"), READ_ONLY);
    assert_eq!(fs::read(&target).unwrap(), b"before");
    assert_eq!((place.names("fixed"), place.names("small")), (vec!["a.bin".to_owned()], vec![]));
}

fn checkpoint_that_is_read_only(place: &Place) {
    let upload = place.bucket.upload_file("k", place.path("source.bin")).part_size(PART);
    let record = place.path("fixed/record");
    check(&upload.checkpoint_file(&record).send().unwrap_err(), &record, READ_ONLY);
    assert_eq!((place.names("fixed"), place.uploads()), (vec!["a.bin".to_owned()], 0));
}

fn folder_that_is_read_only(place: &Place) {
    let report = place.bucket.download_dir("many", place.path("fixed")).part_size(PART).send().unwrap();
    assert_eq!((report.succeeded, report.failures.len()), (0, 3));
    for failure in &report.failures {
        check(&failure.error, &place.path("fixed"), READ_ONLY);
    }
    assert_eq!(place.names("fixed"), ["a.bin"]);
}
