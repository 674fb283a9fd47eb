//! Slowing down together when the server throttles.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// What a throttled answer does to the rate.
const DECREASE: f64 = 0.7;
/// How long a decrease is given to show before the next.
const SETTLE: Duration = Duration::from_millis(500);
/// How the rate grows in a second.
const GROWTH: f64 = 0.15;
/// Requests a second that are always allowed.
const FLOOR: f64 = 5.0;
/// After this time without a throttled answer nothing is held back any more.
const FORGET: Duration = Duration::from_secs(60);
/// How long an attempt is held back at most.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// Over which time the rate of answers is taken.
const WINDOW: Duration = Duration::from_secs(1);

/// Holds attempts back while a server throttles (503 `SlowDown`, 429), so that all threads of a client and its clones together send
/// hardly more than it takes: retries on their own would only add to the storm. Does nothing before the first throttled answer.
///
/// A throttled answer to an attempt that was sent after the last decrease had settled takes the rate down to 70 % of what was
/// answered lately; each second takes it up by 15 %.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    on: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Attempts a second.
    rate: f64,
    /// When the next attempt may go.
    next: SystemTime,
    throttled_at: SystemTime,
    decreased_at: SystemTime,
    grown_at: SystemTime,
    window_start: SystemTime,
    answered: f64,
    /// Successful answers a second, of the window before.
    answer_rate: f64,
}

impl Default for State {
    fn default() -> Self {
        let never = SystemTime::UNIX_EPOCH;
        Self {
            rate: f64::INFINITY,
            next: never,
            throttled_at: never,
            decreased_at: never,
            grown_at: never,
            window_start: never,
            answered: 0.0,
            answer_rate: 0.0,
        }
    }
}

impl Pace {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long the attempt that wants to go now has to wait. Its place is taken by asking.
    pub(crate) fn wait(&self, now: SystemTime) -> Duration {
        if !self.on.load(Ordering::Relaxed) {
            return Duration::ZERO;
        }
        let mut state = self.lock();
        if since(state.throttled_at, now) >= FORGET {
            state.rate = f64::INFINITY;
            self.on.store(false, Ordering::Relaxed);
            return Duration::ZERO;
        }
        state.grow(now);
        // A clock that was set back must not leave everybody waiting.
        if state.next < now || since(now, state.next) > FORGET {
            state.next = now;
        }
        let wait = since(now, state.next).min(LONGEST_WAIT);
        state.next = (now + wait).checked_add(Duration::from_secs_f64(1.0 / state.rate)).unwrap_or(now);
        wait
    }

    /// An attempt was answered with anything but a throttling.
    pub(crate) fn answered(&self, now: SystemTime) {
        let mut state = self.lock();
        state.roll(now);
        state.answered += 1.0;
    }

    /// An attempt that was sent at `sent` was throttled.
    pub(crate) fn throttled(&self, sent: SystemTime, now: SystemTime) {
        let mut state = self.lock();
        state.roll(now);
        let first = !self.on.swap(true, Ordering::Relaxed);
        state.throttled_at = now;
        // The others of one volley tell nothing new.
        if !first && since(state.decreased_at, sent) < SETTLE {
            return;
        }
        state.grow(now);
        let lately = state.answer_rate.max(state.answered / WINDOW.as_secs_f64());
        state.rate = (state.rate.min(lately) * DECREASE).max(FLOOR);
        state.decreased_at = now;
        state.grown_at = now;
        if first {
            state.next = now;
        }
        log::debug!(target: "obs::retry", "throttled: all attempts of this client now go at {:.0} a second", state.rate);
    }
}

impl State {
    fn grow(&mut self, now: SystemTime) {
        self.rate += self.rate * GROWTH * since(self.grown_at, now).as_secs_f64();
        self.grown_at = now;
    }

