//! Downloading an object: into memory, as a stream, to a file.

use std::fs;
use std::io::{self, Read, Write};
use std::ops::Deref;
use std::path::Path;

use obs_sign::Method;

use crate::error::{Error, ErrorKind, Result};
use crate::object::finished_file::{PREFIX, SUFFIX, behind_links, publish};
use crate::object::{ObjectBody, ObjectMetadata};
use crate::operation::{Answer, Head, Operation, Parts};
use crate::request::Request;
use crate::types::{ByteRange, Conditions, ProgressListener, Sse, SseOption, VersionId};

/// Downloads an object or a range of it.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// let text = bucket.get_object("hello.txt").send()?.text()?;
/// let first = bucket.get_object("hello.txt").range(0..5).send()?.bytes()?;
/// let shown = bucket.get_object("hello.txt").response_content_type("text/plain").send()?;
/// std::io::copy(&mut bucket.get_object("hello.txt").send()?.body, &mut std::io::stdout())?;
/// # assert_eq!((text.as_str(), first.len(), shown.content_type.as_deref()), ("hello.txt", 5, Some("text/plain")));
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct GetObject {
    key: String,
    version_id: VersionId,
    pub(super) range: Option<ByteRange>,
    conditions: Conditions,
    sse: SseOption,
    rewrite: Vec<(&'static str, String)>,
    image_process: Option<String>,
    origin: Option<String>,
    request_headers: Option<String>,
    pub(super) progress: ProgressListener,
}

/// An object on its way: its properties, and its bytes as they come.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// let mut object = bucket.get_object("hello.txt").send()?;
/// println!("{:?} bytes of {:?}", object.content_length, object.content_type);
/// object.save("downloads/hello.txt")?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct GetObjectOutput {
    /// The properties. They can be had from the output itself too: `object.etag`, `object.metadata.get("owner")`.
    pub properties: ObjectMetadata,
    /// Which bytes these are, of an answer to a range: `bytes 0-99/1234`.
    pub content_range: Option<String>,
    /// The bytes.
    pub body: ObjectBody,
}

impl Deref for GetObjectOutput {
    type Target = ObjectMetadata;

    fn deref(&self) -> &ObjectMetadata {
        &self.properties
    }
}

impl GetObjectOutput {
    /// Reads all into memory.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Connection`] if the download breaks off, [`ErrorKind::Integrity`] if the CRC-64 does not agree.
    pub fn bytes(&mut self) -> Result<Vec<u8>> {
        // What a server promises is believed up to a point: memory is taken as bytes come.
        let promised = self.properties.content_length.unwrap_or(0).min(1 << 20);
        let mut bytes = Vec::with_capacity(usize::try_from(promised).unwrap_or(0));
        self.body.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Reads all into memory, as text.
    ///
    /// # Errors
    ///
    /// As [`bytes`](Self::bytes), and [`ErrorKind::Decode`] if it is not UTF-8.
    pub fn text(&mut self) -> Result<String> {
        String::from_utf8(self.bytes()?)
            .map_err(|e| Error::new(ErrorKind::Decode, "the object is not UTF-8").with_source(e))
    }

    /// Writes all to a file, by way of a temporary one beside it, which its owner alone can read: the file is never half
    /// there. It keeps the permissions that it had; a new one has those of any new file. A link stays and leads to it. Missing folders
    /// are made.
    ///
    /// # Errors
    ///
    /// As [`bytes`](Self::bytes), and [`ErrorKind::Io`] naming the file that cannot be written.
    pub fn save(&mut self, path: impl AsRef<Path>) -> Result<u64> {
        let path = path.as_ref();
        let path = &behind_links(path).map_err(|e| Error::from(e).about(path.display()))?;
        let named = |e: io::Error| match Error::from(e) {
            error if error.kind() == ErrorKind::Io => error.about(path.display()),
            error => error,
        };
        if path.is_dir() {
            return Err(Error::invalid(format!("{} is a folder: give the path of a file", path.display())));
        }
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(named)?;
        let mut temporary =
            tempfile::Builder::new().prefix(PREFIX).suffix(SUFFIX).tempfile_in(folder).map_err(named)?;
        let written = self.copy_to(temporary.as_file_mut()).map_err(named)?;
        publish(temporary.as_file(), path).map_err(named)?;
        temporary.as_file().sync_all().map_err(named)?;
        temporary.persist(path).map_err(|e| named(e.error))?;
        Ok(written)
    }

    /// Writes all to a writer.
    ///
    /// # Errors
    ///
    /// Those of the download come back as [`Error`] when they are converted.
    pub fn copy_to(&mut self, writer: &mut (impl Write + ?Sized)) -> io::Result<u64> {
        io::copy(&mut self.body, writer)
    }
}

impl GetObject {
    /// This object.
    pub fn new(key: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            version_id: VersionId::default(),
            range: None,
            conditions: Conditions::default(),
            sse: SseOption::default(),
            rewrite: Vec::new(),
            image_process: None,
            origin: None,
            request_headers: None,
            progress: ProgressListener::default(),
        }
    }

