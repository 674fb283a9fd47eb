//! `obs mv`

use std::fs;
use std::path::Path;

use clap::Args;

use crate::cli::App;
use crate::commands::cp::{Copied, Ends, Moving, Source, copy, report};
use crate::failure::{Failure, Told};
use crate::interrupt;
use crate::output::{fails, printable};
use crate::place::{Place, Remote};

/// Copy, then delete what was copied.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  obs mv obs://my-bucket/draft.txt obs://my-bucket/final.txt
  obs mv -r logs obs://my-bucket/logs/ --include '*.gz'")]
pub(crate) struct Mv {
    #[command(flatten)]
    ends: Ends,
    #[command(flatten)]
    moving: Moving,
}

impl Mv {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let cancel = interrupt::token()?;
        if let (Place::Remote(from), Place::Remote(to)) = (&self.ends.from, &self.ends.to) {
            let into_itself = if self.ends.recursive {
                to.folder().starts_with(&from.folder())
            } else {
                to.key == from.key || (to.is_folder() && format!("{}{}", to.key, from.name()) == from.key)
            };
            if from.bucket == to.bucket && into_itself {
                return Err(Failure::usage(format!("{from} would be moved to itself: name another place")));
            }
        }
        let mut objects = Vec::new();
        let Copied { sources, outcome } = copy(app, &self.ends, &self.moving, &cancel)?;
        for source in sources {
            match source {
                Source::File(path) => remove_file(&path, &self.ends)?,
                Source::Object(place) => objects.push(place.key),
            }
        }
        match &self.ends.from {
            Place::Remote(from) => outcome.and(remove_objects(app, from, objects)),
            _ => outcome,
        }
    }
}

/// Deletes what was copied, a thousand a call.
fn remove_objects(app: &App, from: &Remote, mut keys: Vec<String>) -> Result<(), Failure> {
    let bucket = app.bucket(from)?;
    if let [key] = keys.as_slice() {
        bucket.delete_object(key).send()?;
        return Ok(());
    }
    // What is in a folder goes before the folder
    keys.sort_unstable_by(|a, b| b.cmp(a));
    let mut failed = 0;
    for batch in keys.chunks(1000) {
        let errors = bucket.delete_objects(batch).quiet(true).send()?.into_inner().errors;
        failed += errors.len();
        for error in errors {
            let reason = error.message.or(error.code).unwrap_or_default();
            let text = format!("copied, and cannot delete {}: {reason}", printable(&error.key));
            fails(&Told::from(text).fact("key", error.key));
        }
    }
    report::outcome(failed as u64, (keys.len() - failed) as u64)
}

/// Removes a file, or a folder that was empty, and the folders that are empty then.
fn remove_file(path: &Path, ends: &Ends) -> Result<(), Failure> {
    let removed = if path.is_dir() { fs::remove_dir(path) } else { fs::remove_file(path) };
    removed.map_err(|error| Failure::io(format!("copied, and cannot delete {}", path.display()), &error))?;
    if let (true, Place::Local(root)) = (ends.recursive, &ends.from) {
        for folder in path.ancestors().skip(1).take_while(|folder| folder.starts_with(root)) {
            // The first that is not empty ends it
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
    }
    Ok(())
}
