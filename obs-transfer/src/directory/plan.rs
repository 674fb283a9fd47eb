//! What a job of many objects is going to do.

use std::collections::HashSet;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use obs_core::object::ObjectId;

use super::copying::Copying;
use super::delete;
use super::fetch::Fetching;
use super::many::transfer;
use super::report::{Action, ActionKind, Failure, Report, Skipped};
use super::send::Sending;
use super::settings::Settings;
use crate::error::Error;
use crate::job::Job;

/// What a job of many objects is going to do: the plan of [`upload_dir`](crate::TransferExt::upload_dir) and its like.
/// To make one, nothing is written; dropping it does nothing either. Its `Display` is a line for each action.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # std::fs::create_dir_all("photos/sub").unwrap();
/// # for file in ["photos/a.jpg", "photos/sub/b.jpg"] { std::fs::write(file, file).unwrap(); }
/// use obs_transfer::prelude::*;
///
/// let plan = bucket.sync_up("photos", "trips").delete(true).plan()?;
/// println!("{plan}");
/// let report = plan.send()?;
/// assert_eq!(report.succeeded, 2);
/// # Ok::<(), obs_transfer::Error>(())
/// ```
#[must_use = "a plan does nothing until it is sent"]
pub struct DirectoryPlan {
    job: Job,
    settings: Settings,
    /// The local folder, where files may be deleted in it.
    root: Option<PathBuf>,
    actions: Vec<Action>,
    /// What is known before anything is done.
    report: Report,
}

impl DirectoryPlan {
    pub(crate) fn new(job: Job, settings: Settings) -> Self {
        Self { job, settings, root: None, actions: Vec::new(), report: Report::default() }
    }

    /// What is to be done, in order.
    pub fn actions(&self) -> &[Action] {
        &self.actions
    }

    /// What cannot be done: files that cannot be read, keys that cannot be local files.
    pub fn failures(&self) -> &[Failure] {
        &self.report.failures
    }

    /// What is left alone, and why.
    pub fn skipped(&self) -> &[Skipped] {
        &self.report.skipped
    }

    /// How many files a sync finds equal on both sides.
    pub fn unchanged(&self) -> u64 {
        self.report.unchanged
    }

    /// How many bytes are to be transferred.
    pub fn bytes(&self) -> u64 {
        self.actions.iter().filter(|action| !action.is_deletion()).map(|action| action.size).sum()
    }

    /// Does what is planned: transfers first, then deletions, these only if nothing failed.
    ///
    /// # Errors
    ///
    /// As `send` of the job that was planned.
    pub fn send(self) -> Result<Report, Error> {
        let bytes = self.bytes();
        let Self { mut job, settings, root, actions, mut report } = self;
        job.context.counters.set_total(bytes);
        let (deletions, transfers): (Vec<_>, Vec<_>) = actions.into_iter().partition(Action::is_deletion);
        let deletions = match &root {
            Some(root) => clear_the_way(&job, root, &transfers, deletions, &mut report)?,
            None => deletions,
        };
        let (mut sending, mut fetching, mut copying) = (Vec::new(), Vec::new(), Vec::new());
        for action in &transfers {
            let added = match action.kind {
                ActionKind::Upload | ActionKind::UploadFolder => {
                    Sending::new(action, &settings).map(|file| sending.push(file))
                }
                ActionKind::Copy => Copying::new(action, &settings).map(|object| copying.push(object)),
                _ => {
                    fetching.push(Fetching::new(action, &settings));
                    Ok(())
                }
            };
            if let Err(error) = added {
                report.failures.push(Failure::of(action, error));
            }
        }
        transfer(&mut job, sending, &mut report)?;
        transfer(&mut job, fetching, &mut report)?;
        transfer(&mut job, copying, &mut report)?;
        if report.failures.is_empty() {
            delete_all(&mut job, root.as_deref(), deletions, &mut report)?;
        } else {
            report.skipped.extend(deletions.iter().map(Action::withheld));
        }
        if report.failures.is_empty() {
            job.finish()?;
        }
        Ok(report)
    }

    pub(crate) fn report(&mut self) -> &mut Report {
        &mut self.report
    }

