//! Request bodies on their way in: small ones stay in memory, large ones go to an unlinked temporary file that
//! has holes where the body is zero.

use crate::exchange::Payload;
use crate::positioned::write_file_at;
use md5::{Digest as _, Md5};
use sha2::Sha256;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;

/// A body up to this length stays in memory.
const IN_MEMORY: usize = 1024 * 1024;
/// Bytes read at a time, and the grain of holes.
const BLOCK: usize = 128 * 1024;
static ZEROS: [u8; BLOCK] = [0; BLOCK];

/// Knows where temporary files go.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spooler {
    directory: Option<PathBuf>,
}

impl Spooler {
    pub(crate) fn new(directory: Option<PathBuf>) -> Self {
        Self { directory }
    }

    /// Reads to the end.
    pub(crate) fn copy(&self, mut from: impl Read) -> io::Result<Payload> {
        self.receive(&mut from, None, None).map(|(payload, _)| payload)
    }

    /// Reads a body to its end; `announced` is its length if known. With `sha256`, takes that as well.
    pub(crate) fn receive(
        &self,
        from: &mut dyn Read,
        announced: Option<u64>,
        mut sha256: Option<Sha256>,
    ) -> io::Result<(Payload, Option<[u8; 32]>)> {
        let expected = announced.map_or(0, |length| length.min(IN_MEMORY as u64) as usize);
        let mut memory = Vec::with_capacity(expected);
        (&mut *from).take(IN_MEMORY as u64).read_to_end(&mut memory)?;
        if let Some(hash) = &mut sha256 {
            hash.update(&memory);
        }
        let payload = if memory.len() < IN_MEMORY || announced == Some(IN_MEMORY as u64) {
            Payload::Memory(memory)
        } else {
            let mut file = Spool::begin(self.file()?);
            file.push(&memory)?;
            drop(memory);
            let mut block = vec![0; BLOCK];
            loop {
                let count = fill(from, &mut block)?;
                if count == 0 {
                    break;
                }
                if let Some(hash) = &mut sha256 {
                    hash.update(&block[..count]);
                }
                file.push(&block[..count])?;
            }
            file.finish()?
        };
        Ok((payload, sha256.map(|hash| hash.finalize().into())))
    }

    fn file(&self) -> io::Result<File> {
        match &self.directory {
            Some(directory) => tempfile::tempfile_in(directory),
            None => tempfile::tempfile(),
        }
    }
}

/// Reads until the buffer is full or there is no more.
fn fill(from: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut done = 0;
    while done < buffer.len() {
        match from.read(&mut buffer[done..]) {
            Ok(0) => break,
            Ok(count) => done += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

struct Spool {
    file: File,
    len: u64,
    md5: Md5,
    crc64: crc64fast::Digest,
}

impl Spool {
    fn begin(file: File) -> Self {
        Self { file, len: 0, md5: Md5::new(), crc64: crc64fast::Digest::new() }
    }

    fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.md5.update(bytes);
        self.crc64.write(bytes);
        for block in bytes.chunks(BLOCK) {
            if *block != ZEROS[..block.len()] {
                write_file_at(&self.file, block, self.len)?;
            }
            self.len += block.len() as u64;
        }
        Ok(())
    }

    fn finish(self) -> io::Result<Payload> {
        self.file.set_len(self.len)?;
        Ok(Payload::File {
            file: Arc::new(self.file),
            len: self.len,
            md5: self.md5.finalize().into(),
            crc64: self.crc64.sum64(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::positioned::read_at;

    #[test]
    fn large_bodies_come_back_and_zeros_take_no_room() {
        let mut body = vec![0; 8 * IN_MEMORY];
        body[5 * IN_MEMORY + 7] = 1;
        let payload = Spooler::default().copy(body.as_slice()).unwrap();
        let Payload::File { file, len, md5, .. } = &payload else { panic!("in memory") };
        assert_eq!(*len, body.len() as u64);
        assert_eq!(*md5, <[u8; 16]>::from(Md5::digest(&body)));
        let mut back = vec![9; body.len()];
        assert_eq!(read_at(&payload, &mut back, 0).unwrap(), body.len());
        assert!(back == body);
        #[cfg(unix)]
        {
            let blocks = std::os::unix::fs::MetadataExt::blocks(&file.metadata().unwrap());
            assert!(blocks * 512 <= 2 * BLOCK as u64, "{blocks} blocks");
        }
        let _ = file;
    }

    #[test]
    fn the_limit_of_memory() {
        for (length, in_memory) in
            [(0, true), (IN_MEMORY - 1, true), (IN_MEMORY, false), (IN_MEMORY + 1, false)]
        {
            let payload = Spooler::default().copy(vec![1; length].as_slice()).unwrap();
            assert_eq!(matches!(payload, Payload::Memory(_)), in_memory, "{length}");
        }
    }
}
