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
use crate::multipart::remove;
use crate::options::Options;
use crate::plan::{Part, Plan};
use crate::ranges::{Ranges, Wanted, broken_off, read_some};
use crate::shard::{Kind, Pinned, TransferPlan};

const RECORD: &str = ".download_record";

pub(super) fn run(request: Download, options: Options, control: Control) -> Result<DownloadOutput, Error> {
    let request = request.behind_links()?;
    let checkpoint_path = options.checkpoint_path(&request.path, RECORD)?;
    let job = Job::new(&request.bucket, options, control)?;
    if request.image_process.is_some() {
        return processed(&request, job);
    }
    let (object, request_id) = request.properties(&job.context).inspect_err(|error| {
        if let Some(path) = checkpoint_path.as_deref().filter(|_| !job.keeps(error, true)) {
            discard(&request, path);
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

/// Where the ranges go, and which of them are there.
pub(crate) struct Opened {
    pub(crate) target: TargetFile,
    pub(crate) checkpoint: Option<Checkpoint>,
    pub(crate) finished: BTreeMap<u32, FinishedPart>,
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
        let Some(path) = path else {
            let target = TargetFile::create(target, size)?;
            return Ok(Opened { target, checkpoint: None, finished: BTreeMap::new() });
        };
        let opened = Checkpoint::open(path, self.identity())?;
        let mut checkpoint = opened.checkpoint;
        match opened.state {
            State::Resumed { leftover: Leftover { temp: Some(temp), .. }, parts } => {
                if let Some(mut file) = TargetFile::resume(target, &temp, size)? {
                    let finished = self.confirm(context, &file, parts);
                    let finished = finished.inspect_err(|error| file.keep(context.keeps(error, true)))?;
                    return Ok(Opened { target: file, checkpoint: Some(checkpoint), finished });
                }
                if let Some(placed) = self.placed(context, parts)? {
                    return Ok(Opened { checkpoint: Some(checkpoint), ..placed });
                }
                log::warn!(target: "obs::transfer", "starting over: the temporary file of the checkpoint is gone");
            }
            State::Fresh { abandoned: Some(Leftover { temp: Some(temp), .. }) } => {
                TargetFile::remove_left_over(target, &temp);
            }
            _ => {}
        }
        let target = TargetFile::create(target, size)?;
        checkpoint.start(None, Some(target.temp()))?;
        Ok(Opened { target, checkpoint: Some(checkpoint), finished: BTreeMap::new() })
    }

    /// The target, if all that is recorded is in it: between giving the file its name and removing its checkpoint a process
    /// may be killed, and nothing has to be fetched again then.
    fn placed(&self, context: &Context, recorded: Vec<FinishedPart>) -> Result<Option<Opened>, Error> {
        if recorded.len() as u64 != u64::from(self.plan.count()) {
            return Ok(None);
        }
        let Some(target) = TargetFile::placed(&self.request.path, self.plan.size())? else { return Ok(None) };
        let finished = self.confirm(context, &target, recorded)?;
        let all = finished.len() as u64 == u64::from(self.plan.count());
        Ok(all.then_some(Opened { target, checkpoint: None, finished }))
    }

    /// The recorded ranges that are in the file as they arrived: a record may outlast a power cut that its bytes did not.
    pub(crate) fn confirm(
        &self,
        context: &Context,
        file: &TargetFile,
        recorded: Vec<FinishedPart>,
    ) -> Result<BTreeMap<u32, FinishedPart>, Error> {
        let mut confirmed = BTreeMap::new();
        let mut lost = 0;
        for part in recorded {
            context.cancel.check()?;
            let planned = self.plan.part(part.number).filter(|planned| planned.len == part.size);
            let there = match planned {
                Some(planned) => Some(file.crc64(planned.offset, planned.len)?) == part.crc64,
                None => false,
            };
            if there {
                confirmed.insert(part.number, part);
            } else {
                lost += 1;
            }
        }
        if lost > 0 {
            log::warn!(target: "obs::transfer", "{lost} ranges of the checkpoint are not in the file: fetching them again");
        }
        Ok(confirmed)
    }

    fn run(self, mut job: Job, opened: Opened) -> Result<DownloadOutput, Error> {
        let Opened { mut target, mut checkpoint, mut finished } = opened;
        let resumed_parts = u32::try_from(finished.len()).unwrap_or(u32::MAX);
        job.context.counters.add_resumed(finished.values().map(|part| part.size).sum());
        let result = self.fetch(&mut job, &target, checkpoint.as_mut(), &mut finished);
        let result = result.and_then(|crc64| target.finish().map(|()| crc64));
        let crc64 = match result {
            Ok(crc64) => crc64,
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

    /// Fetches what is missing; the CRC-64 of the whole.
    fn fetch(
        &self,
        job: &mut Job,
        target: &TargetFile,
        mut checkpoint: Option<&mut Checkpoint>,
        finished: &mut BTreeMap<u32, FinishedPart>,
    ) -> Result<u64, Error> {
        let told = OnceLock::new();
        let (request, object, size) = (self.request, &self.object, self.plan.size());
        let ranges = Ranges { wanted: request, object, size, told: &told };
        if self.plan.size() == 0 {
            // Nothing to fetch, but there may be conditions to be met.
            ranges.fetch_nothing(&job.context)?;
        }
        let missing: Vec<Part> =
            self.plan.parts().filter(|part| !finished.contains_key(&part.number)).collect();
        job.run(
            missing,
            |context, part| ranges.fetch_to(context, part, target),
            || Ok(()),
            |part| {
                if let Some(checkpoint) = checkpoint.as_deref_mut() {
                    checkpoint.record(&part)?;
                }
                finished.insert(part.number, part);
                Ok(())
            },
        )?;
        check_crc64(&request.key, finished.values(), object.crc64)
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

/// The object is gone: what an earlier run left of it helps nobody.
fn discard(request: &Download, path: &Path) {
    if !path.exists() {
        return;
    }
    // That of no job, so that whatever is recorded is not gone on from.
    let none = Identity::new(JobKind::Download, request.bucket.name(), &request.key, 0, 0);
    match Checkpoint::open(path, none) {
        Ok(opened) => {
            if let State::Fresh { abandoned: Some(Leftover { temp: Some(temp), .. }) } = opened.state {
                TargetFile::remove_left_over(&request.path, &temp);
            }
            remove(Some(opened.checkpoint));
        }
        Err(error) => log::warn!(target: "obs::transfer", "{error}"),
    }
}

/// What an image becomes has a size that nobody knows before: one answer from beginning to end.
fn processed(request: &Download, mut job: Job) -> Result<DownloadOutput, Error> {
    let fetch = |context: &Context, ()| {
        let mut tries = context.tries();
        loop {
            match fetch_processed(request, context) {
                Ok(fetched) => return Ok(fetched),
                Err(error) => tries.failed(error, false)?,
            }
        }
    };
    let (output, mut target) = job.run_one((), fetch, || Ok(()))?;
    target.finish()?;
    job.context.counters.set_total(output.size);
    job.finish()?;
    Ok(output)
}

fn fetch_processed(request: &Download, context: &Context) -> Result<(DownloadOutput, TargetFile), Error> {
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
    let (mut size, mut crc64) = (0, Crc64::new());
    let mut buffer = vec![0; 64 << 10];
    loop {
        let read = read_some(context, &mut body, &mut buffer)?;
        if read.is_empty() {
            break;
        }
        target.write_at(read, size)?;
        crc64.write(read);
        size += read.len() as u64;
        attempt.add(read.len() as u64);
    }
    if let Some(left) =
        properties.content_length.and_then(|len| len.checked_sub(size)).filter(|left| *left > 0)
    {
        return Err(broken_off(format!("the answer ended {left} bytes early")));
    }
    attempt.keep();
    let path = target.target().to_path_buf();
    let output = DownloadOutput {
        properties,
        path,
        size,
        crc64: crc64.sum64(),
        parts: 1,
        resumed_parts: 0,
        request_id,
    };
    Ok((output, target))
}
