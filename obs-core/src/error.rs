//! The one error of a call.

mod line;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use obs_sign::Headers;

use crate::operation::Head;

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong in a call, in one pointer.
///
/// `Display` is one line that can be pasted to support:
///
/// ```text
/// PutObject my-bucket/a.txt: 403 AccessDenied: no permission (request-id 0000018A, 3 attempts, 2.1 s)
/// ```
///
/// Most callers need only the questions, such as [`is_not_found`](Error::is_not_found); whoever needs the
/// class of the error asks [`kind`](Error::kind).
///
/// ```
/// use obs_core::{Error, ErrorKind};
/// let error = Error::invalid("part size 0: give at least 1 byte");
/// assert_eq!(error.kind(), ErrorKind::InvalidInput);
/// assert!(!error.is_retryable());
/// ```
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    message: Option<Cow<'static, str>>,
    operation: Option<&'static str>,
    bucket: Option<Arc<str>>,
    key: Option<String>,
    service: Option<Service>,
    attempts: u32,
    elapsed: Duration,
    /// The answer ended too soon.
    cut_short: bool,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What the server said.
pub(crate) struct Service {
    pub(crate) head: Head,
    pub(crate) code: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) host_id: Option<String>,
    pub(crate) resource: Option<String>,
    /// The string that the server signed, in a SignatureDoesNotMatch.
    pub(crate) string_to_sign: Option<String>,
}

/// The string to sign can hold a token.
impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("head", &self.head)
            .field("code", &self.code)
            .field("request_id", &self.request_id)
            .field("host_id", &self.host_id)
            .field("resource", &self.resource)
            .field("string_to_sign", &self.string_to_sign.as_deref().map(obs_sign::redact))
            .finish()
    }
}

/// The class of an [`Error`].
///
/// ```
/// use obs_core::{Error, ErrorKind};
///
/// fn advice(error: &Error) -> &'static str {
///     match error.kind() {
///         ErrorKind::InvalidInput => "correct the call",
///         ErrorKind::Connect | ErrorKind::Tls => "look at endpoint, proxy and certificates",
///         ErrorKind::Service => "look at the code",
///         _ if error.is_retryable() => "try again later",
///         _ => "ask support, with the whole line",
///     }
/// }
/// assert_eq!(advice(&Error::invalid("part size 0")), "correct the call");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument cannot be sent: nothing was sent. Correct the call.
    InvalidInput,
    /// No credentials could be had from the provider. Check its source.
    Credentials,
    /// The server could not be reached: name not found, connection refused, proxy trouble. Check endpoint
    /// and network; the call was tried `max_retry_count` times more, unless it is the password for the proxy that is wrong.
    Connect,
    /// The TLS handshake failed or the certificate is not trusted. Check roots and clock.
    Tls,
    /// No progress within the stall limit, or the deadline passed.
    Timeout,
    /// The call was interrupted by its own program.
    Cancelled,
    /// The connection broke while a request was sent or an answer was read.
    Connection,
    /// The server answered with an error: [`status`](Error::status), [`code`](Error::code).
    Service,
    /// The answer cannot be understood. One that is empty or cut, where a document belongs, was tried again like a
    /// 5xx.
    Decode,
    /// Bytes arrived damaged: a checksum or a length does not agree. Nothing of it should be used.
    Integrity,
    /// The call should be tried again but its body was a stream that can be read only once. Give
    /// bytes, a file or a seekable reader.
    NotReplayable,
    /// A local file could not be read or written.
    Io,
}

/// The proxy knows nobody of this name and password: it will not later either.
#[derive(Debug)]
pub(crate) struct ProxyDenied;

impl fmt::Display for ProxyDenied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it answered 407: it wants a user and a password, or others (proxy_credentials)")
    }
}

impl StdError for ProxyDenied {}

