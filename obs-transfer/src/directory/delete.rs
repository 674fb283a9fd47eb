//! Many objects are deleted, a thousand a call.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex, PoisonError};

use obs_core::object::{DeleteFailure, DeleteObjects, ObjectId};

use super::many::is_hopeless;
use super::report::{Failure, Report};
use crate::error::{Error, ErrorKind};
use crate::job::{Context, Job, release};

/// What OBS takes in one call.
const BATCH: usize = 1000;

/// What became of a batch.
struct Deleted {
    count: u64,
    failures: Vec<Failure>,
}

/// Deletes all of them, as they come; keys of folders last, and of these the deepest first, since a parallel file system
/// deletes only folders in which nothing is.
pub(crate) fn objects(
    job: &mut Job,
    objects: impl Iterator<Item = Result<ObjectId, Error>> + Send,
    report: &mut Report,
) -> Result<(), Error> {
    let folders = Mutex::new(BTreeMap::<usize, Vec<ObjectId>>::new());
    let files = objects.filter(|object| match object {
        Ok(object) if object.key.ends_with('/') => {
            let depth = object.key.matches('/').count();
            let mut folders = folders.lock().unwrap_or_else(PoisonError::into_inner);
            folders.entry(depth).or_default().push(object.clone());
            false
        }
        _ => true,
    });
    delete(job, Batches(files), report)?;
    for (_, level) in folders.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().rev() {
        delete(job, Batches(level.into_iter().map(Ok)), report)?;
    }
    Ok(())
}

/// Thousands of what an iterator gives, up to its first error.
struct Batches<I>(I);

impl<I: Iterator<Item = Result<ObjectId, Error>>> Iterator for Batches<I> {
    type Item = Result<Vec<ObjectId>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch: Result<Vec<_>, _> = self.0.by_ref().take(BATCH).collect();
        match batch {
            Ok(batch) if batch.is_empty() => None,
            batch => Some(batch),
        }
    }
}

fn delete(
    job: &mut Job,
    batches: impl Iterator<Item = Result<Vec<ObjectId>, Error>> + Send,
    report: &mut Report,
) -> Result<(), Error> {
    let lost = AtomicU32::new(0);
    job.run_counting(
        |deleted: &Deleted| deleted.count > 0,
        batches,
        |context, batch| delete_batch(context, batch?, &lost),
        || Ok(()),
        |deleted| {
            report.succeeded += deleted.count;
            report.deleted += deleted.count;
            report.failures.extend(deleted.failures);
            Ok(())
        },
    )
}

fn delete_batch(context: &Context, batch: Vec<ObjectId>, lost: &AtomicU32) -> Result<Deleted, Error> {
    let mut tries = context.tries();
    let error = loop {
        let permit = context.enter()?;
        let request = context.request(DeleteObjects::new(batch.iter().cloned())).quiet(true);
        let result = request.send().map_err(Error::from);
        release(permit, result.as_ref().err());
        match result.map(|reply| reply.into_inner().errors) {
            Ok(errors) => {
                let failures: Vec<Failure> = errors.into_iter().map(failure).collect();
                let count = batch.len().saturating_sub(failures.len()) as u64;
                return Ok(Deleted { count, failures });
            }
            Err(error) => {
                if let Err(error) = tries.failed(error, false) {
                    break error;
                }
            }
        }
    };
    context.cancel.check()?;
    if is_hopeless(&error, lost) {
        return Err(error);
    }
    let error = Arc::new(error);
    let of_object = |object: ObjectId| Failure {
        version_id: object.version_id,
        ..Failure::of_key(object.key, Arc::clone(&error))
    };
    Ok(Deleted { count: 0, failures: batch.into_iter().map(of_object).collect() })
}

fn failure(told: DeleteFailure) -> Failure {
    let DeleteFailure { key, version_id, code, message, .. } = told;
    let said = [code.as_deref(), message.as_deref()].map(Option::unwrap_or_default).join(": ");
    let error = Error::new(ErrorKind::Call, format!("{key} was not deleted: {said}")).with_code(code);
    Failure { version_id, ..Failure::of_key(key, error) }
}
