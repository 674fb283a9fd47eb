//! A download from its first call to its last.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use obs_core::checksum::{Crc64, combine};
use obs_core::object::ObjectMetadata;

use super::{Download, DownloadOutput};
use crate::checkpoint::{Checkpoint, FinishedPart, Identity, JobKind, Leftover, State};
use crate::error::{Error, ErrorKind};
use crate::file_io::TargetFile;
use crate::handle::Control;
use crate::job::{Context, Job};
use crate::options::Options;
use crate::plan::Plan;
use crate::ranges::{Ranges, Wanted, broken_off, is_there, read_some};
use crate::resume::{discard, open_checkpoint, remove};
use crate::shard::{Kind, Pinned, TransferPlan};

pub(super) fn run(request: Download, options: Options, control: Control) -> Result<DownloadOutput, Error> {
    let request = request.behind_links()?;
    let checkpoint_path = options.checkpoint_path(&request.path, JobKind::Download)?;
    let job = Job::new(&request.bucket, options, control)?;
    if request.image_process.is_some() {
        return processed(&request, job);
    }
    let (object, request_id) = request.properties(&job.context).inspect_err(|error| {
        if let Some(path) = checkpoint_path.as_deref().filter(|_| !job.keeps(error, true)) {
            discard(JobKind::Download, &job.context, &request.key, path);
        }
    })?;
    let size = request.size(&object)?;
    job.context.counters.set_total(size);
    let plan = Plan::download(size, request.part_size);
    let download = Ranged { request: &request, object, plan, request_id };
    let opened = download.open(&job.context, checkpoint_path.as_deref())?;
    download.run(job, opened)
}

/// Reserves the file that others write.
pub(super) fn create_plan(request: Download, options: Options) -> Result<TransferPlan, Error> {
    let request = request.behind_links()?;
    if request.image_process.is_some() || request.has_conditions() {
        return Err(Error::invalid_input(
            "a plan knows neither conditions nor the processing of images: it is about the object as it is now",
        ));
    }
    let control = Control::new(&options.cancel);
    let job = Job::new(&request.bucket, options, control)?;
    let (object, _) = request.properties(&job.context)?;
    let plan = Plan::download(request.size(&object)?, request.part_size);
    let mut target = TargetFile::create(&request.path, plan.size())?;
    target.keep(true);
    let (path, temp) = (target.target().to_path_buf(), target.temp().to_path_buf());
    let Wanted { bucket, key, version_id, sse, .. } = request.wanted;
    let object = Pinned { version: version_id.0, etag: object.etag, crc64: object.crc64 };
    let kind = Kind::Download { path, temp, object };
    Ok(TransferPlan::new(bucket, &key, &plan, kind, sse))
}

/// A download in ranges.
pub(crate) struct Ranged<'a> {
    pub(crate) request: &'a Download,
    pub(crate) object: ObjectMetadata,
    pub(crate) plan: Plan,
    pub(crate) request_id: Option<String>,
}

/// Where the ranges go, and which of them are there, as far as the checkpoint knows.
pub(crate) struct Opened {
    pub(crate) target: TargetFile,
    pub(crate) checkpoint: Option<Checkpoint>,
    pub(crate) recorded: BTreeMap<u32, FinishedPart>,
}

