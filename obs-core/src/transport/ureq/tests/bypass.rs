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
        let (mut buffer, mut got) = (vec![0; piece], Vec::new());
        loop {
            match response.body.read(&mut buffer).unwrap() {
                0 => break,
                read => got.extend_from_slice(&buffer[..read]),
            }
        }
        assert!(got == bytes(), "read {piece} bytes at a time");
        assert_eq!(response.body.read(&mut buffer).unwrap(), 0);
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
fn framings_that_ureq_judges_are_read_as_before() {
    for (head, body, expected) in [
        ("Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n", "hello"),
        ("Content-Length: 5\r\nContent-Length: 5", "hello", "hello"),
        ("Content-Length: 0", "", ""),
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
        assert_eq!(opened.load(Ordering::SeqCst), 1, "{head}");
    }
    let url = once(|mut stream| {
        stream.head();
        stream.say("HTTP/1.0 200 OK\r\n\r\nto the end");
    });
    assert_eq!(text(get(&transport(), &url).unwrap()), "to the end");
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
            let request = HttpRequest { method, url: &url, headers: &headers, body, deadline: None };
            assert_eq!(transport.send(request).unwrap().status, 200, "{name}");
        }
    }
}
