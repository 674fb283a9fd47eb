//! What passes ureq by arrives whole, and its connection is used again just where it can be.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

const LEN: usize = 300_000;

fn transport() -> UreqTransport {
    UreqTransport::new(&config()).unwrap()
}

fn bytes() -> Vec<u8> {
    (0..LEN).map(|i| (i % 251) as u8).collect()
}

/// Answers one request after the other on each connection, and counts the connections.
fn server(answer: impl Fn(&str, &mut Stream) + Send + Sync + 'static) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let opened = Arc::new(AtomicUsize::new(0));
    let (answer, count) = (Arc::new(answer), Arc::clone(&opened));
    thread::spawn(move || {
        for stream in listener.incoming() {
            count.fetch_add(1, Ordering::SeqCst);
            let answer = Arc::clone(&answer);
            thread::spawn(move || {
                let mut stream = Stream(BufReader::new(stream.unwrap()));
                while let Some(head) = stream.head() {
                    answer(&head, &mut stream);
                }
            });
        }
    });
    (url, opened)
}

fn write(stream: &mut Stream, head: &str, body: &[u8]) {
    stream.say(head);
    let _ = stream.0.get_mut().write_all(body);
}

/// All of a body, read with a buffer of this length.
fn read_by(piece: usize, body: &mut dyn Read) -> Vec<u8> {
    let (mut buffer, mut got) = (vec![0; piece], Vec::new());
    loop {
        match body.read(&mut buffer).unwrap() {
            0 => return got,
            read => got.extend_from_slice(&buffer[..read]),
        }
    }
}

#[test]
fn a_body_arrives_whole_however_it_is_read_and_its_connection_stays() {
    let (url, opened) = server(|_, stream| {
        write(stream, &format!("HTTP/1.1 200 OK\r\nETag: x\r\nContent-Length: {LEN}\r\n\r\n"), &bytes());
    });
    let transport = transport();
    for piece in [1 << 20, 70_000, 4096, 999] {
        let mut response = get(&transport, &url).unwrap();
        assert_eq!(response.headers.get("content-length"), Some("300000"));
        assert_eq!(response.headers.iter().next(), Some(("etag", "x")));
        assert!(read_by(piece, &mut *response.body) == bytes(), "read {piece} bytes at a time");
        assert_eq!(response.body.read(&mut vec![0; piece]).unwrap(), 0);
    }
    // Also where nobody asks for more than the last byte.
    for _ in 0..3 {
        get(&transport, &url).unwrap().body.read_exact(&mut vec![0; LEN]).unwrap();
    }
    assert_eq!(opened.load(Ordering::SeqCst), 1);
}

#[test]
fn one_that_is_left_half_read_takes_its_connection_along() {
    let (url, opened) = server(|_, stream| {
        write(stream, &format!("HTTP/1.1 200 OK\r\nContent-Length: {LEN}\r\n\r\n"), &bytes());
    });
    let transport = transport();
    for round in 1..5 {
        let mut response = get(&transport, &url).unwrap();
        response.body.read_exact(&mut vec![0; LEN / round - 1]).unwrap();
        drop(response);
        assert_eq!(opened.load(Ordering::SeqCst), round);
    }
}

#[test]
fn more_than_was_announced_is_never_the_next_answer() {
    for surplus in ["x", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong"] {
        let (url, opened) = server(move |_, stream| {
            write(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
                format!("right{surplus}").as_bytes(),
            );
        });
        let transport = transport();
        for _ in 0..3 {
            assert_eq!(text(get(&transport, &url).unwrap()), "right");
        }
        assert_eq!(opened.load(Ordering::SeqCst), 3, "{surplus}");
    }
}

#[test]
fn an_end_that_comes_early_is_an_error() {
    let url = once(|mut stream| {
        stream.head();
        write(&mut stream, "HTTP/1.1 200 OK\r\nContent-Length: 400000\r\n\r\n", &bytes());
    });
    let mut got = Vec::new();
    let error = Error::from(get(&transport(), &url).unwrap().body.read_to_end(&mut got).unwrap_err());
    assert_eq!((error.kind(), got.len()), (ErrorKind::Connection, LEN), "{error}");
    assert!(error.to_string().contains("100000 bytes early"), "{error}");
}

