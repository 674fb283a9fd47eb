//! Downloads to files, whatever happens to them.

use std::fs;
use std::time::{Duration, Instant};

use obs_emulator::{Action, Rule};
use obs_tests::transfers::{Bench, PART, Told, bytes, wait_for, within};
use obs_transfer::ErrorKind;
use obs_transfer::prelude::*;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn sizes_around_a_part_arrive_whole() {
    for size in [0, 1, PART - 1, PART, PART + 1, 3 * PART + 7] {
        for workers in [1, 4] {
            let bench = Bench::new();
            let bytes = bench.object(size);
            let told = Told::default();
            let target = bench.path("new/folder/a.bin");
            let downloaded = bench
                .bucket
                .download_file(Bench::KEY, &target)
                .part_size(PART)
                .task_num(workers)
                .checkpoint(workers > 1)
                .progress(told.callback())
                .send()
                .unwrap();
            assert_eq!(fs::read(&target).unwrap(), bytes, "{size} bytes, {workers} workers");
            assert_eq!(downloaded.size, size);
            assert_eq!((downloaded.path.as_path(), downloaded.resumed_parts), (target.as_path(), 0));
            assert_eq!(u64::from(downloaded.parts), size.div_ceil(PART));
            assert_eq!(downloaded.crc64, obs_core::checksum::crc64(&bytes));
            told.check(size);
            assert_eq!(fs::read_dir(target.parent().unwrap()).unwrap().count(), 1, "nothing else stays");
        }
    }
}

#[test]
fn every_range_is_pinned_to_the_object() {
    let bench = Bench::new();
    bench.object(4 * PART);
    bench.bucket.download_file(Bench::KEY, bench.path("a")).part_size(PART).task_num(2).send().unwrap();
    let etag = bench.bucket.get_object_metadata(Bench::KEY).send().unwrap().etag.clone();
    let gets: Vec<_> =
        bench.emulator.requests().into_iter().filter(|seen| seen.operation == "GetObject").collect();
    assert_eq!(gets.len(), 4);
    assert!(
        gets.iter().all(|get| get.header("if-match") == etag.as_deref() && get.header("range").is_some())
    );
}

#[test]
fn a_second_run_fetches_only_what_is_missing() {
    let bench = Bench::new();
    let bytes = bench.object(6 * PART + 1);
    let target = bench.path("a.bin");
    let download = || bench.bucket.download_file(Bench::KEY, &target).part_size(PART).checkpoint(true);
    let last = format!("bytes={}-{}", 5 * PART, 6 * PART - 1);
    let fault = bench
        .emulator
        .faults()
        .add(Rule::error(503, "SlowDown").when(move |seen| seen.header("range") == Some(&last)));
    let error = download().send().unwrap_err();
    assert!(error.is_throttled(), "{error}");
    assert!(!target.exists());
    assert_eq!(bench.names().len(), 2, "temporary file and checkpoint: {:?}", bench.names());
    fault.remove();
    bench.emulator.clear();
    let told = Told::default();
    let downloaded = download().progress(told.callback()).send().unwrap();
    assert_eq!((downloaded.parts, downloaded.resumed_parts), (7, 5));
    assert_eq!(bench.emulator.operation_count("GetObject"), 2);
    assert_eq!(fs::read(&target).unwrap(), bytes);
    assert_eq!(told.all().last().unwrap().resumed, 5 * PART);
    told.check(bytes.len() as u64);
    assert_eq!(bench.names(), ["a.bin"]);
}

