//! A request ready to be sent: signed, or as a signed URL has it.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use obs_sign::{Credentials, Dialect, Endpoint, Headers, Location, Method, Query, SignedUrl};

use super::negotiate;
use super::redirect::{self, Redirect};
use crate::body::Body;
use crate::client::Inner;
use crate::credentials::CredentialsNeed;
use crate::error::{Error, Result};
use crate::operation::Parts;

/// A request ready to be sent.
pub(super) struct Prepared {
    pub(super) url: String,
    /// Origin and `Host`, to resolve a redirect against.
    pub(super) origin: String,
    pub(super) host: String,
    pub(super) signed: bool,
    pub(super) headers: Headers,
    pub(super) resource_url: String,
    pub(super) dialect: Dialect,
    /// The difference to the server's clock that it was signed with.
    pub(super) offset_ms: i64,
    /// What it was signed with.
    pub(super) credentials: Option<Credentials>,
}

impl Prepared {
    /// Signs the request, of a call that has so much time left.
    pub(super) fn sign(
        inner: &Inner,
        bucket: Option<&Arc<str>>,
        redirect: Option<&Redirect>,
        draft: Parts,
        body: &Body<'_>,
        method: Method,
        time_left: Option<Duration>,
    ) -> Result<Self> {
        let dialect = draft.dialect();
        let Parts { key, query, mut headers, .. } = draft;
        let signer = inner.signer(dialect);
        let endpoint = signer.endpoint();
        let location = endpoint.locate(bucket.map(|b| &**b), key.as_deref())?;
        body.write_headers(&mut headers);
        let mut resource_url = endpoint.origin(&location.host);
        resource_url.push_str(&location.path);
        let offset_ms = inner.shared.server_time.offset_ms();
        let now = inner.shared.server_time.correct(inner.clock.now());
        let place = Place::of(&location, &query, endpoint, redirect);
        let mut used = None;
        if place.signed {
            let need = CredentialsNeed { time_left, ..CredentialsNeed::default() };
            let credentials = inner.credentials.credentials_for(need)?;
            // V4 signs the host that is really asked.
            let location = Location { host: place.host.clone(), ..location };
            signer.sign(&credentials, method, &location, &query, &mut headers, now)?;
            if log::log_enabled!(target: "obs::http", log::Level::Trace) && !credentials.is_anonymous() {
                let text = signer.string_to_sign(method, &location, &query, &headers);
                log::trace!(target: "obs::http", "string to sign: {:?}", obs_sign::redact(&text));
            }
            used = Some(credentials);
        } else {
            remove_secrets(&mut headers);
            headers.insert("date", crate::types::http_date(now));
        }
        headers.insert("host", place.host.clone());
        Ok(Self {
            url: place.url,
            origin: place.origin,
            host: place.host,
            signed: place.signed,
            headers,
            resource_url,
            dialect,
            offset_ms,
            credentials: used,
        })
    }

    /// A URL signed elsewhere goes out as it is.
    pub(super) fn signed_url(
        inner: &Inner,
        bucket: Option<&Arc<str>>,
        redirect: Option<&Redirect>,
        name: &str,
        method: Method,
        url: &SignedUrl,
    ) -> Result<Self> {
        if url.method != method {
            let (signed, sent) = (url.method.as_str(), method.as_str());
            return Err(Error::invalid(format!("the URL was signed for {signed}, {name} sends {sent}")));
        }
        let malformed = || Error::invalid("the signed URL has no scheme and host");
        let (scheme, rest) = url.url.split_once("://").ok_or_else(malformed)?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at_checked(end).ok_or_else(malformed)?;
        let origin = format!("{scheme}://{authority}");
        let mut headers = url.headers.clone();
        headers.check()?;
        if !headers.contains("host") {
            headers.insert("host", authority.to_owned());
        }
        // The transport writes it for the body that is really sent.
        headers.remove("content-length");
        let path = target.split('?').next().unwrap_or_default();
        let prepared = Self {
            url: url.url.clone(),
            resource_url: format!("{origin}{path}"),
            host: headers.get("host").unwrap_or(authority).to_owned(),
            origin,
            // A redirect of it is followed like one of an unsigned request: nothing is signed here.
            signed: false,
            headers,
            dialect: negotiate::dialect_without_asking(inner, bucket),
            offset_ms: 0,
            credentials: None,
        };
        let Some(there) = redirect else { return Ok(prepared) };
        let mut headers = prepared.headers;
        if !redirect::stays_home(&inner.config.endpoint, &prepared.host, &there.host) {
            remove_secrets(&mut headers);
        }
        headers.insert("host", there.host.clone());
        Ok(Self {
            url: format!("{}{}", there.origin, there.target),
            origin: there.origin.clone(),
            host: there.host.clone(),
            headers,
            ..prepared
        })
    }

