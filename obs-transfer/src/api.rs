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
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # std::fs::write("big.bin", vec![7; 3 << 20]).unwrap();
/// use obs_transfer::prelude::*;
///
/// let uploaded = bucket
///     .upload_file("big.bin", "big.bin")
///     .part_size(1 << 20)
///     .task_num(4)
///     .checkpoint(true)
///     .send()?;
/// println!("{} parts, {} of them from an earlier run", uploaded.parts, uploaded.resumed_parts);
/// # Ok::<(), obs_transfer::Error>(())
/// ```
pub trait TransferExt {
    /// Uploads a file of any size up to 48.8 TiB, in parts, on several workers (`uploadFile` of the guide).
    ///
    /// ```
    /// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
    /// # std::fs::write("big.bin", vec![7; 3 << 20]).unwrap();
    /// # use obs_transfer::prelude::*;
    /// bucket.upload_file("backups/big.bin", "big.bin").task_num(4).checkpoint(true).send()?;
    /// # Ok::<(), obs_transfer::Error>(())
    /// ```
    fn upload_file(&self, key: impl Into<String>, path: impl Into<PathBuf>) -> UploadFile;

    /// Downloads an object to a file, in ranges, on several workers (`downloadFile` of the guide). The file appears
    /// when it is complete, not before.
    ///
    /// ```
    /// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
    /// # bucket.put_content("big.bin", vec![7; 3 << 20]).send()?;
    /// # use obs_transfer::prelude::*;
    /// let downloaded = bucket.download_file("big.bin", "restored/big.bin").task_num(4).send()?;
    /// assert_eq!(downloaded.size, 3 << 20);
    /// # Ok::<(), obs_transfer::Error>(())
    /// ```
    fn download_file(&self, key: impl Into<String>, path: impl Into<PathBuf>) -> DownloadFile;

    /// Copies an object of any size up to 48.8 TiB to this key, within the service: in one call (`copyObject` of the guide) or
    /// in ranges (`copyPart`) on several workers.
    ///
    /// ```
    /// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
    /// # bucket.put_content("big.bin", vec![7; 3 << 20]).send()?;
    /// # use obs_transfer::prelude::*;
    /// bucket.copy("backups/big.bin", CopySource::new("my-bucket", "big.bin")).task_num(4).send()?;
    /// # Ok::<(), obs_transfer::Error>(())
    /// ```
    fn copy(&self, key: impl Into<String>, source: impl Into<CopySource>) -> ObjectCopy;

    /// Writes a stream of unknown length as an object: an [`io::Write`](std::io::Write) whose parts are sent as they fill.
    ///
    /// ```
    /// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
    /// # use obs_transfer::prelude::*;
    /// use std::io::Write;
    ///
    /// let mut writer = bucket.object_writer("report.csv").start()?;
    /// writeln!(writer, "day,visitors")?;
    /// writer.finish()?;
    /// # Ok::<(), obs_transfer::Error>(())
    /// ```
    fn object_writer(&self, key: impl Into<String>) -> ObjectWriterBuilder;

    /// Reads an object as a stream: an [`io::Read`](std::io::Read), [`BufRead`](std::io::BufRead) and [`Seek`](std::io::Seek) ahead of which
    /// workers fetch ranges.
    ///
    /// ```
    /// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
    /// # use obs_transfer::prelude::*;
    /// let mut text = String::new();
    /// std::io::Read::read_to_string(&mut bucket.object_reader("hello.txt").open()?, &mut text)?;
    /// assert_eq!(text, "hello.txt");
    /// # Ok::<(), obs_transfer::Error>(())
    /// ```
    fn object_reader(&self, key: impl Into<String>) -> ObjectReaderBuilder;

    /// Aborts unfinished uploads that were begun longer ago than this, whose parts cost money: those of killed processes.
    ///
    /// ```
    /// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
    /// # use obs_transfer::prelude::*;
    /// let week = std::time::Duration::from_secs(7 * 24 * 60 * 60);
    /// println!("{} aborted", bucket.abort_uploads_older_than(week).send()?.aborted.len());
    /// # Ok::<(), obs_transfer::Error>(())
    /// ```
    fn abort_uploads_older_than(&self, age: Duration) -> AbortUploads;

    /// Uploads all files of a folder: `sub/a.txt` in it becomes the object `<prefix>/sub/a.txt`.
    ///
    /// ```
    /// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
    /// # std::fs::create_dir_all("photos/sub").unwrap();
    /// # for file in ["photos/a.jpg", "photos/sub/b.jpg"] { std::fs::write(file, file).unwrap(); }
    /// # use obs_transfer::prelude::*;
    /// let report = bucket.upload_dir("photos", "trips/2026").task_num(8).send()?.into_result()?;
    /// assert_eq!(report.succeeded, 2); // trips/2026/a.jpg, trips/2026/sub/b.jpg
    /// # Ok::<(), obs_transfer::Error>(())
    /// ```
    fn upload_dir(&self, path: impl Into<PathBuf>, prefix: impl Into<String>) -> UploadDir;

