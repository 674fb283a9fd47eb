//! Streams that become objects, whatever happens meanwhile.

use std::io::{self, Read, Write};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use obs_core::checksum::crc64;
use obs_emulator::{Action, Emulator, Rule};
use obs_tests::transfers::{Bench, PART, Told, builder, bytes, wait_for, within};
use obs_transfer::prelude::*;
use obs_transfer::{Error, ErrorKind, ObjectWriterBuilder};

fn writer(bench: &Bench) -> ObjectWriterBuilder {
    bench.bucket.object_writer(Bench::KEY).part_size(PART)
}

/// The error of ours in one of `Write`.
fn own(error: io::Error) -> Error {
    Error::from(error)
}

#[test]
fn any_length_arrives_whole_and_small_ones_in_one_call() {
    for size in [0, 1, PART - 1, PART, PART + 1, 2 * PART, 7 * PART + 7] {
        for (workers, step) in [(1, 1 << 20), (4, 10_007)] {
            let bench = Bench::new();
            bench.emulator.clear();
            let bytes = bytes(size);
            let told = Told::default();
            let mut writer = writer(&bench).task_num(workers).progress(told.callback()).start().unwrap();
            assert_eq!(bench.emulator.requests().len(), 0, "nothing is sent yet");
            for piece in bytes.chunks(step) {
                writer.write_all(piece).unwrap();
            }
            assert_eq!(writer.written(), size);
            writer.flush().unwrap();
            assert_eq!(bench.stored(), None, "flushing makes no object");
            let written = writer.finish().unwrap();
            assert_eq!(bench.stored().unwrap(), bytes, "{size} bytes, {workers} workers");
            assert_eq!((written.size, u64::from(written.parts)), (size, size.div_ceil(PART).max(1)));
            assert_eq!(written.crc64, Some(crc64(&bytes)));
            assert!(written.etag.is_some() && written.object_url.ends_with(Bench::KEY));
            let one_call = bench.emulator.operation_count("PutObject");
            assert_eq!(one_call, u64::from(size <= PART));
            // The total is known with the one call, or with the last one alone.
            let told: Vec<_> = told.all().iter().map(|told| (told.transferred, told.total)).collect();
            assert!(told.is_sorted(), "{told:?}");
            assert_eq!(told.last(), Some(&(size, Some(size))));
            let known = told.iter().filter(|(_, total)| total.is_some()).count();
            assert!(known == 1 || one_call == 1, "{told:?}");
            assert_eq!(told.iter().filter(|told| **told == (size, Some(size))).count(), 1, "{told:?}");
            assert_eq!(bench.uploads(), 0);
        }
    }
}

#[test]
fn properties_reach_the_object_in_one_call_and_in_parts() {
    for size in [10, 2 * PART] {
        let bench = Bench::new();
        let key = SseC::new([7; 32]);
        let writer = bench.bucket.object_writer("page.html").part_size(PART).checksum(Checksum::Md5);
        let writer = writer.storage_class(StorageClass::Warm).metadata("owner", "alice").sse(key.clone());
        let mut writer = writer.start().unwrap();
        writer.write_all(&bytes(size)).unwrap();
        writer.finish().unwrap();
        let object = bench.bucket.get_object_metadata("page.html").sse(key).send().unwrap();
        assert_eq!(object.storage_class, Some(StorageClass::Warm));
        assert_eq!(object.metadata.get("owner"), Some("alice"));
        assert_eq!(object.content_type.as_deref(), Some("text/html"));
        assert_eq!(object.content_length, Some(size));
    }
}

#[test]
fn io_copy_and_buf_writer() {
    let bench = Bench::new();
    let bytes = bytes(5 * PART + 3);
    let mut writer = io::BufWriter::new(writer(&bench).task_num(2).start().unwrap());
    assert_eq!(io::copy(&mut bytes.as_slice(), &mut writer).unwrap(), bytes.len() as u64);
    writer.into_inner().unwrap().finish().unwrap();
    assert_eq!(bench.stored().unwrap(), bytes);
}

#[test]
fn dropping_and_aborting_leave_nothing() {
    for size in [10, PART + 1, 20 * PART] {
        for abort in [false, true] {
            let bench = Bench::new();
            bench.bucket.put_content(Bench::KEY, "before").send().unwrap();
            let mut writer = writer(&bench).task_num(3).start().unwrap();
            writer.write_all(&bytes(size)).unwrap();
            if abort {
                writer.abort()
            } else {
                drop(writer)
            }
            // Half a second later it goes on behind our backs.
            wait_for("the abort", || bench.uploads() == 0);
            assert_eq!(bench.stored().unwrap(), b"before", "{size}");
        }
    }
    // A panic in the middle is a drop too.
    let bench = Bench::new();
    let panicked = thread::scope(|scope| {
        let stream = scope.spawn(|| {
            let mut writer = writer(&bench).start().unwrap();
            writer.write_all(&bytes(3 * PART)).unwrap();
            panic!("wanted by the test");
        });
        stream.join().is_err()
    });
    assert!(panicked);
    wait_for("the abort", || bench.uploads() == 0);
    assert_eq!(bench.stored(), None);
}

