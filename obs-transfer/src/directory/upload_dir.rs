//! A folder becomes objects.

use std::path::PathBuf;

use obs_core::BucketClient;

use super::local::{Local, Walk};
use super::plan::DirectoryPlan;
use super::remote::folder_prefix;
use super::report::{ActionKind, Report};
use super::settings::{Settings, folder_setters, performing, transfer_setters};
use crate::error::Error;
use crate::handle::Control;
use crate::job::Job;
use crate::options::Options;
use crate::plan::DEFAULT_UPLOAD_PART_SIZE;
use crate::upload::Checksum;

/// Uploads all files of a folder: made by [`upload_dir`](crate::TransferExt::upload_dir), performed by [`send`](Self::send)
/// or [`start`](Self::start), or looked at first with [`plan`](Self::plan).
///
/// A file `sub/a.txt` of the folder becomes the object `<prefix>/sub/a.txt`, with `/` on every platform; objects that are
/// there already are replaced, others are left alone. All files share the workers and their connections: small ones go up
/// in one call each, large ones in parts, many at a time. Each object appears when it is complete, or not at all; for each
/// file the promises of [`UploadFile`](crate::UploadFile) hold.
///
/// Not uploaded but [reported](Report::skipped) are symbolic links, unless they are [followed](Self::follow_symlinks), pipes
/// and the like, and unfinished downloads. Files that cannot be read or sent are [failures](Report::failures), and do not
/// keep the others from being sent.
///
/// A job that is cancelled leaves the objects that are complete, and parts of others only with a
/// [checkpoint folder](Self::checkpoint_dir). The plan holds a few hundred bytes for each file.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # std::fs::create_dir_all("photos/sub").unwrap();
/// # for file in ["photos/a.jpg", "photos/sub/b.jpg"] { std::fs::write(file, file).unwrap(); }
/// use obs_transfer::prelude::*;
///
/// let report = bucket
///     .upload_dir("photos", "trips/2026")
///     .include("*.{jpg,png}")
///     .exclude(".thumbnails/")
///     .task_num(8)
///     .storage_class(StorageClass::Warm)
///     .send()?;
/// println!("{report}");
/// for failure in &report.failures {
///     eprintln!("{failure}");
/// }
/// # Ok::<(), obs_transfer::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "a job does nothing until it is sent or started"]
pub struct UploadDir {
    bucket: BucketClient,
    path: PathBuf,
    prefix: String,
    settings: Settings,
    options: Options,
}

impl UploadDir {
    pub(crate) fn new(bucket: BucketClient, path: PathBuf, prefix: String) -> Self {
        let settings = Settings::new(bucket.name(), DEFAULT_UPLOAD_PART_SIZE);
        Self { bucket, path, prefix: folder_prefix(prefix), settings, options: Options::default() }
    }

    transfer_setters!();
    folder_setters!();
    obs_core::object_header_setters!(settings);
    obs_core::sse_setter!(settings);

    /// Whether folders in which nothing is become objects too, empty ones whose keys end in `/`. Default: no.
    pub fn empty_folders(mut self, on: bool) -> Self {
        self.settings.empty_folders = on;
        self
    }

    /// Sends a checksum of each part ahead, so that the server refuses a damaged one. Without it, damage is found too,
    /// by the CRC-64 in the server's answer, where it speaks that.
    pub fn checksum(mut self, checksum: Checksum) -> Self {
        self.settings.checksum = Some(checksum);
        self
    }

    performing!("obs-upload-dir");

    fn plan_under(self, control: Control) -> Result<DirectoryPlan, Error> {
        let filter = self.settings.filter()?;
        let job = Job::new(&self.bucket, self.options, control)?;
        let walk = Walk {
            root: &self.path,
            prefix: &self.prefix,
            filter: &filter,
            follow_links: self.settings.follow_links,
            checkpoint_dir: self.settings.checkpoint_dir.as_deref(),
        };
        let Local { files, empty_folders, failures, skipped, .. } = walk.walk(&job.context.cancel)?;
        let with_folders = self.settings.empty_folders;
        let mut plan = DirectoryPlan::new(job, self.settings);
        plan.report().failures = failures;
        plan.report().skipped = skipped;
        for file in files {
            plan.add(file.action(ActionKind::Upload));
        }
        for folder in empty_folders.into_iter().filter(|_| with_folders) {
            plan.add(folder.action(ActionKind::UploadFolder));
        }
        Ok(plan)
    }
}