#[test]
fn every_framing_is_read_to_its_end_and_leaves_the_connection_where_it_can() {
    for (head, body, expected, stays) in [
        ("Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n", "hello", true),
        ("Transfer-Encoding: chunked", "4;x=y\r\nhell\r\n1\r\no\r\n0\r\nA: b\r\n\r\n", "hello", true),
        ("Transfer-Encoding: chunked", "0\r\n\r\n", "", true),
        ("Transfer-Encoding: chunked", "0\r\n\r\nHTTP/1.1 200 OK", "", false),
        ("Content-Length: 3\r\nTransfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n", "hello", false),
        ("Content-Length: 5\r\nContent-Length: 5", "hello", "hello", true),
        ("Content-Length: 5, 5", "hello", "hello", true),
        ("Content-Length: 0", "", "", true),
    ] {
        let (url, opened) = server(move |_, stream| {
            write(stream, &format!("HTTP/1.1 200 OK\r\nA: b\r\n{head}\r\n\r\n"), body.as_bytes())
        });
        let transport = transport();
        for _ in 0..2 {
            let response = get(&transport, &url).unwrap();
            assert_eq!(response.headers.get("a"), Some("b"));
            assert_eq!(text(response), expected, "{head}");
        }
        assert_eq!(opened.load(Ordering::SeqCst), if stays { 1 } else { 2 }, "{head}: {body}");
    }
    let url = once(|mut stream| {
        stream.head();
        stream.say("HTTP/1.0 200 OK\r\n\r\nto the end");
    });
    assert_eq!(text(get(&transport(), &url).unwrap()), "to the end");
}

/// In chunks of all lengths.
fn in_chunks(bytes: &[u8]) -> Vec<u8> {
    let (mut rest, mut chunks, mut len) = (bytes, Vec::new(), 1);
    while !rest.is_empty() {
        let (chunk, behind) = rest.split_at(len.min(rest.len()));
        write!(chunks, "{:X}\r\n", chunk.len()).unwrap();
        chunks.extend_from_slice(chunk);
        chunks.extend_from_slice(b"\r\n");
        (rest, len) = (behind, len * 3 % 100_003);
    }
    chunks.extend_from_slice(b"0\r\n\r\n");
    chunks
}

#[test]
fn chunks_arrive_whole_however_they_come_and_are_read() {
    // Written in pieces that end anywhere.
    let (url, opened) = server(|_, stream| {
        stream.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        in_chunks(&bytes()).chunks(7919).for_each(|piece| write(stream, "", piece));
    });
    for chunk_size in [1 << 10, 1 << 16] {
        let transport = UreqTransport::new(&ConnectionConfig { chunk_size, ..config() }).unwrap();
        let before = opened.load(Ordering::SeqCst);
        for piece in [1 << 20, 70_000, 4096, 999] {
            let mut response = get(&transport, &url).unwrap();
            assert!(read_by(piece, &mut *response.body) == bytes(), "read {piece} bytes at a time");
        }
        assert_eq!(opened.load(Ordering::SeqCst) - before, 1);
    }
}

