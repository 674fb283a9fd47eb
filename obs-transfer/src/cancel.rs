//! Cancelling from anywhere.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use crate::error::Error;

type Callback = Box<dyn FnOnce() + Send>;

/// Cancels transfers from any thread (but not from within a Unix signal handler, which may take no lock: have it wake a
/// thread, as the crates for signals do).
///
/// Clones share one state. A token is cancelled once and for good; a [`child`](Self::child) is cancelled with its
/// parent but not the other way round, so that one token stops a program and a child of it one transfer.
///
/// ```
/// # use obs_transfer::CancelToken;
/// let token = CancelToken::new();
/// let of_one_job = token.child();
/// token.cancel();
/// assert!(of_one_job.is_cancelled());
/// ```
#[derive(Clone)]
pub struct CancelToken(Arc<Inner>);

struct Inner {
    /// The same as `callbacks` being `None`, readable without the lock: workers ask between any two buffers.
    cancelled: AtomicBool,
    callbacks: Mutex<Option<Callbacks>>,
    changed: Condvar,
    /// Deregisters a child from its parent when the child's last clone goes.
    _parent: Option<OnCancel>,
}

#[derive(Default)]
struct Callbacks {
    next: u64,
    waiting: Vec<(u64, Callback)>,
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, Option<Callbacks>> {
        self.callbacks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CancelToken {
    /// A token that nothing has cancelled yet.
    #[must_use]
    pub fn new() -> Self {
        Self::with_parent(None)
    }

    fn with_parent(parent: Option<OnCancel>) -> Self {
        Self(Arc::new(Inner {
            cancelled: AtomicBool::new(false),
            callbacks: Mutex::new(Some(Callbacks::default())),
            changed: Condvar::new(),
            _parent: parent,
        }))
    }

    /// A token that is cancelled with this one, or alone.
    #[must_use]
    pub fn child(&self) -> Self {
        // The child must exist before it can be registered, and must own its registration: a cell joins the two.
        let cell: Arc<Mutex<Weak<Inner>>> = Arc::default();
        let seen = Arc::clone(&cell);
        let registration = self.on_cancel(move || {
            let child = seen.lock().unwrap_or_else(PoisonError::into_inner).upgrade();
            if let Some(inner) = child {
                Self(inner).cancel();
            }
        });
        let child = Self::with_parent(Some(registration));
        *cell.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(&child.0);
        // Cancelled before the cell was filled: the callback found nobody.
        if self.is_cancelled() {
            child.cancel();
        }
        child
    }

    /// Cancels; all but the first call do nothing. Callbacks run on this thread before it returns.
    pub fn cancel(&self) {
        let callbacks = {
            let mut state = self.0.lock();
            self.0.cancelled.store(true, Ordering::Release);
            state.take()
        };
        self.0.changed.notify_all();
        for (_, callback) in callbacks.into_iter().flat_map(|callbacks| callbacks.waiting) {
            // One that panics must not keep the others from running.
            if catch_unwind(AssertUnwindSafe(callback)).is_err() {
                log::error!(target: "obs::transfer", "a callback on cancel panicked");
            }
        }
    }

    /// Whether it, or its parent, was cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Acquire)
    }

    /// Runs `callback` once when the token is cancelled: on the cancelling thread, or at once on this one where that
    /// has happened already. This is how a blocked read ends: the callback shuts its connection.
    ///
    /// Dropping what is returned deregisters the callback, but does not wait for one that runs just then.
    #[must_use = "dropping it deregisters the callback"]
    pub fn on_cancel(&self, callback: impl FnOnce() + Send + 'static) -> OnCancel {
        let mut state = self.0.lock();
        if let Some(callbacks) = state.as_mut() {
            let id = callbacks.next;
            callbacks.next += 1;
            callbacks.waiting.push((id, Box::new(callback)));
            return OnCancel { token: Arc::downgrade(&self.0), id };
        }
        drop(state);
        callback();
        OnCancel { token: Weak::new(), id: 0 }
    }

    /// An error once it is cancelled.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.is_cancelled() { Err(Error::cancelled()) } else { Ok(()) }
    }

