//! What an operation is: how it is written to the wire and how its answer is read.

mod answer;
mod lost;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use obs_sign::{Dialect, Headers, Method, Query, encode};

pub use self::answer::{Answer, Head, Reply};
pub(crate) use self::answer::{error_of_document, read_limited};
pub use self::lost::Lost;
use crate::body::Body;
use crate::bucket_client::BucketClient;
use crate::error::Result;

/// One operation of OBS: all that is particular to it. Everything else (signing, sending, trying again) is
/// the same for all and done by [`Request`](crate::Request).
///
/// Whoever needs an operation that this crate does not have can write it:
///
/// ```
/// use obs_core::{Answer, Error, Method, Operation, Parts};
///
/// /// Reads the website configuration as it is.
/// struct GetRawWebsite;
///
/// impl Operation for GetRawWebsite {
///     type Output = String;
///     const NAME: &'static str = "GetBucketWebsite";
///     const METHOD: Method = Method::Get;
///
///     fn parts(&self, parts: &mut Parts) -> Result<(), Error> {
///         parts.flag("website");
///         Ok(())
///     }
///
///     fn decode(&self, answer: &mut Answer) -> Result<String, Error> {
///         answer.text()
///     }
/// }
/// // client.bucket("my-bucket").request(GetRawWebsite).send()?
/// ```
pub trait Operation {
    /// What a success gives.
    type Output;

    /// The name that OBS gives to it; it stands in errors and logs.
    const NAME: &'static str;

    /// The HTTP method.
    const METHOD: Method;

    /// Whether it may be sent again when an answer was lost and nobody knows if it was carried out.
    const IDEMPOTENT: bool = true;

    /// Whether a URL for it is signed without a look at its body, which is only there when the URL is used: the bytes of an upload,
    /// the parts of a completion. Of any other body the headers (`Content-MD5`) are signed with the URL.
    const SIGNED_WITHOUT_BODY: bool = false;

    /// Writes key, sub-resource, query and headers. Called anew for each attempt.
    fn parts(&self, parts: &mut Parts) -> Result<()>;

    /// The body, asked anew for each attempt: an attempt can never send the rest of another's.
    fn body(&mut self, dialect: Dialect) -> Result<Body<'_>> {
        let _ = dialect;
        Ok(Body::empty())
    }

    /// Reads the answer to a success.
    fn decode(&self, answer: &mut Answer) -> Result<Self::Output>;

    /// Finds out what became of an attempt whose answer was lost: asked before an operation that is not
    /// [`IDEMPOTENT`](Operation::IDEMPOTENT) is sent again, when a later attempt fails with a status
    /// that the lost one may have caused, and when a success cannot be read ([`ErrorKind::Decode`](crate::ErrorKind::Decode)).
    fn settle(&self, bucket: &BucketClient, lost: &Lost<'_>) -> Result<Settled<Self::Output>> {
        let _ = (bucket, lost);
        Ok(Settled::Unknown)
    }
}

/// What became of an attempt whose answer was lost.
///
/// ```
/// use obs_core::Settled;
///
/// // What an operation that is not idempotent found out about a lost answer.
/// let found: Settled<u64> = Settled::Done(9);
/// assert!(matches!(found, Settled::Done(9)));
/// ```
#[derive(Debug)]
pub enum Settled<T> {
    /// It was carried out, and gave this.
    Done(T),
    /// It was not carried out: send it again.
    NotDone,
    /// Nobody knows: the error stands.
    Unknown,
}

/// The parts of a request before it is signed.
///
/// ```
/// use obs_core::Parts;
///
/// fn parts(parts: &mut Parts) {
///     parts.key("photos/cat.jpg");
///     parts.flag("acl");
///     parts.query("versionId", "G0001");
///     parts.prefixed("acl", "private"); // x-obs-acl, or x-amz-acl
/// }
/// # let _ = parts;
/// ```
#[derive(Debug)]
pub struct Parts {
    dialect: Dialect,
    pub(crate) key: Option<String>,
    pub(crate) query: Query,
    pub(crate) headers: Headers,
}

impl Parts {
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self { dialect, key: None, query: Query::new(), headers: Headers::with_capacity(12) }
    }

    /// The protocol that the request is written in.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The object that the request is about.
    pub fn key(&mut self, key: &str) {
        self.key = Some(key.to_owned());
    }

    /// A query parameter without a value, such as the sub-resource `acl`.
    pub fn flag(&mut self, name: impl Into<Cow<'static, str>>) {
        self.query.flag(name);
    }

    /// A query parameter.
    pub fn query(&mut self, name: impl Into<Cow<'static, str>>, value: impl fmt::Display) {
        self.query.push(name, value.to_string());
    }

    /// A query parameter, where there is a value.
    pub fn query_opt(&mut self, name: &'static str, value: Option<impl fmt::Display>) {
        if let Some(value) = value {
            self.query(name, value);
        }
    }

    /// A standard header. What is outside of visible ASCII is percent-encoded.
    pub fn header(&mut self, name: impl Into<Cow<'static, str>>, value: &str) {
        self.headers.insert(name, encode::standard_header_value(value).into_owned());
    }

    /// A standard header, where there is a value.
    pub fn header_opt(&mut self, name: &'static str, value: Option<&str>) {
        if let Some(value) = value {
            self.header(name, value);
        }
    }

    /// A header of the protocol: `acl` becomes `x-obs-acl` or `x-amz-acl`. Percent-encoded as OBS wants it.
    pub fn prefixed(&mut self, name: &str, value: impl fmt::Display) {
        let name = self.dialect.header(name);
        let value = value.to_string();
        self.headers.insert(name, encode::header_value(&value).into_owned());
    }

    /// A header of the protocol, where there is a value.
    pub fn prefixed_opt(&mut self, name: &str, value: Option<impl fmt::Display>) {
        if let Some(value) = value {
            self.prefixed(name, value);
        }
    }

    /// A header whose name and value are sent as they are, such as `x-obs-expires`, which has this name in all dialects.
    pub fn raw_header(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Cow<'static, str>>) {
        self.headers.insert(name, value);
    }

    /// A further header of a name that may repeat.
    pub fn append_header(&mut self, name: impl Into<Cow<'static, str>>, value: &str) {
        self.headers.append(name, encode::standard_header_value(value).into_owned());
    }
}

/// Where a request goes: the bucket of the call, none for calls about the whole service.
pub(crate) type Bucket = Option<Arc<str>>;
