//! The buckets of an account.

use std::time::SystemTime;

use obs_sign::Method;

use crate::error::Result;
use crate::listing::{Listing, move_on};
use crate::operation::{Answer, Operation, Parts};
use crate::request::Request;
use crate::types::{Owner, instant};
use crate::xml::{Node, NodeExt};

/// Lists the buckets of the account.
///
/// ```
/// # let (_place, client) = obs_sandbox::client();
/// for bucket in client.list_buckets().bucket_type("OBJECT") {
///     println!("{}", bucket?.name);
/// }
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ListBuckets {
    query_location: bool,
    bucket_type: Option<String>,
    marker: Option<String>,
    max_keys: Option<u32>,
}

impl Default for ListBuckets {
    fn default() -> Self {
        Self { query_location: true, bucket_type: None, marker: None, max_keys: None }
    }
}

/// A page of buckets.
///
/// ```
/// # let (_place, client) = obs_sandbox::client();
/// let page = client.list_buckets().send()?;
/// println!("{} buckets of {:?}", page.buckets.len(), page.owner);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListBucketsOutput {
    /// The owner of them all.
    pub owner: Option<Owner>,
    /// The buckets, by name.
    pub buckets: Vec<BucketEntry>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// Behind which name this page begins.
    pub marker: Option<String>,
    /// The marker of the next page.
    pub next_marker: Option<String>,
    /// How many were asked for.
    pub max_keys: Option<u32>,
}

/// A bucket in a list.
///
/// ```
/// # let (_place, client) = obs_sandbox::client();
/// # client.create_bucket("my-bucket").send()?;
/// for bucket in &client.list_buckets().send()?.buckets {
///     println!("{} in {:?} since {:?}", bucket.name, bucket.location, bucket.creation_date);
/// }
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BucketEntry {
    /// Its name.
    pub name: String,
    /// When it was created.
    pub creation_date: Option<SystemTime>,
    /// Its region, if it was asked for.
    pub location: Option<String>,
    /// `OBJECT`, or `POSIX` for a parallel file system.
    pub bucket_type: Option<String>,
}

impl BucketEntry {
    fn read(node: Node<'_, '_>) -> Result<Self> {
        Ok(Self {
            name: node.text_of("Name")?,
            creation_date: instant::child_time(node, "CreationDate")?,
            location: node.opt_text("Location"),
            bucket_type: node.opt_text("BucketType"),
        })
    }
}

impl Operation for ListBuckets {
    type Output = ListBucketsOutput;
    const NAME: &'static str = "ListBuckets";
    const METHOD: Method = Method::Get;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        if self.query_location {
            parts.prefixed("location", "true");
        }
        if let Some(kind) = &self.bucket_type {
            parts.raw_header("x-obs-bucket-type", kind.clone());
        }
        parts.query_opt("marker", self.marker.as_deref());
        parts.query_opt("max-keys", self.max_keys);
        Ok(())
    }

    fn decode(&self, answer: &mut Answer) -> Result<ListBucketsOutput> {
        answer.xml_list("ListAllMyBucketsResult", |root| {
            let buckets = match root.child("Buckets") {
                Some(list) => list.children_named("Bucket").map(BucketEntry::read).collect::<Result<_>>()?,
                None => Vec::new(),
            };
            Ok(ListBucketsOutput {
                owner: Owner::child_of(root, "Owner"),
                buckets,
                is_truncated: root.opt_bool("IsTruncated")?.unwrap_or(false),
                marker: root.opt_text("Marker"),
                next_marker: root.opt_text("NextMarker"),
                max_keys: root.opt("MaxKeys")?,
            })
        })
    }
}

impl Listing for ListBuckets {
    type Item = BucketEntry;

    fn advance(&mut self, page: &ListBucketsOutput) -> Result<bool> {
        let next = page.next_marker.clone().or_else(|| page.buckets.last().map(|b| b.name.clone()));
        move_on(&mut self.marker, next.map(Some), page.is_truncated)
    }

    fn items(page: ListBucketsOutput) -> impl IntoIterator<Item = BucketEntry> {
        page.buckets
    }
}

impl Request<ListBuckets> {
    /// Whether to tell each bucket's region. Default: yes.
    pub fn query_location(mut self, query: bool) -> Self {
        self.operation.query_location = query;
        self
    }

    /// Only buckets of this type: `OBJECT` or `POSIX`. Default: all.
    pub fn bucket_type(mut self, kind: impl Into<String>) -> Self {
        self.operation.bucket_type = Some(kind.into());
        self
    }

    /// Begins behind this name.
    pub fn marker(mut self, marker: impl Into<String>) -> Self {
        self.operation.marker = Some(marker.into());
        self
    }

    /// How many buckets a page holds at most.
    pub fn max_keys(mut self, count: u32) -> Self {
        self.operation.max_keys = Some(count);
        self
    }
}
