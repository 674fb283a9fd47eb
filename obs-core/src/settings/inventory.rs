//! Inventories: lists of a bucket's objects that the service writes daily or weekly.

use obs_sign::{Dialect, Method};

use crate::body::Body;
use crate::error::{Error, Result};
use crate::operation::{Answer, Operation, Parts};
use crate::types::{UnknownElements, open_enum};
use crate::xml::{Node, NodeExt, XmlWriter};

open_enum! {
    /// How often an inventory is written.
    InventoryFrequency {
        /// Once a day.
        Daily = "Daily",
        /// Once a week.
        Weekly = "Weekly",
    }
}

open_enum! {
    /// Which versions an inventory lists.
    InventoryVersions {
        /// All.
        All = "All",
        /// The current ones.
        Current = "Current",
    }
}

open_enum! {
    /// What an inventory tells of an object, beyond bucket and key.
    InventoryField {
        /// The size in bytes.
        Size = "Size",
        /// When it was last changed.
        LastModifiedDate = "LastModifiedDate",
        /// The ETag.
        ETag = "ETag",
        /// The storage class.
        StorageClass = "StorageClass",
        /// Whether it was uploaded in parts.
        IsMultipartUploaded = "IsMultipartUploaded",
        /// Whether it was copied to another region.
        ReplicationStatus = "ReplicationStatus",
        /// Whether it is encrypted.
        EncryptionStatus = "EncryptionStatus",
        /// The version.
        VersionId = "VersionId",
        /// Whose it is.
        ObjectOwner = "ObjectOwner",
        /// Who may access it.
        ObjectAcl = "ObjectAcl",
    }
}

/// Where an inventory is written to.
///
/// ```
/// use obs_core::settings::inventory::InventoryConfiguration;
///
/// let inventory = InventoryConfiguration::new("report1", "reports-bucket", "Weekly")
///     .destination_prefix("inventory/");
/// assert_eq!(inventory.destination.bucket, "reports-bucket");
/// assert_eq!(inventory.destination.prefix.as_deref(), Some("inventory/"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InventoryDestination {
    /// The format: `CSV`.
    pub format: String,
    /// The bucket, in the same region and of the same owner.
    pub bucket: String,
    /// What the keys of the files begin with.
    pub prefix: Option<String>,
}

/// An inventory of a bucket. A bucket has at most 10.
///
/// ```
/// use obs_core::settings::inventory::{
///     InventoryConfiguration, InventoryField, InventoryFrequency,
/// };
///
/// let inventory =
///     InventoryConfiguration::new("report1", "reports-bucket", InventoryFrequency::Daily)
///         .filter_prefix("photos/")
///         .optional_fields([InventoryField::Size, InventoryField::ETag]);
/// # let _ = inventory;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InventoryConfiguration {
    /// Its name, unique within the bucket: 1 to 64 letters, digits, hyphens, dots and underscores.
    pub id: String,
    /// Whether it is written.
    pub is_enabled: bool,
    /// What the keys that it lists begin with; all without it.
    pub filter_prefix: Option<String>,
    /// Where it is written to.
    pub destination: InventoryDestination,
    /// How often.
    pub frequency: InventoryFrequency,
    /// Which versions it lists.
    pub included_object_versions: InventoryVersions,
    /// What it tells of an object.
    pub optional_fields: Vec<InventoryField>,
    /// What this crate does not know of it.
    pub unknown: UnknownElements,
}

impl InventoryConfiguration {
    /// An inventory of the current versions of all objects, as CSV in this bucket.
    pub fn new(
        id: impl Into<String>,
        bucket: impl Into<String>,
        frequency: impl Into<InventoryFrequency>,
    ) -> Self {
        Self {
            id: id.into(),
            is_enabled: true,
            filter_prefix: None,
            destination: InventoryDestination {
                format: "CSV".to_owned(),
                bucket: bucket.into(),
                prefix: None,
            },
            frequency: frequency.into(),
            included_object_versions: InventoryVersions::Current,
            optional_fields: Vec::new(),
            unknown: UnknownElements::default(),
        }
    }

