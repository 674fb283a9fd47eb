//! The properties of an object.

use std::time::SystemTime;

use obs_sign::Method;

use crate::error::Result;
use crate::operation::{Answer, Head, Operation, Parts};
use crate::request::Request;
use crate::types::{CorsHeaders, Metadata, Sse, SseInfo, SseOption, StorageClass, VersionId};

/// What the headers of an answer say of an object.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// bucket.set_object_metadata("hello.txt").metadata("owner", "alice").send()?;
/// let object = bucket.get_object_metadata("hello.txt").send()?;
/// assert_eq!((object.content_length, object.metadata.get("owner")), (Some(9), Some("alice")));
/// println!("{:?} {:?}", object.etag, object.modified());
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObjectMetadata {
    /// The length of the body in bytes: of a range, that of the range.
    pub content_length: Option<u64>,
    /// The MIME type.
    pub content_type: Option<String>,
    /// The ETag, in quotes.
    pub etag: Option<String>,
    /// When it was last changed, as it stands in the header; see [`modified`](Self::modified).
    pub last_modified: Option<String>,
    /// The storage class; none is Standard.
    pub storage_class: Option<StorageClass>,
    /// The version, where the bucket keeps versions.
    pub version_id: Option<String>,
    /// When a lifecycle rule will delete it.
    pub expiration: Option<String>,
    /// Whether a Cold object is being or has been restored.
    pub restore: Option<String>,
    /// Where the static website redirects to.
    pub website_redirect_location: Option<String>,
    /// `Cache-Control`.
    pub cache_control: Option<String>,
    /// `Content-Disposition`.
    pub content_disposition: Option<String>,
    /// `Content-Encoding`; the bytes arrive as they are stored.
    pub content_encoding: Option<String>,
    /// `Content-Language`.
    pub content_language: Option<String>,
    /// `Expires`.
    pub expires: Option<String>,
    /// Whether the version is a delete marker.
    pub delete_marker: Option<bool>,
    /// How the version is protected from being deleted, such as `COMPLIANCE`.
    pub object_lock_mode: Option<String>,
    /// Until when it is protected, as it stands in the header.
    pub object_lock_retain_until: Option<String>,
    /// Whether it can be appended to.
    pub is_appendable: bool,
    /// Where the next append begins.
    pub next_position: Option<u64>,
    /// How it is encrypted.
    pub sse: SseInfo,
    /// What the CORS rules allow.
    pub cors: CorsHeaders,
    /// The CRC-64 of the whole object.
    pub crc64: Option<u64>,
    /// What callers wrote to it.
    pub metadata: Metadata,
}

impl ObjectMetadata {
    /// Reads all headers once: looking up each of the names cost a small download more than its signature.
    pub(crate) fn of(head: &Head) -> Self {
        let mut found = Self {
            sse: SseInfo::of(head),
            cors: CorsHeaders::of(head),
            metadata: Metadata::of(head),
            ..Self::default()
        };
        for (name, value) in head.headers().iter() {
            match name.strip_prefix("x-obs-") {
                Some(name) => found.take_prefixed(name, value),
                None => found.take_standard(name, value),
            }
        }
        // An answer may have both forms; that of OBS counts.
        for (name, value) in head.headers().iter() {
            if let Some(name) = name.strip_prefix("x-amz-") {
                found.take_prefixed(name, value);
            }
        }
        found
    }

    fn take_standard(&mut self, name: &str, value: &str) {
        match name {
            "cache-control" => text(&mut self.cache_control, value),
            "content-disposition" => text(&mut self.content_disposition, value),
            "content-encoding" => text(&mut self.content_encoding, value),
            "content-language" => text(&mut self.content_language, value),
            "content-length" => number(&mut self.content_length, value),
            "content-type" => text(&mut self.content_type, value),
            "etag" => text(&mut self.etag, value),
            "expires" => text(&mut self.expires, value),
            "last-modified" => text(&mut self.last_modified, value),
            _ => {}
        }
    }

