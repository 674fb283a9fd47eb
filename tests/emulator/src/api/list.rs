//! Listings: objects, versions, multipart uploads.

use crate::api::bucket::write_owner;
use crate::api::call::{Call, form_encode};
use crate::api::time::iso8601;
use crate::errors::{ObsError, Outcome};
use crate::exchange::{Dialect, Response};
use crate::store::State;
use crate::store::bucket::Bucket;
use crate::store::listing::{Page, PageQuery};
use crate::store::object::{Object, Version};
use crate::store::values::storage_class_in;
use crate::xml::Writer;
use std::borrow::Cow;
use std::ops::Bound;

/// What the three listings share: prefix, delimiter, encoding and limit.
#[derive(Debug)]
struct Listing<'a> {
    call: &'a Call<'a>,
    prefix: &'a str,
    delimiter: &'a str,
    limit: usize,
    encoded: bool,
}

impl<'a> Listing<'a> {
    fn new(call: &'a Call<'a>, limit: &str) -> Result<Self, ObsError> {
        Ok(Self {
            call,
            prefix: call.query("prefix").unwrap_or_default(),
            delimiter: call.query("delimiter").unwrap_or_default(),
            limit: call.page_limit(limit)?,
            encoded: call.url_encoding()?,
        })
    }

    fn page(&self, marker: &'a str) -> PageQuery<'a> {
        PageQuery { prefix: self.prefix, delimiter: self.delimiter, marker, limit: self.limit }
    }

    fn encode<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.encoded { Cow::Owned(form_encode(text)) } else { Cow::Borrowed(text) }
    }

    /// Where to begin: at the prefix, or behind the marker if that comes later.
    fn start<'k>(&'k self, marker: &'k str) -> Bound<&'k str> {
        if marker >= self.prefix && !marker.is_empty() {
            Bound::Excluded(marker)
        } else {
            Bound::Included(self.prefix)
        }
    }

    fn key(&self, document: &mut Writer, name: &str, value: &str) {
        document.text(name, &self.encode(value));
    }

    fn optional_key(&self, document: &mut Writer, name: &str, value: Option<&str>) {
        document.optional(name, value.map(|value| self.encode(value)).as_deref());
    }

    fn tail(&self, document: &mut Writer, groups: &[&str]) {
        for group in groups {
            document.open("CommonPrefixes");
            self.key(document, "Prefix", group);
            document.close("CommonPrefixes");
        }
    }

    fn encoding_type(&self, document: &mut Writer) {
        document.optional("EncodingType", self.encoded.then_some("url"));
    }

    fn answer(&self, bucket: &Bucket, document: Writer) -> Response {
        Response::xml(document).with(Bucket::location_header(self.call.dialect()), &*bucket.location)
    }
}

pub(crate) fn objects(call: &Call<'_>, state: &State) -> Outcome {
    let bucket = state.bucket(call.bucket())?;
    let listing = Listing::new(call, "max-keys")?;
    let marker = call.query("marker").unwrap_or_default();
    let entries = bucket.objects.range::<str, _>((listing.start(marker), Bound::Unbounded)).filter_map(
        |(key, versions)| {
            let newest = versions.first()?;
            Some((key.as_str(), (newest, newest.object()?)))
        },
    );
    let page = Page::collect(entries, listing.page(marker));

    let mut document = Writer::root("ListBucketResult", call.dialect());
    document.text("Name", &bucket.name);
    listing.key(&mut document, "Prefix", listing.prefix);
    listing.key(&mut document, "Marker", marker);
    listing.optional_key(&mut document, "NextMarker", page.last().filter(|_| page.truncated));
    document.display("MaxKeys", listing.limit);
    if !listing.delimiter.is_empty() {
        listing.key(&mut document, "Delimiter", listing.delimiter);
    }
    listing.encoding_type(&mut document);
    document.display("IsTruncated", page.truncated);
    for (key, (version, object)) in &page.items {
        document.open("Contents");
        listing.key(&mut document, "Key", key);
        write_object(&mut document, call, version, object);
        document.close("Contents");
    }
    listing.tail(&mut document, &page.groups);
    document.close("ListBucketResult");
    Ok(listing.answer(bucket, document))
}

fn write_object(document: &mut Writer, call: &Call<'_>, version: &Version, object: &Object) {
    document.text("LastModified", &iso8601(version.modified));
    document.text("ETag", &object.etag);
    document.display("Size", object.data.len());
    write_owner(document, call, &version.owner);
    document.text("StorageClass", storage_class_in(object.properties.storage_class, call.dialect()));
    if object.appends.is_some() && call.dialect() == Dialect::Obs {
        document.text("Type", "Appendable");
    }
}

