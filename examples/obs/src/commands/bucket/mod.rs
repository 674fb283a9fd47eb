//! `obs bucket`

mod document;
mod table;

use std::fs;
use std::io;

use clap::{Args, ValueEnum};
use obs_core::{BucketClient, Operation};
use serde_json::{Value, json};

use self::document::{Delete, Get, Set, Which};
use self::table::{Format, Named, SETTINGS, Setting};
use crate::cli::App;
use crate::failure::Failure;
use crate::place::{Place, Remote};

/// Read, write and delete the settings of a bucket, as the XML or JSON documents of the service.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  obs bucket lifecycle get obs://my-bucket
  obs bucket cors set obs://my-bucket cors.xml
  obs bucket policy get obs://my-bucket | jq . > policy.json
  obs bucket policy set obs://my-bucket policy.json
  obs bucket website delete obs://my-bucket
  obs bucket inventory get obs://my-bucket --id daily
  obs bucket custom-domain set obs://my-bucket --id www.example.com </dev/null")]
pub(crate) struct Bucket {
    /// Which setting
    #[arg(value_name = "SETTING", value_parser = table::names())]
    setting: String,
    /// What to do with it
    action: Action,
    /// The bucket
    #[arg(value_name = "obs://BUCKET", value_parser = Remote::bucket)]
    place: Remote,
    /// For set: the file with the document, or - for standard input [default: -]
    #[arg(value_name = "FILE", value_parser = super::cp::place())]
    file: Option<Place>,
    /// Which inventory, or which custom domain: its document is empty, or that of a certificate
    #[arg(long)]
    id: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Action {
    Get,
    Set,
    Delete,
}

impl Bucket {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let Some(setting) = SETTINGS.iter().find(|setting| setting.name == self.setting) else {
            return Err(Failure::usage(format!("there is no setting {:?}", self.setting)));
        };
        if self.file.is_some() && self.action != Action::Set {
            return Err(Failure::usage("a file is for set only"));
        }
        let which = Which { setting, id: self.id(setting)? };
        let bucket = app.bucket(&self.place)?;
        match self.action {
            Action::Get => get(app, &bucket, which),
            Action::Set => {
                let document = self.document(setting)?;
                let sent = bucket.request(Set { which, document }).send();
                sent.map_err(|error| named(error, Set::NAME, setting, "set"))?;
                self.told(app, "set")
            }
            Action::Delete if !setting.deletable => Err(Failure::usage(format!(
                "{} cannot be deleted: set it to what it shall be (`obs bucket {} get` shows it)",
                setting.name, setting.name
            ))),
            Action::Delete => {
                let sent = bucket.request(Delete { which }).send();
                sent.map_err(|error| named(error, Delete::NAME, setting, "delete"))?;
                self.told(app, "deleted")
            }
        }
    }

    fn id(&self, setting: &Setting) -> Result<Option<String>, Failure> {
        match (setting.named, &self.id) {
            (Named::No, Some(_)) => Err(Failure::usage(format!("{} has no --id", setting.name))),
            (Named::Yes, None) if self.action != Action::Get => {
                Err(Failure::usage(format!("which {}? name it with --id", setting.name)))
            }
            (_, id) => Ok(id.clone()),
        }
    }

    /// The document, as far as it can be checked here: the service knows the rest.
    fn document(&self, setting: &Setting) -> Result<String, Failure> {
        let (name, read) = match &self.file {
            Some(Place::Local(path)) => (path.display().to_string(), fs::read_to_string(path)),
            Some(Place::Remote(place)) => return Err(Failure::usage(format!("{place} is no local file"))),
            Some(Place::Standard) | None => ("standard input".to_owned(), io::read_to_string(io::stdin())),
        };
        let text = read.map_err(|error| Failure::io(format!("cannot read {name}"), &error))?;
        if text.trim().is_empty() && setting.name != "custom-domain" {
            return Err(Failure::usage(format!("{name} is empty: it must hold the document")));
        }
        if setting.name == "custom-domain" && text.contains("<ListBucketCustomDomainsResult") {
            return Err(Failure::usage(format!(
                "{name} is the list that `get` prints: each domain is set by its name, with --id, and without a document (</dev/null) or with that of its certificate"
            )));
        }
        if setting.format == Format::Json {
            if let Err(error) = serde_json::from_str::<Value>(&text) {
                return Err(Failure::usage(format!("{name} is no JSON: {error}")));
            }
        }
        Ok(text)
    }

    fn told(&self, app: &App, done: &str) -> Result<(), Failure> {
        let (setting, bucket) = (&self.setting, &self.place.bucket);
        app.output.item(
            format_args!("{setting} of obs://{bucket} {done}"),
            || json!({ "bucket": bucket, "setting": setting, "done": done }),
        )
    }
}

fn get(app: &App, bucket: &BucketClient, which: Which) -> Result<(), Failure> {
    let setting = which.setting;
    let answer = bucket.request(Get { which }).send();
    let text = answer.map_err(|error| named(error, Get::NAME, setting, "get"))?.into_inner();
    app.output.item(text.trim_end(), || {
        // A JSON document as it is, an XML one as text
        let document = serde_json::from_str(&text).unwrap_or_else(|_| json!(text));
        json!({ "bucket": bucket.name(), "setting": setting.name, "document": document })
    })
}

/// The error of a call that is one for all settings, under the name of the setting.
fn named(error: obs_core::Error, operation: &str, setting: &Setting, action: &str) -> Failure {
    Failure::from(error).retold(|told| told.instead_of(operation, &format!("{} {action}", setting.name)))
}
