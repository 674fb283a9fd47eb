//! One file or object.

use std::path::Path;

use obs_core::CopySource;
use obs_transfer::CancelToken;
use obs_transfer::prelude::*;
use serde_json::json;

use super::line::Line;
use super::options::{Moving, bounded, described, end};
use super::{Copied, Object, Source};
use crate::cli::App;
use crate::failure::{Failure, Told};
use crate::place::Remote;

pub(super) fn up(
    app: &App,
    from: &Path,
    to: &Remote,
    moving: &Moving,
    cancel: &CancelToken,
) -> Result<Copied, Failure> {
    let line = Line::copy("upload", from.display(), to);
    if moving.dry_run {
        return line.dry_copy(app);
    }
    let bucket = app.bucket(to)?;
    let checkpoint = moving.checkpoint(bucket.client(), &end(from), &to.to_string());
    let mut job = described!(bounded!(bucket.upload_file(&to.key, from), moving, cancel), moving);
    job = job.progress(app.output.bar(to.name(), !moving.no_progress).callback());
    if let Some(file) = &checkpoint {
        job = job.checkpoint_file(file);
    }
    let done = job.send().map_err(|error| broken_off(error, checkpoint.as_deref()))?;
    Line { size: Some(done.size), ..line }.done(app, || {
        json!({ "etag": done.etag, "version_id": done.version_id, "parts": done.parts, "resumed_parts": done.resumed_parts })
    })?;
    Ok(vec![Source::File(from.to_path_buf())].into())
}

pub(super) fn down(
    app: &App,
    from: &Object,
    to: &Path,
    moving: &Moving,
    cancel: &CancelToken,
) -> Result<Copied, Failure> {
    let line = Line { version: from.version.clone(), ..Line::copy("download", &from.place, to.display()) };
    if moving.dry_run {
        return line.dry_copy(app);
    }
    let bucket = app.bucket(&from.place)?;
    let checkpoint = moving.checkpoint(bucket.client(), &from.place.to_string(), &end(to));
    let mut job = bounded!(bucket.download_file(&from.place.key, to), moving, cancel);
    job = job.progress(app.output.bar(from.place.name(), !moving.no_progress).callback());
    if let Some(file) = &checkpoint {
        job = job.checkpoint_file(file);
    }
    if let Some(id) = &from.version {
        job = job.version_id(id);
    }
    if let Some(key) = &moving.sse_c_key_file {
        job = job.sse(key.clone());
    }
    let done = job.send().map_err(|error| broken_off(error, checkpoint.as_deref()))?;
    Line { size: Some(done.size), ..line }.done(app, || {
        json!({ "etag": done.properties.etag, "version_id": done.properties.version_id, "parts": done.parts, "resumed_parts": done.resumed_parts })
    })?;
    let etag = done.properties.etag;
    Ok(vec![Source::Object(Object { etag, ..from.clone() })].into())
}

pub(super) fn across(
    app: &App,
    from: &Object,
    to: &Remote,
    moving: &Moving,
    cancel: &CancelToken,
) -> Result<Copied, Failure> {
    let line = Line { version: from.version.clone(), ..Line::copy("copy", &from.place, to) };
    if moving.dry_run {
        return line.dry_copy(app);
    }
    let bucket = app.bucket(to)?;
    let checkpoint = moving.checkpoint(bucket.client(), &from.place.to_string(), &to.to_string());
    let mut source = CopySource::new(&from.place.bucket, &from.place.key);
    if let Some(id) = &from.version {
        source = source.version_id(id);
    }
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
    Line { size: Some(done.size), ..line }.done(app, || {
        json!({ "etag": done.etag, "version_id": done.version_id, "parts": done.parts, "resumed_parts": done.resumed_parts })
    })?;
    let etag = done.source.etag;
    Ok(vec![Source::Object(Object { etag, ..from.clone() })].into())
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
