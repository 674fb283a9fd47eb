//! Logs to files, as the guide's `log.conf` says (feature `init-log`).

mod conf;

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use flexi_logger::writers::{FileLogWriter, LogWriter};
use flexi_logger::{Cleanup, Criterion, DeferredNow, FileSpec, Naming};
use log::{Level, LevelFilter, Log, Metadata, Record};

pub use conf::LogConf;

use crate::error::{Error, ErrorKind, Result};

/// Starts logging as `conf` says (`initLog` of the guide), for all clients of the process. Programs that have a logger of their own need
/// none of this: the crates of this project log through [`log`], with the targets `obs::http`, `obs::retry` and
/// `obs::transfer`, and so does this, of which other targets are left out.
///
/// A line is `time|process:id|thread:number|LEVEL|HTTP(s)+XML|target|module,line|message|`, its time local. Secret keys, tokens and
/// signatures are not in it. As the guide says, one process at a time may write to a file.
///
/// ```no_run
/// use obs_core::{LogConf, init_log};
/// init_log(&LogConf::from_file("log.conf")?)?;
/// # Ok::<(), obs_core::Error>(())
/// ```
///
/// # Errors
///
/// [`ErrorKind::Io`] if the file cannot be written, [`ErrorKind::InvalidInput`] if the process has a logger already.
pub fn init_log(conf: &LogConf) -> Result<()> {
    let logger = GuideLog::new(conf)?;
    let level = logger.level();
    log::set_boxed_logger(Box::new(logger)).map_err(|e| {
        Error::invalid("the process has a logger already: init_log comes first, or not at all").with_source(e)
    })?;
    log::set_max_level(level);
    Ok(())
}

/// Writes to the file of a [`LogConf`], and to the console.
struct GuideLog {
    file: FileLogWriter,
    file_level: LevelFilter,
    console_level: LevelFilter,
}

impl GuideLog {
    fn new(conf: &LogConf) -> Result<Self> {
        let path = conf.dir.join(&conf.file_name);
        let failed = |e: flexi_logger::FlexiLoggerError| {
            Error::new(ErrorKind::Io, format!("log file {}", path.display())).with_source(e)
        };
        let spec = FileSpec::try_from(&path).map_err(failed)?;
        let mut writer = FileLogWriter::builder(spec).format(write_line).append();
        if conf.file_size > 0 && conf.file_number > 0 {
            let kept = usize::try_from(conf.file_number).unwrap_or(usize::MAX);
            writer = writer
                .rotate(Criterion::Size(conf.file_size), Naming::Numbers, Cleanup::KeepLogFiles(kept))
                // While it rotates the file that is written to has another name; the one in the configuration leads to it.
                .create_symlink(&path);
        }
        let file = writer.try_build().map_err(failed)?;
        let console_level = if conf.print_to_console { conf.print_level } else { LevelFilter::Off };
        Ok(Self { file, file_level: conf.file_level, console_level })
    }

    fn level(&self) -> LevelFilter {
        self.file_level.max(self.console_level)
    }
}

impl Log for GuideLog {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // Other crates below print whole requests.
        metadata.level() <= self.level() && metadata.target().starts_with("obs::")
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let mut now = DeferredNow::new();
        // Nobody is left to tell of a log that cannot be written.
        if record.level() <= self.file_level {
            self.file.write(&mut now, record).ok();
        }
        if record.level() <= self.console_level {
            let mut console = io::stdout().lock();
            write_line(&mut console, &mut now, record).and_then(|()| console.write_all(b"\n")).ok();
        }
    }

    fn flush(&self) {
        self.file.flush().ok();
        io::stdout().flush().ok();
    }
}

/// The guide's line, without its end.
fn write_line(out: &mut dyn Write, now: &mut DeferredNow, record: &Record<'_>) -> io::Result<()> {
    let level = match record.level() {
        Level::Error => "ERROR",
        Level::Warn => "WARNING",
        Level::Info => "INFO",
        Level::Debug | Level::Trace => "DEBUG",
    };
    let thread = format!("{:?}", std::thread::current().id());
    let thread = thread.trim_start_matches(|c: char| !c.is_ascii_digit()).trim_end_matches(')');
    let place = record.module_path().unwrap_or(record.target());
    let message = record.args().to_string();
    let mut line = String::with_capacity(message.len() + 120);
    // Writing to a string does not fail.
    write!(
        line,
        "{}|process:{}|thread:{thread}|{level}|HTTP(s)+XML|{}|{place},{}|{}|",
        now.format("%Y-%m-%d %H:%M:%S,%3f"),
        std::process::id(),
        record.target(),
        record.line().unwrap_or(0),
        obs_sign::redact(&message),
    )
    .ok();
    // One line a record, whatever a server says.
    let line: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    out.write_all(line.as_bytes())
}

/// Whether a path is one that can be logged to.
fn check_path(file_name: &str) -> Result<()> {
    if Path::new(file_name).file_name().is_none() {
        return Err(Error::invalid(format!("log.conf: LogFileName {file_name:?} is no name of a file")));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
