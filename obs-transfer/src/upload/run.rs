//! An upload from its first call to its last.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use obs_core::checksum::{Crc64, combine};
use obs_core::multipart::{
    AbortMultipartUpload, CompleteMultipartUpload, CompletedPart, InitiateMultipartUpload, ListParts,
    PartEntry, UploadPart,
};
use obs_core::object::PutObject;
use obs_core::{ObjectHeaders, SseOption, code, mime_type};

use super::outgoing::{pass, send_part};
use super::{Upload, UploadOutput};
use crate::checkpoint::{Checkpoint, FinishedPart, Identity, JobKind, Leftover, State};
use crate::error::{Error, ErrorKind};
use crate::file_io::SourceFile;
use crate::handle::Control;
use crate::job::{Context, Job};
use crate::options::Options;
use crate::plan::{Part, Plan};

pub(super) fn run(mut request: Upload, options: Options, control: Control) -> Result<UploadOutput, Error> {
    let source = SourceFile::open(&request.path)?;
    let plan = Plan::upload(source.identity().size, request.part_size)?;
    let checkpoint_path = options.checkpoint_path(&request.path, ".upload_record");
    let mut job = Job::new(&request.bucket, options, control)?;
    job.context.counters.set_total(plan.size());
    if request.headers.content_type.is_none() {
        let guessed = mime_type(&request.key).or_else(|| mime_type(request.path.to_str()?));
        request.headers.content_type = guessed.map(str::to_owned);
    }

    let (mut checkpoint, state) = match checkpoint_path {
        None => (None, State::Fresh { abandoned: None }),
        Some(path) => {
            let opened = Checkpoint::open(&path, identity(&request, &source, &plan, &job.context)?)?;
            (Some(opened.checkpoint), opened.state)
        }
    };
    if let State::Fresh { abandoned: Some(leftover) } = &state {
        abort_abandoned(&request, leftover);
    }
    let output = if let Some(part) = plan.part(1).filter(|_| plan.count() == 1) {
        put(&request, &source, &mut job, part)?
    } else {
        let parts = Parts { request: &request, source: &source, plan };
        match parts.upload(&mut job, checkpoint.as_mut(), state) {
            Ok(output) => output,
            Err(Failed { error, upload_id }) => {
                if !job.keeps(&error, checkpoint.is_some()) {
                    if let Some(id) = upload_id {
                        job.clean_up("abort the upload", AbortMultipartUpload::new(&request.key, id));
                    }
                    remove(checkpoint);
                }
                return Err(error);
            }
        }
    };
    remove(checkpoint);
    job.finish()?;
    Ok(output)
}

/// The job has ended, well or for good. A file that stays behind does no harm: it fits no other job.
fn remove(checkpoint: Option<Checkpoint>) {
    if let Some(Err(error)) = checkpoint.map(Checkpoint::remove) {
        log::warn!(target: "obs::transfer", "{error}");
    }
}

fn identity(
    request: &Upload,
    source: &SourceFile,
    plan: &Plan,
    context: &Context,
) -> Result<Identity, Error> {
    let bucket = request.bucket.name();
    let identity = Identity::new(JobKind::Upload, bucket, &request.key, plan.size(), plan.part_size())
        .path(&request.path)
        .modified_ns(source.identity().modified_ns);
    if !request.check_sum {
        return Ok(identity);
    }
    let mut digest = Crc64::new();
    pass(source.reader(0, plan.size()), &context.cancel, |bytes| digest.write(bytes))?;
    Ok(identity.digest(&format!("crc64:{}", digest.sum64())))
}

/// What an earlier job with the same checkpoint file left on the server, and nobody will go on from.
fn abort_abandoned(request: &Upload, leftover: &Leftover) {
    let Some(id) = &leftover.upload_id else { return };
    let bucket = request.bucket.client().bucket(&leftover.bucket);
    match bucket.abort_multipart_upload(&leftover.key, id).send() {
        Ok(_) => {}
        Err(error) if error.is_not_found() => {}
        Err(error) => log::warn!(target: "obs::transfer", "cannot abort the upload of another job: {error}"),
    }
}

