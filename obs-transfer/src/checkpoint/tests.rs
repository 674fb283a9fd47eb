use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;

struct Fixture {
    dir: tempfile::TempDir,
    path: PathBuf,
}

fn fixture() -> Fixture {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.bin.upload");
    Fixture { dir, path }
}

fn identity() -> Identity {
    Identity::new(JobKind::Upload, "my-bucket", "a/ü \"b\".bin", 25_000_000, 9_437_184)
        .path(Path::new("/data/a.bin"))
        .modified_ns(1_767_323_045_123_456_789)
}

fn part(number: u32) -> FinishedPart {
    let crc64 = (number % 3 != 0).then_some(u64::MAX - u64::from(number));
    FinishedPart { number, size: 9_437_184, etag: format!("\"etag-{number}\""), crc64 }
}

/// A checkpoint of three parts, closed, and its content.
fn written(fixture: &Fixture) -> Vec<u8> {
    let mut checkpoint = Checkpoint::open(&fixture.path, identity()).unwrap().checkpoint;
    checkpoint.start(Some("upload-1"), None).unwrap();
    for number in [2, 1, 3] {
        checkpoint.record(&part(number)).unwrap();
    }
    drop(checkpoint);
    fs::read(&fixture.path).unwrap()
}

fn reopen(fixture: &Fixture) -> State {
    Checkpoint::open(&fixture.path, identity()).unwrap().state
}

fn parts(state: State) -> Vec<FinishedPart> {
    match state {
        State::Resumed { leftover, parts } => {
            assert_eq!(leftover.upload_id.as_deref(), Some("upload-1"));
            parts
        }
        State::Fresh { abandoned } => {
            assert_eq!(abandoned, None, "what is damaged names nothing to clean up");
            Vec::new()
        }
    }
}

#[test]
fn what_was_recorded_comes_back() {
    let fixture = fixture();
    let content = written(&fixture);
    assert_eq!(parts(reopen(&fixture)), [part(1), part(2), part(3)]);
    assert_eq!(fs::read(&fixture.path).unwrap(), content, "opening changes nothing");
    for line in String::from_utf8(content).unwrap().lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).unwrap().is_object(), "{line}");
    }
}

#[test]
fn every_truncation_is_survived_and_can_be_gone_on_from() {
    let fixture = fixture();
    let content = written(&fixture);
    let whole_lines = |end: usize| content[..end].iter().filter(|byte| **byte == b'\n').count();
    for end in 0..content.len() {
        fs::write(&fixture.path, &content[..end]).unwrap();
        let opened = Checkpoint::open(&fixture.path, identity()).unwrap();
        let mut checkpoint = opened.checkpoint;
        let mut expected: Vec<_> =
            [2, 1, 3][..whole_lines(end).saturating_sub(1)].iter().map(|n| part(*n)).collect();
        expected.sort_by_key(|part| part.number);
        if checkpoint.seal.is_none() {
            assert!(whole_lines(end) == 0);
            checkpoint.start(Some("upload-1"), None).unwrap();
        }
        assert_eq!(parts(opened.state), expected, "{end} bytes");
        checkpoint.record(&part(4)).unwrap();
        drop(checkpoint);
        expected.push(part(4));
        assert_eq!(parts(reopen(&fixture)), expected, "{end} bytes and one more line");
    }
}

#[test]
fn no_damaged_byte_makes_a_part_that_was_not_written() {
    let fixture = fixture();
    let content = written(&fixture);
    let written = [part(1), part(2), part(3)];
    for at in 0..content.len() {
        for byte in 0..=u8::MAX {
            if byte == content[at] {
                continue;
            }
            let mut damaged = content.clone();
            damaged[at] = byte;
            if let Ok(lines) = read_lines(&damaged) {
                // The damaged line is lost, and with a line feed that is gone also the one behind it.
                assert!((1..3).contains(&lines.parts.len()), "byte {at} as {byte}");
                assert!(lines.parts.iter().all(|part| written.contains(part)), "byte {at} as {byte}");
                assert_eq!(identity().difference(&lines.header.fields), None);
            }
        }
    }
}

#[test]
fn garbage_is_a_fresh_start() {
    let fixture = fixture();
    let mut random = fastrand::Rng::with_seed(10);
    let mut garbage: Vec<Vec<u8>> = (0..200).map(|_| (0..300).map(|_| random.u8(..)).collect()).collect();
    garbage.extend([
        b"\n".to_vec(),
        b"{}\n".to_vec(),
        b"\n\n\n".to_vec(),
        b"{\"uploadParts\": []}".to_vec(),
        vec![0; 99],
    ]);
    for content in garbage {
        fs::write(&fixture.path, content).unwrap();
        assert_eq!(reopen(&fixture), State::Fresh { abandoned: None });
    }
}

