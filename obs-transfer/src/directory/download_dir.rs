//! Objects become a folder.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use obs_core::BucketClient;

use super::plan::DirectoryPlan;
use super::remote::{RemoteEntry, folder_prefix, list};
use super::report::{ActionKind, Failure, Report};
use super::settings::{Settings, performing, target_setters, transfer_setters};
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
/// here (`a` and `A` on Windows and macOS, `a` and `a/b` everywhere), and those below a symbolic link that is in the folder already,
/// unless such are [followed](Self::follow_symlinks). A link in the place of a file is replaced.
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
    target_setters!();
    obs_core::sse_setter!(settings);

    performing!("obs-download-dir");

    fn plan_under(self, control: Control) -> Result<DirectoryPlan, Error> {
        let filter = self.settings.filter()?;
        let job = Job::new(&self.bucket, self.options, control)?;
        let listed: Vec<RemoteEntry> = list(&job.context, &self.prefix, &filter).collect::<Result<_, _>>()?;
        let with_folders = self.settings.empty_folders;
        let mut places = Places::new(&self.path, self.settings.follow_links);
        let mut plan = DirectoryPlan::new(job, self.settings);
        for entry in listed.into_iter().filter(|entry| entry.is_wanted(with_folders)) {
            match places.of(&entry) {
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

/// Where objects go below the folder of a job.
pub(crate) struct Places<'a> {
    root: &'a Path,
    tree: Tree,
    follow_links: bool,
    /// Of folders that were looked at: whether they are links.
    links: HashMap<PathBuf, bool>,
}

impl<'a> Places<'a> {
    pub(crate) fn new(root: &'a Path, follow_links: bool) -> Self {
        Self { root, tree: Tree::new(Rules::current()), follow_links, links: HashMap::new() }
    }

    pub(crate) fn of(&mut self, entry: &RemoteEntry) -> Result<PathBuf, Error> {
        let relative = match self.tree.add(entry.relative())? {
            Entry::Folder(_) if !entry.is_folder() => {
                return Err(Error::invalid_input(format!(
                    "the key {:?} cannot be a local file: it is that of a folder, and the object holds {} bytes",
                    entry.key, entry.size
                )));
            }
            Entry::File(path) | Entry::Folder(path) => path,
        };
        if !self.follow_links {
            self.stay_inside(&relative, entry.is_folder())?;
        }
        Ok(self.root.join(relative))
    }

    /// What is written through a link may land anywhere.
    fn stay_inside(&mut self, relative: &Path, is_folder: bool) -> Result<(), Error> {
        let folders = relative.ancestors().skip(usize::from(!is_folder));
        for folder in folders.filter(|folder| !folder.as_os_str().is_empty()) {
            let path = self.root.join(folder);
            let is_link = match self.links.get(folder) {
                Some(is_link) => *is_link,
                None => {
                    let is_link = fs::symlink_metadata(&path).is_ok_and(|there| there.is_symlink());
                    self.links.insert(folder.to_path_buf(), is_link);
                    is_link
                }
            };
            if is_link {
                return Err(Error::invalid_input(format!(
                    "{} is a symbolic link, and nothing is written through it: remove it, or have links followed (follow_symlinks)",
                    path.display()
                )));
            }
        }
        Ok(())
    }
}
