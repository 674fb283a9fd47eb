//! Answers on their way out.

use crate::exchange::{Content, Dialect, Piece, Response};
use crate::fault::{Cut, Plan, Raw, Wire};
use crate::http::pause::Stop;
use crate::http::socket::Socket;
use crate::positioned::read_file_at;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::SystemTime;

/// A body up to this length goes out in one write with its head.
const TOGETHER: u64 = 64 * 1024;
/// Bytes read from a file at a time.
const BLOCK: usize = 256 * 1024;

/// What happens to the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    /// The next request may come.
    KeepAlive,
    /// Close when the client has read everything.
    Close,
    /// Close at once, without having said so.
    Drop,
    /// Reset.
    Reset,
}

impl From<Cut> for After {
    fn from(cut: Cut) -> Self {
        match cut {
            Cut::Reset => Self::Reset,
            Cut::Close => Self::Drop,
        }
    }
}

/// What the head of an answer says besides the store's part.
#[derive(Debug)]
pub(crate) struct Envelope<'a> {
    pub(crate) is_head: bool,
    pub(crate) keep_alive: bool,
    /// HTTP/1.0 wants to be told that a connection stays.
    pub(crate) dialect: Dialect,
    pub(crate) request_id: &'a str,
    pub(crate) host_id: &'a str,
    pub(crate) now: SystemTime,
}

/// The writing side of one answer.
pub(crate) struct Sender<'a> {
    pub(crate) socket: &'a mut Socket,
    pub(crate) plan: &'a Plan,
    pub(crate) stop: &'a Stop,
    sent: u64,
    stalled: bool,
}

/// The connection ends here.
#[derive(Debug)]
struct Ended(After);

impl From<io::Error> for Ended {
    fn from(_: io::Error) -> Self {
        // The client has gone, or does not read any more
        Self(After::Drop)
    }
}

impl<'a> Sender<'a> {
    pub(crate) fn new(socket: &'a mut Socket, plan: &'a Plan, stop: &'a Stop) -> Self {
        Self { socket, plan, stop, sent: 0, stalled: false }
    }

    /// Sends an answer with everything that the plan does to it.
    pub(crate) fn answer(mut self, response: &Response, envelope: &Envelope<'_>) -> After {
        match self.try_answer(response, envelope) {
            Ok(()) => {
                let lied = self.plan.content_length != 0;
                match (self.plan.close_after, envelope.keep_alive && !lied) {
                    (true, _) => After::Drop,
                    (false, true) => After::KeepAlive,
                    (false, false) => After::Close,
                }
            }
            Err(Ended(after)) => after,
        }
    }

    fn try_answer(&mut self, response: &Response, envelope: &Envelope<'_>) -> Result<(), Ended> {
        self.before_head()?;
        let length = length(&response.body);
        let mut out = head(response, length, envelope, self.plan).into_bytes();
        if envelope.is_head || is_bodiless(response.status) {
            self.socket.write_all(&out)?;
            return Ok(());
        }
        let wire = &self.plan.response;
        if wire.is_clean() && length <= TOGETHER {
            each_block(&response.body, |block| {
                out.extend_from_slice(block);
                Ok(())
            })?;
            self.socket.write_all(&out)?;
            return Ok(());
        }
        self.socket.write_all(&out)?;
        if wire.is_clean() {
            return each_block(&response.body, |block| Ok(self.socket.write_all(block)?));
        }
        each_block(&response.body, |block| self.push(block, wire))?;
        self.at_place(wire, true)
    }

    /// Bytes of the test's own.
    pub(crate) fn raw(mut self, raw: &Raw) -> After {
        let sent = self.before_head().and_then(|()| {
            self.socket.write_all(&raw.bytes)?;
            while !raw.repeat.is_empty() && !self.stop.is_set() {
                self.socket.write_all(&raw.repeat)?;
            }
            Ok(())
        });
        match sent {
            Ok(()) if raw.keep_open => After::KeepAlive,
            Ok(()) => After::Close,
            Err(Ended(after)) => after,
        }
    }

    fn before_head(&mut self) -> Result<(), Ended> {
        if let Some(time) = self.plan.stall_head
            && !self.stop.wait(time, self.socket)
        {
            return Err(Ended(After::Drop));
        }
        if !self.plan.interim.is_empty() {
            self.socket.write_all(&self.plan.interim)?;
        }
        Ok(())
    }

