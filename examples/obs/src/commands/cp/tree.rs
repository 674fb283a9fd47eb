//! Many files or objects.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use obs_core::CopySource;
use obs_transfer::prelude::*;
use obs_transfer::{Action, Filter};
use serde_json::json;

use super::options::{Moving, bounded, described, filtered};
use super::{Source, report};
use crate::cli::App;
use crate::failure::{Failure, explain};
use crate::output::{complain, printable};
use crate::place::Remote;

pub(super) fn up(
    app: &App,
    from: &Path,
    to: &Remote,
    moving: &Moving,
    cancel: &CancelToken,
) -> Result<Vec<Source>, Failure> {
    let job = app.bucket(to)?.upload_dir(from, to.folder()).empty_folders(true);
    let mut job = filtered!(described!(bounded!(job, moving, cancel), moving), moving);
    job = job.progress(app.output.bar("upload", !moving.no_progress).callback());
    if let Some(folder) = moving.checkpoints() {
        job = job.checkpoint_dir(folder);
    }
    perform(app, job.plan().map_err(stopped)?, moving, |action| action.path.clone().map(Source::File))
}

pub(super) fn down(
    app: &App,
    from: &Remote,
    to: &Path,
    moving: &Moving,
    cancel: &CancelToken,
) -> Result<Vec<Source>, Failure> {
    let job = app.bucket(from)?.download_dir(from.folder(), to).empty_folders(true);
    let mut job = filtered!(bounded!(job, moving, cancel), moving);
    job = job.progress(app.output.bar("download", !moving.no_progress).callback());
    if let Some(folder) = moving.checkpoints() {
        job = job.checkpoint_dir(folder);
    }
    if let Some(key) = &moving.sse_c_key_file {
        job = job.sse(key.clone());
    }
    let bucket = from.bucket.clone();
    perform(app, job.plan().map_err(stopped)?, moving, |action| {
        Some(Source::Object(Remote { bucket: bucket.clone(), key: action.key.clone()? }))
    })
}

/// Does what is planned, or tells it; gives what was done.
pub(crate) fn perform(
    app: &App,
    plan: DirectoryPlan,
    moving: &Moving,
    source: impl Fn(&Action) -> Option<Source>,
) -> Result<Vec<Source>, Failure> {
    if moving.dry_run {
        for action in plan.actions() {
            app.output.item(format_args!("would {}", printable(&action.to_string())), || {
                json!({ "action": printable(&action.to_string()), "key": action.key, "path": action.path, "size": action.size, "dry_run": true })
            })?;
        }
        for failure in plan.failures() {
            complain(printable(&failure.to_string()));
        }
        return report::outcome(plan.failures().len() as u64, plan.actions().len() as u64)
            .map(|()| Vec::new());
    }
    let actions = plan.actions().to_vec();
    let done = plan.send().map_err(stopped)?;
    let failed: HashSet<(Option<String>, Option<PathBuf>)> =
        done.failures.iter().map(|failure| (failure.key.clone(), failure.path.clone())).collect();
    let done_ones = actions
        .iter()
        .filter(|action| !failed.contains(&(action.key.clone(), action.path.clone())))
        .filter_map(source)
        .collect();
    report::tell(app, &done)?;
    Ok(done_ones)
}

/// Ctrl-C in the middle of many.
pub(crate) fn stopped(error: obs_transfer::Error) -> Failure {
    if !error.is_cancelled() {
        return error.into();
    }
    Failure::failed(
        "interrupted -- to resume, give the same command again: files that were begun go on where they were (`obs sync` also leaves out those that are done)",
    )
}

/// One object of many that are copied within the service.
struct Entry {
    key: String,
    size: u64,
}

