//! Making one object of the parts.

use obs_sign::{Dialect, Method};

use crate::body::Body;
use crate::bucket_client::BucketClient;
use crate::error::{Error, ErrorKind, Result};
use crate::multipart::UploadOf;
use crate::object::{ObjectMetadata, crc64_of};
use crate::operation::{Answer, Operation, Parts, Settled};
use crate::request::Request;
use crate::types::{CallbackOption, EncodingType, KeyDecoder, SseInfo};
use crate::xml::{NodeExt, XmlWriter};

/// Makes the object of the parts that were uploaded.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # let id = bucket.initiate_multipart_upload("big.bin").send()?.into_inner().upload_id;
/// let one = bucket.upload_part("big.bin", &id, 1, vec![0u8; 100 << 10]).send()?;
/// let two = bucket.upload_part("big.bin", &id, 2, "the end").send()?;
/// bucket
///     .complete_multipart_upload("big.bin", &id, [two.completed(), one.completed()])
///     .send()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct CompleteMultipartUpload {
    upload: UploadOf,
    completed: Vec<CompletedPart>,
    crc64: Option<u64>,
    encoding_type: EncodingType,
    callback: CallbackOption,
}

/// A part that the object is made of.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # let id = bucket.initiate_multipart_upload("big.bin").send()?.into_inner().upload_id;
/// use obs_core::multipart::CompletedPart;
///
/// let part = bucket.upload_part("big.bin", &id, 1, "all").send()?;
/// // What was written down on one machine completes the upload on another.
/// let (number, etag) = (part.part_number, part.etag.clone());
/// bucket
///     .complete_multipart_upload("big.bin", &id, [CompletedPart::new(number, etag)])
///     .send()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CompletedPart {
    /// The number of the part, 1 to 10,000.
    pub part_number: u32,
    /// The ETag that uploading it gave.
    pub etag: String,
}

impl CompletedPart {
    /// This part.
    pub fn new(part_number: u32, etag: impl Into<String>) -> Self {
        Self { part_number, etag: etag.into() }
    }
}

/// The object that was made.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # let id = bucket.initiate_multipart_upload("big.bin").send()?.into_inner().upload_id;
/// let parts = [bucket.upload_part("big.bin", &id, 1, "all").send()?.completed()];
/// let object = bucket.complete_multipart_upload("big.bin", &id, parts).send()?;
/// println!("{} has ETag {:?} and CRC-64 {:?}", object.object_url, object.etag, object.crc64);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CompleteMultipartUploadOutput {
    /// The URL of the object, as the server writes it.
    pub location: Option<String>,
    /// The bucket.
    pub bucket: Option<String>,
    /// The key.
    pub key: Option<String>,
    /// The ETag, in quotes: no MD5 of the bytes.
    pub etag: Option<String>,
    /// `url` if the server encoded the key; it is decoded here.
    pub encoding_type: Option<String>,
    /// The version, where the bucket keeps versions.
    pub version_id: Option<String>,
    /// How it is encrypted.
    pub sse: SseInfo,
    /// The CRC-64 of the whole object.
    pub crc64: Option<u64>,
    /// The URL of the object.
    pub object_url: String,
    /// What the callback's server answered, where the call had a callback; the members that the service tells in XML are
    /// missing then.
    pub callback_answer: Option<Vec<u8>>,
}

impl CompleteMultipartUpload {
    /// Of these parts, in any order.
    pub fn new(
        key: impl Into<String>,
        upload_id: impl Into<String>,
        parts: impl IntoIterator<Item = CompletedPart>,
    ) -> Self {
        let mut completed: Vec<_> = parts.into_iter().collect();
        completed.sort_by_key(|part| part.part_number);
        Self {
            upload: UploadOf::new(key, upload_id),
            completed,
            crc64: None,
            encoding_type: EncodingType::default(),
            callback: CallbackOption::default(),
        }
    }
}

