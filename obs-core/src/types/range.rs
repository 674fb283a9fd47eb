//! A stretch of an object.

use std::fmt;
use std::ops::{Range, RangeFrom, RangeFull, RangeInclusive, RangeTo};

use crate::error::{Error, Result};

/// Which bytes of an object: made from the ranges of Rust, in which the end is left out.
///
/// ```
/// use obs_core::ByteRange;
/// assert_eq!(ByteRange::from(0..1).to_string(), "bytes=0-0");
/// assert_eq!(ByteRange::from(0..=1000).to_string(), "bytes=0-1000");
/// assert_eq!(ByteRange::from(500..).to_string(), "bytes=500-");
/// assert_eq!(ByteRange::last(10).to_string(), "bytes=-10");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByteRange(Kind);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    /// First and last byte.
    Closed(u64, u64),
    From(u64),
    Last(u64),
    /// Nothing can be asked for with it.
    Empty(u64, u64),
    /// As the caller wrote it.
    Raw(String),
}

impl ByteRange {
    /// The last `len` bytes.
    pub fn last(len: u64) -> Self {
        Self(Kind::Last(len))
    }

    /// A range as it stands in the header, with or without `bytes=`, such as `0-99` or `bytes=500-`.
    pub fn raw(text: impl Into<String>) -> Self {
        let text = text.into();
        Self(Kind::Raw(if text.starts_with("bytes=") { text } else { format!("bytes={text}") }))
    }

    /// The value of the header.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) for an empty or reversed range.
    pub(crate) fn header(&self) -> Result<String> {
        match &self.0 {
            Kind::Empty(start, end) => Err(Error::invalid(format!(
                "the range {start}..{end} holds no byte: it must end after its start"
            ))),
            Kind::Last(0) => Err(Error::invalid("the last 0 bytes of an object cannot be asked for")),
            Kind::Raw(text) => {
                let numbers = text.strip_prefix("bytes=").unwrap_or_default();
                for range in numbers.split(',') {
                    let well_formed = range.trim().split_once('-').is_some_and(|(from, to)| {
                        let number = |t: &str| t.is_empty() || t.bytes().all(|b| b.is_ascii_digit());
                        let ordered = match (from.parse::<u64>(), to.parse::<u64>()) {
                            (Ok(from), Ok(to)) => from <= to,
                            _ => true,
                        };
                        number(from) && number(to) && !(from.is_empty() && to.is_empty()) && ordered
                    });
                    if !well_formed {
                        return Err(Error::invalid(format!(
                            "{text:?} is no range of bytes, such as bytes=0-99"
                        )));
                    }
                }
                Ok(text.clone())
            }
            _ => Ok(self.to_string()),
        }
    }
}

impl fmt::Display for ByteRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Closed(first, last) => write!(f, "bytes={first}-{last}"),
            Kind::From(first) => write!(f, "bytes={first}-"),
            Kind::Last(len) => write!(f, "bytes=-{len}"),
            Kind::Empty(start, end) => write!(f, "{start}..{end}"),
            Kind::Raw(text) => f.write_str(text),
        }
    }
}

impl From<Range<u64>> for ByteRange {
    fn from(range: Range<u64>) -> Self {
        match range.end.checked_sub(1) {
            Some(last) if last >= range.start => Self(Kind::Closed(range.start, last)),
            _ => Self(Kind::Empty(range.start, range.end)),
        }
    }
}

impl From<RangeInclusive<u64>> for ByteRange {
    fn from(range: RangeInclusive<u64>) -> Self {
        let (start, end) = range.into_inner();
        if start <= end { Self(Kind::Closed(start, end)) } else { Self(Kind::Empty(start, end)) }
    }
}

impl From<RangeFrom<u64>> for ByteRange {
    fn from(range: RangeFrom<u64>) -> Self {
        Self(Kind::From(range.start))
    }
}

impl From<RangeTo<u64>> for ByteRange {
    fn from(range: RangeTo<u64>) -> Self {
        (0..range.end).into()
    }
}

impl From<RangeFull> for ByteRange {
    fn from(_: RangeFull) -> Self {
        Self(Kind::From(0))
    }
}
