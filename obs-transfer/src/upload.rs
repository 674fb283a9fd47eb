//! A file becomes an object.

pub(crate) mod run;

use std::path::PathBuf;

use obs_core::{BucketClient, ObjectHeaders, SseInfo, SseOption, mime_type};

use crate::error::Error;
use crate::handle::{Control, Transfer};
use crate::multipart::Made;
use crate::options::{Options, job_setters};
use crate::plan::DEFAULT_UPLOAD_PART_SIZE;
use crate::shard::TransferPlan;

/// Uploads a file: made by [`upload_file`](crate::TransferExt::upload_file), performed by [`send`](Self::send) or
/// [`start`](Self::start).
///
/// A file of more than one part goes up as a multipart upload (OBS: Initiate Multipart Upload, Upload Part, Complete
/// Multipart Upload), on [`task_num`](Self::task_num) workers; a smaller one in one call (OBS: PUT Object) with the same
/// properties. The object appears when it is complete, or not at all.
///
/// - The CRC-64 of each part is taken as it is sent and compared with the server's, and that of the whole when the object
///   is complete, wherever the server tells its own.
/// - The file must not change: one that is modified, cut, extended, replaced or removed meanwhile fails the upload within a
///   second.
/// - Failed calls are tried again as the client was told to; a part beyond that too, as long as others get through.
/// - With a [checkpoint](Self::checkpoint), the next run of the same job (bucket, key, path, size, time of change, part
///   size, properties of the object) sends only the parts that are missing. What the server has counts more than what the
///   file says; an upload that is no longer there starts over, unless its object is there.
/// - Memory: per worker a few buffers of some 64 KiB, whatever the size of file and parts.
///
/// What is left by an upload that does not finish: see [the crate](crate#what-an-ending-leaves).
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # std::fs::write("big.bin", vec![7; 3 << 20]).unwrap();
/// use obs_transfer::prelude::*;
///
/// let uploaded = bucket
///     .upload_file("backups/big.bin", "big.bin")
///     .part_size(1 << 20)
///     .task_num(4)
///     .checkpoint(true)
///     .storage_class(StorageClass::Warm)
///     .metadata("host", "db1")
///     .progress(|progress| println!("{} bytes", progress.transferred))
///     .send()?;
/// println!("{} with ETag {:?}", uploaded.object_url, uploaded.etag);
/// # Ok::<(), obs_transfer::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "an upload does nothing until it is sent or started"]
pub struct UploadFile {
    upload: Upload,
    options: Options,
}

/// What is uploaded, and as what.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    pub(crate) bucket: BucketClient,
    pub(crate) key: String,
    pub(crate) path: PathBuf,
    pub(crate) part_size: u64,
    pub(crate) headers: ObjectHeaders,
    pub(crate) sse: SseOption,
    pub(crate) check_sum: bool,
    pub(crate) checksum: Option<Checksum>,
}

impl Upload {
    pub(crate) fn new(bucket: BucketClient, key: String, path: PathBuf) -> Self {
        Self {
            bucket,
            key,
            path,
            part_size: DEFAULT_UPLOAD_PART_SIZE,
            headers: ObjectHeaders::default(),
            sse: SseOption::default(),
            check_sum: false,
            checksum: None,
        }
    }

    /// By the suffix of the key, else of the file, unless the caller says.
    pub(crate) fn guess_type(&mut self) {
        if self.headers.content_type.is_none() {
            let guessed = mime_type(&self.key).or_else(|| mime_type(self.path.to_str()?));
            self.headers.content_type = guessed.map(str::to_owned);
        }
    }
}

impl AsMut<ObjectHeaders> for Upload {
    fn as_mut(&mut self) -> &mut ObjectHeaders {
        &mut self.headers
    }
}

impl AsMut<SseOption> for Upload {
    fn as_mut(&mut self) -> &mut SseOption {
        &mut self.sse
    }
}

/// A checksum that is sent ahead of a part, so that the server refuses it damaged.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # std::fs::write("big.bin", vec![7; 3 << 20]).unwrap();
/// use obs_transfer::prelude::*;
///
/// // The server refuses a part that was damaged on the way.
/// bucket.upload_file("big.bin", "big.bin").checksum(Checksum::Crc64).send()?;
/// # Ok::<(), obs_transfer::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Checksum {
    /// CRC-64 (`x-obs-checksum-crc64ecma`). Costs a pass over the file at memory speed.
    Crc64,
    /// MD5 (`Content-MD5`), which every S3 server knows. Costs a pass at some 0.7 GB/s a worker.
    Md5,
}

