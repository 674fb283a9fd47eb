//! Slower on purpose: the bandwidth limit of the caller, and the concurrency that the server can bear.

use std::fmt;
use std::io::{self, Read};
use std::num::NonZeroU64;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::cancel::CancelToken;
use crate::error::Error;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A bandwidth limit, shared by all workers of a job and by all jobs that are given a clone of it.
///
/// A token bucket that holds a tenth of a second: over any longer time the limit is kept, and no start is faster
/// than that. To have the server slow a single request down instead, there is the `x-obs-traffic-limit` header.
///
/// ```
/// # use std::num::NonZeroU64;
/// # use obs_transfer::RateLimiter;
/// let limit = RateLimiter::new(NonZeroU64::new(10 << 20).ok_or("zero")?); // 10 MiB/s for whoever holds a clone
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone)]
pub struct RateLimiter(Arc<Mutex<Bucket>>);

struct Bucket {
    rate: NonZeroU64,
    /// When everything granted so far would be through at exactly the rate.
    through: Instant,
}

impl Bucket {
    const BURST: Duration = Duration::from_millis(100);

    /// Grants so many bytes: the time that they take, and how long to wait for them from now on.
    fn take(&mut self, bytes: u64, now: Instant) -> (Duration, Duration) {
        let cost = self.cost(bytes);
        let from = self.through.max(now);
        self.through = from.checked_add(cost).unwrap_or(from);
        (cost, (self.through - now).saturating_sub(Self::BURST))
    }

    fn cost(&self, bytes: u64) -> Duration {
        // A day is for ever to a transfer, and far from what an Instant cannot hold.
        Duration::from_secs_f64((bytes as f64 / self.rate.get() as f64).min(86_400.0))
    }
}

impl RateLimiter {
    /// Lets that many bytes a second through.
    #[must_use]
    pub fn new(bytes_per_second: NonZeroU64) -> Self {
        Self(Arc::new(Mutex::new(Bucket { rate: bytes_per_second, through: Instant::now() })))
    }

    /// The rate in bytes a second.
    #[must_use]
    pub fn bytes_per_second(&self) -> NonZeroU64 {
        lock(&self.0).rate
    }

    /// Changes the rate, also for jobs under way.
    pub fn set_bytes_per_second(&self, bytes_per_second: NonZeroU64) {
        lock(&self.0).rate = bytes_per_second;
    }

    /// Waits until `bytes` more may pass. Whoever comes first is served first.
    pub(crate) fn acquire(&self, bytes: u64, cancel: &CancelToken) -> Result<(), Error> {
        let (cost, wait) = {
            let mut bucket = lock(&self.0);
            bucket.take(bytes, Instant::now())
        };
        if wait.is_zero() {
            return cancel.check();
        }
        cancel.sleep(wait).inspect_err(|_| {
            // These bytes will not pass: other jobs on the same limit may have their time.
            let mut bucket = lock(&self.0);
            bucket.through = bucket.through.checked_sub(cost).unwrap_or(bucket.through);
        })
    }

    /// The most bytes to acquire at once: so few that a slow rate comes as a trickle, not as stalls.
    pub(crate) fn chunk(&self) -> usize {
        let bytes = self.bytes_per_second().get() / 10;
        usize::try_from(bytes.clamp(1 << 10, 64 << 10)).unwrap_or(1 << 10)
    }

    /// Reads no faster than the limit.
    pub(crate) fn reader<R: Read>(&self, inner: R, cancel: CancelToken) -> LimitedReader<R> {
        LimitedReader { inner, limiter: self.clone(), cancel }
    }
}

impl fmt::Debug for RateLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimiter").field("bytes_per_second", &self.bytes_per_second()).finish()
    }
}

/// A reader under a [`RateLimiter`].
#[derive(Debug)]
pub(crate) struct LimitedReader<R> {
    inner: R,
    limiter: RateLimiter,
    cancel: CancelToken,
}

impl<R: Read> Read for LimitedReader<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let len = buf.len().min(self.limiter.chunk());
        let read = self.inner.read(buf.get_mut(..len).unwrap_or_default())?;
        // After the read, since only then it is known how much passes.
        self.limiter.acquire(read as u64, &self.cancel)?;
        Ok(read)
    }
}

/// How many calls a job may have under way: all that its workers can do, until the server says SlowDown; then half,
/// and back up by about one for every round that goes well. All workers of a job share it, so they back off together.
#[derive(Clone)]
pub(crate) struct Gate(Arc<GateInner>);

struct GateInner {
    max: f64,
    state: Mutex<GateState>,
    changed: Condvar,
}

