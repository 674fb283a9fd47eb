use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;
use std::sync::Arc;

use crate::bucket_name::check_addressable;
use crate::{Error, check_key, encode};

/// `http` or `https`.
///
/// ```
/// use obs_sign::{Endpoint, Scheme};
///
/// let endpoint = Endpoint::parse("http://obs.example.com")?;
/// assert_eq!((endpoint.scheme(), endpoint.port()), (Scheme::Http, 80));
/// # Ok::<(), obs_sign::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Plain HTTP, port 80 by default.
    Http,
    /// HTTP over TLS, port 443 by default.
    Https,
}

impl Scheme {
    /// `http` or `https`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// 80 or 443.
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where the bucket's name stands in a request.
///
/// ```
/// use obs_sign::{Addressing, Endpoint};
///
/// let endpoint = Endpoint::parse("obs.example.com")?;
/// for (addressing, host, path) in [
///     (Addressing::VirtualHosted, "photos.obs.example.com", "/a.jpg"),
///     (Addressing::PathStyle, "obs.example.com", "/photos/a.jpg"),
///     (Addressing::CustomDomain, "obs.example.com", "/a.jpg"),
/// ] {
///     let location =
///         endpoint.clone().with_addressing(addressing).locate(Some("photos"), Some("a.jpg"))?;
///     assert_eq!((&*location.host, &*location.path), (host, path));
/// }
/// # Ok::<(), obs_sign::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Addressing {
    /// `bucket.host/key`, the default.
    VirtualHosted,
    /// `host/bucket/key`; always so if the host is an IP address.
    PathStyle,
    /// `host/key`: the host is a domain bound to one bucket.
    CustomDomain,
}

/// The address of the service, or of one bucket with its own domain.
///
/// ```
/// use obs_sign::{Addressing, Endpoint};
/// let endpoint = Endpoint::parse("obs.cn-north-4.myhuaweicloud.com")?;
/// assert_eq!(endpoint.to_string(), "https://obs.cn-north-4.myhuaweicloud.com");
///
/// let location = endpoint.locate(Some("photos"), Some("a b.jpg"))?;
/// assert_eq!(location.host, "photos.obs.cn-north-4.myhuaweicloud.com");
/// assert_eq!(location.path, "/a%20b.jpg");
///
/// let local = Endpoint::parse("http://127.0.0.1:9000")?;
/// assert_eq!(local.addressing(), Addressing::PathStyle);
/// # Ok::<(), obs_sign::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    scheme: Scheme,
    host: Arc<str>,
    server: Arc<str>,
    port: u16,
    is_ip: bool,
    addressing: Addressing,
}

