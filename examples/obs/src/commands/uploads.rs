//! `obs uploads`

use std::time::{Duration, SystemTime};

use clap::{Args, Subcommand};
use obs_core::multipart::UploadEntry;
use serde_json::json;

use crate::cli::App;
use crate::failure::Failure;
use crate::output::{printable, time};
use crate::place::Remote;

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
    Abort(Which),
}

#[derive(Debug, Args)]
struct Which {
    /// The bucket, and what the keys begin with
    #[arg(value_name = "obs://BUCKET[/PREFIX]")]
    place: Remote,
    /// Only those begun so long ago
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    older_than: Option<Duration>,
}

impl Uploads {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let (which, abort) = match self.what {
            What::Ls(which) => (which, false),
            What::Abort(which) => (which, true),
        };
        let bucket = app.bucket(&which.place)?;
        let mut request = bucket.list_multipart_uploads();
        if !which.place.key.is_empty() {
            request = request.prefix(&which.place.key);
        }
        let before =
            which.older_than.map(|age| SystemTime::now().checked_sub(age).unwrap_or(SystemTime::UNIX_EPOCH));
        for upload in request {
            let upload = upload?;
            // One of unknown age may be young
            if before.is_some_and(|before| upload.initiated.is_none_or(|begun| begun > before)) {
                continue;
            }
            if abort {
                match bucket.abort_multipart_upload(&upload.key, &upload.upload_id).send() {
                    Ok(_) => {}
                    // Finished or aborted meanwhile
                    Err(error) if error.is_not_found() => continue,
                    Err(error) => return Err(error.into()),
                }
            }
            show(app, &upload, abort)?;
        }
        Ok(())
    }
}

fn show(app: &App, upload: &UploadEntry, aborted: bool) -> Result<(), Failure> {
    let begun = time(upload.initiated);
    let text = format!(
        "{}{:20}  {}  {}",
        if aborted { "aborted " } else { "" },
        begun.as_deref().unwrap_or("-"),
        printable(&upload.upload_id),
        printable(&upload.key)
    );
    app.output.item(text, || {
        json!({ "key": upload.key, "upload_id": upload.upload_id, "initiated": begun, "aborted": aborted })
    })
}
