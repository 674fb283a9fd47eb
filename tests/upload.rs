//! Uploads of files, whatever happens to them.

use std::fs;
use std::time::{Duration, Instant};

use obs_core::Signature;
use obs_emulator::{Action, Rule};
use obs_tests::transfers::{Bench, PART, Told, builder, wait_for, within};
use obs_transfer::ErrorKind;
use obs_transfer::prelude::*;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn sizes_around_a_part_arrive_whole() {
    for size in [0, 1, PART - 1, PART, PART + 1, 3 * PART + 7] {
        for workers in [1, 4] {
            let bench = Bench::new();
            let (path, bytes) = bench.file("a.bin", size);
            let told = Told::default();
            let uploaded = bench
                .bucket
                .upload_file(Bench::KEY, &path)
                .part_size(PART)
                .task_num(workers)
                .checkpoint(workers > 1)
                .progress(told.callback())
                .send()
                .unwrap();
            assert_eq!(bench.stored().unwrap(), bytes, "{size} bytes, {workers} workers");
            assert_eq!((uploaded.size, uploaded.resumed_parts), (size, 0));
            assert_eq!(u64::from(uploaded.parts), size.div_ceil(PART).max(1));
            assert_eq!(uploaded.crc64, Some(obs_core::checksum::crc64(&bytes)));
            told.check(size);
            assert_eq!(bench.names(), ["a.bin"], "no checkpoint stays");
            assert_eq!(bench.uploads(), 0);
        }
    }
}

#[test]
fn one_part_takes_one_call_and_more_take_a_multipart_upload() {
    let bench = Bench::new();
    bench.emulator.clear();
    let (path, _) = bench.file("a.bin", PART);
    bench.bucket.upload_file(Bench::KEY, &path).part_size(PART).send().unwrap();
    assert_eq!(bench.emulator.operations().into_iter().collect::<Vec<_>>(), [("PutObject".to_owned(), 1)]);
    bench.emulator.clear();
    let (path, _) = bench.file("b.bin", PART + 1);
    bench.bucket.upload_file(Bench::KEY, &path).part_size(PART).send().unwrap();
    assert_eq!(bench.emulator.operation_count("UploadPart"), 2);
    assert_eq!(bench.emulator.operation_count("PutObject"), 0);
}

#[test]
fn properties_reach_the_object_in_one_call_and_in_parts() {
    for size in [10, PART + 1] {
        let bench = Bench::new();
        let (path, _) = bench.file("a.txt", size);
        bench
            .bucket
            .upload_file("page.html", &path)
            .part_size(PART)
            .storage_class(StorageClass::Warm)
            .acl(CannedAcl::PublicRead)
            .metadata("owner", "alice")
            .cache_control("no-cache")
            .send()
            .unwrap();
        let object = bench.bucket.get_object_metadata("page.html").send().unwrap();
        assert_eq!(object.storage_class, Some(StorageClass::Warm));
        assert_eq!(object.metadata.get("owner"), Some("alice"));
        assert_eq!(object.cache_control.as_deref(), Some("no-cache"));
        assert_eq!(object.content_type.as_deref(), Some("text/html"), "by the key's suffix");
    }
    let bench = Bench::new();
    let (path, _) = bench.file("a.html", 10);
    bench.bucket.upload_file("no-suffix", &path).send().unwrap();
    let object = bench.bucket.get_object_metadata("no-suffix").send().unwrap();
    assert_eq!(object.content_type.as_deref(), Some("text/html"), "by the file's suffix");
}

#[test]
fn all_dialects_and_sse_c_work() {
    for signature in [Signature::Obs, Signature::V2, Signature::V4] {
        let bench = Bench::new();
        let (path, bytes) = bench.file("a.bin", 2 * PART + 1);
        let client = builder(&bench.emulator).signature(signature).region("region").build().unwrap();
        let key = SseC::new([7; 32]);
        let upload = client.upload_file(bench.bucket.name(), Bench::KEY, &path).part_size(PART);
        upload.sse(key.clone()).checksum(Checksum::Md5).task_num(3).send().unwrap();
        let copy = bench.path("copy.bin");
        let download = client.download_file(bench.bucket.name(), Bench::KEY, &copy).part_size(PART);
        download.sse(key).task_num(3).send().unwrap();
        assert_eq!(fs::read(copy).unwrap(), bytes, "{signature:?}");
        let without = client.download_file(bench.bucket.name(), Bench::KEY, bench.path("c")).send();
        assert!(without.unwrap_err().is_call(), "{signature:?}");
    }
}

