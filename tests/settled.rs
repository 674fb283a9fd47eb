//! Jobs that were killed when all was done but the removal of their checkpoint: the next run moves nothing again, unless
//! something else is there by now.
//!
//! A second name keeps the checkpoint while the job ends, and gives it its own back.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use obs_core::settings::Tagging;
use obs_emulator::{Action, Rule, SeenRequest};
use obs_tests::transfers::{Bench, PART, Told, bytes, make_old};
use obs_tests::trees;
use obs_transfer::prelude::*;

/// The call that makes the object out of its parts.
fn completes(seen: &SeenRequest) -> bool {
    seen.operation == "CompleteMultipartUpload"
}

/// The call for the last range of an object of so many bytes.
fn last_range(len: u64) -> impl Fn(&SeenRequest) -> bool + Send + Sync + 'static {
    let ends = format!("-{}", len - 1);
    move |seen| {
        seen.operation == "GetObject" && seen.header("range").is_some_and(|range| range.ends_with(&ends))
    }
}

/// Runs the job to its end, and gives it back the checkpoint that it had near its end: when the server was asked for this, and
/// had not answered. In place of the checkpoint's path there may be that of its folder.
fn run_and_forget<T: Send + 'static>(
    bench: &Bench,
    near_the_end: impl Fn(&SeenRequest) -> bool + Send + Sync + 'static,
    record: &Path,
    start: impl FnOnce() -> Transfer<T>,
) -> T {
    let (record, kept) = (record.to_owned(), bench.path("kept"));
    let (found, held) = (Arc::new(OnceLock::new()), kept.clone());
    let finder = Arc::clone(&found);
    let hold = move |seen: &SeenRequest| {
        let now = near_the_end(seen);
        if now {
            finder.get_or_init(|| {
                let record = if record.is_dir() { only_file(&record) } else { record.clone() };
                fs::hard_link(&record, &held).map(|()| record)
            });
        }
        now
    };
    let nothing = Action::Delay(Duration::ZERO);
    let fault = bench.emulator.faults().add(Rule::new(nothing).when(hold));
    let done = start().wait().unwrap();
    let record = found.get().expect("it is asked for").as_ref().unwrap();
    assert!(!record.exists());
    fs::rename(kept, record).unwrap();
    fault.remove();
    bench.emulator.clear();
    done
}

/// No call that moves bytes, and none that begins to.
fn assert_nothing_moved(bench: &Bench) {
    let moving =
        ["InitiateMultipartUpload", "UploadPart", "CopyPart", "CopyObject", "PutObject", "GetObject"];
    let operations = bench.emulator.operations();
    let moved: Vec<_> = operations.iter().filter(|(name, _)| moving.contains(&name.as_str())).collect();
    assert!(moved.is_empty(), "{moved:?}");
}

/// A server that tells no CRC-64.
fn without_crc64(bench: &Bench) {
    let rule = Rule::new(Action::WithoutHeader("x-obs-checksum-crc64ecma".to_owned()));
    // One rule a request: that which holds the checkpoint has to be met too.
    bench.emulator.faults().add(rule.when(|seen| seen.operation != "CompleteMultipartUpload"));
}

#[test]
fn an_upload_that_is_done_is_not_sent_again() {
    for crc64 in [true, false] {
        let bench = Bench::new();
        if !crc64 {
            without_crc64(&bench);
        }
        let (path, content) = bench.file("a.bin", 4 * PART + 1);
        let upload = || bench.bucket.upload_file(Bench::KEY, &path).part_size(PART).checkpoint(true);
        let record = bench.path("a.bin.upload_record");
        let first = run_and_forget(&bench, completes, &record, || upload().start());
        let told = Told::default();
        let again = upload().progress(told.callback()).send().unwrap();
        assert_nothing_moved(&bench);
        assert_eq!((again.parts, again.resumed_parts, again.size), (5, 5, 4 * PART + 1));
        told.check(4 * PART + 1);
        assert_eq!(told.all().last().unwrap().resumed, 4 * PART + 1);
        assert_eq!(
            (&again.etag, &again.object_url, again.crc64),
            (&first.etag, &first.object_url, first.crc64)
        );
        assert_eq!(bench.stored().unwrap(), content);
        assert_eq!(bench.names(), ["a.bin"]);
    }
}