/// The whole file in one call.
fn put(request: &Upload, source: &SourceFile, job: &mut Job, part: Part) -> Result<UploadOutput, Error> {
    let send = |context: &Context, part| {
        send_part(context, source, part, request.checksum, |content| {
            let mut operation = PutObject::new(&request.key, content);
            *AsMut::<ObjectHeaders>::as_mut(&mut operation) = request.headers.clone();
            *AsMut::<SseOption>::as_mut(&mut operation) = request.sse.clone();
            operation
        })
    };
    let mut reply = None;
    job.run(
        [part],
        send,
        || source.verify(),
        |put| {
            reply = Some(put);
            Ok(())
        },
    )?;
    // A run without an error has done its one piece.
    let reply = reply.ok_or_else(Error::cancelled)?;
    let request_id = reply.request_id().map(str::to_owned);
    let put = reply.into_inner();
    Ok(UploadOutput {
        bucket: request.bucket.name().to_owned(),
        key: request.key.clone(),
        etag: put.etag,
        version_id: put.version_id,
        object_url: put.object_url,
        sse: put.sse,
        crc64: put.crc64,
        size: part.len,
        parts: 1,
        resumed_parts: 0,
        request_id,
    })
}

/// An upload in parts.
struct Parts<'a> {
    request: &'a Upload,
    source: &'a SourceFile,
    plan: Plan,
}

/// Why an upload in parts failed, and what there is to be aborted.
struct Failed {
    error: Error,
    upload_id: Option<String>,
}

