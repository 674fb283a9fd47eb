//! Signatures, addressing and encodings of Huawei Cloud OBS: no I/O, no clock.
//!
//! For programs that only make signed URLs or upload forms, and for HTTP clients of their own. Whoever wants to talk to OBS takes `obs-core`,
//! which is built on this.
//!
//! # Quick start
//!
//! A [`Signer`] knows an [`Endpoint`] and a [`Dialect`]; [`Credentials`] hold the keys. The time is always an argument. A URL that anyone
//! may use to download one object for an hour:
//!
//! ```
//! use obs_sign::{Credentials, Dialect, Endpoint, Method, Signer, UrlRequest};
//! use std::time::{Duration, SystemTime};
//!
//! let signer =
//!     Signer::new(Endpoint::parse("https://obs.cn-north-4.myhuaweicloud.com")?, Dialect::Obs);
//! let credentials = Credentials::new("access key id", "secret access key");
//! let hour = Duration::from_secs(3600);
//! let signed = UrlRequest::new(Method::Get)
//!     .bucket("photos")
//!     .key("2026/a b.jpg")
//!     .expires_in(hour)
//!     .sign(&signer, &credentials, SystemTime::now())?;
//! assert!(
//!     signed.url.starts_with(
//!         "https://photos.obs.cn-north-4.myhuaweicloud.com/2026/a%20b.jpg?Expires="
//!     )
//! );
//! # Ok::<(), obs_sign::Error>(())
//! ```
//!
//! # A request of your own
//!
//! [`Endpoint::locate`] says where a bucket or object is, [`Signer::sign`] adds the headers. Send `location.host`, `location.path` and
//! [`Query::encode`] exactly as they are: what is signed and what is sent come out of one [encoder](encode).
//!
//! ```
//! use obs_sign::{Credentials, Dialect, Endpoint, Headers, Method, Query, Signer};
//! use std::time::SystemTime;
//!
//! let signer = Signer::new(Endpoint::parse("http://127.0.0.1:9000")?, Dialect::Obs);
//! let location = signer.endpoint().locate(Some("photos"), None)?;
//! let mut query = Query::new();
//! query.push("prefix", "2026/");
//! let mut headers = Headers::new();
//! signer.sign(
//!     &Credentials::new("AK", "SK"),
//!     Method::Get,
//!     &location,
//!     &query,
//!     &mut headers,
//!     SystemTime::now(),
//! )?;
//! let request_line = format!("GET {}?{} HTTP/1.1", location.path, query.encode());
//! assert_eq!(request_line, "GET /photos?prefix=2026/ HTTP/1.1");
//! assert!(headers.contains("authorization"));
//! # Ok::<(), obs_sign::Error>(())
//! ```
//!
//! # An upload form
//!
//! [`PostPolicy`] signs what a browser may upload; [`PostSignature::html`] is a complete page with the form:
//!
//! ```
//! use obs_sign::{Credentials, Dialect, Endpoint, PostPolicy, Signer};
//! use std::time::{Duration, SystemTime};
//!
//! let signer =
//!     Signer::new(Endpoint::parse("https://obs.cn-north-4.myhuaweicloud.com")?, Dialect::Obs);
//! let form = PostPolicy::new()
//!     .bucket("photos")
//!     .starts_with("key", "inbox/")
//!     .content_length_range(1, 5 << 20)
//!     .expires_in(Duration::from_secs(3600))
//!     .sign(&signer, &Credentials::new("AK", "SK"), SystemTime::now())?;
//! assert!(form.html().contains("type=\"file\""));
//! # Ok::<(), obs_sign::Error>(())
//! ```
//!
//! # A whole program
//!
//! Signs downloads for whoever asks on the command line, without a single request of its own:
//!
//! ```
//! use obs_sign::{Credentials, Dialect, Endpoint, Method, Signer, UrlRequest};
//! use std::time::{Duration, SystemTime};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     // Of a real program, from a secret store
//!     let credentials = Credentials::new("access key id", "secret access key");
//!     let signer = Signer::new(
//!         Endpoint::parse("https://obs.cn-north-4.myhuaweicloud.com")?,
//!         Dialect::Obs,
//!     );
//!     for key in std::env::args().skip(1) {
//!         let request = UrlRequest::new(Method::Get)
//!             .bucket("photos")
//!             .key(&key)
//!             .expires_in(Duration::from_secs(86_400));
//!         match request.sign(&signer, &credentials, SystemTime::now()) {
//!             Ok(signed) => println!("{signed}"),
//!             Err(error) => eprintln!("{key}: {error}"),
//!         }
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # Errors
//!
//! [`Error`] names what is at fault and what to give instead. Nothing panics, and nothing is signed that a server could read in two ways: a header with a
//! line break, an empty key, a bucket name that would change the path.
//!
//! # Threads
//!
//! All types are `Send` and `Sync`. A [`Signer`] is made once and shared.
//!
//! # When the server says `SignatureDoesNotMatch`
//!
//! Its answer holds the text that it signed. [`explain`] compares that with [`Signer::string_to_sign`] line by line.
//!
//! # Secrets
//!
//! Secret keys and tokens are wiped from memory with the last [`Credentials`] that hold them. `Debug` masks secrets, tokens and signatures
//! everywhere; [`redact`] does so for texts that go to a log. No error holds any.
//!
//! # Features
//!
//! - `v4`: AWS Signature Version 4 (`Dialect::V4`), for S3-compatible servers. Adds `sha2`. Off by default.

mod bucket_name;
mod credentials;
mod dialect;
pub mod encode;
mod endpoint;
mod error;
mod headers;
mod key;
mod method;
mod post_policy;
mod query;
mod redact;
mod signed_url;
mod signer;
mod string_to_sign;
mod sub_resource;
mod time;
#[cfg(feature = "v4")]
mod v4;

pub use bucket_name::check_bucket_name;
pub use credentials::Credentials;
pub use dialect::Dialect;
pub use endpoint::{Addressing, Endpoint, Location, Scheme};
pub use error::Error;
pub use headers::{Headers, Iter};
pub use key::check_key;
pub use method::Method;
pub use post_policy::{PostPolicy, PostSignature};
pub use query::Query;
pub use redact::{is_secret, redact};
pub use signed_url::{SignedUrl, UrlRequest};
pub use signer::Signer;
pub use string_to_sign::explain;
