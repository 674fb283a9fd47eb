//! Copies of objects of any size, whatever happens meanwhile.

use std::time::{Duration, Instant};

use obs_core::checksum::crc64;
use obs_core::settings::{Tagging, VersioningStatus};
use obs_core::{Grant, Grantee, Permission};
use obs_emulator::{Action, Rule};
use obs_tests::transfers::{Bench, PART, Told, builder, wait_for, within};
use obs_transfer::prelude::*;

const SOURCE: &str = "source/a+b %.bin";

/// A source in a bucket of its own, and the bytes of it.
fn source(bench: &Bench, len: u64) -> (BucketClient, Vec<u8>) {
    let bucket = bench.bucket.client().bucket("production");
    bucket.create_bucket().send().unwrap();
    let bytes = obs_tests::transfers::bytes(len);
    bucket
        .put_content(SOURCE, bytes.clone())
        .content_type("text/x-special")
        .cache_control("no-cache")
        .content_disposition("attachment")
        .http_expires("Fri, 02 Jan 2026 03:04:05 GMT")
        .metadata("owner", "älice 100%")
        .send()
        .unwrap();
    bench.emulator.clear();
    (bucket, bytes)
}

/// A copy in ranges of the smallest size.
fn copy(bench: &Bench) -> ObjectCopy {
    bench.bucket.copy(Bench::KEY, CopySource::new("production", SOURCE)).part_size(PART).threshold(PART)
}

#[test]
fn one_call_up_to_the_threshold_and_ranges_above() {
    for size in [0, 1, PART, PART + 1, 3 * PART + 7] {
        let bench = Bench::new();
        let (_, bytes) = source(&bench, size);
        let told = Told::default();
        let copied = copy(&bench).task_num(3).progress(told.callback()).send().unwrap();
        assert_eq!(bench.stored().unwrap(), bytes, "{size}");
        let parts = if size > PART { size.div_ceil(PART) } else { 0 };
        assert_eq!(bench.emulator.operation_count("CopyPart"), parts);
        assert_eq!(bench.emulator.operation_count("CopyObject"), u64::from(parts == 0));
        assert_eq!((copied.size, u64::from(copied.parts)), (size, parts.max(1)));
        assert_eq!(copied.crc64, Some(crc64(&bytes)));
        assert!(copied.etag.is_some() && copied.object_url.ends_with(Bench::KEY), "{copied:?}");
        told.check(size);
        assert_eq!(bench.uploads(), 0);
        // The source is read by the service alone.
        assert_eq!(bench.emulator.operation_count("GetObject"), 0);
    }
}

#[test]
fn every_call_is_pinned_to_the_source() {
    for threshold in [0, u64::MAX] {
        let bench = Bench::new();
        let (bucket, _) = source(&bench, 2 * PART);
        copy(&bench).threshold(threshold).send().unwrap();
        let etag = bucket.get_object_metadata(SOURCE).send().unwrap().etag.clone();
        let calls = bench.emulator.requests();
        let copies: Vec<_> = calls.iter().filter(|c| c.operation.starts_with("Copy")).collect();
        assert_eq!(copies.len(), if threshold == 0 { 2 } else { 1 });
        assert!(copies.iter().all(|c| c.header("x-obs-copy-source-if-match") == etag.as_deref()));
    }
}