pub(super) fn across(
    app: &App,
    from: &Remote,
    to: &Remote,
    moving: &Moving,
    cancel: &CancelToken,
) -> Result<Vec<Source>, Failure> {
    let client = app.client()?;
    let prefix = from.folder();
    // All of them before the first copy, so that copies are not listed again
    let entries = list(&client.bucket(&from.bucket), &prefix, moving, cancel)?;
    let target = |entry: &Entry| {
        let name = entry.key.strip_prefix(&prefix).unwrap_or_default();
        Remote { bucket: to.bucket.clone(), key: format!("{}{name}", to.folder()) }
    };
    let source = |entry: &Entry| Remote { bucket: from.bucket.clone(), key: entry.key.clone() };
    if moving.dry_run {
        for entry in &entries {
            super::one::Line { verb: "copy", from: source(entry).to_string(), to: target(entry).to_string() }
                .dry(app)?;
        }
        return Ok(Vec::new());
    }

    let total = Tally::new(app, moving, &entries);
    let next = AtomicUsize::new(0);
    let workers = usize::from(moving.tasks).min(entries.len());
    let bucket = client.bucket(&to.bucket);
    let one = |entry: &Entry| -> Result<(), obs_transfer::Error> {
        let (from, to) = (source(entry), target(entry));
        let job = bucket.copy(&to.key, CopySource::new(&from.bucket, &from.key));
        let mut job = described!(bounded!(job, moving, cancel), moving);
        // Few objects share the workers that would have nothing to do
        job = job.task_num(usize::from(moving.tasks).div_ceil(workers.max(1)));
        if let Some(file) = moving.checkpoint(&client, &from.to_string(), &to.to_string()) {
            job = job.checkpoint_file(file);
        }
        job.send().map(drop)
    };
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(entry) = entries.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let copied = one(entry);
                    if cancel.is_cancelled() {
                        break;
                    }
                    total.add(entry, copied.err());
                }
            });
        }
    });
    if cancel.is_cancelled() {
        return Err(Failure::failed("interrupted -- to resume, give the same command again"));
    }
    let failed = total.finish(app)?;
    report::outcome(failed.len() as u64, (entries.len() - failed.len()) as u64)?;
    Ok(entries.iter().map(|entry| Source::Object(source(entry))).collect())
}

fn list(
    bucket: &BucketClient,
    prefix: &str,
    moving: &Moving,
    cancel: &CancelToken,
) -> Result<Vec<Entry>, Failure> {
    let filter = Filter::new(&moving.include, &moving.exclude)?;
    let wanted = format!("{prefix}{}", filter.literal_prefix());
    let mut request = bucket.list_objects();
    if !wanted.is_empty() {
        request = request.prefix(wanted);
    }
    let mut entries = Vec::new();
    for object in request.iter() {
        let object = object?;
        if cancel.is_cancelled() {
            return Err(Failure::failed("interrupted"));
        }
        if object.key.strip_prefix(prefix).is_some_and(|name| !name.is_empty() && filter.matches(name)) {
            entries.push(Entry { key: object.key, size: object.size });
        }
    }
    Ok(entries)
}

/// What became of each, and how far all are.
struct Tally {
    state: Mutex<State>,
}

struct State {
    progress: Box<dyn FnMut(&Progress) + Send>,
    began: Instant,
    total: u64,
    done: u64,
    moved: u64,
    failed: HashSet<String>,
}

impl Tally {
    fn new(app: &App, moving: &Moving, entries: &[Entry]) -> Self {
        let progress = Box::new(app.output.bar("copy", !moving.no_progress).callback());
        let total = entries.iter().map(|entry| entry.size).sum();
        let (done, moved, failed) = (0, 0, HashSet::new());
        Self { state: Mutex::new(State { progress, began: Instant::now(), total, done, moved, failed }) }
    }

    fn add(&self, entry: &Entry, error: Option<obs_transfer::Error>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match error {
            None => {
                state.done += 1;
                state.moved += entry.size;
                let progress = Progress::new(state.moved, Some(state.total), 0, state.began.elapsed());
                (state.progress)(&progress);
            }
            Some(error) => {
                complain(format_args!("{}: {}", printable(&entry.key), explain(&error)));
                state.failed.insert(entry.key.clone());
            }
        }
    }

    /// Tells of the end, and gives the keys that failed.
    fn finish(self, app: &App) -> Result<HashSet<String>, Failure> {
        let State { done, moved, failed, .. } =
            self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        app.output.item(
            format_args!("{done} copied ({moved} bytes), {} failed", failed.len()),
            || json!({ "succeeded": done, "bytes": moved, "failed": failed.len() }),
        )?;
        Ok(failed)
    }
}
