//! Slowing down together when the server throttles.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// What a decrease makes of the rate.
const DECREASE: f64 = 0.7;
/// How long a decrease is given to show before the next.
const SETTLE: Duration = Duration::from_millis(500);
/// How the rate grows in a second.
const GROWTH: f64 = 0.15;
/// Over how many answers the share of refusals is taken.
const ANSWERS: f64 = 16.0;
/// A smaller share of refusals is nothing to slow down for: large services refuse now and then.
const SHARE: f64 = 0.2;
/// Requests a second that are always allowed.
const FLOOR: f64 = 20.0;
/// After this time without a throttled answer nothing is held back any more.
const FORGET: Duration = Duration::from_secs(60);
/// How long an attempt is held back at most.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// Over which time the rate of answers is taken.
const WINDOW: Duration = Duration::from_secs(1);

/// Holds attempts back while a server throttles (503 `SlowDown`, 429), so that all threads of a client and its clones together send
/// hardly more than it takes: retries on their own would only add to the storm. Does nothing before a fifth of the answers are
/// refusals.
///
/// A refusal then takes the rate down to 70 % of what was answered lately, at most twice a second; each second takes it up by 15 %.
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
    /// The share of refusals in the latest answers.
    share: f64,
    window_start: SystemTime,
    taken: f64,
    /// Answers a second that were no refusals, of the window before.
    taken_rate: f64,
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
            share: 0.0,
            window_start: never,
            taken: 0.0,
            taken_rate: 0.0,
        }
    }
}

impl Pace {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long the attempt that wants to go now has to wait. Its place is taken by asking.
    pub(super) fn wait(&self, now: SystemTime) -> Duration {
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
    pub(super) fn answered(&self, now: SystemTime) {
        let mut state = self.lock();
        state.roll(now);
        state.taken += 1.0;
        state.share -= state.share / ANSWERS;
    }

    /// An attempt that was sent at `sent` was throttled.
    pub(super) fn throttled(&self, sent: SystemTime, now: SystemTime) {
        let mut state = self.lock();
        state.roll(now);
        state.share += (1.0 - state.share) / ANSWERS;
        state.throttled_at = now;
        let first = !self.on.load(Ordering::Relaxed);
        // What was sent before the last decrease had settled tells nothing new.
        if state.share < SHARE || !first && since(state.decreased_at, sent) < SETTLE {
            return;
        }
        self.on.store(true, Ordering::Relaxed);
        state.grow(now);
        let lately = state.taken_rate.max(state.taken / WINDOW.as_secs_f64());
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
            self.taken_rate =
                if passed < FORGET { self.taken / passed.max(WINDOW).as_secs_f64() } else { 0.0 };
            self.taken = 0.0;
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

    /// A server that takes `limit` requests a second, `burst` at once, and refuses some at random.
    struct Server {
        limit: f64,
        burst: f64,
        random: f64,
    }

    /// What became of calls.
    #[derive(Debug)]
    struct Outcome {
        requests: u64,
        /// Calls that would have failed after three retries.
        given_up: u64,
        seconds: f64,
    }

    /// Clients in a loop against a server, in a time of its own.
    fn run(threads: u64, calls: u64, server: &Server) -> Outcome {
        fastrand::seed(7);
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_323_045);
        let at = |micros: u64| start + Duration::from_micros(micros);
        let pace = Pace::default();
        let (mut tokens, mut filled, mut done) = (server.burst, 0, 0);
        let mut outcome = Outcome { requests: 0, given_up: 0, seconds: 0.0 };
        // Time, thread, failed attempts, whether it was held back already.
        let mut events: BinaryHeap<_> = (0..threads).map(|thread| Reverse((0, thread, 0, false))).collect();
        while let Some(Reverse((now, thread, failed, held_back))) = events.pop() {
            if done == calls {
                break;
            }
            if !held_back {
                let wait = pace.wait(at(now)).as_micros() as u64;
                events.push(Reverse((now + wait, thread, failed, true)));
                continue;
            }
            outcome.requests += 1;
            tokens = (tokens + server.limit * (now - filled) as f64 / 1e6).min(server.burst);
            filled = now;
            let answered = now + 2000;
            if tokens >= 1.0 && fastrand::f64() >= server.random {
                tokens -= 1.0;
                done += 1;
                outcome.seconds = answered as f64 / 1e6;
                pace.answered(at(answered));
                events.push(Reverse((answered, thread, 0, false)));
            } else {
                pace.throttled(at(now), at(answered));
                outcome.given_up += u64::from(failed == 3);
                let half = 100_000 << failed.min(6);
                events.push(Reverse((answered + half + fastrand::u64(0..half), thread, failed + 1, false)));
            }
        }
        outcome
    }

    #[test]
    fn a_throttling_server_sees_hardly_more_requests_than_it_takes() {
        for (threads, calls, limit, burst) in [
            (16, 500, 50.0, 50.0),
            (16, 500, 50.0, 5.0),
            (16, 500, 50.0, 1.0),
            (64, 1000, 50.0, 50.0),
            (64, 1000, 50.0, 1.0),
            (8, 3000, 500.0, 500.0),
            (64, 20_000, 1000.0, 1000.0),
        ] {
            let outcome = run(threads, calls, &Server { limit, burst, random: 0.0 });
            let case = format!("{threads} threads, {calls} calls, {limit}/s, {burst} at once: {outcome:?}");
            assert!(outcome.requests as f64 <= calls as f64 * 1.3, "{case}");
            assert_eq!(outcome.given_up, 0, "{case}");
            assert!(outcome.seconds <= 2.0 * calls as f64 / limit, "{case}");
        }
    }

    #[test]
    fn refusals_now_and_then_slow_nobody_down() {
        let server = Server { limit: 1e9, burst: 1e9, random: 0.01 };
        let outcome = run(8, 20_000, &server);
        // Two milliseconds a call and, for one in a hundred, a wait.
        assert!(outcome.seconds < 12.0, "{outcome:?}");
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
        let throttle = |now| (0..16).for_each(|_| pace.throttled(now, now));
        throttle(late);
        let waits: Vec<_> = (0..10).map(|_| pace.wait(late)).collect();
        assert!(waits.windows(2).all(|w| w[0] < w[1]), "{waits:?}");
        assert_eq!(pace.wait(late + FORGET), Duration::ZERO);
        // A clock set back by a day.
        throttle(late);
        assert!(pace.wait(late - Duration::from_secs(86_400)) <= LONGEST_WAIT);
    }
}
