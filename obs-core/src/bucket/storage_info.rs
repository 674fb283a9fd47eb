//! How much a bucket holds.

use obs_sign::Method;

use crate::error::Result;
use crate::operation::{Answer, Operation, Parts};
use crate::xml::{Node, NodeExt};

/// How much a bucket holds, in all and by storage class. The service counts now and then, not at once.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// let info = bucket.get_bucket_storage_info().send()?;
/// println!(
///     "{} bytes, {:?} of them Standard, {:?} Warm",
///     info.size, info.standard.size, info.warm.size
/// );
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BucketStorageInfo {
    /// Bytes.
    pub size: u64,
    /// Objects.
    pub object_number: u64,
    /// Of class Standard.
    pub standard: Usage,
    /// Of class Warm.
    pub warm: Usage,
    /// Of class Cold.
    pub cold: Usage,
    /// Of class Deep Archive.
    pub deep_archive: Usage,
    /// Of class High Performance.
    pub high_performance: Usage,
    /// Of class Warm, as V2 names it.
    pub standard_ia: Usage,
    /// Of class Cold, as V2 names it.
    pub glacier: Usage,
}

/// What a storage class takes; none where the service does not tell.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// let cold = bucket.get_bucket_storage_info().send()?.into_inner().cold;
/// println!("{:?} objects of {:?} bytes are Cold", cold.object_number, cold.size);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// Bytes.
    pub size: Option<u64>,
    /// Objects.
    pub object_number: Option<u64>,
}

impl Usage {
    fn read(root: Node<'_, '_>, class: &str) -> Result<Self> {
        Ok(Self {
            size: root.opt(&format!("{class}Size"))?,
            object_number: root.opt(&format!("{class}ObjectNumber"))?,
        })
    }
}

/// Asks how much a bucket holds.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// let info = bucket.get_bucket_storage_info().send()?;
/// println!("{} objects, {} bytes", info.object_number, info.size);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct GetBucketStorageInfo {}

impl Operation for GetBucketStorageInfo {
    type Output = BucketStorageInfo;
    const NAME: &'static str = "GetBucketStorageInfo";
    const METHOD: Method = Method::Get;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        parts.flag("storageinfo");
        Ok(())
    }

    fn decode(&self, answer: &mut Answer) -> Result<BucketStorageInfo> {
        answer.xml(|root| {
            Ok(BucketStorageInfo {
                size: root.required("Size")?,
                object_number: root.required("ObjectNumber")?,
                standard: Usage::read(root, "Standard")?,
                warm: Usage::read(root, "Warm")?,
                cold: Usage::read(root, "Cold")?,
                deep_archive: Usage::read(root, "DeepArchive")?,
                high_performance: Usage::read(root, "HighPerformance")?,
                standard_ia: Usage::read(root, "Standard_IA")?,
                glacier: Usage::read(root, "Glacier")?,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::Fake;

    #[test]
    fn golden() {
        let fake = Fake::new().xml(
            "<GetBucketStorageInfoResult xmlns=\"http://obs.cn-north-4.myhuaweicloud.com/doc/2015-06-30/\">\
             <Size>9007199254740993</Size><ObjectNumber>24</ObjectNumber><WarmSize>7</WarmSize><Later>1</Later>\
             </GetBucketStorageInfoResult>",
        );
        let info = fake.bucket().get_bucket_storage_info().send().unwrap();
        assert_eq!((info.size, info.object_number), (9_007_199_254_740_993, 24));
        assert_eq!((info.warm.size, info.warm.object_number), (Some(7), None));
        assert_eq!(fake.only().line(), "GET /?storageinfo");
    }
}
