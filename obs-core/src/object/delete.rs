//! Deleting an object.

use obs_sign::Method;

use crate::error::Result;
use crate::operation::{Answer, Operation, Parts};
use crate::types::VersionId;

/// Deletes an object, or one version of it. Deleting what is not there is a success.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # use obs_core::settings::VersioningStatus;
/// # bucket.set_bucket_versioning(VersioningStatus::Enabled).send()?;
/// let version = bucket
///     .put_content("hello.txt", "new")
///     .send()?
///     .into_inner()
///     .version_id
///     .unwrap_or_default();
/// bucket.delete_object("hello.txt").version_id(version).send()?;
/// bucket.delete_object("hello.txt").send()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct DeleteObject {
    key: String,
    version_id: VersionId,
}

/// What became of the object.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # use obs_core::settings::VersioningStatus;
/// # bucket.set_bucket_versioning(VersioningStatus::Enabled).send()?;
/// let deleted = bucket.delete_object("hello.txt").send()?;
/// if deleted.delete_marker == Some(true) {
///     println!("hidden by the marker {:?}; the versions are still there", deleted.version_id);
/// }
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeleteObjectOutput {
    /// Whether a delete marker was made, or deleted.
    pub delete_marker: Option<bool>,
    /// The version of the delete marker, or the one that was deleted.
    pub version_id: Option<String>,
}

impl DeleteObject {
    /// This object.
    pub fn new(key: impl Into<String>) -> Self {
        Self { key: key.into(), version_id: VersionId::default() }
    }
}

impl Operation for DeleteObject {
    type Output = DeleteObjectOutput;
    const NAME: &'static str = "DeleteObject";
    const METHOD: Method = Method::Delete;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        parts.key(&self.key);
        self.version_id.write(parts);
        Ok(())
    }

    fn decode(&self, answer: &mut Answer) -> Result<DeleteObjectOutput> {
        answer.nothing()?;
        let head = answer.head();
        Ok(DeleteObjectOutput {
            delete_marker: head.prefixed("delete-marker").map(|m| m.eq_ignore_ascii_case("true")),
            version_id: answer.prefixed("version-id"),
        })
    }
}

impl AsMut<VersionId> for DeleteObject {
    fn as_mut(&mut self) -> &mut VersionId {
        &mut self.version_id
    }
}
