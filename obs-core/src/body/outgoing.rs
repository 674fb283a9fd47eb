//! The bytes of one attempt as they pass.

use std::io::{self, Read};

use crate::checksum::Crc64;

/// Gives exactly the bytes that were promised, and remembers what went wrong on the way: ureq 3.5 asks a
/// reader that ends early again and again, for ever.
pub(crate) struct Outgoing<'a> {
    reader: &'a mut dyn Read,
    left: Option<u64>,
    pub(crate) crc64: Option<Crc64>,
    /// What the source said when it failed: not the network's fault.
    pub(crate) failure: Option<io::Error>,
    /// Bytes handed out.
    pub(crate) passed: u64,
}

impl<'a> Outgoing<'a> {
    pub(crate) fn new(reader: &'a mut dyn Read, len: Option<u64>, crc64: bool) -> Self {
        Self { reader, left: len, crc64: crc64.then(Crc64::new), failure: None, passed: 0 }
    }

    fn fail(&mut self, error: io::Error) -> io::Error {
        let said = io::Error::new(error.kind(), "the source of the upload failed");
        self.failure = Some(error);
        said
    }
}

impl Read for Outgoing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = match self.left {
            Some(left) => buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX)),
            None => buffer.len(),
        };
        let Some(buffer) = buffer.get_mut(..room).filter(|b| !b.is_empty()) else { return Ok(0) };
        let read = loop {
            match self.reader.read(buffer) {
                Ok(read) => break read,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(self.fail(e)),
            }
        };
        if read == 0 {
            if let Some(left) = self.left {
                let error = format!("the source ended {left} bytes early, after {} bytes", self.passed);
                return Err(self.fail(io::Error::new(io::ErrorKind::UnexpectedEof, error)));
            }
        }
        if let (Some(crc64), Some(bytes)) = (&mut self.crc64, buffer.get(..read)) {
            crc64.write(bytes);
        }
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(read as u64);
        }
        self.passed += read as u64;
        Ok(read)
    }
}
