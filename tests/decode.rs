//! Answers that no server should give: 100,000 damaged ones through every operation. Whatever comes, a call ends with a result or an error,
//! soon and in little memory.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use fastrand::Rng;
use obs_core::transport::{HttpRequest, HttpResponse, Transport, TransportError};
use obs_core::{BucketClient, Clock, Credentials, ErrorKind, ObsClient, Operation, Request, Signature};
use obs_tests::every_operation::{Visitor, every_operation, names_in_the_table};

const SEED: u64 = 20_260_102;
const ANSWERS: usize = 100_000;
/// What one answer may take, on a slow and busy machine.
const SOON: Duration = Duration::from_secs(5);

/// An answer before it is sent.
#[derive(Clone, Default)]
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = String::from_utf8_lossy(&self.body);
        write!(f, "{} {:?}\n{}", self.status, self.headers, body.chars().take(4000).collect::<String>())
    }
}

/// The recorded answers by operation, named as in the vectors.
fn recorded() -> BTreeMap<String, Vec<Answer>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/responses");
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("the vectors") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("a readable file");
        let vectors: Vec<serde_json::Value> = serde_json::from_str(&text).expect("an array");
        let answers = vectors.iter().map(|vector| {
            let response = &vector["response"];
            let headers = response["headers"].as_object().into_iter().flatten();
            Answer {
                status: response["status"].as_u64().and_then(|status| status.try_into().ok()).unwrap_or(200),
                headers: headers
                    .map(|(name, value)| {
                        (name.to_ascii_lowercase(), value.as_str().unwrap_or_default().to_owned())
                    })
                    .collect(),
                body: response["body"].as_str().unwrap_or_default().into(),
            }
        });
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        all.insert(name, answers.collect());
    }
    assert!(all.len() > 50, "only {} files of recorded answers", all.len());
    all
}

/// `set_bucket_acl` is `setBucketAcl` in the vectors.
fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |all, word| all + &word[..1].to_ascii_uppercase() + &word[1..])
}

/// Damages answers, always in the same way for the same seed.
struct Mutator {
    rng: Rng,
    pool: Vec<Answer>,
}

/// What parsers stumble over.
const TOKENS: [&str; 32] = [
    "<",
    ">",
    "&",
    "&amp;",
    "&#0;",
    "&#xD800;",
    "&#x10FFFF;",
    "&bomb;",
    "]]>",
    "<![CDATA[",
    "<!--",
    "<?xml version='1.0' encoding='UTF-16'?>",
    "<!DOCTYPE r [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>]>",
    "xmlns='urn:x' ",
    " a='1' a='2'",
    "</Error>",
    "<Error><Code>InternalError</Code></Error>",
    "<IsTruncated>true</IsTruncated>",
    "<EncodingType>url</EncodingType>",
    "%",
    "%zz%FF%fe",
    "+",
    "-1",
    "18446744073709551616",
    "1e400",
    "NaN",
    "9999-99-99T99:99:99.999Z",
    "0000-00-00T00:00:00Z",
    "\0",
    "\u{feff}",
    "null",
    "{\"a\":[[[[",
];
const HEADER_VALUES: [&str; 12] = [
    "",
    "-1",
    "0",
    "18446744073709551615",
    "18446744073709551616",
    "bytes 5-1/0",
    "bytes */*",
    "\"unclosed",
    "Thu, 31 Feb 2026 25:61:61 GMT",
    "%E4%B8",
    "é\u{7f}",
    "true, false",
];
const HEADER_NAMES: [&str; 14] = [
    "content-length",
    "content-type",
    "content-range",
    "last-modified",
    "etag",
    "location",
    "date",
    "x-obs-version-id",
    "x-obs-checksum-crc64ecma",
    "x-obs-next-append-position",
    "x-obs-object-type",
    "x-obs-expiration",
    "x-obs-meta-%zz",
    "access-control-max-age",
];

