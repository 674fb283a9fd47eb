//! Folders go up, come down, and are deleted.

use std::fs;
use std::time::{Duration, Instant};

use obs_emulator::{Action, Rule};
use obs_tests::transfers::{Bench, PART, Told, builder, bytes, wait_for, within};
use obs_tests::trees::{keys, read, write, writes};
use obs_transfer::prelude::*;
use obs_transfer::{ActionKind, ErrorKind, SkipReason};

const TREE: [(&str, u64); 6] = [
    ("a.txt", 10),
    ("empty", 0),
    ("sub/b.bin", 3 * PART + 7),
    ("sub/deep/c.bin", PART),
    ("sub/deep/ü 中+%.txt", 1),
    ("z.bin", PART + 1),
];

#[test]
fn a_tree_goes_up_and_comes_down() {
    for workers in [1, 4] {
        let bench = Bench::new();
        write(&bench.path("up"), &TREE);
        let total = TREE.iter().map(|(_, size)| size).sum::<u64>();
        let (up, down) = (Told::default(), Told::default());
        let report = bench
            .bucket
            .upload_dir(bench.path("up"), "some/prefix")
            .task_num(workers)
            .part_size(PART)
            .metadata("owner", "alice")
            .progress(up.callback())
            .send()
            .unwrap();
        assert_eq!((report.succeeded, report.bytes), (6, total));
        assert!(report.failures.is_empty() && report.skipped.is_empty(), "{report:?}");
        up.check(total);
        let wanted: Vec<String> = TREE.iter().map(|(name, _)| format!("some/prefix/{name}")).collect();
        assert_eq!(keys(&bench), wanted);
        assert_eq!(bench.uploads(), 0);
        let object = bench.bucket.get_object_metadata("some/prefix/z.bin").send().unwrap();
        assert_eq!(object.metadata.get("owner"), Some("alice"));

        bench.bucket.put_content("some/prefixed", "not below the folder").send().unwrap();
        let target = bench.path("down");
        let report = bench
            .bucket
            .download_dir("some/prefix/", &target)
            .task_num(workers)
            .part_size(PART)
            .progress(down.callback())
            .send()
            .unwrap();
        assert_eq!((report.succeeded, report.bytes), (6, total));
        down.check(total);
        assert_eq!(read(&target), read(&bench.path("up")));
    }
}

#[test]
fn large_files_share_the_workers_with_small_ones() {
    let bench = Bench::new();
    write(&bench.path("up"), &[("big", 12 * PART), ("small", 1)]);
    bench.emulator.faults().add(Rule::new(Action::Delay(Duration::from_millis(300))).operation("UploadPart"));
    let upload = bench.bucket.upload_dir(bench.path("up"), "").part_size(PART).task_num(4);
    assert_eq!(upload.send().unwrap().succeeded, 2);
    let connections = bench.emulator.connections();
    assert!(connections.in_flight_peak >= 4, "one after the other: {connections:?}");
    assert!(connections.total <= 6, "{connections:?}");
}

#[test]
fn a_plan_writes_nothing_and_is_what_is_done() {
    let bench = Bench::new();
    write(&bench.path("up"), &TREE);
    bench.emulator.clear();
    let plan = bench.bucket.upload_dir(bench.path("up"), "p").exclude("*.bin").plan().unwrap();
    assert_eq!(writes(&bench.emulator), [""; 0]);
    assert_eq!(plan.bytes(), 11);
    let told = plan.to_string();
    assert!(told.contains("-> p/a.txt (10 bytes)"), "{told}");
    let planned: Vec<String> = plan.actions().iter().map(|action| action.key.clone().unwrap()).collect();
    assert_eq!(planned, ["p/a.txt", "p/empty", "p/sub/deep/ü 中+%.txt"]);
    assert_eq!(plan.send().unwrap().succeeded, 3);
    assert_eq!(keys(&bench), planned);

    let down = bench.path("down");
    bench.emulator.clear();
    let plan = bench.bucket.download_dir("p", &down).include("*.txt").include("sub/").plan().unwrap();
    assert!(plan.actions().iter().all(|action| action.kind == ActionKind::Download));
    assert_eq!(plan.actions().len(), 2);
    assert!(!down.exists());
    let plan = bench.bucket.delete_prefix("p/").plan().unwrap();
    assert_eq!(plan.actions().len(), 3);
    assert_eq!(writes(&bench.emulator), [""; 0]);
    bench.bucket.put_content("p/later", "came after the plan").send().unwrap();
    assert_eq!(plan.send().unwrap().deleted, 3);
    assert_eq!(keys(&bench), ["p/later"]);
}

