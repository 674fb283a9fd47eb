//! One request against the recorded one.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use serde_json::Value;
use sha2::Sha256;

use super::{Difference, Differences, body_json, body_xml, headers, query, sign, sign_v4};
use crate::args::payload;
use crate::client::{Sent, Setup};
use crate::load::Vector;

/// Compares a request with the recorded one, with its signature.
pub fn compare(vector: &Vector, setup: &Setup, request: &Value, sent: &Sent) -> Differences {
    let mut differences = Differences::default();
    let recorded = |name: &str| request.get(name).and_then(Value::as_str).unwrap_or_default();
    differences.compare("method", recorded("method"), sent.method.as_str());
    differences.compare("scheme", recorded("scheme"), sent.scheme.as_str());
    differences.compare("host", recorded("host"), sent.header("host").unwrap_or_default());
    differences.compare("connect", recorded("connect"), sent.connect.as_str());
    differences.compare("path", recorded("path"), sent.path.as_str());
    query::compare(recorded("query"), &sent.query, &mut differences);
    let authorization = request.get("headers").and_then(|h| h.get("authorization")).and_then(Value::as_str);
    let v4 = authorization.is_some_and(|a| a.starts_with("AWS4-HMAC-SHA256"));
    headers::compare(vector, request, sent, v4, &mut differences);
    body(request, sent, &mut differences);
    match authorization {
        Some(_) if v4 => {
            if let Err(wrong) = sign_v4::verify(setup, sent) {
                differences.add(Difference::error("signature (v4)", wrong));
            }
        }
        Some(authorization) => signature(vector, setup, request, authorization, sent, &mut differences),
        None => {}
    }
    differences
}

fn body(request: &Value, sent: &Sent, differences: &mut Differences) {
    let null = Value::Null;
    let recorded = request.get("body").unwrap_or(&null);
    let text = || recorded.get("text").and_then(Value::as_str).unwrap_or_default();
    match request.get("body_kind").and_then(Value::as_str) {
        Some("empty") => {
            if !sent.body.is_empty() {
                differences.add(Difference::new("body", "", String::from_utf8_lossy(&sent.body)));
            }
        }
        Some("raw") => raw(recorded, sent, differences),
        Some("xml") => body_xml::compare(text(), &sent.body, differences),
        Some("json") => body_json::compare(text(), &sent.body, differences),
        other => differences.add(Difference::error("body_kind", format!("{other:?} is not known"))),
    }
}

fn raw(recorded: &Value, sent: &Sent, differences: &mut Differences) {
    if let Some(sha256) = recorded.get("sha256").and_then(Value::as_str) {
        let ours: String = Sha256::digest(&sent.body).iter().map(|b| format!("{b:02x}")).collect();
        differences.compare("body (SHA-256)", &sha256.to_ascii_lowercase(), &ours);
        let size = recorded.get("size").and_then(Value::as_u64);
        differences.compare("body (size)", &size, &Some(sent.body.len() as u64));
        return;
    }
    match payload(recorded) {
        Ok(bytes) if bytes == sent.body => {}
        Ok(bytes) => differences.add(Difference::new(
            "body",
            String::from_utf8_lossy(&bytes),
            String::from_utf8_lossy(&sent.body),
        )),
        Err(unusable) => differences.add(Difference::error("the recorded body", unusable.0)),
    }
}

/// Whether the request is signed over the recorded text. Where none is recorded the signature itself is, unless it depends on
/// how a document was written; then the text that follows from what was sent must be signed.
fn signature(
    vector: &Vector,
    setup: &Setup,
    request: &Value,
    authorization: &str,
    sent: &Sent,
    differences: &mut Differences,
) {
    let scheme = authorization.split(' ').next().unwrap_or_default();
    let prefix = if scheme == "OBS" { "x-obs-" } else { "x-amz-" };
    let bucket = ["bucketName", "destBucketName"]
        .into_iter()
        .find_map(|name| vector.get("args").get(name).and_then(Value::as_str));
    let ours = sign::string_to_sign(setup, prefix, bucket, sent);
    let signed = |text: &str| {
        let signature = sign::hmac_sha1(&setup.secret_access_key, text);
        format!("{scheme} {}:{signature}", setup.access_key_id)
    };
    let document = matches!(request.get("body_kind").and_then(Value::as_str), Some("xml" | "json"));
    let in_order = vector.get("unordered_headers").is_null();
    let (text, expected) = match vector.get("string_to_sign").as_str().filter(|_| in_order) {
        Some(recorded) if document => {
            let text = with_md5(recorded, &sent.body);
            let expected = signed(&text);
            (text, expected)
        }
        Some(recorded) => (recorded.to_owned(), signed(recorded)),
        None if in_order && !(document && sent.header("content-md5").is_some()) => {
            ("not recorded".to_owned(), authorization.to_owned())
        }
        None => (ours.clone(), signed(&ours)),
    };
    let header = sent.header("authorization").unwrap_or_default();
    if header != expected {
        differences.add(Difference::new("authorization", &expected, header));
        differences.add(Difference::new("string to sign", &text, &ours));
    }
}

/// The recorded text with the MD5 of the body that was sent, if it had one.
fn with_md5(recorded: &str, body: &[u8]) -> String {
    let md5 = STANDARD.encode(Md5::digest(body));
    let lines = recorded.split('\n').enumerate();
    let lines: Vec<_> =
        lines.map(|(n, line)| if n == 1 && !line.is_empty() { md5.as_str() } else { line }).collect();
    lines.join("\n")
}
