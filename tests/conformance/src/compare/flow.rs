//! A call with several requests: as many as recorded, each as recorded.

use serde_json::Value;

use super::{Differences, request};
use crate::client::{Sent, Setup};
use crate::load::Vector;

pub fn compare(vector: &Vector, setup: &Setup, sent: &[Sent]) -> Differences {
    let mut differences = Differences::default();
    let recorded = vector.get("requests").as_array().map_or(&[][..], Vec::as_slice);
    let line = |method: &str, host: &str, path: &str, query: &str| format!("{method} {host}{path} {query}");
    let of_json = |request: &Value| {
        let text = |name: &str| request.get(name).and_then(Value::as_str).unwrap_or_default();
        line(text("method"), text("host"), text("path"), text("query"))
    };
    let of_sent = |s: &Sent| line(&s.method, s.header("host").unwrap_or_default(), &s.path, &s.query);
    if recorded.len() != sent.len() {
        let recorded: Vec<_> = recorded.iter().map(of_json).collect();
        let sent: Vec<_> = sent.iter().map(of_sent).collect();
        differences.compare("requests", &recorded, &sent);
    }
    for (number, (recorded, sent)) in recorded.iter().zip(sent).enumerate() {
        let found = request::compare(vector, setup, recorded, sent);
        differences.extend(found.within(&format!("request {}", number + 1)));
    }
    differences
}
