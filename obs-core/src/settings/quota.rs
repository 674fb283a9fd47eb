//! How much a bucket may hold.

use obs_sign::Dialect;

use crate::error::{Error, Result};
use crate::operation::Answer;
use crate::setting::Setting;
use crate::xml::{NodeExt, XmlWriter};

/// The quota of a bucket.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// bucket.set_bucket_quota(100 << 20).send()?;
/// println!("{} bytes", bucket.get_bucket_quota().send()?.storage_quota);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quota {
    /// How many bytes the bucket may hold, at most 2^63 - 1; 0: no limit.
    pub storage_quota: u64,
}

impl From<u64> for Quota {
    fn from(bytes: u64) -> Self {
        Self { storage_quota: bytes }
    }
}

impl Setting for Quota {
    const SUB_RESOURCE: &'static str = "quota";
    const GET: &'static str = "GetBucketQuota";
    const SET: &'static str = "SetBucketQuota";
    const DELETE: &'static str = "";

    fn read(answer: &mut Answer) -> Result<Self> {
        answer.xml(|root| Ok(Self { storage_quota: root.required("StorageQuota")? }))
    }

    fn write(&self, _dialect: Dialect) -> Result<String> {
        if i64::try_from(self.storage_quota).is_err() {
            return Err(Error::invalid(format!(
                "the quota of {} bytes is more than the 2^63 - 1 that OBS takes; 0 is no limit",
                self.storage_quota
            )));
        }
        XmlWriter::document("Quota", |w| w.text("StorageQuota", self.storage_quota))
    }
}

#[cfg(test)]
mod tests {
    use super::Quota;
    use crate::error::ErrorKind;
    use crate::test_support::{Fake, read_setting, survives};

    #[test]
    fn golden() {
        let fake = Fake::new();
        fake.bucket().set_bucket_quota(100 << 20).send().unwrap();
        let sent = fake.only();
        assert_eq!(sent.line(), "PUT /?quota");
        assert_eq!(sent.text(), "<Quota><StorageQuota>104857600</StorageQuota></Quota>");
        survives(&Quota::from(0));
        survives(&Quota::from(i64::MAX as u64));
    }

    #[test]
    fn too_much_is_refused_before_anything_is_sent() {
        let fake = Fake::new();
        let error = fake.bucket().set_bucket_quota(1 << 63).send().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(fake.sent().is_empty());
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        let read = |text| read_setting::<Quota>(obs_sign::Dialect::Obs, text).unwrap_err().to_string();
        assert_eq!(read("<Quota/>"), "Quota lacks StorageQuota");
        assert_eq!(
            read("<Quota><StorageQuota>much</StorageQuota></Quota>"),
            "StorageQuota in Quota is \"much\""
        );
    }
}
