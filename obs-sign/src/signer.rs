use std::sync::Arc;
use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::string_to_sign::{DateLine, string_to_sign};
use crate::{Credentials, Dialect, Endpoint, Error, Headers, Location, Method, Query, time};

/// Signs requests to one endpoint in one dialect. A clone is cheap.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use obs_sign::{Credentials, Dialect, Endpoint, Headers, Method, Query, Signer};
///
/// let signer = Signer::new(Endpoint::parse("https://obs.cn-north-4.example.com")?, Dialect::Obs);
/// let location = signer.endpoint().locate(Some("examplebucket"), Some("objectname"))?;
/// let mut headers = Headers::new();
/// let now = UNIX_EPOCH + Duration::from_secs(1_767_323_045);
/// signer.sign(&Credentials::new("AK", "SK"), Method::Get, &location, &Query::new(), &mut headers, now)?;
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
        value.push_str(&String::from_utf8_lossy(&signature(credentials, &text)?));
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

/// The HMAC-SHA1 of a text in base64.
pub(crate) fn signature(credentials: &Credentials, text: &str) -> Result<[u8; 28], Error> {
    let mac = credentials.hmac_sha1(text.as_bytes())?;
    let mut encoded = [b'='; 28];
    // Cannot fail: 20 bytes make 28 characters.
    STANDARD.encode_slice(mac, &mut encoded).ok();
    Ok(encoded)
}
