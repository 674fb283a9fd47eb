//! How a signed request gets to a server: a trait, so that tests and other clients can take its place.

mod ureq;

use std::borrow::Cow;
use std::fmt;
use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use obs_sign::{Headers, Method};

pub(crate) use self::ureq::UreqTransport;
use crate::error::ErrorKind;

/// Sends one signed request and gives the answer. It neither retries nor follows redirects.
///
/// ```
/// use obs_core::{Credentials, ObsClient, transport::*};
///
/// /// Answers everything with 204.
/// #[derive(Debug)]
/// struct Silent;
///
/// impl Transport for Silent {
///     fn send(&self, _request: HttpRequest<'_>) -> Result<HttpResponse, TransportError> {
///         Ok(HttpResponse::new(204, "No Content"))
///     }
/// }
///
/// let client = ObsClient::builder()
///     .endpoint("https://obs.example.com")
///     .credentials(Credentials::new("AK", "SK"))
///     .transport(Silent)
///     .build()?;
/// assert_eq!(client.delete_bucket("my-bucket").send()?.status(), 204);
/// # Ok::<(), obs_core::Error>(())
/// ```
pub trait Transport: fmt::Debug + Send + Sync + 'static {
    /// Sends the request.
    ///
    /// # Errors
    ///
    /// Whatever kept an answer from coming; an HTTP status of 400 and above is an answer.
    fn send(&self, request: HttpRequest<'_>) -> Result<HttpResponse, TransportError>;

    /// The same with connections of its own, so that it can be [`shutdown`](Transport::shutdown) alone.
    /// None: it has nothing that could be told apart.
    fn isolated(&self) -> Option<Arc<dyn Transport>> {
        None
    }

    /// Ends all connections at once, also those that block; later requests fail.
    fn shutdown(&self) {}
}

/// A signed request.
///
/// ```
/// use obs_core::transport::HttpRequest;
///
/// fn log(request: &HttpRequest<'_>) {
///     println!("{} {} with {} headers", request.method, request.url, request.headers.len());
/// }
/// # let _ = log;
/// ```
pub struct HttpRequest<'a> {
    /// The method.
    pub method: Method,
    /// Where it goes: scheme, host and port that are dialled, path and query as they stand on the wire.
    pub url: &'a str,
    /// All headers, `host` and `authorization` among them; `content-length` and `transfer-encoding` are the
    /// transport's.
    pub headers: &'a Headers,
    /// The body.
    pub body: HttpBody<'a>,
    /// What is left of the call's deadline.
    pub deadline: Option<Duration>,
    /// Whether it may arrive twice: then, if it is no POST, it is sent again over a new connection where an idle one turns out to have
    /// been closed, which the server may have done before it took the request or after.
    pub idempotent: bool,
}

/// Without what a signed URL holds that is secret.
impl fmt::Debug for HttpRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("url", &obs_sign::redact(self.url))
            .field("headers", &self.headers)
            .field("body", &self.body)
            .field("deadline", &self.deadline)
            .field("idempotent", &self.idempotent)
            .finish()
    }
}

/// The body of a request.
///
/// ```
/// use obs_core::transport::HttpBody;
/// use std::io::{Read, Write};
///
/// fn write(body: HttpBody<'_>, to: &mut impl Write) -> std::io::Result<u64> {
///     match body {
///         HttpBody::Empty => Ok(0),
///         HttpBody::Bytes(bytes) => to.write_all(bytes).map(|()| bytes.len() as u64),
///         HttpBody::Reader { mut reader, .. } => std::io::copy(&mut reader, to),
///     }
/// }
/// # let _ = |body: HttpBody<'_>| write(body, &mut std::io::sink());
/// ```
pub enum HttpBody<'a> {
    /// None. PUT and POST say `Content-Length: 0`.
    Empty,
    /// Bytes in memory.
    Bytes(&'a [u8]),
    /// A reader that gives exactly `len` bytes, or an unknown number, to be sent in chunks.
    Reader {
        /// Where the bytes come from.
        reader: &'a mut dyn Read,
        /// How many there are.
        len: Option<u64>,
    },
}

impl fmt::Debug for HttpBody<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Self::Reader { len, .. } => write!(f, "Reader({len:?})"),
        }
    }
}

/// An answer.
///
/// ```
/// use obs_core::transport::HttpResponse;
///
/// let mut response = HttpResponse::new(200, "OK");
/// response.headers.insert("etag", "\"0123\"");
/// response.body = Box::new("the bytes".as_bytes());
/// ```
pub struct HttpResponse {
    /// The status.
    pub status: u16,
    /// The reason phrase.
    pub reason: Cow<'static, str>,
    /// The headers, names in lower case.
    pub headers: Headers,
    /// The body as it comes.
    pub body: Box<dyn Read + Send>,
}

impl HttpResponse {
    /// An answer without headers and body.
    pub fn new(status: u16, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { status, reason: reason.into(), headers: Headers::new(), body: Box::new(std::io::empty()) }
    }
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpResponse")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}

/// Why no answer came.
///
/// ```
/// use obs_core::ErrorKind;
/// use obs_core::transport::TransportError;
///
/// let error = TransportError::new(ErrorKind::Connect, "obs.example.com: connection refused");
/// assert_eq!(error.kind, ErrorKind::Connect);
/// ```
#[derive(Debug)]
pub struct TransportError {
    /// [`Connect`](ErrorKind::Connect), [`Tls`](ErrorKind::Tls), [`Timeout`](ErrorKind::Timeout),
    /// [`Connection`](ErrorKind::Connection), [`Cancelled`](ErrorKind::Cancelled) or
    /// [`InvalidInput`](ErrorKind::InvalidInput).
    pub kind: ErrorKind,
    /// What happened, naming the host.
    pub message: String,
    /// The cause.
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl TransportError {
    /// An error without a cause below.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// Whether the server cannot have seen the request.
    pub(crate) fn was_not_sent(&self) -> bool {
        matches!(self.kind, ErrorKind::Connect | ErrorKind::Tls | ErrorKind::InvalidInput)
    }
}

/// For tests of this workspace: the client's own transport over connections that answer the first request each with these pieces, and how
/// many of them were opened.
#[doc(hidden)]
pub fn scripted(
    pieces: Vec<Vec<u8>>,
    chunk_size: usize,
) -> crate::Result<(impl Transport, Arc<std::sync::atomic::AtomicUsize>)> {
    ureq::scripted(pieces, chunk_size)
}

impl From<TransportError> for crate::Error {
    fn from(error: TransportError) -> Self {
        let own = Self::new(error.kind, error.message);
        match error.source {
            Some(source) => own.with_source(source),
            None => own,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_shows_no_signature() {
        let mut headers = Headers::new();
        headers.insert("authorization", "OBS AK:s3cret");
        let url = "https://b.example.com/k?AccessKeyId=AK&Signature=s3cret";
        let body = HttpBody::Empty;
        let shown = format!(
            "{:?}",
            HttpRequest {
                method: Method::Get,
                url,
                headers: &headers,
                body,
                deadline: None,
                idempotent: true
            }
        );
        assert!(shown.contains("b.example.com/k") && !shown.contains("s3cret"), "{shown}");
    }
}
