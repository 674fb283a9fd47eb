//! The uploads in parts that were begun and neither completed nor aborted.

use std::time::SystemTime;

use obs_sign::Method;

use crate::error::Result;
use crate::listing::{Listing, move_on};
use crate::operation::{Answer, Operation, Parts};
use crate::request::Request;
use crate::types::{EncodingType, KeyDecoder, KeyFilter, Owner, StorageClass, instant};
use crate::xml::{Element, NodeExt, Page};

/// Lists the unfinished uploads of a bucket, at most 1,000 a page.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # let id = bucket.initiate_multipart_upload("big.bin").send()?.into_inner().upload_id;
/// for upload in bucket.list_multipart_uploads().prefix("big").iter() {
///     let upload = upload?;
///     bucket.abort_multipart_upload(&upload.key, &upload.upload_id).send()?;
/// }
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct ListMultipartUploads {
    keys: KeyFilter,
    max_uploads: Option<u32>,
    key_marker: Option<String>,
    upload_id_marker: Option<String>,
    encoding_type: EncodingType,
}

/// A page of uploads.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # let id = bucket.initiate_multipart_upload("big.bin").send()?.into_inner().upload_id;
/// let page = bucket.list_multipart_uploads().delimiter("/").send()?;
/// println!("{} uploads here, and some below {:?}", page.uploads.len(), page.common_prefixes);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListMultipartUploadsOutput {
    /// The bucket.
    pub bucket: String,
    /// Behind which key this page begins.
    pub key_marker: Option<String>,
    /// Behind which upload of that key.
    pub upload_id_marker: Option<String>,
    /// The key marker of the next page.
    pub next_key_marker: Option<String>,
    /// The upload marker of the next page.
    pub next_upload_id_marker: Option<String>,
    /// How many were asked for.
    pub max_uploads: Option<u32>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// What all keys begin with.
    pub prefix: Option<String>,
    /// What keys were grouped by.
    pub delimiter: Option<String>,
    /// `url` if the server encoded the keys; they are decoded here.
    pub encoding_type: Option<String>,
    /// The uploads, by key and time.
    pub uploads: Vec<UploadEntry>,
    /// The groups of keys that agree up to the delimiter.
    pub common_prefixes: Vec<String>,
}

/// An unfinished upload.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # let id = bucket.initiate_multipart_upload("big.bin").send()?.into_inner().upload_id;
/// for upload in &bucket.list_multipart_uploads().send()?.uploads {
///     println!("{} since {:?} by {:?}", upload.key, upload.initiated, upload.initiator);
/// }
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct UploadEntry {
    /// The object that it will make.
    pub key: String,
    /// Its id.
    pub upload_id: String,
    /// Who began it.
    pub initiator: Option<Owner>,
    /// Whose the object will be.
    pub owner: Option<Owner>,
    /// The storage class.
    pub storage_class: Option<StorageClass>,
    /// When it was begun.
    pub initiated: Option<SystemTime>,
}

impl UploadEntry {
    fn read(node: Element<'_>) -> Result<Self> {
        Ok(Self {
            key: node.text_of("Key")?,
            upload_id: node.text_of("UploadId")?,
            initiator: Owner::child_of(node, "Initiator"),
            owner: Owner::child_of(node, "Owner"),
            storage_class: node.opt("StorageClass")?,
            initiated: instant::child_time(node, "Initiated")?,
        })
    }
}

impl Page for ListMultipartUploadsOutput {
    const ROOT: &'static str = "ListMultipartUploadsResult";

    fn read(&mut self, child: Element<'_>) -> Result<()> {
        match child.name() {
            "Bucket" => self.bucket = child.full_text(),
            "KeyMarker" => self.key_marker = child.own_text(),
            "UploadIdMarker" => self.upload_id_marker = child.own_text(),
            "NextKeyMarker" => self.next_key_marker = child.own_text(),
            "NextUploadIdMarker" => self.next_upload_id_marker = child.own_text(),
            "MaxUploads" => self.max_uploads = child.own()?,
            "IsTruncated" => self.is_truncated = child.own_bool()?,
            "Prefix" => self.prefix = child.own_text(),
            "Delimiter" => self.delimiter = child.own_text(),
            "EncodingType" => self.encoding_type = child.own_text(),
            "Upload" => self.uploads.push(UploadEntry::read(child)?),
            "CommonPrefixes" => self.common_prefixes.push(child.text_of("Prefix")?),
            _ => {}
        }
        Ok(())
    }
}

impl Operation for ListMultipartUploads {
    type Output = ListMultipartUploadsOutput;
    const NAME: &'static str = "ListMultipartUploads";
    const METHOD: Method = Method::Get;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        parts.flag("uploads");
        self.keys.write(parts);
        parts.query_opt("max-uploads", self.max_uploads);
        parts.query_opt("key-marker", self.key_marker.as_deref());
        parts.query_opt("upload-id-marker", self.upload_id_marker.as_deref());
        self.encoding_type.write(parts);
        Ok(())
    }

    fn decode(&self, answer: &mut Answer) -> Result<ListMultipartUploadsOutput> {
        let mut page: ListMultipartUploadsOutput = answer.page()?;
        let keys = KeyDecoder::of(page.encoding_type.as_deref());
        keys.decode_all(
            [&mut page.prefix, &mut page.key_marker, &mut page.next_key_marker, &mut page.delimiter]
                .into_iter()
                .flatten(),
        )?;
        keys.decode_all(page.uploads.iter_mut().map(|u| &mut u.key))?;
        keys.decode_all(&mut page.common_prefixes)?;
        Ok(page)
    }
}

impl AsMut<KeyFilter> for ListMultipartUploads {
    fn as_mut(&mut self) -> &mut KeyFilter {
        &mut self.keys
    }
}

impl AsMut<EncodingType> for ListMultipartUploads {
    fn as_mut(&mut self) -> &mut EncodingType {
        &mut self.encoding_type
    }
}

impl Listing for ListMultipartUploads {
    type Item = UploadEntry;

    fn advance(&mut self, page: &ListMultipartUploadsOutput) -> Result<bool> {
        let next = page.next_key_marker.clone().map(|key| (Some(key), page.next_upload_id_marker.clone()));
        let mut cursor = (self.key_marker.take(), self.upload_id_marker.take());
        let moved = move_on(&mut cursor, next, page.is_truncated);
        (self.key_marker, self.upload_id_marker) = cursor;
        moved
    }

    fn items(page: ListMultipartUploadsOutput) -> impl IntoIterator<Item = UploadEntry> {
        page.uploads
    }
}

impl Request<ListMultipartUploads> {
    /// How many uploads a page holds at most: 1 to 1,000. Default: 1,000.
    pub fn max_uploads(mut self, count: u32) -> Self {
        self.operation.max_uploads = Some(count);
        self
    }

    /// Begins behind this key.
    pub fn key_marker(mut self, key: impl Into<String>) -> Self {
        self.operation.key_marker = Some(key.into());
        self
    }

    /// Begins behind this upload of the key.
    pub fn upload_id_marker(mut self, id: impl Into<String>) -> Self {
        self.operation.upload_id_marker = Some(id.into());
        self
    }
}
