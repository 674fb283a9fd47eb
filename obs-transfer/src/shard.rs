//! One transfer by several machines.

mod document;
mod download;
mod result;
mod run;

use std::path::{Path, PathBuf};

use obs_core::multipart::AbortMultipartUpload;
use obs_core::{BucketClient, ObsClient, Sse, SseC, SseOption};

pub(crate) use download::is_beside_temp;

use crate::error::Error;
use crate::handle::{Control, Transfer};
use crate::options::{Options, progress_setter, worker_setters};
use crate::plan::Plan;
use crate::upload::Checksum;

/// The plan of one upload, download or copy that several processes share, on one machine or on many: made by `create_plan`
/// of [`UploadFile`](crate::UploadFile::create_plan), [`DownloadFile`](crate::DownloadFile::create_plan) or
/// [`ObjectCopy`](crate::ObjectCopy::create_plan), and passed on as JSON.
///
/// 1. One process makes the plan and [saves](Self::save) it where the others can read it.
/// 2. Any number of processes [load](Self::load) it; of `n` shards, each [runs](Self::run_shard) one or several. A shard is
///    a run of neighbouring parts. One that failed or was killed is run again, and does only what is missing.
/// 3. When all are done, one process [completes](Self::complete) it: the object, or the file, appears. Or one
///    [aborts](Self::abort) it, and nothing stays. Whoever brings it the [results](ShardOutput::to_json) of the shards has an
///    upload checked [as a whole](Self::complete_with).
///
/// For an upload all processes read the same file, for a download they write into the same file, by a path that leads to it
/// on each machine, on a shared file system. A copy needs no file.
///
/// The plan holds no secrets. Whoever runs a shard brings credentials, and the key where the object is encrypted with the
/// caller's own ([`sse`](Self::sse), [`source_sse`](Self::source_sse)). An upload or copy that is neither completed nor
/// aborted keeps its parts on the server: a lifecycle rule can remove them.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # std::fs::write("big.bin", vec![7; 3 << 20]).unwrap();
/// use obs_transfer::prelude::*;
///
/// // Once:
/// bucket
///     .upload_file("big.bin", "big.bin")
///     .part_size(1 << 20)
///     .create_plan()?
///     .save("plan.json")?;
/// // On each of 2 machines, for shard 0 and 1:
/// let client = bucket.client();
/// TransferPlan::load(client, "plan.json")?.run_shard(0, 2).task_num(8).send()?;
/// TransferPlan::load(client, "plan.json")?.run_shard(1, 2).task_num(8).send()?;
/// // Once all are done:
/// let done = TransferPlan::load(client, "plan.json")?.complete()?;
/// assert_eq!(done.size, 3 << 20);
/// # Ok::<(), obs_transfer::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct TransferPlan {
    bucket: BucketClient,
    key: String,
    size: u64,
    part_size: u64,
    kind: Kind,
    sse: SseOption,
    source_sse: Option<SseC>,
}

/// What is shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Upload {
        path: PathBuf,
        modified_ns: i128,
        upload_id: String,
    },
    Download {
        path: PathBuf,
        /// Where all write to.
        temp: PathBuf,
        object: Pinned,
    },
    Copy {
        bucket: String,
        key: String,
        object: Pinned,
        upload_id: String,
    },
}

/// The object that is read, as it was when the plan was made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Pinned {
    pub(crate) version: Option<String>,
    pub(crate) etag: Option<String>,
    pub(crate) crc64: Option<u64>,
}

/// A shard that is done.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # std::fs::write("big.bin", vec![7; 3 << 20]).unwrap();
/// # use obs_transfer::prelude::*;
/// # let plan = bucket.upload_file("big.bin", "big.bin").part_size(1 << 20).create_plan()?;
/// let shard = plan.run_shard(0, 2).send()?;
/// println!("{} of {} parts, {} bytes", shard.parts, plan.parts(), shard.bytes);
/// # plan.abort()?;
/// # Ok::<(), obs_transfer::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShardOutput {
    /// Which shard it is, from 0.
    pub index: u32,
    /// Of how many.
    pub count: u32,
    /// How many parts the shard has.
    pub parts: u32,
    /// How many of them an earlier run had done.
    pub resumed_parts: u32,
    /// How many bytes the shard has.
    pub bytes: u64,
    /// The CRC-64 of these bytes; not of a copy, whose bytes nobody here sees.
    pub crc64: Option<u64>,
    /// Whether the server told CRC-64s of its own.
    speaks_crc64: bool,
}