#[test]
fn an_upload_whose_object_is_another_one_by_now_starts_over() {
    for crc64 in [true, false] {
        for other in [Some(4 * PART + 1), Some(7), None] {
            let bench = Bench::new();
            if !crc64 {
                without_crc64(&bench);
            }
            let (path, content) = bench.file("a.bin", 4 * PART + 1);
            let upload = || bench.bucket.upload_file(Bench::KEY, &path).part_size(PART).checkpoint(true);
            let record = bench.path("a.bin.upload_record");
            run_and_forget(&bench, completes, &record, || upload().start());
            match other {
                Some(len) => {
                    drop(bench.bucket.put_content(Bench::KEY, vec![7; len as usize]).send().unwrap())
                }
                None => drop(bench.bucket.delete_object(Bench::KEY).send().unwrap()),
            }
            assert_eq!(upload().send().unwrap().resumed_parts, 0);
            assert_eq!(bench.stored().unwrap(), content);
            assert_eq!((bench.names(), bench.uploads()), (vec!["a.bin".to_owned()], 0));
        }
    }
}

#[test]
fn with_encryption_too() {
    let bench = Bench::new();
    let (path, content) = bench.file("a.bin", 4 * PART + 1);
    let key = SseC::new([7; 32]);
    let upload =
        || bench.bucket.upload_file(Bench::KEY, &path).part_size(PART).checkpoint(true).sse(key.clone());
    let record = bench.path("a.bin.upload_record");
    run_and_forget(&bench, completes, &record, || upload().start());
    assert_eq!(upload().send().unwrap().resumed_parts, 5);
    assert_nothing_moved(&bench);
    let mut fetched = bench.bucket.get_object(Bench::KEY).sse(key).send().unwrap();
    assert_eq!(fetched.bytes().unwrap(), content);
}

#[test]
fn a_copy_that_is_done_is_not_made_again() {
    for crc64 in [true, false] {
        let bench = Bench::new();
        if !crc64 {
            without_crc64(&bench);
        }
        let content = bytes(4 * PART + 1);
        bench.bucket.put_content("source", content.clone()).send().unwrap();
        let record = bench.path("record");
        let copy = || {
            let copy = bench.bucket.copy(Bench::KEY, CopySource::new("transfers", "source"));
            copy.part_size(PART).threshold(PART).checkpoint_file(&record)
        };
        run_and_forget(&bench, completes, &record, || copy().start());
        let again = copy().send().unwrap();
        assert_nothing_moved(&bench);
        assert_eq!((again.parts, again.resumed_parts), (5, 5));
        assert_eq!(bench.stored().unwrap(), content);
        assert!(bench.names().is_empty());
    }
}

#[test]
fn what_a_copy_has_beside_its_bytes_is_given_to_it_by_the_next_run() {
    let bench = Bench::new();
    bench.bucket.put_content("source", bytes(4 * PART)).send().unwrap();
    let tags = Tagging::new([("project", "apollo")]);
    bench.bucket.set_object_tagging("source", tags.clone()).send().unwrap();
    let copy = || {
        let copy = bench.bucket.copy(Bench::KEY, CopySource::new("transfers", "source")).keep_tags(true);
        copy.part_size(PART).threshold(PART).checkpoint_file(bench.path("record"))
    };
    let fault = bench.emulator.faults().add(Rule::error(503, "SlowDown").operation("SetObjectTagging"));
    assert!(copy().send().unwrap_err().is_throttled());
    assert!(fault.hits() > 0);
    fault.remove();
    bench.emulator.clear();
    copy().send().unwrap();
    assert_nothing_moved(&bench);
    assert_eq!(*bench.bucket.get_object_tagging(Bench::KEY).send().unwrap(), tags);
    assert!(bench.names().is_empty());
}

