//! The documents that configure a bucket, one file each.

pub mod lifecycle;

pub use lifecycle::Lifecycle;
