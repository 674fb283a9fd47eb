//! Whether a call is tried again, and how long it waits before.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use crate::operation::Head;

/// Exponential backoff with full jitter: anything between nothing and the doubled delay, so that many clients
/// that failed at once do not come back at once.
pub(super) fn delay(base: Duration, max: Duration, failed_attempts: u32) -> Duration {
    doubled(base, max, failed_attempts).mul_f64(fastrand::f64())
}

/// The same after a throttled answer, but no less than half: coming back at once would only be refused again.
pub(super) fn throttled_delay(base: Duration, max: Duration, failed_attempts: u32) -> Duration {
    doubled(base, max, failed_attempts).mul_f64(0.5 + fastrand::f64() / 2.0)
}

fn doubled(base: Duration, max: Duration, failed_attempts: u32) -> Duration {
    base.saturating_mul(1_u32.checked_shl(failed_attempts.saturating_sub(1)).unwrap_or(u32::MAX)).min(max)
}

/// What the server asks for in `Retry-After`: seconds or a date.
pub(super) fn retry_after(head: &Head, now: SystemTime) -> Option<Duration> {
    let value = head.headers().get("retry-after")?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    httpdate::parse_http_date(value).ok()?.duration_since(now).ok()
}

/// How many retries come back in a second.
const REFILL: f64 = 10.0;

/// The retries that all calls of a client may still make together. A retry takes one, and so does a download that goes on where it broke
/// off; a call that succeeds gives back what it took, and one more. So single failures are retried as often as `max_retry_count` says, while a dead server sees, once the
/// budget is spent, hardly more than one attempt a call.
#[derive(Debug)]
pub(crate) struct RetryBudget {
    capacity: f64,
    state: Mutex<(f64, Option<SystemTime>)>,
}

impl RetryBudget {
    pub(crate) fn new(capacity: u32) -> Self {
        let capacity = f64::from(capacity);
        Self { capacity, state: Mutex::new((capacity, None)) }
    }

    /// Takes a retry, if there is one.
    pub(super) fn take(&self, now: SystemTime) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (left, filled) = &mut *state;
        let passed = filled.and_then(|filled| now.duration_since(filled).ok()).unwrap_or_default();
        *filled = Some(now);
        *left = (*left + passed.as_secs_f64() * REFILL).min(self.capacity);
        let taken = *left >= 1.0;
        if taken {
            *left -= 1.0;
        }
        taken
    }

    /// So many are there again.
    pub(super) fn give_back(&self, retries: u32) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 = (state.0 + f64::from(retries)).min(self.capacity);
    }
}

#[cfg(test)]
mod tests {
    use obs_sign::Headers;

    use super::*;

    #[test]
    fn delays_double_and_stay_below_the_cap() {
        let (base, max) = (Duration::from_millis(100), Duration::from_secs(5));
        for attempt in [1, 2, 3, 7, 40, u32::MAX] {
            let ceiling = max.min(base.saturating_mul(2_u32.saturating_pow(attempt - 1)));
            let delays: Vec<_> = (0..200).map(|_| delay(base, max, attempt)).collect();
            assert!(delays.iter().all(|d| *d <= ceiling), "attempt {attempt}");
            assert!(delays.iter().any(|d| *d > ceiling / 2), "attempt {attempt} uses the whole range");
            let delays: Vec<_> = (0..200).map(|_| throttled_delay(base, max, attempt)).collect();
            assert!(delays.iter().all(|d| (ceiling / 2..=ceiling).contains(d)), "attempt {attempt}");
        }
    }

    #[test]
    fn retry_after_in_both_forms() {
        let now = httpdate::parse_http_date("Fri, 02 Jan 2026 03:04:05 GMT").unwrap();
        let asked = |value: &str| {
            let mut headers = Headers::new();
            headers.insert("retry-after", value.to_owned());
            retry_after(&Head { status: 503, reason: "".into(), headers }, now)
        };
        assert_eq!(asked(" 7 "), Some(Duration::from_secs(7)));
        assert_eq!(asked("Fri, 02 Jan 2026 03:05:05 GMT"), Some(Duration::from_secs(60)));
        for nonsense in ["Fri, 02 Jan 2026 03:03:05 GMT", "-1", "soon", ""] {
            assert_eq!(asked(nonsense), None, "{nonsense:?}");
        }
    }

    #[test]
    fn a_dead_server_uses_the_budget_up_and_success_fills_it() {
        let (budget, now) = (RetryBudget::new(5), SystemTime::now());
        assert_eq!((0..100).filter(|_| budget.take(now)).count(), 5);
        assert!(budget.take(now + Duration::from_millis(110)), "time gives some back");
        budget.give_back(3);
        assert_eq!((0..100).filter(|_| budget.take(now)).count(), 3);
    }
}
