//! What a fault does to a request or its answer.

use std::time::Duration;

/// One thing that goes wrong. A rule may have several.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// Answers instead of the store. The signature is not looked at.
    Answer(Answer),
    /// Sends these bytes in place of an answer, heads and all, then closes the connection. The store does not get
    /// the request.
    Raw(Raw),
    /// Sends these bytes before the answer: a `103` or any other informational head, or garbage.
    Interim(Vec<u8>),
    /// Waits before the request is handled.
    Delay(Duration),
    /// Waits before the first byte of the answer; `None` is until the client goes.
    StallHead(Option<Duration>),
    /// Stops sending after this many bytes of the answer's body, for a time or until the client goes.
    StallBody {
        /// Bytes of the body sent before; as many as it has: after the last.
        after: u64,
        /// How long.
        time: Option<Duration>,
    },
    /// Stops reading after this many bytes of the request's body, for a time or until the client goes.
    StallRequest {
        /// Bytes of the body read before.
        after: u64,
        /// How long.
        time: Option<Duration>,
    },
    /// Resets the connection once so many bytes of the request's body are read. A body that is not longer
    /// is read whole, and the connection reset then.
    ResetRequest(u64),
    /// Resets the connection once so many bytes of the answer's body are sent, or all of them.
    ResetResponse(u64),
    /// Closes the connection properly at that place, so that the body is too short.
    CloseResponse(u64),
    /// Lies about the length of the answer's body by so much, and closes the connection after it.
    ContentLength(i64),
    /// Keeps only so many bytes of the answer's body, with a length that says nothing of the others.
    CutResponse(u64),
    /// Changes a byte of the answer's body on its way out: its bits are turned over where the mask has ones.
    FlipResponse {
        /// Offset of the byte; nothing happens if the body is shorter.
        offset: u64,
        /// Bits to turn over.
        mask: u8,
    },
    /// Changes a byte of the request's body before it is looked at, as a bad wire would.
    FlipRequest {
        /// Offset of the byte; nothing happens if the body is shorter.
        offset: u64,
        /// Bits to turn over.
        mask: u8,
    },
    /// Sends the body of the answer at so many bytes per second.
    SlowResponse(u64),
    /// Reads the body of the request at so many bytes per second.
    SlowRequest(u64),
    /// Does what is asked, then resets the connection instead of answering.
    DropAnswer,
    /// Answers as always, then closes the connection without having announced it.
    CloseAfter,
    /// Adds a header to the answer, such as `Retry-After`; one of that name stays too.
    Header(String, String),
    /// Leaves a header out of the answer, whoever would have added it.
    WithoutHeader(String),
}

/// An answer of the test's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Body,
    pub(crate) early: bool,
}

/// The body of an [`Answer`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Body {
    Bytes(Vec<u8>),
    /// Written as OBS's XML document when the request's id is known.
    Error {
        code: &'static str,
        message: String,
    },
}

impl Answer {
    /// An answer with this status and no body.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Body::Bytes(Vec::new()), early: false }
    }

    /// An error as OBS reports it: an XML document, or headers for HEAD. The status may be 200.
    #[must_use]
    pub fn error(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        // Codes are static everywhere else; a script brings few of its own
        let code: &'static str = code.into().leak();
        Self { body: Body::Error { code, message: message.into() }, ..Self::status(status) }
    }

    /// A redirect with a `Location`.
    #[must_use]
    pub fn redirect(status: u16, location: impl Into<String>) -> Self {
        Self::status(status).header("Location", location)
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.body = Body::Bytes(bytes.into());
        self
    }

    /// Answers without reading the request's body, and closes the connection.
    #[must_use]
    pub fn early(mut self) -> Self {
        self.early = true;
        self
    }
}

/// Bytes of the test's own in place of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raw {
    pub(crate) bytes: Vec<u8>,
    pub(crate) repeat: Vec<u8>,
    pub(crate) keep_open: bool,
}