#[test]
fn a_filter_that_begins_literally_lists_only_what_it_is_about() {
    let bench = Bench::new();
    for key in ["p/a/1", "p/b/1", "p/b/2", "p/c/1"] {
        bench.bucket.put_content(key, key).send().unwrap();
    }
    bench.emulator.clear();
    let down = bench.bucket.download_dir("p", bench.path("down")).include("b/*");
    assert_eq!(down.send().unwrap().succeeded, 2);
    let listed = bench.emulator.requests().into_iter().find(|request| request.operation == "ListObjects");
    assert_eq!(listed.unwrap().parameter("prefix"), Some("p/b/"));
}

#[test]
fn hostile_keys_are_refused_and_the_others_come() {
    let bench = Bench::new();
    let hostile =
        ["../out", "a/../../out", "/etc/passwd", "a//b", ".", "sub/..", "nul\u{0}", "clash/x", "trail/data/"];
    for key in hostile.iter().filter(|key| !key.contains('\0')) {
        bench.bucket.put_content(format!("p/{key}"), "hostile").send().unwrap();
    }
    bench.bucket.put_content("p/clash", "a file and a folder").send().unwrap();
    bench.bucket.put_content("p/fine", "fine").send().unwrap();
    let report = bench.bucket.download_dir("p", bench.path("in/down")).task_num(2).send().unwrap();
    assert_eq!(read(&bench.path("in")).into_keys().collect::<Vec<_>>(), ["down/clash", "down/fine"]);
    assert_eq!(report.succeeded, 2);
    let mut refused: Vec<_> = report.failures.iter().map(|failure| failure.key.clone().unwrap()).collect();
    refused.sort();
    let mut wanted: Vec<_> =
        hostile.iter().filter(|key| !key.contains('\0')).map(|key| format!("p/{key}")).collect();
    wanted.sort();
    assert_eq!(refused, wanted);
    for failure in &report.failures {
        assert!(failure.error.is_invalid_input(), "{failure}");
        assert!(failure.to_string().contains("cannot be a local file"), "{failure}");
    }
    let error = report.into_result().unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Partial { failed: 8, total: 10 });
}

