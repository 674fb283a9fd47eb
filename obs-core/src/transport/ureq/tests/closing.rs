//! Connections that are closed: too early, while idle, by ourselves.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::transport::ureq::connection::agent;
use crate::transport::ureq::interrupt::Interrupt;

const DENIED: &str = "HTTP/1.1 403 Forbidden\r\ncontent-length: 6\r\nconnection: close\r\n\r\ndenied";
const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

fn transport() -> UreqTransport {
    UreqTransport::new(&config()).unwrap()
}

#[test]
fn a_refusal_before_the_body_was_sent_is_the_answer() {
    const LEN: u64 = 1 << 28;
    for answer in [DENIED, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", ""] {
        let url = once(move |mut stream| {
            stream.head();
            stream.body(100_000);
            stream.say(answer);
            // What was not read makes the system reset the connection.
        });
        let mut source = Slow::new(LEN, usize::MAX, Duration::ZERO);
        let body = HttpBody::Reader { reader: &mut source, len: Some(LEN) };
        let result = send(&transport(), Method::Put, &url, body);
        if answer == DENIED {
            let response = result.unwrap();
            assert_eq!((response.status, &*text(response)), (403, "denied"));
        } else {
            // A success that the server cannot mean is none.
            assert_eq!(result.unwrap_err().kind, ErrorKind::Connection);
        }
        assert!(source.given < LEN / 4, "{} bytes were read of the source", source.given);
    }
}

#[test]
fn with_expect_a_refusal_costs_no_upload() {
    let config = ConnectionConfig { expect_continue_above: Some(1000), ..config() };
    let transport = UreqTransport::new(&config).unwrap();
    let taken = Arc::new(AtomicU64::new(0));
    let count = taken.clone();
    let url = once(move |mut stream| {
        assert!(stream.head().unwrap().contains("expect: 100-continue"));
        stream.say(DENIED);
        count.store(io::copy(&mut stream.0, &mut io::sink()).unwrap_or(0), Ordering::SeqCst);
    });
    let mut source = Slow::new(256 << 20, usize::MAX, Duration::ZERO);
    let body = HttpBody::Reader { reader: &mut source, len: Some(256 << 20) };
    assert_eq!(send(&transport, Method::Put, &url, body).unwrap().status, 403);
    assert!(taken.load(Ordering::SeqCst) < 1 << 20 && source.given < 1 << 20);

    // Consent, and a server that knows nothing of it.
    for consent in ["HTTP/1.1 100 Continue\r\n\r\n", ""] {
        let url = once(move |mut stream| {
            stream.head();
            stream.say(consent);
            assert_eq!(stream.body(2000).len(), 2000);
            stream.say(OK);
        });
        let started = Instant::now();
        assert_eq!(send(&transport, Method::Put, &url, HttpBody::Bytes(&[0; 2000])).unwrap().status, 200);
        // A server that says nothing has a second.
        assert!(started.elapsed() < SECOND * 10);
    }
    // A small body does not ask.
    let url = once(|mut stream| {
        assert!(!stream.head().unwrap().contains("expect"));
        stream.body(1000);
        stream.say(OK);
    });
    assert_eq!(send(&transport, Method::Put, &url, HttpBody::Bytes(&[0; 1000])).unwrap().status, 200);
}

/// A connection that answers once and closes when the second request has arrived, as if it had been closed while idle.
fn goes_stale(mut stream: Stream) {
    stream.head();
    stream.say(OK);
    stream.head();
}

fn answers(mut stream: Stream) {
    let head = stream.head().unwrap();
    if head.contains("content-length: 5") {
        assert_eq!(stream.body(5), b"Hello");
    }
    stream.say(OK);
    stream.head();
}

#[test]
fn a_stale_connection_does_not_show() {
    for method in [Method::Get, Method::Put, Method::Delete, Method::Head] {
        let url = serve(vec![Box::new(goes_stale), Box::new(answers)]);
        let transport = transport();
        assert_eq!(text(get(&transport, &url).unwrap()), "ok");
        let body = if method == Method::Put { HttpBody::Bytes(b"Hello") } else { HttpBody::Empty };
        assert_eq!(send(&transport, method, &url, body).unwrap().status, 200, "{method}");
    }
    // It may have been carried out: then the caller decides.
    for (method, idempotent) in [(Method::Post, true), (Method::Post, false), (Method::Put, false)] {
        let url = serve(vec![Box::new(goes_stale), Box::new(answers)]);
        let transport = transport();
        assert_eq!(text(get(&transport, &url).unwrap()), "ok");
        let (headers, body) = (Headers::new(), HttpBody::Bytes(b"Hello"));
        let request = HttpRequest { method, url: &url, headers: &headers, body, deadline: None, idempotent };
        assert_eq!(transport.send(request).unwrap_err().kind, ErrorKind::Connection, "{method}");
    }
    // A new connection that is closed is no stale one.
    let transport = transport();
    let url = serve(vec![Box::new(|mut stream| drop(stream.head())), Box::new(answers)]);
    assert_eq!(get(&transport, &url).unwrap_err().kind, ErrorKind::Connection);
}