/// A shared transfer that is complete.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # std::fs::write("big.bin", vec![7; 3 << 20]).unwrap();
/// # use obs_transfer::prelude::*;
/// # let plan = bucket.upload_file("big.bin", "big.bin").part_size(1 << 20).create_plan()?;
/// plan.run_shard(0, 1).send()?;
/// let object = plan.complete()?;
/// println!("{} bytes in {} parts, ETag {:?}", object.size, object.parts, object.etag);
/// # Ok::<(), obs_transfer::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlanOutput {
    /// The ETag of the object.
    pub etag: Option<String>,
    /// The version of the object, where the bucket keeps versions.
    pub version_id: Option<String>,
    /// The CRC-64 of all bytes, where it is known.
    pub crc64: Option<u64>,
    /// Bytes in all.
    pub size: u64,
    /// In how many parts it was cut.
    pub parts: u32,
    /// The file, of a download.
    pub path: Option<PathBuf>,
}

impl TransferPlan {
    pub(crate) fn new(bucket: BucketClient, key: &str, plan: &Plan, kind: Kind, sse: SseOption) -> Self {
        let (key, size, part_size) = (key.to_owned(), plan.size(), plan.part_size());
        Self { bucket, key, size, part_size, kind, sse, source_sse: None }
    }

    /// Writes the plan to a file, in one step, readable by its owner alone.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        document::write(path.as_ref(), self.to_json().as_bytes())
    }

    /// Reads a plan from a file.
    ///
    /// # Errors
    ///
    /// What the file system says; a file that is no plan, or one of another format.
    pub fn load(client: &ObsClient, path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let text =
            std::fs::read_to_string(path).map_err(|error| Error::io("cannot read the plan", path, error))?;
        Self::from_json(client, &text)
            .map_err(|error| Error::invalid_input(format!("{}: {error}", path.display())))
    }

    /// The plan as JSON, for those who pass it on in another way than by file.
    pub fn to_json(&self) -> String {
        document::encode(self)
    }

    /// Reads a plan from JSON.
    ///
    /// # Errors
    ///
    /// Text that is no plan, or one of another format.
    pub fn from_json(client: &ObsClient, json: &str) -> Result<Self, Error> {
        document::decode(client, json)
    }

    /// The key that the object is encrypted with (SSE-C), which the plan does not hold.
    #[must_use]
    pub fn sse(mut self, sse: SseC) -> Self {
        self.sse = SseOption(Some(Sse::C(sse)));
        self
    }

    /// The key that the source of a copy is encrypted with (SSE-C), which the plan does not hold.
    #[must_use]
    pub fn source_sse(mut self, sse: SseC) -> Self {
        self.source_sse = Some(sse);
        self
    }

    /// The local file under another path, where the shared file system has another place on this machine. That of a
    /// download must lead to the same folder, and name the same file.
    #[must_use]
    pub fn path(mut self, new: impl Into<PathBuf>) -> Self {
        let new = new.into();
        match &mut self.kind {
            Kind::Upload { path, .. } => *path = new,
            Kind::Download { path, temp, .. } => {
                if let (Some(folder), Some(name)) = (new.parent(), temp.file_name()) {
                    *temp = folder.join(name);
                }
                *path = new;
            }
            Kind::Copy { .. } => {}
        }
        self
    }

    /// How many parts there are: more shards than that have nothing to do.
    pub fn parts(&self) -> u32 {
        self.plan().count()
    }

    /// Shard `index` of `count`, counted from 0.
    pub fn run_shard(&self, index: u32, count: u32) -> RunShard {
        RunShard { plan: self.clone(), index, count, checksum: None, options: Options::default() }
    }

    /// All shards are done: makes the object (OBS: Complete Multipart Upload) or gives the file its name. Completing once
    /// more what was completed is an error, unless its CRC-64 tells that all is well.
    ///
    /// A download and a copy are checked as a whole; of an upload, each part was checked by the shard that sent it, and
    /// [`complete_with`](Self::complete_with) checks the whole.
    ///
    /// # Errors
    ///
    /// Parts that are missing, by number; a file that changed since the plan was made; a download whose CRC-64 is not the
    /// object's; calls that fail. Nothing is lost by any of these: run what is missing, and complete again.
    pub fn complete(&self) -> Result<PlanOutput, Error> {
        run::complete(self, &[])
    }

    /// The same, with what all the shards brought home, in any order: the CRC-64 of all their bytes must be that of the object.
    /// Where the server speaks CRC-64 it is told ahead, and makes no other object.
    ///
    /// ```
    /// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
    /// # std::fs::write("big.bin", vec![7; 3 << 20]).unwrap();
    /// use obs_transfer::prelude::*;
    ///
    /// use obs_transfer::ShardOutput;
    ///
    /// let plan = bucket.upload_file("big.bin", "big.bin").part_size(1 << 20).create_plan()?;
    /// // On each machine:
    /// let results: Vec<String> = (0..2)
    ///     .map(|index| Ok(plan.run_shard(index, 2).send()?.to_json()))
    ///     .collect::<obs_transfer::Result<_>>()?;
    /// // Once all are done, with what they brought home:
    /// let shards = results
    ///     .iter()
    ///     .map(|json| ShardOutput::from_json(json))
    ///     .collect::<obs_transfer::Result<Vec<_>>>()?;
    /// let done = plan.complete_with(shards)?;
    /// assert_eq!(done.size, 3 << 20);
    /// # Ok::<(), obs_transfer::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`complete`](Self::complete); the result of a shard that is missing, or of another plan.
    pub fn complete_with(&self, shards: impl IntoIterator<Item = ShardOutput>) -> Result<PlanOutput, Error> {
        let shards: Vec<ShardOutput> = shards.into_iter().collect();
        if shards.is_empty() {
            return Err(Error::invalid_input(
                "there are no results of shards: complete without them, or bring them all",
            ));
        }
        run::complete(self, &shards)
    }

    /// Gives the transfer up: removes the parts on the server (OBS: Abort Multipart Upload), or the temporary file and what
    /// belongs to it. No shard may be running.
    ///
    /// # Errors
    ///
    /// What the server or the file system says. What is gone already is no error.
    pub fn abort(&self) -> Result<(), Error> {
        match &self.kind {
            Kind::Upload { upload_id, .. } | Kind::Copy { upload_id, .. } => {
                match self.bucket.request(AbortMultipartUpload::new(&self.key, upload_id)).send() {
                    Err(error) if !error.is_not_found() => Err(error.into()),
                    _ => Ok(()),
                }
            }
            Kind::Download { path, temp, .. } => download::abort(path, temp),
        }
    }

    fn plan(&self) -> Plan {
        match self.kind {
            Kind::Download { .. } => Plan::download(self.size, self.part_size),
            // A size beyond every limit makes no plan, so none is read either.
            _ => Plan::upload(self.size, self.part_size).unwrap_or_else(|_| Plan::download(0, 1)),
        }
    }
}

