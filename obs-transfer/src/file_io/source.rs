//! The file that is sent.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{file_id, modified_ns, read_at};
use crate::error::{Error, ErrorKind};

/// What a file was when its job began; as long as this holds, so does every byte that was sent of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SourceIdentity {
    pub(crate) size: u64,
    /// In nanoseconds from 1970.
    pub(crate) modified_ns: i128,
    file: Option<(u64, u64)>,
}

/// A file that many workers read at once and that may not change meanwhile. Clones share the open file.
#[derive(Debug, Clone)]
pub(crate) struct SourceFile(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    file: File,
    identity: SourceIdentity,
}

fn identity(metadata: &std::fs::Metadata) -> io::Result<SourceIdentity> {
    Ok(SourceIdentity { size: metadata.len(), modified_ns: modified_ns(metadata)?, file: file_id(metadata) })
}

impl SourceFile {
    /// Opens a regular file; links are followed.
    pub(crate) fn open(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        // Before it is opened: opening a pipe would wait for its writer.
        let metadata = std::fs::metadata(&path).map_err(|error| Error::io("cannot read", &path, error))?;
        let named = path.display();
        if metadata.is_dir() {
            return Err(Error::invalid_input(format!("{named} is a folder: name a file, or use upload_dir")));
        }
        if !metadata.is_file() {
            let text = format!(
                "{named} is not a regular file, so parts of it cannot be read anew: write it as a stream"
            );
            return Err(Error::invalid_input(text));
        }
        let open = || {
            let file = File::open(&path)?;
            let identity = identity(&file.metadata()?)?;
            Ok((file, identity))
        };
        let (file, identity) = open().map_err(|error| Error::io("cannot open", &path, error))?;
        if identity.size == 0 && read_at(&file, &mut [0], 0).is_ok_and(|read| read > 0) {
            let text = format!(
                "{named} says that it is empty and is not, as the files of /proc do: write it as a stream"
            );
            return Err(Error::invalid_input(text));
        }
        Ok(Self(Arc::new(Inner { path, file, identity })))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0.path
    }

    pub(crate) fn identity(&self) -> SourceIdentity {
        self.0.identity
    }

    /// An error unless the file is what it was when it was opened.
    pub(crate) fn verify(&self) -> Result<(), Error> {
        let Inner { path, file, identity: before } = &*self.0;
        let stat =
            |metadata: io::Result<std::fs::Metadata>| metadata.and_then(|metadata| identity(&metadata));
        let now = stat(file.metadata()).map_err(|error| Error::io("cannot look at", path, error))?;
        let changed = match now {
            now if now.size < before.size => format!("shrank from {} to {} bytes", before.size, now.size),
            now if now.size > before.size => format!("grew from {} to {} bytes", before.size, now.size),
            now if now.modified_ns != before.modified_ns => "was modified".to_owned(),
            // The open file is as it was; is it still the one that the name means?
            _ => match stat(std::fs::metadata(path)) {
                Ok(there) if there == *before => return Ok(()),
                Ok(_) => "was replaced".to_owned(),
                Err(error) if error.kind() == io::ErrorKind::NotFound => "was removed".to_owned(),
                Err(error) => return Err(Error::io("cannot look at", path, error)),
            },
        };
        let text =
            format!("{} {changed} while it was being sent: send it again once it is at rest", path.display());
        Err(Error::new(ErrorKind::SourceChanged, text))
    }

    /// Reads exactly `len` bytes from `offset` on, or fails.
    pub(crate) fn reader(&self, offset: u64, len: u64) -> PartReader {
        PartReader {
            source: self.clone(),
            offset,
            left: len,
            next_check: Instant::now() + PartReader::CHECK_INTERVAL,
        }
    }
}

/// A range of a [`SourceFile`]. It fails instead of delivering the last bytes of a range of a changed file, so that
/// such a part is never complete; on the way it looks twice a second.
#[derive(Debug)]
pub(crate) struct PartReader {
    source: SourceFile,
    offset: u64,
    left: u64,
    next_check: Instant,
}

impl PartReader {
    const CHECK_INTERVAL: Duration = Duration::from_millis(500);
}