#[cfg(unix)]
#[test]
fn links_and_pipes_are_skipped_and_told() {
    use std::os::unix::fs::symlink;
    let bench = Bench::new();
    let up = bench.path("up");
    write(&up, &[("real.txt", 5), ("folder/inside", 6)]);
    write(&bench.path("elsewhere"), &[("secret", 7)]);
    symlink(up.join("real.txt"), up.join("link.txt")).unwrap();
    symlink(bench.path("elsewhere"), up.join("linked")).unwrap();
    symlink("nowhere", up.join("dangling")).unwrap();
    fs::write(up.join(".real.txt.abcdefgh.obs-part"), "half a download").unwrap();
    let report = bench.bucket.upload_dir(&up, "").send().unwrap();
    assert_eq!(keys(&bench), ["folder/inside", "real.txt"]);
    let reasons: Vec<SkipReason> = report.skipped.iter().map(|skipped| skipped.reason).collect();
    let link = SkipReason::SymbolicLink;
    assert_eq!(reasons, [SkipReason::UnfinishedDownload, link, link, link]);

    symlink(&up, up.join("folder/circle")).unwrap();
    let report = bench.bucket.upload_dir(&up, "").follow_symlinks(true).send().unwrap();
    assert_eq!(keys(&bench), ["folder/inside", "link.txt", "linked/secret", "real.txt"]);
    let failed: Vec<String> = report.failures.iter().map(ToString::to_string).collect();
    assert_eq!(failed.len(), 2, "{failed:?}");
    assert!(failed.iter().any(|told| told.contains("dangling")), "{failed:?}");
    assert!(failed.iter().any(|told| told.contains("circle without an end")), "{failed:?}");
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link_unless_that_is_said() {
    let bench = Bench::new();
    let (down, elsewhere) = (bench.path("down"), bench.path("elsewhere"));
    write(&elsewhere, &[("theirs", 7)]);
    fs::create_dir(&down).unwrap();
    std::os::unix::fs::symlink(&elsewhere, down.join("link")).unwrap();
    std::os::unix::fs::symlink(elsewhere.join("theirs"), down.join("file")).unwrap();
    for key in ["p/a", "p/file", "p/link/deep/b", "p/link/theirs", "p/link/empty/"] {
        bench.bucket.put_content(key, if key.ends_with('/') { "" } else { "new" }).send().unwrap();
    }
    let before = read(&elsewhere);
    let reports = [
        bench.bucket.download_dir("p", &down).empty_folders(true).send().unwrap(),
        bench.bucket.sync_down("p", &down).empty_folders(true).delete(true).send().unwrap(),
    ];
    for report in reports {
        let failed: Vec<_> = report.failures.iter().filter_map(|failure| failure.key.as_deref()).collect();
        assert_eq!(failed, ["p/link/deep/b", "p/link/empty/", "p/link/theirs"]);
        let told = report.failures[0].to_string();
        assert!(told.contains("down/link is a symbolic link"), "{told}");
        assert_eq!(read(&elsewhere), before);
    }
    assert_eq!(fs::read(down.join("a")).unwrap(), b"new");
    // Of a file the link itself is replaced.
    assert!(!fs::symlink_metadata(down.join("file")).unwrap().is_symlink());

    let sync = || bench.bucket.sync_down("p", &down).empty_folders(true).delete(true).follow_symlinks(true);
    let report = sync().send().unwrap().into_result().unwrap();
    assert_eq!((report.unchanged, report.deleted), (2, 0));
    assert_eq!(read(&elsewhere).keys().collect::<Vec<_>>(), ["deep/b", "theirs"]);
    assert!(elsewhere.join("empty").is_dir());
    assert_eq!(sync().send().unwrap().unchanged, 4);
}

#[test]
fn what_transfers_leave_beside_their_files_is_not_uploaded() {
    let bench = Bench::new();
    let up = bench.path("up");
    write(&up, &[("a", 300 << 10), ("b.upload_record", 5), ("folder/c", 5)]);
    // An upload, a download and a shard of one that do not get through.
    bench.bucket.put_content("folder/c", vec![7; 3 * PART as usize]).send().unwrap();
    bench.emulator.faults().add(Rule::error(403, "AccessDenied").query("partNumber", "3"));
    let upload = bench.bucket.upload_file("a", up.join("a")).part_size(PART).checkpoint(true);
    upload.send().unwrap_err();
    let download = || bench.bucket.download_file("folder/c", up.join("folder/c")).part_size(PART);
    let plan = download().create_plan().unwrap();
    let refused = Rule::error(403, "AccessDenied").operation("GetObject").skip(1);
    bench.emulator.faults().add(refused);
    plan.run_shard(0, 2).send().unwrap();
    plan.run_shard(1, 2).send().unwrap_err();
    download().checkpoint(true).send().unwrap_err();
    bench.emulator.faults().clear();

    let report = bench.bucket.upload_dir(&up, "all").send().unwrap().into_result().unwrap();
    assert_eq!(keys(&bench), ["all/a", "all/b.upload_record", "all/folder/c", "folder/c"]);
    let mut skipped: Vec<_> = report.skipped.iter().map(|one| one.reason).collect();
    skipped.sort_by_key(ToString::to_string);
    // What is recorded of the upload, and of the download; both temporary files, and what the shards keep beside one of them.
    let (record, half) = (SkipReason::Checkpoint, SkipReason::UnfinishedDownload);
    assert_eq!(skipped, [record, record, half, half, half, half], "{:?}", report.skipped);
}

#[test]
fn every_failure_is_told_and_the_others_are_done() {
    let bench = Bench::new();
    let files: Vec<(String, u64)> =
        (0..40).map(|n| (format!("f{n:02}"), if n % 4 == 0 { 2 * PART } else { 9 })).collect();
    let files: Vec<(&str, u64)> = files.iter().map(|(name, size)| (name.as_str(), *size)).collect();
    write(&bench.path("up"), &files);
    for n in [3, 4, 17, 36] {
        bench.emulator.faults().add(Rule::error(403, "AccessDenied").key(format!("f{n:02}")));
    }
    let told = Told::default();
    let upload =
        bench.bucket.upload_dir(bench.path("up"), "").part_size(PART).task_num(4).progress(told.callback());
    let report = upload.send().unwrap();
    assert_eq!(report.succeeded, 36);
    let mut failed: Vec<_> = report.failures.iter().map(|failure| failure.key.clone().unwrap()).collect();
    failed.sort();
    assert_eq!(failed, ["f03", "f04", "f17", "f36"]);
    assert!(report.failures.iter().all(|failure| failure.error.is_access_denied()));
    assert_eq!(keys(&bench).len(), 36);
    assert_eq!(bench.uploads(), 0, "failed uploads are aborted");
    assert!(
        told.all().iter().all(|told| told.transferred < 10 * 2 * PART + 30 * 9),
        "no 100 % after failures"
    );

    let down = bench.path("down");
    bench.emulator.faults().clear();
    bench.emulator.faults().add(Rule::error(500, "InternalError").key("f08").operation("GetObject"));
    let report = bench.bucket.download_dir("", &down).part_size(PART).task_num(4).send().unwrap();
    assert_eq!((report.succeeded, report.failures.len()), (35, 1));
    assert_eq!(report.failures[0].path.as_deref(), Some(down.join("f08").as_path()));
    assert_eq!(read(&down).len(), 35, "no temporary file stays");
}

#[test]
fn what_fails_for_all_ends_the_job_at_once() {
    let bench = Bench::new();
    let files: Vec<String> = (0..50).map(|n| format!("f{n:02}")).collect();
    write(&bench.path("up"), &files.iter().map(|name| (name.as_str(), 5)).collect::<Vec<_>>());
    bench.emulator.clear();
    let nowhere = bench.bucket.client().bucket("no-such-bucket");
    let error = nowhere.upload_dir(bench.path("up"), "").send().unwrap_err();
    assert_eq!(error.code(), Some("NoSuchBucket"));
    assert_eq!(bench.emulator.operation_count("PutObject"), 1);

    // The bucket goes away under way: what was done is told, and so is all that was not.
    bench.emulator.faults().add(Rule::error(404, "NoSuchBucket").operation("PutObject").skip(10));
    let report = bench.bucket.upload_dir(bench.path("up"), "").send().unwrap();
    assert_eq!((report.succeeded, report.failures.len()), (10, 40));
    assert!(report.failures.iter().all(|failure| failure.error.is_not_found()));

    let error = bench.bucket.upload_dir(bench.path("missing"), "").send().unwrap_err();
    assert!(error.is_io() && error.to_string().contains("missing"), "{error}");
    let error = bench.bucket.upload_dir(bench.path("up/f00"), "").send().unwrap_err();
    assert!(error.is_invalid_input() && error.to_string().contains("is not a folder"), "{error}");
    let error = bench.bucket.upload_dir(bench.path("up"), "").include("[").send().unwrap_err();
    assert!(error.is_invalid_input(), "{error}");
}

#[test]
fn cancelled_within_a_second_and_resumed_from_checkpoints() {
    /// Starts it, and cancels it when its four workers stall, with ten calls done. How long that takes.
    fn cancelled<T: std::fmt::Debug + Send + 'static>(
        bench: &Bench,
        operation: &str,
        start: impl FnOnce() -> Transfer<T>,
    ) -> Duration {
        let stall = Rule::new(Action::StallHead(None)).operation(operation).skip(10);
        let stall = bench.emulator.faults().add(stall);
        let transfer = start();
        wait_for("all workers stall", || stall.hits() >= 4);
        let start = Instant::now();
        transfer.cancel();
        assert!(transfer.wait().unwrap_err().is_cancelled());
        let took = start.elapsed();
        stall.remove();
        bench.emulator.clear();
        took
    }

    within(Duration::from_secs(1), || {
        let bench = Bench::new();
        write(&bench.path("up"), &[("a", 16 * PART), ("c", 5)]);
        let checkpoints = bench.path("checkpoints");
        let upload = || {
            let upload = bench.bucket.upload_dir(bench.path("up"), "").part_size(PART).task_num(4);
            upload.checkpoint_dir(&checkpoints)
        };
        let up = cancelled(&bench, "UploadPart", || upload().start());
        assert!(bench.uploads() > 0);
        let report = upload().send().unwrap();
        assert_eq!((report.succeeded, report.bytes), (2, 16 * PART + 5));
        assert!(bench.begun("UploadPart") <= 6, "{:?}", bench.emulator.requests());
        assert_eq!(bench.uploads(), 0);
        assert_eq!(fs::read_dir(&checkpoints).unwrap().count(), 0, "no checkpoint stays");

        // The same on the way down.
        let target = bench.path("down");
        let download = || {
            let download = bench.bucket.download_dir("", &target).part_size(PART).task_num(4);
            download.checkpoint_dir(&checkpoints)
        };
        let down = cancelled(&bench, "GetObject", || download().start());
        assert_eq!(download().send().unwrap().succeeded, 2);
        assert!(bench.begun("GetObject") <= 7, "{:?}", bench.emulator.requests());
        assert_eq!(read(&target), read(&bench.path("up")));
        up.max(down)
    });
}

