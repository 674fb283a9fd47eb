//! `obs mv`

use std::fs;
use std::path::Path;

use clap::Args;
use obs_core::BucketClient;

use crate::cli::App;
use crate::commands::cp::{Copied, Ends, Moving, Object, Source, copy};
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
                Source::Object(object) => objects.push(object),
            }
        }
        match &self.ends.from {
            Place::Remote(from) => outcome.and(remove_objects(app, from, objects)),
            _ => outcome,
        }
    }
}

/// Deletes what was copied, a thousand a call.
fn remove_objects(app: &App, from: &Remote, objects: Vec<Object>) -> Result<(), Failure> {
    let bucket = app.bucket(from)?;
    if let [object] = objects.as_slice() {
        return remove_object(&bucket, object);
    }
    let mut keys: Vec<String> = objects.into_iter().map(|object| object.place.key).collect();
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
    Failure::of_many(failed as u64, (keys.len() - failed) as u64)
}

/// Deletes one, unless another has taken its place since it was copied.
fn remove_object(bucket: &BucketClient, object: &Object) -> Result<(), Failure> {
    let Object { place, version, etag } = object;
    let mut request = bucket.delete_object(&place.key);
    if let Some(id) = version {
        request = request.version_id(id);
    } else if etag.is_some() && replaced(bucket, place, etag)? {
        let place = printable(&place.to_string());
        let text = format!("copied, and not deleted: {place} was replaced meanwhile");
        return Err(Failure::failed(Told::from(text).advise("give the same command again")));
    }
    request.send()?;
    Ok(())
}

/// Whether an object of another content is there.
fn replaced(bucket: &BucketClient, place: &Remote, etag: &Option<String>) -> Result<bool, Failure> {
    match bucket.get_object_metadata(&place.key).send() {
        Ok(now) => Ok(now.etag != *etag),
        Err(error) if error.is_not_found() => Ok(false),
        // What is encrypted with a customer key tells its ETag only to who has it
        Err(error) if error.status() == Some(400) => Ok(false),
        Err(error) => Err(error.into()),
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
