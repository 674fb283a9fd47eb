//! Stored bytes: a list of pieces in memory and in files, which can be cut and joined without copying.

use crate::exchange::{Content, Payload, Piece};
use crate::positioned::read_file_at;
use std::io;
use std::ops::Range;
use std::sync::Arc;

/// The bytes of an object or a part.
#[derive(Debug, Clone, Default)]
pub(crate) struct Data {
    pieces: Vec<Piece>,
    len: u64,
}

impl Data {
    pub(crate) fn from_bytes(bytes: Vec<u8>) -> Self {
        let len = bytes.len();
        if len == 0 {
            return Self::default();
        }
        Self { pieces: vec![Piece::Memory(Arc::new(bytes), 0..len)], len: len as u64 }
    }

    pub(crate) fn from_payload(payload: Payload) -> Self {
        match payload {
            Payload::Memory(bytes) => Self::from_bytes(bytes),
            Payload::File { len: 0, .. } => Self::default(),
            Payload::File { file, len, .. } => Self { pieces: vec![Piece::File(file, 0..len)], len },
        }
    }

    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Puts other bytes behind these.
    pub(crate) fn append(&mut self, other: &Self) {
        self.pieces.extend(other.pieces.iter().cloned());
        self.len += other.len;
    }

    /// The bytes of a range, which is cut to what there is.
    pub(crate) fn slice(&self, range: Range<u64>) -> Self {
        let mut result = Self::default();
        let mut start = 0;
        for piece in &self.pieces {
            let length = piece_len(piece);
            let from = range.start.clamp(start, start + length) - start;
            let to = range.end.clamp(start, start + length) - start;
            if from < to {
                result.pieces.push(cut(piece, from..to));
                result.len += to - from;
            }
            start += length;
        }
        result
    }

    /// These bytes with others written over them at an offset; a gap is filled with zeros.
    pub(crate) fn overwrite(&self, offset: u64, patch: &Self) -> Self {
        let mut result = self.slice(0..offset);
        result.resize_with_zeros(offset);
        result.append(patch);
        result.append(&self.slice(offset + patch.len..u64::MAX));
        result
    }

    /// These bytes cut or filled with zeros to a length.
    pub(crate) fn resized(&self, len: u64) -> Self {
        let mut result = self.slice(0..len);
        result.resize_with_zeros(len);
        result
    }

    fn resize_with_zeros(&mut self, len: u64) {
        const BLOCK: u64 = 1 << 20;
        if self.len >= len {
            return;
        }
        let zeros = Arc::new(vec![0; BLOCK.min(len - self.len) as usize]);
        while self.len < len {
            let length = (len - self.len).min(zeros.len() as u64);
            self.pieces.push(Piece::Memory(Arc::clone(&zeros), 0..length as usize));
            self.len += length;
        }
    }

    /// Turns one bit over, as a failing disk would; false if the data ends before it.
    pub(crate) fn flip_bit(&mut self, bit: u64) -> bool {
        let offset = bit / 8;
        let Ok(mut byte) = self.slice(offset..offset + 1).to_vec() else { return false };
        let Some(first) = byte.first_mut() else { return false };
        *first ^= 1 << (bit % 8);
        *self = self.overwrite(offset, &Self::from_bytes(byte));
        true
    }

    /// Hands all bytes on in blocks.
    pub(crate) fn for_each(&self, mut visit: impl FnMut(&[u8])) -> io::Result<()> {
        let mut buffer = Vec::new();
        for piece in &self.pieces {
            match piece {
                Piece::Memory(bytes, range) => visit(&bytes[range.clone()]),
                Piece::File(file, range) => {
                    buffer.resize(256 * 1024, 0);
                    let mut position = range.start;
                    while position < range.end {
                        let want = (range.end - position).min(buffer.len() as u64) as usize;
                        if read_file_at(file, &mut buffer[..want], position)? < want {
                            return Err(io::ErrorKind::UnexpectedEof.into());
                        }
                        visit(&buffer[..want]);
                        position += want as u64;
                    }
                }
            }
        }
        Ok(())
    }

    pub(crate) fn to_vec(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(usize::try_from(self.len).unwrap_or(0));
        self.for_each(|block| bytes.extend_from_slice(block))?;
        Ok(bytes)
    }

    pub(crate) fn content(&self) -> Content {
        match self.pieces.as_slice() {
            [] => Content::Empty,
            [Piece::Memory(bytes, range)] => Content::Memory(Arc::clone(bytes), range.clone()),
            pieces => Content::Pieces(pieces.to_vec()),
        }
    }
}

fn piece_len(piece: &Piece) -> u64 {
    match piece {
        Piece::Memory(_, range) => range.len() as u64,
        Piece::File(_, range) => range.end - range.start,
    }
}

fn cut(piece: &Piece, range: Range<u64>) -> Piece {
    match piece {
        Piece::Memory(bytes, old) => {
            Piece::Memory(Arc::clone(bytes), old.start + range.start as usize..old.start + range.end as usize)
        }
        Piece::File(file, old) => {
            Piece::File(Arc::clone(file), old.start + range.start..old.start + range.end)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn data() -> Data {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"..file..").unwrap();
        let mut data = Data::from_bytes(b"memory".to_vec());
        data.append(&Data { pieces: vec![Piece::File(Arc::new(file), 2..6)], len: 4 });
        data
    }

    #[test]
    fn slices_cross_pieces() {
        let data = data();
        assert_eq!(data.to_vec().unwrap(), b"memoryfile");
        assert_eq!(data.slice(4..8).to_vec().unwrap(), b"ryfi");
        assert_eq!(data.slice(7..100).to_vec().unwrap(), b"ile");
        assert!(data.slice(10..11).is_empty());
    }

    #[test]
    fn overwriting_fills_gaps_and_keeps_the_rest() {
        let data = data();
        assert_eq!(data.overwrite(5, &Data::from_bytes(b"XX".to_vec())).to_vec().unwrap(), b"memorXXile");
        let past = data.overwrite(12, &Data::from_bytes(b"!".to_vec()));
        assert_eq!(past.to_vec().unwrap(), b"memoryfile\0\0!");
        assert_eq!(data.resized(3).to_vec().unwrap(), b"mem");
    }

    #[test]
    fn one_bit_flips() {
        let mut data = data();
        assert!(data.flip_bit(8 * 6));
        assert_eq!(data.to_vec().unwrap(), b"memorygile");
        assert!(!data.flip_bit(8 * 10));
    }
}