    pub(crate) fn add(&mut self, action: Action) {
        self.actions.push(action);
    }

    /// Whatever order it was found out in.
    pub(crate) fn sort(&mut self) {
        self.actions
            .sort_by(|a, b| (a.is_deletion(), &a.key, &a.path).cmp(&(b.is_deletion(), &b.key, &b.path)));
    }

    /// Deletions, which are withheld where something has failed already.
    pub(crate) fn add_deletions(&mut self, deletions: Vec<Action>) {
        if self.report.failures.is_empty() {
            self.actions.extend(deletions);
        } else {
            self.report.skipped.extend(deletions.iter().map(Action::withheld));
        }
    }

    /// Files of this folder may be deleted.
    pub(crate) fn deletes_in(&mut self, root: &Path) {
        self.root = Some(root.to_path_buf());
    }
}

/// Deletes what stands where something else is to be: a file in the place of a folder, or the other way round. Gives back
/// the deletions that can wait.
fn clear_the_way(
    job: &Job,
    root: &Path,
    transfers: &[Action],
    deletions: Vec<Action>,
    report: &mut Report,
) -> Result<Vec<Action>, Error> {
    let files: HashSet<&Path> = transfers
        .iter()
        .filter(|action| action.kind == ActionKind::Download)
        .filter_map(|action| action.path.as_deref())
        .collect();
    let above = |path: &Path| {
        path.ancestors().skip(1).take_while(|above| *above != root).map(Path::to_path_buf).collect::<Vec<_>>()
    };
    let folders: HashSet<PathBuf> =
        transfers.iter().filter_map(|action| action.path.as_deref()).flat_map(above).collect();
    let in_the_way = |action: &Action| {
        action.path.as_deref().is_some_and(|path| {
            folders.contains(path) || above(path).iter().any(|above| files.contains(above.as_path()))
        })
    };
    let (first, later): (Vec<_>, Vec<_>) = deletions.into_iter().partition(in_the_way);
    for action in &first {
        job.context.cancel.check()?;
        delete_file(action, root, report);
    }
    for path in files {
        if fs::symlink_metadata(path).is_ok_and(|there| there.is_dir()) {
            // One that still holds something stays, and the download that meets it says so.
            remove_empty_folders(path);
        }
    }
    Ok(later)
}

fn remove_empty_folders(path: &Path) {
    let below = fs::read_dir(path).into_iter().flatten().flatten();
    for entry in below.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
        remove_empty_folders(&entry.path());
    }
    let _ = fs::remove_dir(path);
}

fn delete_all(
    job: &mut Job,
    root: Option<&Path>,
    deletions: Vec<Action>,
    report: &mut Report,
) -> Result<(), Error> {
    let mut objects = Vec::new();
    for action in deletions {
        match (action.kind, root) {
            (ActionKind::DeleteFile, Some(root)) => {
                job.context.cancel.check()?;
                delete_file(&action, root, report);
            }
            _ => {
                let id = ObjectId::new(action.key.unwrap_or_default());
                objects.push(match action.version_id {
                    Some(version) => id.version_id(version),
                    None => id,
                });
            }
        }
    }
    if objects.is_empty() {
        return Ok(());
    }
    delete::objects(job, objects.into_iter().map(Ok), report)
}

/// Deletes a file, and the folders that it leaves empty.
fn delete_file(action: &Action, root: &Path, report: &mut Report) {
    let Some(path) = action.path.as_deref() else { return };
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            report.failures.push(Failure::of(action, Error::io("cannot delete", path, error)));
        }
        _ => {
            report.succeeded += 1;
            report.deleted += 1;
            let above = path.ancestors().skip(1).take_while(|above| *above != root);
            for folder in above {
                // The first that is not empty ends it.
                if fs::remove_dir(folder).is_err() {
                    break;
                }
            }
        }
    }
}

impl fmt::Display for DirectoryPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.actions.iter().try_for_each(|action| writeln!(f, "{action}"))
    }
}

impl fmt::Debug for DirectoryPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DirectoryPlan")
            .field("actions", &self.actions)
            .field("report", &self.report)
            .finish_non_exhaustive()
    }
}