pub(crate) fn versions(call: &Call<'_>, state: &State) -> Outcome {
    let bucket = state.bucket(call.bucket())?;
    let listing = Listing::new(call, "max-keys")?;
    let key_marker = call.query("key-marker").unwrap_or_default();
    let version_marker = call.query("version-id-marker").unwrap_or_default();
    // Older versions of the marked key than the marked one come first.
    let rest_of_marked = bucket.objects.get_key_value(key_marker).filter(|_| !version_marker.is_empty());
    let rest_of_marked = rest_of_marked.into_iter().flat_map(|(key, versions)| {
        let after = versions.iter().position(|version| version.id == version_marker);
        let from = after.map_or(versions.len(), |position| position + 1);
        versions.iter().enumerate().skip(from).map(|(index, version)| (key.as_str(), (index == 0, version)))
    });
    let following = bucket.objects.range::<str, _>((listing.start(key_marker), Bound::Unbounded)).flat_map(
        |(key, versions)| {
            versions.iter().enumerate().map(|(index, version)| (key.as_str(), (index == 0, version)))
        },
    );
    let page = Page::collect(rest_of_marked.chain(following), listing.page(key_marker));

    let mut document = Writer::root("ListVersionsResult", call.dialect());
    document.text("Name", &bucket.name);
    listing.key(&mut document, "Prefix", listing.prefix);
    listing.key(&mut document, "KeyMarker", key_marker);
    document.text("VersionIdMarker", version_marker);
    if page.truncated {
        listing.optional_key(&mut document, "NextKeyMarker", page.last());
        let last_version = page.items.last().filter(|_| !page.ended_with_group);
        document.optional("NextVersionIdMarker", last_version.map(|(_, (_, version))| version.id.as_str()));
    }
    document.display("MaxKeys", listing.limit);
    if !listing.delimiter.is_empty() {
        listing.key(&mut document, "Delimiter", listing.delimiter);
    }
    listing.encoding_type(&mut document);
    document.display("IsTruncated", page.truncated);
    for (key, (latest, version)) in &page.items {
        let name = if version.object().is_some() { "Version" } else { "DeleteMarker" };
        document.open(name);
        listing.key(&mut document, "Key", key);
        document.text("VersionId", &version.id);
        document.display("IsLatest", latest);
        match version.object() {
            Some(object) => write_object(&mut document, call, version, object),
            None => {
                document.text("LastModified", &iso8601(version.modified));
                write_owner(&mut document, call, &version.owner);
            }
        }
        document.close(name);
    }
    listing.tail(&mut document, &page.groups);
    document.close("ListVersionsResult");
    Ok(listing.answer(bucket, document))
}

pub(crate) fn uploads(call: &Call<'_>, state: &State) -> Outcome {
    let bucket = state.bucket(call.bucket())?;
    let listing = Listing::new(call, "max-uploads")?;
    let key_marker = call.query("key-marker").unwrap_or_default();
    let id_marker = call.query("upload-id-marker").unwrap_or_default();
    let entries = bucket
        .uploads
        .iter()
        .filter(|((key, id), _)| {
            key.as_str() > key_marker
                || (key == key_marker && !id_marker.is_empty() && id.as_str() > id_marker)
        })
        .map(|((key, id), upload)| (key.as_str(), (id.as_str(), upload)));
    let page = Page::collect(entries, listing.page(key_marker));

    let mut document = Writer::root("ListMultipartUploadsResult", call.dialect());
    document.text("Bucket", &bucket.name);
    listing.key(&mut document, "KeyMarker", key_marker);
    document.text("UploadIdMarker", id_marker);
    listing.key(&mut document, "Delimiter", listing.delimiter);
    listing.key(&mut document, "Prefix", listing.prefix);
    if page.truncated {
        listing.optional_key(&mut document, "NextKeyMarker", page.last());
        let last_upload = page.items.last().filter(|_| !page.ended_with_group);
        document.optional("NextUploadIdMarker", last_upload.map(|(_, (id, _))| *id));
    }
    document.display("MaxUploads", listing.limit);
    listing.encoding_type(&mut document);
    document.display("IsTruncated", page.truncated);
    for (key, (id, upload)) in &page.items {
        document.open("Upload");
        listing.key(&mut document, "Key", key);
        document.text("UploadId", id);
        document.open("Initiator");
        document.text("ID", &upload.owner);
        document.close("Initiator");
        write_owner(&mut document, call, &upload.owner);
        document.text("StorageClass", storage_class_in(upload.properties.storage_class, call.dialect()));
        document.text("Initiated", &iso8601(upload.initiated));
        document.close("Upload");
    }
    listing.tail(&mut document, &page.groups);
    document.close("ListMultipartUploadsResult");
    Ok(listing.answer(bucket, document))
}
