//! A client whose server is a script and whose clock stands still.

use std::collections::VecDeque;
use std::io::{self, Cursor, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use obs_core::transport::{HttpBody, HttpRequest, HttpResponse, Transport, TransportError};
use obs_core::{Clock, Credentials, Dialect, ErrorKind, Headers, Method, ObsClient, Signature};
use serde_json::Value;

use crate::args::{Members, Result, Unusable, payload};
use crate::load::Vector;

/// A request as it would stand on the wire.
#[derive(Debug, Clone)]
pub struct Sent {
    pub method: String,
    pub scheme: String,
    /// `host:port` that was dialled.
    pub connect: String,
    pub path: String,
    pub query: String,
    /// Names in lower case, a line each. `content-length` and `transfer-encoding` are those that the body asks for.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Sent {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    fn of(request: HttpRequest<'_>) -> std::result::Result<Self, TransportError> {
        let malformed = || TransportError::new(ErrorKind::InvalidInput, format!("{} is no URL", request.url));
        let (scheme, rest) = request.url.split_once("://").ok_or_else(malformed)?;
        let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let default_port = if scheme == "http" { "80" } else { "443" };
        let has_port = authority.rsplit_once(':').is_some_and(|(_, p)| p.bytes().all(|b| b.is_ascii_digit()));
        let connect = if has_port { authority.to_owned() } else { format!("{authority}:{default_port}") };
        let mut headers: Vec<_> =
            request.headers.iter().map(|(n, v)| (n.to_ascii_lowercase(), v.to_owned())).collect();
        let mut length = |len: u64| headers.push(("content-length".to_owned(), len.to_string()));
        let mut body = Vec::new();
        match request.body {
            HttpBody::Empty => {
                if matches!(request.method, Method::Put | Method::Post) {
                    length(0);
                }
            }
            HttpBody::Bytes(bytes) => {
                length(bytes.len() as u64);
                body.extend_from_slice(bytes);
            }
            HttpBody::Reader { reader, len } => {
                match len {
                    Some(len) => length(len),
                    None => headers.push(("transfer-encoding".to_owned(), "chunked".to_owned())),
                }
                reader
                    .read_to_end(&mut body)
                    .map_err(|e| TransportError::new(ErrorKind::Connection, format!("body: {e}")))?;
                if len.is_some_and(|len| len != body.len() as u64) {
                    let message = format!("body of {} bytes, {len:?} announced", body.len());
                    return Err(TransportError::new(ErrorKind::Connection, message));
                }
            }
        }
        Ok(Self {
            method: request.method.as_str().to_owned(),
            scheme: scheme.to_owned(),
            connect,
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            body,
        })
    }
}

/// What the server does with one request.
#[derive(Debug, Clone)]
pub enum Step {
    Answer {
        status: u16,
        reason: String,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    },
    /// Closes the connection after the request was read.
    Close,
}

impl Step {
    /// A refusal, after which nothing more is sent: a success without the document that belongs to it would be looked into.
    pub fn refusal() -> Self {
        Self::Answer { status: 400, reason: "Bad Request".to_owned(), headers: Vec::new(), body: Vec::new() }
    }

    /// A recorded answer.
    pub fn of(json: &Value) -> Result<Self> {
        let Value::Object(map) = json else { return Err(Unusable(format!("{json} is no answer"))) };
        let members = Members::new("response", map);
        let status = members.number("status")?.unwrap_or(0);
        if let Some(error) = members.text("error")? {
            return match error.as_str() {
                "close" => Ok(Self::Close),
                other => Err(Unusable(format!("unknown error of a script: {other}"))),
            };
        }
        let reason = members.text("reason")?.unwrap_or_else(|| reason_of(status).to_owned());
        let mut headers = Vec::new();
        if let Some(Value::Object(lines)) = members.value("headers") {
            for (name, value) in lines {
                let values = match value {
                    Value::Array(list) => list.iter().collect(),
                    single => vec![single],
                };
                for value in values {
                    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    headers.push((name.to_ascii_lowercase(), text));
                }
            }
        }
        let body = members.value("body").map(payload).transpose()?.unwrap_or_default();
        match members.unread().first() {
            Some(member) => Err(Unusable(format!("unknown member of an answer: {member}"))),
            None => Ok(Self::Answer { status, reason, headers, body }),
        }
    }

    fn response(self, method: Method) -> std::result::Result<HttpResponse, TransportError> {
        let Self::Answer { status, reason, headers: lines, body } = self else {
            return Err(TransportError::new(ErrorKind::Connection, "the server closed the connection"));
        };
        let mut headers = Headers::new();
        for (name, value) in lines {
            headers.append(name, value);
        }
        let without_body = method == Method::Head || status == 204 || status == 304;
        if !headers.contains("content-length") && !matches!(status, 204 | 304) {
            headers.append("content-length", body.len().to_string());
        }
        let announced = headers.get("content-length").and_then(|l| l.trim().parse().ok());
        let mut response = HttpResponse::new(status, reason);
        response.headers = headers;
        if !without_body {
            response.body = Box::new(Announced { left: announced, body: Cursor::new(body) });
        }
        Ok(response)
    }
}

/// A body as HTTP delivers it: exactly as long as was announced, or broken off.
struct Announced {
    left: Option<u64>,
    body: Cursor<Vec<u8>>,
}

impl Read for Announced {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(left) = &mut self.left else { return self.body.read(buffer) };
        let read = self.body.by_ref().take(*left).read(buffer)?;
        if read == 0 && *left > 0 && !buffer.is_empty() {
            let message = format!("the connection was closed {left} bytes early");
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, message));
        }
        *left -= read as u64;
        Ok(read)
    }
}