    /// Sleeps, but not beyond the moment of cancelling.
    pub(crate) fn sleep(&self, duration: Duration) -> Result<(), Error> {
        let start = Instant::now();
        let mut state = self.0.lock();
        while state.is_some() {
            let left = duration.saturating_sub(start.elapsed());
            if left.is_zero() {
                return Ok(());
            }
            state = self.0.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        Err(Error::cancelled())
    }
}

impl Default for CancelToken {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for CancelToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CancelToken").field(&self.is_cancelled()).finish()
    }
}

/// Keeps a callback of [`CancelToken::on_cancel`] registered until dropped.
///
/// ```
/// use obs_transfer::CancelToken;
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicBool, Ordering};
///
/// let token = CancelToken::new();
/// let told = Arc::new(AtomicBool::new(false));
/// let tell = told.clone();
/// let registered = token.on_cancel(move || tell.store(true, Ordering::Relaxed));
/// token.cancel();
/// assert!(told.load(Ordering::Relaxed));
/// drop(registered); // what waits for nothing any more is forgotten
/// ```
pub struct OnCancel {
    token: Weak<Inner>,
    id: u64,
}

impl Drop for OnCancel {
    fn drop(&mut self) {
        let Some(inner) = self.token.upgrade() else { return };
        let removed = inner.lock().as_mut().and_then(|callbacks| {
            let at = callbacks.waiting.iter().position(|(id, _)| *id == self.id)?;
            Some(callbacks.waiting.swap_remove(at))
        });
        // What the callback owns may itself deregister something: not under the lock.
        drop(removed);
    }
}

impl fmt::Debug for OnCancel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OnCancel").finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;
    use std::thread;

    use super::*;

    fn counted(count: &Arc<AtomicU32>) -> impl FnOnce() + Send + 'static {
        let count = Arc::clone(count);
        move || {
            count.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn callbacks_run_once_and_before_cancel_returns() {
        let (token, count) = (CancelToken::new(), Arc::default());
        let kept = token.on_cancel(counted(&count));
        drop(token.on_cancel(counted(&count)));
        assert!(token.check().is_ok());
        token.cancel();
        token.clone().cancel();
        assert_eq!(count.load(Ordering::SeqCst), 1, "the dropped one may not run, the kept one once");
        let late = token.on_cancel(counted(&count));
        assert_eq!(count.load(Ordering::SeqCst), 2, "a late one runs at once");
        assert!(token.check().unwrap_err().is_cancelled());
        drop((kept, late));
    }

    #[test]
    fn a_panicking_callback_does_not_stop_the_others() {
        let (token, count) = (CancelToken::new(), Arc::default());
        let _first = token.on_cancel(|| panic!("wanted by the test"));
        let _second = token.on_cancel(counted(&count));
        token.cancel();
        assert_eq!(count.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn children_follow_their_parent_only() {
        let parent = CancelToken::new();
        let (first, second) = (parent.child(), parent.child());
        let grandchild = first.child();
        first.cancel();
        assert!(grandchild.is_cancelled());
        assert!(!parent.is_cancelled() && !second.is_cancelled());
        parent.cancel();
        assert!(second.is_cancelled());
        assert!(parent.child().is_cancelled(), "born of a cancelled parent");
    }

    #[test]
    fn children_that_are_gone_leave_nothing_behind() {
        let parent = CancelToken::new();
        for _ in 0..100 {
            drop(parent.child());
        }
        assert_eq!(parent.0.lock().as_ref().unwrap().waiting.len(), 0);
    }

    #[test]
    fn sleeping_ends_with_cancel() {
        let token = CancelToken::new();
        assert!(token.sleep(Duration::from_millis(1)).is_ok());
        let start = Instant::now();
        thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(Duration::from_millis(50));
                token.cancel();
            });
            assert!(token.sleep(Duration::from_secs(60)).unwrap_err().is_cancelled());
        });
        assert!(start.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn cancelling_races_with_registering_and_dropping() {
        for _ in 0..200 {
            let (token, count) = (CancelToken::new(), Arc::<AtomicU32>::default());
            thread::scope(|scope| {
                let registered = scope.spawn(|| (token.on_cancel(counted(&count)), token.child()));
                scope.spawn(|| token.cancel());
                let (_guard, child) = registered.join().unwrap();
                token.cancel();
                drop(_guard);
                // The other thread's cancel() may still be running the callbacks; scope's end waits for it.
                scope.spawn(move || while !child.is_cancelled() {});
            });
            assert_eq!(count.load(Ordering::SeqCst), 1);
        }
    }
}
