use std::sync::Arc;
use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::string_to_sign::{DateLine, string_to_sign};
use crate::{Credentials, Dialect, Endpoint, Error, Headers, Location, Method, Query, time};

/// Signs requests to one endpoint in one dialect. A clone is cheap.
///
/// ```
/// use obs_sign::{Credentials, Dialect, Endpoint, Headers, Method, Query, Signer};
/// use std::time::{Duration, UNIX_EPOCH};
///
/// let signer =
///     Signer::new(Endpoint::parse("https://obs.cn-north-4.example.com")?, Dialect::Obs);
/// let location = signer.endpoint().locate(Some("examplebucket"), Some("objectname"))?;
/// let mut headers = Headers::new();
/// let now = UNIX_EPOCH + Duration::from_secs(1_767_323_045);
/// signer.sign(
///     &Credentials::new("AK", "SK"),
///     Method::Get,
///     &location,
///     &Query::new(),
///     &mut headers,
///     now,
/// )?;
/// assert_eq!(headers.get("date"), Some("Fri, 02 Jan 2026 03:04:05 GMT"));
/// assert!(headers.get("authorization").is_some_and(|value| value.starts_with("OBS AK:")));
/// # Ok::<(), obs_sign::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Signer {
    endpoint: Endpoint,
    dialect: Dialect,
    region: Arc<str>,
}

impl Signer {
    /// A signer for this endpoint. The region, which only V4 signs, is `us-east-1`, the default of most S3-compatible servers.
    pub fn new(endpoint: Endpoint, dialect: Dialect) -> Self {
        Self { endpoint, dialect, region: Arc::from("us-east-1") }
    }

    /// Sets the region that V4 signs; the other dialects know none.
    #[must_use]
    pub fn with_region(mut self, region: impl AsRef<str>) -> Self {
        self.region = region.as_ref().into();
        self
    }

    /// The endpoint, which also says where buckets and objects are.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The dialect.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The region that V4 signs.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Signs a request: sets `date`, the dialect's security token header if the credentials have a token, and `authorization`. V4 also sets
    /// `x-amz-date` and `x-amz-content-sha256: UNSIGNED-PAYLOAD` (unless the caller set a hash).
    ///
    /// Headers and query must be what is sent, values encoded ([`encode::header_value`](crate::encode::header_value)), the query not yet.
    /// `Host` is the caller's to send; V4 signs [`location.host`](Location::host). With anonymous credentials only `date` is set, and what
    /// an earlier signature left is removed. Signing again, for another attempt, replaces the earlier signature.
    ///
    /// # Errors
    /// [`Error::Time`], and what [`Headers::check`] finds.
    pub fn sign(
        &self,
        credentials: &Credentials,
        method: Method,
        location: &Location,
        query: &Query,
        headers: &mut Headers,
        time: SystemTime,
    ) -> Result<(), Error> {
        let now = time::epoch_seconds(time)?;
        headers.insert("date", time::http_date(now));
        if credentials.is_anonymous() {
            headers.remove("authorization");
            headers.remove(self.dialect.security_token_name());
            return headers.check();
        }
        if let Some(token) = credentials.security_token() {
            headers.insert(self.dialect.security_token_name(), token.to_owned());
        }
        #[cfg(feature = "v4")]
        if self.dialect == Dialect::V4 {
            crate::v4::authorize(self, credentials, method, location, query, headers, now)?;
            return headers.check();
        }
        let text = self.string_to_sign(method, location, query, headers);
        let mut value = String::with_capacity(credentials.access_key_id().len() + 34);
        value.push_str(self.dialect.authorization_scheme());
        value.push(' ');
        value.push_str(credentials.access_key_id());
        value.push(':');
        value.push_str(signature(credentials, &text)?.as_str());
        headers.insert("authorization", value);
        headers.check()
    }