#[test]
fn properties_are_kept_rewritten_or_replaced_alike_in_one_call_and_in_ranges() {
    for threshold in [0, u64::MAX] {
        let bench = Bench::new();
        source(&bench, 2 * PART);
        let properties = || bench.bucket.get_object_metadata(Bench::KEY).send().unwrap().into_inner();
        let copy = || copy(&bench).threshold(threshold);

        copy().storage_class(StorageClass::Warm).send().unwrap();
        let kept = properties();
        assert_eq!(kept.content_type.as_deref(), Some("text/x-special"));
        assert_eq!(kept.cache_control.as_deref(), Some("no-cache"));
        assert_eq!(kept.content_disposition.as_deref(), Some("attachment"));
        assert_eq!(kept.expires.as_deref(), Some("Fri, 02 Jan 2026 03:04:05 GMT"));
        assert_eq!(kept.metadata.get("owner"), Some("älice 100%"));
        assert_eq!(kept.storage_class, Some(StorageClass::Warm));

        copy().content_type("image/png").metadata("stage", "test").send().unwrap();
        let rewritten = properties();
        assert_eq!(rewritten.content_type.as_deref(), Some("image/png"));
        assert_eq!(rewritten.cache_control.as_deref(), Some("no-cache"));
        assert_eq!(rewritten.metadata.get("owner"), Some("älice 100%"));
        assert_eq!(rewritten.metadata.get("stage"), Some("test"));

        copy().metadata_directive(MetadataDirective::Replace).metadata("only", "this").send().unwrap();
        let replaced = properties();
        assert_eq!((replaced.cache_control, replaced.expires), (None, None));
        assert_eq!(replaced.metadata.iter().collect::<Vec<_>>(), [("only", "this")]);
        assert_ne!(replaced.content_type.as_deref(), Some("text/x-special"));

        let ignored =
            copy().metadata_directive(MetadataDirective::Copy).metadata("a", "b").send().unwrap_err();
        assert!(ignored.is_invalid_input() && ignored.to_string().contains("COPY"), "{ignored}");
        copy().metadata_directive(MetadataDirective::Copy).send().unwrap();
        assert_eq!(properties().metadata.get("owner"), Some("älice 100%"));
    }
}

#[test]
fn acl_and_tags_are_kept_on_request() {
    for threshold in [0, u64::MAX] {
        let bench = Bench::new();
        let (bucket, _) = source(&bench, 2 * PART);
        let mut acl = bucket.get_object_acl(SOURCE).send().unwrap().into_inner();
        acl = acl.grant(Grant::new(Grantee::user("somebody"), Permission::Read));
        bucket.set_object_acl(SOURCE, acl.clone()).send().unwrap();
        let tags = Tagging::new([("project", "apollo")]);

        copy(&bench).threshold(threshold).send().unwrap();
        let plain = bench.bucket.get_object_acl(Bench::KEY).send().unwrap();
        assert!(!format!("{plain:?}").contains("somebody"));

        copy(&bench).threshold(threshold).keep_acl(true).keep_tags(true).send().unwrap();
        let kept = bench.bucket.get_object_acl(Bench::KEY).send().unwrap();
        assert_eq!(kept.grants, acl.grants);

        bucket.set_object_tagging(SOURCE, tags.clone()).send().unwrap();
        copy(&bench).threshold(threshold).keep_tags(true).send().unwrap();
        assert_eq!(*bench.bucket.get_object_tagging(Bench::KEY).send().unwrap(), tags);
    }
}

#[test]
fn versions_and_encryption_on_both_sides() {
    for threshold in [0, u64::MAX] {
        for signature in [obs_core::Signature::Obs, obs_core::Signature::V2] {
            let bench = Bench::new();
            let (bucket, _) = source(&bench, 10);
            bucket.set_bucket_versioning(VersioningStatus::Enabled).send().unwrap();
            let (of_source, of_copy) = (SseC::new([1; 32]), SseC::new([2; 32]));
            let bytes = obs_tests::transfers::bytes(2 * PART + 1);
            let old = bucket.put_content(SOURCE, bytes.clone()).sse(of_source.clone()).send().unwrap();
            let old = old.version_id.clone().unwrap();
            bucket.put_content(SOURCE, "newer").send().unwrap();

            let client = builder(&bench.emulator).signature(signature).build().unwrap();
            let copied = client
                .copy(bench.bucket.name(), Bench::KEY, CopySource::new("production", SOURCE))
                .part_size(PART)
                .threshold(threshold)
                .source_version_id(&old)
                .source_sse(of_source.clone())
                .sse(of_copy.clone())
                .send()
                .unwrap();
            assert_eq!(copied.source.version_id.as_ref(), Some(&old));
            let mut fetched = bench.bucket.get_object(Bench::KEY).sse(of_copy).send().unwrap();
            assert_eq!(fetched.bytes().unwrap(), bytes, "{threshold} {signature:?}");
            let without = copy(&bench).threshold(threshold).source_version_id(&old).send().unwrap_err();
            assert!(without.is_call(), "{without}");
        }
    }
}

#[test]
fn kms_is_named_when_the_upload_begins() {
    let bench = Bench::new();
    source(&bench, 2 * PART);
    let copied = copy(&bench).sse(SseKms::new()).send().unwrap();
    assert_eq!(
        bench.bucket.get_object_metadata(Bench::KEY).send().unwrap().sse.algorithm.as_deref(),
        Some("kms")
    );
    assert_eq!(copied.parts, 2);
}

