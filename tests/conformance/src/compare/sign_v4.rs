//! AWS4-HMAC-SHA256, verified over the request that was sent: which headers are signed is the SDK's choice.

use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest, Sha256};

use crate::client::{Sent, Setup};

/// What AWS leaves as it is in a query.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

fn hmac_sha256(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).unwrap_or_else(|_| unreachable!());
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The signature of a text on a day in a region, in hex.
pub fn sign(setup: &Setup, day: &str, text: &str) -> String {
    let region = setup.region.as_deref().unwrap_or("us-east-1");
    let mut key = hmac_sha256(format!("AWS4{}", setup.secret_access_key).as_bytes(), day);
    for part in [region, "s3", "aws4_request"] {
        key = hmac_sha256(&key, part);
    }
    hex(&hmac_sha256(&key, text))
}

/// Verifies the `Authorization` header of a request.
///
/// # Errors
///
/// Says what is wrong with it.
pub fn verify(setup: &Setup, sent: &Sent) -> Result<(), String> {
    let header = |name: &str| sent.header(name).ok_or_else(|| format!("no header {name}"));
    let authorization = header("authorization")?;
    let parameters = authorization
        .strip_prefix("AWS4-HMAC-SHA256 ")
        .ok_or_else(|| format!("{authorization:?} is not AWS4-HMAC-SHA256"))?;
    let parameter = |name: &str| {
        let found = parameters.split(',').find_map(|p| p.trim().strip_prefix(name)?.strip_prefix('='));
        found.ok_or_else(|| format!("{authorization:?} lacks {name}"))
    };
    let (credential, signature) = (parameter("Credential")?, parameter("Signature")?);
    let signed: Vec<&str> = parameter("SignedHeaders")?.split(';').collect();

    let timestamp = timestamp(setup);
    let day = timestamp.get(..8).unwrap_or_default();
    let region = setup.region.as_deref().unwrap_or("us-east-1");
    let scope = format!("{day}/{region}/s3/aws4_request");
    let expected = format!("{}/{scope}", setup.access_key_id);
    if credential != expected {
        return Err(format!("the credential is {credential:?}, not {expected:?}"));
    }
    if !signed.is_sorted() || !signed.contains(&"host") {
        return Err(format!("the signed headers are {signed:?}: sorted, with host"));
    }
    for (name, _) in &sent.headers {
        let must = name.starts_with("x-amz-") || name == "content-type" || name == "content-md5";
        if must && !signed.contains(&name.as_str()) {
            return Err(format!("{name} is sent but not signed"));
        }
    }
    if let Some(date) = sent.header("x-amz-date") {
        if date != timestamp {
            return Err(format!("x-amz-date is {date:?}, not {timestamp:?}"));
        }
    } else if !signed.contains(&"date") {
        return Err("neither x-amz-date nor date is signed".to_owned());
    }

    let mut canonical = format!("{}\n{}\n{}\n", sent.method, sent.path, canonical_query(&sent.query));
    for name in &signed {
        let values: Vec<&str> =
            sent.headers.iter().filter(|(n, _)| n == name).map(|(_, v)| v.trim()).collect();
        if values.is_empty() {
            return Err(format!("{name} is signed but not sent"));
        }
        canonical.push_str(&format!("{name}:{}\n", values.join(",")));
    }
    canonical.push_str(&format!("\n{}\n{}", signed.join(";"), header("x-amz-content-sha256")?));
    let text =
        format!("AWS4-HMAC-SHA256\n{timestamp}\n{scope}\n{}", hex(&Sha256::digest(canonical.as_bytes())));
    let expected = sign(setup, day, &text);
    if signature != expected {
        return Err(format!("the signature is {signature}, not {expected}, over\n{canonical}"));
    }
    Ok(())
}

/// `20260102T030405Z`.
pub fn timestamp(setup: &Setup) -> String {
    let text = humantime::format_rfc3339_seconds(setup.now).to_string();
    text.replace(['-', ':'], "")
}

fn canonical_query(query: &str) -> String {
    let encoded = |text: &str| {
        let decoded: Vec<u8> = percent_decode_str(text).collect();
        utf8_percent_encode(&String::from_utf8_lossy(&decoded), QUERY).to_string()
    };
    let mut items: Vec<(String, String)> = query
        .split('&')
        .filter(|item| !item.is_empty())
        .map(|item| {
            let (name, value) = item.split_once('=').unwrap_or((item, ""));
            (encoded(name), encoded(value))
        })
        .collect();
    items.sort();
    let items: Vec<String> = items.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    items.join("&")
}
