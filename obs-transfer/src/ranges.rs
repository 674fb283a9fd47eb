//! Ranges of an object as it is, whoever wants them: a file, a reader.

use std::io::{self, Read};
use std::sync::OnceLock;

use obs_core::checksum::Crc64;
use obs_core::object::{GetObject, GetObjectMetadata, GetObjectOutput, ObjectMetadata};
use obs_core::{BucketClient, Conditions, Reply, SseOption, VersionId};

use crate::checkpoint::FinishedPart;
use crate::error::{Error, ErrorKind};
use crate::file_io::TargetFile;
use crate::job::{Context, release};
use crate::plan::Part;
use crate::progress::Attempt;

/// The object that is read.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) bucket: BucketClient,
    pub(crate) key: String,
    pub(crate) version_id: VersionId,
    pub(crate) conditions: Conditions,
    pub(crate) sse: SseOption,
}

impl Wanted {
    pub(crate) fn new(bucket: BucketClient, key: String) -> Self {
        Self {
            bucket,
            key,
            version_id: VersionId::default(),
            conditions: Conditions::default(),
            sse: SseOption::default(),
        }
    }

    pub(crate) fn has_conditions(&self) -> bool {
        let Conditions { if_match, if_none_match, if_modified_since, if_unmodified_since } = &self.conditions;
        [if_match, if_none_match, if_modified_since, if_unmodified_since].into_iter().any(Option::is_some)
    }

    /// Its properties, and the id of the request.
    pub(crate) fn properties(&self, context: &Context) -> Result<(ObjectMetadata, Option<String>), Error> {
        let mut operation = GetObjectMetadata::new(&self.key);
        *AsMut::<VersionId>::as_mut(&mut operation) = self.version_id.clone();
        *AsMut::<SseOption>::as_mut(&mut operation) = self.sse.clone();
        let reply = context.request(operation).send()?;
        let id = reply.request_id().map(str::to_owned);
        Ok((reply.into_inner(), id))
    }

    /// How long it is, by its properties.
    pub(crate) fn size(&self, object: &ObjectMetadata) -> Result<u64, Error> {
        object.content_length.ok_or_else(|| {
            obs_core::Error::decode(format!("the server does not say how long {} is", self.key)).into()
        })
    }

    /// The call for it.
    pub(crate) fn get(&self) -> GetObject {
        let mut operation = GetObject::new(&self.key);
        *AsMut::<VersionId>::as_mut(&mut operation) = self.version_id.clone();
        *AsMut::<Conditions>::as_mut(&mut operation) = self.conditions.clone();
        *AsMut::<SseOption>::as_mut(&mut operation) = self.sse.clone();
        operation
    }
}

impl AsMut<VersionId> for Wanted {
    fn as_mut(&mut self) -> &mut VersionId {
        &mut self.version_id
    }
}

impl AsMut<Conditions> for Wanted {
    fn as_mut(&mut self) -> &mut Conditions {
        &mut self.conditions
    }
}

impl AsMut<SseOption> for Wanted {
    fn as_mut(&mut self) -> &mut SseOption {
        &mut self.sse
    }
}

/// What all ranges have in common.
pub(crate) struct Ranges<'a> {
    pub(crate) wanted: &'a Wanted,
    /// As they were when the job began.
    pub(crate) object: &'a ObjectMetadata,
    pub(crate) size: u64,
    /// What the first answer says of the object, for jobs that know it from a list alone.
    pub(crate) told: &'a OnceLock<ObjectMetadata>,
}

/// How far a range is.
struct Position {
    done: u64,
    crc64: Crc64,
}

/// One buffer a worker, whatever the size of a part.
const BUFFER: usize = 64 << 10;
/// Writes of many workers to one file wait for each other: few long ones cost less than many short ones.
const FILE_BUFFER: usize = 256 << 10;
/// After a read of so many bytes more of them are likely to be there already.
const MORE_WAITS: usize = 32 << 10;

