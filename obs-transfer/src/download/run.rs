//! A download from its first call to its last.

use std::collections::BTreeMap;
use std::path::Path;

use obs_core::checksum::{Crc64, combine};
use obs_core::object::{GetObjectMetadata, ObjectMetadata};
use obs_core::{SseOption, VersionId};

use super::part::{Ranges, broken_off, get, read_some};
use super::{Download, DownloadOutput};
use crate::checkpoint::{Checkpoint, FinishedPart, Identity, JobKind, Leftover, State};
use crate::error::{Error, ErrorKind};
use crate::file_io::TargetFile;
use crate::handle::Control;
use crate::job::{Context, Job};
use crate::options::Options;
use crate::plan::{Part, Plan};

const RECORD: &str = ".download_record";

pub(super) fn run(request: Download, options: Options, control: Control) -> Result<DownloadOutput, Error> {
    let checkpoint_path = options.checkpoint_path(&request.path, RECORD);
    let job = Job::new(&request.bucket, options, control)?;
    if request.image_process.is_some() {
        return processed(&request, job);
    }
    let (object, request_id) = properties(&request, &job.context).inspect_err(|error| {
        if let Some(path) = checkpoint_path.as_deref().filter(|_| !job.keeps(error, true)) {
            discard(&request, path);
        }
    })?;
    let size = object.content_length.ok_or_else(|| {
        obs_core::Error::decode(format!("the server does not say how long {} is", request.key))
    })?;
    job.context.counters.set_total(size);
    let plan = Plan::download(size, request.part_size);
    let download = Ranged { request: &request, object, plan, request_id };
    match checkpoint_path {
        None => {
            let target = TargetFile::create(&request.path, size)?;
            download.run(job, target, None, BTreeMap::new())
        }
        Some(path) => download.resume(job, &path),
    }
}

fn properties(request: &Download, context: &Context) -> Result<(ObjectMetadata, Option<String>), Error> {
    let mut operation = GetObjectMetadata::new(&request.key);
    *AsMut::<VersionId>::as_mut(&mut operation) = request.version_id.clone();
    *AsMut::<SseOption>::as_mut(&mut operation) = request.sse.clone();
    let reply = context.request(operation).send()?;
    let id = reply.request_id().map(str::to_owned);
    Ok((reply.into_inner(), id))
}

/// A download in ranges.
struct Ranged<'a> {
    request: &'a Download,
    object: ObjectMetadata,
    plan: Plan,
    request_id: Option<String>,
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

    fn resume(self, job: Job, path: &Path) -> Result<DownloadOutput, Error> {
        let target = &self.request.path;
        let opened = Checkpoint::open(path, self.identity())?;
        let mut checkpoint = opened.checkpoint;
        match opened.state {
            State::Resumed { leftover: Leftover { temp: Some(temp), .. }, parts } => {
                if let Some(file) = TargetFile::resume(target, &temp, self.plan.size())? {
                    let finished = self.confirm(&job.context, &file, parts);
                    return match finished {
                        Ok(finished) => self.run(job, file, Some(checkpoint), finished),
                        Err(error) => {
                            let mut file = file;
                            file.keep(job.keeps(&error, true));
                            Err(error)
                        }
                    };
                }
                log::warn!(target: "obs::transfer", "starting over: the temporary file of the checkpoint is gone");
            }
            State::Fresh { abandoned: Some(Leftover { temp: Some(temp), .. }) } => {
                TargetFile::remove_left_over(target, &temp);
            }
            _ => {}
        }
        let file = TargetFile::create(target, self.plan.size())?;
        checkpoint.start(None, Some(file.temp()))?;
        self.run(job, file, Some(checkpoint), BTreeMap::new())
    }

    /// The recorded ranges that are in the file as they arrived: a record may outlast a power cut that its bytes did not.
    fn confirm(
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

    fn run(
        self,
        mut job: Job,
        mut target: TargetFile,
        mut checkpoint: Option<Checkpoint>,
        mut finished: BTreeMap<u32, FinishedPart>,
    ) -> Result<DownloadOutput, Error> {
        let resumed_parts = u32::try_from(finished.len()).unwrap_or(u32::MAX);
        job.context.counters.add_resumed(finished.values().map(|part| part.size).sum());
        let result = self.fetch(&mut job, &target, checkpoint.as_mut(), &mut finished);
        let crc64 = match result {
            Ok(crc64) => crc64,
            Err(error) => {
                let keeps = job.keeps(&error, checkpoint.is_some());
                target.keep(keeps);
                if !keeps {
                    remove(checkpoint);
                }
                return Err(error);
            }
        };
        let output = DownloadOutput {
            metadata: self.object,
            path: target.target().to_path_buf(),
            size: self.plan.size(),
            crc64,
            parts: self.plan.count(),
            resumed_parts,
            request_id: self.request_id,
        };
        target.finish()?;
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
        let ranges = Ranges { request: self.request, object: &self.object, target, size: self.plan.size() };
        if self.plan.size() == 0 {
            // Nothing to fetch, but there may be conditions to be met.
            ranges.fetch_nothing(&job.context)?;
        }
        let missing: Vec<Part> =
            self.plan.parts().filter(|part| !finished.contains_key(&part.number)).collect();
        job.run(
            missing,
            |context, part| ranges.fetch(context, part),
            || Ok(()),
            |part| {
                if let Some(checkpoint) = checkpoint.as_deref_mut() {
                    checkpoint.record(&part)?;
                }
                finished.insert(part.number, part);
                Ok(())
            },
        )?;
        let parts = finished.values();
        let crc64 = parts.fold(0, |whole, part| combine(whole, part.crc64.unwrap_or(0), part.size));
        match self.object.crc64 {
            Some(stored) if stored != crc64 => {
                let text = format!(
                    "{} arrived damaged: its CRC-64 is {crc64} instead of {stored}; download it again",
                    self.request.key
                );
                Err(Error::new(ErrorKind::Integrity, text))
            }
            _ => Ok(crc64),
        }
    }
}

/// The job has ended, well or for good. A file that stays behind does no harm: it fits no other job.
fn remove(checkpoint: Option<Checkpoint>) {
    if let Some(Err(error)) = checkpoint.map(Checkpoint::remove) {
        log::warn!(target: "obs::transfer", "{error}");
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
    let mut fetched = None;
    job.run(
        [()],
        fetch,
        || Ok(()),
        |done| {
            fetched = Some(done);
            Ok(())
        },
    )?;
    // A run without an error has done its one piece.
    let (output, target) = fetched.ok_or_else(Error::cancelled)?;
    target.finish()?;
    job.context.counters.set_total(output.size);
    job.finish()?;
    Ok(output)
}

fn fetch_processed(request: &Download, context: &Context) -> Result<(DownloadOutput, TargetFile), Error> {
    let mut call = context.moving(get(request));
    if let Some(commands) = &request.image_process {
        call = call.image_process(commands.clone());
    }
    let reply = call.send()?;
    let target = TargetFile::create_growing(&request.path)?;
    let request_id = reply.request_id().map(str::to_owned);
    let answer = reply.into_inner();
    let (metadata, mut body) = (answer.properties, answer.body);
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
    if let Some(left) = metadata.content_length.and_then(|len| len.checked_sub(size)).filter(|left| *left > 0)
    {
        return Err(broken_off(format!("the answer ended {left} bytes early")));
    }
    attempt.keep();
    let path = target.target().to_path_buf();
    let output =
        DownloadOutput { metadata, path, size, crc64: crc64.sum64(), parts: 1, resumed_parts: 0, request_id };
    Ok((output, target))
}
