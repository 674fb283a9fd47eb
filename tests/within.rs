//! Prefixes are copied and made equal within the service.

use std::time::Duration;

use obs_emulator::{Action, Rule};
use obs_tests::transfers::{Bench, PART, Told, builder, bytes};
use obs_tests::trees::{stored, writes};
use obs_transfer::prelude::*;
use obs_transfer::{ActionKind, ErrorKind};

/// Keys and sizes: nothing, a call, some ranges, names that are parts of URLs.
const OBJECTS: [(&str, u64); 6] = [
    ("a.txt", 10),
    ("empty", 0),
    ("folder/", 0),
    ("sub/b.bin", 3 * PART + 7),
    ("sub/deep/ü 中+%?x&.txt", 1),
    ("z.bin", PART + 1),
];

/// Objects below `from/` of a second bucket.
fn source(bench: &Bench) -> BucketClient {
    let source = builder(&bench.emulator).build().unwrap().bucket("source");
    source.create_bucket().send().unwrap();
    for (name, size) in OBJECTS {
        let key = format!("from/{name}");
        source.put_content(&key, bytes(size)).metadata("owner", "alice").send().unwrap();
    }
    source.put_content("from-others", "not below the folder").send().unwrap();
    bench.emulator.clear();
    source
}

/// What the bucket has below `to/`, as pairs of names and bytes.
fn copied(bench: &Bench) -> Vec<(String, Vec<u8>)> {
    stored(bench, "to/").into_iter().collect()
}

fn wanted() -> Vec<(String, Vec<u8>)> {
    OBJECTS.iter().map(|(name, size)| ((*name).to_owned(), bytes(*size))).collect()
}

#[test]
fn a_prefix_is_copied_object_by_object_and_in_ranges() {
    for workers in [1, 4] {
        for threshold in [u64::MAX, PART] {
            let bench = Bench::new();
            source(&bench);
            let told = Told::default();
            let job = bench.bucket.copy_dir("to", "source", "from").threshold(threshold).part_size(PART);
            let plan = job.task_num(workers).progress(told.callback()).plan().unwrap();
            assert_eq!(writes(&bench.emulator), [""; 0], "a plan writes nothing");
            let total = OBJECTS.iter().map(|(_, size)| size).sum();
            assert_eq!(plan.bytes(), total);
            assert!(plan.actions().iter().all(|action| action.kind == ActionKind::Copy));
            assert!(plan.to_string().contains("copy from/a.txt -> to/a.txt (10 bytes)\n"), "{plan}");
            let report = plan.send().unwrap().into_result().unwrap();
            assert_eq!((report.succeeded, report.bytes), (6, total));
            told.check(total);
            assert_eq!(copied(&bench), wanted());
            assert_eq!(bench.uploads(), 0);
            let ranges = if threshold == PART { 4 + 2 } else { 0 };
            assert_eq!(bench.emulator.operation_count("CopyPart"), ranges);
            let asked = if threshold == PART { 2 } else { 0 };
            assert_eq!(bench.emulator.operation_count("HeadObject"), asked, "only where ranges need it");
            for key in ["to/a.txt", "to/z.bin"] {
                let object = bench.bucket.get_object_metadata(key).send().unwrap();
                assert_eq!(object.metadata.get("owner"), Some("alice"), "{key}");
            }
        }
    }
}

#[test]
fn what_is_set_joins_what_the_sources_have() {
    let bench = Bench::new();
    source(&bench);
    let job = bench.bucket.copy_dir("to", "source", "from/").include("*.bin").exclude("/z*");
    let report = job.metadata("reason", "test").storage_class(StorageClass::Warm).send().unwrap();
    assert_eq!((report.succeeded, report.failures.len()), (1, 0));
    let object = bench.bucket.get_object_metadata("to/sub/b.bin").send().unwrap();
    assert_eq!(object.metadata.get("owner"), Some("alice"));
    assert_eq!(object.metadata.get("reason"), Some("test"));
    assert_eq!(object.storage_class, Some(StorageClass::Warm));
}

#[test]
fn keys_of_both_sides_are_sent() {
    let bench = Bench::new();
    let source = source(&bench);
    let (old, new) = (SseC::new([1; 32]), SseC::new([2; 32]));
    for size in [5, 2 * PART] {
        source.put_content(format!("secret/{size}"), bytes(size)).sse(old.clone()).send().unwrap();
    }
    let copy = || bench.bucket.copy_dir("to", "source", "secret").threshold(PART).part_size(PART);
    let report = copy().send().unwrap();
    assert_eq!((report.succeeded, report.failures.len()), (0, 2), "not without the key");
    let copy = || copy().source_sse(old.clone()).sse(new.clone());
    assert_eq!(copy().send().unwrap().into_result().unwrap().succeeded, 2);
    for size in [5, 2 * PART] {
        let mut object = bench.bucket.get_object(format!("to/{size}")).sse(new.clone()).send().unwrap();
        assert!(object.bytes().unwrap() == bytes(size));
    }
    let sync = || {
        let job = bench.bucket.sync_within("to", "source", "secret").checksum(true);
        job.source_sse(old.clone()).sse(new.clone()).send().unwrap().into_result().unwrap()
    };
    assert_eq!((sync().succeeded, sync().unchanged), (0, 2));
}

