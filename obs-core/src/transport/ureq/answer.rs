//! The head of an answer on its way in. ureq is given what its framing needs; all other headers come to us at once, not by way of its types.

use std::borrow::Cow;
use std::mem::MaybeUninit;

use obs_sign::Headers;

use super::MAX_RESPONSE_HEAD;

/// As many as ureq takes.
const MOST_HEADERS: usize = 128;

/// Names that come with nearly every answer: they take no memory.
const COMMON: [&str; 12] = [
    "accept-ranges",
    "connection",
    "content-length",
    "content-type",
    "date",
    "etag",
    "last-modified",
    "server",
    "x-amz-id-2",
    "x-amz-request-id",
    "x-obs-id-2",
    "x-obs-request-id",
];

/// What stands at the beginning of what came.
#[derive(Debug)]
pub(super) enum Look {
    /// A head that is not there to its end.
    Partial,
    /// The head of the answer.
    Head(Head),
    /// One of so many bytes that says that the answer is yet to come, and perhaps that the body is welcome.
    Informational { len: usize, consent: bool },
    /// No head, or one beyond measure.
    Malformed,
}

/// The head of an answer.
#[derive(Debug)]
pub(super) struct Head {
    /// How many bytes it takes.
    pub(super) len: usize,
    pub(super) headers: Headers,
    /// The same for ureq: the status and what its framing needs.
    pub(super) for_ureq: Vec<u8>,
    /// A body of so many bytes follows, which ureq need not see: it is told of a body of one byte.
    pub(super) body: Option<u64>,
}

/// Looks for the head of an answer, `to_head` to a request without a body to it.
pub(super) fn look(input: &[u8], to_head: bool) -> Look {
    let mut lines = [const { MaybeUninit::uninit() }; MOST_HEADERS];
    let mut response = httparse::Response::new(&mut []);
    let parsed = httparse::ParserConfig::default().parse_response_with_uninit_headers(
        &mut response,
        input,
        &mut lines,
    );
    let len = match parsed {
        Ok(httparse::Status::Complete(len)) if len <= MAX_RESPONSE_HEAD => len,
        Ok(httparse::Status::Partial) if input.len() <= MAX_RESPONSE_HEAD => return Look::Partial,
        _ => return Look::Malformed,
    };
    let (status, version) = match (response.code, response.version) {
        // After 101 no answer would come.
        (Some(status @ (100 | 102..200)), _) => return Look::Informational { len, consent: status == 100 },
        (Some(status @ 200..), Some(version)) => (status, version),
        _ => return Look::Malformed,
    };
    let body = if to_head || matches!(status, 204 | 304) { None } else { body_of(response.headers) };
    let mut headers = Headers::with_capacity(response.headers.len());
    let mut for_ureq = format!("HTTP/1.{version} {status} \r\n").into_bytes();
    for line in response.headers.iter() {
        if is_framing(line.name) {
            for_ureq.extend_from_slice(line.name.as_bytes());
            for_ureq.extend_from_slice(b": ");
            let is_length = body.is_some() && line.name.eq_ignore_ascii_case("content-length");
            for_ureq.extend_from_slice(if is_length { b"1" } else { line.value });
            for_ureq.extend_from_slice(b"\r\n");
        }
        headers.append(owned_name(line.name), String::from_utf8_lossy(line.value).into_owned());
    }
    for_ureq.extend_from_slice(b"\r\n");
    Look::Head(Head { len, headers, for_ureq, body })
}

