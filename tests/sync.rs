//! A folder and a prefix become equal, in both directions.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use obs_emulator::Rule;
use obs_tests::transfers::{Bench, PART};
use obs_tests::trees::{keys, read, stored, write, writes};
use obs_transfer::prelude::*;
use obs_transfer::{ActionKind, SkipReason};

/// Another folder than the one before: some files stay, some change, some go, some become folders or the other way round.
fn random_tree(root: &Path, random: &mut fastrand::Rng) {
    fs::create_dir_all(root).unwrap();
    for _ in 0..random.usize(0..12) {
        let depth = random.usize(1..4);
        let name: Vec<&str> = (0..depth).map(|_| *random.choice(&["a", "b", "c d", "ü"]).unwrap()).collect();
        let path = root.join(name.join("/"));
        // What is in the way goes, as when a user makes room.
        for above in path.ancestors().skip(1).take_while(|above| *above != root) {
            if above.is_file() {
                fs::remove_file(above).unwrap();
            }
        }
        if path.is_dir() {
            fs::remove_dir_all(&path).unwrap();
        }
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let size = *random.choice(&[0, 1, 1, 100, PART + 5]).unwrap();
        fs::write(&path, vec![random.u8(..); size as usize]).unwrap();
        let long_ago = Duration::from_nanos(random.u64(0..1 << 60));
        File::options().write(true).open(&path).unwrap().set_modified(SystemTime::now() - long_ago).unwrap();
    }
    for path in read(root).into_keys().filter(|_| random.u8(0..4) == 0) {
        fs::remove_file(root.join(path)).unwrap();
    }
}

#[test]
fn random_trees_are_equal_afterwards_and_a_second_run_does_nothing() {
    let bench = Bench::new();
    let (up, down) = (bench.path("up"), bench.path("down"));
    bench.bucket.put_content("mirror-of-others", "not below the folder").send().unwrap();
    let mut random = fastrand::Rng::with_seed(26);
    let (mut uploaded, mut downloaded, mut deleted) = (0, 0, 0);
    for round in 0..40 {
        random_tree(&up, &mut random);
        let sync_up = || bench.bucket.sync_up(&up, "mirror").delete(true).part_size(PART).task_num(4);
        let sync_down = || bench.bucket.sync_down("mirror", &down).delete(true).part_size(PART).task_num(4);

        let before = stored(&bench, "");
        bench.emulator.clear();
        let planned = sync_up().plan().unwrap().actions().len() as u64;
        assert_eq!(writes(&bench.emulator), [""; 0], "a plan writes nothing");
        assert_eq!(stored(&bench, ""), before);
        let report = sync_up().send().unwrap().into_result().unwrap();
        assert_eq!(report.succeeded, planned);
        assert_eq!(stored(&bench, "mirror/"), read(&up), "round {round}");
        (uploaded, deleted) = (uploaded + report.succeeded - report.deleted, deleted + report.deleted);

        bench.emulator.clear();
        let report = sync_up().send().unwrap();
        assert_eq!((report.succeeded, report.unchanged), (0, read(&up).len() as u64));
        assert_eq!(writes(&bench.emulator), [""; 0], "a second run writes nothing");

        // The other side has changes of its own, which go.
        random_tree(&down, &mut random);
        let before = read(&down);
        assert!(sync_down().plan().unwrap().failures().is_empty());
        assert_eq!(read(&down), before);
        let report = sync_down().send().unwrap().into_result().unwrap();
        assert_eq!(read(&down), read(&up), "round {round}");
        (downloaded, deleted) = (downloaded + report.succeeded - report.deleted, deleted + report.deleted);
        for name in read(&up).into_keys() {
            let modified = |root: &Path| fs::metadata(root.join(&name)).unwrap().modified().unwrap();
            assert_eq!(modified(&up), modified(&down), "{name}");
        }

        bench.emulator.clear();
        assert_eq!(sync_down().send().unwrap().succeeded, 0);
        assert_eq!(bench.emulator.operation_count("GetObject"), 0, "a second run fetches nothing");
        // And nothing is to be done in the other direction, for the times came along.
        let back = bench.bucket.sync_up(&down, "mirror").delete(true).plan().unwrap();
        assert_eq!(back.actions(), []);
    }
    assert!(uploaded > 100 && downloaded > 100 && deleted > 50, "{uploaded} {downloaded} {deleted}");
    assert!(stored(&bench, "").contains_key("mirror-of-others"));
}

#[test]
fn without_delete_nothing_goes() {
    let bench = Bench::new();
    write(&bench.path("up"), &[("a", 1)]);
    write(&bench.path("down"), &[("b", 2)]);
    bench.bucket.put_content("p/c", "c").send().unwrap();
    bench.bucket.sync_up(bench.path("up"), "p").send().unwrap();
    assert_eq!(keys(&bench), ["p/a", "p/c"]);
    bench.bucket.sync_down("p", bench.path("down")).send().unwrap();
    assert_eq!(read(&bench.path("down")).into_keys().collect::<Vec<_>>(), ["a", "b", "c"]);
}

