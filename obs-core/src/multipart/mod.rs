//! Uploads in parts: begun, filled in any order, completed or aborted.

mod abort;
mod complete;
mod copy_part;
mod etag;
mod initiate;
mod list_parts;
mod list_uploads;
mod upload_part;

pub use abort::AbortMultipartUpload;
pub use complete::{CompleteMultipartUpload, CompleteMultipartUploadOutput, CompletedPart};
pub use copy_part::{CopyPart, CopyPartOutput};
#[doc(hidden)]
pub use etag::etag_of_parts;
pub use initiate::{InitiateMultipartUpload, InitiateMultipartUploadOutput};
pub use list_parts::{ListParts, ListPartsOutput, PartEntry};
pub use list_uploads::{ListMultipartUploads, ListMultipartUploadsOutput, UploadEntry};
pub use upload_part::{UploadPart, UploadPartOutput};

use crate::error::{Error, Result};
use crate::operation::Parts;

/// The object that an upload makes, and the upload's id.
#[derive(Debug, Clone)]
pub(crate) struct UploadOf {
    pub(crate) key: String,
    pub(crate) upload_id: String,
}

impl UploadOf {
    fn new(key: impl Into<String>, upload_id: impl Into<String>) -> Self {
        Self { key: key.into(), upload_id: upload_id.into() }
    }

    fn write(&self, parts: &mut Parts) -> Result<()> {
        if self.upload_id.is_empty() {
            return Err(Error::invalid("the upload id is empty: InitiateMultipartUpload gives one"));
        }
        parts.key(&self.key);
        parts.query("uploadId", &self.upload_id);
        Ok(())
    }

    /// With the number of a part.
    fn write_part(&self, number: u32, parts: &mut Parts) -> Result<()> {
        if !(1..=10_000).contains(&number) {
            return Err(Error::invalid(format!("part number {number}: parts are numbered 1 to 10,000")));
        }
        parts.query("partNumber", number);
        self.write(parts)
    }
}
