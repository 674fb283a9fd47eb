//! Files by position: the source that must not change, the target that never holds half a file. What differs between
//! platforms is in this file and nowhere else.

mod source;
mod target;

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub(crate) use source::SourceFile;
pub(crate) use target::TargetFile;

/// Reads at `offset` whatever other threads read elsewhere in the same file.
#[cfg(unix)]
pub(crate) fn read_at(file: &File, buf: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buf, offset)
}

#[cfg(windows)]
pub(crate) fn read_at(file: &File, buf: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buf, offset)
}

#[cfg(unix)]
pub(crate) fn write_all_at(file: &File, buf: &[u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, buf, offset)
}

#[cfg(windows)]
pub(crate) fn write_all_at(file: &File, mut buf: &[u8], mut offset: u64) -> io::Result<()> {
    while !buf.is_empty() {
        match std::os::windows::fs::FileExt::seek_write(file, buf, offset) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => {
                buf = buf.get(written..).unwrap_or_default();
                offset += written as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Tells two files under one name apart: device and inode. Windows has no such thing in stable std.
#[cfg(unix)]
fn file_id(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(windows)]
fn file_id(_: &Metadata) -> Option<(u64, u64)> {
    None
}

/// Only the owner may read what is created.
#[cfg(unix)]
pub(crate) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600)
}

#[cfg(windows)]
pub(crate) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// Whether the file is in memory (tmpfs). There a reservation makes all pages at once: half a second and more for 1 GiB, before the
/// first byte is asked for.
#[cfg(target_os = "linux")]
fn is_in_memory(file: &File) -> bool {
    const TMPFS_MAGIC: u64 = 0x0102_1994;
    rustix::fs::fstatfs(file).is_ok_and(|system| system.f_type as u64 == TMPFS_MAGIC)
}

#[cfg(not(target_os = "linux"))]
fn is_in_memory(_: &File) -> bool {
    false
}

/// Makes a rename or a new file last through a power cut, where the file system can.
#[cfg(unix)]
pub(crate) fn sync_dir(dir: &Path) {
    if let Err(error) = File::open(dir).and_then(|dir| dir.sync_all()) {
        log::debug!(target: "obs::transfer", "cannot sync the folder {}: {error}", dir.display());
    }
}

/// Windows writes its directory entries through, and opens no folder as a file.
#[cfg(windows)]
pub(crate) fn sync_dir(_: &Path) {}

/// Whether the name still leads to the file that is open. Where files cannot be told apart, whether there is one.
pub(crate) fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    match std::fs::metadata(path) {
        Ok(there) => Ok(file_id(&there) == file_id(&file.metadata()?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        // The folder became a file.
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether both names are of one file, by whatever links, or would be if it were there.
pub(crate) fn is_same(one: &Path, other: &Path) -> bool {
    let absolute = |path| std::path::absolute(path).ok();
    let id = |path| std::fs::metadata(path).ok().and_then(|metadata| file_id(&metadata));
    absolute(one) == absolute(other) || id(one).is_some_and(|one| id(other) == Some(one))
}

/// The time of the last change in nanoseconds from 1970, as exact as the file system keeps it.
pub(crate) fn modified_ns(metadata: &Metadata) -> io::Result<i128> {
    metadata.modified().map(ns_of_time)
}

/// A time in nanoseconds from 1970.
pub(crate) fn ns_of_time(time: SystemTime) -> i128 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => after.as_nanos() as i128,
        Err(before) => -(before.duration().as_nanos() as i128),
    }
}

/// The other way round; none where the platform knows no such time.
pub(crate) fn time_of_ns(ns: i128) -> Option<SystemTime> {
    let seconds = u64::try_from(ns.unsigned_abs() / 1_000_000_000).ok()?;
    let distance = Duration::new(seconds, u32::try_from(ns.unsigned_abs() % 1_000_000_000).ok()?);
    if ns < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) }
}
