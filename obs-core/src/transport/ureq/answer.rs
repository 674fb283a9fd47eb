//! The head of an answer on its way in, and what it says of its body. Headers come to us at once, not by way of ureq, which is given a
//! head of its own: with a body of one byte, or with none.

use std::borrow::Cow;
use std::fmt;
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
    /// No head, or one that nothing can be made of.
    Refused(Refusal),
}

/// Why a head is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    Malformed,
    TooLong,
    /// Where its body ends is not clear (RFC 9112, 6.3).
    Framing,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "what came is no answer of HTTP/1",
            Self::TooLong => "the head of the answer is longer than 64 KiB",
            Self::Framing => "the head of the answer does not say clearly where its body ends",
        })
    }
}

impl std::error::Error for Refusal {}

/// Where a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// Behind so many bytes.
    Length(u64),
    /// Behind its last chunk.
    Chunked,
    /// Where the connection does.
    Close,
}

/// The head of an answer.
#[derive(Debug)]
pub(super) struct Head {
    /// How many bytes it takes.
    pub(super) len: usize,
    pub(super) status: u16,
    pub(super) headers: Headers,
    /// What ureq gets: the status, whether the connection stays, and a body of one byte for one that follows.
    pub(super) for_ureq: Vec<u8>,
    /// A body follows.
    pub(super) body: Option<Framing>,
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
        Ok(_) => return Look::Refused(Refusal::TooLong),
        Err(_) => return Look::Refused(Refusal::Malformed),
    };
    let (status, version) = match (response.code, response.version) {
        // After 101 no answer would come.
        (Some(status @ (100 | 102..200)), _) => return Look::Informational { len, consent: status == 100 },
        (Some(status @ 200..), Some(version)) => (status, version),
        _ => return Look::Refused(Refusal::Malformed),
    };
    // However it would be framed.
    let has_none = to_head || matches!(status, 204 | 304);
    let framed = if has_none { Some(Framing::Length(0)) } else { framing(response.headers, version) };
    let Some(framing) = framed else { return Look::Refused(Refusal::Framing) };
    let body = Some(framing).filter(|framing| *framing != Framing::Length(0));
    let in_chunks = body == Some(Framing::Chunked);
    let mut headers = Headers::with_capacity(response.headers.len());
    let mut for_ureq = format!("HTTP/1.{version} {status} \r\n");
    for_ureq += if body.is_some() { "content-length: 1\r\n" } else { "content-length: 0\r\n" };
    let mut closes = body == Some(Framing::Close);
    for line in response.headers.iter() {
        let value = String::from_utf8_lossy(line.value);
        if line.name.eq_ignore_ascii_case("connection") {
            for part in ["connection: ", &value, "\r\n"] {
                for_ureq += part;
            }
        }
        // A length beside chunks is not to be believed, nor what comes after such an answer (RFC 9112, 6.1).
        if in_chunks && line.name.eq_ignore_ascii_case("content-length") {
            closes = true;
        } else {
            headers.append(owned_name(line.name), value.into_owned());
        }
    }
    for_ureq += if closes { "connection: close\r\n\r\n" } else { "\r\n" };
    Look::Head(Head { len, status, headers, for_ureq: for_ureq.into_bytes(), body })
}

/// Where the body ends, if there is one; nothing where that is not clear.
fn framing(headers: &[httparse::Header<'_>], version: u8) -> Option<Framing> {
    let listed = |name: &'static str| {
        let lines = headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(name));
        lines.flat_map(|header| header.value.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii)
    };
    let is = |coding: &[u8], name: &str| coding.eq_ignore_ascii_case(name.as_bytes());
    let mut codings =
        listed("transfer-encoding").filter(|coding| !(coding.is_empty() || is(coding, "identity")));
    if let Some(coding) = codings.next() {
        // Nobody was told that we know others.
        let plain = is(coding, "chunked") && codings.next().is_none() && version > 0;
        return plain.then_some(Framing::Chunked);
    }
    let mut lengths = listed("content-length").map(length);
    match lengths.next() {
        None => Some(Framing::Close),
        Some(first) => lengths.all(|other| other == first).then_some(Framing::Length(first?)),
    }
}

