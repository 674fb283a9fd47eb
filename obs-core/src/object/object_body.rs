//! The bytes of an object as they come, and how a download goes on that broke off.

use std::fmt;
use std::io::{self, Read};

use obs_sign::Method;

use crate::call;
use crate::checksum::Crc64;
use crate::error::{Error, ErrorKind, Result};
use crate::object::GetObject;
use crate::operation::{Answer, Head, Operation, Parts};
use crate::request::Way;
use crate::types::ProgressListener;

/// The bytes of an object, to be read as they come.
///
/// When the connection breaks, the rest is asked for, from the same version only, as often as the client's
/// `max_retry_count` says. An end before the announced length is an error, as is a wrong CRC-64 of a whole object; then nothing of
/// what was read should be used.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use std::io::{BufRead, BufReader};
///
/// let object = bucket.get_object("hello.txt").send()?.into_inner();
/// for line in BufReader::new(object.body).lines() {
///     println!("{}", line?);
/// }
/// # Ok::<(), obs_core::Error>(())
/// ```
pub struct ObjectBody {
    reader: Box<dyn Read + Send>,
    state: State,
    /// Bytes read so far.
    passed: u64,
    /// Bytes that were announced.
    len: Option<u64>,
    /// CRC-64 of what was read, and what it must be at the end.
    check: Option<(Crc64, u64)>,
    progress: ProgressListener,
    resume: Option<Box<Resume>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Flowing,
    Ended,
    Failed,
}

impl fmt::Debug for ObjectBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectBody")
            .field("state", &self.state)
            .field("passed", &self.passed)
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}

impl ObjectBody {
    /// The body of this answer. `crc64` is what the bytes must have, where that is known.
    pub(crate) fn new(answer: &mut Answer, asked: &GetObject, crc64: Option<u64>) -> Self {
        let len = answer.head().number("content-length");
        asked.progress.begin(len);
        Self {
            resume: Resume::of(answer, asked).map(Box::new),
            reader: answer.take_body(),
            state: State::Flowing,
            passed: 0,
            len,
            check: crc64.map(|stored| (Crc64::new(), stored)),
            progress: asked.progress.clone(),
        }
    }

    /// How many bytes were read so far.
    pub fn position(&self) -> u64 {
        self.passed
    }

    /// Reads once; a connection that broke is an error even where it looks like an end.
    fn read_some(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer).map_err(|e| match e.kind() {
            io::ErrorKind::Interrupted if e.get_ref().is_none() => e,
            _ => broken(e).into(),
        })?;
        match self.len {
            Some(len) if read == 0 && self.passed < len => {
                let left = len - self.passed;
                Err(Error::new(ErrorKind::Connection, format!("the answer ended {left} bytes early")).into())
            }
            Some(len) if read as u64 > len - self.passed => {
                let message = format!("the server sent more than the {len} bytes that it announced");
                Err(Error::new(ErrorKind::Integrity, message).into())
            }
            _ => Ok(read),
        }
    }

    /// All was read: what arrived must be what is stored.
    fn end(&mut self) -> Result<()> {
        if self.len.is_some() {
            // A connection that is read to its end can be used again.
            let _ = self.reader.read(&mut [0]);
        }
        if let Some((crc64, stored)) = self.check.take() {
            let arrived = crc64.sum64();
            if arrived != stored {
                return Err(Error::new(
                    ErrorKind::Integrity,
                    format!(
                        "the object arrived damaged: CRC-64 {arrived} instead of {stored}; download again"
                    ),
                ));
            }
        }
        self.state = State::Ended;
        if let Some(resume) = &self.resume {
            call::give_back(&resume.way.client, resume.retries);
        }
        self.progress.finish();
        Ok(())
    }

    fn flow(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = loop {
            match self.read_some(buffer) {
                Ok(read) => break read,
                Err(e) if e.kind() == io::ErrorKind::Interrupted && e.get_ref().is_none() => return Err(e),
                Err(e) => {
                    let error = Error::from(e);
                    self.reader = match &mut self.resume {
                        Some(resume) => resume.rest(self.passed, error)?,
                        None => return Err(error.into()),
                    };
                }
            }
        };
        if let (Some((crc64, _)), Some(bytes)) = (&mut self.check, buffer.get(..read)) {
            crc64.write(bytes);
        }
        self.passed += read as u64;
        self.progress.moved(read as u64);
        if read == 0 || self.len == Some(self.passed) {
            self.end()?;
        }
        Ok(read)
    }
}

impl Read for ObjectBody {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.state {
            _ if buffer.is_empty() => Ok(0),
            State::Ended => Ok(0),
            State::Failed => Err(Error::new(ErrorKind::Connection, "the download failed before").into()),
            State::Flowing => {
                let result = self.flow(buffer);
                if result.as_ref().is_err_and(|e| e.get_ref().is_some()) {
                    self.state = State::Failed;
                }
                result
            }
        }
    }
}

