//! What is no file: standard input and output, pipes, devices.

use std::fs::File;
use std::io::{self, BufRead, Read, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use obs_transfer::prelude::*;
use serde_json::json;

use super::line::Line;
use super::options::{Moving, bounded, described};
use super::{Copied, Object, Source};
use crate::cli::App;
use crate::failure::{Failure, Told};
use crate::output::Watched;
use crate::place::Remote;

/// From this path, or from standard input.
pub(super) fn up(
    app: &App,
    from: Option<&Path>,
    to: &Remote,
    moving: &Moving,
    cancel: &CancelToken,
) -> Result<Copied, Failure> {
    let name = from.map_or_else(|| "-".to_owned(), |path| path.display().to_string());
    let line = Line::copy("upload", &name, to);
    if moving.dry_run {
        return line.dry_copy(app);
    }
    let job = app.bucket(to)?.object_writer(&to.key);
    let job = described!(bounded!(job, moving, cancel), moving);
    let mut writer = job.progress(app.output.bar(to.name(), !moving.no_progress).callback()).start()?;
    let input = match from {
        Some(path) => {
            let path = path.to_path_buf();
            // To open a pipe takes as long as nobody writes to it
            read_ahead(move || File::open(path))
        }
        None => read_ahead(|| Ok(io::stdin())),
    };
    let name = if from.is_some() { name } else { "standard input".to_owned() };
    let unreadable = |error: &io::Error| Failure::io(format!("cannot read {name}"), error);
    let input = input.map_err(|error| unreadable(&error))?;
    // Whoever feeds a pipe ends on Ctrl-C too: what came until then is no whole object
    let whole = loop {
        match input.recv_timeout(Duration::from_millis(100)) {
            Ok(Ok(piece)) => writer.write_all(&piece).map_err(|error| stopped(error.into()))?,
            Ok(Err(error)) => {
                writer.abort();
                return Err(unreadable(&error));
            }
            Err(RecvTimeoutError::Disconnected) => break !cancel.is_cancelled(),
            Err(RecvTimeoutError::Timeout) if cancel.is_cancelled() => break false,
            Err(RecvTimeoutError::Timeout) => {}
        }
    };
    if !whole {
        writer.abort();
        return Err(interrupted());
    }
    let done = writer.finish().map_err(stopped)?;
    Line { size: Some(done.size), ..line }
        .done(app, || json!({ "etag": done.etag, "version_id": done.version_id, "parts": done.parts }))?;
    Ok(Vec::new().into())
}

/// Read on a thread of its own, since nothing else ends a read for which no bytes come.
fn read_ahead<R: Read>(
    open: impl FnOnce() -> io::Result<R> + Send + 'static,
) -> io::Result<Receiver<io::Result<Vec<u8>>>> {
    let (sender, receiver) = sync_channel(4);
    thread::Builder::new().name("input".to_owned()).spawn(move || {
        let read = || -> io::Result<()> {
            let mut input = open()?;
            loop {
                let mut piece = Vec::with_capacity(1 << 18);
                // Whoever does not take it has ended already
                if input.by_ref().take(1 << 18).read_to_end(&mut piece)? == 0
                    || sender.send(Ok(piece)).is_err()
                {
                    return Ok(());
                }
            }
        };
        if let Err(error) = read() {
            let _ = sender.send(Err(error));
        }
    })?;
    Ok(receiver)
}

/// To this path, or to standard output.
pub(super) fn down(
    app: &App,
    from: &Object,
    to: Option<&Path>,
    moving: &Moving,
    cancel: &CancelToken,
) -> Result<Copied, Failure> {
    let name = to.map_or_else(|| "-".to_owned(), |path| path.display().to_string());
    let line = Line { version: from.version.clone(), ..Line::copy("download", &from.place, name) };
    if moving.dry_run {
        return line.dry_copy(app);
    }
    let mut job = bounded!(app.bucket(&from.place)?.object_reader(&from.place.key), moving, cancel);
    if let Some(id) = &from.version {
        job = job.version_id(id);
    }
    if let Some(key) = &moving.sse_c_key_file {
        job = job.sse(key.clone());
    }
    let mut object = job.open()?;
    let (size, etag) = (object.len(), object.properties().etag.clone());
    let mut bar = app.output.watched(from.place.name(), !moving.no_progress && to.is_none(), size);
    let poured = match to {
        None => pour(app, object, &mut bar),
        Some(path) => {
            let unwritable = |error| Failure::io(format!("cannot write to {}", path.display()), &error);
            let mut out = File::options().write(true).truncate(true).open(path).map_err(unwritable)?;
            pieces(&mut object, |bytes| out.write_all(bytes).map_err(unwritable))
        }
    };
    drop(bar);
    if cancel.is_cancelled() {
        return Err(interrupted());
    }
    poured?;
    if to.is_some() {
        Line { size: Some(size), ..line }.done(app, || json!({ "etag": etag }))?;
    }
    Ok(vec![Source::Object(Object { etag, ..from.clone() })].into())
}

/// All bytes of an object to standard output. One that arrives damaged, or is replaced meanwhile, is an error at the end.
pub(crate) fn pour(app: &App, mut object: ObjectReader, bar: &mut Watched) -> Result<(), Failure> {
    pieces(&mut object, |bytes| {
        app.output.write(|out| out.write_all(bytes))?;
        bar.add(bytes.len());
        Ok(())
    })?;
    app.output.finish()
}

fn pieces(
    object: &mut ObjectReader,
    mut take: impl FnMut(&[u8]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    loop {
        let bytes = object.fill_buf().map_err(obs_transfer::Error::from)?;
        let read = bytes.len();
        if read == 0 {
            return Ok(());
        }
        take(bytes)?;
        object.consume(read);
    }
}

/// Ctrl-C, or what failed.
fn stopped(error: obs_transfer::Error) -> Failure {
    if error.is_cancelled() { interrupted() } else { error.into() }
}

fn interrupted() -> Failure {
    let advice = "a stream cannot be resumed: give the same command again";
    Failure::failed(Told::from("interrupted").advise(advice))
}
