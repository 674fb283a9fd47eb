//! What a whole program needs: `use obs_transfer::prelude::*`.
//!
//! The names `Error` and `Result` are not among it, since every program has its own: [`obs_transfer::Error`](crate::Error)
//! takes in those of single calls with `?`.

pub use obs_core::object::MetadataDirective;
pub use obs_core::{
    Acl, BucketClient, ByteRange, CannedAcl, Content, CopySource, Credentials, CredentialsProvider, Listing,
    Metadata, Method, ObsClient, Reply, Request, Signature, SignedUrl, Sse, SseC, SseKms, StorageClass,
};

pub use crate::api::{ClientTransferExt, TransferExt};
pub use crate::{
    CancelToken, Checksum, CopyDir, CopyOutput, DeletePrefix, DirectoryPlan, DownloadDir, DownloadFile,
    DownloadOutput, ObjectCopy, ObjectReader, ObjectWriter, Progress, RateLimiter, Report, ShardOutput,
    SyncDown, SyncUp, SyncWithin, Transfer, TransferPlan, UploadDir, UploadFile, UploadOutput,
};
