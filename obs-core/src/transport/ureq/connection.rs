//! Connections of ureq, with what it lacks: answers that come before the body was sent, and connections that had gone stale.

use std::io::{self, Read};

use ureq::config::Config;
use ureq::unversioned::resolver::{DefaultResolver, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectProxyConnector, ConnectionDetails, Connector, NextTimeout, Transport,
};
use ureq::{Agent, Error};

use super::bypass::{Bypass, Direct};
use super::exchange::Exchange;
use super::gather::Gather;
use super::interrupt::Interrupt;
use super::names::{Later, Names};
use super::tcp::Tcp;

/// The chain of ureq's own default connector with [`Tcp`] in the place of its connections, [`Watched`] below TLS and [`Bypass`] above it.
pub(super) fn agent(config: &Config, interrupt: Interrupt) -> Agent {
    agent_with(config, DefaultResolver::default(), interrupt)
}

/// The same, with another resolver for names that are not the machine itself.
pub(super) fn agent_with(config: &Config, resolver: impl Resolver, interrupt: Interrupt) -> Agent {
    let tcp = Tcp { names: Names::new(resolver), interrupt };
    let proxied = ().chain(ConnectProxyConnector::default());
    let chain = proxied.chain(tcp).chain(Watch).chain(Gather).chain(Bypass::default());
    Agent::with_parts(config.clone(), chain, Later)
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