#[test]
fn without_checkpoints_a_cancelled_job_leaves_no_parts() {
    let bench = Bench::new();
    write(&bench.path("up"), &[("a", 8 * PART), ("b", 8 * PART)]);
    let stall =
        bench.emulator.faults().add(Rule::new(Action::StallHead(None)).operation("UploadPart").skip(5));
    let transfer = bench.bucket.upload_dir(bench.path("up"), "").part_size(PART).task_num(8).start();
    wait_for("all workers stall", || stall.hits() >= 8);
    drop(transfer);
    // Half a second later it goes on behind our backs.
    wait_for("the abort", || bench.uploads() == 0);
}

#[test]
fn an_object_that_is_replaced_after_the_listing_is_not_mixed_in() {
    let bench = Bench::new();
    write(&bench.path("up"), &[("a", 3 * PART), ("b", 5)]);
    bench.bucket.upload_dir(bench.path("up"), "").part_size(PART).send().unwrap();
    let plan = bench.bucket.download_dir("", bench.path("down")).part_size(PART).plan().unwrap();
    bench.bucket.put_content("a", bytes(3 * PART + 1)).send().unwrap();
    let report = plan.send().unwrap();
    assert_eq!((report.succeeded, report.failures.len()), (1, 1));
    assert!(report.failures[0].error.is_object_changed(), "{}", report.failures[0]);
    assert_eq!(read(&bench.path("down")).into_keys().collect::<Vec<_>>(), ["b"]);
}

