//! The transport of `ureq` 3: this file and the folder beside it are the only ones that name it.

mod answer;
mod bypass;
mod chunked;
mod connection;
mod direct;
mod exchange;
mod failure;
mod gather;
mod head;
mod interrupt;
mod names;
mod options;
mod scripted;
mod tcp;
#[cfg(test)]
mod tests;
mod tunnel;

use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use obs_sign::{Headers, Method};
use ureq::http::{self, HeaderName, HeaderValue, Request, Response};
use ureq::{Agent, AsSendBody, Body, BodyReader, SendBody};

use self::bypass::Arrived;
use self::connection::{Common, Source};
use self::direct::DirectBody;
use self::exchange::Exchange;
use self::failure::Place;
use self::interrupt::Interrupt;
use self::names::{Names, System};
pub(crate) use self::scripted::transport as scripted;
use super::{HttpBody, HttpRequest, HttpResponse, Transport, TransportError};
use crate::config::ConnectionConfig;
use crate::error::{Error, ErrorKind, Result};

/// The largest head of an answer.
const MAX_RESPONSE_HEAD: usize = 64 << 10;

/// Sends requests with an agent of ureq.
pub(crate) struct UreqTransport {
    agent: Agent,
    common: Common,
    keep_alive: bool,
    expect_continue_above: Option<u64>,
    shut_down: Arc<AtomicBool>,
}

impl fmt::Debug for UreqTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UreqTransport")
    }
}

impl UreqTransport {
    pub(crate) fn new(config: &ConnectionConfig) -> Result<Self> {
        let (by_proxy, direct) = options::with_and_without_proxy(config)?;
        let common = Common {
            config: by_proxy,
            direct,
            user_agent: config.user_agent.clone(),
            names: Names::new(System),
            #[cfg(feature = "rustls")]
            tls: Arc::default(),
        };
        Ok(Self {
            agent: connection::agent(&common, Interrupt::default()),
            common,
            keep_alive: config.keep_alive,
            expect_continue_above: config.expect_continue_above,
            shut_down: Arc::default(),
        })
    }

    fn run(&self, request: &Outline<'_>, body: impl AsSendBody, len: Option<u64>) -> RunResult {
        let mut builder = Request::builder().method(method(request.method)).uri(request.origin);
        if let Some(headers) = builder.headers_mut() {
            let is_framing = |name: &str| matches!(name, "content-length" | "transfer-encoding");
            // How long the body is says the body: ureq would wait for ever for what is missing of another length.
            let told = |name: &str| head::is_of_connection(name) && !is_framing(name);
            for (name, value) in request.headers.iter().filter(|(name, _)| told(name)) {
                let name = HeaderName::from_bytes(name.as_bytes())
                    .map_err(|e| Box::new(http::Error::from(e).into()))?;
                let value =
                    HeaderValue::from_str(value).map_err(|e| Box::new(http::Error::from(e).into()))?;
                headers.append(name, value);
            }
            if !self.keep_alive {
                headers.insert(http::header::CONNECTION, HeaderValue::from_static("close"));
            }
            if let Some(len) = len {
                headers.insert(http::header::CONTENT_LENGTH, HeaderValue::from(len));
                if self.expect_continue_above.is_some_and(|above| len > above) {
                    headers.insert(http::header::EXPECT, HeaderValue::from_static("100-continue"));
                }
            }
        }
        let built = builder.body(body).map_err(|e| Box::new(e.into()))?;
        match request.deadline {
            None => self.agent.run(built).map_err(Box::new),
            Some(left) => {
                let built = self.agent.configure_request(built).timeout_global(Some(left)).build();
                self.agent.run(built).map_err(Box::new)
            }
        }
    }
}

/// A request without its body: what ureq gets of it.
struct Outline<'a> {
    method: Method,
    origin: &'a str,
    headers: &'a Headers,
    deadline: Option<Duration>,
}

/// Boxed: the error of ureq is large.
type RunResult = std::result::Result<Response<Body>, Box<ureq::Error>>;

impl UreqTransport {
    /// Sends once; whether the same can be sent again comes along.
    fn exchange(&self, sent: &Outline<'_>, body: &mut HttpBody<'_>) -> (RunResult, bool) {
        match body {
            HttpBody::Empty if matches!(sent.method, Method::Put | Method::Post) => {
                (self.run(sent, &[][..], Some(0)), true)
            }
            HttpBody::Empty => (self.run(sent, (), None), true),
            HttpBody::Bytes(bytes) => (self.run(sent, *bytes, Some(bytes.len() as u64)), true),
            HttpBody::Reader { reader, len } => {
                let mut source = Source::new(&mut **reader, *len);
                let result = self.run(sent, SendBody::from_reader(&mut source), *len);
                (result, !source.touched)
            }
        }
    }

