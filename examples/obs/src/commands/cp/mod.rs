//! `obs cp`

pub(crate) mod line;
mod one;
mod options;
pub(crate) mod report;
mod special;
pub(crate) mod stream;
mod tree;

use std::path::{Path, PathBuf};

use clap::Args;
use obs_transfer::CancelToken;

use special::End;

pub(crate) use options::{Moving, bounded, described, filtered, place};
pub(crate) use tree::{folder, no_devices, perform, stopped};

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
  obs cp obs://my-bucket/a old --version-id G001117FBA89978B0000405CC75E6C14
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
    /// Of an object: this version
    #[arg(long, value_name = "ID", conflicts_with = "recursive")]
    pub(crate) version_id: Option<String>,
}

/// What was copied, for whoever wants to remove it then.
#[derive(Debug)]
pub(crate) enum Source {
    File(PathBuf),
    Object(Object),
}

/// An object, as far as it is known which.
#[derive(Debug, Clone)]
pub(crate) struct Object {
    pub(crate) place: Remote,
    /// The one that was asked for.
    pub(crate) version: Option<String>,
    /// What it was when it was copied.
    pub(crate) etag: Option<String>,
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
    if ends.version_id.is_some() && !matches!(ends.from, Place::Remote(_)) {
        return Err(Failure::usage("--version-id is about an object: SRC must be obs://bucket/key"));
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
        (Place::Local(from), Place::Remote(to)) => match special::source(from) {
            End::File => one::up(app, from, &key_for(from, to)?, moving, cancel),
            End::Standard => stream::up(app, None, key_of_stream(to)?, moving, cancel),
            End::Stream if special::is_nameless(from) => {
                stream::up(app, Some(from), key_of_stream(to)?, moving, cancel)
            }
            End::Stream => stream::up(app, Some(from), &key_for(from, to)?, moving, cancel),
        },
        (Place::Remote(from), Place::Local(to)) => {
            let (from, to) = (ends.object(from)?, path_for(named(from)?, to)?);
            match special::target(&to)? {
                End::File => one::down(app, &from, &to, moving, cancel),
                End::Standard => stream::down(app, &from, None, moving, cancel),
                End::Stream => stream::down(app, &from, Some(&to), moving, cancel),
            }
        }
        (Place::Remote(from), Place::Remote(to)) => {
            let to = if to.is_folder() {
                Remote { key: format!("{}{}", to.key, from.name()), ..to.clone() }
            } else {
                to.clone()
            };
            one::across(app, &ends.object(from)?, named(&to)?, moving, cancel)
        }
        (Place::Standard, Place::Remote(to)) => stream::up(app, None, key_of_stream(to)?, moving, cancel),
        (Place::Remote(from), Place::Standard) => {
            stream::down(app, &ends.object(from)?, None, moving, cancel)
        }
    }
}

impl Ends {
    fn object(&self, place: &Remote) -> Result<Object, Failure> {
        let (place, version) = (named(place)?.clone(), self.version_id.clone());
        Ok(Object { place, version, etag: None })
    }
}

/// What has no name of its own cannot be put into a folder under its name.
fn key_of_stream(to: &Remote) -> Result<&Remote, Failure> {
    if to.is_folder() {
        return Err(Failure::usage(format!(
            "a stream has no name of its own: give the key of the object, such as {to}name"
        )));
    }
    Ok(to)
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
