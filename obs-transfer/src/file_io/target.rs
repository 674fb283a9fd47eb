//! The file that is received.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use fs4::FileExt;
use obs_core::checksum::Crc64;
use obs_core::object::publish;

use super::{is_in_memory, private, read_at, sync_dir, write_all_at};
use crate::cancel::CancelToken;
use crate::error::{Error, ErrorKind};

/// A file that many workers write at once. Until [`finish`](Self::finish) it is a temporary file beside the target,
/// `.<name>.<random>.obs-part`, so that the target is either what it was or complete.
///
/// Dropped before, the temporary file goes, unless a checkpoint is to go on from it ([`keep`](Self::keep)).
#[derive(Debug)]
pub(crate) struct TargetFile {
    target: PathBuf,
    temp: PathBuf,
    file: File,
    size: u64,
    remove: bool,
    /// Under its name already.
    placed: bool,
    /// The disk did not take all of it.
    lost: bool,
}

impl TargetFile {
    const SUFFIX: &'static str = "obs-part";
    /// The longest name of a file on every platform of ours is 255 bytes; shards put up to 50 behind this one.
    const MAX_NAME: usize = 200;

    /// Creates the temporary file and reserves `size` bytes, so that a full disk shows now and not after hours. Folders
    /// on the way to the target are created.
    pub(crate) fn create(target: &Path, size: u64) -> Result<Self, Error> {
        Self::create_announced(target, size, |_| Ok(()))
    }

    /// The same for an unknown number of bytes.
    pub(crate) fn create_growing(target: &Path) -> Result<Self, Error> {
        Self::begin(target, |_| Ok(()))
    }

    /// The same, where `announce` is told the name before there is a file: whoever writes it down first leaves none that nobody
    /// knows of.
    pub(crate) fn create_announced(
        target: &Path,
        size: u64,
        announce: impl FnMut(&Path) -> Result<(), Error>,
    ) -> Result<Self, Error> {
        let mut created = Self::begin(target, announce)?;
        created.size = size;
        created.reserve()?;
        Ok(created)
    }

