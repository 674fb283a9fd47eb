//! HTTP as clients see it.

mod raw;

use obs_emulator::Emulator;
use raw::{Raw, open, signed};
use std::io::Write as _;
use std::time::{Duration, Instant};

#[test]
fn one_connection_serves_many_requests() {
    let emulator = open(|builder| builder);
    let before = emulator.connections().total;
    let mut raw = Raw::connect(&emulator);
    let put = raw.ask("PUT /bucket/k HTTP/1.1\nHost: localhost\nContent-Length: 5\n\nhello");
    assert_eq!((put.status, put.header("connection")), (200, None), "{}", put.text());
    assert!(put.header("x-obs-request-id").is_some() && put.header("date").is_some());
    let get = raw.ask("GET /bucket/k HTTP/1.1\nHost: localhost\n\n");
    assert_eq!((get.status, get.text().as_str()), (200, "hello"));
    raw.send("HEAD /bucket/k HTTP/1.1\nHost: localhost\n\n");
    let head = raw.head().unwrap();
    assert_eq!((head.status, head.header("content-length")), (200, Some("5")));
    raw.send("HEAD /bucket/none HTTP/1.1\nHost: localhost\n\n");
    let head = raw.head().unwrap();
    assert_eq!((head.status, head.header("x-obs-error-code")), (404, Some("NoSuchKey")));
    let last = raw.ask("GET /bucket/k HTTP/1.1\nHost: localhost\nConnection: close\n\n");
    assert_eq!(last.header("connection"), Some("close"));
    assert!(raw.rest().unwrap().is_empty());
    assert_eq!(emulator.connections().total, before + 1);
    let seen: Vec<_> = emulator.requests().iter().map(|seen| (seen.operation.clone(), seen.status)).collect();
    assert_eq!(seen[0], ("PutObject".to_owned(), Some(200)));
    assert_eq!(seen[3], ("HeadObject".to_owned(), Some(404)));
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let emulator = open(|builder| builder);
    let mut raw = Raw::connect(&emulator);
    raw.send("PUT /bucket/a HTTP/1.1\nHost: localhost\nContent-Length: 1\n\nAGET /bucket/a HTTP/1.1\nHost: localhost\n\nGET /bucket/b HTTP/1.1\nHost: localhost\n\n");
    let statuses: Vec<_> = (0..3).map(|_| raw.reply().unwrap().status).collect();
    assert_eq!(statuses, [200, 200, 404]);
}

#[test]
fn chunked_bodies_are_joined() {
    let emulator = open(|builder| builder);
    let mut raw = Raw::connect(&emulator);
    let head = "PUT /bucket/c HTTP/1.1\nHost: localhost\nTransfer-Encoding: chunked\n\n";
    let put = raw.ask(&format!("{head}5;x=y\nhello\nA\n 1234 6789\n0\nTrailer: 1\n\n"));
    assert_eq!(put.status, 200, "{}", put.text());
    assert_eq!(emulator.store().object_bytes("bucket", "c").unwrap().unwrap(), b"hello 1234 6789");
    for broken in ["zz\n", "-1\n", "5\nhelloX\n", "\n"] {
        let mut raw = Raw::connect(&emulator);
        let reply = raw.ask(&format!("{head}{broken}"));
        assert_eq!((reply.status, reply.header("connection")), (400, Some("close")), "{broken:?}");
    }
}

#[test]
fn a_client_that_asks_first_sends_nothing_for_a_refusal() {
    let emulator = Emulator::start();
    let put = |authorization: &str| {
        format!(
            "PUT /bucket/k HTTP/1.1\nHost: localhost\nExpect: 100-continue\n{authorization}Content-Length: 1000000000\n\n"
        )
    };
    let mut raw = Raw::connect(&emulator);
    let reply = raw.ask(&put(&signed("PUT", "/bucket/k", "wrong")));
    assert_eq!((reply.status, reply.header("connection")), (403, Some("close")));
    assert!(reply.text().contains("<Code>SignatureDoesNotMatch</Code>"));

    let mut raw = Raw::connect(&emulator);
    raw.send(&put(&signed("PUT", "/bucket/k", Emulator::SECRET_KEY)).replace("1000000000", "2"));
    assert_eq!(raw.head().unwrap().status, 100);
    raw.send("ok");
    assert_eq!(raw.reply().unwrap().status, 404);
}