#[test]
fn the_lines_of_another_job_are_not_believed() {
    let fixture = fixture();
    let content = written(&fixture);
    let mut checkpoint = Checkpoint::open(&fixture.path, identity()).unwrap().checkpoint;
    checkpoint.start(Some("upload-2"), None).unwrap();
    drop(checkpoint);
    let mut mixed = fs::read(&fixture.path).unwrap();
    let parts_of_the_first = content.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    mixed.extend_from_slice(&content[parts_of_the_first..]);
    let lines = read_lines(&mixed).unwrap();
    assert_eq!((lines.parts.len(), lines.ignored), (0, 3));
}

#[test]
fn any_other_identity_starts_over_and_names_what_is_left() {
    let fixture = fixture();
    written(&fixture);
    let others = [
        Identity::new(JobKind::Copy, "my-bucket", "a/ü \"b\".bin", 25_000_000, 9_437_184),
        identity().modified_ns(1_767_323_045_123_456_788),
        identity().path(Path::new("/data/b.bin")),
        identity().digest("abc"),
        identity().version("v2"),
        identity().etag("\"e\""),
        identity().with("size", 25_000_001),
        identity().with("part_size", 1 << 20),
        identity().with("bucket", "other"),
        identity().with("key", "a"),
    ];
    for other in others {
        let why = other.difference(identity().fields()).unwrap();
        assert!(why.starts_with("its ") && why.contains(" was "), "{why}");
        match Checkpoint::open(&fixture.path, other).unwrap().state {
            State::Fresh { abandoned: Some(leftover) } => {
                assert_eq!(leftover.upload_id.as_deref(), Some("upload-1"));
                assert_eq!((leftover.bucket.as_str(), leftover.key.as_str()), ("my-bucket", "a/ü \"b\".bin"));
            }
            state => panic!("{state:?}"),
        }
    }
    assert_eq!(parts(reopen(&fixture)).len(), 3, "looking with another identity destroys nothing");
    let why = identity().with("part_size", 1 << 20).difference(identity().fields()).unwrap();
    assert_eq!(why, "its part_size was 9437184, and is 1048576 now");
}

#[test]
fn one_at_a_time() {
    let fixture = fixture();
    written(&fixture);
    let held = Checkpoint::open(&fixture.path, identity()).unwrap();
    let error = Checkpoint::open(&fixture.path, identity()).unwrap_err();
    assert!(error.is_checkpoint(), "{error:?}");
    assert!(error.to_string().contains("another transfer works on the same job"), "{error}");
    drop(held);
    assert_eq!(parts(reopen(&fixture)).len(), 3);
}

/// Threads that open, work and remove the same checkpoint: the lock is per open file, so they are as good as processes.
#[test]
fn two_never_hold_it_even_while_it_is_removed_and_created() {
    let fixture = fixture();
    let inside = Arc::<AtomicU32>::default();
    let won = AtomicU32::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..5_000 {
                    let mut checkpoint = match Checkpoint::open(&fixture.path, identity()) {
                        Ok(opened) => opened.checkpoint,
                        Err(error) => {
                            assert!(error.is_checkpoint(), "{error}");
                            continue;
                        }
                    };
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "two inside");
                    checkpoint.start(None, None).unwrap();
                    checkpoint.record(&part(1)).unwrap();
                    won.fetch_add(1, Ordering::SeqCst);
                    inside.fetch_sub(1, Ordering::SeqCst);
                    checkpoint.remove().unwrap();
                }
            });
        }
    });
    assert!(won.into_inner() > 0);
    assert!(!fixture.path.exists());
}

#[test]
fn a_folder_that_vanishes_is_an_error_soon() {
    let fixture = fixture();
    let path = fixture.dir.path().join("checkpoints/of/today/a");
    let mut checkpoint = Checkpoint::open(&path, identity()).unwrap().checkpoint;
    checkpoint.start(Some("u"), None).unwrap();
    checkpoint.record(&part(1)).unwrap();
    fs::remove_dir_all(fixture.dir.path().join("checkpoints")).unwrap();
    std::thread::sleep(LOOK_INTERVAL);
    let error = checkpoint.record(&part(2)).unwrap_err();
    assert!(error.is_checkpoint() && error.to_string().contains("was removed"), "{error}");
    checkpoint.remove().unwrap();
}

#[test]
fn a_job_that_never_started_leaves_no_file_and_a_done_one_neither() {
    let fixture = fixture();
    drop(Checkpoint::open(&fixture.path, identity()).unwrap());
    assert!(!fixture.path.exists());
    written(&fixture);
    Checkpoint::open(&fixture.path, identity()).unwrap().checkpoint.remove().unwrap();
    assert!(!fixture.path.exists());
}

#[test]
fn a_part_before_the_header_is_refused() {
    let fixture = fixture();
    let mut checkpoint = Checkpoint::open(&fixture.path, identity()).unwrap().checkpoint;
    assert!(checkpoint.record(&part(1)).unwrap_err().is_checkpoint());
}

