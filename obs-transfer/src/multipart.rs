//! An upload in parts from its first call to its last, wherever its parts come from: a file, another object, a stream.

mod before;

use std::collections::BTreeMap;

use obs_core::checksum::combine;
use obs_core::multipart::{
    AbortMultipartUpload, CompleteMultipartUpload, CompletedPart, InitiateMultipartUpload, ListParts,
    PartEntry,
};
use obs_core::{ObjectHeaders, SseInfo, SseOption, code};

use crate::checkpoint::{Checkpoint, FinishedPart, Leftover, State};
use crate::error::{Error, ErrorKind};
use crate::job::{Context, Job};
use crate::plan::{Part, Plan};
use crate::resume::remove;

/// The object that is to be made.
pub(crate) struct Target<'a> {
    pub(crate) key: &'a str,
    pub(crate) headers: &'a ObjectHeaders,
    pub(crate) sse: &'a SseOption,
}

/// The object that was made, in parts or in one call.
pub(crate) struct Made {
    pub(crate) etag: Option<String>,
    pub(crate) version_id: Option<String>,
    pub(crate) object_url: String,
    pub(crate) sse: SseInfo,
    pub(crate) crc64: Option<u64>,
    pub(crate) resumed_parts: u32,
    pub(crate) request_id: Option<String>,
}

/// The CRC-64 that the whole object must have.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Expected {
    pub(crate) crc64: Option<u64>,
    /// Whether the server speaks CRC-64, so that it can be told ahead.
    pub(crate) ahead: bool,
}

impl Expected {
    /// That of parts whose own are known.
    pub(crate) fn of(parts: &BTreeMap<u32, FinishedPart>, ahead: bool) -> Self {
        let crc64 = parts.values().try_fold(0, |whole, part| Some(combine(whole, part.crc64?, part.size)));
        Self { crc64, ahead }
    }
}

/// Where the parts of an upload come from.
pub(crate) trait Parts: Sync {
    /// Has the server take one part, on a worker.
    fn send(&self, context: &Context, upload_id: &str, part: Part) -> Result<FinishedPart, Error>;

    /// Whether what was sent is still what is to be sent.
    fn verify(&self) -> Result<(), Error> {
        Ok(())
    }

    /// The CRC-64 that a part must have which somebody else sent, where it can be known.
    fn crc64(&self, _context: &Context, _part: Part) -> Result<Option<u64>, Error> {
        Ok(None)
    }

    /// What the whole must have.
    fn expected(&self, parts: &BTreeMap<u32, FinishedPart>) -> Expected;
}

/// What can be said of the parts that an earlier run has sent.
pub(crate) struct Earlier<'a> {
    /// The CRC-64 of the object that they make all together, where it can be known.
    pub(crate) crc64: &'a dyn Fn(&BTreeMap<u32, FinishedPart>) -> Option<u64>,
    /// Whether the source still has one as it was sent. Takes as long as reading it.
    pub(crate) still: &'a (dyn Fn(&Context, Part, &FinishedPart) -> Result<bool, Error> + Sync),
}

/// How far an upload is.
pub(crate) enum Begun {
    /// Under way: its id, and the parts that the server has of what is recorded.
    Upload(String, BTreeMap<u32, FinishedPart>),
    /// All done, by an earlier run that was killed before it could say so.
    Made(Made),
}

/// Why an upload failed, and what there is to be aborted.
pub(crate) struct Failed {
    pub(crate) error: Error,
    pub(crate) upload_id: Option<String>,
}