#[test]
fn a_file_that_changes_after_the_plan_is_told() {
    let bench = Bench::new();
    write(&bench.path("up"), &[("a", 5), ("b", 5)]);
    let plan = bench.bucket.upload_dir(bench.path("up"), "").plan().unwrap();
    fs::write(bench.path("up/a"), "another").unwrap();
    let report = plan.send().unwrap();
    assert_eq!((report.succeeded, report.failures.len()), (1, 1));
    assert!(report.failures[0].error.is_source_changed(), "{}", report.failures[0]);
}

#[test]
fn damage_is_found_in_each_file() {
    let bench = Bench::new();
    write(&bench.path("up"), &[("big", 3 * PART), ("fine", 5), ("small", 50)]);
    bench.bucket.upload_dir(bench.path("up"), "").part_size(PART).send().unwrap();
    for key in ["big", "small"] {
        assert!(bench.emulator.store().corrupt_object(bench.bucket.name(), key, 77));
    }
    let report = bench.bucket.download_dir("", bench.path("down")).part_size(PART).send().unwrap();
    assert_eq!((report.succeeded, report.failures.len()), (1, 2), "{report:?}");
    assert!(report.failures.iter().all(|failure| failure.error.is_integrity()), "{report:?}");
    assert_eq!(read(&bench.path("down")).into_keys().collect::<Vec<_>>(), ["fine"]);
}

