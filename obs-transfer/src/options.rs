//! What every job can be told, whatever it moves.

use std::ffi::OsString;
use std::fmt;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

use obs_core::{Operation, Request};

use crate::cancel::CancelToken;
use crate::checkpoint::JobKind;
use crate::error::Error;
use crate::file_io;
use crate::limiter::RateLimiter;
use crate::progress::ProgressCallback;

/// Set by the methods that [`job_setters`] writes.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) task_num: usize,
    pub(crate) checkpoint: bool,
    pub(crate) checkpoint_file: Option<PathBuf>,
    pub(crate) cancel: CancelToken,
    pub(crate) bandwidth: Option<u64>,
    pub(crate) rate_limiter: Option<RateLimiter>,
    pub(crate) progress: Option<ProgressCallback>,
    pub(crate) calls: CallOptions,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("task_num", &self.task_num)
            .field("checkpoint", &self.checkpoint)
            .field("checkpoint_file", &self.checkpoint_file)
            .finish_non_exhaustive()
    }
}

/// More threads than this wait for each other.
const MAX_WORKERS: usize = 256;

impl Options {
    /// How many workers there are at most.
    pub(crate) fn workers(&self) -> usize {
        self.task_num.clamp(1, MAX_WORKERS)
    }

    /// Where the checkpoint is, if there is one: beside the file unless the caller says where.
    pub(crate) fn checkpoint_path(&self, file: &Path, kind: JobKind) -> Result<Option<PathBuf>, Error> {
        if !self.checkpoint {
            return Ok(None);
        }
        let Some(given) = &self.checkpoint_file else {
            let mut name = OsString::from(file);
            name.push(".");
            name.push(kind.extension());
            return Ok(Some(name.into()));
        };
        if file_io::is_same(given, file) {
            return Err(Error::invalid_input(format!(
                "{} cannot be the file and its checkpoint, which would overwrite it: name another checkpoint file",
                given.display()
            )));
        }
        Ok(Some(given.clone()))
    }

    pub(crate) fn limiter(&self) -> Result<Option<RateLimiter>, Error> {
        let Some(rate) = self.bandwidth else { return Ok(self.rate_limiter.clone()) };
        match NonZeroU64::new(rate) {
            Some(rate) => Ok(Some(RateLimiter::new(rate))),
            None => {
                Err(Error::invalid_input("a bandwidth of 0 bytes a second moves nothing: give at least 1"))
            }
        }
    }
}

/// What every call of a job says beside what it is about.
#[derive(Debug, Clone, Default)]
pub(crate) struct CallOptions {
    pub(crate) traffic_limit: Option<u64>,
    pub(crate) requester_pays: bool,
}

impl CallOptions {
    /// Adds it to a call.
    pub(crate) fn apply<O: Operation>(&self, request: Request<O>) -> Request<O> {
        if self.requester_pays { request.requester_pays() } else { request }
    }

    /// The same for a call that moves bytes.
    pub(crate) fn apply_moving<O: Operation>(&self, request: Request<O>) -> Request<O> {
        let request = self.apply(request);
        match self.traffic_limit {
            Some(limit) => request.traffic_limit(limit),
            None => request,
        }
    }
}

/// Writes the setters of a builder that keeps [`Options`] in a field: those of every job that can be resumed.
macro_rules! job_setters {
    ($field:ident) => {
        $crate::options::worker_setters!($field);
        $crate::options::progress_setter!($field);
        $crate::options::checkpoint_setters!($field);
    };
}
pub(crate) use job_setters;

/// Writes the setters of a job that has a checkpoint.
macro_rules! checkpoint_setters {
    ($field:ident) => {
        /// Whether the job can be resumed (`enableCheckpoint`): each part that is done is noted in a file, and the next
        /// run of the same job sends only what is missing. Default: no.
        pub fn checkpoint(mut self, on: bool) -> Self {
            self.$field.checkpoint = on;
            self
        }

        /// Where the checkpoint is kept (`checkpointFile`); turns it on. Default: beside the local file. The file is
        /// readable by its owner alone and holds no secrets. Two jobs at once cannot have the same.
        pub fn checkpoint_file(mut self, path: impl Into<std::path::PathBuf>) -> Self {
            self.$field.checkpoint = true;
            self.$field.checkpoint_file = Some(path.into());
            self
        }
    };
}
pub(crate) use checkpoint_setters;

/// Writes the setter of a job that tells how far it is.
macro_rules! progress_setter {
    ($field:ident) => {
        /// Is told how far the job is, from one thread, at most ten times a second: numbers never go down, and the last
        /// call, if all went well, says 100 %. With `send` that is the calling thread. If it panics, the job fails.
        pub fn progress(mut self, callback: impl FnMut(&$crate::Progress) + Send + 'static) -> Self {
            self.$field.progress = Some(Box::new(callback));
            self
        }
    };
}
pub(crate) use progress_setter;

/// Writes the setters of everything that moves bytes on workers.
macro_rules! worker_setters {
    ($field:ident) => {
        $crate::options::call_setters!($field);
        $crate::options::rate_setters!($field);
    };
}
pub(crate) use worker_setters;

/// Writes the setters of everything that makes calls on workers.
macro_rules! call_setters {
    ($field:ident) => {
        /// How many parts are under way at once (`taskNum`), at most 256. Default: 1, which 0 means too.
        pub fn task_num(mut self, workers: usize) -> Self {
            self.$field.task_num = workers;
            self
        }

        /// Cancels the job when the token is; the job itself cancels nothing. It ends within a second, even where
        /// the server keeps silent.
        pub fn cancel_token(mut self, token: &$crate::CancelToken) -> Self {
            self.$field.cancel = token.clone();
            self
        }

        /// The requester pays for all calls of the job (`x-obs-request-payer: requester`).
        pub fn requester_pays(mut self) -> Self {
            self.$field.calls.requester_pays = true;
            self
        }
    };
}
pub(crate) use call_setters;

/// Writes the setters that hold a job back.
macro_rules! rate_setters {
    ($field:ident) => {
        /// The most bytes a second, for all workers of this job together. At least 1. Default: no limit.
        pub fn bandwidth(mut self, bytes_per_second: u64) -> Self {
            self.$field.bandwidth = Some(bytes_per_second);
            self
        }

        /// A bandwidth limit that this job shares with others. Default: none.
        pub fn rate_limiter(mut self, limiter: &$crate::RateLimiter) -> Self {
            self.$field.rate_limiter = Some(limiter.clone());
            self.$field.bandwidth = None;
            self
        }

        /// Has the server limit each single request to so many **bits** a second (`x-obs-traffic-limit`): OBS takes
        /// 819,200 to 838,860,800. Default: no limit.
        pub fn traffic_limit(mut self, bits_per_second: u64) -> Self {
            self.$field.calls.traffic_limit = Some(bits_per_second);
            self
        }
    };
}
pub(crate) use rate_setters;
