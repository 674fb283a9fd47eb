//! Conditions on a download.

use super::HttpDate;
use crate::operation::{Operation, Parts};
use crate::request::Request;

/// What must hold for an object to be sent.
#[derive(Debug, Clone, Default)]
pub struct Conditions {
    if_match: Option<String>,
    if_none_match: Option<String>,
    if_modified_since: Option<String>,
    if_unmodified_since: Option<String>,
}

impl Conditions {
    /// Writes them as headers of HTTP.
    pub(crate) fn write(&self, parts: &mut Parts) {
        parts.header_opt("if-match", self.if_match.as_deref());
        parts.header_opt("if-none-match", self.if_none_match.as_deref());
        parts.header_opt("if-modified-since", self.if_modified_since.as_deref());
        parts.header_opt("if-unmodified-since", self.if_unmodified_since.as_deref());
    }

    /// Writes them as conditions on the source of a copy.
    pub(crate) fn write_for_copy_source(&self, parts: &mut Parts) {
        parts.prefixed_opt("copy-source-if-match", self.if_match.as_deref());
        parts.prefixed_opt("copy-source-if-none-match", self.if_none_match.as_deref());
        parts.prefixed_opt("copy-source-if-modified-since", self.if_modified_since.as_deref());
        parts.prefixed_opt("copy-source-if-unmodified-since", self.if_unmodified_since.as_deref());
    }
}

impl<O: Operation + AsMut<Conditions>> Request<O> {
    /// Only if the object has this ETag; otherwise 412, [`is_precondition_failed`](crate::Error::is_precondition_failed).
    pub fn if_match(mut self, etag: impl Into<String>) -> Self {
        self.operation.as_mut().if_match = Some(etag.into());
        self
    }

    /// Only if the object has another ETag; otherwise 304, [`is_not_modified`](crate::Error::is_not_modified).
    pub fn if_none_match(mut self, etag: impl Into<String>) -> Self {
        self.operation.as_mut().if_none_match = Some(etag.into());
        self
    }

    /// Only if the object has changed since; otherwise 304.
    pub fn if_modified_since(mut self, time: impl Into<HttpDate>) -> Self {
        self.operation.as_mut().if_modified_since = Some(time.into().0);
        self
    }

    /// Only if the object has not changed since; otherwise 412.
    pub fn if_unmodified_since(mut self, time: impl Into<HttpDate>) -> Self {
        self.operation.as_mut().if_unmodified_since = Some(time.into().0);
        self
    }
}
