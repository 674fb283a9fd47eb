//! Objects and their versions.

use crate::errors::ObsError;
use crate::store::acl::Acl;
use crate::store::bucket::{Bucket, Versioning};
use crate::store::data::Data;
use crate::store::encryption::Encryption;
use std::borrow::Borrow;
use std::time::{Duration, SystemTime};

/// The id of versions that were written while versioning was off or suspended.
pub(crate) const NULL_VERSION: &str = "null";

/// One version of a key.
#[derive(Debug, Clone)]
pub(crate) struct Version {
    pub(crate) id: String,
    pub(crate) modified: SystemTime,
    pub(crate) owner: String,
    pub(crate) state: VersionState,
}

#[derive(Debug, Clone)]
pub(crate) enum VersionState {
    Object(Box<Object>),
    DeleteMarker,
}

impl Version {
    pub(crate) fn object(&self) -> Option<&Object> {
        match &self.state {
            VersionState::Object(object) => Some(object),
            VersionState::DeleteMarker => None,
        }
    }

    pub(crate) fn object_mut(&mut self) -> Option<&mut Object> {
        match &mut self.state {
            VersionState::Object(object) => Some(object),
            VersionState::DeleteMarker => None,
        }
    }
}

/// The state of an archived object that is or was being restored.
#[derive(Debug, Clone)]
pub(crate) struct Restored {
    /// From when on it can be read.
    pub(crate) ready: SystemTime,
    pub(crate) expires: SystemTime,
}

/// Until when a version cannot be deleted.
#[derive(Debug, Clone)]
pub(crate) struct Retention {
    pub(crate) mode: String,
    pub(crate) until: SystemTime,
}

#[derive(Debug, Clone)]
pub(crate) struct Object {
    pub(crate) data: Data,
    /// With quotes.
    pub(crate) etag: String,
    pub(crate) crc64: u64,
    pub(crate) properties: Properties,
    pub(crate) acl: Acl,
    pub(crate) encryption: Encryption,
    /// Written by appends; their number.
    pub(crate) appends: Option<u32>,
    pub(crate) tags: Vec<(String, String)>,
    pub(crate) retention: Option<Retention>,
    pub(crate) restored: Option<Restored>,
    /// Access label of a directory.
    pub(crate) access_label: Option<Vec<u8>>,
}

/// What a client may say about an object beside its bytes.
#[derive(Debug, Clone)]
pub(crate) struct Properties {
    /// `Content-Type`, `Cache-Control` … by lower-case name.
    pub(crate) standard: Vec<(String, String)>,
    /// Metadata by name without prefix, values as sent.
    pub(crate) metadata: Vec<(String, String)>,
    pub(crate) storage_class: &'static str,
    pub(crate) website_redirect: Option<String>,
    /// Days after which the object is deleted.
    pub(crate) expires_days: Option<u32>,
}

impl Object {
    /// Whether the bytes can be read now.
    pub(crate) fn is_readable(&self, now: SystemTime) -> bool {
        !super::values::is_archive(self.properties.storage_class)
            || self.restored.as_ref().is_some_and(|restored| restored.ready <= now && now < restored.expires)
    }

    /// Whether the version can be neither deleted nor replaced.
    pub(crate) fn is_locked(&self, now: SystemTime) -> bool {
        self.retention.as_ref().is_some_and(|retention| retention.until > now)
    }

    /// The value of the `restore` header.
    pub(crate) fn restore_header(&self, now: SystemTime) -> Option<String> {
        let restored = self.restored.as_ref().filter(|restored| now < restored.expires)?;
        Some(if restored.ready > now {
            "ongoing-request=\"true\"".to_owned()
        } else {
            format!(
                "ongoing-request=\"false\", expiry-date=\"{}\"",
                httpdate::fmt_http_date(restored.expires)
            )
        })
    }
}

impl Bucket {
    /// A version by its id, or the newest.
    pub(crate) fn version(&self, key: &str, id: Option<&str>) -> Result<&Version, ObsError> {
        let versions = self.objects.get(key).map_or(&[][..], Vec::as_slice);
        find(versions.iter(), key, id)
    }

    pub(crate) fn version_mut(&mut self, key: &str, id: Option<&str>) -> Result<&mut Version, ObsError> {
        let versions = self.objects.get_mut(key).map_or(&mut [][..], Vec::as_mut_slice);
        find(versions.iter_mut(), key, id)
    }

    /// A version that has bytes: a delete marker is 404 unless it was asked for by its id.
    pub(crate) fn object(&self, key: &str, id: Option<&str>) -> Result<(&Version, &Object), ObsError> {
        let version = self.version(key, id)?;
        match version.object() {
            Some(object) => Ok((version, object)),
            None if id.is_some() => Err(ObsError::method_not_allowed("GET")),
            None => Err(ObsError::no_such_key(key)),
        }
    }

    pub(crate) fn object_mut(&mut self, key: &str, id: Option<&str>) -> Result<&mut Object, ObsError> {
        let version = self.version_mut(key, id)?;
        match version.object_mut() {
            Some(object) => Ok(object),
            None if id.is_some() => Err(ObsError::method_not_allowed("PUT")),
            None => Err(ObsError::no_such_key(key)),
        }
    }

    /// Puts a version on top, replacing what versioning lets it replace.
    pub(crate) fn add_version(&mut self, key: &str, version: Version) {
        let versions = self.objects.entry(key.to_owned()).or_default();
        versions.retain(|old| old.id != version.id);
        versions.insert(0, version);
    }

    /// The id for a new version: a fresh one while versioning is on.
    pub(crate) fn version_id(&self, fresh: String) -> String {
        match self.versioning {
            Versioning::Enabled => fresh,
            Versioning::Off | Versioning::Suspended => NULL_VERSION.to_owned(),
        }
    }

    /// Refuses a write that would go beyond the quota.
    pub(crate) fn check_quota(&self, more: u64) -> Result<(), ObsError> {
        if self.quota != 0 && self.used() + more > self.quota {
            return Err(ObsError::new(403, "InsufficientStorageSpace", "Insufficient storage space."));
        }
        Ok(())
    }

    /// Until when a version written now is locked by the default of the bucket.
    pub(crate) fn default_retention(&self, now: SystemTime) -> Option<Retention> {
        const DAY: u64 = 24 * 60 * 60;
        let default = self.xml("object-lock")?.child("Rule")?.child("DefaultRetention")?;
        let number = |name: &str| default.get(name).and_then(|text| text.parse::<u64>().ok());
        let days = number("Days").or_else(|| number("Years").map(|years| years * 365))?;
        Some(Retention {
            mode: default.get("Mode").unwrap_or("COMPLIANCE").to_owned(),
            until: now + Duration::from_secs(days * DAY),
        })
    }
}

fn find<V: Borrow<Version>>(
    mut versions: impl Iterator<Item = V>,
    key: &str,
    id: Option<&str>,
) -> Result<V, ObsError> {
    match id {
        None => versions.next().ok_or_else(|| ObsError::no_such_key(key)),
        Some(id) => versions
            .find(|version| version.borrow().id == id)
            .ok_or_else(|| ObsError::no_such_version(key, id)),
    }
}
