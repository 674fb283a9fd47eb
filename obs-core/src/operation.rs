//! What an operation is: how it is written to the wire and how its answer is read.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Read};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use obs_sign::{Dialect, Headers, Method, Query, encode};

use crate::body::Body;
use crate::bucket_client::BucketClient;
use crate::error::{Error, ErrorKind, Result, Service};
use crate::request::Way;
use crate::xml;

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
    /// that the lost one may have caused, and when a success cannot be read ([`ErrorKind::Decode`]).
    fn settle(&self, bucket: &BucketClient, error: &Error) -> Result<Settled<Self::Output>> {
        let _ = (bucket, error);
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

/// Status and headers of an answer.
///
/// ```
/// use obs_core::{Answer, Result};
///
/// fn decode(answer: &mut Answer) -> Result<Option<String>> {
///     let head = answer.head();
///     println!("{} {}", head.status(), head.reason());
///     Ok(head.prefixed("version-id").map(str::to_owned))
/// }
/// # let _ = decode;
/// ```
#[derive(Debug, Clone)]
pub struct Head {
    pub(crate) status: u16,
    pub(crate) reason: Cow<'static, str>,
    pub(crate) headers: Headers,
}

impl Head {
    /// The head of a success whose own answer was lost.
    pub(crate) fn found_done() -> Self {
        Self { status: 200, reason: Cow::Borrowed("OK"), headers: Headers::new() }
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The reason phrase.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The headers as received, names in lower case.
    pub fn headers(&self) -> &Headers {
        &self.headers
    }

    /// A header of the protocol, by its name without the prefix: `version-id` for `x-obs-version-id` or
    /// `x-amz-version-id`. Of an answer with both it is that of OBS.
    pub fn prefixed(&self, name: &str) -> Option<&str> {
        // Lengths first: decoding an answer asks for some twenty names.
        let is = |n: &str, prefix: &str| {
            n.len() == prefix.len() + name.len() && n.ends_with(name) && n.starts_with(prefix)
        };
        let of = |prefix| self.headers.iter().find(|(n, _)| is(n, prefix));
        of("x-obs-").or_else(|| of("x-amz-")).map(|(_, value)| value)
    }

    /// The id of the request (`x-obs-request-id`).
    pub fn request_id(&self) -> Option<&str> {
        self.prefixed("request-id")
    }

    /// Where the next append begins.
    pub(crate) fn next_position(&self) -> Option<u64> {
        self.prefixed("next-append-position")?.trim().parse().ok()
    }

    /// A number in a header.
    pub(crate) fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.headers.get(name)?.trim().parse().ok()
    }
}

/// An answer on its way to [`Operation::decode`].
///
/// ```
/// use obs_core::{Answer, Result};
///
/// fn decode(answer: &mut Answer) -> Result<(Option<String>, String)> {
///     Ok((answer.header("etag"), answer.text()?))
/// }
/// # let _ = decode;
/// ```
pub struct Answer {
    pub(crate) head: Head,
    pub(crate) body: Box<dyn Read + Send>,
    pub(crate) dialect: Dialect,
    /// CRC-64 of the body that was sent, where it was taken.
    pub(crate) sent_crc64: Option<u64>,
    /// The URL of what was asked for, without query and signature.
    pub(crate) resource_url: String,
    /// What an answer without `Content-Length` may hold.
    pub(crate) text_limit: u64,
    /// For asking once more; none of a URL that was signed elsewhere.
    pub(crate) way: Option<Way>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("head", &self.head).finish_non_exhaustive()
    }
}

impl Answer {
    /// Status and headers.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The protocol of the request.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// CRC-64/XZ of the body that was sent, where it was taken.
    pub fn sent_crc64(&self) -> Option<u64> {
        self.sent_crc64
    }

    /// The URL of the bucket or object, without query and signature.
    pub fn resource_url(&self) -> &str {
        &self.resource_url
    }

    /// A header as owned text.
    pub fn header(&self, name: &str) -> Option<String> {
        self.head.headers.get(name).map(str::to_owned)
    }

    /// A header of the protocol as owned text, by its name without the prefix.
    pub fn prefixed(&self, name: &str) -> Option<String> {
        self.head.prefixed(name).map(str::to_owned)
    }

    /// Takes the body, to be read later. Only the first call gets it.
    pub fn take_body(&mut self) -> Box<dyn Read + Send> {
        std::mem::replace(&mut self.body, Box::new(io::empty()))
    }

    /// The whole body as text; more than 16 MiB is an error.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Connection`] if it breaks off, [`ErrorKind::Decode`] if it is too long or not UTF-8.
    pub fn text(&mut self) -> Result<String> {
        String::from_utf8(self.bytes()?).map_err(|e| match e.utf8_error().error_len() {
            None => Error::cut_short("the answer is cut in the middle of a character").with_source(e),
            Some(_) => Error::decode("the answer is not UTF-8").with_source(e),
        })
    }

