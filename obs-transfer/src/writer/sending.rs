//! The workers of a stream, and the hand that feeds them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::WriteJob;
use super::buffer::{Buffer, Room, Stored};
use crate::cancel::CancelToken;
use crate::checkpoint::FinishedPart;
use crate::error::Error;
use crate::handle::{Control, Transfer};
use crate::job::{Feed, Job};
use crate::multipart::Expected;
use crate::plan::Part;
use crate::upload::UploadOutput;

/// A multipart upload under way.
#[derive(Debug)]
pub(super) struct Sending {
    // Before the sender: dropping it cancels, and an end of the parts must not be taken for that of the stream.
    transfer: Transfer<UploadOutput>,
    full: Sender<(u32, u64, Stored)>,
    /// Places of parts that were sent, with their memory where they had any.
    places: Receiver<Option<Vec<u8>>>,
    /// Places that no part had so far.
    spare: usize,
    /// Memory that the last part did not need, since it is in a file.
    memory: Option<Vec<u8>>,
    finished: Arc<AtomicBool>,
    stop: CancelToken,
}

impl Sending {
    pub(super) fn start(job: Job, control: &Control, write: WriteJob, workers: usize) -> Self {
        let (full, pieces) = unbounded();
        let (free, places) = unbounded();
        let (finished, stop) = (Arc::<AtomicBool>::default(), job.context.stop.clone());
        let feed = Feed { pieces, stop: stop.clone() };
        let ended = Arc::clone(&finished);
        let transfer =
            Transfer::start(control.clone(), "obs-writer", move |_| run(job, &write, feed, &free, &ended));
        // The place of the first part is taken.
        Self { transfer, full, places, spare: workers, memory: None, finished, stop }
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stop.is_cancelled() || self.transfer.is_finished()
    }

    /// Gives a part to the workers. If they are gone, waiting for them tells why.
    pub(super) fn send(&mut self, number: u32, buffer: Buffer, room: &Room) -> Result<(), Error> {
        let len = buffer.len();
        let (stored, memory) = buffer.seal(room)?;
        self.memory = memory;
        self.full.send((number, len, stored)).map_err(|_| Error::cancelled())
    }

    /// Room for another part, as soon as there is any.
    pub(super) fn next(&mut self) -> Result<Buffer, Error> {
        let place = match self.places.try_recv() {
            Ok(place) => place,
            Err(_) if self.spare > 0 => {
                self.spare -= 1;
                None
            }
            Err(_) => self.places.recv().map_err(|_| Error::cancelled())?,
        };
        Ok(Buffer::new(self.memory.take().or(place).unwrap_or_default()))
    }

    pub(super) fn finish(self) -> Result<UploadOutput, Error> {
        self.finished.store(true, Ordering::Release);
        drop(self.full);
        self.transfer.wait()
    }

    /// Ends the upload for this error, or for that of its workers, which came first.
    pub(super) fn end(self, error: Option<Error>) -> Error {
        let stopped = self.is_stopped();
        // What the writer noticed of workers that are gone is not why they are.
        let own = error.filter(|error| !stopped && !error.is_cancelled());
        if own.is_some() {
            self.transfer.cancel();
        }
        drop(self.full);
        let ended = self.transfer.wait();
        own.or(ended.err()).unwrap_or_else(Error::cancelled)
    }
}

/// The upload from its first call to its last.
fn run(
    mut job: Job,
    write: &WriteJob,
    feed: Feed<(u32, u64, Stored)>,
    free: &Sender<Option<Vec<u8>>>,
    finished: &AtomicBool,
) -> Result<UploadOutput, Error> {
    let target = write.target();
    let upload_id = target.begin(&job.context)?;
    let mut parts = BTreeMap::<u32, FinishedPart>::new();
    let mut speaks_crc64 = false;
    let sent = job.run(
        feed,
        |context, (number, len, stored)| {
            let part = Part { number, offset: 0, len };
            let sent = target.send_part(context, &stored, &upload_id, part, write.checksum)?;
            // Nobody waits for a place any more: then the stream has ended.
            let _ = free.send(stored.reclaim());
            Ok(sent)
        },
        || Ok(()),
        |(part, speaks)| {
            speaks_crc64 |= speaks;
            parts.insert(part.number, part);
            Ok(())
        },
    );
    let size = parts.values().map(|part| part.size).sum();
    let made = sent.and_then(|()| {
        if !finished.load(Ordering::Acquire) {
            return Err(Error::cancelled());
        }
        job.context.counters.set_total(size);
        target.complete(&job.context, &upload_id, &parts, Expected::of(&parts, speaks_crc64))
    });
    let made = made.inspect_err(|_| target.abort(&job, &upload_id))?;
    job.finish()?;
    let count = u32::try_from(parts.len()).unwrap_or(u32::MAX);
    Ok(UploadOutput::new(&write.bucket, &write.key, made, size, count))
}
