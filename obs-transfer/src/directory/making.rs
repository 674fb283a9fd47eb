//! One of many objects, when it is made in parts.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use obs_core::multipart::AbortMultipartUpload;

use crate::checkpoint::{Checkpoint, FinishedPart, State};
use crate::error::Error;
use crate::job::Context;
use crate::multipart::{Begun, Expected, Failed, Target, remove};
use crate::plan::{Part, Plan};

/// Its upload, which several workers share.
pub(super) struct Making {
    /// None: an earlier run made the object, and was killed before it could say so.
    upload_id: Option<String>,
    record: Mutex<Record>,
}

struct Record {
    finished: BTreeMap<u32, FinishedPart>,
    checkpoint: Option<Checkpoint>,
}

impl Making {
    /// Begins it, or goes on where the checkpoint says.
    pub(super) fn begin(
        context: &Context,
        target: &Target<'_>,
        plan: &Plan,
        (mut checkpoint, state): (Option<Checkpoint>, State),
    ) -> Result<Self, Error> {
        let whole = |recorded: &_| Expected::of(recorded, false).crc64;
        match target.resume(context, plan, checkpoint.as_mut(), state, whole) {
            Ok(Begun::Upload(id, finished)) => {
                Ok(Self { upload_id: Some(id), record: Mutex::new(Record { finished, checkpoint }) })
            }
            Ok(Begun::Made(_)) => {
                let finished = BTreeMap::new();
                Ok(Self { upload_id: None, record: Mutex::new(Record { finished, checkpoint }) })
            }
            Err(Failed { error, upload_id }) => {
                give_up(context, target.key, upload_id, checkpoint, &error);
                Err(error)
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does a part of the upload with this id, unless an earlier run did.
    pub(super) fn part(
        &self,
        context: &Context,
        part: Part,
        send: impl FnOnce(&str) -> Result<FinishedPart, Error>,
    ) -> Result<(), Error> {
        let missing = self.upload_id.as_ref().filter(|_| !self.lock().finished.contains_key(&part.number));
        let Some(upload_id) = missing else {
            context.counters.add_resumed(part.len);
            return Ok(());
        };
        let sent = send(upload_id)?;
        let mut record = self.lock();
        if let Some(checkpoint) = &mut record.checkpoint {
            checkpoint.record(&sent)?;
        }
        record.finished.insert(part.number, sent);
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
