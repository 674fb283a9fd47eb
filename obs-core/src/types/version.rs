//! Which version of an object.

use crate::operation::{Operation, Parts};
use crate::request::Request;

/// The version that a request is about; the newest by default.
#[derive(Debug, Clone, Default)]
pub struct VersionId(pub(crate) Option<String>);

impl VersionId {
    pub(crate) fn write(&self, parts: &mut Parts) {
        parts.query_opt("versionId", self.0.as_deref());
    }
}

impl<O: Operation + AsMut<VersionId>> Request<O> {
    /// The version that the request is about. Default: the newest.
    pub fn version_id(mut self, id: impl Into<String>) -> Self {
        self.operation.as_mut().0 = Some(id.into());
        self
    }
}
