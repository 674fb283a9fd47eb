//! Where a file that was downloaded is put, and who may read it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// What the names of temporary files begin with.
pub(crate) const PREFIX: &str = ".obs-";
/// And what they end in: transfers of folders know them as no file of theirs.
pub(crate) const SUFFIX: &str = ".obs-part";

/// Where a file of this name is: behind a link, which stays and leads to the new file. A name that is moved over a link would replace the
/// link alone.
///
/// # Errors
///
/// A link that leads to nothing, or to a stream of this process, as `/dev/stdout` does, whose file nobody would see replaced.
#[doc(hidden)]
pub fn behind_links(path: &Path) -> io::Result<PathBuf> {
    let refused = |why| io::Error::new(io::ErrorKind::InvalidInput, why);
    if !fs::symlink_metadata(path).is_ok_and(|there| there.is_symlink()) {
        return Ok(path.to_owned());
    }
    if path.starts_with("/proc") || fs::read_link(path)?.starts_with("/proc") {
        return Err(refused("it is a stream of this process: write the body of the object to it"));
    }
    fs::canonicalize(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => refused("it is a link that leads to nothing: remove it, or name a file"),
        _ => error,
    })
}

/// Gives a temporary file, which its owner alone can read, the permissions of the file in whose place it comes: before it is whole
/// nobody else should see it. Where there is none yet, those of a new file.
///
/// # Errors
///
/// What the file system says.
#[doc(hidden)]
pub fn publish(file: &File, target: &Path) -> io::Result<()> {
    let permissions = match fs::metadata(target) {
        Ok(replaced) => replaced.permissions(),
        Err(_) => {
            // What the process (umask) and the folder (its ACL) make of a new file shows in one.
            let folder = target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let mut names = tempfile::Builder::new();
            let probe = names.prefix(PREFIX).suffix(SUFFIX).make_in(folder, |path| File::create_new(path))?;
            probe.as_file().metadata()?.permissions()
        }
    };
    // File systems that know no permissions may refuse to set even those that are there.
    if file.metadata()?.permissions() == permissions { Ok(()) } else { file.set_permissions(permissions) }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::test_support::Fake;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_saved_object_may_be_read_by_whom_any_file_there_may_be() {
        let folder = tempfile::tempdir().unwrap();
        let (usual, new, private) =
            (folder.path().join("usual"), folder.path().join("new"), folder.path().join("p"));
        fs::write(&usual, "").unwrap();
        fs::write(&private, "").unwrap();
        fs::set_permissions(&private, fs::Permissions::from_mode(0o600)).unwrap();
        for path in [&new, &private] {
            let before = path.exists().then(|| mode(path));
            Fake::new().answer(200, &[], "text").bucket().get_object("k").send().unwrap().save(path).unwrap();
            assert_eq!(mode(path), before.unwrap_or(mode(&usual)), "{}", path.display());
        }
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(left.len(), 3, "{left:?}");
    }
}
