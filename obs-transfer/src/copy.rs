//! An object becomes another one, without its bytes passing through here.

pub(crate) mod properties;
pub(crate) mod run;

use obs_core::object::{MetadataDirective, ObjectMetadata};
use obs_core::{BucketClient, Conditions, CopySource, ObjectHeaders, SseC, SseInfo, SseOption};

use crate::error::Error;
use crate::handle::{Control, Transfer};
use crate::options::{Options, job_setters};
use crate::plan::{DEFAULT_COPY_PART_SIZE, MAX_COPY_SIZE};
use crate::shard::TransferPlan;

/// Copies an object of any size up to 48.8 TiB: made by [`copy`](crate::TransferExt::copy), performed by
/// [`send`](Self::send) or [`start`](Self::start).
///
/// It asks for the properties of the source (OBS: HEAD Object). One of at most 5 GiB (or [`threshold`](Self::threshold)) is copied in one
/// call (OBS: PUT Object - Copy), a larger one in ranges (OBS: Initiate Multipart Upload, Copy Part, Complete Multipart Upload) on
/// [`task_num`](Self::task_num) workers. The bytes stay in the service. The copy appears when it is complete, or not at all.
///
/// **What is kept.** Content type and the other standard headers, and the custom metadata; those that are set here take the place of the
/// source's. With [`MetadataDirective::Replace`] only those that are set here count. Storage class, ACL, encryption, expiry in
/// days and the redirect of websites are never taken over, as the service does it: set them here, or
/// [`keep_acl`](Self::keep_acl) and [`keep_tags`](Self::keep_tags).
///
/// - Each call is made on condition that the source is still the same; one that is replaced meanwhile fails the copy.
/// - Conditions (`if_match` and so on) are about the source; one that is not met is
///   [`is_precondition_failed`](Error::is_precondition_failed), for a copy in ranges also a 304.
/// - The CRC-64 of the copy is compared with that of the source, where the server tells both.
/// - With a [`checkpoint_file`](Self::checkpoint_file), the next run of the same copy (both buckets and keys, version, ETag, size, part size,
///   properties of the copy) copies only the ranges that are missing. There is no local file to keep it beside, so it must be named.
/// - `bandwidth` and `rate_limiter` hold back the pace at which ranges are begun; `traffic_limit` means nothing for a copy.
/// - An archived (Cold) source must be restored first. Both buckets must be reached with the same client: in one region, and not
///   through a custom domain.
///
/// What is left by a copy that does not finish: see [the crate](crate#what-an-ending-leaves).
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # bucket.put_content("big.bin", vec![7; 3 << 20]).send()?;
/// use obs_transfer::prelude::*;
///
/// let copied = bucket
///     .copy("backups/big.bin", CopySource::new("my-bucket", "big.bin"))
///     .part_size(1 << 20)
///     .threshold(1 << 20)
///     .task_num(4)
///     .storage_class(StorageClass::Warm)
///     .checkpoint_file("big.copy_record")
///     .send()?;
/// println!("{} with ETag {:?}", copied.object_url, copied.etag);
/// # Ok::<(), obs_transfer::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "a copy does nothing until it is sent or started"]
pub struct ObjectCopy {
    copy: CopyJob,
    options: Options,
}

/// What is copied, and as what.
#[derive(Debug, Clone)]
pub(crate) struct CopyJob {
    pub(crate) bucket: BucketClient,
    pub(crate) key: String,
    pub(crate) source: CopySource,
    pub(crate) part_size: u64,
    threshold: u64,
    directive: Option<MetadataDirective>,
    conditions: Conditions,
    pub(crate) headers: ObjectHeaders,
    pub(crate) sse: SseOption,
    keep_acl: bool,
    keep_tags: bool,
}

impl AsMut<ObjectHeaders> for CopyJob {
    fn as_mut(&mut self) -> &mut ObjectHeaders {
        &mut self.headers
    }
}

impl AsMut<SseOption> for CopyJob {
    fn as_mut(&mut self) -> &mut SseOption {
        &mut self.sse
    }
}

impl AsMut<Conditions> for CopyJob {
    fn as_mut(&mut self) -> &mut Conditions {
        &mut self.conditions
    }
}

/// An object that was copied.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use obs_transfer::prelude::*;
///
/// let copied = bucket.copy("copy.txt", CopySource::new("my-bucket", "hello.txt")).send()?;
/// assert_eq!((copied.size, copied.parts), (9, 1));
/// assert_eq!(copied.source.content_length, Some(9));
/// # Ok::<(), obs_transfer::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CopyOutput {
    /// The bucket of the copy.
    pub bucket: String,
    /// The key of the copy.
    pub key: String,
    /// The ETag of the copy, in quotes. That of an object made of parts is no MD5.
    pub etag: Option<String>,
    /// The version of the copy, where its bucket keeps versions.
    pub version_id: Option<String>,
    /// The URL of the copy, without a signature.
    pub object_url: String,
    /// How the copy is encrypted.
    pub sse: SseInfo,
    /// The CRC-64 of all bytes, where the server tells it.
    pub crc64: Option<u64>,
    /// Bytes in all.
    pub size: u64,
    /// In how many calls it was copied.
    pub parts: u32,
    /// How many of them an earlier run had made.
    pub resumed_parts: u32,
    /// The properties of the source.
    pub source: ObjectMetadata,
    /// The id of the last request that made the copy, for support.
    pub request_id: Option<String>,
}

