//! The methods that this crate adds to the clients of `obs-core`.

use std::path::PathBuf;
use std::time::Duration;

use obs_core::{BucketClient, CopySource, ObsClient};

use crate::copy::ObjectCopy;
use crate::directory::{CopyDir, DeletePrefix, DownloadDir, UploadDir};
use crate::download::DownloadFile;
use crate::left_over::AbortUploads;
use crate::reader::ObjectReaderBuilder;
use crate::sync::{SyncDown, SyncUp, SyncWithin};
use crate::upload::UploadFile;
use crate::writer::ObjectWriterBuilder;

/// Transfers of one bucket. Bring it into scope with [`prelude`](crate::prelude).
///
/// ```no_run
/// use obs_transfer::prelude::*;
/// # fn example(bucket: BucketClient) -> obs_transfer::Result<()> {
/// let uploaded = bucket.upload_file("big.bin", "/data/big.bin").task_num(8).checkpoint(true).send()?;
/// println!("{} parts, {} of them from an earlier run", uploaded.parts, uploaded.resumed_parts);
/// # Ok(())
/// # }
/// ```
pub trait TransferExt {
    /// Uploads a file of any size up to 48.8 TiB, in parts, on several workers (`uploadFile` of the guide).
    fn upload_file(&self, key: impl Into<String>, path: impl Into<PathBuf>) -> UploadFile;

    /// Downloads an object to a file, in ranges, on several workers (`downloadFile` of the guide). The file appears
    /// when it is complete, not before.
    fn download_file(&self, key: impl Into<String>, path: impl Into<PathBuf>) -> DownloadFile;

    /// Copies an object of any size up to 48.8 TiB to this key, within the service: in one call (`copyObject` of the guide) or
    /// in ranges (`copyPart`) on several workers.
    fn copy(&self, key: impl Into<String>, source: impl Into<CopySource>) -> ObjectCopy;

    /// Writes a stream of unknown length as an object: an [`io::Write`](std::io::Write) whose parts are sent as they fill.
    fn object_writer(&self, key: impl Into<String>) -> ObjectWriterBuilder;

    /// Reads an object as a stream: an [`io::Read`](std::io::Read), [`BufRead`](std::io::BufRead) and [`Seek`](std::io::Seek) ahead of which
    /// workers fetch ranges.
    fn object_reader(&self, key: impl Into<String>) -> ObjectReaderBuilder;

    /// Aborts unfinished uploads that were begun longer ago than this, whose parts cost money: those of killed processes.
    fn abort_uploads_older_than(&self, age: Duration) -> AbortUploads;

    /// Uploads all files of a folder: `sub/a.txt` in it becomes the object `<prefix>/sub/a.txt`.
    fn upload_dir(&self, path: impl Into<PathBuf>, prefix: impl Into<String>) -> UploadDir;

    /// Downloads all objects below a prefix, which is taken as that of a folder: `<prefix>/sub/a.txt` becomes the file
    /// `sub/a.txt` in the local folder.
    fn download_dir(&self, prefix: impl Into<String>, path: impl Into<PathBuf>) -> DownloadDir;

    /// Copies all objects below a prefix of a bucket to this one, within the service: `<source prefix>/sub/a.txt` becomes
    /// `<prefix>/sub/a.txt`.
    fn copy_dir(
        &self,
        prefix: impl Into<String>,
        source_bucket: impl AsRef<str>,
        source_prefix: impl Into<String>,
    ) -> CopyDir;

    /// Deletes all objects whose keys begin with this text.
    fn delete_prefix(&self, prefix: impl Into<String>) -> DeletePrefix;

    /// Makes the objects below a prefix equal to the files of a folder: only what differs is uploaded.
    fn sync_up(&self, path: impl Into<PathBuf>, prefix: impl Into<String>) -> SyncUp;

    /// Makes the files of a folder equal to the objects below a prefix: only what differs is downloaded.
    fn sync_down(&self, prefix: impl Into<String>, path: impl Into<PathBuf>) -> SyncDown;

    /// Makes the objects below a prefix equal to those below a prefix of this or another bucket: only what differs is copied,
    /// within the service.
    fn sync_within(
        &self,
        prefix: impl Into<String>,
        source_bucket: impl AsRef<str>,
        source_prefix: impl Into<String>,
    ) -> SyncWithin;
}

