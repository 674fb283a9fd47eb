//! Errors that say what happened: of bad input, of a server that refuses, of a network that is not there.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use obs_core::{BucketClient, Credentials, Error, ErrorKind, ObsClient, code};
use obs_emulator::{Action, Answer, Emulator, Raw, Rule};

fn client(endpoint: &str, secret: &str) -> ObsClient {
    ObsClient::builder()
        .endpoint(endpoint)
        .credentials(Credentials::new(Emulator::ACCESS_KEY, secret))
        .max_retry_count(0)
        .build()
        .expect("a complete configuration")
}

/// An emulator with one bucket, `my-bucket`.
fn place() -> (Emulator, BucketClient) {
    let emulator = Emulator::start();
    let bucket = client(&emulator.endpoint(), Emulator::SECRET_KEY).bucket("my-bucket");
    bucket.create_bucket().send().expect("a new bucket");
    (emulator, bucket)
}

/// What the error prints, without what changes from run to run.
fn line(error: &Error) -> String {
    let text = error.to_string();
    assert!(!text.contains('\n'), "one line: {text:?}");
    let text = error.request_id().map_or(text.clone(), |id| text.replace(id, "ID"));
    match text.rsplit_once(", ").filter(|(_, time)| time.ends_with(" s)")) {
        Some((head, _)) => format!("{head}, T)"),
        None => text,
    }
}

#[test]
fn a_wrong_secret() {
    let (emulator, _) = place();
    let bucket = client(&emulator.endpoint(), "wrong").bucket("my-bucket");
    let error = bucket.put_content("a.txt", "Hello").send().expect_err("a wrong secret");
    assert_eq!((error.kind(), error.status()), (ErrorKind::Service, Some(403)));
    assert_eq!(error.code(), Some(code::SIGNATURE_DOES_NOT_MATCH));
    assert!(error.is_access_denied() && !error.is_retryable());
    assert!(error.string_to_sign().is_some_and(|text| text.starts_with("PUT\n")), "{error:?}");
    assert_eq!(
        line(&error),
        "PutObject my-bucket/a.txt: 403 SignatureDoesNotMatch: The request signature we calculated does not match the \
         signature you provided. Check your key and signing method. (request-id ID, 1 attempt, T)"
    );
    let debug = format!("{error:?}");
    assert!(!debug.contains("wrong") && !debug.contains(Emulator::SECRET_KEY), "{debug}");
}

#[test]
fn an_unknown_bucket() {
    let (emulator, _) = place();
    let missing = client(&emulator.endpoint(), Emulator::SECRET_KEY).bucket("no-such-bucket");
    let error = missing.put_content("a.txt", "Hello").send().expect_err("no bucket");
    assert!(error.is_not_found());
    assert_eq!(
        (error.code(), error.bucket(), error.key()),
        (Some(code::NO_SUCH_BUCKET), Some("no-such-bucket"), Some("a.txt"))
    );
    assert_eq!(
        line(&error),
        "PutObject no-such-bucket/a.txt: 404 NoSuchBucket: The specified bucket does not exist \
         (request-id ID, 1 attempt, T)"
    );
    let error = missing.list_objects().iter().next().expect("an item").expect_err("no bucket");
    assert_eq!(error.code(), Some(code::NO_SUCH_BUCKET));
}

#[test]
fn bad_input_is_refused_before_anything_is_sent() {
    let (emulator, bucket) = place();
    let client = client(&emulator.endpoint(), Emulator::SECRET_KEY);
    emulator.clear();
    for name in ["a_b", "ab", "UPPER", "a..b", "-a-b", "a b", "a/b", "", "192.168.0.1", "../../etc"] {
        let error = client.create_bucket(name).send().expect_err(name);
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name:?}: {error}");
        let text = line(&error);
        assert!(text.contains(&format!("{name:?}")) || name.is_empty(), "names the thing: {text}");
    }
    // Old buckets may have names that new ones may not; what would lead elsewhere is refused all the same
    for name in ["a/b", "a b", "a?b", "a#b", "..", "a\r\nb", "", "host:80", "user@host"] {
        let error = client.head_bucket(name).send().expect_err(name);
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name:?}: {error}");
    }
    // Without a key this would be the bucket itself
    for error in [
        bucket.get_object("").send().expect_err("no key"),
        bucket.delete_object("").send().expect_err("no key"),
        bucket.put_content("", "x").send().expect_err("no key"),
    ] {
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }
    let error = bucket.delete_objects((0..1001).map(|n| n.to_string())).send().expect_err("too many");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(line(&error).contains("1001") && line(&error).contains("1000"), "{}", line(&error));
    assert_eq!(emulator.requests().len(), 0, "nothing of this reached the server");
}

