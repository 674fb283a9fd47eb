//! Many files through one engine: their parts are the pieces of one job, so that few big files and many small ones
//! keep all workers busy alike.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use obs_core::code;

use super::report::{Failure, Report};
use crate::error::Error;
use crate::job::{Context, Job};
use crate::plan::{Part, Plan};

/// One of many files.
pub(crate) trait Unit: Sync {
    /// What it has while its parts are under way.
    type Open: Send + Sync;

    /// How it is cut.
    fn plan(&self) -> &Plan;

    /// Begins it, on the worker that takes its first part.
    fn open(&self, context: &Context) -> Result<Self::Open, Error>;

    /// Does a part.
    fn part(&self, context: &Context, open: &Self::Open, part: Part) -> Result<(), Error>;

    /// Ends it, on the worker that did its last part. On an error it leaves what [`discard`](Self::discard) does.
    fn finish(&self, context: &Context, open: Self::Open) -> Result<(), Error>;

    /// Cleans up after it has failed.
    fn discard(&self, context: &Context, open: Self::Open, error: &Error);

    /// How it is told.
    fn failure(&self, error: Arc<Error>) -> Failure;

    /// How many bytes it has.
    fn size(&self) -> u64;
}

/// A file on its way through the job.
struct Entry<U: Unit> {
    unit: U,
    /// Parts that nobody has dealt with. Whoever deals with the last one ends the file.
    left: AtomicU32,
    /// Bytes that are done.
    done: AtomicU64,
    state: Mutex<State<U::Open>>,
}

struct State<O> {
    open: Option<Arc<O>>,
    /// The first error counts.
    error: Option<Error>,
    /// It is told what became of it.
    ended: bool,
}

/// What a piece came to.
enum Outcome {
    Part,
    /// Of a file that has failed already.
    Skipped,
    Done {
        bytes: u64,
    },
    Failed(Failure),
}

impl<U: Unit> Entry<U> {
    fn new(unit: U) -> Self {
        // What has no bytes is a piece of work all the same.
        let left = unit.plan().count().max(1);
        let state = Mutex::new(State { open: None, error: None, ended: false });
        Self { unit, left: AtomicU32::new(left), done: AtomicU64::new(0), state }
    }

    fn parts(&self) -> impl Iterator<Item = Part> + Send {
        let plan = self.unit.plan();
        let nothing = (plan.count() == 0).then_some(Part { number: 1, offset: 0, len: 0 });
        plan.parts().chain(nothing)
    }

    fn lock(&self) -> MutexGuard<'_, State<U::Open>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens the file, unless somebody has. Others that come for its parts wait meanwhile. None: it has failed.
    fn open(&self, context: &Context) -> Result<Option<Arc<U::Open>>, Error> {
        let mut state = self.lock();
        if state.open.is_none() && state.error.is_none() {
            match self.unit.open(context) {
                Ok(open) => state.open = Some(Arc::new(open)),
                Err(error) if error.is_cancelled() => return Err(error),
                Err(error) => state.error = Some(error),
            }
        }
        Ok(if state.error.is_some() { None } else { state.open.clone() })
    }

    /// An error is one that ends the whole job, or that of a file which the end of the job has cut short.
    fn work(&self, context: &Context, part: Part, lost: &AtomicU32) -> Result<Outcome, Error> {
        let mut advanced = false;
        if let Some(open) = self.open(context)? {
            match self.unit.part(context, &open, part) {
                Ok(()) => {
                    self.done.fetch_add(part.len, Ordering::Relaxed);
                    advanced = true;
                }
                Err(error) if error.is_cancelled() => return Err(error),
                Err(error) => drop(self.lock().error.get_or_insert(error)),
            }
        }
        context.cancel.check()?;
        if self.left.fetch_sub(1, Ordering::AcqRel) > 1 {
            return Ok(if advanced { Outcome::Part } else { Outcome::Skipped });
        }
        match self.end(context) {
            Ok(()) => {
                lost.store(0, Ordering::Relaxed);
                self.lock().ended = true;
                Ok(Outcome::Done { bytes: self.unit.size() })
            }
            Err(error) => {
                context.cancel.check()?;
                context.counters.take_back(self.done.swap(0, Ordering::Relaxed));
                if error.is_cancelled() {
                    return Err(error);
                }
                if is_hopeless(&error, lost) {
                    return Err(error);
                }
                self.lock().ended = true;
                Ok(Outcome::Failed(self.unit.failure(Arc::new(error))))
            }
        }
    }

