//! What a command says: text for people, one JSON document a line for programs; how far it is, on a terminal only.

use std::fmt;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use obs_transfer::Progress;
use serde_json::{Value, json};

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
        let bar = if wanted && !self.json && io::stderr().is_terminal() {
            ProgressBar::no_length()
        } else {
            ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden())
        };
        bar.set_message(printable(&what.into()));
        Bar { bar, layout: None }
    }
}

/// How far a transfer is: total, rate, time left.
#[derive(Debug)]
pub(crate) struct Bar {
    bar: ProgressBar,
    layout: Option<&'static str>,
}

/// What is shown where there is room for it: a line that is too long would be drawn again and again.
fn layout(columns: u16, of_known_length: bool) -> &'static str {
    match (of_known_length, columns) {
        (true, 64..) => "{msg:20!} [{wide_bar}] {bytes}/{total_bytes} {bytes_per_sec} {eta}",
        (true, _) => "{percent:>3}% of {total_bytes} {bytes_per_sec} {eta}",
        (false, 64..) => "{msg:20!} {bytes} {bytes_per_sec}",
        (false, _) => "{bytes} {bytes_per_sec}",
    }
}

impl Bar {
    /// What a transfer is to call.
    pub(crate) fn callback(mut self) -> impl FnMut(&Progress) + Send + 'static {
        move |progress| self.update(progress)
    }

    fn update(&mut self, progress: &Progress) {
        if self.bar.is_hidden() {
            return;
        }
        if self.layout.is_none() {
            // What an earlier run did says nothing of how fast this one is
            self.bar.set_position(progress.resumed);
            self.bar.reset_eta();
        }
        let (_, columns) = Term::stderr().size();
        let layout = layout(columns, progress.total.is_some());
        if self.layout.replace(layout) != Some(layout) {
            if let Ok(style) = ProgressStyle::with_template(layout) {
                self.bar.set_style(style.progress_chars("=> "));
            }
        }
        if let Some(total) = progress.total {
            self.bar.set_length(total);
        }
        self.bar.set_position(progress.transferred);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
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
