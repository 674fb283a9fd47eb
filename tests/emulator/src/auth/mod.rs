//! Who sent a request: every form of signature, checked from the bytes that came.
//!
//! The head is enough for all of them but the form upload, whose signature lies in the body (`form`), and the
//! payload hash of V4, which [`Verified::payload_sha256`] hands on.

pub(crate) mod accounts;
mod canonical;
pub(crate) mod form;
mod hmac;
pub(crate) mod multipart;
mod policy;
mod time;
mod v2;
mod v4;

use crate::auth::accounts::{Account, Accounts};
use crate::errors::ObsError;
use crate::exchange::{Caller, Dialect};
use crate::http::address::Address;
use crate::http::uri::Parameter;
use std::time::{Duration, SystemTime};

/// The head of a request as far as signatures need it.
#[derive(Debug)]
pub(crate) struct Unverified<'a> {
    pub(crate) method: &'a str,
    /// The path as sent.
    pub(crate) path: &'a str,
    /// The parameters, decoded.
    pub(crate) query: &'a [Parameter],
    /// Names in lower case, values as sent.
    pub(crate) headers: &'a [(String, Vec<u8>)],
    pub(crate) address: &'a Address,
}

/// What a key must satisfy besides the signature.
#[derive(Debug)]
pub(crate) struct Rules<'a> {
    pub(crate) accounts: &'a Accounts,
    pub(crate) now: SystemTime,
    pub(crate) max_skew: Duration,
    /// Off: whoever names a known key is believed, everybody else is the default account.
    pub(crate) verify: bool,
    pub(crate) default_account: &'a str,
}

/// A request whose head is in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verified {
    pub(crate) caller: Caller,
    pub(crate) dialect: Dialect,
    /// The SHA-256 that the body must have.
    pub(crate) payload_sha256: Option<[u8; 32]>,
    /// A form upload: caller and policy are in the body.
    pub(crate) form: bool,
}

/// Where a request says who sent it.
enum Evidence<'a> {
    Header { scheme: &'a str, rest: &'a str },
    Query(v2::QueryKey),
    QueryV4,
    PostForm,
    None,
}

impl<'a> Unverified<'a> {
    /// The first header of a name, as text.
    pub(crate) fn header(&self, name: &str) -> Option<&'a str> {
        let (_, value) = self.headers.iter().find(|(header, _)| header == name)?;
        std::str::from_utf8(value).ok()
    }

    /// The first query parameter of a name, in any case.
    pub(crate) fn parameter(&self, name: &str) -> Option<&'a str> {
        let (_, value) = self.query.iter().find(|(parameter, _)| parameter.eq_ignore_ascii_case(name))?;
        Some(value.as_deref().unwrap_or(""))
    }

    fn evidence(&self) -> Result<Evidence<'a>, ObsError> {
        let in_query = match (self.parameter("x-amz-signature"), self.parameter("signature")) {
            (Some(_), _) => Some(Evidence::QueryV4),
            (None, Some(_)) => v2::QueryKey::of(self).map(Evidence::Query),
            (None, None) => None,
        };
        let in_header = self.headers.iter().find(|(name, _)| name == "authorization");
        match (in_header, in_query) {
            (Some(_), Some(_)) => Err(ObsError::new(
                400,
                "InvalidArgument",
                "Only one auth mechanism allowed; only the Authorization header or the query signature should be \
                 specified",
            )),
            (Some((_, value)), None) => {
                let value = std::str::from_utf8(value).map_err(|_| unsupported())?;
                let (scheme, rest) = value.split_once(' ').ok_or_else(unsupported)?;
                Ok(Evidence::Header { scheme, rest: rest.trim() })
            }
            (None, Some(evidence)) => Ok(evidence),
            (None, None) if self.is_post_form() => Ok(Evidence::PostForm),
            (None, None) => Ok(Evidence::None),
        }
    }

    /// Whether it looks like a form upload; a signed one is none.
    pub(crate) fn is_post_form(&self) -> bool {
        self.method == "POST"
            && self.address.bucket.is_some()
            && self.address.key.is_none()
            && self.header("content-type").is_some_and(|value| {
                value.get(..19).is_some_and(|kind| kind.eq_ignore_ascii_case("multipart/form-data"))
            })
    }

    /// Whether a browser asks if a page may send another request to this URL.
    fn is_preflight(&self) -> bool {
        self.method == "OPTIONS"
            && self.header("origin").is_some()
            && self.header("access-control-request-method").is_some()
    }

    /// The protocol of a request that is not signed: the one whose prefix it uses.
    pub(crate) fn spoken(&self) -> Dialect {
        let amz = |name: &str| name.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("x-amz-"));
        let signed_amz = self.header("authorization").is_some_and(|value| value.starts_with("AWS"));
        let amz_query = |name: &str| amz(name) || name == "AWSAccessKeyId";
        if signed_amz
            || self.headers.iter().any(|(name, _)| amz(name))
            || self.query.iter().any(|(name, _)| amz_query(name))
        {
            Dialect::Amz
        } else {
            Dialect::Obs
        }
    }
}

