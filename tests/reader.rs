//! Objects read as streams, whatever happens meanwhile.

use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use obs_emulator::{Action, Emulator, Rule};
use obs_tests::transfers::{Bench, bytes, wait_for, within};
use obs_transfer::prelude::*;
use obs_transfer::{Error, ObjectReaderBuilder};

/// Small ranges, so that there are many; a few pieces each.
const RANGE: u64 = 150_000;

fn reader(bench: &Bench) -> ObjectReaderBuilder {
    bench.bucket.object_reader(Bench::KEY).part_size(RANGE)
}

fn all(reader: &mut ObjectReader) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    reader.read_to_end(&mut all).map(|_| all)
}

#[test]
fn any_length_is_read_whole_and_each_byte_is_fetched_once() {
    for size in [0, 1, RANGE - 1, RANGE, RANGE + 1, 7 * RANGE + 7] {
        for workers in [1, 4] {
            let bench = Bench::new();
            let bytes = bench.object(size);
            let mut reader = reader(&bench).task_num(workers).open().unwrap();
            assert_eq!((reader.len(), reader.is_empty()), (size, size == 0));
            assert_eq!(reader.properties().content_length, Some(size));
            assert_eq!(bench.emulator.operation_count("GetObject"), 0, "nothing is fetched yet");
            assert!(all(&mut reader).unwrap() == bytes, "{size} bytes, {workers} workers");
            assert_eq!(reader.read(&mut [0; 10]).unwrap(), 0);
            assert_eq!(bench.emulator.operation_count("GetObject"), size.div_ceil(RANGE));
        }
    }
}

#[test]
fn one_of_many_workers_is_dropped_at_once() {
    // Its workers looked one after the other whether they were needed, each for 50 ms.
    within(Duration::from_millis(1500), || {
        let bench = Bench::new();
        bench.object(6);
        let mut reader = reader(&bench).task_num(64).open().unwrap();
        assert_eq!(all(&mut reader).unwrap().len(), 6);
        let started = Instant::now();
        drop(reader);
        started.elapsed()
    });
}

#[test]
fn lines_and_copies() {
    let bench = Bench::new();
    let text: String = (0..100_000).map(|i| format!("line {i}\n")).collect();
    bench.bucket.put_content(Bench::KEY, text.clone()).send().unwrap();
    let lines = reader(&bench).task_num(2).open().unwrap().lines();
    assert!(lines.enumerate().all(|(i, line)| line.unwrap() == format!("line {i}")));
    let mut writer = bench.bucket.object_writer("copy").part_size(100 << 10).task_num(2).start().unwrap();
    let copied = io::copy(&mut reader(&bench).open().unwrap(), &mut writer).unwrap();
    assert_eq!(writer.finish().unwrap().size, copied);
    let copy = bench.emulator.store().object_bytes(bench.bucket.name(), "copy").unwrap();
    assert!(copy.unwrap() == text.as_bytes());
}

#[test]
fn random_seeks_and_reads_give_what_a_slice_gives() {
    let bench = Bench::new();
    let bytes = bench.object(20 * RANGE + 11);
    let mut random = fastrand::Rng::with_seed(5);
    for workers in [1, 3] {
        let mut reader = reader(&bench).task_num(workers).open().unwrap();
        let mut model = io::Cursor::new(&bytes);
        for step in 0..400 {
            let len = bytes.len() as u64;
            let to = match random.u32(0..5) {
                0 => SeekFrom::Start(random.u64(0..len + 1000)),
                1 => SeekFrom::End(-(random.u64(0..len + 1000) as i64)),
                2 => SeekFrom::Current(random.i64(-200_000..200_000)),
                3 => SeekFrom::Current(random.i64(-100..100)),
                _ => SeekFrom::Current(0),
            };
            match (reader.seek(to), model.seek(to)) {
                (Ok(position), Ok(expected)) => assert_eq!(position, expected, "step {step}: {to:?}"),
                (Err(error), Err(_)) => assert_eq!(error.kind(), io::ErrorKind::InvalidInput),
                (got, expected) => panic!("step {step}: {to:?}: {got:?}, not {expected:?}"),
            }
            let mut got = vec![0; random.usize(0..(3 * RANGE as usize)) >> random.u32(0..18)];
            let mut expected = got.clone();
            let (mut filled, mut wanted) = (0, 0);
            // As far as there is anything.
            while filled < got.len() {
                match reader.read(&mut got[filled..]).unwrap() {
                    0 => break,
                    read => filled += read,
                }
            }
            while wanted < expected.len() {
                match model.read(&mut expected[wanted..]).unwrap() {
                    0 => break,
                    read => wanted += read,
                }
            }
            assert_eq!(filled, wanted, "step {step}: {to:?}");
            assert!(got == expected, "step {step}: {to:?}");
            assert_eq!(reader.stream_position().unwrap(), model.position());
        }
    }
}