/// What broke a body off, as an error of ours.
fn broken(error: io::Error) -> Error {
    match error.downcast::<Error>() {
        Ok(own) => own,
        Err(e) => Error::new(ErrorKind::Connection, "the answer broke off").with_source(e),
    }
}

/// How to ask for the rest of a version of an object.
struct Resume {
    way: Way,
    get: GetObject,
    etag: String,
    range: ContentRange,
    /// How often it broke off.
    failed: u32,
    /// What it took of the budget for retries.
    retries: u32,
}

impl Resume {
    /// Only what has an ETag and an announced length can go on: other bytes must not be mistaken for its own.
    fn of(answer: &mut Answer, asked: &GetObject) -> Option<Self> {
        let head = answer.head();
        let etag = head.headers().get("etag").filter(|e| !e.starts_with("W/"))?.to_owned();
        let len: u64 = head.number("content-length").filter(|len| *len > 0)?;
        let range = match head.status() {
            200 => ContentRange { first: 0, last: len - 1, total: Some(len) },
            206 => ContentRange::of(head).filter(|r| r.last - r.first == len - 1)?,
            _ => return None,
        };
        let get = asked.for_rest(&etag, head)?;
        let way = answer.way.take()?;
        Some(Self { way, get, etag, range, failed: 0, retries: 0 })
    }

    /// The rest from this byte of the answer on, or the error if there is no use in going on.
    fn rest(&mut self, passed: u64, error: Error) -> Result<Box<dyn Read + Send>> {
        self.failed += 1;
        let config = &self.way.client.inner().config;
        if !error.is_retryable() || self.failed > config.max_retry_count {
            return Err(error);
        }
        log::info!(target: "obs::retry", "GetObject: broke off after {passed} bytes, asking for the rest: {error}");
        if !call::goes_on(&self.way.client, self.failed, self.way.time_left()) {
            return Err(error);
        }
        self.retries += 1;
        let client = match self.way.time_left() {
            None => self.way.client.clone(),
            Some(left) if left.is_zero() => return Err(error),
            Some(left) => self.way.client.with_deadline(left),
        };
        let wanted = ContentRange { first: self.range.first + passed, ..self.range };
        self.get.range = Some((wanted.first..=wanted.last).into());
        let (rest, retries) = self.way.send_part(&client, Rest(&self.get)).map_err(|e| {
            if !e.is_precondition_failed() {
                return e;
            }
            let message = "the object was replaced while it was downloaded; download again";
            Error::new(ErrorKind::Integrity, message).with_source(e)
        })?;
        self.retries += retries;
        let etag = rest.headers().get("etag");
        if etag.is_some_and(|etag| etag != self.etag) {
            let message = format!(
                "the object was replaced while it was downloaded: ETag {} instead of {}; download again",
                etag.unwrap_or_default(),
                self.etag
            );
            return Err(Error::new(ErrorKind::Integrity, message));
        }
        let RestOutput { range, body } = rest.into_inner();
        match range {
            Some(range) if range.agrees_with(&wanted) => Ok(body),
            _ => Err(Error::new(
                ErrorKind::Integrity,
                format!("asked for the bytes {} to {}, the server sent others", wanted.first, wanted.last),
            )),
        }
    }
}

/// `Content-Range: bytes 0-99/1234`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ContentRange {
    first: u64,
    /// The last byte, not the one behind it.
    last: u64,
    /// How long the whole object is; servers may not tell.
    total: Option<u64>,
}

impl ContentRange {
    fn of(head: &Head) -> Option<Self> {
        let (range, total) =
            head.headers().get("content-range")?.trim().strip_prefix("bytes ")?.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        let total = total.trim().parse().ok();
        (first <= last).then_some(Self { first, last, total })
    }

    fn agrees_with(&self, wanted: &Self) -> bool {
        let totals = self.total.is_none() || wanted.total.is_none() || self.total == wanted.total;
        totals && (self.first, self.last) == (wanted.first, wanted.last)
    }
}

/// Asks for the rest of an object: the same request, but only its bytes matter.
struct Rest<'a>(&'a GetObject);

struct RestOutput {
    range: Option<ContentRange>,
    body: Box<dyn Read + Send>,
}

impl Operation for Rest<'_> {
    type Output = RestOutput;
    const NAME: &'static str = GetObject::NAME;
    const METHOD: Method = GetObject::METHOD;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        self.0.parts(parts)
    }

    fn decode(&self, answer: &mut Answer) -> Result<RestOutput> {
        let range = if answer.head().status() == 206 { ContentRange::of(answer.head()) } else { None };
        Ok(RestOutput { range, body: answer.take_body() })
    }
}

#[cfg(test)]
mod tests;
