//! Many files or objects.

use std::path::Path;

use obs_transfer::Action;
use obs_transfer::prelude::*;

use super::line::Buckets;
use super::options::{Moving, bounded, described, filtered};
use super::{Copied, Object, Source, report, special};
use crate::cli::App;
use crate::commands::below;
use crate::failure::{Failure, Told};
use crate::output::note;
use crate::place::Remote;

pub(super) fn up(
    app: &App,
    from: &Path,
    to: &Remote,
    moving: &Moving,
    cancel: &CancelToken,
) -> Result<Copied, Failure> {
    folder(from)?;
    let job = app.bucket(to)?.upload_dir(from, to.folder()).empty_folders(true);
    let job = job.follow_symlinks(moving.follow_symlinks);
    let mut job = filtered!(described!(bounded!(job, moving, cancel), moving), moving);
    job = job.progress(app.output.bar("upload", !moving.no_progress).callback());
    if let Some(folder) = moving.checkpoints() {
        job = job.checkpoint_dir(folder);
    }
    let buckets = Buckets { from: "", to: &to.bucket };
    perform(app, job.plan().map_err(stopped)?, moving, buckets, |action| {
        action.path.clone().map(Source::File)
    })
}

/// Refuses what is a file, or a pipe.
pub(crate) fn folder(path: &Path) -> Result<(), Failure> {
    if path.exists() && !path.is_dir() {
        return Err(Failure::usage(format!(
            "{} is a file: name a folder; one file is copied with `obs cp`, without -r",
            path.display()
        )));
    }
    Ok(())
}

/// Refuses folders of the system's own, in which no files belong.
pub(crate) fn no_devices(path: &Path) -> Result<(), Failure> {
    special::target(path).map(drop)
}

pub(super) fn down(
    app: &App,
    from: &Remote,
    to: &Path,
    moving: &Moving,
    cancel: &CancelToken,
) -> Result<Copied, Failure> {
    no_devices(to)?;
    let job = app.bucket(from)?.download_dir(from.folder(), to).empty_folders(true);
    let job = job.follow_symlinks(moving.follow_symlinks);
    let mut job = filtered!(bounded!(job, moving, cancel), moving);
    job = job.progress(app.output.bar("download", !moving.no_progress).callback());
    if let Some(folder) = moving.checkpoints() {
        job = job.checkpoint_dir(folder);
    }
    if let Some(key) = &moving.sse_c_key_file {
        job = job.sse(key.clone());
    }
    let bucket = from.bucket.clone();
    let plan = job.plan().map_err(stopped)?;
    if is_nothing(&plan) {
        below::something(app, from, "copied")?;
    }
    let buckets = Buckets { from: &from.bucket, to: "" };
    perform(app, plan, moving, buckets, |action| Some(Source::Object(one_of(&bucket, action.key.as_ref()?))))
}

pub(super) fn across(
    app: &App,
    from: &Remote,
    to: &Remote,
    moving: &Moving,
    cancel: &CancelToken,
) -> Result<Copied, Failure> {
    let job = app.bucket(to)?.copy_dir(to.folder(), &from.bucket, from.folder());
    let mut job = filtered!(described!(bounded!(job, moving, cancel), moving), moving);
    if let Some(bytes) = moving.part_size {
        job = job.threshold(bytes);
    }
    job = job.progress(app.output.bar("copy", !moving.no_progress).callback());
    if let Some(folder) = moving.checkpoints() {
        job = job.checkpoint_dir(folder);
    }
    if let Some(key) = &moving.source_sse_c_key_file {
        job = job.source_sse(key.clone());
    }
    let bucket = from.bucket.clone();
    let plan = job.plan().map_err(stopped)?;
    if is_nothing(&plan) {
        below::something(app, from, "copied")?;
    }
    let buckets = Buckets { from: &from.bucket, to: &to.bucket };
    perform(app, plan, moving, buckets, |action| {
        Some(Source::Object(one_of(&bucket, action.source_key.as_ref()?)))
    })
}

fn one_of(bucket: &str, key: &str) -> Object {
    Object { place: Remote { bucket: bucket.to_owned(), key: key.to_owned() }, version: None, etag: None }
}

/// Whether nothing was found to be done, nor anything that cannot be.
fn is_nothing(plan: &DirectoryPlan) -> bool {
    plan.actions().is_empty() && plan.failures().is_empty()
}

/// Tells where patterns choose nothing of what there is: they may be mistyped.
fn tell_of_patterns(moving: &Moving, plan: &DirectoryPlan) {
    let patterns = !(moving.include.is_empty() && moving.exclude.is_empty());
    if patterns && is_nothing(plan) && plan.unchanged() == 0 {
        note("nothing is chosen by --include and --exclude (all that is in a folder: 'logs/**')");
    }
}

/// Does what is planned, or tells it.
pub(crate) fn perform(
    app: &App,
    plan: DirectoryPlan,
    moving: &Moving,
    buckets: Buckets<'_>,
    source: impl Fn(&Action) -> Option<Source>,
) -> Result<Copied, Failure> {
    tell_of_patterns(moving, &plan);
    if moving.dry_run {
        return Ok(Copied { sources: Vec::new(), outcome: report::dry(app, &plan, buckets) });
    }
    let (done, report) = report::perform(app, plan, buckets)?;
    Ok(Copied { sources: done.iter().filter_map(source).collect(), outcome: report::tell(app, &report) })
}

/// Ctrl-C in the middle of many.
pub(crate) fn stopped(error: obs_transfer::Error) -> Failure {
    if !error.is_cancelled() {
        return error.into();
    }
    let advice = "to resume, give the same command again: files that were begun go on where they were (`obs sync` also leaves out those that are done)";
    Failure::failed(Told::from("interrupted").advise(advice))
}