#[test]
fn seeking_within_what_is_here_fetches_nothing_and_elsewhere_one_range_first() {
    let bench = Bench::new();
    let bytes = bench.object(30 * RANGE);
    let gets = || bench.emulator.operation_count("GetObject");
    let mut reader = reader(&bench).task_num(4).open().unwrap();
    let mut ten = [0; 10];
    let mut read_at = |reader: &mut ObjectReader, at: u64| {
        reader.seek(SeekFrom::Start(at)).unwrap();
        reader.read_exact(&mut ten).unwrap();
        assert_eq!(ten, bytes[at as usize..][..10]);
    };
    // The first read is at the end, as with archives: one range.
    for back in [10, 22, 1000, RANGE - 5] {
        read_at(&mut reader, 30 * RANGE - back);
    }
    assert_eq!(gets(), 1);
    for _ in 0..3 {
        for at in [5 * RANGE, 5 * RANGE + 70_000, 5 * RANGE + 3, 6 * RANGE - 10] {
            read_at(&mut reader, at);
        }
    }
    assert_eq!(gets(), 2);
    // Seeking alone asks for nothing, neither beyond the end.
    reader.seek(SeekFrom::End(1000)).unwrap();
    assert_eq!(reader.read(&mut [0; 10]).unwrap(), 0);
    reader.seek(SeekFrom::Start(11)).unwrap();
    assert_eq!(reader.seek(SeekFrom::Current(-12)).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    assert_eq!((reader.stream_position().unwrap(), gets()), (11, 2));
    // Reading on from somewhere goes ahead again.
    reader.seek(SeekFrom::Start(10 * RANGE)).unwrap();
    let mut rest = Vec::new();
    reader.read_to_end(&mut rest).unwrap();
    assert!(rest == bytes[10 * RANGE as usize..]);
    assert_eq!(gets(), 22);
}

#[test]
fn ranges_are_fetched_side_by_side_and_no_further_than_allowed() {
    let bench = Bench::new();
    bench.object(30 * RANGE);
    let mut reader = reader(&bench).task_num(4).open().unwrap();
    reader.read_exact(&mut [0; 10]).unwrap();
    let five = "the one that is read, and four ahead";
    wait_for(five, || bench.begun("GetObject") == 5 && bench.emulator.connections().in_flight == 0);
    thread::sleep(Duration::from_millis(300));
    assert_eq!(bench.begun("GetObject"), 5, "{five}");
    bench.emulator.clear();
    bench.emulator.faults().add(Rule::new(Action::Delay(Duration::from_millis(300))).operation("GetObject"));
    all(&mut reader).unwrap();
    let peak = bench.emulator.connections().in_flight_peak;
    assert!(peak >= 4, "{peak} at once, by four workers");
}

#[test]
fn an_object_that_is_replaced_is_an_error() {
    let bench = Bench::new();
    bench.object(20 * RANGE);
    let mut reader = reader(&bench).task_num(2).open().unwrap();
    reader.read_exact(&mut [0; 10]).unwrap();
    bench.bucket.put_content(Bench::KEY, vec![0; 20 * RANGE as usize]).send().unwrap();
    let error = all(&mut reader).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    let error = Error::from(error);
    assert!(error.is_object_changed() && error.to_string().contains(Bench::KEY), "{error}");
    // Gone.
    bench.bucket.delete_object(Bench::KEY).send().unwrap();
    assert_eq!(all(&mut reader).unwrap_err().kind(), io::ErrorKind::NotFound);
    let missing = bench.bucket.object_reader(Bench::KEY).open().unwrap_err();
    assert!(missing.is_not_found(), "{missing}");
}

#[test]
fn a_version_that_was_named_is_read_whatever_comes_later() {
    let bench = Bench::new();
    bench.bucket.set_bucket_versioning(obs_core::settings::VersioningStatus::Enabled).send().unwrap();
    let key = SseC::new([4; 32]);
    let bytes = bytes(5 * RANGE);
    let put = bench.bucket.put_content(Bench::KEY, bytes.clone()).sse(key.clone()).send().unwrap();
    let version = put.version_id.clone().unwrap();
    bench.bucket.put_content(Bench::KEY, "newer").send().unwrap();
    let mut old = reader(&bench).version_id(version).sse(key).open().unwrap();
    assert!(all(&mut old).unwrap() == bytes);
    let mut new = reader(&bench).if_match("\"other\"").open().unwrap();
    assert!(Error::from(all(&mut new).unwrap_err()).is_precondition_failed());
}

#[test]
fn ranges_that_break_off_stall_or_fail_go_on() {
    let bench = Bench::new();
    let bytes = bench.object(12 * RANGE);
    let faults = bench.emulator.faults();
    faults.add(Rule::new(Action::ResetResponse(70_000)).operation("GetObject").nth(2));
    faults.add(Rule::new(Action::CloseResponse(10)).operation("GetObject").nth(5));
    faults.add(Rule::error(503, "SlowDown").operation("GetObject").nth(7));
    let mut reader = reader(&bench).task_num(3).open().unwrap();
    assert!(all(&mut reader).unwrap() == bytes);
}

#[test]
fn what_fails_for_good_can_be_read_later() {
    let bench = Bench::new();
    let bytes = bench.object(6 * RANGE);
    let mut reader = reader(&bench).task_num(2).open().unwrap();
    let fault = bench.emulator.faults().add(Rule::error(403, "AccessDenied").operation("GetObject"));
    let error = Error::from(reader.read(&mut [0; 10]).unwrap_err());
    assert!(error.is_access_denied(), "{error}");
    fault.remove();
    assert!(all(&mut reader).unwrap() == bytes);
}

#[test]
fn damage_is_told_at_the_end() {
    let bench = Bench::new();
    bench.object(6 * RANGE);
    assert!(bench.emulator.store().corrupt_object(bench.bucket.name(), Bench::KEY, 8 * 3 * RANGE));
    let mut reader = reader(&bench).task_num(2).open().unwrap();
    let error = Error::from(all(&mut reader).unwrap_err());
    assert!(error.is_integrity(), "{error}");
}

#[test]
fn cancelling_ends_a_read_that_waits_for_a_silent_server_within_a_second() {
    within(Duration::from_secs(1), || {
        let bench = Bench::new();
        bench.object(6 * RANGE);
        bench.emulator.faults().add(all_but_the_first_stall());
        let token = CancelToken::new();
        let mut reader = reader(&bench).task_num(2).cancel_token(&token).open().unwrap();
        let (took, error) = thread::scope(|scope| {
            let canceller = scope.spawn(|| {
                thread::sleep(Duration::from_millis(300));
                let cancelled = Instant::now();
                token.cancel();
                cancelled
            });
            let error = Error::from(all(&mut reader).unwrap_err());
            let ended = Instant::now();
            (ended.saturating_duration_since(canceller.join().unwrap()), error)
        });
        assert!(error.is_cancelled(), "{error}");
        assert!(Error::from(reader.read(&mut [0]).unwrap_err()).is_cancelled());
        took
    });
}

/// Not the first to arrive: of two workers either may be.
fn all_but_the_first_stall() -> Rule {
    let others = Rule::new(Action::StallBody { after: 1000, time: None }).operation("GetObject");
    others.when(|seen| !seen.header("range").is_some_and(|range| range.starts_with("bytes=0-")))
}

#[test]
fn a_reader_is_dropped_while_the_ranges_ahead_of_it_stall() {
    within(Duration::from_secs(1), || {
        let bench = Bench::new();
        bench.object(6 * RANGE);
        let fault = bench.emulator.faults().add(all_but_the_first_stall());
        let mut reader = reader(&bench).task_num(2).open().unwrap();
        reader.read_exact(&mut [0; 10]).unwrap();
        wait_for("two ranges stall", || fault.hits() >= 2);
        let dropped = Instant::now();
        drop(reader);
        dropped.elapsed()
    });
}

#[test]
fn a_tar_is_written_and_read() {
    let bench = Bench::new();
    let files: Vec<_> = (0..40).map(|i| (format!("folder/{i}.bin"), bytes(i * 7_919))).collect();
    let writer = bench.bucket.object_writer(Bench::KEY).part_size(100 << 10).task_num(3).start().unwrap();
    let mut archive = tar::Builder::new(writer);
    for (name, content) in &files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, content.as_slice()).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap();
    let mut archive = tar::Archive::new(reader(&bench).task_num(3).open().unwrap());
    let mut found = Vec::new();
    for entry in archive.entries_with_seek().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().to_str().unwrap().to_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        found.push((name, content));
    }
    assert!(found == files);
}

