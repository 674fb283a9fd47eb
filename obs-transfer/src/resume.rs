//! How a job finds what an earlier one has done, and does away with what nobody goes on from.

use std::path::Path;

use obs_core::multipart::AbortMultipartUpload;

use crate::checkpoint::{Checkpoint, Identity, JobKind, Leftover, State};
use crate::error::Error;
use crate::file_io::TargetFile;
use crate::job::Context;

/// Opens the checkpoint of a job, if it is to have one. What an earlier job with the same file left, and nobody will go on from, goes.
pub(crate) fn open_checkpoint(
    context: &Context,
    path: Option<&Path>,
    identity: impl FnOnce() -> Result<Identity, Error>,
) -> Result<(Option<Checkpoint>, State), Error> {
    let Some(path) = path else {
        return Ok((None, State::Fresh { abandoned: None }));
    };
    let opened = Checkpoint::open(path, identity()?)?;
    if let State::Fresh { abandoned: Some(leftover) } = &opened.state {
        clean_up(context, leftover);
    }
    Ok((Some(opened.checkpoint), opened.state))
}

/// There is nothing to go on with: does away with what is recorded, whatever it is.
pub(crate) fn discard(kind: JobKind, context: &Context, key: &str, path: &Path) {
    if !path.exists() {
        return;
    }
    // That of no job, so that whatever is recorded is not gone on from.
    let none = Identity::new(kind, context.bucket.name(), key, 0, 0);
    match open_checkpoint(context, Some(path), || Ok(none)) {
        Ok((checkpoint, _)) => remove(checkpoint),
        Err(error) => log::warn!(target: "obs::transfer", "{error}"),
    }
}

/// The job has ended, well or for good. A file that stays behind does no harm: it fits no other job.
pub(crate) fn remove(checkpoint: Option<Checkpoint>) {
    if let Some(Err(error)) = checkpoint.map(Checkpoint::remove) {
        log::warn!(target: "obs::transfer", "{error}");
    }
}

/// The other job may have been of another kind, about other files and objects.
fn clean_up(context: &Context, leftover: &Leftover) {
    if let (Some(target), Some(temp)) = (&leftover.path, &leftover.temp) {
        TargetFile::remove_left_over(target, temp);
    }
    let Some(id) = &leftover.upload_id else { return };
    let bucket = context.bucket.client().bucket(&leftover.bucket);
    match context.request_to(&bucket, AbortMultipartUpload::new(&leftover.key, id)).send() {
        Ok(_) => {}
        Err(error) if error.is_not_found() => {}
        Err(error) => log::warn!(target: "obs::transfer", "cannot abort the upload of another job: {error}"),
    }
}
