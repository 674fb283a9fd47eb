//! A copy from its first call to its last.

use std::collections::BTreeMap;

use obs_core::multipart::CopyPart;
use obs_core::object::{
    CopyObject, CopyObjectOutput, GetObject, GetObjectMetadata, MetadataDirective, ObjectMetadata,
};
use obs_core::{
    Addressing, BucketClient, Conditions, ObjectHeaders, Operation, Reply, Request, Sse, SseOption, VersionId,
};

use super::properties::{Beside, Properties};
use super::{CopyJob, CopyOutput};
use crate::checkpoint::{FinishedPart, Identity, JobKind, State};
use crate::error::{Error, ErrorKind};
use crate::handle::Control;
use crate::job::{Context, Job, release};
use crate::multipart::{Expected, Made, Parts, Target, finished};
use crate::options::Options;
use crate::plan::{Part, Plan};
use crate::resume::{discard, open_checkpoint, remove};
use crate::shard::{Kind, Pinned, TransferPlan};

pub(super) fn run(request: CopyJob, options: Options, control: Control) -> Result<CopyOutput, Error> {
    let (from_bucket, from_key) = request.source.bucket_and_key()?;
    check(&request, &options, from_bucket)?;
    let checkpoint_path = options.checkpoint_file.clone().filter(|_| options.checkpoint);
    let mut job = Job::new(&request.bucket, options, control)?;
    let from = job.context.bucket.client().bucket(from_bucket);
    let object = properties(&request, &job.context, &from, from_key).inspect_err(|error| {
        if let Some(path) = checkpoint_path.as_deref().filter(|_| !job.keeps(error, true)) {
            discard(JobKind::Copy, &job.context, &request.key, path);
        }
    })?;
    let size = object.content_length.ok_or_else(|| {
        obs_core::Error::decode(format!("the server does not say how long {from_bucket}/{from_key} is"))
    })?;
    job.context.counters.set_total(size);
    let plan = Plan::upload(size, request.part_size)?;
    let properties = Properties::of(&request, &object)?;
    let beside = Beside::read(&request, &job.context, &from, from_key)?;
    let source = Source { request: &request, bucket: &from, key: from_key, object: &object };
    let target = Target { key: &request.key, headers: &properties.all, sse: &request.sse };
    let (checkpoint, state) = open_checkpoint(&job.context, checkpoint_path.as_deref(), || {
        Ok(source.identity(&plan).properties(target.headers, target.sse))
    })?;
    let resumed = matches!(state, State::Resumed { .. });
    let adorn =
        |context: &Context, made: &Made| beside.write(context, &request.key, made.version_id.as_deref());
    let (made, parts) = if size <= request.threshold && !resumed {
        let made =
            job.run_one((), |context, ()| source.copy_whole(context, &target, &properties), || Ok(()))?;
        adorn(&job.context, &made)?;
        remove(checkpoint);
        (made, 1)
    } else {
        source.check_conditions(&job.context)?;
        (target.make(&mut job, &plan, checkpoint, state, &source, adorn)?, plan.count())
    };
    job.finish()?;
    Ok(CopyOutput {
        bucket: request.bucket.name().to_owned(),
        key: request.key.clone(),
        etag: made.etag,
        version_id: made.version_id,
        object_url: made.object_url,
        sse: made.sse,
        crc64: made.crc64,
        size,
        parts,
        resumed_parts: made.resumed_parts,
        source: object,
        request_id: made.request_id,
    })
}

/// Begins a copy that others go on with.
pub(super) fn create_plan(request: CopyJob, options: Options) -> Result<TransferPlan, Error> {
    let (from_bucket, from_key) = request.source.bucket_and_key()?;
    check(&request, &options, from_bucket)?;
    if request.keep_acl || request.keep_tags {
        return Err(Error::invalid_input(
            "a plan of a copy does not know of ACL and tags: set them when it is complete",
        ));
    }
    let control = Control::new(&options.cancel);
    let job = Job::new(&request.bucket, options, control)?;
    let from = job.context.bucket.client().bucket(from_bucket);
    let object = properties(&request, &job.context, &from, from_key)?;
    let size = object.content_length.filter(|size| *size > 0).ok_or_else(|| {
        Error::invalid_input(format!(
            "{from_bucket}/{from_key} has no bytes to be shared: copy it in one call"
        ))
    })?;
    let plan = Plan::upload(size, request.part_size)?;
    let properties = Properties::of(&request, &object)?;
    Source { request: &request, bucket: &from, key: from_key, object: &object }
        .check_conditions(&job.context)?;
    let target = Target { key: &request.key, headers: &properties.all, sse: &request.sse };
    let upload_id = target.begin(&job.context)?;
    let version = request.source.version().map(str::to_owned);
    let pinned = Pinned { version, etag: object.etag, crc64: object.crc64 };
    let (bucket, key) = (from_bucket.to_owned(), from_key.to_owned());
    let kind = Kind::Copy { bucket, key, object: pinned, upload_id };
    let shared = TransferPlan::new(request.bucket.clone(), &request.key, &plan, kind, request.sse.clone());
    Ok(match request.source.customer_key() {
        Some(sse) => shared.source_sse(sse.clone()),
        None => shared,
    })
}

