//! MD5 and CRC-64/XZ of stored bytes.

use crate::store::data::Data;
use md5::{Digest as _, Md5};
use sha2::Sha256;
use std::io;

/// What is known of a body once it has passed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Digests {
    pub(crate) md5: [u8; 16],
    pub(crate) crc64: u64,
}

impl Digests {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut crc = crc64fast::Digest::new();
        crc.write(bytes);
        Self { md5: Md5::digest(bytes).into(), crc64: crc.sum64() }
    }

    pub(crate) fn of_data(data: &Data) -> io::Result<Self> {
        let (mut md5, mut crc) = (Md5::new(), crc64fast::Digest::new());
        data.for_each(|block| {
            md5.update(block);
            crc.write(block);
        })?;
        Ok(Self { md5: md5.finalize().into(), crc64: crc.sum64() })
    }
}

pub(crate) fn sha256_of(data: &Data) -> io::Result<[u8; 32]> {
    let mut hash = Sha256::new();
    data.for_each(|block| hash.update(block))?;
    Ok(hash.finalize().into())
}

pub(crate) fn md5_of(bytes: &[u8]) -> [u8; 16] {
    Md5::digest(bytes).into()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The CRC-64 of `a` followed by `b`, from their CRCs and the length of `b`: `a`'s CRC is moved over `len_b`
/// zero bytes, each squaring of the matrix doubling the number of zero bits.
pub(crate) fn crc64_combine(crc_a: u64, crc_b: u64, len_b: u64) -> u64 {
    const POLYNOMIAL: u64 = 0xC96C_5795_D787_0F42;
    if len_b == 0 {
        return crc_a;
    }
    let mut matrix = [0u64; 64];
    matrix[0] = POLYNOMIAL;
    for (bit, row) in matrix.iter_mut().enumerate().skip(1) {
        *row = 1 << (bit - 1);
    }
    for _ in 0..3 {
        matrix = square(&matrix);
    }
    let mut crc = crc_a;
    let mut remaining = len_b;
    while remaining != 0 {
        if remaining & 1 == 1 {
            crc = times(&matrix, crc);
        }
        remaining >>= 1;
        matrix = square(&matrix);
    }
    crc ^ crc_b
}

fn times(matrix: &[u64; 64], vector: u64) -> u64 {
    matrix.iter().enumerate().fold(0, |sum, (bit, row)| if vector >> bit & 1 == 1 { sum ^ row } else { sum })
}

fn square(matrix: &[u64; 64]) -> [u64; 64] {
    std::array::from_fn(|row| times(matrix, matrix[row]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combined_checksums_are_those_of_the_joined_bytes() {
        let text: Vec<u8> = (0..5000u32).map(|index| (index * 7) as u8).collect();
        for split in [0, 1, 9, 4096, 4999, 5000] {
            let (a, b) = text.split_at(split);
            let combined = crc64_combine(Digests::of(a).crc64, Digests::of(b).crc64, b.len() as u64);
            assert_eq!(combined, Digests::of(&text).crc64, "split at {split}");
        }
    }
}
