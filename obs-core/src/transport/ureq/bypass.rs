//! What passes ureq by. It opens connections, keeps them, speaks TLS and to proxies, and knows where a request and an answer end; of what is in them it is told
//! no more than that needs:
//!
//! - The head of a request is completed as it is sent ([`head`](super::head)). At the level trace ureq logs all that it is given, byte by byte, so it gets
//!   nothing secret.
//! - The headers of an answer come to us alone ([`answer`]).
//! - A body is read past ureq, which logs it like the rest, copies each byte, and takes one that broke off for whole where it has no
//!   length. It is told of a body of one byte, and reads that one once the true body was read: then it takes the connection back.

use std::io;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use obs_sign::Headers;
use ureq::Error;
#[cfg(feature = "rustls")]
use ureq::config::Config;
#[cfg(feature = "rustls")]
use ureq::unversioned::transport::RustlsConnector;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

use super::answer::{self, Head, Look};
#[cfg(feature = "rustls")]
use super::direct::OverTls;
use super::direct::{Direct, DirectBody, Inner, left_of, write_all};
use super::exchange::Exchange;
#[cfg(feature = "rustls")]
use super::tunnel::in_place_of;

/// What came in.
pub(super) struct Arrived {
    pub(super) headers: Headers,
    /// The body, if there is one.
    pub(super) body: Option<DirectBody>,
}

/// ureq uses a connection whose body is not its own: it never does.
fn lent() -> Error {
    io::Error::other("the connection is lent").into()
}

/// Makes the connections that ureq has: over TLS where that is spoken, else over the socket itself.
#[derive(Debug)]
pub(super) struct Bypass {
    #[cfg(feature = "rustls")]
    pub(super) config: Config,
    #[cfg(feature = "rustls")]
    pub(super) tls: Arc<RustlsConnector>,
}

impl<In: Direct> Connector<In> for Bypass {
    type Out = Passage;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        let Some(chained) = chained else { return Ok(None) };
        #[cfg(feature = "rustls")]
        if details.needs_tls() {
            // For a request with limits of its own it would read the certificates anew.
            let details = in_place_of(details, details.uri, &self.config);
            let over_tls = self.tls.connect(&details, Some(chained))?;
            return Ok(over_tls.map(|inner| Passage::new(Box::new(OverTls(inner)))));
        }
        let _ = details;
        Ok(Some(Passage::new(Box::new(chained))))
    }
}

/// A connection as ureq has it.
#[derive(Debug)]
pub(super) struct Passage {
    /// Lent for the time of a body that is read past ureq.
    inner: Option<Inner>,
    /// Where it comes back to.
    home: Arc<Mutex<Option<Inner>>>,
    /// What ureq gets to read.
    front: Front,
    /// The beginning of a head that is longer than the buffer of its connection.
    began: Vec<u8>,
    phase: Phase,
    /// Input came that ureq may not have looked at.
    came: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Everything goes through: before a request of ours, in a tunnel of a proxy, and behind an answer.
    Through,
    /// An answer is awaited.
    Head {
        /// It is one to HEAD.
        to_head: bool,
        /// So many bytes were no whole head.
        looked_at: usize,
    },
    /// The body is read past ureq.
    Body,
}

impl Passage {
    fn new(inner: Inner) -> Self {
        Self {
            inner: Some(inner),
            home: Arc::default(),
            front: Front::default(),
            began: Vec::new(),
            phase: Phase::Through,
            came: false,
        }
    }

    fn inner(&mut self) -> Result<&mut Inner, Error> {
        self.inner.as_mut().ok_or_else(lent)
    }

    /// Waits until there is something of a head for ureq, which takes nothing for the end.
    fn await_head(&mut self, to_head: bool, looked_at: usize, timeout: NextTimeout) -> Result<bool, Error> {
        let since = Instant::now();
        let mut looked_at = looked_at;
        loop {
            let inner = self.inner.as_mut().ok_or_else(lent)?;
            // Something may be there: behind an informational head, and an early answer.
            let came =
                inner.buffers().input().len() > looked_at || inner.await_input(left_of(timeout, since)?)?;
            Exchange::current(|exchange| exchange.answered |= came);
            match self.look(to_head)? {
                Look::Partial if came => looked_at = self.make_room()?,
                // The connection ended.
                Look::Partial => return Ok(false),
                Look::Head(head) => {
                    self.front.put(&head.for_ureq);
                    let body = head
                        .body
                        .map(|framing| DirectBody::new(framing, self.inner.take(), &self.home, timeout));
                    self.phase = if body.is_some() { Phase::Body } else { Phase::Through };
                    let arrived = Arrived { headers: head.headers, body };
                    Exchange::current(|exchange| exchange.arrived = Some(arrived));
                    if self.phase == Phase::Through {
                        self.let_through()?;
                    }
                    return Ok(came);
                }
                // Consent is told to ureq without the headers that it refuses. The others say nothing, and it would take them for a refusal.
                Look::Informational { consent, .. } => {
                    looked_at = 0;
                    if consent {
                        self.front.put(b"HTTP/1.1 100 \r\n\r\n");
                        self.phase = Phase::Head { to_head, looked_at };
                        return Ok(true);
                    }
                }
                // Not shown to ureq, which would log it.
                Look::Refused(refusal) => return Err(Error::Other(Box::new(refusal))),
            }
            self.phase = Phase::Head { to_head, looked_at };
        }
    }

