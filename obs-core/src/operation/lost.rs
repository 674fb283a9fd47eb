//! What is known of an attempt whose answer was lost.

use std::time::{Duration, Instant, SystemTime};

use obs_sign::Headers;

use crate::error::Error;

/// An attempt whose answer was lost: what [`Operation::settle`](crate::Operation::settle) has to go by, beside what it finds on
/// the server.
///
/// ```
/// use obs_core::{Lost, Settled};
///
/// /// Whether what lies there now are the bytes that were sent.
/// fn settled(lost: &Lost<'_>, stored_crc64: Option<u64>) -> Settled<()> {
///     match lost.sent_crc64() {
///         Some(sent) if stored_crc64 == Some(sent) => Settled::Done(()),
///         _ => Settled::Unknown,
///     }
/// }
/// # let _ = settled;
/// ```
#[derive(Debug)]
pub struct Lost<'a> {
    pub(crate) error: &'a Error,
    pub(crate) sent_crc64: Option<u64>,
    pub(crate) began: Instant,
}

impl Lost<'_> {
    /// What the call fails with, unless it is found to be done.
    pub fn error(&self) -> &Error {
        self.error
    }

    /// CRC-64/XZ of the body, where it was taken and the body went out as a whole.
    pub fn sent_crc64(&self) -> Option<u64> {
        self.sent_crc64
    }

    /// How long ago the call began.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Whether the call began before something was changed at this time, which an answer with these headers told just now: both times are
    /// of the server's clock, whose difference from ours does not matter then. It tells seconds, so what is less than two seconds older
    /// than the call may pass.
    pub(crate) fn began_before(&self, changed: Option<SystemTime>, answer: &Headers) -> bool {
        let now = answer.get("date").and_then(|date| httpdate::parse_http_date(date).ok());
        let age = now.zip(changed).map(|(now, changed)| now.duration_since(changed).unwrap_or_default());
        age.is_some_and(|age| age < self.elapsed() + Duration::from_secs(1))
    }
}
