//! The text that the HMAC-SHA1 dialects sign.

use crate::sub_resource::is_signed;
use crate::{Dialect, Headers, Location, Method, Query, redact};

/// What stands in the line of the date.
pub(crate) enum DateLine<'a> {
    /// The `Date` header; empty if there is a `x-obs-date` (`x-amz-date`).
    Header,
    /// The second at which a signed URL ends.
    Expires(&'a str),
}

pub(crate) fn string_to_sign(
    dialect: Dialect,
    method: Method,
    location: &Location,
    query: &Query,
    headers: &Headers,
    date: DateLine<'_>,
) -> String {
    let mut out = String::with_capacity(location.resource_prefix.len() + location.path.len() + 96);
    out.push_str(method.as_str());
    out.push('\n');
    out.push_str(headers.get("content-md5").unwrap_or_default());
    out.push('\n');
    out.push_str(headers.get("content-type").unwrap_or_default());
    out.push('\n');
    match date {
        DateLine::Expires(second) => out.push_str(second),
        DateLine::Header if headers.contains(dialect.date_name()) => {}
        DateLine::Header => out.push_str(headers.get("date").unwrap_or_default()),
    }
    out.push('\n');
    push_headers(&mut out, dialect, headers);
    out.push_str(&location.resource_prefix);
    out.push_str(&location.path);
    push_sub_resources(&mut out, dialect, query);
    out
}

fn push_headers(out: &mut String, dialect: Dialect, headers: &Headers) {
    let mut signed: Vec<_> =
        headers.iter().filter(|(name, _)| name.starts_with(dialect.header_prefix())).collect();
    signed.sort_by_key(|(name, _)| *name);
    for lines in signed.chunk_by(|(left, _), (right, _)| left == right) {
        for (index, (name, value)) in lines.iter().enumerate() {
            out.push_str(if index == 0 { name } else { "" });
            out.push(if index == 0 { ':' } else { ',' });
            out.push_str(if name.starts_with(dialect.meta_prefix()) { value.trim() } else { value });
        }
        out.push('\n');
    }
}

fn push_sub_resources(out: &mut String, dialect: Dialect, query: &Query) {
    let mut signed: Vec<_> =
        query.iter().filter(|(name, _)| is_signed(name, dialect.header_prefix())).collect();
    signed.sort_by_key(|(name, _)| *name);
    let mut separator = '?';
    for (name, value) in signed {
        out.push(separator);
        out.push_str(name);
        if let Some(value) = value {
            out.push('=');
            out.push_str(value);
        }
        separator = '&';
    }
}

/// Says where the text that the server signed (the `StringToSign` of a `SignatureDoesNotMatch` answer) differs from ours, line by line.
/// Tokens and customer keys are masked.
///
/// ```
/// let server = "GET\n\n\nFri, 02 Jan 2026 03:04:05 GMT\n/bucket/key";
/// let ours = "GET\n\ntext/plain\nFri, 02 Jan 2026 03:04:05 GMT\n/bucket/key";
/// let text = obs_sign::explain(server, ours);
/// assert!(text.contains("line 3 (Content-Type)"));
/// ```
pub fn explain(server_string_to_sign: &str, ours: &str) -> String {
    const NAMES: [&str; 4] = ["method", "Content-MD5", "Content-Type", "Date or Expires"];
    if server_string_to_sign == ours {
        return "server and client signed the same text: the secret access key is not the one of this access key id"
            .to_owned();
    }
    let mut out = String::from("server and client signed different texts:");
    let (mut server, mut client) = (server_string_to_sign.split('\n'), ours.split('\n'));
    for number in 1.. {
        let pair = (server.next(), client.next());
        if pair == (None, None) {
            break;
        }
        if pair.0 == pair.1 {
            continue;
        }
        let name = NAMES.get(number - 1).unwrap_or(&"headers and resource");
        let show = |line: Option<&str>| match line {
            // The masks would hide a difference between two tokens, so it is told by their lengths.
            Some(line) => format!("{:?} ({} bytes)", redact(line), line.len()),
            None => "no such line".to_owned(),
        };
        out.push_str(&format!(
            "\n  line {number} ({name})\n    server: {}\n    client: {}",
            show(pair.0),
            show(pair.1)
        ));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn explain_names_the_line_and_masks_tokens() {
        let server = "GET\n\n\nD\nx-obs-security-token:abc\n/b/k";
        let ours = "GET\n\n\nD\nx-obs-security-token:abcd\n/b/k?acl";
        let text = explain(server, ours);
        assert!(text.contains("line 5") && text.contains("line 6") && !text.contains("line 4"), "{text}");
        assert!(text.contains("?acl") && !text.contains("abc"), "{text}");
        assert!(explain(ours, ours).contains("secret access key"));
        assert!(explain("GET", "GET\n").contains("no such line"));
    }
}
