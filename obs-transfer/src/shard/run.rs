//! A shard, and the end of all.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use obs_core::multipart::PartEntry;
use obs_core::object::ObjectMetadata;
use obs_core::{CopySource, ObjectHeaders, code};

use super::{Kind, Pinned, PlanOutput, RunShard, ShardOutput, TransferPlan, download, result};
use crate::checkpoint::FinishedPart;
use crate::copy::CopyJob;
use crate::copy::run::Source;
use crate::error::{Error, ErrorKind};
use crate::file_io::SourceFile;
use crate::handle::Control;
use crate::job::{Context, Job};
use crate::multipart::{Expected, Parts, Target};
use crate::options::Options;
use crate::plan::{Part, Plan};
use crate::upload::run::FileParts;

/// The numbers of the parts of a shard: neighbours, since disks and file systems like to read and write in order.
pub(super) fn numbers(parts: u32, index: u32, count: u32) -> RangeInclusive<u32> {
    let until = |index: u32| {
        let until = u64::from(parts) * u64::from(index) / u64::from(count.max(1));
        u32::try_from(until).unwrap_or(parts)
    };
    until(index) + 1..=until(index + 1)
}

pub(super) fn run(shard: RunShard, control: Control) -> Result<ShardOutput, Error> {
    let RunShard { plan, index, count, checksum, options } = shard;
    if index >= count {
        return Err(Error::invalid_input(format!(
            "there is no shard {index} of {count}: they count from 0 to {}",
            count.saturating_sub(1)
        )));
    }
    let mut job = Job::new(&plan.bucket, options, control)?;
    let cut = plan.plan();
    let wanted: Vec<Part> =
        numbers(cut.count(), index, count).filter_map(|number| cut.part(number)).collect();
    job.context.counters.set_total(wanted.iter().map(|part| part.len).sum());
    let output = ShardOutput {
        index,
        count,
        parts: u32::try_from(wanted.len()).unwrap_or(u32::MAX),
        bytes: wanted.iter().map(|part| part.len).sum(),
        ..ShardOutput::default()
    };
    let headers = ObjectHeaders::default();
    let target = Target { key: &plan.key, headers: &headers, sse: &plan.sse };
    let (resumed_parts, sum) = match &plan.kind {
        Kind::Upload { path, modified_ns, upload_id } => {
            let source = open(path, plan.size, *modified_ns)?;
            let parts = FileParts::new(&target, &source, checksum);
            send_missing(&mut job, &plan, &target, upload_id, wanted, &parts)?
        }
        Kind::Copy { bucket, key, object, upload_id } => {
            let (request, metadata) = copy_of(&plan, bucket, key, object);
            let from = job.context.bucket.client().bucket(bucket);
            let source = Source { request: &request, bucket: &from, key, object: &metadata };
            send_missing(&mut job, &plan, &target, upload_id, wanted, &source)?
        }
        Kind::Download { path, temp, object } => {
            let shard = (index, count);
            let (resumed, crc64) = download::run(&mut job, &plan, path, temp, object, wanted, shard)?;
            (resumed, Expected { crc64: Some(crc64), ahead: false })
        }
    };
    job.finish()?;
    Ok(ShardOutput { resumed_parts, crc64: sum.crc64, speaks_crc64: sum.ahead, ..output })
}

/// The file of an upload, if it is the one that was planned.
fn open(path: &std::path::Path, size: u64, modified_ns: i128) -> Result<SourceFile, Error> {
    let source = SourceFile::open(path)?;
    let now = source.identity();
    if now.size == size && now.modified_ns == modified_ns {
        return Ok(source);
    }
    let text = format!(
        "{} changed since the plan was made ({size} bytes then, {} now): abort the plan and make another",
        path.display(),
        now.size
    );
    Err(Error::new(ErrorKind::SourceChanged, text))
}

/// The copy that a plan is about, and the source as it was.
fn copy_of(plan: &TransferPlan, bucket: &str, key: &str, object: &Pinned) -> (CopyJob, ObjectMetadata) {
    let mut source = CopySource::new(bucket, key);
    if let Some(version) = &object.version {
        source = source.version_id(version);
    }
    if let Some(sse) = &plan.source_sse {
        source = source.sse(sse.clone());
    }
    let mut request = CopyJob::new(plan.bucket.clone(), plan.key.clone(), source);
    request.sse = plan.sse.clone();
    let mut metadata = ObjectMetadata::default();
    metadata.content_length = Some(plan.size);
    metadata.etag.clone_from(&object.etag);
    metadata.crc64 = object.crc64;
    (request, metadata)
}

/// The parts that the server has and that are as long as planned.
fn there(
    context: &Context,
    plan: &TransferPlan,
    target: &Target<'_>,
    upload_id: &str,
) -> Result<BTreeMap<u32, FinishedPart>, Error> {
    let cut = plan.plan();
    let there = target.there(context, upload_id)?.into_values();
    let planned =
        there.filter(|entry| cut.part(entry.part_number).is_some_and(|part| part.len == entry.size));
    let part = |entry: PartEntry| {
        let number = entry.part_number;
        (number, FinishedPart { number, size: entry.size, etag: entry.etag, crc64: None })
    };
    Ok(planned.map(part).collect())
}