#[test]
fn a_download_finds_its_temporary_file_again() {
    let fixture = fixture();
    let temp = fixture.dir.path().join(".a.bin.x.obs-part");
    let download = || Identity::new(JobKind::Download, "b", "k", 5, 5).etag("\"e\"").version("v1");
    let mut checkpoint = Checkpoint::open(&fixture.path, download()).unwrap().checkpoint;
    checkpoint.start(None, Some(&temp)).unwrap();
    drop(checkpoint);
    match Checkpoint::open(&fixture.path, download()).unwrap().state {
        // By its name: it lies beside the target.
        State::Resumed { leftover, parts } => {
            assert_eq!((leftover.temp, parts), (Some(".a.bin.x.obs-part".into()), Vec::new()));
        }
        state => panic!("{state:?}"),
    }
}

#[test]
fn a_folder_in_its_place_is_refused() {
    let fixture = fixture();
    let error = Checkpoint::open(fixture.dir.path(), identity()).unwrap_err();
    assert!(error.to_string().contains(fixture.dir.path().to_str().unwrap()), "{error}");
}

#[test]
fn what_is_too_large_to_be_one_is_not_overwritten() {
    let fixture = fixture();
    fs::File::create(&fixture.path).unwrap().set_len(LARGEST + 1).unwrap();
    let error = Checkpoint::open(&fixture.path, identity()).unwrap_err();
    assert!(error.is_invalid_input() && error.to_string().contains("name another"), "{error}");
    assert_eq!(fs::metadata(&fixture.path).unwrap().len(), LARGEST + 1);
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let fixture = fixture();
    written(&fixture);
    assert_eq!(fs::metadata(&fixture.path).unwrap().permissions().mode() & 0o777, 0o600);
}

/// A line is as long as any other, and one write: ten thousand parts are no slower at the end than at the beginning.
#[test]
fn ten_thousand_parts_are_ten_thousand_lines() {
    let fixture = fixture();
    let mut checkpoint = Checkpoint::open(&fixture.path, identity()).unwrap().checkpoint;
    checkpoint.start(Some("upload-1"), None).unwrap();
    for number in 1..=10_000 {
        let before = checkpoint.end;
        checkpoint.record(&part(number)).unwrap();
        assert!(checkpoint.end - before < 200);
    }
    assert_eq!(fs::metadata(&fixture.path).unwrap().len(), checkpoint.end);
    drop(checkpoint);
    assert_eq!(parts(reopen(&fixture)), (1..=10_000).map(part).collect::<Vec<_>>());
}

const CHILD_PATH: &str = "OBS_TEST_CHECKPOINT";

/// Not a test of its own: the process that the next one kills. It says the number of each part that it has recorded.
#[test]
#[ignore = "runs as a child process"]
fn child_that_records_until_killed() {
    let Some(path) = std::env::var_os(CHILD_PATH) else { return };
    let mut opened = Checkpoint::open(Path::new(&path), identity()).unwrap();
    let mut next = 1;
    match opened.state {
        State::Fresh { .. } => opened.checkpoint.start(Some("upload-1"), None).unwrap(),
        State::Resumed { parts, .. } => next = parts.len() as u32 + 1,
    }
    for number in next..=MAX_RECORDED {
        opened.checkpoint.record(&part(number)).unwrap();
        println!("recorded {number}");
    }
}

const MAX_RECORDED: u32 = 1_000_000;

#[test]
fn killed_at_any_moment_all_that_was_recorded_is_there() {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};
    let fixture = fixture();
    let mut random = fastrand::Rng::with_seed(50);
    let mut recorded_before = 0;
    for _ in 0..20 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--ignored",
                "--exact",
                "--nocapture",
                "checkpoint::tests::child_that_records_until_killed",
            ])
            .env(CHILD_PATH, &fixture.path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let number = |line: String| line.rsplit_once("recorded ").and_then(|(_, n)| n.parse::<u32>().ok());
        let first = lines.by_ref().find_map(number).unwrap();
        assert_eq!(first, recorded_before + 1, "a new run goes on where the killed one was");
        assert!(
            Checkpoint::open(&fixture.path, identity()).unwrap_err().is_checkpoint(),
            "held by the child"
        );
        let wanted = random.usize(0..200);
        let last = lines.by_ref().filter_map(number).take(wanted).last().unwrap_or(first);
        child.kill().unwrap();
        child.wait().unwrap();
        // What it said before it died, and was still in the pipe.
        let last = lines.filter_map(number).last().unwrap_or(last);
        let found = parts(reopen(&fixture));
        assert!(found.len() as u32 >= last, "{} of {last}", found.len());
        assert_eq!(found, (1..=found.len() as u32).map(part).collect::<Vec<_>>());
        recorded_before = found.len() as u32;
    }
}
