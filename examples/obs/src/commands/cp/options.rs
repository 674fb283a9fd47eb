//! What everything that moves bytes can be told.

use std::path::{Path, PathBuf};

use bytesize::ByteSize;
use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};
use obs_core::checksum::crc64;
use obs_core::{CannedAcl, ObsClient, Sse, SseC, SseKms, StorageClass};

use crate::config::checkpoint_dir;
use crate::failure::Failure;
use crate::output::note;
use crate::place::{Place, named, pair, size, storage_class};
use crate::sse;

#[derive(Debug, Clone, Args)]
pub(crate) struct Moving {
    /// How many parts or files are under way at once
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) tasks: u16,
    /// The size of a part, such as 16MiB [default: 9MiB up, 5MiB down; copies within the service up to 5GiB are one call]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) part_size: Option<u64>,
    /// Where it is noted which parts are done [default: ~/.local/state/obs/checkpoints]
    #[arg(long, value_name = "DIR")]
    pub(crate) checkpoint_dir: Option<PathBuf>,
    /// Of many: only what matches, such as '*.jpg' or 'logs/**'
    #[arg(long, value_name = "GLOB")]
    pub(crate) include: Vec<String>,
    /// Of many: not what matches
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,
    /// The most bytes a second, such as 10MiB
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) limit_rate: Option<u64>,
    /// How new objects are stored: STANDARD, WARM, COLD, ...
    #[arg(long, value_name = "CLASS", value_parser = storage_class)]
    pub(crate) storage_class: Option<StorageClass>,
    /// Who may access new objects, such as private or public-read
    #[arg(long, value_parser = named::<CannedAcl>)]
    pub(crate) acl: Option<CannedAcl>,
    /// Custom metadata of new objects
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair('='))]
    pub(crate) meta: Vec<(String, String)>,
    /// Encrypt (or decrypt) with the key in this file: 32 bytes, or these in base64
    #[arg(long, value_name = "FILE", value_parser = sse::key_file)]
    pub(crate) sse_c_key_file: Option<SseC>,
    /// For copies within the service: the key that the source was encrypted with
    #[arg(long, value_name = "FILE", value_parser = sse::key_file)]
    pub(crate) source_sse_c_key_file: Option<SseC>,
    /// Encrypt new objects with a key of the key management service, or the default one
    #[arg(long, value_name = "KEY_ID", num_args = 0..=1, require_equals = true, conflicts_with = "sse_c_key_file")]
    pub(crate) sse_kms: Option<Option<String>>,
    /// Of many: follow symbolic links of the local folder, when it is read and when it is written
    #[arg(long)]
    pub(crate) follow_symlinks: bool,
    /// Only tell what would be done
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// No progress bar
    #[arg(long)]
    pub(crate) no_progress: bool,
}

/// How small and how large the service lets a part be, in bytes.
const PARTS: (u64, u64) = (100 << 10, 5 << 30);

impl Moving {
    /// How what is written is encrypted.
    pub(crate) fn sse(&self) -> Option<Sse> {
        match (&self.sse_c_key_file, &self.sse_kms) {
            (Some(key), _) => Some(key.clone().into()),
            (None, Some(Some(id))) => Some(SseKms::with_key_id(id).into()),
            (None, Some(None)) => Some(SseKms::new().into()),
            (None, None) => None,
        }
    }

    /// What can be said of the options once both ends are known.
    pub(crate) fn check(&self, from: &Place, to: &Place) -> Result<(), Failure> {
        let within = matches!((from, to), (Place::Remote(_), Place::Remote(_)));
        if self.source_sse_c_key_file.is_some() && !within {
            return Err(Failure::usage(
                "--source-sse-c-key-file is for copies within the service: elsewhere --sse-c-key-file is the key",
            ));
        }
        if let (Some(size), Place::Remote(_)) = (self.part_size, to) {
            let taken = size.clamp(PARTS.0, PARTS.1);
            if taken != size {
                let taken = ByteSize(taken).display().iec();
                note(format_args!(
                    "parts of an object have 100 KiB to 5 GiB: --part-size is taken as {taken}"
                ));
            }
        }
        if self.follow_symlinks && matches!((from, to), (Place::Remote(_), Place::Remote(_))) {
            return Err(Failure::usage("--follow-symlinks is about a local folder: there is none here"));
        }
        let described = self.storage_class.is_some()
            || self.acl.is_some()
            || !self.meta.is_empty()
            || self.sse_kms.is_some();
        if described && !matches!(to, Place::Remote(_)) {
            return Err(Failure::usage(
                "--storage-class, --acl, --meta and --sse-kms are about new objects: a local file has none of these",
            ));
        }
        Ok(())
    }

    /// The folder of the checkpoints; none where there is no place for one.
    pub(crate) fn checkpoints(&self) -> Option<PathBuf> {
        self.checkpoint_dir.clone().or_else(checkpoint_dir)
    }

    /// The checkpoint of one job: a name that no other has.
    pub(crate) fn checkpoint(&self, client: &ObsClient, from: &str, to: &str) -> Option<PathBuf> {
        let job = format!("{:?}\n{from}\n{to}", client.endpoint());
        Some(self.checkpoints()?.join(format!("{:016x}.json", crc64(job.as_bytes()))))
    }
}

/// Reads an argument that is either.
pub(crate) fn place() -> impl TypedValueParser<Value = Place> {
    OsStringValueParser::new().try_map(Place::parse)
}

/// A local path as one end of a job: the same from wherever it is named.
pub(super) fn end(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf()).display().to_string()
}

/// Gives a job its workers and limits.
macro_rules! bounded {
    ($job:expr, $moving:expr, $cancel:expr) => {{
        let mut job = $job.task_num($moving.tasks.into()).cancel_token($cancel);
        if let Some(bytes) = $moving.part_size {
            job = job.part_size(bytes);
        }
        if let Some(rate) = $moving.limit_rate {
            job = job.bandwidth(rate);
        }
        job
    }};
}
pub(crate) use bounded;

/// Gives new objects their properties.
macro_rules! described {
    ($job:expr, $moving:expr) => {{
        let mut job = $job.metadata_all($moving.meta.iter().cloned());
        if let Some(class) = &$moving.storage_class {
            job = job.storage_class(class.clone());
        }
        if let Some(acl) = &$moving.acl {
            job = job.acl(acl.clone());
        }
        if let Some(sse) = $moving.sse() {
            job = job.sse(sse);
        }
        job
    }};
}
pub(crate) use described;

/// Gives a job of many its patterns.
macro_rules! filtered {
    ($job:expr, $moving:expr) => {{
        let mut job = $job;
        for pattern in &$moving.include {
            job = job.include(pattern);
        }
        for pattern in &$moving.exclude {
            job = job.exclude(pattern);
        }
        job
    }};
}
pub(crate) use filtered;
