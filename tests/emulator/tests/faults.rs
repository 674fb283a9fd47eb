//! Faults as clients meet them.

mod raw;

use obs_emulator::{Action, Answer, Emulator, PartId, Raw as RawAnswer, Rule};
use raw::{Raw, open};
use std::io::{self, Write as _};
use std::time::{Duration, Instant};

const GET: &str = "GET /bucket/k HTTP/1.1\nHost: localhost\n\n";

/// A server with an object of 1000 bytes.
fn with_object() -> Emulator {
    let emulator = open(|builder| builder);
    let reply = Raw::connect(&emulator).ask(&put(&"0123456789".repeat(100)));
    assert_eq!(reply.status, 200);
    emulator.clear();
    emulator
}

fn put(body: &str) -> String {
    format!("PUT /bucket/k HTTP/1.1\nHost: localhost\nContent-Length: {}\n\n{body}", body.len())
}

fn stored(emulator: &Emulator) -> Option<Vec<u8>> {
    emulator.store().object_bytes("bucket", "k").unwrap()
}

fn is_reset(outcome: io::Result<Vec<u8>>) -> bool {
    outcome.is_err_and(|error| error.kind() == io::ErrorKind::ConnectionReset)
}

#[test]
fn scripted_answers() {
    let emulator = with_object();
    emulator.faults().answers([
        Answer::error(503, "SlowDown", "slower").header("Retry-After", "7"),
        Answer::error(200, "InternalError", "inside a 200"),
        Answer::redirect(307, "http://bucket.localhost/other"),
        Answer::status(502).header("Content-Type", "text/html").body("<html>proxy"),
    ]);
    let mut raw = Raw::connect(&emulator);
    let first = raw.ask(&put("lost"));
    assert_eq!((first.status, first.header("retry-after")), (503, Some("7")));
    assert!(first.text().contains("<Code>SlowDown</Code><Message>slower</Message><RequestId>"));
    let second = raw.ask(GET);
    assert!(second.status == 200 && second.text().contains("<Code>InternalError</Code>"));
    assert_eq!(raw.ask(GET).header("location"), Some("http://bucket.localhost/other"));
    assert_eq!(raw.ask(GET).text(), "<html>proxy");
    assert_eq!(raw.ask(GET).body.len(), 1000);
    assert_eq!(emulator.connections().total - 1, 2, "all on one connection");
}

#[test]
fn an_early_answer_leaves_the_body_unread() {
    let emulator = with_object();
    emulator.faults().add(Rule::new(Action::Answer(Answer::error(403, "AccessDenied", "no").early())));
    let mut raw = Raw::connect(&emulator);
    raw.send("PUT /bucket/k HTTP/1.1\nHost: localhost\nContent-Length: 1000000\n\nonly this");
    let reply = raw.reply().unwrap();
    assert_eq!((reply.status, reply.header("connection")), (403, Some("close")));
    assert_eq!(emulator.requests()[0].body_length, 0);
}

#[test]
fn resets_in_both_bodies() {
    let emulator = with_object();
    let fault = emulator.faults().add(Rule::new(Action::ResetResponse(300)).method("GET").times(1));
    let mut raw = Raw::connect(&emulator);
    raw.send(GET);
    let head = raw.head().unwrap();
    assert_eq!(head.header("content-length"), Some("1000"));
    assert!(is_reset(raw.rest()));
    assert_eq!(fault.hits(), 1);

    emulator.faults().add(Rule::new(Action::ResetRequest(300)).method("PUT"));
    let mut raw = Raw::connect(&emulator);
    raw.send(&put(&"x".repeat(2000)));
    assert!(is_reset(raw.rest()));
    assert_eq!(stored(&emulator).unwrap().len(), 1000);
    assert_eq!(emulator.requests().last().unwrap().body_length, 300);
}

#[test]
fn an_answer_can_be_lost_after_the_write() {
    let emulator = with_object();
    emulator.faults().add(Rule::new(Action::DropAnswer));
    let mut raw = Raw::connect(&emulator);
    raw.send(&put("new"));
    assert!(is_reset(raw.rest()));
    assert_eq!(stored(&emulator).unwrap(), b"new");
}

