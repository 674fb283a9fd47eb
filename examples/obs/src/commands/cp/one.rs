//! One file or object.

use std::fmt;
use std::path::Path;

use obs_core::CopySource;
use obs_transfer::CancelToken;
use obs_transfer::prelude::*;
use serde_json::{Value, json};

use super::options::{Moving, bounded, described, end};
use super::{Copied, Source};
use crate::cli::App;
use crate::failure::{Failure, Told};
use crate::output::printable;
use crate::place::Remote;

pub(super) fn up(
    app: &App,
    from: &Path,
    to: &Remote,
    moving: &Moving,
    cancel: &CancelToken,
) -> Result<Copied, Failure> {
    let line = Line { verb: "upload", from: from.display().to_string(), to: to.to_string() };
    if moving.dry_run {
        return line.dry(app);
    }
    let bucket = app.bucket(to)?;
    let checkpoint = moving.checkpoint(bucket.client(), &end(from), &line.to);
    let mut job = described!(bounded!(bucket.upload_file(&to.key, from), moving, cancel), moving);
    job = job.progress(app.output.bar(to.name(), !moving.no_progress).callback());
    if let Some(file) = &checkpoint {
        job = job.checkpoint_file(file);
    }
    let done = job.send().map_err(|error| broken_off(error, checkpoint.as_deref()))?;
    line.done(app, done.size, || {
        json!({ "etag": done.etag, "version_id": done.version_id, "parts": done.parts, "resumed_parts": done.resumed_parts })
    })?;
    Ok(vec![Source::File(from.to_path_buf())].into())
}

pub(super) fn down(
    app: &App,
    from: &Remote,
    to: &Path,
    moving: &Moving,
    cancel: &CancelToken,
) -> Result<Copied, Failure> {
    let line = Line { verb: "download", from: from.to_string(), to: to.display().to_string() };
    if moving.dry_run {
        return line.dry(app);
    }
    let bucket = app.bucket(from)?;
    let checkpoint = moving.checkpoint(bucket.client(), &line.from, &end(to));
    let mut job = bounded!(bucket.download_file(&from.key, to), moving, cancel);
    job = job.progress(app.output.bar(from.name(), !moving.no_progress).callback());
    if let Some(file) = &checkpoint {
        job = job.checkpoint_file(file);
    }
    if let Some(key) = &moving.sse_c_key_file {
        job = job.sse(key.clone());
    }
    let done = job.send().map_err(|error| broken_off(error, checkpoint.as_deref()))?;
    line.done(app, done.size, || {
        json!({ "etag": done.properties.etag, "version_id": done.properties.version_id, "parts": done.parts, "resumed_parts": done.resumed_parts })
    })?;
    Ok(vec![Source::Object(from.clone())].into())
}

pub(super) fn across(
    app: &App,
    from: &Remote,
    to: &Remote,
    moving: &Moving,
    cancel: &CancelToken,
) -> Result<Copied, Failure> {
    let line = Line { verb: "copy", from: from.to_string(), to: to.to_string() };
    if moving.dry_run {
        return line.dry(app);
    }
    let bucket = app.bucket(to)?;
    let checkpoint = moving.checkpoint(bucket.client(), &line.from, &line.to);
    let mut source = CopySource::new(&from.bucket, &from.key);
    if let Some(key) = &moving.source_sse_c_key_file {
        source = source.sse(key.clone());
    }
    let job = bucket.copy(&to.key, source);
    let mut job = described!(bounded!(job, moving, cancel), moving);
    if let Some(bytes) = moving.part_size {
        job = job.threshold(bytes);
    }
    job = job.progress(app.output.bar(to.name(), !moving.no_progress).callback());
    if let Some(file) = &checkpoint {
        job = job.checkpoint_file(file);
    }
    let done = job.send().map_err(|error| broken_off(error, checkpoint.as_deref()))?;
    line.done(app, done.size, || {
        json!({ "etag": done.etag, "version_id": done.version_id, "parts": done.parts, "resumed_parts": done.resumed_parts })
    })?;
    Ok(vec![Source::Object(from.clone())].into())
}

/// Why a job ended early, and whether it can go on.
fn broken_off(error: obs_transfer::Error, checkpoint: Option<&Path>) -> Failure {
    let what = if error.is_cancelled() { Told::from("interrupted") } else { Told::transfer(&error) };
    match checkpoint.filter(|file| file.exists()) {
        Some(file) => Failure::failed(
            what.advise(format!("to resume, give the same command again (checkpoint: {})", file.display()))
                .fact("checkpoint", file.display().to_string()),
        ),
        None if error.is_cancelled() => {
            Failure::failed(what.advise("nothing was kept: give the same command again"))
        }
        None => error.into(),
    }
}

/// What is said of one copy.
pub(super) struct Line {
    pub(super) verb: &'static str,
    pub(super) from: String,
    pub(super) to: String,
}

impl Line {
    /// It would be done.
    pub(super) fn dry(&self, app: &App) -> Result<Copied, Failure> {
        let json = || json!({ "action": self.verb, "source": self.from, "target": self.to, "dry_run": true });
        app.output.item(format_args!("would {self}"), json)?;
        Ok(Vec::new().into())
    }

    /// It was done.
    pub(super) fn done(&self, app: &App, size: u64, more: impl FnOnce() -> Value) -> Result<(), Failure> {
        app.output.item(format_args!("{self} ({size} bytes)"), || {
            let mut document =
                json!({ "action": self.verb, "source": self.from, "target": self.to, "size": size });
            if let (Value::Object(all), Value::Object(more)) = (&mut document, more()) {
                all.extend(more);
            }
            document
        })
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} -> {}", self.verb, printable(&self.from), printable(&self.to))
    }
}
