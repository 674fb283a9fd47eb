//! Copying an object in one call.

use std::time::SystemTime;

use obs_sign::Method;

use crate::bucket_client::BucketClient;
use crate::error::{Error, ErrorKind, Result};
use crate::object::{GetObjectMetadata, ObjectMetadata, crc64_of};
use crate::operation::{Answer, Operation, Parts, Settled};
use crate::request::Request;
use crate::types::{
    Conditions, CopySource, ObjectHeaders, Sse, SseInfo, SseOption, StorageClass, instant, open_enum,
};
use crate::xml::NodeExt;

/// Copies an object of at most 5 GB, in the service, without moving its bytes through the client; the crate `obs-transfer` has
/// `copy`, for one of any size. An archived (Cold) source must be [restored](crate::BucketClient::restore_object) first.
///
/// Conditions are about the source; one that is not met is a 412,
/// [`is_precondition_failed`](crate::Error::is_precondition_failed).
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use obs_core::CopySource;
/// use obs_core::object::MetadataDirective;
///
/// bucket
///     .copy_object("2026/hello.md", CopySource::new("my-bucket", "hello.txt"))
///     .metadata_directive(MetadataDirective::Replace)
///     .content_type("text/markdown")
///     .metadata("origin", "hello.txt")
///     .send()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct CopyObject {
    key: String,
    source: CopySource,
    directive: Option<MetadataDirective>,
    conditions: Conditions,
    headers: ObjectHeaders,
    sse: SseOption,
    crc64: Option<u64>,
}

open_enum! {
    /// Where the properties of a copy come from.
    MetadataDirective {
        /// From the source: those of the request are ignored. The default of the service.
        Copy = "COPY",
        /// From the request: those of the source are left behind.
        Replace = "REPLACE",
        /// From the request what is in it, else from the source.
        ReplaceNew = "REPLACE_NEW",
    }
}

/// The copy that was made.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use obs_core::CopySource;
///
/// let copied =
///     bucket.copy_object("copy.txt", CopySource::new("my-bucket", "hello.txt")).send()?;
/// println!("{} of {:?}", copied.etag, copied.last_modified);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CopyObjectOutput {
    /// The ETag of the copy, in quotes.
    pub etag: String,
    /// When it was made.
    pub last_modified: Option<SystemTime>,
    /// Its version, where the bucket keeps versions.
    pub version_id: Option<String>,
    /// The version of the source.
    pub copy_source_version_id: Option<String>,
    /// The storage class, unless it is Standard.
    pub storage_class: Option<StorageClass>,
    /// How it is encrypted.
    pub sse: SseInfo,
    /// The CRC-64 that the server computed.
    pub crc64: Option<u64>,
    /// The URL of the copy.
    pub object_url: String,
}

impl CopyObject {
    /// A copy of this source under this key.
    pub fn new(key: impl Into<String>, source: impl Into<CopySource>) -> Self {
        Self {
            key: key.into(),
            source: source.into(),
            directive: None,
            conditions: Conditions::default(),
            headers: ObjectHeaders::default(),
            sse: SseOption::default(),
            crc64: None,
        }
    }
}

