use std::borrow::Cow;
use std::fmt;
use std::time::{Duration, SystemTime};

use crate::signer::signature;
use crate::string_to_sign::{DateLine, string_to_sign};
use crate::time::DEFAULT_LIFETIME;
use crate::{Credentials, Error, Headers, Location, Method, Query, Signer, encode, redact, time};

/// A URL that whoever holds it may use until it expires, with the headers that must go along.
///
/// `Display` gives the URL; `Debug` masks signature and token.
///
/// ```
/// use obs_sign::{Credentials, Dialect, Endpoint, Method, Signer, UrlRequest};
/// use std::time::SystemTime;
///
/// let signer = Signer::new(Endpoint::parse("https://obs.example.com")?, Dialect::Obs);
/// let signed = UrlRequest::new(Method::Put)
///     .bucket("photos")
///     .key("a.jpg")
///     .header("content-type", "image/jpeg")
///     .sign(&signer, &Credentials::new("AK", "SK"), SystemTime::now())?;
/// println!("curl -X {} -T a.jpg '{}'", signed.method, signed);
/// assert_eq!(signed.headers.get("content-type"), Some("image/jpeg"));
/// # Ok::<(), obs_sign::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignedUrl {
    /// The method that was signed.
    pub method: Method,
    /// The whole URL.
    pub url: String,
    /// The headers to send with it, `host` included. They are signed: another value is refused.
    pub headers: Headers,
    string_to_sign: String,
}

impl SignedUrl {
    /// A URL that was signed elsewhere.
    pub fn new(method: Method, url: impl Into<String>, headers: Headers) -> Self {
        Self { method, url: url.into(), headers, string_to_sign: String::new() }
    }

    /// The text that was signed (V4: the canonical request); empty if the URL was signed elsewhere or not at all. It may hold a token:
    /// [`redact`](crate::redact) it before it goes to a log.
    pub fn string_to_sign(&self) -> &str {
        &self.string_to_sign
    }
}

impl fmt::Display for SignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}

impl fmt::Debug for SignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedUrl")
            .field("method", &self.method)
            .field("url", &redact(&self.url))
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}

impl Signer {
    /// Signs a URL that is valid from `time` until `expires` later. A started second counts as a whole one.
    ///
    /// Of `headers` all are returned, with `host` added; those that the dialect signs (`content-md5`, `content-type` and its own; V4: all)
    /// must be sent as they are. A security token goes into the query, unless the query has one already. With anonymous credentials
    /// the URL is plain, for objects that everyone may read.
    ///
    /// # Errors
    /// [`Error::Expires`] for an end after the year 9999; for V4 also for a lifetime of 0 or beyond 7 days (the other dialects take 0:
    /// a URL that has expired already). [`Error::Time`], and what [`Headers::check`] finds.
    #[expect(clippy::too_many_arguments, reason = "what a signature is made of; `UrlRequest` has a builder")]
    pub fn signed_url(
        &self,
        credentials: &Credentials,
        method: Method,
        location: Location,
        query: Query,
        mut headers: Headers,
        expires: Duration,
        time: SystemTime,
    ) -> Result<SignedUrl, Error> {
        let now = time::epoch_seconds(time)?;
        let lifetime = time::whole_seconds(expires);
        let end = time::expiry(now, lifetime)?;
        headers.check()?;

        let mut url = String::with_capacity(location.host.len() + location.path.len() + 160);
        self.endpoint().push_origin(&mut url, &location.host);
        url.push_str(&location.path);

        let query = self.with_token(credentials, query);
        let string_to_sign = match self.dialect() {
            _ if credentials.is_anonymous() => {
                if !query.is_empty() {
                    url.push('?');
                    query.write_to(&mut url);
                }
                String::new()
            }
            #[cfg(feature = "v4")]
            crate::Dialect::V4 => {
                let mut query = query;
                let (signature, canonical_request) = crate::v4::sign_query(
                    self,
                    credentials,
                    method,
                    &location,
                    &mut query,
                    &headers,
                    (now, lifetime),
                )?;
                url.push('?');
                query.write_to(&mut url);
                url.push_str("&X-Amz-Signature=");
                url.push_str(&signature);
                canonical_request
            }
            dialect => {
                let mut digits = itoa::Buffer::new();
                let end = digits.format(end);
                let date = DateLine::Expires(end);
                let text = string_to_sign(dialect, method, &location, &query, &headers, date);
                url.push('?');
                query.write_to(&mut url);
                url.push_str(if query.is_empty() { "Expires=" } else { "&Expires=" });
                url.push_str(end);
                url.push('&');
                url.push_str(dialect.access_key_name());
                url.push('=');
                encode::push_query(&mut url, credentials.access_key_id());
                url.push_str("&Signature=");
                encode::push_query(&mut url, signature(credentials, &text)?.as_str());
                text
            }
        };
        headers.insert("host", location.host);
        Ok(SignedUrl { method, url, headers, string_to_sign })
    }