#[test]
fn a_file_that_cannot_get_its_name_is_kept_for_the_next_run() {
    let bench = Bench::new();
    let bytes = bench.object(4 * PART);
    let target = bench.path("tree/a.bin");
    // Under way it becomes a folder.
    let in_the_way = |name: &str| {
        let folder = bench.path(name);
        let rule = Rule::new(Action::Delay(Duration::ZERO)).operation("GetObject");
        bench.emulator.faults().add(rule.when(move |_| fs::create_dir(&folder).is_ok()).times(1))
    };
    let download = |checkpoint| {
        let download = bench.bucket.download_file(Bench::KEY, &target).part_size(PART);
        download.checkpoint(checkpoint)
    };
    for checkpoint in [false, true] {
        let fault = in_the_way("tree/a.bin");
        let error = download(checkpoint).send().unwrap_err();
        assert!(error.is_io() && error.path() == Some(target.as_path()), "{error}");
        fault.remove();
        fs::remove_dir(&target).unwrap();
        let left = fs::read_dir(bench.path("tree")).unwrap().count();
        assert_eq!(left, 2 * usize::from(checkpoint), "the temporary file with its checkpoint, or neither");
    }
    bench.emulator.clear();
    let downloaded = download(true).send().unwrap();
    assert_eq!((downloaded.parts, downloaded.resumed_parts), (4, 4));
    assert_eq!(bench.begun("GetObject"), 0);
    assert_eq!(fs::read(&target).unwrap(), bytes);
    assert_eq!(fs::read_dir(bench.path("tree")).unwrap().count(), 1);

    // The same for a file of a folder.
    let download = || {
        let download = bench.bucket.download_dir("folder", bench.path("all")).part_size(PART);
        download.checkpoint_dir(bench.path("records"))
    };
    let fault = in_the_way("all/object.bin");
    let report = download().send().unwrap();
    assert!(report.failures.len() == 1 && report.failures[0].error.is_io(), "{report:?}");
    fault.remove();
    fs::remove_dir(bench.path("all/object.bin")).unwrap();
    bench.emulator.clear();
    download().send().unwrap().into_result().unwrap();
    assert_eq!(bench.begun("GetObject"), 0);
    assert_eq!(fs::read(bench.path("all/object.bin")).unwrap(), bytes);
    assert_eq!(fs::read_dir(bench.path("all")).unwrap().count(), 1);
    assert_eq!(fs::read_dir(bench.path("records")).unwrap().count(), 0);
}

#[test]
fn ranges_that_are_recorded_but_not_in_the_file_are_fetched_again() {
    let bench = Bench::new();
    let bytes = bench.object(5 * PART);
    let target = bench.path("a.bin");
    let download = || bench.bucket.download_file(Bench::KEY, &target).part_size(PART).checkpoint(true);
    let fault = bench.emulator.faults().add(Rule::error(500, "InternalError").operation("GetObject").skip(4));
    download().send().unwrap_err();
    fault.remove();
    let temp = bench.names().into_iter().find(|name| name.ends_with(".obs-part")).unwrap();
    let mut damaged = fs::read(bench.path(&temp)).unwrap();
    damaged[PART as usize + 5] ^= 1;
    fs::write(bench.path(&temp), damaged).unwrap();
    assert_eq!(download().send().unwrap().resumed_parts, 3);
    assert_eq!(fs::read(&target).unwrap(), bytes);
}

#[test]
fn an_object_replaced_between_two_ranges_fails_and_the_target_is_untouched() {
    for checkpoint in [false, true] {
        let bench = Bench::new();
        bench.object(4 * PART);
        let target = bench.path("a.bin");
        fs::write(&target, "before").unwrap();
        // Long enough for the replacement, however busy the machine is.
        let delay = Rule::new(Action::Delay(SECOND)).operation("GetObject");
        let fault = bench.emulator.faults().add(delay.skip(2).times(1));
        let transfer =
            bench.bucket.download_file(Bench::KEY, &target).part_size(PART).checkpoint(checkpoint).start();
        wait_for("the third range", || fault.hits() >= 1);
        bench.bucket.put_content(Bench::KEY, vec![0; 4 * PART as usize]).send().unwrap();
        let error = transfer.wait().unwrap_err();
        assert!(error.is_object_changed(), "{error}");
        assert!(error.to_string().contains(Bench::KEY), "{error}");
        assert_eq!(fs::read(&target).unwrap(), b"before");
        assert_eq!(bench.names(), ["a.bin"]);
    }
}

#[test]
fn a_checkpoint_of_another_object_starts_over() {
    let bench = Bench::new();
    bench.object(4 * PART);
    let target = bench.path("a.bin");
    let download = || bench.bucket.download_file(Bench::KEY, &target).part_size(PART).checkpoint(true);
    let fault = bench.emulator.faults().add(Rule::error(500, "InternalError").operation("GetObject").skip(2));
    download().send().unwrap_err();
    fault.remove();
    let mut other = bytes(4 * PART);
    other[7] ^= 1;
    bench.bucket.put_content(Bench::KEY, other.clone()).send().unwrap();
    assert_eq!(download().send().unwrap().resumed_parts, 0);
    assert_eq!(fs::read(&target).unwrap(), other);
    assert_eq!(bench.names(), ["a.bin"], "the temporary file of the first run is gone too");
}