/// One shard of a shared transfer: made by [`TransferPlan::run_shard`].
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # std::fs::write("big.bin", vec![7; 3 << 20]).unwrap();
/// # use obs_transfer::prelude::*;
/// # let plan = bucket.upload_file("big.bin", "big.bin").part_size(1 << 20).create_plan()?;
/// for index in 0..3 {
///     plan.run_shard(index, 3).task_num(4).checksum(Checksum::Crc64).send()?;
/// }
/// plan.complete()?;
/// # Ok::<(), obs_transfer::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "a shard does nothing until it is sent or started"]
pub struct RunShard {
    plan: TransferPlan,
    index: u32,
    count: u32,
    checksum: Option<Checksum>,
    options: Options,
}

impl RunShard {
    worker_setters!(options);
    progress_setter!(options);

    /// Sends a checksum of each part of an upload ahead, so that the server takes no damaged one, even if this process is
    /// killed before it has compared the answer. Default: none.
    pub fn checksum(mut self, checksum: Checksum) -> Self {
        self.checksum = Some(checksum);
        self
    }

    /// Runs the shard, and waits for its end.
    ///
    /// # Errors
    ///
    /// As those of the transfer of a single file. Parts that are done stay done.
    pub fn send(self) -> Result<ShardOutput, Error> {
        let control = Control::new(&self.options.cancel);
        run::run(self, control)
    }

    /// Runs it on threads of its own.
    pub fn start(self) -> Transfer<ShardOutput> {
        let control = Control::new(&self.options.cancel);
        Transfer::start(control, "obs-shard", move |control| run::run(self, control))
    }
}
