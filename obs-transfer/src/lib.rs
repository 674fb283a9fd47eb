//! Resumable, parallel transfers for Huawei Cloud OBS: many calls for one job.
//!
//! [`prelude`] brings all that a program needs, of the crates below too.
//!
//! ```no_run
//! use obs_transfer::prelude::*;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let client = ObsClient::builder()
//!     .endpoint("https://obs.cn-north-4.myhuaweicloud.com")
//!     .credentials(Credentials::new("AK", "SK"))
//!     .build()?;
//! let bucket = client.bucket("my-bucket");
//! bucket.upload_file("big.bin", "/data/big.bin").part_size(16 << 20).task_num(8).checkpoint(true).send()?;
//! bucket.download_file("big.bin", "/data/copy.bin").task_num(8).checkpoint(true).send()?;
//! bucket.copy("backup/big.bin", "my-bucket/big.bin").task_num(8).send()?;
//! # Ok(())
//! # }
//! ```
//!
//! # What an ending leaves
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