#[test]
fn empty_folders_travel_when_asked_to() {
    let bench = Bench::new();
    let up = bench.path("up");
    write(&up, &[("full/a", 5)]);
    fs::create_dir_all(up.join("hollow/inner")).unwrap();
    fs::create_dir_all(up.join("last")).unwrap();
    bench.bucket.upload_dir(&up, "p").send().unwrap();
    assert_eq!(keys(&bench), ["p/full/a"]);
    bench.bucket.upload_dir(&up, "p").empty_folders(true).send().unwrap();
    assert_eq!(keys(&bench), ["p/full/a", "p/hollow/inner/", "p/last/"]);
    let report = bench.bucket.download_dir("p", bench.path("without")).send().unwrap();
    assert_eq!((report.succeeded, report.failures.len(), report.skipped.len()), (1, 0, 0));
    assert!(!bench.path("without/last").exists());
    bench.bucket.download_dir("p", bench.path("with")).empty_folders(true).send().unwrap();
    assert!(bench.path("with/hollow/inner").is_dir() && bench.path("with/last").is_dir());
}

#[test]
fn a_prefix_is_deleted_in_batches_and_nothing_else() {
    let bench = Bench::new();
    for n in 0..2_345 {
        bench.bucket.put_content(format!("logs/{n:04}.txt"), "").send().unwrap();
    }
    for key in ["logs-of-others", "logs/keep.me", "other/a"] {
        bench.bucket.put_content(key, key).send().unwrap();
    }
    bench.emulator.clear();
    let report = bench.bucket.delete_prefix("logs/").exclude("*.me").task_num(3).send().unwrap();
    assert_eq!((report.succeeded, report.deleted, report.failures.len()), (2_345, 2_345, 0));
    assert_eq!(keys(&bench), ["logs-of-others", "logs/keep.me", "other/a"]);
    assert_eq!(bench.emulator.operation_count("DeleteObjects"), 3);
    assert_eq!(bench.emulator.operation_count("ListObjects"), 3);

    let error = bench.bucket.delete_prefix("").send().unwrap_err();
    assert!(error.is_invalid_input() && error.to_string().contains("whole_bucket()"), "{error}");
    assert_eq!(keys(&bench).len(), 3);
    assert_eq!(bench.bucket.delete_prefix("").whole_bucket().send().unwrap().deleted, 3);
    assert_eq!(keys(&bench), [""; 0]);
    assert_eq!(bench.bucket.delete_prefix("nothing/").send().unwrap().succeeded, 0);
}

#[test]
fn objects_that_stay_are_told_one_by_one() {
    let bench = Bench::new();
    for key in ["p/a", "p/b", "p/c"] {
        bench.bucket.put_content(key, key).send().unwrap();
    }
    let fault = bench.emulator.faults().add(Rule::error(403, "AccessDenied").operation("DeleteObjects"));
    let report = bench.bucket.delete_prefix("p/").send().unwrap();
    let mut failed: Vec<_> = report.failures.iter().map(|failure| failure.key.clone().unwrap()).collect();
    failed.sort();
    assert_eq!(failed, ["p/a", "p/b", "p/c"]);
    assert!(report.failures.iter().all(|failure| failure.error.is_access_denied()));
    fault.remove();
    assert_eq!(bench.bucket.delete_prefix("p/").send().unwrap().deleted, 3);
}

#[test]
fn one_object_that_may_not_be_deleted_is_told_with_its_code() {
    let bench = Bench::new();
    for key in ["p/a", "p/b", "p/c"] {
        bench.bucket.put_content(key, key).send().unwrap();
    }
    let answer = "<DeleteResult><Error><Key>p/b</Key><Code>AccessDenied</Code><Message>locked</Message></Error></DeleteResult>";
    let answer = obs_emulator::Answer::status(200).header("content-type", "application/xml").body(answer);
    bench.emulator.faults().add(Rule::new(Action::Answer(answer)).operation("DeleteObjects"));
    let report = bench.bucket.delete_prefix("p/").send().unwrap();
    assert_eq!((report.deleted, report.failures.len()), (2, 1));
    let error = &report.failures[0].error;
    assert_eq!(error.code(), Some("AccessDenied"));
    assert!(error.is_access_denied() && error.to_string().contains("p/b was not deleted"), "{error}");
}