fn length(text: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(text).ok().filter(|_| text.iter().all(u8::is_ascii_digit))?;
    digits.parse().ok()
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

    fn refusal(text: &str) -> Refusal {
        match look(text.as_bytes(), false) {
            Look::Refused(refusal) => refusal,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn ureq_gets_the_framing_and_we_get_it_all() {
        let text = "HTTP/1.1 200 OK\r\nETag: \"e\"\r\nContent-Length: 12\r\nConnection: close\r\nX-Obs-Meta-Ä: ä\r\n\r\nbody";
        // A name outside of ASCII is no name.
        assert_eq!(refusal(text), Refusal::Malformed);
        let text = text.replace("Meta-Ä", "Meta-A");
        let head = head(&text);
        assert_eq!(head.len, text.len() - "body".len());
        assert_eq!(head.body, Some(Framing::Length(12)));
        let expected = "HTTP/1.1 200 \r\ncontent-length: 1\r\nconnection: close\r\n\r\n";
        assert_eq!(String::from_utf8(head.for_ureq).unwrap(), expected);
        let headers: Vec<_> = head.headers.iter().collect();
        let all =
            [("etag", "\"e\""), ("content-length", "12"), ("connection", "close"), ("x-obs-meta-a", "ä")];
        assert_eq!(headers, all);
    }

    #[test]
    fn a_body_ends_where_its_head_says() {
        use Framing::{Chunked, Close, Length};
        const CLOSED: &str = "content-length: 1\r\nconnection: close\r\n\r\n";
        for (headers, body, closes) in [
            ("Content-Length: 5", Some(Length(5)), false),
            ("content-length: 18446744073709551615", Some(Length(u64::MAX)), false),
            ("Content-Length: 0", None, false),
            ("Content-Length: 5, 5", Some(Length(5)), false),
            ("Content-Length: 5\r\nContent-Length: 05", Some(Length(5)), false),
            ("Transfer-Encoding: chunked", Some(Chunked), false),
            ("transfer-encoding: identity\r\nTransfer-Encoding: , Chunked ,", Some(Chunked), false),
            ("Transfer-Encoding: identity\r\nContent-Length: 5", Some(Length(5)), false),
            ("Content-Length: 5\r\nTransfer-Encoding: chunked", Some(Chunked), true),
            ("Transfer-Encoding: chunked\r\nContent-Length: many", Some(Chunked), true),
            ("ETag: e", Some(Close), true),
        ] {
            let head = head(&format!("HTTP/1.1 206 \r\n{headers}\r\n\r\n"));
            assert_eq!(head.body, body, "{headers}");
            assert_eq!(String::from_utf8(head.for_ureq).unwrap().ends_with(CLOSED), closes, "{headers}");
            let told = head.headers.contains("content-length");
            assert_eq!(told, headers.to_lowercase().contains("content-length") && body != Some(Chunked));
        }
        for status in [204, 304] {
            for framing in ["Content-Length: 5", "Transfer-Encoding: chunked", "ETag: e"] {
                let head = head(&format!("HTTP/1.1 {status} x\r\n{framing}\r\n\r\n"));
                assert_eq!(head.body, None);
                assert!(!String::from_utf8(head.for_ureq).unwrap().contains("close"), "{framing}");
            }
        }
        let answer = look(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", true);
        assert!(matches!(answer, Look::Head(Head { body: None, .. })));
    }

    #[test]
    fn a_body_whose_end_is_not_clear_is_refused() {
        for (version, headers) in [
            (1, "Content-Length: 18446744073709551616"),
            (1, "Content-Length: +5"),
            (1, "Content-Length: -1"),
            (1, "Content-Length:"),
            (1, "Content-Length: 5,"),
            (1, "Content-Length: 5 5"),
            (1, "Content-Length: 5\r\nContent-Length: 6"),
            (1, "Transfer-Encoding: gzip"),
            (1, "Transfer-Encoding: gzip, chunked"),
            (1, "Transfer-Encoding: chunked, chunked"),
            (1, "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
            (1, "Transfer-Encoding: chunked;q=1\r\nContent-Length: 5"),
            (0, "Transfer-Encoding: chunked"),
            (0, "Transfer-Encoding: chunked\r\nContent-Length: 5"),
        ] {
            let text = format!("HTTP/1.{version} 200 OK\r\n{headers}\r\n\r\n");
            assert_eq!(refusal(&text), Refusal::Framing, "{headers}");
        }
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
        for text in ["HTTP/2 200 x\r\n\r\n", "HTTP/1.1 099 x\r\n\r\n", "HTTP/1.1 101 x\r\n\r\n", "<html>"] {
            assert_eq!(refusal(text), Refusal::Malformed);
        }
        for text in ["", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\nETag: e\r\n"] {
            assert!(matches!(look(text.as_bytes(), false), Look::Partial), "{text}");
        }
        let long = format!("HTTP/1.1 200 OK\r\na: {}\r\n", "b".repeat(MAX_RESPONSE_HEAD));
        assert_eq!(refusal(&long), Refusal::TooLong);
        assert_eq!(refusal(&format!("{long}\r\n")), Refusal::TooLong);
        let many = |n| format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(n));
        assert!(matches!(look(many(128).as_bytes(), false), Look::Head(_)));
        assert_eq!(refusal(&many(129)), Refusal::Malformed);
    }
}
