//! What is done with bytes that come from outside, for `fuzz` and for the tests that give damaged ones: whatever they are, there is a result
//! or an error.

use std::fmt;
use std::io::{Cursor, Read};
use std::sync::atomic::Ordering;
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use obs_core::transport::{HttpBody, HttpRequest, HttpResponse, Transport, TransportError, scripted};
use obs_core::{
    BucketClient, Clock, CopySource, Credentials, Endpoint, Error, ErrorKind, Headers, LogConf, Method,
    ObsClient, Operation, Request, Signature, SignedUrl,
};
use obs_transfer::prelude::*;

use crate::every_operation::{Visitor, every_operation};

/// What a server is made to say: to the first request, and to all after it.
type Say = Box<dyn Fn(&HttpRequest<'_>, usize) -> HttpResponse + Send + Sync>;

struct Server(Say, Mutex<usize>);

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Server")
    }
}

impl Transport for Server {
    fn send(&self, request: HttpRequest<'_>) -> Result<HttpResponse, TransportError> {
        let mut count = self.1.lock().expect("no panic elsewhere");
        *count += 1;
        Ok((self.0)(&request, *count - 1))
    }
}

/// Never waits.
#[derive(Debug)]
struct Impatient;

impl Clock for Impatient {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_767_323_045)
    }

    fn sleep(&self, _: Duration) {}
}