    /// Sends a stretch of the body as the fault has it.
    fn push(&mut self, mut bytes: &[u8], wire: &Wire) -> Result<(), Ended> {
        while !bytes.is_empty() {
            self.at_place(wire, false)?;
            let (run, rest) = bytes.split_at(wire.run(self.sent, bytes.len().min(BLOCK)));
            let pace = wire.pace(run.len());
            if !pace.is_zero() && !self.stop.wait(Some(pace), self.socket) {
                return Err(Ended(After::Drop));
            }
            let mut run = run.to_vec();
            wire.flip(self.sent, &mut run);
            self.socket.write_all(&run)?;
            self.sent += run.len() as u64;
            bytes = rest;
        }
        Ok(())
    }

    /// Does what is due at this place of the body; at its end, also what lies beyond it.
    fn at_place(&mut self, wire: &Wire, at_end: bool) -> Result<(), Ended> {
        if let Some((place, time)) = wire.stall
            && !self.stalled
            && (place <= self.sent || at_end)
        {
            self.stalled = true;
            if !self.stop.wait(time, self.socket) {
                return Err(Ended(After::Drop));
            }
        }
        match wire.cut {
            Some((place, cut)) if place <= self.sent || at_end => Err(Ended(cut.into())),
            _ => Ok(()),
        }
    }
}

fn is_bodiless(status: u16) -> bool {
    status < 200 || status == 204 || status == 304
}

fn length(body: &Content) -> u64 {
    match body {
        Content::Empty => 0,
        Content::Memory(_, range) => range.len() as u64,
        Content::Pieces(pieces) => pieces
            .iter()
            .map(|piece| match piece {
                Piece::Memory(_, range) => range.len() as u64,
                Piece::File(_, range) => range.end - range.start,
            })
            .sum(),
    }
}

/// Hands the body out piece by piece, files in blocks.
fn each_block(body: &Content, mut take: impl FnMut(&[u8]) -> Result<(), Ended>) -> Result<(), Ended> {
    let pieces = match body {
        Content::Empty => return Ok(()),
        Content::Memory(bytes, range) => return take(&bytes[range.clone()]),
        Content::Pieces(pieces) => pieces,
    };
    let mut block = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Memory(bytes, range) => take(&bytes[range.clone()])?,
            Piece::File(file, range) => {
                block.resize(BLOCK, 0);
                let mut at = range.start;
                while at < range.end {
                    let want = (range.end - at).min(BLOCK as u64) as usize;
                    let count = read_file_at(file, &mut block[..want], at)?;
                    if count == 0 {
                        return Err(Ended(After::Reset));
                    }
                    take(&block[..count])?;
                    at += count as u64;
                }
            }
        }
    }
    Ok(())
}

fn head(response: &Response, length: u64, envelope: &Envelope<'_>, plan: &Plan) -> String {
    let prefix = envelope.dialect.prefix();
    let mut head = String::with_capacity(512);
    let _ = write!(head, "HTTP/1.1 {} {}\r\n", response.status, reason(response.status));
    let mut put = |name: &str, value: &str| {
        if plan.without.iter().any(|left_out| left_out.eq_ignore_ascii_case(name)) {
            return;
        }
        // A value with a line end would be another header
        let clean = value.replace(['\r', '\n', '\0'], " ");
        let _ = write!(head, "{name}: {clean}\r\n");
    };
    put("Server", "OBS");
    put(&format!("{prefix}request-id"), envelope.request_id);
    put(&format!("{prefix}id-2"), envelope.host_id);
    put("Date", &httpdate::fmt_http_date(envelope.now));
    for (name, value) in response.headers.iter().chain(&plan.headers) {
        put(name, value);
    }
    if !is_bodiless(response.status) {
        let claimed = length.saturating_add_signed(plan.content_length);
        put("Content-Length", &claimed.to_string());
    }
    if !envelope.keep_alive {
        put("Connection", "close");
    }
    head.push_str("\r\n");
    head
}

/// The reason phrases of the statuses that OBS uses.
fn reason(status: u16) -> &'static str {
    match status {
        100 => "Continue",
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        206 => "Partial Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        416 => "Range Not Satisfiable",
        417 => "Expectation Failed",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Unknown",
    }
}
