//! How keys stand in XML.

use obs_sign::encode;

use crate::error::{Error, Result};
use crate::operation::{Operation, Parts};
use crate::request::Request;

/// Whether keys are percent-encoded in answers. They are by default: XML cannot carry all characters that a key may
/// have.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// bucket.put_content("bell\u{7}.txt", "ding").send()?;
/// let page = bucket.list_objects().prefix("bell").encode_keys(true).send()?;
/// assert_eq!(page.contents[0].key, "bell\u{7}.txt");
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EncodingType(bool);

impl Default for EncodingType {
    fn default() -> Self {
        Self(true)
    }
}

impl EncodingType {
    pub(crate) fn write(self, parts: &mut Parts) {
        if self.0 {
            parts.query("encoding-type", "url");
        }
    }
}

impl<O: Operation + AsMut<EncodingType>> Request<O> {
    /// Whether the server is asked to percent-encode keys in its answer (`encoding-type=url`); they are decoded as they are
    /// read. Default: yes, since XML cannot carry all characters that a key may have.
    pub fn encode_keys(mut self, encode: bool) -> Self {
        self.operation.as_mut().0 = encode;
        self
    }
}

/// Decodes what stands in an answer with `<EncodingType>url</EncodingType>`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeyDecoder(pub(crate) bool);

impl KeyDecoder {
    pub(crate) fn of(encoding_type: Option<&str>) -> Self {
        Self(encoding_type.is_some_and(|t| t.eq_ignore_ascii_case("url")))
    }

    pub(crate) fn decode(self, text: String) -> Result<String> {
        if !self.0 || !text.bytes().any(|b| b == b'%' || b == b'+') {
            return Ok(text);
        }
        match encode::form_decode(&text) {
            Ok(decoded) => Ok(decoded.into_owned()),
            Err(e) => Err(Error::decode(format!("the key {text:?} does not decode to UTF-8")).with_source(e)),
        }
    }

    pub(crate) fn decode_opt(self, text: Option<String>) -> Result<Option<String>> {
        text.map(|t| self.decode(t)).transpose()
    }

    /// Decodes in place, once it is known how a document is encoded.
    pub(crate) fn decode_all<'k>(self, keys: impl IntoIterator<Item = &'k mut String>) -> Result<()> {
        for key in keys.into_iter().filter(|_| self.0) {
            *key = self.decode(std::mem::take(key))?;
        }
        Ok(())
    }
}
