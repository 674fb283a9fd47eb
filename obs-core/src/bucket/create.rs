//! Creating a bucket.

use obs_sign::{Dialect, Method};

use crate::body::Body;
use crate::error::Result;
use crate::operation::{Answer, Operation, Parts};
use crate::request::Request;
use crate::types::{CannedAcl, StorageClass, write_grants};
use crate::xml::XmlWriter;

/// Creates a bucket. Creating one's own bucket again changes nothing.
///
/// ```
/// # let (_place, client) = obs_sandbox::client();
/// use obs_core::{CannedAcl, StorageClass};
///
/// let photos = client.bucket("my-photos");
/// photos
///     .create_bucket()
///     .location("cn-north-4")
///     .acl(CannedAcl::Private)
///     .storage_class(StorageClass::Warm)
///     .send()?;
///
/// let files = client.bucket("my-files");
/// files.create_bucket().location("cn-north-4").parallel_file_system().send()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct CreateBucket {
    bucket: String,
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

impl CreateBucket {
    /// A bucket of this name.
    pub fn new(bucket: impl Into<String>) -> Self {
        Self { bucket: bucket.into(), ..Self::default() }
    }
}

impl Operation for CreateBucket {
    type Output = ();
    const NAME: &'static str = "CreateBucket";
    const METHOD: Method = Method::Put;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        obs_sign::check_bucket_name(&self.bucket)?;
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

#[cfg(test)]
mod tests {
    use crate::error::ErrorKind;
    use crate::test_support::Fake;
    use crate::types::StorageClass;

    #[test]
    fn golden() {
        let fake = Fake::new();
        let create = fake.bucket().create_bucket().location("cn-south-1").storage_class(StorageClass::Cold);
        create.grant("read", "userid1").grant("full-control", "userid2").grant("read", "u3").send().unwrap();
        let create =
            fake.bucket_v2().create_bucket().location("cn-north-4").storage_class(StorageClass::Warm);
        create.acl("authenticated-read").send().unwrap();
        let sent = fake.sent();
        assert_eq!(sent[0].line(), "PUT /");
        assert_eq!(sent[0].header("x-obs-storage-class"), "COLD");
        assert_eq!(sent[0].header("x-obs-grant-read"), "id=userid1,id=u3");
        assert_eq!(sent[0].header("x-obs-grant-full-control"), "id=userid2");
        let document = |name: &str, region: &str| {
            format!("<CreateBucketConfiguration><{name}>{region}</{name}></CreateBucketConfiguration>")
        };
        assert_eq!(sent[0].text(), document("Location", "cn-south-1"));
        assert_eq!(sent[1].header("x-default-storage-class"), "STANDARD_IA");
        assert_eq!(sent[1].header("x-amz-acl"), "authenticated-read");
        assert_eq!(sent[1].text(), document("LocationConstraint", "cn-north-4"));
    }

    #[test]
    fn names_that_no_new_bucket_may_have_are_refused_before_anything_is_sent() {
        let fake = Fake::new();
        let client = fake.builder().build().unwrap();
        for name in ["ab", "My-Bucket", "-bucket", "bucket.", "a..b", "192.168.1.1"] {
            let error = client.create_bucket(name).send().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name}");
            assert!(error.to_string().contains(name), "{error}");
        }
        assert!(fake.sent().is_empty());
    }
}
