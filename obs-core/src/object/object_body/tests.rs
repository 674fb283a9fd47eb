use std::collections::VecDeque;
use std::io::{self, Cursor, Read};
use std::sync::{Arc, Mutex};

use crate::checksum::crc64;
use crate::test_support::Fake;
use crate::transport::{HttpRequest, HttpResponse, Transport, TransportError};
use crate::{BucketClient, Error, ErrorKind, Progress, Result};

/// How a body ends before its time.
#[derive(Debug, Clone, Copy)]
enum Break {
    /// As a connection that was reset.
    Reset,
    /// As a stall does.
    Stall,
    /// As if there were no more.
    SilentEnd,
    /// By the program itself.
    Cancel,
}

/// Gives some bytes, then breaks.
struct Breaking(Cursor<Vec<u8>>, Option<Break>);

impl Read for Breaking {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(buffer)?;
        match self.1 {
            Some(_) if read > 0 => Ok(read),
            None | Some(Break::SilentEnd) => Ok(read),
            Some(Break::Reset) => Err(io::ErrorKind::ConnectionReset.into()),
            Some(Break::Stall) => Err(Error::new(ErrorKind::Timeout, "silent").into()),
            Some(Break::Cancel) => Err(Error::new(ErrorKind::Cancelled, "shut down").into()),
        }
    }
}

/// A server with one object that breaks off after so many bytes of an answer.
#[derive(Debug, Clone)]
struct Flaky {
    object: Arc<Vec<u8>>,
    breaks: Arc<Mutex<VecDeque<(usize, Break)>>>,
    asked: Arc<Mutex<Vec<(String, String, String)>>>,
    /// What it says in the second answer and later ones.
    etag_later: &'static str,
    /// Whether it knows ranges.
    ranges: bool,
    /// The CRC-64 that it tells.
    crc64: Option<u64>,
}

const ETAG: &str = "\"8b1a\"";

impl Flaky {
    fn new(len: usize, breaks: &[(usize, Break)]) -> Self {
        let object: Vec<u8> = (0..len).map(|i| (i * 31 % 251) as u8).collect();
        Self {
            crc64: Some(crc64(&object)),
            object: Arc::new(object),
            breaks: Arc::new(Mutex::new(breaks.iter().copied().collect())),
            asked: Arc::default(),
            etag_later: ETAG,
            ranges: true,
        }
    }

    fn bucket(&self) -> BucketClient {
        Fake::new().builder().transport(self.clone()).build().unwrap().bucket("b")
    }

    fn download(&self) -> Result<Vec<u8>> {
        self.bucket().get_object("k").send()?.bytes()
    }

    /// Range and If-Match of each request.
    fn asked(&self) -> Vec<(String, String)> {
        self.asked.lock().unwrap().iter().map(|(_, range, etag)| (range.clone(), etag.clone())).collect()
    }
}

impl Transport for Flaky {
    fn send(&self, request: HttpRequest<'_>) -> std::result::Result<HttpResponse, TransportError> {
        let header = |name| request.headers.get(name).unwrap_or_default().to_owned();
        let (range, if_match) = (header("range"), header("if-match"));
        let first = self.asked.lock().unwrap().is_empty();
        self.asked.lock().unwrap().push((request.url.to_owned(), range.clone(), if_match.clone()));
        let etag = if first { ETAG } else { self.etag_later };
        if !if_match.is_empty() && etag == "replaced" {
            return Ok(HttpResponse::new(412, "Precondition Failed"));
        }
        let whole = self.object.len();
        let asked = range.strip_prefix("bytes=").filter(|_| self.ranges).map(|r| {
            let (from, to) = r.split_once('-').unwrap();
            (from.parse::<usize>().unwrap(), to.parse::<usize>().unwrap_or(whole - 1))
        });
        let (from, to) = asked.unwrap_or((0, whole - 1));
        let mut response = HttpResponse::new(if asked.is_some() { 206 } else { 200 }, "");
        response.headers.insert("etag", etag);
        response.headers.insert("x-obs-version-id", "v1");
        response.headers.insert("content-length", (to - from + 1).to_string());
        if let Some(crc64) = self.crc64 {
            response.headers.insert("x-obs-checksum-crc64ecma", crc64.to_string());
        }
        if asked.is_some() {
            response.headers.insert("content-range", format!("bytes {from}-{to}/{whole}"));
        }
        let mut bytes = self.object[from..=to].to_vec();
        let cut = self.breaks.lock().unwrap().pop_front();
        if let Some((len, _)) = cut {
            bytes.truncate(len);
        }
        response.body = Box::new(Breaking(Cursor::new(bytes), cut.map(|(_, how)| how)));
        Ok(response)
    }
}

