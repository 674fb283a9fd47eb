//! What a copy takes over of its source besides the bytes.

use obs_core::object::{GetObjectSetting, MetadataDirective, ObjectMetadata, SetObjectAcl, SetObjectSetting};
use obs_core::settings::Tagging;
use obs_core::{AccessControlList, BucketClient, ObjectHeaders, VersionId, mime_type};

use super::CopyJob;
use crate::error::Error;
use crate::job::Context;

/// What the copy is to have.
#[derive(Debug)]
pub(crate) struct Properties {
    /// Whether the service takes them from the source by itself, in one call.
    pub(crate) kept: bool,
    /// What a copy in ranges must be told, and one in a single call unless they are kept.
    pub(crate) all: ObjectHeaders,
}

impl Properties {
    pub(crate) fn of(job: &CopyJob, source: &ObjectMetadata) -> Result<Self, Error> {
        let given = &job.headers;
        let none_given = given.content_type.is_none()
            && given.cache_control.is_none()
            && given.content_disposition.is_none()
            && given.content_encoding.is_none()
            && given.content_language.is_none()
            && given.http_expires.is_none()
            && given.metadata.is_empty();
        match &job.directive {
            None | Some(MetadataDirective::ReplaceNew) => {
                Ok(Self { kept: none_given, all: merged(given, source) })
            }
            Some(MetadataDirective::Copy) if none_given => {
                Ok(Self { kept: true, all: merged(given, source) })
            }
            Some(MetadataDirective::Copy) => Err(Error::invalid_input(
                "properties were set for the copy, and the directive COPY ignores them: leave the directive out to \
                 keep the others of the source, or say Replace",
            )),
            Some(MetadataDirective::Replace) => {
                let mut all = given.clone();
                all.content_type = all.content_type.or_else(|| mime_type(&job.key).map(str::to_owned));
                Ok(Self { kept: false, all })
            }
            Some(other) => {
                let text = format!(
                    "no copy knows the metadata directive {:?}: say Copy, Replace or ReplaceNew",
                    other.as_str()
                );
                Err(Error::invalid_input(text))
            }
        }
    }
}

/// The source's, where the caller did not say otherwise. What is not here the service does not take over either.
fn merged(given: &ObjectHeaders, source: &ObjectMetadata) -> ObjectHeaders {
    let pick = |given: &Option<String>, source: &Option<String>| given.clone().or_else(|| source.clone());
    let mut metadata = source.metadata.clone();
    for (name, value) in given.metadata.iter() {
        metadata.insert(name, value);
    }
    ObjectHeaders {
        content_type: pick(&given.content_type, &source.content_type),
        cache_control: pick(&given.cache_control, &source.cache_control),
        content_disposition: pick(&given.content_disposition, &source.content_disposition),
        content_encoding: pick(&given.content_encoding, &source.content_encoding),
        content_language: pick(&given.content_language, &source.content_language),
        http_expires: pick(&given.http_expires, &source.expires),
        metadata,
        ..given.clone()
    }
}

/// What no copy takes over by itself: read before anything is copied, so that missing rights show first.
#[derive(Debug, Default)]
pub(super) struct Beside {
    acl: Option<AccessControlList>,
    tags: Option<Tagging>,
}

impl Beside {
    pub(super) fn read(
        job: &CopyJob,
        context: &Context,
        source: &BucketClient,
        key: &str,
    ) -> Result<Self, Error> {
        let version = VersionId(job.source.version().map(str::to_owned));
        let mut beside = Self::default();
        if job.keep_acl {
            let mut operation = GetObjectSetting::<AccessControlList>::new(key);
            *AsMut::<VersionId>::as_mut(&mut operation) = version.clone();
            beside.acl = Some(context.request_to(source, operation).send()?.into_inner());
        }
        if job.keep_tags {
            let mut operation = GetObjectSetting::<Tagging>::new(key);
            *AsMut::<VersionId>::as_mut(&mut operation) = version;
            beside.tags = match context.request_to(source, operation).send() {
                Ok(tags) => Some(tags.into_inner()),
                // The object is there: what is not found are tags.
                Err(error) if error.is_not_found() => None,
                Err(error) => return Err(error.into()),
            };
        }
        Ok(beside)
    }

    /// Gives it to the copy, which is there by now.
    pub(super) fn write(self, context: &Context, key: &str, version: Option<&str>) -> Result<(), Error> {
        let version = VersionId(version.map(str::to_owned));
        if let Some(acl) = self.acl {
            let mut operation = SetObjectAcl::new(key, acl);
            *AsMut::<VersionId>::as_mut(&mut operation) = version.clone();
            context.request(operation).send()?;
        }
        if let Some(tags) = self.tags {
            let mut operation = SetObjectSetting::new(key, tags);
            *AsMut::<VersionId>::as_mut(&mut operation) = version;
            context.request(operation).send()?;
        }
        Ok(())
    }
}
