//! Signatures, addressing and encodings of Huawei Cloud OBS: no I/O, no clock.
//!
//! # From the top
//!
//! A [`Signer`] knows an [`Endpoint`] and a [`Dialect`]. With [`Credentials`] and a time it signs requests ([`Signer::sign`]), URLs
//! ([`UrlRequest`], [`Signer::signed_url`]) and HTML upload forms ([`PostPolicy`]). The time is always an argument.

mod bucket_name;
mod credentials;
mod dialect;
pub mod encode;
mod endpoint;
mod error;
mod headers;
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
pub use method::Method;
pub use post_policy::{PostPolicy, PostSignature};
pub use query::Query;
pub use redact::redact;
pub use signed_url::{SignedUrl, UrlRequest};
pub use signer::Signer;
pub use string_to_sign::explain;
