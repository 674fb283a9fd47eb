//! A blocking client for Huawei Cloud OBS, the Object Storage Service: every operation, one call at a time.
//!
//! It runs no async runtime. Whoever moves large files or whole folders takes `obs-transfer`, which is built on this and re-exports it;
//! whoever only signs URLs takes `obs-sign`.
//!
//! # Quick start
//!
//! An [`ObsClient`] has an endpoint and credentials; [`ObsClient::bucket`] gives a [`BucketClient`] for one bucket. Their methods make a
//! [`Request`], setters add what is optional, and [`send`](Request::send) performs it:
//!
//! ```
//! use obs_core::{Credentials, ObsClient};
//!
//! let client = ObsClient::builder()
//!     .endpoint("https://obs.cn-north-4.myhuaweicloud.com")
//!     .credentials(Credentials::new("AK", "SK"))
//!     .build()?;
//! # let (_place, client) = obs_sandbox::client();
//! # client.create_bucket("my-bucket").send()?;
//! let bucket = client.bucket("my-bucket");
//! bucket.put_content("hello.txt", "Hello OBS").send()?;
//! assert_eq!(bucket.get_object("hello.txt").send()?.text()?, "Hello OBS");
//! # Ok::<(), obs_core::Error>(())
//! ```
//!
//! The names are those of the official SDKs in snake case. `ObsClient` has each method with the bucket's name first, `BucketClient` without it.
//!
//! # A whole program
//!
//! Publishes the pictures of a folder, removes what is no longer there, and prints a link to each that is good for a day:
//!
//! ```
//! use std::{collections::HashSet, fs, time::Duration};
//! use obs_core::{ObsClient, SecurityProviderPolicy, StorageClass};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     // Keys from the environment, else from the metadata service of the machine
//!     let client = ObsClient::builder()
//!         .endpoint("https://obs.cn-north-4.myhuaweicloud.com")
//!         .security_provider_policy(SecurityProviderPolicy::ObsDefault)
//!         .build()?;
//! #   let (_place, client) = obs_sandbox::client();
//! #   client.create_bucket("my-bucket").send()?;
//! #   fs::create_dir("pictures")?;
//! #   fs::write("pictures/a.jpg", "pixels")?;
//!     let bucket = client.bucket("my-bucket");
//!
//!     let mut published = HashSet::new();
//!     for entry in fs::read_dir("pictures")? {
//!         let path = entry?.path();
//!         let key = format!("pictures/{}", path.file_name().unwrap_or_default().display());
//!         bucket.put_file(&key, &path).storage_class(StorageClass::Warm).send()?;
//!         println!("{}", bucket.get_object(&key).presign(Duration::from_secs(86_400))?);
//!         published.insert(key);
//!     }
//!     for object in bucket.list_objects().prefix("pictures/").iter() {
//!         let object = object?;
//!         if !published.contains(&object.key) {
//!             bucket.delete_object(&object.key).send()?;
//!         }
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # What goes up, what comes down
//!
//! [`Content`] is what is uploaded: text, bytes, a file or a range of one, a stream. A download's [body](object::GetObjectOutput) is read into
//! memory, as a stream ([`Read`](std::io::Read)), or [saved](object::GetObjectOutput::save) to a file. No body is held whole unless it is asked
//! for as a whole. A download that breaks off goes on from its last byte, and its CRC-64 is checked where the server tells it.
//!
//! Lists come page by page: [`iter`](Request::iter) gives their entries, [`pages`](Request::pages) the pages with a cursor.
//!
//! # Results and errors
//!
//! A success is a [`Reply`]: it derefs to the output, and tells status, request id and headers. Every other answer is an [`Error`], one pointer
//! wide, whose one line holds what support asks for. Questions come first, then [`code`](Error::code), then [`kind`](Error::kind):
//!
//! ```
//! # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
//! use obs_core::code;
//!
//! match bucket.delete_bucket().send() {
//!     Ok(_) => println!("gone"),
//!     Err(error) if error.is_not_found() => println!("there was none"),
//!     Err(error) if error.code() == Some(code::BUCKET_NOT_EMPTY) => println!("there is something in it"),
//!     // DeleteBucket my-bucket: 403 AccessDenied: … (request-id …, 1 attempt, 0.1 s)
//!     Err(error) => eprintln!("{error}"),
//! }
//! ```
//!
//! # Retries, redirects, time
//!
//! A call is tried again after connection failures, stalls, 5xx, 408, 429, and a 200 whose body is an error: three times unless
//! [`max_retry_count`](ObsClientBuilder::max_retry_count) says otherwise, after waits that double and are partly random. Each attempt is signed
//! anew and its body read anew. What must not be done twice is not: a lost answer to an append or a completion is settled by a look at the object.
//!
//! [`timeout`](ObsClientBuilder::timeout) (60 s) limits silence, not a transfer that moves; [`deadline`](ObsClientBuilder::deadline) limits a whole
//! call. Redirects are followed within the endpoint's domain only. A machine whose clock is wrong is corrected by the server's.
//!
//! # Credentials
//!
//! Given ([`Credentials`]), from the environment ([`EnvCredentials`]), from the metadata service of an Elastic Cloud Server ([`EcsMetadata`]), the
//! first of several ([`CredentialsChain`]), or from a [`CredentialsProvider`] of your own. [`Cached`] refreshes temporary keys before they expire.
//! Secrets never print: not in `Debug`, not in logs, not in errors.
//!
//! # Threads
//!
//! A clone of a client costs one reference count and shares connections, credentials and what was learnt of the server. Make one, and use it from any
//! number of threads; within an async program, inside of its way to run blocking code. [`shutdown`](ObsClient::shutdown) ends the calls of all
//! clones at once, [`isolated`](ObsClient::isolated) gives a client that is ended alone.
//!
//! # Signed URLs
//!
//! Any operation can be [presigned](Request::presign), with its setters; [`create_signed_url`](BucketClient::create_signed_url) signs by method and
//! sub-resource, [`create_post_signature`](BucketClient::create_post_signature) signs a form for browsers. [`send_signed`](Request::send_signed)
//! goes the other way.
//!
//! # What is not there
//!
//! [`header`](Request::header) and [`query`](Request::query) add what this crate does not know yet, signed like the rest. A whole operation is a
//! struct that implements [`Operation`]. Another way to the server is a [`Transport`](transport::Transport), another time a [`Clock`]: tests put
//! their own in.
//!
//! # Features
//!
//! | feature | default | what it brings |
//! | --- | --- | --- |
//! | `rustls` | on | https, with the root certificates of Mozilla compiled in |
//! | `platform-verifier` | off | [`platform_certificates`](ObsClientBuilder): trusts what the operating system trusts |
//! | `init-log` | off | `init_log`: logs to files as the `log.conf` of the official SDKs says |
//! | `v4` | off | signature version 4, for other S3 servers |
//!
//! Messages go to the [`log`](https://docs.rs/log) facade, under targets that begin with `obs::`.

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
    Cached, CredentialsChain, CredentialsNeed, CredentialsProvider, CredentialsSource, EcsMetadata,
    EnvCredentials, ExpiringCredentials, SecurityProviderPolicy,
};
pub use error::{Error, ErrorKind, Result};
pub use listing::{Items, Listing, Pages};
#[cfg(feature = "init-log")]
pub use logging::{LogConf, init_log};
pub use obs_sign::{
    Addressing, Credentials, Dialect, Endpoint, Headers, Method, PostPolicy, PostSignature, Query, SignedUrl,
    UrlRequest,
};
pub use operation::{Answer, Head, Lost, Operation, Parts, Reply, Settled};
pub use request::Request;
pub use setting::{DeleteSetting, GetSetting, SetSetting, Setting};
pub use signing::{CreatePostSignature, CreateSignedUrl, RawBody};
pub use types::{
    AccessControlList, Acl, ByteRange, Callback, CallbackOption, CannedAcl, Checks, Conditions, CopySource,
    CorsHeaders, EncodingType, Grant, Grantee, Group, HttpDate, KeyFilter, Metadata, ObjectHeaders, Owner,
    Permission, Preflight, Progress, ProgressListener, Sse, SseC, SseInfo, SseKms, SseOption, StorageClass,
    UnknownElements, VersionId, mime_type,
};
