//! Bodies on their way out: what a caller gives ([`Content`]) and what one attempt sends ([`Body`]).

mod outgoing;

use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use md5::{Digest, Md5};
use obs_sign::Headers;

pub(crate) use self::outgoing::Outgoing;
use crate::error::{Error, ErrorKind, Result};

/// What an upload sends: bytes, a file or a part of one, or a reader.
///
/// Everything but a one-way [`reader`](Content::reader) can be sent again when an attempt fails.
///
/// ```
/// use obs_core::Content;
/// let text: Content = "Hello OBS".into();
/// let bytes: Content = vec![0_u8; 16].into();
/// let part = Content::file_range("big.bin", 4096, 1024);
/// let stream = Content::reader(std::io::stdin());
/// # let _ = (text, bytes, part, stream);
/// ```
pub struct Content(Source);

type Opener = Arc<dyn Fn() -> io::Result<Box<dyn Read + Send>> + Send + Sync>;

enum Source {
    Bytes(Cow<'static, [u8]>),
    /// `limit` cuts what is there; `len` must be there.
    File {
        path: PathBuf,
        offset: u64,
        len: Option<u64>,
        limit: u64,
    },
    Once {
        reader: Once,
        len: Option<u64>,
    },
    Seek {
        reader: Box<dyn SeekRead>,
        start: Option<u64>,
        len: Option<u64>,
    },
    Open {
        open: Opener,
        len: u64,
    },
}

/// A stream that knows whether it was read from.
struct Once {
    reader: Box<dyn Read + Send>,
    touched: bool,
}

impl Read for Once {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.touched = true;
        self.reader.read(buffer)
    }
}

trait SeekRead: Read + Seek + Send {}
impl<T: Read + Seek + Send> SeekRead for T {}

impl Content {
    /// No bytes at all, as for a folder.
    pub fn empty() -> Self {
        Self(Source::Bytes(Cow::Borrowed(&[])))
    }

    /// A whole file. It is opened when the call is sent.
    pub fn file(path: impl AsRef<Path>) -> Self {
        Self::of_file(path, 0, None)
    }

    /// `len` bytes of a file from `offset`. A file that ends earlier is an error.
    pub fn file_range(path: impl AsRef<Path>, offset: u64, len: u64) -> Self {
        Self::of_file(path, offset, Some(len))
    }

    /// A file from `offset` to its end.
    pub fn file_from(path: impl AsRef<Path>, offset: u64) -> Self {
        Self::of_file(path, offset, None)
    }

    fn of_file(path: impl AsRef<Path>, offset: u64, len: Option<u64>) -> Self {
        Self(Source::File { path: path.as_ref().to_owned(), offset, len, limit: u64::MAX })
    }

    /// A stream of unknown length, sent in chunks. It can be read only once, so a call that was begun
    /// cannot be tried again ([`ErrorKind::NotReplayable`]).
    pub fn reader(reader: impl Read + Send + 'static) -> Self {
        Self(Source::Once { reader: Once { reader: Box::new(reader), touched: false }, len: None })
    }

    /// A stream of known length; one that ends earlier is an error. It can be read only once.
    pub fn sized_reader(reader: impl Read + Send + 'static, len: u64) -> Self {
        Self(Source::Once { reader: Once { reader: Box::new(reader), touched: false }, len: Some(len) })
    }

    /// A reader from where it stands to its end; another attempt seeks back.
    pub fn seekable(reader: impl Read + Seek + Send + 'static) -> Self {
        Self(Source::Seek { reader: Box::new(reader), start: None, len: None })
    }

    /// `len` bytes from a reader that is opened anew for each attempt.
    pub fn opened(
        len: u64,
        open: impl Fn() -> io::Result<Box<dyn Read + Send>> + Send + Sync + 'static,
    ) -> Self {
        Self(Source::Open { open: Arc::new(open), len })
    }

