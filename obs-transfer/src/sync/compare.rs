//! Whether a file and an object of the same size are equal.

use std::path::PathBuf;
use std::sync::Arc;

use md5::{Digest, Md5};
use obs_core::SseOption;
use obs_core::checksum::Crc64;
use obs_core::object::ObjectMetadata;

use crate::directory::mtime;
use crate::directory::remote::properties;
use crate::directory::report::{Action, ActionKind, Failure, Report};
use crate::error::Error;
use crate::file_io::{SourceFile, ns_of_time};
use crate::job::{Context, Job};
use crate::outgoing::pass;

/// How they are compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Compare {
    #[default]
    Time,
    Content,
    Size,
}

/// An object, and what of the same size it is to be compared with.
#[derive(Debug)]
pub(super) struct Pair<T> {
    /// What is to be done if they differ.
    pub(super) action: Action,
    pub(super) other: T,
}

/// A file that is to be compared with an object.
#[derive(Debug)]
pub(super) struct LocalFile {
    pub(super) path: PathBuf,
    pub(super) modified_ns: i128,
}

enum Verdict {
    Equal,
    Different(Action),
    Failed(Failure),
}

/// Asks for the properties of all objects, on the workers of the job: what is to be done with those that differ from their files.
pub(super) fn different_files(
    job: &mut Job,
    pairs: Vec<Pair<LocalFile>>,
    compare: Compare,
    sse: &SseOption,
    report: &mut Report,
) -> Result<Vec<Action>, Error> {
    if compare == Compare::Size {
        report.unchanged += pairs.len() as u64;
        return Ok(Vec::new());
    }
    different(job, pairs, report, |context, pair| {
        let key = pair.action.key.as_deref().unwrap_or_default();
        match properties(context, &context.bucket, key, sse) {
            Ok(object) => is_equal(context, pair, &object, compare),
            // It went away since it was listed: the one direction brings it back, the other has nothing to fetch.
            Err(error) if error.is_not_found() && pair.action.kind == ActionKind::Upload => Ok(false),
            Err(error) => Err(error),
        }
    })
}

/// Compares all pairs, on the workers of the job: what is to be done with those that differ.
pub(super) fn different<T: Send>(
    job: &mut Job,
    pairs: Vec<Pair<T>>,
    report: &mut Report,
    are_equal: impl Fn(&Context, &Pair<T>) -> Result<bool, Error> + Sync,
) -> Result<Vec<Action>, Error> {
    let mut actions = Vec::new();
    job.run_counting(
        |verdict| !matches!(verdict, Verdict::Failed(_)),
        pairs,
        |context, pair| {
            let equal = are_equal(context, &pair);
            context.cancel.check()?;
            Ok(match equal {
                Ok(true) => Verdict::Equal,
                Ok(false) => Verdict::Different(pair.action),
                Err(error) if error.is_cancelled() => return Err(error),
                Err(error) => Verdict::Failed(Failure::of(&pair.action, Arc::new(error))),
            })
        },
        || Ok(()),
        |verdict| {
            match verdict {
                Verdict::Equal => report.unchanged += 1,
                Verdict::Different(action) => actions.push(action),
                Verdict::Failed(failure) => report.failures.push(failure),
            }
            Ok(())
        },
    )?;
    Ok(actions)
}

fn is_equal(
    context: &Context,
    pair: &Pair<LocalFile>,
    object: &ObjectMetadata,
    compare: Compare,
) -> Result<bool, Error> {
    if object.content_length != Some(pair.action.size) {
        return Ok(false);
    }
    if compare == Compare::Content {
        if let Some(stored) = object.crc64 {
            let mut digest = Crc64::new();
            read(context, pair, |bytes| digest.write(bytes))?;
            return Ok(digest.sum64() == stored);
        }
        if let Some(stored) = md5_of(object) {
            let mut digest = Md5::new();
            read(context, pair, |bytes| digest.update(bytes))?;
            let digest: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
            return Ok(stored.eq_ignore_ascii_case(&digest));
        }
    }
    Ok(is_of_same_time(pair, object))
}

fn read(context: &Context, pair: &Pair<LocalFile>, each: impl FnMut(&[u8])) -> Result<(), Error> {
    let source = SourceFile::open(&pair.other.path)?;
    pass(source.reader(0, source.identity().size), &context.halt, each)
}

/// The ETag where it is the MD5 of the bytes: not of an object made of parts, nor of an encrypted one.
pub(super) fn md5_of(object: &ObjectMetadata) -> Option<&str> {
    let etag = object.etag.as_deref()?.trim_matches('"');
    let is_md5 = etag.len() == 32 && etag.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_md5 && !object.sse.is_encrypted()).then_some(etag)
}

/// An object of ours keeps the time of its file. Of another, a file that is sent must not be newer; a file that was made of
/// one has got the object's own time.
fn is_of_same_time(pair: &Pair<LocalFile>, object: &ObjectMetadata) -> bool {
    let modified_ns = pair.other.modified_ns;
    if pair.action.kind != ActionKind::Upload {
        return mtime::of_file(object).is_some_and(|of_file| mtime::equal(of_file, modified_ns));
    }
    match mtime::kept(object) {
        Some(kept) => mtime::equal(kept, modified_ns),
        None => object.modified().is_some_and(|written| modified_ns <= ns_of_time(written)),
    }
}