#[test]
fn a_broken_range_goes_on_from_its_last_byte() {
    for action in [Action::ResetResponse(60_000), Action::CloseResponse(60_000)] {
        let bench = Bench::new();
        let bytes = bench.object(2 * PART);
        let target = bench.path("a.bin");
        let fault = bench.emulator.faults().add(Rule::new(action.clone()).operation("GetObject").times(2));
        bench.bucket.download_file(Bench::KEY, &target).part_size(PART).send().unwrap();
        assert_eq!(fs::read(&target).unwrap(), bytes);
        assert_eq!(fault.hits(), 2);
        let ranges: Vec<String> = bench
            .emulator
            .requests()
            .iter()
            .filter_map(|seen| seen.header("range").map(str::to_owned))
            .collect();
        // A reset may overtake what was sent before it, so not all of the 60,000 bytes need have arrived.
        let resumed = &ranges[1];
        let from: u64 = resumed.trim_start_matches("bytes=").split('-').next().unwrap().parse().unwrap();
        assert!(from <= 60_000, "{ranges:?}");
        if matches!(action, Action::CloseResponse(_)) {
            assert_eq!(from, 60_000, "{ranges:?}");
        }
    }
}

#[test]
fn answers_that_lie_about_their_bytes_never_make_a_file() {
    let range = || Action::WithoutHeader("Content-Range".into());
    let says = |range: &str| Action::Header("Content-Range".into(), range.into());
    let faults = [
        // All bytes came, whatever was said of their number.
        (vec![Action::ContentLength(1000)], true),
        (vec![Action::ContentLength(-1000)], false),
        (vec![Action::FlipResponse { offset: 77, mask: 4 }], false),
        (vec![range(), says("bytes 0-99/100")], false),
        (vec![range(), says(&format!("bytes 0-{}/{}", PART - 1, 5 * PART))], false),
        (vec![range(), says("nonsense")], false),
        (vec![range()], false),
        (vec![Action::Answer(obs_emulator::Answer::status(200).body("the whole of something else"))], false),
    ];
    for (actions, arrives) in faults {
        let bench = Bench::new();
        let bytes = bench.object(3 * PART);
        let target = bench.path("a.bin");
        fs::write(&target, "before").unwrap();
        let mut rule = Rule::new(actions[0].clone()).operation("GetObject");
        for action in &actions[1..] {
            rule = rule.and(action.clone());
        }
        bench.emulator.faults().add(rule);
        let download = bench.bucket.download_file(Bench::KEY, &target).part_size(PART).checkpoint(true);
        match download.send() {
            Ok(_) => {
                assert!(arrives, "{actions:?}");
                assert_eq!(fs::read(&target).unwrap(), bytes, "{actions:?}");
            }
            Err(error) => {
                assert!(!arrives, "{actions:?}: {error}");
                assert_eq!(fs::read(&target).unwrap(), b"before", "{actions:?}: {error}");
                let kept = usize::from(!error.is_integrity());
                assert_eq!(bench.names().len(), 1 + 2 * kept, "{actions:?}: {error}: {:?}", bench.names());
            }
        }
    }
}

#[test]
fn a_bit_flipped_on_the_wire_or_in_the_store_is_found() {
    let bench = Bench::new();
    bench.object(3 * PART);
    let target = bench.path("a.bin");
    let flip = Rule::new(Action::FlipResponse { offset: 77, mask: 4 }).operation("GetObject").times(1);
    bench.emulator.faults().add(flip);
    let error = bench.bucket.download_file(Bench::KEY, &target).part_size(PART).send().unwrap_err();
    assert!(error.is_integrity(), "{error}");
    assert!(bench.names().is_empty());
    bench.bucket.download_file(Bench::KEY, &target).part_size(PART).send().unwrap();

    assert!(bench.emulator.store().corrupt_object(bench.bucket.name(), Bench::KEY, 1_000_001));
    let other = bench.path("b.bin");
    for part_size in [PART, 10 * PART] {
        let error = bench.bucket.download_file(Bench::KEY, &other).part_size(part_size).send().unwrap_err();
        assert!(error.is_integrity(), "{error}");
        assert_eq!(bench.names(), ["a.bin"]);
    }
}

