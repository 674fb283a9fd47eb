//! `obs sync`

use clap::Args;
use obs_transfer::prelude::*;

use crate::cli::App;
use crate::commands::below;
use crate::commands::cp::line::Buckets;
use crate::commands::cp::{
    Moving, bounded, described, filtered, folder, no_devices, perform, place, report, stopped,
};
use crate::failure::Failure;
use crate::interrupt;
use crate::place::Place;

/// Make a folder and a prefix equal, or two prefixes: only what differs is sent.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  obs sync photos obs://my-bucket/photos/
  obs sync obs://my-bucket/photos/ photos --delete --dry-run
  obs sync obs://my-bucket obs://other   within the service")]
pub(crate) struct Sync {
    /// How it shall be: a folder, or obs://BUCKET[/PREFIX]
    #[arg(value_name = "SRC", value_parser = place())]
    from: Place,
    /// What is changed: obs://BUCKET[/PREFIX], or a folder where SRC is none
    #[arg(value_name = "DST", value_parser = place())]
    to: Place,
    /// Delete what is in DST only
    #[arg(long)]
    delete: bool,
    /// With --delete: even if there is nothing in SRC, so that all of DST is deleted
    #[arg(long, requires = "delete")]
    allow_empty: bool,
    /// Compare the content by checksums, not size and time of change
    #[arg(long)]
    checksum: bool,
    /// Compare sizes alone
    #[arg(long, conflicts_with = "checksum")]
    size_only: bool,
    #[command(flatten)]
    moving: Moving,
}

/// Gives a sync what all ways have.
macro_rules! compared {
    ($job:expr, $sync:expr, $app:expr) => {{
        let bar = $app.output.bar("sync", !$sync.moving.no_progress);
        let mut job = filtered!($job, $sync.moving).delete($sync.delete).checksum($sync.checksum);
        job = job.progress(bar.callback());
        if $sync.size_only {
            job = job.size_only();
        }
        if let Some(folder) = $sync.moving.checkpoints() {
            job = job.checkpoint_dir(folder);
        }
        job
    }};
}

impl Sync {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        self.moving.check(&self.from, &self.to)?;
        let cancel = interrupt::token()?;
        let plan = match (&self.from, &self.to) {
            (Place::Local(from), Place::Remote(to)) => {
                folder(from)?;
                let job = app.bucket(to)?.sync_up(from, to.folder());
                let job = bounded!(job.follow_symlinks(self.moving.follow_symlinks), self.moving, &cancel);
                compared!(described!(job, self.moving), self, app).empty_folders(true).plan()
            }
            (Place::Remote(from), Place::Local(to)) => {
                no_devices(to)?;
                let job = app.bucket(from)?.sync_down(from.folder(), to);
                let job = bounded!(job.follow_symlinks(self.moving.follow_symlinks), self.moving, &cancel);
                let mut job = compared!(job, self, app);
                if let Some(key) = &self.moving.sse_c_key_file {
                    job = job.sse(key.clone());
                }
                job.empty_folders(true).plan()
            }
            (Place::Remote(from), Place::Remote(to)) => {
                let job = app.bucket(to)?.sync_within(to.folder(), &from.bucket, from.folder());
                let job = described!(bounded!(job, self.moving, &cancel), self.moving);
                let mut job = compared!(job, self, app);
                if let Some(bytes) = self.moving.part_size {
                    job = job.threshold(bytes);
                }
                if let Some(key) = &self.moving.source_sse_c_key_file {
                    job = job.source_sse(key.clone());
                }
                job.plan()
            }
            _ => {
                return Err(Failure::usage(
                    "one end at least must be obs://bucket/prefix, and the other a folder or the same",
                ));
            }
        };
        let plan = plan.map_err(stopped)?;
        // Nothing is left alone or sent: a name that was mistyped, or a disk that is not mounted, looks like that
        let idle = plan.unchanged() == 0
            && plan.failures().is_empty()
            && plan.actions().iter().all(report::is_deletion);
        if self.delete && !self.allow_empty && idle {
            below::not_empty(app, &self.from)?;
        }
        let buckets = Buckets { from: self.from.bucket(), to: self.to.bucket() };
        perform(app, plan, &self.moving, buckets, |_| None)?.outcome
    }
}