    /// The query with the security token as its last item, unless the caller gave one.
    fn with_token(&self, credentials: &Credentials, mut query: Query) -> Query {
        let name = self.dialect().security_token_name();
        if let Some(token) = credentials.security_token().filter(|_| !credentials.is_anonymous()) {
            if !query.iter().any(|(held, _)| held.eq_ignore_ascii_case(name)) {
                query.push(name, token.to_owned());
            }
        }
        query
    }
}

/// A URL to be signed without a client: the guide's `createSignedUrl`.
///
/// ```
/// use obs_sign::{Credentials, Dialect, Endpoint, Method, Signer, UrlRequest};
/// use std::time::{Duration, UNIX_EPOCH};
///
/// let signer =
///     Signer::new(Endpoint::parse("https://obs.cn-north-4.example.com")?, Dialect::Obs);
/// let credentials =
///     Credentials::new("AKIDEXAMPLE0000001", "SkExampleSecretKey/0123456789abcdefABCDEF");
/// let now = UNIX_EPOCH + Duration::from_secs(1_767_323_045);
/// let url = UrlRequest::new(Method::Get).bucket("examplebucket").key("objectname").sign(
///     &signer,
///     &credentials,
///     now,
/// )?;
/// assert!(url.to_string().starts_with(
///     "https://examplebucket.obs.cn-north-4.example.com/objectname?Expires=1767323345&"
/// ));
/// assert_eq!(url.headers.get("host"), Some("examplebucket.obs.cn-north-4.example.com"));
/// # Ok::<(), obs_sign::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "nothing is signed before `sign`"]
pub struct UrlRequest {
    method: Method,
    bucket: Option<String>,
    key: Option<String>,
    special_param: Option<Cow<'static, str>>,
    expires: Duration,
    headers: Headers,
    query: Query,
}

impl UrlRequest {
    /// A request with this method, to the service itself until a bucket is set.
    pub fn new(method: Method) -> Self {
        Self {
            method,
            bucket: None,
            key: None,
            special_param: None,
            expires: DEFAULT_LIFETIME,
            headers: Headers::new(),
            query: Query::new(),
        }
    }

    /// The bucket.
    pub fn bucket(mut self, bucket: impl Into<String>) -> Self {
        self.bucket = Some(bucket.into());
        self
    }

    /// The object's key, not encoded.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// The sub-resource, such as `acl` or `uploads`. `storageClass` and `storagePolicy` are translated to the dialect's word.
    pub fn special_param(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.special_param = Some(name.into());
        self
    }

    /// How long the URL is valid; 300 seconds by default, for V4 at most 7 days.
    pub fn expires_in(mut self, expires: Duration) -> Self {
        self.expires = expires;
        self
    }

    /// A header that will be sent with the URL, as it will be sent.
    pub fn header(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// A query parameter, not encoded.
    pub fn query(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Cow<'static, str>>) -> Self {
        self.query.push(name, value);
        self
    }

    /// A query parameter without a value.
    pub fn query_flag(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.query.flag(name);
        self
    }

    /// Signs the URL, valid from `time` on.
    ///
    /// # Errors
    /// Those of [`Endpoint::locate`](crate::Endpoint::locate) and [`Signer::signed_url`].
    pub fn sign(
        self,
        signer: &Signer,
        credentials: &Credentials,
        time: SystemTime,
    ) -> Result<SignedUrl, Error> {
        let location = signer.endpoint().locate(self.bucket.as_deref(), self.key.as_deref())?;
        let mut query = self.query;
        if let Some(name) = self.special_param {
            query.flag(signer.dialect().special_param(name));
        }
        signer.signed_url(credentials, self.method, location, query, self.headers, self.expires, time)
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::{Addressing, Dialect, Endpoint};

    const TOKEN: &str = "ggpjbi1ub3J0aC00+/=TokenExample1234567890";

    fn now() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_767_323_045)
    }

    fn credentials() -> Credentials {
        Credentials::new("AKIDEXAMPLE0000001", "SkExampleSecretKey/0123456789abcdefABCDEF")
    }

    fn signer(dialect: Dialect) -> Signer {
        Signer::new(Endpoint::parse("https://obs.cn-north-4.example.com").unwrap(), dialect)
    }