/// Where the answer ends, and whether its connection stays.
fn is_framing(name: &str) -> bool {
    ["connection", "content-length", "transfer-encoding"].iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// The length of a body that has one and is framed by nothing else. Whatever is less plain is ureq's to judge.
fn body_of(headers: &[httparse::Header<'_>]) -> Option<u64> {
    let mut found = None;
    for header in headers {
        if header.name.eq_ignore_ascii_case("transfer-encoding") {
            return None;
        }
        if header.name.eq_ignore_ascii_case("content-length") {
            let digits = found.is_none() && header.value.iter().all(u8::is_ascii_digit);
            let len = std::str::from_utf8(header.value).ok().filter(|_| digits)?;
            found = Some(len.parse().ok().filter(|len| *len > 0)?);
        }
    }
    found
}

fn owned_name(name: &str) -> Cow<'static, str> {
    match COMMON.iter().find(|common| common.eq_ignore_ascii_case(name)) {
        Some(common) => Cow::Borrowed(common),
        None => Cow::Owned(name.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(text: &str) -> Head {
        match look(text.as_bytes(), false) {
            Look::Head(head) => head,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn ureq_gets_the_framing_and_we_get_it_all() {
        let text = "HTTP/1.1 200 OK\r\nETag: \"e\"\r\nContent-Length: 12\r\nConnection: close\r\nX-Obs-Meta-Ä: ä\r\n\r\nbody";
        // A name outside of ASCII is no name.
        assert!(matches!(look(text.as_bytes(), false), Look::Malformed));
        let text = text.replace("Meta-Ä", "Meta-A");
        let head = head(&text);
        assert_eq!(head.len, text.len() - "body".len());
        assert_eq!(head.body, Some(12));
        let expected = "HTTP/1.1 200 \r\nContent-Length: 1\r\nConnection: close\r\n\r\n";
        assert_eq!(String::from_utf8(head.for_ureq).unwrap(), expected);
        let headers: Vec<_> = head.headers.iter().collect();
        let all =
            [("etag", "\"e\""), ("content-length", "12"), ("connection", "close"), ("x-obs-meta-a", "ä")];
        assert_eq!(headers, all);
    }

    #[test]
    fn only_a_plain_length_leads_past_ureq() {
        for (headers, body) in [
            ("Content-Length: 5", Some(5)),
            ("content-length: 18446744073709551615", Some(u64::MAX)),
            ("Content-Length: 0", None),
            ("Content-Length: 18446744073709551616", None),
            ("Content-Length: +5", None),
            ("Content-Length: 5, 5", None),
            ("Content-Length:", None),
            ("Content-Length: 5\r\nContent-Length: 5", None),
            ("Content-Length: 5\r\nContent-Length: 6", None),
            ("Content-Length: 5\r\nTransfer-Encoding: chunked", None),
            ("Transfer-Encoding: chunked\r\nContent-Length: 5", None),
            ("Transfer-Encoding: chunked", None),
            ("ETag: e", None),
        ] {
            let head = head(&format!("HTTP/1.0 206 \r\n{headers}\r\n\r\n"));
            assert_eq!(head.body, body, "{headers}");
            if body.is_none() && !headers.contains("ETag") {
                // As it came, but for the spaces.
                let told = String::from_utf8(head.for_ureq).unwrap().replace(": ", ":");
                assert_eq!(told, format!("HTTP/1.0 206 \r\n{headers}\r\n\r\n").replace(": ", ":"));
            }
        }
        for status in [204, 304] {
            assert_eq!(head(&format!("HTTP/1.1 {status} x\r\nContent-Length: 5\r\n\r\n")).body, None);
        }
        let answer = look(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", true);
        assert!(matches!(answer, Look::Head(Head { body: None, .. })));
    }

    #[test]
    fn what_is_no_final_head_is_told_apart() {
        for text in ["HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 x\r\nLink: y\r\n\r\n"] {
            let look = look(format!("{text}HTTP/1.1 200 OK\r\n\r\n").as_bytes(), false);
            assert!(
                matches!(look, Look::Informational { len, consent } if len == text.len() && consent == text.contains("100")),
                "{look:?}"
            );
        }
        for text in ["HTTP/2 200 x\r\n\r\n", "HTTP/1.1 099 x\r\n\r\n", "<html>"] {
            assert!(matches!(look(text.as_bytes(), false), Look::Malformed), "{text}");
        }
        for text in ["", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\nETag: e\r\n"] {
            assert!(matches!(look(text.as_bytes(), false), Look::Partial), "{text}");
        }
        let long = format!("HTTP/1.1 200 OK\r\na: {}\r\n", "b".repeat(MAX_RESPONSE_HEAD));
        assert!(matches!(look(long.as_bytes(), false), Look::Malformed));
        assert!(matches!(look(format!("{long}\r\n").as_bytes(), false), Look::Malformed));
        let many = |n| format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(n));
        assert!(matches!(look(many(128).as_bytes(), false), Look::Head(_)));
        assert!(matches!(look(many(129).as_bytes(), false), Look::Malformed));
    }
}