#[test]
fn a_download_that_is_done_is_not_fetched_again() {
    let bench = Bench::new();
    let content = bench.object(4 * PART + 1);
    let target = bench.path("a.bin");
    let download = || bench.bucket.download_file(Bench::KEY, &target).part_size(PART).checkpoint(true);
    let record = bench.path("a.bin.download_record");
    let first = run_and_forget(&bench, last_range(4 * PART + 1), &record, || download().start());
    let told = Told::default();
    let again = download().progress(told.callback()).send().unwrap();
    assert_nothing_moved(&bench);
    told.check(4 * PART + 1);
    assert_eq!((again.parts, again.resumed_parts, again.crc64), (5, 5, first.crc64));
    assert_eq!(fs::read(&target).unwrap(), content);
    assert_eq!(bench.names(), ["a.bin"]);
}

#[test]
fn a_file_that_is_another_one_by_now_is_fetched_again() {
    for change in ["another byte", "longer", "gone", "a folder"] {
        let bench = Bench::new();
        let content = bench.object(4 * PART + 1);
        let target = bench.path("a.bin");
        let download = || bench.bucket.download_file(Bench::KEY, &target).part_size(PART).checkpoint(true);
        let record = bench.path("a.bin.download_record");
        run_and_forget(&bench, last_range(4 * PART + 1), &record, || download().start());
        let mut changed = content.clone();
        match change {
            "another byte" => changed[2 * PART as usize] ^= 1,
            "longer" => changed.push(0),
            _ => {}
        }
        fs::remove_file(&target).unwrap();
        match change {
            "gone" => {}
            "a folder" => fs::create_dir(&target).unwrap(),
            _ => fs::write(&target, &changed).unwrap(),
        }
        let again = download().send();
        if change == "a folder" {
            assert!(again.unwrap_err().is_invalid_input());
            assert!(target.is_dir());
            continue;
        }
        assert_eq!(again.unwrap().resumed_parts, 0, "{change}");
        assert_eq!(fs::read(&target).unwrap(), content, "{change}");
        assert_eq!(bench.names(), ["a.bin"], "{change}");
    }
}

/// The one checkpoint of a job of many files.
fn only_file(folder: &Path) -> PathBuf {
    let mut entries = fs::read_dir(folder).unwrap();
    let path = entries.next().unwrap().unwrap().path();
    assert!(entries.next().is_none());
    path
}

#[test]
fn files_of_a_folder_likewise() {
    let bench = Bench::new();
    let (root, records) = (bench.path("tree"), bench.path("records"));
    trees::write(&root, &[("big.bin", 4 * PART + 1)]);
    let upload = || bench.bucket.upload_dir(&root, "a").part_size(PART).checkpoint_dir(&records);
    run_and_forget(&bench, completes, &records, || upload().start());
    upload().send().unwrap().into_result().unwrap();
    assert_nothing_moved(&bench);
    assert!(fs::read_dir(&records).unwrap().next().is_none());

    // A sync finds the file unchanged, and still clears up.
    let sync = || bench.bucket.sync_up(&root, "b").part_size(PART).checkpoint_dir(&records);
    run_and_forget(&bench, completes, &records, || sync().start());
    sync().send().unwrap().into_result().unwrap();
    assert_nothing_moved(&bench);
    assert!(fs::read_dir(&records).unwrap().next().is_none());
    assert!(trees::stored(&bench, "a/") == trees::read(&root));
    assert!(trees::stored(&bench, "b/") == trees::read(&root));

    let copy = bench.path("copy");
    let download = || bench.bucket.download_dir("a", &copy).part_size(PART).checkpoint_dir(&records);
    run_and_forget(&bench, last_range(4 * PART + 1), &records, || download().start());
    download().send().unwrap().into_result().unwrap();
    assert_nothing_moved(&bench);
    let mirror = bench.path("mirror");
    let sync = || bench.bucket.sync_down("b", &mirror).part_size(PART).checkpoint_dir(&records);
    run_and_forget(&bench, last_range(4 * PART + 1), &records, || sync().start());
    let modified = fs::metadata(mirror.join("big.bin")).unwrap().modified().unwrap();
    sync().send().unwrap().into_result().unwrap();
    assert_nothing_moved(&bench);
    assert_eq!(fs::metadata(mirror.join("big.bin")).unwrap().modified().unwrap(), modified);
    assert!(fs::read_dir(&records).unwrap().next().is_none());
    assert!(trees::read(&copy) == trees::read(&root) && trees::read(&mirror) == trees::read(&root));
}