    /// All parts are dealt with, and nobody else works on the file.
    fn end(&self, context: &Context) -> Result<(), Error> {
        let (open, error) = {
            let mut state = self.lock();
            (state.open.take().and_then(Arc::into_inner), state.error.take())
        };
        match (open, error) {
            (Some(open), None) => self.unit.finish(context, open),
            (open, error) => {
                let error = error.unwrap_or_else(Error::cancelled);
                if let Some(open) = open {
                    self.unit.discard(context, open, &error);
                }
                Err(error)
            }
        }
    }

    /// The job ended before the file did, which may have failed of something else before.
    fn abandon(&self, context: &Context, error: &Error) {
        let mut state = self.lock();
        let open = state.open.take();
        if let Some(open) = open.and_then(Arc::into_inner) {
            self.unit.discard(context, open, state.error.as_ref().unwrap_or(error));
        }
    }
}

/// After so many files in a row for which the server could not be reached, nobody waits for the next ones.
const UNREACHABLE: u32 = 50;

/// Whether all files that are left would fail of the same.
pub(crate) fn is_hopeless(error: &Error, lost: &AtomicU32) -> bool {
    use obs_core::ErrorKind;
    match error.call().map(obs_core::Error::kind) {
        Some(ErrorKind::Credentials | ErrorKind::Tls) => true,
        Some(ErrorKind::Connect) => lost.fetch_add(1, Ordering::Relaxed) >= UNREACHABLE,
        _ => matches!(
            error.code(),
            Some(
                code::NO_SUCH_BUCKET
                    | code::INVALID_ACCESS_KEY_ID
                    | code::SIGNATURE_DOES_NOT_MATCH
                    | code::REQUEST_TIME_TOO_SKEWED
                    | code::IN_ARREAR_OR_INSUFFICIENT_BALANCE
            )
        ),
    }
}

/// Transfers all of them. A failed one is in the report; an error is one of the whole job, with nothing done.
pub(crate) fn transfer<U: Unit + Send>(
    job: &mut Job,
    units: Vec<U>,
    report: &mut Report,
) -> Result<(), Error> {
    let entries: Vec<Entry<U>> = units.into_iter().map(Entry::new).collect();
    let lost = AtomicU32::new(0);
    let pieces = entries.iter().flat_map(|entry| entry.parts().map(move |part| (entry, part)));
    let ended = job.run_counting(
        |outcome| matches!(outcome, Outcome::Part | Outcome::Done { .. }),
        pieces,
        |context, (entry, part)| entry.work(context, part, &lost),
        || Ok(()),
        |outcome| {
            match outcome {
                Outcome::Part | Outcome::Skipped => {}
                Outcome::Done { bytes } => {
                    report.succeeded += 1;
                    report.bytes += bytes;
                }
                Outcome::Failed(failure) => report.failures.push(failure),
            }
            Ok(())
        },
    );
    let Err(error) = ended else { return Ok(()) };
    let context = &job.context;
    // Side by side, since each may wait for a server that keeps silent.
    std::thread::scope(|scope| {
        for entry in entries.iter().filter(|entry| entry.lock().open.is_some()) {
            scope.spawn(|| entry.abandon(context, &error));
        }
    });
    if !error.is_call() || report.succeeded == 0 {
        return Err(error);
    }
    let error = Arc::new(error);
    let untold = entries.iter().filter(|entry| !entry.lock().ended);
    report.failures.extend(untold.map(|entry| {
        let own = entry.lock().error.take().map(Arc::new);
        entry.unit.failure(own.unwrap_or_else(|| Arc::clone(&error)))
    }));
    Ok(())
}
