//! What all files of a job have in common.

use std::path::PathBuf;

use obs_core::checksum::Crc64;
use obs_core::{ObjectHeaders, SseC, SseOption};

use crate::checkpoint::JobKind;
use crate::error::Error;
use crate::filter::Filter;
use crate::upload::Checksum;

/// Set by the methods of the builders.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    pub(crate) bucket: String,
    pub(crate) part_size: u64,
    pub(crate) headers: ObjectHeaders,
    pub(crate) sse: SseOption,
    pub(crate) checksum: Option<Checksum>,
    pub(crate) checkpoint_dir: Option<PathBuf>,
    /// Whether objects and files tell each other when they were changed.
    pub(crate) keeps_mtime: bool,
    pub(crate) include: Vec<String>,
    pub(crate) exclude: Vec<String>,
    pub(crate) follow_links: bool,
    pub(crate) empty_folders: bool,
    pub(crate) from: From,
}

/// Where the objects of a copy come from.
#[derive(Debug, Clone, Default)]
pub(crate) struct From {
    pub(crate) bucket: String,
    pub(crate) sse: Option<SseC>,
    /// Up to which size they are copied in one call.
    pub(crate) threshold: u64,
}

impl Settings {
    pub(crate) fn new(bucket: &str, part_size: u64) -> Self {
        Self { bucket: bucket.to_owned(), part_size, ..Self::default() }
    }

    pub(crate) fn filter(&self) -> Result<Filter, Error> {
        Filter::new(&self.include, &self.exclude)
    }

    /// Where the checkpoint of one file is: under a name that only its object has.
    pub(crate) fn checkpoint_path(&self, key: &str, kind: JobKind) -> Option<PathBuf> {
        let mut digest = Crc64::new();
        digest.write(self.bucket.as_bytes());
        digest.write(b"/");
        digest.write(key.as_bytes());
        let name = format!("{:016x}.{}", digest.sum64(), kind.extension());
        self.checkpoint_dir.as_ref().map(|dir| dir.join(name))
    }

    /// Whether an earlier run left a checkpoint of it.
    pub(crate) fn is_begun(&self, key: &str, kind: JobKind) -> bool {
        self.checkpoint_path(key, kind).is_some_and(|path| path.exists())
    }
}

impl AsMut<ObjectHeaders> for Settings {
    fn as_mut(&mut self) -> &mut ObjectHeaders {
        &mut self.headers
    }
}

impl AsMut<SseOption> for Settings {
    fn as_mut(&mut self) -> &mut SseOption {
        &mut self.sse
    }
}

/// Writes the setters of a job that has a filter.
macro_rules! filter_setters {
    () => {
        /// Takes in only what matches this pattern, or another that is included. Default: everything.
        ///
        /// Patterns are about the key behind the prefix, with `/` on every platform: `*.jpg` a name in any folder,
        /// `logs/*.gz` and `/a.txt` the whole key, `.git/` all that is in such a folder. `?` is one character, `*` any
        /// within a name, `**` any, `[a-z]` one of these, `{a,b}` either; `\` takes a character as it is.
        pub fn include(mut self, pattern: impl Into<String>) -> Self {
            self.settings.include.push(pattern.into());
            self
        }

        /// Leaves out what matches this pattern, even if it is included: see [`include`](Self::include).
        pub fn exclude(mut self, pattern: impl Into<String>) -> Self {
            self.settings.exclude.push(pattern.into());
            self
        }
    };
}
pub(crate) use filter_setters;

/// Writes the setters of a job that transfers many files.
macro_rules! transfer_setters {
    () => {
        $crate::options::worker_setters!(options);
        $crate::options::progress_setter!(options);
        $crate::directory::settings::filter_setters!();

        /// The size of a part in bytes: larger files travel in parts, which the workers share. The rules are those of
        /// single files. Default: 9 MiB up, 5 MiB down, 64 MiB within the service.
        pub fn part_size(mut self, bytes: u64) -> Self {
            self.settings.part_size = bytes;
            self
        }

        /// Keeps a checkpoint of each file of more than one part in this folder, so that the next run goes on in the
        /// middle of large files; it is removed when the file is done. The folder is created. Default: no checkpoints.
        pub fn checkpoint_dir(mut self, dir: impl Into<std::path::PathBuf>) -> Self {
            self.settings.checkpoint_dir = Some(dir.into());
            self
        }
    };
}
pub(crate) use transfer_setters;

/// Writes the setters of a job that reads a folder.
macro_rules! folder_setters {
    () => {
        /// Whether symbolic links are followed, to files and folders wherever they are. Default: no, they are skipped and
        /// [reported](Report::skipped).
        pub fn follow_symlinks(mut self, follow: bool) -> Self {
            self.settings.follow_links = follow;
            self
        }
    };
}
pub(crate) use folder_setters;

/// Writes the setters of a job that writes a folder.
macro_rules! target_setters {
    () => {
        /// Whether keys that end in `/`, the folders of consoles and the directories of parallel file systems, become folders
        /// even if nothing is in them. Default: no.
        pub fn empty_folders(mut self, on: bool) -> Self {
            self.settings.empty_folders = on;
            self
        }

        /// Whether symbolic links to folders, where they are in the folder already, are followed, wherever they lead. Default: no,
        /// what would be written through one is a [failure](Report::failures).
        pub fn follow_symlinks(mut self, follow: bool) -> Self {
            self.settings.follow_links = follow;
            self
        }
    };
}
pub(crate) use target_setters;

/// Writes the setters of a job that copies within the service.
macro_rules! copy_setters {
    () => {
        /// The key that the sources were encrypted with, if that was the caller's own (SSE-C).
        pub fn source_sse(mut self, sse: obs_core::SseC) -> Self {
            self.settings.from.sse = Some(sse);
            self
        }

        /// Up to which size in bytes an object is copied in one call, at most 5 GiB. Default: 5 GiB. Larger ones are copied in
        /// ranges of [`part_size`](Self::part_size), which the workers share.
        pub fn threshold(mut self, bytes: u64) -> Self {
            self.settings.from.threshold = bytes.min($crate::plan::MAX_COPY_SIZE);
            self
        }
    };
}
pub(crate) use copy_setters;

/// Writes the three ways of performing a job that is planned first.
macro_rules! performing {
    ($output:literal) => {
        /// Finds out what is to be done, without writing anything: a dry run. [`DirectoryPlan::send`] then does just that.
        ///
        /// # Errors
        ///
        /// As [`send`](Self::send), but for what happens on the way.
        pub fn plan(self) -> Result<$crate::DirectoryPlan, $crate::Error> {
            let control = $crate::handle::Control::new(&self.options.cancel);
            self.plan_under(control)
        }

        /// Performs the job, and waits for its end. That some files fail is no error: the
        /// [report](Report::failures) names each.
        ///
        /// # Errors
        ///
        /// What keeps the job from being planned, such as a folder or bucket that is not there or a pattern that cannot be
        /// read; a call that failed in a way that every other would, if nothing was done before; a
        /// [cancelled](crate::ErrorKind::Cancelled) token.
        pub fn send(self) -> Result<Report, $crate::Error> {
            self.plan()?.send()
        }

        /// Performs it on threads of its own.
        pub fn start(self) -> $crate::Transfer<Report> {
            let control = $crate::handle::Control::new(&self.options.cancel);
            $crate::Transfer::start(control, $output, move |control| self.plan_under(control)?.send())
        }
    };
}
pub(crate) use performing;
