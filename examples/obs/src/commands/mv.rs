//! `obs mv`

use std::fs;
use std::path::Path;

use clap::Args;

use crate::cli::App;
use crate::commands::cp::{Ends, Moving, Source, copy};
use crate::failure::Failure;
use crate::interrupt;
use crate::place::Place;

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
        for source in copy(app, &self.ends, &self.moving, &cancel)? {
            match source {
                Source::File(path) => remove_file(&path, &self.ends)?,
                Source::Object(place) => {
                    app.bucket(&place)?.delete_object(&place.key).send()?;
                }
            }
        }
        Ok(())
    }
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
