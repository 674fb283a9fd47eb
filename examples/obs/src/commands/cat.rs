//! `obs cat`

use clap::Args;
use obs_core::SseC;
use obs_transfer::prelude::*;

use crate::cli::App;
use crate::commands::cp::stream;
use crate::failure::Failure;
use crate::place::Remote;
use crate::sse;

/// How many ranges of an object are fetched ahead of who reads it.
const AHEAD: usize = 4;

/// Write objects to standard output.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  obs cat obs://my-bucket/readme.txt
  obs cat obs://my-bucket/dir.tar | tar x")]
pub(crate) struct Cat {
    /// The objects, one after the other
    #[arg(value_name = "obs://BUCKET/KEY", required = true, value_parser = Remote::object)]
    places: Vec<Remote>,
    /// Of one object: this version
    #[arg(long, value_name = "ID")]
    version_id: Option<String>,
    /// A file with the key that the objects were encrypted with: 32 bytes, or these in base64
    #[arg(long, value_name = "FILE", value_parser = sse::key_file)]
    sse_c_key_file: Option<SseC>,
}

impl Cat {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        if self.version_id.is_some() && self.places.len() > 1 {
            return Err(Failure::usage("--version-id is about one object: name one"));
        }
        for place in &self.places {
            let mut job = app.bucket(place)?.object_reader(&place.key).task_num(AHEAD);
            if let Some(id) = &self.version_id {
                job = job.version_id(id);
            }
            if let Some(key) = &self.sse_c_key_file {
                job = job.sse(key.clone());
            }
            let object = job.open()?;
            let mut bar = app.output.watched(place.name(), false, object.len());
            stream::pour(app, object, &mut bar)?;
        }
        Ok(())
    }
}