/// The other end of the client: answers from a script, remembers what was asked.
#[derive(Debug, Default)]
pub struct Wire {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    script: VecDeque<Step>,
    sent: Vec<Sent>,
}

impl Wire {
    pub fn new(script: impl IntoIterator<Item = Step>) -> Arc<Self> {
        let state = State { script: script.into_iter().collect(), sent: Vec::new() };
        Arc::new(Self { state: Mutex::new(state) })
    }

    pub fn sent(&self) -> Vec<Sent> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).sent.clone()
    }

    /// The protocol that was spoken last, as far as it shows.
    pub fn dialect(&self) -> Option<Dialect> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let scheme = state.sent.last()?.header("authorization")?.split(' ').next()?.to_owned();
        match scheme.as_str() {
            "OBS" => Some(Dialect::Obs),
            "AWS" => Some(Dialect::V2),
            _ => None,
        }
    }
}

impl Transport for Wire {
    fn send(&self, request: HttpRequest<'_>) -> std::result::Result<HttpResponse, TransportError> {
        let method = request.method;
        let sent = Sent::of(request)?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.sent.push(sent);
        let step = state.script.pop_front();
        step.ok_or_else(|| TransportError::new(ErrorKind::Connect, "the script has ended"))?.response(method)
    }
}

/// Stands still.
#[derive(Debug)]
struct Frozen(SystemTime);

impl Clock for Frozen {
    fn now(&self) -> SystemTime {
        self.0
    }

    fn sleep(&self, _duration: Duration) {}
}

/// How the client of a vector is configured.
#[derive(Debug, Clone)]
pub struct Setup {
    pub access_key_id: String,
    pub secret_access_key: String,
    pub security_token: Option<String>,
    pub server: String,
    pub dialect: Dialect,
    pub path_style: bool,
    pub custom_domain: bool,
    pub region: Option<String>,
    pub now: SystemTime,
    retries: u32,
    redirects: Option<u32>,
    negotiate: bool,
}

impl Setup {
    pub fn of(vector: &Vector) -> Result<Self> {
        let Value::Object(client) = vector.get("client") else { return Err(Unusable::new("no client")) };
        let members = Members::new("client", client);
        let dialect = match members.required("signature")?.as_str() {
            "obs" => Dialect::Obs,
            "v2" => Dialect::V2,
            "v4" => Dialect::V4,
            other => return Err(Unusable(format!("unknown signature {other:?}"))),
        };
        let now = humantime::parse_rfc3339(vector.get("now").as_str().unwrap_or_default())
            .map_err(|e| Unusable(format!("now: {e}")))?;
        let mut setup = Self {
            access_key_id: members.required("access_key_id")?,
            secret_access_key: members.required("secret_access_key")?,
            security_token: members.text("security_token")?,
            server: members.required("server")?,
            dialect,
            path_style: members.flag("path_style")?,
            custom_domain: members.flag("is_cname")?,
            region: members.text("region")?,
            now,
            retries: 0,
            redirects: None,
            negotiate: false,
        };
        let mut unread = members.unread();
        if let Value::Object(options) = vector.get("client_options") {
            let options = Members::new("client_options", options);
            setup.retries = options.number("max_retry_count")?.unwrap_or(0);
            setup.redirects = options.number("max_redirect_count")?;
            setup.negotiate = options.flag("is_signature_negotiation")?;
            unread.extend(options.unread());
        }
        match unread.first() {
            Some(member) => Err(Unusable(format!("unknown option of the client: {member}"))),
            None => Ok(setup),
        }
    }

    pub fn credentials(&self) -> Credentials {
        let credentials = Credentials::new(&self.access_key_id, &self.secret_access_key);
        match &self.security_token {
            Some(token) => credentials.with_security_token(token),
            None => credentials,
        }
    }

    /// # Errors
    ///
    /// What the SDK says of the configuration.
    pub fn client(&self, wire: Arc<Wire>) -> Result<ObsClient> {
        let signature = match self.dialect {
            _ if self.negotiate => Signature::Negotiate,
            Dialect::V2 => Signature::V2,
            Dialect::V4 => Signature::V4,
            _ => Signature::Obs,
        };
        let mut builder = ObsClient::builder()
            .endpoint(&self.server)
            .credentials(self.credentials())
            .signature(signature)
            .max_retry_count(self.retries)
            .shared_transport(wire)
            .clock(Frozen(self.now));
        if let Some(count) = self.redirects {
            builder = builder.max_redirect_count(count);
        }
        if self.path_style {
            builder = builder.path_style();
        }
        if self.custom_domain {
            builder = builder.custom_domain();
        }
        if let Some(region) = &self.region {
            builder = builder.region(region);
        }
        builder.build().map_err(|e| Unusable(format!("the client cannot be built: {e}")))
    }
}

/// The reason phrases that the recorded servers use.
fn reason_of(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        203 => "Non-Authoritative Information",
        204 => "No Content",
        205 => "Reset Content",
        206 => "Partial Content",
        207 => "Multi-Status",
        208 => "Already Reported",
        226 => "IM Used",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        305 => "Use Proxy",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Request Entity Too Large",
        414 => "Request-URI Too Long",
        415 => "Unsupported Media Type",
        416 => "Requested Range Not Satisfiable",
        417 => "Expectation Failed",
        418 => "I'm a Teapot",
        421 => "Misdirected Request",
        422 => "Unprocessable Entity",
        423 => "Locked",
        424 => "Failed Dependency",
        425 => "Too Early",
        426 => "Upgrade Required",
        428 => "Precondition Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        451 => "Unavailable For Legal Reasons",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        506 => "Variant Also Negotiates",
        507 => "Insufficient Storage",
        508 => "Loop Detected",
        510 => "Not Extended",
        511 => "Network Authentication Required",
        _ => "",
    }
}
