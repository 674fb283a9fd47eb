//! HMAC-SHA1 signatures: `OBS key:signature`, `AWS key:signature`, and URLs with `Signature=`.

use crate::auth::canonical::Canonical;
use crate::auth::{Rules, Unverified, Verified, account, check_skew, expired, hmac, mismatch, time};
use crate::errors::ObsError;
use crate::exchange::{Caller, Dialect};

/// Which parameter of a signed URL names the key.
#[derive(Debug, Clone, Copy)]
pub(crate) enum QueryKey {
    Obs,
    Amz,
}

impl QueryKey {
    pub(crate) fn of(request: &Unverified<'_>) -> Option<Self> {
        if request.parameter("AccessKeyId").is_some() {
            Some(Self::Obs)
        } else {
            request.parameter("AWSAccessKeyId").map(|_| Self::Amz)
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Obs => "AccessKeyId",
            Self::Amz => "AWSAccessKeyId",
        }
    }

    fn dialect(self) -> Dialect {
        match self {
            Self::Obs => Dialect::Obs,
            Self::Amz => Dialect::Amz,
        }
    }
}

/// The `Authorization` header, after its scheme.
pub(crate) fn header(
    request: &Unverified<'_>,
    rules: &Rules<'_>,
    dialect: Dialect,
    rest: &str,
) -> Result<Verified, ObsError> {
    let (access_key, signature) = rest.rsplit_once(':').ok_or_else(|| {
        ObsError::new(
            400,
            "InvalidArgument",
            "The authorization header is invalid. Expected AccessKeyId:signature",
        )
        .detail("ArgumentName", "Authorization")
    })?;
    let token = request.header(&format!("{}security-token", dialect.prefix()));
    let account = account(rules, access_key, token)?;

    let own_date = request.header(&format!("{}date", dialect.prefix()));
    let date = request.header("date").unwrap_or("");
    let written = own_date.unwrap_or(date);
    let instant = time::parse(written).ok_or_else(|| {
        ObsError::new(
            403,
            "AccessDenied",
            format!("Authentication requires a valid Date or {}date header", dialect.prefix()),
        )
    })?;
    check_skew(rules, instant)?;

    let canonical = Canonical {
        dialect,
        method: request.method,
        headers: request.headers,
        query: request.query,
        date: if own_date.is_some() { "" } else { date },
    };
    compare(&canonical, request, access_key, &account.secret, signature)?;
    Ok(Verified { caller: Caller::Account(account.id), dialect, payload_sha256: None, form: false })
}

/// A signed URL.
pub(crate) fn query(
    request: &Unverified<'_>,
    rules: &Rules<'_>,
    key: &QueryKey,
) -> Result<Verified, ObsError> {
    let dialect = key.dialect();
    let access_key = request.parameter(key.name()).unwrap_or("");
    let signature = request.parameter("signature").unwrap_or("");
    let expires = request.parameter("expires").ok_or_else(|| {
        ObsError::new(403, "AccessDenied", "Query-string authentication requires the Expires parameter")
    })?;
    let end = expires.parse().ok().and_then(time::from_epoch).ok_or_else(|| {
        ObsError::new(403, "AccessDenied", "Invalid date (should be seconds since epoch)")
            .detail("Expires", expires)
    })?;
    let name = format!("{}security-token", dialect.prefix());
    let token = request.parameter(&name).or_else(|| request.header(&name));
    let account = account(rules, access_key, token)?;
    if rules.now >= end {
        return Err(expired(end, rules));
    }
    let canonical = Canonical {
        dialect,
        method: request.method,
        headers: request.headers,
        query: request.query,
        date: expires,
    };
    compare(&canonical, request, access_key, &account.secret, signature)?;
    Ok(Verified { caller: Caller::Account(account.id), dialect, payload_sha256: None, form: false })
}

fn compare(
    canonical: &Canonical<'_>,
    request: &Unverified<'_>,
    access_key: &str,
    secret: &str,
    signature: &str,
) -> Result<(), ObsError> {
    let texts = canonical.texts(&request.address.resources);
    if texts.iter().any(|text| hmac::sha1_base64(secret, text) == signature) {
        return Ok(());
    }
    let likely = texts.into_iter().next().unwrap_or_default();
    Err(mismatch(access_key, signature, &likely))
}
