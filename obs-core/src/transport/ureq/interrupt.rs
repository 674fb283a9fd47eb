//! Names and connections are waited for in the system, where neither a shutdown nor a time limit reaches: where one may come, another
//! thread waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;
use std::{fmt, io, thread};

use ureq::Error;

/// How soon a shutdown is noticed.
const LOOK: Duration = Duration::from_millis(50);

/// The system has no thread left.
#[derive(Debug)]
pub(super) struct NoThread(io::Error);

impl fmt::Display for NoThread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the system gives no thread to wait for it")
    }
}

impl std::error::Error for NoThread {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// What the work will give, on a thread of its own. It goes on until its own end, also if nobody listens.
pub(super) fn elsewhere<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<Receiver<T>, Error> {
    let (done, outcome) = mpsc::sync_channel(1);
    let waits = move || {
        // What was opened for nobody is closed again.
        let _ = done.send(work());
    };
    match thread::Builder::new().name("obs-connect".to_owned()).spawn(waits) {
        Ok(_) => Ok(outcome),
        Err(none) => Err(Error::Other(Box::new(NoThread(none)))),
    }
}

/// What ends such a wait. By default nothing does, and no thread is needed.
#[derive(Debug, Clone, Default)]
pub(super) struct Interrupt(Option<Arc<AtomicBool>>);

impl Interrupt {
    /// Ends waits once this is true.
    pub(super) fn when(shut_down: &Arc<AtomicBool>) -> Self {
        Self(Some(Arc::clone(shut_down)))
    }

    /// What the work gives.
    pub(super) fn during<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let Some(shut_down) = &self.0 else { return work() };
        let outcome = elsewhere(work)?;
        loop {
            match outcome.recv_timeout(LOOK) {
                Ok(outcome) => return outcome,
                Err(RecvTimeoutError::Timeout) if !shut_down.load(Ordering::Acquire) => {}
                Err(RecvTimeoutError::Timeout) => {
                    return Err(io::Error::from(io::ErrorKind::NotConnected).into());
                }
                Err(RecvTimeoutError::Disconnected) => return Err(Error::ConnectionFailed),
            }
        }
    }
}
