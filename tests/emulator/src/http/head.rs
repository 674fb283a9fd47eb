//! The head of a request.

use crate::http::uri::{self, Parameter};

/// The most headers that a request may have.
const MAX_HEADERS: usize = 128;

/// A request line and headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) method: String,
    /// Path and query as sent, without scheme and host even if they were there.
    pub(crate) target: String,
    /// How much of the target is the path.
    path_length: usize,
    pub(crate) query: Vec<Parameter>,
    /// Names as sent.
    pub(crate) names: Vec<String>,
    /// Names in lower case, values as sent.
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) host: String,
    pub(crate) framing: Framing,
    pub(crate) keep_alive: bool,
    pub(crate) expects_continue: bool,
}

/// How the length of a body is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    Length(u64),
    Chunked,
}

/// What came so far.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Parsed {
    /// The head and its length in bytes.
    Complete(Box<Head>, usize),
    Partial,
}

/// A head that cannot be served: the connection ends after this status.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadHead {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

fn bad(message: impl Into<String>) -> BadHead {
    BadHead { status: 400, code: "BadRequest", message: message.into() }
}

impl Head {
    /// Stands for a head that could not be read.
    pub(crate) fn unreadable() -> Self {
        Self {
            method: String::new(),
            target: String::new(),
            path_length: 0,
            query: Vec::new(),
            names: Vec::new(),
            headers: Vec::new(),
            host: String::new(),
            framing: Framing::Length(0),
            keep_alive: false,
            expects_continue: false,
        }
    }

    pub(crate) fn path(&self) -> &str {
        &self.target[..self.path_length]
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(header, _)| header == name)?;
        std::str::from_utf8(value).ok()
    }

    /// The headers as text; what is not UTF-8 is taken for Latin-1.
    pub(crate) fn text_headers(&self) -> Vec<(String, String)> {
        self.headers.iter().map(|(name, value)| (name.clone(), text(value))).collect()
    }

    /// The same with the names as sent.
    pub(crate) fn received_headers(&self) -> Vec<(String, String)> {
        self.names.iter().zip(&self.headers).map(|(name, (_, value))| (name.clone(), text(value))).collect()
    }
}

fn text(value: &[u8]) -> String {
    std::str::from_utf8(value)
        .map_or_else(|_| value.iter().map(|&byte| char::from(byte)).collect(), str::to_owned)
}

/// Reads a head from the start of `bytes`.
pub(crate) fn parse(bytes: &[u8]) -> Result<Parsed, BadHead> {
    let mut space = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut space);
    let length = match request.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(Parsed::Partial),
        Err(httparse::Error::TooManyHeaders) => {
            return Err(BadHead {
                status: 431,
                code: "RequestHeaderSectionTooLarge",
                message: format!("A request may have {MAX_HEADERS} headers"),
            });
        }
        Err(error) => return Err(bad(format!("The head of the request is malformed: {error}"))),
    };
    let method = request.method.unwrap_or_default().to_owned();
    let (authority, target) = split_target(request.path.unwrap_or_default())?;
    let path_length = target.find('?').unwrap_or(target.len());
    let query = uri::decode_query(target.get(path_length + 1..).unwrap_or_default()).ok_or_else(|| {
        BadHead { status: 400, code: "InvalidURI", message: "Couldn't parse the specified URI.".to_owned() }
    })?;
    let names = request.headers.iter().map(|header| header.name.to_owned()).collect();
    let headers: Vec<(String, Vec<u8>)> = request
        .headers
        .iter()
        .map(|header| (header.name.to_ascii_lowercase(), header.value.to_vec()))
        .collect();
    let is_11 = request.version == Some(1);
    let mut head = Head {
        method,
        target: target.to_owned(),
        path_length,
        query,
        names,
        headers,
        keep_alive: is_11,
        ..Head::unreadable()
    };
    head.host = host(&head, authority, is_11)?;
    head.framing = framing(&head)?;
    let connection = head.header("connection").unwrap_or_default().to_ascii_lowercase();
    for option in connection.split(',').map(str::trim) {
        match option {
            "close" => head.keep_alive = false,
            "keep-alive" => head.keep_alive = true,
            _ => {}
        }
    }
    head.expects_continue =
        is_11 && head.header("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue"));
    Ok(Parsed::Complete(Box::new(head), length))
}