    fn begin(target: &Path, mut announce: impl FnMut(&Path) -> Result<(), Error>) -> Result<Self, Error> {
        let (target, name) = check_target(target)?;
        let dir = target.parent().unwrap_or(Path::new("/"));
        fs::create_dir_all(dir).map_err(|error| Error::io("cannot create the folder", dir, error))?;
        let (temp, file) = loop {
            let temp = dir.join(temp_name(&name));
            announce(&temp)?;
            let mut options = OpenOptions::new();
            // Before it is whole nobody else should see it, nor what of it a private file is to be.
            match private(options.read(true).write(true).create_new(true)).open(&temp) {
                Ok(file) => break (temp, file),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Error::io("cannot create a temporary file in", dir, error)),
            }
        };
        Ok(Self { target, temp, file, size: u64::MAX, remove: true, placed: false, lost: false })
    }

    /// Goes on with the temporary file of an earlier run, if it is there and as it was left.
    pub(crate) fn resume(target: &Path, temp: &Path, size: u64) -> Result<Option<Self>, Error> {
        let (target, _) = check_target(target)?;
        let temp = &beside(&target, temp);
        if !is_left_over(&target, temp) {
            return Ok(None);
        }
        match fs::metadata(temp) {
            Ok(metadata) if metadata.len() == size => {}
            Ok(_) => {
                Self::remove_left_over(&target, temp);
                return Ok(None);
            }
            Err(error) => return Err(Error::io("cannot look at", temp, error)),
        }
        let file = OpenOptions::new().read(true).write(true).open(temp);
        let file = file.map_err(|error| Error::io("cannot open", temp, error))?;
        let temp = temp.to_path_buf();
        Ok(Some(Self { target, temp, file, size, remove: true, placed: false, lost: false }))
    }

    /// The target itself, if it is of that size: perhaps an earlier run was killed after it had given the file its name.
    /// It is only read, and never removed.
    pub(crate) fn placed(target: &Path, size: u64) -> Result<Option<Self>, Error> {
        let (target, _) = check_target(target)?;
        let Ok(file) = File::open(&target) else { return Ok(None) };
        let there = file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() == size);
        let placed =
            Self { temp: target.clone(), target, file, size, remove: false, placed: true, lost: false };
        Ok(there.then_some(placed))
    }

    /// Removes the temporary file of an earlier run that nobody goes on from; says why where it cannot.
    pub(crate) fn remove_left_over(target: &Path, temp: &Path) {
        let temp = &beside(target, temp);
        if !is_left_over(target, temp) {
            return;
        }
        if let Err(error) = fs::remove_file(temp) {
            log::warn!(target: "obs::transfer", "cannot remove {}: {error}", temp.display());
        }
    }

    /// Whether a file has the name of a temporary one.
    pub(crate) fn is_temp_name(path: &Path) -> bool {
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        hidden && path.extension().is_some_and(|extension| extension == Self::SUFFIX)
    }

    /// Where the bytes are until the end; goes into the checkpoint.
    pub(crate) fn temp(&self) -> &Path {
        &self.temp
    }

    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// Whether it has the target's name already.
    pub(crate) fn is_placed(&self) -> bool {
        self.placed
    }

    /// Whether the temporary file outlives this value.
    pub(crate) fn keep(&mut self, keep: bool) {
        self.remove = !keep && !self.placed;
    }

    /// Whether it is known that bytes are missing on the disk. Those still in memory look as if they were there, and the
    /// next sync would not fail any more: no run can go on from such a file.
    pub(crate) fn is_lost(&self) -> bool {
        self.lost
    }

    fn reserve(&self) -> Result<(), Error> {
        let failed =
            |error| Error::io(&format!("cannot reserve {} bytes for", self.size), &self.target, error);
        let reserved = (!is_in_memory(&self.file)).then(|| FileExt::allocate(&self.file, self.size));
        match reserved {
            Some(Ok(())) => {}
            Some(Err(error))
                if matches!(
                    error.kind(),
                    io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
                ) =>
            {
                return Err(failed(error));
            }
            // Where nothing is reserved, the space that is left has to be proof enough.
            None | Some(Err(_)) => {
                if fs4::available_space(&self.temp).is_ok_and(|available| available < self.size) {
                    return Err(failed(io::ErrorKind::StorageFull.into()));
                }
            }
        }
        self.file.set_len(self.size).map_err(failed)
    }

    /// Writes all of `bytes` at `offset`. An answer that is longer than its part ends here.
    pub(crate) fn write_at(&self, bytes: &[u8], offset: u64) -> Result<(), Error> {
        if offset.checked_add(bytes.len() as u64).is_none_or(|end| end > self.size) {
            let text = format!("more than the {} bytes of {} arrived", self.size, self.target.display());
            return Err(Error::new(ErrorKind::Integrity, text));
        }
        write_all_at(&self.file, bytes, offset).map_err(|error| Error::io("cannot write", &self.temp, error))
    }

    /// The CRC-64 of a range as it is in the file.
    pub(crate) fn crc64(&self, offset: u64, len: u64, halt: &CancelToken) -> Result<u64, Error> {
        let mut digest = Crc64::new();
        let mut buf = vec![0; 64 << 10];
        let (mut offset, end) = (offset, offset.saturating_add(len));
        while offset < end {
            halt.check()?;
            let want = buf.len().min(usize::try_from(end - offset).unwrap_or(usize::MAX));
            let chunk = buf.get_mut(..want).unwrap_or_default();
            match read_at(&self.file, chunk, offset) {
                Ok(0) => {
                    return Err(Error::io("cannot read", &self.temp, io::ErrorKind::UnexpectedEof.into()));
                }
                Ok(read) => {
                    digest.write(chunk.get(..read).unwrap_or_default());
                    offset += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::io("cannot read", &self.temp, error)),
            }
        }
        Ok(digest.sum64())
    }

    /// Writes through to the disk what was written so far.
    pub(crate) fn sync(&self) -> Result<(), Error> {
        self.file.sync_all().map_err(|error| Error::io("cannot sync", &self.temp, error))
    }

    /// Gives the file the time of its last change, in nanoseconds from 1970.
    pub(crate) fn set_modified_ns(&self, modified_ns: i128) -> Result<(), Error> {
        if self.placed {
            return Ok(());
        }
        let failed = |error| Error::io("cannot set the time of change of", &self.target, error);
        let time = super::time_of_ns(modified_ns)
            .ok_or_else(|| failed(io::Error::new(io::ErrorKind::InvalidInput, "no such time")))?;
        self.file.set_modified(time).map_err(failed)
    }

    /// All bytes are there: writes them through to the disk, then gives them the target's name in one step. Where that
    /// fails, the temporary file stays what it was, and may be [kept](Self::keep) unless it [is lost](Self::is_lost).
    pub(crate) fn finish(&mut self) -> Result<(), Error> {
        if self.placed {
            return Ok(());
        }
        self.sync().inspect_err(|_| self.lost = true)?;
        let before = self.file.metadata().map(|metadata| metadata.permissions());
        publish(&self.file, &self.target)
            .and_then(|()| fs::rename(&self.temp, &self.target))
            .inspect_err(|_| {
                // Whoever keeps it keeps it to its owner.
                if let Ok(before) = before {
                    let _ = self.file.set_permissions(before);
                }
            })
            .map_err(|error| Error::io("cannot move the finished download to", &self.target, error))?;
        self.placed = true;
        self.remove = false;
        sync_dir(self.target.parent().unwrap_or(Path::new("/")));
        Ok(())
    }
}