#[test]
fn an_interrupted_copy_goes_on_from_its_checkpoints() {
    let bench = Bench::new();
    let source = source(&bench);
    source.put_content("big/b", bytes(20 * PART)).send().unwrap();
    let copy = |token: &CancelToken| {
        let job = bench.bucket.copy_dir("to", "source", "big").threshold(PART).part_size(PART);
        job.checkpoint_dir(bench.path("checkpoints")).cancel_token(token)
    };
    let token = CancelToken::new();
    let cancel = token.clone();
    let slow = Rule::new(Action::Delay(Duration::from_millis(30))).operation("CopyPart");
    let fault = bench.emulator.faults().add(slow);
    let job = copy(&token).progress(move |progress| {
        if progress.transferred >= 5 * PART {
            cancel.cancel();
        }
    });
    assert!(job.send().unwrap_err().is_cancelled());
    assert_eq!(bench.uploads(), 1, "it is kept");
    let before = bench.emulator.operation_count("CopyPart");
    assert!((5..20).contains(&before), "{before} ranges");
    bench.emulator.clear();
    fault.remove();
    assert_eq!(copy(&CancelToken::new()).send().unwrap().into_result().unwrap().succeeded, 1);
    let after = bench.emulator.operation_count("CopyPart");
    assert!(before + after <= 21, "{before} and {after}: at most the one on its way was copied again");
    assert!(copied(&bench) == [("b".to_owned(), bytes(20 * PART))]);
    assert_eq!(bench.uploads(), 0);
    assert_eq!(std::fs::read_dir(bench.path("checkpoints")).unwrap().count(), 0);
}

#[test]
fn an_object_that_is_replaced_after_the_listing_is_a_failure() {
    for threshold in [u64::MAX, PART] {
        let bench = Bench::new();
        let source = source(&bench);
        let plan = bench.bucket.copy_dir("to", "source", "from").threshold(threshold).plan().unwrap();
        source.put_content("from/z.bin", vec![0; PART as usize + 1]).send().unwrap();
        let report = plan.send().unwrap();
        assert_eq!((report.succeeded, report.failures.len()), (5, 1));
        assert_eq!(report.failures[0].key.as_deref(), Some("to/z.bin"));
        assert_eq!(*report.failures[0].error.kind(), ErrorKind::ObjectChanged);
        assert_eq!(bench.uploads(), 0);
    }
}

#[test]
fn a_second_sync_makes_no_call_for_an_object() {
    let bench = Bench::new();
    let source = source(&bench);
    bench.bucket.put_content("to/only here", "x").send().unwrap();
    let sync = || bench.bucket.sync_within("to", "source", "from").delete(true).task_num(3);
    let report = sync().send().unwrap().into_result().unwrap();
    assert_eq!((report.succeeded, report.deleted, report.unchanged), (7, 1, 0));
    assert_eq!(copied(&bench), wanted());

    bench.emulator.clear();
    let report = sync().send().unwrap().into_result().unwrap();
    assert_eq!((report.succeeded, report.unchanged), (0, 6));
    assert_eq!(bench.emulator.requests().len(), 2, "two listings");
    let report = sync().checksum(true).send().unwrap().into_result().unwrap();
    assert_eq!((report.succeeded, report.unchanged), (0, 6));

    // Of the same size, and newer
    source.put_content("from/a.txt", "0123456789").send().unwrap();
    let count = |report: Report| (report.succeeded, report.unchanged);
    assert_eq!(count(sync().size_only().send().unwrap()), (0, 6));
    assert_eq!(count(sync().checksum(true).send().unwrap()), (1, 5));
    source.put_content("from/a.txt", "0123456780").send().unwrap();
    assert_eq!(count(sync().send().unwrap()), (1, 5));
    // Of the same size, and older: what was written to the target later counts, unless contents are compared
    bench.bucket.put_content("to/a.txt", "9876543210").send().unwrap();
    assert_eq!(count(sync().send().unwrap()), (0, 6));
    assert_eq!(count(sync().checksum(true).send().unwrap()), (1, 5));
    assert_eq!(bench.emulator.store().object_bytes("transfers", "to/a.txt").unwrap().unwrap(), b"0123456780");
    // Filters are about both sides
    source.delete_object("from/z.bin").send().unwrap();
    assert_eq!(sync().exclude("*.bin").send().unwrap().deleted, 0);
    assert_eq!(sync().send().unwrap().deleted, 1);
}

#[test]
fn what_cannot_be_made_equal_is_refused() {
    let bench = Bench::new();
    let source = source(&bench);
    for (to, from) in [("from", "from"), ("from/sub", "from"), ("", "from"), ("from", "")] {
        let error = source.sync_within(to, "source", from).send().unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::InvalidInput, "{to:?} {from:?}");
    }
    assert!(bench.emulator.requests().is_empty());
    let error = bench.bucket.copy_dir("to", "no-such-bucket", "from").send().unwrap_err();
    assert_eq!(error.code(), Some("NoSuchBucket"));
    // Into itself: what was listed is copied, and no copy is copied again
    let report = source.copy_dir("from/again", "source", "from").send().unwrap().into_result().unwrap();
    assert_eq!(report.succeeded, 6);
    assert_eq!(source.list_objects().prefix("from/again/again").iter().count(), 0);
}
