//! The objects in a bucket.

use std::time::SystemTime;

use obs_sign::Method;

use crate::error::Result;
use crate::listing::Listing;
use crate::operation::{Answer, Operation, Parts};
use crate::request::Request;
use crate::types::{EncodingType, KeyDecoder, Owner, StorageClass, instant};
use crate::xml::{Node, NodeExt};

/// Lists the objects of a bucket, at most 1,000 a page.
#[derive(Debug, Clone, Default)]
pub struct ListObjects {
    prefix: Option<String>,
    marker: Option<String>,
    max_keys: Option<u32>,
    delimiter: Option<String>,
    encoding_type: EncodingType,
}

/// A page of objects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListObjectsOutput {
    /// The bucket.
    pub name: String,
    /// The region of the bucket.
    pub location: Option<String>,
    /// What all keys begin with.
    pub prefix: Option<String>,
    /// Behind which key this page begins.
    pub marker: Option<String>,
    /// The marker of the next page.
    pub next_marker: Option<String>,
    /// What keys were grouped by.
    pub delimiter: Option<String>,
    /// How many were asked for.
    pub max_keys: Option<u32>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// `url` if the server encoded the keys; they are decoded here.
    pub encoding_type: Option<String>,
    /// The objects, by key.
    pub contents: Vec<ObjectEntry>,
    /// The groups of keys that agree up to the delimiter: the folders.
    pub common_prefixes: Vec<String>,
}

/// An object in a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObjectEntry {
    /// The key.
    pub key: String,
    /// When it was last changed.
    pub last_modified: Option<SystemTime>,
    /// The ETag, in quotes.
    pub etag: Option<String>,
    /// How many bytes it has.
    pub size: u64,
    /// The storage class.
    pub storage_class: Option<StorageClass>,
    /// Whose it is.
    pub owner: Option<Owner>,
    /// Whether it can be appended to.
    pub is_appendable: bool,
}

impl ObjectEntry {
    fn read(node: Node<'_, '_>, keys: KeyDecoder) -> Result<Self> {
        Ok(Self {
            key: keys.decode(node.text_of("Key")?)?,
            last_modified: instant::child_time(node, "LastModified")?,
            etag: node.opt_text("ETag"),
            size: node.opt("Size")?.unwrap_or(0),
            storage_class: node.opt_text("StorageClass").map(StorageClass::from),
            owner: Owner::child_of(node, "Owner"),
            is_appendable: node.opt_text("Type").is_some_and(|t| t == "Appendable"),
        })
    }
}

/// The folders in a listing.
pub(crate) fn common_prefixes(root: Node<'_, '_>, keys: KeyDecoder) -> Result<Vec<String>> {
    root.children_named("CommonPrefixes").map(|n| keys.decode(n.text_of("Prefix")?)).collect()
}

impl Operation for ListObjects {
    type Output = ListObjectsOutput;
    const NAME: &'static str = "ListObjects";
    const METHOD: Method = Method::Get;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        parts.query_opt("prefix", self.prefix.as_deref());
        parts.query_opt("marker", self.marker.as_deref());
        parts.query_opt("delimiter", self.delimiter.as_deref());
        parts.query_opt("max-keys", self.max_keys);
        self.encoding_type.write(parts);
        Ok(())
    }

    fn decode(&self, answer: &mut Answer) -> Result<ListObjectsOutput> {
        let location = answer.prefixed("bucket-location").or_else(|| answer.prefixed("bucket-region"));
        answer.xml(|root| {
            let encoding_type = root.opt_text("EncodingType");
            let keys = KeyDecoder::of(encoding_type.as_deref());
            Ok(ListObjectsOutput {
                name: root.opt_text("Name").unwrap_or_default(),
                location,
                prefix: keys.decode_opt(root.opt_text("Prefix"))?,
                marker: keys.decode_opt(root.opt_text("Marker"))?,
                next_marker: keys.decode_opt(root.opt_text("NextMarker"))?,
                delimiter: keys.decode_opt(root.opt_text("Delimiter"))?,
                max_keys: root.opt("MaxKeys")?,
                is_truncated: root.opt_bool("IsTruncated")?.unwrap_or(false),
                contents: root
                    .children_named("Contents")
                    .map(|n| ObjectEntry::read(n, keys))
                    .collect::<Result<_>>()?,
                common_prefixes: common_prefixes(root, keys)?,
                encoding_type,
            })
        })
    }
}

impl AsMut<EncodingType> for ListObjects {
    fn as_mut(&mut self) -> &mut EncodingType {
        &mut self.encoding_type
    }
}

impl Listing for ListObjects {
    type Item = ObjectEntry;

    fn advance(&mut self, page: &ListObjectsOutput) -> bool {
        // Servers of the S3 family give NextMarker only with a delimiter; the last key does as well.
        let last = page.contents.last().map(|o| &o.key).max(page.common_prefixes.last());
        let next = page.next_marker.clone().or_else(|| last.cloned());
        // A server that does not move on would be asked for ever.
        let moved = page.is_truncated && next.is_some() && next != self.marker;
        self.marker = next;
        moved
    }

    fn items(page: ListObjectsOutput) -> impl IntoIterator<Item = ObjectEntry> {
        page.contents
    }
}

impl Request<ListObjects> {
    /// Only keys that begin with this.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.operation.prefix = Some(prefix.into());
        self
    }

    /// Begins behind this key.
    pub fn marker(mut self, marker: impl Into<String>) -> Self {
        self.operation.marker = Some(marker.into());
        self
    }

    /// How many entries a page holds at most: 1 to 1,000. Default: 1,000.
    pub fn max_keys(mut self, count: u32) -> Self {
        self.operation.max_keys = Some(count);
        self
    }

    /// Groups keys that agree up to this text behind the prefix, most often `/`: see
    /// [`common_prefixes`](ListObjectsOutput::common_prefixes). [`iter`](Request::iter) gives the objects alone.
    pub fn delimiter(mut self, delimiter: impl Into<String>) -> Self {
        self.operation.delimiter = Some(delimiter.into());
        self
    }
}