    /// Says once a client that its keys of SSE-C can be read on the line.
    pub(super) fn warn_of_bare_keys(&self, inner: &Inner) {
        let has_key = self.headers.iter().any(|(name, _)| name.ends_with("-customer-key"));
        if has_key && goes_bare(&self.url) && !inner.shared.warned_of_bare_keys.swap(true, Ordering::Relaxed)
        {
            log::warn!(target: "obs::http", "keys of SSE-C go over plain http: anybody on the line can read them; use https");
        }
    }

    /// The URL without its query, which may hold a signature.
    pub(super) fn shown_url(&self) -> &str {
        self.url.split('?').next().unwrap_or_default()
    }
}

/// Whether a request to this URL can be read on its way: not on one that leaves no machine.
fn goes_bare(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(ipv6) => ipv6.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    let is_local = host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    scheme.eq_ignore_ascii_case("http") && !is_local
}

/// Where an attempt goes.
struct Place {
    url: String,
    origin: String,
    host: String,
    signed: bool,
}

impl Place {
    fn of(location: &Location, query: &Query, endpoint: &Endpoint, redirect: Option<&Redirect>) -> Self {
        if let Some(there) = redirect {
            return Self {
                url: format!("{}{}", there.origin, there.target),
                origin: there.origin.clone(),
                host: there.host.clone(),
                signed: there.signed,
            };
        }
        let origin = endpoint.origin(&location.host);
        let mut url = String::with_capacity(origin.len() + location.path.len() + 64);
        url.push_str(&origin);
        url.push_str(&location.path);
        if !query.is_empty() {
            url.push('?');
            query.write_to(&mut url);
        }
        Self { url, origin, host: location.host.clone(), signed: true }
    }
}

/// Whoever was redirected away gets neither token nor keys.
fn remove_secrets(headers: &mut Headers) {
    let secret: Vec<String> =
        headers.iter().map(|(n, _)| n).filter(|n| is_secret(n)).map(str::to_owned).collect();
    for name in secret {
        headers.remove(&name);
    }
}

/// Headers that only the addressee may see.
fn is_secret(name: &str) -> bool {
    let is_metadata = name.starts_with("x-obs-meta-") || name.starts_with("x-amz-meta-");
    obs_sign::is_secret(name) && !is_metadata || name.contains("-customer-")
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::goes_bare;
    use crate::test_support::Fake;
    use crate::types::SseC;

    #[test]
    fn what_stays_on_the_machine_or_goes_over_tls_is_not_bare() {
        for url in [
            "https://b.obs.example.com/k",
            "HTTPS://b.obs.example.com/k",
            "http://127.0.0.1:9000/b/k",
            "http://[::1]:9000/b/k",
            "http://localhost/b/k",
            "http://b.localhost:80?x",
        ] {
            assert!(!goes_bare(url), "{url}");
        }
        for url in [
            "http://b.obs.example.com/k",
            "HTTP://10.0.0.1/b",
            "http://[2001:db8::1]/b",
            "http://localhost.example.com",
        ] {
            assert!(goes_bare(url), "{url}");
        }
    }

    #[test]
    fn keys_that_go_bare_are_warned_of_once() {
        let warned = |endpoint: &str, with_key: bool| {
            let fake = Fake::new().answer(200, &[], "").answer(200, &[], "");
            let bucket = fake.builder().endpoint(endpoint).build().unwrap().bucket("examplebucket");
            for _ in 0..2 {
                let put = bucket.put_content("k", "x");
                let put = if with_key { put.sse(SseC::new([7; 32])) } else { put };
                put.send().unwrap();
            }
            bucket.client().inner().shared.warned_of_bare_keys.load(Ordering::Relaxed)
        };
        assert!(warned("http://obs.example.com", true));
        assert!(!warned("http://obs.example.com", false));
        assert!(!warned("https://obs.example.com", true));
        assert!(!warned("http://127.0.0.1", true));
    }
}