impl Mutator {
    fn pick<'a, T>(rng: &mut Rng, all: &'a [T]) -> &'a T {
        &all[rng.usize(..all.len())]
    }

    /// A place in the body and one not before it, near or far.
    fn range(&mut self, len: usize) -> (usize, usize) {
        let start = self.rng.usize(..=len);
        let most = if self.rng.bool() { 16 } else { len };
        (start, (start + self.rng.usize(..=most)).min(len))
    }

    fn answer(&mut self, own: &[Answer]) -> Answer {
        let mut answer = match own {
            [_, ..] if self.rng.u8(..10) < 7 => Self::pick(&mut self.rng, own).clone(),
            _ => Self::pick(&mut self.rng, &self.pool).clone(),
        };
        if self.rng.u8(..10) < 8 {
            answer.status = 200;
        }
        for _ in 0..self.rng.usize(1..5) {
            self.damage(&mut answer);
        }
        answer
    }

    fn damage(&mut self, answer: &mut Answer) {
        let (start, end) = self.range(answer.body.len());
        let body = &mut answer.body;
        match self.rng.u8(..16) {
            0 | 1 => {
                if let Some(byte) = body.get_mut(start) {
                    *byte ^= 1 << self.rng.u8(..8);
                }
            }
            2 => body.truncate(start),
            3 => drop(body.drain(start..end)),
            4 => {
                let piece = body[start..end].to_vec();
                body.splice(start..start, piece);
            }
            // The same again and again
            5 => {
                let times = 1 << self.rng.u8(..11);
                let piece: Vec<u8> = body[start..end].iter().copied().take(64).collect();
                body.splice(start..start, piece.repeat(times));
            }
            6..=8 => {
                let token = Self::pick(&mut self.rng, &TOKENS).bytes();
                body.splice(start..start, token);
            }
            9 => {
                let token = Self::pick(&mut self.rng, &TOKENS).bytes();
                body.splice(start..end, token);
            }
            // Deep elements, closed or not
            10 => {
                let depth = 1 << self.rng.u8(..15);
                if self.rng.bool() {
                    body.splice(end..end, b"</Key>".repeat(depth));
                }
                body.splice(start..start, b"<Key>".repeat(depth));
            }
            11 => {
                let noise = (0..self.rng.usize(1..40)).map(|_| self.rng.u8(..)).collect::<Vec<_>>();
                body.splice(start..end, noise);
            }
            // The number that comes next is another
            12 => {
                let digits = |byte: &u8| byte.is_ascii_digit();
                if let Some(at) = body[start..].iter().position(digits).map(|at| start + at) {
                    let len = body[at..].iter().take_while(|byte| digits(byte)).count();
                    let other = *Self::pick(
                        &mut self.rng,
                        &["0", "-1", "4294967296", "99999999999999999999", "1.5", ""],
                    );
                    body.splice(at..at + len, other.bytes());
                }
            }
            13 => {
                let value = Self::pick(&mut self.rng, &HEADER_VALUES).to_string();
                if let Some(at) = answer.headers.len().checked_sub(1).map(|last| self.rng.usize(..=last)) {
                    answer.headers[at].1 = value;
                }
            }
            14 => {
                let name = Self::pick(&mut self.rng, &HEADER_NAMES).to_string();
                let value = Self::pick(&mut self.rng, &HEADER_VALUES).to_string();
                answer.headers.push((name, value));
            }
            _ => {
                answer.status = *Self::pick(
                    &mut self.rng,
                    &[200, 201, 202, 204, 206, 302, 304, 307, 404, 409, 412, 500, 503, 999],
                );
            }
        }
    }
}

/// Gives the answer that is in it.
#[derive(Debug, Default)]
struct Server(Mutex<Answer>);

impl Transport for Server {
    fn send(&self, _request: HttpRequest<'_>) -> Result<HttpResponse, TransportError> {
        let answer = self.0.lock().expect("no panic elsewhere").clone();
        let mut response = HttpResponse::new(answer.status, "Reason");
        for (name, value) in answer.headers {
            response.headers.append(name, value);
        }
        response.body = Box::new(Cursor::new(answer.body));
        Ok(response)
    }
}

/// Stands still.
#[derive(Debug)]
struct Frozen;

impl Clock for Frozen {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_767_323_045)
    }

    fn sleep(&self, _duration: Duration) {}
}

fn client(signature: Signature, server: Arc<dyn Transport>) -> ObsClient {
    ObsClient::builder()
        .endpoint("https://obs.example.com")
        .credentials(Credentials::new("AK", "SK"))
        .signature(signature)
        .region("region-1")
        .max_retry_count(1)
        .shared_transport(server)
        .clock(Frozen)
        .build()
        .expect("a complete configuration")
}

/// What is under way, and since when: a call that never ends is named and ends the tests.
#[derive(Clone)]
struct Watch(Arc<Mutex<Option<(Instant, String)>>>);

impl Watch {
    fn start() -> Self {
        let watch = Self(Arc::default());
        let watched = Arc::downgrade(&watch.0);
        thread::spawn(move || {
            while let Some(current) = watched.upgrade() {
                if let Some((since, what)) = &*current.lock().expect("no panic elsewhere")
                    && since.elapsed() > SOON * 10
                {
                    eprintln!("does not end: {what}");
                    std::process::abort();
                }
                drop(current);
                thread::sleep(Duration::from_millis(200));
            }
        });
        watch
    }

    fn set(&self, what: Option<String>) {
        *self.0.lock().expect("no panic elsewhere") = what.map(|what| (Instant::now(), what));
    }
}

