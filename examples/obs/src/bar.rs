//! How far a transfer is, on a terminal: total, rate, time left.

use std::time::{Duration, Instant};

use console::Term;
use indicatif::{BinaryBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};
use obs_transfer::Progress;

use crate::output::printable;

/// A bar, which shows nothing before there is something to show.
#[derive(Debug)]
pub(crate) struct Bar {
    bar: ProgressBar,
    what: String,
    wanted: bool,
    layout: Option<&'static str>,
}

/// Before this the rate is that of the first buffers, which go anywhere at once.
const SETTLED: Duration = Duration::from_millis(200);

/// What is shown where there is room for it: a line that is too long would be drawn again and again.
fn layout(columns: u16, of_known_length: bool) -> &'static str {
    match (of_known_length, columns) {
        (true, 64..) => "{msg:20!} [{wide_bar}] {bytes}/{total_bytes} {prefix}",
        (true, _) => "{percent:>3}% of {total_bytes} {prefix}",
        (false, 64..) => "{msg:20!} {bytes} {prefix}",
        (false, _) => "{bytes} {prefix}",
    }
}

/// The average rate, and how long it will take at that; nothing as long as nobody knows.
fn pace(progress: &Progress) -> String {
    let rate = progress.bytes_per_second();
    if progress.elapsed < SETTLED || rate < 1.0 {
        return String::new();
    }
    let rate_shown = format!("{}/s", BinaryBytes(rate as u64));
    let Some(total) = progress.total else { return rate_shown };
    // Rounded up: something is left as long as it goes on
    let left = (total.saturating_sub(progress.transferred) as f64 / rate).ceil();
    format!("{rate_shown} {}", humantime::format_duration(Duration::from_secs(left as u64)))
}

impl Bar {
    pub(crate) fn new(what: String, wanted: bool) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        Self { bar, what: printable(&what), wanted, layout: None }
    }

    /// What a transfer is to call.
    pub(crate) fn callback(mut self) -> impl FnMut(&Progress) + Send + 'static {
        move |progress| self.update(progress)
    }

    fn update(&mut self, progress: &Progress) {
        if !self.wanted {
            return;
        }
        let (_, columns) = Term::stderr().size();
        let layout = layout(columns, progress.total.is_some());
        let before = self.layout.replace(layout);
        if before != Some(layout) {
            if let Ok(style) = ProgressStyle::with_template(layout) {
                self.bar.set_style(style.progress_chars("=> "));
            }
        }
        if let Some(total) = progress.total {
            self.bar.set_length(total);
        }
        self.bar.set_position(progress.transferred);
        // After the position: each of these may draw
        self.bar.set_prefix(pace(progress));
        if before.is_none() {
            self.bar.set_message(self.what.clone());
            // All of it is known now: until here it would have been drawn empty
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            self.bar.tick();
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// A bar of what this program moves itself.
#[derive(Debug)]
pub(crate) struct Watched {
    pub(crate) bar: Bar,
    pub(crate) total: u64,
    pub(crate) moved: u64,
    pub(crate) started: Instant,
}

impl Watched {
    pub(crate) fn add(&mut self, bytes: usize) {
        self.moved += bytes as u64;
        self.bar.update(&Progress::new(self.moved, Some(self.total), 0, self.started.elapsed()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_is_that_of_this_run() {
        let at = |moved, total, resumed, ms| {
            pace(&Progress::new(moved, total, resumed, Duration::from_millis(ms)))
        };
        assert_eq!(at(10 << 20, Some(40 << 20), 0, 1000), "10.00 MiB/s 3s");
        assert_eq!(at(30 << 20, Some(40 << 20), 20 << 20, 1000), "10.00 MiB/s 1s");
        assert_eq!(at(10 << 20, None, 0, 1000), "10.00 MiB/s");
        // Something is left
        assert_eq!(at((10 << 20) - 1, Some(10 << 20), 0, 1000), "10.00 MiB/s 1s");
        assert_eq!(at(1 << 20, Some(40 << 20), 0, 1), "", "the first buffer tells nothing");
        assert_eq!(at(20 << 20, Some(40 << 20), 20 << 20, 1000), "", "nor does what was there");
        assert_eq!(at(0, Some(0), 0, 1000), "");
    }
}
