//! What the library logs, on standard error: warnings, or with `-v` more.

use log::{LevelFilter, Log, Metadata, Record};

use serde_json::json;

use crate::output::{beside, printable};

#[derive(Debug)]
struct Logger;

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("obs") && metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let text = printable(&record.args().to_string());
            beside(
                format_args!("{} {}: {text}", record.level(), record.target()),
                || json!({ "level": record.level().as_str(), "target": record.target(), "message": text }),
            );
        }
    }

    fn flush(&self) {}
}

/// Begins to log.
pub(crate) fn start(verbose: u8) {
    log::set_max_level(match verbose {
        0 => LevelFilter::Warn,
        1 => LevelFilter::Info,
        2 => LevelFilter::Debug,
        _ => LevelFilter::Trace,
    });
    // It is the only logger of this program
    let _ = log::set_logger(&Logger);
}