impl Endpoint {
    /// Reads `[http[s]://]host[:port]`; without a protocol it is `https`. One `/` at the end is dropped, and so are blanks around.
    ///
    /// The addressing is [virtual-hosted](Addressing::VirtualHosted), for an IPv4 or `[IPv6]` address [path style](Addressing::PathStyle).
    ///
    /// # Errors
    /// [`Error::Endpoint`] says what is wrong: another protocol, a path, a query, a user name, a blank or malformed host or port.
    pub fn parse(endpoint: &str) -> Result<Self, Error> {
        let fail = |reason| Error::Endpoint { endpoint: without_user_info(endpoint), reason };
        let text = endpoint.trim();
        let (scheme, rest) = match text.split_once("://") {
            None => (Scheme::Https, text),
            Some((name, rest)) if name.eq_ignore_ascii_case("https") => (Scheme::Https, rest),
            Some((name, rest)) if name.eq_ignore_ascii_case("http") => (Scheme::Http, rest),
            Some(_) => return Err(fail("the protocol must be http or https")),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.is_empty() {
            return Err(fail(
                "there is no host; give an address such as https://obs.cn-north-4.myhuaweicloud.com",
            ));
        }
        if authority.contains('@') {
            return Err(fail("it must not hold a user name or password; give keys as credentials"));
        }
        if authority.contains(['?', '#']) {
            return Err(fail("it must not have a query or fragment; end it after host and port"));
        }
        if authority.contains(['/', '\\']) {
            return Err(fail("it must not have a path; give bucket and key to the call"));
        }
        let (host, port, is_ip) = if let Some(bracketed) = authority.strip_prefix('[') {
            let (address, rest) =
                bracketed.split_once(']').ok_or_else(|| fail("the ']' of the IPv6 address is missing"))?;
            let address: Ipv6Addr =
                address.parse().map_err(|_| fail("there is no valid IPv6 address between the brackets"))?;
            let port = match rest.strip_prefix(':') {
                Some(port) => Some(port),
                None if rest.is_empty() => None,
                None => return Err(fail("only :port may follow the IPv6 address")),
            };
            (format!("[{address}]"), port, true)
        } else {
            let (host, port) = match authority.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, None),
            };
            if port.is_some_and(|port| port.contains(':')) {
                return Err(fail("an IPv6 address must stand in brackets, such as http://[::1]:9000"));
            }
            let is_ip = host.parse::<Ipv4Addr>().is_ok();
            if !is_ip {
                check_host(host).map_err(fail)?;
            }
            (host.to_ascii_lowercase(), port, is_ip)
        };
        let port = match port {
            None => scheme.default_port(),
            Some(digits) => digits
                .parse()
                .ok()
                .filter(|port| *port > 0 && digits.bytes().all(|byte| byte.is_ascii_digit()))
                .ok_or_else(|| fail("the port must be a number from 1 to 65535"))?,
        };
        let host: Arc<str> = host.into();
        let server =
            if matches!(port, 80 | 443) { Arc::clone(&host) } else { format!("{host}:{port}").into() };
        let addressing = if is_ip { Addressing::PathStyle } else { Addressing::VirtualHosted };
        Ok(Self { scheme, host, server, port, is_ip, addressing })
    }

    /// Sets the addressing. An IP address has no subdomains, so [`VirtualHosted`](Addressing::VirtualHosted) leaves it path style.
    #[must_use]
    pub fn with_addressing(mut self, addressing: Addressing) -> Self {
        self.addressing = match addressing {
            Addressing::VirtualHosted if self.is_ip => Addressing::PathStyle,
            other => other,
        };
        self
    }

    /// The protocol.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The host in lower case, without the port; an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, 80 or 443 if none was given.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where the bucket's name stands.
    pub fn addressing(&self) -> Addressing {
        self.addressing
    }

    /// Host and port as in a `Host` header: without the port if that is 80 or 443, whatever the protocol.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Where a bucket or object is found and under which name it is signed. Without both: the service itself, to list buckets.
    ///
    /// The bucket's name must only be fit for host and path, so that old names still work;
    /// [`check_bucket_name`](crate::check_bucket_name) has the rules for new ones. On a custom domain the bucket appears nowhere
    /// and may be left out if there is a key.
    ///
    /// # Errors
    /// [`Error::BucketName`] for a name that would break host or path, [`Error::EmptyKey`] for the key `""`,
    /// [`Error::KeyTooLong`] for one of more than 1,024 bytes,
    /// [`Error::MissingBucket`] for a key without a bucket and for calls to the service on a custom domain.
    pub fn locate(&self, bucket: Option<&str>, key: Option<&str>) -> Result<Location, Error> {
        if let Some(bucket) = bucket {
            check_addressable(bucket)?;
        }
        if let Some(key) = key {
            check_key(key)?;
        }
        let server = &*self.server;
        match (self.addressing, bucket) {
            (Addressing::CustomDomain, None) if key.is_none() => Err(Error::MissingBucket {
                reason: "a custom domain serves one bucket and cannot list or create buckets; use the endpoint of the service",
            }),
            (Addressing::CustomDomain, _) => {
                let path = path("", key.unwrap_or_default());
                Ok(Location { host: server.to_owned(), path, resource_prefix: ["/", &self.host].concat() })
            }
            (_, None) if key.is_some() => {
                Err(Error::MissingBucket { reason: "an object key needs the bucket that holds it" })
            }
            (_, None) => {
                Ok(Location { host: server.to_owned(), path: "/".to_owned(), resource_prefix: String::new() })
            }
            (Addressing::VirtualHosted, Some(bucket)) => Ok(Location {
                host: [bucket, ".", server].concat(),
                path: path("", key.unwrap_or_default()),
                resource_prefix: ["/", bucket].concat(),
            }),
            (Addressing::PathStyle, Some(bucket)) => {
                let path = match key {
                    Some(key) => path(bucket, key),
                    None => ["/", bucket].concat(),
                };
                Ok(Location { host: server.to_owned(), path, resource_prefix: String::new() })
            }
        }
    }

    /// `scheme://authority` for the host of a [`Location`] of this endpoint. Unlike a `Host` header, a URL needs the port whenever it
    /// is not its protocol's own.
    pub fn origin(&self, host: &str) -> String {
        let mut out = String::with_capacity(host.len() + 16);
        self.push_origin(&mut out, host);
        out
    }

    pub(crate) fn push_origin(&self, out: &mut String, host: &str) {
        out.push_str(self.scheme.as_str());
        out.push_str("://");
        out.push_str(host);
        if matches!(self.port, 80 | 443) && self.port != self.scheme.default_port() {
            out.push(':');
            out.push_str(itoa::Buffer::new().format(self.port));
        }
    }
}