    /// Cuts the content to its first `limit` bytes (`contentLength` of the guide); what is shorter stays as it is, but for a
    /// one-way reader, whose end is an error then.
    #[must_use]
    pub fn limited(self, limit: u64) -> Self {
        let cut = |len: Option<u64>| Some(len.map_or(limit, |l| l.min(limit)));
        Self(match self.0 {
            Source::Bytes(bytes) => {
                let mut bytes = bytes.into_owned();
                bytes.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
                Source::Bytes(Cow::Owned(bytes))
            }
            Source::File { path, offset, len, limit: before } => {
                Source::File { path, offset, len, limit: before.min(limit) }
            }
            Source::Once { reader, len } => Source::Once { reader, len: cut(len) },
            Source::Seek { reader, start, len } => Source::Seek { reader, start, len: cut(len) },
            Source::Open { open, len } => Source::Open { open, len: len.min(limit) },
        })
    }

    /// Whether it can be sent again.
    pub(crate) fn is_replayable(&self) -> bool {
        !matches!(self.0, Source::Once { .. })
    }

    /// The path, if the content is a file.
    pub fn path(&self) -> Option<&Path> {
        match &self.0 {
            Source::File { path, .. } => Some(path),
            _ => None,
        }
    }

    /// What one attempt sends.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`] names the file that cannot be opened, [`ErrorKind::NotReplayable`] says that a
    /// one-way reader was used up.
    pub fn body(&mut self) -> Result<Body<'_>> {
        Ok(match &mut self.0 {
            Source::Bytes(bytes) => Body::bytes(&**bytes),
            Source::File { path, offset, len, limit } => {
                let mut file = File::open(&*path).map_err(|e| Error::io(path.display(), e))?;
                let metadata = file.metadata().map_err(|e| Error::io(path.display(), e))?;
                if !metadata.is_file() {
                    return Err(Error::invalid(format!("{} is not a file", path.display())));
                }
                let size = metadata.len();
                let rest = size.checked_sub(*offset).ok_or_else(|| {
                    Error::invalid(format!(
                        "{} has {size} bytes: nothing can be read from offset {offset}",
                        path.display()
                    ))
                })?;
                let len = len.unwrap_or(rest);
                if len > rest {
                    return Err(Error::invalid(format!(
                        "{} has {size} bytes: {len} bytes from offset {offset} are not there",
                        path.display()
                    )));
                }
                file.seek(SeekFrom::Start(*offset)).map_err(|e| Error::io(path.display(), e))?;
                Body::reader(file, Some(len.min(*limit)))
            }
            Source::Once { reader, len } => {
                if reader.touched {
                    return Err(Error::new(
                        ErrorKind::NotReplayable,
                        "the body is a stream that can be read only once; give bytes, a file or a seekable reader",
                    ));
                }
                Body::reader(reader, *len)
            }
            Source::Seek { reader, start, len } => {
                let stream = |e| Error::io("the reader to upload", e);
                let from = match *start {
                    Some(from) => reader.seek(SeekFrom::Start(from)).map_err(stream)?,
                    None => *start.insert(reader.stream_position().map_err(stream)?),
                };
                let end = reader.seek(SeekFrom::End(0)).map_err(stream)?;
                reader.seek(SeekFrom::Start(from)).map_err(stream)?;
                let rest = end.saturating_sub(from);
                Body::reader(reader, Some(len.map_or(rest, |l| l.min(rest))))
            }
            Source::Open { open, len } => {
                Body::reader(open().map_err(|e| Error::io("the source to upload", e))?, Some(*len))
            }
        })
    }
}

impl Default for Content {
    fn default() -> Self {
        Self::empty()
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::Bytes(bytes) => write!(f, "Content({} bytes)", bytes.len()),
            Source::File { path, offset, len, .. } => f
                .debug_struct("Content")
                .field("path", path)
                .field("offset", offset)
                .field("len", len)
                .finish(),
            Source::Once { len, .. } => f.debug_struct("Content").field("stream", len).finish(),
            Source::Seek { len, .. } => f.debug_struct("Content").field("seekable", len).finish(),
            Source::Open { len, .. } => f.debug_struct("Content").field("opened", len).finish(),
        }
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Source::Bytes(Cow::Owned(bytes)))
    }
}

impl From<&'static [u8]> for Content {
    fn from(bytes: &'static [u8]) -> Self {
        Self(Source::Bytes(Cow::Borrowed(bytes)))
    }
}

impl<const N: usize> From<&'static [u8; N]> for Content {
    fn from(bytes: &'static [u8; N]) -> Self {
        Self(Source::Bytes(Cow::Borrowed(bytes)))
    }
}

