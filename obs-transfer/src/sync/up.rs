//! The objects below a prefix become what a folder holds.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use obs_core::BucketClient;

use super::compare::{Compare, LocalFile, Pair, different_files};
use super::sync_setters;
use crate::checkpoint::JobKind;
use crate::directory::local::{Local, LocalEntry, Walk};
use crate::directory::plan::DirectoryPlan;
use crate::directory::remote::{RemoteEntry, folder_prefix, folders_of, list};
use crate::directory::report::{Action, ActionKind, Report};
use crate::directory::settings::{Settings, folder_setters, performing, transfer_setters};
use crate::error::Error;
use crate::handle::Control;
use crate::job::Job;
use crate::options::Options;
use crate::plan::DEFAULT_UPLOAD_PART_SIZE;

/// Makes the objects below a prefix equal to the files of a folder: made by [`sync_up`](crate::TransferExt::sync_up),
/// performed by [`send`](Self::send) or [`start`](Self::start), or looked at first with [`plan`](Self::plan).
///
/// A file is uploaded if it has no object, or one of another size, or of another time of change. That time is kept in the
/// metadata of the object (`x-obs-meta-mtime`, seconds with nine decimals, as other tools do it); an object that somebody
/// else wrote counts as equal if it is not older than the file. So a second run asks for the properties of each object (OBS:
/// HEAD Object) and sends nothing. For what is uploaded all that [`UploadDir`](crate::UploadDir) says holds.
///
/// What is only in the bucket stays, unless [`delete`](Self::delete) says otherwise; then directories of parallel file
/// systems that are no local folders go as well.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # std::fs::create_dir_all("photos/sub").unwrap();
/// # for file in ["photos/a.jpg", "photos/sub/b.jpg"] { std::fs::write(file, file).unwrap(); }
/// use obs_transfer::prelude::*;
///
/// let sync = || bucket.sync_up("photos", "trips").delete(true).task_num(8);
/// println!("{}", sync().plan()?); // what would be done: a dry run
/// let report = sync().send()?.into_result()?;
/// println!("{} uploaded or deleted, {} unchanged", report.succeeded, report.unchanged);
/// # Ok::<(), obs_transfer::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "a job does nothing until it is sent or started"]
pub struct SyncUp {
    bucket: BucketClient,
    path: PathBuf,
    prefix: String,
    delete: bool,
    compare: Compare,
    settings: Settings,
    options: Options,
}

impl SyncUp {
    pub(crate) fn new(bucket: BucketClient, path: PathBuf, prefix: String) -> Self {
        let mut settings = Settings::new(bucket.name(), DEFAULT_UPLOAD_PART_SIZE);
        settings.keeps_mtime = true;
        let (prefix, options) = (folder_prefix(prefix), Options::default());
        Self { bucket, path, prefix, delete: false, compare: Compare::default(), settings, options }
    }

    sync_setters!();
    transfer_setters!();
    folder_setters!();
    obs_core::object_header_setters!(settings);
    obs_core::sse_setter!(settings);

    /// Whether folders in which nothing is become objects too, empty ones whose keys end in `/`. Default: no.
    pub fn empty_folders(mut self, on: bool) -> Self {
        self.settings.empty_folders = on;
        self
    }

    performing!("obs-sync-up");

    fn plan_under(self, control: Control) -> Result<DirectoryPlan, Error> {
        let filter = self.settings.filter()?;
        let mut job = Job::new(&self.bucket, self.options, control)?;
        let walk = Walk {
            root: &self.path,
            prefix: &self.prefix,
            filter: &filter,
            follow_links: self.settings.follow_links,
            checkpoint_dir: self.settings.checkpoint_dir.as_deref(),
        };
        let local = walk.walk(&job.context.cancel)?;
        let mut remote = BTreeMap::new();
        for entry in list(&job.context, &self.prefix, &filter) {
            let entry = entry?;
            remote.insert(entry.key.clone(), entry);
        }
        let kept = Kept::of(&local);
        let Local { files, empty_folders, failures, skipped, .. } = local;
        let mut report = Report { failures, skipped, ..Report::default() };
        let (mut actions, mut pairs) = (Vec::new(), Vec::new());
        for file in files {
            match remote.remove(&file.key) {
                // What an earlier run did not end is ended, even if it only forgot to say so.
                Some(object)
                    if object.size == file.size && !self.settings.is_begun(&file.key, JobKind::Upload) =>
                {
                    pairs.push(pair(file));
                }
                _ => actions.push(file.action(ActionKind::Upload)),
            }
        }
        for folder in empty_folders.into_iter().filter(|_| self.settings.empty_folders) {
            if !remote.contains_key(&folder.key) {
                actions.push(folder.action(ActionKind::UploadFolder));
            }
        }
        actions.extend(different_files(&mut job, pairs, self.compare, &self.settings.sse, &mut report)?);
        let deletions: Vec<Action> = remote
            .into_values()
            .filter(|object| self.delete && !kept.has(object))
            .map(|object| object.action(ActionKind::DeleteObject, None))
            .collect();
        let mut plan = DirectoryPlan::new(job, self.settings);
        *plan.report() = report;
        actions.into_iter().for_each(|action| plan.add(action));
        plan.add_deletions(deletions);
        plan.sort();
        Ok(plan)
    }
}

fn pair(file: LocalEntry) -> Pair<LocalFile> {
    let (path, modified_ns) = (file.path.clone(), file.modified_ns);
    Pair { action: file.action(ActionKind::Upload), other: LocalFile { path, modified_ns } }
}

/// What is no file of the job, and yet not to be deleted on the other side.
struct Kept {
    /// The keys of all folders.
    folders: HashSet<String>,
    /// What was skipped, behind the prefix: of a link nobody knows what it leads to.
    skipped: Vec<String>,
}

impl Kept {
    fn of(local: &Local) -> Self {
        let all = local.files.iter().chain(&local.empty_folders);
        let folders = folders_of(all.map(|file| file.key.as_str()));
        Self { folders, skipped: local.skipped_keys.clone() }
    }

    fn has(&self, object: &RemoteEntry) -> bool {
        let relative = object.relative();
        // The object whose key is the prefix is the folder itself.
        relative.is_empty()
            || (object.is_folder() && self.folders.contains(&object.key))
            || self.skipped.iter().any(|skipped| {
                relative
                    .strip_prefix(skipped.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
    }
}