#[test]
fn a_connection_that_was_closed_while_idle_is_not_used() {
    let (closed, is_closed) = std::sync::mpsc::channel();
    let closing = move |mut stream: Stream| {
        stream.head();
        stream.say(OK);
        drop(stream);
        closed.send(()).unwrap();
    };
    let url = serve(vec![Box::new(closing), Box::new(answers)]);
    let transport = transport();
    assert_eq!(text(get(&transport, &url).unwrap()), "ok");
    is_closed.recv().unwrap();
    // That the word arrives.
    thread::sleep(MS * 50);
    assert_eq!(send(&transport, Method::Post, &url, HttpBody::Bytes(b"Hello")).unwrap().status, 200);
}

#[test]
fn connections_are_kept_or_closed_as_told() {
    let requests = Arc::new(AtomicU64::new(0));
    let connection = |requests: &Arc<AtomicU64>| -> Box<dyn FnOnce(Stream) + Send> {
        let requests = requests.clone();
        Box::new(move |mut stream| {
            let mut served = 0;
            while let Some(head) = stream.head() {
                served += 1;
                requests.fetch_max(served, Ordering::SeqCst);
                let close = head.contains("connection: close");
                stream.say(OK);
                if close {
                    return;
                }
            }
        })
    };
    for (keep_alive, most) in [(true, 5), (false, 1)] {
        requests.store(0, Ordering::SeqCst);
        let url = serve((0..5).map(|_| connection(&requests)).collect());
        let transport = UreqTransport::new(&ConnectionConfig { keep_alive, ..config() }).unwrap();
        for _ in 0..5 {
            assert_eq!(text(get(&transport, &url).unwrap()), "ok");
        }
        assert_eq!(requests.load(Ordering::SeqCst), most);
    }
}

#[test]
fn an_answer_that_ends_early_is_an_error_and_a_body_dropped_half_read_harms_nobody() {
    let half = |mut stream: Stream| {
        stream.head();
        stream.say("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf");
    };
    let url = serve(vec![Box::new(half), Box::new(half), Box::new(answers)]);
    let transport = transport();
    let error = get(&transport, &url).unwrap().body.read_to_end(&mut Vec::new()).unwrap_err();
    assert_eq!(Error::from(error).kind(), ErrorKind::Connection);
    drop(get(&transport, &url).unwrap());
    assert_eq!(text(get(&transport, &url).unwrap()), "ok");
}

#[test]
fn shutdown_ends_what_waits_and_what_comes_later() {
    for head in ["", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nxx", "HTTP/1.1 200 OK\r\n\r\nxx"] {
        let url = once(move |mut stream| {
            stream.head();
            stream.say(head);
            thread::sleep(SECOND * 10);
        });
        let transport = Arc::new(transport());
        let closing = transport.clone();
        thread::spawn(move || {
            thread::sleep(MS * 200);
            closing.shutdown();
        });
        let started = Instant::now();
        let error = match get(&transport, &url) {
            Ok(mut response) => Error::from(response.body.read_to_end(&mut Vec::new()).unwrap_err()),
            Err(error) => error.into(),
        };
        assert!(error.is_cancelled(), "{error}");
        assert!(started.elapsed() < SECOND * 5);
        assert_eq!(get(&transport, &url).unwrap_err().kind, ErrorKind::Cancelled);
    }
}

/// A resolver that never finds anything out, and never gives up.
#[derive(Debug)]
struct Deaf;

impl ureq::unversioned::resolver::Resolver for Deaf {
    fn resolve(
        &self,
        _: &ureq::http::Uri,
        _: &ureq::config::Config,
        _: ureq::unversioned::transport::NextTimeout,
    ) -> Result<ureq::unversioned::resolver::ResolvedSocketAddrs, ureq::Error> {
        thread::sleep(SECOND * 10);
        Err(ureq::Error::HostNotFound)
    }
}

/// Shuts this down in a moment; what `url` gives until then.
fn cut_off(transport: Arc<dyn Transport>, url: &str) -> TransportError {
    let closing = transport.clone();
    thread::spawn(move || {
        thread::sleep(MS * 200);
        closing.shutdown();
    });
    let mut headers = Headers::new();
    headers.insert("host", "h");
    let started = Instant::now();
    let (method, body) = (Method::Get, HttpBody::Empty);
    let request = HttpRequest { method, url, headers: &headers, body, deadline: None, idempotent: true };
    let error = transport.send(request).unwrap_err();
    assert!(started.elapsed() < SECOND * 5, "{:?}", started.elapsed());
    error
}

#[test]
fn shutdown_ends_the_wait_for_a_name() {
    let transport = transport();
    let shut_down = Arc::default();
    let agent = agent(&named(&transport, Deaf), Interrupt::when(&shut_down));
    let transport = UreqTransport { agent, shut_down, ..transport };
    let error = cut_off(Arc::new(transport), "http://deaf.example.com/");
    assert_eq!(error.kind, ErrorKind::Cancelled, "{error:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn shutdown_ends_the_wait_for_a_connection() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap();
    // Nobody accepts: once the queue is full, the server does not even answer.
    rustix::net::listen(&server, 0).unwrap();
    let mut queue = Vec::new();
    while let Ok(waiting) = TcpStream::connect_timeout(&address, MS * 300) {
        queue.push(waiting);
        assert!(queue.len() < 100, "the queue is endless");
    }
    let error = cut_off(transport().isolated().unwrap(), &format!("http://{address}/"));
    assert_eq!(error.kind, ErrorKind::Cancelled, "{error:?}");
}