impl Target<'_> {
    /// The whole upload, from where `state` says that an earlier run got. `adorn` gives the object what it has beside its bytes
    /// once it is there. When it fails it leaves what the ending says.
    pub(crate) fn make(
        &self,
        job: &mut Job,
        plan: &Plan,
        mut checkpoint: Option<Checkpoint>,
        state: State,
        parts: &impl Parts,
        adorn: impl FnOnce(&Context, &Made) -> Result<(), Error>,
    ) -> Result<Made, Error> {
        match self.try_make(job, plan, checkpoint.as_mut(), state, parts, adorn) {
            Ok(made) => {
                remove(checkpoint);
                Ok(made)
            }
            Err(Failed { error, upload_id }) => {
                if !job.keeps(&error, checkpoint.is_some()) {
                    if let Some(id) = upload_id {
                        self.abort(job, &id);
                    }
                    remove(checkpoint);
                }
                Err(error)
            }
        }
    }

    fn try_make(
        &self,
        job: &mut Job,
        plan: &Plan,
        mut checkpoint: Option<&mut Checkpoint>,
        state: State,
        parts: &impl Parts,
        adorn: impl FnOnce(&Context, &Made) -> Result<(), Error>,
    ) -> Result<Made, Failed> {
        let earlier = Earlier {
            crc64: &|recorded| parts.expected(recorded).crc64,
            still: &|context, part, sent| is_still(sent, || parts.crc64(context, part)),
        };
        let (upload_id, recorded) =
            match self.resume(&job.context, plan, checkpoint.as_deref_mut(), state, &earlier)? {
                Begun::Upload(id, recorded) => (id, recorded),
                Begun::Made(made) => {
                    job.context.counters.add_resumed(plan.size());
                    let adorned = adorn(&job.context, &made);
                    return adorned.map(|()| made).map_err(|error| Failed { error, upload_id: None });
                }
            };
        let failed = |error| Failed { error, upload_id: Some(upload_id.clone()) };
        let (mut finished, mut resumed_parts) = (BTreeMap::new(), 0);
        job.run(
            plan.parts(),
            |context, part| match recorded.get(&part.number) {
                Some(sent) if (earlier.still)(context, part, sent)? => {
                    context.counters.add_resumed(part.len);
                    Ok((sent.clone(), true))
                }
                _ => Ok((parts.send(context, &upload_id, part)?, false)),
            },
            || parts.verify(),
            |(part, was_there)| {
                match checkpoint.as_deref_mut() {
                    _ if was_there => resumed_parts += 1,
                    Some(checkpoint) => checkpoint.record(&part)?,
                    None => {}
                }
                finished.insert(part.number, part);
                Ok(())
            },
        )
        .map_err(failed)?;
        parts.verify().map_err(failed)?;
        let expected = parts.expected(&finished);
        let made = self.complete(&job.context, &upload_id, &finished, expected).map_err(failed)?;
        adorn(&job.context, &made).map_err(failed)?;
        Ok(Made { resumed_parts, ..made })
    }

    /// Begins the upload or goes on with one.
    pub(crate) fn resume(
        &self,
        context: &Context,
        plan: &Plan,
        checkpoint: Option<&mut Checkpoint>,
        state: State,
        earlier: &Earlier<'_>,
    ) -> Result<Begun, Failed> {
        if let State::Resumed { leftover: Leftover { upload_id: Some(id), .. }, parts } = state {
            let recorded = parts.into_iter().map(|part| (part.number, part)).collect();
            let failed = |error| Failed { error, upload_id: Some(id.clone()) };
            match self.there(context, &id) {
                Ok(there) => {
                    let finished = confirm(plan, recorded, &there);
                    return Ok(Begun::Upload(id, finished));
                }
                Err(error) if error.code() == Some(code::NO_SUCH_UPLOAD) => {
                    if let Some(made) = self.made_before(context, plan, &recorded, earlier).map_err(failed)? {
                        log::info!(target: "obs::transfer", "{} is there already: an earlier run made it", self.key);
                        return Ok(Begun::Made(made));
                    }
                    log::warn!(target: "obs::transfer", "starting over: the upload of the checkpoint is gone");
                }
                Err(error) => return Err(failed(error)),
            }
        }
        let id = self.begin(context).map_err(|error| Failed { error, upload_id: None })?;
        if let Some(checkpoint) = checkpoint {
            if let Err(error) = checkpoint.start(Some(&id), None) {
                // Nobody would ever know of this upload.
                context.clean_up("abort the upload", AbortMultipartUpload::new(self.key, id));
                return Err(Failed { error, upload_id: None });
            }
        }
        Ok(Begun::Upload(id, BTreeMap::new()))
    }

    /// Begins an upload: its id.
    pub(crate) fn begin(&self, context: &Context) -> Result<String, Error> {
        let mut operation = InitiateMultipartUpload::new(self.key);
        *AsMut::<ObjectHeaders>::as_mut(&mut operation) = self.headers.clone();
        *AsMut::<SseOption>::as_mut(&mut operation) = self.sse.clone();
        let key = self.key.to_owned();
        let begun = context
            .call_to_its_end(operation, move |begun| AbortMultipartUpload::new(key, begun.upload_id))?;
        Ok(begun.upload_id)
    }

    /// The parts that the server has, by number.
    pub(crate) fn there(
        &self,
        context: &Context,
        upload_id: &str,
    ) -> Result<BTreeMap<u32, PartEntry>, Error> {
        let mut there = BTreeMap::new();
        for entry in context.request(ListParts::new(self.key, upload_id)).iter() {
            context.cancel.check()?;
            let entry = entry?;
            there.insert(entry.part_number, entry);
        }
        Ok(there)
    }

    /// Makes the object of its parts, and compares its CRC-64.
    pub(crate) fn complete(
        &self,
        context: &Context,
        upload_id: &str,
        parts: &BTreeMap<u32, FinishedPart>,
        expected: Expected,
    ) -> Result<Made, Error> {
        let completed = parts.values().map(|part| CompletedPart::new(part.number, &part.etag));
        let mut request = context.request(CompleteMultipartUpload::new(self.key, upload_id, completed));
        if let Some(crc64) = expected.crc64.filter(|_| expected.ahead) {
            request = request.crc64(crc64);
        }
        let reply = request.send()?;
        self.check_crc64(expected.crc64, reply.crc64)?;
        let request_id = reply.request_id().map(str::to_owned);
        let answer = reply.into_inner();
        Ok(Made {
            etag: answer.etag,
            version_id: answer.version_id,
            object_url: answer.object_url,
            sse: answer.sse,
            crc64: expected.crc64.or(answer.crc64),
            resumed_parts: 0,
            request_id,
        })
    }

    /// Whether the object is stored as it should be, where both are known.
    pub(crate) fn check_crc64(&self, expected: Option<u64>, stored: Option<u64>) -> Result<(), Error> {
        match (expected, stored) {
            (Some(expected), Some(stored)) if expected != stored => {
                let text = format!(
                    "{} was stored damaged: its CRC-64 is {stored} instead of {expected}; write it again",
                    self.key
                );
                Err(Error::new(ErrorKind::Integrity, text))
            }
            _ => Ok(()),
        }
    }

    /// Leaves nothing of the upload behind.
    pub(crate) fn abort(&self, job: &Job, upload_id: &str) {
        job.clean_up("abort the upload", AbortMultipartUpload::new(self.key, upload_id));
    }
}