/// An object that was uploaded.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # std::fs::write("big.bin", vec![7; 3 << 20]).unwrap();
/// use obs_transfer::prelude::*;
///
/// let uploaded = bucket.upload_file("big.bin", "big.bin").part_size(1 << 20).send()?;
/// assert_eq!((uploaded.size, uploaded.parts), (3 << 20, 3));
/// println!("{} {:?}", uploaded.object_url, uploaded.crc64);
/// # Ok::<(), obs_transfer::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct UploadOutput {
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// The ETag, in quotes. That of an object made of parts is no MD5.
    pub etag: Option<String>,
    /// The version, where the bucket keeps versions.
    pub version_id: Option<String>,
    /// The URL of the object, without a signature.
    pub object_url: String,
    /// How it is encrypted.
    pub sse: SseInfo,
    /// The CRC-64 of all bytes as they were sent, by this run and, where its checkpoint tells, earlier ones.
    pub crc64: Option<u64>,
    /// Bytes in all.
    pub size: u64,
    /// Of how many parts the object is made.
    pub parts: u32,
    /// How many of them an earlier run had sent.
    pub resumed_parts: u32,
    /// The id of the last request, for support.
    pub request_id: Option<String>,
}

impl UploadOutput {
    pub(crate) fn new(bucket: &BucketClient, key: &str, made: Made, size: u64, parts: u32) -> Self {
        Self {
            bucket: bucket.name().to_owned(),
            key: key.to_owned(),
            etag: made.etag,
            version_id: made.version_id,
            object_url: made.object_url,
            sse: made.sse,
            crc64: made.crc64,
            size,
            parts,
            resumed_parts: made.resumed_parts,
            request_id: made.request_id,
        }
    }
}

impl UploadFile {
    pub(crate) fn new(bucket: BucketClient, key: String, path: PathBuf) -> Self {
        let upload = Upload::new(bucket, key, path);
        Self { upload, options: Options::default() }
    }

    /// The size of a part in bytes (`partSize`), 100 KiB to 5 GiB; what is outside is moved to the nearer end. A size that
    /// would make more than 10,000 parts grows. Default: 9 MiB.
    pub fn part_size(mut self, bytes: u64) -> Self {
        self.upload.part_size = bytes;
        self
    }

    /// Whether a checkpoint holds only for a file of the same content (`checkSum`), not just of the same size and time of
    /// change. Costs a pass over the file before anything is sent. Default: no.
    pub fn check_sum(mut self, on: bool) -> Self {
        self.upload.check_sum = on;
        self
    }

    /// Sends a checksum of each part ahead, so that the server refuses a damaged one. Without it, damage is found too,
    /// by the CRC-64 in the server's answer, where it speaks that.
    pub fn checksum(mut self, checksum: Checksum) -> Self {
        self.upload.checksum = Some(checksum);
        self
    }

    job_setters!(options);
    obs_core::object_header_setters!(upload);
    obs_core::sse_setter!(upload);

    /// Performs the upload, and waits for its end.
    ///
    /// # Errors
    ///
    /// [`ErrorKind`](crate::ErrorKind) tells them apart: a [call](crate::ErrorKind::Call) that failed for good, the
    /// [file](crate::ErrorKind::Io) that cannot be read or [changed](crate::ErrorKind::SourceChanged),
    /// [damage](crate::ErrorKind::Integrity) on the way, a [cancelled](crate::ErrorKind::Cancelled) token, a
    /// [checkpoint](crate::ErrorKind::Checkpoint) that another process holds.
    pub fn send(self) -> Result<UploadOutput, Error> {
        let control = Control::new(&self.options.cancel);
        run::run(self.upload, self.options, control)
    }

    /// Performs it on threads of its own.
    pub fn start(self) -> Transfer<UploadOutput> {
        let control = Control::new(&self.options.cancel);
        Transfer::start(control, "obs-upload", move |control| run::run(self.upload, self.options, control))
    }

    /// Begins the upload (OBS: Initiate Multipart Upload) and plans it for several processes, on machines that all see the
    /// file: see [`TransferPlan`]. Of the settings, those of the object and of the parts count; the others belong to each
    /// shard. There is no checkpoint, since the server knows which parts it has.
    ///
    /// # Errors
    ///
    /// A file that cannot be read; a call that fails.
    pub fn create_plan(self) -> Result<TransferPlan, Error> {
        run::create_plan(self.upload, self.options)
    }
}
