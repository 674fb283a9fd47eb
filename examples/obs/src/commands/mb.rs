//! `obs mb`

use clap::Args;
use obs_core::{CannedAcl, StorageClass, code};
use serde_json::json;

use crate::cli::App;
use crate::failure::Failure;
use crate::output::printable;
use crate::place::{Remote, named, storage_class};

/// Create a bucket.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  obs mb obs://my-bucket
  obs mb obs://my-bucket --location cn-north-4 --storage-class WARM")]
pub(crate) struct Mb {
    /// Its name: 3 to 63 lower-case letters, digits, hyphens and dots, which nobody else has
    #[arg(value_name = "obs://BUCKET", value_parser = Remote::bucket)]
    place: Remote,
    /// The region [default: that of an endpoint such as obs.cn-north-4.myhuaweicloud.com; else that of the service]
    #[arg(long, value_name = "REGION")]
    location: Option<String>,
    /// Who may access it, such as private or public-read
    #[arg(long, value_parser = named::<CannedAcl>)]
    acl: Option<CannedAcl>,
    /// How its objects are stored by default: STANDARD, WARM, COLD, ...
    #[arg(long, value_name = "CLASS", value_parser = storage_class)]
    storage_class: Option<StorageClass>,
}

impl Mb {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let client = app.client()?;
        let location = self.location.or_else(|| region(client.endpoint().host()));
        let mut request = client.bucket(&self.place.bucket).create_bucket();
        if let Some(location) = &location {
            request = request.location(location);
        }
        if let Some(acl) = self.acl {
            request = request.acl(acl);
        }
        if let Some(class) = self.storage_class {
            request = request.storage_class(class);
        }
        let created = request.send();
        let name = self.place.bucket;
        if created.as_ref().is_err_and(|error| error.code() == Some(code::BUCKET_ALREADY_OWNED_BY_YOU)) {
            let text = format!("obs://{name} is yours already, and stays as it is");
            return app.output.item(text, || json!({ "created": null, "bucket": name }));
        }
        created?;
        let within = location.as_ref().map(|location| format!(" in {}", printable(location)));
        app.output.item(
            format!("created obs://{name}{}", within.unwrap_or_default()),
            || json!({ "created": name, "location": location }),
        )
    }
}

/// The region in the name of an endpoint, `obs.<region>.<domain>`: outside of the default region the service wants to be told it.
fn region(host: &str) -> Option<String> {
    let (region, _domain) = host.strip_prefix("obs.")?.split_once('.')?;
    // As `cn-north-4` and `eu-west-101`: any other label may be part of a company's domain
    let (place, number) = region.rsplit_once('-')?;
    let is_region = place.contains('-') && !number.is_empty() && number.bytes().all(|c| c.is_ascii_digit());
    is_region.then(|| region.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_read_from_endpoints_that_have_one() {
        let read = |host| region(host);
        assert_eq!(read("obs.cn-north-4.myhuaweicloud.com").as_deref(), Some("cn-north-4"));
        assert_eq!(read("obs.eu-west-101.myhuaweicloud.eu").as_deref(), Some("eu-west-101"));
        for none in [
            "obs.myhuaweicloud.com",
            "obs.example.co.uk",
            "s3.us-east-1.amazonaws.com",
            "127.0.0.1",
            "obs.my-company-x.com",
            "obs",
        ] {
            assert_eq!(read(none), None, "{none}");
        }
    }
}