#[test]
fn an_error_of_a_worker_comes_out_of_a_later_write_and_of_finish() {
    for at_finish in [false, true] {
        let bench = Bench::new();
        let denied = Rule::error(403, "AccessDenied").query("partNumber", "2");
        // After all is written.
        let late = Action::Delay(Duration::from_secs(u64::from(at_finish)));
        let fault = bench.emulator.faults().add(denied.and(late));
        let mut writer = writer(&bench).task_num(2).start().unwrap();
        let error = if at_finish {
            writer.write_all(&bytes(2 * PART + 1)).unwrap();
            writer.finish().unwrap_err()
        } else {
            let error = own(writer.write_all(&bytes(50 * PART)).unwrap_err());
            assert!(fault.hits() >= 1 && writer.written() < 50 * PART, "{}", writer.written());
            // All that comes after fails too, and says why.
            let again = own(writer.write(&[1]).unwrap_err());
            assert!(
                again.to_string().contains("failed before") && again.to_string().contains("AccessDenied")
            );
            assert!(own(writer.flush().unwrap_err()).to_string().contains("AccessDenied"));
            assert!(writer.finish().unwrap_err().to_string().contains("AccessDenied"));
            error
        };
        assert!(error.is_access_denied() && error.code() == Some("AccessDenied"), "{error}");
        assert_eq!((bench.uploads(), bench.stored()), (0, None));
    }
}

#[test]
fn an_upload_that_cannot_begin_or_end() {
    for operation in ["InitiateMultipartUpload", "CompleteMultipartUpload"] {
        let bench = Bench::new();
        bench.emulator.faults().add(Rule::error(403, "AccessDenied").operation(operation));
        let mut writer = writer(&bench).start().unwrap();
        let written = writer.write_all(&bytes(10 * PART)).map_err(own);
        let error = written.and_then(|()| writer.finish()).unwrap_err();
        assert!(error.is_access_denied(), "{error}");
        assert_eq!((bench.uploads(), bench.stored()), (0, None));
    }
    let bench = Bench::new();
    let nowhere = bench.bucket.client().object_writer("no-such-bucket", "k").start().unwrap();
    let error = nowhere.finish().unwrap_err();
    assert_eq!(error.code(), Some("NoSuchBucket"));
}

#[test]
fn parts_that_fail_or_are_damaged_on_their_way_are_sent_again() {
    let bench = Bench::new();
    let bytes = bytes(8 * PART);
    let faults = bench.emulator.faults();
    faults.add(Rule::new(Action::FlipRequest { offset: 5, mask: 1 }).operation("UploadPart").nth(2));
    faults.add(Rule::new(Action::ResetRequest(1000)).operation("UploadPart").nth(4));
    faults.add(Rule::error(503, "SlowDown").operation("UploadPart").nth(6));
    faults.add(Rule::new(Action::DropAnswer).operation("CompleteMultipartUpload").times(1));
    let mut writer = writer(&bench).task_num(2).start().unwrap();
    writer.write_all(&bytes).unwrap();
    writer.finish().unwrap();
    assert_eq!(bench.stored().unwrap(), bytes);
}

#[test]
fn cancelling_ends_a_write_that_waits_for_a_silent_server_within_a_second() {
    let stall = || Rule::new(Action::StallHead(None)).operation("UploadPart");
    within(Duration::from_secs(1), || {
        let bench = Bench::new();
        bench.emulator.faults().add(stall());
        let token = CancelToken::new();
        let mut writer = writer(&bench).task_num(2).cancel_token(&token).start().unwrap();
        let (took, error) = thread::scope(|scope| {
            let canceller = scope.spawn(|| {
                thread::sleep(Duration::from_millis(300));
                let cancelled = Instant::now();
                token.cancel();
                cancelled
            });
            let error = own(writer.write_all(&bytes(50 * PART)).unwrap_err());
            let ended = Instant::now();
            (ended.saturating_duration_since(canceller.join().unwrap()), error)
        });
        assert!(error.is_cancelled(), "{error}");
        assert!(writer.finish().unwrap_err().is_cancelled());
        wait_for("the abort", || bench.uploads() == 0);
        assert_eq!(bench.stored(), None);
        took
    });
    // Dropped in a stall.
    within(Duration::from_secs(1), || {
        let bench = Bench::new();
        let fault = bench.emulator.faults().add(stall());
        let mut writer = writer(&bench).task_num(2).start().unwrap();
        writer.write_all(&bytes(2 * PART)).unwrap();
        wait_for("a part that stalls", || fault.hits() >= 1);
        let dropped = Instant::now();
        drop(writer);
        dropped.elapsed()
    });
    let bench = Bench::new();
    let token = CancelToken::new();
    token.cancel();
    let late = bench.bucket.object_writer(Bench::KEY).cancel_token(&token).start().unwrap_err();
    assert!(late.is_cancelled());
}