    /// Whether it is written. Default: yes.
    #[must_use]
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.is_enabled = enabled;
        self
    }

    /// Lists only keys that begin so.
    #[must_use]
    pub fn filter_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.filter_prefix = Some(prefix.into());
        self
    }

    /// What the keys of the files begin with.
    #[must_use]
    pub fn destination_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.destination.prefix = Some(prefix.into());
        self
    }

    /// Which versions it lists. Default: the current ones.
    #[must_use]
    pub fn included_object_versions(mut self, versions: impl Into<InventoryVersions>) -> Self {
        self.included_object_versions = versions.into();
        self
    }

    /// What it tells of an object, beyond bucket, key and version.
    #[must_use]
    pub fn optional_fields<F: Into<InventoryField>>(mut self, fields: impl IntoIterator<Item = F>) -> Self {
        self.optional_fields = fields.into_iter().map(Into::into).collect();
        self
    }

    fn read(node: Node<'_, '_>) -> Result<Self> {
        let destination = node.child("Destination").ok_or_else(|| node.lacks("Destination"))?;
        let schedule = node.child("Schedule").ok_or_else(|| node.lacks("Schedule"))?;
        let fields = node.child("OptionalFields");
        let fields = fields.iter().flat_map(|list| list.children_named("Field"));
        Ok(Self {
            id: node.text_of("Id")?,
            is_enabled: node.opt_bool("IsEnabled")?.ok_or_else(|| node.lacks("IsEnabled"))?,
            filter_prefix: node.child("Filter").and_then(|filter| filter.opt_text("Prefix")),
            destination: InventoryDestination {
                format: destination.text_of("Format")?,
                bucket: destination.text_of("Bucket")?,
                prefix: destination.opt_text("Prefix"),
            },
            frequency: schedule.text_of("Frequency")?.into(),
            included_object_versions: node.text_of("IncludedObjectVersions")?.into(),
            optional_fields: fields.map(|field| field.full_text().into()).collect(),
            unknown: UnknownElements::of(node, &KNOWN),
        })
    }

    fn write(&self) -> Result<String> {
        XmlWriter::document("InventoryConfiguration", |w| {
            w.text("Id", &self.id);
            w.text("IsEnabled", self.is_enabled);
            if let Some(prefix) = &self.filter_prefix {
                w.element("Filter", |w| w.text("Prefix", prefix));
            }
            w.element("Destination", |w| {
                w.text("Format", &self.destination.format);
                w.text("Bucket", &self.destination.bucket);
                w.opt("Prefix", self.destination.prefix.as_ref());
            });
            w.element("Schedule", |w| w.text("Frequency", &self.frequency));
            w.text("IncludedObjectVersions", &self.included_object_versions);
            if !self.optional_fields.is_empty() {
                w.element("OptionalFields", |w| {
                    self.optional_fields.iter().for_each(|field| w.text("Field", field));
                });
            }
            self.unknown.write(w);
        })
    }
}

const KNOWN: [&str; 7] =
    ["Id", "IsEnabled", "Filter", "Destination", "Schedule", "IncludedObjectVersions", "OptionalFields"];

/// Writes which inventory is meant.
fn locate(parts: &mut Parts, id: &str) -> Result<()> {
    if id.is_empty() {
        return Err(Error::invalid("the id of the inventory is empty"));
    }
    parts.flag("inventory");
    parts.query("id", id);
    Ok(())
}

/// Creates an inventory, or takes the place of the one with the same id.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&[]);
/// use obs_core::settings::inventory::{InventoryConfiguration, InventoryFrequency};
/// let daily = InventoryConfiguration::new("daily", "my-bucket", InventoryFrequency::Daily)
///     .filter_prefix("photos/");
/// bucket.put_bucket_inventory(daily).send()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct PutBucketInventory(InventoryConfiguration);

impl PutBucketInventory {
    /// This inventory.
    pub fn new(inventory: InventoryConfiguration) -> Self {
        Self(inventory)
    }
}

impl Operation for PutBucketInventory {
    type Output = ();
    const NAME: &'static str = "PutBucketInventory";
    const METHOD: Method = Method::Put;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        locate(parts, &self.0.id)
    }

    fn body(&mut self, _dialect: Dialect) -> Result<Body<'_>> {
        Ok(Body::text(self.0.write()?).with_content_md5())
    }

    fn decode(&self, answer: &mut Answer) -> Result<()> {
        answer.nothing()
    }
}

/// Reads an inventory.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&[]);
/// # use obs_core::settings::inventory::{InventoryConfiguration, InventoryFrequency};
/// # bucket.put_bucket_inventory(InventoryConfiguration::new("daily", "my-bucket", InventoryFrequency::Daily)).send()?;
/// let mut inventory = bucket.get_bucket_inventory("daily").send()?.into_inner();
/// inventory.is_enabled = false;
/// bucket.put_bucket_inventory(inventory).send()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct GetBucketInventory(String);

impl GetBucketInventory {
    /// The inventory with this id.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }
}

impl Operation for GetBucketInventory {
    type Output = InventoryConfiguration;
    const NAME: &'static str = "GetBucketInventory";
    const METHOD: Method = Method::Get;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        locate(parts, &self.0)
    }

    fn decode(&self, answer: &mut Answer) -> Result<InventoryConfiguration> {
        answer.xml(InventoryConfiguration::read)
    }
}