/// A target is a path, or a whole URL as proxies get it.
fn split_target(target: &str) -> Result<(Option<&str>, &str), BadHead> {
    if target.starts_with('/') {
        return Ok((None, target.split('#').next().unwrap_or_default()));
    }
    let rest = target.strip_prefix("http://").or_else(|| target.strip_prefix("https://"));
    if let Some(rest) = rest {
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        return Ok((Some(authority), if path.starts_with('/') { path } else { "/" }));
    }
    if target == "*" {
        return Ok((None, "/"));
    }
    Err(bad("The request line names neither a path nor a URL"))
}

fn host(head: &Head, authority: Option<&str>, is_11: bool) -> Result<String, BadHead> {
    let mut hosts = head.headers.iter().filter(|(name, _)| name == "host");
    let host = hosts.next();
    if hosts.next().is_some() {
        return Err(bad("There are two Host headers"));
    }
    match (authority, host) {
        (Some(authority), _) => Ok(authority.to_owned()),
        (None, Some((_, value))) => Ok(text(value)),
        (None, None) if is_11 => Err(bad("The Host header is missing")),
        (None, None) => Ok("localhost".to_owned()),
    }
}

fn framing(head: &Head) -> Result<Framing, BadHead> {
    let mut length = None;
    for (_, value) in head.headers.iter().filter(|(name, _)| name == "content-length") {
        let text = std::str::from_utf8(value).unwrap_or_default();
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse::<u64>().ok().filter(|_| digits);
        match (number, length) {
            (None, _) => return Err(bad("Content-Length is not a number")),
            (Some(number), Some(before)) if number != before => {
                return Err(bad("There are two Content-Length headers that differ"));
            }
            (Some(number), _) => length = Some(number),
        }
    }
    match (head.header("transfer-encoding"), length) {
        (None, length) => Ok(Framing::Length(length.unwrap_or(0))),
        (Some(_), Some(_)) => Err(bad("Transfer-Encoding and Content-Length exclude each other")),
        (Some(coding), None) if coding.eq_ignore_ascii_case("chunked") => Ok(Framing::Chunked),
        (Some(coding), None) => Err(BadHead {
            status: 501,
            code: "NotImplemented",
            message: format!("The transfer coding {coding} is not supported"),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(text: &str) -> Result<Parsed, BadHead> {
        parse(text.replace('\n', "\r\n").as_bytes())
    }

    fn complete(text: &str) -> Head {
        match head(text) {
            Ok(Parsed::Complete(head, _)) => *head,
            other => panic!("{text:?}: {other:?}"),
        }
    }

    #[test]
    fn takes_a_head_apart() {
        let head = complete(
            "PUT /b/k%20?acl&a=b HTTP/1.1\nHost: x:1\nExpect: 100-Continue\nX-A: 1 \nContent-Length: 3\n\n",
        );
        assert_eq!((head.path(), head.host.as_str(), head.framing), ("/b/k%20", "x:1", Framing::Length(3)));
        assert_eq!(head.query.len(), 2);
        assert!(head.expects_continue && head.keep_alive);
        assert_eq!(head.header("x-a"), Some("1"));
        let head = complete("GET http://h/p?q HTTP/1.0\n\n");
        assert_eq!((head.path(), head.host.as_str(), head.keep_alive), ("/p", "h", false));
        assert!(!complete("GET / HTTP/1.1\nHost: x\nConnection: Close\n\n").keep_alive);
        assert_eq!(
            complete("PUT / HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n").framing,
            Framing::Chunked
        );
    }

    #[test]
    fn refuses_what_two_servers_could_read_differently() {
        for text in [
            "GET / HTTP/1.1\n\n",
            "GET / HTTP/1.1\nHost: a\nHost: b\n\n",
            "PUT / HTTP/1.1\nHost: a\nContent-Length: 1\nContent-Length: 2\n\n",
            "PUT / HTTP/1.1\nHost: a\nContent-Length: +1\n\n",
            "PUT / HTTP/1.1\nHost: a\nContent-Length: 1\nTransfer-Encoding: chunked\n\n",
            "PUT / HTTP/1.1\nHost: a\nTransfer-Encoding: gzip\n\n",
            "GET b HTTP/1.1\nHost: a\n\n",
            "GET /?a=%zz HTTP/1.1\nHost: a\n\n",
            "GET /\0 HTTP/1.1\nHost: a\n\n",
        ] {
            assert!(head(text).is_err(), "{text:?}");
        }
        assert_eq!(head("GET / HTTP/1.1\nHost: a\n"), Ok(Parsed::Partial));
    }
}
