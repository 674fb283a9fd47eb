//! Paths that are no files: pipes, devices, what `/dev/stdout` and `<(...)` of a shell stand for. Bytes stream through them; nothing may
//! be renamed over them.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// A file, or nothing yet.
    File,
    /// Standard input, or standard output.
    Standard,
    /// It is read or written from one end to the other, and no more than once.
    Stream,
}

/// What a path leads to, through symbolic links.
enum Leads {
    /// A descriptor of this program.
    Descriptor(u32),
    To(PathBuf),
}

/// How many links are followed: more are a circle.
const LINKS: usize = 40;

/// Where bytes are read from.
pub(super) fn source(path: &Path) -> End {
    match leads(path) {
        Leads::Descriptor(0) => End::Standard,
        _ if is_special(path) => End::Stream,
        _ => End::File,
    }
}

/// Where bytes are written to. What is in a place of the system's own must be there already, and be no file.
pub(super) fn target(path: &Path) -> Result<End, Failure> {
    match leads(path) {
        Leads::Descriptor(1) => return Ok(End::Standard),
        // A file behind it is open already: a new one in its place would not be what is open
        Leads::Descriptor(_) => return Ok(End::Stream),
        Leads::To(_) if is_special(path) => return Ok(End::Stream),
        Leads::To(there) if !is_of_the_system(&there) => return Ok(End::File),
        Leads::To(_) => {}
    }
    Err(Failure::usage(format!(
        "{} is in a place of devices, and no file belongs there: name another one, or - for standard output",
        path.display()
    )))
}

/// Whether the name belongs to a shell or to the system, and says nothing of what is read.
pub(super) fn is_nameless(path: &Path) -> bool {
    match leads(path) {
        Leads::Descriptor(_) => true,
        Leads::To(there) => is_of_the_system(&there),
    }
}

fn is_special(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|there| !there.is_file() && !there.is_dir())
}

/// Not what is mounted below, such as `/dev/shm`: there are files.
fn is_of_the_system(path: &Path) -> bool {
    path.starts_with("/proc")
        || path.starts_with("/sys")
        || path == Path::new("/dev")
        || path.parent() == Some(Path::new("/dev"))
}

/// Follows the links one by one, since the last ones of `/dev/stdout` lead to whatever is behind it.
fn leads(path: &Path) -> Leads {
    let mut path = path.to_path_buf();
    for _ in 0..LINKS {
        let absolute = std::path::absolute(&path).unwrap_or_else(|_| path.clone());
        let (Some(folder), Some(name)) = (absolute.parent(), absolute.file_name()) else {
            return Leads::To(absolute);
        };
        let Ok(folder) = fs::canonicalize(folder) else { return Leads::To(absolute) };
        let here = folder.join(name);
        if let Some(number) = descriptor(&folder, &here) {
            return Leads::Descriptor(number);
        }
        match fs::read_link(&here) {
            Ok(next) if !here.starts_with("/proc") => path = folder.join(next),
            _ => return Leads::To(here),
        }
    }
    Leads::To(path)
}

/// `/dev/fd/1` and, where that is a link, what it leads to: `/proc/self/fd/1`.
fn descriptor(folder: &Path, here: &Path) -> Option<u32> {
    let own = Path::new("/proc").join(std::process::id().to_string());
    let is_of_descriptors =
        folder == Path::new("/dev/fd") || (folder.starts_with(own) && folder.ends_with("fd"));
    if !is_of_descriptors {
        return None;
    }
    here.file_name()?.to_str()?.parse().ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn standard_streams_are_known_by_all_their_names() {
        let place = tempfile::tempdir().unwrap();
        let link = place.path().join("out");
        symlink("/dev/stdout", &link).unwrap();
        symlink("/dev", place.path().join("devices")).unwrap();
        let by_folder = place.path().join("devices/stdout");
        for out in [
            Path::new("/dev/stdout"),
            Path::new("/dev/fd/1"),
            Path::new("/proc/self/fd/1"),
            &link,
            &by_folder,
        ] {
            assert_eq!(target(out).unwrap(), End::Standard, "{}", out.display());
        }
        for path in ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"] {
            assert_eq!(source(Path::new(path)), End::Standard, "{path}");
        }
        assert_eq!(target(Path::new("/dev/stderr")).unwrap(), End::Stream);
        assert!(is_nameless(Path::new("/dev/fd/63")) && is_nameless(&link));
    }

    #[test]
    fn devices_are_streams_and_nothing_new_is_put_beside_them() {
        let place = tempfile::tempdir().unwrap();
        let link = place.path().join("null");
        symlink("/dev/null", &link).unwrap();
        for path in [Path::new("/dev/null"), &link] {
            assert_eq!((target(path).unwrap(), source(path)), (End::Stream, End::Stream));
        }
        for path in ["/dev/none", "/dev", "/proc/none", "/proc/self/none", "/proc/version", "/sys/none"] {
            let refused = target(Path::new(path)).unwrap_err();
            assert_eq!(refused.exit_code(), 2, "{path}");
        }
    }

    #[test]
    fn files_are_files_also_behind_links() {
        let place = tempfile::tempdir().unwrap();
        let (file, link, circle) =
            (place.path().join("file"), place.path().join("link"), place.path().join("circle"));
        fs::write(&file, "content").unwrap();
        symlink(&file, &link).unwrap();
        symlink(&circle, &circle).unwrap();
        for path in [&file, &link, &circle, &place.path().join("none"), &place.path().join("no/folder")] {
            assert_eq!((target(path).unwrap(), source(path)), (End::File, End::File), "{}", path.display());
        }
        assert!(!is_nameless(&file));
    }
}
