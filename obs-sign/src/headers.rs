use std::borrow::Cow;
use std::fmt;

use crate::Error;
use crate::redact::{MASK, is_secret, redact};

type Text = Cow<'static, str>;

/// The headers of a request, in order. Names are lower case and compared without regard to case.
///
/// ```
/// use obs_sign::Headers;
/// let mut headers = Headers::new();
/// headers.insert("Content-Type", "text/plain");
/// headers.insert("x-obs-acl", "private");
/// assert_eq!(headers.get("CONTENT-TYPE"), Some("text/plain"));
/// assert_eq!(headers.iter().next(), Some(("content-type", "text/plain")));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<(Text, Text)>);

impl Headers {
    /// No headers; allocates nothing.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// No headers yet, room for `capacity`.
    pub fn with_capacity(capacity: usize) -> Self {
        Self(Vec::with_capacity(capacity))
    }

    /// Sets a header. Whatever stood under that name is replaced; the place in the order stays.
    pub fn insert(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Cow<'static, str>>) {
        let name = lower_case(name.into());
        let value = value.into();
        let Some(place) = self.0.iter().position(|(held, _)| *held == name) else {
            self.0.push((name, value));
            return;
        };
        let mut index = 0;
        self.0.retain(|(held, _)| {
            index += 1;
            index <= place + 1 || *held != name
        });
        if let Some((_, held)) = self.0.get_mut(place) {
            *held = value;
        }
    }

    /// Adds a header line, beside others of the same name.
    pub fn append(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Cow<'static, str>>) {
        self.0.push((lower_case(name.into()), value.into()));
    }

    /// The value of the first header of that name, in any case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(held, _)| held.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_ref())
    }

    /// Whether there is a header of that name, in any case.
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Removes all headers of that name and gives the first value.
    pub fn remove(&mut self, name: &str) -> Option<Cow<'static, str>> {
        let place = self.0.iter().position(|(held, _)| held.eq_ignore_ascii_case(name))?;
        let (name, value) = self.0.remove(place);
        self.0.retain(|(held, _)| *held != name);
        Some(value)
    }

    /// The headers in order: lower-case name, value.
    pub fn iter(&self) -> Iter<'_> {
        Iter(self.0.iter())
    }

    /// How many header lines there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Checks that HTTP can carry these headers, so that no value can smuggle in another header or request.
    ///
    /// # Errors
    /// [`Error::Header`] with the name of the first header whose name is no HTTP token, or whose value holds a control character
    /// (CR, LF and NUL among them). The value is never part of the message. Percent-encode such values with
    /// [`encode::header_value`](crate::encode::header_value).
    pub fn check(&self) -> Result<(), Error> {
        for (name, value) in self.iter() {
            // Without an early end both loops run on many bytes at a time.
            let is_name = name.bytes().fold(!name.is_empty(), |good, byte| good & is_token(byte));
            let has_control = value.bytes().fold(false, |found, byte| found | byte.is_ascii_control());
            let reason = if !is_name {
                "a header name may only hold letters, digits and !#$%&'*+-.^_`|~; encode the name"
            } else if has_control {
                "the value holds a control character (such as CR, LF or NUL); percent-encode the value"
            } else {
                continue;
            };
            return Err(Error::Header { name: name.escape_debug().to_string(), reason });
        }
        Ok(())
    }
}

fn lower_case(name: Text) -> Text {
    if name.bytes().fold(false, |found, byte| found | byte.is_ascii_uppercase()) {
        name.to_ascii_lowercase().into()
    } else {
        name
    }
}

/// What RFC 9110 allows in a name.
const fn is_token(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'!' | b'#'..=b'\'' | b'*' | b'+' | b'^' | b'`' | b'|' | b'~')
}

/// The values of `authorization`, security tokens and customer keys are masked.
impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Also a value can hold a signature: that of a `Location`.
        let shown = self
            .iter()
            .map(|(name, value)| (name, if is_secret(name) { MASK.into() } else { redact(value) }));
        f.debug_map().entries(shown).finish()
    }
}

