//! Operations on buckets, one file each.

mod create;
mod delete;
mod head;
mod list;
mod options;

pub use create::CreateBucket;
pub use delete::DeleteBucket;
pub use head::HeadBucket;
pub use list::{BucketEntry, ListBuckets, ListBucketsOutput};
pub use options::OptionsBucket;
