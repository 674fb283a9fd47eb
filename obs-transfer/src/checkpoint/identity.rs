//! What must be the same for a job to go on.

use std::path::Path;

use obs_core::checksum::Crc64;
use obs_core::{ObjectHeaders, Sse, SseOption};
use serde_json::{Map, Value};

/// The fields of a header, by name.
pub(super) type Fields = Map<String, Value>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JobKind {
    Upload,
    Download,
    Copy,
}

impl JobKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Upload => "upload",
            Self::Download => "download",
            Self::Copy => "copy",
        }
    }

    const ALL: [Self; 3] = [Self::Upload, Self::Download, Self::Copy];

    /// How the name of a checkpoint ends.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Upload => "upload_record",
            Self::Download => "download_record",
            Self::Copy => "copy_record",
        }
    }

    /// Whether a file is called like a checkpoint.
    pub(super) fn names(path: &Path) -> bool {
        Self::ALL.iter().any(|kind| path.extension().is_some_and(|extension| extension == kind.extension()))
    }
}

/// Both ends of a job and how it is cut. Where any of it changes, its parts no longer fit together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    fields: Fields,
}

impl Identity {
    /// A job on the object `key`, which it reads (download) or writes (upload, copy).
    pub(crate) fn new(kind: JobKind, bucket: &str, key: &str, size: u64, part_size: u64) -> Self {
        let identity = Self { fields: Fields::new() };
        identity
            .with("operation", kind.as_str())
            .with("bucket", bucket)
            .with("key", key)
            .with("size", size)
            .with("part_size", part_size)
    }

    /// The version of the object that is read.
    pub(crate) fn version(self, version: &str) -> Self {
        self.with("version", version)
    }

    /// The ETag of the object that is read.
    pub(crate) fn etag(self, etag: &str) -> Self {
        self.with("etag", etag)
    }

    /// The object that a copy reads.
    pub(crate) fn source(self, bucket: &str, key: &str) -> Self {
        self.with("source_bucket", bucket).with("source_key", key)
    }

    /// The file that is read or written.
    pub(crate) fn path(self, path: &Path) -> Self {
        self.with("path", path_text(path))
    }

    /// When the file that is read was last changed. Text, since JSON's numbers end before nanoseconds do.
    pub(crate) fn modified_ns(self, modified_ns: i128) -> Self {
        self.with("modified_ns", modified_ns.to_string())
    }

    /// A digest of the whole file, where the caller wants the content compared.
    pub(crate) fn digest(self, digest: &str) -> Self {
        self.with("digest", digest)
    }

    /// What the object that is written has beside its bytes, named when the upload began: a digest, since metadata may be
    /// nobody else's business.
    pub(crate) fn properties(self, headers: &ObjectHeaders, sse: &SseOption) -> Self {
        let ObjectHeaders {
            acl,
            storage_class,
            website_redirect_location,
            expires,
            content_type,
            cache_control,
            content_disposition,
            content_encoding,
            content_language,
            http_expires,
            success_action_redirect: _,
            metadata,
            grants,
        } = headers;
        let texts = [
            website_redirect_location,
            content_type,
            cache_control,
            content_disposition,
            content_encoding,
            content_language,
            http_expires,
        ];
        let metadata: Vec<(&str, &str)> = metadata.iter().collect();
        let key = sse.0.as_ref().and_then(Sse::key_mark);
        // Debug tells the texts apart, whatever is in them, and shows no key.
        let text = format!(
            "{acl:?} {storage_class:?} {expires:?} {texts:?} {metadata:?} {grants:?} {sse:?} {key:?}"
        );
        let mut digest = Crc64::new();
        digest.write(text.as_bytes());
        self.with("properties", format!("{:016x}", digest.sum64()))
    }

    /// Anything else that the parts depend on, such as the processing of an image.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    pub(super) fn fields(&self) -> &Fields {
        &self.fields
    }

    /// What differs in a recorded header, as a sentence for the log.
    pub(super) fn difference(&self, recorded: &Fields) -> Option<String> {
        let mut names: Vec<_> = self.fields.keys().chain(recorded.keys()).collect();
        names.sort();
        let name = names.into_iter().find(|name| self.fields.get(*name) != recorded.get(*name))?;
        let text = |fields: &Fields| fields.get(name).map_or_else(|| "unset".to_owned(), Value::to_string);
        Some(format!("its {name} was {}, and is {} now", text(recorded), text(&self.fields)))
    }
}

/// Absolute, and unambiguous even where it is not Unicode.
pub(super) fn path_text(path: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    absolute.to_str().map_or_else(|| format!("{absolute:?}"), str::to_owned)
}
