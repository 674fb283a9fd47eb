//! What can be said of an object when it is written.

use super::{CannedAcl, Metadata, StorageClass};
use crate::error::{Error, Result};
use crate::operation::{Operation, Parts};
use crate::request::Request;

/// The properties that every way of writing an object takes: uploads in one piece and in parts, appends, copies.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use obs_core::{CannedAcl, StorageClass};
///
/// bucket
///     .put_content("report.html", "<h1>Report</h1>")
///     .acl(CannedAcl::PublicRead)
///     .storage_class(StorageClass::Warm)
///     .cache_control("max-age=3600")
///     .content_disposition("inline")
///     .metadata("owner", "alice")
///     .expires(30)
///     .send()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct ObjectHeaders {
    #[doc(hidden)]
    pub acl: Option<CannedAcl>,
    #[doc(hidden)]
    pub storage_class: Option<StorageClass>,
    #[doc(hidden)]
    pub website_redirect_location: Option<String>,
    #[doc(hidden)]
    pub expires: Option<u32>,
    #[doc(hidden)]
    pub content_type: Option<String>,
    #[doc(hidden)]
    pub cache_control: Option<String>,
    #[doc(hidden)]
    pub content_disposition: Option<String>,
    #[doc(hidden)]
    pub content_encoding: Option<String>,
    #[doc(hidden)]
    pub content_language: Option<String>,
    #[doc(hidden)]
    pub http_expires: Option<String>,
    #[doc(hidden)]
    pub success_action_redirect: Option<String>,
    #[doc(hidden)]
    pub metadata: Metadata,
    #[doc(hidden)]
    pub grants: Vec<(String, String)>,
}

impl ObjectHeaders {
    /// Writes what was set. `guessed_type` is the content type where the caller gave none.
    pub(crate) fn write(&self, parts: &mut Parts, guessed_type: Option<&str>) -> Result<()> {
        let dialect = parts.dialect();
        parts.header_opt("content-type", self.content_type.as_deref().or(guessed_type));
        parts.prefixed_opt("acl", self.acl.as_ref());
        parts.prefixed_opt("storage-class", self.storage_class.as_ref().map(|c| c.wire(dialect).to_owned()));
        parts.prefixed_opt("website-redirect-location", self.website_redirect_location.as_deref());
        if let Some(days) = self.expires {
            // This header has the same name in all protocols.
            parts.raw_header("x-obs-expires", days.to_string());
        }
        parts.header_opt("cache-control", self.cache_control.as_deref());
        parts.header_opt("content-disposition", self.content_disposition.as_deref());
        parts.header_opt("content-encoding", self.content_encoding.as_deref());
        parts.header_opt("content-language", self.content_language.as_deref());
        parts.header_opt("expires", self.http_expires.as_deref());
        if dialect.is_obs() {
            parts.header_opt("success-action-redirect", self.success_action_redirect.as_deref());
        }
        write_grants(parts, &self.grants);
        self.metadata.write(parts)
    }

    /// For calls that would ignore who may access the object.
    pub(crate) fn check_no_acl(&self, refusal: &'static str) -> Result<()> {
        if self.acl.is_some() || !self.grants.is_empty() { Err(Error::invalid(refusal)) } else { Ok(()) }
    }
}

/// Writes `x-obs-grant-…: id=a,id=b`, one header a permission.
pub(crate) fn write_grants(parts: &mut Parts, grants: &[(String, String)]) {
    let mut written: Vec<&str> = Vec::new();
    for (permission, _) in grants {
        if written.contains(&permission.as_str()) {
            continue;
        }
        written.push(permission);
        let ids: Vec<String> =
            grants.iter().filter(|(p, _)| p == permission).map(|(_, id)| format!("id={id}")).collect();
        parts.prefixed(&format!("grant-{permission}"), ids.join(","));
    }
}

impl AsMut<Self> for ObjectHeaders {
    fn as_mut(&mut self) -> &mut Self {
        self
    }
}

/// Writes the setters of a builder that keeps [`ObjectHeaders`] in a field, or something that has them: requests here,
/// and jobs of many calls elsewhere.
#[doc(hidden)]
#[macro_export]
macro_rules! object_header_setters {
    ($field:ident) => {
        $crate::object_header_setters! { @each $field
            /// Who may access the object, by one of the predefined lists.
            acl: $crate::CannedAcl;
            /// The storage class. Default: the bucket's.
            storage_class: $crate::StorageClass;
            /// Where the static website redirects to instead of serving the object.
            website_redirect_location: String;
            /// The MIME type. Default: by the suffix of the key, or of the file.
            content_type: String;
            /// `Cache-Control` of downloads.
            cache_control: String;
            /// `Content-Disposition` of downloads.
            content_disposition: String;
            /// `Content-Encoding` of downloads. The bytes are stored as they are.
            content_encoding: String;
            /// `Content-Language` of downloads.
            content_language: String;
            /// `Expires` of downloads, as it stands in the header.
            http_expires: String;
            /// Where to redirect after success (OBS protocol only).
            success_action_redirect: String;
        }

        /// After how many days the object is deleted.
        pub fn expires(mut self, days: u32) -> Self {
            AsMut::<$crate::ObjectHeaders>::as_mut(&mut self.$field).expires = Some(days);
            self
        }

        /// Adds custom metadata, 8 KB at most in all.
        pub fn metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
            AsMut::<$crate::ObjectHeaders>::as_mut(&mut self.$field).metadata.insert(name, value);
            self
        }

        /// Adds custom metadata from pairs.
        pub fn metadata_all<N: Into<String>, V: Into<String>>(
            mut self,
            pairs: impl IntoIterator<Item = (N, V)>,
        ) -> Self {
            for (name, value) in pairs {
                AsMut::<$crate::ObjectHeaders>::as_mut(&mut self.$field).metadata.insert(name, value);
            }
            self
        }

        /// Gives a permission to an account: `read`, `read-acp`, `write-acp` or `full-control`.
        pub fn grant(mut self, permission: impl Into<String>, account_id: impl Into<String>) -> Self {
            let grant = (permission.into(), account_id.into());
            AsMut::<$crate::ObjectHeaders>::as_mut(&mut self.$field).grants.push(grant);
            self
        }
    };
    (@each $field:ident $($(#[$doc:meta])* $name:ident: $type:ty;)*) => {
        $($(#[$doc])*
        pub fn $name(mut self, value: impl Into<$type>) -> Self {
            AsMut::<$crate::ObjectHeaders>::as_mut(&mut self.$field).$name = Some(value.into());
            self
        })*
    };
}

impl<O: Operation + AsMut<ObjectHeaders>> Request<O> {
    crate::object_header_setters!(operation);
}
