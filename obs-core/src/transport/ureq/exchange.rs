//! The exchange that a thread is at. ureq runs it in the thread that asks, and has no way to hand anything through to the connection
//! and back: this does.

use std::cell::RefCell;

use super::bypass::Arrived;
use super::head;

/// What may be taken in before there is an answer, or a byte of its body. ureq 3.5 takes informational heads and trailers without end,
/// and no stall limit ends what moves.
const FRUITLESS: usize = 1 << 20;

thread_local! {
    static CURRENT: RefCell<Exchange> = const { RefCell::new(Exchange::new(Vec::new())) };
}

/// What passes ureq by in an exchange, and what becomes of its connection.
pub(super) struct Exchange {
    /// The head of the request.
    pub(super) head: Vec<u8>,
    /// It was sent: a body may begin like one.
    pub(super) sent: bool,
    /// The connection came out of the pool.
    pub(super) reused: bool,
    /// Bytes of an answer came, deciphered.
    pub(super) answered: bool,
    /// The other side closed the connection while the request was sent.
    pub(super) closed: bool,
    /// So many bytes came of which nothing has come yet.
    pub(super) taken: usize,
    /// The answer.
    pub(super) arrived: Option<Arrived>,
}

impl Exchange {
    const fn new(head: Vec<u8>) -> Self {
        Self { head, sent: false, reused: false, answered: false, closed: false, taken: 0, arrived: None }
    }

    /// Begins one: this is the head of the request that ureq is about to send. One within another, as of a body that is fetched while it
    /// is sent, ends before the other goes on.
    pub(super) fn begin(head: Vec<u8>) -> UnderWay {
        UnderWay(Some(CURRENT.replace(Self::new(head))))
    }

    /// Begins a look for bytes of a body.
    pub(super) fn read_on() -> UnderWay {
        Self::begin(Vec::new())
    }

    /// The one that this thread is at.
    pub(super) fn current<T>(look: impl FnOnce(&mut Self) -> T) -> T {
        CURRENT.with_borrow_mut(look)
    }

    /// The true first bytes of the request, in the place of those of ureq, once.
    pub(super) fn complete(&mut self, first: &[u8]) -> Option<Vec<u8>> {
        if self.sent {
            return None;
        }
        let whole = head::complete(first, &self.head)?;
        self.sent = true;
        Some(whole)
    }

    /// Too much came for nothing.
    pub(super) fn is_fruitless(&self) -> bool {
        self.taken > FRUITLESS
    }

    /// The server had closed the idle connection, and that came to light only now.
    pub(super) fn was_stale(&self) -> bool {
        self.reused && !self.answered
    }
}

/// Holds the exchange around the one that is under way.
pub(super) struct UnderWay(Option<Exchange>);

impl UnderWay {
    /// Ends it, and says what it came to.
    pub(super) fn end(mut self) -> Exchange {
        CURRENT.replace(self.0.take().unwrap_or_else(|| Exchange::new(Vec::new())))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if let Some(outer) = self.0.take() {
            CURRENT.set(outer);
        }
    }
}