struct GateState {
    limit: f64,
    under_way: u32,
    /// Counts the cuts: calls that started before the last one belong to the same congestion and cut no further.
    cuts: u64,
    paused_until: Option<Instant>,
}

impl Gate {
    pub(crate) fn new(max: u32) -> Self {
        let max = f64::from(max.max(1));
        let state = GateState { limit: max, under_way: 0, cuts: 0, paused_until: None };
        Self(Arc::new(GateInner { max, state: Mutex::new(state), changed: Condvar::new() }))
    }

    /// Waits for a place.
    pub(crate) fn enter(&self, cancel: &CancelToken) -> Result<Permit, Error> {
        let inner = Arc::clone(&self.0);
        let _wake = cancel.on_cancel(move || {
            // Under the lock, or the wake-up could fall between a waiter's check and its wait.
            let _state = lock(&inner.state);
            inner.changed.notify_all();
        });
        let mut state = lock(&self.0.state);
        loop {
            cancel.check()?;
            let now = Instant::now();
            let pause = state.paused_until.and_then(|until| until.checked_duration_since(now));
            let pause = pause.filter(|pause| !pause.is_zero());
            state = match pause {
                Some(pause) => {
                    self.0.changed.wait_timeout(state, pause).unwrap_or_else(PoisonError::into_inner).0
                }
                None if f64::from(state.under_way) + 1.0 > state.limit => {
                    self.0.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
                }
                None => {
                    state.under_way += 1;
                    return Ok(Permit { gate: self.clone(), cuts: state.cuts });
                }
            };
        }
    }

    /// How many calls may be under way now.
    pub(crate) fn limit(&self) -> u32 {
        // From 1 to a u32, by construction.
        lock(&self.0.state).limit as u32
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("limit", &self.limit()).field("max", &self.0.max).finish()
    }
}

/// A place in a [`Gate`], free again when dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    gate: Gate,
    cuts: u64,
}

impl Permit {
    /// The call went well.
    pub(crate) fn succeeded(self) {
        let mut state = lock(&self.gate.0.state);
        // What started before a cut says nothing about the load after it.
        if self.cuts == state.cuts {
            state.limit = (state.limit + 1.0 / state.limit).min(self.gate.0.max);
        }
    }

