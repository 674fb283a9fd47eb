//! `obs cp`

pub(crate) mod line;
mod one;
mod options;
pub(crate) mod report;
pub(crate) mod stream;
mod tree;

use std::path::{Path, PathBuf};

use clap::Args;
use obs_transfer::CancelToken;

pub(crate) use options::{Moving, bounded, described, filtered, place};
pub(crate) use tree::{folder, perform, stopped};

use crate::cli::App;
use crate::failure::Failure;
use crate::interrupt;
use crate::place::{Place, Remote};

/// Copy files up, objects down, objects to objects.
///
/// Large files travel in parts, several at once. A copy that was interrupted goes on where it was when the same command
/// is given again.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  obs cp photo.jpg obs://my-bucket/              up, as photo.jpg
  obs cp obs://my-bucket/photo.jpg .             down
  obs cp obs://my-bucket/a obs://other/b         within the service
  obs cp -r photos obs://my-bucket/trips/        a folder, with all below it
  obs cp -r obs://my-bucket/trips/ photos --include '*.jpg' --dry-run
  tar c dir | obs cp - obs://my-bucket/dir.tar
  obs cp obs://my-bucket/dir.tar - | tar x")]
pub(crate) struct Cp {
    #[command(flatten)]
    pub(crate) ends: Ends,
    #[command(flatten)]
    pub(crate) moving: Moving,
}

/// From where to where.
#[derive(Debug, Clone, Args)]
pub(crate) struct Ends {
    /// A file, a folder (-r), obs://BUCKET/KEY, or - for standard input
    #[arg(value_name = "SRC", value_parser = options::place())]
    pub(crate) from: Place,
    /// A file, a folder, obs://BUCKET[/KEY], or - for standard output
    #[arg(value_name = "DST", value_parser = options::place())]
    pub(crate) to: Place,
    /// All files of the folder SRC, or all objects below it
    #[arg(short, long)]
    pub(crate) recursive: bool,
}

/// What was copied, for whoever wants to remove it then.
#[derive(Debug)]
pub(crate) enum Source {
    File(PathBuf),
    Object(Remote),
}

/// How a copy ended.
#[derive(Debug)]
pub(crate) struct Copied {
    pub(crate) sources: Vec<Source>,
    /// Some of many may have failed.
    pub(crate) outcome: Result<(), Failure>,
}

impl From<Vec<Source>> for Copied {
    fn from(sources: Vec<Source>) -> Self {
        Self { sources, outcome: Ok(()) }
    }
}

impl Cp {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let cancel = interrupt::token()?;
        copy(app, &self.ends, &self.moving, &cancel)?.outcome
    }
}

/// Copies, and tells what was.
pub(crate) fn copy(app: &App, ends: &Ends, moving: &Moving, cancel: &CancelToken) -> Result<Copied, Failure> {
    if !ends.recursive && (!moving.include.is_empty() || !moving.exclude.is_empty()) {
        return Err(Failure::usage("--include and --exclude choose among many: add -r"));
    }
    moving.check(&ends.from, &ends.to)?;
    match (&ends.from, &ends.to) {
        (Place::Local(_), Place::Local(_)) | (Place::Standard, Place::Local(_) | Place::Standard) => {
            Err(Failure::usage("neither end is an object: one of them must be obs://bucket/key"))
        }
        (Place::Local(_), Place::Standard) => {
            Err(Failure::usage("a local file can be copied to obs://bucket/key only"))
        }
        (Place::Standard, _) | (_, Place::Standard) if ends.recursive => {
            Err(Failure::usage("- is one stream: leave -r out"))
        }
        (Place::Local(from), Place::Remote(to)) if ends.recursive => tree::up(app, from, to, moving, cancel),
        (Place::Remote(from), Place::Local(to)) if ends.recursive => {
            tree::down(app, from, to, moving, cancel)
        }
        (Place::Remote(from), Place::Remote(to)) if ends.recursive => {
            tree::across(app, from, to, moving, cancel)
        }
        (Place::Local(from), Place::Remote(to)) => one::up(app, from, &key_for(from, to)?, moving, cancel),
        (Place::Remote(from), Place::Local(to)) => {
            one::down(app, named(from)?, &path_for(from, to)?, moving, cancel)
        }
        (Place::Remote(from), Place::Remote(to)) => {
            let from = named(from)?;
            let to = if to.is_folder() {
                Remote { key: format!("{}{}", to.key, from.name()), ..to.clone() }
            } else {
                to.clone()
            };
            one::across(app, from, named(&to)?, moving, cancel)
        }
        (Place::Standard, Place::Remote(to)) => stream::up(app, named(to)?, moving, cancel),
        (Place::Remote(from), Place::Standard) => stream::down(app, named(from)?, moving, cancel),
    }
}

fn named(place: &Remote) -> Result<&Remote, Failure> {
    if place.key.is_empty() {
        return Err(Failure::usage(format!(
            "{place} names no object: give its key, or -r for all of the bucket"
        )));
    }
    Ok(place)
}

/// The key of a file that goes up: one that is put into a folder keeps its name.
fn key_for(from: &Path, to: &Remote) -> Result<Remote, Failure> {
    if from.is_dir() {
        return Err(Failure::usage(format!("{} is a folder: add -r", from.display())));
    }
    if !to.is_folder() {
        return Ok(to.clone());
    }
    let name = from.file_name().and_then(|name| name.to_str()).ok_or_else(|| {
        Failure::usage(format!("the name of {} cannot be a key: give the key of the object", from.display()))
    })?;
    Ok(Remote { key: format!("{}{name}", to.key), ..to.clone() })
}

/// The file of an object that comes down: one that is put into a folder gets the last part of its key as its name.
fn path_for(from: &Remote, to: &Path) -> Result<PathBuf, Failure> {
    let into_folder = to.is_dir() || to.as_os_str().to_string_lossy().ends_with(std::path::is_separator);
    if !into_folder {
        return Ok(to.to_path_buf());
    }
    if from.is_folder() {
        return Err(Failure::usage(format!("{from} is a folder: add -r for all below it, or name a file")));
    }
    let name = from.name();
    // A name that leads elsewhere is none
    let plain = Path::new(name).file_name().is_some_and(|last| last == name);
    if !plain {
        return Err(Failure::usage(format!(
            "the end of the key {:?} cannot be the name of a file: give one",
            from.key
        )));
    }
    Ok(to.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remote(key: &str) -> Remote {
        Remote { bucket: "b".into(), key: key.into() }
    }

    #[test]
    fn names_are_kept_in_folders() {
        assert_eq!(key_for(Path::new("/no/photo.jpg"), &remote("trips/")).unwrap().key, "trips/photo.jpg");
        assert_eq!(key_for(Path::new("/no/photo.jpg"), &remote("")).unwrap().key, "photo.jpg");
        assert_eq!(key_for(Path::new("/no/photo.jpg"), &remote("x")).unwrap().key, "x");
        assert_eq!(path_for(&remote("a/b.txt"), Path::new("new")).unwrap(), Path::new("new"));
        assert_eq!(path_for(&remote("a/b.txt"), Path::new("no/")).unwrap(), Path::new("no/b.txt"));
        assert_eq!(path_for(&remote("a/b.txt"), Path::new(".")).unwrap(), Path::new("./b.txt"));
    }

    #[test]
    fn no_key_leads_out_of_a_folder() {
        for key in ["a/..", "a/.", ".."] {
            assert!(path_for(&remote(key), Path::new(".")).is_err(), "{key}");
        }
    }
}
