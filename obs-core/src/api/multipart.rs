//! Calls about uploads in parts.

use super::bucket_operations;
use crate::body::Content;
use crate::multipart::*;
use crate::types::CopySource;

bucket_operations! {
    /// Begins an upload in parts (OBS: Initiate Multipart Upload). Its parts are stored, and paid for, until it is
    /// [completed](Self::complete_multipart_upload) or [aborted](Self::abort_multipart_upload).
    example
    /// let upload = bucket.initiate_multipart_upload("big.bin").content_type("application/x-tar").send()?;
    /// println!("{}", upload.upload_id);
    fn initiate_multipart_upload(key: impl Into<String>) -> InitiateMultipartUpload = InitiateMultipartUpload::new(key);

    /// Uploads a part, numbered 1 to 10,000 (OBS: Upload Part): 100 KB to 5 GB, only the last may be smaller.
    example
    /// let upload = bucket.initiate_multipart_upload("big.bin").send()?;
    /// let first = bucket.upload_part("big.bin", &upload.upload_id, 1, vec![0u8; 200 << 10]).send()?;
    /// let last = bucket.upload_part("big.bin", &upload.upload_id, 2, "the end").send()?;
    /// let parts = [first.completed(), last.completed()];
    /// bucket.complete_multipart_upload("big.bin", &upload.upload_id, parts).send()?;
    fn upload_part(key: impl Into<String>, upload_id: impl Into<String>, part_number: u32, content: impl Into<Content>) -> UploadPart
        = UploadPart::new(key, upload_id, part_number, content);

    /// Fills a part, numbered 1 to 10,000, from another object or a range of it (OBS: Copy Part): 100 KB to 5 GB, only the last may be
    /// smaller.
    example
    /// use obs_core::CopySource;
    ///
    /// let upload = bucket.initiate_multipart_upload("copy.bin").send()?;
    /// let source = CopySource::new("my-bucket", "hello.txt");
    /// let part = bucket.copy_part("copy.bin", &upload.upload_id, 1, source).source_range(0..5).send()?;
    /// bucket.complete_multipart_upload("copy.bin", &upload.upload_id, [part.completed()]).send()?;
    fn copy_part(key: impl Into<String>, upload_id: impl Into<String>, part_number: u32, source: impl Into<CopySource>) -> CopyPart
        = CopyPart::new(key, upload_id, part_number, source);

    /// Makes the object of its parts, which may come in any order (OBS: Complete Multipart Upload). Parts that are not named are deleted. A part
    /// with another ETag: `InvalidPart`; one below 100 KB that is not the last: `EntityTooSmall`.
    example
    /// # let upload = bucket.initiate_multipart_upload("big.bin").send()?;
    /// # bucket.upload_part("big.bin", &upload.upload_id, 1, "all").send()?;
    /// let parts = bucket.list_parts("big.bin", &upload.upload_id).iter().map(|part| Ok(part?.completed()));
    /// let parts = parts.collect::<obs_core::Result<Vec<_>>>()?;
    /// let object = bucket.complete_multipart_upload("big.bin", &upload.upload_id, parts).send()?;
    /// println!("{}", object.object_url);
    fn complete_multipart_upload(key: impl Into<String>, upload_id: impl Into<String>, parts: impl IntoIterator<Item = CompletedPart>) -> CompleteMultipartUpload
        = CompleteMultipartUpload::new(key, upload_id, parts);

    /// Gives up an upload in parts and deletes those (OBS: Abort Multipart Upload).
    example
    /// let upload = bucket.initiate_multipart_upload("big.bin").send()?;
    /// bucket.abort_multipart_upload("big.bin", &upload.upload_id).send()?;
    fn abort_multipart_upload(key: impl Into<String>, upload_id: impl Into<String>) -> AbortMultipartUpload = AbortMultipartUpload::new(key, upload_id);

    /// Lists the parts of an upload by number, at most 1,000 a page (OBS: List Parts). An upload that was completed or aborted:
    /// [`is_not_found`](crate::Error::is_not_found) (`NoSuchUpload`).
    example
    /// # let upload = bucket.initiate_multipart_upload("big.bin").send()?;
    /// # bucket.upload_part("big.bin", &upload.upload_id, 1, "all").send()?;
    /// for part in bucket.list_parts("big.bin", &upload.upload_id).iter() {
    ///     let part = part?;
    ///     println!("{}: {} bytes", part.part_number, part.size);
    /// }
    fn list_parts(key: impl Into<String>, upload_id: impl Into<String>) -> ListParts = ListParts::new(key, upload_id);

    /// Lists the uploads that were begun and neither completed nor aborted, at most 1,000 a page (OBS: List Multipart Uploads).
    example
    /// # bucket.initiate_multipart_upload("big.bin").send()?;
    /// for upload in bucket.list_multipart_uploads().iter() {
    ///     let upload = upload?;
    ///     println!("{} {} since {:?}", upload.key, upload.upload_id, upload.initiated);
    /// }
    fn list_multipart_uploads() -> ListMultipartUploads = ListMultipartUploads::default();
}
