//! The versions of the objects in a bucket.

use std::time::SystemTime;

use obs_sign::Method;

use crate::error::Result;
use crate::listing::{Listing, move_on};
use crate::operation::{Answer, Operation, Parts};
use crate::request::Request;
use crate::types::{EncodingType, KeyDecoder, KeyFilter, Owner, StorageClass, instant};
use crate::xml::{Element, NodeExt, Page};

/// Lists all versions of the objects in a bucket and its delete markers, at most 1,000 a page.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&[]);
/// # bucket.set_bucket_versioning(obs_core::settings::VersioningStatus::Enabled).send()?;
/// # bucket.put_content("hello.txt", "1").send()?;
/// # bucket.delete_object("hello.txt").send()?;
/// for entry in bucket.list_versions().prefix("hello").iter() {
///     let entry = entry?;
///     println!("{} {:?} {}", entry.key(), entry.version_id(), entry.is_latest());
/// }
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct ListVersions {
    keys: KeyFilter,
    key_marker: Option<String>,
    version_id_marker: Option<String>,
    max_keys: Option<u32>,
    encoding_type: EncodingType,
}

/// A page of versions.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&[]);
/// # bucket.set_bucket_versioning(obs_core::settings::VersioningStatus::Enabled).send()?;
/// # bucket.put_content("hello.txt", "1").send()?;
/// # bucket.delete_object("hello.txt").send()?;
/// let page = bucket.list_versions().send()?;
/// assert_eq!((page.versions().count(), page.delete_markers().count()), (1, 1));
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListVersionsOutput {
    /// The bucket.
    pub name: String,
    /// The region of the bucket.
    pub location: Option<String>,
    /// What all keys begin with.
    pub prefix: Option<String>,
    /// Behind which key this page begins.
    pub key_marker: Option<String>,
    /// Behind which version of that key this page begins.
    pub version_id_marker: Option<String>,
    /// The key marker of the next page.
    pub next_key_marker: Option<String>,
    /// The version marker of the next page.
    pub next_version_id_marker: Option<String>,
    /// What keys were grouped by.
    pub delimiter: Option<String>,
    /// How many were asked for.
    pub max_keys: Option<u32>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// `url` if the server encoded the keys; they are decoded here.
    pub encoding_type: Option<String>,
    /// Versions and delete markers by key, the newest first, as the server orders them.
    pub entries: Vec<VersionEntry>,
    /// The groups of keys that agree up to the delimiter: the folders.
    pub common_prefixes: Vec<String>,
}

impl ListVersionsOutput {
    /// The versions without the delete markers.
    pub fn versions(&self) -> impl Iterator<Item = &ObjectVersion> {
        self.entries.iter().filter_map(|e| match e {
            VersionEntry::Object(version) => Some(version),
            VersionEntry::DeleteMarker(_) => None,
        })
    }

    /// The delete markers alone.
    pub fn delete_markers(&self) -> impl Iterator<Item = &DeleteMarker> {
        self.entries.iter().filter_map(|e| match e {
            VersionEntry::DeleteMarker(marker) => Some(marker),
            VersionEntry::Object(_) => None,
        })
    }
}

/// An entry in a list of versions.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&[]);
/// # bucket.set_bucket_versioning(obs_core::settings::VersioningStatus::Enabled).send()?;
/// # bucket.put_content("hello.txt", "1").send()?;
/// # bucket.delete_object("hello.txt").send()?;
/// use obs_core::object::VersionEntry;
///
/// for entry in &bucket.list_versions().send()?.entries {
///     match entry {
///         VersionEntry::Object(version) => println!("{} {} bytes", version.key, version.size),
///         VersionEntry::DeleteMarker(marker) => println!("{} was deleted", marker.key),
///         _ => {}
///     }
/// }
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionEntry {
    /// A version of an object.
    Object(ObjectVersion),
    /// That an object was deleted.
    DeleteMarker(DeleteMarker),
}

