//! AWS Signature Version 4 with an unsigned payload, for S3-compatible servers.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{Credentials, Error, Headers, Location, Method, Query, Signer, encode, time};

pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// 7 days, in seconds.
const MAX_LIFETIME: u64 = 7 * 24 * 3600;
const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";
const PAYLOAD_HASH: &str = "x-amz-content-sha256";

/// Headers that a client or proxy on the way may set or change. `host` is signed as the location has it.
const NOT_SIGNED: [&str; 9] = [
    "accept-encoding",
    "authorization",
    "connection",
    "expect",
    "host",
    "proxy-authorization",
    "te",
    "transfer-encoding",
    "user-agent",
];

/// One signing: the second, the date in both forms and where the key is valid.
pub(crate) struct Scope {
    /// `20260102T030405Z`
    pub(crate) timestamp: String,
    /// `20260102/region/s3/aws4_request`
    scope: String,
}

impl Scope {
    pub(crate) fn new(signer: &Signer, now: u64) -> Self {
        let timestamp = time::basic(now);
        let date = timestamp.split('T').next().unwrap_or_default();
        let scope = [date, "/", signer.region(), "/s3/aws4_request"].concat();
        Self { timestamp, scope }
    }

    /// `AK/20260102/region/s3/aws4_request`
    pub(crate) fn credential(&self, credentials: &Credentials) -> String {
        [credentials.access_key_id(), "/", &self.scope].concat()
    }

    /// What a form sends beside policy and signature, and its policy demands.
    pub(crate) fn form_fields(&self, credentials: &Credentials) -> Vec<(String, String)> {
        vec![
            ("x-amz-algorithm".to_owned(), ALGORITHM.to_owned()),
            ("x-amz-date".to_owned(), self.timestamp.clone()),
            ("x-amz-credential".to_owned(), self.credential(credentials)),
        ]
    }

    /// The signature of a canonical request, in hex.
    fn signature(&self, credentials: &Credentials, canonical_request: &str) -> Result<String, Error> {
        let digest = hex(&Sha256::digest(canonical_request.as_bytes()));
        let text = [ALGORITHM, "\n", &self.timestamp, "\n", &self.scope, "\n", &digest].concat();
        self.sign_text(credentials, &text)
    }

    /// The signature of a text with the key that is derived for this scope, in hex.
    pub(crate) fn sign_text(&self, credentials: &Credentials, text: &str) -> Result<String, Error> {
        let mut key = Zeroizing::new(["AWS4", credentials.secret()?].concat().into_bytes());
        for part in self.scope.split('/') {
            key = hmac_sha256(&key, part.as_bytes())?;
        }
        Ok(hex(&hmac_sha256(&key, text.as_bytes())?))
    }
}

/// Sets the headers of a signed request.
pub(crate) fn authorize(
    signer: &Signer,
    credentials: &Credentials,
    method: Method,
    location: &Location,
    query: &Query,
    headers: &mut Headers,
    now: u64,
) -> Result<(), Error> {
    let scope = Scope::new(signer, now);
    headers.insert("x-amz-date", scope.timestamp.clone());
    if !headers.contains(PAYLOAD_HASH) {
        headers.insert(PAYLOAD_HASH, UNSIGNED_PAYLOAD);
    }
    let canonical = canonical_request(method, location, query, headers);
    let value = [
        ALGORITHM,
        " Credential=",
        &scope.credential(credentials),
        ",SignedHeaders=",
        &signed_names(location, headers),
        ",Signature=",
        &scope.signature(credentials, &canonical)?,
    ]
    .concat();
    headers.insert("authorization", value);
    Ok(())
}

/// Adds the `X-Amz-*` parameters of a signed URL to `query`; gives the signature and the canonical request.
pub(crate) fn sign_query(
    signer: &Signer,
    credentials: &Credentials,
    method: Method,
    location: &Location,
    query: &mut Query,
    headers: &Headers,
    (now, lifetime): (u64, u64),
) -> Result<(String, String), Error> {
    if !(1..=MAX_LIFETIME).contains(&lifetime) {
        return Err(Error::Expires {
            seconds: lifetime,
            reason: "signature version 4 takes 1 to 604800 seconds (7 days)",
        });
    }
    let scope = Scope::new(signer, now);
    query.push("X-Amz-Algorithm", ALGORITHM);
    query.push("X-Amz-Credential", scope.credential(credentials));
    query.push("X-Amz-Date", scope.timestamp.clone());
    query.push("X-Amz-Expires", lifetime.to_string());
    query.push("X-Amz-SignedHeaders", signed_names(location, headers));
    let canonical = canonical_request(method, location, query, headers);
    Ok((scope.signature(credentials, &canonical)?, canonical))
}