impl Error {
    /// An error of the given kind with a message that names the thing and says what to do.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: Some(message.into()),
            operation: None,
            bucket: None,
            key: None,
            service: None,
            attempts: 0,
            elapsed: Duration::ZERO,
            cut_short: false,
            source: None,
        }))
    }

    /// An [`ErrorKind::InvalidInput`].
    pub fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::InvalidInput, message)
    }

    /// An [`ErrorKind::Decode`].
    pub fn decode(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Decode, message)
    }

    /// An [`ErrorKind::Decode`] of a document that is empty or cut: another answer may be whole.
    pub(crate) fn cut_short(message: impl Into<Cow<'static, str>>) -> Self {
        let mut error = Self::decode(message);
        error.0.cut_short = true;
        error
    }

    /// An [`ErrorKind::Io`] that names what was read or written.
    pub fn io(what: impl fmt::Display, source: io::Error) -> Self {
        Self::new(ErrorKind::Io, what.to_string()).with_source(source)
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Says what it is about, where no message does yet.
    pub(crate) fn about(mut self, what: impl fmt::Display) -> Self {
        if self.0.message.as_deref().is_none_or(str::is_empty) {
            self.0.message = Some(Cow::Owned(what.to_string()));
        }
        self
    }

    pub(crate) fn service(service: Service, message: Option<String>) -> Self {
        let mut error = Self::new(ErrorKind::Service, "");
        error.0.message = message.map(Cow::Owned);
        error.0.service = Some(service);
        error
    }

    /// Says which call failed, unless that is known.
    pub(crate) fn in_call(
        mut self,
        operation: &'static str,
        bucket: Option<&Arc<str>>,
        key: Option<&str>,
        attempts: u32,
        elapsed: Duration,
    ) -> Self {
        if self.0.operation.is_none() {
            self.0.operation = Some(operation);
            self.0.bucket = bucket.cloned();
            self.0.key = key.map(str::to_owned);
            self.0.attempts = attempts;
            self.0.elapsed = elapsed;
        }
        self
    }

    /// The class of the error.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The name of the operation, as OBS names it, such as `PutObject`.
    pub fn operation(&self) -> Option<&str> {
        self.0.operation
    }

    /// The bucket of the call.
    pub fn bucket(&self) -> Option<&str> {
        self.0.bucket.as_deref()
    }

    /// The object key of the call.
    pub fn key(&self) -> Option<&str> {
        self.0.key.as_deref()
    }

    fn answer(&self) -> Option<&Service> {
        self.0.service.as_ref()
    }

    /// The HTTP status, if the server answered.
    pub fn status(&self) -> Option<u16> {
        self.answer().map(|s| s.head.status())
    }

    /// The HTTP reason phrase, if the server answered.
    pub fn reason(&self) -> Option<&str> {
        self.answer().map(|s| s.head.reason())
    }

    /// The error code of OBS, such as `NoSuchKey`; see [`code`](crate::code) for the known ones. Of an answer to HEAD it comes
    /// from a header or, where that is missing, from the status.
    pub fn code(&self) -> Option<&str> {
        self.answer().and_then(|s| s.code.as_deref().or_else(|| crate::code::of_status(&s.head)))
    }

    /// The error code in the body or in a header of the answer: none where the server gave none.
    pub fn sent_code(&self) -> Option<&str> {
        self.answer().and_then(|s| s.code.as_deref())
    }

    /// What the server says in words, or what this crate says.
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// The id of the request, for support.
    pub fn request_id(&self) -> Option<&str> {
        self.answer().and_then(|s| s.request_id.as_deref().or_else(|| s.head.request_id()))
    }

    /// The id of the host that answered, for support.
    pub fn host_id(&self) -> Option<&str> {
        self.answer().and_then(|s| s.host_id.as_deref())
    }

    /// The resource that the server names.
    pub fn resource(&self) -> Option<&str> {
        self.answer().and_then(|s| s.resource.as_deref())
    }

    /// The error indicator of the server (header `x-reserved-indicator`).
    pub fn indicator(&self) -> Option<&str> {
        self.headers().and_then(|h| h.get("x-reserved-indicator"))
    }

    /// Where the next append begins, in an [`append_object`](crate::BucketClient::append_object) that was refused because of its
    /// position (409).
    pub fn next_position(&self) -> Option<u64> {
        self.answer().and_then(|s| s.head.next_position())
    }

    /// The string that the server signed, in a `SignatureDoesNotMatch`.
    pub fn string_to_sign(&self) -> Option<&str> {
        self.answer().and_then(|s| s.string_to_sign.as_deref())
    }

    /// The headers of the answer.
    pub fn headers(&self) -> Option<&Headers> {
        self.answer().map(|s| s.head.headers())
    }

    /// How many attempts were made.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// How long the call took.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed
    }

    fn has_code(&self, codes: &[&str]) -> bool {
        self.code().is_some_and(|c| codes.contains(&c))
    }

    /// Whether the bucket, the object, the version, the upload or the setting is not there (404).
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// Whether the caller may not do this, or is not known (403, 401).
    pub fn is_access_denied(&self) -> bool {
        matches!(self.status(), Some(401 | 403))
    }

    /// Whether the state of the bucket or of the object stands against it (409).
    pub fn is_conflict(&self) -> bool {
        self.status() == Some(409)
    }

    /// Whether a condition such as `If-Match` was not met (412).
    pub fn is_precondition_failed(&self) -> bool {
        self.status() == Some(412)
    }

    /// Whether the object has not changed (304, to `If-None-Match` or `If-Modified-Since`).
    pub fn is_not_modified(&self) -> bool {
        self.status() == Some(304)
    }

    /// Whether the server asks to slow down (503 SlowDown, 429).
    pub fn is_throttled(&self) -> bool {
        self.status() == Some(429) || self.has_code(&[crate::code::SLOW_DOWN])
    }

    /// Whether time ran out: the stall limit, the deadline, or the server's own (408).
    pub fn is_timeout(&self) -> bool {
        self.kind() == ErrorKind::Timeout || self.status() == Some(408)
    }

    /// Whether the program itself ended the call.
    pub fn is_cancelled(&self) -> bool {
        self.kind() == ErrorKind::Cancelled
    }

    /// Whether the same call may succeed when it is made again later.
    pub fn is_retryable(&self) -> bool {
        match self.kind() {
            ErrorKind::Connect => !self.0.source.as_ref().is_some_and(|source| source.is::<ProxyDenied>()),
            ErrorKind::Timeout | ErrorKind::Connection => true,
            ErrorKind::Decode => self.0.cut_short,
            ErrorKind::Service => {
                matches!(self.status(), Some(408 | 429 | 500..=599))
                    || self.status().is_some_and(|s| s < 300)
                        && self.code().is_some_and(crate::code::is_transient)
            }
            _ => false,
        }
    }

    /// The [`io::ErrorKind`] that is nearest.
    fn io_kind(&self) -> io::ErrorKind {
        match self.kind() {
            ErrorKind::InvalidInput | ErrorKind::NotReplayable => io::ErrorKind::InvalidInput,
            ErrorKind::Timeout => io::ErrorKind::TimedOut,
            ErrorKind::Decode | ErrorKind::Integrity => io::ErrorKind::InvalidData,
            // Not Interrupted: the loops of std would go on at once, for ever.
            ErrorKind::Connection | ErrorKind::Cancelled => io::ErrorKind::ConnectionAborted,
            ErrorKind::Connect => io::ErrorKind::NotConnected,
            ErrorKind::Credentials => io::ErrorKind::PermissionDenied,
            ErrorKind::Service if self.is_not_found() => io::ErrorKind::NotFound,
            ErrorKind::Service if self.is_access_denied() => io::ErrorKind::PermissionDenied,
            ErrorKind::Io => self
                .0
                .source
                .as_ref()
                .and_then(|s| s.downcast_ref::<io::Error>())
                .map_or(io::ErrorKind::Other, io::Error::kind),
            _ => io::ErrorKind::Other,
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        // Display already tells the causes, so a printer that walks the chain would say them twice.
        None
    }
}