/// Iterates over [`Headers`]: name and value, in order.
///
/// ```
/// use obs_sign::Headers;
///
/// let headers: Headers =
///     [("Content-Type", "text/plain"), ("x-obs-acl", "private")].into_iter().collect();
/// for (name, value) in &headers {
///     println!("{name}: {value}");
/// }
/// assert_eq!(headers.iter().len(), 2);
/// ```
#[derive(Clone)]
pub struct Iter<'a>(std::slice::Iter<'a, (Text, Text)>);

impl fmt::Debug for Iter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").field("left", &self.0.len()).finish()
    }
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(name, value)| (name.as_ref(), value.as_ref()))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl ExactSizeIterator for Iter<'_> {}

impl<'a> IntoIterator for &'a Headers {
    type Item = (&'a str, &'a str);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl<N: Into<Cow<'static, str>>, V: Into<Cow<'static, str>>> Extend<(N, V)> for Headers {
    /// Appends header lines.
    fn extend<T: IntoIterator<Item = (N, V)>>(&mut self, headers: T) {
        headers.into_iter().for_each(|(name, value)| self.append(name, value));
    }
}

impl<N: Into<Cow<'static, str>>, V: Into<Cow<'static, str>>> FromIterator<(N, V)> for Headers {
    fn from_iter<T: IntoIterator<Item = (N, V)>>(headers: T) -> Self {
        let mut all = Self::new();
        all.extend(headers);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn insert_replaces_all_lines_and_keeps_the_place() {
        let mut headers: Headers = [("A", "1"), ("b", "2"), ("a", "3"), ("c", "4")].into_iter().collect();
        headers.insert("A", "5");
        assert_eq!(headers.iter().collect::<Vec<_>>(), [("a", "5"), ("b", "2"), ("c", "4")]);
        headers.append("B", "6");
        assert_eq!(headers.len(), 4);
        assert_eq!(headers.remove("B").as_deref(), Some("2"));
        assert_eq!(headers.remove("B"), None);
        assert_eq!(headers.iter().collect::<Vec<_>>(), [("a", "5"), ("c", "4")]);
    }

    #[test]
    fn check_lets_nothing_be_smuggled_in_and_never_shows_the_value() {
        let ok: Headers =
            [("x-obs-meta-a", "ü \"quoted\" ~"), ("!#$%&'*+-.^_`|~09az", "")].into_iter().collect();
        assert_eq!(ok.check(), Ok(()));
        for control in (0..32_u8).chain([127]) {
            let value = format!("secret{}x-injected: 1", char::from(control));
            let error =
                [("x-obs-acl", value)].into_iter().collect::<Headers>().check().unwrap_err().to_string();
            assert!(error.contains("x-obs-acl") && !error.contains("secret"), "{error}");
        }
        for byte in 0..128_u8 {
            let name = format!("a{}", char::from(byte));
            let headers: Headers = [(name, "v")].into_iter().collect();
            let token =
                char::from(byte).is_ascii_graphic() && !"\"(),/:;<=>?@[\\]{}".contains(char::from(byte));
            assert_eq!(headers.check().is_ok(), token, "{byte:#04x}");
        }
        for name in ["", "ü"] {
            assert!([(name, "v")].into_iter().collect::<Headers>().check().is_err(), "{name:?}");
        }
        let error = [("a\r\nb", "v")].into_iter().collect::<Headers>().check().unwrap_err().to_string();
        assert!(error.contains("a\\r\\nb"), "{error}");
    }

    #[test]
    fn debug_masks_secrets() {
        let headers: Headers = [
            ("Authorization", "s1"),
            ("x-obs-security-token", "s2"),
            ("x-amz-copy-source-server-side-encryption-customer-key", "s3"),
            ("x-obs-acl", "private"),
        ]
        .into_iter()
        .collect();
        let shown = format!("{headers:?}");
        assert!(["s1", "s2", "s3"].iter().all(|secret| !shown.contains(&format!("\"{secret}\""))), "{shown}");
        assert!(shown.contains("private"));
    }
}
