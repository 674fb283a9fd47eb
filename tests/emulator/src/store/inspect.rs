//! What tests may look at and damage behind the server's back.

use crate::store::data::Data;
use crate::store::object::Version;
use crate::store::{State, Store};
use std::io;

/// A version of an object as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredObject {
    /// Key.
    pub key: String,
    /// `null` or the id of the version.
    pub version_id: String,
    /// Whether it is only a delete marker.
    pub delete_marker: bool,
    /// Length in bytes.
    pub len: u64,
    /// With quotes.
    pub etag: String,
    /// CRC-64/XZ of the bytes that were written.
    pub crc64: u64,
}

/// A multipart upload that is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredUpload {
    /// Key that the upload will write.
    pub key: String,
    /// Upload id.
    pub upload_id: String,
    /// Number and length of each part that is there.
    pub parts: Vec<(u32, u64)>,
}

impl Store {
    /// The bytes of the newest version of an object, if it is there.
    ///
    /// # Errors
    /// The spool file cannot be read.
    pub fn object_bytes(&self, bucket: &str, key: &str) -> io::Result<Option<Vec<u8>>> {
        let data = self
            .read()
            .bucket(bucket)
            .ok()
            .and_then(|bucket| bucket.object(key, None).ok())
            .map(|(_, object)| object.data.clone());
        data.map(|data| data.to_vec()).transpose()
    }

    /// All versions in a bucket, in the order of listings.
    #[must_use]
    pub fn objects(&self, bucket: &str) -> Vec<StoredObject> {
        let state = self.read();
        let Ok(bucket) = state.bucket(bucket) else { return Vec::new() };
        let versions = bucket.objects.iter().flat_map(|(key, list)| list.iter().map(move |one| (key, one)));
        versions
            .map(|(key, version)| {
                let object = version.object();
                StoredObject {
                    key: key.clone(),
                    version_id: version.id.clone(),
                    delete_marker: object.is_none(),
                    len: object.map_or(0, |object| object.data.len()),
                    etag: object.map(|object| object.etag.clone()).unwrap_or_default(),
                    crc64: object.map_or(0, |object| object.crc64),
                }
            })
            .collect()
    }

    /// The unfinished multipart uploads of a bucket.
    #[must_use]
    pub fn uploads(&self, bucket: &str) -> Vec<StoredUpload> {
        let state = self.read();
        let Ok(bucket) = state.bucket(bucket) else { return Vec::new() };
        bucket
            .uploads
            .iter()
            .map(|((key, upload_id), upload)| StoredUpload {
                key: key.clone(),
                upload_id: upload_id.clone(),
                parts: upload.parts.iter().map(|(number, part)| (*number, part.data.len())).collect(),
            })
            .collect()
    }

    /// The names of all buckets.
    #[must_use]
    pub fn buckets(&self) -> Vec<String> {
        self.read().buckets.keys().cloned().collect()
    }

    /// Turns over one bit of the newest version of a stored object, leaving ETag and checksum as they were.
    /// False if there is no such bit.
    #[must_use]
    pub fn corrupt_object(&self, bucket: &str, key: &str, bit: u64) -> bool {
        self.corrupt(bit, |state| {
            let version = state.bucket_mut(bucket).ok()?.version_mut(key, None).ok()?;
            Version::object_mut(version).map(|object| &mut object.data)
        })
    }

    /// Turns over one bit of a stored part, leaving its ETag as it was. False if there is no such bit.
    #[must_use]
    pub fn corrupt_part(&self, bucket: &str, key: &str, upload_id: &str, part: u32, bit: u64) -> bool {
        self.corrupt(bit, |state| {
            let uploads = &mut state.bucket_mut(bucket).ok()?.uploads;
            let upload = uploads.get_mut(&(key.to_owned(), upload_id.to_owned()))?;
            upload.parts.get_mut(&part).map(|part| &mut part.data)
        })
    }

    fn corrupt(&self, bit: u64, find: impl FnOnce(&mut State) -> Option<&mut Data>) -> bool {
        find(&mut self.write()).is_some_and(|data| data.flip_bit(bit))
    }

    /// Forgets everything.
    pub fn clear(&self) {
        *self.write() = State::default();
    }
}
