//! The one error of this crate.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use obs_core::code;

/// What a source of an error may be: the error of one call, of the file system, of anything below.
pub(crate) type Source = Box<dyn std::error::Error + Send + Sync + 'static>;

/// Why a transfer did not end well.
///
/// One pointer wide, so that a `Result` stays small. Its [`Display`](fmt::Display) is one line that names the file or
/// the object, the cause, and where there is something to do, what; [`kind`](Self::kind) and the questions
/// (`is_cancelled()` and the like) are for programs.
///
/// It converts to and from [`io::Error`], so that `?` works on either side of a `Read` or `Write`.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use obs_transfer::prelude::*;
///
/// let error = bucket.download_file("no-such-object", "a.txt").send().unwrap_err();
/// assert!(error.is_not_found());
/// println!("{error} (request {:?})", error.request_id());
/// # Ok::<(), obs_transfer::Error>(())
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    text: String,
    code: Option<String>,
    source: Option<Source>,
}

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The kinds of [`Error`].
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use obs_transfer::prelude::*;
///
/// use obs_transfer::ErrorKind;
///
/// let error = bucket.upload_file("a.txt", "no-such-file").send().unwrap_err();
/// match error.kind() {
///     ErrorKind::Io { path } => println!("{} cannot be read", path.display()),
///     ErrorKind::Call => println!("the service refused: {:?}", error.code()),
///     other => println!("{other:?}"),
/// }
/// # assert!(error.is_io());
/// # Ok::<(), obs_transfer::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A call to OBS failed after its retries; the source is the error of the call.
    Call,
    /// The file system refused something.
    Io {
        /// The file or folder, empty where the error came from a stream that has no name.
        path: PathBuf,
    },
    /// The local file changed, shrank, grew or was replaced while it was being sent.
    SourceChanged,
    /// The object changed while it was being read.
    ObjectChanged,
    /// What arrived is not what was sent: a checksum or a length differs.
    Integrity,
    /// The job was cancelled.
    Cancelled,
    /// An argument cannot be used as it is.
    InvalidInput,
    /// The checkpoint cannot be used: another process holds it, or it vanished.
    Checkpoint,
    /// The data exceed what OBS takes for one object.
    TooLarge,
    /// The caller's progress callback panicked.
    Callback,
    /// A job of many objects is done with some of them and failed with others.
    Partial {
        /// How many failed.
        failed: u64,
        /// How many there were in all.
        total: u64,
    },
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, text: impl Into<String>) -> Self {
        Self(Box::new(Inner { kind, text: text.into(), code: None, source: None }))
    }

    /// What the server says of one of many, in an answer that is none of failure.
    pub(crate) fn with_code(mut self, code: Option<String>) -> Self {
        self.0.code = code;
        self
    }

    /// Keeps the cause, which Display appends to the text.
    pub(crate) fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// A refusal of the file system. `doing` reads "cannot open", `path` follows it.
    pub(crate) fn io(doing: &str, path: &Path, source: io::Error) -> Self {
        let advice = match source.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                " (check the permissions, or choose another place)"
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                " (make room, or choose a place on another disk)"
            }
            _ => "",
        };
        let text = format!("{doing} {}{advice}", path.display());
        Self::new(ErrorKind::Io { path: path.to_path_buf() }, text).with_source(source)
    }

    pub(crate) fn invalid_input(text: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidInput, text)
    }

    pub(crate) fn cancelled() -> Self {
        Self::new(ErrorKind::Cancelled, "the transfer was cancelled")
    }

    /// The kind of this error.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The file or folder that the file system refused to work on, if that was the cause.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match &self.0.kind {
            ErrorKind::Io { path } if !path.as_os_str().is_empty() => Some(path),
            _ => None,
        }
    }

    /// The error of the call to OBS that this comes from, with status, code and request id.
    #[must_use]
    pub fn call(&self) -> Option<&obs_core::Error> {
        self.0.source.as_ref()?.downcast_ref()
    }

    /// The HTTP status of the answer, if a call failed and the server answered.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.call()?.status()
    }

    /// The error code of OBS, such as `NoSuchKey`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref().or_else(|| self.call()?.code())
    }

    /// The id of the request that failed, for support.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.call()?.request_id()
    }

    /// Whether a call to OBS failed.
    #[must_use]
    pub fn is_call(&self) -> bool {
        self.0.kind == ErrorKind::Call
    }

    /// Whether the bucket or the object is not there.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.call().is_some_and(obs_core::Error::is_not_found)
    }

    /// Whether the caller may not do this, or is not known.
    #[must_use]
    pub fn is_access_denied(&self) -> bool {
        self.code() == Some(code::ACCESS_DENIED) || self.call().is_some_and(obs_core::Error::is_access_denied)
    }

    /// Whether a condition such as `if_match` was not met.
    #[must_use]
    pub fn is_precondition_failed(&self) -> bool {
        self.call().is_some_and(obs_core::Error::is_precondition_failed)
    }

    /// Whether the server asked to slow down, and went on to do so.
    #[must_use]
    pub fn is_throttled(&self) -> bool {
        self.call().is_some_and(obs_core::Error::is_throttled)
    }

    /// Whether the same transfer may succeed when it is made again later: with a checkpoint it goes on from there.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.call().is_some_and(obs_core::Error::is_retryable)
    }

    /// Whether the file system refused something.
    #[must_use]
    pub fn is_io(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Io { .. })
    }

    /// Whether the local file changed under way.
    #[must_use]
    pub fn is_source_changed(&self) -> bool {
        self.0.kind == ErrorKind::SourceChanged
    }

    /// Whether the object changed under way.
    #[must_use]
    pub fn is_object_changed(&self) -> bool {
        self.0.kind == ErrorKind::ObjectChanged
    }

    /// Whether a checksum or a length differs.
    #[must_use]
    pub fn is_integrity(&self) -> bool {
        self.0.kind == ErrorKind::Integrity
    }

    /// Whether the job was cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.kind == ErrorKind::Cancelled
    }

    /// Whether an argument was refused before anything was sent.
    #[must_use]
    pub fn is_invalid_input(&self) -> bool {
        self.0.kind == ErrorKind::InvalidInput
    }

    /// Whether the checkpoint is held by another process or vanished.
    #[must_use]
    pub fn is_checkpoint(&self) -> bool {
        self.0.kind == ErrorKind::Checkpoint
    }

    /// Whether the data exceed what OBS takes for one object.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        self.0.kind == ErrorKind::TooLarge
    }

    /// Whether some of many objects failed while others are done.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Partial { .. })
    }
}

