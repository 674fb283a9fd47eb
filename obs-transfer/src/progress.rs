//! How far a job is: counted by the workers, told by one thread.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

pub use obs_core::Progress;

use crate::error::{Error, ErrorKind};

/// Stands for a total that is not known.
const UNKNOWN: u64 = u64::MAX;

/// What the workers count, shared by clones.
#[derive(Debug, Clone)]
pub(crate) struct Counters(Arc<Counts>);

#[derive(Debug)]
struct Counts {
    started: Instant,
    /// Bytes done and under way; sinks when a part fails.
    moved: AtomicU64,
    /// The most that anybody was told; never sinks.
    told: AtomicU64,
    total: AtomicU64,
    resumed: AtomicU64,
}

impl Counters {
    pub(crate) fn new(total: Option<u64>) -> Self {
        Self(Arc::new(Counts {
            started: Instant::now(),
            moved: AtomicU64::new(0),
            told: AtomicU64::new(0),
            total: AtomicU64::new(total.unwrap_or(UNKNOWN)),
            resumed: AtomicU64::new(0),
        }))
    }

    /// Counts what an earlier run had done.
    pub(crate) fn add_resumed(&self, bytes: u64) {
        self.0.resumed.fetch_add(bytes, Ordering::Relaxed);
        self.0.moved.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Takes back parts that were done and are for nothing, since their file failed.
    pub(crate) fn take_back(&self, bytes: u64) {
        self.0.moved.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Sets the total once a stream has ended.
    pub(crate) fn set_total(&self, total: u64) {
        self.0.total.store(total, Ordering::Relaxed);
    }

    /// The count of one attempt at one part, taken back unless it is [kept](Attempt::keep).
    pub(crate) fn attempt(&self) -> Attempt {
        Attempt { counters: self.clone(), counted: 0 }
    }

    /// How far the job is now.
    pub(crate) fn progress(&self) -> Progress {
        let total = match self.0.total.load(Ordering::Relaxed) {
            UNKNOWN => None,
            total => Some(total),
        };
        // A retried request may count more bytes than the part has before the failed one takes its own back.
        let moved = self.0.moved.load(Ordering::Relaxed).min(total.unwrap_or(UNKNOWN));
        let told = self.0.told.fetch_max(moved, Ordering::Relaxed).max(moved);
        let resumed = self.0.resumed.load(Ordering::Relaxed);
        Progress::new(told, total, resumed, self.0.started.elapsed())
    }
}

/// The bytes of one attempt at one part.
#[derive(Debug)]
pub(crate) struct Attempt {
    counters: Counters,
    counted: u64,
}

impl Attempt {
    pub(crate) fn add(&mut self, bytes: u64) {
        self.counted += bytes;
        self.counters.0.moved.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Takes back what was counted: the same attempt starts over.
    pub(crate) fn restart(&mut self) {
        self.counters.0.moved.fetch_sub(std::mem::take(&mut self.counted), Ordering::Relaxed);
    }

    /// The part is done: what was counted stays.
    pub(crate) fn keep(mut self) {
        self.counted = 0;
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        self.restart();
    }
}

/// What the caller gave to be told.
pub(crate) type ProgressCallback = Box<dyn FnMut(&Progress) + Send>;

/// Tells the caller, from the one thread that owns it.
pub(crate) struct Reporter {
    counters: Counters,
    callback: Option<ProgressCallback>,
    last: Option<(Instant, u64)>,
}

impl Reporter {
    /// The caller hears no more often than this; the collector should [tick](Self::tick) about as often.
    pub(crate) const INTERVAL: Duration = Duration::from_millis(100);

    pub(crate) fn new(counters: Counters, callback: Option<ProgressCallback>) -> Self {
        Self { counters, callback, last: None }
    }

    /// Tells the caller if there is news and the last call is a while ago. Does not tell of 100 % before the end, since
    /// the last part may yet be refused.
    pub(crate) fn tick(&mut self) -> Result<(), Error> {
        if self.callback.is_none() {
            return Ok(());
        }
        let now = Instant::now();
        if self.last.is_some_and(|(at, _)| now.duration_since(at) < Self::INTERVAL) {
            return Ok(());
        }
        let progress = self.counters.progress();
        let news = self.last.is_none_or(|(_, told)| progress.transferred > told);
        if !news || progress.total == Some(progress.transferred) {
            return Ok(());
        }
        self.last = Some((now, progress.transferred));
        self.call(&progress)
    }

    /// The job ended well: tells of 100 %, whatever was told last.
    pub(crate) fn finish(mut self) -> Result<Progress, Error> {
        let mut progress = self.counters.progress();
        let total = progress.total.unwrap_or(progress.transferred);
        self.counters.set_total(total);
        self.counters.0.moved.store(total, Ordering::Relaxed);
        progress.transferred = total;
        progress.total = Some(total);
        self.call(&progress)?;
        Ok(progress)
    }

    fn call(&mut self, progress: &Progress) -> Result<(), Error> {
        let Some(callback) = &mut self.callback else { return Ok(()) };
        // Unwinding through the collector would leave workers and checkpoint behind.
        catch_unwind(AssertUnwindSafe(|| callback(progress))).map_err(|panic| {
            self.callback = None;
            let text = panic.downcast_ref::<&str>().map(ToString::to_string);
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
            Error::new(ErrorKind::Callback, format!("the progress callback panicked: {text}"))
        })
    }
}

impl fmt::Debug for Reporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reporter").field("counters", &self.counters).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::thread;

    use super::*;

    fn recorder() -> (Arc<Mutex<Vec<Progress>>>, ProgressCallback) {
        let seen = Arc::<Mutex<Vec<Progress>>>::default();
        let writer = Arc::clone(&seen);
        (seen, Box::new(move |progress| writer.lock().unwrap().push(*progress)))
    }

    #[test]
    fn a_failed_part_is_taken_back_without_going_down() {
        let counters = Counters::new(Some(100));
        let mut attempt = counters.attempt();
        attempt.add(60);
        assert_eq!(counters.progress().transferred, 60);
        drop(attempt);
        assert_eq!(counters.0.moved.load(Ordering::Relaxed), 0);
        assert_eq!(counters.progress().transferred, 60, "nobody sees it sink");
        let mut attempt = counters.attempt();
        attempt.add(70);
        attempt.keep();
        assert_eq!(counters.progress().transferred, 70);
    }

    #[test]
    fn full_is_told_once_and_last() {
        let (seen, callback) = recorder();
        let counters = Counters::new(Some(10));
        let mut reporter = Reporter::new(counters.clone(), Some(callback));
        let mut attempt = counters.attempt();
        attempt.add(10);
        reporter.tick().unwrap();
        attempt.keep();
        reporter.finish().unwrap();
        let seen = seen.lock().unwrap();
        assert_eq!(seen.iter().map(|p| (p.transferred, p.total)).collect::<Vec<_>>(), [(10, Some(10))]);
    }

    #[test]
    fn an_empty_transfer_ends_at_full() {
        let (seen, callback) = recorder();
        let reporter = Reporter::new(Counters::new(Some(0)), Some(callback));
        assert_eq!(reporter.finish().unwrap().fraction(), Some(1.0));
        assert_eq!(seen.lock().unwrap().len(), 1);
    }

    #[test]
    fn a_stream_gets_its_total_at_the_end() {
        let (seen, callback) = recorder();
        let counters = Counters::new(None);
        let mut reporter = Reporter::new(counters.clone(), Some(callback));
        let mut attempt = counters.attempt();
        attempt.add(7);
        reporter.tick().unwrap();
        attempt.keep();
        reporter.finish().unwrap();
        let seen = seen.lock().unwrap();
        assert_eq!(
            seen.iter().map(|p| (p.transferred, p.total)).collect::<Vec<_>>(),
            [(7, None), (7, Some(7))]
        );
    }

    #[test]
    fn a_panicking_callback_becomes_an_error() {
        let mut reporter = Reporter::new(Counters::new(Some(5)), Some(Box::new(|_| panic!("no more"))));
        let error = reporter.tick().unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Callback);
        assert_eq!(error.to_string(), "the progress callback panicked: no more");
        assert!(reporter.tick().is_ok(), "it is not asked again");
    }

    /// Eight workers, three of ten parts failing somewhere in their middle, each part until it succeeds.
    #[test]
    fn monotonic_and_complete_with_thirty_percent_of_parts_failing() {
        const PARTS: u64 = 200;
        const PART: u64 = 1_000;
        let (seen, callback) = recorder();
        let counters = Counters::new(Some(PARTS * PART + 500));
        counters.add_resumed(500);
        let mut reporter = Reporter::new(counters.clone(), Some(callback));
        let left = AtomicU64::new(PARTS);
        thread::scope(|scope| {
            for seed in 0..8 {
                let (counters, left) = (counters.clone(), &left);
                scope.spawn(move || {
                    let mut random = fastrand::Rng::with_seed(seed);
                    while left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok()
                    {
                        loop {
                            let fails_at = if random.u32(0..10) < 3 { random.u64(0..10) } else { 10 };
                            let mut attempt = counters.attempt();
                            for _ in 0..fails_at {
                                attempt.add(PART / 10);
                                thread::sleep(Duration::from_micros(random.u64(0..3_000)));
                            }
                            if fails_at == 10 {
                                attempt.keep();
                                break;
                            }
                        }
                    }
                });
            }
            while left.load(Ordering::SeqCst) > 0 {
                reporter.tick().unwrap();
                let pulled = counters.progress();
                assert!(pulled.transferred >= reporter.last.map_or(0, |(_, told)| told));
                thread::sleep(Duration::from_millis(1));
            }
        });
        assert_eq!(
            counters.0.moved.load(Ordering::SeqCst),
            PARTS * PART + 500,
            "what failed was taken back exactly"
        );
        let last = reporter.finish().unwrap();
        let seen = seen.lock().unwrap();
        assert!(seen.len() > 2, "{}", seen.len());
        assert!(seen.windows(2).all(|pair| pair[0].transferred < pair[1].transferred));
        assert!(seen.first().unwrap().transferred >= 500);
        assert!(seen.iter().all(|progress| progress.resumed == 500));
        assert_eq!(seen.iter().filter(|progress| progress.transferred == PARTS * PART + 500).count(), 1);
        assert_eq!((last.transferred, last.total), (PARTS * PART + 500, Some(PARTS * PART + 500)));
        // At most one call an interval, beside the first and the last.
        assert!(seen.len() as u128 <= last.elapsed.as_millis() / Reporter::INTERVAL.as_millis() + 2);
    }
}