#[test]
fn a_file_of_a_folder_that_lacks_only_its_name_is_checked_and_gets_its_time() {
    let bench = Bench::new();
    let (root, records, mirror) = (bench.path("tree"), bench.path("records"), bench.path("mirror"));
    trees::write(&root, &[("big.bin", 4 * PART + 1)]);
    make_old(&root.join("big.bin"));
    bench.bucket.sync_up(&root, "a").part_size(PART).send().unwrap().into_result().unwrap();
    let target = mirror.join("big.bin");
    let sync = || bench.bucket.sync_down("a", &mirror).part_size(PART).checkpoint_dir(&records);
    // All ranges are there and recorded, but a folder is in the way; and the time is not yet set.
    let leave_without_name = || {
        let folder = target.clone();
        let in_the_way = Rule::new(Action::Delay(Duration::ZERO)).operation("GetObject");
        let in_the_way = in_the_way.when(move |_| fs::create_dir(&folder).is_ok()).times(1);
        let fault = bench.emulator.faults().add(in_the_way);
        assert_eq!(sync().send().unwrap().failures.len(), 1);
        fault.remove();
        fs::remove_dir(&target).unwrap();
        let temp = fs::File::options().write(true).open(only_file(&mirror)).unwrap();
        temp.set_modified(SystemTime::now()).unwrap();
        bench.emulator.clear();
    };

    leave_without_name();
    sync().send().unwrap().into_result().unwrap();
    assert_nothing_moved(&bench);
    assert!(trees::read(&mirror) == trees::read(&root));
    let modified = |path: &Path| fs::metadata(path).unwrap().modified().unwrap();
    let apart = modified(&target).duration_since(modified(&root.join("big.bin")));
    assert!(apart.unwrap_or_else(|before| before.duration()) < Duration::from_secs(1));
    let again = sync().send().unwrap();
    assert_eq!((again.unchanged, again.succeeded), (1, 0));
    assert_nothing_moved(&bench);

    fs::remove_file(&target).unwrap();
    leave_without_name();
    let other = Rule::new(Action::WithoutHeader("x-obs-checksum-crc64ecma".to_owned()));
    let other = other.and(Action::Header("x-amz-checksum-crc64ecma".to_owned(), "1".to_owned()));
    let fault = bench.emulator.faults().add(other.operation("HeadObject"));
    let report = sync().send().unwrap();
    fault.remove();
    assert!(report.failures.len() == 1 && report.failures[0].error.is_integrity(), "{report:?}");
    assert!(trees::read(&mirror).is_empty() && trees::read(&records).is_empty());
    sync().send().unwrap().into_result().unwrap();
    assert!(trees::read(&mirror) == trees::read(&root));
}

#[test]
fn objects_of_a_prefix_likewise() {
    let bench = Bench::new();
    let records = bench.path("records");
    bench.bucket.put_content("from/big.bin", bytes(4 * PART + 1)).send().unwrap();
    let copy = || {
        let copy = bench.bucket.copy_dir("a", bench.bucket.name(), "from");
        copy.threshold(PART).part_size(PART).checkpoint_dir(&records)
    };
    let sync = || {
        let sync = bench.bucket.sync_within("b", bench.bucket.name(), "from");
        sync.threshold(PART).part_size(PART).checkpoint_dir(&records)
    };
    run_and_forget(&bench, completes, &records, || copy().start());
    copy().send().unwrap().into_result().unwrap();
    assert_nothing_moved(&bench);
    run_and_forget(&bench, completes, &records, || sync().start());
    sync().send().unwrap().into_result().unwrap();
    assert_nothing_moved(&bench);
    assert!(fs::read_dir(&records).unwrap().next().is_none());
    for prefix in ["a/", "b/"] {
        assert!(trees::stored(&bench, prefix) == trees::stored(&bench, "from/"));
    }
}
