//! A job under way, and the hand that its caller keeps on it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use crate::cancel::CancelToken;
use crate::error::Error;
use crate::progress::{Counters, Progress};

/// What a job and its handle share.
#[derive(Debug, Clone)]
pub(crate) struct Control {
    pub(crate) cancel: CancelToken,
    pub(crate) counters: Counters,
    discard: Arc<AtomicBool>,
}

impl Control {
    /// Of a job that is cancelled with `token`, or alone.
    pub(crate) fn new(token: &CancelToken) -> Self {
        Self { cancel: token.child(), counters: Counters::new(None), discard: Arc::default() }
    }

    /// Whether nothing is to be kept to go on from.
    pub(crate) fn discards(&self) -> bool {
        self.discard.load(Ordering::Acquire)
    }
}

/// A transfer that runs on threads of its own.
///
/// Dropping it cancels the transfer and waits until it has ended, at most about a second.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # std::fs::write("big.bin", vec![7; 3 << 20]).unwrap();
/// use obs_transfer::prelude::*;
///
/// let transfer = bucket.upload_file("big.bin", "big.bin").checkpoint(true).start();
/// while !transfer.is_finished() {
///     println!("{} bytes", transfer.progress().transferred);
///     std::thread::sleep(std::time::Duration::from_millis(10));
/// }
/// let uploaded = transfer.wait()?;
/// # assert_eq!(uploaded.size, 3 << 20);
/// # Ok::<(), obs_transfer::Error>(())
/// ```
#[must_use = "dropping it cancels the transfer"]
pub struct Transfer<T> {
    control: Control,
    end: Option<End<T>>,
}

enum End<T> {
    Running(JoinHandle<Result<T, Error>>),
    /// There was no thread to be had.
    Failed(Error),
}

impl<T: Send + 'static> Transfer<T> {
    pub(crate) fn start(
        control: Control,
        name: &str,
        run: impl FnOnce(Control) -> Result<T, Error> + Send + 'static,
    ) -> Self {
        let job = control.clone();
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || run(job));
        let end = match thread {
            Ok(thread) => End::Running(thread),
            Err(error) => End::Failed(Error::from(error)),
        };
        Self { control, end: Some(end) }
    }
}

impl<T> Transfer<T> {
    /// Waits for the end.
    ///
    /// # Errors
    ///
    /// What the transfer failed with; [`is_cancelled`](Error::is_cancelled) after [`cancel`](Self::cancel) or
    /// [`abort`](Self::abort).
    pub fn wait(mut self) -> Result<T, Error> {
        match self.end.take() {
            Some(End::Running(thread)) => {
                thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            }
            Some(End::Failed(error)) => Err(error),
            None => Err(Error::cancelled()),
        }
    }

    /// Ends the transfer within about a second, even where the server keeps silent. With a checkpoint, what is done is
    /// kept, and the next run goes on from there; without, nothing is.
    pub fn cancel(&self) {
        self.control.cancel.cancel();
    }

    /// As [`cancel`](Self::cancel), but keeps nothing: the checkpoint goes, as do the parts on the server or the
    /// temporary file.
    pub fn abort(&self) {
        self.control.discard.store(true, Ordering::Release);
        self.control.cancel.cancel();
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        self.control.counters.progress()
    }

    /// Whether [`wait`](Self::wait) would return at once.
    pub fn is_finished(&self) -> bool {
        match &self.end {
            Some(End::Running(thread)) => thread.is_finished(),
            _ => true,
        }
    }
}

impl<T> Drop for Transfer<T> {
    fn drop(&mut self) {
        if let Some(End::Running(thread)) = self.end.take() {
            self.control.cancel.cancel();
            // Nobody asks how it ended.
            let _ = thread.join();
        }
    }
}

impl<T> fmt::Debug for Transfer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transfer").field("progress", &self.progress()).finish_non_exhaustive()
    }
}
