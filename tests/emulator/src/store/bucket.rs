//! A bucket.

use crate::exchange::Dialect;
use crate::store::acl::Acl;
use crate::store::object::Version;
use crate::store::upload::Upload;
use crate::xml::Element;
use std::collections::BTreeMap;
use std::time::SystemTime;

/// Whether new versions are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Versioning {
    /// Never switched on.
    Off,
    Enabled,
    Suspended,
}

/// A kept bucket document.
#[derive(Debug, Clone)]
pub(crate) enum Document {
    Xml(Element),
    Raw { bytes: Vec<u8>, content_type: &'static str },
}

/// A domain of the user's own that leads to the bucket.
#[derive(Debug, Clone)]
pub(crate) struct Domain {
    pub(crate) created: SystemTime,
    pub(crate) certificate_id: Option<String>,
}

/// A name that stands for one of two buckets.
#[derive(Debug, Clone)]
pub(crate) struct Alias {
    pub(crate) owner: String,
    pub(crate) buckets: Vec<String>,
    pub(crate) created: SystemTime,
}

#[derive(Debug)]
pub(crate) struct Bucket {
    pub(crate) name: String,
    pub(crate) owner: String,
    pub(crate) created: SystemTime,
    pub(crate) location: String,
    pub(crate) storage_class: &'static str,
    /// A parallel file system.
    pub(crate) posix: bool,
    /// Headers of the creation that HEAD repeats, without prefix.
    pub(crate) features: Vec<(&'static str, String)>,
    pub(crate) acl: Acl,
    pub(crate) versioning: Versioning,
    /// Bytes that may be stored; 0 is no limit.
    pub(crate) quota: u64,
    /// Documents by sub-resource and, where there may be many, id.
    pub(crate) documents: BTreeMap<(&'static str, String), Document>,
    pub(crate) domains: BTreeMap<String, Domain>,
    /// The alias that was bound to the bucket.
    pub(crate) alias: Option<String>,
    pub(crate) fetch_jobs: BTreeMap<String, serde_json::Value>,
    /// Versions by key, the newest first.
    pub(crate) objects: BTreeMap<String, Vec<Version>>,
    pub(crate) uploads: BTreeMap<(String, String), Upload>,
}

impl Bucket {
    pub(crate) fn new(name: &str, owner: &str, location: String, created: SystemTime) -> Self {
        Self {
            name: name.to_owned(),
            owner: owner.to_owned(),
            created,
            location,
            storage_class: "STANDARD",
            posix: false,
            features: Vec::new(),
            acl: Acl::private(owner),
            versioning: Versioning::Off,
            quota: 0,
            documents: BTreeMap::new(),
            domains: BTreeMap::new(),
            alias: None,
            fetch_jobs: BTreeMap::new(),
            objects: BTreeMap::new(),
            uploads: BTreeMap::new(),
        }
    }

    /// A kept XML document.
    pub(crate) fn xml(&self, sub_resource: &'static str) -> Option<&Element> {
        match self.documents.get(&(sub_resource, String::new())) {
            Some(Document::Xml(element)) => Some(element),
            _ => None,
        }
    }

    /// A kept JSON document.
    pub(crate) fn json(&self, sub_resource: &'static str) -> Option<serde_json::Value> {
        match self.documents.get(&(sub_resource, String::new())) {
            Some(Document::Raw { bytes, .. }) => serde_json::from_slice(bytes).ok(),
            _ => None,
        }
    }

    /// A switch of the public access block.
    pub(crate) fn blocks(&self, switch: &str) -> bool {
        self.xml("publicaccessblock").and_then(|block| block.get(switch)).is_some_and(|on| on == "true")
    }

    /// Bytes in all versions and in parts of unfinished uploads.
    pub(crate) fn used(&self) -> u64 {
        let objects = self.objects.values().flatten().filter_map(Version::object);
        let parts = self.uploads.values().flat_map(|upload| upload.parts.values());
        objects.map(|object| object.data.len()).sum::<u64>() + parts.map(|part| part.data.len()).sum::<u64>()
    }

    /// The name of the bucket in the path of a URL of the server.
    pub(crate) fn type_name(&self) -> &'static str {
        if self.posix { "POSIX" } else { "OBJECT" }
    }

    /// Name of the header that carries the default storage class.
    pub(crate) fn storage_class_header(dialect: Dialect) -> &'static str {
        match dialect {
            Dialect::Obs => "x-obs-storage-class",
            Dialect::Amz => "x-default-storage-class",
        }
    }

    /// Name of the header that carries the location.
    pub(crate) fn location_header(dialect: Dialect) -> &'static str {
        match dialect {
            Dialect::Obs => "x-obs-bucket-location",
            Dialect::Amz => "x-amz-bucket-region",
        }
    }
}

/// The rules for names: guide 3.7.
pub(crate) fn is_valid_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    let allowed =
        |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
    let at_the_ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    (3..=63).contains(&bytes.len())
        && bytes.iter().all(allowed)
        && at_the_ends(bytes.first())
        && at_the_ends(bytes.last())
        && !["..", ".-", "-."].iter().any(|pair| name.contains(pair))
        && name.parse::<std::net::Ipv4Addr>().is_err()
}

#[cfg(test)]
mod tests {
    use super::is_valid_name;

    #[test]
    fn names_of_the_guide() {
        for good in ["abc", "my-bucket.01", "0a0", &"a".repeat(63)] {
            assert!(is_valid_name(good), "{good}");
        }
        for bad in [
            "ab",
            &"a".repeat(64),
            "My-bucket",
            "a_b",
            "-abc",
            "abc.",
            "my..bucket",
            "my-.b",
            "my.-b",
            "192.168.1.1",
        ] {
            assert!(!is_valid_name(bad), "{bad}");
        }
    }
}
