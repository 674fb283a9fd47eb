//! Successes of which nothing can be read, as a server or something on the way makes them: a 200 whose document is empty or cut. It is no
//! success, and no failure either as long as another answer, or a look at what is there, can tell.

use std::sync::atomic::{AtomicUsize, Ordering};

use obs_core::multipart::CompletedPart;
use obs_core::object::MetadataDirective;
use obs_core::{BucketClient, Content, CopySource, Error, ErrorKind, ObsClient, SseC};
use obs_emulator::{Action, Emulator, Rule};
use obs_tests::transfers::{PART, bytes};
use obs_transfer::prelude::*;

use crate::{SECOND, place, strict};

/// What is kept of a document.
const CUTS: [u64; 4] = [0, 1, 60, 130];

fn patient(emulator: &Emulator) -> ObsClient {
    let client = strict(&emulator.endpoint()).max_retry_count(2).retry_delay(SECOND / 1000, SECOND / 100);
    client.build().unwrap()
}

/// Makes the call whose answer is cut once, and always.
fn cut<T>(
    emulator: &Emulator,
    operation: &str,
    call: impl Fn() -> Result<T, Error>,
) -> impl Iterator<Item = (u64, [Result<T, Error>; 2], u64)> {
    CUTS.map(|kept| {
        let results = [1, u64::MAX].map(|times| {
            emulator.clear();
            emulator.faults().clear();
            emulator.faults().add(Rule::new(Action::CutResponse(kept)).operation(operation).times(times));
            call()
        });
        emulator.faults().clear();
        (kept, results, emulator.operation_count(operation))
    })
    .into_iter()
}

/// Right at the second time; when that never comes an error that says so.
#[track_caller]
fn asked_again<T>(emulator: &Emulator, operation: &str, call: impl Fn() -> Result<T, Error>) {
    for (kept, [once, always], attempts) in cut(emulator, operation, call) {
        assert!(once.is_ok(), "{operation}, {kept} bytes, once: {:?}", once.err());
        let error = always.err().expect("nothing was ever told");
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Decode, 3), "{operation}: {error}");
        assert!(error.is_retryable() && error.to_string().contains("the answer is "), "{error}");
        assert_eq!(attempts, 3, "{operation}");
    }
}

#[test]
fn what_can_be_asked_again_is() {
    let (emulator, bucket) = place();
    bucket.put_content("a", "x").send().unwrap();
    bucket.set_bucket_quota(1 << 40).send().unwrap();
    let bucket = patient(&emulator).bucket(bucket.name());
    asked_again(&emulator, "ListObjects", || bucket.list_objects().send());
    asked_again(&emulator, "ListObjects", || bucket.list_objects().iter().collect::<Result<Vec<_>, _>>());
    asked_again(&emulator, "ListBuckets", || bucket.client().list_buckets().send());
    asked_again(&emulator, "InitiateMultipartUpload", || bucket.initiate_multipart_upload("m").send());
    asked_again(&emulator, "GetBucketQuota", || bucket.get_bucket_quota().send());
    asked_again(&emulator, "DeleteObjects", || bucket.delete_objects(["b", "c"]).send());
    let upload = bucket.initiate_multipart_upload("m").send().unwrap().upload_id.clone();
    asked_again(&emulator, "CopyPart", || {
        bucket.copy_part("m", &upload, 1, CopySource::new(bucket.name(), "a")).send()
    });
    asked_again(&emulator, "ListParts", || bucket.list_parts("m", &upload).send());
}

fn upload(bucket: &BucketClient, key: &str) -> (String, CompletedPart) {
    let id = bucket.initiate_multipart_upload(key).send().unwrap().upload_id.clone();
    let part = bucket.upload_part(key, &id, 1, "of one part").send().unwrap().completed();
    (id, part)
}

