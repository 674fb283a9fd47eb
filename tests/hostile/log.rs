//! All that anybody logs in this process, at the level trace.

use std::collections::HashMap;
use std::sync::{Mutex, Once, PoisonError};
use std::thread::{self, ThreadId};

use ::log::{LevelFilter, Log, Metadata, Record};

struct Kept(Mutex<Vec<(ThreadId, String)>>);

static KEPT: Kept = Kept(Mutex::new(Vec::new()));
static ONCE: Once = Once::new();

impl Log for Kept {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let line = format!("{} {}: {}", record.level(), record.target(), record.args());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((thread::current().id(), line));
    }

    fn flush(&self) {}
}

/// Keeps all that is logged from here on, by whatever crate.
pub(crate) fn keep() {
    ONCE.call_once(|| {
        ::log::set_logger(&KEPT).expect("no other logger");
        ::log::set_max_level(LevelFilter::Trace);
    });
}

/// What was logged.
pub(crate) fn lines() -> Vec<String> {
    let kept = KEPT.0.lock().unwrap_or_else(PoisonError::into_inner);
    kept.iter().map(|(_, line)| line.clone()).collect()
}

/// What was logged, by the threads that did.
pub(crate) fn lines_by_thread() -> HashMap<ThreadId, Vec<String>> {
    let mut threads = HashMap::<_, Vec<_>>::new();
    for (thread, line) in KEPT.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        threads.entry(*thread).or_default().push(line.clone());
    }
    threads
}
