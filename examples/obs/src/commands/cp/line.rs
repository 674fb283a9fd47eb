//! One thing that is done: as a line of text, and as one of JSON.

use std::fmt;

use obs_transfer::{Action, ActionKind};
use serde_json::{Value, json};

use super::Copied;
use crate::cli::App;
use crate::failure::Failure;
use crate::output::printable;
use crate::place::Remote;

/// What is said of one copy or deletion. Both ends are called as a command would call them.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) verb: &'static str,
    /// Of a deletion there is none.
    pub(crate) from: Option<String>,
    pub(crate) to: String,
    pub(crate) version: Option<String>,
    /// Where it is known.
    pub(crate) size: Option<u64>,
}

/// The buckets that the keys of a job of many are in: where it reads, where it writes and deletes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Buckets<'a> {
    pub(crate) from: &'a str,
    pub(crate) to: &'a str,
}

impl Line {
    pub(crate) fn copy(verb: &'static str, from: impl fmt::Display, to: impl fmt::Display) -> Self {
        Self { verb, from: Some(from.to_string()), to: to.to_string(), version: None, size: None }
    }

    pub(crate) fn delete(place: &Remote, version: Option<&str>) -> Self {
        let version = version.map(str::to_owned);
        Self { verb: "delete", from: None, to: place.to_string(), version, size: None }
    }

    /// One of many.
    pub(crate) fn of(action: &Action, buckets: Buckets<'_>) -> Self {
        let remote = |bucket: &str, key: &Option<String>| {
            Remote { bucket: bucket.to_owned(), key: key.clone().unwrap_or_default() }.to_string()
        };
        let path = action.path.as_deref().map(|path| path.display().to_string()).unwrap_or_default();
        let (verb, from, to) = match action.kind {
            ActionKind::Upload | ActionKind::UploadFolder => {
                ("upload", Some(path), remote(buckets.to, &action.key))
            }
            ActionKind::Download => ("download", Some(remote(buckets.from, &action.key)), path),
            ActionKind::CreateFolder => ("create", Some(remote(buckets.from, &action.key)), path),
            ActionKind::Copy => {
                ("copy", Some(remote(buckets.from, &action.source_key)), remote(buckets.to, &action.key))
            }
            ActionKind::DeleteFile => ("delete", None, path),
            _ => ("delete", None, remote(buckets.to, &action.key)),
        };
        let size = (verb != "delete").then_some(action.size);
        Self { verb, from, to, version: action.version_id.clone(), size }
    }

    /// It would be done.
    pub(crate) fn dry(&self, app: &App) -> Result<(), Failure> {
        app.output.item(format_args!("would {self}"), || self.json(true))
    }

    /// One copy would be.
    pub(crate) fn dry_copy(&self, app: &App) -> Result<Copied, Failure> {
        self.dry(app)?;
        Ok(Vec::new().into())
    }

    /// It was done, with what else is known of it then.
    pub(crate) fn done(&self, app: &App, more: impl FnOnce() -> Value) -> Result<(), Failure> {
        app.output.item(self, || {
            let mut document = self.json(false);
            if let (Value::Object(all), Value::Object(more)) = (&mut document, more()) {
                all.extend(more);
            }
            document
        })
    }

    fn json(&self, dry: bool) -> Value {
        let mut document = json!({ "action": self.verb, "target": self.to, "dry_run": dry });
        let more =
            [("source", json!(self.from)), ("version_id", json!(self.version)), ("size", json!(self.size))];
        if let Value::Object(all) = &mut document {
            let known = more.into_iter().filter(|(_, value)| !value.is_null());
            all.extend(known.map(|(name, value)| (name.to_owned(), value)));
        }
        document
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.verb)?;
        let version =
            self.version.as_ref().map(|id| format!(" version {}", printable(id))).unwrap_or_default();
        match &self.from {
            Some(from) => write!(f, " {}{version} -> {}", printable(from), printable(&self.to))?,
            None => write!(f, " {}{version}", printable(&self.to))?,
        }
        self.size.iter().try_for_each(|size| write!(f, " ({size} bytes)"))
    }
}