/// A version of an object in a list.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&[]);
/// # bucket.set_bucket_versioning(obs_core::settings::VersioningStatus::Enabled).send()?;
/// # bucket.put_content("hello.txt", "1").send()?;
/// # bucket.delete_object("hello.txt").send()?;
/// for version in bucket.list_versions().send()?.versions() {
///     println!("{} {:?} {:?}", version.key, version.version_id, version.last_modified);
/// }
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObjectVersion {
    /// The key.
    pub key: String,
    /// The version; `null` of what was written before the bucket kept versions.
    pub version_id: Option<String>,
    /// Whether it is the newest.
    pub is_latest: bool,
    /// When it was written.
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

/// A delete marker in a list.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&[]);
/// # bucket.set_bucket_versioning(obs_core::settings::VersioningStatus::Enabled).send()?;
/// # bucket.put_content("hello.txt", "1").send()?;
/// # bucket.delete_object("hello.txt").send()?;
/// // Deleting the marker brings the object back.
/// for marker in
///     bucket.list_versions().send()?.delete_markers().filter(|marker| marker.is_latest)
/// {
///     bucket
///         .delete_object(&marker.key)
///         .version_id(marker.version_id.as_deref().unwrap_or("null"))
///         .send()?;
/// }
/// assert_eq!(bucket.get_object("hello.txt").send()?.text()?, "1");
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeleteMarker {
    /// The key.
    pub key: String,
    /// The version of the marker.
    pub version_id: Option<String>,
    /// Whether it is the newest: the object is deleted.
    pub is_latest: bool,
    /// When the object was deleted.
    pub last_modified: Option<SystemTime>,
    /// Whose it is.
    pub owner: Option<Owner>,
}

impl VersionEntry {
    /// The key.
    pub fn key(&self) -> &str {
        match self {
            Self::Object(version) => &version.key,
            Self::DeleteMarker(marker) => &marker.key,
        }
    }

    /// The version.
    pub fn version_id(&self) -> Option<&str> {
        match self {
            Self::Object(version) => version.version_id.as_deref(),
            Self::DeleteMarker(marker) => marker.version_id.as_deref(),
        }
    }

    /// Whether it is the newest of its key.
    pub fn is_latest(&self) -> bool {
        match self {
            Self::Object(version) => version.is_latest,
            Self::DeleteMarker(marker) => marker.is_latest,
        }
    }

    /// When it was written.
    pub fn last_modified(&self) -> Option<SystemTime> {
        match self {
            Self::Object(version) => version.last_modified,
            Self::DeleteMarker(marker) => marker.last_modified,
        }
    }

    fn key_mut(&mut self) -> &mut String {
        match self {
            Self::Object(version) => &mut version.key,
            Self::DeleteMarker(marker) => &mut marker.key,
        }
    }
}

impl ObjectVersion {
    fn read(node: Element<'_>) -> Result<Self> {
        Ok(Self {
            key: node.text_of("Key")?,
            version_id: node.opt_text("VersionId"),
            is_latest: node.opt_bool("IsLatest")?.unwrap_or(false),
            last_modified: instant::child_time(node, "LastModified")?,
            etag: node.opt_text("ETag"),
            size: node.opt("Size")?.unwrap_or(0),
            storage_class: node.opt("StorageClass")?,
            owner: Owner::child_of(node, "Owner"),
            is_appendable: node.opt_content("Type").is_some_and(|t| t == "Appendable"),
        })
    }
}

impl DeleteMarker {
    fn read(node: Element<'_>) -> Result<Self> {
        Ok(Self {
            key: node.text_of("Key")?,
            version_id: node.opt_text("VersionId"),
            is_latest: node.opt_bool("IsLatest")?.unwrap_or(false),
            last_modified: instant::child_time(node, "LastModified")?,
            owner: Owner::child_of(node, "Owner"),
        })
    }
}

impl Page for ListVersionsOutput {
    const ROOT: &'static str = "ListVersionsResult";

    fn read(&mut self, child: Element<'_>) -> Result<()> {
        match child.name() {
            "Name" => self.name = child.full_text(),
            "Prefix" => self.prefix = child.own_text(),
            "KeyMarker" => self.key_marker = child.own_text(),
            "VersionIdMarker" => self.version_id_marker = child.own_text(),
            "NextKeyMarker" => self.next_key_marker = child.own_text(),
            "NextVersionIdMarker" => self.next_version_id_marker = child.own_text(),
            "Delimiter" => self.delimiter = child.own_text(),
            "MaxKeys" => self.max_keys = child.own()?,
            "IsTruncated" => self.is_truncated = child.own_bool()?,
            "EncodingType" => self.encoding_type = child.own_text(),
            "Version" => self.entries.push(VersionEntry::Object(ObjectVersion::read(child)?)),
            "DeleteMarker" => self.entries.push(VersionEntry::DeleteMarker(DeleteMarker::read(child)?)),
            "CommonPrefixes" => self.common_prefixes.push(child.text_of("Prefix")?),
            _ => {}
        }
        Ok(())
    }
}

impl Operation for ListVersions {
    type Output = ListVersionsOutput;
    const NAME: &'static str = "ListVersions";
    const METHOD: Method = Method::Get;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        parts.flag("versions");
        self.keys.write(parts);
        parts.query_opt("key-marker", self.key_marker.as_deref());
        parts.query_opt("max-keys", self.max_keys);
        parts.query_opt("version-id-marker", self.version_id_marker.as_deref());
        self.encoding_type.write(parts);
        Ok(())
    }

    fn decode(&self, answer: &mut Answer) -> Result<ListVersionsOutput> {
        let mut page: ListVersionsOutput = answer.page()?;
        page.location = answer.prefixed("bucket-location").or_else(|| answer.prefixed("bucket-region"));
        let keys = KeyDecoder::of(page.encoding_type.as_deref());
        keys.decode_all(
            [&mut page.prefix, &mut page.key_marker, &mut page.next_key_marker, &mut page.delimiter]
                .into_iter()
                .flatten(),
        )?;
        keys.decode_all(page.entries.iter_mut().map(VersionEntry::key_mut))?;
        keys.decode_all(&mut page.common_prefixes)?;
        Ok(page)
    }
}