impl Drop for TargetFile {
    fn drop(&mut self) {
        if !self.remove {
            return;
        }
        if let Err(error) = fs::remove_file(&self.temp) {
            if error.kind() != io::ErrorKind::NotFound {
                log::warn!(target: "obs::transfer", "cannot remove {}: {error}", self.temp.display());
            }
        }
    }
}

/// The absolute target and its name, if a file can be there.
fn check_target(target: &Path) -> Result<(PathBuf, String), Error> {
    let refuse = |why: &str| Error::invalid_input(format!("cannot download to {}: {why}", target.display()));
    let ends_in_separator = target
        .as_os_str()
        .as_encoded_bytes()
        .last()
        .is_some_and(|last| std::path::is_separator(char::from(*last)));
    let name = target.file_name().ok_or_else(|| refuse("it names no file"))?;
    if ends_in_separator {
        return Err(refuse("it names a folder: add the name of the file"));
    }
    match fs::metadata(target) {
        Ok(there) if there.is_dir() => return Err(refuse("it is a folder: add the name of the file")),
        // Renaming over a device or a pipe would replace it.
        Ok(there) if !there.is_file() => return Err(refuse("it is not a regular file")),
        _ => {}
    }
    let absolute = std::path::absolute(target).map_err(|error| Error::io("cannot resolve", target, error))?;
    Ok((absolute, name.to_string_lossy().into_owned()))
}

/// Where a temporary file of this name is.
fn beside(target: &Path, temp: &Path) -> PathBuf {
    let target = std::path::absolute(target).unwrap_or_else(|_| target.to_owned());
    target.with_file_name("").join(temp)
}

/// Whether `temp` is a temporary file of this target. The name comes out of a checkpoint: nothing else may be written
/// to or removed because of it, and no link followed.
fn is_left_over(target: &Path, temp: &Path) -> bool {
    let beside = std::path::absolute(target).is_ok_and(|target| target.parent() == temp.parent());
    let named = temp.extension().is_some_and(|extension| extension == TargetFile::SUFFIX);
    beside && named && fs::symlink_metadata(temp).is_ok_and(|metadata| metadata.is_file())
}

