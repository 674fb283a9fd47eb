//! Objects become a folder.

use std::path::{Path, PathBuf};

use obs_core::BucketClient;

use super::plan::DirectoryPlan;
use super::remote::{RemoteEntry, folder_prefix, list};
use super::report::{ActionKind, Failure, Report};
use super::settings::{Settings, performing, transfer_setters};
use crate::error::Error;
use crate::handle::Control;
use crate::job::Job;
use crate::key_path::{Entry, Rules, Tree};
use crate::options::Options;
use crate::plan::DEFAULT_DOWNLOAD_PART_SIZE;

/// Downloads all objects below a prefix: made by [`download_dir`](crate::TransferExt::download_dir), performed by
/// [`send`](Self::send) or [`start`](Self::start), or looked at first with [`plan`](Self::plan).
///
/// An object `<prefix>/sub/a.txt` becomes the file `sub/a.txt` of the folder; files that are there already are replaced,
/// others are left alone. All objects share the workers and their connections, and large ones are fetched in ranges, many
/// at a time. Each file appears when it is complete, not before; each object is the one that was listed, or fails. For each
/// file the promises of [`DownloadFile`](crate::DownloadFile) hold.
///
/// A key that would lead out of the folder, or that the platform would take for something else (`../a`, `/etc/passwd`, on
/// Windows `C:\a`, `CON`, `a?`), is a [failure](Report::failures) and written nowhere, as are keys that would be one file
/// here (`a` and `A` on Windows and macOS, `a` and `a/b` everywhere). Symbolic links that are in the local folder already
/// are followed.
///
/// A job that is cancelled leaves the files that are complete, and parts of others only with a
/// [checkpoint folder](Self::checkpoint_dir). The plan holds a few hundred bytes for each object.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # for key in ["trips/a.jpg", "trips/sub/b.jpg"] { bucket.put_content(key, key).send()?; }
/// use obs_transfer::prelude::*;
///
/// let report = bucket.download_dir("trips", "photos").exclude("*.raw").task_num(8).send()?.into_result()?;
/// println!("{report}");
/// # Ok::<(), obs_transfer::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "a job does nothing until it is sent or started"]
pub struct DownloadDir {
    bucket: BucketClient,
    prefix: String,
    path: PathBuf,
    settings: Settings,
    options: Options,
}

impl DownloadDir {
    pub(crate) fn new(bucket: BucketClient, prefix: String, path: PathBuf) -> Self {
        let settings = Settings::new(bucket.name(), DEFAULT_DOWNLOAD_PART_SIZE);
        Self { bucket, prefix: folder_prefix(prefix), path, settings, options: Options::default() }
    }

    transfer_setters!();
    obs_core::sse_setter!(settings);

    /// Whether keys that end in `/`, the folders of consoles and the directories of parallel file systems, become folders
    /// even if nothing is in them. Default: no.
    pub fn empty_folders(mut self, on: bool) -> Self {
        self.settings.empty_folders = on;
        self
    }

    performing!("obs-download-dir");

    fn plan_under(self, control: Control) -> Result<DirectoryPlan, Error> {
        let filter = self.settings.filter()?;
        let job = Job::new(&self.bucket, self.options, control)?;
        let listed: Vec<RemoteEntry> = list(&job.context, &self.prefix, &filter).collect::<Result<_, _>>()?;
        let with_folders = self.settings.empty_folders;
        let mut plan = DirectoryPlan::new(job, self.settings);
        let mut tree = Tree::new(Rules::current());
        for entry in listed.into_iter().filter(|entry| entry.is_wanted(with_folders)) {
            match local_path(&mut tree, &self.path, &entry) {
                Ok(path) => {
                    let kind =
                        if entry.is_folder() { ActionKind::CreateFolder } else { ActionKind::Download };
                    plan.add(entry.action(kind, Some(path)));
                }
                Err(error) => plan.report().failures.push(Failure::of_key(entry.key, error)),
            }
        }
        Ok(plan)
    }
}

/// Where an object goes below the folder.
pub(crate) fn local_path(tree: &mut Tree, root: &Path, entry: &RemoteEntry) -> Result<PathBuf, Error> {
    match tree.add(entry.relative())? {
        Entry::Folder(_) if !entry.is_folder() => Err(Error::invalid_input(format!(
            "the key {:?} cannot be a local file: it is that of a folder, and the object holds {} bytes",
            entry.key, entry.size
        ))),
        Entry::File(path) | Entry::Folder(path) => Ok(root.join(path)),
    }
}
