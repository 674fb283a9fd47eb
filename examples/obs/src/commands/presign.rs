//! `obs presign`

use std::time::Duration;

use clap::{Args, ValueEnum};
use obs_core::Method;
use serde_json::{Map, json};

use crate::cli::App;
use crate::failure::Failure;
use crate::place::{Remote, lifetime, pair};

/// Sign a URL that anybody can use until it expires.
///
/// The first line is the URL; behind it, one a line, come the headers that must be sent along.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  obs presign GET obs://my-bucket/photo.jpg --expires 1h
  curl \"$(obs presign GET obs://my-bucket/photo.jpg | head -1)\"
  curl -T up.bin \"$(obs presign PUT obs://my-bucket/up.bin)\"
  obs presign PUT obs://my-bucket/up.png --header content-type:image/png
  obs presign GET obs://my-bucket --sub-resource acl")]
pub(crate) struct Presign {
    /// The method of the request
    #[arg(value_name = "METHOD", ignore_case = true)]
    method: Verb,
    /// The object or bucket
    #[arg(value_name = "obs://BUCKET[/KEY]")]
    place: Remote,
    /// How long it is valid
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = lifetime)]
    expires: Duration,
    /// What of the object or bucket, such as acl
    #[arg(long, value_name = "NAME")]
    sub_resource: Option<String>,
    /// A header that will be sent with it
    #[arg(long, value_name = "NAME:VALUE", value_parser = pair(':'))]
    header: Vec<(String, String)>,
    /// A parameter of the URL, such as versionId=...
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair('='))]
    query: Vec<(String, String)>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "UPPER")]
enum Verb {
    Get,
    Put,
    Post,
    Delete,
    Head,
    Options,
}

impl Presign {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let method = match self.method {
            Verb::Get => Method::Get,
            Verb::Put => Method::Put,
            Verb::Post => Method::Post,
            Verb::Delete => Method::Delete,
            Verb::Head => Method::Head,
            Verb::Options => Method::Options,
        };
        let mut request = app.bucket(&self.place)?.create_signed_url(method).expires_in(self.expires);
        if !self.place.key.is_empty() {
            request = request.key(self.place.key);
        }
        if let Some(name) = self.sub_resource {
            request = request.special_param(name);
        }
        let signed = request.headers(self.header).query_params(self.query).sign()?;
        // Whoever sends the request names the host anyhow, by the URL
        let headers: Vec<_> = signed.headers.iter().filter(|(name, _)| *name != "host").collect();
        let mut text = signed.url.clone();
        for (name, value) in &headers {
            text.push_str(&format!("\n{name}: {value}"));
        }
        app.output.item(text, || {
            let headers: Map<_, _> =
                headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
            json!({ "method": signed.method.as_str(), "url": signed.url, "headers": headers })
        })
    }
}