impl Ranged<'_> {
    fn identity(&self) -> Identity {
        let (request, plan) = (self.request, &self.plan);
        let bucket = request.bucket.name();
        let mut identity =
            Identity::new(JobKind::Download, bucket, &request.key, plan.size(), plan.part_size())
                .path(&request.path);
        if let Some(version) = &request.version_id.0 {
            identity = identity.version(version);
        }
        match (&self.object.etag, &self.object.last_modified) {
            (Some(etag), _) => identity.etag(etag),
            (None, Some(modified)) => identity.with("last_modified", modified.as_str()),
            (None, None) => identity,
        }
    }

    /// Begins, or goes on from a checkpoint.
    pub(crate) fn open(&self, context: &Context, path: Option<&Path>) -> Result<Opened, Error> {
        let (target, size) = (&self.request.path, self.plan.size());
        let (checkpoint, state) = open_checkpoint(context, path, || Ok(self.identity()))?;
        let Some(mut checkpoint) = checkpoint else {
            let target = TargetFile::create(target, size)?;
            return Ok(Opened { target, checkpoint: None, recorded: BTreeMap::new() });
        };
        if let State::Resumed { leftover: Leftover { temp: Some(temp), .. }, parts } = state {
            let recorded = parts.into_iter().map(|part| (part.number, part)).collect();
            if let Some(target) = TargetFile::resume(target, &temp, size)? {
                return Ok(Opened { target, checkpoint: Some(checkpoint), recorded });
            }
            if let Some(target) = self.placed(context, &recorded)? {
                return Ok(Opened { target, checkpoint: Some(checkpoint), recorded });
            }
            log::warn!(target: "obs::transfer", "starting over: the temporary file of the checkpoint is gone");
        }
        match TargetFile::create_announced(target, size, |temp| checkpoint.start(None, Some(temp))) {
            Ok(target) => Ok(Opened { target, checkpoint: Some(checkpoint), recorded: BTreeMap::new() }),
            Err(error) => {
                remove(Some(checkpoint));
                Err(error)
            }
        }
    }

    /// The target, if all that is recorded is in it: between giving the file its name and removing its checkpoint a process
    /// may be killed, and nothing has to be fetched again then.
    fn placed(
        &self,
        context: &Context,
        recorded: &BTreeMap<u32, FinishedPart>,
    ) -> Result<Option<TargetFile>, Error> {
        if recorded.len() as u64 != u64::from(self.plan.count()) {
            return Ok(None);
        }
        let Some(target) = TargetFile::placed(&self.request.path, self.plan.size())? else { return Ok(None) };
        for part in self.plan.parts() {
            match recorded.get(&part.number) {
                Some(recorded) if is_there(context, part, &target, recorded)? => {}
                _ => return Ok(None),
            }
        }
        Ok(Some(target))
    }

    fn run(self, mut job: Job, opened: Opened) -> Result<DownloadOutput, Error> {
        let Opened { mut target, mut checkpoint, recorded } = opened;
        let result = self.fetch(&mut job, &target, checkpoint.as_mut(), &recorded);
        let result = result.and_then(|fetched| target.finish().map(|()| fetched));
        let (crc64, resumed_parts) = match result {
            Ok(fetched) => fetched,
            Err(error) => {
                let keeps = !target.is_lost() && job.keeps(&error, checkpoint.is_some());
                target.keep(keeps);
                if !keeps {
                    remove(checkpoint);
                }
                return Err(error);
            }
        };
        let output = DownloadOutput {
            properties: self.object,
            path: target.target().to_path_buf(),
            size: self.plan.size(),
            crc64,
            parts: self.plan.count(),
            resumed_parts,
            request_id: self.request_id,
        };
        remove(checkpoint);
        job.finish()?;
        Ok(output)
    }

    /// Fetches what is missing; the CRC-64 of the whole, and how many ranges were there.
    fn fetch(
        &self,
        job: &mut Job,
        target: &TargetFile,
        mut checkpoint: Option<&mut Checkpoint>,
        recorded: &BTreeMap<u32, FinishedPart>,
    ) -> Result<(u64, u32), Error> {
        let told = OnceLock::new();
        let (request, object, size) = (self.request, &self.object, self.plan.size());
        let ranges = Ranges { wanted: request, object, size, told: &told };
        if self.plan.size() == 0 {
            // Nothing to fetch, but there may be conditions to be met.
            ranges.fetch_nothing(&job.context)?;
        }
        let (mut finished, mut resumed_parts) = (BTreeMap::new(), 0);
        job.run(
            self.plan.parts(),
            |context, part| ranges.bring(context, part, target, recorded.get(&part.number)),
            || Ok(()),
            |(part, was_there)| {
                match checkpoint.as_deref_mut() {
                    _ if was_there => resumed_parts += 1,
                    Some(checkpoint) => checkpoint.record(&part)?,
                    None => {}
                }
                finished.insert(part.number, part);
                Ok(())
            },
        )?;
        let crc64 = check_crc64(&request.key, finished.values(), object.crc64)?;
        Ok((crc64, resumed_parts))
    }
}

/// The CRC-64 of the whole, if it is that of the object.
pub(crate) fn check_crc64<'p>(
    key: &str,
    parts: impl Iterator<Item = &'p FinishedPart>,
    stored: Option<u64>,
) -> Result<u64, Error> {
    let crc64 = parts.fold(0, |whole, part| combine(whole, part.crc64.unwrap_or(0), part.size));
    match stored {
        Some(stored) if stored != crc64 => {
            let text = format!(
                "{key} arrived damaged: its CRC-64 is {crc64} instead of {stored}; download it again"
            );
            Err(Error::new(ErrorKind::Integrity, text))
        }
        _ => Ok(crc64),
    }
}

/// What an image becomes has a size that nobody knows before: one answer from beginning to end.
fn processed(request: &Download, mut job: Job) -> Result<DownloadOutput, Error> {
    let fetch = |context: &Context, ()| {
        let mut tries = context.tries();
        loop {
            let mut size = 0;
            match fetch_processed(request, context, &mut size) {
                Ok(fetched) => return Ok(fetched),
                // All of it comes anew, but then the server was there.
                Err(error) => tries.failed(error, size > 0)?,
            }
        }
    };
    let (output, mut target) = job.run_one((), fetch, || Ok(()))?;
    target.finish()?;
    job.context.counters.set_total(output.size);
    job.finish()?;
    Ok(output)
}

/// One try. `size` tells how many bytes came, also before an error.
fn fetch_processed(
    request: &Download,
    context: &Context,
    size: &mut u64,
) -> Result<(DownloadOutput, TargetFile), Error> {
    let mut call = context.moving(request.get());
    if let Some(commands) = &request.image_process {
        call = call.image_process(commands.clone());
    }
    let reply = call.send()?;
    let target = TargetFile::create_growing(&request.path)?;
    let request_id = reply.request_id().map(str::to_owned);
    let answer = reply.into_inner();
    let (properties, mut body) = (answer.properties, answer.body);
    let mut attempt = context.counters.attempt();
    let mut crc64 = Crc64::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        let read = read_some(context, &mut body, &mut buffer)?;
        if read.is_empty() {
            break;
        }
        target.write_at(read, *size)?;
        crc64.write(read);
        *size += read.len() as u64;
        attempt.add(read.len() as u64);
    }
    if let Some(left) =
        properties.content_length.and_then(|len| len.checked_sub(*size)).filter(|left| *left > 0)
    {
        return Err(broken_off(format!("the answer ended {left} bytes early")));
    }
    attempt.keep();
    let path = target.target().to_path_buf();
    let output = DownloadOutput {
        properties,
        path,
        size: *size,
        crc64: crc64.sum64(),
        parts: 1,
        resumed_parts: 0,
        request_id,
    };
    Ok((output, target))
}