#[test]
fn chunks_that_break_off_or_are_none_are_errors() {
    for (body, says) in [
        ("5\r\nhel", "before its last chunk"),
        ("5\r\nhello\r\n", "before its last chunk"),
        ("5\r\nhello\r\n0", "before its last chunk"),
        ("zz\r\nhello", "not framed as chunks"),
        ("5\r\nhello!\r\n0\r\n\r\n", "not framed as chunks"),
        ("5\nhello\n0\n\n", "not framed as chunks"),
    ] {
        let url = once(move |mut stream| {
            stream.head();
            write(&mut stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", body.as_bytes());
        });
        let mut body = get(&transport(), &url).unwrap().body;
        // Whoever goes on does not take it for whole either.
        for _ in 0..2 {
            let error = Error::from(body.read_to_end(&mut Vec::new()).unwrap_err());
            assert_eq!(error.kind(), ErrorKind::Connection);
            assert!(error.to_string().contains(says), "{error}");
        }
    }
    // All is there but the empty line.
    let url = once(|mut stream| {
        stream.head();
        stream.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n");
    });
    assert_eq!(text(get(&transport(), &url).unwrap()), "hello");
}

#[test]
fn a_head_that_does_not_say_where_its_body_ends_is_no_answer() {
    for head in [
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6",
        "HTTP/1.1 200 OK\r\nContent-Length: many",
    ] {
        let (url, opened) = server(move |_, stream| {
            stream.say(&format!("{head}\r\n\r\n5\r\nhello\r\n0\r\n\r\n"));
        });
        let transport = transport();
        for round in 1..3 {
            let error = Error::from(get(&transport, &url).unwrap_err());
            assert_eq!(error.kind(), ErrorKind::Connection);
            assert!(error.to_string().contains("where its body ends"), "{error}");
            assert_eq!(opened.load(Ordering::SeqCst), round);
        }
    }
}

#[test]
fn a_body_up_to_the_end_of_its_connection_that_is_reset_is_not_whole() {
    let (read, was_read) = std::sync::mpsc::channel::<()>();
    let url = once(move |mut stream| {
        stream.head();
        stream.say("HTTP/1.1 200 OK\r\n\r\nhalf");
        was_read.recv().unwrap();
        // What was not read makes the system reset the connection.
    });
    let response = send(&transport(), Method::Put, &url, HttpBody::Bytes(&[b'x'; 100_000]));
    let mut body = response.unwrap().body;
    body.read_exact(&mut [0; 4]).unwrap();
    read.send(()).unwrap();
    let error = Error::from(body.read_to_end(&mut Vec::new()).unwrap_err());
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
}

#[test]
fn a_head_may_be_longer_than_the_buffer_of_its_connection() {
    let headers: String = (0..100).map(|n| format!("x-obs-meta-{n}: {}\r\n", "v".repeat(n))).collect();
    let (url, opened) = server(move |_, stream| {
        let early = format!("HTTP/1.1 103 Early Hints\r\nlink: {}\r\n\r\n", "l".repeat(3000));
        stream.say(&format!("{early}HTTP/1.1 200 OK\r\n{headers}content-length: 5\r\n\r\nhello"));
    });
    let transport = UreqTransport::new(&ConnectionConfig { chunk_size: 1 << 10, ..config() }).unwrap();
    for _ in 0..3 {
        let response = get(&transport, &url).unwrap();
        assert_eq!(response.headers.get("x-obs-meta-99").map(str::len), Some(99));
        assert_eq!(text(response), "hello");
    }
    assert_eq!(opened.load(Ordering::SeqCst), 1);
    // There is an end to it.
    let url = once(|mut stream| {
        stream.head();
        stream.say(&format!("HTTP/1.1 200 OK\r\na: {}\r\n\r\n", "b".repeat(70_000)));
        stream.head();
    });
    let error = Error::from(get(&transport, &url).unwrap_err());
    assert!(error.to_string().contains("longer than 64 KiB"), "{error}");
}

#[test]
fn what_has_no_body_announces_one_as_it_likes() {
    let (url, opened) = server(|head, stream| {
        let status = if head.starts_with("HEAD") { "200 OK" } else { "304 Not Modified" };
        stream.say(&format!("HTTP/1.1 {status}\r\nContent-Length: 5\r\n\r\n"));
    });
    let transport = transport();
    for method in [Method::Head, Method::Get, Method::Head] {
        let response = send(&transport, method, &url, HttpBody::Empty).unwrap();
        assert_eq!(response.headers.get("content-length"), Some("5"));
        assert_eq!(text(response), "");
    }
    assert_eq!(opened.load(Ordering::SeqCst), 1);
}

#[test]
fn informational_heads_and_heads_in_pieces_lead_to_the_answer() {
    let url = once(|mut stream| {
        stream.head();
        for piece in [
            "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early",
            " Hints\r\nLink: x\r\n\r\nHTT",
            "P/1.1 200 OK\r\nContent-Le",
        ] {
            stream.say(piece);
            thread::sleep(MS * 50);
        }
        stream.say("ngth: 5\r\n\r\nhello");
    });
    assert_eq!(text(get(&transport(), &url).unwrap()), "hello");
}

#[test]
fn a_body_that_looks_like_a_request_is_sent_as_it_is() {
    const LOOKS_LIKE: &[u8] = b"PUT / HTTP/1.1\r\nhost: h\r\n\r\n";
    let (url, _) = server(|head, stream| {
        assert!(head.starts_with("PUT /k HTTP/1.1\r\n"), "{head}");
        let body = stream.body(3 * LOOKS_LIKE.len() as u64);
        write(stream, &format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()), &body);
    });
    let body = LOOKS_LIKE.repeat(3);
    let url = format!("{url}k");
    // A piece at a time, each with a write of its own.
    let mut pieces = Pieces(&body, LOOKS_LIKE.len());
    let streamed = HttpBody::Reader { reader: &mut pieces, len: Some(body.len() as u64) };
    let transport = transport();
    for sent in [HttpBody::Bytes(&body), streamed] {
        assert_eq!(text(send(&transport, Method::Put, &url, sent).unwrap()).as_bytes(), body);
    }
}

