//! Signed URLs: every part of the URL, and the headers that must go along.

use std::collections::BTreeMap;

use obs_core::SignedUrl;
use serde_json::Value;

use super::{Differences, query};
use crate::load::Vector;

pub fn compare(vector: &Vector, ours: &SignedUrl) -> Differences {
    let mut differences = Differences::default();
    let recorded = Parts::of(vector.get("signedUrl").as_str().unwrap_or_default());
    let parts = Parts::of(&ours.url);
    differences.compare("scheme", recorded.scheme, parts.scheme);
    differences.compare("host", recorded.host, parts.host);
    differences.compare("port", &recorded.port, &parts.port);
    differences.compare("path", recorded.path, parts.path);
    query::compare(recorded.query, parts.query, &mut differences);
    let lower = |name: &str, value: &str| (name.to_ascii_lowercase(), value.to_owned());
    let headers: BTreeMap<_, _> = ours.headers.iter().map(|(n, v)| lower(n, v)).collect();
    let recorded: BTreeMap<_, _> = match vector.get("actualSignedRequestHeaders") {
        Value::Object(map) => map
            .iter()
            .map(|(name, value)| match value.as_str() {
                Some(text) => lower(name, text),
                None => lower(name, &value.to_string()),
            })
            .collect(),
        _ => BTreeMap::new(),
    };
    differences.compare("headers to send", &recorded, &headers);
    if let Some(text) = vector.get("string_to_sign").as_str() {
        differences.compare("string to sign", text, ours.string_to_sign());
    }
    differences
}

struct Parts<'u> {
    scheme: &'u str,
    host: &'u str,
    port: String,
    path: &'u str,
    query: &'u str,
}

impl<'u> Parts<'u> {
    fn of(url: &'u str) -> Self {
        let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
        let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let default_port = if scheme == "http" { "80" } else { "443" };
        let (host, port) = authority.rsplit_once(':').unwrap_or((authority, default_port));
        Self { scheme, host, port: port.to_owned(), path, query }
    }
}