#[test]
fn a_second_run_sends_only_what_is_missing() {
    let bench = Bench::new();
    let (path, bytes) = bench.file("a.bin", 6 * PART + 1);
    let upload = || bench.bucket.upload_file(Bench::KEY, &path).part_size(PART).checkpoint(true);
    let fault = bench.emulator.faults().add(Rule::error(503, "SlowDown").query("partNumber", "5"));
    let error = upload().send().unwrap_err();
    assert!(error.is_throttled() && error.is_retryable(), "{error}");
    assert_eq!(bench.stored(), None);
    assert_eq!(bench.names(), ["a.bin", "a.bin.upload_record"]);
    assert_eq!(bench.uploads(), 1);
    fault.remove();
    let told = Told::default();
    let uploaded = upload().progress(told.callback()).send().unwrap();
    assert_eq!((uploaded.parts, uploaded.resumed_parts), (7, 4));
    assert_eq!(bench.stored().unwrap(), bytes);
    assert!(bench.stored_parts().into_iter().all(|(_, stored)| stored == 1), "{:?}", bench.stored_parts());
    assert_eq!(uploaded.crc64, Some(obs_core::checksum::crc64(&bytes)));
    told.check(bytes.len() as u64);
    assert_eq!(told.all().last().unwrap().resumed, 4 * PART);
    assert_eq!(bench.names(), ["a.bin"]);
}

#[test]
fn what_the_server_has_counts_more_than_the_checkpoint() {
    let bench = Bench::new();
    let (path, bytes) = bench.file("a.bin", 5 * PART);
    let upload = || bench.bucket.upload_file(Bench::KEY, &path).part_size(PART).checkpoint(true);
    let fault = bench.emulator.faults().add(Rule::error(500, "InternalError").query("partNumber", "4"));
    upload().send().unwrap_err();
    fault.remove();
    // A part was replaced behind our back: it has another ETag now.
    let id = bench.emulator.store().uploads(bench.bucket.name())[0].upload_id.clone();
    bench.bucket.upload_part(Bench::KEY, &id, 2, vec![1_u8; PART as usize]).send().unwrap();
    assert_eq!(upload().send().unwrap().resumed_parts, 2);
    assert_eq!(bench.stored().unwrap(), bytes);
}

#[test]
fn an_upload_that_is_gone_starts_over() {
    let bench = Bench::new();
    let (path, bytes) = bench.file("a.bin", 5 * PART);
    let upload = || bench.bucket.upload_file(Bench::KEY, &path).part_size(PART).checkpoint(true);
    let fault = bench.emulator.faults().add(Rule::error(500, "InternalError").query("partNumber", "4"));
    upload().send().unwrap_err();
    fault.remove();
    let id = bench.emulator.store().uploads(bench.bucket.name())[0].upload_id.clone();
    bench.bucket.abort_multipart_upload(Bench::KEY, &id).send().unwrap();
    assert_eq!(upload().send().unwrap().resumed_parts, 0);
    assert_eq!(bench.stored().unwrap(), bytes);
    assert_eq!(bench.names(), ["a.bin"]);
}

#[test]
fn another_file_under_the_same_name_starts_over_and_aborts_the_old_upload() {
    let bench = Bench::new();
    let (path, _) = bench.file("a.bin", 5 * PART);
    let upload = || bench.bucket.upload_file(Bench::KEY, &path).part_size(PART).checkpoint(true);
    let fault = bench.emulator.faults().add(Rule::error(500, "InternalError").query("partNumber", "4"));
    upload().send().unwrap_err();
    fault.remove();
    let (_, bytes) = bench.file("a.bin", 4 * PART);
    assert_eq!(upload().send().unwrap().resumed_parts, 0);
    assert_eq!(bench.stored().unwrap(), bytes);
    assert_eq!(bench.uploads(), 0);
}

#[test]
fn check_sum_tells_contents_apart_that_size_and_time_do_not() {
    let bench = Bench::new();
    let (path, mut bytes) = bench.file("a.bin", 5 * PART);
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    let upload =
        || bench.bucket.upload_file(Bench::KEY, &path).part_size(PART).checkpoint(true).check_sum(true);
    let fault = bench.emulator.faults().add(Rule::error(500, "InternalError").query("partNumber", "4"));
    upload().send().unwrap_err();
    fault.remove();
    bytes[3] ^= 1;
    fs::write(&path, &bytes).unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
    assert_eq!(upload().send().unwrap().resumed_parts, 0);
    assert_eq!(bench.stored().unwrap(), bytes);
}

