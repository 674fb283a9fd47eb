//! Making one object of the parts.

use obs_sign::{Dialect, Method};

use crate::body::Body;
use crate::bucket_client::BucketClient;
use crate::error::{Error, ErrorKind, Result};
use crate::multipart::{UploadOf, etag_of_parts};
use crate::object::{ObjectMetadata, crc64_of};
use crate::operation::{Answer, Lost, Operation, Parts, Settled};
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

    /// After a lost answer, an upload that is gone may be complete: the object tells, as it does after a success that says nothing.
    fn settle(&self, bucket: &BucketClient, lost: &Lost<'_>) -> Result<Settled<Self::Output>> {
        if !lost.error().is_not_found() && lost.error().kind() != ErrorKind::Decode {
            return Ok(Settled::Unknown);
        }
        let Found { object, is_new } = self.found(bucket, lost)?;
        if !self.makes(&object, is_new) {
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

/// What is there under the key.
struct Found {
    object: ObjectMetadata,
    /// It is no older than the call.
    is_new: bool,
}

impl CompleteMultipartUpload {
    fn found(&self, bucket: &BucketClient, lost: &Lost<'_>) -> Result<Found> {
        match bucket.get_object_metadata(&self.upload.key).send() {
            // Encrypted with the caller's key, which is not known here: a listing tells its ETag all the same.
            Err(error) if error.status() == Some(400) => self.listed(bucket, lost),
            found => {
                let found = found?;
                let is_new = lost.began_before(found.modified(), found.headers());
                Ok(Found { object: found.into_inner(), is_new })
            }
        }
    }

    fn listed(&self, bucket: &BucketClient, lost: &Lost<'_>) -> Result<Found> {
        let key = &self.upload.key;
        let page = bucket.list_objects().prefix(key).max_keys(1).send()?;
        let listed = page.contents.iter().find(|object| object.key == *key);
        let is_new = lost.began_before(listed.and_then(|object| object.last_modified), page.headers());
        let etag = listed.and_then(|object| object.etag.clone());
        let sse = SseInfo { customer_algorithm: Some("AES256".to_owned()), ..SseInfo::default() };
        Ok(Found { object: ObjectMetadata { etag, sse, ..ObjectMetadata::default() }, is_new })
    }

    /// Whether an object is the one that these parts make, and no older one: by the CRC-64 of the whole, else by the ETag that follows from
    /// those of the parts. With encryption it may not; then by the number of parts and by its age.
    fn makes(&self, object: &ObjectMetadata, is_new: bool) -> bool {
        let Some(etag) = object.etag.as_deref().map(|etag| etag.trim_matches('"')) else { return false };
        if !etag.ends_with(&format!("-{}", self.completed.len())) {
            return false;
        }
        if let (Some(ours), Some(stored)) = (self.crc64, object.crc64) {
            return ours == stored;
        }
        match etag_of_parts(self.completed.iter().map(|part| &*part.etag)) {
            Some(expected) if expected == etag => true,
            Some(_) if !object.sse.is_encrypted() => false,
            _ => is_new,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::Fake;

    const NOW: (&str, &str) = ("date", "Fri, 02 Jan 2026 03:04:05 GMT");
    const NEW: (&str, &str) = ("last-modified", NOW.1);
    const OLD: (&str, &str) = ("last-modified", "Fri, 02 Jan 2026 03:04:02 GMT");
    const OF_A: &str = "\"0cc175b9c0f1b6a831c399e269772661\"";
    const OF_B: &str = "\"92eb5ffee6ae2fec3ad71c777531578f\"";
    const OURS: (&str, &str) = ("etag", "\"96e024ba2074fe77e8e965ba43a704be-2\"");
    const OTHER: (&str, &str) = ("etag", "\"06e024ba2074fe77e8e965ba43a704be-2\"");
    const KMS: (&str, &str) = ("x-obs-server-side-encryption", "kms");

    /// Whether a completion whose answer was lost is taken for done when this object is there.
    fn is_done(crc64: Option<u64>, parts: [&str; 2], object: &[(&str, &str)]) -> bool {
        let fake = Fake::new()
            .failure(ErrorKind::Connection)
            .answer(404, &[], "<Error><Code>NoSuchUpload</Code></Error>")
            .answer(200, object, "");
        let parts = [CompletedPart::new(1, parts[0]), CompletedPart::new(2, parts[1])];
        let complete = fake.bucket().complete_multipart_upload("k", "id", parts);
        let result = match crc64 {
            Some(crc64) => complete.crc64(crc64).send(),
            None => complete.send(),
        };
        assert_eq!(fake.sent()[2].line(), "HEAD /k");
        match result {
            Ok(done) => done.etag.is_some(),
            Err(error) => {
                assert_eq!(error.code(), Some("NoSuchUpload"));
                false
            }
        }
    }

    #[test]
    fn an_older_object_is_not_taken_for_ours() {
        let md5s = [OF_A, OF_B];
        assert!(is_done(None, md5s, &[OURS]));
        assert!(!is_done(None, md5s, &[OTHER, NOW, NEW]), "as many parts, but others");
        assert!(!is_done(None, md5s, &[NOW, NEW]), "no ETag");
        for (parts, properties) in [(md5s, vec![OTHER, KMS]), ([OF_A, "\"no-md5\""], vec![OTHER])] {
            let with = |more: &[(&'static str, &'static str)]| [&properties[..], more].concat();
            assert!(is_done(None, parts, &with(&[NOW, NEW])), "{properties:?}: nothing but its age can tell");
            assert!(!is_done(None, parts, &with(&[NOW, OLD])), "{properties:?}");
            assert!(!is_done(None, parts, &with(&[NOW])), "{properties:?}");
            assert!(!is_done(None, parts, &with(&[NEW])), "{properties:?}: the server's time is not known");
        }
    }

    #[test]
    fn the_crc64_of_the_whole_tells_where_both_know_it() {
        let sum = ("x-obs-checksum-crc64ecma", "7");
        assert!(is_done(Some(7), ["\"a\"", "\"b\""], &[OTHER, sum]));
        assert!(!is_done(Some(8), [OF_A, OF_B], &[OURS, sum]));
        assert!(!is_done(Some(7), [OF_A, OF_B], &[("etag", OF_A), sum]), "not made of two parts");
    }
}