impl AsMut<KeyFilter> for ListVersions {
    fn as_mut(&mut self) -> &mut KeyFilter {
        &mut self.keys
    }
}

impl AsMut<EncodingType> for ListVersions {
    fn as_mut(&mut self) -> &mut EncodingType {
        &mut self.encoding_type
    }
}

impl Listing for ListVersions {
    type Item = VersionEntry;

    fn advance(&mut self, page: &ListVersionsOutput) -> Result<bool> {
        let next = page.next_key_marker.clone().map(|key| (Some(key), page.next_version_id_marker.clone()));
        let mut cursor = (self.key_marker.take(), self.version_id_marker.take());
        let moved = move_on(&mut cursor, next, page.is_truncated);
        (self.key_marker, self.version_id_marker) = cursor;
        moved
    }

    fn items(page: ListVersionsOutput) -> impl IntoIterator<Item = VersionEntry> {
        page.entries
    }
}

impl Request<ListVersions> {
    /// Begins behind this key, or behind the version of it that [`version_id_marker`](Self::version_id_marker) tells.
    pub fn key_marker(mut self, key: impl Into<String>) -> Self {
        self.operation.key_marker = Some(key.into());
        self
    }

    /// Begins behind this version of the key marker.
    pub fn version_id_marker(mut self, id: impl Into<String>) -> Self {
        self.operation.version_id_marker = Some(id.into());
        self
    }

