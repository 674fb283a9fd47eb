//! What a job of many objects would do, and what became of it.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::error::{Error, ErrorKind};

/// What became of a job of many objects. That some failed is no error of the job: look at
/// [`failures`](Self::failures), or have [`into_result`](Self::into_result) make one of them.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # std::fs::create_dir_all("photos/sub").unwrap();
/// # for file in ["photos/a.jpg", "photos/sub/b.jpg"] { std::fs::write(file, file).unwrap(); }
/// use obs_transfer::prelude::*;
///
/// let report = bucket.upload_dir("photos", "trips").send()?;
/// println!("{report}");
/// for failure in &report.failures {
///     eprintln!("{failure}");
/// }
/// let report = report.into_result()?; // an error if anything failed
/// assert_eq!(report.succeeded, 2);
/// # Ok::<(), obs_transfer::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Report {
    /// How many were done: files transferred, folders made, objects or files deleted.
    pub succeeded: u64,
    /// How many of those were deletions.
    pub deleted: u64,
    /// Bytes of the files that were transferred.
    pub bytes: u64,
    /// How many a sync left alone, since both sides were equal.
    pub unchanged: u64,
    /// Each that failed, and why.
    pub failures: Vec<Failure>,
    /// Each that the job left alone, and why.
    pub skipped: Vec<Skipped>,
}

impl Report {
    /// The report if nothing failed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Partial`] if something did, with the first failure as its source.
    pub fn into_result(self) -> Result<Self, Error> {
        let failed = self.failures.len() as u64;
        let Some(first) = self.failures.first() else { return Ok(self) };
        let total = self.succeeded + self.unchanged + failed;
        let text = format!("{failed} of {total} failed, the first was {}", first.name());
        Err(Error::new(ErrorKind::Partial { failed, total }, text).with_source(Arc::clone(&first.error)))
    }
}

/// One line, such as for a log; the failures are not in it.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { succeeded, deleted, bytes, unchanged, failures, skipped } = self;
        let (failed, skipped) = (failures.len(), skipped.len());
        write!(
            f,
            "{succeeded} done ({bytes} bytes, {deleted} deleted), {unchanged} unchanged, {failed} failed, {skipped} skipped"
        )
    }
}

/// One object or file that failed.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # for key in ["trips/a.jpg", "trips/sub/b.jpg"] { bucket.put_content(key, key).send()?; }
/// use obs_transfer::prelude::*;
///
/// let report = bucket.download_dir("trips", "photos").send()?;
/// for failure in report.failures.iter().filter(|failure| failure.error.is_retryable()) {
///     println!("{:?} may succeed later: {}", failure.key, failure.error);
/// }
/// # Ok::<(), obs_transfer::Error>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Failure {
    /// The key of the object, where there is one.
    pub key: Option<String>,
    /// The version of the object, where a job is about versions.
    pub version_id: Option<String>,
    /// The local file, where there is one.
    pub path: Option<PathBuf>,
    /// Why. Where one cause keeps many from being done, they share it.
    pub error: Arc<Error>,
}

impl Failure {
    pub(crate) fn of_key(key: impl Into<String>, error: impl Into<Arc<Error>>) -> Self {
        Self { key: Some(key.into()), version_id: None, path: None, error: error.into() }
    }

    pub(crate) fn of_path(path: impl Into<PathBuf>, error: impl Into<Arc<Error>>) -> Self {
        Self { key: None, version_id: None, path: Some(path.into()), error: error.into() }
    }

    pub(crate) fn of(action: &Action, error: impl Into<Arc<Error>>) -> Self {
        Self {
            key: action.key.clone(),
            version_id: action.version_id.clone(),
            path: action.path.clone(),
            error: error.into(),
        }
    }

    fn name(&self) -> String {
        match (&self.key, &self.path) {
            (_, Some(path)) => path.display().to_string(),
            (Some(key), None) => format!("{key:?}"),
            (None, None) => "the job".to_owned(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name(), self.error)
    }
}

/// One object or file that a job left alone.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # std::fs::create_dir_all("photos/sub").unwrap();
/// # for file in ["photos/a.jpg", "photos/sub/b.jpg"] { std::fs::write(file, file).unwrap(); }
/// use obs_transfer::prelude::*;
///
/// let report = bucket.upload_dir("photos", "trips").send()?;
/// for skipped in &report.skipped {
///     println!("{:?}: {}", skipped.path, skipped.reason);
/// }
/// # Ok::<(), obs_transfer::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Skipped {
    /// The key of the object, where there is one.
    pub key: Option<String>,
    /// The local file, where there is one.
    pub path: Option<PathBuf>,
    /// Why.
    pub reason: SkipReason,
}

