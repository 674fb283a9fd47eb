//! A part on its way out: counted, limited, and the errors of its source kept.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use obs_core::checksum::Crc64;
use obs_core::multipart::UploadPart;
use obs_core::object::PutObject;
use obs_core::{Checks, Content, ObjectHeaders, Operation, Reply, SseOption};

use crate::cancel::CancelToken;
use crate::checkpoint::FinishedPart;
use crate::error::Error;
use crate::file_io::SourceFile;
use crate::job::{Context, Job, release};
use crate::multipart::{Made, Target, finished};
use crate::plan::Part;
use crate::progress::Attempt;
use crate::upload::Checksum;

/// Where the bytes of parts come from. Each attempt reads them anew; clones are cheap.
pub(crate) trait PartSource: Clone + Send + Sync + 'static {
    /// Gives exactly `len` bytes from `offset` on, or fails.
    fn reader(&self, offset: u64, len: u64) -> impl Read + Send + 'static;
}

impl PartSource for SourceFile {
    fn reader(&self, offset: u64, len: u64) -> impl Read + Send + 'static {
        self.reader(offset, len)
    }
}

impl Target<'_> {
    /// The whole object in one call.
    pub(crate) fn put(
        &self,
        job: &mut Job,
        source: &impl PartSource,
        len: u64,
        checksum: Option<Checksum>,
        verify: impl FnMut() -> Result<(), Error>,
    ) -> Result<Made, Error> {
        job.run_one((), |context, ()| self.put_on(context, source, len, checksum), verify)
    }

    /// The same on a worker that has the job already.
    pub(crate) fn put_on(
        &self,
        context: &Context,
        source: &impl PartSource,
        len: u64,
        checksum: Option<Checksum>,
    ) -> Result<Made, Error> {
        let whole = Part { number: 1, offset: 0, len };
        let reply = send(context, source, whole, checksum, |content| {
            let mut operation = PutObject::new(self.key, content);
            *AsMut::<ObjectHeaders>::as_mut(&mut operation) = self.headers.clone();
            *AsMut::<SseOption>::as_mut(&mut operation) = self.sse.clone();
            operation
        })?;
        let request_id = reply.request_id().map(str::to_owned);
        let put = reply.into_inner();
        Ok(Made {
            etag: put.etag,
            version_id: put.version_id,
            object_url: put.object_url,
            sse: put.sse,
            crc64: put.crc64,
            resumed_parts: 0,
            request_id,
        })
    }

    /// One part of an upload, and whether the server speaks CRC-64.
    pub(crate) fn send_part(
        &self,
        context: &Context,
        source: &impl PartSource,
        upload_id: &str,
        part: Part,
        checksum: Option<Checksum>,
    ) -> Result<(FinishedPart, bool), Error> {
        let sent = send(context, source, part, checksum, |content| {
            let mut operation = UploadPart::new(self.key, upload_id, part.number, content);
            *AsMut::<SseOption>::as_mut(&mut operation) = self.sse.clone();
            operation
        })?
        .into_inner();
        Ok((finished(part, sent.etag, sent.sent_crc64)?, sent.crc64.is_some()))
    }
}

/// Sends a part by an operation that `make` gives the content to, until it succeeds or there is no use in going on.
fn send<O>(
    context: &Context,
    source: &impl PartSource,
    part: Part,
    checksum: Option<Checksum>,
    make: impl Fn(Content) -> O,
) -> Result<Reply<O::Output>, Error>
where
    O: Operation + AsMut<Checks>,
{
    let ahead = checksum.map(|checksum| Ahead::of(checksum, context, source, part)).transpose()?;
    let mut tries = context.tries();
    loop {
        let permit = context.enter()?;
        let (outgoing, content) = Outgoing::new(context, source, part);
        let request = context.moving(make(content));
        let request = match &ahead {
            None => request,
            Some(Ahead::Crc64(crc64)) => request.crc64(*crc64),
            Some(Ahead::Md5(base64)) => request.content_md5(base64.clone()),
        };
        match request.send() {
            Ok(reply) => {
                outgoing.keep();
                release(permit, None);
                return Ok(reply);
            }
            Err(error) => {
                let error = outgoing.failure().unwrap_or_else(|| error.into());
                release(permit, Some(&error));
                tries.failed(error, false)?;
            }
        }
    }
}

/// A checksum to be sent ahead.
enum Ahead {
    Crc64(u64),
    Md5(String),
}

impl Ahead {
    fn of(
        checksum: Checksum,
        context: &Context,
        source: &impl PartSource,
        part: Part,
    ) -> Result<Self, Error> {
        let reader = source.reader(part.offset, part.len);
        Ok(match checksum {
            Checksum::Crc64 => {
                let mut digest = Crc64::new();
                pass(reader, &context.halt, |bytes| digest.write(bytes))?;
                Self::Crc64(digest.sum64())
            }
            Checksum::Md5 => {
                let mut digest = Md5::new();
                pass(reader, &context.halt, |bytes| digest.update(bytes))?;
                Self::Md5(STANDARD.encode(digest.finalize()))
            }
        })
    }
}

/// Reads to the end.
pub(crate) fn pass(
    mut reader: impl Read,
    halt: &CancelToken,
    mut each: impl FnMut(&[u8]),
) -> Result<(), Error> {
    let mut buffer = vec![0; 64 << 10];
    loop {
        halt.check()?;
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => each(buffer.get(..read).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// What the reader of a call and the worker that made it share.
struct Outgoing(Arc<Mutex<State>>);

struct State {
    /// None once it is kept.
    attempt: Option<Attempt>,
    /// Why the source could not be read: not what the call makes of it.
    failure: Option<Error>,
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Outgoing {
    fn new(context: &Context, source: &impl PartSource, part: Part) -> (Self, Content) {
        let state = State { attempt: Some(context.counters.attempt()), failure: None };
        let outgoing = Self(Arc::new(Mutex::new(state)));
        let shared = Arc::clone(&outgoing.0);
        let (source, halt, limiter) = (source.clone(), context.halt.clone(), context.limiter.clone());
        let content = Content::opened(part.len, move || {
            if let Some(attempt) = &mut lock(&shared).attempt {
                attempt.restart();
            }
            let reader = source.reader(part.offset, part.len);
            let state = Arc::clone(&shared);
            let halt = halt.clone();
            Ok(match &limiter {
                Some(limiter) => {
                    Box::new(Counted { reader: limiter.reader(reader, halt.clone()), state, halt })
                }
                None => Box::new(Counted { reader, state, halt }),
            })
        });
        (outgoing, content)
    }

    fn keep(self) {
        if let Some(attempt) = lock(&self.0).attempt.take() {
            attempt.keep();
        }
    }

    fn failure(self) -> Option<Error> {
        lock(&self.0).failure.take()
    }
}

struct Counted<R> {
    reader: R,
    state: Arc<Mutex<State>>,
    halt: CancelToken,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = match self.halt.check() {
            Ok(()) => self.reader.read(buffer),
            Err(cancelled) => Err(cancelled.into()),
        };
        match result {
            Ok(read) => {
                if let Some(attempt) = &mut lock(&self.state).attempt {
                    attempt.add(read as u64);
                }
                Ok(read)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => {
                let error = Error::from(error);
                let said = io::Error::other(error.to_string());
                lock(&self.state).failure = Some(error);
                Err(said)
            }
        }
    }
}
