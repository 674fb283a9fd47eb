//! What is in a folder.

use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::report::{Action, ActionKind, Failure, SkipReason, Skipped};
use crate::cancel::CancelToken;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::file_io::{TargetFile, is_same, modified_ns};
use crate::filter::Filter;
use crate::key_path;
use crate::shard::is_beside_temp;

/// A file, or an empty folder, below the folder of a job.
#[derive(Debug)]
pub(crate) struct LocalEntry {
    /// The key, a folder's with a `/` at its end.
    pub(crate) key: String,
    prefix: usize,
    pub(crate) path: PathBuf,
    pub(crate) size: u64,
    pub(crate) modified_ns: i128,
}

impl LocalEntry {
    /// The key behind the prefix.
    pub(crate) fn relative(&self) -> &str {
        self.key.get(self.prefix..).unwrap_or_default()
    }

    /// What is to be done with it.
    pub(crate) fn action(self, kind: ActionKind) -> Action {
        Action {
            key: Some(self.key),
            path: Some(self.path),
            size: self.size,
            modified_ns: Some(self.modified_ns),
            ..Action::new(kind)
        }
    }
}

/// All that a folder holds, in order.
#[derive(Debug, Default)]
pub(crate) struct Local {
    pub(crate) files: Vec<LocalEntry>,
    pub(crate) empty_folders: Vec<LocalEntry>,
    pub(crate) failures: Vec<Failure>,
    pub(crate) skipped: Vec<Skipped>,
    /// Of what was skipped: the keys behind the prefix.
    pub(crate) skipped_keys: Vec<String>,
}

/// How a folder is walked.
pub(crate) struct Walk<'a> {
    pub(crate) root: &'a Path,
    pub(crate) prefix: &'a str,
    pub(crate) filter: &'a Filter,
    pub(crate) follow_links: bool,
    /// The checkpoints of the job itself are none of its files.
    pub(crate) checkpoint_dir: Option<&'a Path>,
}

impl Walk<'_> {
    /// What cannot be read is a failure of its own; only a root that is no folder fails the walk.
    pub(crate) fn walk(&self, cancel: &CancelToken) -> Result<Local, Error> {
        let root = std::fs::metadata(self.root)
            .map_err(|error| Error::io("cannot read the folder", self.root, error))?;
        if !root.is_dir() {
            let text = format!("{} is not a folder: name a folder, or use upload_file", self.root.display());
            return Err(Error::invalid_input(text));
        }
        let mut local = Local::default();
        let mut entries = WalkDir::new(self.root)
            .min_depth(1)
            .follow_links(self.follow_links)
            .sort_by(|a, b| a.file_name().cmp(b.file_name()))
            .into_iter();
        // A folder is empty unless the next entry is in it.
        let mut last_folder: Option<LocalEntry> = None;
        while let Some(entry) = entries.next() {
            cancel.check()?;
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    last_folder = None;
                    local.failures.push(failure(error, self.root));
                    continue;
                }
            };
            if let Some(folder) = last_folder.take() {
                if !entry.path().starts_with(&folder.path) {
                    local.empty_folders.push(folder);
                }
            }
            if self.holds_checkpoints(&entry) {
                entries.skip_current_dir();
                continue;
            }
            match self.look_at(&entry, &mut local) {
                Ok(folder) => last_folder = folder,
                Err(error) => local.failures.push(Failure::of_path(entry.path(), error)),
            }
        }
        local.empty_folders.extend(last_folder);
        Ok(local)
    }

    /// However it is spelled: one of the two paths may be relative.
    fn holds_checkpoints(&self, entry: &DirEntry) -> bool {
        entry.file_type().is_dir() && self.checkpoint_dir.is_some_and(|dir| is_same(dir, entry.path()))
    }

    /// Takes an entry in; gives it back if it is a folder that the job is about.
    fn look_at(&self, entry: &DirEntry, local: &mut Local) -> Result<Option<LocalEntry>, Error> {
        let below = entry.path().strip_prefix(self.root).unwrap_or(entry.path());
        let mut relative = key_path::key("", below)?;
        let kind = entry.file_type();
        if kind.is_dir() {
            relative.push('/');
        } else if !self.filter.matches(&relative) {
            return Ok(None);
        }
        let reason = if kind.is_symlink() {
            Some(SkipReason::SymbolicLink)
        } else if !kind.is_dir() && !kind.is_file() {
            Some(SkipReason::SpecialFile)
        } else if kind.is_file() && is_unfinished(entry.path()) {
            Some(SkipReason::UnfinishedDownload)
        } else if kind.is_file() && Checkpoint::is_one(entry.path()) {
            Some(SkipReason::Checkpoint)
        } else {
            None
        };
        if let Some(reason) = reason {
            local.skipped.push(Skipped { key: None, path: Some(entry.path().to_path_buf()), reason });
            local.skipped_keys.push(relative);
            return Ok(None);
        }
        let metadata = entry.metadata().map_err(std::io::Error::from);
        let metadata = metadata.map_err(|error| Error::io("cannot look at", entry.path(), error))?;
        let modified_ns = modified_ns(&metadata)
            .map_err(|error| Error::io("cannot tell the time of change of", entry.path(), error))?;
        let mut key = key_path::key(self.prefix, below)?;
        let (path, prefix) = (entry.path().to_path_buf(), self.prefix.len());
        if kind.is_dir() {
            key.push('/');
            let matches = self.filter.matches(&relative);
            return Ok(matches.then_some(LocalEntry { key, prefix, path, size: 0, modified_ns }));
        }
        local.files.push(LocalEntry { key, prefix, path, size: metadata.len(), modified_ns });
        Ok(None)
    }
}

fn is_unfinished(path: &Path) -> bool {
    TargetFile::is_temp_name(path) || is_beside_temp(path)
}

fn failure(error: walkdir::Error, root: &Path) -> Failure {
    let path = error.path().unwrap_or(root).to_path_buf();
    if let Some(ancestor) = error.loop_ancestor() {
        let text = format!(
            "{} is a symbolic link to {}, in which it is: a circle without an end",
            path.display(),
            ancestor.display()
        );
        return Failure::of_path(path, Error::invalid_input(text));
    }
    let error = Error::io("cannot read", &path, error.into());
    Failure::of_path(path, error)
}
