//! What is done of a job, in a file: JSON Lines, a header with the identity of both ends, then a line for each finished
//! part.
//!
//! - Each line ends in a CRC-64 over itself and, for parts, over the header's: a line that is torn, damaged or of
//!   another job is not believed, and the rest of the file still is.
//! - The file is created under its own name and locked before the job talks to OBS, so that two processes cannot work
//!   on one job; the kernel frees the lock of a killed process. The header is written when the upload has its id.
//!   Writing it in place needs no temporary file: a torn header fails its CRC and the job starts over.
//! - The header is synced to disk, for with it an upload would be lost. The lines of parts are not: they survive the
//!   death of the process as they are, and after a power cut the few that are missing are sent again. That a part's
//!   *bytes* outlast a power cut no line can say, so a download looks at them again
//!   ([`TargetFile::crc64`](crate::file_io::TargetFile::crc64)), and an upload asks ListParts.
//! - It holds no secrets; mode 0600 all the same.

mod identity;
mod line;

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fs4::FileExt;

use crate::error::{Error, ErrorKind};
use crate::file_io;
pub(crate) use identity::{Identity, JobKind};
pub(crate) use line::FinishedPart;
use line::{Header, read_lines};

/// The checkpoint of one job, held by this process alone until dropped.
#[derive(Debug)]
pub(crate) struct Checkpoint {
    path: PathBuf,
    file: File,
    identity: Identity,
    /// What seals the lines of parts: the header's CRC. None before [`start`](Self::start).
    seal: Option<String>,
    /// Where the next line starts, so that a torn one can be cut off.
    end: u64,
    /// When it was last seen under its name.
    seen: Option<Instant>,
}

/// How often [`Checkpoint::record`] looks whether the file still has its name. Looking for each part took twice as long as
/// writing its line: the look itself, and a time of change that the file system then must keep exactly.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);

/// No checkpoint has more bytes: 10,000 lines of parts have two million.
const LARGEST: u64 = 16 << 20;

/// No header has more bytes.
const HEADER: u64 = 64 << 10;

/// What [`Checkpoint::open`] found.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) checkpoint: Checkpoint,
    pub(crate) state: State,
}

#[derive(Debug, PartialEq)]
pub(crate) enum State {
    /// Nothing usable is there: do what the job begins with, then [`Checkpoint::start`].
    Fresh {
        /// What a job that cannot be resumed left on the server or the disk, to be cleaned up.
        abandoned: Option<Leftover>,
    },
    /// An earlier run got this far.
    Resumed { leftover: Leftover, parts: Vec<FinishedPart> },
}

/// What an unfinished job leaves outside of its checkpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Leftover {
    pub(crate) bucket: String,
    pub(crate) key: String,
    /// Of an upload or copy: the multipart upload.
    pub(crate) upload_id: Option<String>,
    /// The file that was read or written.
    pub(crate) path: Option<PathBuf>,
    /// Of a download: the temporary file.
    pub(crate) temp: Option<PathBuf>,
}

impl Checkpoint {
    /// Opens or creates the checkpoint and locks it. A file of another job, or a broken one, is a fresh start with the
    /// reason in the log; another process on the same file is an error.
    pub(crate) fn open(path: &Path, identity: Identity) -> Result<Opened, Error> {
        let path = std::path::absolute(path).map_err(|error| Error::io("cannot resolve", path, error))?;
        let mut file = open_locked(&path)?;
        let mut content = Vec::new();
        let len = file.metadata().map_err(|error| Error::io("cannot look at", &path, error))?.len();
        if len > LARGEST {
            return Err(Error::invalid_input(format!(
                "{} is too large to be a checkpoint, which would overwrite it: name another checkpoint file",
                path.display()
            )));
        }
        file.read_to_end(&mut content)
            .map_err(|error| Error::io("cannot read the checkpoint", &path, error))?;
        let (mut checkpoint, mut abandoned) =
            (Self { path, file, identity, seal: None, end: 0, seen: None }, None);
        let named = checkpoint.path.display();
        if content.is_empty() {
            return Ok(Opened { checkpoint, state: State::Fresh { abandoned } });
        }
        match read_lines(&content) {
            Err(why) => log::warn!(target: "obs::transfer", "ignoring the checkpoint {named}: {why}"),
            Ok(lines) => match checkpoint.identity.difference(&lines.header.fields) {
                Some(why) => {
                    log::warn!(target: "obs::transfer", "starting over instead of from checkpoint {named}: {why}");
                    abandoned = Some(lines.header.leftover());
                }
                None => {
                    if lines.ignored > 0 {
                        let ignored = lines.ignored;
                        log::warn!(target: "obs::transfer", "{ignored} damaged lines of checkpoint {named} ignored");
                    }
                    checkpoint.truncate(lines.end)?;
                    checkpoint.seal = Some(lines.seal);
                    let state = State::Resumed { leftover: lines.header.leftover(), parts: lines.parts };
                    return Ok(Opened { checkpoint, state });
                }
            },
        }
        Ok(Opened { checkpoint, state: State::Fresh { abandoned } })
    }

