//! An upload from its first call to its last.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use obs_core::checksum::Crc64;

use super::{Checksum, Upload, UploadOutput};
use crate::checkpoint::{FinishedPart, Identity, JobKind};
use crate::error::Error;
use crate::file_io::SourceFile;
use crate::handle::Control;
use crate::job::{Context, Job};
use crate::multipart::{Expected, Parts, Target};
use crate::options::Options;
use crate::outgoing::pass;
use crate::plan::{Part, Plan};
use crate::resume::{open_checkpoint, remove};
use crate::shard::{Kind, TransferPlan};

pub(super) fn run(mut request: Upload, options: Options, control: Control) -> Result<UploadOutput, Error> {
    let source = SourceFile::open(&request.path)?;
    let plan = Plan::upload(source.identity().size, request.part_size)?;
    let checkpoint_path = options.checkpoint_path(&request.path, JobKind::Upload)?;
    let mut job = Job::new(&request.bucket, options, control)?;
    job.context.counters.set_total(plan.size());
    request.guess_type();
    let target = Target { key: &request.key, headers: &request.headers, sse: &request.sse };
    let (checkpoint, state) = open_checkpoint(&job.context, checkpoint_path.as_deref(), || {
        identity(&request, &source, &plan, &job.context)
    })?;
    let made = if plan.count() == 1 {
        let put = target.put(&mut job, &source, plan.size(), request.checksum, || source.verify())?;
        remove(checkpoint);
        put
    } else {
        let parts = FileParts::new(&target, &source, request.checksum);
        target.make(&mut job, &plan, checkpoint, state, &parts, |_, _| Ok(()))?
    };
    job.finish()?;
    Ok(UploadOutput::new(&request.bucket, &request.key, made, plan.size(), plan.count()))
}

/// Begins an upload that others go on with.
pub(super) fn create_plan(mut request: Upload, options: Options) -> Result<TransferPlan, Error> {
    let path = std::path::absolute(&request.path)
        .map_err(|error| Error::io("cannot resolve", &request.path, error))?;
    let source = SourceFile::open(&path)?;
    let plan = Plan::upload(source.identity().size, request.part_size)?;
    let control = Control::new(&options.cancel);
    let job = Job::new(&request.bucket, options, control)?;
    request.guess_type();
    let target = Target { key: &request.key, headers: &request.headers, sse: &request.sse };
    let upload_id = target.begin(&job.context)?;
    let kind = Kind::Upload { path, modified_ns: source.identity().modified_ns, upload_id };
    Ok(TransferPlan::new(request.bucket, &request.key, &plan, kind, request.sse))
}

/// The parts of a file.
pub(crate) struct FileParts<'a> {
    target: &'a Target<'a>,
    source: &'a SourceFile,
    checksum: Option<Checksum>,
    speaks_crc64: AtomicBool,
}

impl<'a> FileParts<'a> {
    pub(crate) fn new(target: &'a Target<'a>, source: &'a SourceFile, checksum: Option<Checksum>) -> Self {
        Self { target, source, checksum, speaks_crc64: AtomicBool::new(false) }
    }
}

impl Parts for FileParts<'_> {
    fn send(&self, context: &Context, upload_id: &str, part: Part) -> Result<FinishedPart, Error> {
        let (part, speaks) = self.target.send_part(context, self.source, upload_id, part, self.checksum)?;
        self.speaks_crc64.fetch_or(speaks, Ordering::Relaxed);
        Ok(part)
    }

    fn verify(&self) -> Result<(), Error> {
        self.source.verify()
    }

    fn crc64(&self, context: &Context, part: Part) -> Result<Option<u64>, Error> {
        crc64(self.source, context, part.offset, part.len).map(Some)
    }

    fn expected(&self, parts: &BTreeMap<u32, FinishedPart>) -> Expected {
        Expected::of(parts, self.speaks_crc64.load(Ordering::Relaxed))
    }
}

pub(crate) fn identity(
    request: &Upload,
    source: &SourceFile,
    plan: &Plan,
    context: &Context,
) -> Result<Identity, Error> {
    let bucket = request.bucket.name();
    let identity = Identity::new(JobKind::Upload, bucket, &request.key, plan.size(), plan.part_size())
        .path(&request.path)
        .modified_ns(source.identity().modified_ns)
        .properties(&request.headers, &request.sse);
    if !request.check_sum {
        return Ok(identity);
    }
    let crc64 = crc64(source, context, 0, plan.size())?;
    Ok(identity.digest(&format!("crc64:{crc64}")))
}

pub(crate) fn crc64(source: &SourceFile, context: &Context, offset: u64, len: u64) -> Result<u64, Error> {
    let mut digest = Crc64::new();
    pass(source.reader(offset, len), &context.halt, |bytes| digest.write(bytes))?;
    Ok(digest.sum64())
}