impl Read for PartReader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let len = buf.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        if len == 0 {
            return Ok(0);
        }
        let inner = &self.source.0;
        let read = match read_at(&inner.file, buf.get_mut(..len).unwrap_or_default(), self.offset) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => return Err(Error::io("cannot read", &inner.path, error).into()),
        };
        self.offset += read as u64;
        self.left -= read as u64;
        let now = Instant::now();
        if read == 0 || self.left == 0 || now >= self.next_check {
            self.next_check = now + Self::CHECK_INTERVAL;
            self.source.verify()?;
        }
        if read == 0 {
            // Of the right size again by the time it was looked at.
            let text = format!("{} ended early while it was being sent", inner.path.display());
            return Err(Error::new(ErrorKind::SourceChanged, text).into());
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, OpenOptions};
    use std::io::Write;
    use std::thread;

    use super::*;

    struct Fixture {
        dir: tempfile::TempDir,
        path: PathBuf,
        source: SourceFile,
    }

    const CONTENT: &[u8] = b"0123456789";

    fn fixture() -> Fixture {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.bin");
        fs::write(&path, CONTENT).unwrap();
        // Old enough that any change now has another time, however coarse the clock of the file system.
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        file.set_modified(std::time::SystemTime::now() - Duration::from_secs(100)).unwrap();
        let source = SourceFile::open(&path).unwrap();
        Fixture { dir, path, source }
    }

    fn refused(fixture: &Fixture, says: &str) {
        let error = fixture.source.verify().unwrap_err();
        assert!(error.is_source_changed());
        assert!(error.to_string().contains(says), "{error}");
        assert!(error.to_string().contains("a.bin"), "{error}");
        let mut read = Vec::new();
        let error = Error::from(fixture.source.reader(0, 10).read_to_end(&mut read).unwrap_err());
        assert!(error.is_source_changed() && error.to_string().contains(says), "{error}");
        assert!(read.len() < CONTENT.len(), "the part may not become complete");
    }

    #[test]
    fn reads_exact_ranges_from_many_threads() {
        let fixture = fixture();
        thread::scope(|scope| {
            for from in 0..=10_u64 {
                for to in from..=10 {
                    let source = fixture.source.clone();
                    scope.spawn(move || {
                        let mut read = Vec::new();
                        source.reader(from, to - from).read_to_end(&mut read).unwrap();
                        assert_eq!(read, &CONTENT[from as usize..to as usize]);
                    });
                }
            }
        });
    }

    #[test]
    fn shrinking_is_found() {
        let fixture = fixture();
        OpenOptions::new().write(true).open(&fixture.path).unwrap().set_len(4).unwrap();
        refused(&fixture, "shrank from 10 to 4 bytes");
    }

    #[test]
    fn growing_is_found() {
        let fixture = fixture();
        OpenOptions::new().append(true).open(&fixture.path).unwrap().write_all(b"x").unwrap();
        refused(&fixture, "grew from 10 to 11 bytes");
    }

    #[test]
    fn rewriting_in_place_and_touching_are_found() {
        let fixture = fixture();
        OpenOptions::new().write(true).open(&fixture.path).unwrap().write_all(b"9").unwrap();
        refused(&fixture, "was modified");
    }

    #[test]
    fn replacing_and_removing_are_found() {
        let fixture = fixture();
        let other = fixture.dir.path().join("other");
        fs::write(&other, CONTENT).unwrap();
        fs::rename(&other, &fixture.path).unwrap();
        refused(&fixture, "was replaced");
        fs::remove_file(&fixture.path).unwrap();
        refused(&fixture, "was removed");
    }

    #[test]
    fn a_slow_reader_learns_of_a_change_within_a_second() {
        let fixture = fixture();
        let mut reader = fixture.source.reader(0, 10);
        let mut byte = [0];
        // Read by a slow one too, twice a second.
        const { assert!(PartReader::CHECK_INTERVAL.as_millis() <= 500) };
        reader.read_exact(&mut byte).unwrap();
        assert!(reader.next_check <= Instant::now() + PartReader::CHECK_INTERVAL);
        OpenOptions::new().append(true).open(&fixture.path).unwrap().write_all(b"x").unwrap();
        // As if the time had passed.
        reader.next_check = Instant::now();
        let error = reader.read(&mut byte).unwrap_err();
        assert!(Error::from(error).is_source_changed());
    }

    #[test]
    fn folders_pipes_and_missing_files_are_refused_by_name() {
        let fixture = fixture();
        let error = SourceFile::open(fixture.dir.path()).unwrap_err();
        assert!(error.is_invalid_input() && error.to_string().contains("is a folder"), "{error}");
        let missing = fixture.dir.path().join("missing");
        let error = SourceFile::open(&missing).unwrap_err();
        assert_eq!(error.path(), Some(missing.as_path()));
        #[cfg(unix)]
        assert!(SourceFile::open("/dev/null").unwrap_err().is_invalid_input());
    }
}