#[test]
fn a_stored_part_that_rots_before_the_object_is_made_is_found() {
    let bench = Bench::new();
    let (path, _) = bench.file("a.bin", 4 * PART);
    // Long enough for the damage, however busy the machine is.
    let late = Rule::new(Action::Delay(SECOND)).query("partNumber", "4");
    let fault = bench.emulator.faults().add(late);
    let transfer = bench.bucket.upload_file(Bench::KEY, &path).part_size(PART).start();
    wait_for("the last part", || fault.hits() >= 1);
    let store = bench.emulator.store();
    let id = store.uploads(bench.bucket.name())[0].upload_id.clone();
    assert!(store.corrupt_part(bench.bucket.name(), Bench::KEY, &id, 2, 17));
    if transfer.wait().is_ok() {
        let copy = bench.bucket.download_file(Bench::KEY, bench.path("copy.bin")).part_size(PART);
        assert!(copy.send().unwrap_err().is_integrity());
    }
    assert_eq!(bench.names(), ["a.bin"]);
}

#[test]
fn cancelling_a_stalled_read_takes_less_than_a_second_and_the_next_run_goes_on() {
    for stall in [Action::StallHead(None), Action::StallBody { after: 10, time: None }] {
        within(SECOND, || {
            let bench = Bench::new();
            let bytes = bench.object(8 * PART);
            let target = bench.path("a.bin");
            let download = || {
                let download = bench.bucket.download_file(Bench::KEY, &target).part_size(PART);
                download.task_num(3).checkpoint(true)
            };
            let fault = bench.emulator.faults().add(Rule::new(stall.clone()).operation("GetObject").skip(4));
            let transfer = download().start();
            wait_for("all workers stall", || fault.hits() >= 3);
            let cancelled = Instant::now();
            transfer.cancel();
            assert!(transfer.wait().unwrap_err().is_cancelled());
            let took = cancelled.elapsed();
            assert!(!target.exists());
            fault.remove();
            bench.emulator.clear();
            let downloaded = download().send().unwrap();
            assert!(downloaded.resumed_parts >= 4, "{}", downloaded.resumed_parts);
            assert_eq!(bench.begun("GetObject"), u64::from(8 - downloaded.resumed_parts));
            assert_eq!(fs::read(&target).unwrap(), bytes);
            assert_eq!(bench.names(), ["a.bin"]);
            took
        });
    }
}

#[test]
fn cancelling_between_two_attempts_takes_less_than_a_second() {
    within(SECOND, || {
        let bench = Bench::new();
        bench.object(2 * PART);
        let patient = Rule::error(503, "SlowDown").and(Action::Header("Retry-After".into(), "20".into()));
        let fault = bench.emulator.faults().add(patient.operation("GetObject"));
        let transfer = bench.bucket.download_file(Bench::KEY, bench.path("a")).part_size(PART).start();
        wait_for("an attempt", || fault.hits() >= 1);
        let dropped = Instant::now();
        drop(transfer);
        let took = dropped.elapsed();
        assert!(bench.names().is_empty());
        took
    });
}

#[test]
fn versions_conditions_and_empty_objects() {
    let bench = Bench::new();
    bench.object(0);
    let target = bench.path("a.bin");
    let unmet = bench.bucket.download_file(Bench::KEY, &target).if_match("\"0123\"").send().unwrap_err();
    assert!(unmet.is_precondition_failed(), "{unmet}");
    bench.object(3 * PART);
    let etag = bench.bucket.get_object_metadata(Bench::KEY).send().unwrap().etag.clone().unwrap();
    let unmet = bench.bucket.download_file(Bench::KEY, &target).if_match("\"0123\"").part_size(PART).send();
    assert!(unmet.unwrap_err().is_precondition_failed());
    let unchanged = bench.bucket.download_file(Bench::KEY, &target).if_none_match(&*etag).send().unwrap_err();
    assert_eq!(unchanged.status(), Some(304));
    assert!(bench.names().is_empty());
    bench.bucket.download_file(Bench::KEY, &target).if_match(etag).part_size(PART).send().unwrap();
}