/// Gives no more than so many bytes at a time.
struct Pieces<'a>(&'a [u8], usize);

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = self.1.min(buffer.len());
        self.0.read(&mut buffer[..most])
    }
}

/// Fetches what it gives, a request for each piece.
struct Fetched<'a> {
    transport: &'a UreqTransport,
    url: &'a str,
    pieces: usize,
}

impl Read for Fetched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.pieces == 0 {
            return Ok(0);
        }
        self.pieces -= 1;
        let mut response = get(self.transport, self.url).unwrap();
        response.body.read_exact(&mut buffer[..5])?;
        Ok(5)
    }
}

#[test]
fn what_is_fetched_while_it_is_sent_is_an_exchange_of_its_own() {
    let (url, _) = server(|head, stream| {
        let got = if head.starts_with("PUT") { stream.body(15) } else { b"piece".to_vec() };
        write(stream, &format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", got.len()), &got);
    });
    let transport = transport();
    // Over a new connection, and over one that was used before.
    for _ in 0..2 {
        let mut source = Fetched { transport: &transport, url: &url, pieces: 3 };
        let body = HttpBody::Reader { reader: &mut source, len: Some(15) };
        assert_eq!(text(send(&transport, Method::Put, &url, body).unwrap()), "piecepiecepiece");
    }
}

#[test]
fn informational_heads_may_have_headers_and_come_before_consent() {
    const EARLY: [&str; 3] = [
        "HTTP/1.1 100 Continue\r\nServer: x\r\n\r\n",
        "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\nLink: y\r\n\r\n",
    ];
    for (early, expects) in EARLY.into_iter().flat_map(|early| [(early, true), (early, false)]) {
        let expect_continue_above = expects.then_some(10);
        let transport = UreqTransport::new(&ConnectionConfig { expect_continue_above, ..config() }).unwrap();
        let url = once(move |mut stream| {
            assert_eq!(stream.head().unwrap().contains("expect"), expects);
            // Each byte comes alone.
            for at in 0..early.len() {
                stream.say(&early[at..=at]);
                thread::sleep(MS);
            }
            let body = stream.body(20);
            write(&mut stream, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n", &body);
        });
        let response = send(&transport, Method::Put, &url, HttpBody::Bytes(&[b'x'; 20])).unwrap();
        assert_eq!(text(response), "x".repeat(20), "{early}");
    }
}

#[test]
fn a_length_of_the_callers_is_not_that_of_the_body() {
    let (url, _) = server(|head, stream| {
        assert!(!head.contains("77") && !head.contains("chunked"), "{head}");
        stream.body(if head.starts_with("PUT") { 2 } else { 0 });
        stream.say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    let transport = transport();
    for (name, value) in [("content-length", "77"), ("transfer-encoding", "chunked")] {
        let mut headers = Headers::new();
        headers.insert("host", "h");
        headers.insert(name, value);
        for (method, body) in [(Method::Get, HttpBody::Empty), (Method::Put, HttpBody::Bytes(b"ok"))] {
            let request =
                HttpRequest { method, url: &url, headers: &headers, body, deadline: None, idempotent: true };
            assert_eq!(transport.send(request).unwrap().status, 200, "{name}");
        }
    }
}
