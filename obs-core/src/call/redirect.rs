//! Where a 3xx leads, and whether it may be followed.

use obs_sign::{Addressing, Endpoint, Method, Scheme};

use crate::operation::Head;

/// A place that a request was redirected to.
#[derive(Debug, Clone)]
pub(super) struct Redirect {
    /// Scheme and authority to dial.
    pub(super) origin: String,
    /// The value of `Host`.
    pub(super) host: String,
    /// Path and query, as the server wrote them.
    pub(super) target: String,
    /// Whether the request is signed for it. Once it is not, it never is again.
    pub(super) signed: bool,
}

/// Why a redirect is not followed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// From https to http.
    Downgrade(String),
    /// A signed request to a host outside of the endpoint's domain.
    Foreign(String),
    /// The `Location` cannot be read.
    Malformed,
}

impl Refusal {
    pub(super) fn message(&self) -> String {
        match self {
            Self::Downgrade(host) => format!("redirected from https to http at {host}: not followed"),
            Self::Foreign(host) => {
                format!(
                    "redirected to {host}, outside of the endpoint's domain: credentials are not sent there"
                )
            }
            Self::Malformed => "redirected to a Location that is no URL".to_owned(),
        }
    }
}

/// Reads `Location`. None: there is nothing to follow.
pub(super) fn of_answer(
    head: &Head,
    method: Method,
    endpoint: &Endpoint,
    current: &Current<'_>,
) -> Option<Result<Redirect, Refusal>> {
    if !(300..400).contains(&head.status()) || head.status() == 304 {
        return None;
    }
    let location = head.headers().get("location").map(str::trim).filter(|l| !l.is_empty())?;
    Some(follow(location, head.status(), method, endpoint, current))
}

/// Where the request that was answered went.
pub(super) struct Current<'a> {
    pub(super) origin: &'a str,
    pub(super) host: &'a str,
    pub(super) signed: bool,
}

fn follow(
    location: &str,
    status: u16,
    method: Method,
    endpoint: &Endpoint,
    current: &Current<'_>,
) -> Result<Redirect, Refusal> {
    let signed = current.signed && !(status == 302 && method == Method::Get);
    if location.starts_with('/') && !location.starts_with("//") {
        return Ok(Redirect {
            origin: current.origin.to_owned(),
            host: current.host.to_owned(),
            target: without_fragment(location).to_owned(),
            signed,
        });
    }
    let absolute = match location.strip_prefix("//") {
        Some(rest) => format!("{}://{rest}", current.origin.split(':').next().unwrap_or("https")),
        None => location.to_owned(),
    };
    let (scheme, rest) = absolute.split_once("://").ok_or(Refusal::Malformed)?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, target) = rest.split_at(end);
    let there = Endpoint::parse(&format!("{scheme}://{authority}")).map_err(|_| Refusal::Malformed)?;
    let scheme_of = |url: &str| url.split(':').next().unwrap_or_default().to_ascii_lowercase();
    if scheme_of(current.origin) == "https" && there.scheme() == Scheme::Http {
        return Err(Refusal::Downgrade(there.host().to_owned()));
    }
    if signed && !same_domain(endpoint, there.host()) {
        return Err(Refusal::Foreign(there.host().to_owned()));
    }
    let target = without_fragment(target);
    let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
    let scheme = if there.scheme() == Scheme::Http { "http" } else { "https" };
    Ok(Redirect {
        origin: format!("{scheme}://{}:{}", there.host(), there.port()),
        host: there.server().to_owned(),
        target,
        signed,
    })
}

fn without_fragment(target: &str) -> &str {
    target.split('#').next().unwrap_or(target)
}

/// Whether a host that a signed URL leads to may see the secret headers that go with the URL.
pub(super) fn stays_home(endpoint: &Endpoint, from: &str, to: &str) -> bool {
    // The colons of an address in brackets are its own.
    let name = |host: &str| match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => name.to_ascii_lowercase(),
        _ => host.to_ascii_lowercase(),
    };
    let there = name(to);
    there == name(from) || same_domain(endpoint, &there)
}

