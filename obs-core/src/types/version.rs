//! Which version of an object.

use crate::operation::{Operation, Parts};
use crate::request::Request;

/// The version that a request is about; the newest by default.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use obs_core::settings::VersioningStatus;
///
/// bucket.set_bucket_versioning(VersioningStatus::Enabled).send()?;
/// let first = bucket
///     .put_content("hello.txt", "first")
///     .send()?
///     .into_inner()
///     .version_id
///     .unwrap_or_default();
/// bucket.put_content("hello.txt", "second").send()?;
/// assert_eq!(bucket.get_object("hello.txt").version_id(first).send()?.text()?, "first");
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct VersionId(#[doc(hidden)] pub Option<String>);

impl VersionId {
    pub(crate) fn write(&self, parts: &mut Parts) {
        parts.query_opt("versionId", self.0.as_deref());
    }
}

impl AsMut<Self> for VersionId {
    fn as_mut(&mut self) -> &mut Self {
        self
    }
}

/// Writes the setter of a builder that keeps a [`VersionId`] in a field, or something that has one.
#[doc(hidden)]
#[macro_export]
macro_rules! version_id_setter {
    ($field:ident) => {
        /// The version of the object. Default: the newest.
        pub fn version_id(mut self, id: impl Into<String>) -> Self {
            AsMut::<$crate::VersionId>::as_mut(&mut self.$field).0 = Some(id.into());
            self
        }
    };
}

impl<O: Operation + AsMut<VersionId>> Request<O> {
    crate::version_id_setter!(operation);
}
