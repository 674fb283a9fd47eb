//! An object becomes a stream.

mod fetching;

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, BufRead, Read, Seek, SeekFrom};
use std::sync::OnceLock;

use obs_core::BucketClient;
use obs_core::checksum::Crc64;
use obs_core::object::ObjectMetadata;

use crate::error::{Error, ErrorKind};
use crate::handle::Control;
use crate::job::Job;
use crate::options::{Options, worker_setters};
use crate::plan::{DEFAULT_STREAM_PART_SIZE, Plan};
use crate::ranges::{Ranges, Wanted};
use fetching::{Ahead, Fetching};

/// Settings of an [`ObjectReader`]: made by [`object_reader`](crate::TransferExt::object_reader), ended by
/// [`open`](Self::open).
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # bucket.put_content("big.bin", vec![7; 3 << 20]).send()?;
/// use obs_transfer::prelude::*;
///
/// let reader = bucket.object_reader("big.bin").part_size(256 << 10).task_num(4).open()?;
/// assert_eq!(reader.len(), 3 << 20);
/// # Ok::<(), obs_transfer::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "nothing is read before it is opened"]
pub struct ObjectReaderBuilder {
    wanted: Wanted,
    part_size: u64,
    options: Options,
}

impl ObjectReaderBuilder {
    pub(crate) fn new(bucket: BucketClient, key: String) -> Self {
        let wanted = Wanted::new(bucket, key);
        Self { wanted, part_size: DEFAULT_STREAM_PART_SIZE, options: Options::default() }
    }

    /// The size of a range in bytes. So much memory is taken [`task_num`](Self::task_num) + 1 times. Small ranges, such as 256 KiB,
    /// suit those who seek a lot, since the range that they land in is fetched from its beginning; large ones suit those who read on.
    /// Less than 4 KiB counts as 4 KiB. Default: 4 MiB.
    pub fn part_size(mut self, bytes: u64) -> Self {
        self.part_size = bytes;
        self
    }

    worker_setters!(options);
    obs_core::version_id_setter!(wanted);
    obs_core::condition_setters!(wanted);
    obs_core::sse_setter!(wanted);

    /// Asks for the properties of the object (OBS: HEAD Object). Its bytes are asked for when they are read; conditions are
    /// looked at then.
    ///
    /// # Errors
    ///
    /// An object that is [not there](Error::is_not_found), or any other [call](ErrorKind::Call) that failed for good; settings that
    /// [cannot be used](ErrorKind::InvalidInput); a token that is [cancelled](ErrorKind::Cancelled).
    pub fn open(self) -> Result<ObjectReader, Error> {
        let Self { wanted, part_size, options } = self;
        let workers = options.workers();
        let control = Control::new(&options.cancel);
        let mut job = Job::new(&wanted.bucket, options, control.clone())?;
        let (properties, _) = wanted.properties(&job.context)?;
        let size = wanted.size(&properties)?;
        if size == 0 {
            // No range will be asked for, but there may be conditions to be met.
            Ranges { wanted: &wanted, object: &properties, size, told: &OnceLock::new() }
                .fetch_nothing(&job.context)?;
        }
        let plan = Plan::ranges(size, part_size);
        job.at_most(plan.count());
        Ok(ObjectReader {
            plan,
            state: State::Waiting(Box::new(job)),
            window: VecDeque::new(),
            position: 0,
            read_to: 0,
            // Whoever begins at the beginning is taken to read on.
            in_sequence: u64::MAX / 2,
            checked: (Crc64::new(), 0),
            properties,
            workers: workers as u64,
            control,
            wanted,
        })
    }
}

/// Reads an object as a stream in which one can seek: made by [`object_reader`](crate::TransferExt::object_reader).
///
/// Whatever takes [`io::Read`], [`BufRead`] or [`Seek`] can read it: [`io::copy`], archives, decompressors.
///
/// - **Ahead of the reader**, [`task_num`](ObjectReaderBuilder::task_num) workers fetch ranges (OBS: GET Object). Bytes can be read
///   as they arrive.
/// - **Seeking** costs nothing by itself. Within the ranges that are here or on their way it keeps them; elsewhere it drops
///   them, and from there one range is fetched at first, then more and more ahead as reading goes on. Beyond the end nothing is read.
/// - **Memory**: `task_num` + 1 ranges, 8 MiB unless set otherwise, whatever the size of the object.
/// - **The object must not change**: each range is asked for on condition that it is the one that was opened; a replaced one is
///   [`ErrorKind::ObjectChanged`].
/// - A range that breaks off goes on from its last byte. What fails for good comes out of `read`; the [`io::Error`] holds an
///   [`Error`], to be had with `Error::from(io_error)`, and reading may be tried again.
/// - The CRC-64 of an object that is read from beginning to end is compared with the server's, where that tells it: at the end `read` fails
///   if it differs, and nothing of what was read should be used.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # bucket.put_content("big.bin", vec![7; 3 << 20]).send()?;
/// use obs_transfer::prelude::*;
///
/// use std::io::{Read, Seek, SeekFrom};
///
/// let mut reader = bucket.object_reader("big.bin").part_size(256 << 10).task_num(4).open()?;
/// reader.seek(SeekFrom::End(-22))?;
/// let mut end = Vec::new();
/// reader.read_to_end(&mut end)?;
/// assert_eq!(end.len(), 22);
/// # Ok::<(), obs_transfer::Error>(())
/// ```
pub struct ObjectReader {
    state: State,
    plan: Plan,
    /// The ranges around and ahead of the position, one after the other without a gap.
    window: VecDeque<Ahead>,
    position: u64,
    /// Where the last byte that was read ended.
    read_to: u64,
    /// How many bytes were read one after the other: the more, the further ahead is fetched.
    in_sequence: u64,
    /// The CRC-64 from the beginning to here.
    checked: (Crc64, u64),
    properties: ObjectMetadata,
    workers: u64,
    control: Control,
    wanted: Wanted,
}