#[test]
fn another_file_as_long_and_as_old_is_never_mixed_in() {
    let bench = Bench::new();
    let (path, mut bytes) = bench.file("a.bin", 6 * PART);
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    let upload = || bench.bucket.upload_file(Bench::KEY, &path).part_size(PART).task_num(1).checkpoint(true);
    let fault = bench.emulator.faults().add(Rule::error(500, "InternalError").query("partNumber", "5"));
    upload().send().unwrap_err();
    fault.remove();
    // Part 2 differs, and a name of another file leads to the rest.
    bytes[PART as usize + 7] ^= 1;
    fs::remove_file(&path).unwrap();
    fs::write(&path, &bytes).unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
    assert_eq!(upload().send().unwrap().resumed_parts, 3);
    assert!(bench.stored().unwrap() == bytes);
}

#[test]
fn another_key_of_the_callers_starts_over() {
    let bench = Bench::new();
    let (path, bytes) = bench.file("a.bin", 5 * PART);
    let upload = |key: u8| {
        let upload = bench.bucket.upload_file(Bench::KEY, &path).part_size(PART).checkpoint(true);
        upload.sse(SseC::new([key; 32])).send()
    };
    for failing in [Rule::error(403, "AccessDenied").query("partNumber", "4"), {
        Rule::error(403, "AccessDenied").operation("CompleteMultipartUpload")
    }] {
        let fault = bench.emulator.faults().add(failing);
        upload(1).unwrap_err();
        fault.remove();
        assert_eq!(upload(2).unwrap().resumed_parts, 0);
        let mut object = bench.bucket.get_object(Bench::KEY).sse(SseC::new([2; 32])).send().unwrap();
        assert!(object.bytes().unwrap() == bytes);
        assert_eq!(bench.uploads(), 0);
    }
}

#[test]
fn an_upload_of_before_that_cannot_be_aborted_holds_nobody_up() {
    within(SECOND * 2, || {
        let bench = Bench::new();
        let (path, _) = bench.file("a.bin", 5 * PART);
        let upload = || bench.bucket.upload_file(Bench::KEY, &path).part_size(PART).checkpoint(true);
        let fault = bench.emulator.faults().add(Rule::error(403, "AccessDenied").query("partNumber", "4"));
        upload().send().unwrap_err();
        fault.remove();
        fs::write(&path, "another one, and a shorter one".repeat(10_000)).unwrap();
        let fault =
            bench.emulator.faults().add(Rule::new(Action::StallHead(None)).operation("AbortMultipartUpload"));
        let token = CancelToken::new();
        let job = upload().cancel_token(&token).start();
        wait_for("the abort", || fault.hits() > 0);
        let began = Instant::now();
        token.cancel();
        assert!(job.wait().unwrap_err().is_cancelled());
        began.elapsed()
    });
}

#[test]
fn the_etags_of_an_encrypted_bucket_raise_no_false_alarm() {
    use obs_core::settings::BucketEncryption;

    let bench = Bench::new();
    bench.bucket.set_bucket_encryption(BucketEncryption::kms()).send().unwrap();
    fs::create_dir(bench.path("up")).unwrap();
    let (path, bytes) = bench.file("up/a.bin", 5 * PART + 1);
    let upload = || {
        bench.bucket.upload_file(Bench::KEY, &path).part_size(PART).checkpoint(true).checksum(Checksum::Md5)
    };
    let fault = bench.emulator.faults().add(Rule::error(500, "InternalError").query("partNumber", "4"));
    upload().task_num(1).send().unwrap_err();
    fault.remove();
    assert_eq!(upload().send().unwrap().resumed_parts, 3);
    let copy = bench.path("b.bin");
    bench.bucket.download_file(Bench::KEY, &copy).part_size(PART).checkpoint(true).send().unwrap();
    assert!(fs::read(copy).unwrap() == bytes);
    let sync =
        || bench.bucket.sync_up(bench.path("up"), "p").checksum(true).send().unwrap().into_result().unwrap();
    assert_eq!(sync().succeeded, 1);
    assert_eq!((sync().succeeded, sync().unchanged), (0, 1));
}

