//! What is below a prefix.

use std::path::PathBuf;

use obs_core::object::{ListObjects, ObjectEntry};

use super::report::{Action, ActionKind};
use crate::error::Error;
use crate::filter::Filter;
use crate::job::Context;

/// An object below the prefix of a job.
#[derive(Debug)]
pub(crate) struct RemoteEntry {
    pub(crate) key: String,
    pub(crate) size: u64,
    /// In quotes, as answers have it.
    pub(crate) etag: Option<String>,
    prefix: usize,
}

impl RemoteEntry {
    fn new(entry: ObjectEntry, prefix: &str) -> Self {
        let quoted = |etag: String| if etag.starts_with('"') { etag } else { format!("\"{etag}\"") };
        Self { key: entry.key, size: entry.size, etag: entry.etag.map(quoted), prefix: prefix.len() }
    }

    /// The key behind the prefix.
    pub(crate) fn relative(&self) -> &str {
        self.key.get(self.prefix..).unwrap_or_default()
    }

    /// What is to be done with it.
    pub(crate) fn action(self, kind: ActionKind, path: Option<PathBuf>) -> Action {
        Action { key: Some(self.key), path, size: self.size, etag: self.etag, ..Action::new(kind) }
    }

    /// Whether a job that brings objects down is about it. The object whose key is the prefix is the folder itself.
    pub(crate) fn is_wanted(&self, with_folders: bool) -> bool {
        !self.relative().is_empty() && (with_folders || !self.is_folder())
    }

    /// The key of a folder: consoles write such objects, and parallel file systems list their directories so.
    pub(crate) fn is_folder(&self) -> bool {
        self.key.ends_with('/') && self.size == 0
    }
}

/// The prefix of a folder: with a `/` at its end, so that `photos` is not about `photos-2024` too.
pub(crate) fn folder_prefix(prefix: String) -> String {
    if prefix.is_empty() || prefix.ends_with('/') { prefix } else { prefix + "/" }
}

/// The objects below the prefix that the job is about, page by page.
pub(crate) fn list<'a>(
    context: &Context,
    prefix: &'a str,
    filter: &'a Filter,
) -> impl Iterator<Item = Result<RemoteEntry, Error>> + Send + use<'a> {
    let mut request = context.request(ListObjects::default());
    let wanted = format!("{prefix}{}", filter.literal_prefix());
    if !wanted.is_empty() {
        request = request.prefix(wanted);
    }
    let cancel = context.cancel.clone();
    request.iter().filter_map(move |entry| match cancel.check().and_then(|()| Ok(entry?)) {
        Ok(entry) => {
            // A server that ignores the prefix shall not decide what is written or deleted.
            let relative = entry.key.strip_prefix(prefix)?;
            filter.matches(relative).then(|| Ok(RemoteEntry::new(entry, prefix)))
        }
        Err(error) => Some(Err(error)),
    })
}
