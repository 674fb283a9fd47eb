//! The one engine: workers take pieces of work, such as parts, one collector hears of each that is done, and every ending is clean.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, SendError, bounded, unbounded};
use obs_core::{BucketClient, Operation, Reply, Request, code};

use crate::cancel::{CancelToken, OnCancel};
use crate::error::{Error, ErrorKind};
use crate::handle::Control;
use crate::limiter::{Gate, Permit, RateLimiter};
use crate::options::{CallOptions, Options};
use crate::progress::{Counters, Progress, Reporter};

/// How often the collector looks whether the job still makes sense: often enough to be heard within a second.
const WATCH_INTERVAL: Duration = Duration::from_millis(400);

/// How long what is under way may go on once the job has failed, so that a checkpoint has it.
const GRACE: Duration = Duration::from_secs(10);

/// A job: what its workers share, and what only its collector has.
pub(crate) struct Job {
    pub(crate) context: Context,
    reporter: Reporter,
    workers: usize,
    _on_halt: OnCancel,
}

/// What the workers of a job share.
pub(crate) struct Context {
    /// With connections of its own, which are shut down with [`halt`](Self::halt): this ends reads and writes that stall.
    pub(crate) bucket: BucketClient,
    /// The caller's: ends everything.
    pub(crate) cancel: CancelToken,
    /// Its child. Ends what is under way, where the job has failed and it would be for nothing.
    pub(crate) halt: CancelToken,
    /// The child of that one. Once a piece of work has failed nothing new is begun.
    pub(crate) stop: CancelToken,
    pub(crate) counters: Counters,
    pub(crate) limiter: Option<RateLimiter>,
    control: Control,
    /// Connections that outlive a cancelled job, to clean up after it.
    outside: BucketClient,
    calls: CallOptions,
    gate: Gate,
    /// Counts pieces of work that are done: as long as there are any, a failed one is worth another try.
    done: AtomicU64,
}

impl Job {
    pub(crate) fn new(bucket: &BucketClient, options: Options, control: Control) -> Result<Self, Error> {
        let limiter = options.limiter()?;
        control.cancel.check()?;
        let isolated = bucket.isolated();
        let client = isolated.client().clone();
        let halt = control.cancel.child();
        let on_halt = halt.on_cancel(move || client.shutdown());
        let workers = options.workers();
        let reporter = Reporter::new(control.counters.clone(), options.progress);
        let context = Context {
            bucket: isolated,
            cancel: control.cancel.clone(),
            stop: halt.child(),
            halt,
            counters: control.counters.clone(),
            limiter,
            control,
            outside: bucket.clone(),
            calls: options.calls,
            gate: Gate::new(u32::try_from(workers).unwrap_or(u32::MAX)),
            done: AtomicU64::new(0),
        };
        Ok(Self { context, reporter, workers, _on_halt: on_halt })
    }

    /// There will never be more pieces than this.
    pub(crate) fn at_most(&mut self, pieces: u32) {
        self.workers = self.workers.min(usize::try_from(pieces).unwrap_or(usize::MAX).max(1));
    }

    /// Does all the pieces of work that `pieces` gives, such as the parts of a file. `work` does one, on a worker; `done`
    /// hears of each that is done, on this thread; `watch` is asked twice a second whether to go on. After the first
    /// error nothing new is begun; what is under way has [a while](GRACE) to end where the server is to blame, and ends at once where
    /// it would be for nothing.
    pub(crate) fn run<P, R, W, V, D>(
        &mut self,
        pieces: impl IntoIterator<Item = P, IntoIter: Send>,
        work: W,
        watch: V,
        done: D,
    ) -> Result<(), Error>
    where
        P: Send,
        R: Send,
        W: Fn(&Context, P) -> Result<R, Error> + Sync,
        V: FnMut() -> Result<(), Error>,
        D: FnMut(R) -> Result<(), Error>,
    {
        self.run_counting(|_| true, pieces, work, watch, done)
    }

