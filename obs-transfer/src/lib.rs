//! Resumable, parallel transfers for Huawei Cloud OBS.

#![allow(dead_code, unused_imports, reason = "the jobs that use these rooms come next")]

mod cancel;
mod checkpoint;
mod error;
mod file_io;
mod filter;
mod key_path;
mod limiter;
mod plan;
mod progress;

pub use cancel::{CancelToken, OnCancel};
pub use error::{Error, ErrorKind};
pub use limiter::RateLimiter;
pub use progress::Progress;
