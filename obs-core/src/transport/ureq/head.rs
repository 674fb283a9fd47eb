//! The head of a request on its way out. ureq is given a head without path, query, signature, token or key: only what it needs for the
//! connection. The true head takes its place as it is sent; nor are all those headers checked and copied twice more on the way.

use obs_sign::{Headers, Method};

use crate::error::ErrorKind;
use crate::transport::TransportError;

/// What ureq and its framing of bodies have to know.
pub(super) fn is_of_connection(name: &str) -> bool {
    matches!(name, "connection" | "content-length" | "expect" | "host" | "transfer-encoding" | "user-agent")
}

/// Scheme, host and port of a URL, and what is asked for there: all that is sent, and neither fragment nor a path that is missing.
pub(super) fn split(url: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let url_end = rest.find('#').unwrap_or(rest.len());
    let host_end = rest.find(['/', '?']).unwrap_or(rest.len()).min(url_end);
    let origin = url.get(..scheme.len() + 3 + host_end)?;
    Some((origin, rest.get(host_end..url_end)?))
}

/// The request line and the headers that ureq does not get.
pub(super) fn write(method: Method, target: &str, headers: &Headers) -> Result<Vec<u8>, TransportError> {
    let bytes: usize = headers.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
    // And what ureq adds.
    let mut head = Vec::with_capacity(bytes + target.len() + 256);
    let mut push = |text: &str| head.extend_from_slice(text.as_bytes());
    let refused = |what: &str| {
        let message = format!("the request cannot be written: {what} holds what HTTP cannot carry");
        TransportError::new(ErrorKind::InvalidInput, message)
    };
    if !target.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(refused("the URL"));
    }
    push(method.as_str());
    // Only a query may come without its path.
    push(if target.starts_with('/') { " " } else { " /" });
    push(target);
    push(" HTTP/1.1\r\n");
    headers.check().map_err(|e| TransportError::new(ErrorKind::InvalidInput, e.to_string()))?;
    for (name, value) in headers.iter().filter(|(name, _)| !is_of_connection(name)) {
        if !value.is_ascii() {
            return Err(refused(&format!("the header {name:?}")));
        }
        push(name);
        push(": ");
        push(value);
        push("\r\n");
    }
    Ok(head)
}

/// The true first bytes of a request with this head, if ureq's own are its first ones; a request to a proxy for a tunnel is another.
pub(super) fn complete(first: &[u8], head: &[u8]) -> Option<Vec<u8>> {
    let method = head.split(|byte| *byte == b' ').next()?;
    let rest = first.strip_prefix(method)?.strip_prefix(b" / HTTP/1.1\r\n")?;
    Some([head, rest].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_split_where_the_host_ends() {
        for (url, origin, target) in [
            ("http://h/k?a=/b", "http://h", "/k?a=/b"),
            ("https://h:8443", "https://h:8443", ""),
            ("https://h?acl", "https://h", "?acl"),
            ("https://[::1]:1/k#part?x", "https://[::1]:1", "/k"),
            ("https://h#x/y", "https://h", ""),
        ] {
            assert_eq!(split(url), Some((origin, target)), "{url}");
        }
        assert_eq!(split("h/k"), None);
    }

    #[test]
    fn what_http_cannot_carry_is_refused_by_name() {
        let refused = |target, name: &'static str, value: &str| {
            let mut headers = Headers::new();
            headers.insert(name, value.to_owned());
            write(Method::Get, target, &headers).unwrap_err().message
        };
        for target in ["/a b", "/ä", "/a\r\nx: y", "/\0"] {
            assert!(refused(target, "a", "b").contains("the URL"), "{target:?}");
        }
        assert!(refused("/", "x-a", "ä").contains("x-a"));
        assert!(refused("/", "x-a", "b\r\nc: d").contains("x-a"));
        assert!(refused("/", "x a", "b").contains("x a"));
    }

    #[test]
    fn a_head_is_completed_and_no_other() {
        let mut headers = Headers::new();
        headers.insert("host", "h");
        headers.insert("authorization", "OBS AK:signature");
        let head = write(Method::Put, "/k?x", &headers).unwrap();
        assert_eq!(complete(b"CONNECT h:443 HTTP/1.1\r\n\r\n", &head), None);
        assert_eq!(complete(b"GET / HTTP/1.1\r\nhost: h\r\n\r\n", &head), None);
        assert_eq!(complete(b"PUT / HTTP/1.1\r\nhost: h\r\n\r\n", &[]), None);
        let whole = complete(b"PUT / HTTP/1.1\r\nhost: h\r\n\r\n", &head).unwrap();
        assert_eq!(whole, b"PUT /k?x HTTP/1.1\r\nauthorization: OBS AK:signature\r\nhost: h\r\n\r\n");
    }
}
