//! The uploads in parts that were begun and neither completed nor aborted.

use std::time::SystemTime;

use obs_sign::Method;

use crate::error::Result;
use crate::listing::Listing;
use crate::object::common_prefixes;
use crate::operation::{Answer, Operation, Parts};
use crate::request::Request;
use crate::types::{EncodingType, KeyDecoder, Owner, StorageClass, instant};
use crate::xml::{Node, NodeExt};

/// Lists the unfinished uploads of a bucket, at most 1,000 a page.
#[derive(Debug, Clone, Default)]
pub struct ListMultipartUploads {
    prefix: Option<String>,
    delimiter: Option<String>,
    max_uploads: Option<u32>,
    key_marker: Option<String>,
    upload_id_marker: Option<String>,
    encoding_type: EncodingType,
}

/// A page of uploads.
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
    fn read(node: Node<'_, '_>, keys: KeyDecoder) -> Result<Self> {
        Ok(Self {
            key: keys.decode(node.text_of("Key")?)?,
            upload_id: node.text_of("UploadId")?,
            initiator: Owner::child_of(node, "Initiator"),
            owner: Owner::child_of(node, "Owner"),
            storage_class: node.opt_text("StorageClass").map(StorageClass::from),
            initiated: instant::child_time(node, "Initiated")?,
        })
    }
}

impl Operation for ListMultipartUploads {
    type Output = ListMultipartUploadsOutput;
    const NAME: &'static str = "ListMultipartUploads";
    const METHOD: Method = Method::Get;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        parts.flag("uploads");
        parts.query_opt("delimiter", self.delimiter.as_deref());
        parts.query_opt("prefix", self.prefix.as_deref());
        parts.query_opt("max-uploads", self.max_uploads);
        parts.query_opt("key-marker", self.key_marker.as_deref());
        parts.query_opt("upload-id-marker", self.upload_id_marker.as_deref());
        self.encoding_type.write(parts);
        Ok(())
    }

    fn decode(&self, answer: &mut Answer) -> Result<ListMultipartUploadsOutput> {
        answer.xml(|root| {
            let encoding_type = root.opt_text("EncodingType");
            let keys = KeyDecoder::of(encoding_type.as_deref());
            Ok(ListMultipartUploadsOutput {
                bucket: root.opt_text("Bucket").unwrap_or_default(),
                key_marker: keys.decode_opt(root.opt_text("KeyMarker"))?,
                upload_id_marker: root.opt_text("UploadIdMarker"),
                next_key_marker: keys.decode_opt(root.opt_text("NextKeyMarker"))?,
                next_upload_id_marker: root.opt_text("NextUploadIdMarker"),
                max_uploads: root.opt("MaxUploads")?,
                is_truncated: root.opt_bool("IsTruncated")?.unwrap_or(false),
                prefix: keys.decode_opt(root.opt_text("Prefix"))?,
                delimiter: keys.decode_opt(root.opt_text("Delimiter"))?,
                uploads: root
                    .children_named("Upload")
                    .map(|n| UploadEntry::read(n, keys))
                    .collect::<Result<_>>()?,
                common_prefixes: common_prefixes(root, keys)?,
                encoding_type,
            })
        })
    }
}

impl AsMut<EncodingType> for ListMultipartUploads {
    fn as_mut(&mut self) -> &mut EncodingType {
        &mut self.encoding_type
    }
}

impl Listing for ListMultipartUploads {
    type Item = UploadEntry;

    fn advance(&mut self, page: &ListMultipartUploadsOutput) -> bool {
        let next = (page.next_key_marker.clone(), page.next_upload_id_marker.clone());
        // A server that does not move on would be asked for ever.
        let stuck = next.0.is_none() || next == (self.key_marker.clone(), self.upload_id_marker.clone());
        (self.key_marker, self.upload_id_marker) = next;
        page.is_truncated && !stuck
    }

    fn items(page: ListMultipartUploadsOutput) -> impl IntoIterator<Item = UploadEntry> {
        page.uploads
    }
}

impl Request<ListMultipartUploads> {
    /// Only keys that begin with this.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.operation.prefix = Some(prefix.into());
        self
    }

    /// Groups keys that agree up to this text behind the prefix, most often `/`.
    pub fn delimiter(mut self, delimiter: impl Into<String>) -> Self {
        self.operation.delimiter = Some(delimiter.into());
        self
    }

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