    /// The same for pieces that may fail without ending the job: `advanced` tells which of them got it any further.
    pub(crate) fn run_counting<P, R, W, V, D>(
        &mut self,
        advanced: impl Fn(&R) -> bool + Sync,
        pieces: impl IntoIterator<Item = P, IntoIter: Send>,
        work: W,
        mut watch: V,
        mut done: D,
    ) -> Result<(), Error>
    where
        P: Send,
        R: Send,
        W: Fn(&Context, P) -> Result<R, Error> + Sync,
        V: FnMut() -> Result<(), Error>,
        D: FnMut(R) -> Result<(), Error>,
    {
        let pieces = pieces.into_iter();
        let workers = self.workers.min(pieces.size_hint().1.unwrap_or(usize::MAX));
        if workers == 0 {
            return self.context.cancel.check();
        }
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(workers)
            .thread_name(|index| format!("obs-transfer-{index}"))
            .build()
            .map_err(|error| Error::from(std::io::Error::other(error)))?;
        let (context, reporter) = (&self.context, &mut self.reporter);
        let (queue, work, advanced) = (&Mutex::new(pieces), &work, &advanced);
        let (sender, results) = unbounded();
        let failure = pool.in_place_scope(|scope| {
            for _ in 0..workers {
                let sender = sender.clone();
                scope.spawn(move |_| {
                    while !context.stop.is_cancelled() {
                        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                        let Some(piece) = next else { return };
                        let result = work(context, piece);
                        if result.as_ref().is_ok_and(advanced) {
                            context.done.fetch_add(1, Ordering::Relaxed);
                        }
                        let failed = result.is_err();
                        if sender.send(result).is_err() {
                            return;
                        }
                        // After the error is on its way: what others make of the stop comes behind it.
                        if failed {
                            context.stop.cancel();
                        }
                    }
                });
            }
            drop(sender);
            let mut failure = None;
            let mut fail = |result: Result<(), Error>| {
                if let Err(error) = result {
                    context.stop_for(&error);
                    failure.get_or_insert((error, Instant::now()));
                }
                if failure.as_ref().is_some_and(|(_, since)| since.elapsed() >= GRACE) {
                    context.halt.cancel();
                }
            };
            let mut watched = Instant::now();
            loop {
                match results.recv_timeout(Reporter::INTERVAL) {
                    Ok(result) => fail(result.and_then(&mut done)),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => break,
                }
                fail(reporter.tick());
                if watched.elapsed() >= WATCH_INTERVAL {
                    watched = Instant::now();
                    fail(watch());
                }
            }
            failure.map(|(error, _)| error)
        });
        // However the workers put it: what ended them was this.
        context.cancel.check()?;
        failure.map_or(Ok(()), Err)
    }

    /// Does one piece of work.
    pub(crate) fn run_one<P: Send, R: Send>(
        &mut self,
        piece: P,
        work: impl Fn(&Context, P) -> Result<R, Error> + Sync,
        watch: impl FnMut() -> Result<(), Error>,
    ) -> Result<R, Error> {
        let mut result = None;
        self.run([piece], work, watch, |done| {
            result = Some(done);
            Ok(())
        })?;
        // A run without an error has done its one piece.
        result.ok_or_else(Error::cancelled)
    }

    /// All went well: tells of 100 %.
    pub(crate) fn finish(self) -> Result<Progress, Error> {
        self.reporter.finish()
    }

    /// Whether a failed job leaves behind what the next run can go on from.
    pub(crate) fn keeps(&self, error: &Error, has_checkpoint: bool) -> bool {
        self.context.keeps(error, has_checkpoint)
    }