    /// How many entries a page holds at most: 1 to 1,000. Default: 1,000.
    pub fn max_keys(mut self, count: u32) -> Self {
        self.operation.max_keys = Some(count);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use crate::test_support::Fake;

    const MIXED: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><ListVersionsResult xmlns="http://obs.cn-north-4.myhuaweicloud.com/doc/2015-06-30/"><EncodingType>url</EncodingType><Name>examplebucket</Name><Prefix/><KeyMarker/><VersionIdMarker/><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated><Version><Key>a%20b%2Bc+%E4%B8%AD</Key><VersionId>00011000000000013F16000001643A22E476FFFF9046024ECA3655445346485a</VersionId><IsLatest>true</IsLatest><LastModified>2015-07-01T00:32:16.482Z</LastModified><ETag>"2fa3"</ETag><Size>12041</Size><Owner><ID>b4bf</ID></Owner><StorageClass>STANDARD</StorageClass></Version><DeleteMarker><Key>object002</Key><VersionId>dm</VersionId><IsLatest>true</IsLatest><LastModified>2016-07-01T00:32:16.482Z</LastModified><Owner><ID>b4bf</ID></Owner></DeleteMarker><Version><Key>object002</Key><VersionId>null</VersionId><IsLatest>false</IsLatest><Size>1</Size><StorageClass>COLD</StorageClass><Type>Appendable</Type></Version><CommonPrefixes><Prefix>dir%2F</Prefix></CommonPrefixes></ListVersionsResult>"#;

    #[test]
    fn keeps_versions_and_markers_in_order() {
        let fake = Fake::new().answer(200, &[("x-obs-bucket-location", "cn-north-4")], MIXED);
        let page = fake.bucket().list_versions().prefix("prefix").max_keys(100).send().unwrap();
        assert_eq!(fake.only().line(), "GET /?versions&prefix=prefix&max-keys=100&encoding-type=url");
        assert_eq!(page.location.as_deref(), Some("cn-north-4"));
        let entries: Vec<_> = page.entries.iter().map(|e| (e.key(), e.version_id().unwrap().len())).collect();
        assert_eq!(entries, [("a b+c 中", 64), ("object002", 2), ("object002", 4)]);
        let last = page.versions().nth(1).unwrap();
        assert_eq!((last.size, last.is_appendable, last.is_latest), (1, true, false));
        assert_eq!(last.storage_class, Some(StorageClass::Cold));
        assert_eq!(page.delete_markers().next().unwrap().owner.as_ref().unwrap().id, "b4bf");
        assert_eq!(page.common_prefixes, ["dir/"]);
    }

    #[test]
    fn pages_follow_both_markers() {
        let page = |key: &str, version: &str, more: bool| {
            format!(
                "<ListVersionsResult><IsTruncated>{more}</IsTruncated><NextKeyMarker>{key}</NextKeyMarker>\
                 <NextVersionIdMarker>{version}</NextVersionIdMarker>\
                 <Version><Key>k</Key><VersionId>{version}</VersionId></Version></ListVersionsResult>"
            )
        };
        // The last repeats where it began: whoever believed it would ask for ever, or take what came for all.
        let fake = Fake::new()
            .xml(&page("k e", "v1", true))
            .xml(&page("k e", "v2", true))
            .xml(&page("k e", "v2", true));
        let mut entries: Vec<_> = fake.bucket().list_versions().encode_keys(false).iter().collect();
        let error = entries.pop().unwrap().unwrap_err();
        assert!(error.kind() == ErrorKind::Decode && error.to_string().contains("not complete"), "{error}");
        assert_eq!(entries.len(), 3);
        assert!(entries.iter().all(|entry| entry.is_ok()));
        let lines: Vec<_> = fake.sent().iter().map(|s| s.line()).collect();
        assert_eq!(lines[0], "GET /?versions");
        assert_eq!(lines[1], "GET /?versions&key-marker=k%20e&version-id-marker=v1");
        assert_eq!(lines[2], "GET /?versions&key-marker=k%20e&version-id-marker=v2");
        assert_eq!(lines.len(), 3);
    }
}