impl Operation for CopyObject {
    type Output = CopyObjectOutput;
    const NAME: &'static str = "CopyObject";
    const METHOD: Method = Method::Put;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        parts.key(&self.key);
        self.source.write(parts)?;
        parts.prefixed_opt("metadata-directive", self.directive.as_ref());
        self.conditions.write_for_copy_source(parts);
        self.headers.write(parts, None)?;
        if let Some(sse) = &self.sse.0 {
            sse.write(parts);
        }
        parts.prefixed_opt("checksum-crc64ecma", self.crc64);
        Ok(())
    }

    fn decode(&self, answer: &mut Answer) -> Result<CopyObjectOutput> {
        let head = answer.head();
        let (sse, crc64) = (SseInfo::of(head), crc64_of(answer));
        let storage_class = head.prefixed("storage-class").map(StorageClass::from);
        let version_id = answer.prefixed("version-id");
        let copy_source_version_id = answer.prefixed("copy-source-version-id");
        let object_url = answer.resource_url().to_owned();
        answer.xml(|root| {
            Ok(CopyObjectOutput {
                etag: root.text_of("ETag")?,
                last_modified: instant::child_time(root, "LastModified")?,
                version_id,
                copy_source_version_id,
                storage_class,
                sse,
                crc64,
                object_url,
            })
        })
    }

    /// After a success that says nothing, an object that is what the source is was copied.
    fn settle(&self, bucket: &BucketClient, error: &Error) -> Result<Settled<Self::Output>> {
        if error.kind() != ErrorKind::Decode {
            return Ok(Settled::Unknown);
        }
        let (from_bucket, from_key) = self.source.bucket_and_key()?;
        let from = bucket.client().bucket(from_bucket).get_object_metadata(from_key);
        let from = self.source.version().into_iter().fold(from, |from, id| from.version_id(id));
        let source = properties(from, self.source.customer_key().cloned().map(Sse::C))?;
        let copy = properties(bucket.get_object_metadata(&self.key), self.sse.0.clone())?;
        let same_bytes = match (copy.crc64, source.crc64) {
            (Some(copied), Some(of_source)) => copied == of_source,
            _ => copy.etag == source.etag,
        };
        let last_modified = copy.modified();
        Ok(match copy.etag {
            Some(etag) if same_bytes && copy.content_length == source.content_length => {
                Settled::Done(CopyObjectOutput {
                    etag,
                    last_modified,
                    version_id: copy.version_id,
                    copy_source_version_id: source.version_id,
                    storage_class: copy.storage_class,
                    sse: copy.sse,
                    crc64: copy.crc64,
                    object_url: bucket.object_url(&self.key)?,
                })
            }
            _ => Settled::Unknown,
        })
    }
}

fn properties(mut head: Request<GetObjectMetadata>, sse: Option<Sse>) -> Result<ObjectMetadata> {
    *head.operation.as_mut() = SseOption(sse);
    Ok(head.send()?.into_inner())
}

impl AsMut<CopySource> for CopyObject {
    fn as_mut(&mut self) -> &mut CopySource {
        &mut self.source
    }
}

impl AsMut<Conditions> for CopyObject {
    fn as_mut(&mut self) -> &mut Conditions {
        &mut self.conditions
    }
}

impl AsMut<ObjectHeaders> for CopyObject {
    fn as_mut(&mut self) -> &mut ObjectHeaders {
        &mut self.headers
    }
}

impl AsMut<SseOption> for CopyObject {
    fn as_mut(&mut self) -> &mut SseOption {
        &mut self.sse
    }
}

impl Request<CopyObject> {
    /// Where the properties of the copy come from. Default: from the source.
    pub fn metadata_directive(mut self, directive: impl Into<MetadataDirective>) -> Self {
        self.operation.directive = Some(directive.into());
        self
    }