/// What can be said before anything is sent.
fn check(request: &CopyJob, options: &Options, from_bucket: &str) -> Result<(), Error> {
    if options.checkpoint && options.checkpoint_file.is_none() {
        return Err(Error::invalid_input(
            "a copy has no local file that its checkpoint could be kept beside: name one with checkpoint_file",
        ));
    }
    check_reach(&request.bucket, from_bucket)
}

/// Whether the client that knows the one bucket can name the other.
pub(crate) fn check_reach(bucket: &BucketClient, from_bucket: &str) -> Result<(), Error> {
    let custom = bucket.client().endpoint().addressing() == Addressing::CustomDomain;
    if custom && from_bucket != bucket.name() {
        return Err(Error::invalid_input(format!(
            "the custom domain of {} does not lead to the bucket {from_bucket}: copy with a client of the service's \
             endpoint",
            bucket.name()
        )));
    }
    Ok(())
}

fn properties(
    request: &CopyJob,
    context: &Context,
    from: &BucketClient,
    key: &str,
) -> Result<ObjectMetadata, Error> {
    let mut operation = GetObjectMetadata::new(key);
    read_as(request, &mut operation);
    Ok(context.request_to(from, operation).send()?.into_inner())
}

/// Names version and key of the source, for a call that reads it.
fn read_as(request: &CopyJob, operation: &mut (impl AsMut<VersionId> + AsMut<SseOption>)) {
    AsMut::<VersionId>::as_mut(operation).0 = request.source.version().map(str::to_owned);
    AsMut::<SseOption>::as_mut(operation).0 = request.source.customer_key().cloned().map(Sse::C);
}

/// The object that is copied.
pub(crate) struct Source<'a> {
    pub(crate) request: &'a CopyJob,
    pub(crate) bucket: &'a BucketClient,
    pub(crate) key: &'a str,
    /// As it was when the job began.
    pub(crate) object: &'a ObjectMetadata,
}