/// Why a job left something alone.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # std::fs::create_dir_all("photos/sub").unwrap();
/// # for file in ["photos/a.jpg", "photos/sub/b.jpg"] { std::fs::write(file, file).unwrap(); }
/// use obs_transfer::prelude::*;
///
/// use obs_transfer::SkipReason;
///
/// let report = bucket.upload_dir("photos", "trips").send()?;
/// let links = report.skipped.iter().filter(|skipped| skipped.reason == SkipReason::SymbolicLink);
/// println!("{} symbolic links were not followed", links.count());
/// # Ok::<(), obs_transfer::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SkipReason {
    /// A symbolic link, which jobs follow only if they are told to.
    SymbolicLink,
    /// Neither file nor folder: a pipe, a socket, a device.
    SpecialFile,
    /// The temporary file of a download that is not finished.
    UnfinishedDownload,
    /// The checkpoint of a transfer that is not finished.
    Checkpoint,
    /// It would have been deleted, but as long as something else failed nothing is: what is only on one side may be what
    /// could not be read on the other.
    Withheld,
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SymbolicLink => "a symbolic link",
            Self::SpecialFile => "neither file nor folder",
            Self::UnfinishedDownload => "the temporary file of a download",
            Self::Checkpoint => "the checkpoint of a transfer",
            Self::Withheld => "not deleted since something else failed",
        })
    }
}

/// One thing that a job of many does.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # std::fs::create_dir_all("photos/sub").unwrap();
/// # for file in ["photos/a.jpg", "photos/sub/b.jpg"] { std::fs::write(file, file).unwrap(); }
/// use obs_transfer::prelude::*;
///
/// for action in bucket.sync_up("photos", "trips").plan()?.actions() {
///     println!("{action}");
/// }
/// # Ok::<(), obs_transfer::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Action {
    /// What.
    pub kind: ActionKind,
    /// The key of the object, where there is one.
    pub key: Option<String>,
    /// The version of the object, where a job is about versions.
    pub version_id: Option<String>,
    /// The key of the object that is copied, where one is.
    pub source_key: Option<String>,
    /// The local file or folder, where there is one.
    pub path: Option<PathBuf>,
    /// How many bytes it has.
    pub size: u64,
    /// What the listing said of the object: the one that is fetched or copied.
    pub(crate) etag: Option<String>,
    /// What the folder said of the file, in nanoseconds from 1970: the one that is sent.
    pub(crate) modified_ns: Option<i128>,
}

/// The kinds of [`Action`].
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # for key in ["trips/a.jpg", "trips/sub/b.jpg"] { bucket.put_content(key, key).send()?; }
/// use obs_transfer::prelude::*;
///
/// use obs_transfer::ActionKind;
///
/// let plan = bucket.sync_down("trips", "photos").delete(true).plan()?;
/// assert!(!plan.actions().iter().any(|action| action.kind == ActionKind::DeleteFile));
/// # Ok::<(), obs_transfer::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ActionKind {
    /// A file becomes an object.
    Upload,
    /// An empty folder becomes a key that ends in `/`.
    UploadFolder,
    /// An object becomes a file.
    Download,
    /// A key that ends in `/` becomes a folder.
    CreateFolder,
    /// An object becomes another one.
    Copy,
    /// An object, or one version of it, is deleted.
    DeleteObject,
    /// A local file is deleted.
    DeleteFile,
}

impl Action {
    pub(crate) fn new(kind: ActionKind) -> Self {
        Self {
            kind,
            key: None,
            version_id: None,
            source_key: None,
            path: None,
            size: 0,
            etag: None,
            modified_ns: None,
        }
    }

    pub(crate) fn is_deletion(&self) -> bool {
        matches!(self.kind, ActionKind::DeleteObject | ActionKind::DeleteFile)
    }

    pub(crate) fn withheld(&self) -> Skipped {
        Skipped { key: self.key.clone(), path: self.path.clone(), reason: SkipReason::Withheld }
    }
}

/// One line, such as `upload photos/cat.jpg -> trips/cat.jpg (1234 bytes)`.
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = self.key.as_deref().unwrap_or_default();
        let path = self.path.clone().unwrap_or_default();
        let (path, size) = (path.display(), self.size);
        match self.kind {
            ActionKind::Upload => write!(f, "upload {path} -> {key} ({size} bytes)"),
            ActionKind::UploadFolder => write!(f, "upload {path} -> {key} (empty folder)"),
            ActionKind::Download => write!(f, "download {key} -> {path} ({size} bytes)"),
            ActionKind::CreateFolder => write!(f, "create {path}"),
            ActionKind::Copy => {
                write!(f, "copy {} -> {key} ({size} bytes)", self.source_key.as_deref().unwrap_or_default())
            }
            ActionKind::DeleteObject => match &self.version_id {
                Some(version) => write!(f, "delete {key} version {version}"),
                None => write!(f, "delete {key}"),
            },
            ActionKind::DeleteFile => write!(f, "delete {path}"),
        }
    }
}