    /// Whether a file is the checkpoint of some job, by its name and its first line: none that anyone keeps for its own sake.
    pub(crate) fn is_one(path: &Path) -> bool {
        let mut start = Vec::new();
        let read = |start| File::open(path).and_then(|file| file.take(HEADER).read_to_end(start));
        JobKind::names(path) && read(&mut start).is_ok() && read_lines(&start).is_ok()
    }

    /// Writes the header, in place of all that was there: from here on the job can be resumed.
    pub(crate) fn start(&mut self, upload_id: Option<&str>, temp: Option<&Path>) -> Result<(), Error> {
        self.truncate(0)?;
        self.seal = None;
        let (line, seal) = Header::new(&self.identity, upload_id, temp).encode();
        self.append(&line)?;
        self.file.sync_all().map_err(|error| Error::io("cannot sync the checkpoint", &self.path, error))?;
        if let Some(dir) = self.path.parent() {
            file_io::sync_dir(dir);
        }
        self.seal = Some(seal);
        Ok(())
    }

    /// Adds a finished part: one line, one write, whatever the number of parts.
    pub(crate) fn record(&mut self, part: &FinishedPart) -> Result<(), Error> {
        let Some(seal) = &self.seal else {
            return Err(self.unusable("has no header yet"));
        };
        let line = part.encode(seal);
        if self.seen.is_none_or(|seen| seen.elapsed() >= LOOK_INTERVAL) {
            self.look()?;
        }
        self.append(&line)
    }

    /// Writing to a file without a name succeeds and helps nobody.
    fn look(&mut self) -> Result<(), Error> {
        let there = file_io::is_at(&self.file, &self.path);
        if !there.map_err(|error| Error::io("cannot look at the checkpoint", &self.path, error))? {
            return Err(self.unusable("was removed or replaced under way, so this job could not be resumed"));
        }
        self.seen = Some(Instant::now());
        Ok(())
    }

    /// The job is done or given up: removes the file.
    pub(crate) fn remove(self) -> Result<(), Error> {
        // Under its name there may be that of another job by now.
        if !file_io::is_at(&self.file, &self.path).unwrap_or(false) {
            return Ok(());
        }
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Error::io("cannot remove the checkpoint", &self.path, error))
            }
            _ => Ok(()),
        }
    }

    fn append(&mut self, line: &[u8]) -> Result<(), Error> {
        match file_io::write_all_at(&self.file, line, self.end) {
            Ok(()) => {
                self.end += line.len() as u64;
                Ok(())
            }
            Err(error) => {
                // Half a line would spoil the one after it.
                let cut = self.truncate(self.end);
                let failed = Error::io("cannot write the checkpoint", &self.path, error);
                cut.and(Err(failed))
            }
        }
    }

    fn truncate(&mut self, end: u64) -> Result<(), Error> {
        let failed = |error| Error::io("cannot write the checkpoint", &self.path, error);
        self.file.set_len(end).map_err(failed)?;
        self.end = end;
        Ok(())
    }

    fn unusable(&self, why: &str) -> Error {
        Error::new(ErrorKind::Checkpoint, format!("the checkpoint {} {why}", self.path.display()))
    }
}

/// A job that never got as far as its header leaves no empty file, and no job a lock.
impl Drop for Checkpoint {
    fn drop(&mut self) {
        let empty = self.seal.is_none() && self.file.metadata().is_ok_and(|metadata| metadata.len() == 0);
        if empty && file_io::is_at(&self.file, &self.path).unwrap_or(false) {
            // Left behind it would do no harm.
            let _ = std::fs::remove_file(&self.path);
        }
        // Closing is not enough: a process that is being spawned by another thread still holds a copy of the handle, and
        // with it the lock.
        let _ = FileExt::unlock(&self.file);
    }
}

fn open_locked(path: &Path) -> Result<File, Error> {
    let failed = |error| Error::io("cannot open the checkpoint", path, error);
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir).map_err(|error| Error::io("cannot create the folder", dir, error))?;
    }
    // Whoever held the lock before may have removed the file between our opening and our locking it: then again.
    for _ in 0..100 {
        let mut options = OpenOptions::new();
        let file = file_io::private(options.read(true).write(true).create(true).truncate(false))
            .open(path)
            .map_err(failed)?;
        if !file.metadata().map_err(failed)?.is_file() {
            return Err(Error::invalid_input(format!(
                "{} is not a file: a checkpoint must be one",
                path.display()
            )));
        }
        match FileExt::try_lock(&file) {
            Ok(()) => {}
            Err(fs4::TryLockError::WouldBlock) => {
                let text = format!(
                    "the checkpoint {} is in use: another transfer works on the same job; wait for it, or name another \
                     checkpoint file",
                    path.display()
                );
                return Err(Error::new(ErrorKind::Checkpoint, text));
            }
            // Some network file systems know no locks: better a checkpoint without than none.
            Err(fs4::TryLockError::Error(error)) => {
                log::warn!(target: "obs::transfer", "cannot lock the checkpoint {}: {error}", path.display());
            }
        }
        if file_io::is_at(&file, path).map_err(failed)? {
            return Ok(file);
        }
    }
    let text = format!("the checkpoint {} is removed again and again by another process", path.display());
    Err(Error::new(ErrorKind::Checkpoint, text))
}

#[cfg(test)]
mod tests;