    /// Recorded from another client.
    #[test]
    fn recorded_urls() {
        let get = || UrlRequest::new(Method::Get).bucket("examplebucket");
        let temporary = credentials().with_security_token(TOKEN);
        for (dialect, credentials, request, url) in [
            (
                Dialect::Obs,
                &temporary,
                get().key("objectname").expires_in(Duration::from_secs(3600)),
                "/objectname?x-obs-security-token=ggpjbi1ub3J0aC00%2B/%3DTokenExample1234567890&Expires=1767326645&AccessKeyId=AKIDEXAMPLE0000001&Signature=Q6ZyXS9LMoYBPWgAJCD7QoSlhEU%3D",
            ),
            (
                Dialect::Obs,
                &credentials(),
                get().key("objectname").query("foo", "bar baz").query_flag("q").query("z/y", "中"),
                "/objectname?q&foo=bar%20baz&z/y=%E4%B8%AD&Expires=1767323345&AccessKeyId=AKIDEXAMPLE0000001&Signature=/BdfWWbRcNNSY5KW%2B57gNZyq9sA%3D",
            ),
            (
                Dialect::V2,
                &credentials(),
                get().special_param("storageClass"),
                "/?storagePolicy&Expires=1767323345&AWSAccessKeyId=AKIDEXAMPLE0000001&Signature=z1PFYZxUb9Tsb5zRe7FYVWKOj7Q%3D",
            ),
            (
                Dialect::Obs,
                &credentials(),
                get().key("objectname").expires_in(Duration::ZERO),
                "/objectname?Expires=1767323045&AccessKeyId=AKIDEXAMPLE0000001&Signature=2CezMw1%2B%2BEyssEO0TN0C17keCeI%3D",
            ),
            #[cfg(feature = "v4")]
            (
                Dialect::V4,
                &temporary,
                get().key("dir/a b.txt"),
                "/dir/a%20b.txt?x-amz-security-token=ggpjbi1ub3J0aC00%2B/%3DTokenExample1234567890&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE0000001/20260102/cn-north-4/s3/aws4_request&X-Amz-Date=20260102T030405Z&X-Amz-Expires=300&X-Amz-SignedHeaders=host&X-Amz-Signature=871ca853e9beed22a52ce52f9c825b9355791bfa3756d7c09a9fad201f1e2652",
            ),
        ] {
            let signed =
                request.sign(&signer(dialect).with_region("cn-north-4"), credentials, now()).unwrap();
            assert_eq!(signed.to_string(), format!("https://examplebucket.obs.cn-north-4.example.com{url}"));
            let sent: Vec<_> = signed.headers.iter().collect();
            assert_eq!(sent, [("host", "examplebucket.obs.cn-north-4.example.com")]);
            let shown = format!("{signed:?}");
            assert!(!shown.contains("TokenExample") && shown.contains("ignature=******"), "{shown}");
        }
    }

    #[test]
    fn headers_come_back_and_are_signed() {
        let request = || UrlRequest::new(Method::Put).bucket("examplebucket").key("objectname");
        let request = request()
            .header("Content-Type", "image/png")
            .header("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg==")
            .header("x-obs-acl", "public-read")
            .header("x-obs-meta-b", " padded ")
            .header("x-obs-meta-a", "v");
        let signed = request.sign(&signer(Dialect::Obs), &credentials(), now()).unwrap();
        assert!(signed.url.ends_with("&Signature=3TnjnnAP0PHgGDpWnm0dD2otZMg%3D"), "{signed}");
        assert_eq!(signed.headers.len(), 6);
        assert_eq!(signed.headers.get("x-obs-meta-b"), Some(" padded "));
    }

    #[test]
    fn caller_s_token_stays_and_anonymous_urls_are_plain() {
        let signer = signer(Dialect::Obs);
        let request = || {
            UrlRequest::new(Method::Get)
                .bucket("b")
                .key("k")
                .query("X-Obs-Security-Token", "mine")
                .query("a", "1")
        };
        let signed = request().sign(&signer, &credentials().with_security_token(TOKEN), now()).unwrap();
        assert!(signed.url.contains("?X-Obs-Security-Token=mine&a=1&Expires="), "{signed}");
        assert!(!signed.url.contains("TokenExample"), "{signed}");
        let anonymous = Credentials::anonymous().with_security_token("ignored");
        let plain =
            UrlRequest::new(Method::Get).bucket("b").key("k").sign(&signer, &anonymous, now()).unwrap();
        assert_eq!(plain.url, "https://b.obs.cn-north-4.example.com/k");
    }

    #[test]
    fn url_has_the_port_that_a_host_header_leaves_out() {
        let endpoint = Endpoint::parse("http://h:443").unwrap().with_addressing(Addressing::PathStyle);
        let signer = Signer::new(endpoint, Dialect::Obs);
        let signed = UrlRequest::new(Method::Get).bucket("b").sign(&signer, &credentials(), now()).unwrap();
        assert!(signed.url.starts_with("http://h:443/b?"), "{signed}");
        assert_eq!(signed.headers.get("host"), Some("h"));
    }

    #[test]
    fn lifetimes_and_headers_out_of_range_are_errors() {
        let sign = |dialect, expires| {
            let request = UrlRequest::new(Method::Get).bucket("b").key("k").expires_in(expires);
            request.sign(&signer(dialect), &credentials(), now())
        };
        assert!(matches!(sign(Dialect::Obs, Duration::MAX), Err(Error::Expires { .. })));
        #[cfg(feature = "v4")]
        {
            let week = Duration::from_secs(7 * 24 * 3600);
            assert!(sign(Dialect::V4, week).is_ok());
            for expires in [Duration::ZERO, week + Duration::from_nanos(1)] {
                assert!(matches!(sign(Dialect::V4, expires), Err(Error::Expires { .. })), "{expires:?}");
            }
        }
        let injected = UrlRequest::new(Method::Get).bucket("b").header("x-obs-acl", "a\nb");
        assert!(matches!(
            injected.sign(&signer(Dialect::Obs), &credentials(), now()),
            Err(Error::Header { .. })
        ));
    }
}
