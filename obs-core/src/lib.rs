//! A blocking client for Huawei Cloud OBS, the Object Storage Service: every operation, one call at a time.
//!
//! # From the top
//!
//! An [`ObsClient`] has an endpoint and credentials; [`ObsClient::bucket`] gives a [`BucketClient`] for one bucket. Their
//! methods make a [`Request`]; setters add what is optional; [`send`](Request::send) performs it and gives a [`Reply`]
//! or an [`Error`].

mod api;
mod body;
mod bucket_client;
mod builder;
mod call;
mod client;
mod config;
mod credentials;
mod error;
mod json;
mod listing;
#[cfg(feature = "init-log")]
mod logging;
mod operation;
mod proxy;
mod request;
mod setting;
mod signing;
#[cfg(test)]
mod test_support;
mod types;
mod xml;

pub mod bucket;
pub mod checksum;
pub mod code;
pub mod multipart;
pub mod object;
pub mod settings;
pub mod transport;

pub use body::{Body, Content};
pub use bucket_client::BucketClient;
pub use builder::ObsClientBuilder;
pub use client::ObsClient;
pub use config::{Clock, Signature};
pub use credentials::{
    Cached, CredentialsChain, CredentialsProvider, CredentialsSource, EcsMetadata, EnvCredentials,
    ExpiringCredentials, SecurityProviderPolicy,
};
pub use error::{Error, ErrorKind, Result};
pub use listing::{Items, Listing, Pages};
#[cfg(feature = "init-log")]
pub use logging::{LogConf, init_log};
pub use obs_sign::{
    Addressing, Credentials, Dialect, Endpoint, Headers, Method, PostPolicy, PostSignature, Query, SignedUrl,
    UrlRequest,
};
pub use operation::{Answer, Head, Operation, Parts, Reply, Settled};
pub use request::Request;
pub use setting::{DeleteSetting, GetSetting, SetSetting, Setting};
pub use signing::{CreatePostSignature, CreateSignedUrl, RawBody};
pub use types::{
    AccessControlList, Acl, ByteRange, Callback, CallbackOption, CannedAcl, Checks, Conditions, CopySource,
    CorsHeaders, EncodingType, Grant, Grantee, Group, HttpDate, Metadata, ObjectHeaders, Owner, Permission,
    Preflight, Progress, ProgressListener, Sse, SseC, SseInfo, SseKms, SseOption, StorageClass, VersionId,
    mime_type,
};
