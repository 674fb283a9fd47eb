//! What is tried again, how often, and what is not.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::*;
use crate::body::{Body, Content};
use crate::bucket_client::BucketClient;
use crate::error::{Error, Result};
use crate::operation::{Lost, Operation, Parts, Settled};
use crate::{CopySource, Dialect};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn classes_of_failures() {
    let statuses = [
        (500, 4),
        (502, 4),
        (503, 4),
        (504, 4),
        (408, 4),
        (429, 4),
        (400, 1),
        (403, 1),
        (404, 1),
        (405, 1),
        (409, 1),
        (412, 1),
        (304, 1),
        (416, 1),
    ];
    for (status, attempts) in statuses {
        let server = Server::new(move |_| answer(status, &[], ""));
        let error = server.client().bucket("b").get_object("k").send().unwrap_err();
        assert_eq!((error.status(), server.count()), (Some(status), attempts), "{error}");
        assert_eq!(error.attempts() as usize, attempts);
    }
    let kinds = [
        (ErrorKind::Connect, 4),
        (ErrorKind::Connection, 4),
        (ErrorKind::Timeout, 4),
        (ErrorKind::Tls, 1),
        (ErrorKind::InvalidInput, 1),
        (ErrorKind::Cancelled, 1),
    ];
    for (kind, attempts) in kinds {
        let server = Server::new(move |_| broken(kind));
        let error = server.client().bucket("b").get_object("k").send().unwrap_err();
        assert_eq!((error.kind(), server.count()), (kind, attempts), "{error}");
    }
}

#[test]
fn each_attempt_is_signed_anew_and_sends_the_whole_body() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(&mut file, b"0123456789").unwrap();
    let seekable = {
        let mut reader = std::io::Cursor::new(b"..0123456789");
        reader.set_position(2);
        Content::seekable(reader)
    };
    let opened = Content::opened(10, || Ok(Box::new(&b"0123456789"[..])));
    let range = Content::file_range(file.path(), 0, 10);
    for content in ["0123456789".into(), Content::file(file.path()), range, seekable, opened] {
        // Each attempt takes a second, however short the wait behind it happens to be.
        let hand = Hand::default();
        let passing = hand.clone();
        let server = Server::new(move |r| {
            passing.advance(SECOND);
            if r.number < 2 { broken(ErrorKind::Connection) } else { ok() }
        });
        let client = server.builder().clock(hand).build().unwrap();
        client.bucket("b").put_content("k", content).send().unwrap();
        let seen = server.seen();
        assert_eq!(seen.len(), 3);
        assert!(seen.iter().all(|request| request.body == b"0123456789"));
        let signatures: HashSet<_> = seen.iter().map(|r| r.header("authorization").to_owned()).collect();
        let dates: HashSet<_> = seen.iter().map(|r| r.header("date").to_owned()).collect();
        assert_eq!((signatures.len(), dates.len()), (3, 3), "{dates:?}");
    }
}

#[test]
fn a_stream_is_sent_once() {
    let stream = || Content::reader(&b"Hello"[..]);
    let server = Server::new(|_| broken(ErrorKind::Connection));
    let error = server.client().bucket("b").put_content("k", stream()).send().unwrap_err();
    assert_eq!((error.kind(), error.attempts(), server.count()), (ErrorKind::NotReplayable, 1, 1));
    assert!(error.to_string().contains("as the test wants it"), "{error}");

    let server =
        Server::new(|_| answer(503, &[], "<Error><Code>SlowDown</Code><Message>m</Message></Error>"));
    let error = server.client().bucket("b").put_content("k", stream()).send().unwrap_err();
    assert_eq!((error.status(), error.attempts(), server.count()), (Some(503), 1, 1));
    assert!(error.is_throttled() && error.to_string().contains("read only once"), "{error}");

    let server = Server::new(|_| answer(307, &[("location", "https://b.obs.cn-east-3.example.com/k")], ""));
    let error = server.client().bucket("b").put_content("k", stream()).send().unwrap_err();
    assert_eq!((error.status(), server.count()), (Some(307), 1));

    // As long as nothing was read of it, it can be sent.
    let first = Refusing { server: Server::new(|_| ok()), tries: AtomicUsize::new(0) };
    let server = first.server.clone();
    let client = server.builder().transport(first).build().unwrap();
    client.bucket("b").put_content("k", stream()).send().unwrap();
    assert_eq!(server.seen()[0].body, b"Hello");
}