impl Operation for CompleteMultipartUpload {
    type Output = CompleteMultipartUploadOutput;
    const NAME: &'static str = "CompleteMultipartUpload";
    const METHOD: Method = Method::Post;
    const SIGNED_WITHOUT_BODY: bool = true;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        self.upload.write(parts)?;
        self.encoding_type.write(parts);
        parts.prefixed_opt("checksum-crc64ecma", self.crc64);
        self.callback.write(parts)
    }

    fn body(&mut self, _dialect: Dialect) -> Result<Body<'_>> {
        if self.completed.is_empty() {
            return Err(Error::invalid("an object is made of at least one part: none was given"));
        }
        let document = XmlWriter::document("CompleteMultipartUpload", |w| {
            for part in &self.completed {
                w.element("Part", |w| {
                    w.text("PartNumber", part.part_number);
                    w.text("ETag", &part.etag);
                });
            }
        })?;
        Ok(Body::text(document))
    }

    fn decode(&self, answer: &mut Answer) -> Result<CompleteMultipartUploadOutput> {
        let output = CompleteMultipartUploadOutput {
            version_id: answer.prefixed("version-id"),
            sse: SseInfo::of(answer.head()),
            crc64: crc64_of(answer),
            object_url: answer.resource_url().to_owned(),
            ..CompleteMultipartUploadOutput::default()
        };
        if self.callback.0.is_some() {
            return Ok(CompleteMultipartUploadOutput {
                callback_answer: Some(answer.bytes_unless_error()?),
                etag: answer.header("etag"),
                ..output
            });
        }
        answer.xml(|root| {
            let encoding_type = root.opt_text("EncodingType");
            let keys = KeyDecoder::of(encoding_type.as_deref());
            Ok(CompleteMultipartUploadOutput {
                location: root.opt_text("Location"),
                bucket: root.opt_text("Bucket"),
                key: keys.decode_opt(root.opt_text("Key"))?,
                etag: root.opt_text("ETag"),
                encoding_type,
                ..output
            })
        })
    }

    /// After a lost answer, an upload that is gone may be complete: the object's ETag tells, as it does after a success that
    /// says nothing.
    fn settle(&self, bucket: &BucketClient, error: &Error) -> Result<Settled<Self::Output>> {
        if !error.is_not_found() && error.kind() != ErrorKind::Decode {
            return Ok(Settled::Unknown);
        }
        let object = self.object(bucket)?;
        // The ETag of an object made of parts ends with their number; an older object would have another.
        let parts = format!("-{}", self.completed.len());
        let ours = object.etag.as_deref().is_some_and(|etag| etag.trim_matches('"').ends_with(&parts));
        if !ours || self.crc64.is_some_and(|crc64| object.crc64.is_some_and(|stored| stored != crc64)) {
            return Ok(Settled::Unknown);
        }
        Ok(Settled::Done(CompleteMultipartUploadOutput {
            bucket: Some(bucket.name().to_owned()),
            key: Some(self.upload.key.clone()),
            etag: object.etag,
            version_id: object.version_id,
            sse: object.sse,
            crc64: object.crc64,
            object_url: bucket.object_url(&self.upload.key)?,
            ..CompleteMultipartUploadOutput::default()
        }))
    }
}

impl CompleteMultipartUpload {
    /// What is there under the key.
    fn object(&self, bucket: &BucketClient) -> Result<ObjectMetadata> {
        let key = &self.upload.key;
        match bucket.get_object_metadata(key).send() {
            // Encrypted with the caller's key, which is not known here: a listing tells its ETag all the same.
            Err(error) if error.status() == Some(400) => {
                let page = bucket.list_objects().prefix(key).max_keys(1).send()?.into_inner();
                let listed = page.contents.into_iter().find(|object| object.key == *key);
                Ok(ObjectMetadata {
                    etag: listed.and_then(|object| object.etag),
                    ..ObjectMetadata::default()
                })
            }
            found => Ok(found?.into_inner()),
        }
    }
}

impl AsMut<EncodingType> for CompleteMultipartUpload {
    fn as_mut(&mut self) -> &mut EncodingType {
        &mut self.encoding_type
    }
}

impl AsMut<CallbackOption> for CompleteMultipartUpload {
    fn as_mut(&mut self) -> &mut CallbackOption {
        &mut self.callback
    }
}

impl Request<CompleteMultipartUpload> {
    /// The CRC-64 of the whole object: the server refuses to make another one. See
    /// [`combine`](crate::checksum::combine).
    pub fn crc64(mut self, crc64: u64) -> Self {
        self.operation.crc64 = Some(crc64);
        self
    }
}
