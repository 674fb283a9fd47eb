//! The transport of `ureq` 3: the only file that names it.

use std::fmt;
use std::io::{self, Read};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use obs_sign::{Headers, Method};
use ureq::config::{AutoHeaderValue, Config};
use ureq::http::{self, HeaderName, HeaderValue, Request, Response, Uri};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, AsSendBody, Body, Proxy, ProxyProtocol, SendBody};

use super::{HttpBody, HttpRequest, HttpResponse, Transport, TransportError};
use crate::config::{ConnectionConfig, ProxyConfig, TlsVerification};
use crate::error::{Error, ErrorKind, Result};

/// The largest head of an answer.
const MAX_RESPONSE_HEAD: usize = 64 << 10;

/// Sends requests with an agent of ureq.
pub(crate) struct UreqTransport {
    agent: Agent,
    config: Config,
    expect_continue_above: Option<u64>,
}

impl fmt::Debug for UreqTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UreqTransport")
    }
}

impl UreqTransport {
    pub(crate) fn new(config: &ConnectionConfig) -> Result<Self> {
        let idle = if config.keep_alive { config.max_connections } else { 0 };
        let ureq_config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(config.proxy.as_ref().map(proxy).transpose()?)
            .tls_config(tls(&config.tls)?)
            .user_agent(config.user_agent.clone())
            .accept(AutoHeaderValue::None)
            .accept_encoding(AutoHeaderValue::None)
            .input_buffer_size(config.chunk_size)
            .output_buffer_size(config.chunk_size)
            .max_response_header_size(MAX_RESPONSE_HEAD)
            .max_idle_connections(idle)
            .max_idle_connections_per_host(idle)
            .max_idle_age(config.idle_timeout)
            // Limits on phases would cap an object's size by the bandwidth; these only catch a stall.
            .timeout_resolve(Some(config.connect_timeout))
            .timeout_connect(Some(config.connect_timeout))
            .timeout_per_read(Some(config.timeout))
            .timeout_per_write(Some(config.timeout))
            .build();
        Ok(Self {
            agent: agent(&ureq_config),
            config: ureq_config,
            expect_continue_above: config.expect_continue_above,
        })
    }