impl Parts<'_> {
    fn upload(
        &self,
        job: &mut Job,
        mut checkpoint: Option<&mut Checkpoint>,
        state: State,
    ) -> Result<UploadOutput, Failed> {
        let begun = self.begin(&job.context, checkpoint.as_deref_mut(), state);
        let (upload_id, mut finished) = begun?;
        let failed = |error| Failed { error, upload_id: Some(upload_id.clone()) };
        let resumed_parts = u32::try_from(finished.len()).unwrap_or(u32::MAX);
        job.context.counters.add_resumed(finished.values().map(|part| part.size).sum());
        let missing: Vec<Part> =
            self.plan.parts().filter(|part| !finished.contains_key(&part.number)).collect();
        let speaks_crc64 = AtomicBool::new(false);
        job.run(
            missing,
            |context, part| self.send(context, &upload_id, part, &speaks_crc64),
            || self.source.verify(),
            |part| {
                if let Some(checkpoint) = checkpoint.as_deref_mut() {
                    checkpoint.record(&part)?;
                }
                finished.insert(part.number, part);
                Ok(())
            },
        )
        .map_err(failed)?;
        self.source.verify().map_err(failed)?;
        self.complete(&job.context, &upload_id, &finished, speaks_crc64.into_inner())
            .map(|output| UploadOutput { resumed_parts, ..output })
            .map_err(failed)
    }

    /// Begins the upload or goes on with one: its id, and the parts that it has.
    fn begin(
        &self,
        context: &Context,
        checkpoint: Option<&mut Checkpoint>,
        state: State,
    ) -> Result<(String, BTreeMap<u32, FinishedPart>), Failed> {
        let nothing = |error| Failed { error, upload_id: None };
        if let State::Resumed { leftover: Leftover { upload_id: Some(id), .. }, parts } = state {
            match self.confirm(context, &id, parts) {
                Ok(finished) => return Ok((id, finished)),
                Err(error) if error.code() == Some(code::NO_SUCH_UPLOAD) => {
                    log::warn!(target: "obs::transfer", "starting over: the upload of the checkpoint is gone");
                }
                Err(error) => return Err(Failed { error, upload_id: Some(id) }),
            }
        }
        let mut operation = InitiateMultipartUpload::new(&self.request.key);
        *AsMut::<ObjectHeaders>::as_mut(&mut operation) = self.request.headers.clone();
        *AsMut::<SseOption>::as_mut(&mut operation) = self.request.sse.clone();
        let id =
            context.request(operation).send().map_err(|error| nothing(error.into()))?.into_inner().upload_id;
        if let Some(checkpoint) = checkpoint {
            let started = checkpoint.start(Some(&id), None);
            started.map_err(|error| Failed { error, upload_id: Some(id.clone()) })?;
        }
        Ok((id, BTreeMap::new()))
    }

    /// The recorded parts that the server has as they were recorded: it knows better.
    fn confirm(
        &self,
        context: &Context,
        upload_id: &str,
        recorded: Vec<FinishedPart>,
    ) -> Result<BTreeMap<u32, FinishedPart>, Error> {
        let listing = context.request(ListParts::new(&self.request.key, upload_id));
        let there: BTreeMap<u32, PartEntry> = listing
            .iter()
            .map(|entry| entry.map(|entry| (entry.part_number, entry)))
            .collect::<Result<_, _>>()?;
        let is_there = |part: &FinishedPart| {
            self.plan.part(part.number).is_some_and(|planned| planned.len == part.size)
                && there.get(&part.number).is_some_and(|entry| {
                    entry.size == part.size && entry.etag.trim_matches('"') == part.etag.trim_matches('"')
                })
        };
        let count = recorded.len();
        let confirmed: BTreeMap<_, _> =
            recorded.into_iter().filter(is_there).map(|part| (part.number, part)).collect();
        if confirmed.len() < count {
            let lost = count - confirmed.len();
            log::warn!(target: "obs::transfer", "the server lacks {lost} parts of the checkpoint: sending them again");
        }
        Ok(confirmed)
    }

    fn send(
        &self,
        context: &Context,
        upload_id: &str,
        part: Part,
        speaks_crc64: &AtomicBool,
    ) -> Result<FinishedPart, Error> {
        let request = self.request;
        let reply = send_part(context, self.source, part, request.checksum, |content| {
            let mut operation = UploadPart::new(&request.key, upload_id, part.number, content);
            *AsMut::<SseOption>::as_mut(&mut operation) = request.sse.clone();
            operation
        })?;
        if reply.etag.is_empty() {
            let error = obs_core::Error::decode(format!("the answer to part {} has no ETag", part.number));
            return Err(error.into());
        }
        speaks_crc64.fetch_or(reply.crc64.is_some(), Ordering::Relaxed);
        let sent = reply.into_inner();
        Ok(FinishedPart { number: part.number, size: part.len, etag: sent.etag, crc64: sent.sent_crc64 })
    }

    fn complete(
        &self,
        context: &Context,
        upload_id: &str,
        finished: &BTreeMap<u32, FinishedPart>,
        speaks_crc64: bool,
    ) -> Result<UploadOutput, Error> {
        let key = &self.request.key;
        let crc64 = finished.values().try_fold(0, |whole, part| Some(combine(whole, part.crc64?, part.size)));
        let parts = finished.values().map(|part| CompletedPart::new(part.number, &part.etag));
        let mut request = context.request(CompleteMultipartUpload::new(key, upload_id, parts));
        if let Some(crc64) = crc64.filter(|_| speaks_crc64) {
            request = request.crc64(crc64);
        }
        let reply = request.send()?;
        if let (Some(sent), Some(stored)) = (crc64, reply.crc64) {
            if sent != stored {
                let text = format!(
                    "{key} was stored damaged: its CRC-64 is {stored} instead of {sent}; upload it again"
                );
                return Err(Error::new(ErrorKind::Integrity, text));
            }
        }
        let request_id = reply.request_id().map(str::to_owned);
        let made = reply.into_inner();
        Ok(UploadOutput {
            bucket: self.request.bucket.name().to_owned(),
            key: key.clone(),
            etag: made.etag,
            version_id: made.version_id,
            object_url: made.object_url,
            sse: made.sse,
            crc64,
            size: self.plan.size(),
            parts: self.plan.count(),
            resumed_parts: 0,
            request_id,
        })
    }
}
