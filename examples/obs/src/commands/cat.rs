//! `obs cat`

use clap::Args;
use obs_core::SseC;

use crate::cli::App;
use crate::failure::Failure;
use crate::place::Remote;
use crate::sse;

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
            let mut request = app.bucket(place)?.get_object(&place.key);
            if let Some(id) = &self.version_id {
                request = request.version_id(id);
            }
            if let Some(key) = &self.sse_c_key_file {
                request = request.sse(key.clone());
            }
            let mut object = request.send()?;
            app.output.write(|out| object.copy_to(out).map(drop))?;
        }
        Ok(())
    }
}
