//! Resumable, parallel transfers for Huawei Cloud OBS: many calls for one job.
//!
//! Large files in parts on several workers, with checkpoints to go on from; folders and prefixes, planned before anything is done; streams to write
//! and read. It is built on `obs-core`, whose single calls it brings along, and runs no async runtime.
//!
//! # Quick start
//!
//! [`prelude`] brings all that a program needs, of the crates below too; [`TransferExt`] adds the methods to their clients:
//!
//! ```
//! use obs_transfer::prelude::*;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let client = ObsClient::builder()
//!     .endpoint("https://obs.cn-north-4.myhuaweicloud.com")
//!     .credentials(Credentials::new("AK", "SK"))
//!     .build()?;
//! # let (_place, bucket) = obs_sandbox::bucket(&[]);
//! # let client = bucket.client();
//! # std::fs::write("big.bin", vec![7; 3 << 20])?;
//! let bucket = client.bucket("my-bucket");
//! bucket.upload_file("big.bin", "big.bin").task_num(8).checkpoint(true).send()?;
//! bucket.download_file("big.bin", "copy.bin").task_num(8).checkpoint(true).send()?;
//! bucket.copy("backup/big.bin", CopySource::new("my-bucket", "big.bin")).task_num(8).send()?;
//! # Ok(())
//! # }
//! ```
//!
//! # Which job
//!
//! | task | method |
//! | --- | --- |
//! | a file of any size | [`upload_file`](TransferExt::upload_file), [`download_file`](TransferExt::download_file) |
//! | an object of any size, within the service | [`copy`](TransferExt::copy) |
//! | a stream of unknown length; an object as `Read` and `Seek` | [`object_writer`](TransferExt::object_writer), [`object_reader`](TransferExt::object_reader) |
//! | a folder | [`upload_dir`](TransferExt::upload_dir), [`download_dir`](TransferExt::download_dir) |
//! | all below a prefix | [`copy_dir`](TransferExt::copy_dir), [`delete_prefix`](TransferExt::delete_prefix) |
//! | only what differs | [`sync_up`](TransferExt::sync_up), [`sync_down`](TransferExt::sync_down), [`sync_within`](TransferExt::sync_within) |
//! | one file, several machines | [`create_plan`](UploadFile::create_plan), then [`TransferPlan`] |
//! | uploads that nobody completed | [`abort_uploads_older_than`](TransferExt::abort_uploads_older_than) |
//!
//! # A whole program
//!
//! Keeps a prefix as a folder is, shows what it would do, and tells what failed:
//!
//! ```
//! use obs_transfer::prelude::*;
//! use std::process::ExitCode;
//!
//! fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
//!     let keys = Credentials::new("AK", "SK");
//!     let client = ObsClient::builder()
//!         .endpoint("https://obs.cn-north-4.myhuaweicloud.com")
//!         .credentials(keys)
//!         .build()?;
//! #   let (_place, bucket) = obs_sandbox::bucket(&[]);
//! #   let client = bucket.client();
//! #   std::fs::create_dir("site")?;
//! #   std::fs::write("site/index.html", "<h1>Hello</h1>")?;
//!     let sync = client
//!         .bucket("my-bucket")
//!         .sync_up("site", "www")
//!         .delete(true)
//!         .exclude(".git/")
//!         .task_num(8);
//!
//!     let plan = sync.plan()?;
//!     print!("{plan}");
//!     if std::env::args().any(|argument| argument == "--dry-run") {
//!         return Ok(ExitCode::SUCCESS);
//!     }
//!     let report = plan.send()?;
//!     println!("{report}");
//!     for failure in &report.failures {
//!         eprintln!("{failure}");
//!     }
//!     Ok(if report.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
//! }
//! ```
//!
//! # How a job ends
//!
//! `send()` performs a job and waits for its end. `start()` gives a [`Transfer`], which can be asked, waited for, cancelled and aborted. A
//! [`CancelToken`] cancels from anywhere. All of these take a second at most, even where the server keeps silent.
//!
//! ## What an ending leaves
//!
//! | ending | with a checkpoint | without |
//! | --- | --- | --- |
//! | finished | the object or file; the checkpoint is removed | the object or file |
//! | cancelled, or the [`Transfer`] dropped | upload or temporary file, and checkpoint: the next run goes on | nothing |
//! | [aborted](Transfer::abort) | nothing | nothing |
//! | failed, but may succeed later (network, 5xx, 401, 403) | as cancelled | nothing |
//! | failed for good (source or object changed, damaged, other 4xx) | nothing | nothing |
//! | process killed | upload or temporary file, and checkpoint: the next run goes on | parts on the server or a temporary file, of which nobody knows |
//!
//! *Nothing* means: nothing of this job. An object or a file that was there before is untouched until the job is
//! finished, and then replaced at once. [`abort_uploads_older_than`](TransferExt::abort_uploads_older_than), or a bucket whose
//! lifecycle aborts old uploads, cleans up after killed processes.
//!
//! # Errors
//!
//! [`Error`] says what the job failed with: [`kind`](Error::kind) tells a refused [call](ErrorKind::Call) from a [file](ErrorKind::Io), a source that
//! [changed](ErrorKind::SourceChanged) meanwhile, [damage](ErrorKind::Integrity). Its questions are those of a call's: [`is_not_found`](Error::is_not_found),
//! [`is_retryable`](Error::is_retryable); [`call`](Error::call) is the error of the call itself. Jobs of many objects do what can be done and put the rest into a
//! [`Report`]; [`into_result`](Report::into_result) makes one error of it.
//!
//! Each call is tried again as the client was told to, each part on its own. What arrives is compared by CRC-64 with what was sent, where the server
//! tells it; [`checksum`](UploadFile::checksum) has the server refuse damage at once.
//!
//! # Threads and memory
//!
//! [`task_num`](UploadFile::task_num) workers of a pool of the job's own, never the global one. Each holds one buffer, whatever the size of files and
//! parts. Progress is told by one thread, at most ten times a second. [`RateLimiter`] holds back one job, or several together.
//!
//! # Features
//!
//! None. Those of `obs-core` (`v4`, `platform-verifier`, `init-log`) are turned on by depending on it beside this crate; it is re-exported as
//! [`obs_core`].

mod api;
mod cancel;
mod checkpoint;
mod copy;
mod directory;
mod download;
mod error;
mod file_io;
mod filter;
mod handle;
mod job;
mod key_path;
mod left_over;
mod limiter;
mod multipart;
mod options;
mod outgoing;
mod plan;
pub mod prelude;
mod progress;
mod ranges;
mod reader;
mod resume;
mod shard;
mod sync;
mod upload;
mod writer;

pub use api::{ClientTransferExt, TransferExt};
pub use cancel::{CancelToken, OnCancel};
pub use copy::{CopyOutput, ObjectCopy};
pub use directory::{
    Action, ActionKind, CopyDir, DeletePrefix, DirectoryPlan, DownloadDir, Failure, Report, SkipReason,
    Skipped, UploadDir,
};
pub use download::{DownloadFile, DownloadOutput};
pub use error::{Error, ErrorKind, Result};
pub use filter::Filter;
pub use handle::Transfer;
pub use left_over::{AbortReport, AbortUploads};
pub use limiter::RateLimiter;
pub use obs_core;
pub use progress::Progress;
pub use reader::{ObjectReader, ObjectReaderBuilder};
pub use shard::{PlanOutput, RunShard, ShardOutput, TransferPlan};
pub use sync::{SyncDown, SyncUp, SyncWithin};
pub use upload::{Checksum, UploadFile, UploadOutput};
pub use writer::{ObjectWriter, ObjectWriterBuilder};
