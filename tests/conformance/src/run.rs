//! One vector after the other.

use std::collections::BTreeMap;
use std::time::Duration;

use obs_core::Method;
use serde_json::Value;

use crate::args::{Members, Result, Unusable};
use crate::client::{Setup, Step, Wire};
use crate::compare::{self, Difference, Differences};
use crate::load::{Suite, Vector};
use crate::ops::{self, Call, Outcome};

/// What became of a vector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Passed,
    /// With the differences, each as text.
    Failed(Vec<String>),
    /// It shows a bug of the recorder.
    Skipped(String),
    /// The SDK has no such operation yet.
    Missing,
}

/// Runs one vector.
pub fn run(vector: &Vector) -> Verdict {
    if let Some(quirk) = vector.quirk() {
        return Verdict::Skipped(quirk);
    }
    let differences = match vector.suite {
        Suite::Urls => signed_url(vector),
        Suite::Post => post_signature(vector),
        Suite::Requests | Suite::Responses | Suite::Flows => match ops::find(&vector.op) {
            Some(Some(op)) => call(vector, op),
            Some(None) => return Verdict::Missing,
            None => Err(Unusable(format!("unknown operation {:?}", vector.op))),
        },
    };
    let found = match differences {
        Ok(Differences(found)) => found,
        Err(Unusable(why)) => vec![Difference::error("the vector cannot be run", why)],
    };
    if found.is_empty() {
        Verdict::Passed
    } else {
        Verdict::Failed(found.iter().map(ToString::to_string).collect())
    }
}

fn args(vector: &Vector) -> Members<'_> {
    match vector.get("args") {
        Value::Object(map) => Members::new("", map),
        _ => unreachable!("checked when it was loaded"),
    }
}

/// An argument that no function asked for is one that the runner does not know.
fn all_read(args: &Members<'_>) -> Result<()> {
    match args.unread() {
        unread if unread.is_empty() => Ok(()),
        unread => Err(Unusable(format!("unknown arguments: {}", unread.join(", ")))),
    }
}

fn call(vector: &Vector, op: ops::Op) -> Result<Differences> {
    let setup = Setup::of(vector)?;
    let script = match vector.suite {
        Suite::Responses => vec![Step::of(vector.get("response"))?],
        Suite::Flows => {
            let steps = vector.get("script").as_array().map_or(&[][..], Vec::as_slice);
            steps.iter().map(Step::of).collect::<Result<_>>()?
        }
        _ => vec![Step::refusal()],
    };
    match vector.get("via").as_str() {
        None | Some("bucketClient" | "obsClient") => {}
        Some(other) => return Err(Unusable(format!("via {other:?} is not known"))),
    }
    let wire = Wire::new(script);
    let call = Call::new(setup.client(wire.clone())?, args(vector), wire.clone(), setup.dialect)?;
    let outcome = op(&call)?;
    all_read(&call.args)?;
    let sent = wire.sent();
    Ok(match vector.suite {
        Suite::Responses => {
            let mut differences = compare::result::compare(vector, setup.dialect, &outcome);
            if sent.len() != 1 {
                differences.add(Difference::error("requests", format!("{} were sent", sent.len())));
            }
            differences
        }
        Suite::Flows => {
            let dialect = wire.dialect().unwrap_or(setup.dialect);
            let mut differences = compare::flow::compare(vector, &setup, &sent);
            differences.extend(compare::result::compare(vector, dialect, &outcome));
            differences
        }
        _ => match sent.as_slice() {
            [sent] => compare::request::compare(vector, &setup, vector.get("request"), sent),
            [] => {
                let why = match outcome {
                    Outcome::Raised(error) => error,
                    Outcome::Result(result) => result.to_string(),
                };
                Differences(vec![Difference::error("nothing was sent", why)])
            }
            more => Differences(vec![Difference::error("requests", format!("{} were sent", more.len()))]),
        },
    })
}

fn expires(args: &Members<'_>) -> Result<Duration> {
    Ok(Duration::from_secs(args.number("expires")?.unwrap_or(300)))
}

fn signed_url(vector: &Vector) -> Result<Differences> {
    let setup = Setup::of(vector)?;
    let args = args(vector);
    let method: Method = args.required("method")?.parse().map_err(Unusable::new)?;
    let client = setup.client(Wire::new([]))?;
    let mut request = client.create_signed_url(method).expires_in(expires(&args)?);
    if let Some(bucket) = args.text("bucketName")? {
        request = request.bucket(bucket);
    }
    if let Some(key) = args.filled("objectKey")? {
        request = request.key(key);
    }
    if let Some(name) = args.filled("specialParam")? {
        request = request.special_param(name);
    }
    for (name, value) in args.pairs("headers")? {
        if let Some(value) = value {
            request = request.header(name, value);
        }
    }
    for (name, value) in args.pairs("queryParams")? {
        request = match value {
            Some(value) => request.query(name, value),
            None => request.query_flag(name),
        };
    }
    all_read(&args)?;
    Ok(match request.sign() {
        Ok(url) => compare::url::compare(vector, &url),
        Err(error) => Differences(vec![Difference::error("signing failed", error)]),
    })
}

fn post_signature(vector: &Vector) -> Result<Differences> {
    let setup = Setup::of(vector)?;
    let args = args(vector);
    let client = setup.client(Wire::new([]))?;
    let mut form = client.create_post_signature().expires_in(expires(&args)?);
    let mut fields: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in args.pairs("formParams")? {
        if let Some(value) = value {
            fields.insert(name, value);
        }
    }
    form = form.form_params(fields);
    if let Some(bucket) = args.filled("bucketName")? {
        form = form.bucket(bucket);
    }
    if let Some(key) = args.filled("objectKey")? {
        form = form.key(key);
    }
    all_read(&args)?;
    Ok(match form.sign() {
        Ok(form) => compare::post::compare(vector, &setup, &form),
        Err(error) => Differences(vec![Difference::error("signing failed", error)]),
    })
}