#[test]
fn lies_about_the_length() {
    let emulator = with_object();
    emulator.faults().add(Rule::new(Action::ContentLength(5)).times(1));
    emulator.faults().add(Rule::new(Action::ContentLength(-5)).times(1));
    emulator.faults().add(Rule::new(Action::CloseResponse(400)).times(1));
    for (claimed, sent) in [("1005", 1000), ("995", 1000), ("1000", 400)] {
        let mut raw = Raw::connect(&emulator);
        raw.send(GET);
        assert_eq!(raw.head().unwrap().header("content-length"), Some(claimed));
        assert_eq!(raw.rest().unwrap().len(), sent);
    }
}

#[test]
fn flipped_bits() {
    let emulator = with_object();
    emulator.faults().add(Rule::new(Action::FlipResponse { offset: 10, mask: 1 }).method("GET").times(1));
    let mut raw = Raw::connect(&emulator);
    let body = raw.ask(GET).body;
    assert_eq!((body[9], body[10], body[11]), (b'9', b'1', b'1'));
    emulator.faults().add(Rule::new(Action::FlipRequest { offset: 0, mask: 3 }).method("PUT"));
    assert_eq!(raw.ask(&put("abc")).status, 200);
    assert_eq!(stored(&emulator).unwrap(), b"bbc");
}

#[test]
fn stalls_and_slow_bodies() {
    let emulator = with_object();
    let faults = emulator.faults();
    let pause = Duration::from_millis(200);
    let time = Some(pause);
    let mut raw = Raw::connect(&emulator);
    let timed = |raw: &mut Raw, text: &str| {
        let start = Instant::now();
        raw.send(text);
        raw.reply().unwrap();
        start.elapsed().as_millis()
    };
    for action in [
        Action::Delay(pause),
        Action::StallHead(time),
        Action::StallBody { after: 500, time },
        Action::SlowResponse(5000),
    ] {
        faults.add(Rule::new(action.clone()).times(1));
        assert!((180..3000).contains(&timed(&mut raw, GET)), "{action:?}");
    }
    for action in [Action::StallRequest { after: 1, time }, Action::SlowRequest(5000)] {
        faults.add(Rule::new(action.clone()).times(1));
        assert!((180..3000).contains(&timed(&mut raw, &put(&"x".repeat(1000)))), "{action:?}");
    }
}