/// Takes no connection the first time.
#[derive(Debug)]
struct Refusing {
    server: Server,
    tries: AtomicUsize,
}

impl Transport for Refusing {
    fn send(&self, request: HttpRequest<'_>) -> Answer {
        if self.tries.fetch_add(1, Ordering::SeqCst) == 0 {
            return broken(ErrorKind::Connect);
        }
        self.server.send(request)
    }
}

#[test]
fn waits_grow_and_the_server_may_ask_for_longer_ones() {
    let hand = Hand::default();
    let server = Server::new(|_| answer(500, &[], ""));
    let client = server.builder().clock(hand.clone()).max_retry_count(6).build().unwrap();
    client.bucket("b").head_bucket().send().unwrap_err();
    let sleeps = hand.sleeps.lock().unwrap().clone();
    assert_eq!(sleeps.len(), 6);
    for (n, sleep) in sleeps.iter().enumerate() {
        assert!(*sleep <= Duration::from_millis(200 << n), "{sleeps:?}");
    }

    let hand = Hand::default();
    let server = Server::new(|r| if r.number == 0 { answer(503, &[("retry-after", "7")], "") } else { ok() });
    let client = server.builder().clock(hand.clone()).build().unwrap();
    client.bucket("b").head_bucket().send().unwrap();
    assert_eq!(hand.sleeps.lock().unwrap()[0], Duration::from_secs(7));

    // Nobody waits for a day because a server says so.
    let hand = Hand::default();
    let server =
        Server::new(|r| if r.number == 0 { answer(503, &[("retry-after", "86400")], "") } else { ok() });
    let client = server.builder().clock(hand.clone()).build().unwrap();
    client.bucket("b").head_bucket().send().unwrap();
    assert_eq!(hand.sleeps.lock().unwrap()[0], Duration::from_secs(30));
}

#[test]
fn an_error_inside_of_a_success_is_none() {
    let slow = "  \n<?xml version=\"1.0\"?><Error><Code>InternalError</Code><Message>again</Message></Error>";
    let copied = "<CopyObjectResult><LastModified>2026-01-02T03:04:05.000Z</LastModified><ETag>\"e\"</ETag></CopyObjectResult>";
    let server = Server::new(move |r| answer(200, &[], if r.number == 0 { slow } else { copied }));
    let copy = server.client().bucket("b").copy_object("to", CopySource::new("from", "k")).send().unwrap();
    assert_eq!((&*copy.etag, server.count()), ("\"e\"", 2));

    let server = Server::new(move |_| answer(200, &[], slow));
    let error =
        server.client().bucket("b").copy_object("to", CopySource::new("from", "k")).send().unwrap_err();
    assert_eq!((error.code(), server.count()), (Some("InternalError"), 4));

    let denied = "<Error><Code>AccessDenied</Code></Error>";
    let server = Server::new(move |_| answer(200, &[], denied));
    let error =
        server.client().bucket("b").copy_object("to", CopySource::new("from", "k")).send().unwrap_err();
    assert_eq!((error.code(), server.count()), (Some("AccessDenied"), 1));
}

/// Adds one to something: sending it twice would add two.
#[derive(Debug)]
struct Increment {
    fate: fn() -> Result<Settled<&'static str>>,
}

impl Operation for Increment {
    type Output = &'static str;
    const NAME: &'static str = "Increment";
    const METHOD: Method = Method::Post;
    const IDEMPOTENT: bool = false;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        parts.key("counter");
        Ok(())
    }

    fn body(&mut self, _: Dialect) -> Result<Body<'_>> {
        Ok(Body::bytes(&b"+1"[..]))
    }

    fn decode(&self, _: &mut crate::Answer) -> Result<&'static str> {
        Ok("answered")
    }

    fn settle(&self, _: &BucketClient, _: &Lost<'_>) -> Result<Settled<&'static str>> {
        (self.fate)()
    }
}

