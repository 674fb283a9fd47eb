//! A stream becomes an object.

mod buffer;
mod sending;

use std::io;
use std::path::PathBuf;

use obs_core::{BucketClient, ObjectHeaders, SseOption};

use crate::error::{Error, ErrorKind};
use crate::handle::Control;
use crate::job::Job;
use crate::multipart::Target;
use crate::options::{Options, progress_setter, worker_setters};
use crate::plan::{DEFAULT_STREAM_PART_SIZE, Growing};
use crate::progress::Progress;
use crate::upload::{Checksum, UploadOutput};
use buffer::{Buffer, Room};
use sending::Sending;

/// Settings of an [`ObjectWriter`]: made by [`object_writer`](crate::TransferExt::object_writer), ended by
/// [`start`](Self::start).
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use obs_transfer::prelude::*;
///
/// let writer = bucket
///     .object_writer("export.csv")
///     .part_size(8 << 20)
///     .task_num(4)
///     .content_type("text/csv")
///     .start()?;
/// let written = writer.finish()?;
/// assert_eq!(written.size, 0);
/// # Ok::<(), obs_transfer::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "nothing is written before it is started"]
pub struct ObjectWriterBuilder {
    write: WriteJob,
    options: Options,
}

/// What is written, and as what.
#[derive(Debug, Clone)]
struct WriteJob {
    bucket: BucketClient,
    key: String,
    part_size: u64,
    expected_size: Option<u64>,
    temp_dir: Option<PathBuf>,
    headers: ObjectHeaders,
    sse: SseOption,
    checksum: Option<Checksum>,
}

impl AsMut<ObjectHeaders> for WriteJob {
    fn as_mut(&mut self) -> &mut ObjectHeaders {
        &mut self.headers
    }
}

impl AsMut<SseOption> for WriteJob {
    fn as_mut(&mut self) -> &mut SseOption {
        &mut self.sse
    }
}

impl WriteJob {
    fn target(&self) -> Target<'_> {
        Target { key: &self.key, headers: &self.headers, sse: &self.sse }
    }
}

impl ObjectWriterBuilder {
    pub(crate) fn new(bucket: BucketClient, key: String) -> Self {
        let write = WriteJob {
            bucket,
            key,
            part_size: DEFAULT_STREAM_PART_SIZE,
            expected_size: None,
            temp_dir: None,
            headers: ObjectHeaders::default(),
            sse: SseOption::default(),
            checksum: None,
        };
        Self { write, options: Options::default() }
    }

    /// The size of a part in bytes, 100 KiB to 5 GiB; what is outside is moved to the nearer end. So much memory is taken
    /// [`task_num`](Self::task_num) + 1 times. Default: 4 MiB.
    pub fn part_size(mut self, bytes: u64) -> Self {
        self.write.part_size = bytes;
        self
    }

    /// How long the stream will be, about, in bytes. Parts, and memory with them, become so large that 10,000 of them hold it, and
    /// none needs a temporary file. Default: unknown.
    pub fn expected_size(mut self, bytes: u64) -> Self {
        self.write.expected_size = Some(bytes);
        self
    }

