//! Whether a file and an object of the same size are equal.

use std::path::PathBuf;
use std::sync::Arc;

use md5::{Digest, Md5};
use obs_core::SseOption;
use obs_core::checksum::Crc64;
use obs_core::object::{GetObjectMetadata, ObjectMetadata};

use crate::directory::mtime;
use crate::directory::report::{Action, ActionKind, Failure, Report};
use crate::error::Error;
use crate::file_io::{SourceFile, ns_of_time};
use crate::job::{Context, Job, release};
use crate::outgoing::pass;

/// How they are compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Compare {
    #[default]
    Time,
    Content,
    Size,
}

/// A file and an object of the same size.
#[derive(Debug)]
pub(super) struct Pair {
    /// What is to be done if they differ.
    pub(super) action: Action,
    /// The file.
    pub(super) path: PathBuf,
    pub(super) modified_ns: i128,
}

enum Verdict {
    Equal,
    Different(Action),
    Failed(Failure),
}

/// Asks for the properties of all objects, on the workers of the job: what is to be done with those that differ.
pub(super) fn different(
    job: &mut Job,
    pairs: Vec<Pair>,
    compare: Compare,
    sse: &SseOption,
    report: &mut Report,
) -> Result<Vec<Action>, Error> {
    if compare == Compare::Size {
        report.unchanged += pairs.len() as u64;
        return Ok(Vec::new());
    }
    let mut actions = Vec::new();
    job.run_counting(
        |verdict| !matches!(verdict, Verdict::Failed(_)),
        pairs,
        |context, pair| {
            let equal = properties(context, &pair.action, sse)
                .and_then(|object| is_equal(context, &pair, &object, compare));
            context.cancel.check()?;
            Ok(match equal {
                Ok(true) => Verdict::Equal,
                Ok(false) => Verdict::Different(pair.action),
                // It went away since it was listed: the one direction brings it back, the other has nothing to fetch.
                Err(error) if error.is_not_found() && pair.action.kind == ActionKind::Upload => {
                    Verdict::Different(pair.action)
                }
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

fn properties(context: &Context, action: &Action, sse: &SseOption) -> Result<ObjectMetadata, Error> {
    let key = action.key.as_deref().unwrap_or_default();
    let mut tries = context.tries();
    loop {
        let permit = context.enter()?;
        let mut operation = GetObjectMetadata::new(key);
        *AsMut::<SseOption>::as_mut(&mut operation) = sse.clone();
        let result = context.request(operation).send().map_err(Error::from);
        release(permit, result.as_ref().err());
        match result {
            Ok(reply) => return Ok(reply.into_inner()),
            Err(error) => tries.failed(error, false)?,
        }
    }
}

fn is_equal(
    context: &Context,
    pair: &Pair,
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

fn read(context: &Context, pair: &Pair, each: impl FnMut(&[u8])) -> Result<(), Error> {
    let source = SourceFile::open(&pair.path)?;
    pass(source.reader(0, source.identity().size), &context.cancel, each)
}

/// The ETag where it is the MD5 of the bytes: not of an object made of parts, nor of an encrypted one.
fn md5_of(object: &ObjectMetadata) -> Option<&str> {
    let etag = object.etag.as_deref()?.trim_matches('"');
    let is_md5 = etag.len() == 32 && etag.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_md5 && !object.sse.is_encrypted()).then_some(etag)
}

/// An object of ours keeps the time of its file. Of another, a file that is sent must not be newer; a file that was made of
/// one has got the object's own time.
fn is_of_same_time(pair: &Pair, object: &ObjectMetadata) -> bool {
    if let Some(kept) = mtime::kept(object) {
        return mtime::equal(kept, pair.modified_ns);
    }
    let Some(written) = object.modified().map(ns_of_time) else { return false };
    match pair.action.kind {
        ActionKind::Upload => pair.modified_ns <= written,
        _ => mtime::equal(written, pair.modified_ns),
    }
}
