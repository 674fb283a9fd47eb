//! The methods that this crate adds to the clients of `obs-core`.

use std::path::PathBuf;

use obs_core::{BucketClient, ObsClient};

use crate::download::DownloadFile;
use crate::upload::UploadFile;

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
}

impl TransferExt for BucketClient {
    fn upload_file(&self, key: impl Into<String>, path: impl Into<PathBuf>) -> UploadFile {
        UploadFile::new(self.clone(), key.into(), path.into())
    }

    fn download_file(&self, key: impl Into<String>, path: impl Into<PathBuf>) -> DownloadFile {
        DownloadFile::new(self.clone(), key.into(), path.into())
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
}
