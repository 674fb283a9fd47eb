//! The time that the server takes for now.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// A source of time; tests put their own in.
#[derive(Clone)]
pub(crate) struct Clock(Arc<dyn Fn() -> SystemTime + Send + Sync>);

impl Clock {
    pub(crate) fn new(source: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(source))
    }

    /// Now, moved by an offset in milliseconds.
    pub(crate) fn now(&self, offset_ms: i64) -> SystemTime {
        let now = (self.0)();
        let offset = Duration::from_millis(offset_ms.unsigned_abs());
        let moved = if offset_ms < 0 { now.checked_sub(offset) } else { now.checked_add(offset) };
        moved.unwrap_or(now)
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new(SystemTime::now)
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}
