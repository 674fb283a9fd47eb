//! One of many objects, when it is made in parts.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use obs_core::multipart::AbortMultipartUpload;

use crate::checkpoint::{Checkpoint, FinishedPart, State};
use crate::error::Error;
use crate::job::Context;
use crate::multipart::{Begun, Earlier, Expected, Failed, Target, is_still};
use crate::plan::{Part, Plan};
use crate::resume::remove;

/// Its upload, which several workers share.
pub(super) struct Making {
    /// None: an earlier run made the object, and was killed before it could say so.
    upload_id: Option<String>,
    record: Mutex<Record>,
}

struct Record {
    /// What the server has from an earlier run.
    recorded: BTreeMap<u32, FinishedPart>,
    finished: BTreeMap<u32, FinishedPart>,
    checkpoint: Option<Checkpoint>,
}

impl Making {
    /// Begins it, or goes on where the checkpoint says. `now` tells the CRC-64 of a part of the source, where it can be known.
    pub(super) fn begin(
        context: &Context,
        target: &Target<'_>,
        plan: &Plan,
        (mut checkpoint, state): (Option<Checkpoint>, State),
        now: impl Fn(Part) -> Result<Option<u64>, Error> + Sync,
    ) -> Result<Self, Error> {
        let earlier = Earlier {
            crc64: &|recorded| Expected::of(recorded, false).crc64,
            still: &|_, part, sent| is_still(sent, || now(part)),
        };
        let begun = |upload_id, recorded, checkpoint| {
            let record = Record { recorded, finished: BTreeMap::new(), checkpoint };
            Self { upload_id, record: Mutex::new(record) }
        };
        match target.resume(context, plan, checkpoint.as_mut(), state, &earlier) {
            Ok(Begun::Upload(id, recorded)) => Ok(begun(Some(id), recorded, checkpoint)),
            Ok(Begun::Made(_)) => Ok(begun(None, BTreeMap::new(), checkpoint)),
            Err(Failed { error, upload_id }) => {
                give_up(context, target.key, upload_id, checkpoint, &error);
                Err(error)
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does a part of the upload with this id, unless an earlier run did, and the source still has it so.
    pub(super) fn part(
        &self,
        context: &Context,
        part: Part,
        now: impl FnOnce() -> Result<Option<u64>, Error>,
        send: impl FnOnce(&str) -> Result<FinishedPart, Error>,
    ) -> Result<(), Error> {
        let Some(upload_id) = &self.upload_id else {
            context.counters.add_resumed(part.len);
            return Ok(());
        };
        let recorded = self.lock().recorded.remove(&part.number);
        match recorded {
            Some(sent) if is_still(&sent, now)? => {
                context.counters.add_resumed(part.len);
                self.lock().finished.insert(part.number, sent);
            }
            _ => {
                let sent = send(upload_id)?;
                let mut record = self.lock();
                if let Some(checkpoint) = &mut record.checkpoint {
                    checkpoint.record(&sent)?;
                }
                record.finished.insert(part.number, sent);
            }
        }
        Ok(())
    }

    /// All parts are there. `expected` says what they must make together, or why they must not be put together.
    pub(super) fn complete(
        self,
        context: &Context,
        target: &Target<'_>,
        expected: impl FnOnce(&BTreeMap<u32, FinishedPart>) -> Result<Expected, Error>,
    ) -> Result<(), Error> {
        let record = self.lock();
        let completed = match &self.upload_id {
            None => Ok(()),
            Some(id) => expected(&record.finished)
                .and_then(|expected| target.complete(context, id, &record.finished, expected).map(drop)),
        };
        drop(record);
        match completed {
            Ok(()) => {
                remove(self.into_checkpoint());
                Ok(())
            }
            Err(error) => {
                self.discard(context, target.key, &error);
                Err(error)
            }
        }
    }

    /// Leaves what a job leaves that ended so.
    pub(super) fn discard(self, context: &Context, key: &str, error: &Error) {
        let upload_id = self.upload_id.clone();
        give_up(context, key, upload_id, self.into_checkpoint(), error);
    }

    fn into_checkpoint(self) -> Option<Checkpoint> {
        self.record.into_inner().unwrap_or_else(PoisonError::into_inner).checkpoint
    }
}

fn give_up(
    context: &Context,
    key: &str,
    upload_id: Option<String>,
    checkpoint: Option<Checkpoint>,
    error: &Error,
) {
    if context.keeps(error, checkpoint.is_some()) {
        return;
    }
    if let Some(id) = upload_id {
        context.clean_up("abort the upload", AbortMultipartUpload::new(key, id));
    }
    remove(checkpoint);
}
