//! A shard of a download: ranges go into the one file that all shards write, and beside it each keeps what it has done.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use obs_core::VersionId;
use obs_core::checksum::combine;
use obs_core::object::ObjectMetadata;

use super::run::numbers;
use super::{Pinned, TransferPlan, document};
use crate::cancel::CancelToken;
use crate::checkpoint::{Checkpoint, FinishedPart, Identity, JobKind, State};
use crate::download::Download;
use crate::download::run::check_crc64;
use crate::error::{Error, ErrorKind};
use crate::file_io::TargetFile;
use crate::job::Job;
use crate::plan::{Part, Plan};
use crate::ranges::Ranges;

/// How many parts an earlier run had fetched, and the CRC-64 of the shard.
pub(super) fn run(
    job: &mut Job,
    plan: &TransferPlan,
    path: &Path,
    temp: &Path,
    object: &Pinned,
    wanted: Vec<Part>,
    (index, count): (u32, u32),
) -> Result<(u32, u64), Error> {
    check_temp(path, temp)?;
    let done = done_path(temp, index, count);
    let all = u32::try_from(wanted.len()).unwrap_or(u32::MAX);
    if all == 0 {
        mark(&done, 0)?;
    }
    if let Some(crc64) = marked(&done)? {
        job.context.counters.add_resumed(wanted.iter().map(|part| part.len).sum());
        return Ok((all, crc64));
    }
    let mut target = resume(plan, path, temp)?;
    // Whatever becomes of this shard, the others go on.
    target.keep(true);
    let mut download = Download::new(job.context.bucket.clone(), plan.key.clone(), path.to_path_buf());
    download.sse = plan.sse.clone();
    download.version_id = VersionId(object.version.clone());
    let mut metadata = ObjectMetadata::default();
    metadata.content_length = Some(plan.size);
    metadata.etag.clone_from(&object.etag);
    metadata.crc64 = object.crc64;

    let identity = Identity::new(JobKind::Download, plan.bucket.name(), &plan.key, plan.size, plan.part_size)
        .path(path)
        .etag(object.etag.as_deref().unwrap_or_default())
        .with("shard", format!("{index} of {count}"));
    let opened = Checkpoint::open(&record_path(temp, index, count), identity)?;
    let mut checkpoint = opened.checkpoint;
    let recorded: BTreeMap<u32, FinishedPart> = match opened.state {
        State::Resumed { parts, .. } => parts.into_iter().map(|part| (part.number, part)).collect(),
        State::Fresh { .. } => {
            checkpoint.start(None, Some(temp))?;
            BTreeMap::new()
        }
    };
    let (told, mut finished, mut resumed_parts) = (OnceLock::new(), BTreeMap::new(), 0);
    let ranges = Ranges { wanted: &download, object: &metadata, size: plan.size, told: &told };
    job.run(
        wanted,
        |context, part| ranges.bring(context, part, &target, recorded.get(&part.number)),
        || Ok(()),
        |(part, was_there)| {
            if was_there {
                resumed_parts += 1;
            } else {
                checkpoint.record(&part)?;
            }
            finished.insert(part.number, part);
            Ok(())
        },
    )?;
    // Only what is on the disk is done: another machine will rely on it. Bytes that the disk did not take look as if they were there,
    // and no run may go on from them.
    if let Err(error) = target.sync() {
        checkpoint.remove()?;
        return Err(error);
    }
    let parts = finished.values();
    let crc64 = parts.fold(0, |whole, part| combine(whole, part.crc64.unwrap_or(0), part.size));
    mark(&done, crc64)?;
    checkpoint.remove()?;
    Ok((resumed_parts, crc64))
}

fn resume(plan: &TransferPlan, path: &Path, temp: &Path) -> Result<TargetFile, Error> {
    TargetFile::resume(path, temp, plan.size)?.ok_or_else(|| gone(temp))
}

fn gone(temp: &Path) -> Error {
    let text = format!(
        "{}, which the plan writes to, is not there: the plan was completed or aborted, or this machine does not see the \
         same folder",
        temp.display()
    );
    Error::new(ErrorKind::Checkpoint, text)
}

/// A plan is a file that anyone may have written: what is to be written to, and removed in the end, has to be a temporary file
/// of ours beside the target.
fn check_temp(path: &Path, temp: &Path) -> Result<(), Error> {
    if TargetFile::is_temp_name(temp) && temp.parent() == path.parent() {
        return Ok(());
    }
    let text =
        format!("the plan is damaged: {} is no temporary file beside {}", temp.display(), path.display());
    Err(Error::invalid_input(text))
}

fn beside(temp: &Path, index: u32, count: u32, suffix: &str) -> PathBuf {
    let mut name = temp.as_os_str().to_owned();
    name.push(format!(".{index}-of-{count}{suffix}"));
    name.into()
}

/// What a shard has done so far.
fn record_path(temp: &Path, index: u32, count: u32) -> PathBuf {
    beside(temp, index, count, RECORD)
}

/// That a shard is done; holds the CRC-64 of its bytes.
fn done_path(temp: &Path, index: u32, count: u32) -> PathBuf {
    beside(temp, index, count, DONE)
}

const DONE: &str = ".done";
const RECORD: &str = ".record";

fn mark(done: &Path, crc64: u64) -> Result<(), Error> {
    document::write(done, format!("{crc64}\n").as_bytes())
}