#[test]
fn one_file_of_a_zip_is_read_without_the_others() {
    let bench = Bench::new();
    let writer = bench.bucket.object_writer(Bench::KEY).part_size(100 << 10).task_num(3).start().unwrap();
    let mut archive = zip::ZipWriter::new_stream(writer);
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for i in 0..40 {
        archive.start_file(format!("{i}.bin"), options).unwrap();
        archive.write_all(&bytes(100_000 + i)).unwrap();
    }
    archive.finish().unwrap().into_inner().finish().unwrap();
    bench.emulator.clear();
    let mut archive = zip::ZipArchive::new(reader(&bench).task_num(3).open().unwrap()).unwrap();
    assert_eq!(archive.len(), 40);
    let mut content = Vec::new();
    archive.by_name("17.bin").unwrap().read_to_end(&mut content).unwrap();
    assert!(content == bytes(100_017));
    // 4 MB in 27 ranges: the end, and those around the file.
    assert!(bench.emulator.operation_count("GetObject") <= 6);
}

#[test]
#[ignore = "runs as a child process"]
fn child_that_reads() {
    let client = ObsClient::builder()
        .endpoint(std::env::var("OBS_TEST_ENDPOINT").unwrap())
        .credentials(Credentials::new(Emulator::ACCESS_KEY, Emulator::SECRET_KEY))
        .build()
        .unwrap();
    let reader = client.object_reader("transfers", Bench::KEY).part_size(1 << 20).task_num(4);
    let mut reader = reader.open().unwrap();
    let mut buffer = vec![0; 1 << 20];
    let mut read = 0;
    loop {
        match reader.read(&mut buffer).unwrap() {
            0 => break,
            n => read += n,
        }
        if read % (10 << 20) == 0 {
            // Slower than the workers.
            thread::sleep(Duration::from_millis(5));
        }
    }
    assert_eq!(read, 200 << 20);
    if cfg!(target_os = "linux") {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        let peak: u64 = peak.trim().trim_end_matches("kB").trim().parse().unwrap();
        // Five ranges of 1 MiB, and what a process of tests takes.
        assert!(peak < 32 << 10, "{peak} KiB");
    }
}

#[test]
fn memory_is_bounded_however_long_the_object() {
    let bench = Bench::new();
    let mut writer = bench.bucket.object_writer(Bench::KEY).part_size(8 << 20).start().unwrap();
    io::copy(&mut io::repeat(0).take(200 << 20), &mut writer).unwrap();
    writer.finish().unwrap();
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_that_reads", "--ignored"])
        .env("OBS_TEST_ENDPOINT", bench.emulator.endpoint())
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
}