#[test]
fn an_upload_that_begins_while_it_is_cancelled_is_aborted_behind_our_backs() {
    within(Duration::from_secs(1), || {
        let bench = Bench::new();
        let late = Rule::new(Action::StallHead(Some(Duration::from_millis(1500))));
        let fault = bench.emulator.faults().add(late.operation("InitiateMultipartUpload"));
        let mut writer = writer(&bench).start().unwrap();
        writer.write_all(&bytes(2 * PART)).unwrap();
        wait_for("a beginning", || fault.hits() >= 1);
        let dropped = Instant::now();
        drop(writer);
        let took = dropped.elapsed();
        wait_for("the abort", || bench.emulator.operation_count("AbortMultipartUpload") >= 1);
        assert_eq!(bench.uploads(), 0);
        took
    });
}

#[test]
fn writing_waits_for_the_workers_and_holds_no_more_than_its_buffers() {
    let bench = Bench::new();
    bench.emulator.faults().add(Rule::new(Action::StallHead(None)).operation("UploadPart"));
    let token = CancelToken::new();
    let mut writer = writer(&bench).task_num(2).cancel_token(&token).start().unwrap();
    let writes = AtomicU64::new(0);
    let taken = thread::scope(|scope| {
        scope.spawn(|| {
            // The twelfth fills the last buffer, and may wait for somebody to take it.
            wait_for("the writes before", || writes.load(Ordering::SeqCst) >= 11);
            thread::sleep(Duration::from_millis(300));
            token.cancel();
        });
        let bytes = bytes(PART / 4);
        while writer.write_all(&bytes).is_ok() {
            writes.fetch_add(1, Ordering::SeqCst);
        }
        writer.written()
    });
    assert_eq!(taken, 3 * PART, "two parts with the workers, one more that is full");
}

#[test]
fn parts_grow_through_files_and_the_length_has_an_end() {
    let bench = Bench::new();
    bench.emulator.store().configure(|options| options.minimum_part_size = 1);
    let huge = bench.bucket.object_writer("k").expected_size(u64::MAX).start().unwrap_err();
    assert_eq!(huge.kind(), &ErrorKind::TooLarge);
    let size = 1_020 * PART;
    let folder = bench.path("spool");
    std::fs::create_dir(&folder).unwrap();
    let mut writer = writer(&bench).task_num(2).temp_dir(&folder).start().unwrap();
    let copied = io::copy(&mut io::repeat(9).take(size), &mut writer).unwrap();
    assert_eq!(copied, size);
    let written = writer.finish().unwrap();
    // Ten parts of twice the size, after the first thousand.
    assert_eq!((written.size, written.parts), (size, 1_010));
    assert!(bench.stored().unwrap().iter().all(|byte| *byte == 9));
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    let mut writer = bench.bucket.object_writer("k").part_size(PART).temp_dir("/nowhere").start().unwrap();
    let error = own(io::copy(&mut io::repeat(9).take(size), &mut writer).unwrap_err());
    assert!(error.is_io() && error.to_string().contains("/nowhere"), "{error}");
    drop(writer);
    assert_eq!(bench.uploads(), 0);
}

#[test]
#[ignore = "runs as a child process"]
fn child_that_streams() {
    let client = ObsClient::builder()
        .endpoint(std::env::var("OBS_TEST_ENDPOINT").unwrap())
        .credentials(Credentials::new(Emulator::ACCESS_KEY, Emulator::SECRET_KEY))
        .build()
        .unwrap();
    let bucket = client.bucket("transfers");
    let mut writer = bucket.object_writer("stream").part_size(1 << 20).task_num(4).start().unwrap();
    io::copy(&mut io::repeat(3).take(200 << 20), &mut writer).unwrap();
    assert_eq!(writer.finish().unwrap().parts, 200);
    if cfg!(target_os = "linux") {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        let peak: u64 = peak.trim().trim_end_matches("kB").trim().parse().unwrap();
        // Five buffers of 1 MiB, and what a process of tests takes.
        assert!(peak < 32 << 10, "{peak} KiB");
    }
}

#[test]
fn memory_is_bounded_however_long_the_stream() {
    let bench = Bench::new();
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_that_streams", "--ignored"])
        .env("OBS_TEST_ENDPOINT", bench.emulator.endpoint())
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn all_dialects() {
    for signature in [obs_core::Signature::Obs, obs_core::Signature::V2, obs_core::Signature::V4] {
        let bench = Bench::new();
        let client = builder(&bench.emulator).signature(signature).region("region").build().unwrap();
        let bytes = bytes(3 * PART + 1);
        let mut writer = client.object_writer("transfers", Bench::KEY).part_size(PART).start().unwrap();
        writer.write_all(&bytes).unwrap();
        writer.finish().unwrap();
        assert_eq!(bench.stored().unwrap(), bytes, "{signature:?}");
    }
}
