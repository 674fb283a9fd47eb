//! `obs rb`

use std::time::Duration;

use clap::Args;
use obs_transfer::prelude::*;
use serde_json::json;

use crate::cli::App;
use crate::commands::cp::line::Buckets;
use crate::commands::cp::report;
use crate::failure::Failure;
use crate::interrupt;
use crate::place::Remote;

/// Delete a bucket.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  obs rb obs://my-bucket
  obs rb --force obs://my-bucket         with all objects, versions and uploads in it")]
pub(crate) struct Rb {
    /// The bucket
    #[arg(value_name = "obs://BUCKET", value_parser = Remote::bucket)]
    place: Remote,
    /// With all that is in it: objects, their versions, unfinished uploads
    #[arg(long)]
    force: bool,
}

impl Rb {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let bucket = app.bucket(&self.place)?;
        if self.force {
            let cancel = interrupt::token()?;
            let job =
                bucket.delete_prefix("").whole_bucket().versions(true).task_num(8).cancel_token(&cancel);
            let report = if app.output.names_each() {
                let buckets = Buckets { from: "", to: &self.place.bucket };
                report::perform(app, job.plan()?, buckets)?.1
            } else {
                job.send()?
            };
            report::check(&report)?;
            let uploads = bucket.abort_uploads_older_than(Duration::ZERO).task_num(8).cancel_token(&cancel);
            let uploads = uploads.send()?.into_result()?;
            let named = uploads.aborted.iter().filter(|_| app.output.names_each());
            named
                .into_iter()
                .try_for_each(|upload| super::uploads::aborted(app, &self.place.bucket, upload))?;
        }
        bucket.delete_bucket().send()?;
        let name = self.place.bucket;
        app.output.item(format!("deleted obs://{name}"), || json!({ "deleted": name }))
    }
}
