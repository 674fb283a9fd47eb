//! The one encoder: what is signed and what is sent both come from here, in requests, signed URLs and POST forms alike.
//!
//! All functions work on the UTF-8 bytes of the text, write upper-case hex and borrow when nothing needs escaping.
//!
//! ```
//! use obs_sign::encode;
//! assert_eq!(encode::path("dir/a b+c~.txt"), "dir/a%20b%2Bc~.txt");
//! assert_eq!(encode::header_value("100% \"x\""), "100%25 %22x%22");
//! assert_eq!(encode::form_decode("a+b%2Fc")?, "a b/c");
//! # Ok::<(), std::str::Utf8Error>(())
//! ```

use std::borrow::Cow;
use std::str::Utf8Error;

use percent_encoding::{
    AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_decode_str, percent_encode, percent_encode_byte,
};

/// Escapes all but `A-Z a-z 0-9 _ . - ~`.
const STRICT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'.').remove(b'-').remove(b'~');
const PATH: &AsciiSet = &STRICT.remove(b'/');
/// A header name is a token, so of what metadata names may keep (`; / ? : @ & = + $ ,`) only these stay as they are.
const META_NAME: &AsciiSet = &STRICT.remove(b'&').remove(b'+').remove(b'$');
const HEADER_VALUE: &AsciiSet = &META_NAME
    .remove(b' ')
    .remove(b';')
    .remove(b'/')
    .remove(b'?')
    .remove(b':')
    .remove(b'@')
    .remove(b'=')
    .remove(b',')
    .remove(b'\'')
    .remove(b'*');

/// An object key as it stands in a path or in `copy-source`: all but `A-Z a-z 0-9 _ . - ~ /` escaped. Dot segments and repeated slashes
/// stay as they are.
///
/// ```
/// assert_eq!(obs_sign::encode::path("2026/a b+c.jpg"), "2026/a%20b%2Bc.jpg");
/// ```
pub fn path(key: &str) -> Cow<'_, str> {
    percent_encode(key.as_bytes(), PATH).into()
}

/// Appends a key to `out` as [`path`] encodes it.
///
/// ```
/// let mut url = String::from("https://photos.obs.example.com/");
/// obs_sign::encode::push_path(&mut url, "a b.jpg");
/// assert_eq!(url, "https://photos.obs.example.com/a%20b.jpg");
/// ```
pub fn push_path(out: &mut String, key: &str) {
    let mut plain = 0;
    for (at, byte) in key.bytes().enumerate() {
        if !PLAIN_IN_PATH.get(usize::from(byte)).is_some_and(|plain| *plain) {
            out.push_str(key.get(plain..at).unwrap_or_default());
            out.push_str(percent_encode_byte(byte));
            plain = at + 1;
        }
    }
    out.push_str(key.get(plain..).unwrap_or_default());
}

/// What [`PATH`] leaves alone, for a look at each byte that no branch depends on: nearly every URL is written with it.
static PLAIN_IN_PATH: [bool; 256] = {
    let mut plain = [false; 256];
    let (mut byte, mut rest): (u8, &mut [bool]) = (0, &mut plain);
    while let Some((first, others)) = rest.split_first_mut() {
        *first = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'~' | b'/');
        (byte, rest) = (byte.wrapping_add(1), others);
    }
    plain
};

/// A name or value of a query: the same set as [`path`], so `/` stays.
///
/// ```
/// assert_eq!(obs_sign::encode::query("logs/2026 & 2027"), "logs/2026%20%26%202027");
/// ```
pub fn query(text: &str) -> Cow<'_, str> {
    path(text)
}

/// Appends a name or value of a query to `out` as [`query`] encodes it.
///
/// ```
/// let mut query = String::from("prefix=");
/// obs_sign::encode::push_query(&mut query, "a=b");
/// assert_eq!(query, "prefix=a%3Db");
/// ```
pub fn push_query(out: &mut String, text: &str) {
    push_path(out, text);
}

/// A header value, user metadata above all: printable ASCII stays except `" # % < > [ \ ] ^ \` { | } ! ( )`; those, control characters
/// and all beyond ASCII are escaped.
///
/// ```
/// assert_eq!(obs_sign::encode::header_value("值 (100%)"), "%E5%80%BC %28100%25%29");
/// ```
pub fn header_value(value: &str) -> Cow<'_, str> {
    percent_encode(value.as_bytes(), HEADER_VALUE).into()
}

/// The value of a standard header, such as `Content-Disposition` or `If-Match`: only what HTTP cannot carry (control characters and all
/// beyond ASCII) is escaped; quotes and `%` stay.
///
/// ```
/// let value = "attachment; filename=\"100% 值.txt\"";
/// assert_eq!(
///     obs_sign::encode::standard_header_value(value),
///     "attachment; filename=\"100% %E5%80%BC.txt\""
/// );
/// ```
pub fn standard_header_value(value: &str) -> Cow<'_, str> {
    percent_encode(value.as_bytes(), CONTROLS).into()
}

