//! Heads of requests and answers for logs at level trace, with everything masked that is a secret, a token or a signature.

use std::fmt;

use obs_sign::{Headers, Method, redact};

use super::prepare::Prepared;
use crate::operation::Head;

const TARGET: &str = "obs::http";

pub(super) fn request(method: Method, prepared: &Prepared) {
    let headers = Shown(&prepared.headers);
    log::trace!(target: TARGET, "> {} {}{headers}", method.as_str(), redact(&prepared.url));
}

pub(super) fn answer(head: &Head) {
    log::trace!(target: TARGET, "< {} {}{}", head.status(), head.reason(), Shown(head.headers()));
}

struct Shown<'a>(&'a Headers);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in self.0 {
            // Also values can hold secrets: a `Location` that is signed.
            write!(f, " | {}", redact(&format!("{name}:{value}")).escape_debug())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_show_no_secret() {
        let headers: Headers = [
            ("authorization", "OBS AK:s3cret"),
            ("x-obs-security-token", "s3cret"),
            ("X-Amz-Security-Token", "s3cret"),
            ("x-obs-server-side-encryption-customer-key", "s3cret"),
            ("x-obs-copy-source-server-side-encryption-customer-key", "s3cret"),
            (
                "location",
                "https://b.example.com/k?x-obs-security-token=s3cret&AccessKeyId=AK&Signature=s3cret",
            ),
            ("content-type", "text/plain"),
        ]
        .into_iter()
        .collect();
        let shown = Shown(&headers).to_string();
        assert!(!shown.contains("s3cret"), "{shown}");
        assert!(shown.contains("content-type:text/plain") && shown.contains("b.example.com/k"), "{shown}");
    }
}