#[test]
fn a_missing_file() {
    let (emulator, bucket) = place();
    emulator.clear();
    let error = bucket.put_file("a.txt", "/no/such/file.txt").send().expect_err("no file");
    assert_eq!(error.kind(), ErrorKind::Io);
    assert_eq!(
        line(&error),
        "PutObject my-bucket/a.txt: /no/such/file.txt: No such file or directory (os error 2)"
    );
    assert_eq!(std::io::Error::from(error).kind(), std::io::ErrorKind::NotFound);
    assert_eq!(emulator.operation_count("PutObject"), 0);
}

#[test]
fn an_endpoint_that_refuses_connections() {
    for (retries, attempts) in [(0, "1 attempt"), (2, "3 attempts")] {
        let client = ObsClient::builder()
            // A port that nobody listens at, and that no other test is given
            .endpoint("http://127.0.0.1:1")
            .credentials(Credentials::new("AK", "SK"))
            .connect_timeout(Duration::from_secs(30))
            .retry_delay(Duration::from_millis(1), Duration::from_millis(5))
            .max_retry_count(retries)
            .build()
            .expect("a complete configuration");
        let start = Instant::now();
        let error = client.head_bucket("my-bucket").send().expect_err("nobody listens");
        assert!(start.elapsed() < Duration::from_secs(10), "took {:?}", start.elapsed());
        assert_eq!(error.kind(), ErrorKind::Connect);
        assert!(error.is_retryable());
        let text = line(&error);
        assert!(text.starts_with("HeadBucket my-bucket: no connection to 127.0.0.1:1: "), "{text}");
        assert!(text.ends_with(&format!("({attempts}, T)")), "{text}");
    }
}

/// Everything in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_download_that_cannot_be_kept_leaves_nothing_behind() {
    let (emulator, bucket) = place();
    bucket.put_content("a.bin", vec![7; 300_000]).send().expect("an object");
    let folder = tempfile::tempdir().expect("a folder");
    let target = folder.path().join("target.bin");
    fs::write(&target, "what was there").expect("a file");
    let untouched = || {
        assert_eq!(
            (fs::read(&target).expect("it"), names(folder.path())),
            (b"what was there".to_vec(), vec!["target.bin".to_owned()])
        )
    };

    // A folder, and a file where a folder would have to be
    let error =
        bucket.get_object("a.bin").send().expect("an object").save(folder.path()).expect_err("a folder");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    untouched();
    let below = target.join("below.bin");
    let error = bucket.get_object("a.bin").send().expect("an object").save(&below).expect_err("no folder");
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(line(&error).contains(&below.display().to_string()), "{error}");
    untouched();

    // The connection breaks in the middle, each time
    emulator.faults().add(Rule::new(Action::ResetResponse(100_000)).operation("GetObject"));
    let error =
        bucket.get_object("a.bin").send().expect("a head").save(&target).expect_err("a broken download");
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
    untouched();
    emulator.faults().clear();

    // Damage on the way
    emulator.faults().add(Rule::new(Action::FlipResponse { offset: 1234, mask: 1 }).operation("GetObject"));
    let error =
        bucket.get_object("a.bin").send().expect("a head").save(&target).expect_err("a damaged download");
    assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
    untouched();
    emulator.faults().clear();

    assert_eq!(bucket.get_object("a.bin").send().expect("an object").save(&target).expect("room"), 300_000);
    assert_eq!(fs::read(&target).expect("it"), [7; 300_000]);
}

