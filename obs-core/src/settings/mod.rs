//! The documents that configure a bucket, one file each.

mod acl;
pub mod compress_policy;
pub mod cors;
pub mod custom_domain;
mod direct_cold_access;
pub mod dis_policy;
mod encryption;
mod fetch_policy;
pub mod inventory;
pub mod lifecycle;
mod logging;
mod mirror_back_to_source;
pub mod notification;
pub mod object_lock;
mod policy;
mod public_access_block;
mod quota;
mod raw_json;
pub mod replication;
mod request_payment;
mod storage_policy;
mod tagging;
mod versioning;
pub mod website;

pub use acl::SetBucketAcl;
pub use compress_policy::ObsCompressPolicy;
pub use cors::Cors;
pub use custom_domain::{
    Certificate, CustomDomain, DeleteBucketCustomDomain, GetBucketCustomDomain, SetBucketCustomDomain,
};
pub use direct_cold_access::DirectColdAccess;
pub use dis_policy::DisPolicy;
pub use encryption::{BucketEncryption, SseAlgorithm};
pub use fetch_policy::{FetchPolicy, FetchStatus};
pub use inventory::{
    DeleteBucketInventory, GetBucketInventory, InventoryConfiguration, ListBucketInventory,
    PutBucketInventory,
};
pub use lifecycle::{Lifecycle, RuleStatus};
pub use logging::Logging;
pub use mirror_back_to_source::MirrorBackToSource;
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