impl From<&'static str> for Content {
    fn from(text: &'static str) -> Self {
        text.as_bytes().into()
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        text.into_bytes().into()
    }
}

impl From<File> for Content {
    /// The file from where its cursor stands.
    fn from(file: File) -> Self {
        Self::seekable(file)
    }
}

impl From<()> for Content {
    fn from((): ()) -> Self {
        Self::empty()
    }
}

/// What OBS takes in one call: 5 GB.
const ONE_CALL_LIMIT: u64 = 5 << 30;

/// What one attempt sends.
///
/// ```
/// use obs_core::Body;
///
/// assert_eq!(Body::text("Hello OBS".to_owned()).len(), Some(9));
/// assert_eq!(Body::reader(std::io::empty(), None).len(), None);
/// ```
pub struct Body<'a> {
    pub(crate) data: Data<'a>,
    /// What follows from the bytes and goes along with them.
    pub(crate) headers: Vec<(Cow<'static, str>, String)>,
    /// The CRC-64 is to be taken as the bytes pass.
    pub(crate) crc64: bool,
}

pub(crate) enum Data<'a> {
    Empty,
    Bytes(Cow<'a, [u8]>),
    Reader { reader: Box<dyn Read + Send + 'a>, len: Option<u64> },
}

impl<'a> Body<'a> {
    fn new(data: Data<'a>) -> Self {
        Self { data, headers: Vec::new(), crc64: false }
    }

    /// No body.
    pub fn empty() -> Self {
        Self::new(Data::Empty)
    }

    /// Bytes in memory.
    pub fn bytes(bytes: impl Into<Cow<'a, [u8]>>) -> Self {
        Self::new(Data::Bytes(bytes.into()))
    }

    /// Text, such as an XML or JSON document.
    pub fn text(text: String) -> Self {
        Self::bytes(text.into_bytes())
    }

    /// A reader; exactly `len` bytes of it are sent, or all in chunks.
    pub fn reader(reader: impl Read + Send + 'a, len: Option<u64>) -> Self {
        Self::new(Data::Reader { reader: Box::new(reader), len })
    }

    /// Sends `Content-MD5` along, where the body lies in memory.
    #[must_use]
    pub fn with_content_md5(self) -> Self {
        let md5 = match &self.data {
            Data::Bytes(bytes) => md5_base64(bytes),
            Data::Empty => md5_base64(&[]),
            Data::Reader { .. } => return self,
        };
        self.with_header("content-md5", md5)
    }

    /// Sends a header along, unless the operation or the caller says otherwise.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<Cow<'static, str>>, value: String) -> Self {
        self.headers.push((name.into(), value));
        self
    }

    /// Adds the headers that go along with the bytes, where the operation or the caller does not say otherwise.
    pub(crate) fn write_headers(&self, headers: &mut Headers) {
        for (name, value) in &self.headers {
            if !headers.contains(name) {
                headers.insert(name.clone(), value.clone());
            }
        }
    }

    /// Takes the CRC-64 of what is sent, for [`Answer::sent_crc64`](crate::Answer::sent_crc64).
    #[must_use]
    pub fn with_crc64(mut self) -> Self {
        self.crc64 = true;
        self
    }

    /// Refuses what is longer than one call may be.
    pub(crate) fn within_one_call(self) -> Result<Self> {
        match self.len() {
            Some(len) if len > ONE_CALL_LIMIT => Err(Error::invalid(format!(
                "{len} bytes are more than the 5 GB that one call takes: upload in parts"
            ))),
            _ => Ok(self),
        }
    }

    /// The length, where it is known.
    pub fn len(&self) -> Option<u64> {
        match &self.data {
            Data::Empty => Some(0),
            Data::Bytes(bytes) => Some(bytes.len() as u64),
            Data::Reader { len, .. } => *len,
        }
    }

    /// Whether it is known to be empty.
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }
}

impl fmt::Debug for Body<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").field("len", &self.len()).finish_non_exhaustive()
    }
}

/// Base64 of the MD5, as in `Content-MD5`.
pub(crate) fn md5_base64(bytes: &[u8]) -> String {
    base64::Engine::encode(&base64::engine::general_purpose::STANDARD, Md5::digest(bytes))
}
