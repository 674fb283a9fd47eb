//! Checksums that are sent ahead, so that the server refuses a damaged body.

use std::io::{self, Read};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use obs_sign::Dialect;

use crate::body::{Body, Content};
use crate::checksum::Crc64;
use crate::error::{Error, Result};
use crate::operation::{Operation, Parts};
use crate::request::Request;

/// The checksums of a body: known to the caller, or to be computed before it is sent.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// // What is known is sent along; what is not can be computed first.
/// bucket
///     .put_content("a.txt", "Hello OBS")
///     .crc64(obs_core::checksum::crc64(b"Hello OBS"))
///     .send()?;
/// bucket.put_content("b.txt", "Hello OBS").attach_md5().send()?;
/// let damaged = bucket.put_content("c.txt", "Hello OBS").crc64(0).send();
/// assert!(damaged.is_err());
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Checks {
    content_md5: Option<String>,
    sha256: Option<String>,
    crc64: Option<u64>,
    attach_md5: bool,
    attach_crc64: bool,
}

const CRC64_HEADER: &str = "checksum-crc64ecma";

impl Checks {
    /// Writes those that are known.
    pub(crate) fn write(&self, parts: &mut Parts) {
        parts.header_opt("content-md5", self.content_md5.as_deref());
        parts.prefixed_opt("content-sha256", self.sha256.as_deref());
        parts.prefixed_opt(CRC64_HEADER, self.crc64);
    }

    /// The body of an attempt, with those that are to be computed. That takes another pass over the content.
    pub(crate) fn body<'c>(&self, content: &'c mut Content, dialect: Dialect) -> Result<Body<'c>> {
        let attach_md5 = self.attach_md5 && self.content_md5.is_none();
        let attach_crc64 = self.attach_crc64 && self.crc64.is_none();
        if !attach_md5 && !attach_crc64 {
            return Ok(content.body()?.within_one_call()?.with_crc64());
        }
        if !content.is_replayable() {
            return Err(Error::invalid(
                "a stream cannot be read ahead for its checksum: give the checksum, or bytes or a file",
            ));
        }
        let mut sums = Sums { md5: attach_md5.then(Md5::new), crc64: attach_crc64.then(Crc64::new) };
        content.body()?.within_one_call()?.pass(&mut sums)?;
        let mut body = content.body()?.with_crc64();
        if let Some(md5) = sums.md5 {
            body = body.with_header("content-md5", STANDARD.encode(md5.finalize()));
        }
        if let Some(crc64) = sums.crc64 {
            body = body.with_header(dialect.header(CRC64_HEADER), crc64.sum64().to_string());
        }
        Ok(body)
    }
}

/// The checksums of what is written to it.
struct Sums {
    md5: Option<Md5>,
    crc64: Option<Crc64>,
}

impl io::Write for Sums {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(md5) = &mut self.md5 {
            md5.update(bytes);
        }
        if let Some(crc64) = &mut self.crc64 {
            crc64.write(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Body<'_> {
    /// Writes all of it elsewhere, as it would be sent.
    fn pass(self, to: &mut impl io::Write) -> Result<()> {
        use crate::body::{Data, Outgoing};
        match self.data {
            Data::Empty => Ok(()),
            Data::Bytes(bytes) => Ok(to.write_all(&bytes)?),
            Data::Reader { mut reader, len } => {
                let mut outgoing = Outgoing::new(&mut *reader, len, false);
                let mut buffer = vec![0; 64 << 10];
                loop {
                    let read = match outgoing.read(&mut buffer) {
                        Ok(0) => return Ok(()),
                        Ok(read) => read,
                        Err(error) => return Err(outgoing.failure.take().unwrap_or(error).into()),
                    };
                    to.write_all(buffer.get(..read).unwrap_or_default())?;
                }
            }
        }
    }
}

impl<O: Operation + AsMut<Checks>> Request<O> {
    /// Base64 of the MD5 of the body: the server refuses a body that differs.
    pub fn content_md5(mut self, base64: impl Into<String>) -> Self {
        self.operation.as_mut().content_md5 = Some(base64.into());
        self
    }

    /// Hexadecimal SHA-256 of the body: the server refuses a body that differs.
    pub fn content_sha256(mut self, hex: impl Into<String>) -> Self {
        self.operation.as_mut().sha256 = Some(hex.into());
        self
    }

    /// CRC-64 of the body: the server refuses a body that differs. See [`checksum`](crate::checksum).
    pub fn crc64(mut self, crc64: u64) -> Self {
        self.operation.as_mut().crc64 = Some(crc64);
        self
    }

    /// Computes the MD5 before the body is sent, and sends it ahead (`isAttachMd5`). Costs a pass over the body at some
    /// 0.7 GB/s; a one-way stream is refused.
    pub fn attach_md5(mut self) -> Self {
        self.operation.as_mut().attach_md5 = true;
        self
    }

    /// Computes the CRC-64 before the body is sent, and sends it ahead (`isAttachCrc64`). Costs a pass over the body; a
    /// one-way stream is refused. Without it the CRC-64 is computed as the body passes, and compared with the server's.
    pub fn attach_crc64(mut self) -> Self {
        self.operation.as_mut().attach_crc64 = true;
        self
    }
}
