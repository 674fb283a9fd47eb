//! Changing the properties of an object.

use obs_sign::Method;

use crate::error::Result;
use crate::object::ObjectMetadata;
use crate::operation::{Answer, Operation, Parts};
use crate::request::Request;
use crate::types::{ObjectHeaders, VersionId};

/// Changes the properties of an object and its custom metadata, without touching its bytes. What is not set stays as it is,
/// unless [`remove_unset`](Request::remove_unset) says otherwise.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// bucket
///     .set_object_metadata("hello.txt")
///     .content_disposition("attachment; filename=\"hello 2026.txt\"")
///     .metadata("reviewed", "yes")
///     .send()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct SetObjectMetadata {
    key: String,
    version_id: VersionId,
    headers: ObjectHeaders,
    remove_unset: bool,
}

impl SetObjectMetadata {
    /// Of this object.
    pub fn new(key: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            version_id: VersionId::default(),
            headers: ObjectHeaders::default(),
            remove_unset: false,
        }
    }
}

impl Operation for SetObjectMetadata {
    /// What the service says of the object.
    type Output = ObjectMetadata;
    const NAME: &'static str = "SetObjectMetadata";
    const METHOD: Method = Method::Put;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        self.headers.check_no_acl("set_object_metadata does not change the ACL: use set_object_acl")?;
        parts.key(&self.key);
        parts.flag("metadata");
        self.version_id.write(parts);
        parts.prefixed("metadata-directive", if self.remove_unset { "REPLACE" } else { "REPLACE_NEW" });
        self.headers.write(parts, None)
    }

    fn decode(&self, answer: &mut Answer) -> Result<ObjectMetadata> {
        answer.nothing()?;
        Ok(ObjectMetadata::of(answer.head()))
    }
}

impl AsMut<VersionId> for SetObjectMetadata {
    fn as_mut(&mut self) -> &mut VersionId {
        &mut self.version_id
    }
}

impl AsMut<ObjectHeaders> for SetObjectMetadata {
    fn as_mut(&mut self) -> &mut ObjectHeaders {
        &mut self.headers
    }
}

impl Request<SetObjectMetadata> {
    /// Whether what is not set here is removed from the object. Default: it stays.
    pub fn remove_unset(mut self, remove: bool) -> Self {
        self.operation.remove_unset = remove;
        self
    }
}

#[cfg(test)]
mod tests {
    use crate::ErrorKind;
    use crate::test_support::Fake;
    use crate::types::{CannedAcl, StorageClass};

    #[test]
    fn adds_or_replaces() {
        let fake = Fake::new().answer(200, &[("x-obs-meta-a", "b"), ("x-obs-storage-class", "WARM")], "");
        let bucket = fake.bucket();
        let set = bucket.set_object_metadata("objectname").metadata("p2", "值 2").version_id("v");
        let said = set.content_disposition("attachment; filename=\"a b.txt\"").send().unwrap();
        assert_eq!(said.storage_class, Some(StorageClass::Warm));
        assert_eq!(said.metadata.get("a"), Some("b"));
        bucket.set_object_metadata("index.html").remove_unset(true).send().unwrap();
        let sent = fake.sent();
        assert_eq!(sent[0].line(), "PUT /objectname?metadata&versionId=v");
        assert_eq!(sent[0].header("x-obs-metadata-directive"), "REPLACE_NEW");
        assert_eq!(sent[0].header("x-obs-meta-p2"), "%E5%80%BC 2");
        assert_eq!(sent[0].header("content-disposition"), "attachment; filename=\"a b.txt\"");
        assert_eq!(sent[1].header("x-obs-metadata-directive"), "REPLACE");
        assert!(!sent[1].headers.contains("content-type"), "no type is guessed where none is to change");
    }

    #[test]
    fn an_acl_is_not_ignored() {
        let fake = Fake::new();
        let set = fake.bucket().set_object_metadata("o").acl(CannedAcl::PublicRead);
        let error = set.send().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains("use set_object_acl"), "{error}");
        assert!(fake.sent().is_empty());
    }
}
