//! What must never reach a log: one list of names, one mask.

use std::borrow::Cow;

pub(crate) const MASK: &str = "******";

/// Whether the value under this name (of a header, query parameter or form field) is a secret, a token or a signature, whosever it is: by how
/// the name ends, in any case.
///
/// ```
/// use obs_sign::is_secret;
/// assert!(is_secret("X-Auth-Token") && is_secret("x-obs-server-side-encryption-customer-key"));
/// assert!(!is_secret("x-obs-meta-owner") && !is_secret("continuation-token"));
/// ```
pub fn is_secret(name: &str) -> bool {
    const ENDINGS: [&str; 8] =
        ["authorization", "cookie", "customer-key", "token", "signature", "password", "secret", "api-key"];
    // Where a listing goes on, which is worth to see and nothing to hide.
    const CURSOR: &str = "continuation-token";
    let ends_with = |ending: &str| {
        let start = name.len().checked_sub(ending.len());
        start.and_then(|start| name.get(start..)).is_some_and(|tail| tail.eq_ignore_ascii_case(ending))
    };
    ENDINGS.iter().any(|ending| ends_with(ending)) && !ends_with(CURSOR)
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
    fn tokens_of_all_services() {
        for name in [
            "x-securitykey-token",
            "x-auth-token",
            "X-Subject-Token",
            "x-obs-security-token",
            "x-amz-security-token",
            "SecurityToken",
            "token",
            "Proxy-Authorization",
            "Set-Cookie",
            "x-amz-copy-source-server-side-encryption-customer-key",
            "X-Amz-Signature",
            "x-api-key",
            "password",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "x-securitykey-token-ttl-seconds",
            "Continuation-Token",
            "x-obs-acl",
            "key",
            "marker",
            "e\u{301}",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }

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
