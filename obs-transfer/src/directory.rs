//! Folders and prefixes: many files for one job.

pub(crate) mod copy_dir;
mod copying;
mod delete;
mod delete_prefix;
pub(crate) mod download_dir;
mod fetch;
pub(crate) mod local;
mod making;
mod many;
pub(crate) mod mtime;
pub(crate) mod plan;
pub(crate) mod remote;
pub(crate) mod report;
mod send;
pub(crate) mod settings;
mod upload_dir;
mod whole_keys;

pub use copy_dir::CopyDir;
pub use delete_prefix::DeletePrefix;
pub use download_dir::DownloadDir;
pub use plan::DirectoryPlan;
pub use report::{Action, ActionKind, Failure, Report, SkipReason, Skipped};
pub use upload_dir::UploadDir;
