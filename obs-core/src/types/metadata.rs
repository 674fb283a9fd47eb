//! What callers write to objects in words of their own.

use obs_sign::encode;

use crate::error::{Error, Result};
use crate::operation::{Head, Parts};

/// The custom metadata of an object: names and values. Names are kept as given; a name that begins with `x-obs-` or
/// `x-amz-` is sent as a header of that name.
///
/// What is outside of ASCII is percent-encoded on the wire and decoded when it is read.
///
/// ```
/// use obs_core::Metadata;
///
/// let mut metadata = Metadata::new();
/// metadata.insert("Owner", "alice");
/// assert_eq!(metadata.get("owner"), Some("alice"));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata(Vec<(String, String)>);

/// What the service takes: names and values together.
const LIMIT: usize = 8 * 1024;

impl Metadata {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces a value.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let (name, value) = (name.into(), value.into());
        match self.0.iter_mut().find(|(n, _)| n.eq_ignore_ascii_case(&name)) {
            Some(entry) => entry.1 = value,
            None => self.0.push((name, value)),
        }
    }

    /// The value of a name, in any case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn write(&self, parts: &mut Parts) -> Result<()> {
        let mut bytes = 0;
        let prefix = parts.dialect().header_prefix();
        for (name, value) in &self.0 {
            if name.trim().is_empty() {
                return Err(Error::invalid("metadata without a name"));
            }
            if name.contains(' ') {
                return Err(Error::invalid(format!("the metadata name {name:?} holds a blank")));
            }
            let lower = encode::meta_name(name).to_ascii_lowercase();
            let header = if lower.starts_with(prefix) {
                lower
            } else {
                format!("{}{lower}", parts.dialect().meta_prefix())
            };
            let value = encode::header_value(value).into_owned();
            bytes += header.len() + value.len();
            parts.raw_header(header, value);
        }
        if bytes > LIMIT {
            return Err(Error::invalid(format!(
                "the metadata takes {bytes} bytes, more than the {LIMIT} that OBS keeps"
            )));
        }
        Ok(())
    }

    /// The metadata in an answer.
    pub(crate) fn of(head: &Head) -> Self {
        let mut found = Self::new();
        for (name, value) in head.headers().iter() {
            if let Some(name) = name.strip_prefix("x-obs-meta-").or_else(|| name.strip_prefix("x-amz-meta-"))
            {
                found.0.push((decoded(name), decoded(value)));
            }
        }
        found
    }
}

/// Percent-decoded; what was not encoded by the rule is kept as it is.
fn decoded(text: &str) -> String {
    encode::percent_decode(text).map_or_else(|_| text.to_owned(), |t| t.into_owned())
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Metadata {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let mut metadata = Self::new();
        for (name, value) in pairs {
            metadata.insert(name, value);
        }
        metadata
    }
}
