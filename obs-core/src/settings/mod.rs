//! The documents that configure a bucket, one file each.

mod acl;
pub mod cors;
mod direct_cold_access;
mod encryption;
pub mod lifecycle;
mod logging;
pub mod notification;
pub mod object_lock;
mod policy;
mod public_access_block;
mod quota;
pub mod replication;
mod request_payment;
mod storage_policy;
mod tagging;
mod versioning;
pub mod website;

pub use acl::SetBucketAcl;
pub use cors::Cors;
pub use direct_cold_access::DirectColdAccess;
pub use encryption::{BucketEncryption, SseAlgorithm};
pub use lifecycle::{Lifecycle, RuleStatus};
pub use logging::Logging;
pub use notification::Notification;
pub use object_lock::ObjectLock;
pub use policy::BucketPolicy;
pub use public_access_block::PublicAccessBlock;
pub use quota::Quota;
pub use replication::Replication;
pub use request_payment::{Payer, RequestPayment};
pub use storage_policy::StoragePolicy;
pub use tagging::{Tag, Tagging};
pub use versioning::{Versioning, VersioningStatus};
pub use website::Website;
