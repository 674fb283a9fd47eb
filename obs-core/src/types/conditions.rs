//! Conditions on a download.

use crate::operation::{Operation, Parts};
use crate::request::Request;

/// What must hold for an object to be sent.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// let etag = bucket
///     .head_object("hello.txt")
///     .send()?
///     .headers()
///     .get("etag")
///     .unwrap_or_default()
///     .to_owned();
/// let again = bucket.get_object("hello.txt").if_none_match(&etag).send();
/// assert!(again.unwrap_err().is_not_modified());
/// bucket.get_object("hello.txt").if_match(&etag).send()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Conditions {
    #[doc(hidden)]
    pub if_match: Option<String>,
    #[doc(hidden)]
    pub if_none_match: Option<String>,
    #[doc(hidden)]
    pub if_modified_since: Option<String>,
    #[doc(hidden)]
    pub if_unmodified_since: Option<String>,
}

impl Conditions {
    /// That the object is still the same.
    pub(crate) fn unchanged(etag: &str) -> Self {
        Self { if_match: Some(etag.to_owned()), ..Self::default() }
    }

    /// Writes them as headers of HTTP.
    pub(crate) fn write(&self, parts: &mut Parts) {
        parts.header_opt("if-match", self.if_match.as_deref());
        parts.header_opt("if-none-match", self.if_none_match.as_deref());
        parts.header_opt("if-modified-since", self.if_modified_since.as_deref());
        parts.header_opt("if-unmodified-since", self.if_unmodified_since.as_deref());
    }

    /// Writes them as conditions on the source of a copy: as values of HTTP, whose quotes must stay quotes.
    pub(crate) fn write_for_copy_source(&self, parts: &mut Parts) {
        let conditions = [
            ("copy-source-if-match", &self.if_match),
            ("copy-source-if-none-match", &self.if_none_match),
            ("copy-source-if-modified-since", &self.if_modified_since),
            ("copy-source-if-unmodified-since", &self.if_unmodified_since),
        ];
        for (name, value) in conditions {
            if let Some(value) = value {
                parts.header(parts.dialect().header(name), value);
            }
        }
    }
}

impl AsMut<Self> for Conditions {
    fn as_mut(&mut self) -> &mut Self {
        self
    }
}

/// Writes the setters of a builder that keeps [`Conditions`] in a field, or something that has them.
#[doc(hidden)]
#[macro_export]
macro_rules! condition_setters {
    ($field:ident) => {
        /// Only if the object has this ETag; otherwise 412, `is_precondition_failed()` of the error tells.
        pub fn if_match(mut self, etag: impl Into<String>) -> Self {
            AsMut::<$crate::Conditions>::as_mut(&mut self.$field).if_match = Some(etag.into());
            self
        }

        /// Only if the object has another ETag; otherwise 304, `is_not_modified()` tells.
        pub fn if_none_match(mut self, etag: impl Into<String>) -> Self {
            AsMut::<$crate::Conditions>::as_mut(&mut self.$field).if_none_match = Some(etag.into());
            self
        }

        /// Only if the object has changed since; otherwise 304.
        pub fn if_modified_since(mut self, time: impl Into<$crate::HttpDate>) -> Self {
            AsMut::<$crate::Conditions>::as_mut(&mut self.$field).if_modified_since = Some(time.into().0);
            self
        }

        /// Only if the object has not changed since; otherwise 412.
        pub fn if_unmodified_since(mut self, time: impl Into<$crate::HttpDate>) -> Self {
            AsMut::<$crate::Conditions>::as_mut(&mut self.$field).if_unmodified_since = Some(time.into().0);
            self
        }
    };
}

impl<O: Operation + AsMut<Conditions>> Request<O> {
    crate::condition_setters!(operation);
}