    /// The server said 503 SlowDown or 429: fewer calls from now on, and none before `pause` is over (its
    /// `Retry-After`, or what the retry would have waited). The permit stays, for the same call to try again.
    pub(crate) fn throttled(&mut self, pause: Duration) {
        let mut state = lock(&self.gate.0.state);
        let until = Instant::now().checked_add(pause);
        state.paused_until = state.paused_until.max(until);
        if self.cuts == state.cuts {
            state.cuts += 1;
            state.limit = (state.limit / 2.0).max(1.0);
            log::debug!(target: "obs::transfer", "throttled: {} calls at a time from now on", state.limit as u32);
        }
        self.cuts = state.cuts;
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        lock(&self.gate.0.state).under_way -= 1;
        // All, not one: those woken may find the limit changed and must each look anew.
        self.gate.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
    use std::thread;

    use super::*;

    const MIB: u64 = 1 << 20;

    fn limiter(rate: u64) -> RateLimiter {
        RateLimiter::new(NonZeroU64::new(rate).unwrap())
    }

    #[test]
    fn twenty_mib_at_ten_a_second_take_two_seconds_with_one_and_with_eight_workers() {
        for workers in [1, 8] {
            let limit = limiter(10 * MIB);
            let chunk = limit.chunk() as u64;
            let mut bucket = lock(&limit.0);
            let start = bucket.through;
            // What each worker has left, and the time at which it goes on.
            let mut under_way: Vec<_> = (0..workers).map(|_| (start, 20 * MIB / workers)).collect();
            let mut end = start;
            while let Some(next) = (0..under_way.len()).min_by_key(|worker| under_way[*worker].0) {
                let (now, left) = &mut under_way[next];
                let bytes = chunk.min(*left);
                *now += bucket.take(bytes, *now).1;
                *left -= bytes;
                end = end.max(*now);
                if *left == 0 {
                    under_way.remove(next);
                }
            }
            assert_eq!(
                end - start,
                Duration::from_millis(1900),
                "{workers} workers; a tenth of a second is free"
            );
        }
    }

    fn seconds_for_20_mib(workers: u64) -> f64 {
        let (limit, cancel, start) = (limiter(10 * MIB), CancelToken::new(), Instant::now());
        let passed = AtomicU64::new(0);
        thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|| {
                    let source = io::repeat(7).take(20 * MIB / workers);
                    let mut reader = limit.reader(source, cancel.clone());
                    passed.fetch_add(io::copy(&mut reader, &mut io::sink()).unwrap(), Ordering::SeqCst);
                });
            }
        });
        assert_eq!(passed.into_inner(), 20 * MIB);
        start.elapsed().as_secs_f64()
    }

    #[test]
    fn threads_that_read_wait_for_it() {
        thread::scope(|scope| {
            for workers in [1, 8] {
                scope.spawn(move || {
                    let seconds = seconds_for_20_mib(workers);
                    assert!(seconds >= 1.8, "{workers} workers: {seconds} s");
                });
            }
        });
    }

    #[test]
    fn idle_time_saves_up_no_more_than_the_burst() {
        let (limit, cancel) = (limiter(MIB), CancelToken::new());
        thread::sleep(Duration::from_millis(300));
        let start = Instant::now();
        limit.acquire(MIB / 2, &cancel).unwrap();
        assert!(start.elapsed() >= Duration::from_millis(390), "{:?}", start.elapsed());
    }

    #[test]
    fn waiting_ends_with_cancel_and_gives_its_share_back() {
        let (limit, cancel) = (limiter(1_000), CancelToken::new());
        let start = Instant::now();
        thread::scope(|scope| {
            scope.spawn(|| assert!(limit.acquire(1_000_000, &cancel).unwrap_err().is_cancelled()));
            thread::sleep(Duration::from_millis(50));
            cancel.cancel();
        });
        limit.acquire(100, &CancelToken::new()).unwrap();
        assert!(start.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn a_slow_limit_trickles() {
        assert_eq!(limiter(1).chunk(), 1 << 10);
        assert_eq!(limiter(100 << 10).chunk(), 10 << 10);
        assert_eq!(limiter(u64::MAX).chunk(), 64 << 10);
        let changed = limiter(1);
        changed.clone().set_bytes_per_second(NonZeroU64::new(MIB).unwrap());
        assert_eq!(changed.bytes_per_second().get(), MIB);
    }

    #[test]
    fn one_congestion_cuts_once_and_success_climbs_back() {
        let (gate, cancel) = (Gate::new(16), CancelToken::new());
        let mut permits: Vec<_> = (0..16).map(|_| gate.enter(&cancel).unwrap()).collect();
        for permit in &mut permits {
            permit.throttled(Duration::ZERO);
        }
        assert_eq!(gate.limit(), 8, "sixteen answers of one congestion");
        drop(permits);
        for _ in 0..10 {
            gate.enter(&cancel).unwrap().throttled(Duration::ZERO);
        }
        assert_eq!(gate.limit(), 1, "never less than one");
        for _ in 0..200 {
            gate.enter(&cancel).unwrap().succeeded();
        }
        assert_eq!(gate.limit(), 16, "never more than it began with");
    }

    #[test]
    fn never_more_under_way_than_the_limit() {
        let (gate, cancel) = (Gate::new(16), CancelToken::new());
        for _ in 0..2 {
            gate.enter(&cancel).unwrap().throttled(Duration::ZERO);
        }
        let (now, peak, began) = (AtomicU32::new(0), AtomicU32::new(0), Instant::now());
        thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    for _ in 0..5 {
                        let _permit = gate.enter(&cancel).unwrap();
                        peak.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        thread::sleep(Duration::from_millis(2));
                        // However late the others begin.
                        while peak.load(Ordering::SeqCst) < 4 && began.elapsed() < Duration::from_secs(60) {
                            thread::sleep(Duration::from_millis(1));
                        }
                        now.fetch_sub(1, Ordering::SeqCst);
                    }
                });
            }
        });
        assert_eq!(peak.into_inner(), 4);
    }

    #[test]
    fn a_pause_holds_everyone_and_cancel_ends_it() {
        let (gate, cancel) = (Gate::new(4), CancelToken::new());
        let start = Instant::now();
        gate.enter(&cancel).unwrap().throttled(Duration::from_millis(150));
        drop(gate.enter(&cancel).unwrap());
        assert!(start.elapsed() >= Duration::from_millis(150));
        gate.enter(&cancel).unwrap().throttled(Duration::from_secs(600));
        thread::scope(|scope| {
            let paused = scope.spawn(|| gate.enter(&cancel).map(drop));
            thread::sleep(Duration::from_millis(50));
            cancel.cancel();
            assert!(paused.join().unwrap().unwrap_err().is_cancelled());
        });
        assert!(start.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn cancel_wakes_those_who_wait_for_a_place() {
        let (gate, cancel) = (Gate::new(1), CancelToken::new());
        let _held = gate.enter(&CancelToken::new()).unwrap();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| gate.enter(&cancel).map(drop));
            thread::sleep(Duration::from_millis(50));
            cancel.cancel();
            assert!(waiting.join().unwrap().unwrap_err().is_cancelled());
        });
    }
}