#[test]
fn a_stall_without_end_ends_with_the_client_and_with_the_server() {
    let emulator = with_object();
    emulator.faults().add(Rule::new(Action::StallBody { after: 100, time: None }));
    let mut raw = Raw::connect(&emulator);
    raw.send(GET);
    raw.head().unwrap();
    drop(raw);
    let start = Instant::now();
    while emulator.connections().open > 0 {
        assert!(start.elapsed() < Duration::from_secs(10), "the thread still waits");
        std::thread::sleep(Duration::from_millis(5));
    }
    let mut raw = Raw::connect(&emulator);
    raw.send(GET);
    raw.head().unwrap();
    let start = Instant::now();
    drop(emulator);
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn bytes_of_the_tests_own() {
    let emulator = with_object();
    let faults = emulator.faults();
    faults.add(Rule::new(Action::Raw(RawAnswer::bytes("garbage\n"))).times(1));
    let mut raw = Raw::connect(&emulator);
    raw.send(GET);
    assert_eq!(raw.rest().unwrap(), b"garbage\n");

    faults.add(Rule::new(Action::Interim(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n".to_vec())).times(1));
    let mut raw = Raw::connect(&emulator);
    raw.send(GET);
    assert_eq!(raw.head().unwrap().status, 103);
    assert_eq!(raw.reply().unwrap().body.len(), 1000);

    faults.add(Rule::new(Action::Raw(
        RawAnswer::bytes("HTTP/1.1 200 OK\r\n\r\n").then_forever("spam".repeat(10_000)),
    )));
    raw.send(GET);
    raw.head().unwrap();
    let mut block = vec![0; 1 << 20];
    io::Read::read_exact(&mut raw.stream, &mut block).unwrap();
}

#[test]
fn headers_added_and_left_out_and_silent_closes() {
    let emulator = with_object();
    let rule = Rule::new(Action::WithoutHeader("etag".into()))
        .and(Action::Header("X-Twice".into(), "1".into()))
        .and(Action::Header("X-Twice".into(), "2".into()))
        .and(Action::CloseAfter);
    emulator.faults().add(rule);
    let mut raw = Raw::connect(&emulator);
    let reply = raw.ask(GET);
    assert_eq!((reply.header("etag"), reply.header("connection")), (None, None));
    assert_eq!(reply.head.matches("X-Twice").count(), 2);
    assert!(raw.rest().unwrap().is_empty());
}

#[test]
fn throttled_beyond_the_rate() {
    let emulator = open(|builder| builder);
    let start = Instant::now();
    emulator.faults().throttle(Some(5));
    let mut raw = Raw::connect(&emulator);
    let statuses: Vec<_> =
        (0..12).map(|_| raw.ask("GET /bucket HTTP/1.1\nHost: localhost\n\n").status).collect();
    let refused = statuses.iter().filter(|status| **status == 503).count() as u64;
    // A second's worth at once, and then as many as the time brings.
    let most = 5 + (start.elapsed().as_secs_f64() * 5.0).ceil() as u64;
    assert!((5..=most).contains(&(12 - refused)), "{statuses:?} of {most}");
    assert_eq!(emulator.faults().throttled(), refused);
    std::thread::sleep(Duration::from_millis(450));
    assert_eq!(raw.ask("GET /bucket HTTP/1.1\nHost: localhost\n\n").status, 200);
}

#[test]
fn parts_are_counted_by_number() {
    let emulator = with_object();
    let mut raw = Raw::connect(&emulator);
    let begun = raw.ask("POST /bucket/big?uploads HTTP/1.1\nHost: localhost\nContent-Length: 0\n\n").text();
    let upload_id = begun.split("<UploadId>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    emulator.faults().add(Rule::error(500, "InternalError").query("partNumber", "2").times(1));
    for number in [1, 2, 2] {
        let target = format!("/bucket/big?partNumber={number}&uploadId={upload_id}");
        raw.ask(&format!("PUT {target} HTTP/1.1\nHost: localhost\nContent-Length: 3\n\nabc"));
    }
    let part = |part_number| PartId {
        bucket: "bucket".into(),
        key: "big".into(),
        upload_id: upload_id.clone(),
        part_number,
    };
    let parts = emulator.parts();
    let counts = |number| {
        let traffic = parts[&part(number)];
        (traffic.requests, traffic.stored, traffic.bytes)
    };
    assert_eq!((counts(1), counts(2)), ((1, 1, 3), (2, 1, 6)));
}

#[test]
fn another_process_can_script_and_look() {
    let emulator = with_object();
    let mut raw = Raw::connect(&emulator);
    let script = r#"{"rules": [{"method": "GET", "key": "k", "times": 1, "error": {"status": 503, "code": "SlowDown"}}]}"#;
    let post = |path: &str, body: &str| {
        format!("POST /_emulator/{path} HTTP/1.1\nHost: localhost\nContent-Length: {}\n\n{body}", body.len())
    };
    assert_eq!(raw.ask(&post("faults", script)).text(), r#"{"rules_added":1}"#);
    assert_eq!(raw.ask(&post("faults", "[{\"metod\": 1}]")).status, 400);
    assert_eq!((raw.ask(GET).status, raw.ask(GET).status), (503, 200));
    let counts = raw.ask("GET /_emulator/counts HTTP/1.1\nHost: localhost\n\n").text();
    assert!(counts.contains(r#""operations":{"GetObject":2}"#), "{counts}");
    let requests = raw.ask("GET /_emulator/requests HTTP/1.1\nHost: localhost\n\n").text();
    assert!(requests.contains(r#""target":"/bucket/k""#), "{requests}");
    raw.ask(&post("reset", ""));
    assert!(emulator.requests().is_empty());
    raw.stream.write_all(b"GET /_emulator/nothing HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    assert_eq!(raw.reply().unwrap().status, 404);
}

#[test]
fn the_clock_can_be_wrong() {
    let emulator = Emulator::start();
    emulator.faults().clock_offset_ms(3 * 3600 * 1000);
    let mut raw = Raw::connect(&emulator);
    let authorization = raw::signed("GET", "/", Emulator::SECRET_KEY);
    let reply = raw.ask(&format!("GET / HTTP/1.1\nHost: localhost\n{authorization}\n"));
    assert!(
        reply.status == 403 && reply.text().contains("<Code>RequestTimeTooSkewed</Code>"),
        "{}",
        reply.text()
    );
    let date = httpdate::parse_http_date(reply.header("date").unwrap()).unwrap();
    let ahead = date.duration_since(std::time::SystemTime::now()).unwrap().as_secs();
    assert!((10_700..10_900).contains(&ahead));
}
