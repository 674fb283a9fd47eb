//! A part of a stream while it fills: in memory as far as that is allowed, through a file beyond.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::sync::Arc;

use crate::error::Error;
use crate::file_io::read_at;
use crate::outgoing::PartSource;

/// A part that fills.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    memory: Vec<u8>,
    disk: Option<File>,
    len: u64,
}

/// How large the memory of a part may be, and where the file goes that takes what is beyond.
#[derive(Debug)]
pub(super) struct Room {
    pub(super) memory: usize,
    pub(super) folder: PathBuf,
}

/// A part that is full. Its clones share the bytes.
#[derive(Debug, Clone)]
pub(super) enum Stored {
    Memory(Arc<Vec<u8>>),
    Disk(Arc<File>),
}

impl Buffer {
    /// In memory that another part had, or none.
    pub(super) fn new(memory: Vec<u8>) -> Self {
        Self { memory, disk: None, len: 0 }
    }

    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Takes some of the bytes, at least one and no more than fit into a part of `part_size`.
    pub(super) fn take(&mut self, bytes: &[u8], part_size: u64, room: &Room) -> Result<usize, Error> {
        if self.memory.len() == room.memory {
            self.spill(room)?;
        }
        let fits = usize::try_from(part_size - self.len).unwrap_or(usize::MAX);
        let taken = bytes.len().min(fits).min(room.memory - self.memory.len());
        if self.memory.capacity() < room.memory {
            // Untouched, it costs addresses and no memory.
            let more = room.memory - self.memory.len();
            self.memory.try_reserve_exact(more).map_err(|error| {
                let text = format!("no memory for a part of {} bytes: name a smaller part size", room.memory);
                Error::from(io::Error::new(io::ErrorKind::OutOfMemory, text)).with_source(error)
            })?;
        }
        self.memory.extend_from_slice(bytes.get(..taken).unwrap_or_default());
        self.len += taken as u64;
        Ok(taken)
    }

    /// Writes what is in memory to the file, which has no name and is gone when it is closed.
    fn spill(&mut self, room: &Room) -> Result<(), Error> {
        let failed =
            |error| Error::io("cannot write a large part to a temporary file in", &room.folder, error);
        let file = match &mut self.disk {
            Some(file) => file,
            none => none.insert(tempfile::tempfile_in(&room.folder).map_err(failed)?),
        };
        file.write_all(&self.memory).map_err(failed)?;
        self.memory.clear();
        Ok(())
    }

    /// The part, and the memory if it is free again.
    pub(super) fn seal(mut self, room: &Room) -> Result<(Stored, Option<Vec<u8>>), Error> {
        if self.disk.is_some() {
            self.spill(room)?;
        }
        Ok(match self.disk {
            Some(file) => (Stored::Disk(Arc::new(file)), Some(self.memory)),
            None => (Stored::Memory(Arc::new(self.memory)), None),
        })
    }
}

impl Stored {
    /// The memory, for the next part. A file is closed, and gone.
    pub(super) fn reclaim(self) -> Option<Vec<u8>> {
        let Self::Memory(memory) = self else { return None };
        let mut memory = Arc::try_unwrap(memory).unwrap_or_default();
        memory.clear();
        Some(memory)
    }
}

impl PartSource for Stored {
    fn reader(&self, offset: u64, len: u64) -> impl Read + Send + 'static {
        StoredReader { stored: self.clone(), offset, left: len }
    }
}

struct StoredReader {
    stored: Stored,
    offset: u64,
    left: u64,
}

impl Read for StoredReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let buffer = buffer.get_mut(..len).unwrap_or_default();
        let read = match &self.stored {
            Stored::Memory(bytes) => {
                let offset = usize::try_from(self.offset).unwrap_or(usize::MAX);
                bytes.get(offset..).unwrap_or_default().read(buffer)?
            }
            Stored::Disk(file) => read_at(file, buffer, self.offset)?,
        };
        self.offset += read as u64;
        self.left -= read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(stored: &Stored, from: u64, len: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        stored.reader(from, len).read_to_end(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn what_does_not_fit_into_memory_goes_through_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let room = Room { memory: 10, folder: folder.path().to_path_buf() };
        for part_size in [1, 9, 10, 11, 25, 30] {
            for step in [1, 3, 10, 100] {
                let bytes: Vec<u8> = (0..part_size as u8).collect();
                let mut buffer = Buffer::default();
                let mut offered = bytes.clone();
                // More than fits.
                offered.extend([99; 20]);
                let mut rest = offered.as_slice();
                while buffer.len() < part_size {
                    let taken = buffer.take(&rest[..step.min(rest.len())], part_size, &room).unwrap();
                    assert!(taken > 0 && buffer.memory.len() <= 10);
                    rest = &rest[taken..];
                }
                let (stored, memory) = buffer.seal(&room).unwrap();
                assert_eq!(content(&stored, 0, part_size), bytes);
                assert_eq!(content(&stored, part_size / 2, part_size), bytes[part_size as usize / 2..]);
                assert_eq!(memory.is_some(), part_size > 10);
                assert_eq!(stored.reclaim().is_some(), part_size <= 10);
            }
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let room = Room { memory: 1, folder: PathBuf::from("/nowhere/at/all") };
        let mut buffer = Buffer::default();
        buffer.take(b"a", 5, &room).unwrap();
        let error = buffer.take(b"b", 5, &room).unwrap_err();
        assert!(error.is_io() && error.to_string().contains("/nowhere/at/all"), "{error}");
    }
}
