//! AWS4-HMAC-SHA256: the `Authorization` header and signed URLs.

use crate::auth::{Rules, Unverified, Verified, account, check_skew, expired, hmac, mismatch, time};
use crate::errors::ObsError;
use crate::exchange::{Caller, Dialect};
use crate::http::uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::time::Duration;

pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
/// The longest life of a URL.
const MAX_EXPIRES: u64 = 7 * 24 * 3600;

const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
const PATH: &AsciiSet = &QUERY.remove(b'/');

/// `key/day/region/service/aws4_request`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Credential<'a> {
    pub(crate) access_key: &'a str,
    pub(crate) day: &'a str,
    pub(crate) region: &'a str,
    pub(crate) service: &'a str,
}

impl<'a> Credential<'a> {
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.rsplitn(5, '/');
        let (Some("aws4_request"), Some(service), Some(region), Some(day), Some(access_key)) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        Some(Self { access_key, day, region, service })
    }

    fn scope(&self) -> String {
        format!("{}/{}/{}/aws4_request", self.day, self.region, self.service)
    }
}

/// What a signature covers besides the request itself.
struct Claim<'a> {
    credential: Credential<'a>,
    /// `20260102T030405Z`.
    stamp: String,
    signed_headers: &'a str,
    payload: &'a str,
    signature: &'a str,
}