#[test]
fn a_refused_body_is_read_and_the_connection_goes_on() {
    let emulator = Emulator::start();
    let mut raw = Raw::connect(&emulator);
    let authorization = signed("PUT", "/bucket/k", "wrong");
    raw.send(&format!("PUT /bucket/k HTTP/1.1\nHost: localhost\n{authorization}Content-Length: 3000000\n\n"));
    raw.stream.write_all(&vec![7; 3_000_000]).unwrap();
    let reply = raw.reply().unwrap();
    assert_eq!((reply.status, reply.header("connection")), (403, None));
    assert_eq!(emulator.requests()[0].body_length, 3_000_000);
    assert_eq!(raw.ask("HEAD /?apiversion HTTP/1.1\nHost: localhost\n\n").status, 200);
}

#[test]
fn heads_that_cannot_be_read_are_refused_and_counted() {
    let emulator = open(|builder| builder);
    let long = format!("GET /{} HTTP/1.1\nHost: x\n\n", "a".repeat(70_000));
    let many = format!("GET / HTTP/1.1\nHost: x\n{}\n", "A: b\n".repeat(200));
    for (text, status) in [
        ("GET / HTTP/1.1\n\n", 400),
        ("nonsense\n\n", 400),
        ("GET / HTTP/1.1\nHost: x\nContent-Length: 1x\n\n", 400),
        (long.as_str(), 431),
        (many.as_str(), 431),
    ] {
        let mut raw = Raw::connect(&emulator);
        // A server that is done with a client may reset while the rest still comes
        let _ = raw.stream.write_all(text.replace('\n', "\r\n").as_bytes());
        let reply = raw.reply().unwrap();
        assert_eq!((reply.status, reply.header("connection")), (status, Some("close")), "{text:.40}");
    }
    assert_eq!(emulator.operation_count("BadRequest"), 5);
    assert_eq!(emulator.panics(), 0);
}

#[test]
fn a_body_that_stops_is_a_client_error_and_stores_nothing() {
    let emulator = open(|builder| builder.stall_timeout(Duration::from_millis(100)));
    let head = "PUT /bucket/k HTTP/1.1\nHost: localhost\nContent-Length: 100\n\nhalf";
    let mut raw = Raw::connect(&emulator);
    let reply = raw.ask(head);
    assert_eq!(reply.status, 408);
    assert_eq!(emulator.store().object_bytes("bucket", "k").unwrap(), None);

    let emulator = open(|builder| builder);
    let mut raw = Raw::connect(&emulator);
    raw.send(head);
    raw.stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert!(raw.reply().unwrap().text().contains("IncompleteBody"));
    assert_eq!(emulator.store().object_bytes("bucket", "k").unwrap(), None);
}

#[test]
fn hosts_lead_to_buckets() {
    let emulator = open(|builder| builder.base_host("obs.example.com").domain("files.example.org", "bucket"));
    let mut raw = Raw::connect(&emulator);
    for host in ["bucket.localhost:1234", "bucket.obs.example.com", "files.example.org"] {
        let key = host.replace(['.', ':'], "-");
        let reply = raw.ask(&format!("PUT /{key} HTTP/1.1\nHost: {host}\nContent-Length: 1\n\nx"));
        assert_eq!(reply.status, 200, "{host}: {}", reply.text());
        assert!(emulator.store().object_bytes("bucket", &key).unwrap().is_some());
    }
    let reply = raw.ask("GET / HTTP/1.1\nHost: other.example.net\n\n");
    assert!(reply.text().contains("<Code>NoSuchBucket</Code>"));
    let reply = raw.ask("HEAD /?apiversion HTTP/1.1\nHost: bucket.localhost\n\n");
    assert_eq!((reply.status, reply.header("x-obs-api")), (200, Some("3.0")));
    raw.send("HEAD /?apiversion HTTP/1.1\nHost: nobody.localhost\n\n");
    assert_eq!(raw.head().unwrap().status, 404);
}