impl Ranges<'_> {
    /// Fetches a range, and gives its bytes to `write` with their offsets in the object, as soon as they come. Where it breaks off it
    /// goes on from its last byte; where it came damaged, from its first.
    pub(crate) fn fetch(
        &self,
        context: &Context,
        part: Part,
        write: impl FnMut(&[u8], u64) -> Result<(), Error>,
    ) -> Result<FinishedPart, Error> {
        self.fetch_by(BUFFER, context, part, write)
    }

    /// The same into a file, which nobody reads yet: bytes may wait for others.
    pub(crate) fn fetch_to(
        &self,
        context: &Context,
        part: Part,
        target: &TargetFile,
    ) -> Result<FinishedPart, Error> {
        self.fetch_by(FILE_BUFFER, context, part, |bytes, at| target.write_at(bytes, at))
    }

    /// A range of the file: as an earlier run recorded it, where it is there, else fetched. Whether it was there comes with it.
    pub(crate) fn bring(
        &self,
        context: &Context,
        part: Part,
        target: &TargetFile,
        recorded: Option<&FinishedPart>,
    ) -> Result<(FinishedPart, bool), Error> {
        if let Some(recorded) = recorded {
            // What has its name already was looked at for that.
            if target.is_placed() || is_there(context, part, target, recorded)? {
                context.counters.add_resumed(part.len);
                return Ok((recorded.clone(), true));
            }
            log::info!(target: "obs::transfer", "range {} of the checkpoint is not in the file: fetching it again", part.number);
        }
        Ok((self.fetch_to(context, part, target)?, false))
    }

    fn fetch_by(
        &self,
        buffer: usize,
        context: &Context,
        part: Part,
        mut write: impl FnMut(&[u8], u64) -> Result<(), Error>,
    ) -> Result<FinishedPart, Error> {
        let mut buffer = vec![0; usize::try_from(part.len).unwrap_or(usize::MAX).min(buffer)];
        let mut position = Position { done: 0, crc64: Crc64::new() };
        let mut attempt = context.counters.attempt();
        let mut tries = context.tries();
        loop {
            let before = position.done;
            let permit = context.enter()?;
            let result = self.fetch_rest(context, part, &mut buffer, &mut position, &mut attempt, &mut write);
            release(permit, result.as_ref().err());
            let Err(error) = result else { break };
            if error.is_integrity() {
                // Whatever of it was written is not to be trusted.
                position = Position { done: 0, crc64: Crc64::new() };
                attempt.restart();
            }
            tries.failed(error, position.done > before)?;
        }
        attempt.keep();
        let crc64 = Some(position.crc64.sum64());
        Ok(FinishedPart { number: part.number, size: part.len, etag: String::new(), crc64 })
    }

    fn fetch_rest(
        &self,
        context: &Context,
        part: Part,
        buffer: &mut [u8],
        position: &mut Position,
        attempt: &mut Attempt,
        write: &mut impl FnMut(&[u8], u64) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let from = part.offset + position.done;
        let end = part.offset + part.len;
        let whole = from == 0 && end == self.size;
        let mut request = context.moving(self.wanted.get());
        if !whole {
            request = request.range(from..end);
        }
        if let (None, Some(etag)) = (&self.wanted.conditions.if_match, &self.object.etag) {
            request = request.if_match(etag.clone());
        }
        let reply = request.send().map_err(|error| self.explain(error))?;
        self.check(&reply, from, end)?;
        self.told.get_or_init(|| reply.properties.clone());
        let mut body = reply.into_inner().body;
        while position.done < part.len {
            let left = usize::try_from(part.len - position.done).unwrap_or(usize::MAX).min(buffer.len());
            let (filled, broken) = fill(context, &mut body, buffer.get_mut(..left).unwrap_or_default());
            if !filled.is_empty() {
                write(filled, part.offset + position.done)?;
                position.crc64.write(filled);
                position.done += filled.len() as u64;
                attempt.add(filled.len() as u64);
            }
            match broken {
                Some(error) => return Err(error),
                None if filled.is_empty() => {
                    let left = part.len - position.done;
                    return Err(broken_off(format!("the answer ended {left} bytes early")));
                }
                None => {}
            }
        }
        // To its end: only then the connection can be used again, and no more may come. An end that is not clean takes
        // nothing away from what is there.
        if read_some(context, &mut body, &mut [0]).is_ok_and(|beyond| !beyond.is_empty()) {
            let text =
                format!("more than the {} bytes of a range of {} arrived", end - from, self.wanted.key);
            return Err(Error::new(ErrorKind::Integrity, text));
        }
        Ok(())
    }

    /// Asks for an empty object, which has no range, where the caller has conditions.
    pub(crate) fn fetch_nothing(&self, context: &Context) -> Result<(), Error> {
        if !self.wanted.has_conditions() {
            return Ok(());
        }
        let reply = context.request(self.wanted.get()).send()?;
        let differs = |given: Option<&String>| given.is_some() && given != self.object.etag.as_ref();
        if differs(reply.properties.etag.as_ref()) {
            return Err(self.changed("has another ETag"));
        }
        Ok(())
    }

    /// The object was replaced, where this is what the condition of ours says.
    fn explain(&self, error: obs_core::Error) -> Error {
        let conditions = &self.wanted.conditions;
        let of_caller = conditions.if_match.is_some() || conditions.if_unmodified_since.is_some();
        if error.is_precondition_failed() && !of_caller {
            return self.changed("is another one now").with_source(error);
        }
        error.into()
    }

    fn changed(&self, how: &str) -> Error {
        let text = format!(
            "the object {}/{} {how}: it was replaced while it was being downloaded; download it again",
            self.wanted.bucket.name(),
            self.wanted.key
        );
        Error::new(ErrorKind::ObjectChanged, text)
    }

    /// Whether these are the bytes that were asked for, of the object that was asked for.
    fn check(&self, reply: &Reply<GetObjectOutput>, from: u64, end: u64) -> Result<(), Error> {
        let differs = |a: &Option<String>, b: &Option<String>| a.is_some() && b.is_some() && a != b;
        let crc64 = (reply.properties.crc64, self.object.crc64);
        if differs(&reply.properties.etag, &self.object.etag) || matches!(crc64, (Some(a), Some(b)) if a != b)
        {
            return Err(self.changed("has another ETag or CRC-64"));
        }
        if self.object.etag.is_none() && differs(&reply.properties.last_modified, &self.object.last_modified)
        {
            return Err(self.changed("was changed"));
        }
        let expected = format!("bytes {from}-{}/{}", end - 1, self.size);
        let given = match (reply.status(), reply.content_range.as_deref().map(str::trim)) {
            (206, Some(range)) if range == expected => return Ok(()),
            (206, Some(range)) => format!("the range {range:?}"),
            (206, None) => "a range without saying which".to_owned(),
            _ if from == 0 && end == self.size => return Ok(()),
            (status, _) => format!("status {status} and no range"),
        };
        let text = format!("asked for {expected:?} of {}, the server gave {given}", self.wanted.key);
        Err(Error::new(ErrorKind::Integrity, text))
    }
}