impl Source<'_> {
    pub(crate) fn identity(&self, plan: &Plan) -> Identity {
        let (request, bucket) = (self.request, self.request.bucket.name());
        let mut identity = Identity::new(JobKind::Copy, bucket, &request.key, plan.size(), plan.part_size())
            .source(self.bucket.name(), self.key);
        if let Some(version) = request.source.version() {
            identity = identity.version(version);
        }
        match (&self.object.etag, &self.object.last_modified) {
            (Some(etag), _) => identity.etag(etag),
            (None, Some(modified)) => identity.with("last_modified", modified.as_str()),
            (None, None) => identity,
        }
    }

    /// All in one call, on a worker.
    pub(crate) fn copy_whole(
        &self,
        context: &Context,
        target: &Target<'_>,
        properties: &Properties,
    ) -> Result<Made, Error> {
        let request = self.request;
        let (conditions, pinned) = self.conditions(true);
        let reply = self.call(context, self.object.content_length.unwrap_or(0), pinned, || {
            let mut operation = CopyObject::new(&request.key, request.source.clone());
            // What is kept the service takes from the source; all else has to be said.
            let headers = if properties.kept { &request.headers } else { target.headers };
            *AsMut::<ObjectHeaders>::as_mut(&mut operation) = headers.clone();
            *AsMut::<SseOption>::as_mut(&mut operation) = request.sse.clone();
            *AsMut::<Conditions>::as_mut(&mut operation) = conditions.clone();
            let mut call = context.request(operation);
            if !properties.kept {
                call = call.metadata_directive(MetadataDirective::Replace);
            }
            match self.object.crc64 {
                Some(crc64) => call.crc64(crc64),
                None => call,
            }
        })?;
        target.check_crc64(self.object.crc64, reply.crc64)?;
        let request_id = reply.request_id().map(str::to_owned);
        let CopyObjectOutput { etag, version_id, object_url, sse, crc64, .. } = reply.into_inner();
        let crc64 = crc64.or(self.object.crc64);
        Ok(Made { etag: Some(etag), version_id, object_url, sse, crc64, resumed_parts: 0, request_id })
    }

    /// Makes a call that copies so many bytes until it succeeds or there is no use in going on. `pinned`: the only condition is
    /// the pin of ours.
    fn call<O: Operation>(
        &self,
        context: &Context,
        len: u64,
        pinned: bool,
        make: impl Fn() -> Request<O>,
    ) -> Result<Reply<O::Output>, Error> {
        let mut tries = context.tries();
        loop {
            let permit = context.enter()?;
            if let Some(limiter) = &context.limiter {
                limiter.acquire(len, &context.stop)?;
            }
            match make().send() {
                Ok(reply) => {
                    let mut moved = context.counters.attempt();
                    moved.add(len);
                    moved.keep();
                    release(permit, None);
                    return Ok(reply);
                }
                Err(error) => {
                    let error = match pinned && error.is_precondition_failed() {
                        true => self.changed().with_source(error),
                        false => error.into(),
                    };
                    release(permit, Some(&error));
                    tries.failed(error, false)?;
                }
            }
        }
    }

    /// What must hold of the source, and whether it is only the pin of ours: that the source is the one whose properties
    /// are known. The service takes either conditions of the kind of `if_match` or of the other kind, not both.
    fn conditions(&self, whole: bool) -> (Conditions, bool) {
        let given = &self.request.conditions;
        if whole && is_excluding(given) {
            return (given.clone(), false);
        }
        let conditions = Conditions {
            if_match: given.if_match.clone().or_else(|| self.object.etag.clone()),
            if_unmodified_since: given.if_unmodified_since.clone(),
            ..Conditions::default()
        };
        (conditions, given.if_match.is_none() && given.if_unmodified_since.is_none())
    }

    /// Conditions that cannot stand beside the pin of a range are asked about once, by reading a byte.
    fn check_conditions(&self, context: &Context) -> Result<(), Error> {
        let given = &self.request.conditions;
        if !is_excluding(given) {
            return Ok(());
        }
        let mut operation = GetObject::new(self.key);
        read_as(self.request, &mut operation);
        *AsMut::<Conditions>::as_mut(&mut operation) = given.clone();
        let reply = context.request_to(self.bucket, operation).range(0..1).send()?;
        if reply.properties.etag != self.object.etag { Err(self.changed()) } else { Ok(()) }
    }

    pub(crate) fn changed(&self) -> Error {
        let text = format!(
            "the object {}/{} is another one now: it was replaced while it was being copied; copy it again",
            self.bucket.name(),
            self.key
        );
        Error::new(ErrorKind::ObjectChanged, text)
    }
}

/// Whether there are conditions of the kind that excludes `if_match`.
fn is_excluding(conditions: &Conditions) -> bool {
    conditions.if_none_match.is_some() || conditions.if_modified_since.is_some()
}

impl Parts for Source<'_> {
    fn send(&self, context: &Context, upload_id: &str, part: Part) -> Result<FinishedPart, Error> {
        let request = self.request;
        let (conditions, pinned) = self.conditions(false);
        let reply = self.call(context, part.len, pinned, || {
            let mut operation = CopyPart::new(&request.key, upload_id, part.number, request.source.clone());
            // A key of the service was named when the upload began; the caller's own goes with each part.
            let sse = request.sse.0.clone().filter(|sse| matches!(sse, Sse::C(_)));
            *AsMut::<SseOption>::as_mut(&mut operation) = SseOption(sse);
            *AsMut::<Conditions>::as_mut(&mut operation) = conditions.clone();
            context.request(operation).source_range(part.offset..part.offset + part.len)
        })?;
        finished(part, reply.into_inner().etag, None)
    }

    fn expected(&self, _: &BTreeMap<u32, FinishedPart>) -> Expected {
        Expected { crc64: self.object.crc64, ahead: self.object.crc64.is_some() }
    }
}
