//! Waiting that ends when the server stops or the client goes, and bodies that faults act on.

use crate::fault::{Cut, Stall, Wire};
use crate::http::input::Body;
use crate::http::socket::Socket;
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How often a wait looks whether it still makes sense.
const TICK: Duration = Duration::from_millis(20);

/// Whether the server is to stop.
#[derive(Debug, Default)]
pub(crate) struct Stop(AtomicBool);

impl Stop {
    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Waits for a time, or until the client goes. False if there is nobody left to serve.
    pub(crate) fn wait(&self, time: Stall, socket: &Socket) -> bool {
        let start = Instant::now();
        loop {
            let left = time.map_or(TICK, |time| time.saturating_sub(start.elapsed()));
            if left.is_zero() {
                return true;
            }
            sleep(left.min(TICK));
            if self.is_set() || left >= TICK && socket.is_peer_gone() {
                return false;
            }
        }
    }
}

/// The body of a request with what a fault does to it.
pub(crate) struct Received<'a> {
    body: Body<'a>,
    wire: &'a Wire,
    stop: &'a Stop,
    stalled: bool,
    /// Bytes read so far.
    pub(crate) count: u64,
    /// The fault has ended the connection.
    pub(crate) cut: Option<Cut>,
}

impl<'a> Received<'a> {
    pub(crate) fn new(body: Body<'a>, wire: &'a Wire, stop: &'a Stop) -> Self {
        Self { body, wire, stop, stalled: false, count: 0, cut: None }
    }

    /// Reads what is left and forgets it.
    pub(crate) fn discard(&mut self) -> io::Result<()> {
        io::copy(self, &mut io::sink()).map(|_| ())
    }

    fn end(&mut self, cut: Cut) -> io::Error {
        self.cut = Some(cut);
        io::ErrorKind::ConnectionAborted.into()
    }
}

impl Read for Received<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.wire.is_clean() {
            let count = self.body.read(out)?;
            self.count += count as u64;
            return Ok(count);
        }
        let done = self.body.is_done();
        if let Some((place, time)) = self.wire.stall
            && !self.stalled
            && (place <= self.count || done)
        {
            self.stalled = true;
            if !self.stop.wait(time, self.body.socket()) {
                return Err(self.end(Cut::Close));
            }
        }
        if let Some((place, cut)) = self.wire.cut
            && (place <= self.count || done)
        {
            return Err(self.end(cut));
        }
        let run = self.wire.run(self.count, out.len());
        let count = self.body.read(&mut out[..run])?;
        self.wire.flip(self.count, &mut out[..count]);
        let pace = self.wire.pace(count);
        if !pace.is_zero() && !self.stop.wait(Some(pace), self.body.socket()) {
            return Err(self.end(Cut::Close));
        }
        self.count += count as u64;
        Ok(count)
    }
}