    /// CRC-64 of the object: the server refuses to make a copy that differs.
    pub fn crc64(mut self, crc64: u64) -> Self {
        self.operation.crc64 = Some(crc64);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::Fake;
    use crate::types::{CannedAcl, SseC, SseKms};
    use crate::{ErrorKind, code};

    const RESULT: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><CopyObjectResult xmlns="http://obs.cn-north-4.myhuaweicloud.com/doc/2015-06-30/"><LastModified>2018-06-21T09:15:01.032Z</LastModified><New>1</New><ETag>"507e3fff69b69bf57d303e807448560b"</ETag></CopyObjectResult>"#;

    #[test]
    fn says_what_was_copied() {
        let headers = [("x-obs-version-id", "dv"), ("x-obs-copy-source-version-id", "sv")];
        let fake = Fake::new().answer(200, &headers, RESULT);
        let copied = fake
            .bucket()
            .copy_object("k2", CopySource::new("s", "k"))
            .source_version_id("sv")
            .metadata_directive(MetadataDirective::Replace)
            .metadata("property", "property-value")
            .content_type("image/jpeg")
            .if_none_match("none-match-etag")
            .if_modified_since("Thu, 31 Dec 2015 16:00:00 GMT")
            .send()
            .unwrap();
        assert_eq!(copied.etag, "\"507e3fff69b69bf57d303e807448560b\"");
        assert_eq!(copied.version_id.as_deref(), Some("dv"));
        assert_eq!(copied.copy_source_version_id.as_deref(), Some("sv"));
        assert_eq!(copied.object_url, "https://examplebucket.obs.cn-north-4.example.com/k2");
        let sent = fake.only();
        assert_eq!(sent.line(), "PUT /k2");
        assert_eq!(sent.header("x-obs-copy-source"), "/s/k?versionId=sv");
        assert_eq!(sent.header("x-obs-metadata-directive"), "REPLACE");
        assert_eq!(sent.header("x-obs-meta-property"), "property-value");
        assert_eq!(sent.header("content-type"), "image/jpeg");
        assert_eq!(sent.header("x-obs-copy-source-if-none-match"), "none-match-etag");
        assert_eq!(sent.header("x-obs-copy-source-if-modified-since"), "Thu, 31 Dec 2015 16:00:00 GMT");
    }

    #[test]
    fn the_quotes_of_an_etag_stay_quotes() {
        let fake = Fake::new().xml(RESULT);
        fake.bucket().copy_object("k", "s/k").if_match("\"682e760adb130c60\"").send().unwrap();
        assert_eq!(fake.only().header("x-obs-copy-source-if-match"), "\"682e760adb130c60\"");
    }

    #[test]
    fn v2_has_names_of_its_own() {
        let fake = Fake::new().xml(RESULT);
        fake.bucket_v2()
            .copy_object("d.txt", "s/k")
            .acl(CannedAcl::PublicRead)
            .storage_class(StorageClass::Warm)
            .sse(SseKms::new())
            .source_sse(SseC::new("fedcba9876543210fedcba9876543210"))
            .send()
            .unwrap();
        let sent = fake.only();
        assert_eq!(sent.header("x-amz-copy-source"), "s/k");
        assert_eq!(sent.header("x-amz-storage-class"), "STANDARD_IA");
        assert_eq!(sent.header("x-amz-server-side-encryption"), "aws:kms");
        let key = "x-amz-copy-source-server-side-encryption-customer-key";
        assert_eq!(sent.header(key), "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=");
        assert_eq!(sent.header(&format!("{key}-md5")), "dT1y7SEiqn6YCJ3QeqwoIw==");
        assert!(!sent.headers.contains("content-type"), "the copy keeps the type of its source");
    }

    #[test]
    fn an_error_in_a_200_is_an_error() {
        let broken = "  \n<Error><Code>InternalError</Code><Message>again</Message></Error>";
        let fake = Fake::new().xml(broken).xml(RESULT);
        fake.bucket().copy_object("k", "s/k").send().unwrap();
        assert_eq!(fake.sent().len(), 2, "it is tried again as a 500 would be");

        let denied = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>";
        let fake = Fake::new().xml(denied);
        let error = fake.bucket().copy_object("k", "s/k").send().unwrap_err();
        assert_eq!(error.code(), Some(code::ACCESS_DENIED));
        assert_eq!(fake.sent().len(), 1);
    }

    #[test]
    fn a_success_that_says_nothing_is_looked_into() {
        for (unread, attempts) in [("", 4), ("<CopyObjectResult>", 4), ("<CopyObjectResult/>", 1)] {
            let after = |source: &[(&str, &str)], copy: &[(&str, &str)]| {
                let fake = (0..attempts).fold(Fake::new(), |fake, _| fake.xml(unread));
                let fake = fake.answer(200, source, "").answer(200, copy, "");
                let source = CopySource::new("s", "from").version_id("v");
                (fake.bucket().copy_object("to", source).send(), fake.sent().split_off(attempts))
            };
            let (found, other) = ([("etag", "\"e\"")], [("etag", "\"f\"")]);
            let (copied, sent) = after(&found, &found);
            assert_eq!(copied.unwrap().etag, "\"e\"", "{unread:?}");
            assert_eq!(sent[0].line(), "HEAD /from?versionId=v");
            assert!(sent[0].url.starts_with("https://s."), "{}", sent[0].url);
            assert_eq!(sent[1].line(), "HEAD /to");

            let (copied, _) = after(&found, &other);
            assert_eq!(copied.unwrap_err().kind(), ErrorKind::Decode, "{unread:?}: another object");
            let sum = [("etag", "\"e\""), ("x-obs-checksum-crc64ecma", "1")];
            let (copied, _) = after(&sum, &[sum[0], ("x-obs-checksum-crc64ecma", "2")]);
            assert_eq!(copied.unwrap_err().kind(), ErrorKind::Decode, "{unread:?}: other bytes");
        }

        // Whole at the second time
        let fake = Fake::new().xml("<CopyObjectRe").xml(RESULT);
        fake.bucket().copy_object("k", "s/k").send().unwrap();
        assert_eq!(fake.sent().len(), 2);
    }
}