#[test]
fn a_source_that_is_replaced_between_two_ranges_fails_the_copy() {
    for checkpoint in [false, true] {
        let bench = Bench::new();
        let (bucket, _) = source(&bench, 5 * PART);
        bench.bucket.put_content(Bench::KEY, "before").send().unwrap();
        // Long enough for the replacement, however busy the machine is.
        let delay = Rule::new(Action::Delay(Duration::from_secs(1))).operation("CopyPart");
        let fault = bench.emulator.faults().add(delay.skip(2).times(1));
        let mut job = copy(&bench);
        if checkpoint {
            job = job.checkpoint_file(bench.path("record"));
        }
        let job = job.start();
        wait_for("the third range", || fault.hits() >= 1 || job.is_finished());
        bucket.put_content(SOURCE, vec![0; 5 * PART as usize]).send().unwrap();
        let error = job.wait().unwrap_err();
        assert!(error.is_object_changed() && error.to_string().contains(SOURCE), "{error}");
        assert_eq!(bench.stored().unwrap(), b"before");
        assert_eq!((bench.uploads(), bench.names().len()), (0, 0));
    }
}

#[test]
fn conditions_of_the_caller_are_kept() {
    for threshold in [0, u64::MAX] {
        let bench = Bench::new();
        let (bucket, bytes) = source(&bench, 2 * PART);
        let etag = bucket.get_object_metadata(SOURCE).send().unwrap().etag.clone().unwrap();
        let copy = || copy(&bench).threshold(threshold);
        let other = copy().if_match("\"other\"").send().unwrap_err();
        assert!(other.is_precondition_failed() && !other.is_object_changed(), "{other}");
        let same = copy().if_none_match(&etag).send().unwrap_err();
        assert!(matches!(same.status(), Some(412 | 304)), "{same}");
        let old = copy().if_modified_since(std::time::SystemTime::now()).send().unwrap_err();
        assert!(matches!(old.status(), Some(412 | 304)), "{old}");
        assert_eq!((bench.stored(), bench.uploads()), (None, 0));
        copy().if_none_match("\"other\"").send().unwrap();
        assert_eq!(bench.stored().unwrap(), bytes);
        copy().if_match(&etag).send().unwrap();
    }
}

#[test]
fn a_second_run_copies_only_what_is_missing() {
    let bench = Bench::new();
    let (_, bytes) = source(&bench, 6 * PART + 1);
    let copy = || copy(&bench).checkpoint_file(bench.path("record"));
    let fault = bench.emulator.faults().add(Rule::error(503, "SlowDown").query("partNumber", "5"));
    let error = copy().send().unwrap_err();
    assert!(error.is_throttled(), "{error}");
    assert_eq!((bench.stored(), bench.uploads()), (None, 1));
    fault.remove();
    let told = Told::default();
    // Even where the threshold is another one by now: the parts are there.
    let copied = copy().threshold(u64::MAX).progress(told.callback()).send().unwrap();
    assert_eq!((copied.parts, copied.resumed_parts), (7, 4));
    assert_eq!(bench.stored().unwrap(), bytes);
    assert!(bench.stored_parts().into_iter().all(|(_, stored)| stored == 1), "{:?}", bench.stored_parts());
    told.check(bytes.len() as u64);
    assert_eq!(told.all().last().unwrap().resumed, 4 * PART);
    assert_eq!((bench.uploads(), bench.names().len()), (0, 0));
}

/// More parts than one page of ListParts tells.
#[test]
fn a_second_run_finds_thousands_of_parts_again() {
    const PARTS: u64 = 1_100;
    let bench = Bench::new();
    source(&bench, PARTS * PART);
    let copy = || copy(&bench).task_num(8).checkpoint_file(bench.path("record"));
    let fault = bench.emulator.faults().add(Rule::error(503, "SlowDown").query("partNumber", "1100"));
    copy().send().unwrap_err();
    fault.remove();
    bench.emulator.clear();
    let copied = copy().send().unwrap();
    assert_eq!((u64::from(copied.parts), u64::from(copied.resumed_parts)), (PARTS, PARTS - 1));
    assert_eq!(
        (bench.emulator.operation_count("ListParts"), bench.emulator.operation_count("CopyPart")),
        (2, 1)
    );
    assert_eq!(copied.crc64, copied.source.crc64);
    assert_eq!(bench.bucket.get_object_metadata(Bench::KEY).send().unwrap().crc64, copied.source.crc64);
}