#[test]
fn without_a_checkpoint_a_failed_upload_leaves_nothing() {
    let bench = Bench::new();
    let (path, _) = bench.file("a.bin", 5 * PART);
    bench.emulator.faults().add(Rule::error(500, "InternalError").query("partNumber", "4"));
    let error = bench.bucket.upload_file(Bench::KEY, &path).part_size(PART).send().unwrap_err();
    assert_eq!((error.status(), error.kind()), (Some(500), &ErrorKind::Call));
    assert_eq!((bench.uploads(), bench.stored()), (0, None));
    assert_eq!(bench.names(), ["a.bin"]);
}

#[test]
fn a_refusal_for_good_leaves_nothing_and_one_of_rights_keeps_what_is_done() {
    for (status, code, kept) in [(400, "InvalidRequest", false), (403, "AccessDenied", true)] {
        let bench = Bench::new();
        let (path, _) = bench.file("a.bin", 5 * PART);
        bench.emulator.faults().add(Rule::error(status, code).query("partNumber", "4"));
        let upload = bench.bucket.upload_file(Bench::KEY, &path).part_size(PART).checkpoint(true);
        let error = upload.send().unwrap_err();
        assert_eq!((error.status(), error.code()), (Some(status), Some(code)));
        assert_eq!(bench.uploads(), usize::from(kept), "{code}");
        assert_eq!(bench.names().len(), 1 + usize::from(kept), "{code}");
    }
}

#[test]
fn cancelling_a_stalled_upload_takes_less_than_a_second_and_the_next_run_goes_on() {
    within(SECOND, || {
        let bench = Bench::new();
        let (path, bytes) = bench.file("a.bin", 8 * PART);
        let upload =
            || bench.bucket.upload_file(Bench::KEY, &path).part_size(PART).task_num(3).checkpoint(true);
        let stall = Rule::new(Action::StallRequest { after: 1000, time: None }).operation("UploadPart");
        let fault = bench.emulator.faults().add(stall.skip(4));
        let transfer = upload().start();
        wait_for("all workers stall", || fault.hits() >= 3);
        let cancelled = Instant::now();
        transfer.cancel();
        let error = transfer.wait().unwrap_err();
        let took = cancelled.elapsed();
        assert!(error.is_cancelled(), "{error}");
        assert_eq!(bench.uploads(), 1);
        fault.remove();
        assert_eq!(upload().send().unwrap().resumed_parts, 4);
        assert_eq!(bench.stored().unwrap(), bytes);
        let parts = bench.stored_parts();
        assert!(parts.iter().all(|(_, stored)| *stored == 1), "{parts:?}");
        took
    });
}

#[test]
fn cancelling_without_a_checkpoint_aborting_and_dropping() {
    for (checkpoint, ending, uploads) in
        [(false, "cancel", 0), (true, "abort", 0), (true, "drop", 1), (true, "token", 1)]
    {
        within(SECOND, || {
            let bench = Bench::new();
            let (path, _) = bench.file("a.bin", 8 * PART);
            let stall = Rule::new(Action::StallHead(None)).operation("UploadPart");
            let fault = bench.emulator.faults().add(stall.skip(2));
            let token = CancelToken::new();
            let upload = bench.bucket.upload_file(Bench::KEY, &path).part_size(PART);
            let transfer = upload.checkpoint(checkpoint).cancel_token(&token).start();
            wait_for("a part that stalls", || fault.hits() >= 1);
            assert!(!transfer.is_finished());
            let cancelled = Instant::now();
            match ending {
                "cancel" => {
                    transfer.cancel();
                    assert!(transfer.wait().unwrap_err().is_cancelled());
                }
                "abort" => {
                    transfer.abort();
                    assert!(transfer.wait().unwrap_err().is_cancelled());
                }
                "token" => {
                    token.cancel();
                    assert!(transfer.wait().unwrap_err().is_cancelled());
                }
                _ => drop(transfer),
            }
            let took = cancelled.elapsed();
            let record = bench.path("a.bin.upload_record").exists();
            assert_eq!(record, uploads == 1, "{ending}");
            // Half a second later an abort goes on behind our backs.
            wait_for(ending, || bench.uploads() <= uploads);
            assert_eq!(bench.uploads(), uploads, "{ending}");
            took
        });
    }
}

