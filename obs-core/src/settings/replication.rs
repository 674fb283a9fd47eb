//! Replication: objects are copied to a bucket in another region as they come.

use obs_sign::Dialect;

use crate::error::Result;
use crate::operation::Answer;
use crate::setting::Setting;
use crate::settings::lifecycle::RuleStatus;
use crate::types::{StorageClass, UnknownElements};
use crate::xml::{Node, NodeExt, XmlWriter};

/// How V2 and V4 write a bucket's name.
const ARN: &str = "arn:aws:s3:::";

/// The cross-region replication of a bucket.
///
/// ```
/// use obs_core::StorageClass;
/// use obs_core::settings::replication::{Replication, ReplicationRule};
///
/// let replication = Replication::new(
///     "agency",
///     [ReplicationRule::new("backup-bucket")
///         .prefix("reports/")
///         .storage_class(StorageClass::Warm)],
/// );
/// # let _ = replication;
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Replication {
    /// The IAM agency that OBS copies with. OBS protocol only, which demands it.
    pub agency: Option<String>,
    /// The rules.
    pub rules: Vec<ReplicationRule>,
}

impl Replication {
    /// With the rights of this agency, by these rules.
    pub fn new(agency: impl Into<String>, rules: impl IntoIterator<Item = ReplicationRule>) -> Self {
        Self { agency: Some(agency.into()), rules: rules.into_iter().collect() }
    }
}

/// What is copied where to.
///
/// ```
/// use obs_core::StorageClass;
/// use obs_core::settings::RuleStatus;
/// use obs_core::settings::replication::ReplicationRule;
///
/// let rule = ReplicationRule::new("backup-bucket")
///     .id("reports")
///     .prefix("reports/")
///     .storage_class(StorageClass::Warm)
///     .historical_object_replication(RuleStatus::Enabled);
/// assert_eq!(rule.bucket, "backup-bucket");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReplicationRule {
    /// The name of the rule, at most 255 characters. The service makes one up where there is none.
    pub id: Option<String>,
    /// The beginning of the keys that the rule is about; empty for all.
    pub prefix: Option<String>,
    /// Whether the rule is in force.
    pub status: Option<RuleStatus>,
    /// Whether objects that were there before are copied too.
    pub historical_object_replication: Option<RuleStatus>,
    /// The bucket that they are copied to, in another region.
    pub bucket: String,
    /// The storage class of the copies. Default: that of the object.
    pub storage_class: Option<StorageClass>,
    /// Whether copies are deleted when their objects are.
    pub delete_data: Option<RuleStatus>,
    /// What this crate does not know of it.
    pub unknown: UnknownElements,
}

impl ReplicationRule {
    /// An enabled rule that copies everything to this bucket.
    pub fn new(bucket: impl Into<String>) -> Self {
        Self {
            id: None,
            // OBS demands one.
            prefix: Some(String::new()),
            status: Some(RuleStatus::Enabled),
            historical_object_replication: None,
            bucket: bucket.into(),
            storage_class: None,
            delete_data: None,
            unknown: UnknownElements::default(),
        }
    }

    /// Names the rule.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Only keys that begin so.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// Whether the rule is in force. Default: it is.
    #[must_use]
    pub fn status(mut self, status: impl Into<RuleStatus>) -> Self {
        self.status = Some(status.into());
        self
    }

    /// Whether objects that were there before are copied too. Default: no.
    #[must_use]
    pub fn historical_object_replication(mut self, status: impl Into<RuleStatus>) -> Self {
        self.historical_object_replication = Some(status.into());
        self
    }

    /// The storage class of the copies. Default: that of the object.
    #[must_use]
    pub fn storage_class(mut self, class: impl Into<StorageClass>) -> Self {
        self.storage_class = Some(class.into());
        self
    }

    /// Whether copies are deleted when their objects are. Default: no.
    #[must_use]
    pub fn delete_data(mut self, status: impl Into<RuleStatus>) -> Self {
        self.delete_data = Some(status.into());
        self
    }

