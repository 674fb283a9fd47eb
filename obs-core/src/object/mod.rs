//! Operations on objects, one file each.

mod delete;
mod get;
mod list;
mod metadata;
mod put;

pub use delete::{DeleteObject, DeleteObjectOutput};
pub use get::{GetObject, GetObjectOutput, ObjectBody};
pub(crate) use list::common_prefixes;
pub use list::{ListObjects, ListObjectsOutput, ObjectEntry};
pub use metadata::{GetObjectMetadata, HeadObject, ObjectMetadata};
pub use put::{PutObject, PutObjectOutput};
pub(crate) use put::{check_sent, crc64_of};