#[test]
fn a_token_that_is_cancelled_before_sends_nothing() {
    let bench = Bench::new();
    bench.emulator.clear();
    let (path, _) = bench.file("a.bin", 2 * PART);
    let token = CancelToken::new();
    token.cancel();
    let error = bench.bucket.upload_file(Bench::KEY, &path).cancel_token(&token).send().unwrap_err();
    assert!(error.is_cancelled());
    assert_eq!(bench.emulator.requests().len(), 0);
}

#[test]
fn a_file_that_changes_meanwhile_fails_the_upload_within_a_second() {
    type Change = fn(&std::path::Path);
    let changes: [(&str, Change); 5] = [
        ("shrank", |path| fs::File::options().write(true).open(path).unwrap().set_len(PART).unwrap()),
        ("grew", |path| fs::File::options().write(true).open(path).unwrap().set_len(9 * PART).unwrap()),
        ("modified", |path| {
            let file = fs::File::options().write(true).open(path).unwrap();
            file.set_modified(std::time::SystemTime::now()).unwrap();
        }),
        ("replaced", |path| {
            let other = path.with_extension("other");
            fs::copy(path, &other).unwrap();
            fs::rename(other, path).unwrap();
        }),
        ("removed", |path| fs::remove_file(path).unwrap()),
    ];
    for (how, change) in changes {
        for checkpoint in [false, true] {
            within(SECOND, || {
                let bench = Bench::new();
                let (path, _) = bench.file("a.bin", 8 * PART);
                let stall = Action::StallRequest { after: 1000, time: None };
                let stall = Rule::new(stall).operation("UploadPart").skip(2);
                let fault = bench.emulator.faults().add(stall);
                let upload = bench.bucket.upload_file(Bench::KEY, &path).part_size(PART).task_num(2);
                let transfer = upload.checkpoint(checkpoint).start();
                wait_for("both workers stall", || fault.hits() >= 2);
                let changed = Instant::now();
                change(&path);
                let error = transfer.wait().unwrap_err();
                let took = changed.elapsed();
                assert!(error.is_source_changed() && error.to_string().contains(how), "{how}: {error}");
                assert_eq!((bench.uploads(), bench.stored()), (0, None), "{how}");
                assert!(!bench.path("a.bin.upload_record").exists(), "{how}");
                took
            });
        }
    }
}

#[test]
fn a_job_that_fails_waits_for_no_bandwidth() {
    // At a thousand bytes a second a worker sleeps for most of a second, and with eight of them for eight.
    within(2 * SECOND, || {
        let bench = Bench::new();
        let (path, _) = bench.file("a.bin", 8 * PART);
        let upload = bench.bucket.upload_file(Bench::KEY, &path).part_size(PART).task_num(8).bandwidth(1000);
        let transfer = upload.start();
        wait_for("all parts begin", || bench.begun("UploadPart") == 8);
        let changed = Instant::now();
        fs::File::options().write(true).open(&path).unwrap().set_len(PART).unwrap();
        let error = transfer.wait().unwrap_err();
        assert!(error.is_source_changed(), "{error}");
        assert_eq!(bench.uploads(), 0);
        changed.elapsed()
    });
}