#[test]
fn a_version_that_was_named_is_fetched_whatever_comes_later() {
    use obs_core::settings::VersioningStatus;
    let bench = Bench::new();
    bench.bucket.set_bucket_versioning(VersioningStatus::Enabled).send().unwrap();
    let old = obs_tests::transfers::bytes(5 * PART + 1);
    let id = bench.bucket.put_content(Bench::KEY, old.clone()).send().unwrap().version_id.clone().unwrap();
    bench.bucket.put_content(Bench::KEY, vec![7; 5 * PART as usize + 1]).send().unwrap();
    let target = bench.path("a.bin");
    let download = || {
        let download = bench.bucket.download_file(Bench::KEY, &target).part_size(PART).checkpoint(true);
        download.version_id(&id).task_num(2)
    };
    let third = format!("bytes={}-{}", 2 * PART, 3 * PART - 1);
    let denied = Rule::error(403, "AccessDenied").when(move |seen| seen.header("range") == Some(&third));
    let fault = bench.emulator.faults().add(denied);
    download().send().unwrap_err();
    fault.remove();
    bench.bucket.delete_object(Bench::KEY).send().unwrap();
    let downloaded = download().send().unwrap();
    assert!(downloaded.resumed_parts > 0);
    assert_eq!(downloaded.properties.version_id.as_ref(), Some(&id));
    assert!(fs::read(&target).unwrap() == old);
}

#[test]
fn an_image_is_processed_in_one_piece() {
    let bench = Bench::new();
    bench.object(3 * PART);
    let target = bench.path("a.bin");
    let download = bench.bucket.download_file(Bench::KEY, &target).part_size(PART).task_num(4);
    let downloaded = download.image_process("image/resize,w_10").send().unwrap();
    assert_eq!(fs::metadata(&target).unwrap().len(), downloaded.size);
    assert_eq!(downloaded.parts, 1);
    let gets: Vec<_> =
        bench.emulator.requests().into_iter().filter(|seen| seen.operation == "GetObject").collect();
    assert_eq!(gets.len(), 1);
    assert_eq!(
        (gets[0].parameter("x-image-process"), gets[0].header("range")),
        (Some("image/resize,w_10"), None)
    );
}

#[test]
fn a_processed_image_that_breaks_off_comes_anew() {
    let bench = Bench::new();
    bench.object(3 * PART);
    let target = bench.path("a.bin");
    let download = || bench.bucket.download_file(Bench::KEY, &target).image_process("image/resize,w_10");
    let whole = download().send().unwrap();
    let fault =
        bench.emulator.faults().add(Rule::new(Action::ResetResponse(2)).operation("GetObject").times(3));
    let again = download().send().unwrap();
    assert_eq!((fault.hits(), again.size, again.crc64), (3, whole.size, whole.crc64));
    assert_eq!(bench.names(), ["a.bin"]);
    // One that breaks off for ever ends.
    fs::remove_file(&target).unwrap();
    bench.emulator.faults().add(Rule::new(Action::ResetResponse(2)).operation("GetObject"));
    assert!(download().send().unwrap_err().is_retryable());
    assert_eq!(bench.names(), [""; 0]);
}

#[test]
fn targets_that_cannot_be_written_are_named_and_nothing_stays() {
    let bench = Bench::new();
    bench.object(PART);
    fs::create_dir(bench.path("folder")).unwrap();
    fs::write(bench.path("file"), "").unwrap();
    let folder = bench.bucket.download_file(Bench::KEY, bench.path("folder")).send().unwrap_err();
    assert!(folder.is_invalid_input(), "{folder}");
    let below_a_file = bench.bucket.download_file(Bench::KEY, bench.path("file/a.bin")).send().unwrap_err();
    assert!(below_a_file.is_io(), "{below_a_file}");
    assert!(below_a_file.to_string().contains("file"), "{below_a_file}");
    assert_eq!(bench.names(), ["file", "folder"]);
    let kernel =
        bench.bucket.download_file(Bench::KEY, "/proc/sys/a.bin").checkpoint(true).send().unwrap_err();
    assert_eq!(kernel.kind(), &ErrorKind::Io { path: kernel.path().unwrap().to_path_buf() });
}

