//! Connections and bodies that are read past ureq.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use ureq::Error;
#[cfg(feature = "rustls")]
use ureq::unversioned::transport::Buffers;
use ureq::unversioned::transport::time::Duration;
use ureq::unversioned::transport::{NextTimeout, Transport};

use super::answer::Framing;
use super::chunked::Chunked;

/// What is left of a time that began then.
pub(super) fn left_of(mut timeout: NextTimeout, since: Instant) -> Result<NextTimeout, Error> {
    if let Duration::Exact(limit) = timeout.after {
        let left = limit.saturating_sub(since.elapsed());
        if left.is_zero() {
            return Err(Error::Timeout(timeout.reason));
        }
        timeout.after = Duration::Exact(left);
    }
    Ok(timeout)
}

/// A connection that can be read into a buffer of the caller's.
pub(super) trait Direct: Transport {
    /// Reads some, once all input of the connection's own buffers was taken. Nothing is the end.
    fn read_into(&mut self, buffer: &mut [u8], timeout: NextTimeout) -> Result<usize, Error>;
}

/// Reads by way of the connection's own buffers.
pub(super) fn read_buffered(
    connection: &mut (impl Transport + ?Sized),
    buffer: &mut [u8],
    timeout: NextTimeout,
) -> Result<usize, Error> {
    if connection.buffers().input().is_empty() && !connection.await_input(timeout)? {
        return Ok(0);
    }
    let input = connection.buffers().input();
    let read = input.len().min(buffer.len());
    if let (Some(to), Some(from)) = (buffer.get_mut(..read), input.get(..read)) {
        to.copy_from_slice(from);
    }
    connection.buffers().input_consume(read);
    Ok(read)
}

/// Writes by way of the connection's own buffers.
pub(super) fn write_all(
    connection: &mut (impl Transport + ?Sized),
    bytes: &[u8],
    timeout: NextTimeout,
) -> Result<(), Error> {
    let room = connection.buffers().output().len().max(1);
    for piece in bytes.chunks(room) {
        let output = connection.buffers().output();
        output.iter_mut().zip(piece).for_each(|(place, byte)| *place = *byte);
        connection.transmit_output(piece.len(), timeout)?;
    }
    Ok(())
}

/// What is deciphered goes through buffers.
#[cfg(feature = "rustls")]
#[derive(Debug)]
pub(super) struct OverTls<T>(pub(super) T);

#[cfg(feature = "rustls")]
impl<T: Transport> Transport for OverTls<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.0.transmit_output(amount, timeout)
    }

    fn maybe_await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.0.maybe_await_input(timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.0.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        self.0.is_tls()
    }
}

#[cfg(feature = "rustls")]
impl<T: Transport> Direct for OverTls<T> {
    fn read_into(&mut self, buffer: &mut [u8], timeout: NextTimeout) -> Result<usize, Error> {
        read_buffered(&mut self.0, buffer, timeout)
    }
}

/// A connection, between ureq and the socket.
pub(super) type Inner = Box<dyn Direct>;

/// A body that is read past ureq, on the connection itself. Dropped before its end it closes the connection.
pub(super) struct DirectBody {
    inner: Option<Inner>,
    home: Arc<Mutex<Option<Inner>>>,
    left: Left,
    /// As it was when the head came.
    timeout: NextTimeout,
    since: Instant,
}

/// What is left of a body.
enum Left {
    Bytes(u64),
    Chunks(Chunked),
    /// All up to the end of the connection.
    All,
}

impl DirectBody {
    /// A body that comes on this connection, which goes home at its end.
    pub(super) fn new(
        framing: Framing,
        inner: Option<Inner>,
        home: &Arc<Mutex<Option<Inner>>>,
        timeout: NextTimeout,
    ) -> Self {
        let left = match framing {
            Framing::Length(length) => Left::Bytes(length),
            Framing::Chunked => Left::Chunks(Chunked::default()),
            Framing::Close => Left::All,
        };
        Self { inner, home: Arc::clone(home), left, timeout, since: Instant::now() }
    }

    /// Whether all was read, and the connection is good for more.
    pub(super) fn is_ended(&self) -> bool {
        match &self.left {
            Left::Bytes(left) => *left == 0,
            Left::Chunks(chunks) => chunks.is_ended(),
            Left::All => false,
        }
    }

    /// What is missing, if the connection has ended.
    pub(super) fn missing(&self) -> Option<String> {
        match &self.left {
            Left::Bytes(left) => Some(format!("the answer ended {left} bytes early")),
            Left::Chunks(chunks) => {
                (!chunks.is_whole()).then(|| "the answer ended before its last chunk".to_owned())
            }
            Left::All => None,
        }
    }

    /// Gives the connection back, so that ureq can read its byte.
    pub(super) fn end(mut self) {
        *self.home.lock().unwrap_or_else(PoisonError::into_inner) = self.inner.take();
    }

    /// Reads some of it; nothing at its end, and where the connection ends before.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        let Some(inner) = &mut self.inner else { return Ok(0) };
        let mut timeout = || left_of(self.timeout, self.since);
        match &mut self.left {
            Left::Bytes(left) => {
                let read = receive(inner, buffer, *left, timeout)?;
                *left -= read as u64;
                Ok(read)
            }
            Left::Chunks(chunks) => {
                if !buffer.is_empty() {
                    skip(inner, chunks, &mut timeout)?;
                }
                let read = receive(inner, buffer, chunks.left(), timeout)?;
                chunks.took(read);
                Ok(read)
            }
            Left::All => receive(inner, buffer, u64::MAX, timeout),
        }
    }
}

/// Reads some of so many bytes.
fn receive(
    inner: &mut Inner,
    buffer: &mut [u8],
    left: u64,
    timeout: impl FnOnce() -> Result<NextTimeout, Error>,
) -> Result<usize, Error> {
    let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
    let Some(buffer) = buffer.get_mut(..most).filter(|buffer| !buffer.is_empty()) else { return Ok(0) };
    let timeout = timeout()?;
    match inner.buffers().input() {
        [] => inner.read_into(buffer, timeout),
        _ => read_buffered(&mut **inner, buffer, timeout),
    }
}

/// Reads framing, up to bytes of the body, its end, or that of the connection.
fn skip(
    inner: &mut Inner,
    chunks: &mut Chunked,
    mut timeout: impl FnMut() -> Result<NextTimeout, Error>,
) -> Result<(), Error> {
    while chunks.left() == 0 && !chunks.is_ended() {
        if inner.buffers().input().is_empty() && !inner.await_input(timeout()?)? {
            break;
        }
        let skipped =
            chunks.skip(inner.buffers().input()).map_err(|broken| Error::Other(Box::new(broken)))?;
        inner.buffers().input_consume(skipped);
    }
    Ok(())
}
