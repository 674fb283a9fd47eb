//! The result object of the vectors, out of what the SDK gives.

use std::time::SystemTime;

use obs_core::{CorsHeaders, Dialect, Error, Headers, Owner, Reply, SseInfo, StorageClass};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

/// What a call came to.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// The result object.
    Result(Value),
    /// An error that no answer stands behind, as text.
    Raised(String),
}

impl Outcome {
    pub fn of_reply<T>(reply: &Reply<T>, body: Value) -> Self {
        Self::Result(json!({
            "status": reply.status(),
            "reason": reply.reason(),
            "errorCode": null,
            "errorMessage": null,
            "requestId": reply.request_id(),
            "indicator": reply.indicator(),
            "hostId": null,
            "resource": null,
            "header": header_pairs(reply.headers()),
            "body": body,
        }))
    }

    pub fn of_error(error: &Error) -> Self {
        let Some(status) = error.status() else { return Self::Raised(error.to_string()) };
        Self::Result(json!({
            "status": status,
            "reason": error.reason(),
            // What the server said; the SDK's own guess at the code of an answer without a body is not recorded.
            "errorCode": error.sent_code(),
            "errorMessage": error.message(),
            "requestId": error.request_id(),
            "indicator": error.indicator(),
            "hostId": error.host_id(),
            "resource": error.resource(),
            "header": error.headers().map(header_pairs),
            "body": null,
        }))
    }
}

/// Headers that keep their names in the recorded list.
const KEPT: [&str; 26] = [
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "access-control-max-age",
    "cache-control",
    "checksum-crc64ecma",
    "connection",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-length",
    "content-md5",
    "content-range",
    "content-type",
    "date",
    "etag",
    "expires",
    "host",
    "last-modified",
    "location",
    "origin",
    "x-default-storage-class",
    "x-oef-request-id",
    "x-reserved",
    "x-reserved-indicator",
];

/// The recorded list of headers: prefixes removed, values of prefixed ones decoded, sorted.
pub fn header_pairs(headers: &Headers) -> Value {
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let mut pairs: Vec<(String, String)> = headers
        .iter()
        .filter_map(|(name, value)| {
            let name = name.to_ascii_lowercase();
            if KEPT.contains(&name.as_str()) {
                return Some((name, value.to_owned()));
            }
            if let Some(meta) = name.strip_prefix("x-obs-meta-").or_else(|| name.strip_prefix("x-amz-meta-"))
            {
                return Some((decode(meta), decode(value)));
            }
            let short = name.strip_prefix("x-obs-").or_else(|| name.strip_prefix("x-amz-"))?;
            Some((short.to_owned(), decode(value)))
        })
        .collect();
    pairs.sort();
    json!(pairs)
}

/// Writes values in the form of a protocol.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    pub dialect: Dialect,
}

impl Shape {
    pub fn is_obs(self) -> bool {
        self.dialect.is_obs()
    }

    pub fn class(self, class: Option<&StorageClass>) -> Value {
        json!(class.map(|c| c.wire(self.dialect)))
    }

    pub fn owner(self, owner: Option<&Owner>) -> Value {
        owner.map_or(
            Value::Null,
            |owner| json!({"owner_id": owner.id, "owner_name": self.display_name(owner)}),
        )
    }

    pub fn initiator(self, owner: Option<&Owner>) -> Value {
        owner.map_or(Value::Null, |owner| json!({"id": owner.id, "name": self.display_name(owner)}))
    }

    /// The OBS protocol has no display names; what a server sends all the same is not recorded.
    fn display_name(self, owner: &Owner) -> Option<&str> {
        owner.display_name.as_deref().filter(|_| !self.is_obs())
    }
}

/// The form of times in the recorded results, in UTC.
pub fn time(time: Option<SystemTime>) -> Value {
    let Some(time) = time else { return Value::Null };
    let text = humantime::format_rfc3339_seconds(time).to_string();
    json!(text.replace('-', "/").replace('T', " ").trim_end_matches('Z'))
}

/// Adds the members of an object.
pub fn merge(mut object: Value, more: Value) -> Value {
    if let (Value::Object(object), Value::Object(more)) = (&mut object, more) {
        object.extend::<Map<_, _>>(more);
    }
    object
}

pub fn sse(sse: &SseInfo) -> Value {
    json!({
        "sseKms": sse.algorithm,
        "sseKmsKey": sse.kms_key_id,
        "sseC": sse.customer_algorithm,
        "sseCKeyMd5": sse.customer_key_md5,
    })
}

pub fn cors(cors: &CorsHeaders) -> Value {
    json!({
        "accessContorlAllowOrigin": cors.allow_origin,
        "accessContorlAllowHeaders": cors.allow_headers,
        "accessContorlAllowMethods": cors.allow_methods,
        "accessContorlExposeHeaders": cors.expose_headers,
        "accessContorlMaxAge": cors.max_age,
    })
}

/// CRC-64 stands as text in the recorded results.
pub fn crc64(crc64: Option<u64>) -> Value {
    json!(crc64.map(|c| c.to_string()))
}

pub fn common_prefixes(prefixes: &[String]) -> Value {
    prefixes.iter().map(|prefix| json!({"prefix": prefix})).collect()
}