impl TransferExt for BucketClient {
    fn upload_file(&self, key: impl Into<String>, path: impl Into<PathBuf>) -> UploadFile {
        UploadFile::new(self.clone(), key.into(), path.into())
    }

    fn download_file(&self, key: impl Into<String>, path: impl Into<PathBuf>) -> DownloadFile {
        DownloadFile::new(self.clone(), key.into(), path.into())
    }

    fn copy(&self, key: impl Into<String>, source: impl Into<CopySource>) -> ObjectCopy {
        ObjectCopy::new(self.clone(), key.into(), source.into())
    }

    fn object_writer(&self, key: impl Into<String>) -> ObjectWriterBuilder {
        ObjectWriterBuilder::new(self.clone(), key.into())
    }

    fn object_reader(&self, key: impl Into<String>) -> ObjectReaderBuilder {
        ObjectReaderBuilder::new(self.clone(), key.into())
    }

    fn abort_uploads_older_than(&self, age: Duration) -> AbortUploads {
        AbortUploads::new(self.clone(), age)
    }

    fn upload_dir(&self, path: impl Into<PathBuf>, prefix: impl Into<String>) -> UploadDir {
        UploadDir::new(self.clone(), path.into(), prefix.into())
    }

    fn download_dir(&self, prefix: impl Into<String>, path: impl Into<PathBuf>) -> DownloadDir {
        DownloadDir::new(self.clone(), prefix.into(), path.into())
    }

    fn copy_dir(
        &self,
        prefix: impl Into<String>,
        source_bucket: impl AsRef<str>,
        source_prefix: impl Into<String>,
    ) -> CopyDir {
        CopyDir::new(self.clone(), prefix.into(), source_bucket.as_ref(), source_prefix.into())
    }

    fn delete_prefix(&self, prefix: impl Into<String>) -> DeletePrefix {
        DeletePrefix::new(self.clone(), prefix.into())
    }

    fn sync_up(&self, path: impl Into<PathBuf>, prefix: impl Into<String>) -> SyncUp {
        SyncUp::new(self.clone(), path.into(), prefix.into())
    }

    fn sync_down(&self, prefix: impl Into<String>, path: impl Into<PathBuf>) -> SyncDown {
        SyncDown::new(self.clone(), prefix.into(), path.into())
    }

    fn sync_within(
        &self,
        prefix: impl Into<String>,
        source_bucket: impl AsRef<str>,
        source_prefix: impl Into<String>,
    ) -> SyncWithin {
        SyncWithin::new(self.clone(), prefix.into(), source_bucket.as_ref(), source_prefix.into())
    }
}

/// The same as [`TransferExt`], with the name of the bucket first.
pub trait ClientTransferExt {
    /// See [`TransferExt::upload_file`].
    fn upload_file(
        &self,
        bucket: impl AsRef<str>,
        key: impl Into<String>,
        path: impl Into<PathBuf>,
    ) -> UploadFile;

    /// See [`TransferExt::download_file`].
    fn download_file(
        &self,
        bucket: impl AsRef<str>,
        key: impl Into<String>,
        path: impl Into<PathBuf>,
    ) -> DownloadFile;

    /// See [`TransferExt::copy`].
    fn copy(
        &self,
        bucket: impl AsRef<str>,
        key: impl Into<String>,
        source: impl Into<CopySource>,
    ) -> ObjectCopy;

    /// See [`TransferExt::object_writer`].
    fn object_writer(&self, bucket: impl AsRef<str>, key: impl Into<String>) -> ObjectWriterBuilder;

    /// See [`TransferExt::object_reader`].
    fn object_reader(&self, bucket: impl AsRef<str>, key: impl Into<String>) -> ObjectReaderBuilder;

    /// See [`TransferExt::abort_uploads_older_than`].
    fn abort_uploads_older_than(&self, bucket: impl AsRef<str>, age: Duration) -> AbortUploads;

    /// See [`TransferExt::upload_dir`].
    fn upload_dir(
        &self,
        bucket: impl AsRef<str>,
        path: impl Into<PathBuf>,
        prefix: impl Into<String>,
    ) -> UploadDir;

    /// See [`TransferExt::download_dir`].
    fn download_dir(
        &self,
        bucket: impl AsRef<str>,
        prefix: impl Into<String>,
        path: impl Into<PathBuf>,
    ) -> DownloadDir;

