//! `obs uploads`

use std::time::Duration;

use clap::{Args, Subcommand};
use obs_core::multipart::UploadEntry;
use obs_transfer::prelude::*;
use serde_json::json;

use crate::cli::App;
use crate::failure::{Failure, Told};
use crate::output::{fails, printable, time};
use crate::place::{Remote, duration};

/// Unfinished uploads, whose parts take room and cost money.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  obs uploads ls obs://my-bucket
  obs uploads abort obs://my-bucket/logs/ --older-than 7d")]
pub(crate) struct Uploads {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List them.
    #[command(after_help = "Example:
  obs uploads ls obs://my-bucket --older-than 7d")]
    Ls(Which),
    /// Give them up: their parts are deleted, and no checkpoint can go on from them.
    #[command(after_help = "Example:
  obs uploads abort obs://my-bucket --older-than 7d")]
    Abort {
        #[command(flatten)]
        which: Which,
        /// Only tell what would be given up
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Debug, Args)]
struct Which {
    /// The bucket, and what the keys begin with
    #[arg(value_name = "obs://BUCKET[/PREFIX]")]
    place: Remote,
    /// Only those begun longer ago than this, by the clock of the server, such as 7d [default: all]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    older_than: Option<Duration>,
}

impl Uploads {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let (which, done) = match self.what {
            What::Ls(which) => (which, Done::Listed),
            What::Abort { which, dry_run: true } => (which, Done::Planned),
            What::Abort { which, dry_run: false } => (which, Done::Aborted),
        };
        let bucket = which.place.bucket.clone();
        let age = which.older_than.unwrap_or(Duration::ZERO);
        let job = app.bucket(&which.place)?.abort_uploads_older_than(age).task_num(8);
        let found = job.prefix(which.place.key).dry_run(done != Done::Aborted).send()?;
        for upload in &found.aborted {
            show(app, &bucket, upload, done)?;
        }
        for (upload, error) in &found.failures {
            let told = Told::transfer(error).about(printable(&upload.key));
            fails(&told.fact("key", upload.key.as_str()).fact("upload_id", upload.upload_id.as_str()));
        }
        Failure::of_many(found.failures.len() as u64, found.aborted.len() as u64)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Done {
    Listed,
    Planned,
    Aborted,
}

/// One was given up.
pub(super) fn aborted(app: &App, bucket: &str, upload: &UploadEntry) -> Result<(), Failure> {
    show(app, bucket, upload, Done::Aborted)
}

fn show(app: &App, bucket: &str, upload: &UploadEntry, done: Done) -> Result<(), Failure> {
    let begun = time(upload.initiated);
    let text = format!(
        "{}{:20}  {}  {}",
        match done {
            Done::Listed => "",
            Done::Planned => "would abort ",
            Done::Aborted => "aborted ",
        },
        begun.as_deref().unwrap_or("-"),
        printable(&upload.upload_id),
        printable(&upload.key)
    );
    app.output.item(text, || {
        json!({
            "bucket": bucket,
            "key": upload.key,
            "upload_id": upload.upload_id,
            "initiated": begun,
            "aborted": done == Done::Aborted,
            "dry_run": done == Done::Planned,
        })
    })
}