/// Deletes an inventory. The lists that it wrote stay.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&[]);
/// # use obs_core::settings::inventory::{InventoryConfiguration, InventoryFrequency};
/// # bucket.put_bucket_inventory(InventoryConfiguration::new("daily", "my-bucket", InventoryFrequency::Daily)).send()?;
/// bucket.delete_bucket_inventory("daily").send()?;
/// assert!(bucket.get_bucket_inventory("daily").send().unwrap_err().is_not_found());
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct DeleteBucketInventory(String);

impl DeleteBucketInventory {
    /// The inventory with this id.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }
}

impl Operation for DeleteBucketInventory {
    type Output = ();
    const NAME: &'static str = "DeleteBucketInventory";
    const METHOD: Method = Method::Delete;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        locate(parts, &self.0)
    }

    fn decode(&self, answer: &mut Answer) -> Result<()> {
        answer.nothing()
    }
}

/// Reads all inventories of a bucket, in one answer.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&[]);
/// # use obs_core::settings::inventory::{InventoryConfiguration, InventoryFrequency};
/// # bucket.put_bucket_inventory(InventoryConfiguration::new("daily", "my-bucket", InventoryFrequency::Daily)).send()?;
/// for inventory in bucket.list_bucket_inventory().send()?.iter() {
///     println!("{} to {}", inventory.id, inventory.destination.bucket);
/// }
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct ListBucketInventory {}

impl Operation for ListBucketInventory {
    type Output = Vec<InventoryConfiguration>;
    const NAME: &'static str = "ListBucketInventory";
    const METHOD: Method = Method::Get;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        parts.flag("inventory");
        Ok(())
    }

    fn decode(&self, answer: &mut Answer) -> Result<Vec<InventoryConfiguration>> {
        answer.xml(|root| {
            root.children_named("InventoryConfiguration").map(InventoryConfiguration::read).collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{InventoryConfiguration, InventoryField, InventoryFrequency, InventoryVersions};
    use crate::error::ErrorKind;
    use crate::test_support::Fake;

    fn full() -> InventoryConfiguration {
        InventoryConfiguration::new("report1", "destbucket", InventoryFrequency::Daily)
            .filter_prefix("inv/")
            .destination_prefix("dest-prefix")
            .included_object_versions(InventoryVersions::All)
            .optional_fields([InventoryField::Size, InventoryField::LastModifiedDate, InventoryField::ETag])
    }

    #[test]
    fn golden() {
        let fake = Fake::new();
        fake.bucket().put_bucket_inventory(full()).send().unwrap();
        fake.bucket().delete_bucket_inventory("a b").send().unwrap();
        let sent = fake.sent();
        assert_eq!(sent[0].line(), "PUT /?inventory&id=report1");
        assert_eq!(sent[0].header("content-md5"), "NIXOQetm6QGcRtVSCa1hvA==");
        assert_eq!(
            sent[0].text(),
            "<InventoryConfiguration><Id>report1</Id><IsEnabled>true</IsEnabled><Filter><Prefix>inv/</Prefix></Filter>\
             <Destination><Format>CSV</Format><Bucket>destbucket</Bucket><Prefix>dest-prefix</Prefix></Destination>\
             <Schedule><Frequency>Daily</Frequency></Schedule><IncludedObjectVersions>All</IncludedObjectVersions>\
             <OptionalFields><Field>Size</Field><Field>LastModifiedDate</Field><Field>ETag</Field></OptionalFields>\
             </InventoryConfiguration>"
        );
        assert_eq!(sent[1].line(), "DELETE /?inventory&id=a%20b");
    }

    #[test]
    fn what_is_written_is_read_back() {
        let bare = InventoryConfiguration::new("b", "d", "Hourly").enabled(false);
        let list = format!(
            "<ListInventoryConfiguration xmlns=\"http://obs.cn-north-4.myhuaweicloud.com/doc/2015-06-30/\"><New/>{}{}\
             </ListInventoryConfiguration>",
            full().write().unwrap(),
            bare.write().unwrap()
        );
        let fake = Fake::new().xml(&bare.write().unwrap()).xml(&list);
        assert_eq!(*fake.bucket().get_bucket_inventory("b").send().unwrap(), bare);
        assert_eq!(*fake.bucket().list_bucket_inventory().send().unwrap(), [full(), bare]);
        assert_eq!(fake.sent()[0].line(), "GET /?inventory&id=b");
        assert_eq!(fake.sent()[1].line(), "GET /?inventory");
    }

    #[test]
    fn an_empty_id_would_mean_all() {
        let fake = Fake::new();
        let error = fake.bucket().delete_bucket_inventory("").send().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(fake.sent().is_empty());
    }
}