    /// See [`TransferExt::copy_dir`].
    fn copy_dir(
        &self,
        bucket: impl AsRef<str>,
        prefix: impl Into<String>,
        source_bucket: impl AsRef<str>,
        source_prefix: impl Into<String>,
    ) -> CopyDir;

    /// See [`TransferExt::delete_prefix`].
    fn delete_prefix(&self, bucket: impl AsRef<str>, prefix: impl Into<String>) -> DeletePrefix;

    /// See [`TransferExt::sync_up`].
    fn sync_up(&self, bucket: impl AsRef<str>, path: impl Into<PathBuf>, prefix: impl Into<String>)
    -> SyncUp;

    /// See [`TransferExt::sync_down`].
    fn sync_down(
        &self,
        bucket: impl AsRef<str>,
        prefix: impl Into<String>,
        path: impl Into<PathBuf>,
    ) -> SyncDown;

    /// See [`TransferExt::sync_within`].
    fn sync_within(
        &self,
        bucket: impl AsRef<str>,
        prefix: impl Into<String>,
        source_bucket: impl AsRef<str>,
        source_prefix: impl Into<String>,
    ) -> SyncWithin;
}

impl ClientTransferExt for ObsClient {
    fn upload_file(
        &self,
        bucket: impl AsRef<str>,
        key: impl Into<String>,
        path: impl Into<PathBuf>,
    ) -> UploadFile {
        self.bucket(bucket).upload_file(key, path)
    }

    fn download_file(
        &self,
        bucket: impl AsRef<str>,
        key: impl Into<String>,
        path: impl Into<PathBuf>,
    ) -> DownloadFile {
        self.bucket(bucket).download_file(key, path)
    }

    fn copy(
        &self,
        bucket: impl AsRef<str>,
        key: impl Into<String>,
        source: impl Into<CopySource>,
    ) -> ObjectCopy {
        self.bucket(bucket).copy(key, source)
    }

    fn object_writer(&self, bucket: impl AsRef<str>, key: impl Into<String>) -> ObjectWriterBuilder {
        self.bucket(bucket).object_writer(key)
    }

    fn object_reader(&self, bucket: impl AsRef<str>, key: impl Into<String>) -> ObjectReaderBuilder {
        self.bucket(bucket).object_reader(key)
    }

    fn abort_uploads_older_than(&self, bucket: impl AsRef<str>, age: Duration) -> AbortUploads {
        self.bucket(bucket).abort_uploads_older_than(age)
    }

    fn upload_dir(
        &self,
        bucket: impl AsRef<str>,
        path: impl Into<PathBuf>,
        prefix: impl Into<String>,
    ) -> UploadDir {
        self.bucket(bucket).upload_dir(path, prefix)
    }

    fn download_dir(
        &self,
        bucket: impl AsRef<str>,
        prefix: impl Into<String>,
        path: impl Into<PathBuf>,
    ) -> DownloadDir {
        self.bucket(bucket).download_dir(prefix, path)
    }

    fn copy_dir(
        &self,
        bucket: impl AsRef<str>,
        prefix: impl Into<String>,
        source_bucket: impl AsRef<str>,
        source_prefix: impl Into<String>,
    ) -> CopyDir {
        self.bucket(bucket).copy_dir(prefix, source_bucket, source_prefix)
    }

    fn delete_prefix(&self, bucket: impl AsRef<str>, prefix: impl Into<String>) -> DeletePrefix {
        self.bucket(bucket).delete_prefix(prefix)
    }

    fn sync_up(
        &self,
        bucket: impl AsRef<str>,
        path: impl Into<PathBuf>,
        prefix: impl Into<String>,
    ) -> SyncUp {
        self.bucket(bucket).sync_up(path, prefix)
    }

    fn sync_down(
        &self,
        bucket: impl AsRef<str>,
        prefix: impl Into<String>,
        path: impl Into<PathBuf>,
    ) -> SyncDown {
        self.bucket(bucket).sync_down(prefix, path)
    }

    fn sync_within(
        &self,
        bucket: impl AsRef<str>,
        prefix: impl Into<String>,
        source_bucket: impl AsRef<str>,
        source_prefix: impl Into<String>,
    ) -> SyncWithin {
        self.bucket(bucket).sync_within(prefix, source_bucket, source_prefix)
    }
}