/// A process that may write only small files meets what a full disk is like.
#[cfg(unix)]
#[test]
fn a_full_disk() {
    const ENDPOINT: &str = "OBS_TEST_ENDPOINT";
    const TARGET: &str = "OBS_TEST_TARGET";
    if let (Ok(endpoint), Ok(target)) = (std::env::var(ENDPOINT), std::env::var(TARGET)) {
        let bucket = client(&endpoint, Emulator::SECRET_KEY).bucket("my-bucket");
        let error = bucket.get_object("a.bin").send().expect("an object").save(&target).expect_err("no room");
        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
        assert!(line(&error).contains(&target), "{error}");
        return;
    }
    let (emulator, bucket) = place();
    bucket.put_content("a.bin", vec![7; 300_000]).send().expect("an object");
    let folder = tempfile::tempdir().expect("a folder");
    let target = folder.path().join("target.bin");
    fs::write(&target, "what was there").expect("a file");
    let output = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 100; exec \"$0\" --exact a_full_disk --nocapture"])
        .arg(std::env::current_exe().expect("this test"))
        .env(ENDPOINT, emulator.endpoint())
        .env(TARGET, &target)
        .output()
        .expect("a shell");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(emulator.operation_count("GetObject"), 1, "the other process asked");
    assert_eq!(fs::read(&target).expect("it"), b"what was there");
    assert_eq!(names(folder.path()), ["target.bin"]);
}

#[test]
fn answers_to_head_have_codes() {
    let (_emulator, bucket) = place();
    let error = bucket.head_object("missing").send().expect_err("no object");
    assert_eq!((error.status(), error.code()), (Some(404), Some(code::NO_SUCH_KEY)), "{error}");
    assert!(error.message().is_some(), "{error}");
    let wrong = bucket.client().clone();
    let error = wrong.head_bucket("no-such-bucket").send().expect_err("no bucket");
    assert_eq!(error.code(), Some(code::NO_SUCH_BUCKET));
}