#[test]
fn filters_bound_what_is_deleted() {
    let bench = Bench::new();
    write(&bench.path("up"), &[("new.txt", 1), ("new.log", 1)]);
    for key in ["p/old.txt", "p/old.log", "p/sub/old.txt"] {
        bench.bucket.put_content(key, key).send().unwrap();
    }
    bench.bucket.sync_up(bench.path("up"), "p").include("*.txt").exclude("sub/").delete(true).send().unwrap();
    assert_eq!(keys(&bench), ["p/new.txt", "p/old.log", "p/sub/old.txt"]);

    write(&bench.path("down"), &[("mine.txt", 1), ("mine.log", 1)]);
    bench.bucket.sync_down("p", bench.path("down")).include("*.txt").delete(true).send().unwrap();
    assert_eq!(
        read(&bench.path("down")).into_keys().collect::<Vec<_>>(),
        ["mine.log", "new.txt", "sub/old.txt"]
    );
}

#[test]
fn as_long_as_something_fails_nothing_is_deleted() {
    let bench = Bench::new();
    write(&bench.path("up"), &[("a", 1), ("b", 2)]);
    bench.bucket.put_content("p/only-here", "x").send().unwrap();
    let fault =
        bench.emulator.faults().add(Rule::error(403, "AccessDenied").key("p/a").operation("PutObject"));
    let sync = || bench.bucket.sync_up(bench.path("up"), "p").delete(true);
    let report = sync().send().unwrap();
    assert_eq!((report.failures.len(), report.deleted, report.succeeded), (1, 0, 1));
    assert_eq!(report.skipped.len(), 1);
    assert_eq!(report.skipped[0].key.as_deref(), Some("p/only-here"));
    assert_eq!(report.skipped[0].reason, SkipReason::Withheld);
    assert_eq!(keys(&bench), ["p/b", "p/only-here"]);
    fault.remove();
    let report = sync().send().unwrap();
    assert_eq!((report.deleted, report.succeeded, report.unchanged), (1, 2, 1));
    assert_eq!(keys(&bench), ["p/a", "p/b"]);

    // A key that cannot be a local file: who knows what else the listing means.
    write(&bench.path("down"), &[("mine", 3)]);
    bench.bucket.put_content("p/../escape", "x").send().unwrap();
    let report = bench.bucket.sync_down("p", bench.path("down")).delete(true).send().unwrap();
    assert_eq!((report.failures.len(), report.deleted, report.succeeded), (1, 0, 2));
    assert!(bench.path("down/mine").exists());
}

#[test]
fn checkpoints_in_the_tree_are_no_files_of_it_however_they_are_spelled() {
    let bench = Bench::new();
    let root = bench.path("tree");
    write(&root, &[("a", 1), ("z/b", 2), ("records/of-another-job", 3)]);
    for (root, records) in [
        (root.clone(), root.join("records")),
        (root.clone(), root.join("./records")),
        (bench.path("tree/z/../../tree"), root.join("records")),
        (root.clone(), bench.path("tree/z/../records")),
    ] {
        bench.bucket.delete_prefix("p").send().unwrap();
        bench.bucket.upload_dir(&root, "p").checkpoint_dir(&records).send().unwrap();
        assert_eq!(keys(&bench), ["p/a", "p/z/b"], "{}, {}", root.display(), records.display());
        let report = bench.bucket.sync_up(&root, "p").delete(true).checkpoint_dir(&records).send().unwrap();
        assert_eq!((report.deleted, report.failures.len()), (0, 0));
        assert_eq!(keys(&bench), ["p/a", "p/z/b"], "{}, {}", root.display(), records.display());
        let sync = bench.bucket.sync_down("p", &root).delete(true).checkpoint_dir(&records);
        assert_eq!(sync.send().unwrap().deleted, 0);
        assert!(read(&root).contains_key("records/of-another-job"));
    }
}

#[cfg(unix)]
#[test]
fn what_a_skipped_link_stands_for_is_not_deleted() {
    let bench = Bench::new();
    write(&bench.path("elsewhere"), &[("x", 1), ("sub/y", 2)]);
    write(&bench.path("up"), &[("a", 1)]);
    std::os::unix::fs::symlink(bench.path("elsewhere"), bench.path("up/link")).unwrap();
    let sync = || bench.bucket.sync_up(bench.path("up"), "").delete(true);
    sync().follow_symlinks(true).send().unwrap();
    assert_eq!(keys(&bench), ["a", "link/sub/y", "link/x"]);
    let report = sync().send().unwrap();
    assert_eq!((report.deleted, report.skipped.len()), (0, 1));
    assert_eq!(keys(&bench).len(), 3);
}