    /// The same for the rest of the very version that this answer is about; none where that would be another object, as of
    /// an image that is made anew for each request.
    pub(super) fn for_rest(&self, etag: &str, head: &Head) -> Option<Self> {
        if self.image_process.is_some() || (head.status() == 206) != self.range.is_some() {
            return None;
        }
        let version_id = head.prefixed("version-id").map(str::to_owned).or_else(|| self.version_id.0.clone());
        Some(Self {
            version_id: VersionId(version_id),
            conditions: Conditions::unchanged(etag),
            progress: ProgressListener::default(),
            ..self.clone()
        })
    }
}

impl Operation for GetObject {
    type Output = GetObjectOutput;
    const NAME: &'static str = "GetObject";
    const METHOD: Method = Method::Get;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        parts.key(&self.key);
        for (name, value) in &self.rewrite {
            parts.query(*name, value);
        }
        self.version_id.write(parts);
        parts.query_opt("x-image-process", self.image_process.as_deref());
        if let Some(range) = &self.range {
            parts.header("range", &range.header()?);
        }
        self.conditions.write(parts);
        parts.header_opt("origin", self.origin.as_deref());
        parts.header_opt("access-control-request-headers", self.request_headers.as_deref());
        Sse::write_customer_key(self.sse.0.as_ref(), parts);
        Ok(())
    }

    fn decode(&self, answer: &mut Answer) -> Result<GetObjectOutput> {
        let properties = ObjectMetadata::of(answer.head());
        // The CRC-64 is that of the whole object as it is stored.
        let whole = answer.head().status() == 200 && self.range.is_none() && self.image_process.is_none();
        Ok(GetObjectOutput {
            content_range: answer.header("content-range"),
            body: ObjectBody::new(answer, self, properties.crc64.filter(|_| whole)),
            properties,
        })
    }
}

impl AsMut<VersionId> for GetObject {
    fn as_mut(&mut self) -> &mut VersionId {
        &mut self.version_id
    }
}

impl AsMut<Conditions> for GetObject {
    fn as_mut(&mut self) -> &mut Conditions {
        &mut self.conditions
    }
}

impl AsMut<SseOption> for GetObject {
    fn as_mut(&mut self) -> &mut SseOption {
        &mut self.sse
    }
}

impl AsMut<ProgressListener> for GetObject {
    fn as_mut(&mut self) -> &mut ProgressListener {
        &mut self.progress
    }
}

macro_rules! rewrites {
    ($($(#[$doc:meta])* $name:ident = $parameter:literal;)*) => {
        $($(#[$doc])*
        pub fn $name(mut self, value: impl Into<String>) -> Self {
            self.operation.rewrite.push(($parameter, value.into()));
            self
        })*
    };
}

impl Request<GetObject> {
    /// Only these bytes, such as `0..100` for the first hundred.
    pub fn range(mut self, range: impl Into<ByteRange>) -> Self {
        self.operation.range = Some(range.into());
        self
    }

    /// Has the service process an image, such as `image/resize,m_fixed,w_100,h_100`.
    pub fn image_process(mut self, commands: impl Into<String>) -> Self {
        self.operation.image_process = Some(commands.into());
        self
    }

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

    rewrites! {
        /// Makes the answer say this `Content-Type`.
        response_content_type = "response-content-type";
        /// Makes the answer say this `Content-Language`.
        response_content_language = "response-content-language";
        /// Makes the answer say this `Expires`.
        response_expires = "response-expires";
        /// Makes the answer say this `Cache-Control`.
        response_cache_control = "response-cache-control";
        /// Makes the answer say this `Content-Disposition`.
        response_content_disposition = "response-content-disposition";
        /// Makes the answer say this `Content-Encoding`.
        response_content_encoding = "response-content-encoding";
    }
}
