//! The guide's `log.conf`.

use std::path::{Path, PathBuf};

use log::LevelFilter;

use super::check_path;
use crate::error::{Error, Result};

/// What is logged, and where to: the guide's `log.conf`.
///
/// ```
/// # #[cfg(feature = "init-log")] {
/// let conf: obs_core::LogConf = "
///     [LOGCONF]
///     LogFileDir = ./logs
///     LogFileName = obs.log
///     LogFileSize = 10
///     LogFileNumber = 5
///     LogFileLevel = INFO
///     PrintLogToConsole = 0
///     PrintLogLevel = ERROR
/// "
/// .parse()?;
/// # }
/// # Ok::<(), obs_core::Error>(())
/// ```
///
/// | Key | Meaning | Default |
/// |---|---|---|
/// | `LogFileDir` | folder of the file; it is created | `./` |
/// | `LogFileName` | name of the file | `log.log` |
/// | `LogFileSize` | MiB after which a new file is begun; 0: never | 10 |
/// | `LogFileNumber` | how many old files are kept; 0: none is begun | 10 |
/// | `LogFileLevel` | `DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`; anything else is `DEBUG` | `DEBUG` |
/// | `PrintLogToConsole` | 1: also to standard output | 0 |
/// | `PrintLogLevel` | the level there | `DEBUG` |
///
/// `DEBUG` shows each request and the heads of both sides, `INFO` what is tried again and why, `WARNING` and `ERROR` what should be looked at.
/// Other keys and sections are ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogConf {
    pub(super) dir: PathBuf,
    pub(super) file_name: String,
    /// In bytes.
    pub(super) file_size: u64,
    pub(super) file_number: u64,
    pub(super) file_level: LevelFilter,
    pub(super) print_to_console: bool,
    pub(super) print_level: LevelFilter,
}

impl Default for LogConf {
    fn default() -> Self {
        Self {
            dir: PathBuf::from("./"),
            file_name: "log.log".to_owned(),
            file_size: 10 << 20,
            file_number: 10,
            file_level: LevelFilter::Trace,
            print_to_console: false,
            print_level: LevelFilter::Trace,
        }
    }
}

impl LogConf {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) if it cannot be read; [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) naming
    /// the key whose value does not fit.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        std::fs::read_to_string(path).map_err(|e| Error::io(path.display(), e))?.parse()
    }
}

impl std::str::FromStr for LogConf {
    type Err = Error;

    /// Reads the text of a `log.conf`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) if there is no section `LOGCONF`, or naming the key whose value
    /// does not fit.
    fn from_str(text: &str) -> Result<Self> {
        let mut conf = Self::default();
        let (mut found, mut inside) = (false, false);
        for line in text.trim_start_matches('\u{feff}').lines().map(str::trim) {
            if line.is_empty() || line.starts_with(['#', ';']) {
                continue;
            }
            if let Some(section) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                inside = section.trim().eq_ignore_ascii_case("LOGCONF");
                found |= inside;
                continue;
            }
            if let Some((key, value)) = line.split_once(['=', ':']).filter(|_| inside) {
                conf.set(key.trim(), value.trim())?;
            }
        }
        if found { Ok(conf) } else { Err(Error::invalid("log.conf: there is no section [LOGCONF]")) }
    }
}

impl LogConf {
    fn set(&mut self, key: &str, value: &str) -> Result<()> {
        let number = || {
            value.parse::<u64>().map_err(|_| {
                Error::invalid(format!("log.conf: {key} is {value:?}, it must be a whole number"))
            })
        };
        match key.to_ascii_lowercase().as_str() {
            "logfiledir" => self.dir = PathBuf::from(if value.is_empty() { "./" } else { value }),
            "logfilename" => {
                check_path(value)?;
                self.file_name = value.to_owned();
            }
            "logfilesize" => self.file_size = number()?.saturating_mul(1 << 20),
            "logfilenumber" => self.file_number = number()?,
            "logfilelevel" => self.file_level = level(value),
            "printlogtoconsole" => self.print_to_console = number()? != 0,
            "printloglevel" => self.print_level = level(value),
            _ => {}
        }
        Ok(())
    }
}

fn level(word: &str) -> LevelFilter {
    match word.to_ascii_uppercase().as_str() {
        "INFO" => LevelFilter::Info,
        "WARNING" | "WARN" => LevelFilter::Warn,
        "ERROR" | "CRITICAL" => LevelFilter::Error,
        _ => LevelFilter::Trace,
    }
}
