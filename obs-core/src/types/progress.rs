//! How far a transfer is.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Cursor, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::body::{Body, Data};
use crate::operation::Operation;
use crate::request::Request;

/// How far a transfer is.
///
/// ```
/// use obs_core::Progress;
/// use std::time::Duration;
///
/// let half = Progress::new(50, Some(100), 0, Duration::from_secs(5));
/// assert_eq!((half.fraction(), half.bytes_per_second()), (Some(0.5), 10.0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Bytes done, those of earlier runs included. Never less than was told before, even where something failed and is
    /// sent again.
    pub transferred: u64,
    /// Bytes in all; `None` while a stream has not ended.
    pub total: Option<u64>,
    /// Bytes of `transferred` that an earlier run had done.
    pub resumed: u64,
    /// Since the transfer started, earlier runs not included.
    pub elapsed: Duration,
}

impl Progress {
    /// For whoever tells the progress of transfers of their own.
    pub fn new(transferred: u64, total: Option<u64>, resumed: u64, elapsed: Duration) -> Self {
        Self { transferred, total, resumed, elapsed }
    }

    /// Done in relation to all, 0 to 1; 1 for an empty transfer, `None` while the total is unknown.
    ///
    /// ```
    /// use obs_core::Progress;
    /// use std::time::Duration;
    /// assert_eq!(Progress::new(1, Some(4), 0, Duration::ZERO).fraction(), Some(0.25));
    /// ```
    pub fn fraction(&self) -> Option<f64> {
        match self.total? {
            0 => Some(1.0),
            total => Some(self.transferred as f64 / total as f64),
        }
    }

    /// The average rate of this run, without what an earlier run had done.
    pub fn bytes_per_second(&self) -> f64 {
        let seconds = self.elapsed.as_secs_f64().max(0.001);
        self.transferred.saturating_sub(self.resumed) as f64 / seconds
    }
}

/// So many bytes pass between two calls of a listener, as the guide's SDK has it.
const STEP: u64 = 102_400;

/// Whom a request tells how far it is.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// bucket
///     .put_content("a.bin", vec![0u8; 100_000])
///     .progress(|p| println!("{} of {:?}", p.transferred, p.total))
///     .send()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct ProgressListener(Option<Arc<Mutex<Meter>>>);

struct Meter {
    listener: Box<dyn FnMut(&Progress) + Send>,
    started: Option<Instant>,
    total: Option<u64>,
    /// What this attempt moved.
    moved: u64,
    /// The most that the listener was told.
    told: u64,
    finished: bool,
}

impl Meter {
    fn tell(&mut self) {
        self.told = self.told.max(self.moved);
        let elapsed = self.started.map_or(Duration::ZERO, |s| s.elapsed());
        (self.listener)(&Progress::new(self.told, self.total, 0, elapsed));
    }
}

impl ProgressListener {
    fn meter(&self) -> Option<MutexGuard<'_, Meter>> {
        // A listener that panicked ended its own call.
        Some(self.0.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// An attempt begins, with nothing moved yet.
    pub(crate) fn begin(&self, total: Option<u64>) {
        if let Some(mut meter) = self.meter() {
            meter.started.get_or_insert_with(Instant::now);
            meter.total = total;
            meter.moved = 0;
            meter.finished = false;
        }
    }

    /// Some more bytes were moved.
    pub(crate) fn moved(&self, bytes: u64) {
        if let Some(mut meter) = self.meter() {
            meter.moved += bytes;
            // The end is told by `finish`, once it is sure.
            if meter.moved >= meter.told.saturating_add(STEP) && meter.total != Some(meter.moved) {
                meter.tell();
            }
        }
    }

    /// All was moved and arrived.
    pub(crate) fn finish(&self) {
        if let Some(mut meter) = self.meter() {
            if !meter.finished {
                meter.finished = true;
                meter.moved = meter.total.unwrap_or(meter.moved);
                meter.total = Some(meter.moved);
                meter.tell();
            }
        }
    }

    /// Counts a body as it is sent.
    pub(crate) fn observe<'a>(&self, body: Body<'a>) -> Body<'a> {
        if self.0.is_none() {
            return body;
        }
        self.begin(body.len());
        let watch = |reader: Box<dyn Read + Send + 'a>| -> Box<dyn Read + Send + 'a> {
            Box::new(Watched { reader, listener: self.clone() })
        };
        let data = match body.data {
            Data::Empty => Data::Empty,
            Data::Bytes(bytes) => {
                let len = Some(bytes.len() as u64);
                Data::Reader { reader: watch(Box::new(Cursor::<Cow<'a, [u8]>>::new(bytes))), len }
            }
            Data::Reader { reader, len } => Data::Reader { reader: watch(reader), len },
        };
        Body { data, ..body }
    }
}

impl fmt::Debug for ProgressListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ProgressListener").field(&self.0.is_some()).finish()
    }
}