#[test]
fn a_source_that_is_replaced_or_gone_between_two_runs_leaves_no_old_parts() {
    for gone in [false, true] {
        let bench = Bench::new();
        let (bucket, _) = source(&bench, 4 * PART);
        let copy = || copy(&bench).checkpoint_file(bench.path("record"));
        let fault = bench.emulator.faults().add(Rule::error(503, "SlowDown").query("partNumber", "3"));
        copy().send().unwrap_err();
        fault.remove();
        let bytes = vec![7; 4 * PART as usize];
        if gone {
            bucket.delete_object(SOURCE).send().unwrap();
            assert!(copy().send().unwrap_err().is_not_found());
            assert_eq!(bench.stored(), None);
        } else {
            bucket.put_content(SOURCE, bytes.clone()).send().unwrap();
            assert_eq!(copy().send().unwrap().resumed_parts, 0);
            assert_eq!(bench.stored().unwrap(), bytes);
        }
        assert_eq!((bench.uploads(), bench.names().len()), (0, 0), "gone: {gone}");
    }
}

#[test]
fn a_stalled_copy_is_cancelled_within_a_second_and_leaves_nothing() {
    for threshold in [0, u64::MAX] {
        within(Duration::from_secs(1), || {
            let bench = Bench::new();
            source(&bench, 3 * PART);
            let stall = |operation| Rule::new(Action::StallHead(None)).operation(operation);
            let ranges = bench.emulator.faults().add(stall("CopyPart"));
            let whole = bench.emulator.faults().add(stall("CopyObject"));
            let job = copy(&bench).threshold(threshold).task_num(2).start();
            wait_for("a call that stalls", || ranges.hits() + whole.hits() >= 1 || job.is_finished());
            let cancelled = Instant::now();
            job.cancel();
            assert!(job.wait().unwrap_err().is_cancelled());
            let took = cancelled.elapsed();
            // Half a second later it goes on behind our backs.
            wait_for("the abort", || bench.uploads() == 0);
            took
        });
    }
}

#[test]
fn damage_and_errors_inside_of_a_success() {
    let bench = Bench::new();
    let (bucket, bytes) = source(&bench, 3 * PART);
    let error = "<Error><Code>InternalError</Code><Message>again</Message></Error>";
    let answer = obs_emulator::Answer::status(200).body(error);
    bench.emulator.faults().add(Rule::new(Action::Answer(answer)).operation("CopyPart").times(1));
    copy(&bench).send().unwrap();
    assert_eq!(bench.stored().unwrap(), bytes);
    // A bit that turned over in the source: its CRC-64 is not that of its bytes any more.
    assert!(bench.emulator.store().corrupt_object(bucket.name(), SOURCE, 5));
    bench.bucket.delete_object(Bench::KEY).send().unwrap();
    let error = copy(&bench).send().unwrap_err();
    assert!(error.is_integrity() || error.code() == Some("BadDigest"), "{error}");
    assert_eq!((bench.stored(), bench.uploads()), (None, 0));
}

#[test]
fn bad_input_is_named_and_nothing_is_sent() {
    let bench = Bench::new();
    bench.emulator.clear();
    let source = bench.bucket.copy(Bench::KEY, "no-key").send().unwrap_err();
    assert!(source.to_string().contains("no-key"), "{source}");
    let record = bench.bucket.copy(Bench::KEY, "b/k").checkpoint(true).send().unwrap_err();
    assert!(record.is_invalid_input() && record.to_string().contains("checkpoint_file"), "{record}");
    let own = builder(&bench.emulator).custom_domain().build().unwrap();
    let domain = own.copy("mine", "k", "other/k").send().unwrap_err();
    assert!(domain.is_invalid_input() && domain.to_string().contains("custom domain"), "{domain}");
    assert_eq!(bench.emulator.requests().len(), 0);
    let missing = bench.bucket.copy(Bench::KEY, "transfers/missing").send().unwrap_err();
    assert!(missing.is_not_found() && missing.to_string().contains("missing"), "{missing}");
}