pub(crate) fn canonical_request(
    method: Method,
    location: &Location,
    query: &Query,
    headers: &Headers,
) -> String {
    let mut out = String::with_capacity(512);
    out.push_str(method.as_str());
    out.push('\n');
    out.push_str(&location.path);
    out.push('\n');
    let mut items: Vec<_> = query
        .iter()
        .map(|(name, value)| (encode::strict(name), encode::strict(value.unwrap_or_default())))
        .collect();
    items.sort();
    for (index, (name, value)) in items.iter().enumerate() {
        out.extend([if index == 0 { "" } else { "&" }, name, "=", value]);
    }
    out.push('\n');
    for lines in signed_headers(location, headers).chunk_by(|(left, _), (right, _)| left == right) {
        for (index, (name, value)) in lines.iter().enumerate() {
            out.extend(if index == 0 { [*name, ":"] } else { ["", ","] });
            for (index, word) in value.split_ascii_whitespace().enumerate() {
                out.extend([if index == 0 { "" } else { " " }, word]);
            }
        }
        out.push('\n');
    }
    out.push('\n');
    out.push_str(&signed_names(location, headers));
    out.push('\n');
    out.push_str(headers.get(PAYLOAD_HASH).unwrap_or(UNSIGNED_PAYLOAD));
    out
}

/// All headers that are signed, `host` among them, sorted by name.
fn signed_headers<'a>(location: &'a Location, headers: &'a Headers) -> Vec<(&'a str, &'a str)> {
    let mut signed: Vec<_> = headers.iter().filter(|(name, _)| !NOT_SIGNED.contains(name)).collect();
    signed.push(("host", &location.host));
    signed.sort_by_key(|(name, _)| *name);
    signed
}

fn signed_names(location: &Location, headers: &Headers) -> String {
    let mut names: Vec<_> = signed_headers(location, headers).into_iter().map(|(name, _)| name).collect();
    names.dedup();
    names.join(";")
}

fn hmac_sha256(key: &[u8], data: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    // Never fails: HMAC takes keys of any length.
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key).map_err(|_| Error::MissingCredentials { what: "a signature" })?;
    mac.update(data);
    Ok(Zeroizing::new(mac.finalize().into_bytes().to_vec()))
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::{Dialect, Endpoint};

    fn signer() -> Signer {
        Signer::new(Endpoint::parse("https://obs.cn-north-4.example.com").unwrap(), Dialect::V4)
            .with_region("cn-north-4")
    }

    /// Recorded from another client.
    #[test]
    fn recorded_canonical_request() {
        let signer = signer();
        let location = signer.endpoint().locate(Some("examplebucket"), None).unwrap();
        let mut query = Query::new();
        query.push("prefix", "a/b c~d").push("delimiter", "/").push("max-keys", "3");
        let headers: Headers = [("date", "Fri, 02 Jan 2026 03:04:05 GMT"), (PAYLOAD_HASH, UNSIGNED_PAYLOAD)]
            .into_iter()
            .collect();
        assert_eq!(
            signer.string_to_sign(Method::Get, &location, &query, &headers),
            "GET\n/\ndelimiter=%2F&max-keys=3&prefix=a%2Fb%20c~d\ndate:Fri, 02 Jan 2026 03:04:05 GMT\n\
             host:examplebucket.obs.cn-north-4.example.com\nx-amz-content-sha256:UNSIGNED-PAYLOAD\n\n\
             date;host;x-amz-content-sha256\nUNSIGNED-PAYLOAD"
        );
    }

    #[test]
    fn request_carries_what_the_server_needs() {
        let signer = signer();
        let location = signer.endpoint().locate(Some("b"), Some("k")).unwrap();
        let credentials = Credentials::new("AK", "SK").with_security_token("t0ken");
        let mut headers: Headers =
            [("user-agent", "x"), ("host", "other"), ("x-amz-meta-a", "  b   c ")].into_iter().collect();
        let now = UNIX_EPOCH + Duration::from_secs(1_767_323_045);
        signer.sign(&credentials, Method::Put, &location, &Query::new(), &mut headers, now).unwrap();
        assert_eq!(headers.get("x-amz-date"), Some("20260102T030405Z"));
        assert_eq!(headers.get(PAYLOAD_HASH), Some(UNSIGNED_PAYLOAD));
        let authorization = headers.get("authorization").unwrap();
        let signed =
            "SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-meta-a;x-amz-security-token,";
        assert!(authorization.contains(signed), "{authorization}");
        let canonical = signer.string_to_sign(Method::Put, &location, &Query::new(), &headers);
        assert!(canonical.contains("\nhost:b.obs.cn-north-4.example.com\n"), "{canonical}");
        assert!(canonical.contains("\nx-amz-meta-a:b c\n"), "{canonical}");
    }
}
