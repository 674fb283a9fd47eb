//! What is below a prefix.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::SystemTime;

use obs_core::object::{GetObjectMetadata, ListObjects, ObjectEntry, ObjectMetadata};
use obs_core::{BucketClient, SseOption};

use super::report::{Action, ActionKind};
use crate::error::Error;
use crate::filter::Filter;
use crate::job::{Context, release};

/// An object below the prefix of a job.
#[derive(Debug)]
pub(crate) struct RemoteEntry {
    pub(crate) key: String,
    pub(crate) size: u64,
    /// In quotes, as answers have it.
    pub(crate) etag: Option<String>,
    pub(crate) modified: Option<SystemTime>,
    prefix: usize,
}

impl RemoteEntry {
    fn new(entry: ObjectEntry, prefix: &str) -> Self {
        let quoted = |etag: String| if etag.starts_with('"') { etag } else { format!("\"{etag}\"") };
        Self {
            key: entry.key,
            size: entry.size,
            etag: entry.etag.map(quoted),
            modified: entry.last_modified,
            prefix: prefix.len(),
        }
    }

    /// The key behind the prefix.
    pub(crate) fn relative(&self) -> &str {
        self.key.get(self.prefix..).unwrap_or_default()
    }

    /// What is to be done with it.
    pub(crate) fn action(self, kind: ActionKind, path: Option<PathBuf>) -> Action {
        Action { key: Some(self.key), path, size: self.size, etag: self.etag, ..Action::new(kind) }
    }

    /// It is to become another object.
    pub(crate) fn copy_to(self, key: String) -> Action {
        let source_key = Some(self.key);
        Action {
            key: Some(key),
            source_key,
            size: self.size,
            etag: self.etag,
            ..Action::new(ActionKind::Copy)
        }
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
    list_of(context, &context.bucket, prefix, filter)
}

/// Those of another bucket.
pub(crate) fn list_of<'a>(
    context: &Context,
    bucket: &BucketClient,
    prefix: &'a str,
    filter: &'a Filter,
) -> impl Iterator<Item = Result<RemoteEntry, Error>> + Send + use<'a> {
    let mut request = context.request_to(bucket, ListObjects::default());
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

/// The properties of one object, asked for as long as there is use in it.
pub(crate) fn properties(
    context: &Context,
    bucket: &BucketClient,
    key: &str,
    sse: &SseOption,
) -> Result<ObjectMetadata, Error> {
    let mut tries = context.tries();
    loop {
        let permit = context.enter()?;
        let mut operation = GetObjectMetadata::new(key);
        *AsMut::<SseOption>::as_mut(&mut operation) = sse.clone();
        let result = context.request_to(bucket, operation).send().map_err(Error::from);
        release(permit, result.as_ref().err());
        match result {
            Ok(reply) => return Ok(reply.into_inner()),
            Err(error) => tries.failed(error, false)?,
        }
    }
}

/// The folders that keys lie in, each with `/` at its end.
pub(crate) fn folders_of<'a>(keys: impl Iterator<Item = &'a str>) -> HashSet<String> {
    keys.flat_map(|key| key.match_indices('/').filter_map(move |(at, _)| key.get(..=at)))
        .map(str::to_owned)
        .collect()
}
