//! Giving up an upload.

use obs_sign::Method;

use crate::error::Result;
use crate::multipart::UploadOf;
use crate::operation::{Answer, Operation, Parts};

/// Gives up an upload and deletes its parts, which cost money until then.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # let id = bucket.initiate_multipart_upload("big.bin").send()?.into_inner().upload_id;
/// bucket.abort_multipart_upload("big.bin", &id).send()?;
/// assert!(bucket.list_parts("big.bin", &id).send().unwrap_err().is_not_found());
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct AbortMultipartUpload {
    upload: UploadOf,
}

impl AbortMultipartUpload {
    /// This upload.
    pub fn new(key: impl Into<String>, upload_id: impl Into<String>) -> Self {
        Self { upload: UploadOf::new(key, upload_id) }
    }
}

impl Operation for AbortMultipartUpload {
    type Output = ();
    const NAME: &'static str = "AbortMultipartUpload";
    const METHOD: Method = Method::Delete;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        self.upload.write(parts)
    }

    fn decode(&self, answer: &mut Answer) -> Result<()> {
        answer.nothing()
    }
}
