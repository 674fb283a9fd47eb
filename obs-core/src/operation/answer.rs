//! What a server says, on its way to a result.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Read};
use std::ops::{Deref, DerefMut};

use obs_sign::{Dialect, Headers};

use crate::error::{Error, ErrorKind, Result, Service};
use crate::request::Way;
use crate::xml;

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

/// An answer on its way to [`Operation::decode`](crate::Operation::decode).
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
        if is_web_page(&bytes) {
            return Err(stranger("a web page"));
        }
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

    /// The same of a list, whose root has this name: nothing would be missing in any other document.
    pub(crate) fn xml_list<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(xml::Node<'_, '_>) -> Result<T>,
    ) -> Result<T> {
        self.xml(|root| is_named(root, name).and_then(|()| read(root)))
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
        is_named(root, P::ROOT)?;
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

/// Something else than the service answers, and calls it a success.
fn stranger(what: impl fmt::Display) -> Error {
    Error::decode(format!(
        "the answer is {what}, not one of OBS: is the endpoint right, or does a proxy or a login page answer in its place?"
    ))
}

fn is_named<'a>(root: impl xml::NodeExt<'a>, name: &str) -> Result<()> {
    let found = root.name();
    if found == name { Ok(()) } else { Err(stranger(format_args!("<{found}> where <{name}> belongs"))) }
}

/// Whether it is HTML, which no document of the service is.
fn is_web_page(bytes: &[u8]) -> bool {
    let behind = |mark: &[u8], bytes: &[u8]| {
        bytes.windows(mark.len()).position(|w| w == mark).map(|at| at + mark.len())
    };
    let mut rest = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    while let Some(opened) = [(&b"<?"[..], &b"?>"[..]), (b"<!--", b"-->")]
        .iter()
        .find_map(|(open, close)| behind(close, rest.strip_prefix(*open)?).map(|end| open.len() + end))
    {
        rest = rest.get(opened..).unwrap_or_default().trim_ascii_start();
    }
    ["<!doctype html", "<html"]
        .iter()
        .any(|tag| rest.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag.as_bytes())))
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
