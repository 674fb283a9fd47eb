//! `multipart/form-data` (RFC 7578) as browsers send it: fields, then one file.

use crate::exchange::Payload;
use crate::positioned::read_at;
use std::io;
use std::ops::Range;

/// The fields may take this much together.
const MAX_FIELDS: u64 = 64 * 1024;
const WINDOW: usize = 256 * 1024;

/// The parts of a form.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Parts {
    /// Fields before the file, names as sent.
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) file_name: String,
    /// `Content-Type` of the file part.
    pub(crate) file_type: Option<String>,
    /// Where the file lies in the body.
    pub(crate) file: Range<u64>,
}

/// Why a body is not a form with a file.
#[derive(Debug)]
pub(crate) enum FormError {
    Malformed(&'static str),
    FieldsTooLarge,
    NoFile,
    Io(io::Error),
}

impl From<io::Error> for FormError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// The boundary that a `Content-Type` names.
pub(crate) fn boundary(content_type: &str) -> Option<String> {
    let parameter = content_type.split(';').skip(1).find_map(|item| {
        let (name, value) = item.trim().split_once('=')?;
        name.eq_ignore_ascii_case("boundary").then(|| value.trim_matches('"').to_owned())
    })?;
    (!parameter.is_empty() && parameter.len() <= 70).then_some(parameter)
}

/// Takes a form apart.
pub(crate) fn parse(body: &Payload, boundary: &str) -> Result<Parts, FormError> {
    let delimiter = format!("\r\n--{boundary}");
    let opening = &delimiter.as_bytes()[2..];
    let mut at = find(body, opening, 0)?.ok_or(FormError::Malformed("the boundary does not occur"))?;
    at += opening.len() as u64;
    let mut parts = Parts::default();
    loop {
        let mut mark = [0; 2];
        if read_at(body, &mut mark, at)? < 2 || mark == *b"--" {
            return Err(FormError::NoFile);
        }
        if at > MAX_FIELDS {
            return Err(FormError::FieldsTooLarge);
        }
        let head_end =
            find(body, b"\r\n\r\n", at)?.ok_or(FormError::Malformed("a part has no end of head"))?;
        let head = text(body, at..head_end)?;
        let start = head_end + 4;
        // An empty value ends right where the head's blank line does
        let end = find(body, delimiter.as_bytes(), start - 2)?
            .ok_or(FormError::Malformed("the last boundary is missing"))?;
        let value = start..end.max(start);
        let disposition =
            header(&head, "content-disposition").ok_or(FormError::Malformed("a part has no name"))?;
        let name = attribute(disposition, "name").ok_or(FormError::Malformed("a part has no name"))?;
        if name.eq_ignore_ascii_case("file") {
            parts.file_name = attribute(disposition, "filename").unwrap_or_default();
            parts.file_type = header(&head, "content-type").map(str::to_owned);
            parts.file = value;
            return Ok(parts);
        }
        parts.fields.push((name, text(body, value)?));
        at = end + delimiter.len() as u64;
    }
}

fn text(body: &Payload, range: Range<u64>) -> Result<String, FormError> {
    let length = range.end - range.start;
    if length > MAX_FIELDS {
        return Err(FormError::FieldsTooLarge);
    }
    let mut bytes = vec![0; length as usize];
    let read = read_at(body, &mut bytes, range.start)?;
    bytes.truncate(read);
    String::from_utf8(bytes).map_err(|_| FormError::Malformed("a field is not UTF-8"))
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.split("\r\n").find_map(|line| {
        let (header, value) = line.split_once(':')?;
        header.trim().eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// A parameter such as `name="key"`; browsers write quotes in names as `%22`.
fn attribute(disposition: &str, name: &str) -> Option<String> {
    let mut rest = disposition;
    while let Some((_, tail)) = rest.split_once(';') {
        let tail = tail.trim_start();
        let (attribute, value) = tail.split_once('=')?;
        let (value, after) = match value.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => value.split_at(value.find(';').unwrap_or(value.len())),
        };
        if attribute.trim().eq_ignore_ascii_case(name) {
            return Some(value.replace("%22", "\""));
        }
        rest = after;
    }
    None
}

/// Where `needle` begins, at or after `from`.
fn find(body: &Payload, needle: &[u8], from: u64) -> io::Result<Option<u64>> {
    let mut window = vec![0; WINDOW];
    let mut at = from;
    loop {
        let read = read_at(body, &mut window, at)?;
        let found = window[..read].windows(needle.len()).position(|slice| slice == needle);
        if let Some(found) = found {
            return Ok(Some(at + found as u64));
        }
        if read < WINDOW {
            return Ok(None);
        }
        // A match may lie across two windows
        at += (WINDOW - needle.len() + 1) as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &str) -> Payload {
        Payload::Memory(text.replace('\n', "\r\n").into_bytes())
    }

    #[test]
    fn takes_fields_and_file() {
        let body = form(concat!(
            "--X\nContent-Disposition: form-data; name=\"key\"\n\na/${filename}\n",
            "--X\nContent-Disposition: form-data; name=\"empty\"\n\n\n",
            "--X\nContent-Disposition: form-data; filename=\"x;y.txt\"; name=\"file\"\n",
            "Content-Type: text/plain\n\nHello --X\n\n--X\n",
            "Content-Disposition: form-data; name=\"submit\"\n\ngo\n--X--\n",
        ));
        let parts = parse(&body, "X").unwrap();
        assert_eq!(
            parts.fields,
            [("key".to_owned(), "a/${filename}".to_owned()), ("empty".to_owned(), String::new())]
        );
        assert_eq!(parts.file_name, "x;y.txt");
        assert_eq!(parts.file_type.as_deref(), Some("text/plain"));
        let Payload::Memory(bytes) = &body else { unreachable!() };
        let range = parts.file.start as usize..parts.file.end as usize;
        assert_eq!(&bytes[range], b"Hello --X\r\n");
    }

    #[test]
    fn finds_a_boundary_across_windows() {
        for shift in 0..8 {
            let start = "--X\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n".to_owned();
            let length = WINDOW - start.len() - shift;
            let body = Payload::Memory((start.clone() + &"a".repeat(length) + "\r\n--X--\r\n").into_bytes());
            let parts = parse(&body, "X").unwrap();
            assert_eq!(parts.file, start.len() as u64..(start.len() + length) as u64, "shift {shift}");
        }
    }

    #[test]
    fn refuses_what_is_no_form() {
        for text in ["", "--X", "--X--", "--X\nfoo", "--X\nContent-Disposition: form-data\n\na\n--X--"] {
            assert!(parse(&form(text), "X").is_err(), "{text:?}");
        }
        assert_eq!(boundary("multipart/form-data; boundary=\"a b\"").as_deref(), Some("a b"));
        assert_eq!(boundary("multipart/form-data"), None);
    }
}
