//! Connections of ureq, with what it lacks: answers that come before the body was sent, and connections that had gone stale.

use std::io::{self, Read};
#[cfg(feature = "rustls")]
use std::sync::Arc;

use ureq::config::Config;
#[cfg(feature = "rustls")]
use ureq::unversioned::transport::RustlsConnector;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};
use ureq::{Agent, Error};

use super::bypass::Bypass;
use super::direct::Direct;
use super::exchange::Exchange;
use super::gather::Gather;
use super::interrupt::Interrupt;
use super::names::{Later, Names};
use super::tcp::Tcp;
use super::tunnel::{Tunnel, Tunneled};

/// What all connections of a client have in common.
#[derive(Clone)]
pub(super) struct Common {
    pub(super) config: Config,
    /// The same without a proxy.
    pub(super) direct: Config,
    pub(super) user_agent: String,
    pub(super) names: Names,
    /// Made of certificates once, and what knows the sessions that can be resumed.
    #[cfg(feature = "rustls")]
    pub(super) tls: Arc<RustlsConnector>,
}

/// The chain of ureq's own default connector with [`Tunnel`] and [`Tcp`] in the place of its connections, [`Watched`] below TLS and
/// [`Bypass`] above it.
pub(super) fn agent(common: &Common, interrupt: Interrupt) -> Agent {
    agent_over(Tcp { names: common.names.clone(), interrupt }, common)
}

/// The same over other connections.
pub(super) fn agent_over(sockets: impl Connector<Tunneled, Out: Direct>, common: &Common) -> Agent {
    let Common { config, direct, user_agent, .. } = common.clone();
    let bypass = Bypass {
        #[cfg(feature = "rustls")]
        config: direct.clone(),
        #[cfg(feature = "rustls")]
        tls: Arc::clone(&common.tls),
    };
    let proxied = ().chain(Tunnel { direct, user_agent });
    Agent::with_parts(config, proxied.chain(sockets).chain(Watch).chain(Gather).chain(bypass), Later)
}

/// The body on its way out. Once the server has closed the connection nothing of it arrives any more: then what ureq still wants
/// is made up, and the source is left alone.
pub(super) struct Source<'a> {
    reader: &'a mut dyn Read,
    left: Option<u64>,
    pub(super) touched: bool,
}

impl<'a> Source<'a> {
    pub(super) fn new(reader: &'a mut dyn Read, len: Option<u64>) -> Self {
        Self { reader, left: len, touched: false }
    }
}

impl Read for Source<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = if Exchange::current(|exchange| exchange.closed) {
            let left = usize::try_from(self.left.unwrap_or(0)).unwrap_or(usize::MAX);
            let made_up = buffer.len().min(left);
            if let Some(zeros) = buffer.get_mut(..made_up) {
                zeros.fill(0);
            }
            made_up
        } else {
            self.touched = true;
            self.reader.read(buffer)?
        };
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(read as u64);
        }
        Ok(read)
    }
}

#[derive(Debug)]
struct Watch;

impl<In: Transport> Connector<In> for Watch {
    type Out = Watched<In>;

    fn connect(&self, _: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        Ok(chained.map(|inner| Watched { inner, pooled: false, closed: false }))
    }
}

/// A connection whose writes do not fail when the server has closed it: it may have answered before, as with a 403 to an
/// upload, and ureq would never look. If it has not, reading says so.
#[derive(Debug)]
struct Watched<T> {
    inner: T,
    pooled: bool,
    closed: bool,
}

impl<T: Transport> Transport for Watched<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
        if self.pooled {
            Exchange::current(|exchange| exchange.reused = true);
        }
        if !self.closed {
            match self.inner.transmit_output(amount, timeout) {
                Err(Error::Io(e)) if matches!(e.kind(), BrokenPipe | ConnectionAborted | ConnectionReset) => {
                    self.closed = true;
                }
                other => return other,
            }
        }
        Exchange::current(|exchange| exchange.closed = true);
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        if Exchange::current(|exchange| exchange.is_fruitless()) {
            return Err(Error::Io(io::Error::other("the server sends heads or trailers without end")));
        }
        let had = self.inner.buffers().input().len();
        let came = self.inner.await_input(timeout)?;
        let has = self.inner.buffers().input().len();
        Exchange::current(|exchange| exchange.taken += has.saturating_sub(had));
        Ok(came)
    }

    fn is_open(&mut self) -> bool {
        // The pool asks, and nobody else.
        self.pooled = true;
        !self.closed && self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

impl<T: Direct> Direct for Watched<T> {
    fn read_into(&mut self, buffer: &mut [u8], timeout: NextTimeout) -> Result<usize, Error> {
        self.inner.read_into(buffer, timeout)
    }
}