#[test]
fn an_object_that_is_not_there_is_told_and_leaves_nothing() {
    let bench = Bench::new();
    let error =
        bench.bucket.download_file("missing", bench.path("new/a.bin")).checkpoint(true).send().unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert!(bench.names().is_empty());
    let nowhere = bench.bucket.client().bucket("no-such-bucket");
    assert!(nowhere.download_file("a", bench.path("a")).send().unwrap_err().is_not_found());
}

#[test]
fn a_bad_network_costs_time_and_no_bytes() {
    let bench = Bench::new();
    let bytes = bench.object(40 * PART);
    for (seed, action) in [
        Action::ResetResponse(50_000),
        Action::CloseResponse(0),
        Action::ContentLength(100),
        Action::Answer(obs_emulator::Answer::error(503, "SlowDown", "slow down")),
    ]
    .into_iter()
    .enumerate()
    {
        bench.emulator.faults().add(Rule::new(action).operation("GetObject").probability(0.1, seed as u64));
    }
    let target = bench.path("a.bin");
    let told = Told::default();
    let download = bench.bucket.download_file(Bench::KEY, &target).part_size(PART).task_num(8);
    download.progress(told.callback()).send().unwrap();
    assert_eq!(fs::read(&target).unwrap(), bytes);
    told.check(bytes.len() as u64);
}

#[cfg(unix)]
#[test]
fn a_link_stays_and_leads_to_the_new_file() {
    use std::os::unix::fs::symlink;

    let bench = Bench::new();
    let bytes = bench.object(PART + 1);
    let (real, link, twice) = (bench.path("real"), bench.path("link"), bench.path("twice"));
    fs::write(&real, "old").unwrap();
    symlink("real", &link).unwrap();
    symlink(&link, &twice).unwrap();
    for path in [&link, &twice] {
        bench.bucket.download_file(Bench::KEY, path).part_size(PART).checkpoint(true).send().unwrap();
        assert!(fs::symlink_metadata(path).unwrap().is_symlink() && fs::read(&real).unwrap() == bytes);
        fs::write(&real, "old").unwrap();
        bench.bucket.get_object(Bench::KEY).send().unwrap().save(path).unwrap();
        assert!(fs::symlink_metadata(path).unwrap().is_symlink() && fs::read(&real).unwrap() == bytes);
    }

    // To nothing, and to what the standard output is: a file perhaps, but nobody would see it replaced.
    let (nowhere, stream) = (bench.path("nowhere"), bench.path("stream"));
    symlink("missing", &nowhere).unwrap();
    symlink("/proc/self/fd/1", &stream).unwrap();
    for path in [&nowhere, &stream] {
        let error = bench.bucket.download_file(Bench::KEY, path).send().unwrap_err();
        assert!(error.to_string().contains(&*path.to_string_lossy()), "{error}");
        assert!(bench.bucket.get_object(Bench::KEY).send().unwrap().save(path).is_err());
        assert!(fs::symlink_metadata(path).unwrap().is_symlink());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_whose_name_is_no_text_is_resumed_in() {
    use std::os::unix::ffi::OsStrExt;

    let bench = Bench::new();
    let bytes = bench.object(6 * PART);
    let folder = bench.path("folder").join(std::ffi::OsStr::from_bytes(b"d\xff"));
    fs::create_dir_all(&folder).unwrap();
    let target = folder.join("a.bin");
    let download =
        || bench.bucket.download_file(Bench::KEY, &target).part_size(PART).task_num(1).checkpoint(true);
    for _ in 0..2 {
        let range = format!("bytes={}-", 4 * PART);
        let broken = Rule::error(403, "AccessDenied").operation("GetObject");
        let fault = bench.emulator.faults().add(
            broken.when(move |seen| seen.header("range").is_some_and(|given| given.starts_with(&range))),
        );
        download().send().unwrap_err();
        fault.remove();
        // The checkpoint and one temporary file, however often.
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
    }
    assert_eq!(download().send().unwrap().resumed_parts, 4);
    assert!(fs::read(&target).unwrap() == bytes);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
}