enum State {
    /// Nothing was read so far.
    Waiting(Box<Job>),
    Fetching(Fetching),
    /// With what the workers ended, to tell it again.
    Over(ErrorKind, String),
}

impl ObjectReader {
    /// The length of the object in bytes.
    pub fn len(&self) -> u64 {
        self.plan.size()
    }

    /// Whether the object has no bytes.
    pub fn is_empty(&self) -> bool {
        self.plan.size() == 0
    }

    /// The properties of the object, as they were when it was opened.
    pub fn properties(&self) -> &ObjectMetadata {
        &self.properties
    }

    /// Waits for bytes at the position, unless that is at the end.
    fn advance(&mut self) -> Result<(), Error> {
        self.control.cancel.check()?;
        if self.position >= self.len() {
            return self.check_end();
        }
        while self.window.front().is_some_and(|range| range.end() <= self.position) {
            self.window.pop_front();
        }
        if !self.window.front().is_some_and(|range| range.contains(self.position)) {
            self.window.clear();
            if self.position != self.read_to {
                self.in_sequence = 0;
            }
        }
        self.fetch_ahead()?;
        let Some(range) = self.window.front_mut() else { return Err(Error::cancelled()) };
        match range.wait_for(self.position) {
            Ok(Some(())) => Ok(()),
            Ok(None) => Err(self.end()),
            Err(error) => {
                // Another try asks anew.
                self.window.clear();
                Err(error)
            }
        }
    }

    /// Orders the range at the position, and twice as much ahead as was read without seeking, up to one range a worker.
    fn fetch_ahead(&mut self) -> Result<(), Error> {
        if matches!(self.state, State::Waiting(_)) {
            let over = State::Over(ErrorKind::Cancelled, String::new());
            if let State::Waiting(job) = std::mem::replace(&mut self.state, over) {
                let (wanted, object) = (self.wanted.clone(), self.properties.clone());
                let fetching = Fetching::start(*job, &self.control, wanted, object, self.plan.size());
                self.state = State::Fetching(fetching);
            }
        }
        let fetching = match &self.state {
            State::Fetching(fetching) => fetching,
            State::Over(kind, text) => {
                return Err(Error::new(kind.clone(), format!("the reader ended before: {text}")));
            }
            State::Waiting(_) => return Err(Error::cancelled()),
        };
        let ahead = (self.in_sequence.saturating_mul(2) / self.plan.part_size()).min(self.workers);
        let mut next = match self.window.back() {
            Some(last) => last.number() + 1,
            None => self.plan.number_at(self.position),
        };
        while self.window.len() as u64 <= ahead {
            let Some(part) = self.plan.part(next) else { break };
            self.window.push_back(fetching.order(part));
            next += 1;
        }
        Ok(())
    }

    /// The workers are gone.
    fn end(&mut self) -> Error {
        let over = State::Over(ErrorKind::Cancelled, String::new());
        let error = match std::mem::replace(&mut self.state, over) {
            State::Fetching(fetching) => fetching.end(),
            _ => Error::cancelled(),
        };
        self.state = State::Over(error.kind().clone(), error.to_string());
        self.window.clear();
        error
    }

    /// All was read: is it what is stored?
    fn check_end(&self) -> Result<(), Error> {
        let (crc64, to) = &self.checked;
        match self.properties.crc64 {
            Some(stored) if *to == self.len() && crc64.sum64() != stored => {
                let text = format!(
                    "{} arrived damaged: its CRC-64 is {} instead of {stored}; read it again",
                    self.wanted.key,
                    crc64.sum64()
                );
                Err(Error::new(ErrorKind::Integrity, text))
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for ObjectReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectReader")
            .field("key", &self.wanted.key)
            .field("len", &self.len())
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

impl BufRead for ObjectReader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.advance()?;
        Ok(self
            .window
            .front()
            .filter(|range| range.contains(self.position))
            .map_or(&[], |range| range.bytes(self.position)))
    }

    fn consume(&mut self, amount: usize) {
        let Some(range) = self.window.front().filter(|range| range.contains(self.position)) else { return };
        let here = range.bytes(self.position);
        let read = here.get(..amount).unwrap_or(here);
        if self.checked.1 == self.position {
            self.checked.0.write(read);
            self.checked.1 += read.len() as u64;
        }
        self.position += read.len() as u64;
        self.in_sequence = self.in_sequence.saturating_add(read.len() as u64);
        self.read_to = self.position;
    }
}

impl Read for ObjectReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl Seek for ObjectReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.len().checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = target.ok_or_else(|| {
            let text = format!("{to:?} from {} lies before the beginning", self.position);
            io::Error::from(Error::invalid_input(text))
        })?;
        Ok(self.position)
    }
}