    /// See [`Context::clean_up`].
    pub(crate) fn clean_up<O>(&self, what: &'static str, operation: O)
    where
        O: Operation + Send + 'static,
        O::Output: Send,
    {
        self.context.clean_up(what, operation);
    }
}

/// Makes a call that nobody's success depends on.
pub(crate) fn clean_up<O>(what: &'static str, limit: Duration, request: Request<O>)
where
    O: Operation + Send + 'static,
    O::Output: Send,
{
    let (sender, ended) = crossbeam_channel::bounded::<()>(1);
    let thread = std::thread::Builder::new().name("obs-transfer-cleanup".to_owned()).spawn(move || {
        match request.send() {
            Ok(_) => {}
            Err(error) if error.is_not_found() => {}
            Err(error) => log::warn!(target: "obs::transfer", "cannot {what}: {error}"),
        }
        drop(sender);
    });
    match thread {
        Ok(_) => {
            if ended.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
                log::warn!(target: "obs::transfer", "still trying to {what}");
            }
        }
        Err(error) => log::warn!(target: "obs::transfer", "cannot {what}: no thread: {error}"),
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("workers", &self.workers).finish_non_exhaustive()
    }
}

impl Context {
    /// Begins nothing new; ends what is under way where it would be for nothing.
    fn stop_for(&self, error: &Error) {
        self.stop.cancel();
        // A worker that says so was stopped, for an error that came before.
        if !error.is_call() && !error.is_cancelled() {
            self.halt.cancel();
        }
    }

    /// See [`Job::keeps`].
    pub(crate) fn keeps(&self, error: &Error, has_checkpoint: bool) -> bool {
        if !has_checkpoint || self.control.discards() {
            return false;
        }
        match error.kind() {
            ErrorKind::Cancelled | ErrorKind::Io { .. } | ErrorKind::Callback => true,
            // Credentials can be renewed, and rights be given; any other refusal will be repeated.
            ErrorKind::Call => match error.status() {
                Some(401 | 403 | 408 | 429) => true,
                Some(status) => !(400..500).contains(&status),
                None => true,
            },
            _ => false,
        }
    }

    /// Cleans up on the server after a failed job. Whoever cancelled does not wait for a server that keeps silent: the
    /// call then goes on behind their back.
    pub(crate) fn clean_up<O>(&self, what: &'static str, operation: O)
    where
        O: Operation + Send + 'static,
        O::Output: Send,
    {
        let cancelled = self.cancel.is_cancelled();
        let limit = if cancelled { Duration::from_millis(500) } else { Duration::from_secs(30) };
        let request = self.calls.apply(self.outside.request(operation));
        clean_up(what, limit, request);
    }

    /// Makes a call that leaves something on the server, whose answer must therefore be known: cancelling does not end it, but
    /// half a second later nobody waits for it any more, and what it left is undone behind their back.
    pub(crate) fn call_to_its_end<O, U>(
        &self,
        operation: O,
        undo: impl FnOnce(O::Output) -> U + Send + 'static,
    ) -> Result<O::Output, Error>
    where
        O: Operation + Send + 'static,
        O::Output: Send + 'static,
        U: Operation + Send + 'static,
        U::Output: Send,
    {
        self.cancel.check()?;
        let (outside, calls) = (self.outside.clone(), self.calls.clone());
        let request = calls.apply(outside.request(operation));
        // Without room: what is sent is received, or the sender knows that it is not.
        let (sender, answer) = bounded(0);
        std::thread::Builder::new().name("obs-transfer-call".to_owned()).spawn(move || {
            if let Err(SendError(Ok(left))) = sender.send(request.send().map(Reply::into_inner)) {
                let request = calls.apply(outside.request(undo(left)));
                clean_up("undo what was begun before the end", Duration::from_secs(30), request);
            }
        })?;
        let mut patience = 10;
        loop {
            match answer.recv_timeout(Duration::from_millis(50)) {
                Ok(answer) => return Ok(answer?),
                Err(RecvTimeoutError::Timeout) if !self.cancel.is_cancelled() => {}
                Err(RecvTimeoutError::Timeout) if patience > 0 => patience -= 1,
                Err(_) => return Err(Error::cancelled()),
            }
        }
    }

    /// A call of this job.
    pub(crate) fn request<O: Operation>(&self, operation: O) -> Request<O> {
        self.calls.apply(self.bucket.request(operation))
    }

    /// The same about another bucket, by a client of this job.
    pub(crate) fn request_to<O: Operation>(&self, bucket: &BucketClient, operation: O) -> Request<O> {
        self.calls.apply(bucket.request(operation))
    }

    /// A call of this job that moves bytes.
    pub(crate) fn moving<O: Operation>(&self, operation: O) -> Request<O> {
        self.calls.apply_moving(self.bucket.request(operation))
    }

    /// Waits until the server can bear another call.
    pub(crate) fn enter(&self) -> Result<Permit, Error> {
        self.gate.enter(&self.stop)
    }

    /// Counts the tries of one part.
    pub(crate) fn tries(&self) -> Tries<'_> {
        Tries { context: self, failed: 0, seen: self.done.load(Ordering::Relaxed) }
    }
}

/// The pieces of a job that come while it runs. They end when the sender is gone, or the job has stopped.
pub(crate) struct Feed<P> {
    pub(crate) pieces: Receiver<P>,
    pub(crate) stop: CancelToken,
}

impl<P> Feed<P> {
    /// How often a job without work looks whether it still works.
    const INTERVAL: Duration = Duration::from_millis(50);
}

impl<P> Iterator for Feed<P> {
    type Item = P;