/// `/key`, or `/bucket/key`.
fn path(bucket: &str, key: &str) -> String {
    let mut out = String::with_capacity(bucket.len() + key.len() + 16);
    out.push('/');
    if !bucket.is_empty() {
        out.push_str(bucket);
        out.push('/');
    }
    encode::push_path(&mut out, key);
    out
}

fn check_host(host: &str) -> Result<(), &'static str> {
    if host.is_empty() {
        return Err("there is no host before the port");
    }
    if !host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)) {
        return Err(
            "a host may only hold letters, digits, '-', '.' and '_'; write an international name in its xn-- form",
        );
    }
    if host.split('.').any(|label| label.is_empty() || label.len() > 63) || host.len() > 253 {
        return Err("each part of the host must have 1 to 63 characters, the whole at most 253");
    }
    if host.rsplit('.').next().is_some_and(|label| label.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err("this is no valid IPv4 address");
    }
    Ok(())
}

/// For error messages: what stands before an `@` may be a password.
fn without_user_info(endpoint: &str) -> String {
    match endpoint.rsplit_once('@') {
        Some((_, rest)) => format!("***@{rest}"),
        None => endpoint.to_owned(),
    }
}

/// `scheme://host[:port]`, the port only if it is not the protocol's own. [`Endpoint::parse`] reads it back.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin(&self.server))
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({self}, {:?})", self.addressing)
    }
}

impl FromStr for Endpoint {
    type Err = Error;

    fn from_str(endpoint: &str) -> Result<Self, Error> {
        Self::parse(endpoint)
    }
}

/// Where a request goes and under which name it is signed; see [`Endpoint::locate`].
///
/// ```
/// let endpoint = obs_sign::Endpoint::parse("obs.example.com")?;
/// let location = endpoint.locate(Some("photos"), Some("a b.jpg"))?;
/// assert_eq!(location.host, "photos.obs.example.com");
/// assert_eq!(location.path, "/a%20b.jpg");
/// assert_eq!(location.resource(), "/photos/a%20b.jpg");
/// # Ok::<(), obs_sign::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The value of the `Host` header: host, and the port unless it is 80 or 443.
    pub host: String,
    /// The path, encoded as it is sent, starting with `/`.
    pub path: String,
    /// What stands before the path where the HMAC-SHA1 dialects sign it: `/bucket`, `/domain`, or nothing if the path names the bucket.
    pub resource_prefix: String,
}

