//! Paths and queries of a request line, percent-decoded.

use percent_encoding::percent_decode_str;

/// One query parameter, decoded; without `=` it has no value.
pub(crate) type Parameter = (String, Option<String>);

/// Decodes a path or a part of it. `None` if an escape is broken or the text is not UTF-8.
pub(crate) fn decode_path(raw: &str) -> Option<String> {
    decode(raw)
}

/// Splits and decodes a query. In a query `+` is a space, as in forms.
pub(crate) fn decode_query(raw: &str) -> Option<Vec<Parameter>> {
    raw.split('&')
        .filter(|item| !item.is_empty())
        .map(|item| {
            let item = item.replace('+', " ");
            match item.split_once('=') {
                Some((name, value)) => Some((decode(name)?, Some(decode(value)?))),
                None => Some((decode(&item)?, None)),
            }
        })
        .collect()
}

fn decode(raw: &str) -> Option<String> {
    let mut bytes = raw.bytes();
    while let Some(byte) = bytes.next() {
        let hex = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_hexdigit());
        if byte == b'%' && !(hex(bytes.next()) && hex(bytes.next())) {
            return None;
        }
    }
    percent_decode_str(raw).decode_utf8().ok().map(|text| text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_names_and_values_and_keeps_flags_apart() {
        let query = decode_query("acl&a=1%2B2+3&b=&%C3%A4=%00").unwrap();
        let expected = [("acl", None), ("a", Some("1+2 3")), ("b", Some("")), ("ä", Some("\0"))];
        assert_eq!(query.len(), expected.len());
        for ((name, value), (wanted, content)) in query.iter().zip(expected) {
            assert_eq!((name.as_str(), value.as_deref()), (wanted, content));
        }
    }

    #[test]
    fn refuses_broken_escapes() {
        for raw in ["%", "%4", "%zz", "a%2", "%FF", "%C3"] {
            assert_eq!(decode_path(raw), None, "{raw}");
        }
        assert_eq!(decode_path("a+b%2B//.").as_deref(), Some("a+b+//."));
    }
}