/// Checks the head of a request.
pub(crate) fn verify(request: &Unverified<'_>, rules: &Rules<'_>) -> Result<Verified, ObsError> {
    let evidence = request.evidence()?;
    if request.header("content-encoding").is_some_and(|coding| coding.contains("aws-chunked")) {
        return Err(ObsError::new(501, "NotImplemented", "Bodies in aws-chunked framing are not supported"));
    }
    if !rules.verify {
        return believe(request, rules, &evidence);
    }
    match evidence {
        Evidence::Header { scheme: "OBS", rest } => v2::header(request, rules, Dialect::Obs, rest),
        Evidence::Header { scheme: "AWS", rest } => v2::header(request, rules, Dialect::Amz, rest),
        Evidence::Header { scheme: v4::ALGORITHM, rest } => v4::header(request, rules, rest),
        Evidence::Header { .. } => Err(unsupported()),
        // The signature is for the request that follows
        Evidence::Query(_) | Evidence::QueryV4 if request.is_preflight() => Ok(anonymous(request, false)),
        Evidence::Query(key) => v2::query(request, rules, &key),
        Evidence::QueryV4 => v4::query(request, rules),
        Evidence::PostForm => Ok(anonymous(request, true)),
        Evidence::None => Ok(anonymous(request, false)),
    }
}

fn anonymous(request: &Unverified<'_>, form: bool) -> Verified {
    Verified { caller: Caller::Anonymous, dialect: request.spoken(), payload_sha256: None, form }
}

/// Takes a request at its word, signed or not.
fn believe(
    request: &Unverified<'_>,
    rules: &Rules<'_>,
    evidence: &Evidence<'_>,
) -> Result<Verified, ObsError> {
    let access_key = match evidence {
        Evidence::Header { rest, .. } => match rest.split_once("Credential=") {
            Some((_, credential)) => credential.split('/').next(),
            None => rest.split(':').next(),
        },
        Evidence::Query(key) => request.parameter(key.name()),
        Evidence::QueryV4 => {
            request.parameter("x-amz-credential").and_then(|credential| credential.split('/').next())
        }
        Evidence::PostForm | Evidence::None => None,
    };
    let id = access_key
        .and_then(|key| rules.accounts.get(key))
        .map_or_else(|| rules.default_account.to_owned(), |account| account.id);
    Ok(Verified {
        caller: Caller::Account(id),
        dialect: request.spoken(),
        payload_sha256: None,
        form: matches!(evidence, Evidence::PostForm),
    })
}

/// The account of a key, if the key is known and its token is right.
fn account(rules: &Rules<'_>, access_key: &str, token: Option<&str>) -> Result<Account, ObsError> {
    let unknown = || {
        ObsError::new(
            403,
            "InvalidAccessKeyId",
            "The access key ID you provided does not exist in our records.",
        )
        .detail("AccessKeyId", access_key)
    };
    let account = rules.accounts.get(access_key).ok_or_else(unknown)?;
    if let Some(temporary) = &account.temporary {
        // A temporary key is no key at all without its token
        let token = token.ok_or_else(unknown)?;
        if token != temporary.token {
            return Err(ObsError::new(
                400,
                "InvalidToken",
                "The provided token is malformed or otherwise invalid.",
            ));
        }
        if rules.now >= temporary.expires {
            return Err(ObsError::new(400, "ExpiredToken", "The provided token has expired."));
        }
    }
    Ok(account)
}

/// Refuses a request whose time differs too much from the server's.
fn check_skew(rules: &Rules<'_>, time: SystemTime) -> Result<(), ObsError> {
    let skew = match rules.now.duration_since(time) {
        Ok(behind) => behind,
        Err(ahead) => ahead.duration(),
    };
    if skew <= rules.max_skew {
        return Ok(());
    }
    Err(ObsError::new(
        403,
        "RequestTimeTooSkewed",
        "The difference between the request time and the current time is too large.",
    )
    .detail("RequestTime", httpdate::fmt_http_date(time))
    .detail("ServerTime", httpdate::fmt_http_date(rules.now))
    .detail("MaxAllowedSkewMilliseconds", rules.max_skew.as_millis().to_string()))
}

fn expired(at: SystemTime, rules: &Rules<'_>) -> ObsError {
    ObsError::new(403, "AccessDenied", "Request has expired")
        .detail("Expires", time::iso(at))
        .detail("ServerTime", time::iso(rules.now))
}

/// The signature is not the one that the server computes over `text`.
fn mismatch(access_key: &str, provided: &str, text: &[u8]) -> ObsError {
    let hex: Vec<String> = text.iter().map(|byte| format!("{byte:02x}")).collect();
    ObsError::new(
        403,
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check your key and signing \
         method.",
    )
    .detail("AccessKeyId", access_key)
    .detail("SignatureProvided", provided)
    .detail("StringToSign", String::from_utf8_lossy(text))
    .detail("StringToSignBytes", hex.join(" "))
}

fn unsupported() -> ObsError {
    ObsError::new(400, "InvalidArgument", "Unsupported Authorization Type")
        .detail("ArgumentName", "Authorization")
}

/// Names of query parameters that belong to the signature, not to the operation.
pub(crate) fn is_signature_parameter(name: &str) -> bool {
    const NAMES: [&str; 11] = [
        "AccessKeyId",
        "AWSAccessKeyId",
        "Signature",
        "x-obs-security-token",
        "x-amz-security-token",
        "x-amz-algorithm",
        "x-amz-credential",
        "x-amz-date",
        "x-amz-expires",
        "x-amz-signedheaders",
        "x-amz-signature",
    ];
    NAMES.iter().any(|known| known.eq_ignore_ascii_case(name))
}
