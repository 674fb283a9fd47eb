//! Headers: every recorded one, and none beyond that would change what the request means.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use serde_json::Value;

use super::{Difference, Differences};
use crate::client::Sent;
use crate::load::Vector;

/// Headers that an SDK must not add by itself, beside those of the services.
const MEANINGFUL: [&str; 12] = [
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-md5",
    "content-type",
    "expires",
    "origin",
    "range",
    "success-action-redirect",
    // The V2 name of a storage class.
    "x-default-storage-class",
    // Not named, but it would decide who the request is from.
    "authorization",
];

/// Compares the headers of a request with the recorded ones, but for `authorization`, which is verified elsewhere.
pub fn compare(vector: &Vector, request: &Value, sent: &Sent, v4: bool, differences: &mut Differences) {
    let Some(Value::Object(recorded)) = request.get("headers") else {
        differences.add(Difference::error("the recorded request", "has no headers"));
        return;
    };
    let document = matches!(request.get("body_kind").and_then(Value::as_str), Some("xml" | "json"));
    let empty = request.get("body_kind").and_then(Value::as_str) == Some("empty");
    let chunked = request.get("transfer").and_then(Value::as_str) == Some("chunked");
    let ours = by_name(sent);
    let unordered = unordered(vector);
    for (name, value) in recorded {
        let name = name.as_str();
        let found = ours.get(name);
        match name {
            "authorization" => {
                if found.is_none() {
                    differences.add(Difference::new("header authorization", value, found));
                }
            }
            "transfer-encoding" if chunked => {}
            "content-length" if document => {
                compare_one(name, &[sent.body.len().to_string()], found, false, differences);
            }
            "content-length" if empty && value == "0" => {
                if found.is_some_and(|f| f.as_slice() != ["0"]) {
                    differences.add(Difference::new("header content-length", value, found));
                }
            }
            "content-md5" if document => {
                compare_one(name, &[STANDARD.encode(Md5::digest(&sent.body))], found, false, differences);
            }
            _ => {
                let recorded: Vec<String> = match value {
                    Value::Array(list) => list.iter().map(text).collect(),
                    single => vec![text(single)],
                };
                compare_one(name, &recorded, found, unordered.contains(&name.to_owned()), differences);
            }
        }
    }
    for (name, values) in &ours {
        let allowed = recorded.contains_key(name) || v4 && name == "x-amz-date";
        if !allowed && is_meaningful(name) {
            differences.add(Difference::new(format!("header {name}"), Value::Null, values));
        }
    }
}

fn is_meaningful(name: &str) -> bool {
    ["x-obs-", "x-amz-", "if-", "access-control-"].iter().any(|prefix| name.starts_with(prefix))
        || MEANINGFUL.contains(&name)
}

fn by_name(sent: &Sent) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::<String, Vec<String>>::new();
    for (name, value) in &sent.headers {
        found.entry(name.clone()).or_default().push(value.trim_matches([' ', '\t']).to_owned());
    }
    found
}

fn unordered(vector: &Vector) -> Vec<String> {
    let Value::Array(names) = vector.get("unordered_headers") else { return Vec::new() };
    names.iter().filter_map(Value::as_str).map(str::to_ascii_lowercase).collect()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), |t| t.trim_matches([' ', '\t']).to_owned())
}

/// A header that repeats may also be one with its values joined.
fn compare_one(
    name: &str,
    recorded: &[String],
    ours: Option<&Vec<String>>,
    unordered: bool,
    differences: &mut Differences,
) {
    let same = ours.is_some_and(|ours| {
        if unordered {
            return items(recorded) == items(ours);
        }
        ours.as_slice() == recorded
            || recorded.len() > 1
                && ours.len() == 1
                && (ours[0] == recorded.join(",") || ours[0] == recorded.join(", "))
    });
    if !same {
        differences.add(Difference::new(format!("header {name}"), recorded, ours));
    }
}

fn items(values: &[String]) -> Vec<&str> {
    let mut items: Vec<&str> = values.iter().flat_map(|v| v.split(',')).map(str::trim).collect();
    items.sort_unstable();
    items.dedup();
    items
}