#[test]
fn what_was_done_is_found_out_by_a_look_at_the_object() {
    let (emulator, bucket) = place();
    bucket.put_content("source", "the bytes").send().unwrap();
    for client in [patient(&emulator), strict(&emulator.endpoint()).build().unwrap()] {
        let bucket = client.bucket(bucket.name());
        let copied = cut(&emulator, "CopyObject", || {
            bucket.delete_object("copy").send()?;
            bucket.copy_object("copy", CopySource::new(bucket.name(), "source")).send()
        });
        let etag = bucket.get_object_metadata("source").send().unwrap().etag.clone();
        for (kept, results, _) in copied {
            for copy in results {
                let copy = copy.unwrap_or_else(|error| panic!("{kept} bytes kept: {error}"));
                assert_eq!(Some(&copy.etag), etag.as_ref());
            }
        }
        let completed = cut(&emulator, "CompleteMultipartUpload", || {
            let (id, part) = upload(&bucket, "big");
            bucket.complete_multipart_upload("big", &id, [part]).send()
        });
        for (kept, results, _) in completed {
            for object in results {
                let object = object.unwrap_or_else(|error| panic!("{kept} bytes kept: {error}"));
                assert!(object.etag.as_deref().is_some_and(|etag| etag.ends_with("-1\"")), "{object:?}");
            }
        }
        assert_eq!(bucket.get_object("big").send().unwrap().text().unwrap(), "of one part");
    }
}

/// A look at the properties of such an object would need the key, which completing an upload does not.
#[test]
fn a_lost_completion_of_what_is_encrypted_with_the_callers_key_is_found_out_too() {
    let (emulator, bucket) = place();
    let bucket = patient(&emulator).bucket(bucket.name());
    let key = || SseC::new([7; 32]);
    bucket.put_content("big-other", "listed behind it").send().unwrap();
    for action in [Action::DropAnswer, Action::CutResponse(0)] {
        let id = bucket.initiate_multipart_upload("big").sse(key()).send().unwrap().upload_id.clone();
        let part = bucket.upload_part("big", &id, 1, "of one part").sse(key()).send().unwrap().completed();
        emulator.faults().add(Rule::new(action).operation("CompleteMultipartUpload").times(1));
        let object = bucket.complete_multipart_upload("big", &id, [part]).send().unwrap();
        assert!(object.etag.as_deref().is_some_and(|etag| etag.ends_with("-1\"")), "{object:?}");
        bucket.delete_object("big").send().unwrap();
    }
}

#[test]
fn an_object_that_was_not_made_is_not_taken_for_made() {
    let (emulator, bucket) = place();
    bucket.put_content("source", "the bytes").send().unwrap();
    bucket.put_content("copy", "other bytes").send().unwrap();
    let (id, part) = upload(&bucket, "big");
    let empty =
        || emulator.faults().add(Rule::new(Action::Answer(obs_emulator::Answer::status(200))).times(1));
    for target in ["copy", "nothing there"] {
        empty();
        let copied = bucket.copy_object(target, CopySource::new(bucket.name(), "source")).send();
        assert_eq!(copied.unwrap_err().kind(), ErrorKind::Decode, "{target}");
    }
    empty();
    let completed = bucket.complete_multipart_upload("big", &id, [part]).send();
    assert_eq!(completed.unwrap_err().kind(), ErrorKind::Decode);
}

#[test]
fn the_append_of_somebody_else_is_not_taken_for_ours() {
    let (emulator, bucket) = place();
    let bucket = patient(&emulator).bucket(bucket.name());
    bucket.append_object("log", 0, "begun\n").send().unwrap();
    let lost = || Rule::new(Action::DropAnswer).operation("AppendObject").times(1);
    emulator.faults().add(lost());
    assert_eq!(bucket.append_object("log", 6, "ours\n").send().unwrap().next_position, 11);
    // Ours never arrives; before it comes again another one of the same length has.
    let (intruder, opened) = (bucket.clone(), AtomicUsize::new(0));
    let content = Content::opened(5, move || {
        if opened.fetch_add(1, Ordering::SeqCst) == 1 {
            intruder.append_object("log", 11, "five\n").send().unwrap();
        }
        Ok(Box::new(&b"ours\n"[..]))
    });
    emulator.faults().add(Rule::new(Action::ResetRequest(0)).operation("AppendObject").times(1));
    let error = bucket.append_object("log", 11, content).send().unwrap_err();
    assert!(error.is_conflict() && error.next_position() == Some(16), "{error}");
    assert_eq!(bucket.get_object("log").send().unwrap().text().unwrap(), "begun\nours\nfive\n");
}

