//! `obs post-form`

use std::time::Duration;

use clap::Args;
use serde_json::{Map, json};

use crate::cli::App;
use crate::failure::Failure;
use crate::place::{Remote, lifetime, pair, size};

/// Sign an HTML form by which a browser can upload, and print the page.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  obs post-form obs://my-bucket/inbox/report.pdf > upload.html
  obs post-form 'obs://my-bucket/inbox/${filename}' --max-size 10MiB --field x-obs-acl=public-read")]
pub(crate) struct PostForm {
    /// The bucket and the key; ${filename} in it is the name of the uploaded file
    #[arg(value_name = "obs://BUCKET/KEY", value_parser = Remote::object)]
    place: Remote,
    /// How long it is valid
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = lifetime)]
    expires: Duration,
    /// A field of the form with its value, such as x-obs-acl=public-read
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair('='))]
    field: Vec<(String, String)>,
    /// The largest file that may be uploaded
    #[arg(long, value_name = "SIZE", value_parser = size)]
    max_size: Option<u64>,
}

impl PostForm {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let mut request = app.bucket(&self.place)?.create_post_signature().expires_in(self.expires);
        request = request.key(self.place.key).form_params(self.field);
        if let Some(max) = self.max_size {
            request = request.content_length_range(0, max);
        }
        let form = request.sign()?;
        app.output.item(form.html().trim_end(), || {
            let fields: Map<_, _> =
                form.fields.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
            json!({ "url": form.url, "fields": fields })
        })
    }
}