    fn read(node: Node<'_, '_>, dialect: Dialect) -> Result<Self> {
        let destination = node.child("Destination").ok_or_else(|| node.lacks("Destination"))?;
        let mut bucket = destination.text_of("Bucket")?;
        if !dialect.is_obs() {
            bucket = bucket.strip_prefix(ARN).map(str::to_owned).unwrap_or(bucket);
        }
        let status = |node: Node<'_, '_>, name| node.opt_text(name).map(RuleStatus::from);
        Ok(Self {
            id: node.opt_text("ID"),
            // An empty prefix must stay one: without any, the rule would be refused when it is written back.
            prefix: node.child("Prefix").map(|n| n.full_text()),
            status: status(node, "Status"),
            historical_object_replication: status(node, "HistoricalObjectReplication"),
            bucket,
            storage_class: destination.opt_text("StorageClass").map(Into::into),
            delete_data: status(destination, "DeleteData"),
            unknown: UnknownElements::of(
                node,
                &["ID", "Prefix", "Status", "HistoricalObjectReplication", "Destination"],
            ),
        })
    }

    fn write(&self, w: &mut XmlWriter, dialect: Dialect) {
        w.element("Rule", |w| {
            w.opt("ID", self.id.as_ref());
            w.opt("Prefix", self.prefix.as_ref());
            w.opt("Status", self.status.as_ref());
            w.opt("HistoricalObjectReplication", self.historical_object_replication.as_ref());
            w.element("Destination", |w| {
                if dialect.is_obs() || self.bucket.starts_with(ARN) {
                    w.text("Bucket", &self.bucket);
                } else {
                    w.text("Bucket", format_args!("{ARN}{}", self.bucket));
                }
                w.opt("StorageClass", self.storage_class.as_ref().map(|class| class.wire(dialect)));
                w.opt("DeleteData", self.delete_data.as_ref());
            });
            self.unknown.write(w);
        });
    }
}

impl Setting for Replication {
    const SUB_RESOURCE: &'static str = "replication";
    const GET: &'static str = "GetBucketReplication";
    const SET: &'static str = "SetBucketReplication";
    const DELETE: &'static str = "DeleteBucketReplication";
    const CONTENT_MD5: bool = true;

    fn read(answer: &mut Answer) -> Result<Self> {
        let dialect = answer.dialect();
        answer.xml(|root| {
            let rules = root.children_named("Rule").map(|rule| ReplicationRule::read(rule, dialect));
            Ok(Self { agency: root.opt_text("Agency"), rules: rules.collect::<Result<_>>()? })
        })
    }

    fn write(&self, dialect: Dialect) -> Result<String> {
        XmlWriter::document("ReplicationConfiguration", |w| {
            if dialect.is_obs() {
                w.opt("Agency", self.agency.as_ref());
            }
            self.rules.iter().for_each(|rule| rule.write(w, dialect));
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Replication, ReplicationRule};
    use crate::settings::lifecycle::RuleStatus;
    use crate::test_support::{Fake, survives};
    use crate::types::StorageClass;

    fn full() -> ReplicationRule {
        ReplicationRule::new("destbucket")
            .id("rule1")
            .prefix("p/")
            .storage_class(StorageClass::Warm)
            .delete_data(RuleStatus::Enabled)
            .historical_object_replication(RuleStatus::Enabled)
    }

    #[test]
    fn golden() {
        let fake = Fake::new();
        fake.bucket().set_bucket_replication(Replication::new("agency", [full()])).send().unwrap();
        fake.bucket_v2().set_bucket_replication(Replication::new("agency", [full()])).send().unwrap();
        let sent = fake.sent();
        assert_eq!(sent[0].line(), "PUT /?replication");
        assert_eq!(sent[0].header("content-md5"), "W+PhxnAfAnNgXG8whwAvow==");
        assert_eq!(
            sent[0].text(),
            "<ReplicationConfiguration><Agency>agency</Agency><Rule><ID>rule1</ID><Prefix>p/</Prefix>\
             <Status>Enabled</Status><HistoricalObjectReplication>Enabled</HistoricalObjectReplication>\
             <Destination><Bucket>destbucket</Bucket><StorageClass>WARM</StorageClass>\
             <DeleteData>Enabled</DeleteData></Destination></Rule></ReplicationConfiguration>"
        );
        assert!(sent[1].text().contains("<Bucket>arn:aws:s3:::destbucket</Bucket><StorageClass>STANDARD_IA"));
    }

    #[test]
    fn what_is_written_is_read_back() {
        let plain = Replication { agency: None, rules: vec![full(), ReplicationRule::new("b")] };
        survives(&plain);
    }
}
