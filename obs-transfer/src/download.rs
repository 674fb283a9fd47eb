//! An object becomes a file.

pub(crate) mod run;

use std::ops::{Deref, DerefMut};
use std::path::PathBuf;

use obs_core::BucketClient;
use obs_core::object::{ObjectMetadata, behind_links};

use crate::error::Error;
use crate::handle::{Control, Transfer};
use crate::options::{Options, job_setters};
use crate::plan::DEFAULT_DOWNLOAD_PART_SIZE;
use crate::ranges::Wanted;
use crate::shard::TransferPlan;

/// Downloads an object to a file: made by [`download_file`](crate::TransferExt::download_file), performed by
/// [`send`](Self::send) or [`start`](Self::start).
///
/// It asks for the properties (OBS: HEAD Object), then for ranges (OBS: GET Object) on [`task_num`](Self::task_num)
/// workers, and writes them into a temporary file beside the target. When all is there, checked and synced, the file gets
/// its name in one step: the target is what it was, or complete. A link stays, and leads to the new file. Missing folders are created.
///
/// - Each range is asked for on condition that the object is still the same, and its answer is compared with what was asked
///   for; an object that is replaced meanwhile fails the download.
/// - A range that breaks off goes on from its last byte.
/// - The CRC-64 of the whole is compared with the object's, where the server tells that.
/// - With a [checkpoint](Self::checkpoint), the next run of the same job (bucket, key, version, ETag, size, path, part size)
///   fetches only the ranges that are missing; those that are there it reads again and compares with their CRC-64.
/// - Memory: per worker a buffer of 256 KiB and a few of 64 KiB, whatever the size of object and parts.
///
/// What is left by a download that does not finish: see [the crate](crate#what-an-ending-leaves).
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # bucket.put_content("big.bin", vec![7; 3 << 20]).send()?;
/// use obs_transfer::prelude::*;
///
/// let downloaded = bucket
///     .download_file("big.bin", "restored/big.bin")
///     .part_size(1 << 20)
///     .task_num(4)
///     .checkpoint(true)
///     .progress(|progress| println!("{} bytes", progress.transferred))
///     .send()?;
/// println!("{} bytes, last changed {:?}", downloaded.size, downloaded.properties.last_modified);
/// # Ok::<(), obs_transfer::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "a download does nothing until it is sent or started"]
pub struct DownloadFile {
    download: Download,
    options: Options,
}

/// What is downloaded, and where to.
#[derive(Debug, Clone)]
pub(crate) struct Download {
    wanted: Wanted,
    pub(crate) path: PathBuf,
    pub(crate) part_size: u64,
    pub(crate) image_process: Option<String>,
}

impl Download {
    pub(crate) fn new(bucket: BucketClient, key: String, path: PathBuf) -> Self {
        let wanted = Wanted::new(bucket, key);
        Self { wanted, path, part_size: DEFAULT_DOWNLOAD_PART_SIZE, image_process: None }
    }

    /// To the file that a link leads to, which stays. Only of a file that is named: in a folder that is downloaded a link leads out of it.
    fn behind_links(self) -> Result<Self, Error> {
        let path =
            behind_links(&self.path).map_err(|error| Error::io("cannot download to", &self.path, error))?;
        Ok(Self { path, ..self })
    }
}

impl Deref for Download {
    type Target = Wanted;

    fn deref(&self) -> &Wanted {
        &self.wanted
    }
}

impl DerefMut for Download {
    fn deref_mut(&mut self) -> &mut Wanted {
        &mut self.wanted
    }
}

impl<T> AsMut<T> for Download
where
    Wanted: AsMut<T>,
{
    fn as_mut(&mut self) -> &mut T {
        self.wanted.as_mut()
    }
}

/// An object that was downloaded.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use obs_transfer::prelude::*;
///
/// let downloaded = bucket.download_file("hello.txt", "hello.txt").send()?;
/// assert!(downloaded.path.is_absolute());
/// println!("CRC-64 {}, ETag {:?}", downloaded.crc64, downloaded.properties.etag);
/// # Ok::<(), obs_transfer::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DownloadOutput {
    /// The properties of the object.
    pub properties: ObjectMetadata,
    /// The file, as an absolute path.
    pub path: PathBuf,
    /// Bytes in all.
    pub size: u64,
    /// The CRC-64 of all bytes.
    pub crc64: u64,
    /// In how many ranges it was fetched.
    pub parts: u32,
    /// How many of them an earlier run had fetched.
    pub resumed_parts: u32,
    /// The id of the request for the properties, for support.
    pub request_id: Option<String>,
}

impl DownloadFile {
    pub(crate) fn new(bucket: BucketClient, key: String, path: PathBuf) -> Self {
        let download = Download::new(bucket, key, path);
        Self { download, options: Options::default() }
    }

    /// The size of a range in bytes (`partSize`), 100 KiB to 5 GiB; what is outside is moved to the nearer end, and a size that would
    /// make more than 10,000 ranges grows. Default: 5 MiB.
    pub fn part_size(mut self, bytes: u64) -> Self {
        self.download.part_size = bytes;
        self
    }

    /// Has the service process an image (`imageProcess`), such as `image/resize,m_fixed,w_100,h_100`. What comes out has
    /// another size than the object and none that is known before, so it is fetched in one piece, and a checkpoint has
    /// nothing to go on from.
    pub fn image_process(mut self, commands: impl Into<String>) -> Self {
        self.download.image_process = Some(commands.into());
        self
    }

    job_setters!(options);
    obs_core::version_id_setter!(download);
    obs_core::condition_setters!(download);
    obs_core::sse_setter!(download);

    /// Performs the download, and waits for its end.
    ///
    /// # Errors
    ///
    /// [`ErrorKind`](crate::ErrorKind) tells them apart: a [call](crate::ErrorKind::Call) that failed for good, such as for
    /// an object that is [not there](Error::is_not_found); the [file](crate::ErrorKind::Io) that cannot be written; an object
    /// that [changed](crate::ErrorKind::ObjectChanged) meanwhile; [damage](crate::ErrorKind::Integrity) on the way; a
    /// [cancelled](crate::ErrorKind::Cancelled) token; a [checkpoint](crate::ErrorKind::Checkpoint) that another process holds.
    pub fn send(self) -> Result<DownloadOutput, Error> {
        let control = Control::new(&self.options.cancel);
        run::run(self.download, self.options, control)
    }

    /// Performs it on threads of its own.
    pub fn start(self) -> Transfer<DownloadOutput> {
        let control = Control::new(&self.options.cancel);
        Transfer::start(control, "obs-download", move |control| {
            run::run(self.download, self.options, control)
        })
    }

    /// Reserves the file and plans the download for several processes, on machines that all see the folder: see
    /// [`TransferPlan`]. Of the settings, those of the object and of the parts count; the others belong to each shard.
    /// Until the plan is completed the bytes are in a temporary file beside the target.
    ///
    /// # Errors
    ///
    /// An object that is not there; a file that cannot be written; conditions and processing of images, which a plan does
    /// not know.
    pub fn create_plan(self) -> Result<TransferPlan, Error> {
        run::create_plan(self.download, self.options)
    }
}
