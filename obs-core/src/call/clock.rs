//! The server's time, as far as it is known.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How far the server's clock is ahead of ours, shared by all clones of a client: whoever learns it first
/// spares the others the refusal.
#[derive(Debug, Default)]
pub(crate) struct ServerTime {
    offset_ms: AtomicI64,
}

impl ServerTime {
    /// Our time as the server would tell it.
    pub(crate) fn correct(&self, now: SystemTime) -> SystemTime {
        shift(now, self.offset_ms())
    }

    pub(crate) fn offset_ms(&self) -> i64 {
        self.offset_ms.load(Ordering::Relaxed)
    }

    /// Takes over the time that the server told.
    pub(crate) fn learn(&self, now: SystemTime, server: SystemTime) {
        let offset = epoch_ms(server).saturating_sub(epoch_ms(now));
        self.offset_ms.store(offset, Ordering::Relaxed);
    }
}

fn epoch_ms(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
    }
}

pub(super) fn shift(time: SystemTime, ms: i64) -> SystemTime {
    let by = Duration::from_millis(ms.unsigned_abs());
    let shifted = if ms < 0 { time.checked_sub(by) } else { time.checked_add(by) };
    shifted.unwrap_or(time)
}