    fn take_prefixed(&mut self, name: &str, value: &str) {
        match name {
            "checksum-crc64ecma" => number(&mut self.crc64, value),
            "delete-marker" => first(&mut self.delete_marker, || value.eq_ignore_ascii_case("true")),
            "expiration" => text(&mut self.expiration, value),
            "next-append-position" => number(&mut self.next_position, value),
            "object-lock-mode" => text(&mut self.object_lock_mode, value),
            "object-lock-retain-until-date" => text(&mut self.object_lock_retain_until, value),
            "object-type" => self.is_appendable |= value == "Appendable",
            "restore" => text(&mut self.restore, value),
            "storage-class" => first(&mut self.storage_class, || StorageClass::from(value)),
            "version-id" => text(&mut self.version_id, value),
            "website-redirect-location" => text(&mut self.website_redirect_location, value),
            _ => {}
        }
    }

    /// When it was last changed.
    pub fn modified(&self) -> Option<SystemTime> {
        httpdate::parse_http_date(self.last_modified.as_deref()?).ok()
    }
}

/// Of several headers of one name the first counts.
fn first<T>(field: &mut Option<T>, value: impl FnOnce() -> T) {
    field.get_or_insert_with(value);
}

fn text(field: &mut Option<String>, value: &str) {
    first(field, || value.to_owned());
}

fn number(field: &mut Option<u64>, value: &str) {
    if field.is_none() {
        *field = value.trim().parse().ok();
    }
}

/// Asks for the properties of an object.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// let object = bucket.get_object_metadata("hello.txt").send()?;
/// println!("{:?} bytes, owner {:?}", object.content_length, object.metadata.get("owner"));
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct GetObjectMetadata {
    key: String,
    version_id: VersionId,
    sse: SseOption,
    origin: Option<String>,
    request_headers: Option<String>,
}

impl GetObjectMetadata {
    /// Of this object.
    pub fn new(key: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            version_id: VersionId::default(),
            sse: SseOption::default(),
            origin: None,
            request_headers: None,
        }
    }
}

impl Operation for GetObjectMetadata {
    type Output = ObjectMetadata;
    const NAME: &'static str = "GetObjectMetadata";
    const METHOD: Method = Method::Head;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        parts.key(&self.key);
        self.version_id.write(parts);
        parts.header_opt("origin", self.origin.as_deref());
        parts.header_opt("access-control-request-headers", self.request_headers.as_deref());
        Sse::write_customer_key(self.sse.0.as_ref(), parts);
        Ok(())
    }

    fn decode(&self, answer: &mut Answer) -> Result<ObjectMetadata> {
        answer.nothing()?;
        Ok(ObjectMetadata::of(answer.head()))
    }
}

impl AsMut<VersionId> for GetObjectMetadata {
    fn as_mut(&mut self) -> &mut VersionId {
        &mut self.version_id
    }
}

impl AsMut<SseOption> for GetObjectMetadata {
    fn as_mut(&mut self) -> &mut SseOption {
        &mut self.sse
    }
}

impl Request<GetObjectMetadata> {
    /// The origin of a page that asks, for the CORS rules.
    pub fn origin(mut self, origin: impl Into<String>) -> Self {
        self.operation.origin = Some(origin.into());
        self
    }

    /// The headers that a page wants to send, for the CORS rules.
    pub fn request_headers(mut self, headers: impl Into<String>) -> Self {
        self.operation.request_headers = Some(headers.into());
        self
    }
}

/// Asks whether an object exists.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// let exists = match bucket.head_object("hello.txt").send() {
///     Ok(_) => true,
///     Err(error) if error.is_not_found() => false,
///     Err(error) => return Err(error),
/// };
/// # assert!(exists);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct HeadObject {
    key: String,
    version_id: VersionId,
}

impl HeadObject {
    /// This object.
    pub fn new(key: impl Into<String>) -> Self {
        Self { key: key.into(), version_id: VersionId::default() }
    }
}

impl Operation for HeadObject {
    type Output = ();
    const NAME: &'static str = "HeadObject";
    const METHOD: Method = Method::Head;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        parts.key(&self.key);
        self.version_id.write(parts);
        Ok(())
    }

    fn decode(&self, answer: &mut Answer) -> Result<()> {
        answer.nothing()
    }
}

impl AsMut<VersionId> for HeadObject {
    fn as_mut(&mut self) -> &mut VersionId {
        &mut self.version_id
    }
}