    /// The whole body, within the limit.
    fn bytes(&mut self) -> Result<Vec<u8>> {
        // What a server claims is believed up to what a page of keys may take.
        let claimed = self.head.number("content-length").unwrap_or(0).min(self.text_limit.min(4 << 20));
        let mut bytes = Vec::with_capacity(usize::try_from(claimed).unwrap_or(0));
        read_limited(&mut self.body, self.text_limit, &mut bytes)?;
        Ok(bytes)
    }

    /// The body as an XML document: an `<Error>` in a 200 is an error, as are an empty and a broken
    /// document.
    pub(crate) fn xml<T>(&mut self, read: impl FnOnce(xml::Node<'_, '_>) -> Result<T>) -> Result<T> {
        let text = self.text()?;
        let document = xml::parse(&text)?;
        let root = document.root_element();
        self.no_error(root)?;
        read(root)
    }

    /// The same for the page of a listing, which may be long.
    pub(crate) fn page<P: xml::Page>(&mut self) -> Result<P> {
        let text = self.text()?;
        if let Some(page) = xml::scan(&text) {
            return Ok(page);
        }
        let document = xml::parse(&text)?;
        let root = document.root_element();
        self.no_error(root)?;
        xml::of_tree(root)
    }

    fn no_error<'a>(&self, root: impl xml::NodeExt<'a>) -> Result<()> {
        if root.name() == "Error" {
            return Err(error_of_document(self.head.clone(), root));
        }
        Ok(())
    }

    /// For answers whose body says nothing: reads it, so that the connection can be used again, and makes
    /// an `<Error>` in it an error.
    pub fn nothing(&mut self) -> Result<()> {
        self.bytes_unless_error().map(drop)
    }

    /// The whole body, where it is no `<Error>`.
    pub(crate) fn bytes_unless_error(&mut self) -> Result<Vec<u8>> {
        let bytes = self.bytes()?;
        let text = String::from_utf8_lossy(&bytes);
        if text.contains("<Error") {
            if let Ok(document) = xml::parse(&text) {
                self.no_error(document.root_element())?;
            }
        }
        Ok(bytes)
    }
}

/// Reads all, within a limit. What the transport says of a broken connection is kept.
pub(crate) fn read_limited(body: &mut dyn Read, limit: u64, bytes: &mut Vec<u8>) -> Result<()> {
    body.take(limit + 1).read_to_end(bytes).map_err(|e| match e.downcast::<Error>() {
        Ok(own) => own,
        Err(e) => Error::new(ErrorKind::Connection, "the answer broke off").with_source(e),
    })?;
    if bytes.len() as u64 > limit {
        return Err(Error::decode(format!("the answer is longer than {limit} bytes")));
    }
    Ok(())
}

/// The error that an `<Error>` document tells.
pub(crate) fn error_of_document<'a>(head: Head, root: impl xml::NodeExt<'a>) -> Error {
    let service = Service {
        code: root.opt_text("Code"),
        request_id: root.opt_text("RequestId"),
        host_id: root.opt_text("HostId"),
        resource: root.opt_text("Resource"),
        string_to_sign: root.opt_text("StringToSign"),
        head,
    };
    Error::service(service, root.opt_text("Message"))
}

/// What a call gave, with the answer it came in. Derefs to the output.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// let reply = bucket.put_content("hello.txt", "Hello OBS").send()?;
/// println!("{} {} {:?}", reply.status(), reply.reason(), reply.request_id());
/// println!("{:?}", reply.etag); // a field of the output
///
/// let output = reply.into_inner();
/// # let _ = output;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Reply<T> {
    output: T,
    head: Head,
}

impl<T> Reply<T> {
    pub(crate) fn new(output: T, head: Head) -> Self {
        Self { output, head }
    }

    /// The HTTP status, such as 200.
    pub fn status(&self) -> u16 {
        self.head.status
    }

    /// The reason phrase, such as `OK`.
    pub fn reason(&self) -> &str {
        &self.head.reason
    }

    /// The id of the request, for support.
    pub fn request_id(&self) -> Option<&str> {
        self.head.request_id()
    }

    /// The second id (`x-obs-id-2`), for support.
    pub fn id2(&self) -> Option<&str> {
        self.head.prefixed("id-2")
    }

    /// The error indicator (`x-reserved-indicator`).
    pub fn indicator(&self) -> Option<&str> {
        self.head.headers.get("x-reserved-indicator")
    }

    /// All headers of the answer, names in lower case.
    pub fn headers(&self) -> &Headers {
        &self.head.headers
    }

    /// The output alone.
    pub fn into_inner(self) -> T {
        self.output
    }
}

impl<T> Deref for Reply<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.output
    }
}

impl<T> DerefMut for Reply<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.output
    }
}

/// Where a request goes: the bucket of the call, none for calls about the whole service.
pub(crate) type Bucket = Option<Arc<str>>;