/// Whether a host belongs to the service of the endpoint: the endpoint itself, below it, or the same service in
/// another region (`obs.cn-north-4.example.com` and `bucket.obs.cn-east-3.example.com`).
fn same_domain(endpoint: &Endpoint, host: &str) -> bool {
    let server = endpoint.host().to_ascii_lowercase();
    let host = host.to_ascii_lowercase();
    let below = |host: &str, of: &str| host == of || host.strip_suffix(of).is_some_and(|h| h.ends_with('.'));
    if below(&host, &server) {
        return true;
    }
    if endpoint.addressing() == Addressing::CustomDomain {
        return false;
    }
    // `<service>.<region>.<domain>` with a service that is named as one, and a region that is: `obs.example.co.uk` is not one of the regions of
    // a service that `obs.evil.co.uk` is another of.
    let mut labels = server.splitn(3, '.');
    let (Some(service), Some(region), Some(domain)) = (labels.next(), labels.next(), labels.next()) else {
        return false;
    };
    if !service.starts_with("obs") || !is_region(region) || domain.split('.').count() < 2 {
        return false;
    }
    let Some(rest) = host.strip_suffix(domain).and_then(|h| h.strip_suffix('.')) else { return false };
    // What is left is `[bucket.]<service>.<region>`; a bucket may hold dots.
    let mut labels = rest.rsplit('.');
    let region = labels.next().unwrap_or_default();
    !region.is_empty() && labels.next() == Some(service)
}

/// Whether a label is that of a region: `cn-north-4`, `eu-1`.
fn is_region(label: &str) -> bool {
    label.rsplit_once('-').is_some_and(|(area, number)| {
        !area.is_empty() && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use obs_sign::Headers;

    use super::*;

    fn answer(status: u16, location: &str) -> Head {
        let mut headers = Headers::new();
        headers.insert("location", location.to_owned());
        Head { status, reason: "".into(), headers }
    }

    fn to(status: u16, location: &str) -> Option<Result<Redirect, Refusal>> {
        let endpoint = Endpoint::parse("https://obs.cn-north-4.example.com").unwrap();
        let current = Current {
            origin: "https://b.obs.cn-north-4.example.com:443",
            host: "b.obs.cn-north-4.example.com",
            signed: true,
        };
        of_answer(&answer(status, location), Method::Get, &endpoint, &current)
    }

    #[test]
    fn another_region_is_signed() {
        let redirect = to(307, "https://b.obs.eu-1.example.com/k?a=%2F").unwrap().unwrap();
        assert_eq!(redirect.origin, "https://b.obs.eu-1.example.com:443");
        assert_eq!(redirect.target, "/k?a=%2F");
        assert!(redirect.signed);
    }

    #[test]
    fn credentials_stay_at_home() {
        for host in [
            "evil.com",
            "obs.cn-north-4.example.com.evil.com",
            "evilobs.cn-north-4.example.com",
            "x.example.com",
        ] {
            let refused = to(307, &format!("https://{host}/k")).unwrap().unwrap_err();
            assert_eq!(refused, Refusal::Foreign(host.to_owned()));
            assert!(!to(302, &format!("https://{host}/k")).unwrap().unwrap().signed, "{host}");
        }
    }

    #[test]
    fn what_shares_a_public_suffix_is_no_region() {
        for (endpoint, host) in [
            ("https://obs.example.co.uk", "obs.evil.co.uk"),
            ("https://obs.corp.com.cn", "b.obs.attacker.com.cn"),
            ("https://[2001:db8::1]", "[2001:db8::666]"),
        ] {
            let endpoint = Endpoint::parse(endpoint).unwrap();
            assert!(!same_domain(&endpoint, host), "{host}");
            assert!(!stays_home(&endpoint, endpoint.server(), host), "{host}");
            assert!(stays_home(&endpoint, endpoint.server(), endpoint.server()));
        }
        let endpoint = Endpoint::parse("https://obs.cn-north-4.example.com").unwrap();
        let current = Current { origin: "HTTPS://b.obs.cn-north-4.example.com", host: "b", signed: false };
        let there = answer(302, "http://b.obs.cn-north-4.example.com/");
        assert!(matches!(
            of_answer(&there, Method::Get, &endpoint, &current),
            Some(Err(Refusal::Downgrade(_)))
        ));
    }

    #[test]
    fn https_is_never_left() {
        let refused = to(302, "http://b.obs.cn-north-4.example.com/").unwrap().unwrap_err();
        assert_eq!(refused, Refusal::Downgrade("b.obs.cn-north-4.example.com".to_owned()));
    }

    #[test]
    fn relative_and_broken_locations() {
        assert_eq!(to(307, "/other").unwrap().unwrap().target, "/other");
        assert_eq!(to(307, "https://").unwrap().unwrap_err(), Refusal::Malformed);
        assert!(to(304, "https://b.obs.cn-north-4.example.com/").is_none());
        assert!(to(307, "").is_none());
    }
}