    fn run(&self, request: &HttpRequest<'_>, body: impl AsSendBody, len: Option<u64>) -> RunResult {
        let mut builder = Request::builder().method(method(request.method)).uri(request.url);
        if let Some(headers) = builder.headers_mut() {
            headers.reserve(request.headers.len() + 2);
            for (name, value) in request.headers.iter() {
                let name = HeaderName::from_bytes(name.as_bytes())
                    .map_err(|e| Box::new(http::Error::from(e).into()))?;
                let value =
                    HeaderValue::from_str(value).map_err(|e| Box::new(http::Error::from(e).into()))?;
                headers.append(name, value);
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

/// Boxed: the error of ureq is large.
type RunResult = std::result::Result<Response<Body>, Box<ureq::Error>>;

fn agent(config: &Config) -> Agent {
    Agent::with_parts(config.clone(), DefaultConnector::default(), LoopbackResolver::default())
}

impl Transport for UreqTransport {
    fn send(&self, request: HttpRequest<'_>) -> std::result::Result<HttpResponse, TransportError> {
        let mut request = request;
        let result = match std::mem::replace(&mut request.body, HttpBody::Empty) {
            HttpBody::Empty if matches!(request.method, Method::Put | Method::Post) => {
                self.run(&request, &[][..], Some(0))
            }
            HttpBody::Empty => self.run(&request, (), None),
            HttpBody::Bytes(bytes) => self.run(&request, bytes, Some(bytes.len() as u64)),
            HttpBody::Reader { reader, len } => self.run(&request, SendBody::from_reader(reader), len),
        };
        let response = result.map_err(|error| transport_error(*error, request.url))?;
        let (head, body) = response.into_parts();
        let mut headers = Headers::with_capacity(head.headers.len());
        for (name, value) in &head.headers {
            headers.append(name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned());
        }
        let declared =
            head.headers.get(http::header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.trim().parse().ok());
        let left = if request.method == Method::Head || matches!(head.status.as_u16(), 204 | 304) {
            None
        } else {
            declared
        };
        Ok(HttpResponse {
            status: head.status.as_u16(),
            reason: head.status.canonical_reason().unwrap_or_default().into(),
            headers,
            body: Box::new(Incoming { body: body.into_reader(), left }),
        })
    }

    fn isolated(&self) -> Option<Arc<dyn Transport>> {
        Some(Arc::new(Self {
            agent: agent(&self.config),
            config: self.config.clone(),
            expect_continue_above: self.expect_continue_above,
        }))
    }

    fn shutdown(&self) {
        self.agent.clone().shutdown();
    }
}

/// A body on its way in: an end before the declared length is an error, and errors are ours.
struct Incoming<R> {
    body: R,
    left: Option<u64>,
}

impl<R: Read> Read for Incoming<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.body.read(buffer).map_err(|e| {
            let error = transport_error(e.into(), "");
            io::Error::from(Error::from(TransportError {
                kind: if error.kind == ErrorKind::Connect { ErrorKind::Connection } else { error.kind },
                message: "the answer broke off".to_owned(),
                source: error.source,
            }))
        })?;
        if let Some(left) = &mut self.left {
            if read == 0 && !buffer.is_empty() && *left > 0 {
                let message = format!("the answer ended {left} bytes early");
                return Err(Error::new(ErrorKind::Connection, message).into());
            }
            *left = left.saturating_sub(read as u64);
        }
        Ok(read)
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

/// Sorts what ureq says by what a caller can do about it.
fn transport_error(error: ureq::Error, url: &str) -> TransportError {
    use io::ErrorKind as Io;
    let place = || url.split('/').nth(2).unwrap_or_default().to_owned();
    let (kind, message) = match &error {
        ureq::Error::Timeout(which) => match which {
            ureq::Timeout::Resolve => (ErrorKind::Connect, format!("looking up {} took too long", place())),
            ureq::Timeout::Connect => {
                (ErrorKind::Connect, format!("connecting to {} took too long", place()))
            }
            ureq::Timeout::Global => (ErrorKind::Timeout, "the deadline passed".to_owned()),
            _ => (ErrorKind::Timeout, format!("{} kept silent beyond the time limit", place())),
        },
        ureq::Error::HostNotFound => (ErrorKind::Connect, format!("there is no host {}", place())),
        ureq::Error::ConnectionFailed => (ErrorKind::Connect, format!("no connection to {}", place())),
        ureq::Error::ConnectProxyFailed(_) | ureq::Error::InvalidProxyUrl => {
            (ErrorKind::Connect, "the proxy made no connection".to_owned())
        }
        ureq::Error::Rustls(_) | ureq::Error::Tls(_) | ureq::Error::Pem(_) | ureq::Error::TlsRequired => {
            (ErrorKind::Tls, format!("no trusted connection to {}", place()))
        }
        ureq::Error::Http(_) | ureq::Error::BadUri(_) => {
            (ErrorKind::InvalidInput, "the request cannot be written".to_owned())
        }
        ureq::Error::Io(e) => match e.kind() {
            Io::ConnectionRefused | Io::HostUnreachable | Io::NetworkUnreachable | Io::AddrNotAvailable => {
                (ErrorKind::Connect, format!("no connection to {}", place()))
            }
            Io::NotConnected => (ErrorKind::Cancelled, "the connections were shut down".to_owned()),
            Io::InvalidData if is_tls(e) => (ErrorKind::Tls, format!("no trusted connection to {}", place())),
            // getaddrinfo's failures have no kind of their own.
            _ if e.to_string().contains("lookup address") => {
                (ErrorKind::Connect, format!("there is no host {}", place()))
            }
            _ => (ErrorKind::Connection, format!("the connection to {} broke", place())),
        },
        _ => (ErrorKind::Connection, format!("the exchange with {} failed", place())),
    };
    TransportError { kind, message, source: Some(Box::new(error)) }
}

fn is_tls(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| {
        let text = inner.to_string();
        text.contains("certificate")
            || text.contains("handshake")
            || text.contains("TLS")
            || text.contains("tls")
    })
}

fn tls(verification: &TlsVerification) -> Result<TlsConfig> {
    let builder = TlsConfig::builder();
    Ok(match verification {
        TlsVerification::WebPki => builder,
        #[cfg(feature = "platform-verifier")]
        TlsVerification::Platform => builder.root_certs(RootCerts::PlatformVerifier),
        TlsVerification::Pem(pem) => builder.root_certs(RootCerts::new_with_certs(&certificates(pem)?)),
        TlsVerification::Off => {
            log::warn!(target: "obs::http", "server certificates are not verified: anybody on the line can read and change everything");
            builder.disable_verification(true)
        }
    }
    .build())
}

fn certificates(pem: &[u8]) -> Result<Vec<Certificate<'static>>> {
    let mut found = Vec::new();
    for item in parse_pem(pem) {
        match item {
            Ok(PemItem::Certificate(certificate)) => found.push(certificate),
            Ok(_) => {}
            Err(e) => {
                return Err(Error::invalid("the root certificates are not in PEM format").with_source(e));
            }
        }
    }
    if found.is_empty() {
        return Err(Error::invalid("no certificate in the PEM bundle of root certificates"));
    }
    Ok(found)
}

fn proxy(config: &ProxyConfig) -> Result<Proxy> {
    // What is wrong with a proxy's URL is not repeated: it may hold a password.
    let invalid = || Error::invalid("the proxy's URL is not of the form http://host:port");
    let uri: Uri = if config.url.contains("://") {
        config.url.parse()
    } else {
        format!("http://{}", config.url).parse()
    }
    .map_err(|_| invalid())?;
    let given = Proxy::new(&uri.to_string()).map_err(|_| invalid())?;
    let protocol = match uri.scheme_str() {
        Some("https") => ProxyProtocol::Https,
        Some("http") => ProxyProtocol::Http,
        _ => given.protocol(),
    };
    let mut builder = Proxy::builder(protocol).host(given.host()).port(given.port());
    let user = config.credentials.as_ref().map(|(u, _)| u.as_str()).or(given.username());
    let password = config.credentials.as_ref().map(|(_, p)| p.as_str()).or(given.password());
    if let Some(user) = user {
        builder = builder.username(user);
    }
    if let Some(password) = password {
        builder = builder.password(password);
    }
    for host in &config.no_proxy {
        builder = builder.no_proxy(host);
    }
    builder.build().map_err(|_| invalid())
}

/// The system's resolver, but for names under `localhost`, which are the machine itself (RFC 6761): so that
/// virtual-hosted buckets work against a local server.
#[derive(Default)]
struct LoopbackResolver(DefaultResolver);

impl fmt::Debug for LoopbackResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoopbackResolver")
    }
}

impl Resolver for LoopbackResolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> std::result::Result<ResolvedSocketAddrs, ureq::Error> {
        let port = || uri.port_u16().unwrap_or(if uri.scheme_str() == Some("http") { 80 } else { 443 });
        let host = uri.host().unwrap_or_default();
        // An address needs no lookup, and no thread to bound it.
        let literal: Option<IpAddr> = host.trim_start_matches('[').trim_end_matches(']').parse().ok();
        if let Some(address) = literal {
            let mut found = self.empty();
            found.push(SocketAddr::new(address, port()));
            return Ok(found);
        }
        let host = host.to_ascii_lowercase();
        if host == "localhost" || host.ends_with(".localhost") {
            let mut found = self.empty();
            found.push(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port()));
            found.push(SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), port()));
            return Ok(found);
        }
        self.0.resolve(uri, config, timeout)
    }
}
