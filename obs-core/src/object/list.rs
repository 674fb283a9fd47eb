//! The objects in a bucket.

use std::time::SystemTime;

use obs_sign::Method;

use crate::error::Result;
use crate::listing::{Listing, move_on};
use crate::operation::{Answer, Operation, Parts};
use crate::request::Request;
use crate::types::{EncodingType, KeyDecoder, KeyFilter, Owner, StorageClass, instant};
use crate::xml::{Element, NodeExt, Page};

/// Lists the objects of a bucket, at most 1,000 a page.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// for object in bucket.list_objects().prefix("logs/").iter() {
///     println!("{}", object?.key);
/// }
/// let folders = &bucket.list_objects().delimiter("/").send()?.common_prefixes;
/// # let _ = folders;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct ListObjects {
    keys: KeyFilter,
    marker: Option<String>,
    max_keys: Option<u32>,
    encoding_type: EncodingType,
}

/// A page of objects.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// let page = bucket.list_objects().max_keys(100).send()?;
/// println!("{} objects", page.contents.len());
/// if let Some(marker) = &page.next_marker {
///     println!("go on with .marker({marker:?})");
/// }
/// # Ok::<(), obs_core::Error>(())
/// ```
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
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// for object in &bucket.list_objects().send()?.contents {
///     println!("{} {} bytes {:?}", object.key, object.size, object.last_modified);
/// }
/// # Ok::<(), obs_core::Error>(())
/// ```
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
    fn read(node: Element<'_>) -> Result<Self> {
        Ok(Self {
            key: node.text_of("Key")?,
            last_modified: instant::child_time(node, "LastModified")?,
            etag: node.opt_text("ETag"),
            size: node.opt("Size")?.unwrap_or(0),
            storage_class: node.opt("StorageClass")?,
            owner: Owner::child_of(node, "Owner"),
            is_appendable: node.opt_content("Type").is_some_and(|t| t == "Appendable"),
        })
    }
}

impl Page for ListObjectsOutput {
    const ROOT: &'static str = "ListBucketResult";

    fn read(&mut self, child: Element<'_>) -> Result<()> {
        match child.name() {
            "Name" => self.name = child.full_text(),
            "Prefix" => self.prefix = child.own_text(),
            "Marker" => self.marker = child.own_text(),
            "NextMarker" => self.next_marker = child.own_text(),
            "Delimiter" => self.delimiter = child.own_text(),
            "MaxKeys" => self.max_keys = child.own()?,
            "IsTruncated" => self.is_truncated = child.own_bool()?,
            "EncodingType" => self.encoding_type = child.own_text(),
            "Contents" => self.contents.push(ObjectEntry::read(child)?),
            "CommonPrefixes" => self.common_prefixes.push(child.text_of("Prefix")?),
            _ => {}
        }
        Ok(())
    }
}

impl Operation for ListObjects {
    type Output = ListObjectsOutput;
    const NAME: &'static str = "ListObjects";
    const METHOD: Method = Method::Get;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        self.keys.write(parts);
        parts.query_opt("marker", self.marker.as_deref());
        parts.query_opt("max-keys", self.max_keys);
        self.encoding_type.write(parts);
        Ok(())
    }

    fn decode(&self, answer: &mut Answer) -> Result<ListObjectsOutput> {
        let mut page: ListObjectsOutput = answer.page()?;
        page.location = answer.prefixed("bucket-location").or_else(|| answer.prefixed("bucket-region"));
        let keys = KeyDecoder::of(page.encoding_type.as_deref());
        keys.decode_all(
            [&mut page.prefix, &mut page.marker, &mut page.next_marker, &mut page.delimiter]
                .into_iter()
                .flatten(),
        )?;
        keys.decode_all(page.contents.iter_mut().map(|o| &mut o.key))?;
        keys.decode_all(&mut page.common_prefixes)?;
        Ok(page)
    }
}

impl AsMut<KeyFilter> for ListObjects {
    fn as_mut(&mut self) -> &mut KeyFilter {
        &mut self.keys
    }
}

impl AsMut<EncodingType> for ListObjects {
    fn as_mut(&mut self) -> &mut EncodingType {
        &mut self.encoding_type
    }
}

impl Listing for ListObjects {
    type Item = ObjectEntry;

    fn advance(&mut self, page: &ListObjectsOutput) -> Result<bool> {
        // Servers of the S3 family give NextMarker only with a delimiter; the last key does as well.
        let last = page.contents.last().map(|o| &o.key).max(page.common_prefixes.last());
        let next = page.next_marker.as_ref().or(last);
        move_on(&mut self.marker, next.cloned().map(Some), page.is_truncated)
    }

    fn items(page: ListObjectsOutput) -> impl IntoIterator<Item = ObjectEntry> {
        page.contents
    }
}

impl Request<ListObjects> {
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
}
