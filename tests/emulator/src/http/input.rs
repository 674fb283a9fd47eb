//! What comes in on a connection: heads and bodies out of one buffer.

use crate::http::head::{self, BadHead, Framing, Head, Parsed};
use crate::http::socket::Socket;
use std::io::{self, Read};
use std::time::Duration;

/// The longest head.
const MAX_HEAD: usize = 64 * 1024;
/// The longest line of chunked framing: a size with extensions, or a trailer.
const MAX_LINE: usize = 4096;

/// The reading side of a connection.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) socket: Socket,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
}

/// Why no head came.
#[derive(Debug)]
pub(crate) enum NoHead {
    /// The other side is done, or was silent too long between two requests.
    Closed,
    Bad(BadHead),
}

impl Input {
    pub(crate) fn new(socket: Socket) -> Self {
        Self { socket, buffer: vec![0; MAX_HEAD].into_boxed_slice(), start: 0, end: 0 }
    }

    /// Reads the next head. The first byte may take `idle`, the others `stall` each time.
    pub(crate) fn head(&mut self, idle: Duration, stall: Duration) -> Result<Box<Head>, NoHead> {
        loop {
            // Some clients send an empty line behind a body
            while self.start < self.end && matches!(self.buffer[self.start], b'\r' | b'\n') {
                self.start += 1;
            }
            match head::parse(&self.buffer[self.start..self.end]) {
                Ok(Parsed::Complete(head, length)) => {
                    self.start += length;
                    return Ok(head);
                }
                Ok(Parsed::Partial) => {}
                Err(bad) => return Err(NoHead::Bad(bad)),
            }
            let begun = self.start < self.end;
            self.socket.set_timeout(if begun { stall } else { idle }).map_err(|_| NoHead::Closed)?;
            match self.fill() {
                Ok(0) => return Err(NoHead::Closed),
                Ok(_) => {}
                Err(error) if begun && is_timeout(&error) => {
                    return Err(NoHead::Bad(BadHead {
                        status: 408,
                        code: "RequestTimeout",
                        message: "The head of the request did not come in time".to_owned(),
                    }));
                }
                Err(error) if error.kind() == io::ErrorKind::OutOfMemory => {
                    return Err(NoHead::Bad(BadHead {
                        status: 431,
                        code: "RequestHeaderSectionTooLarge",
                        message: format!("A request's head may have {MAX_HEAD} bytes"),
                    }));
                }
                Err(_) => return Err(NoHead::Closed),
            }
        }
    }

    /// Reads more behind what is in the buffer.
    fn fill(&mut self) -> io::Result<usize> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == self.buffer.len() {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        let count = retry(|| self.socket.read(&mut self.buffer[self.end..]))?;
        self.end += count;
        Ok(count)
    }

    /// Reads bytes of a body: what is buffered, else from the socket, past the buffer if much is wanted.
    fn read_some(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.start == self.end {
            if out.len() >= MAX_HEAD / 4 {
                return retry(|| self.socket.read(out));
            }
            if self.fill()? == 0 {
                return Ok(0);
            }
        }
        let count = out.len().min(self.end - self.start);
        out[..count].copy_from_slice(&self.buffer[self.start..self.start + count]);
        self.start += count;
        Ok(count)
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        let mut byte = [0];
        while line.len() < MAX_LINE {
            if self.read_some(&mut byte)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if byte[0] == b'\n' {
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return String::from_utf8(line).map_err(|_| io::ErrorKind::InvalidData.into());
            }
            line.push(byte[0]);
        }
        Err(io::ErrorKind::InvalidData.into())
    }
}

fn retry(mut read: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match read() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

pub(crate) fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

/// The body of one request. Ends without an error only where the body does.
#[derive(Debug)]
pub(crate) struct Body<'a> {
    input: &'a mut Input,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Length(u64),
    /// Left of a chunk.
    Chunk(u64),
    /// A chunk's size comes next; the first one has no line end before it.
    Size {
        first: bool,
    },
    Done,
}

impl<'a> Body<'a> {
    pub(crate) fn new(input: &'a mut Input, framing: Framing) -> Self {
        let state = match framing {
            Framing::Length(0) => State::Done,
            Framing::Length(length) => State::Length(length),
            Framing::Chunked => State::Size { first: true },
        };
        Self { input, state }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.state == State::Done
    }

    pub(crate) fn socket(&self) -> &Socket {
        &self.input.socket
    }

    /// Reads the size of the next chunk; behind the last one, the trailers.
    fn next_chunk(&mut self, first: bool) -> io::Result<()> {
        if !first && !self.input.line()?.is_empty() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let line = self.input.line()?;
        let digits = line.split(';').next().unwrap_or_default().trim();
        let hex = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let size = u64::from_str_radix(digits, 16).ok().filter(|_| hex);
        match size {
            None => {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "the size of a chunk is malformed"));
            }
            Some(0) => {
                while !self.input.line()?.is_empty() {}
                self.state = State::Done;
            }
            Some(size) => self.state = State::Chunk(size),
        }
        Ok(())
    }
}

impl Read for Body<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        if let State::Size { first } = self.state {
            self.next_chunk(first)?;
        }
        let (State::Length(left) | State::Chunk(left)) = self.state else { return Ok(0) };
        let want = (out.len() as u64).min(left) as usize;
        let count = self.input.read_some(&mut out[..want])?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let left = left - count as u64;
        self.state = match (self.state, left) {
            (State::Length(_), 0) => State::Done,
            (State::Length(_), left) => State::Length(left),
            (_, 0) => State::Size { first: false },
            (_, left) => State::Chunk(left),
        };
        Ok(count)
    }
}