#[test]
fn what_must_not_happen_twice_is_settled_before_it_is_sent_again() {
    let lost_once = || Server::new(|r| if r.number == 0 { broken(ErrorKind::Timeout) } else { ok() });
    let send = |server: &Server, fate| {
        server.client().bucket("b").request(Increment { fate }).send().map(|reply| *reply)
    };

    let server = lost_once();
    assert_eq!(send(&server, || Ok(Settled::Done("found out"))).unwrap(), "found out");
    assert_eq!(server.count(), 1);

    let server = lost_once();
    assert_eq!(send(&server, || Ok(Settled::NotDone)).unwrap(), "answered");
    assert_eq!(server.count(), 2);

    let server = lost_once();
    assert!(send(&server, || Ok(Settled::Unknown)).unwrap_err().is_timeout());
    assert_eq!(server.count(), 1);

    // Whatever went wrong with asking: the error of the call is the news.
    let server = lost_once();
    let error = send(&server, || Err(Error::decode("nonsense"))).unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert_eq!(server.count(), 1);

    // Where the server cannot have seen it there is nothing to settle.
    let server = Server::new(|r| if r.number == 0 { broken(ErrorKind::Connect) } else { ok() });
    assert_eq!(send(&server, || Err(Error::decode("not asked"))).unwrap(), "answered");
    assert_eq!(server.count(), 2);

    // A refusal that the lost attempt may have caused.
    let server = Server::new(|r| answer(if r.number == 0 { 500 } else { 404 }, &[], ""));
    assert_eq!(send(&server, || Ok(Settled::Done("found out"))).unwrap(), "found out");
    assert_eq!(server.count(), 2);
}

#[test]
fn a_dead_server_is_not_stormed() {
    let server = Server::new(|_| broken(ErrorKind::Connect));
    let client = server.builder().retry_budget(10).clock(Still).build().unwrap();
    for _ in 0..50 {
        assert_eq!(client.bucket("b").head_bucket().send().unwrap_err().kind(), ErrorKind::Connect);
    }
    assert_eq!(server.count(), 50 + 10);

    // The default leaves what a program does normally alone: a hundred calls at once, each with all its retries.
    let server = Server::new(|_| broken(ErrorKind::Connect));
    let client = server.builder().clock(Still).build().unwrap();
    for _ in 0..100 {
        client.bucket("b").head_bucket().send().unwrap_err();
    }
    assert_eq!(server.count(), 400);
}

/// Time does not pass.
#[derive(Debug)]
struct Still;

impl Clock for Still {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(START)
    }

    fn sleep(&self, _: Duration) {}
}

#[test]
fn threads_slow_down_together_when_the_server_throttles() {
    const LIMIT: f64 = 200.0;
    const CALLS: usize = 300;
    let tokens = Mutex::new((LIMIT / 4.0, Instant::now()));
    let server = Server::new(move |_| {
        let mut tokens = tokens.lock().unwrap();
        let (left, filled) = &mut *tokens;
        *left = (*left + filled.elapsed().as_secs_f64() * LIMIT).min(LIMIT / 4.0);
        *filled = Instant::now();
        if *left < 1.0 {
            return answer(503, &[], "<Error><Code>SlowDown</Code></Error>");
        }
        *left -= 1.0;
        ok()
    });
    let client = server.builder().clock(crate::config::SystemClock).max_retry_count(5).build().unwrap();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while next.fetch_add(1, Ordering::SeqCst) < CALLS {
                    client.bucket("b").put_content("k", "v").send().unwrap();
                }
            });
        }
    });
    assert!(server.count() <= CALLS * 3 / 2, "{} requests for {CALLS} calls", server.count());
}

#[test]
fn what_the_body_says_of_itself_is_not_the_callers_to_say() {
    let server = Server::new(|_| ok());
    let bucket = server.client().bucket("b");
    for name in ["Content-Length", "transfer-encoding"] {
        let errors = [
            bucket.get_object("k").header(name, "10").send().map(drop).unwrap_err(),
            bucket.put_content("k", "x").header(name, "10").send().map(drop).unwrap_err(),
        ];
        for error in errors {
            assert!(
                error.kind() == ErrorKind::InvalidInput && error.to_string().contains("leave it out"),
                "{error}"
            );
        }
    }
    assert_eq!(server.count(), 0);
}

#[test]
fn builders_take_any_limit_and_refuse_what_no_connection_can_have() {
    let endpoint = "http://127.0.0.1:1";
    let builder = || crate::ObsClient::builder().endpoint(endpoint).max_retry_count(0);
    for refused in [
        builder().user_agent("app\r\nx: y"),
        builder().user_agent("app\0"),
        builder().user_agent("\u{e4}"),
        builder().chunk_size(128 << 20),
        builder().chunk_size(0),
    ] {
        assert_eq!(refused.build().unwrap_err().kind(), ErrorKind::InvalidInput);
    }
    let endless = Duration::MAX;
    let client = builder().timeout(endless).connect_timeout(endless).idle_timeout(endless).deadline(endless);
    let error = client.build().unwrap().bucket("b").get_object("k").send().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
}
