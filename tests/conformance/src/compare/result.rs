//! The result object: as recorded, but for what is the same in another form.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use obs_core::{Dialect, StorageClass};
use serde_json::{Map, Value};

use super::{Difference, Differences};
use crate::args::payload;
use crate::load::Vector;
use crate::ops::Outcome;

/// Headers that belong to the connection, not to the result.
const OF_CONNECTION: [&str; 3] = ["connection", "content-length", "date"];

pub fn compare(vector: &Vector, dialect: Dialect, outcome: &Outcome) -> Differences {
    let mut differences = Differences::default();
    if vector.json.contains_key("raised") {
        if let Outcome::Result(ours) = outcome {
            if ours.get("status").and_then(Value::as_u64).is_some_and(|s| s < 300) {
                differences.add(Difference::new("the call", "fails", ours));
            }
        }
        return differences;
    }
    let recorded = vector.get("parsed");
    let ours = match outcome {
        Outcome::Result(ours) => ours,
        Outcome::Raised(error) => {
            differences.add(Difference::new("the call", recorded, error));
            return differences;
        }
    };
    for name in
        ["status", "reason", "errorCode", "errorMessage", "requestId", "indicator", "hostId", "resource"]
    {
        differences.compare(name, member(recorded, name), member(ours, name));
    }
    header(recorded, ours, &mut differences);
    if recorded.get("status").and_then(Value::as_u64).is_some_and(|s| s < 300) {
        let ignored: Vec<&str> = match vector.get("ignore") {
            Value::Array(paths) => paths.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let rules = Rules { dialect, ignored };
        rules.compare("body", "body", member(recorded, "body"), member(ours, "body"), &mut differences);
    }
    differences
}

fn member<'v>(object: &'v Value, name: &str) -> &'v Value {
    object.get(name).unwrap_or(&Value::Null)
}

/// Each recorded pair must be there, as often as it was recorded.
fn header(recorded: &Value, ours: &Value, differences: &mut Differences) {
    let pairs = |value: &Value| value.get("header").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut left = pairs(ours);
    for pair in pairs(recorded) {
        let name = pair.get(0).and_then(Value::as_str).unwrap_or_default();
        if OF_CONNECTION.contains(&name) {
            continue;
        }
        match left.iter().position(|candidate| *candidate == pair) {
            Some(found) => {
                left.remove(found);
            }
            None => differences.add(Difference::new(format!("header of the result: {name}"), &pair, &left)),
        }
    }
}

/// Members of results that are never recorded.
const UNRECORDED: [&str; 2] = ["response", "url"];

struct Rules<'v> {
    dialect: Dialect,
    ignored: Vec<&'v str>,
}

impl Rules<'_> {
    /// `path` is the place with indices, `pattern` the same with `[*]`.
    fn compare(
        &self,
        path: &str,
        pattern: &str,
        recorded: &Value,
        ours: &Value,
        differences: &mut Differences,
    ) {
        if self.ignored.contains(&pattern) || self.ignored.contains(&path) {
            return;
        }
        let name = path.rsplit('.').next().unwrap_or_default();
        match (recorded, ours) {
            _ if name == "buffer" => {
                let bytes = |v: &Value| match v {
                    Value::Null => Ok(Vec::new()),
                    v => payload(v),
                };
                if bytes(recorded) != bytes(ours) {
                    differences.add(Difference::new(path, recorded, ours));
                }
            }
            (Value::Object(a), Value::Object(b)) => self.objects(path, pattern, a, b, differences),
            (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
                for (index, (a, b)) in a.iter().zip(b).enumerate() {
                    let path = format!("{path}[{index}]");
                    self.compare(&path, &format!("{pattern}[*]"), a, b, differences);
                }
            }
            (Value::String(a), Value::String(b)) if name == "storageClass" => {
                let wire = |text: &str| StorageClass::from(text).wire(self.dialect).to_owned();
                differences.compare(path, &wire(a), &wire(b));
            }
            // An empty element is null in the recorded results.
            _ if is_nothing(recorded) && (is_nothing(ours) || *ours == "") => {}
            // A model without a single member says as much as none.
            (Value::Object(a), _) if is_nothing(ours) => {
                self.objects(path, pattern, a, &Map::new(), differences);
            }
            (_, Value::Object(b)) if is_nothing(recorded) => {
                self.objects(path, pattern, &Map::new(), b, differences);
            }
            _ => differences.compare(path, recorded, ours),
        }
    }

    fn objects(
        &self,
        path: &str,
        pattern: &str,
        recorded: &Map<String, Value>,
        ours: &Map<String, Value>,
        differences: &mut Differences,
    ) {
        let mut names: Vec<&String> = recorded.keys().chain(ours.keys()).collect();
        names.sort();
        names.dedup();
        for name in names.into_iter().filter(|name| !UNRECORDED.contains(&name.as_str())) {
            let value = |map: &Map<String, Value>| map.get(name).cloned().unwrap_or(Value::Null);
            let (path, pattern) = (format!("{path}.{name}"), format!("{pattern}.{name}"));
            self.compare(&path, &pattern, &value(recorded), &value(ours), differences);
        }
    }
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

/// Bytes as a payload source.
pub fn buffer(bytes: &[u8]) -> Value {
    serde_json::json!({"base64": STANDARD.encode(bytes)})
}