fn temp_name(name: &str) -> String {
    let random: String = std::iter::repeat_with(fastrand::alphanumeric).take(8).collect();
    let mut end = name.len().min(TargetFile::MAX_NAME - random.len() - TargetFile::SUFFIX.len() - 3);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!(".{}.{random}.{}", name.get(..end).unwrap_or_default(), TargetFile::SUFFIX)
}

#[cfg(test)]
mod tests {
    use obs_core::checksum::crc64;

    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn the_target_appears_whole_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("new/folder/a.bin");
        let mut file = TargetFile::create(&target, 10).unwrap();
        file.write_at(b"56789", 5).unwrap();
        assert!(!target.exists());
        assert_eq!(file.temp().parent(), target.parent());
        file.write_at(b"01234", 0).unwrap();
        file.finish().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"0123456789");
        assert_eq!(names(target.parent().unwrap()), ["a.bin"]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_in_memory_takes_its_pages_as_bytes_come() {
        use std::os::unix::fs::MetadataExt;
        let Ok(dir) = tempfile::tempdir_in("/dev/shm") else { return };
        let file = TargetFile::create(&dir.path().join("a.bin"), 1 << 20).unwrap();
        if is_in_memory(&file.file) {
            assert_eq!(file.file.metadata().unwrap().blocks(), 0);
            let error = TargetFile::create(&dir.path().join("b.bin"), 1 << 60).unwrap_err();
            assert!(error.to_string().contains("cannot reserve"), "{error}");
            assert_eq!(names(dir.path()), [file.temp().file_name().unwrap().to_str().unwrap()]);
        }
    }

    #[test]
    fn dropped_it_leaves_what_was_there() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("a.bin");
        fs::write(&target, "before").unwrap();
        let file = TargetFile::create(&target, 3).unwrap();
        file.write_at(b"abc", 0).unwrap();
        drop(file);
        drop(TargetFile::create(&target, 3).unwrap());
        assert_eq!(fs::read(&target).unwrap(), b"before");
        assert_eq!(names(dir.path()), ["a.bin"]);
    }

    #[test]
    fn an_empty_file_replaces_a_full_one() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("a.bin");
        fs::write(&target, "before").unwrap();
        TargetFile::create(&target, 0).unwrap().finish().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"");
    }

    #[test]
    fn goes_on_from_a_kept_file_and_from_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("a.bin");
        let mut file = TargetFile::create(&target, 6).unwrap();
        file.write_at(b"abc", 0).unwrap();
        file.keep(true);
        let temp = file.temp().to_path_buf();
        drop(file);
        assert!(
            TargetFile::resume(&target, &dir.path().join("x.obs-part"), 6).unwrap().is_none(),
            "not there"
        );
        let strange = dir.path().join("strange");
        fs::write(&strange, "123456").unwrap();
        assert!(TargetFile::resume(&target, &strange, 6).unwrap().is_none(), "not one of ours");
        let other = dir.path().join("b/a.bin");
        assert!(TargetFile::resume(&other, &temp, 6).unwrap().is_none(), "not beside the target");

        let mut file = TargetFile::resume(&target, &temp, 6).unwrap().unwrap();
        assert_eq!(file.crc64(0, 3, &CancelToken::new()).unwrap(), crc64(b"abc"));
        assert_ne!(file.crc64(3, 3, &CancelToken::new()).unwrap(), crc64(b"abc"));
        let halted = CancelToken::new();
        halted.cancel();
        assert!(file.crc64(0, 3, &halted).unwrap_err().is_cancelled(), "a look at terabytes can be ended");
        file.write_at(b"def", 3).unwrap();
        file.finish().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"abcdef");

        let mut file = TargetFile::create(&target, 6).unwrap();
        file.keep(true);
        let temp = file.temp().to_path_buf();
        drop(file);
        assert!(TargetFile::resume(&target, &temp, 7).unwrap().is_none(), "another size");
        TargetFile::remove_left_over(&target, &strange);
        assert_eq!(names(dir.path()), ["a.bin", "strange"], "what cannot be gone on from is removed");
    }

    #[test]
    fn bytes_beyond_the_end_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let file = TargetFile::create(&dir.path().join("a.bin"), 4).unwrap();
        assert!(file.write_at(b"ab", 3).unwrap_err().is_integrity());
        assert!(file.write_at(b"a", u64::MAX).unwrap_err().is_integrity());
        file.write_at(b"a", 3).unwrap();
    }

    #[test]
    fn folders_devices_and_nameless_targets_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("folder");
        fs::create_dir(&folder).unwrap();
        let slash = PathBuf::from(format!("{}/new/", dir.path().display()));
        for target in [folder.as_path(), &slash, &folder.join(".."), Path::new("/"), Path::new("")] {
            let error = TargetFile::create(target, 1).unwrap_err();
            assert!(error.is_invalid_input(), "{target:?}: {error}");
        }
        #[cfg(unix)]
        assert!(TargetFile::create(Path::new("/dev/null"), 1).unwrap_err().is_invalid_input());
        assert_eq!(names(dir.path()), ["folder"]);
    }

    #[test]
    fn a_full_disk_shows_at_once_and_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let more = fs4::available_space(dir.path()).unwrap() + (64 << 30);
        let error = TargetFile::create(&dir.path().join("a.bin"), more).unwrap_err();
        assert!(error.is_io(), "{error:?}");
        assert!(
            error.to_string().contains("cannot reserve") && error.to_string().contains("a.bin"),
            "{error}"
        );
        assert_eq!(names(dir.path()), [""; 0]);
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_takes_no_files_is_named() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o555)).unwrap();
        // The superuser writes even there, but creates nothing in the kernel's own file systems.
        let target = if fs::write(dir.path().join("probe"), "").is_ok() {
            Path::new("/proc/sys/a.bin").to_path_buf()
        } else {
            dir.path().join("a.bin")
        };
        let error = TargetFile::create(&target, 1).unwrap_err();
        assert_eq!(error.path(), target.parent());
        assert!(error.to_string().starts_with("cannot create a temporary file in /"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn the_permissions_of_a_replaced_file_stay() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("a.bin");
        fs::write(&target, "secret").unwrap();
        fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
        let mut file = TargetFile::create(&target, 1).unwrap();
        assert_eq!(fs::metadata(file.temp()).unwrap().permissions().mode() & 0o777, 0o600);
        file.finish().unwrap();
        assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o640);
    }

    #[cfg(unix)]
    #[test]
    fn a_new_file_is_its_owners_until_it_is_whole_and_then_like_any_other() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let (target, usual) = (dir.path().join("a.bin"), dir.path().join("usual"));
        fs::write(&usual, "").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let mut file = TargetFile::create(&target, 1).unwrap();
        assert_eq!(mode(file.temp()), 0o600);
        file.finish().unwrap();
        assert_eq!(mode(&target), mode(&usual));
        assert_eq!(names(dir.path()), ["a.bin", "usual"]);
    }

    #[test]
    fn the_folder_gone_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("folder/a.bin");
        let mut file = TargetFile::create(&target, 1).unwrap();
        fs::remove_dir_all(dir.path().join("folder")).unwrap();
        let error = file.finish().unwrap_err();
        assert_eq!(error.path(), Some(target.as_path()));
    }

    #[test]
    fn temporary_names_fit_whatever_the_name() {
        for name in ["a", &"é".repeat(127), &"x".repeat(255), "日本語".repeat(28).as_str()] {
            let temp = temp_name(name);
            assert!(temp.len() <= 255 && temp.starts_with('.') && temp.ends_with(".obs-part"), "{temp}");
        }
    }
}