#[test]
fn versions_are_deleted_for_good_when_asked_to() {
    use obs_core::settings::VersioningStatus;
    let bench = Bench::new();
    bench.bucket.set_bucket_versioning(VersioningStatus::Enabled).send().unwrap();
    for content in ["one", "two"] {
        bench.bucket.put_content("p/a", content).send().unwrap();
        bench.bucket.put_content("q/a", content).send().unwrap();
    }
    assert_eq!(bench.bucket.delete_prefix("p/").send().unwrap().deleted, 1);
    assert_eq!(
        bench.bucket.list_versions().prefix("p/").iter().count(),
        3,
        "two versions and a delete marker"
    );
    assert_eq!(bench.bucket.delete_prefix("p/").versions(true).send().unwrap().deleted, 3);
    assert_eq!(bench.bucket.list_versions().iter().count(), 2);
}

#[test]
fn versions_that_a_page_cuts_apart_are_all_deleted() {
    use obs_core::settings::VersioningStatus;
    let bench = Bench::new();
    bench.bucket.set_bucket_versioning(VersioningStatus::Enabled).send().unwrap();
    // 1,001 entries: the first page ends between the two of the last key
    bench.bucket.put_content("a", "1").send().unwrap();
    for n in 0..500 {
        for content in ["1", "2"] {
            bench.bucket.put_content(format!("b/{n:03}"), content).send().unwrap();
        }
    }
    // The first page is deleted before the second one is listed
    let late = Rule::new(Action::Delay(Duration::from_millis(500))).operation("ListVersions").skip(1);
    bench.emulator.faults().add(late);
    let report = bench.bucket.delete_prefix("").whole_bucket().versions(true).task_num(4).send().unwrap();
    assert_eq!((report.deleted, report.failures.len()), (1001, 0));
    assert_eq!(bench.bucket.list_versions().iter().count(), 0);
}

#[test]
fn a_parallel_file_system_is_listed_copied_and_deleted_from_the_bottom_up() {
    let bench = Bench::new();
    let client = builder(&bench.emulator).build().unwrap();
    let files = client.bucket("file-system");
    files.create_bucket().parallel_file_system().send().unwrap();
    write(&bench.path("up"), &TREE);
    files.upload_dir(bench.path("up"), "data").part_size(PART).task_num(3).send().unwrap();
    files.put_content("data-of-others/x", "x").send().unwrap();
    let listed: Vec<String> = files.list_objects().iter().map(|entry| entry.unwrap().key).collect();
    assert!(listed.contains(&"data/sub/deep/".to_owned()), "directories are listed: {listed:?}");
    let report = files.download_dir("data", bench.path("down")).part_size(PART).send().unwrap();
    assert_eq!((report.succeeded, report.failures.len()), (6, 0));
    assert_eq!(read(&bench.path("down")), read(&bench.path("up")));
    let report = files.delete_prefix("data/").task_num(4).send().unwrap();
    assert!(report.failures.is_empty(), "{:?}", report.failures);
    let left: Vec<String> = files.list_objects().iter().map(|entry| entry.unwrap().key).collect();
    assert_eq!(left, ["data-of-others/", "data-of-others/x"]);
}

#[test]
fn thirty_percent_failing_requests_lose_nothing() {
    let bench = Bench::new();
    let files: Vec<(String, u64)> = (0..60).map(|n| (format!("d{}/f{n:02}", n % 7), n * 7_001)).collect();
    let files: Vec<(&str, u64)> = files.iter().map(|(name, size)| (name.as_str(), *size)).collect();
    write(&bench.path("up"), &files);
    bench.emulator.faults().add(Rule::error(500, "InternalError").probability(0.15, 1));
    bench.emulator.faults().add(Rule::new(Action::DropAnswer).probability(0.15, 2));
    let mut left = 60;
    for _ in 0..30 {
        let report = bench.bucket.upload_dir(bench.path("up"), "").part_size(PART).task_num(8).send();
        let Ok(report) = report else { continue };
        assert_eq!(report.succeeded + report.failures.len() as u64, 60);
        left = report.failures.len();
        if left == 0 {
            break;
        }
    }
    assert_eq!(left, 0);
    for _ in 0..30 {
        let report = bench.bucket.download_dir("", bench.path("down")).part_size(PART).task_num(8).send();
        if report.is_ok_and(|report| report.failures.is_empty()) {
            break;
        }
    }
    assert_eq!(read(&bench.path("down")), read(&bench.path("up")));
}
