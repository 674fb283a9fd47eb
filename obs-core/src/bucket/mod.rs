//! Operations on buckets, one file each.

mod alias;
mod create;
mod delete;
mod fetch_job;
mod head;
mod list;
mod location;
mod metadata;
mod options;
mod public_status;
mod storage_info;

pub use alias::{
    BindBucketAlias, BucketAlias, CreateBucketAlias, DeleteBucketAlias, GetBucketAlias, ListBucketAlias,
    ListBucketAliasOutput, UnbindBucketAlias,
};
pub use create::CreateBucket;
pub use delete::DeleteBucket;
pub use fetch_job::{FetchJob, FetchJobCreated, FetchJobStatus, GetBucketFetchJob, SetBucketFetchJob};
pub use head::HeadBucket;
pub use list::{BucketEntry, ListBuckets, ListBucketsOutput};
pub use location::{BucketLocation, GetBucketLocation};
pub use metadata::{BucketMetadata, GetBucketMetadata};
pub use options::OptionsBucket;
pub use public_status::{GetBucketPolicyPublicStatus, GetBucketPublicStatus, PublicStatus};
pub use storage_info::{BucketStorageInfo, GetBucketStorageInfo, Usage};
