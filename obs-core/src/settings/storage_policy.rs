//! The default storage class of a bucket.

use obs_sign::Dialect;

use crate::error::Result;
use crate::operation::{Answer, Parts};
use crate::setting::Setting;
use crate::types::StorageClass;
use crate::xml::{NodeExt, XmlWriter};

/// The storage class of objects that are uploaded to a bucket without one.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use obs_core::StorageClass;
///
/// bucket.set_bucket_storage_policy(StorageClass::Warm).send()?;
/// println!("{}", bucket.get_bucket_storage_policy().send()?.storage_class);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoragePolicy {
    /// The class.
    pub storage_class: StorageClass,
}

impl<C: Into<StorageClass>> From<C> for StoragePolicy {
    fn from(class: C) -> Self {
        Self { storage_class: class.into() }
    }
}

impl Setting for StoragePolicy {
    const SUB_RESOURCE: &'static str = "storageClass";
    const GET: &'static str = "GetBucketStoragePolicy";
    const SET: &'static str = "SetBucketStoragePolicy";
    const DELETE: &'static str = "";

    fn locate(parts: &mut Parts) {
        parts.flag(if parts.dialect().is_obs() { Self::SUB_RESOURCE } else { "storagePolicy" });
    }

    fn read(answer: &mut Answer) -> Result<Self> {
        answer.xml(|root| {
            let class = match root.tag_name().name() {
                "StorageClass" => root.full_text(),
                _ => root.text_of("DefaultStorageClass")?,
            };
            Ok(Self { storage_class: class.into() })
        })
    }

    fn write(&self, dialect: Dialect) -> Result<String> {
        let class = self.storage_class.wire(dialect);
        if dialect.is_obs() {
            XmlWriter::document("StorageClass", |w| w.content("StorageClass", class))
        } else {
            XmlWriter::document("StoragePolicy", |w| w.text("DefaultStorageClass", class))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::StoragePolicy;
    use crate::test_support::{Fake, survives};
    use crate::types::StorageClass;

    #[test]
    fn each_protocol_has_its_own() {
        let fake = Fake::new();
        fake.bucket().set_bucket_storage_policy("GLACIER").send().unwrap();
        fake.bucket_v2().set_bucket_storage_policy(StorageClass::Warm).send().unwrap();
        let sent = fake.sent();
        assert_eq!(sent[0].line(), "PUT /?storageClass");
        assert_eq!(sent[0].text(), "<StorageClass>COLD</StorageClass>");
        assert_eq!(sent[1].line(), "PUT /?storagePolicy");
        assert_eq!(
            sent[1].text(),
            "<StoragePolicy><DefaultStorageClass>STANDARD_IA</DefaultStorageClass></StoragePolicy>"
        );
    }

    #[test]
    fn what_is_written_is_read_back() {
        survives(&StoragePolicy::from(StorageClass::Warm));
        survives(&StoragePolicy::from("LUKEWARM"));
    }
}