    /// Downloads all objects below a prefix, which is taken as that of a folder: `<prefix>/sub/a.txt` becomes the file
    /// `sub/a.txt` in the local folder.
    ///
    /// ```
    /// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
    /// # for key in ["trips/a.jpg", "trips/sub/b.jpg"] { bucket.put_content(key, key).send()?; }
    /// # use obs_transfer::prelude::*;
    /// bucket.download_dir("trips", "photos").task_num(8).send()?.into_result()?;
    /// assert!(std::path::Path::new("photos/sub/b.jpg").exists());
    /// # Ok::<(), obs_transfer::Error>(())
    /// ```
    fn download_dir(&self, prefix: impl Into<String>, path: impl Into<PathBuf>) -> DownloadDir;

    /// Copies all objects below a prefix of a bucket to this one, within the service: `<source prefix>/sub/a.txt` becomes
    /// `<prefix>/sub/a.txt`.
    ///
    /// ```
    /// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
    /// # for key in ["trips/a.jpg", "trips/sub/b.jpg"] { bucket.put_content(key, key).send()?; }
    /// # use obs_transfer::prelude::*;
    /// let report = bucket.copy_dir("backup", "my-bucket", "trips").task_num(8).send()?.into_result()?;
    /// assert_eq!(report.succeeded, 2); // backup/a.jpg, backup/sub/b.jpg
    /// # Ok::<(), obs_transfer::Error>(())
    /// ```
    fn copy_dir(
        &self,
        prefix: impl Into<String>,
        source_bucket: impl AsRef<str>,
        source_prefix: impl Into<String>,
    ) -> CopyDir;

    /// Deletes all objects whose keys begin with this text.
    ///
    /// ```
    /// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
    /// # for key in ["trips/a.jpg", "trips/sub/b.jpg"] { bucket.put_content(key, key).send()?; }
    /// # use obs_transfer::prelude::*;
    /// let report = bucket.delete_prefix("trips/").send()?.into_result()?;
    /// assert_eq!(report.deleted, 2);
    /// # Ok::<(), obs_transfer::Error>(())
    /// ```
    fn delete_prefix(&self, prefix: impl Into<String>) -> DeletePrefix;

    /// Makes the objects below a prefix equal to the files of a folder: only what differs is uploaded.
    ///
    /// ```
    /// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
    /// # std::fs::create_dir_all("photos/sub").unwrap();
    /// # for file in ["photos/a.jpg", "photos/sub/b.jpg"] { std::fs::write(file, file).unwrap(); }
    /// # use obs_transfer::prelude::*;
    /// bucket.sync_up("photos", "trips").delete(true).send()?.into_result()?;
    /// let again = bucket.sync_up("photos", "trips").delete(true).send()?;
    /// assert_eq!((again.succeeded, again.unchanged), (0, 2));
    /// # Ok::<(), obs_transfer::Error>(())
    /// ```
    fn sync_up(&self, path: impl Into<PathBuf>, prefix: impl Into<String>) -> SyncUp;

    /// Makes the files of a folder equal to the objects below a prefix: only what differs is downloaded.
    ///
    /// ```
    /// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
    /// # for key in ["trips/a.jpg", "trips/sub/b.jpg"] { bucket.put_content(key, key).send()?; }
    /// # use obs_transfer::prelude::*;
    /// let plan = bucket.sync_down("trips", "photos").plan()?;
    /// println!("{plan}"); // nothing is done before
    /// plan.send()?.into_result()?;
    /// # Ok::<(), obs_transfer::Error>(())
    /// ```
    fn sync_down(&self, prefix: impl Into<String>, path: impl Into<PathBuf>) -> SyncDown;

    /// Makes the objects below a prefix equal to those below a prefix of this or another bucket: only what differs is copied,
    /// within the service.
    ///
    /// ```
    /// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
    /// # for key in ["trips/a.jpg", "trips/sub/b.jpg"] { bucket.put_content(key, key).send()?; }
    /// # use obs_transfer::prelude::*;
    /// bucket.sync_within("mirror", "my-bucket", "trips").delete(true).send()?.into_result()?;
    /// let again = bucket.sync_within("mirror", "my-bucket", "trips").delete(true).send()?;
    /// assert_eq!((again.succeeded, again.unchanged), (0, 2));
    /// # Ok::<(), obs_transfer::Error>(())
    /// ```
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
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # std::fs::write("big.bin", vec![7; 3 << 20]).unwrap();
/// use obs_transfer::prelude::*;
///
/// let client = bucket.client();
/// client.upload_file("my-bucket", "big.bin", "big.bin").send()?;
/// client.download_file("my-bucket", "big.bin", "copy.bin").send()?;
/// # Ok::<(), obs_transfer::Error>(())
/// ```
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
