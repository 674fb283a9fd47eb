//! Names and connections are waited for in the system, where a shutdown does not reach: where one may come, another thread waits.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use ureq::Error;

/// How soon a shutdown is noticed.
const LOOK: Duration = Duration::from_millis(50);

/// What ends such a wait. By default nothing does, and no thread is needed.
#[derive(Debug, Clone, Default)]
pub(super) struct Interrupt(Option<Arc<AtomicBool>>);

impl Interrupt {
    /// Ends waits once this is true.
    pub(super) fn when(shut_down: &Arc<AtomicBool>) -> Self {
        Self(Some(Arc::clone(shut_down)))
    }

    /// What the work gives. After an interruption it goes on until its own time limit, for nobody.
    pub(super) fn during<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let Some(shut_down) = &self.0 else { return work() };
        let (done, outcome) = mpsc::sync_channel(1);
        thread::Builder::new().name("obs-connect".to_owned()).spawn(move || {
            // Nobody listens after an interruption: what was opened is closed again.
            let _ = done.send(work());
        })?;
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