struct Watched<'a> {
    reader: Box<dyn Read + Send + 'a>,
    listener: ProgressListener,
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.listener.moved(read as u64);
        Ok(read)
    }
}

impl<O: Operation + AsMut<ProgressListener>> Request<O> {
    /// Calls `listener` as the bytes move: about every 100 KB, and a last time when all arrived. What it is told never goes down,
    /// also where an attempt failed and the bytes are sent again. It is called in the thread that moves the bytes, so it should be
    /// quick.
    ///
    /// ```
    /// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
    /// let show = |progress: &obs_core::Progress| {
    ///     if let Some(fraction) = progress.fraction() {
    ///         println!(
    ///             "{:.0} %, {:.0} KB/s",
    ///             fraction * 100.0,
    ///             progress.bytes_per_second() / 1024.0
    ///         );
    ///     }
    /// };
    /// bucket.put_content("big.bin", vec![0u8; 1 << 20]).progress(show).send()?;
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    pub fn progress(mut self, listener: impl FnMut(&Progress) + Send + 'static) -> Self {
        let meter = Meter {
            listener: Box::new(listener),
            started: None,
            total: None,
            moved: 0,
            told: 0,
            finished: false,
        };
        self.operation.as_mut().0 = Some(Arc::new(Mutex::new(meter)));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::Content;
    use crate::test_support::Fake;
    use crate::{ErrorKind, Result};

    type Seen = Arc<Mutex<Vec<(u64, Option<u64>)>>>;

    fn recorder() -> (Seen, impl FnMut(&Progress) + Send + 'static) {
        let seen = Seen::default();
        let writer = seen.clone();
        (seen, move |p: &Progress| writer.lock().unwrap().push((p.transferred, p.total)))
    }

    fn upload(fake: &Fake, content: impl Into<Content>) -> (Vec<(u64, Option<u64>)>, Result<()>) {
        let (seen, listener) = recorder();
        let result = fake.bucket().put_content("k", content).progress(listener).send().map(drop);
        let seen = seen.lock().unwrap().clone();
        (seen, result)
    }

    #[test]
    fn an_upload_is_told_in_steps_and_once_at_the_end() {
        const LEN: u64 = 1_000_000;
        let (seen, result) = upload(&Fake::new(), vec![7; LEN as usize]);
        result.unwrap();
        assert!((4..=11).contains(&seen.len()), "{seen:?}");
        assert!(seen.windows(2).all(|pair| pair[0].0 < pair[1].0), "{seen:?}");
        assert!(seen.iter().all(|(_, total)| *total == Some(LEN)));
        assert_eq!(seen.iter().filter(|(done, _)| *done == LEN).count(), 1);
        assert_eq!(seen.last(), Some(&(LEN, Some(LEN))));
    }

    #[test]
    fn what_is_sent_again_is_not_told_again() {
        let fake = Fake::new().failure(ErrorKind::Connection);
        let (seen, result) = upload(&fake, vec![7; 500_000]);
        result.unwrap();
        assert_eq!(fake.sent()[1].body.len(), 500_000);
        assert!(seen.windows(2).all(|pair| pair[0].0 < pair[1].0), "{seen:?}");
        assert_eq!(seen.last(), Some(&(500_000, Some(500_000))));
    }

    #[test]
    fn a_stream_gets_its_total_at_the_end() {
        let (seen, _) = upload(&Fake::new(), Content::reader(Cursor::new(vec![1; 200_000])));
        assert_eq!(seen.first().unwrap().1, None);
        assert_eq!(seen.last(), Some(&(200_000, Some(200_000))));
        let (seen, _) = upload(&Fake::new(), "");
        assert_eq!(seen, [(0, Some(0))]);
    }

    #[test]
    fn what_failed_never_comes_to_its_end() {
        let (seen, result) = upload(&Fake::new().answer(403, &[], ""), vec![7; 150_000]);
        assert!(result.is_err());
        assert!(seen.iter().all(|(done, _)| *done < 150_000), "{seen:?}");
    }
}