/// The name of a user metadata entry, without its prefix. The outcome is always a valid part of a header name.
///
/// ```
/// assert_eq!(obs_sign::encode::meta_name("taken by"), "taken%20by");
/// ```
pub fn meta_name(name: &str) -> Cow<'_, str> {
    percent_encode(name.as_bytes(), META_NAME).into()
}

/// The form encoding of keys in documents with `EncodingType` `url`: a space is `+`, all but `A-Z a-z 0-9 _ . - ~` is escaped.
///
/// ```
/// assert_eq!(obs_sign::encode::form_encode("a b/c"), "a+b%2Fc");
/// ```
pub fn form_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for (index, word) in text.split(' ').enumerate() {
        if index > 0 {
            out.push('+');
        }
        push(&mut out, word, STRICT);
    }
    out
}

/// Undoes [`form_encode`]: for keys, prefixes and markers of listings whose `EncodingType` is `url`. A `%` without two hex digits stays.
///
/// ```
/// assert_eq!(obs_sign::encode::form_decode("a+b%2Fc")?, "a b/c");
/// # Ok::<(), std::str::Utf8Error>(())
/// ```
///
/// # Errors
/// If the decoded bytes are not UTF-8.
pub fn form_decode(text: &str) -> Result<Cow<'_, str>, Utf8Error> {
    if text.contains('+') {
        percent_decode(&text.replace('+', " ")).map(|decoded| Cow::Owned(decoded.into_owned()))
    } else {
        percent_decode(text)
    }
}

/// Undoes percent-encoding, as in header values of answers. `+` stays, and so does a `%` without two hex digits.
///
/// ```
/// assert_eq!(obs_sign::encode::percent_decode("%E5%80%BC+100%")?, "值+100%");
/// # Ok::<(), std::str::Utf8Error>(())
/// ```
///
/// # Errors
/// If the decoded bytes are not UTF-8.
pub fn percent_decode(text: &str) -> Result<Cow<'_, str>, Utf8Error> {
    percent_decode_str(text).decode_utf8()
}

/// Appends `text` in the canonical form of signature version 4, where `/` of a query is escaped too.
#[cfg(feature = "v4")]
pub(crate) fn strict(text: &str) -> Cow<'_, str> {
    percent_encode(text.as_bytes(), STRICT).into()
}

fn push(out: &mut String, text: &str, set: &'static AsciiSet) {
    out.extend(percent_encode(text.as_bytes(), set));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(bytes: &[u8], set: &'static AsciiSet) -> String {
        percent_encode(bytes, set).to_string()
    }

    /// What a set leaves alone, said in another way than the sets are built.
    fn plain(extra: &str) -> impl Fn(u8) -> bool {
        move |byte| {
            byte.is_ascii_alphanumeric() || b"_.-~".contains(&byte) || extra.as_bytes().contains(&byte)
        }
    }

    #[test]
    fn every_byte_through_each_set_and_back() {
        let sets: [(&'static AsciiSet, &str); 4] =
            [(STRICT, ""), (PATH, "/"), (META_NAME, "&+$"), (HEADER_VALUE, " ;/?:@&=+$,'*")];
        for (set, extra) in sets {
            let is_plain = plain(extra);
            for byte in 0..=255_u8 {
                let text = encoded(&[byte], set);
                let expected =
                    if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
                assert_eq!(text, expected, "{byte:#04x} with {extra:?}");
                assert_eq!(percent_decode_str(&text).collect::<Vec<u8>>(), [byte]);
            }
        }
    }

    #[test]
    fn appending_escapes_the_same() {
        for character in char::MIN..='\u{3ff}' {
            let key = format!("a/{character}b{character}");
            let mut appended = String::new();
            push_path(&mut appended, &key);
            assert_eq!(appended, path(&key));
        }
    }

    #[test]
    fn every_character_of_unicode_comes_back() {
        let all: String = (char::MIN..=char::MAX).step_by(7).collect();
        for encode in [path, query, header_value, meta_name] {
            assert_eq!(percent_decode(&encode(&all)).unwrap(), all);
        }
        let form = form_encode(&all);
        assert!(form.is_ascii());
        assert_eq!(form_decode(&form).unwrap(), all);
    }

    #[test]
    fn keys_of_listings_and_deletes() {
        assert_eq!(form_encode("a b+c/中%\u{1}.txt"), "a+b%2Bc%2F%E4%B8%AD%25%01.txt");
        assert_eq!(form_decode("100%").unwrap(), "100%");
        assert_eq!(form_decode("%zz%2").unwrap(), "%zz%2");
        assert!(form_decode("%FF").is_err());
        assert_eq!(percent_decode("a+b%20c").unwrap(), "a+b c");
    }

    #[test]
    fn standard_headers_keep_quotes_and_escape_what_http_cannot_carry() {
        assert_eq!(standard_header_value("attachment; filename=\"a%20b\""), "attachment; filename=\"a%20b\"");
        assert_eq!(standard_header_value("文\r\n\u{7f}"), "%E6%96%87%0D%0A%7F");
    }

    #[test]
    fn encoding_borrows_what_needs_no_escape() {
        assert!(matches!(path("dir/a.txt"), Cow::Borrowed(_)));
        assert!(matches!(form_decode("dir/a.txt"), Ok(Cow::Borrowed(_))));
    }
}
