//! The documents that configure a bucket, one file each.

mod acl;
pub mod lifecycle;

pub use acl::SetBucketAcl;
pub use lifecycle::Lifecycle;