#[test]
fn content_counts_when_checksums_are_compared() {
    let bench = Bench::new();
    let up = bench.path("up");
    write(&up, &[("same", 5), ("other", 5)]);
    bench.bucket.sync_up(&up, "p").send().unwrap();
    // Of the same size and time, but another content; and of another time, but the same content.
    let modified = fs::metadata(up.join("other")).unwrap().modified().unwrap();
    fs::write(up.join("other"), "12345").unwrap();
    File::options().write(true).open(up.join("other")).unwrap().set_modified(modified).unwrap();
    File::options().write(true).open(up.join("same")).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
    let planned = |sync: SyncUp| -> Vec<String> {
        let plan = sync.plan().unwrap();
        assert!(plan.actions().iter().all(|action| action.kind == ActionKind::Upload));
        plan.actions().iter().map(|action| action.key.clone().unwrap()).collect()
    };
    let sync = || bench.bucket.sync_up(&up, "p");
    assert_eq!(planned(sync()), ["p/same"]);
    assert_eq!(planned(sync().checksum(true)), ["p/other"]);
    bench.emulator.clear();
    assert_eq!(planned(sync().size_only()), [""; 0]);
    assert_eq!(bench.emulator.operations(), BTreeMap::from([("ListObjects".to_owned(), 1)]));
    // A server that tells no CRC-64: the ETag of an object in one piece is its MD5.
    use obs_emulator::Action;
    for name in ["x-obs-checksum-crc64ecma", "x-obs-hash-crc64ecma"] {
        let without = Rule::new(Action::WithoutHeader(name.to_owned())).method("HEAD").fall_through();
        bench.emulator.faults().add(without);
    }
    assert_eq!(planned(sync().checksum(true)), ["p/other"]);
}

#[test]
fn objects_of_others_get_along_without_a_kept_time() {
    let bench = Bench::new();
    bench.bucket.put_content("p/theirs", "hello").send().unwrap();
    let down = bench.path("down");
    let sync = || bench.bucket.sync_down("p", &down);
    assert_eq!(sync().send().unwrap().succeeded, 1);
    assert_eq!(sync().send().unwrap().unchanged, 1);
    // The file is not newer than the object.
    assert_eq!(bench.bucket.sync_up(&down, "p").send().unwrap().unchanged, 1);
    fs::write(down.join("theirs"), "HELLO").unwrap();
    let later = SystemTime::now() + Duration::from_secs(10);
    File::options().write(true).open(down.join("theirs")).unwrap().set_modified(later).unwrap();
    assert_eq!(bench.bucket.sync_up(&down, "p").send().unwrap().succeeded, 1);
    assert_eq!(stored(&bench, "p/")["theirs"], b"HELLO");
    assert_eq!(bench.bucket.sync_up(&down, "p").send().unwrap().unchanged, 1);
}

#[test]
fn times_that_no_file_system_holds_are_as_good_as_none() {
    let bench = Bench::new();
    let kept =
        [("a", "18446744073709551615"), ("b", "9999999999999"), ("c", "-9999999999999.5"), ("d", "never")];
    for (name, mtime) in kept {
        let put = bench.bucket.put_content(format!("p/{name}"), "hello").metadata("mtime", mtime);
        put.send().unwrap();
    }
    bench.bucket.put_content("p/e", "hello").metadata("mtime", "86400.5").send().unwrap();
    let down = bench.path("down");
    let sync = || bench.bucket.sync_down("p", &down).send().unwrap();
    assert_eq!(sync().into_result().unwrap().succeeded, 5);
    assert_eq!(read(&down).len(), 5);
    let modified = |name: &str| fs::metadata(down.join(name)).unwrap().modified().unwrap();
    assert_eq!(modified("e"), SystemTime::UNIX_EPOCH + Duration::from_millis(86_400_500));
    assert!(modified("a").elapsed().unwrap() < Duration::from_secs(600), "that of the object");
    assert_eq!(sync().unchanged, 5, "a second run fetches nothing");
    // What is sent again has a time that holds.
    let up = || bench.bucket.sync_up(&down, "p").send().unwrap();
    assert_eq!((up().succeeded, up().unchanged), (3, 5));
}

#[test]
fn a_parallel_file_system_is_mirrored_with_its_directories() {
    let bench = Bench::new();
    let files = bench.bucket.client().bucket("file-system");
    files.create_bucket().parallel_file_system().send().unwrap();
    let up = bench.path("up");
    write(&up, &[("a/b/c", 1), ("a/d", 2), ("gone/deep/e", 3)]);
    let sync = || files.sync_up(&up, "m").delete(true).task_num(2);
    sync().send().unwrap().into_result().unwrap();
    assert_eq!(sync().plan().unwrap().actions(), [], "directories are none of its files");
    fs::remove_dir_all(up.join("gone")).unwrap();
    let report = sync().send().unwrap().into_result().unwrap();
    assert_eq!(report.deleted, 3, "the file and two directories");
    let left: Vec<String> = files.list_objects().iter().map(|entry| entry.unwrap().key).collect();
    assert_eq!(left, ["m/", "m/a/", "m/a/b/", "m/a/b/c", "m/a/d"]);
}
