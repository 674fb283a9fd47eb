//! Bodies in chunks: where their framing ends and their bytes begin. Each byte of the framing is looked at once, and none is kept.

use std::fmt;

/// The most that may stand between two pieces of a body: a size with its extensions, or the trailers.
const MOST_FRAMING: usize = 16 << 10;

/// How far a body in chunks was read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Chunked {
    place: Place,
    /// Of the size of a chunk as far as it was read; then of its bytes, what is left.
    left: u64,
    /// So much framing was read since the last byte of the body.
    framing: usize,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Place {
    /// The first digit of a size.
    #[default]
    Size,
    Digits,
    /// Blanks behind a size.
    Blank,
    Extension,
    /// The line feed behind a size.
    SizeEnd,
    /// Bytes of the body.
    Data,
    /// The line end behind them.
    DataEnd,
    DataLineFeed,
    /// A trailer, or the empty line that ends it all.
    Trailers,
    Trailer,
    TrailerEnd,
    LastLineFeed,
    Ended,
    Broken,
}

/// This is no framing, or one beyond measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the chunks of the answer are not framed as chunks are")
    }
}

impl std::error::Error for Broken {}

impl Chunked {
    /// Reads framing, up to the next bytes of the body or to the end of all; so many bytes of the input it was.
    pub(super) fn skip(&mut self, input: &[u8]) -> Result<usize, Broken> {
        let mut skipped = 0;
        for byte in input {
            if matches!(self.place, Place::Data | Place::Ended) {
                break;
            }
            self.place = self.behind(*byte).unwrap_or(Place::Broken);
            skipped += 1;
        }
        self.framing += skipped;
        if self.framing > MOST_FRAMING {
            self.place = Place::Broken;
        }
        if self.place == Place::Broken { Err(Broken) } else { Ok(skipped) }
    }

    /// The place behind this byte.
    fn behind(&mut self, byte: u8) -> Option<Place> {
        use Place::{
            Blank, Broken, Data, DataEnd, DataLineFeed, Digits, Ended, Extension, LastLineFeed, Size,
            SizeEnd, Trailer, TrailerEnd, Trailers,
        };
        // What controls nothing here.
        let text = byte == b'\t' || !byte.is_ascii_control();
        Some(match (self.place, byte) {
            (Size | Digits, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
                let digit = char::from(byte).to_digit(16)?;
                self.left = self.left.checked_mul(16)? + u64::from(digit);
                Digits
            }
            (Digits | Blank, b' ' | b'\t') => Blank,
            (Digits | Blank, b';') => Extension,
            (Digits | Blank | Extension, b'\r') => SizeEnd,
            (Extension, _) if text => Extension,
            (SizeEnd, b'\n') if self.left == 0 => Trailers,
            (SizeEnd, b'\n') => Data,
            (DataEnd, b'\r') => DataLineFeed,
            (DataLineFeed, b'\n') => Size,
            (Trailers, b'\r') => LastLineFeed,
            (Trailer, b'\r') => TrailerEnd,
            (Trailers | Trailer, _) if text => Trailer,
            (TrailerEnd, b'\n') => Trailers,
            (LastLineFeed, b'\n') => Ended,
            _ => Broken,
        })
    }

    /// So many bytes of the body come next: none where framing does.
    pub(super) fn left(&self) -> u64 {
        if self.place == Place::Data { self.left } else { 0 }
    }

    /// So many of them were read.
    pub(super) fn took(&mut self, amount: usize) {
        if amount > 0 {
            self.left = self.left.saturating_sub(amount as u64);
            self.framing = 0;
        }
        if self.left == 0 && self.place == Place::Data {
            self.place = Place::DataEnd;
        }
    }

    /// Whether the end was read, to its last byte.
    pub(super) fn is_ended(&self) -> bool {
        self.place == Place::Ended
    }

