//! Beginning an upload in parts.

use obs_sign::Method;

use crate::error::Result;
use crate::operation::{Answer, Operation, Parts};
use crate::types::{EncodingType, KeyDecoder, ObjectHeaders, SseInfo, SseOption, mime_type};
use crate::xml::NodeExt;

/// Begins an upload in parts. What the object is to be (class, metadata, access, encryption) is said here.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// let upload = bucket.initiate_multipart_upload("big.bin").metadata("owner", "alice").send()?;
/// let part = bucket.upload_part("big.bin", &upload.upload_id, 1, "the only part").send()?;
/// bucket.complete_multipart_upload("big.bin", &upload.upload_id, [part.completed()]).send()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct InitiateMultipartUpload {
    key: String,
    headers: ObjectHeaders,
    sse: SseOption,
    encoding_type: EncodingType,
}

/// An upload that was begun.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// let upload = bucket.initiate_multipart_upload("big.bin").send()?;
/// println!("parts of {} belong to {}", upload.key, upload.upload_id);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct InitiateMultipartUploadOutput {
    /// The bucket.
    pub bucket: String,
    /// The object that it will make.
    pub key: String,
    /// The id that all later calls about it name.
    pub upload_id: String,
    /// `url` if the server encoded the key; it is decoded here.
    pub encoding_type: Option<String>,
    /// How the object will be encrypted.
    pub sse: SseInfo,
}

impl InitiateMultipartUpload {
    /// An upload that makes this object.
    pub fn new(key: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            headers: ObjectHeaders::default(),
            sse: SseOption::default(),
            encoding_type: EncodingType::default(),
        }
    }
}

impl Operation for InitiateMultipartUpload {
    type Output = InitiateMultipartUploadOutput;
    const NAME: &'static str = "InitiateMultipartUpload";
    const METHOD: Method = Method::Post;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        parts.key(&self.key);
        parts.flag("uploads");
        self.encoding_type.write(parts);
        self.headers.write(parts, mime_type(&self.key))?;
        if let Some(sse) = &self.sse.0 {
            sse.write(parts);
        }
        Ok(())
    }

    fn decode(&self, answer: &mut Answer) -> Result<InitiateMultipartUploadOutput> {
        let sse = SseInfo::of(answer.head());
        answer.xml(|root| {
            let encoding_type = root.opt_text("EncodingType");
            Ok(InitiateMultipartUploadOutput {
                bucket: root.opt_text("Bucket").unwrap_or_default(),
                key: KeyDecoder::of(encoding_type.as_deref())
                    .decode(root.opt_text("Key").unwrap_or_default())?,
                upload_id: root.text_of("UploadId")?,
                encoding_type,
                sse,
            })
        })
    }
}

impl AsMut<ObjectHeaders> for InitiateMultipartUpload {
    fn as_mut(&mut self) -> &mut ObjectHeaders {
        &mut self.headers
    }
}

impl AsMut<SseOption> for InitiateMultipartUpload {
    fn as_mut(&mut self) -> &mut SseOption {
        &mut self.sse
    }
}

impl AsMut<EncodingType> for InitiateMultipartUpload {
    fn as_mut(&mut self) -> &mut EncodingType {
        &mut self.encoding_type
    }
}
