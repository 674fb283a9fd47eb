//! A request as handlers see it, and how they answer.

use crate::errors::ObsError;
use crate::exchange::{Caller, Content, Dialect, Payload, Request, Response};
use crate::store::StoreOptions;
use crate::store::data::Data;
use crate::store::digest::{Digests, hex, md5_of, sha256_of};
use crate::store::encryption::Encryption;
use crate::xml::{Element, Writer};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use std::sync::Arc;
use std::time::SystemTime;

/// A request under way; the body is hashed before any lock is taken.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) request: &'a Request,
    pub(crate) options: StoreOptions,
    pub(crate) body: Data,
    pub(crate) digests: Digests,
}

impl<'a> Call<'a> {
    pub(crate) fn new(request: &'a Request, body: Payload, options: StoreOptions) -> Self {
        let digests = match &body {
            Payload::Memory(bytes) => Digests::of(bytes),
            Payload::File { md5, crc64, .. } => Digests { md5: *md5, crc64: *crc64 },
        };
        Self { request, options, body: Data::from_payload(body), digests }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.request.dialect
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.request.now
    }

    pub(crate) fn bucket(&self) -> &'a str {
        self.request.bucket.as_deref().unwrap_or_default()
    }

    pub(crate) fn key(&self) -> &'a str {
        self.request.key.as_deref().unwrap_or_default()
    }

    /// The account that asks; writes of the anonymous belong to nobody.
    pub(crate) fn account(&self) -> &'a str {
        match &self.request.caller {
            Caller::Account(id) => id,
            Caller::Anonymous => "anonymous",
        }
    }

    /// A query parameter; one without a value is empty.
    pub(crate) fn query(&self, name: &str) -> Option<&'a str> {
        query(self.request, name)
    }

    /// A query parameter that is a number.
    pub(crate) fn number<N: std::str::FromStr>(&self, name: &str) -> Result<Option<N>, ObsError> {
        match self.query(name).filter(|text| !text.is_empty()) {
            None => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|_| ObsError::invalid_argument(name, text)),
        }
    }

    /// How many items a page may have, from the parameter of that name: 1000 unless it says less.
    pub(crate) fn page_limit(&self, name: &str) -> Result<usize, ObsError> {
        const MOST: usize = 1000;
        Ok(self.number::<usize>(name)?.map_or(MOST, |limit| limit.min(MOST)))
    }

    /// The version that is meant.
    pub(crate) fn version_id(&self) -> Option<&'a str> {
        self.query("versionId").filter(|id| !id.is_empty())
    }

    /// A header by its full name.
    pub(crate) fn header(&self, name: &str) -> Option<&'a str> {
        header(self.request, name)
    }

    /// A header of the dialect by its name without prefix.
    pub(crate) fn own(&self, name: &str) -> Option<&'a str> {
        let name = format!("{}{}", self.dialect().prefix(), name.to_ascii_lowercase());
        self.header(&name)
    }

    /// The name of a header of the dialect.
    pub(crate) fn own_name(&self, name: &str) -> String {
        format!("{}{name}", self.dialect().prefix())
    }

    /// The encryption that the request asks for.
    pub(crate) fn encryption(&self) -> Result<Encryption, ObsError> {
        Encryption::from_headers(|name| self.own(name), self.dialect())
    }

    /// The customer key that the request carries; `side` is empty or `copy-source-`.
    pub(crate) fn customer_key(&self, side: &str) -> Result<Option<Encryption>, ObsError> {
        Encryption::customer_from_headers(&|name| self.own(name), side)
    }

    /// Compares the body with the digests of it that were sent along. The checksum is not among them: it is that of
    /// the object, which a request that copies or completes does not carry.
    pub(crate) fn check_digests(&self) -> Result<(), ObsError> {
        let bad = |what: &str| {
            ObsError::new(
                400,
                "BadDigest",
                format!("The {what} you specified did not match what we received."),
            )
        };
        if let Some(sent) = self.header("content-md5") {
            let sent = BASE64.decode(sent).ok().filter(|bytes| bytes.len() == 16).ok_or_else(|| {
                ObsError::new(400, "InvalidDigest", "The Content-MD5 you specified was invalid.")
            })?;
            if sent != self.digests.md5 {
                return Err(bad("Content-MD5"));
            }
        }
        let sha256 = self.own("content-sha256").filter(|text| text.len() == 64);
        if let Some(sent) = sha256 {
            let ours = sha256_of(&self.body).map_err(|error| storage_failure(&error))?;
            if !sent.eq_ignore_ascii_case(&hex(&ours)) {
                return Err(bad("content-sha256"));
            }
        }
        Ok(())
    }

    /// Refuses a document that must come with its MD5 and did not.
    pub(crate) fn require_md5(&self) -> Result<(), ObsError> {
        match self.header("content-md5") {
            Some(_) => Ok(()),
            None => Err(ObsError::new(
                400,
                "MissingRequiredHeader",
                "Missing required header for this request: Content-MD5",
            )),
        }
    }

    /// Compares a checksum with the one that was sent along, if any.
    pub(crate) fn check_crc64(&self, ours: u64) -> Result<(), ObsError> {
        const NAME: &str = "checksum-crc64ecma";
        let Some(sent) = self.own(NAME) else { return Ok(()) };
        match sent.parse::<u64>() {
            Err(_) => {
                Err(ObsError::new(400, "InvalidDigest", format!("The {NAME} you specified was invalid.")))
            }
            Ok(sent) if sent != ours => Err(ObsError::new(
                400,
                "BadDigest",
                format!("The {NAME} you specified did not match what we received."),
            )),
            Ok(_) => Ok(()),
        }
    }

    /// The header that gives the checksum of an object.
    pub(crate) fn crc64_header(&self, crc64: u64) -> (String, String) {
        (self.own_name("checksum-crc64ecma"), crc64.to_string())
    }

    /// The body as an XML document.
    pub(crate) fn xml_body(&self) -> Result<Element, ObsError> {
        Element::parse(&self.body_bytes()?)
    }

    /// The body in memory. Documents are small: anything else is refused.
    pub(crate) fn body_bytes(&self) -> Result<Vec<u8>, ObsError> {
        const MOST: u64 = 8 << 20;
        if self.body.len() > MOST {
            return Err(ObsError::new(
                400,
                "EntityTooLarge",
                "The request body is larger than a document may be.",
            ));
        }
        self.body.to_vec().map_err(|error| storage_failure(&error))
    }

    /// The ETag of the body: its MD5, or something else when the object is encrypted.
    pub(crate) fn etag(&self, encryption: &Encryption) -> String {
        self.etag_of(&self.digests, encryption)
    }

    pub(crate) fn etag_of(&self, digests: &Digests, encryption: &Encryption) -> String {
        if encryption.keeps_md5() {
            return format!("\"{}\"", hex(&digests.md5));
        }
        let salted = [&digests.md5[..], self.request.request_id.as_bytes()].concat();
        format!("\"{}\"", hex(&md5_of(&salted)))
    }

    /// Whether keys in the answer are URL-encoded.
    pub(crate) fn url_encoding(&self) -> Result<bool, ObsError> {
        match self.query("encoding-type").filter(|kind| !kind.is_empty()) {
            None => Ok(false),
            Some(kind) if kind.eq_ignore_ascii_case("url") => Ok(true),
            Some(other) => Err(ObsError::invalid_argument("encoding-type", other)),
        }
    }
}