/// Sends damaged answers through the operations that it is shown.
struct Fuzzer {
    mutator: Mutator,
    recorded: Arc<BTreeMap<String, Vec<Answer>>>,
    server: Arc<Server>,
    clients: Vec<ObsClient>,
    watch: Watch,
    /// So many answers an operation.
    each: usize,
    seen: Vec<&'static str>,
    /// Results and errors.
    ends: (usize, usize),
    problems: Vec<String>,
}

impl Fuzzer {
    fn new(seed: u64, each: usize) -> Self {
        let recorded = Arc::new(recorded());
        let server = Arc::new(Server::default());
        let signatures = [Signature::Obs, Signature::Obs, Signature::V2, Signature::V4];
        Self {
            mutator: Mutator {
                rng: Rng::with_seed(seed),
                pool: recorded.values().flatten().cloned().collect(),
            },
            clients: signatures.map(|signature| client(signature, server.clone())).into(),
            recorded,
            server,
            watch: Watch::start(),
            each,
            seen: Vec::new(),
            ends: (0, 0),
            problems: Vec::new(),
        }
    }

    /// Gives a damaged answer to the call; it must end, with whatever.
    fn survive(&mut self, name: &str, call: impl Fn(&BucketClient) -> Result<(), obs_core::Error>) {
        let own = self.recorded.get(&camel_case(name)).map(Vec::as_slice).unwrap_or_default();
        let answer = self.mutator.answer(own);
        *self.server.0.lock().expect("no panic elsewhere") = answer.clone();
        let client = Mutator::pick(&mut self.mutator.rng, &self.clients);
        let bucket = client.bucket("my-bucket");
        self.watch.set(Some(format!("{name}:\n{answer:?}")));
        let start = Instant::now();
        let end = catch_unwind(AssertUnwindSafe(|| call(&bucket)));
        self.watch.set(None);
        match end {
            Ok(Ok(())) => self.ends.0 += 1,
            Ok(Err(error)) => {
                self.ends.1 += 1;
                let text = error.to_string();
                if text.contains('\n') || text.len() > 4000 {
                    self.problems.push(format!("{name}: this is no line: {text:?}\n{answer:?}"));
                }
            }
            Err(_) => self.problems.push(format!("{name} panicked:\n{answer:?}")),
        }
        if start.elapsed() > SOON {
            self.problems.push(format!("{name} took {:?}:\n{answer:?}", start.elapsed()));
        }
    }
}

impl Visitor for Fuzzer {
    fn visit<O: Operation>(
        &mut self,
        name: &'static str,
        _before: impl Fn(&BucketClient) -> obs_core::Result<String>,
        make: impl Fn(&BucketClient, &str) -> Request<O>,
    ) {
        self.seen.push(name);
        for _ in 0..self.each {
            self.survive(name, |bucket| make(bucket, "id").send().map(drop));
        }
    }
}

/// The tests measure the memory of the whole process.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// How many MiB the process has at most while it does this beyond what it had before; 0 where that cannot be known.
fn memory_for<T>(work: impl FnOnce() -> T) -> (T, u64) {
    let of = |name: &str| {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().strip_suffix(" kB")?.parse::<u64>().ok()
    };
    // Linux forgets the peak
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let before = of("VmRSS:");
    let done = work();
    let after = of("VmHWM:");
    (done, before.zip(after).map_or(0, |(before, after)| after.saturating_sub(before) >> 10))
}

#[test]
fn a_hundred_thousand_damaged_answers() {
    let _alone = ONE_AT_A_TIME.lock();
    // Each panic is told once, with its answer, below
    std::panic::set_hook(Box::new(|_| {}));
    let threads = thread::available_parallelism().map_or(1, usize::from).min(8);
    let operations = names_in_the_table().len();
    let (fuzzers, memory) = memory_for(|| {
        thread::scope(|scope| {
            let running: Vec<_> = (0..threads)
                .map(|n| {
                    scope.spawn(move || {
                        let mut fuzzer = Fuzzer::new(SEED + n as u64, ANSWERS.div_ceil(operations * threads));
                        every_operation(&mut fuzzer);
                        // Its answer is read by whoever has the result
                        for _ in 0..fuzzer.each {
                            fuzzer.survive("get_object", |bucket| {
                                bucket.get_object("key").send()?.bytes().map(drop)
                            });
                            fuzzer.survive("list_objects", |bucket| {
                                bucket.list_objects().pages().take(3).try_for_each(|page| page.map(drop))
                            });
                        }
                        fuzzer
                    })
                })
                .collect();
            running.into_iter().map(|one| one.join().expect("panics are caught")).collect::<Vec<Fuzzer>>()
        })
    });
    drop(std::panic::take_hook());

    let (results, errors) = fuzzers.iter().fold((0, 0), |all, one| (all.0 + one.ends.0, all.1 + one.ends.1));
    let problems: Vec<&String> = fuzzers.iter().flat_map(|fuzzer| &fuzzer.problems).collect();
    println!("{results} results, {errors} errors, {} problems, {memory} MiB", problems.len());
    assert!(problems.is_empty(), "{} problems, the first:\n{}", problems.len(), problems[0]);
    assert!(results + errors >= ANSWERS);
    // Else the damage is too small or too large to find anything
    assert!(results > ANSWERS / 10 && errors > ANSWERS / 10, "{results} results, {errors} errors");
    let mut seen = fuzzers[0].seen.clone();
    seen.sort_unstable();
    let mut table = names_in_the_table();
    table.sort_unstable();
    assert_eq!(seen, table, "every operation of the SDK");
    assert!(memory < 128, "{memory} MiB");
}

