//! A folder becomes what is below a prefix.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;

use obs_core::BucketClient;

use super::compare::{Compare, LocalFile, Pair, different_files};
use super::sync_setters;
use crate::cancel::CancelToken;
use crate::checkpoint::JobKind;
use crate::directory::download_dir::Places;
use crate::directory::local::{Local, LocalEntry, Walk};
use crate::directory::plan::DirectoryPlan;
use crate::directory::remote::{RemoteEntry, folder_prefix, list};
use crate::directory::report::{Action, ActionKind, Failure, Report};
use crate::directory::settings::{Settings, performing, target_setters, transfer_setters};
use crate::error::Error;
use crate::filter::Filter;
use crate::handle::Control;
use crate::job::Job;
use crate::key_path::Rules;
use crate::options::Options;
use crate::plan::DEFAULT_DOWNLOAD_PART_SIZE;

/// Makes the files of a folder equal to the objects below a prefix: made by
/// [`sync_down`](crate::TransferExt::sync_down), performed by [`send`](Self::send) or [`start`](Self::start), or looked at
/// first with [`plan`](Self::plan).
///
/// An object is downloaded if it has no file, or one of another size, or of another time of change. Each file gets the time
/// that its object keeps in its metadata (`x-obs-meta-mtime`), or that of the object itself. So a second run asks for the
/// properties of each object (OBS: HEAD Object) and fetches nothing. For what is downloaded all that
/// [`DownloadDir`](crate::DownloadDir) says holds, for keys that cannot be local files too.
///
/// What is only in the folder stays, unless [`delete`](Self::delete) says otherwise; then folders go that this leaves empty,
/// and a file makes room where a folder is to be.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # for key in ["trips/a.jpg", "trips/sub/b.jpg"] { bucket.put_content(key, key).send()?; }
/// use obs_transfer::prelude::*;
///
/// let report = bucket.sync_down("trips", "photos").delete(true).task_num(8).send()?.into_result()?;
/// println!("{} downloaded or deleted, {} unchanged", report.succeeded, report.unchanged);
/// # Ok::<(), obs_transfer::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "a job does nothing until it is sent or started"]
pub struct SyncDown {
    bucket: BucketClient,
    prefix: String,
    path: PathBuf,
    delete: bool,
    compare: Compare,
    settings: Settings,
    options: Options,
}

impl SyncDown {
    pub(crate) fn new(bucket: BucketClient, prefix: String, path: PathBuf) -> Self {
        let mut settings = Settings::new(bucket.name(), DEFAULT_DOWNLOAD_PART_SIZE);
        settings.keeps_mtime = true;
        let (prefix, options) = (folder_prefix(prefix), Options::default());
        Self { bucket, prefix, path, delete: false, compare: Compare::default(), settings, options }
    }

    sync_setters!();
    transfer_setters!();
    target_setters!();
    obs_core::sse_setter!(settings);

    performing!("obs-sync-down");

    fn plan_under(self, control: Control) -> Result<DirectoryPlan, Error> {
        let filter = self.settings.filter()?;
        let rules = Rules::current();
        let mut job = Job::new(&self.bucket, self.options, control)?;
        let listed: Vec<RemoteEntry> = list(&job.context, &self.prefix, &filter).collect::<Result<_, _>>()?;
        let Local { files, failures, skipped, .. } =
            walk(&self.path, &filter, &self.settings, &job.context.cancel)?;
        let mut local: HashMap<String, LocalEntry> =
            files.into_iter().map(|file| (rules.fold(file.relative()), file)).collect();
        let mut report = Report { failures, skipped, ..Report::default() };
        let mut places = Places::new(&self.path, self.settings.follow_links);
        let (mut actions, mut pairs) = (Vec::new(), Vec::new());
        for object in listed.into_iter().filter(|object| object.is_wanted(self.settings.empty_folders)) {
            let path = match places.of(&object) {
                Ok(path) => path,
                Err(error) => {
                    report.failures.push(Failure::of_key(object.key, error));
                    continue;
                }
            };
            if object.is_folder() {
                if !path.is_dir() {
                    actions.push(object.action(ActionKind::CreateFolder, Some(path)));
                }
                continue;
            }
            match local.remove(&rules.fold(object.relative())) {
                // What an earlier run did not end is ended, even if it only forgot to say so.
                Some(file)
                    if file.size == object.size
                        && !self.settings.is_begun(&object.key, JobKind::Download) =>
                {
                    let modified_ns = file.modified_ns;
                    let action = object.action(ActionKind::Download, Some(path.clone()));
                    pairs.push(Pair { action, other: LocalFile { path, modified_ns } });
                }
                _ => actions.push(object.action(ActionKind::Download, Some(path))),
            }
        }
        actions.extend(different_files(&mut job, pairs, self.compare, &self.settings.sse, &mut report)?);
        let deletions = local.into_values().filter(|_| self.delete).map(|file| Action {
            path: Some(file.path),
            size: file.size,
            ..Action::new(ActionKind::DeleteFile)
        });
        let deletions: Vec<Action> = deletions.collect();
        let mut plan = DirectoryPlan::new(job, self.settings);
        *plan.report() = report;
        actions.into_iter().for_each(|action| plan.add(action));
        plan.add_deletions(deletions);
        plan.sort();
        if self.delete {
            plan.deletes_in(&self.path);
        }
        Ok(plan)
    }
}

/// What is in the folder, if there is one.
fn walk(root: &PathBuf, filter: &Filter, settings: &Settings, cancel: &CancelToken) -> Result<Local, Error> {
    match std::fs::metadata(root) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Local::default()),
        _ => {}
    }
    let Settings { follow_links, checkpoint_dir, .. } = settings;
    let checkpoint_dir = checkpoint_dir.as_deref();
    Walk { root, prefix: "", filter, follow_links: *follow_links, checkpoint_dir }.walk(cancel)
}
