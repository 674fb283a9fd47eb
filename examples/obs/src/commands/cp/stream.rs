//! Standard input and output.

use std::io::{self, BufRead, Read, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use obs_transfer::prelude::*;
use serde_json::json;

use super::line::Line;
use super::options::{Moving, bounded, described};
use super::{Copied, Source};
use crate::cli::App;
use crate::failure::Failure;
use crate::place::Remote;

pub(super) fn up(app: &App, to: &Remote, moving: &Moving, cancel: &CancelToken) -> Result<Copied, Failure> {
    let line = Line::copy("upload", "-", to);
    if moving.dry_run {
        return line.dry_copy(app);
    }
    let job = app.bucket(to)?.object_writer(&to.key);
    let job = described!(bounded!(job, moving, cancel), moving);
    let mut writer = job.progress(app.output.bar(to.name(), !moving.no_progress).callback()).start()?;
    let input = standard_input().map_err(|error| Failure::io("cannot read standard input", &error))?;
    // Whoever feeds a pipe ends on Ctrl-C too: what came until then is no whole object
    let whole = loop {
        match input.recv_timeout(Duration::from_millis(100)) {
            Ok(Ok(piece)) => writer.write_all(&piece).map_err(|error| stopped(error.into()))?,
            Ok(Err(error)) => {
                writer.abort();
                return Err(Failure::io("cannot read standard input", &error));
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
fn standard_input() -> io::Result<Receiver<io::Result<Vec<u8>>>> {
    let (sender, receiver) = sync_channel(4);
    thread::Builder::new().name("standard-input".to_owned()).spawn(move || {
        let mut input = io::stdin().lock();
        loop {
            let mut piece = Vec::with_capacity(1 << 18);
            let sent = match input.by_ref().take(1 << 18).read_to_end(&mut piece) {
                Ok(0) => break,
                Ok(_) => sender.send(Ok(piece)),
                Err(error) => {
                    // The last; and if nobody waits for it, all has ended already
                    let _ = sender.send(Err(error));
                    break;
                }
            };
            if sent.is_err() {
                break;
            }
        }
    })?;
    Ok(receiver)
}

pub(super) fn down(
    app: &App,
    from: &Remote,
    moving: &Moving,
    cancel: &CancelToken,
) -> Result<Copied, Failure> {
    if moving.dry_run {
        return Line::copy("download", from, "-").dry_copy(app);
    }
    let mut job = bounded!(app.bucket(from)?.object_reader(&from.key), moving, cancel);
    if let Some(key) = &moving.sse_c_key_file {
        job = job.sse(key.clone());
    }
    let poured = pour(app, job.open()?);
    if cancel.is_cancelled() {
        return Err(interrupted());
    }
    poured?;
    Ok(vec![Source::Object(from.clone())].into())
}

/// All bytes of an object to standard output. One that arrives damaged, or is replaced meanwhile, is an error at the end.
pub(crate) fn pour(app: &App, mut object: ObjectReader) -> Result<(), Failure> {
    loop {
        let bytes = object.fill_buf().map_err(obs_transfer::Error::from)?;
        let read = bytes.len();
        if read == 0 {
            return app.output.finish();
        }
        app.output.write(|out| out.write_all(bytes))?;
        object.consume(read);
    }
}

/// Ctrl-C, or what failed.
fn stopped(error: obs_transfer::Error) -> Failure {
    if error.is_cancelled() { interrupted() } else { error.into() }
}

fn interrupted() -> Failure {
    Failure::failed("interrupted -- a stream cannot be resumed: give the same command again")
}