/// A body that never ends, in elements or in text.
struct Endless(&'static [u8], u64);

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        for (n, byte) in buffer.iter_mut().enumerate() {
            let at = (self.1 + n as u64) % self.0.len() as u64;
            *byte = self.0[at as usize];
        }
        self.1 += buffer.len() as u64;
        Ok(buffer.len())
    }
}

#[derive(Debug)]
struct EndlessServer(&'static [u8]);

impl Transport for EndlessServer {
    fn send(&self, _request: HttpRequest<'_>) -> Result<HttpResponse, TransportError> {
        let mut response = HttpResponse::new(200, "OK");
        response.body = Box::new(Endless(self.0, 0));
        Ok(response)
    }
}

#[test]
fn an_answer_without_end() {
    let _alone = ONE_AT_A_TIME.lock();
    for text in ["<ListBucketResult>", "<Key>k</Key>", " ", "text"] {
        let bucket = client(Signature::Obs, Arc::new(EndlessServer(text.as_bytes()))).bucket("my-bucket");
        let start = Instant::now();
        let (calls, memory): ([obs_core::Result<()>; 4], u64) = memory_for(|| {
            [
                bucket.list_objects().send().map(drop),
                bucket.get_bucket_lifecycle().send().map(drop),
                bucket.get_bucket_policy().send().map(drop),
                bucket.delete_object("key").send().map(drop),
            ]
        });
        for call in calls {
            let error = call.expect_err("an endless answer");
            assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
        }
        assert!(memory < 300, "{memory} MiB");
        assert!(start.elapsed() < Duration::from_secs(60), "took {:?}", start.elapsed());
    }
}

/// Shows each operation a page for people that calls itself a success.
struct LoginPage {
    bucket: BucketClient,
    taken_for_an_answer: Vec<&'static str>,
}

impl Visitor for LoginPage {
    fn visit<O: Operation>(
        &mut self,
        name: &'static str,
        _before: impl Fn(&BucketClient) -> obs_core::Result<String>,
        make: impl Fn(&BucketClient, &str) -> Request<O>,
    ) {
        match make(&self.bucket, "id").send() {
            Ok(_) => self.taken_for_an_answer.push(name),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Decode, "{name}: {error}"),
        }
    }
}

#[test]
fn a_login_page_is_no_answer() {
    let head = "<head><title>Sign in</title></head><body><p>Who are you?</p></body></html>";
    for page in [
        format!("<!DOCTYPE html><html>{head}"),
        format!("\n<HTML>{head}"),
        format!(
            "\u{feff}<?xml version=\"1.0\"?>\n<!-- x -->\n<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\">{head}"
        ),
    ] {
        let server = Arc::new(Server::default());
        *server.0.lock().expect("no panic elsewhere") =
            Answer { status: 200, headers: Vec::new(), body: page.into_bytes() };
        let bucket = client(Signature::Obs, server).bucket("my-bucket");
        let mut visitor = LoginPage { bucket, taken_for_an_answer: Vec::new() };
        every_operation(&mut visitor);
        // An object may well be a page.
        visitor.taken_for_an_answer.retain(|name| !matches!(*name, "get_object"));
        assert_eq!(visitor.taken_for_an_answer, Vec::<&str>::new());
    }
    // An XML document of somebody else.
    let server = Arc::new(Server::default());
    *server.0.lock().expect("no panic elsewhere") =
        Answer { status: 200, headers: Vec::new(), body: b"<status><ok/></status>".to_vec() };
    let bucket = client(Signature::Obs, server).bucket("my-bucket");
    let lists: [obs_core::Result<()>; 6] = [
        bucket.list_objects().send().map(drop),
        bucket.list_versions().send().map(drop),
        bucket.list_multipart_uploads().send().map(drop),
        bucket.list_parts("key", "id").send().map(drop),
        bucket.client().list_buckets().send().map(drop),
        bucket.delete_objects(["key"]).send().map(drop),
    ];
    for list in lists {
        let error = list.expect_err("a list of nothing");
        assert!(
            error.kind() == ErrorKind::Decode && error.to_string().contains("<status> where <"),
            "{error}"
        );
    }
}