impl CopyJob {
    pub(crate) fn new(bucket: BucketClient, key: String, source: CopySource) -> Self {
        Self {
            bucket,
            key,
            source,
            part_size: DEFAULT_COPY_PART_SIZE,
            threshold: MAX_COPY_SIZE,
            directive: None,
            conditions: Conditions::default(),
            headers: ObjectHeaders::default(),
            sse: SseOption::default(),
            keep_acl: false,
            keep_tags: false,
        }
    }
}

impl ObjectCopy {
    pub(crate) fn new(bucket: BucketClient, key: String, source: CopySource) -> Self {
        Self { copy: CopyJob::new(bucket, key, source), options: Options::default() }
    }

    /// The size of a range in bytes, 100 KiB to 5 GiB; what is outside is moved to the nearer end. A size that would make more
    /// than 10,000 ranges grows. Default: 64 MiB, since no bytes pass through the client. A range must be copied
    /// within the client's stall limit.
    pub fn part_size(mut self, bytes: u64) -> Self {
        self.copy.part_size = bytes;
        self
    }

    /// Up to which size in bytes the object is copied in one call, at most 5 GiB. Default: 5 GiB. Ranges are faster for large
    /// objects, and can be resumed.
    pub fn threshold(mut self, bytes: u64) -> Self {
        self.copy.threshold = bytes.min(MAX_COPY_SIZE);
        self
    }

    /// Where standard headers and custom metadata come from. Default (and `ReplaceNew`): from here what is set here, else from the
    /// source. `Copy`: from the source, and to set any here is an error. `Replace`: from here alone.
    pub fn metadata_directive(mut self, directive: impl Into<MetadataDirective>) -> Self {
        self.copy.directive = Some(directive.into());
        self
    }

    /// Which version of the source. Default: the newest.
    pub fn source_version_id(mut self, id: impl Into<String>) -> Self {
        self.copy.source = self.copy.source.version_id(id);
        self
    }

    /// The key that the source was encrypted with, if that was the caller's own (SSE-C).
    pub fn source_sse(mut self, sse: SseC) -> Self {
        self.copy.source = self.copy.source.sse(sse);
        self
    }

    /// Whether the copy gets the ACL of its source (OBS: GET Object acl, PUT Object acl), once it is complete. Default: no, it is
    /// private, or as `acl` says.
    pub fn keep_acl(mut self, on: bool) -> Self {
        self.copy.keep_acl = on;
        self
    }

    /// Whether the copy gets the tags of its source (OBS: GET Object tagging, PUT Object tagging), once it is complete. Default: no;
    /// some servers take them over in one call, and none does in ranges.
    pub fn keep_tags(mut self, on: bool) -> Self {
        self.copy.keep_tags = on;
        self
    }

    job_setters!(options);
    obs_core::object_header_setters!(copy);
    obs_core::sse_setter!(copy);
    obs_core::condition_setters!(copy);

    /// Performs the copy, and waits for its end.
    ///
    /// # Errors
    ///
    /// [`ErrorKind`](crate::ErrorKind) tells them apart: a [call](crate::ErrorKind::Call) that failed for good, such as for a
    /// source that is [not there](Error::is_not_found); a source that [changed](crate::ErrorKind::ObjectChanged) meanwhile; a copy that is
    /// [damaged](crate::ErrorKind::Integrity); a [cancelled](crate::ErrorKind::Cancelled) token; a
    /// [checkpoint](crate::ErrorKind::Checkpoint) that another process holds; settings that
    /// [contradict each other](crate::ErrorKind::InvalidInput).
    pub fn send(self) -> Result<CopyOutput, Error> {
        let control = Control::new(&self.options.cancel);
        run::run(self.copy, self.options, control)
    }

    /// Performs it on threads of its own.
    pub fn start(self) -> Transfer<CopyOutput> {
        let control = Control::new(&self.options.cancel);
        Transfer::start(control, "obs-copy", move |control| run::run(self.copy, self.options, control))
    }

    /// Begins the copy (OBS: Initiate Multipart Upload) and plans it in ranges for several processes: see [`TransferPlan`].
    /// Of the settings, those of the object and of the parts count; the others belong to each shard.
    ///
    /// # Errors
    ///
    /// A source that is not there, has no bytes, or does not meet the conditions; [`keep_acl`](Self::keep_acl) and
    /// [`keep_tags`](Self::keep_tags), which a plan does not know.
    pub fn create_plan(self) -> Result<TransferPlan, Error> {
        run::create_plan(self.copy, self.options)
    }
}
