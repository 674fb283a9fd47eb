//! Operations on buckets, one file each.

mod create;
mod delete;
mod head;
mod list;

pub use create::CreateBucket;
pub use delete::DeleteBucket;
pub use head::HeadBucket;
pub use list::{BucketEntry, ListBuckets, ListBucketsOutput};