    /// The text that is signed for a request with these headers, for tests, logs and [`explain`](crate::explain); for V4 the canonical
    /// request. It may hold a token: [`redact`](crate::redact) it before it goes to a log.
    pub fn string_to_sign(
        &self,
        method: Method,
        location: &Location,
        query: &Query,
        headers: &Headers,
    ) -> String {
        #[cfg(feature = "v4")]
        if self.dialect == Dialect::V4 {
            return crate::v4::canonical_request(method, location, query, headers);
        }
        string_to_sign(self.dialect, method, location, query, headers, DateLine::Header)
    }
}

/// The HMAC-SHA1 of a text.
pub(crate) fn signature(credentials: &Credentials, text: &str) -> Result<Signature, Error> {
    let mac = credentials.hmac_sha1(text.as_bytes())?;
    let mut base64 = [b'='; 28];
    // Cannot fail: 20 bytes make 28 characters.
    STANDARD.encode_slice(mac, &mut base64).ok();
    Ok(Signature { base64 })
}

/// An HMAC-SHA1 in base64, without an allocation.
pub(crate) struct Signature {
    base64: [u8; 28],
}

impl Signature {
    pub(crate) fn as_str(&self) -> &str {
        // Base64 is ASCII.
        std::str::from_utf8(&self.base64).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::Addressing;

    const TOKEN: &str = "ggpjbi1ub3J0aC00+/=TokenExample1234567890";

    fn now() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_767_323_045)
    }

    fn credentials() -> Credentials {
        Credentials::new("AKIDEXAMPLE0000001", "SkExampleSecretKey/0123456789abcdefABCDEF")
    }

    fn signer(endpoint: &str, addressing: Addressing, dialect: Dialect) -> Signer {
        Signer::new(Endpoint::parse(endpoint).unwrap().with_addressing(addressing), dialect)
    }

    /// Recorded from another client.
    #[test]
    fn recorded_requests() {
        let signer_of = |endpoint, addressing| signer(endpoint, addressing, Dialect::Obs);
        let service = "https://obs.cn-north-4.example.com";
        let cases = [
            (
                signer_of(service, Addressing::PathStyle),
                (Method::Post, Some("objectname"), ("uploadId", Some("0000016F7A2B3C4D5E6F"))),
                "POST\n\n\nFri, 02 Jan 2026 03:04:05 GMT\n/examplebucket/objectname?uploadId=0000016F7A2B3C4D5E6F",
                "OBS AKIDEXAMPLE0000001:92TPLV2w60J1oroqKUL6axuTBss=",
            ),
            (
                signer_of("https://files.example.org", Addressing::CustomDomain),
                (Method::Delete, Some("objectname"), ("prefix", Some("not signed"))),
                "DELETE\n\n\nFri, 02 Jan 2026 03:04:05 GMT\n/files.example.org/objectname",
                "OBS AKIDEXAMPLE0000001:6FOTs0IyJmCIyQfjPmt36BIwLao=",
            ),
            (
                signer_of("http://obs.cn-north-4.example.com:5443", Addressing::PathStyle),
                (Method::Get, None, ("lifecycle", None)),
                "GET\n\n\nFri, 02 Jan 2026 03:04:05 GMT\n/examplebucket?lifecycle",
                "OBS AKIDEXAMPLE0000001:UF3orl2xnRd0SkWp3xf3iOQ3DaI=",
            ),
            (
                signer(service, Addressing::PathStyle, Dialect::V2),
                (Method::Get, None, ("storageinfo", None)),
                "GET\n\n\nFri, 02 Jan 2026 03:04:05 GMT\n/examplebucket?storageinfo",
                "AWS AKIDEXAMPLE0000001:BdshmCo3fjQqQQcZdZhA+cRVtIc=",
            ),
        ];
        for (signer, (method, key, (name, value)), text, authorization) in cases {
            let location = signer.endpoint().locate(Some("examplebucket"), key).unwrap();
            let mut query = Query::new();
            match value {
                Some(value) => query.push(name, value),
                None => query.flag(name),
            };
            let mut headers = Headers::new();
            signer.sign(&credentials(), method, &location, &query, &mut headers, now()).unwrap();
            assert_eq!(headers.get("authorization"), Some(authorization));
            assert_eq!(signer.string_to_sign(method, &location, &query, &headers), text);
        }
    }

    #[test]
    fn token_is_signed_and_anonymous_requests_carry_no_trace_of_an_earlier_signature() {
        let signer = signer("http://files.example.org:9000", Addressing::CustomDomain, Dialect::Obs);
        let location = signer.endpoint().locate(Some("examplebucket"), None).unwrap();
        let mut query = Query::new();
        query.flag("cors");
        let mut headers = Headers::new();
        let temporary = credentials().with_security_token(TOKEN);
        signer.sign(&temporary, Method::Delete, &location, &query, &mut headers, now()).unwrap();
        assert_eq!(headers.get("authorization"), Some("OBS AKIDEXAMPLE0000001:xjMgfIjMYQRRwdqLcVbM9fiYfqY="));
        assert_eq!(headers.get("x-obs-security-token"), Some(TOKEN));

        let anonymous = Credentials::anonymous();
        signer.sign(&anonymous, Method::Delete, &location, &query, &mut headers, now()).unwrap();
        assert_eq!(headers.iter().collect::<Vec<_>>(), [("date", "Fri, 02 Jan 2026 03:04:05 GMT")]);
    }

    #[test]
    fn canonical_headers() {
        let signer = signer("https://h", Addressing::VirtualHosted, Dialect::Obs);
        let location = signer.endpoint().locate(Some("b"), Some("k")).unwrap();
        let mut headers: Headers = [
            ("X-Obs-Meta-B", " padded "),
            ("x-obs-acl", " as sent"),
            ("x-amz-acl", "not ours"),
            ("Content-Type", "a/b"),
            ("x-obs-grant-read", "id=1"),
            ("x-obs-grant-read", "id=2"),
            ("Date", "D"),
        ]
        .into_iter()
        .collect();
        let text = |headers: &Headers| signer.string_to_sign(Method::Put, &location, &Query::new(), headers);
        let canonical = "x-obs-acl: as sent\nx-obs-grant-read:id=1,id=2\nx-obs-meta-b:padded\n/b/k";
        assert_eq!(text(&headers), format!("PUT\n\na/b\nD\n{canonical}"));
        headers.insert("x-obs-date", "X");
        headers.remove("x-obs-grant-read");
        assert_eq!(
            text(&headers),
            "PUT\n\na/b\n\nx-obs-acl: as sent\nx-obs-date:X\nx-obs-meta-b:padded\n/b/k"
        );
    }

    #[test]
    fn sub_resources_are_sorted_and_not_encoded() {
        let signer = signer("https://h", Addressing::VirtualHosted, Dialect::Obs);
        let location = signer.endpoint().locate(Some("b"), None).unwrap();
        let mut query = Query::new();
        query.push("versionId", "G/+= 中").push("prefix", "p").flag("acl").push("X-Image-Process", "a,b");
        let text = signer.string_to_sign(Method::Get, &location, &query, &Headers::new());
        assert_eq!(text, "GET\n\n\n\n/b/?X-Image-Process=a,b&acl&versionId=G/+= 中");
    }

    #[test]
    fn bad_times_and_headers_are_errors() {
        let signer = signer("https://h", Addressing::VirtualHosted, Dialect::Obs);
        let location = signer.endpoint().locate(None, None).unwrap();
        let sign = |credentials: &Credentials, headers: &mut Headers, time| {
            signer.sign(credentials, Method::Get, &location, &Query::new(), headers, time)
        };
        let mut headers = Headers::new();
        let before = UNIX_EPOCH - Duration::from_secs(1);
        assert_eq!(sign(&credentials(), &mut headers, before), Err(Error::Time));
        let after = UNIX_EPOCH + Duration::from_secs(253_402_300_800);
        assert_eq!(sign(&credentials(), &mut headers, after), Err(Error::Time));
        let injected = Credentials::new("AK\r\nx-evil: 1", "SK");
        assert!(matches!(sign(&injected, &mut headers, now()), Err(Error::Header { .. })));
    }
}