    /// Where the temporary files of a long stream go. Default: the folder of the system ([`std::env::temp_dir`]).
    pub fn temp_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.write.temp_dir = Some(folder.into());
        self
    }

    /// Sends a checksum of each part ahead, so that the server refuses a damaged one. Without it, damage is found too,
    /// by the CRC-64 in the server's answer, where it speaks that.
    pub fn checksum(mut self, checksum: Checksum) -> Self {
        self.write.checksum = Some(checksum);
        self
    }

    worker_setters!(options);
    progress_setter!(options);
    obs_core::object_header_setters!(write);
    obs_core::sse_setter!(write);

    /// Begins. Nothing is sent yet: an unknown bucket or missing rights show when the first part is full, or at the end.
    ///
    /// # Errors
    ///
    /// Settings that cannot be used ([`InvalidInput`](ErrorKind::InvalidInput), [`TooLarge`](ErrorKind::TooLarge)), or a token that
    /// is cancelled already.
    pub fn start(self) -> Result<ObjectWriter, Error> {
        let Self { write, options } = self;
        let sizes = Growing::new(write.part_size, write.expected_size)?;
        let first = sizes.part_size(1).unwrap_or(write.part_size);
        let room = Room {
            memory: usize::try_from(first).unwrap_or(usize::MAX >> 1),
            folder: write.temp_dir.clone().unwrap_or_else(std::env::temp_dir),
        };
        let workers = options.workers();
        let control = Control::new(&options.cancel);
        let job = Job::new(&write.bucket, options, control.clone())?;
        Ok(ObjectWriter {
            state: State::Waiting(Box::new(job)),
            filling: Buffer::default(),
            number: 1,
            part_size: first,
            written: 0,
            sizes,
            room,
            workers,
            control,
            write,
        })
    }
}

/// Writes a stream of any length as an object: made by [`object_writer`](crate::TransferExt::object_writer).
///
/// Whatever takes an [`io::Write`] can write to it: [`io::copy`], archives, compressors. The object appears with
/// [`finish`](Self::finish), complete, or not at all: dropping the writer leaves nothing, on the server neither.
///
/// - A stream of at most one part is sent in one call (OBS: PUT Object). Of a longer one, parts are sent by
///   [`task_num`](ObjectWriterBuilder::task_num) workers as they fill (OBS: Initiate Multipart Upload, Upload Part, Complete
///   Multipart Upload). When all of them are busy, writing waits.
/// - **Memory**: `task_num` + 1 buffers of the part size, 8 MiB unless set otherwise, however long the stream.
/// - **Length**: the first 1,000 parts have the part size; then they grow, so that 10,000 hold any stream up to 24.4 TiB. What of a
///   larger part does not fit into its buffer goes through a temporary file, `task_num` + 1 of them at once, each at most 1 % of what was
///   written before. [`expected_size`](ObjectWriterBuilder::expected_size) does without files, and allows for 48.8 TiB.
/// - **Errors** of the workers come out of the next `write`, `flush` or `finish`; the [`io::Error`] holds an [`Error`], to be had with
///   `Error::from(io_error)`. After the first, nothing of the upload is left, and all calls fail.
/// - **`flush`** sends nothing, since a part cannot be too small: only `finish` makes an object. It tells of errors.
/// - The CRC-64 of each part is taken as it is sent and compared with the server's, and that of the whole with `finish`.
/// - A process that is killed leaves parts of which nobody knows:
///   [`abort_uploads_older_than`](crate::TransferExt::abort_uploads_older_than).
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use obs_transfer::prelude::*;
///
/// let mut writer =
///     bucket.object_writer("logs/today.log").part_size(8 << 20).task_num(4).start()?;
/// std::io::copy(&mut "a line\n".repeat(1000).as_bytes(), &mut writer)?;
/// let written = writer.finish()?;
/// println!("{} bytes in {} parts", written.size, written.parts);
/// # Ok::<(), obs_transfer::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "dropping it aborts the upload"]
pub struct ObjectWriter {
    state: State,
    filling: Buffer,
    /// Of the part that fills.
    number: u32,
    part_size: u64,
    written: u64,
    sizes: Growing,
    room: Room,
    workers: usize,
    control: Control,
    write: WriteJob,
}

#[derive(Debug)]
enum State {
    /// Nothing was sent: all may fit into one call.
    Waiting(Box<Job>),
    Sending(Sending),
    /// With what it failed, to tell it again.
    Failed(ErrorKind, String),
}

impl State {
    fn over() -> Self {
        Self::Failed(ErrorKind::Cancelled, String::new())
    }
}

impl ObjectWriter {
    /// How many bytes were written to it.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// How far sending is: less than what was written.
    pub fn progress(&self) -> Progress {
        self.control.counters.progress()
    }

