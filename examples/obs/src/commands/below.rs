//! Whether there is anything in what a command is to take in: a name that was mistyped looks like an empty folder.

use std::fs;
use std::path::Path;

use crate::cli::App;
use crate::failure::{Failure, Told};
use crate::output::printable;
use crate::place::{Place, Remote};

/// Fails where no key begins as that of the folder does; a bucket may be empty. `done` is what would become of one object.
pub(crate) fn something(app: &App, folder: &Remote, done: &str) -> Result<(), Failure> {
    let prefix = folder.folder();
    if prefix.is_empty() || !first(app, folder, 1)?.is_empty() {
        return Ok(());
    }
    let bucket = &folder.bucket;
    let text = format!("there is nothing below obs://{bucket}/{}", printable(&prefix));
    Err(Failure::failed(
        Told::from(text)
            .advise(format!("`obs ls obs://{bucket}` shows what there is; one object is {done} without -r")),
    ))
}

/// Fails where what is to be made equal to it would lose everything.
pub(crate) fn not_empty(app: &App, source: &Place) -> Result<(), Failure> {
    let (empty, name) = match source {
        Place::Local(path) => (is_empty(path)?, path.display().to_string()),
        // The folder's own key is none of its content
        Place::Remote(place) => {
            (first(app, place, 2)?.iter().all(|key| *key == place.folder()), place.to_string())
        }
        Place::Standard => return Ok(()),
    };
    if !empty {
        return Ok(());
    }
    let text = format!(
        "there is nothing in {}, and --delete would delete all that is on the other side",
        printable(&name)
    );
    Err(Failure::failed(Told::from(text).advise("check the name, or give --allow-empty if that is meant")))
}

fn is_empty(path: &Path) -> Result<bool, Failure> {
    let mut entries =
        fs::read_dir(path).map_err(|error| Failure::io(format!("cannot read {}", path.display()), &error))?;
    Ok(entries.next().is_none())
}

/// The first keys that begin as that of the folder does.
fn first(app: &App, folder: &Remote, count: u32) -> Result<Vec<String>, Failure> {
    let page = app.bucket(folder)?.list_objects().prefix(folder.folder()).max_keys(count).send()?;
    Ok(page.into_inner().contents.into_iter().map(|object| object.key).collect())
}