/// Sends what the server has not; how many parts it had, and the CRC-64 of the shard where it can be known.
fn send_missing(
    job: &mut Job,
    plan: &TransferPlan,
    target: &Target<'_>,
    upload_id: &str,
    wanted: Vec<Part>,
    parts: &impl Parts,
) -> Result<(u32, Expected), Error> {
    let there = there(&job.context, plan, target, upload_id)?;
    let had: Vec<&Part> = wanted.iter().filter(|part| there.contains_key(&part.number)).collect();
    let resumed = u32::try_from(had.len()).unwrap_or(u32::MAX);
    job.context.counters.add_resumed(had.iter().map(|part| part.len).sum());
    let mut finished = BTreeMap::new();
    job.run(
        wanted,
        |context, part| match there.get(&part.number) {
            Some(there) => Ok(FinishedPart { crc64: parts.crc64(context, part)?, ..there.clone() }),
            None => parts.send(context, upload_id, part),
        },
        || parts.verify(),
        |part| {
            finished.insert(part.number, part);
            Ok(())
        },
    )?;
    parts.verify()?;
    Ok((resumed, Expected::of(&finished, parts.expected(&finished).ahead)))
}

pub(super) fn complete(plan: &TransferPlan, shards: &[ShardOutput]) -> Result<PlanOutput, Error> {
    let cut = plan.plan();
    let output = PlanOutput { size: plan.size, parts: cut.count(), ..PlanOutput::default() };
    let told = result::combined(&cut, shards)?;
    let (upload_id, expected) = match &plan.kind {
        Kind::Download { path, temp, object } => {
            let crc64 = Some(download::complete(plan, path, temp, object)?);
            let etag = object.etag.clone();
            return Ok(PlanOutput { etag, crc64, path: Some(path.clone()), ..output });
        }
        Kind::Upload { path, modified_ns, upload_id } => {
            open(path, plan.size, *modified_ns)?;
            (upload_id, told)
        }
        // Each range was copied on condition that the source is still the same.
        Kind::Copy { object, upload_id, .. } => {
            (upload_id, Expected { crc64: object.crc64, ahead: object.crc64.is_some() })
        }
    };
    let options = Options::default();
    let control = Control::new(&options.cancel);
    let job = Job::new(&plan.bucket, options, control)?;
    let headers = ObjectHeaders::default();
    let target = Target { key: &plan.key, headers: &headers, sse: &plan.sse };
    let made = match there(&job.context, plan, &target, upload_id) {
        Ok(there) => {
            let missing: BTreeSet<u32> =
                (1..=cut.count()).filter(|number| !there.contains_key(number)).collect();
            if !missing.is_empty() {
                return Err(incomplete(&cut, &missing));
            }
            target.complete(&job.context, upload_id, &there, expected)?
        }
        Err(error) if error.code() == Some(code::NO_SUCH_UPLOAD) => {
            // Whoever completed it may have been killed before he could say so.
            let is_ours = |object: &ObjectMetadata| {
                object.content_length == Some(plan.size)
                    && expected.crc64.is_some()
                    && object.crc64 == expected.crc64
            };
            target.made(&job.context, is_ours)?.ok_or(error)?
        }
        Err(error) => return Err(error),
    };
    Ok(PlanOutput { etag: made.etag, version_id: made.version_id, crc64: made.crc64, ..output })
}

fn incomplete(cut: &Plan, missing: &BTreeSet<u32>) -> Error {
    const NAMED: usize = 10;
    let named: Vec<String> = missing.iter().take(NAMED).map(u32::to_string).collect();
    let more = if missing.len() > NAMED { " and others" } else { "" };
    let text = format!(
        "{} of {} parts are missing ({}{more}): run the shards that have them, then complete again",
        missing.len(),
        cut.count(),
        named.join(", ")
    );
    let (failed, total) = (missing.len() as u64, u64::from(cut.count()));
    Error::new(ErrorKind::Partial { failed, total }, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_cover_all_parts_once_and_are_even() {
        for parts in [0, 1, 2, 7, 16, 100, 9_999, 10_000] {
            for count in [1, 2, 3, 16, 17, 1_000, 20_000, u32::MAX - 1] {
                let sample = count.min(20_000);
                let mut next = 1;
                for index in 0..sample {
                    let numbers = numbers(parts, index, count);
                    assert_eq!(*numbers.start(), next);
                    next = numbers.end() + 1;
                    let len = numbers.count() as u32;
                    assert!(len == parts / count || len == parts / count + 1, "{parts} {index}/{count}");
                }
                assert!(sample < count || next == parts + 1);
            }
        }
    }
}