    fn sort(&self, error: ureq::Error, url: &str, sent: bool) -> TransportError {
        if self.shut_down.load(Ordering::Acquire) {
            return cancelled();
        }
        failure::of_request(error, &Place { url, proxy: self.common.config.proxy(), sent })
    }
}

fn cancelled() -> TransportError {
    TransportError::new(ErrorKind::Cancelled, "the connections were shut down")
}

impl Transport for UreqTransport {
    fn send(&self, request: HttpRequest<'_>) -> std::result::Result<HttpResponse, TransportError> {
        let HttpRequest { method, url, headers, mut body, deadline, idempotent } = request;
        let malformed = || TransportError::new(ErrorKind::InvalidInput, "the URL has no scheme and host");
        let (origin, target) = head::split(url).ok_or_else(malformed)?;
        let sent = Outline { method, origin, headers, deadline };
        let mut head = head::write(method, target, headers)?;
        let (response, exchange) = loop {
            let under_way = Exchange::begin(head);
            let (result, again) = self.exchange(&sent, &mut body);
            let exchange = under_way.end();
            let error = match result {
                Ok(response) => break (response, exchange),
                Err(error) => self.sort(*error, url, exchange.sent),
            };
            // The server had closed the connection while it was idle; the pool has one stale connection less each time.
            let stale = exchange.was_stale() && error.kind == ErrorKind::Connection;
            // A POST that was carried out after all may be refused the second time: the caller knows what to make of that.
            if !(stale && again && idempotent && method != Method::Post) {
                return Err(error);
            }
            head = exchange.head;
        };
        let (head, body) = response.into_parts();
        if exchange.closed && head.status.is_success() {
            let message = "the server closed the connection before it had the whole body";
            return Err(TransportError::new(ErrorKind::Connection, message));
        }
        let Some(Arrived { headers, body: direct }) = exchange.arrived else {
            return Err(TransportError::new(
                ErrorKind::Connection,
                "the head of the answer was not understood",
            ));
        };
        let body = Incoming { direct, body: body.into_reader(), shut_down: self.shut_down.clone() };
        Ok(HttpResponse {
            status: head.status.as_u16(),
            reason: head.status.canonical_reason().unwrap_or_default().into(),
            headers,
            body: Box::new(body),
        })
    }

    fn isolated(&self) -> Option<Arc<dyn Transport>> {
        let shut_down = Arc::default();
        Some(Arc::new(Self {
            agent: connection::agent(&self.common, Interrupt::when(&shut_down)),
            common: self.common.clone(),
            keep_alive: self.keep_alive,
            expect_continue_above: self.expect_continue_above,
            shut_down,
        }))
    }

    fn shutdown(&self) {
        self.shut_down.store(true, Ordering::Release);
        self.agent.clone().shutdown();
    }
}

/// A body on its way in: an end before its own is an error, and errors are ours.
struct Incoming {
    direct: Option<DirectBody>,
    /// What ureq has of it: the connection goes back by way of this.
    body: BodyReader<'static>,
    shut_down: Arc<AtomicBool>,
}

impl Incoming {
    fn read_some(&mut self, buffer: &mut [u8]) -> std::result::Result<usize, TransportError> {
        let Some(direct) = &mut self.direct else { return Ok(0) };
        let read = direct.read(buffer).map_err(|e| failure::of_body(e.into_io()))?;
        if let Some(direct) = self.direct.take_if(|direct| direct.is_ended()) {
            direct.end();
            // All is there: what fails now only costs the connection.
            while matches!(self.body.read(&mut [0]), Ok(1..)) {}
        } else if let (0, false, Some(direct)) = (read, buffer.is_empty(), &self.direct) {
            if let Some(missing) = direct.missing() {
                return Err(TransportError::new(ErrorKind::Connection, missing));
            }
            self.direct = None;
        }
        Ok(read)
    }
}

impl Read for Incoming {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let _under_way = Exchange::read_on();
        let result = self.read_some(buffer);
        // A shutdown looks like an end, also to a body that ends with its connection.
        if !matches!(result, Ok(1..)) && !buffer.is_empty() && self.shut_down.load(Ordering::Acquire) {
            return Err(Error::from(cancelled()).into());
        }
        result.map_err(|e| Error::from(e).into())
    }
}

fn method(method: Method) -> http::Method {
    match method {
        Method::Get => http::Method::GET,
        Method::Put => http::Method::PUT,
        Method::Post => http::Method::POST,
        Method::Delete => http::Method::DELETE,
        Method::Head => http::Method::HEAD,
        Method::Options => http::Method::OPTIONS,
    }
}