pub(crate) fn storage_failure(error: &std::io::Error) -> ObsError {
    ObsError::new(500, "InternalError", format!("The stored bytes cannot be read: {error}"))
}

pub(crate) fn query<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let (_, value) = request.query.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    Some(value.as_deref().unwrap_or_default())
}

pub(crate) fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// Keys as listings with `encoding-type=url` give them: form-encoded.
pub(crate) fn form_encode(text: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const KEPT: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'*').remove(b' ');
    utf8_percent_encode(text, KEPT).to_string().replace(' ', "+")
}

impl Response {
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Content::Empty }
    }

    pub(crate) fn bytes(status: u16, content_type: &str, bytes: Vec<u8>) -> Self {
        let length = bytes.len();
        let body = Content::Memory(Arc::new(bytes), 0..length);
        Self { body, ..Self::empty(status) }.with("Content-Type", content_type)
    }

    pub(crate) fn xml(document: Writer) -> Self {
        Self::bytes(200, "application/xml", document.finish())
    }

    #[must_use]
    pub(crate) fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    #[must_use]
    pub(crate) fn with_some(self, name: impl Into<String>, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    #[must_use]
    pub(crate) fn with_all(mut self, headers: impl IntoIterator<Item = (String, String)>) -> Self {
        self.headers.extend(headers);
        self
    }
}