/// What a server may answer to GetObject, and the line that it becomes.
fn canned() -> Vec<(Answer, &'static str)> {
    let error = Answer::error;
    let html = |status| {
        Answer::status(status)
            .header("content-type", "text/html")
            .body("<html><body>Bad Gateway</body></html>")
    };
    let json =
        |status, body: &str| Answer::status(status).header("content-type", "application/json").body(body);
    let xml =
        |status, body: &str| Answer::status(status).header("content-type", "application/xml").body(body);
    vec![
        (error(400, "InvalidArgument", "Invalid Argument"), "400 InvalidArgument: Invalid Argument"),
        (error(401, "Unauthorized", "no"), "401 Unauthorized: no"),
        (error(403, "AccessDenied", "Access Denied"), "403 AccessDenied: Access Denied"),
        (error(403, "InvalidAccessKeyId", "unknown key"), "403 InvalidAccessKeyId: unknown key"),
        (error(403, "InvalidObjectState", "is archived"), "403 InvalidObjectState: is archived"),
        (
            error(404, "NoSuchKey", "The specified key does not exist."),
            "404 NoSuchKey: The specified key does not exist.",
        ),
        (error(404, "NoSuchVersion", "no version"), "404 NoSuchVersion: no version"),
        (error(405, "MethodNotAllowed", "not here"), "405 MethodNotAllowed: not here"),
        (error(409, "OperationAborted", "busy"), "409 OperationAborted: busy"),
        (error(412, "PreconditionFailed", "no match"), "412 PreconditionFailed: no match"),
        (error(416, "InvalidRange", "beyond the end"), "416 InvalidRange: beyond the end"),
        (error(500, "InternalError", "We have a problem."), "500 InternalError: We have a problem."),
        (error(503, "SlowDown", "Please slow down."), "503 SlowDown: Please slow down."),
        (error(418, "Unknown-Code", "who knows"), "418 Unknown-Code: who knows"),
        (error(404, "NoSuchKey", "two\nlines"), "404 NoSuchKey: two lines"),
        (error(404, "NoSuchKey", ""), "404 NoSuchKey"),
        (error(404, "No\nSuch\u{7f}Key", "m"), "404 No\\nSuch\\u{7f}Key: m"),
        (error(400, "InvalidArgument", "名字 <&> \"x\""), "400 InvalidArgument: 名字 <&> \"x\""),
        (Answer::status(304), "304 NotModified"),
        (Answer::status(403), "403 AccessDenied"),
        (Answer::status(404), "404 NotFound"),
        (Answer::status(503), "503 ServiceUnavailable"),
        (Answer::status(400), "400 Bad Request"),
        (html(502), "502 Bad Gateway"),
        (html(404), "404 NotFound"),
        (
            json(403, r#"{"code":"AccessDenied","message":"by policy","request_id":"0A"}"#),
            "403 AccessDenied: by policy",
        ),
        (json(400, r#"{"error":"unknown form"}"#), "400 Bad Request"),
        (xml(400, "<Error><Code>InvalidArgument</Code>"), "400 Bad Request"),
        (
            xml(
                400,
                "<e:Error xmlns:e='urn:x'><e:Code>BadRequest</e:Code><e:Message>m</e:Message></e:Error>",
            ),
            "400 BadRequest: m",
        ),
        (
            xml(403, "<?xml version=\"1.0\"?><!-- c --><Error><Message>only words</Message></Error>"),
            "403 AccessDenied: only words",
        ),
        (Answer::status(307), "307 Temporary Redirect"),
        (Answer::status(300).body("x"), "300 Multiple Choices"),
    ]
}

#[test]
fn the_line_of_each_answer() {
    let (emulator, bucket) = place();
    for (answer, expected) in canned() {
        emulator.faults().clear();
        emulator.faults().add(Rule::new(Action::Answer(answer)).operation("GetObject"));
        let error = bucket.get_object("dir/a b.txt").send().expect_err(expected);
        assert_eq!(
            line(&error),
            format!("GetObject my-bucket/dir/a b.txt: {expected} (request-id ID, 1 attempt, T)")
        );
        assert_eq!(error.kind(), ErrorKind::Service);
    }
}

#[test]
fn the_line_of_what_is_no_answer() {
    let (emulator, bucket) = place();
    let raw = |bytes: &'static str| Action::Raw(Raw::bytes(bytes));
    let stall = Action::StallHead(None);
    let with_timeout = |limit| {
        let builder = ObsClient::builder()
            .endpoint(emulator.endpoint())
            .credentials(Credentials::new(Emulator::ACCESS_KEY, Emulator::SECRET_KEY))
            .max_retry_count(0)
            .timeout(limit);
        builder.build().expect("a complete configuration").bucket(bucket.name())
    };
    for (action, kind) in [
        (raw(""), ErrorKind::Connection),
        (raw("SSH-2.0-OpenSSH_9.0\r\n"), ErrorKind::Connection),
        (Action::DropAnswer, ErrorKind::Connection),
        (stall, ErrorKind::Timeout),
    ] {
        emulator.faults().clear();
        emulator.faults().add(Rule::new(action.clone()).operation("GetObject"));
        // Impatient only where the server keeps silent for ever
        let limit = if kind == ErrorKind::Timeout { 300 } else { 30_000 };
        let error =
            with_timeout(Duration::from_millis(limit)).get_object("a.txt").send().expect_err("no answer");
        let text = line(&error);
        assert_eq!(error.kind(), kind, "{action:?}: {text}");
        assert!(text.starts_with("GetObject my-bucket/a.txt: "), "{text}");
        assert!(text.contains(&emulator.address().to_string()), "names the server: {text}");
        assert!(text.ends_with(" (1 attempt, T)"), "{text}");
    }
}

#[test]
fn an_error_in_a_success_is_an_error() {
    let (emulator, bucket) = place();
    bucket.put_content("a.txt", "x").send().expect("an object");
    emulator
        .faults()
        .add(Rule::new(Action::Answer(Answer::error(200, "InternalError", "late"))).operation("CopyObject"));
    let error = bucket.copy_object("b.txt", "my-bucket/a.txt").send().expect_err("an error in a 200");
    assert_eq!((error.status(), error.code()), (Some(200), Some(code::INTERNAL_ERROR)));
    assert!(error.is_retryable());
    assert_eq!(
        line(&error),
        "CopyObject my-bucket/b.txt: 200 InternalError: late (request-id ID, 1 attempt, T)"
    );
}