fn client(say: impl Fn(&HttpRequest<'_>, usize) -> HttpResponse + Send + Sync + 'static) -> ObsClient {
    signing(Signature::Obs, say)
}

fn signing(
    signature: Signature,
    say: impl Fn(&HttpRequest<'_>, usize) -> HttpResponse + Send + Sync + 'static,
) -> ObsClient {
    ObsClient::builder()
        .endpoint("https://obs.example.com")
        .credentials(Credentials::new("AK", "SK"))
        .signature(signature)
        .region("region-1")
        .max_retry_count(1)
        .transport(Server(Box::new(say), Mutex::new(0)))
        .clock(Impatient)
        .build()
        .expect("a complete configuration")
}

fn answer(status: u16, headers: &[(String, String)], body: &[u8]) -> HttpResponse {
    let mut response = HttpResponse::new(status, "Reason");
    for (name, value) in headers {
        response.headers.append(name.to_ascii_lowercase(), value.clone());
    }
    response.body = Box::new(Cursor::new(body.to_vec()));
    response
}

/// An error is a line.
fn told<T>(result: Result<T, Error>) {
    if let Err(error) = result {
        let text = error.to_string();
        assert!(!text.contains('\n') && text.len() < 8000, "no line: {text:?}");
    }
}

/// The body of an answer, to every operation; the first byte chooses status and protocol.
pub fn body(data: &[u8]) {
    struct All(BucketClient);
    impl Visitor for All {
        fn visit<O: Operation>(
            &mut self,
            _: &'static str,
            _: impl Fn(&BucketClient) -> obs_core::Result<String>,
            make: impl Fn(&BucketClient, &str) -> Request<O>,
        ) {
            told(make(&self.0, "id").send());
        }
    }
    let (first, body) = data.split_first().map_or((0, data), |(first, rest)| (*first, rest));
    let status = [200, 200, 200, 204, 206, 404, 409, 503][usize::from(first % 8)];
    let signature = [Signature::Obs, Signature::V2, Signature::V4][usize::from(first / 8 % 3)];
    let body = body.to_vec();
    let client = signing(signature, move |_, _| answer(status, &[], &body));
    every_operation(&mut All(client.bucket("my-bucket")));
}

/// The headers of an answer, a line each.
pub fn headers(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let headers: Vec<(String, String)> = text
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect();
    for status in [200, 206, 304, 307, 403, 503] {
        let headers = headers.clone();
        let bucket = client(move |_, _| answer(status, &headers, b"")).bucket("my-bucket");
        told(bucket.get_object_metadata("key").send());
        told(bucket.get_object("key").send().and_then(|object| object.into_inner().bytes()));
        told(bucket.get_bucket_metadata().send());
        told(bucket.put_content("key", "x").send());
        told(bucket.append_object("key", 0, "x").send());
    }
}

/// Endpoints, sources of copies, signed URLs, and where an answer leads.
pub fn address(data: &[u8]) {
    let text = String::from_utf8_lossy(data).into_owned();
    if let Ok(endpoint) = Endpoint::parse(&text) {
        // What it says of itself is an endpoint again, and the same
        let again = Endpoint::parse(&endpoint.origin(endpoint.server())).expect("an endpoint");
        assert_eq!((again.host(), again.port()), (endpoint.host(), endpoint.port()), "{text:?}");
        for key in [None, Some("a/../b c"), Some(&*text)] {
            drop(endpoint.locate(Some("my-bucket"), key));
        }
    }
    let led = text.clone();
    let bucket = client(move |request, count| {
        let host = request.url.split('/').nth(2).unwrap_or_default();
        assert!(count == 0 || !host.contains(['@', ' ', '\\']), "led to {}", request.url);
        answer(if count == 0 { 307 } else { 200 }, &[("location".to_owned(), led.clone())], b"")
    })
    .bucket("my-bucket");
    told(bucket.head_object("key").send());
    let bucket = client(|_, _| answer(200, &[], b"")).bucket("my-bucket");
    told(bucket.get_object("key").send_signed(&SignedUrl::new(Method::Get, &*text, Headers::new())));
    told(bucket.put_content(&*text, "x").send());
    told(bucket.copy_object("key", CopySource::new("my-bucket", &*text)).send());
    told(bucket.copy_object("key", &*text).send());
}

/// The checkpoint of a download that broke off after two parts of four, with some bytes of it in place of others (two bytes say where, one
/// how many go): the next run ends with the object's bytes or with an error.
pub fn checkpoint(data: &[u8]) {
    const PART: usize = 100 << 10;
    static OBJECT: LazyLock<Vec<u8>> =
        LazyLock::new(|| (0..3 * PART + PART / 2).map(|at| (at % 251) as u8).collect());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (target, record) = (folder.path().join("target"), folder.path().join("record"));
    let run = |parts: usize| {
        let client = client(move |request, count| object(&OBJECT, request, count > parts));
        let download = client.download_file("my-bucket", "key", &target).part_size(PART as u64).task_num(1);
        download.checkpoint_file(&record).send()
    };
    run(2).expect_err("it breaks off");
    if let [high, low, cut, bytes @ ..] = data {
        let mut found = std::fs::read(&record).expect("a checkpoint");
        let start = usize::from(u16::from_be_bytes([*high, *low])) % (found.len() + 1);
        let end = (start + usize::from(*cut)).min(found.len());
        found.splice(start..end, bytes.iter().copied());
        std::fs::write(&record, found).expect("a file");
    }
    match run(usize::MAX) {
        Ok(_) => assert!(std::fs::read(&target).expect("a finished download") == *OBJECT),
        Err(error) => assert!(!target.exists() && !error.to_string().contains('\n'), "{error}"),
    }
}

/// An object as a server gives it, or its refusal.
fn object(object: &[u8], request: &HttpRequest<'_>, refused: bool) -> HttpResponse {
    if refused {
        return answer(403, &[], b"");
    }
    let header = |name: &str, value: String| (name.to_owned(), value);
    let mut headers = vec![header("etag", "\"e\"".to_owned())];
    headers.push(header("last-modified", "Thu, 01 Jan 2026 00:00:00 GMT".to_owned()));
    let range = request.headers.get("range").and_then(|range| {
        let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
        Some((first.parse::<usize>().ok()?, last.parse::<usize>().ok()?.min(object.len() - 1)))
    });
    let (first, last) = range.unwrap_or((0, object.len() - 1));
    if range.is_some() {
        headers.push(header("content-range", format!("bytes {first}-{last}/{}", object.len())));
    }
    let body = object.get(first..=last).unwrap_or_default();
    headers.push(header("content-length", body.len().to_string()));
    let body = if request.method == Method::Head { &[] } else { body };
    answer(if range.is_some() { 206 } else { 200 }, &headers, body)
}

/// The file that says what is logged.
pub fn log_conf(data: &[u8]) {
    told(String::from_utf8_lossy(data).parse::<LogConf>());
}

/// A key of a listing as the name of a file: whatever it is, nothing is written outside of the folder.
pub fn names(data: &[u8]) {
    let outside = tempfile::tempdir().expect("a temporary folder");
    let folder = outside.path().join("folder");
    let key = String::from_utf8_lossy(data).into_owned();
    let encoded: String = key.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let page = format!(
        "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>\
         <Contents><Key>below%2F{encoded}</Key><ETag>\"e\"</ETag><Size>1</Size></Contents></ListBucketResult>"
    );
    let client = client(move |request, _| match request.url.contains("?") {
        true => answer(200, &[], page.as_bytes()),
        false => object(b"x", request, false),
    });
    let report = client.bucket("my-bucket").download_dir("below", &folder).task_num(1).send();
    let failed = report.as_ref().map_or(true, |report| !report.failures.is_empty());
    let mut found: Vec<_> = std::fs::read_dir(outside.path()).expect("a folder").collect();
    found.retain(|entry| entry.as_ref().is_ok_and(|entry| entry.path() != folder));
    assert!(found.is_empty(), "{key:?} wrote {found:?}");
    let written = crate::trees::read(&folder);
    assert!(written.len() <= usize::from(!failed), "{key:?}: {report:?} {written:?}");
}

/// The plan of a job for several machines, and a pattern for the names of files.
pub fn plan(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let client = client(|_, _| answer(403, &[], b""));
    match TransferPlan::from_json(&client, &text) {
        Ok(plan) => {
            let json = plan.to_json();
            let again = TransferPlan::from_json(&client, &json).expect("what it wrote itself");
            assert_eq!(again.to_json(), json);
            assert!((1..=10_000).contains(&plan.parts()), "{json}");
        }
        Err(error) => assert!(!error.to_string().contains('\n'), "{error}"),
    }
    if let Ok(filter) = obs_transfer::Filter::new(&[&text], &[]) {
        assert!(!filter.matches("a/b.txt") || "a/b.txt".starts_with(&filter.literal_prefix()), "{text:?}");
    }
}

/// An answer on the wire, to GET or HEAD, and one after it over the same connection or another. In one piece it comes to the same as in
/// many, however they are cut (the first two bytes say how) and read.
pub fn wire(data: &[u8]) {
    let [how, seed, bytes @ ..] = data else { return };
    let method = if how % 4 == 3 { Method::Head } else { Method::Get };
    let mut state = u32::from(*seed) + 1;
    let (mut rest, mut pieces) = (bytes, Vec::new());
    while !rest.is_empty() {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let longest = [1, 3, 40, 5000][usize::from(how / 4 % 4)];
        let (piece, behind) = rest.split_at((1 + (state >> 16) as usize % longest).min(rest.len()));
        pieces.push(piece.to_vec());
        rest = behind;
    }
    let whole = if bytes.is_empty() { Vec::new() } else { vec![bytes.to_vec()] };
    let at_once = came_of(method, whole, 65_536, 1 << 20);
    assert_eq!(came_of(method, pieces.clone(), 1024, 7), at_once, "{:?}", String::from_utf8_lossy(bytes));
    assert_eq!(came_of(method, pieces, 65_536, 999), at_once, "{:?}", String::from_utf8_lossy(bytes));
}

/// Status, headers and body, with what broke it off, or why there are none; and whether the connection was used again.
type Came = (Result<(u16, Vec<String>, Vec<u8>, Option<ErrorKind>), ErrorKind>, bool);

fn came_of(method: Method, pieces: Vec<Vec<u8>>, chunk_size: usize, read: usize) -> Came {
    let (transport, opened) = scripted(pieces, chunk_size).expect("a transport");
    let headers = Headers::new();
    let send = |method| {
        let (url, body) = ("http://obs.example.com/key", HttpBody::Empty);
        transport.send(HttpRequest {
            method,
            url,
            headers: &headers,
            body,
            deadline: None,
            idempotent: false,
        })
    };
    let answer = send(method).map_err(|error| error.kind).map(|mut answer| {
        let headers = answer.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let (mut body, mut buffer) = (Vec::new(), vec![0; read]);
        let end = loop {
            match answer.body.read(&mut buffer) {
                Ok(0) => break None,
                Ok(read) => body.extend_from_slice(&buffer[..read]),
                Err(error) => break Some(Error::from(error).kind()),
            }
        };
        (answer.status, headers, body, end)
    });
    let next = send(Method::Get);
    let again = opened.load(Ordering::SeqCst) == 1;
    assert!(!again || next.is_ok_and(|next| next.status == 200 && next.headers.len() == 1));
    (answer, again)
}

/// What is done with damaged bytes, and the name of its folder in `fuzz/corpus`.
type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: [Target; 8] = [
    ("body", body),
    ("headers", headers),
    ("address", address),
    ("checkpoint", checkpoint),
    ("log_conf", log_conf),
    ("names", names),
    ("plan", plan),
    ("wire", wire),
];
