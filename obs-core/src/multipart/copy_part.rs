//! Filling a part from an object that is there already.

use std::time::SystemTime;

use obs_sign::Method;

use crate::error::Result;
use crate::multipart::{CompletedPart, UploadOf};
use crate::object::crc64_of;
use crate::operation::{Answer, Operation, Parts};
use crate::request::Request;
use crate::types::{ByteRange, Conditions, CopySource, SseInfo, SseOption, instant};
use crate::xml::NodeExt;

/// Fills a part with bytes of another object, without moving them through the client.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # let id = bucket.initiate_multipart_upload("big.bin").send()?.into_inner().upload_id;
/// use obs_core::CopySource;
///
/// let part = bucket
///     .copy_part("big.bin", &id, 1, CopySource::new("my-bucket", "hello.txt"))
///     .source_range(0..5)
///     .send()?;
/// bucket.complete_multipart_upload("big.bin", &id, [part.completed()]).send()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct CopyPart {
    upload: UploadOf,
    part_number: u32,
    source: CopySource,
    range: Option<ByteRange>,
    conditions: Conditions,
    sse: SseOption,
}

/// A part that was filled.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # let id = bucket.initiate_multipart_upload("big.bin").send()?.into_inner().upload_id;
/// use obs_core::CopySource;
///
/// let part =
///     bucket.copy_part("big.bin", &id, 7, CopySource::new("my-bucket", "hello.txt")).send()?;
/// assert_eq!(part.part_number, 7);
/// println!("{}", part.etag);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CopyPartOutput {
    /// The number of the part.
    pub part_number: u32,
    /// The ETag, in quotes, which completing the upload needs.
    pub etag: String,
    /// When it was filled.
    pub last_modified: Option<SystemTime>,
    /// How it is encrypted.
    pub sse: SseInfo,
    /// The CRC-64 of the part, where the service tells it.
    pub crc64: Option<u64>,
}

impl CopyPartOutput {
    /// What completing the upload needs of it.
    pub fn completed(&self) -> CompletedPart {
        CompletedPart::new(self.part_number, &self.etag)
    }
}

impl CopyPart {
    /// This part of that upload.
    pub fn new(
        key: impl Into<String>,
        upload_id: impl Into<String>,
        part_number: u32,
        source: impl Into<CopySource>,
    ) -> Self {
        Self {
            upload: UploadOf::new(key, upload_id),
            part_number,
            source: source.into(),
            range: None,
            conditions: Conditions::default(),
            sse: SseOption::default(),
        }
    }
}

impl Operation for CopyPart {
    type Output = CopyPartOutput;
    const NAME: &'static str = "CopyPart";
    const METHOD: Method = Method::Put;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        self.upload.write_part(self.part_number, parts)?;
        self.source.write(parts)?;
        if let Some(range) = &self.range {
            parts.prefixed("copy-source-range", range.header()?);
        }
        self.conditions.write_for_copy_source(parts);
        if let Some(sse) = &self.sse.0 {
            sse.write(parts);
        }
        Ok(())
    }

    fn decode(&self, answer: &mut Answer) -> Result<CopyPartOutput> {
        let (sse, crc64) = (SseInfo::of(answer.head()), crc64_of(answer));
        answer.xml(|root| {
            Ok(CopyPartOutput {
                part_number: self.part_number,
                etag: root.text_of("ETag")?,
                last_modified: instant::child_time(root, "LastModified")?,
                sse,
                crc64,
            })
        })
    }
}

impl AsMut<CopySource> for CopyPart {
    fn as_mut(&mut self) -> &mut CopySource {
        &mut self.source
    }
}

impl AsMut<Conditions> for CopyPart {
    fn as_mut(&mut self) -> &mut Conditions {
        &mut self.conditions
    }
}

impl AsMut<SseOption> for CopyPart {
    fn as_mut(&mut self) -> &mut SseOption {
        &mut self.sse
    }
}

impl Request<CopyPart> {
    /// Which bytes of the source, such as `0..100 << 20`. Default: all.
    pub fn source_range(mut self, range: impl Into<ByteRange>) -> Self {
        self.operation.range = Some(range.into());
        self
    }
}
