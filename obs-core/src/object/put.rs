//! Uploading an object in one piece.

use std::path::PathBuf;

use obs_sign::{Dialect, Method};

use crate::body::{Body, Content};
use crate::error::{Error, ErrorKind, Result};
use crate::operation::{Answer, Operation, Parts};
use crate::request::Request;
use crate::types::{
    CallbackOption, Checks, ObjectHeaders, ProgressListener, Sse, SseInfo, SseOption, StorageClass, mime_type,
};

/// Uploads text, bytes, a stream or a file as an object of at most 5 GB (`putContent`, `putObject` and `putFile` of the guide).
/// A folder is an object without bytes whose key ends with `/`.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # std::fs::write("photo.jpg", "pixels")?;
/// use obs_core::{Content, StorageClass};
///
/// bucket.put_content("hello.txt", "Hello OBS").metadata("owner", "alice").send()?;
/// bucket.put_content("parent_directory/", ()).send()?;
/// bucket
///     .put_content("stream.bin", Content::reader(std::fs::File::open("photo.jpg")?))
///     .send()?;
/// bucket
///     .put_file("photo.jpg", "photo.jpg")
///     .storage_class(StorageClass::Warm)
///     .attach_md5()
///     .send()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug)]
pub struct PutObject {
    key: String,
    content: Content,
    headers: ObjectHeaders,
    sse: SseOption,
    checks: Checks,
    progress: ProgressListener,
    callback: CallbackOption,
}

/// What the service says of an object that was written.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// let put = bucket.put_content("hello.txt", "Hello OBS").send()?;
/// println!("{} has ETag {:?}, version {:?}", put.object_url, put.etag, put.version_id);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PutObjectOutput {
    /// The ETag, in quotes. Unless the object is encrypted it is the MD5 of the bytes.
    pub etag: Option<String>,
    /// The version, where the bucket keeps versions.
    pub version_id: Option<String>,
    /// The storage class, unless it is Standard.
    pub storage_class: Option<StorageClass>,
    /// How it is encrypted.
    pub sse: SseInfo,
    /// The CRC-64 that the server computed.
    pub crc64: Option<u64>,
    /// The URL of the object.
    pub object_url: String,
    /// What the server of a [`callback`](Request::callback) answered.
    pub callback_answer: Option<Vec<u8>>,
}

impl PutObjectOutput {
    pub(crate) fn of(answer: &Answer) -> Self {
        let head = answer.head();
        Self {
            etag: answer.header("etag"),
            version_id: answer.prefixed("version-id"),
            storage_class: head.prefixed("storage-class").map(StorageClass::from),
            sse: SseInfo::of(head),
            crc64: crc64_of(answer),
            object_url: answer.resource_url().to_owned(),
            callback_answer: None,
        }
    }
}

/// The CRC-64 in an answer.
pub(crate) fn crc64_of(answer: &Answer) -> Option<u64> {
    answer.head().prefixed("checksum-crc64ecma")?.trim().parse().ok()
}

/// Compares what was sent with what arrived, where the server tells.
pub(crate) fn check_sent(answer: &Answer) -> Result<()> {
    match (answer.sent_crc64(), crc64_of(answer)) {
        (Some(sent), Some(stored)) if sent != stored => Err(Error::new(
            ErrorKind::Integrity,
            format!(
                "the server stored other bytes than were sent: CRC-64 {stored} instead of {sent}; upload again"
            ),
        )),
        _ => Ok(()),
    }
}

impl PutObject {
    /// An upload of this content under this key.
    pub fn new(key: impl Into<String>, content: impl Into<Content>) -> Self {
        Self {
            key: key.into(),
            content: content.into(),
            headers: ObjectHeaders::default(),
            sse: SseOption::default(),
            checks: Checks::default(),
            progress: ProgressListener::default(),
            callback: CallbackOption::default(),
        }
    }

    /// An upload of a file. An empty key stands for the name of the file.
    pub fn file(key: impl Into<String>, path: impl Into<PathBuf>) -> Self {
        let (mut key, path) = (key.into(), path.into());
        if key.is_empty() {
            key = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        }
        Self::new(key, Content::file(path))
    }

    /// By the suffix of the key, else of the file.
    fn guessed_type(&self) -> Option<&'static str> {
        mime_type(&self.key).or_else(|| mime_type(self.content.path()?.to_str()?))
    }
}

impl Operation for PutObject {
    type Output = PutObjectOutput;
    const NAME: &'static str = "PutObject";
    const METHOD: Method = Method::Put;
    const SIGNED_WITHOUT_BODY: bool = true;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        parts.key(&self.key);
        self.headers.write(parts, self.guessed_type())?;
        if let Some(sse) = &self.sse.0 {
            Sse::write(sse, parts);
        }
        self.checks.write(parts);
        self.callback.write(parts)
    }

    fn body(&mut self, dialect: Dialect) -> Result<Body<'_>> {
        Ok(self.progress.observe(self.checks.body(&mut self.content, dialect)?))
    }

    fn decode(&self, answer: &mut Answer) -> Result<PutObjectOutput> {
        let body = answer.bytes_unless_error()?;
        check_sent(answer)?;
        self.progress.finish();
        let callback_answer = self.callback.0.is_some().then_some(body);
        Ok(PutObjectOutput { callback_answer, ..PutObjectOutput::of(answer) })
    }
}

impl AsMut<ObjectHeaders> for PutObject {
    fn as_mut(&mut self) -> &mut ObjectHeaders {
        &mut self.headers
    }
}

impl AsMut<SseOption> for PutObject {
    fn as_mut(&mut self) -> &mut SseOption {
        &mut self.sse
    }
}

impl AsMut<Checks> for PutObject {
    fn as_mut(&mut self) -> &mut Checks {
        &mut self.checks
    }
}

impl AsMut<CallbackOption> for PutObject {
    fn as_mut(&mut self) -> &mut CallbackOption {
        &mut self.callback
    }
}

impl AsMut<ProgressListener> for PutObject {
    fn as_mut(&mut self) -> &mut ProgressListener {
        &mut self.progress
    }
}

impl Request<PutObject> {
    /// Sends only the first bytes of the content (`contentLength` of the guide).
    pub fn content_length(mut self, bytes: u64) -> Self {
        self.operation.content = std::mem::take(&mut self.operation.content).limited(bytes);
        self
    }
}
