//! What ureq says when no answer comes, sorted by what a caller can do about it.

use std::io;

use ureq::http::Uri;
use ureq::{Error, Proxy, Timeout};

use super::head;
use super::interrupt::NoThread;
use crate::error::{ErrorKind, ProxyDenied};
use crate::transport::TransportError;

/// Whom a request was for, as an error names it, and how far it got.
pub(super) struct Place<'a> {
    pub(super) url: &'a str,
    pub(super) proxy: Option<&'a Proxy>,
    /// There was a connection, and the request was written to it.
    pub(super) sent: bool,
}

impl Place<'_> {
    fn is_https(&self) -> bool {
        self.url.split_once(':').is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("https"))
    }

    /// Host and port, without the path and the query, which may be signed, and without a password.
    fn host(&self) -> String {
        let origin = head::split(self.url).map_or("", |(origin, _)| origin);
        let authority = origin.rsplit(['/', '@']).next().unwrap_or_default();
        let has_port =
            authority.rsplit_once(':').is_some_and(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
        match has_port {
            true => authority.to_owned(),
            false => format!("{authority}:{}", if self.is_https() { 443 } else { 80 }),
        }
    }

    /// The host, and the proxy on the way to it.
    fn way(&self) -> String {
        let proxy =
            self.proxy.filter(|proxy| !self.url.parse().is_ok_and(|uri: Uri| proxy.is_no_proxy(&uri)));
        match proxy {
            Some(proxy) => format!("{} (through the proxy {}:{})", self.host(), proxy.host(), proxy.port()),
            None => self.host(),
        }
    }
}

/// Sorts the failure of a request.
pub(super) fn of_request(error: Error, place: &Place<'_>) -> TransportError {
    use io::ErrorKind as Io;
    let (kind, message) = match &error {
        Error::Timeout(which) => match which {
            Timeout::Resolve => (ErrorKind::Connect, format!("looking up {} took too long", place.way())),
            Timeout::Connect => (ErrorKind::Connect, format!("connecting to {} took too long", place.way())),
            Timeout::Global => (ErrorKind::Timeout, "the deadline passed".to_owned()),
            Timeout::PerWrite => {
                (ErrorKind::Timeout, format!("{} took no bytes within the time limit", place.way()))
            }
            _ => (ErrorKind::Timeout, format!("{} kept silent beyond the time limit", place.way())),
        },
        Error::HostNotFound => (ErrorKind::Connect, format!("there is no host {}", place.way())),
        Error::ConnectionFailed => (ErrorKind::Connect, format!("no connection to {}", place.way())),
        Error::ConnectProxyFailed(_) | Error::InvalidProxyUrl => {
            (ErrorKind::Connect, format!("the proxy made no connection to {}", place.way()))
        }
        Error::Other(e) if e.is::<ProxyDenied>() => {
            (ErrorKind::Connect, format!("the proxy made no connection to {}", place.way()))
        }
        Error::Other(e) if e.is::<NoThread>() => {
            (ErrorKind::Connect, format!("no connection to {}", place.way()))
        }
        Error::TlsRequired => (
            ErrorKind::Tls,
            format!("no TLS connection to {}: obs-core was built without its feature rustls", place.host()),
        ),
        #[cfg(feature = "rustls")]
        Error::Rustls(_) | Error::Pem(_) => (ErrorKind::Tls, tls(&error, place)),
        Error::Tls(_) => (ErrorKind::Tls, tls(&error, place)),
        Error::Http(_) | Error::BadUri(_) => {
            (ErrorKind::InvalidInput, "the request cannot be written".to_owned())
        }
        Error::Io(e) => match e.kind() {
            Io::ConnectionRefused | Io::HostUnreachable | Io::NetworkUnreachable | Io::AddrNotAvailable => {
                (ErrorKind::Connect, format!("no connection to {}", place.way()))
            }
            Io::NotConnected => (ErrorKind::Cancelled, "the connections were shut down".to_owned()),
            // What rustls says of the other side. Later it is no question of trust, and the request may have been carried out.
            Io::InvalidData if place.is_https() && !place.sent => (ErrorKind::Tls, tls(e, place)),
            // getaddrinfo's failures have no kind of their own.
            _ if e.to_string().contains("lookup address") => {
                (ErrorKind::Connect, format!("there is no host {}", place.way()))
            }
            _ => (ErrorKind::Connection, format!("the connection to {} broke", place.way())),
        },
        _ => (ErrorKind::Connection, format!("the exchange with {} failed", place.way())),
    };
    let source = match error {
        // Its text has the whole URL in it, which may be signed.
        Error::BadUri(_) => None,
        Error::Other(ours) => Some(ours),
        error => Some(Box::from(error)),
    };
    TransportError { kind, message, source }
}

/// Sorts the failure of an answer's body.
pub(super) fn of_body(error: io::Error) -> TransportError {
    let sorted = of_request(error.into(), &Place { url: "", proxy: None, sent: true });
    let kind = match sorted.kind {
        kind @ (ErrorKind::Timeout | ErrorKind::Cancelled) => kind,
        _ => ErrorKind::Connection,
    };
    TransportError { kind, message: "the answer broke off".to_owned(), source: sorted.source }
}

/// Why there is no TLS, and what to do. The error of rustls has no type that ureq would show.
fn tls(error: &dyn std::error::Error, place: &Place<'_>) -> String {
    let (said, host) = (error.to_string(), place.host());
    let says = |part: &str| said.contains(part);
    if says("UnknownIssuer") {
        format!(
            "the certificate of {host} is signed by nobody who is trusted; of a company's own CA give the certificate (root_certificates_pem)"
        )
    } else if says("not valid for name") || says("NotValidForName") {
        format!("the certificate of {host} is for another name; give the endpoint as the certificate has it")
    } else if says("expired") || says("not valid yet") || says("NotValidYet") {
        format!("the certificate of {host} is out of date; renew it, or set the clock of this machine")
    } else if says("InvalidContentType") || says("corrupt message") {
        format!("{host} does not speak TLS; is the endpoint one of http://, or of another port?")
    } else {
        format!("no TLS connection to {host}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(url: &str, sent: bool) -> Place<'_> {
        Place { url, proxy: None, sent }
    }

    #[test]
    fn a_host_is_named_with_its_port_and_nothing_else() {
        for (url, host) in [
            ("https://h/k?Signature=s", "h:443"),
            ("HTTPS://h?Signature=s", "h:443"),
            ("http://h?Signature=a/b@c:1", "h:80"),
            ("http://h:8080#Signature=s", "h:8080"),
            ("http://user:password@h:8080/k", "h:8080"),
            ("https://[::1]?x", "[::1]:443"),
            ("https://[::1]:8443", "[::1]:8443"),
        ] {
            assert_eq!(place(url, false).host(), host, "{url}");
        }
    }

    #[cfg(feature = "rustls")]
    #[test]
    fn what_fails_behind_the_request_is_no_question_of_trust() {
        let kind = |url, sent| {
            let damaged = io::Error::new(io::ErrorKind::InvalidData, "cannot decrypt peer's message");
            of_request(damaged.into(), &place(url, sent)).kind
        };
        assert_eq!(kind("HTTPS://h/", false), ErrorKind::Tls);
        assert_eq!(kind("https://h/", true), ErrorKind::Connection);
        assert_eq!(kind("http://h/", false), ErrorKind::Connection);
    }
}
