//! Operations on buckets, one file each.

mod create;
mod delete;
mod head;
mod list;
mod location;
mod metadata;
mod options;
mod public_status;
mod storage_info;

pub use create::CreateBucket;
pub use delete::DeleteBucket;
pub use head::HeadBucket;
pub use list::{BucketEntry, ListBuckets, ListBucketsOutput};
pub use location::{BucketLocation, GetBucketLocation};
pub use metadata::{BucketMetadata, GetBucketMetadata};
pub use options::OptionsBucket;
pub use public_status::{GetBucketPolicyPublicStatus, GetBucketPublicStatus, PublicStatus};
pub use storage_info::{BucketStorageInfo, GetBucketStorageInfo, Usage};