/// What [`mark`] wrote. Half of it is nothing: then the shard is not done.
fn marked(done: &Path) -> Result<Option<u64>, Error> {
    match fs::read_to_string(done) {
        Ok(text) => Ok(text.strip_suffix('\n').and_then(|crc64| crc64.parse().ok())),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidData) => {
            Ok(None)
        }
        Err(error) => Err(Error::io("cannot read", done, error)),
    }
}

/// Whether a file is what a shard keeps beside the temporary file that it writes to.
pub(crate) fn is_beside_temp(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let parts = name.match_indices('.').filter_map(|(at, _)| Some((name.get(..at)?, name.get(at + 1..)?)));
    parts.into_iter().any(|(temp, behind)| TargetFile::is_temp_name(Path::new(temp)) && is_of_shard(behind))
}

/// All that shards have written beside the temporary file: paths, and what their names have behind its own.
fn written(temp: &Path) -> Result<Vec<(PathBuf, String)>, Error> {
    let (Some(folder), Some(name)) = (temp.parent(), temp.file_name().and_then(|name| name.to_str())) else {
        return Ok(Vec::new());
    };
    let failed = |error| Error::io("cannot read the folder", folder, error);
    let mut written = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let entry_name = entry.file_name();
        let behind = entry_name.to_str().and_then(|entry| entry.strip_prefix(name)?.strip_prefix('.'));
        if let Some(behind) = behind.filter(|behind| is_of_shard(behind)) {
            written.push((entry.path(), behind.to_owned()));
        }
    }
    Ok(written)
}

fn parse_done(behind: &str) -> Option<(u32, u32)> {
    parse_shard(behind.strip_suffix(DONE)?)
}

fn parse_shard(name: &str) -> Option<(u32, u32)> {
    let (index, count) = name.split_once("-of-")?;
    Some((index.parse().ok()?, count.parse().ok()?))
}

/// Whether it is the record or the mark of a shard, or what a killed process left of its [writing](document::write) a mark.
fn is_of_shard(behind: &str) -> bool {
    let is_hex = |digit: u8| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit);
    let whole = match behind.rsplit_once('.') {
        Some((mark, random)) if random.len() == 8 && random.bytes().all(is_hex) && mark.ends_with(DONE) => {
            mark
        }
        _ => behind,
    };
    let name = whole.strip_suffix(DONE).or_else(|| whole.strip_suffix(RECORD));
    name.is_some_and(|name| parse_shard(name).is_some())
}

/// Whether all is there, and then under its name; the CRC-64 of all bytes.
pub(super) fn complete(plan: &TransferPlan, path: &Path, temp: &Path, object: &Pinned) -> Result<u64, Error> {
    check_temp(path, temp)?;
    let (mut target, placed) = match TargetFile::resume(path, temp, plan.size)? {
        Some(target) => (target, false),
        // Whoever completed it may have been killed before he could remove what belongs to it.
        None => (TargetFile::placed(path, plan.size)?.ok_or_else(|| gone(temp))?, true),
    };
    target.keep(true);
    let written = written(temp)?;
    let crc64 = match whole_crc64(&plan.plan(), &written) {
        Ok(crc64) if placed && target.crc64(0, plan.size, &CancelToken::new())? != crc64 => {
            return Err(gone(temp));
        }
        Err(_) if placed => return Err(gone(temp)),
        Err(_) if plan.size == 0 => 0,
        whole => whole?,
    };
    let whole = FinishedPart { number: 1, size: plan.size, etag: String::new(), crc64: Some(crc64) };
    check_crc64(&plan.key, [&whole].into_iter(), object.crc64)?;
    target.finish()?;
    remove(&written)?;
    Ok(crc64)
}

fn whole_crc64(cut: &Plan, written: &[(PathBuf, String)]) -> Result<u64, Error> {
    let mut done: BTreeMap<u32, BTreeMap<u32, u64>> = BTreeMap::new();
    for (path, behind) in written {
        if let Some((index, count)) = parse_done(behind).filter(|(index, count)| index < count) {
            if let Some(crc64) = marked(path)? {
                done.entry(count).or_default().insert(index, crc64);
            }
        }
    }
    // Whoever runs the shards may have thought better of how many there are: the set that is closest to its end counts.
    let lacking = |count: &u32, of: &BTreeMap<u32, u64>| u64::from(*count) - of.len() as u64;
    let Some((count, shards)) = done.iter().min_by_key(|(count, of)| lacking(count, of)) else {
        let text = "no shard is done: run them all, then complete again";
        return Err(Error::new(ErrorKind::Partial { failed: 1, total: 1 }, text));
    };
    if let Some(first) = (0..*count).find(|index| !shards.contains_key(index)) {
        let (failed, total) = (lacking(count, shards), u64::from(*count));
        let text = format!(
            "{failed} of {count} shards are not done, the first is shard {first}: run them, then complete again"
        );
        return Err(Error::new(ErrorKind::Partial { failed, total }, text));
    }
    let whole = shards.iter().fold(0, |whole, (index, crc64)| {
        let parts = numbers(cut.count(), *index, *count).filter_map(|number| cut.part(number));
        combine(whole, *crc64, parts.map(|part| part.len).sum())
    });
    Ok(whole)
}

pub(super) fn abort(path: &Path, temp: &Path) -> Result<(), Error> {
    check_temp(path, temp)?;
    let written = if temp.parent().is_some_and(Path::exists) { written(temp)? } else { Vec::new() };
    remove_file(temp)?;
    remove(&written)
}

fn remove(written: &[(PathBuf, String)]) -> Result<(), Error> {
    written.iter().try_for_each(|(path, _)| remove_file(path))
}

fn remove_file(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::io("cannot remove", path, error)),
        _ => Ok(()),
    }
}