    /// Whether all of the body came. Some servers close where there should be an empty line.
    pub(super) fn is_whole(&self) -> bool {
        matches!(self.place, Place::Trailers | Place::Ended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The body, and what was left of the input, which comes in pieces of this length; nothing where the end did not come.
    fn decoded(input: &[u8], at_once: usize) -> Result<Option<(Vec<u8>, usize)>, Broken> {
        let (mut chunked, mut body, mut at) = (Chunked::default(), Vec::new(), 0);
        loop {
            let piece = &input[at..(at + at_once).min(input.len())];
            if chunked.is_ended() {
                return Ok(Some((body, input.len() - at)));
            }
            if piece.is_empty() {
                return Ok(None);
            }
            if chunked.left() > 0 {
                let taken = piece.len().min(usize::try_from(chunked.left()).unwrap_or(usize::MAX));
                body.extend_from_slice(&piece[..taken]);
                chunked.took(taken);
                at += taken;
            } else {
                at += chunked.skip(piece)?;
            }
        }
    }

    /// The same, however it comes.
    #[track_caller]
    fn all(input: &str) -> Result<Option<(String, usize)>, Broken> {
        let whole = decoded(input.as_bytes(), input.len().max(1));
        for at_once in 1..=7 {
            assert_eq!(decoded(input.as_bytes(), at_once), whole, "{input:?} by {at_once}");
        }
        whole.map(|ended| ended.map(|(body, left)| (String::from_utf8(body).unwrap(), left)))
    }

    #[test]
    fn a_body_is_read_to_its_last_byte_and_not_beyond() {
        for (input, body, left) in [
            ("0\r\n\r\n", "", 0),
            ("5\r\nhello\r\n0\r\n\r\n", "hello", 0),
            ("5\r\nhello\r\n00000\r\n\r\nHTTP/1.1 200 OK", "hello", 15),
            ("1\r\nh\r\n000000000000000004\r\nello\r\n0\r\n\r\n0\r\n\r\n", "hello", 5),
            ("A;a=b;c=\"d e\"\r\n0123456789\r\nb ;x\r\n\r\n\r\n\r\n\r\n\r\n;\r\n0;y\r\n\r\n", "", 0),
            ("3  \r\nabc\r\n0\r\nA: b\r\nContent-Length: 5\r\n\r\n", "abc", 0),
        ] {
            let ended = all(input);
            if input.starts_with('A') {
                assert_eq!(ended.unwrap().unwrap().0, "0123456789\r\n\r\n\r\n\r\n\r\n;");
            } else {
                assert_eq!(ended, Ok(Some((body.to_owned(), left))), "{input:?}");
            }
        }
    }

    #[test]
    fn what_has_not_ended_has_not() {
        let whole = "5;x\r\nhello\r\n0\r\nA: b\r\n\r\n";
        for end in 0..whole.len() {
            assert_eq!(all(&whole[..end]), Ok(None), "{end}");
        }
    }

    #[test]
    fn what_is_no_framing_is_refused() {
        for input in [
            "\r\n",
            ";\r\n",
            " 5\r\nhello",
            "-5\r\n",
            "+5\r\nhello",
            "0x5\r\nhello",
            "g\r\n",
            "5\nhello",
            "5\rhello",
            "5 5\r\nhello",
            "5;a\nb\r\nhello",
            "5;\0\r\nhello",
            "10000000000000000\r\n",
            "5\r\nhello!\r\n",
            "5\r\nhello\n0\r\n\r\n",
            "5\r\nhello\r\r\n",
            "0\r\nA: b\n\r\n",
            "0\r\nA\rB\r\n\r\n",
            "0\r\n\rx",
        ] {
            assert_eq!(all(input), Err(Broken), "{input:?}");
        }
        let size = all("ffffffffffffffff\r\n");
        assert_eq!(size, Ok(None));
        assert_eq!(Chunked { place: Place::Broken, ..Chunked::default() }.skip(b"0\r\n\r\n"), Err(Broken));
    }

    #[test]
    fn extensions_trailers_and_zeros_have_a_limit() {
        for (before, repeated) in [("5;", "a"), ("", "0"), ("5", " "), ("0\r\n", "a: b\r\n")] {
            let long = |bytes: usize| format!("{before}{}", repeated.repeat(bytes / repeated.len()));
            assert_eq!(all(&long(MOST_FRAMING / 2)), Ok(None), "{before:?}");
            assert_eq!(all(&long(MOST_FRAMING + 16)), Err(Broken), "{before:?}");
        }
        // It is one on what comes for nothing.
        let chunks = format!("1;{}\r\nx\r\n", "a".repeat(MOST_FRAMING / 2)).repeat(4);
        assert_eq!(all(&format!("{chunks}0\r\n\r\n")).unwrap().unwrap().0, "xxxx");
    }
}