/// The `Authorization` header, after its scheme.
pub(crate) fn header(request: &Unverified<'_>, rules: &Rules<'_>, rest: &str) -> Result<Verified, ObsError> {
    let member =
        |name: &str| rest.split(',').find_map(|item| item.trim().strip_prefix(name)?.strip_prefix('='));
    let (Some(credential), Some(signed_headers), Some(signature)) =
        (member("Credential"), member("SignedHeaders"), member("Signature"))
    else {
        return Err(malformed("the Authorization header needs Credential, SignedHeaders and Signature"));
    };
    let credential = Credential::parse(credential)
        .ok_or_else(|| malformed("Credential must be key/YYYYMMDD/region/s3/aws4_request"))?;
    let account = account(rules, credential.access_key, request.header("x-amz-security-token"))?;

    let written = request.header("x-amz-date").or_else(|| request.header("date")).unwrap_or("");
    let (instant, stamp) =
        time::parse(written).and_then(|instant| Some((instant, time::basic(instant)?))).ok_or_else(|| {
            ObsError::new(
                403,
                "AccessDenied",
                "AWS authentication requires a valid Date or x-amz-date header",
            )
        })?;
    check_skew(rules, instant)?;

    let payload = request.header("x-amz-content-sha256").ok_or_else(|| {
        ObsError::new(400, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256")
    })?;
    let claim = Claim { credential, stamp, signed_headers, payload, signature };
    check(request, &claim, &account.secret)?;
    let payload_sha256 = payload_hash(payload)?;
    Ok(Verified { caller: Caller::Account(account.id), dialect: Dialect::Amz, payload_sha256, form: false })
}

/// A signed URL.
pub(crate) fn query(request: &Unverified<'_>, rules: &Rules<'_>) -> Result<Verified, ObsError> {
    let member = |name: &str| {
        request.parameter(name).ok_or_else(|| {
            ObsError::new(
                400,
                "AuthorizationQueryParametersError",
                format!("Query-string authentication version 4 requires the {name} parameter"),
            )
        })
    };
    if member("X-Amz-Algorithm")? != ALGORITHM {
        return Err(malformed("X-Amz-Algorithm only supports AWS4-HMAC-SHA256"));
    }
    let credential = Credential::parse(member("X-Amz-Credential")?)
        .ok_or_else(|| malformed("X-Amz-Credential must be key/YYYYMMDD/region/s3/aws4_request"))?;
    let stamp = member("X-Amz-Date")?;
    let start = time::parse_iso(stamp).ok_or_else(|| malformed("X-Amz-Date must be YYYYMMDDTHHMMSSZ"))?;
    let seconds = member("X-Amz-Expires")?
        .parse::<u64>()
        .ok()
        .filter(|seconds| (1..=MAX_EXPIRES).contains(seconds))
        .ok_or_else(|| malformed("X-Amz-Expires must be between 1 and 604800 seconds"))?;
    let token = request.parameter("x-amz-security-token");
    let account = account(rules, credential.access_key, token)?;
    if start > rules.now + rules.max_skew {
        return Err(ObsError::new(403, "AccessDenied", "Request is not yet valid"));
    }
    let end = start + Duration::from_secs(seconds);
    if rules.now >= end {
        return Err(expired(end, rules));
    }
    let payload = request
        .parameter("x-amz-content-sha256")
        .or_else(|| request.header("x-amz-content-sha256"))
        .unwrap_or(UNSIGNED);
    let claim = Claim {
        credential,
        stamp: stamp.to_owned(),
        signed_headers: member("X-Amz-SignedHeaders")?,
        payload,
        signature: member("X-Amz-Signature")?,
    };
    check(request, &claim, &account.secret)?;
    let payload_sha256 = payload_hash(payload)?;
    Ok(Verified { caller: Caller::Account(account.id), dialect: Dialect::Amz, payload_sha256, form: false })
}

fn check(request: &Unverified<'_>, claim: &Claim<'_>, secret: &str) -> Result<(), ObsError> {
    let credential = &claim.credential;
    if !claim.stamp.starts_with(credential.day) || credential.day.len() != 8 {
        return Err(malformed("the day of Credential is not that of the request's date"));
    }
    if credential.service != "s3" {
        return Err(malformed("the service of Credential must be s3"));
    }
    let signed: Vec<&str> = claim.signed_headers.split(';').collect();
    let unsigned = request
        .headers
        .iter()
        .find(|(name, _)| (name == "host" || name.starts_with("x-amz-")) && !signed.contains(&name.as_str()));
    if let Some((name, _)) = unsigned {
        return Err(ObsError::new(
            403,
            "AccessDenied",
            "There were headers present in the request which were not signed",
        )
        .detail("HeadersNotSigned", name));
    }
    let canonical = canonical_request(request, claim, &signed);
    let text =
        format!("{ALGORITHM}\n{}\n{}\n{}", claim.stamp, credential.scope(), hmac::sha256_hex(&canonical));
    let expected =
        hmac::v4_signature(secret, credential.day, credential.region, credential.service, text.as_bytes());
    if expected == claim.signature {
        return Ok(());
    }
    Err(mismatch(credential.access_key, claim.signature, text.as_bytes())
        .detail("CanonicalRequest", String::from_utf8_lossy(&canonical)))
}

fn canonical_request(request: &Unverified<'_>, claim: &Claim<'_>, signed: &[&str]) -> Vec<u8> {
    let path = uri::decode_path(request.path).unwrap_or_default();
    let mut parameters: Vec<(String, String)> = request
        .query
        .iter()
        .filter(|(name, _)| !name.eq_ignore_ascii_case("x-amz-signature"))
        .map(|(name, value)| (encode(name, QUERY), encode(value.as_deref().unwrap_or(""), QUERY)))
        .collect();
    parameters.sort();
    let query: Vec<String> = parameters.into_iter().map(|(name, value)| format!("{name}={value}")).collect();

    let mut text = format!("{}\n{}\n{}\n", request.method, encode(&path, PATH), query.join("&")).into_bytes();
    for name in signed {
        text.extend_from_slice(name.as_bytes());
        text.push(b':');
        let values = request.headers.iter().filter(|(header, _)| header == name);
        for (index, (_, value)) in values.enumerate() {
            if index > 0 {
                text.push(b',');
            }
            collapse(value, &mut text);
        }
        text.push(b'\n');
    }
    text.push(b'\n');
    text.extend_from_slice(claim.signed_headers.as_bytes());
    text.push(b'\n');
    text.extend_from_slice(claim.payload.as_bytes());
    text
}

fn encode(text: &str, set: &'static AsciiSet) -> String {
    utf8_percent_encode(text, set).to_string()
}

/// Runs of spaces count as one.
fn collapse(value: &[u8], out: &mut Vec<u8>) {
    let mut space = false;
    for &byte in value {
        if byte != b' ' || !space {
            out.push(byte);
        }
        space = byte == b' ';
    }
}

fn payload_hash(payload: &str) -> Result<Option<[u8; 32]>, ObsError> {
    if payload == UNSIGNED {
        return Ok(None);
    }
    if payload.starts_with("STREAMING-") {
        return Err(ObsError::new(
            501,
            "NotImplemented",
            format!("{payload}: bodies in aws-chunked framing are not supported"),
        ));
    }
    hmac::parse_sha256(payload).map(Some).ok_or_else(|| {
        ObsError::new(
            400,
            "InvalidArgument",
            "x-amz-content-sha256 must be UNSIGNED-PAYLOAD or a valid sha256 value.",
        )
        .detail("ArgumentName", "x-amz-content-sha256")
        .detail("ArgumentValue", payload)
    })
}

fn malformed(message: &str) -> ObsError {
    ObsError::new(400, "AuthorizationHeaderMalformed", message)
}
