//! Reading and writing at an offset, without a cursor that threads would have to share.

use crate::exchange::Payload;
use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;

/// Reads into the buffer until it is full or the file ends.
pub(crate) fn read_file_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut done = 0;
    while done < buffer.len() {
        match read_some(file, &mut buffer[done..], offset + done as u64) {
            Ok(0) => break,
            Ok(count) => done += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

#[cfg(unix)]
fn read_some(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_some(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

/// Writes the whole buffer.
#[cfg(unix)]
pub(crate) fn write_file_at(file: &File, buffer: &[u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, buffer, offset)
}

/// Writes the whole buffer.
#[cfg(windows)]
pub(crate) fn write_file_at(file: &File, mut buffer: &[u8], mut offset: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        let count = std::os::windows::fs::FileExt::seek_write(file, buffer, offset)?;
        if count == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        buffer = &buffer[count..];
        offset += count as u64;
    }
    Ok(())
}

/// Reads from a body until the buffer is full or the body ends.
pub(crate) fn read_at(body: &Payload, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    match body {
        Payload::Memory(bytes) => {
            let start = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
            let count = buffer.len().min(bytes.len() - start);
            buffer[..count].copy_from_slice(&bytes[start..start + count]);
            Ok(count)
        }
        Payload::File { file, len, .. } => {
            let count = (buffer.len() as u64).min(len.saturating_sub(offset)) as usize;
            read_file_at(file, &mut buffer[..count], offset)
        }
    }
}

/// Reads one stretch of a body.
#[derive(Debug)]
pub(crate) struct Section<'a> {
    body: &'a Payload,
    range: Range<u64>,
}

impl<'a> Section<'a> {
    pub(crate) fn new(body: &'a Payload, range: Range<u64>) -> Self {
        Self { body, range }
    }
}

impl Read for Section<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.range.end.saturating_sub(self.range.start);
        let count = (buffer.len() as u64).min(left) as usize;
        let read = read_at(self.body, &mut buffer[..count], self.range.start)?;
        self.range.start += read as u64;
        Ok(read)
    }
}
