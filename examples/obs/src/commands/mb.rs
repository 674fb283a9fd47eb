//! `obs mb`

use clap::Args;
use obs_core::{CannedAcl, StorageClass};
use serde_json::json;

use crate::cli::App;
use crate::failure::Failure;
use crate::place::{Remote, named};

/// Create a bucket.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  obs mb obs://my-bucket --location cn-north-4 --storage-class WARM")]
pub(crate) struct Mb {
    /// Its name: 3 to 63 lower-case letters, digits, hyphens and dots, which nobody else has
    #[arg(value_name = "obs://BUCKET", value_parser = Remote::bucket)]
    place: Remote,
    /// The region, where it is not that of the endpoint
    #[arg(long, value_name = "REGION")]
    location: Option<String>,
    /// Who may access it, such as private or public-read
    #[arg(long, value_parser = named::<CannedAcl>)]
    acl: Option<CannedAcl>,
    /// How its objects are stored by default: STANDARD, WARM, COLD, ...
    #[arg(long, value_name = "CLASS", value_parser = named::<StorageClass>)]
    storage_class: Option<StorageClass>,
}

impl Mb {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let mut request = app.bucket(&self.place)?.create_bucket();
        if let Some(location) = self.location {
            request = request.location(location);
        }
        if let Some(acl) = self.acl {
            request = request.acl(acl);
        }
        if let Some(class) = self.storage_class {
            request = request.storage_class(class);
        }
        request.send()?;
        let name = self.place.bucket;
        app.output.item(format!("created obs://{name}"), || json!({ "created": name }))
    }
}
