//! Operations on objects, one file each.

mod append;
mod copy;
mod delete;
mod delete_many;
mod get;
mod list;
mod metadata;
mod put;
mod restore;
mod versions;

pub use append::{AppendObject, AppendObjectOutput};
pub use copy::{CopyObject, CopyObjectOutput, MetadataDirective};
pub use delete::{DeleteObject, DeleteObjectOutput};
pub use delete_many::{DeleteFailure, DeleteObjects, DeleteObjectsOutput, DeletedObject, ObjectId};
pub use get::{GetObject, GetObjectOutput, ObjectBody};
pub(crate) use list::common_prefixes;
pub use list::{ListObjects, ListObjectsOutput, ObjectEntry};
pub use metadata::{GetObjectMetadata, HeadObject, ObjectMetadata};
pub use put::{PutObject, PutObjectOutput};
pub(crate) use put::{check_sent, crc64_of};
pub use restore::{RestoreObject, RestoreObjectOutput, RestoreTier};
pub use versions::{DeleteMarker, ListVersions, ListVersionsOutput, ObjectVersion, VersionEntry};
