//! Copying an object in one call.

use std::time::SystemTime;

use obs_sign::Method;

use crate::bucket_client::BucketClient;
use crate::error::{ErrorKind, Result};
use crate::object::{GetObjectMetadata, ObjectMetadata, crc64_of};
use crate::operation::{Answer, Lost, Operation, Parts, Reply, Settled};
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

    /// After a success that says nothing, an object that has the bytes of the source and the properties that were asked for, and is no older
    /// than the call, was copied: bytes alone prove nothing where they were there before, as in a copy onto itself.
    fn settle(&self, bucket: &BucketClient, lost: &Lost<'_>) -> Result<Settled<Self::Output>> {
        if lost.error().kind() != ErrorKind::Decode {
            return Ok(Settled::Unknown);
        }
        let (from_bucket, from_key) = self.source.bucket_and_key()?;
        let from = bucket.client().bucket(from_bucket).get_object_metadata(from_key);
        let from = self.source.version().into_iter().fold(from, |from, id| from.version_id(id));
        let source = properties(from, self.source.customer_key().cloned().map(Sse::C))?;
        let copy = properties(bucket.get_object_metadata(&self.key), self.sse.0.clone())?;
        if !has_bytes_of(&copy, &source)
            || !self.is_as_asked(&copy)
            || !lost.began_before(copy.modified(), copy.headers())
        {
            return Ok(Settled::Unknown);
        }
        let (last_modified, copy) = (copy.modified(), copy.into_inner());
        let Some(etag) = copy.etag else { return Ok(Settled::Unknown) };
        Ok(Settled::Done(CopyObjectOutput {
            etag,
            last_modified,
            version_id: copy.version_id,
            copy_source_version_id: source.into_inner().version_id,
            storage_class: copy.storage_class,
            sse: copy.sse,
            crc64: copy.crc64,
            object_url: bucket.object_url(&self.key)?,
        }))
    }
}

fn has_bytes_of(copy: &ObjectMetadata, source: &ObjectMetadata) -> bool {
    let same_sum = match (copy.crc64, source.crc64) {
        (Some(copied), Some(of_source)) => copied == of_source,
        _ => copy.etag == source.etag,
    };
    same_sum && copy.content_length == source.content_length
}

impl CopyObject {
    /// Whether an object has what the copy was to have, as far as its properties tell.
    fn is_as_asked(&self, object: &ObjectMetadata) -> bool {
        let class = object.storage_class.as_ref().unwrap_or(&StorageClass::Standard);
        let is_of_class = self.headers.storage_class.as_ref().is_none_or(|asked| asked == class);
        let is_encrypted = match &self.sse.0 {
            Some(Sse::C(_)) => object.sse.customer_algorithm.is_some(),
            Some(Sse::Kms(_)) => object.sse.algorithm.is_some(),
            None => true,
        };
        let is_described = match &self.directive {
            Some(MetadataDirective::Replace) => {
                self.headers.metadata.len() == object.metadata.len() && self.describes(object)
            }
            Some(MetadataDirective::ReplaceNew) => self.describes(object),
            _ => true,
        };
        is_of_class && is_encrypted && is_described
    }

    /// Whether an object has all that the request says of it.
    fn describes(&self, object: &ObjectMetadata) -> bool {
        let asked = &self.headers;
        let headers = [
            (&asked.content_type, &object.content_type),
            (&asked.cache_control, &object.cache_control),
            (&asked.content_disposition, &object.content_disposition),
            (&asked.content_encoding, &object.content_encoding),
            (&asked.content_language, &object.content_language),
            (&asked.http_expires, &object.expires),
            (&asked.website_redirect_location, &object.website_redirect_location),
        ];
        let has = |(name, value): (&str, &str)| object.metadata.get(name) == Some(value.trim());
        headers.into_iter().all(|(asked, found)| asked.is_none() || asked == found)
            && asked.metadata.iter().all(has)
    }
}

fn properties(mut head: Request<GetObjectMetadata>, sse: Option<Sse>) -> Result<Reply<ObjectMetadata>> {
    *head.operation.as_mut() = SseOption(sse);
    head.send()
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

    const OLD: (&str, &str) = ("last-modified", "Fri, 02 Jan 2026 03:03:05 GMT");

    #[test]
    fn a_copy_onto_itself_is_done_when_what_it_was_to_change_has_changed() {
        const NOW: &str = "Fri, 02 Jan 2026 03:04:05 GMT";
        let settled = |properties: &[(&str, &str)]| {
            let mut head = vec![("etag", "\"e\""), ("date", NOW), ("last-modified", NOW)];
            head.extend(properties);
            let fake = Fake::new().xml("<CopyObjectResult/>").answer(200, &head, "").answer(200, &head, "");
            let copy = fake.bucket().copy_object("k", CopySource::new("examplebucket", "k"));
            let copy = copy.metadata_directive(MetadataDirective::Replace).metadata("Colour", "gr\u{fc}n");
            copy.content_type("text/plain").storage_class(StorageClass::Warm).sse(SseKms::new()).send()
        };
        let changed = [
            ("x-obs-meta-colour", "gr%C3%BCn"),
            ("content-type", "text/plain"),
            ("x-obs-storage-class", "WARM"),
            ("x-obs-server-side-encryption", "kms"),
        ];
        settled(&changed).unwrap();
        for (at, as_before) in [(0, "rot"), (1, "text/html"), (2, "COLD"), (0, ""), (1, ""), (2, ""), (3, "")]
        {
            let mut properties = changed.to_vec();
            properties[at].1 = as_before;
            properties.retain(|(_, value)| !value.is_empty());
            assert_eq!(settled(&properties).unwrap_err().kind(), ErrorKind::Decode, "{properties:?}");
        }
        let kept = [&changed[..], &[("x-obs-meta-size", "9")]].concat();
        assert_eq!(
            settled(&kept).unwrap_err().kind(),
            ErrorKind::Decode,
            "what was to be left behind is there"
        );
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
            let now = "Fri, 02 Jan 2026 03:04:05 GMT";
            let (found, other) = (
                [("etag", "\"e\""), ("date", now), ("last-modified", now)],
                [("etag", "\"f\""), ("date", now), ("last-modified", now)],
            );
            let (copied, sent) = after(&found, &found);
            assert_eq!(copied.unwrap().etag, "\"e\"", "{unread:?}");
            assert_eq!(sent[0].line(), "HEAD /from?versionId=v");
            assert!(sent[0].url.starts_with("https://s."), "{}", sent[0].url);
            assert_eq!(sent[1].line(), "HEAD /to");

            let (copied, _) = after(&found, &other);
            assert_eq!(copied.unwrap_err().kind(), ErrorKind::Decode, "{unread:?}: another object");
            let with = |sum| [found[0], found[1], found[2], ("x-obs-checksum-crc64ecma", sum)];
            let (copied, _) = after(&with("1"), &with("2"));
            assert_eq!(copied.unwrap_err().kind(), ErrorKind::Decode, "{unread:?}: other bytes");
            for older in [&found[..1], &found[..2], &[found[0], found[1], OLD]] {
                let (copied, _) = after(&found, older);
                assert_eq!(copied.unwrap_err().kind(), ErrorKind::Decode, "{unread:?}: was there before");
            }
        }

        // Whole at the second time
        let fake = Fake::new().xml("<CopyObjectRe").xml(RESULT);
        fake.bucket().copy_object("k", "s/k").send().unwrap();
        assert_eq!(fake.sent().len(), 2);
    }
}