impl Location {
    /// The canonical resource without sub-resources, as the HMAC-SHA1 dialects sign it.
    pub fn resource(&self) -> String {
        [&*self.resource_prefix, &*self.path].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_an_endpoint_may_look_like() {
        for (text, shown, server, port, addressing) in [
            ("obs.example.com", "https://obs.example.com", "obs.example.com", 443, Addressing::VirtualHosted),
            (
                " HTTP://OBS.Example.com/ ",
                "http://obs.example.com",
                "obs.example.com",
                80,
                Addressing::VirtualHosted,
            ),
            ("https://h:8443", "https://h:8443", "h:8443", 8443, Addressing::VirtualHosted),
            ("http://localhost:443", "http://localhost:443", "localhost", 443, Addressing::VirtualHosted),
            ("https://h:80", "https://h:80", "h", 80, Addressing::VirtualHosted),
            ("192.0.2.10", "https://192.0.2.10", "192.0.2.10", 443, Addressing::PathStyle),
            (
                "http://192.0.2.10:5080",
                "http://192.0.2.10:5080",
                "192.0.2.10:5080",
                5080,
                Addressing::PathStyle,
            ),
            ("http://[0:0::1]:9000", "http://[::1]:9000", "[::1]:9000", 9000, Addressing::PathStyle),
            ("[2001:DB8::1]", "https://[2001:db8::1]", "[2001:db8::1]", 443, Addressing::PathStyle),
        ] {
            let endpoint = Endpoint::parse(text).unwrap();
            assert_eq!(endpoint.to_string(), shown);
            assert_eq!(
                (endpoint.server(), endpoint.port(), endpoint.addressing()),
                (server, port, addressing)
            );
            assert_eq!(Endpoint::parse(shown), Ok(endpoint), "{shown} reads back");
        }
    }

    #[test]
    fn refuses_all_else_and_says_why() {
        let long = format!("{}.com", "a".repeat(64));
        for (text, reason) in [
            ("", "no host"),
            (" \n", "no host"),
            ("https://", "no host"),
            ("http:///", "no host"),
            ("ftp://h", "http or https"),
            ("://h", "http or https"),
            ("https://h/bucket", "path"),
            ("h//", "path"),
            ("h\\b", "path"),
            ("https://h?x=1", "query"),
            ("https://h#x", "query"),
            ("https://ak:s3cret@h", "user name"),
            (":8080", "no host before"),
            ("h:", "port"),
            ("h:0", "port"),
            ("h:65536", "port"),
            ("h:+80", "port"),
            ("h:80a", "port"),
            ("::1", "brackets"),
            ("[::1", "']'"),
            ("[::1]80", "only :port"),
            ("[::g]", "IPv6"),
            ("[192.0.2.1]", "IPv6"),
            ("a b.com", "may only hold"),
            ("a\r\nb.com", "may only hold"),
            ("桶.com", "xn--"),
            ("h..com", "1 to 63"),
            (".h", "1 to 63"),
            ("h.com.", "1 to 63"),
            (&*long, "1 to 63"),
            ("256.1.1.1", "IPv4"),
            ("1.2.3", "IPv4"),
        ] {
            let error = Endpoint::parse(text).unwrap_err().to_string();
            assert!(error.contains(reason), "{text:?}: {error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn three_addressings_with_and_without_key() {
        let name = "http://obs.example.com:8080";
        let ip = "http://192.0.2.10:5080";
        use Addressing::{CustomDomain, PathStyle, VirtualHosted};
        for (text, addressing, key, host, path, resource) in [
            (name, VirtualHosted, None, "b.obs.example.com:8080", "/", "/b/"),
            (name, VirtualHosted, Some("k"), "b.obs.example.com:8080", "/k", "/b/k"),
            (name, VirtualHosted, Some("/lead"), "b.obs.example.com:8080", "//lead", "/b//lead"),
            (
                name,
                VirtualHosted,
                Some("./a/../\0"),
                "b.obs.example.com:8080",
                "/./a/../%00",
                "/b/./a/../%00",
            ),
            (name, PathStyle, None, "obs.example.com:8080", "/b", "/b"),
            (name, PathStyle, Some("d/k +"), "obs.example.com:8080", "/b/d/k%20%2B", "/b/d/k%20%2B"),
            (name, CustomDomain, None, "obs.example.com:8080", "/", "/obs.example.com/"),
            (name, CustomDomain, Some("k"), "obs.example.com:8080", "/k", "/obs.example.com/k"),
            (ip, VirtualHosted, None, "192.0.2.10:5080", "/b", "/b"),
            (ip, VirtualHosted, Some("k"), "192.0.2.10:5080", "/b/k", "/b/k"),
            (ip, PathStyle, Some("k"), "192.0.2.10:5080", "/b/k", "/b/k"),
            (ip, CustomDomain, Some("k"), "192.0.2.10:5080", "/k", "/192.0.2.10/k"),
        ] {
            let endpoint = Endpoint::parse(text).unwrap().with_addressing(addressing);
            let location = endpoint.locate(Some("b"), key).unwrap();
            assert_eq!(
                (&*location.host, &*location.path, &*location.resource()),
                (host, path, resource),
                "{text} {addressing:?} {key:?}"
            );
        }
    }

    #[test]
    fn calls_without_bucket_or_key() {
        let endpoint = Endpoint::parse("http://h:8080").unwrap();
        let service = Location { host: "h:8080".into(), path: "/".into(), resource_prefix: "".into() };
        for addressing in [Addressing::VirtualHosted, Addressing::PathStyle] {
            let endpoint = endpoint.clone().with_addressing(addressing);
            assert_eq!(endpoint.locate(None, None).as_ref(), Ok(&service));
            assert!(matches!(endpoint.locate(None, Some("k")), Err(Error::MissingBucket { .. })));
            assert_eq!(endpoint.locate(Some("b"), Some("")), Err(Error::EmptyKey));
            assert!(matches!(endpoint.locate(Some("a/b"), None), Err(Error::BucketName { .. })));
        }
        let own = endpoint.with_addressing(Addressing::CustomDomain);
        assert!(matches!(own.locate(None, None), Err(Error::MissingBucket { .. })));
        assert_eq!(own.locate(None, Some("k")), own.locate(Some("b"), Some("k")));
    }
}