#[test]
fn a_refused_part_ends_the_job_long_before_the_others_would() {
    let bench = Bench::new();
    let (path, _) = bench.file("a.bin", 8 * PART + 10);
    // All parts take more than three minutes, the last one a moment.
    bench.emulator.faults().add(Rule::error(403, "AccessDenied").query("partNumber", "9"));
    let began = Instant::now();
    let upload = bench.bucket.upload_file(Bench::KEY, &path).part_size(PART).task_num(9).bandwidth(4000);
    let error = upload.checkpoint(true).send().unwrap_err();
    assert_eq!(error.code(), Some("AccessDenied"), "{error}");
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    assert_eq!((bench.uploads(), bench.names().len()), (1, 2), "the next run can go on");
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_only_says_that_it_is_empty_is_refused() {
    let bench = Bench::new();
    bench.emulator.clear();
    let error = bench.bucket.upload_file(Bench::KEY, "/proc/self/status").send().unwrap_err();
    assert!(error.is_invalid_input() && error.to_string().contains("/proc/self/status"), "{error}");
    assert_eq!(bench.emulator.requests().len(), 0);
}

#[test]
fn a_checkpoint_of_another_kind_of_job_is_done_away_with() {
    let bench = Bench::new();
    let (path, bytes) = bench.file("a.bin", 4 * PART);
    let (target, record) = (bench.path("elsewhere/b.bin"), bench.path("record"));
    bench.bucket.put_content("other", bytes.clone()).send().unwrap();
    let upload = || bench.bucket.upload_file(Bench::KEY, &path).part_size(PART).checkpoint_file(&record);
    let download = || bench.bucket.download_file("other", &target).part_size(PART).checkpoint_file(&record);
    let left = || fs::read_dir(bench.path("elsewhere")).unwrap().count();
    bench.emulator.faults().add(Rule::error(403, "AccessDenied").query("partNumber", "4"));
    let get = Rule::error(403, "AccessDenied").operation("GetObject").skip(2);
    bench.emulator.faults().add(get);
    download().send().unwrap_err();
    assert_eq!((left(), bench.uploads()), (1, 0));
    upload().send().unwrap_err();
    assert_eq!((left(), bench.uploads()), (0, 1), "the temporary file of the download is gone");
    bench.emulator.faults().clear();
    download().send().unwrap();
    assert_eq!((left(), bench.uploads()), (1, 0), "so is the upload");
    assert!(fs::read(&target).unwrap() == bytes && !record.exists());
}

#[test]
fn bad_input_is_named_and_nothing_is_sent() {
    let bench = Bench::new();
    bench.emulator.clear();
    let missing = bench.bucket.upload_file(Bench::KEY, bench.path("missing.bin")).send().unwrap_err();
    assert_eq!(missing.path(), Some(bench.path("missing.bin").as_path()));
    let folder = bench.bucket.upload_file(Bench::KEY, bench.path("")).send().unwrap_err();
    assert!(folder.is_invalid_input(), "{folder}");
    let (path, _) = bench.file("a.bin", 10);
    let crawl = bench.bucket.upload_file(Bench::KEY, &path).bandwidth(0).send().unwrap_err();
    assert!(crawl.is_invalid_input(), "{crawl}");
    assert_eq!(bench.emulator.requests().len(), 0);
}

#[test]
fn wrong_secret_and_unknown_bucket_are_told_as_the_server_tells_them() {
    let bench = Bench::new();
    let (path, _) = bench.file("a.bin", 3 * PART);
    let wrong = builder(&bench.emulator)
        .credentials(Credentials::new(obs_emulator::Emulator::ACCESS_KEY, "wrong"))
        .build()
        .unwrap();
    for size in [PART, 10 * PART] {
        let upload = wrong.upload_file("transfers", Bench::KEY, &path).part_size(size).checkpoint(true);
        let error = upload.send().unwrap_err();
        assert!(error.is_access_denied(), "{error}");
        assert_eq!(error.code(), Some("SignatureDoesNotMatch"));
        assert!(error.to_string().contains("transfers/folder/object.bin"), "{error}");
        assert_eq!(bench.names(), ["a.bin"]);
    }
    let nowhere = bench.bucket.client().upload_file("no-such-bucket", Bench::KEY, &path).part_size(PART);
    let error = nowhere.send().unwrap_err();
    assert_eq!((error.is_not_found(), error.code()), (true, Some("NoSuchBucket")));
}

#[test]
fn a_file_is_never_its_own_checkpoint() {
    let bench = Bench::new();
    let (path, bytes) = bench.file("a.bin", 3 * PART);
    fs::hard_link(&path, bench.path("link")).unwrap();
    bench.object(3 * PART);
    for record in [path.clone(), bench.path("./a.bin"), bench.path("link")] {
        let upload = bench.bucket.upload_file("k", &path).part_size(PART).checkpoint_file(&record);
        let download = bench.bucket.download_file(Bench::KEY, &path).part_size(PART).checkpoint_file(&record);
        for error in [upload.send().unwrap_err(), download.send().unwrap_err()] {
            assert!(error.is_invalid_input() && error.to_string().contains("name another"), "{error}");
        }
    }
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[test]
fn other_properties_than_the_upload_was_begun_with_start_over() {
    let bench = Bench::new();
    let (path, bytes) = bench.file("a.bin", 4 * PART);
    let upload = || bench.bucket.upload_file(Bench::KEY, &path).part_size(PART).checkpoint(true);
    let fault = bench.emulator.faults().add(Rule::error(503, "SlowDown").query("partNumber", "4"));
    upload().metadata("owner", "alice").send().unwrap_err();
    upload().metadata("owner", "bob").send().unwrap_err();
    assert_eq!(bench.uploads(), 1, "the other one was aborted");
    fault.remove();
    let uploaded = upload().metadata("owner", "bob").storage_class(StorageClass::Warm).send().unwrap();
    assert_eq!(uploaded.resumed_parts, 0);
    let object = bench.bucket.get_object_metadata(Bench::KEY).send().unwrap();
    assert_eq!(object.metadata.get("owner"), Some("bob"));
    assert_eq!(object.storage_class, Some(StorageClass::Warm));
    assert_eq!((bench.stored().unwrap(), bench.uploads()), (bytes, 0));
}

#[test]
fn two_jobs_on_one_checkpoint_are_refused() {
    let bench = Bench::new();
    let (path, _) = bench.file("a.bin", 3 * PART);
    let fault = bench.emulator.faults().add(Rule::new(Action::StallHead(None)).operation("UploadPart"));
    let upload = || bench.bucket.upload_file(Bench::KEY, &path).part_size(PART).checkpoint(true);
    let first = upload().start();
    wait_for("the first job", || fault.hits() >= 1);
    let error = upload().send().unwrap_err();
    assert!(error.is_checkpoint(), "{error}");
    drop(first);
}

#[test]
fn a_checkpoint_that_vanishes_meanwhile_is_an_error_and_leaves_nothing() {
    let bench = Bench::new();
    let (path, _) = bench.file("a.bin", 8 * PART);
    let record = bench.path("records/a.json");
    // Long enough for it to vanish, however busy the machine is.
    let late = Rule::new(Action::Delay(SECOND)).operation("UploadPart").nth(3);
    let fault = bench.emulator.faults().add(late);
    let upload = bench.bucket.upload_file(Bench::KEY, &path).part_size(PART).checkpoint_file(&record);
    let transfer = upload.start();
    wait_for("the third part", || fault.hits() >= 1);
    assert!(fs::metadata(&record).unwrap().len() > 0);
    fs::remove_dir_all(bench.path("records")).unwrap();
    let error = transfer.wait().unwrap_err();
    assert!(error.is_checkpoint(), "{error}");
    assert_eq!((bench.uploads(), bench.stored()), (0, None));
}

#[test]
fn a_part_that_comes_damaged_each_time_is_refused_and_no_object_is_made() {
    for checksum in [Checksum::Crc64, Checksum::Md5] {
        for size in [PART / 2, 3 * PART] {
            let bench = Bench::new();
            let (path, _) = bench.file("a.bin", size);
            for operation in ["UploadPart", "PutObject"] {
                let flip = Rule::new(Action::FlipRequest { offset: 5, mask: 1 }).operation(operation);
                bench.emulator.faults().add(flip);
            }
            let upload = bench.bucket.upload_file(Bench::KEY, &path).part_size(PART).checksum(checksum);
            let error = upload.send().unwrap_err();
            assert_eq!(
                (error.status(), error.code()),
                (Some(400), Some("BadDigest")),
                "{checksum:?} {error}"
            );
            assert_eq!((bench.stored(), bench.uploads()), (None, 0));
        }
    }
}

#[test]
fn a_part_damaged_on_its_way_is_sent_again_and_a_lost_answer_is_settled() {
    for checksum in [None, Some(Checksum::Crc64), Some(Checksum::Md5)] {
        let bench = Bench::new();
        bench.emulator.clear();
        let (path, bytes) = bench.file("a.bin", 4 * PART);
        let flip = Rule::new(Action::FlipRequest { offset: 5, mask: 1 }).operation("UploadPart").times(1);
        let fault = bench.emulator.faults().add(flip);
        bench
            .emulator
            .faults()
            .add(Rule::new(Action::DropAnswer).operation("CompleteMultipartUpload").times(1));
        let mut upload = bench.bucket.upload_file(Bench::KEY, &path).part_size(PART);
        if let Some(checksum) = checksum {
            upload = upload.checksum(checksum);
        }
        let uploaded = upload.send().unwrap();
        assert_eq!(bench.stored().unwrap(), bytes, "{checksum:?}");
        assert_eq!(fault.hits(), 1);
        assert!(uploaded.etag.is_some());
        // What is told ahead makes the server refuse the damaged part; else it is taken, and found by the CRC-64 of the answer.
        let taken = |status| {
            let sent = bench.emulator.requests().into_iter().filter(|seen| seen.operation == "UploadPart");
            sent.filter(|seen| seen.status == Some(status)).count()
        };
        assert_eq!(
            (taken(400), taken(200)),
            if checksum.is_some() { (1, 4) } else { (0, 5) },
            "{checksum:?}"
        );
    }
}

#[test]
fn bandwidth_is_kept_by_one_worker_and_by_eight() {
    for workers in [1, 8] {
        within(Duration::from_millis(1500), || {
            let bench = Bench::new();
            let (path, _) = bench.file("a.bin", 4 << 20);
            let started = Instant::now();
            let upload = bench.bucket.upload_file(Bench::KEY, &path).part_size(256 << 10).task_num(workers);
            upload.bandwidth(4 << 20).send().unwrap();
            let took = started.elapsed();
            assert!(took > Duration::from_millis(850), "{workers} workers: {took:?}");
            took
        });
    }
}

#[test]
fn limits_and_payer_go_with_every_call() {
    let bench = Bench::new();
    bench.emulator.clear();
    let (path, _) = bench.file("a.bin", 2 * PART);
    let upload = bench.bucket.upload_file(Bench::KEY, &path).part_size(PART);
    upload.traffic_limit(819_200).requester_pays().send().unwrap();
    for request in bench.emulator.requests() {
        assert_eq!(request.header("x-obs-request-payer"), Some("requester"), "{}", request.operation);
        let limit = (request.operation == "UploadPart").then_some("819200");
        assert_eq!(request.header("x-obs-traffic-limit"), limit, "{}", request.operation);
    }
}

#[test]
fn a_panic_in_the_callback_fails_the_job_and_not_the_program() {
    let bench = Bench::new();
    let (path, _) = bench.file("a.bin", 20 * PART);
    let upload = bench.bucket.upload_file(Bench::KEY, &path).part_size(PART).bandwidth(2 << 20);
    let error = upload.progress(|_| panic!("no more")).send().unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Callback);
    assert_eq!(bench.uploads(), 0);
}

#[test]
fn old_uploads_are_aborted_and_young_ones_are_not_touched() {
    let bench = Bench::new();
    let begin = |key: &str| bench.bucket.initiate_multipart_upload(key).send().unwrap().upload_id.clone();
    let old: Vec<_> = (0..7).map(|i| begin(&format!("backups/{i}"))).collect();
    begin("elsewhere");
    // The server's clock goes ahead by two hours, ours does not.
    bench.emulator.faults().clock_offset_ms(2 * 60 * 60 * 1000);
    let client = builder(&bench.emulator).build().unwrap();
    let bucket = client.bucket(bench.bucket.name());
    bucket.head_bucket().send().unwrap();
    let young = bucket.initiate_multipart_upload("backups/young").send().unwrap().upload_id.clone();
    let hour = Duration::from_secs(60 * 60);

    let nothing = bucket.abort_uploads_older_than(3 * hour).send().unwrap();
    assert_eq!((nothing.aborted.len(), nothing.younger), (0, 9));
    let dry = bucket.abort_uploads_older_than(hour).prefix("backups/").dry_run(true).send().unwrap();
    assert_eq!((dry.aborted.len(), dry.younger, bench.uploads()), (7, 1, 9));

    bench
        .emulator
        .faults()
        .add(Rule::error(403, "AccessDenied").operation("AbortMultipartUpload").key("backups/3"));
    let report = bucket.abort_uploads_older_than(hour).prefix("backups/").task_num(3).send().unwrap();
    let mut aborted: Vec<_> = report.aborted.iter().map(|upload| upload.upload_id.clone()).collect();
    aborted.sort();
    let mut expected: Vec<_> =
        old.iter().enumerate().filter(|(i, _)| *i != 3).map(|(_, id)| id.clone()).collect();
    expected.sort();
    assert_eq!(aborted, expected);
    assert_eq!((report.failures.len(), report.younger), (1, 1));
    assert!(report.failures[0].1.is_access_denied());
    let error = report.into_result().unwrap_err();
    assert!(error.is_partial() && error.to_string().contains("backups/3"), "{error}");
    let left = bench.emulator.store().uploads(bench.bucket.name());
    assert_eq!(left.len(), 3);
    assert!(left.iter().any(|upload| upload.upload_id == young));
    let nowhere = client.abort_uploads_older_than("no-such-bucket", hour).send().unwrap_err();
    assert!(nowhere.is_not_found(), "{nowhere}");
}
