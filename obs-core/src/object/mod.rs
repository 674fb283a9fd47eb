//! Operations on objects, one file each.

mod access_label;
mod acl;
mod append;
mod copy;
mod delete;
mod delete_many;
mod finished_file;
mod get;
mod list;
mod metadata;
mod modify;
mod object_body;
mod options;
mod put;
mod rename;
mod restore;
mod retention;
mod set_metadata;
mod setting;
mod tagging;
mod truncate;
mod versions;

pub use access_label::AccessLabel;
pub use acl::SetObjectAcl;
pub use append::{AppendObject, AppendObjectOutput};
pub use copy::{CopyObject, CopyObjectOutput, MetadataDirective};
pub use delete::{DeleteObject, DeleteObjectOutput};
pub use delete_many::{DeleteFailure, DeleteObjects, DeleteObjectsOutput, DeletedObject, ObjectId};
#[doc(hidden)]
pub use finished_file::{behind_links, publish};
pub use get::{GetObject, GetObjectOutput};
pub use list::{ListObjects, ListObjectsOutput, ObjectEntry};
pub use metadata::{GetObjectMetadata, HeadObject, ObjectMetadata};
pub use modify::ModifyFile;
pub use object_body::ObjectBody;
pub use options::OptionsObject;
pub use put::{PutObject, PutObjectOutput};
pub(crate) use put::{check_sent, crc64_of};
pub use rename::RenameFile;
pub use restore::{RestoreObject, RestoreObjectOutput, RestoreTier};
pub use retention::PutObjectRetention;
pub use set_metadata::SetObjectMetadata;
pub use setting::{DeleteObjectSetting, GetObjectSetting, ObjectSetting, SetObjectSetting};
pub use truncate::TruncateFile;
pub use versions::{DeleteMarker, ListVersions, ListVersionsOutput, ObjectVersion, VersionEntry};