impl Raw {
    /// Sends these bytes, then closes.
    #[must_use]
    pub fn bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into(), repeat: Vec::new(), keep_open: false }
    }

    /// Sends these bytes again and again after the first ones, until the client goes.
    #[must_use]
    pub fn then_forever(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.repeat = bytes.into();
        self
    }

    /// Goes on with the connection afterwards.
    #[must_use]
    pub fn keep_open(mut self) -> Self {
        self.keep_open = true;
        self
    }
}

/// Everything that goes wrong with one request.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Plan {
    pub(crate) answer: Option<Answer>,
    pub(crate) raw: Option<Raw>,
    pub(crate) interim: Vec<u8>,
    pub(crate) delay: Duration,
    pub(crate) stall_head: Option<Stall>,
    pub(crate) request: Wire,
    pub(crate) response: Wire,
    pub(crate) content_length: i64,
    /// Bytes of the answer's body that are kept.
    pub(crate) kept: Option<u64>,
    pub(crate) drop_answer: bool,
    pub(crate) close_after: bool,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) without: Vec<String>,
}

/// How long a stall lasts; `None` is until the client goes.
pub(crate) type Stall = Option<Duration>;

/// What befalls the bytes of a body.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Wire {
    pub(crate) stall: Option<(u64, Stall)>,
    pub(crate) cut: Option<(u64, Cut)>,
    pub(crate) flips: Vec<(u64, u8)>,
    /// Bytes per second.
    pub(crate) speed: Option<u64>,
}

/// How a connection ends in the middle of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    Reset,
    Close,
}

impl Wire {
    pub(crate) fn is_clean(&self) -> bool {
        *self == Self::default()
    }

    /// How many of the next `length` bytes pass before something happens.
    pub(crate) fn run(&self, at: u64, length: usize) -> usize {
        let mut next = length as u64;
        let mut stop = |place: u64| {
            if place > at {
                next = next.min(place - at);
            }
        };
        if let Some((place, _)) = self.stall {
            stop(place);
        }
        if let Some((place, _)) = self.cut {
            stop(place);
        }
        if let Some(speed) = self.speed {
            next = next.min((speed / 20).max(1));
        }
        next as usize
    }

    /// Turns bits over in bytes that begin at `at`.
    pub(crate) fn flip(&self, at: u64, bytes: &mut [u8]) {
        for &(offset, mask) in &self.flips {
            let byte = offset.checked_sub(at).and_then(|index| bytes.get_mut(usize::try_from(index).ok()?));
            if let Some(byte) = byte {
                *byte ^= mask;
            }
        }
    }

    /// The time that so many bytes take.
    pub(crate) fn pace(&self, bytes: usize) -> Duration {
        match self.speed {
            Some(speed) => Duration::from_secs_f64(bytes as f64 / speed.max(1) as f64),
            None => Duration::ZERO,
        }
    }
}

impl Plan {
    pub(crate) fn add(&mut self, action: &Action) {
        match action.clone() {
            Action::Answer(answer) => self.answer = Some(answer),
            Action::Raw(raw) => self.raw = Some(raw),
            Action::Interim(bytes) => self.interim.extend(bytes),
            Action::Delay(time) => self.delay += time,
            Action::StallHead(time) => self.stall_head = Some(time),
            Action::StallBody { after, time } => self.response.stall = Some((after, time)),
            Action::StallRequest { after, time } => self.request.stall = Some((after, time)),
            Action::ResetRequest(after) => self.request.cut = Some((after, Cut::Reset)),
            Action::ResetResponse(after) => self.response.cut = Some((after, Cut::Reset)),
            Action::CloseResponse(after) => self.response.cut = Some((after, Cut::Close)),
            Action::ContentLength(by) => self.content_length = by,
            Action::CutResponse(kept) => self.kept = Some(kept),
            Action::FlipResponse { offset, mask } => self.response.flips.push((offset, mask)),
            Action::FlipRequest { offset, mask } => self.request.flips.push((offset, mask)),
            Action::SlowResponse(speed) => self.response.speed = Some(speed),
            Action::SlowRequest(speed) => self.request.speed = Some(speed),
            Action::DropAnswer => self.drop_answer = true,
            Action::CloseAfter => self.close_after = true,
            Action::Header(name, value) => self.headers.push((name, value)),
            Action::WithoutHeader(name) => self.without.push(name),
        }
    }
}