#[test]
fn goes_on_where_it_broke_off() {
    let breaks = [(1000, Break::Reset), (0, Break::Stall), (2500, Break::SilentEnd)];
    let server = Flaky::new(5000, &breaks);
    assert_eq!(server.download().unwrap(), *server.object);
    let text = |range: &str, etag: &str| (range.to_owned(), etag.to_owned());
    assert_eq!(
        server.asked(),
        [
            text("", ""),
            text("bytes=1000-4999", ETAG),
            text("bytes=1000-4999", ETAG),
            text("bytes=3500-4999", ETAG)
        ]
    );
    // A bucket that keeps versions has the old one still when there is a newer.
    assert!(server.asked.lock().unwrap()[1].0.ends_with("/k?versionId=v1"));
}

#[test]
fn a_range_goes_on_within_itself() {
    let server = Flaky::new(5000, &[(10, Break::Reset), (20, Break::Reset)]);
    let range =
        server.bucket().get_object("k").range(100..200).if_none_match("other").send().unwrap().bytes();
    assert_eq!(range.unwrap(), server.object[100..200]);
    let ranges: Vec<_> = server.asked().into_iter().map(|(range, _)| range).collect();
    assert_eq!(ranges, ["bytes=100-199", "bytes=110-199", "bytes=130-199"]);
}

#[test]
fn gives_up_after_max_retry_count() {
    let server = Flaky::new(5000, &[(10, Break::Reset); 9]);
    let error = server.download().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert_eq!(server.asked().len(), 4, "one download and three times the rest");

    let server = Flaky::new(5000, &[(10, Break::Reset)]);
    let once = Fake::new().builder().transport(server.clone()).max_retry_count(0).build().unwrap();
    assert_eq!(
        once.bucket("b").get_object("k").send().unwrap().bytes().unwrap_err().kind(),
        ErrorKind::Connection
    );
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn versions_are_never_mixed() {
    for later in ["replaced", "\"other\""] {
        let server = Flaky { etag_later: later, ..Flaky::new(5000, &[(1000, Break::Reset)]) };
        let error = server.download().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
        assert!(error.to_string().contains("was replaced while it was downloaded"), "{error}");
    }
}

#[test]
fn bytes_of_elsewhere_are_refused() {
    let server = Flaky { ranges: false, ..Flaky::new(5000, &[(1000, Break::Reset)]) };
    let error = server.download().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity);
    assert!(error.to_string().contains("asked for the bytes 1000 to 4999"), "{error}");
}

