//! Folders and prefixes: many files for one job.

mod delete;
mod delete_prefix;
mod download_dir;
mod fetch;
mod local;
mod many;
mod mtime;
mod plan;
mod remote;
mod report;
mod send;
mod settings;
mod upload_dir;

pub use delete_prefix::DeletePrefix;
pub use download_dir::DownloadDir;
pub use plan::DirectoryPlan;
pub use report::{Action, ActionKind, Failure, Report, SkipReason, Skipped};
pub use upload_dir::UploadDir;