    /// Sends what is left, and makes the object.
    ///
    /// # Errors
    ///
    /// [`ErrorKind`] tells them apart: a [call](ErrorKind::Call) that failed for good, [damage](ErrorKind::Integrity) on
    /// the way, a [cancelled](ErrorKind::Cancelled) token, a temporary [file](ErrorKind::Io). Nothing is left then.
    pub fn finish(mut self) -> Result<UploadOutput, Error> {
        self.check()?;
        let Self { write, filling, room, written, number, .. } = self;
        match self.state {
            State::Waiting(mut job) => {
                job.context.counters.set_total(written);
                let (stored, _) = filling.seal(&room)?;
                let made = write.target().put(&mut job, &stored, written, write.checksum, || Ok(()))?;
                job.finish()?;
                Ok(UploadOutput::new(&write.bucket, &write.key, made, written, 1))
            }
            State::Sending(sending) if filling.len() == 0 => sending.finish(),
            State::Sending(mut sending) => match sending.send(number, filling, &room) {
                Ok(()) => sending.finish(),
                Err(error) => Err(sending.end(Some(error))),
            },
            State::Failed(kind, text) => Err(failed_before(kind, &text)),
        }
    }

    /// Sends nothing more, and leaves nothing, as dropping it does. It takes a second at most, even where the server keeps silent.
    pub fn abort(self) {
        drop(self);
    }

    /// An error once the job has failed, or was cancelled.
    fn check(&mut self) -> Result<(), Error> {
        match &self.state {
            State::Waiting(job) => job.context.cancel.check(),
            State::Sending(sending) if !sending.is_stopped() => Ok(()),
            State::Sending(_) => Err(self.fail(None)),
            State::Failed(kind, text) => Err(failed_before(kind.clone(), text)),
        }
    }

    /// The job ends with what its workers say, else with `error`.
    fn fail(&mut self, error: Option<Error>) -> Error {
        let error = match std::mem::replace(&mut self.state, State::over()) {
            State::Sending(sending) => sending.end(error),
            _ => error.unwrap_or_else(Error::cancelled),
        };
        self.state = State::Failed(error.kind().clone(), error.to_string());
        error
    }

    fn take(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        if self.filling.len() == self.part_size {
            self.send_part()?;
        }
        let taken = self.filling.take(bytes, self.part_size, &self.room)?;
        self.written += taken as u64;
        if self.filling.len() == self.part_size && matches!(self.state, State::Sending(_)) {
            self.send_part()?;
        }
        Ok(taken)
    }

    /// Gives the full part to the workers, and waits for the place of another one.
    fn send_part(&mut self) -> Result<(), Error> {
        if matches!(self.state, State::Waiting(_)) {
            if let State::Waiting(job) = std::mem::replace(&mut self.state, State::over()) {
                let sending = Sending::start(*job, &self.control, self.write.clone(), self.workers);
                self.state = State::Sending(sending);
            }
        }
        let State::Sending(sending) = &mut self.state else { return Err(Error::cancelled()) };
        sending.send(self.number, std::mem::take(&mut self.filling), &self.room)?;
        self.filling = sending.next()?;
        self.number += 1;
        // That there is none is told when there are bytes for it.
        self.part_size = self.sizes.part_size(self.number).unwrap_or(0);
        Ok(())
    }
}

fn failed_before(kind: ErrorKind, text: &str) -> Error {
    Error::new(kind, format!("the object was not written, since it failed before: {text}"))
}

impl io::Write for ObjectWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.check()?;
        if bytes.is_empty() {
            return Ok(0);
        }
        if self.part_size == 0 {
            let exceeded = self.sizes.exceeded();
            return Err(self.fail(Some(exceeded)).into());
        }
        self.take(bytes).map_err(|error| self.fail(Some(error)).into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(self.check()?)
    }
}