/// Whether the source still has a part as it was sent; `now` tells its CRC-64. Another file may have come in its place, as long and as
/// old: an object of both would be neither.
pub(crate) fn is_still(
    sent: &FinishedPart,
    now: impl FnOnce() -> Result<Option<u64>, Error>,
) -> Result<bool, Error> {
    let Some(crc64) = sent.crc64 else { return Ok(true) };
    let still = now()?.is_none_or(|now| now == crc64);
    if !still {
        log::info!(target: "obs::transfer", "the file has other bytes in part {} of the checkpoint: sending it again", sent.number);
    }
    Ok(still)
}

/// The recorded parts that the server has as they were recorded: it knows better.
fn confirm(
    plan: &Plan,
    mut recorded: BTreeMap<u32, FinishedPart>,
    there: &BTreeMap<u32, PartEntry>,
) -> BTreeMap<u32, FinishedPart> {
    let count = recorded.len();
    recorded.retain(|number, part| {
        plan.part(*number).is_some_and(|planned| planned.len == part.size)
            && there.get(number).is_some_and(|entry| {
                entry.size == part.size && entry.etag.trim_matches('"') == part.etag.trim_matches('"')
            })
    });
    if recorded.len() < count {
        let lost = count - recorded.len();
        log::warn!(target: "obs::transfer", "the server lacks {lost} parts of the checkpoint: sending them again");
    }
    recorded
}

/// The record of a part that the server took.
pub(crate) fn finished(part: Part, etag: String, crc64: Option<u64>) -> Result<FinishedPart, Error> {
    if etag.is_empty() {
        let error = obs_core::Error::decode(format!("the answer to part {} has no ETag", part.number));
        return Err(error.into());
    }
    Ok(FinishedPart { number: part.number, size: part.len, etag, crc64 })
}