#[test]
fn large_bodies_go_through_files_and_come_back() {
    let directory = tempfile::tempdir().unwrap();
    let emulator = open(|builder| builder.data_dir(directory.path()));
    let mut body = vec![0; 9 << 20];
    for (index, byte) in body.iter_mut().enumerate().skip(4 << 20).take(1 << 20) {
        *byte = (index / 7) as u8;
    }
    let mut raw = Raw::connect(&emulator);
    raw.send(&format!("PUT /bucket/big HTTP/1.1\nHost: localhost\nContent-Length: {}\n\n", body.len()));
    raw.stream.write_all(&body).unwrap();
    let put = raw.reply().unwrap();
    assert_eq!(put.status, 200);
    let digest: String = {
        use md5::Digest as _;
        md5::Md5::digest(&body).iter().map(|byte| format!("{byte:02x}")).collect()
    };
    assert_eq!(put.header("etag"), Some(format!("\"{digest}\"").as_str()));
    let get = raw.ask("GET /bucket/big HTTP/1.1\nHost: localhost\n\n");
    assert!(get.body == body);
    let part = raw.ask("GET /bucket/big HTTP/1.1\nHost: localhost\nRange: bytes=4194300-4194400\n\n");
    assert!(part.status == 206 && part.body == body[4_194_300..=4_194_400]);
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0, "spool files have no name");
}

#[test]
fn idle_connections_can_be_closed() {
    let emulator = open(|builder| builder);
    let ask = "GET /bucket HTTP/1.1\nHost: localhost\n\n";
    let mut raw = Raw::connect(&emulator);
    raw.ask(ask);
    assert_eq!(emulator.close_idle_connections(), 1);
    assert!(raw.rest().unwrap().is_empty());

    let mut raw = Raw::connect(&emulator);
    raw.ask(ask);
    let limit = Duration::from_millis(300);
    emulator.faults().close_idle_after(Some(limit));
    // Its time begins with the answer, before anybody sees that.
    let start = Instant::now();
    raw.ask(ask);
    assert!(raw.rest().unwrap().is_empty());
    assert!(start.elapsed() >= limit);
}

#[test]
fn dropping_the_server_ends_its_connections() {
    let emulator = open(|builder| builder);
    let address = emulator.address();
    let mut idle = Raw::connect(&emulator);
    idle.ask("GET /bucket HTTP/1.1\nHost: localhost\n\n");
    let start = Instant::now();
    drop(emulator);
    // An idle one may stay a minute.
    assert!(start.elapsed() < Duration::from_secs(10));
    assert!(idle.rest().is_ok_and(|rest| rest.is_empty()));
    assert!(std::net::TcpStream::connect(address).is_err());
}

#[test]
fn no_input_ends_the_server() {
    // Clients say when they have no more, so nobody waits for them.
    let emulator = open(|builder| builder);
    let seeds: [&[u8]; 5] = [
        b"PUT /bucket/k?partNumber=1&uploadId=x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello",
        b"POST /bucket HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=X\r\nContent-Length: 86\r\n\r\n--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nhello\r\n--X--\r\n",
        b"PUT /bucket?acl HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<a/>x\r\n0\r\n\r\n",
        b"GET /k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a/b/c/s3/aws4_request&X-Amz-Date=20260102T030405Z&X-Amz-Expires=9&X-Amz-SignedHeaders=host&X-Amz-Signature=1 HTTP/1.1\r\nHost: bucket.localhost\r\n\r\n",
        b"GET /bucket/k HTTP/1.1\r\nHost: localhost\r\nRange: bytes=0-4\r\nAuthorization: AWS a:b\r\nDate: x\r\n\r\n",
    ];
    let mut random = fastrand::Rng::with_seed(17);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let mut random = random.fork();
            let emulator = &emulator;
            scope.spawn(move || {
                for _ in 0..250 {
                    let mut bytes = seeds[random.usize(..seeds.len())].to_vec();
                    for _ in 0..random.usize(1..6) {
                        let at = random.usize(..bytes.len());
                        match random.u8(..4) {
                            0 => bytes[at] = random.u8(..),
                            1 => drop(bytes.remove(at)),
                            2 => bytes.insert(at, random.u8(..)),
                            _ => bytes.truncate(at.max(1)),
                        }
                    }
                    let mut raw = Raw::connect(emulator);
                    let _ = raw.stream.write_all(&bytes);
                    let _ = raw.stream.shutdown(std::net::Shutdown::Write);
                    let _ = raw.rest();
                }
            });
        }
    });
    assert_eq!(emulator.panics(), 0);
    assert_eq!(Raw::connect(&emulator).ask("GET /bucket HTTP/1.1\nHost: localhost\n\n").status, 200);
}
