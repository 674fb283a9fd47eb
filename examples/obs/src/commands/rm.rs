//! `obs rm`

use clap::Args;
use obs_transfer::prelude::*;
use serde_json::Value;

use crate::cli::App;
use crate::commands::below;
use crate::commands::cp::line::{Buckets, Line};
use crate::commands::cp::{filtered, report, stopped};
use crate::failure::Failure;
use crate::interrupt;
use crate::place::{Remote, each};

/// Delete objects.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  obs rm obs://my-bucket/photo.jpg
  obs rm obs://my-bucket/a.jpg obs://my-bucket/b.jpg
  obs rm obs://my-bucket/photo.jpg --version-id G001117FBA89978B0000405CC75E6C14
  obs rm -r obs://my-bucket/trips/ --include '*.tmp' --dry-run")]
pub(crate) struct Rm {
    /// The objects, or with -r the folders
    #[arg(value_name = "obs://BUCKET/KEY", required = true)]
    places: Vec<Remote>,
    /// All objects in the folder, and in the folders below
    #[arg(short, long, conflicts_with = "version_id")]
    recursive: bool,
    /// This version of the object, for good
    #[arg(long, value_name = "ID")]
    version_id: Option<String>,
    /// With -r: all versions, for good
    #[arg(long, requires = "recursive")]
    versions: bool,
    /// With -r: only what matches, such as '*.tmp'
    #[arg(long, value_name = "GLOB", requires = "recursive")]
    include: Vec<String>,
    /// With -r: not what matches
    #[arg(long, value_name = "GLOB", requires = "recursive")]
    exclude: Vec<String>,
    /// Only tell what would be deleted
    #[arg(long)]
    dry_run: bool,
}

impl Rm {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        if self.version_id.is_some() && self.places.len() > 1 {
            return Err(Failure::usage("--version-id is about one object: name one"));
        }
        if self.recursive {
            let cancel = interrupt::token()?;
            return each(&self.places, |place| self.many(app, place, &cancel));
        }
        if let Some(place) = self.places.iter().find(|place| place.key.is_empty()) {
            return Err(Failure::usage(format!(
                "{place} names no object: give its key, -r for all of them, or `obs rb` for the bucket itself"
            )));
        }
        each(&self.places, |place| self.one(app, place))
    }

    fn one(&self, app: &App, place: &Remote) -> Result<(), Failure> {
        let version = self.version_id.as_deref();
        let line = Line::delete(place, version);
        if self.dry_run {
            return line.dry(app);
        }
        let mut request = app.bucket(place)?.delete_object(&place.key);
        if let Some(id) = version {
            request = request.version_id(id);
        }
        request.send()?;
        line.done(app, || Value::Null)
    }

    fn many(&self, app: &App, place: &Remote, cancel: &CancelToken) -> Result<(), Failure> {
        let prefix = place.folder();
        let mut job = app.bucket(place)?.delete_prefix(&prefix).task_num(8).cancel_token(cancel);
        job = filtered!(job.versions(self.versions), self);
        if prefix.is_empty() {
            // obs rm -r obs://bucket says just that
            job = job.whole_bucket();
        }
        let buckets = Buckets { from: "", to: &place.bucket };
        // A plan holds every key: without one who names nothing does
        let done = if self.dry_run || app.output.names_each() {
            let plan = job.plan().map_err(stopped)?;
            if plan.actions().is_empty() {
                below::something(app, place, "deleted")?;
            }
            if self.dry_run {
                return report::dry(app, &plan, buckets);
            }
            report::perform(app, plan, buckets)?.1
        } else {
            job.send().map_err(stopped)?
        };
        if done.succeeded == 0 && done.failures.is_empty() {
            below::something(app, place, "deleted")?;
        }
        report::tell(app, &done)
    }
}