impl Error {
    /// The cause, where there is one below this crate: an [`io::Error`], an error of the transport.
    pub fn cause(&self) -> Option<&(dyn StdError + Send + Sync + 'static)> {
        self.0.source.as_deref()
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        io::Error::new(error.io_kind(), error)
    }
}

impl From<io::Error> for Error {
    /// An [`Error`] that travelled through [`io::Read`] comes out as it was.
    fn from(error: io::Error) -> Self {
        match error.downcast::<Error>() {
            Ok(own) => own,
            Err(foreign) => Self::new(ErrorKind::Io, "").with_source(foreign),
        }
    }
}

impl From<obs_sign::Error> for Error {
    fn from(error: obs_sign::Error) -> Self {
        Self::invalid(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_one_pointer_wide() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
        assert_eq!(size_of::<Result<()>>(), size_of::<usize>());
    }

    #[test]
    fn comes_back_through_io() {
        let through: io::Error = Error::new(ErrorKind::Integrity, "bytes 4 to 8 are damaged").into();
        assert_eq!(through.kind(), io::ErrorKind::InvalidData);
        let back = Error::from(through);
        assert_eq!(back.kind(), ErrorKind::Integrity);
        assert_eq!(back.to_string(), "bytes 4 to 8 are damaged");
    }

    #[test]
    fn display_is_one_line() {
        let error = Error::io("photo\n.jpg", io::Error::new(io::ErrorKind::NotFound, "no such file"))
            .in_call("PutObject", Some(&Arc::from("b")), Some("k\n"), 1, Duration::from_millis(2140));
        assert_eq!(error.to_string(), "PutObject b/k\\n: photo .jpg: no such file (1 attempt, 2.1 s)");
    }
}
