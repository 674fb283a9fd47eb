//! Uploading a part.

use obs_sign::{Dialect, Method};

use crate::body::{Body, Content};
use crate::error::Result;
use crate::multipart::{CompletedPart, UploadOf};
use crate::object::{check_sent, crc64_of};
use crate::operation::{Answer, Operation, Parts};
use crate::types::{Checks, ProgressListener, Sse, SseInfo, SseOption};

/// Uploads a part: 100 KB to 5 GB, only the last may be smaller. A part of the same number is replaced.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # let id = bucket.initiate_multipart_upload("big.bin").send()?.into_inner().upload_id;
/// # std::fs::write("big.bin", vec![0; 250 << 10])?;
/// use obs_core::Content;
///
/// let first = Content::file_range("big.bin", 0, 200 << 10);
/// let rest = Content::file_from("big.bin", 200 << 10);
/// let parts = [
///     bucket.upload_part("big.bin", &id, 1, first).send()?.completed(),
///     bucket.upload_part("big.bin", &id, 2, rest).attach_md5().send()?.completed(),
/// ];
/// bucket.complete_multipart_upload("big.bin", &id, parts).send()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug)]
pub struct UploadPart {
    upload: UploadOf,
    part_number: u32,
    content: Content,
    sse: SseOption,
    checks: Checks,
    progress: ProgressListener,
}

/// A part that was uploaded.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # let id = bucket.initiate_multipart_upload("big.bin").send()?.into_inner().upload_id;
/// let part = bucket.upload_part("big.bin", &id, 1, "all").send()?;
/// assert_eq!(part.crc64, part.sent_crc64);
/// bucket.complete_multipart_upload("big.bin", &id, [part.completed()]).send()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct UploadPartOutput {
    /// The number of the part.
    pub part_number: u32,
    /// The ETag, in quotes, which completing the upload needs.
    pub etag: String,
    /// How it is encrypted.
    pub sse: SseInfo,
    /// The CRC-64 that the server computed.
    pub crc64: Option<u64>,
    /// The CRC-64 of what was sent.
    pub sent_crc64: Option<u64>,
}

impl UploadPartOutput {
    /// What completing the upload needs of it.
    pub fn completed(&self) -> CompletedPart {
        CompletedPart::new(self.part_number, &self.etag)
    }
}

impl UploadPart {
    /// This part of that upload.
    pub fn new(
        key: impl Into<String>,
        upload_id: impl Into<String>,
        part_number: u32,
        content: impl Into<Content>,
    ) -> Self {
        Self {
            upload: UploadOf::new(key, upload_id),
            part_number,
            content: content.into(),
            sse: SseOption::default(),
            checks: Checks::default(),
            progress: ProgressListener::default(),
        }
    }
}

impl Operation for UploadPart {
    type Output = UploadPartOutput;
    const NAME: &'static str = "UploadPart";
    const METHOD: Method = Method::Put;
    const SIGNED_WITHOUT_BODY: bool = true;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        self.upload.write_part(self.part_number, parts)?;
        Sse::write_customer_key(self.sse.0.as_ref(), parts);
        self.checks.write(parts);
        Ok(())
    }

    fn body(&mut self, dialect: Dialect) -> Result<Body<'_>> {
        Ok(self.progress.observe(self.checks.body(&mut self.content, dialect)?))
    }

    fn decode(&self, answer: &mut Answer) -> Result<UploadPartOutput> {
        answer.nothing()?;
        check_sent(answer)?;
        self.progress.finish();
        Ok(UploadPartOutput {
            part_number: self.part_number,
            etag: answer.header("etag").unwrap_or_default(),
            sse: SseInfo::of(answer.head()),
            crc64: crc64_of(answer),
            sent_crc64: answer.sent_crc64(),
        })
    }
}

impl AsMut<SseOption> for UploadPart {
    fn as_mut(&mut self) -> &mut SseOption {
        &mut self.sse
    }
}

impl AsMut<Checks> for UploadPart {
    fn as_mut(&mut self) -> &mut Checks {
        &mut self.checks
    }
}

impl AsMut<ProgressListener> for UploadPart {
    fn as_mut(&mut self) -> &mut ProgressListener {
        &mut self.progress
    }
}