/// Whether a range is in the file as it arrived: its record may outlast a power cut that its bytes did not.
pub(crate) fn is_there(
    context: &Context,
    part: Part,
    target: &TargetFile,
    recorded: &FinishedPart,
) -> Result<bool, Error> {
    if recorded.size != part.len || recorded.crc64.is_none() {
        return Ok(false);
    }
    Ok(Some(target.crc64(part.offset, part.len, &context.halt)?) == recorded.crc64)
}

/// Reads what there is; a buffer for a file is filled as long as bytes come fast. Nothing is the end. What came before an error comes
/// with it.
fn fill<'b>(context: &Context, body: &mut impl Read, buffer: &'b mut [u8]) -> (&'b [u8], Option<Error>) {
    let gathers = buffer.len() > BUFFER;
    let mut filled = 0;
    let broken = loop {
        match read_some(context, body, buffer.get_mut(filled..).unwrap_or_default()) {
            Ok(read) => {
                let more_waits = gathers && read.len() >= MORE_WAITS;
                filled += read.len();
                if !more_waits || filled >= buffer.len() {
                    break None;
                }
            }
            Err(error) => break Some(error),
        }
    };
    (buffer.get(..filled).unwrap_or_default(), broken)
}

/// Reads what there is, no faster than allowed. Nothing is the end.
pub(crate) fn read_some<'b>(
    context: &Context,
    body: &mut impl Read,
    buffer: &'b mut [u8],
) -> Result<&'b [u8], Error> {
    let want = match &context.limiter {
        Some(limiter) => buffer.len().min(limiter.chunk()),
        None => buffer.len(),
    };
    let read = loop {
        context.halt.check()?;
        match body.read(buffer.get_mut(..want).unwrap_or_default()) {
            Ok(read) => break read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted && error.get_ref().is_none() => {}
            Err(error) => return Err(obs_core::Error::from(error).into()),
        }
    };
    if let Some(limiter) = &context.limiter {
        limiter.acquire(read as u64, &context.halt)?;
    }
    Ok(buffer.get(..read).unwrap_or_default())
}

/// An answer that is too short, whatever the server thinks of it.
pub(crate) fn broken_off(text: String) -> Error {
    obs_core::Error::new(obs_core::ErrorKind::Connection, text).into()
}
