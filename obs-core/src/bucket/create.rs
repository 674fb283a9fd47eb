//! Creating a bucket.

use obs_sign::{Dialect, Method};

use crate::body::Body;
use crate::error::Result;
use crate::operation::{Answer, Operation, Parts};
use crate::request::Request;
use crate::types::{CannedAcl, StorageClass, write_grants};
use crate::xml::XmlWriter;

/// Creates a bucket. Creating one's own bucket again changes nothing.
#[derive(Debug, Clone, Default)]
pub struct CreateBucket {
    location: Option<String>,
    acl: Option<CannedAcl>,
    storage_class: Option<StorageClass>,
    available_zone: Option<String>,
    epid: Option<String>,
    parallel_file_system: bool,
    redundancy: Option<String>,
    fusion_allow_upgrade: Option<bool>,
    fusion_allow_alternative: Option<bool>,
    grants: Vec<(String, String)>,
}

impl Operation for CreateBucket {
    type Output = ();
    const NAME: &'static str = "CreateBucket";
    const METHOD: Method = Method::Put;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        let dialect = parts.dialect();
        parts.prefixed_opt("acl", self.acl.as_ref());
        if let Some(class) = &self.storage_class {
            let name = if dialect.is_obs() { "x-obs-storage-class" } else { "x-default-storage-class" };
            parts.raw_header(name, class.wire(dialect).to_owned());
        }
        // These have the same name in all protocols.
        if let Some(zone) = &self.available_zone {
            parts.raw_header("x-obs-az-redundancy", zone.clone());
        }
        if self.parallel_file_system {
            parts.raw_header("x-obs-fs-file-interface", "Enabled");
        }
        parts.prefixed_opt("epid", self.epid.as_deref());
        parts.prefixed_opt("bucket-redundancy", self.redundancy.as_deref());
        parts.prefixed_opt("fusion-allow-upgrade", self.fusion_allow_upgrade);
        parts.prefixed_opt("fusion-allow-alternative", self.fusion_allow_alternative);
        write_grants(parts, &self.grants);
        Ok(())
    }

    fn body(&mut self, dialect: Dialect) -> Result<Body<'_>> {
        let Some(location) = &self.location else { return Ok(Body::empty()) };
        let name = if dialect.is_obs() { "Location" } else { "LocationConstraint" };
        Ok(Body::text(XmlWriter::document("CreateBucketConfiguration", |w| w.text(name, location))?))
    }

    fn decode(&self, answer: &mut Answer) -> Result<()> {
        answer.nothing()
    }
}

impl Request<CreateBucket> {
    /// The region, such as `cn-north-4`. Required unless the endpoint is that of the default region.
    pub fn location(mut self, region: impl Into<String>) -> Self {
        self.operation.location = Some(region.into());
        self
    }

    /// Who may access the bucket, by one of the predefined lists. Default: only the owner.
    pub fn acl(mut self, acl: impl Into<CannedAcl>) -> Self {
        self.operation.acl = Some(acl.into());
        self
    }

    /// The storage class of objects that are uploaded without one. Default: Standard.
    pub fn storage_class(mut self, class: impl Into<StorageClass>) -> Self {
        self.operation.storage_class = Some(class.into());
        self
    }

    /// Where the data lies: `3az` keeps it in three availability zones.
    pub fn available_zone(mut self, zone: impl Into<String>) -> Self {
        self.operation.available_zone = Some(zone.into());
        self
    }

    /// The enterprise project that the bucket belongs to.
    pub fn epid(mut self, id: impl Into<String>) -> Self {
        self.operation.epid = Some(id.into());
        self
    }

    /// Creates a parallel file system (POSIX bucket).
    pub fn parallel_file_system(mut self) -> Self {
        self.operation.parallel_file_system = true;
        self
    }

    /// The redundancy of a fusion bucket, such as `FUSION`.
    pub fn redundancy(mut self, redundancy: impl Into<String>) -> Self {
        self.operation.redundancy = Some(redundancy.into());
        self
    }

    /// Whether an existing bucket may become a fusion bucket.
    pub fn fusion_allow_upgrade(mut self, allow: bool) -> Self {
        self.operation.fusion_allow_upgrade = Some(allow);
        self
    }

    /// Whether a classic bucket will do where there are no fusion buckets.
    pub fn fusion_allow_alternative(mut self, allow: bool) -> Self {
        self.operation.fusion_allow_alternative = Some(allow);
        self
    }

    /// Gives a permission to an account: `read`, `write`, `read-acp`, `write-acp`, `full-control`,
    /// `read-delivered` or `full-control-delivered`.
    pub fn grant(mut self, permission: impl Into<String>, account_id: impl Into<String>) -> Self {
        self.operation.grants.push((permission.into(), account_id.into()));
        self
    }
}