#[test]
fn what_the_program_ended_stays_ended() {
    let server = Flaky::new(5000, &[(1000, Break::Cancel)]);
    assert!(server.download().unwrap_err().is_cancelled());
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn an_image_is_not_put_together_of_two() {
    let server = Flaky::new(5000, &[(1000, Break::Reset)]);
    let image = server.bucket().get_object("k").image_process("image/info").send().unwrap().bytes();
    assert_eq!(image.unwrap_err().kind(), ErrorKind::Connection);
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn damage_is_found_even_by_whoever_reads_no_further() {
    let mut server = Flaky::new(5000, &[(1000, Break::Reset)]);
    server.crc64 = Some(7);
    assert_eq!(server.download().unwrap_err().kind(), ErrorKind::Integrity);
    let mut body = server.bucket().get_object("k").send().unwrap().into_inner().body;
    let error = body.read_exact(&mut [0; 5000]).unwrap_err();
    assert_eq!(Error::from(error).kind(), ErrorKind::Integrity);
    assert!(body.read(&mut [0]).is_err(), "an error does not turn into an end");
    // Of a range the CRC-64 says nothing.
    server.bucket().get_object("k").range(..100).send().unwrap().bytes().unwrap();
}

#[test]
fn too_much_is_an_error() {
    let headers = [("etag", "\"e\"")];
    let fake = Fake::new().answer(200, &headers, "Hello");
    let mut object = fake.bucket().get_object("k").send().unwrap().into_inner();
    object.body.len = Some(3);
    assert_eq!(object.bytes().unwrap_err().kind(), ErrorKind::Integrity);
}

#[test]
fn progress_goes_on_too() {
    let server = Flaky::new(500_000, &[(150_000, Break::Reset), (150_000, Break::Reset)]);
    let seen = Arc::<Mutex<Vec<u64>>>::default();
    let writer = seen.clone();
    let listener = move |p: &Progress| {
        assert_eq!(p.total, Some(500_000));
        writer.lock().unwrap().push(p.transferred);
    };
    server.bucket().get_object("k").progress(listener).send().unwrap().bytes().unwrap();
    let seen = seen.lock().unwrap();
    assert!(seen.len() > 2 && seen.windows(2).all(|pair| pair[0] < pair[1]), "{seen:?}");
    assert_eq!(seen.last(), Some(&500_000));
}

#[test]
fn a_file_is_whole_or_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/folders/k.bin");
    let server = Flaky::new(5000, &[(1000, Break::Reset)]);
    assert_eq!(server.bucket().get_object("k").send().unwrap().save(&path).unwrap(), 5000);
    assert_eq!(std::fs::read(&path).unwrap(), *server.object);

    let server = Flaky::new(4000, &[(1000, Break::Cancel)]);
    server.bucket().get_object("k").send().unwrap().save(&path).unwrap_err();
    assert_eq!(std::fs::read(&path).unwrap().len(), 5000, "the file before is untouched");
    let left = std::fs::read_dir(path.parent().unwrap()).unwrap().count();
    assert_eq!(left, 1, "no temporary file is left behind");

    let server = Flaky::new(10, &[]);
    let error = server.bucket().get_object("k").send().unwrap().save(folder.path()).unwrap_err();
    assert!(error.to_string().contains("is a folder"), "{error}");
}

#[test]
fn text_must_be_text() {
    let fake = Fake::new().answer(200, &[], "Hello 世界").answer(200, &[], vec![0xff]);
    assert_eq!(fake.bucket().get_object("k").send().unwrap().text().unwrap(), "Hello 世界");
    assert_eq!(fake.bucket().get_object("k").send().unwrap().text().unwrap_err().kind(), ErrorKind::Decode);
}

#[test]
fn going_on_takes_from_the_retries_of_the_client_until_the_object_is_whole() {
    let thrice = [(10, Break::Reset); 3];
    let with = |retries: u32, breaks: &[(usize, Break)]| {
        let flaky = Flaky::new(5000, breaks);
        let builder = Fake::new().builder().transport(flaky.clone()).retry_budget(retries);
        (builder.build().unwrap().bucket("b"), flaky)
    };
    let (bucket, flaky) = with(2, &thrice);
    assert!(bucket.get_object("k").send().unwrap().bytes().is_err());
    assert_eq!(flaky.asked().len(), 3, "two times the rest");
    // What is not given back is missing to the next one, but for what the answer that came had earned.
    flaky.breaks.lock().unwrap().extend(thrice);
    let before = flaky.asked().len();
    assert!(bucket.get_object("k").send().unwrap().bytes().is_err());
    assert_eq!(flaky.asked().len() - before, 2, "once");

    let once = [(10, Break::Reset), (4990, Break::SilentEnd)].repeat(5);
    let (bucket, _) = with(1, &once);
    for _ in 0..5 {
        bucket.get_object("k").send().unwrap().bytes().unwrap();
    }
}