    /// Begins a new window where one has passed.
    fn roll(&mut self, now: SystemTime) {
        let passed = since(self.window_start, now);
        if passed >= WINDOW || now < self.window_start {
            self.answer_rate =
                if passed < FORGET { self.answered / passed.max(WINDOW).as_secs_f64() } else { 0.0 };
            self.answered = 0.0;
            self.window_start = now;
        }
    }
}

fn since(earlier: SystemTime, later: SystemTime) -> Duration {
    later.duration_since(earlier).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;
    use std::collections::BinaryHeap;

    use super::*;

    /// Clients in a loop against a server that takes `limit` requests a second, in a time of its own: how many requests it saw, how many
    /// calls would have failed after three retries, and how many seconds it took.
    fn run(threads: u64, calls: u64, limit: f64, burst: f64) -> (u64, u64, f64) {
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_323_045);
        let micros = |time: u64| start + Duration::from_micros(time);
        let pace = Pace::default();
        let (mut tokens, mut filled, mut seen, mut done, mut given_up) = (burst, 0, 0, 0, 0);
        // (time, thread, failed attempts, paced already)
        let mut events: BinaryHeap<Reverse<(u64, u64, u32, bool)>> =
            (0..threads).map(|thread| Reverse((0, thread, 0, false))).collect();
        let mut end = 0;
        while let Some(Reverse((now, thread, failed, paced))) = events.pop() {
            if done >= calls {
                break;
            }
            if !paced {
                let wait = pace.wait(micros(now)).as_micros() as u64;
                events.push(Reverse((now + wait, thread, failed, true)));
                continue;
            }
            seen += 1;
            tokens = (tokens + limit * (now - filled) as f64 / 1e6).min(burst);
            filled = now;
            let answered = now + 2000;
            if tokens >= 1.0 {
                tokens -= 1.0;
                done += 1;
                end = answered;
                pace.answered(micros(answered));
                events.push(Reverse((answered, thread, 0, false)));
            } else {
                pace.throttled(micros(now), micros(answered));
                given_up += u64::from(failed == 3);
                let backoff = (100_000 << failed.min(6)) + fastrand::u64(0..100_000 << failed.min(6));
                events.push(Reverse((answered + backoff, thread, failed + 1, false)));
            }
        }
        (seen, given_up, end as f64 / 1e6)
    }

    #[test]
    fn a_throttling_server_sees_hardly_more_requests_than_it_takes() {
        fastrand::seed(7);
        for (threads, calls, limit, burst) in [
            (16, 500, 50.0, 50.0),
            (16, 500, 50.0, 5.0),
            (16, 500, 50.0, 1.0),
            (64, 1000, 50.0, 50.0),
            (64, 1000, 50.0, 1.0),
            (8, 3000, 500.0, 500.0),
            (64, 20_000, 1000.0, 1000.0),
        ] {
            let (seen, given_up, seconds) = run(threads, calls, limit, burst);
            let case = format!(
                "{threads} threads, {calls} calls, {limit}/s: {seen} requests, {given_up} given up, {seconds:.1} s"
            );
            assert!(seen as f64 <= calls as f64 * 1.3, "{case}");
            assert_eq!(given_up, 0, "{case}");
            assert!(seconds <= 3.0 * calls as f64 / limit + 5.0, "{case}");
        }
    }

    #[test]
    fn nothing_is_held_back_without_throttling_or_long_after() {
        let (pace, start) = (Pace::default(), SystemTime::now());
        for second in 0..1000 {
            let now = start + Duration::from_secs(second);
            assert_eq!(pace.wait(now), Duration::ZERO);
            pace.answered(now);
        }
        let late = start + Duration::from_secs(1000);
        pace.throttled(late, late);
        let waits: Vec<_> = (0..10).map(|_| pace.wait(late)).collect();
        assert!(waits.windows(2).all(|w| w[0] < w[1]), "{waits:?}");
        assert_eq!(pace.wait(late + FORGET), Duration::ZERO);
        // A clock set back by a day.
        pace.throttled(late, late);
        assert!(pace.wait(late - Duration::from_secs(86_400)) <= LONGEST_WAIT);
    }
}