    fn next(&mut self) -> Option<P> {
        // Workers ask one after the other: none of them may wait for itself that the job has stopped.
        while !self.stop.is_cancelled() {
            match self.pieces.recv_timeout(Self::INTERVAL) {
                Ok(piece) => return Some(piece),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
        None
    }
}

/// Decides whether a part that failed, after all attempts of its call, is tried again.
///
/// It is, as long as the job gets anywhere: a network that drops some of what it is given costs time and no job; a server
/// that is gone costs each worker one call.
pub(crate) struct Tries<'a> {
    context: &'a Context,
    failed: u32,
    /// How many parts were done when it began this try.
    seen: u64,
}

impl Tries<'_> {
    const LIMIT: u32 = 10;
    /// What arrives damaged is sent anew even where nothing else gets done.
    const DAMAGED: u32 = 3;

    /// Waits before the next try, or gives the error back. `advanced`: the try moved bytes that need not be moved again.
    pub(crate) fn failed(&mut self, error: Error, advanced: bool) -> Result<(), Error> {
        self.context.cancel.check()?;
        self.failed += 1;
        let done = self.context.done.load(Ordering::Relaxed);
        let damaged = error.is_integrity()
            || matches!(error.code(), Some(code::BAD_DIGEST | "XAmzContentSHA256Mismatch"));
        let again = if damaged {
            self.failed <= Self::DAMAGED
        } else {
            error.is_retryable() && (advanced || done > self.seen) && self.failed <= Self::LIMIT
        };
        if !again || self.context.stop.is_cancelled() {
            return Err(error);
        }
        self.seen = done;
        let longest = Duration::from_millis(50) * (1 << self.failed.min(6));
        log::info!(target: "obs::transfer", "a part failed, trying again: {error}");
        self.context.stop.sleep(longest.mul_f64(fastrand::f64())).map_err(|_| error)
    }
}

/// Tells the gate how a call ended.
pub(crate) fn release(mut permit: Permit, failure: Option<&Error>) {
    match failure {
        None => permit.succeeded(),
        Some(error) if error.is_throttled() || error.status() == Some(503) => {
            permit.throttled(retry_after(error).unwrap_or(Duration::from_secs(1)));
        }
        Some(_) => {}
    }
}

/// What the server asked for; dates are left to the client, which has its own retries.
fn retry_after(error: &Error) -> Option<Duration> {
    let seconds = error.call()?.headers()?.get("retry-after")?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(Duration::from_secs(30)))
}