    /// Looks at what is there, and takes what was recognized.
    fn look(&mut self, to_head: bool) -> Result<Look, Error> {
        let buffers = self.inner.as_mut().ok_or_else(lent)?.buffers();
        let before = self.began.len();
        let look = match before {
            0 => answer::look(buffers.input(), to_head),
            _ => answer::look(&[&self.began, buffers.input()].concat(), to_head),
        };
        if let Look::Head(Head { len, .. }) | Look::Informational { len, .. } = &look {
            // What had begun was no head without this.
            buffers.input_consume(len.saturating_sub(before));
            self.began.clear();
        }
        Ok(look)
    }

    /// Puts aside what fills the buffer; so much of what is there was looked at.
    fn make_room(&mut self) -> Result<usize, Error> {
        let buffers = self.inner.as_mut().ok_or_else(lent)?.buffers();
        let len = buffers.input().len();
        if !buffers.input_append_buf().is_empty() {
            return Ok(len);
        }
        self.began.extend_from_slice(buffers.input());
        buffers.input_consume(len);
        Ok(0)
    }

    /// What came goes to ureq as it is.
    fn let_through(&mut self) -> Result<(), Error> {
        let buffers = self.inner.as_mut().ok_or_else(lent)?.buffers();
        let input = buffers.input();
        let len = input.len();
        self.front.put(input);
        buffers.input_consume(len);
        Ok(())
    }

    /// The body was read: ureq gets its one byte, and whatever came behind the body, which is a reason to close the connection.
    fn take_back(&mut self) -> Result<bool, Error> {
        self.inner = self.home.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.inner()?;
        self.phase = Phase::Through;
        self.front.put(b".");
        self.let_through()?;
        Ok(true)
    }
}

impl Transport for Passage {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let inner = self.inner.as_mut().ok_or_else(lent)?;
        let output = inner.buffers().output();
        let first = output.get(..amount).unwrap_or_default();
        let Some(whole) = Exchange::current(|exchange| exchange.complete(first)) else {
            return inner.transmit_output(amount, timeout);
        };
        self.phase = Phase::Head { to_head: whole.starts_with(b"HEAD "), looked_at: 0 };
        write_all(&mut **inner, &whole, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        // ureq 3.5 overlooks a refusal that came while it waited for the consent to a body (`Expect: 100-continue`), until the
        // server closes or the time is up: it looks at what is there once more.
        if mem::take(&mut self.came) && !self.front.unread().is_empty() {
            return Ok(true);
        }
        self.came = match self.phase {
            Phase::Head { to_head, looked_at } => self.await_head(to_head, looked_at, timeout)?,
            Phase::Body => self.take_back()?,
            Phase::Through => {
                let came = self.inner()?.await_input(timeout)?;
                self.let_through()?;
                came
            }
        };
        Ok(self.came)
    }

    fn is_open(&mut self) -> bool {
        self.phase = Phase::Through;
        self.inner.as_mut().is_some_and(|inner| inner.is_open())
    }

    fn is_tls(&self) -> bool {
        self.inner.as_ref().is_some_and(|inner| inner.is_tls())
    }
}

/// Output is written where it is sent from; input is what was let through.
impl Buffers for Passage {
    fn output(&mut self) -> &mut [u8] {
        self.inner.as_mut().map_or(&mut [], |inner| inner.buffers().output())
    }

    fn tmp_and_output(&mut self) -> (&mut [u8], &mut [u8]) {
        self.inner.as_mut().map_or((&mut [], &mut []), |inner| inner.buffers().tmp_and_output())
    }

    fn input(&self) -> &[u8] {
        self.front.unread()
    }

    fn input_append_buf(&mut self) -> &mut [u8] {
        // Only a connection itself writes there.
        &mut []
    }

    fn input_appended(&mut self, _: usize) {}

    fn input_consume(&mut self, amount: usize) {
        self.front.consume(amount);
    }

    fn can_use_input(&self) -> bool {
        self.front.progress && !self.front.unread().is_empty()
    }
}

/// Input for ureq.
#[derive(Debug, Default)]
struct Front {
    bytes: Vec<u8>,
    read: usize,
    /// The last look at it used some of it.
    progress: bool,
}

impl Front {
    fn unread(&self) -> &[u8] {
        self.bytes.get(self.read..).unwrap_or_default()
    }

    fn put(&mut self, input: &[u8]) {
        self.bytes.drain(..self.read.min(self.bytes.len()));
        self.read = 0;
        self.bytes.extend_from_slice(input);
    }

    fn consume(&mut self, amount: usize) {
        self.progress = amount > 0;
        self.read += amount;
    }
}