/// One line whatever the causes contain, since it ends up in logs.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match &self.0.source {
            None => self.0.text.clone(),
            Some(source) if self.0.text.is_empty() => source.to_string(),
            Some(source) => format!("{}: {source}", self.0.text),
        };
        for (index, line) in text.lines().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            f.write_str(line.trim_end())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("text", &self.0.text)
            .field("source", &self.0.source)
            .finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn std::error::Error + 'static))
    }
}

/// The error of a call: the line that it makes names operation, bucket and key already.
impl From<obs_core::Error> for Error {
    fn from(error: obs_core::Error) -> Self {
        match error.kind() {
            obs_core::ErrorKind::Cancelled => Self::cancelled(),
            obs_core::ErrorKind::Integrity => Self::new(ErrorKind::Integrity, "").with_source(error),
            _ => Self::new(ErrorKind::Call, "").with_source(error),
        }
    }
}

/// An error of this crate, or of a call, that travelled inside an [`io::Error`] comes out as it went in.
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(own) => own,
            Err(error) => match error.downcast::<obs_core::Error>() {
                Ok(call) => call.into(),
                Err(error) => Self::new(ErrorKind::Io { path: PathBuf::new() }, "").with_source(error),
            },
        }
    }
}

/// The error goes into the [`io::Error`] whole. Cancelled does not become [`io::ErrorKind::Interrupted`], which
/// `std::io::copy` and its like would answer by trying again.
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match error.kind() {
            ErrorKind::Call if error.is_not_found() => io::ErrorKind::NotFound,
            ErrorKind::Call if error.is_access_denied() => io::ErrorKind::PermissionDenied,
            ErrorKind::Call if error.call().is_some_and(obs_core::Error::is_timeout) => {
                io::ErrorKind::TimedOut
            }
            ErrorKind::Io { .. } => error
                .0
                .source
                .as_ref()
                .and_then(|source| source.downcast_ref::<Self>())
                .map_or(io::ErrorKind::Other, Self::kind),
            ErrorKind::SourceChanged | ErrorKind::ObjectChanged | ErrorKind::Integrity => {
                io::ErrorKind::InvalidData
            }
            ErrorKind::InvalidInput => io::ErrorKind::InvalidInput,
            ErrorKind::TooLarge => io::ErrorKind::FileTooLarge,
            _ => io::ErrorKind::Other,
        };
        let kind = if kind == io::ErrorKind::Interrupted { io::ErrorKind::Other } else { kind };
        Self::new(kind, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_one_pointer_wide() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
        fn crosses_threads<T: Send + Sync + 'static>() {}
        crosses_threads::<Error>();
    }

    #[test]
    fn display_is_one_line_with_the_cause() {
        let cause = io::Error::new(io::ErrorKind::PermissionDenied, "permission\ndenied");
        let error = Error::io("cannot open", Path::new("/data/a.bin"), cause);
        assert_eq!(
            error.to_string(),
            "cannot open /data/a.bin (check the permissions, or choose another place): permission denied"
        );
        assert_eq!(error.path(), Some(Path::new("/data/a.bin")));
    }

    #[test]
    fn survives_the_way_through_io_error() {
        let through: io::Error = Error::new(ErrorKind::SourceChanged, "a.bin shrank").into();
        assert_eq!(through.kind(), io::ErrorKind::InvalidData);
        let back = Error::from(through);
        assert!(back.is_source_changed());
        assert_eq!(back.to_string(), "a.bin shrank");
    }

    #[test]
    fn foreign_io_errors_keep_kind_and_text() {
        let error = Error::from(io::Error::new(io::ErrorKind::TimedOut, "stalled"));
        assert!(error.is_io());
        assert_eq!(error.path(), None);
        assert_eq!(error.to_string(), "stalled");
        assert_eq!(io::Error::from(error).kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn no_reader_loops_on_a_cancelled_transfer() {
        assert_ne!(io::Error::from(Error::cancelled()).kind(), io::ErrorKind::Interrupted);
        let interrupted = Error::from(io::Error::from(io::ErrorKind::Interrupted));
        assert_ne!(io::Error::from(interrupted).kind(), io::ErrorKind::Interrupted);
    }
}
