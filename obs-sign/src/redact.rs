//! What must never reach a log: one list of names, one mask.

use std::borrow::Cow;

pub(crate) const MASK: &str = "******";

/// Whether the value under this name (of a header, query parameter or form field) is a secret, a token or a signature.
pub(crate) fn is_secret(name: &str) -> bool {
    const ENDINGS: [&str; 5] = ["authorization", "cookie", "customer-key", "security-token", "signature"];
    ENDINGS.iter().any(|ending| {
        let start = name.len().checked_sub(ending.len());
        start.and_then(|start| name.get(start..)).is_some_and(|tail| tail.eq_ignore_ascii_case(ending))
    })
}

/// Masks tokens, customer keys and signatures in a URL, a query or a string-to-sign, for logs.
///
/// ```
/// let url = "https://b.example.com/k?x-obs-security-token=abc&Expires=1&Signature=def";
/// assert_eq!(
///     obs_sign::redact(url),
///     "https://b.example.com/k?x-obs-security-token=******&Expires=1&Signature=******"
/// );
/// ```
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        // A canonical header takes the whole line, whatever its value holds.
        let end = line.trim_end_matches('\n').len();
        if let Some((name, _)) = line.split_once(':').filter(|(name, _)| is_secret(name)) {
            out.extend([name, ":", MASK, line.get(end..).unwrap_or_default()]);
            continue;
        }
        for item in line.split_inclusive(['?', '&']) {
            let end = item.trim_end_matches(['?', '&', '\n']).len();
            match item.split_once('=').filter(|(name, _)| is_secret(name)) {
                Some((name, _)) => out.extend([name, "=", MASK, item.get(end..).unwrap_or_default()]),
                None => out.push_str(item),
            }
        }
    }
    if out == text { Cow::Borrowed(text) } else { Cow::Owned(out) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_in_strings_to_sign_and_urls() {
        let text = "PUT\n\n\nDate\nx-obs-acl:private\nx-obs-security-token:a?b&c=d\nx-obs-server-side-encryption-customer-key:k=\n/b/k?acl&x-obs-security-token=t/+=";
        let shown = redact(text);
        assert_eq!(
            shown,
            "PUT\n\n\nDate\nx-obs-acl:private\nx-obs-security-token:******\nx-obs-server-side-encryption-customer-key:******\n/b/k?acl&x-obs-security-token=******"
        );
        let v4 = redact("http://h:80/k?x-amz-security-token=t&X-Amz-Signature=00ff&a=b");
        assert_eq!(v4, "http://h:80/k?x-amz-security-token=******&X-Amz-Signature=******&a=b");
        assert!(matches!(redact("GET\n\n\n\n/b/k?acl"), Cow::Borrowed(_)));
    }
}
