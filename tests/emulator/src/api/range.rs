//! The `Range` header.

use crate::errors::ObsError;
use std::ops::Range;

/// The range that a header asks for; `None` means the whole: no header, another unit, several ranges, nonsense.
pub(crate) fn parse(header: Option<&str>, len: u64) -> Result<Option<Range<u64>>, ObsError> {
    let Some(spec) = header.and_then(|header| header.trim().strip_prefix("bytes=")) else { return Ok(None) };
    let Some((first, last)) = spec.split_once('-') else { return Ok(None) };
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let range = match (first.trim(), last.trim()) {
        ("", suffix) => match number(suffix) {
            None => return Ok(None),
            Some(count) => len.saturating_sub(count)..len,
        },
        (first, "") => match number(first) {
            None => return Ok(None),
            Some(first) => first..len,
        },
        (first, last) => match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => first..last.saturating_add(1).min(len),
            _ => return Ok(None),
        },
    };
    if range.start >= len {
        return Err(ObsError::new(416, "InvalidRange", "The requested range is not satisfiable")
            .detail("ActualObjectSize", len.to_string())
            .header("Content-Range", format!("bytes */{len}")));
    }
    Ok(Some(range))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn ranges() {
        for (header, expected) in [
            ("bytes=0-0", Some(0..1)),
            ("bytes=0-", Some(0..10)),
            ("bytes=3-5", Some(3..6)),
            ("bytes=3-99", Some(3..10)),
            ("bytes=3-18446744073709551615", Some(3..10)),
            ("bytes=-4", Some(6..10)),
            ("bytes=-40", Some(0..10)),
            ("bytes=5-3", None),
            ("bytes=0-1,3-4", None),
            ("bytes=a-b", None),
            ("items=0-1", None),
        ] {
            assert_eq!(parse(Some(header), 10).unwrap(), expected, "{header}");
        }
        for header in ["bytes=10-", "bytes=10-12", "bytes=-0"] {
            assert_eq!(parse(Some(header), 10).unwrap_err().status, 416, "{header}");
        }
        assert_eq!(parse(Some("bytes=0-0"), 0).unwrap_err().status, 416);
        assert_eq!(parse(None, 10).unwrap(), None);
    }
}
