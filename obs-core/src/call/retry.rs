//! When a call is tried again, and how long it waits before.

use std::time::{Duration, SystemTime};

use crate::operation::Head;

/// Exponential backoff with full jitter: anything between nothing and the doubled delay, so that many clients
/// that failed at once do not come back at once.
pub(super) fn delay(base: Duration, max: Duration, failed_attempts: u32) -> Duration {
    let doubled =
        base.saturating_mul(1_u32.checked_shl(failed_attempts.saturating_sub(1)).unwrap_or(u32::MAX));
    doubled.min(max).mul_f64(fastrand::f64())
}

/// What the server asks for in `Retry-After`: seconds or a date.
pub(super) fn retry_after(head: &Head, now: SystemTime) -> Option<Duration> {
    let value = head.headers().get("retry-after")?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    httpdate::parse_http_date(value).ok()?.duration_since(now).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_and_stay_below_the_cap() {
        let (base, max) = (Duration::from_millis(100), Duration::from_secs(5));
        for attempt in [1, 2, 3, 7, 40, u32::MAX] {
            let ceiling = max.min(base.saturating_mul(2_u32.saturating_pow(attempt - 1)));
            let delays: Vec<_> = (0..200).map(|_| delay(base, max, attempt)).collect();
            assert!(delays.iter().all(|d| *d <= ceiling), "attempt {attempt}");
            assert!(delays.iter().any(|d| *d > ceiling / 2), "attempt {attempt} uses the whole range");
        }
    }
}
