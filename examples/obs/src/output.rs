//! What a command says: text for people, one JSON document a line for programs; how far it is, on a terminal only.

use std::fmt;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Instant, SystemTime};

use serde_json::{Value, json};

use crate::bar::Bar;
pub(crate) use crate::bar::Watched;
use crate::failure::{Failure, Told};

/// Standard output, and what goes beside it.
#[derive(Debug)]
pub(crate) struct Output {
    json: bool,
    /// Each thing that is done is named.
    each: bool,
    /// Somebody watches: each line is to be seen at once.
    watched: bool,
    out: Mutex<BufWriter<Stdout>>,
}

impl Output {
    pub(crate) fn new(json: bool, verbose: bool) -> Self {
        AS_JSON.store(json, Ordering::Relaxed);
        let out = Mutex::new(BufWriter::with_capacity(1 << 16, io::stdout()));
        Self { json, each: json || verbose, watched: io::stdout().is_terminal(), out }
    }

    /// Whether each of many is named, not only how many there were.
    pub(crate) fn names_each(&self) -> bool {
        self.each
    }

    /// One thing: as text, or as a line of JSON.
    pub(crate) fn item(&self, text: impl fmt::Display, json: impl FnOnce() -> Value) -> Result<(), Failure> {
        self.write(|out| if self.json { writeln!(out, "{}", json()) } else { writeln!(out, "{text}") })
    }

    /// The bytes of an object or of a document.
    pub(crate) fn write(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        write(&mut *out)?;
        if self.watched { Ok(out.flush()?) } else { Ok(()) }
    }

    /// Writes what is still held back.
    pub(crate) fn finish(&self) -> Result<(), Failure> {
        Ok(self.out.lock().unwrap_or_else(PoisonError::into_inner).flush()?)
    }

    /// A bar, where somebody watches it.
    pub(crate) fn bar(&self, what: impl Into<String>, wanted: bool) -> Bar {
        Bar::new(what.into(), wanted && !self.json && io::stderr().is_terminal())
    }

    /// A bar of what goes to standard output, where that is not what is watched.
    pub(crate) fn watched(&self, what: impl Into<String>, wanted: bool, total: u64) -> Watched {
        Watched { bar: self.bar(what, wanted && !self.watched), total, moved: 0, started: Instant::now() }
    }
}

/// Whether what goes beside the output is for programs too.
static AS_JSON: AtomicBool = AtomicBool::new(false);

/// A message beside the output: as text, or as a line of JSON.
pub(crate) fn beside(text: impl fmt::Display, json: impl FnOnce() -> Value) {
    // Nobody is left to be told that standard error is gone
    let _ = match AS_JSON.load(Ordering::Relaxed) {
        true => writeln!(io::stderr(), "{}", json()),
        false => writeln!(io::stderr(), "obs: {text}"),
    };
}

/// What failed.
pub(crate) fn fails(told: &Told) {
    beside(told, || told.json());
}

/// What is worth knowing, and no failure.
pub(crate) fn note(text: impl fmt::Display) {
    beside(&text, || json!({ "note": text.to_string() }));
}

/// A key as it can be shown: what would move the cursor is escaped.
pub(crate) fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown
}

/// A time as the service writes it, such as `2026-11-22T08:00:00Z`.
pub(crate) fn time(at: Option<SystemTime>) -> Option<String> {
    // The printer of times knows none before 1970
    let at = at.filter(|at| *at >= SystemTime::UNIX_EPOCH)?;
    Some(humantime::format_rfc3339_seconds(at).to_string())
}
