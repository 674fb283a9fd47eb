//! The parts of an upload so far.

use std::time::SystemTime;

use obs_sign::Method;

use crate::error::Result;
use crate::listing::{Listing, move_on};
use crate::multipart::{CompletedPart, UploadOf};
use crate::operation::{Answer, Operation, Parts};
use crate::request::Request;
use crate::types::{EncodingType, KeyDecoder, Owner, StorageClass, instant};
use crate::xml::{Element, NodeExt, Page};

/// Lists the parts that were uploaded, at most 1,000 a page.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # let id = bucket.initiate_multipart_upload("big.bin").send()?.into_inner().upload_id;
/// # bucket.upload_part("big.bin", &id, 1, "all").send()?;
/// let held: u64 = bucket
///     .list_parts("big.bin", &id)
///     .iter()
///     .map(|part| Ok(part?.size))
///     .sum::<obs_core::Result<_>>()?;
/// assert_eq!(held, 3);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ListParts {
    upload: UploadOf,
    max_parts: Option<u32>,
    part_number_marker: Option<u32>,
    encoding_type: EncodingType,
}

/// A page of parts.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # let id = bucket.initiate_multipart_upload("big.bin").send()?.into_inner().upload_id;
/// # bucket.upload_part("big.bin", &id, 1, "all").send()?;
/// let page = bucket.list_parts("big.bin", &id).max_parts(100).send()?;
/// println!("{} parts; more: {}", page.parts.len(), page.is_truncated);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListPartsOutput {
    /// The bucket.
    pub bucket: String,
    /// The object that the upload will make.
    pub key: String,
    /// The id of the upload.
    pub upload_id: String,
    /// Who began it.
    pub initiator: Option<Owner>,
    /// Whose the object will be.
    pub owner: Option<Owner>,
    /// The storage class.
    pub storage_class: Option<StorageClass>,
    /// Behind which part this page begins.
    pub part_number_marker: Option<u32>,
    /// The marker of the next page.
    pub next_part_number_marker: Option<u32>,
    /// How many were asked for.
    pub max_parts: Option<u32>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// `url` if the server encoded the key; it is decoded here.
    pub encoding_type: Option<String>,
    /// The parts, by number.
    pub parts: Vec<PartEntry>,
}

/// A part that was uploaded.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # let id = bucket.initiate_multipart_upload("big.bin").send()?.into_inner().upload_id;
/// # bucket.upload_part("big.bin", &id, 1, "all").send()?;
/// let parts: Vec<_> = bucket
///     .list_parts("big.bin", &id)
///     .send()?
///     .parts
///     .iter()
///     .map(|part| part.completed())
///     .collect();
/// bucket.complete_multipart_upload("big.bin", &id, parts).send()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PartEntry {
    /// Its number.
    pub part_number: u32,
    /// When it was uploaded.
    pub last_modified: Option<SystemTime>,
    /// Its ETag, in quotes.
    pub etag: String,
    /// How many bytes it has.
    pub size: u64,
}

impl PartEntry {
    fn read(node: Element<'_>) -> Result<Self> {
        Ok(Self {
            part_number: node.opt("PartNumber")?.unwrap_or(0),
            last_modified: instant::child_time(node, "LastModified")?,
            etag: node.opt_text("ETag").unwrap_or_default(),
            size: node.opt("Size")?.unwrap_or(0),
        })
    }

    /// What completing the upload needs of it.
    pub fn completed(&self) -> CompletedPart {
        CompletedPart::new(self.part_number, &self.etag)
    }
}

impl ListParts {
    /// Of this upload.
    pub fn new(key: impl Into<String>, upload_id: impl Into<String>) -> Self {
        Self {
            upload: UploadOf::new(key, upload_id),
            max_parts: None,
            part_number_marker: None,
            encoding_type: EncodingType::default(),
        }
    }
}

impl Page for ListPartsOutput {
    const ROOT: &'static str = "ListPartsResult";

    fn read(&mut self, child: Element<'_>) -> Result<()> {
        match child.name() {
            "Bucket" => self.bucket = child.full_text(),
            "Key" => self.key = child.full_text(),
            "UploadId" => self.upload_id = child.full_text(),
            "Initiator" => self.initiator = Some(Owner::read(child)),
            "Owner" => self.owner = Some(Owner::read(child)),
            "StorageClass" => self.storage_class = child.own()?,
            "PartNumberMarker" => self.part_number_marker = child.own()?,
            "NextPartNumberMarker" => self.next_part_number_marker = child.own()?,
            "MaxParts" => self.max_parts = child.own()?,
            "IsTruncated" => self.is_truncated = child.own_bool()?,
            "EncodingType" => self.encoding_type = child.own_text(),
            "Part" => self.parts.push(PartEntry::read(child)?),
            _ => {}
        }
        Ok(())
    }
}

impl Operation for ListParts {
    type Output = ListPartsOutput;
    const NAME: &'static str = "ListParts";
    const METHOD: Method = Method::Get;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        self.upload.write(parts)?;
        parts.query_opt("max-parts", self.max_parts);
        parts.query_opt("part-number-marker", self.part_number_marker);
        self.encoding_type.write(parts);
        Ok(())
    }

    fn decode(&self, answer: &mut Answer) -> Result<ListPartsOutput> {
        let mut page: ListPartsOutput = answer.page()?;
        KeyDecoder::of(page.encoding_type.as_deref()).decode_all([&mut page.key])?;
        Ok(page)
    }
}

impl AsMut<EncodingType> for ListParts {
    fn as_mut(&mut self) -> &mut EncodingType {
        &mut self.encoding_type
    }
}

impl Listing for ListParts {
    type Item = PartEntry;

    fn advance(&mut self, page: &ListPartsOutput) -> Result<bool> {
        let next = page.next_part_number_marker.or_else(|| page.parts.last().map(|p| p.part_number));
        let next = next.filter(|next| self.part_number_marker.is_none_or(|from| *next > from));
        move_on(&mut self.part_number_marker, next.map(Some), page.is_truncated)
    }

    fn items(page: ListPartsOutput) -> impl IntoIterator<Item = PartEntry> {
        page.parts
    }
}

impl Request<ListParts> {
    /// How many parts a page holds at most: 1 to 1,000. Default: 1,000.
    pub fn max_parts(mut self, count: u32) -> Self {
        self.operation.max_parts = Some(count);
        self
    }

    /// Begins behind this part.
    pub fn part_number_marker(mut self, number: u32) -> Self {
        self.operation.part_number_marker = Some(number);
        self
    }
}
