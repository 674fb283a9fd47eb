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
    pub(crate) fn of(head: &Head) -> Self {
        let text = |name| head.headers().get(name).map(str::to_owned);
        let prefixed = |name| head.prefixed(name).map(str::to_owned);
        let number = |name| head.prefixed(name).and_then(|n| n.trim().parse().ok());
        Self {
            content_length: head.number("content-length"),
            content_type: text("content-type"),
            etag: text("etag"),
            last_modified: text("last-modified"),
            storage_class: head.prefixed("storage-class").map(StorageClass::from),
            version_id: prefixed("version-id"),
            expiration: prefixed("expiration"),
            restore: prefixed("restore"),
            website_redirect_location: prefixed("website-redirect-location"),
            cache_control: text("cache-control"),
            content_disposition: text("content-disposition"),
            content_encoding: text("content-encoding"),
            content_language: text("content-language"),
            expires: text("expires"),
            delete_marker: head.prefixed("delete-marker").map(|m| m.eq_ignore_ascii_case("true")),
            object_lock_mode: prefixed("object-lock-mode"),
            object_lock_retain_until: prefixed("object-lock-retain-until-date"),
            is_appendable: head.prefixed("object-type") == Some("Appendable"),
            next_position: head.next_position(),
            sse: SseInfo::of(head),
            cors: CorsHeaders::of(head),
            crc64: number("checksum-crc64ecma"),
            metadata: Metadata::of(head),
        }
    }

    /// When it was last changed.
    pub fn modified(&self) -> Option<SystemTime> {
        httpdate::parse_http_date(self.last_modified.as_deref()?).ok()
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
