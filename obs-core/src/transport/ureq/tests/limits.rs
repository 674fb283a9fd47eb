//! Limits are on standing still, never on how long something takes that moves.

use super::*;

/// One that bears a second of silence.
fn transport() -> UreqTransport {
    UreqTransport::new(&ConnectionConfig { timeout: SECOND, ..config() }).unwrap()
}

#[track_caller]
fn took(since: Instant, from: Duration, to: Duration) {
    assert!((from..to).contains(&since.elapsed()), "{:?}", since.elapsed());
}

/// What moves takes as long as it likes; only what hangs takes that long.
const FOREVER: Duration = Duration::from_secs(60);

#[test]
fn a_download_that_dribbles_for_three_seconds_survives_a_limit_of_one() {
    let url = once(|mut stream| {
        stream.head();
        stream.say("HTTP/1.1 200 OK\r\ncontent-length: 32\r\n\r\n");
        for _ in 0..32 {
            thread::sleep(MS * 100);
            stream.say("x");
        }
    });
    let started = Instant::now();
    assert_eq!(text(get(&transport(), &url).unwrap()), "x".repeat(32));
    took(started, SECOND * 3, FOREVER);
}

#[test]
fn a_head_that_dribbles_survives_too() {
    let url = once(|mut stream| {
        stream.head();
        for part in "HTTP/1.1 200 OK\r\na: b\r\ncontent-length: 0\r\n\r\n".as_bytes().chunks(3) {
            thread::sleep(MS * 100);
            stream.say(std::str::from_utf8(part).unwrap());
        }
    });
    let started = Instant::now();
    assert_eq!(get(&transport(), &url).unwrap().status, 200);
    took(started, MS * 1500, FOREVER);
}

#[test]
fn uploads_that_move_survive() {
    // A slow source.
    let url = once(|mut stream| {
        stream.head();
        stream.body(32);
        stream.say("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    });
    let mut source = Slow::new(32, 1, MS * 100);
    let body = HttpBody::Reader { reader: &mut source, len: Some(32) };
    let started = Instant::now();
    assert_eq!(send(&transport(), Method::Put, &url, body).unwrap().status, 200);
    took(started, SECOND * 3, FOREVER);

    // A server that takes some 30 megabytes a second: what the system holds in between it takes at once.
    const LEN: u64 = 96 << 20;
    let url = once(|mut stream| {
        stream.head();
        for _ in 0..LEN >> 20 {
            thread::sleep(MS * 32);
            stream.body(1 << 20);
        }
        stream.say("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    });
    let mut source = Slow::new(LEN, usize::MAX, Duration::ZERO);
    let body = HttpBody::Reader { reader: &mut source, len: Some(LEN) };
    let started = Instant::now();
    assert_eq!(send(&transport(), Method::Put, &url, body).unwrap().status, 200);
    took(started, SECOND * 3, FOREVER);
}

#[test]
fn silence_ends_downloads() {
    let url = once(|mut stream| {
        stream.head();
        thread::sleep(SECOND * 5);
    });
    let started = Instant::now();
    let error = get(&transport(), &url).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Timeout);
    took(started, SECOND, SECOND * 4);

    let url = once(|mut stream| {
        stream.head();
        stream.say("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nxxx");
        thread::sleep(SECOND * 5);
    });
    let mut response = get(&transport(), &url).unwrap();
    let started = Instant::now();
    let error = Error::from(response.body.read_to_end(&mut Vec::new()).unwrap_err());
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    took(started, SECOND, SECOND * 4);
}

#[test]
fn silence_ends_uploads() {
    // Nothing is read after the head, until the buffers in between are full.
    let url = once(|mut stream| {
        stream.head();
        thread::sleep(SECOND * 10);
    });
    let mut source = Slow::new(1 << 30, usize::MAX, Duration::ZERO);
    let body = HttpBody::Reader { reader: &mut source, len: Some(1 << 30) };
    let error = send(&transport(), Method::Put, &url, body).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Timeout, "{error:?}");
    // Filling the buffers takes its time, so the silence is counted from where no more is asked of the source; a write of
    // which the buffers take a part begins the limit anew once.
    took(source.last, SECOND, SECOND * 8);

    // All is read and nothing answered.
    let url = once(|mut stream| {
        stream.head();
        stream.body(10);
        thread::sleep(SECOND * 5);
    });
    let started = Instant::now();
    let error = send(&transport(), Method::Put, &url, HttpBody::Bytes(&[0; 10])).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Timeout);
    took(started, SECOND, SECOND * 4);
}

#[test]
fn a_server_that_sends_a_byte_now_and_then_for_ever_meets_the_deadline() {
    let url = once(|mut stream| {
        stream.head();
        stream.say("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n");
        loop {
            thread::sleep(MS * 100);
            stream.say("x");
        }
    });
    let headers = Headers::new();
    let transport = transport();
    let started = Instant::now();
    let mut response = transport
        .send(HttpRequest {
            method: Method::Get,
            url: &url,
            headers: &headers,
            body: HttpBody::Empty,
            deadline: Some(SECOND),
            idempotent: true,
        })
        .unwrap();
    let error = Error::from(response.body.read_to_end(&mut Vec::new()).unwrap_err());
    assert!(error.is_timeout(), "{error}");
    took(started, MS * 900, SECOND * 10);
}