#[test]
fn the_object_that_was_there_before_is_not_taken_for_ours() {
    let (emulator, bucket) = place();
    let (before, part) = upload(&bucket, "big");
    bucket.complete_multipart_upload("big", &before, [part]).send().unwrap();
    let id = bucket.initiate_multipart_upload("big").send().unwrap().upload_id.clone();
    let part = bucket.upload_part("big", &id, 1, "of other bytes").send().unwrap().completed();
    let reset = Rule::new(Action::ResetRequest(0)).operation("CompleteMultipartUpload").times(u64::MAX);
    let reset = emulator.faults().add(reset);
    // Somebody aborts it between the two attempts.
    let other = bucket.clone();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while reset.hits() == 0 {
                std::thread::yield_now();
            }
            other.abort_multipart_upload("big", &id).send().unwrap();
            emulator.faults().clear();
        });
        let client = strict(&emulator.endpoint()).max_retry_count(20).retry_delay(SECOND / 50, SECOND / 10);
        let bucket = client.build().unwrap().bucket(bucket.name());
        let error = bucket.complete_multipart_upload("big", &id, [part]).send().unwrap_err();
        assert_eq!(error.code(), Some("NoSuchUpload"), "{error}");
    });
    assert_eq!(bucket.get_object("big").send().unwrap().text().unwrap(), "of one part");
}

#[test]
fn a_copy_onto_itself_that_changed_nothing_is_not_taken_for_done() {
    let (emulator, bucket) = place();
    bucket.put_content("k", "the bytes").metadata("colour", "red").send().unwrap();
    let copy = |bucket: &BucketClient| {
        let copy = bucket.copy_object("k", CopySource::new(bucket.name(), "k"));
        copy.metadata_directive(MetadataDirective::Replace).metadata("colour", "green").send()
    };
    let empty = Action::Answer(obs_emulator::Answer::status(200));
    emulator.faults().add(Rule::new(empty).operation("CopyObject").times(1));
    assert_eq!(copy(&bucket).unwrap_err().kind(), ErrorKind::Decode);
    assert_eq!(bucket.get_object_metadata("k").send().unwrap().metadata.get("colour"), Some("red"));
    // Carried out, and its answer cut.
    emulator.faults().add(Rule::new(Action::CutResponse(0)).operation("CopyObject"));
    copy(&patient(&emulator).bucket(bucket.name())).unwrap();
    assert_eq!(bucket.get_object_metadata("k").send().unwrap().metadata.get("colour"), Some("green"));
}

#[test]
fn transfers_go_on_over_answers_that_are_cut() {
    let (emulator, bucket) = place();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("source");
    let content = bytes(5 * PART + 7);
    std::fs::write(&path, &content).unwrap();
    let bucket = patient(&emulator).bucket(bucket.name());
    for (n, kept) in CUTS.into_iter().enumerate() {
        for operation in
            ["InitiateMultipartUpload", "CompleteMultipartUpload", "CopyPart", "CopyObject", "ListParts"]
        {
            emulator.faults().add(Rule::new(Action::CutResponse(kept)).operation(operation).times(1));
        }
        let (key, copy) = (format!("big-{n}"), format!("copy-{n}"));
        bucket.upload_file(&*key, &path).part_size(PART).task_num(2).send().unwrap();
        bucket.copy(&*copy, CopySource::new(bucket.name(), &key)).part_size(PART).send().unwrap();
        for key in [key, copy] {
            assert!(emulator.store().object_bytes(bucket.name(), &key).unwrap().unwrap() == content, "{key}");
        }
        emulator.faults().clear();
    }
}
