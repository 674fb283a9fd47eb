//! `obs stat`

use clap::Args;
use obs_core::object::ObjectMetadata;
use obs_core::{SseC, StorageClass};
use serde_json::{Map, Value, json};

use crate::cli::App;
use crate::failure::Failure;
use crate::output::{printable, time};
use crate::place::{Remote, each};
use crate::sse;

/// Show the properties of an object or a bucket.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  obs stat obs://my-bucket/photo.jpg
  obs stat obs://my-bucket")]
pub(crate) struct Stat {
    /// The objects or buckets
    #[arg(value_name = "obs://BUCKET[/KEY]", required = true)]
    places: Vec<Remote>,
    /// Of one object: this version of the object
    #[arg(long, value_name = "ID")]
    version_id: Option<String>,
    /// A file with the key that the object was encrypted with: 32 bytes, or these in base64
    #[arg(long, value_name = "FILE", value_parser = sse::key_file)]
    sse_c_key_file: Option<SseC>,
}

impl Stat {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        if self.version_id.is_some() && self.places.len() > 1 {
            return Err(Failure::usage("--version-id is about one object: name one"));
        }
        each(&self.places, |place| self.one(app, place))
    }

    fn one(&self, app: &App, place: &Remote) -> Result<(), Failure> {
        let facts = if place.key.is_empty() { bucket(app, place)? } else { self.object(app, place)? };
        let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        let lines: Vec<_> =
            facts.iter().map(|(name, value)| format!("{name:width$}  {}", shown(value))).collect();
        app.output.item(lines.join("\n"), || Value::Object(facts.into_iter().collect::<Map<_, _>>()))
    }

    fn object(&self, app: &App, place: &Remote) -> Result<Vec<(String, Value)>, Failure> {
        let mut request = app.bucket(place)?.get_object_metadata(&place.key);
        if let Some(id) = &self.version_id {
            request = request.version_id(id);
        }
        if let Some(key) = &self.sse_c_key_file {
            request = request.sse(key.clone());
        }
        let metadata: ObjectMetadata = request.send()?.into_inner();
        let own = metadata.metadata.iter().map(|(name, value)| (name.to_owned(), json!(value)));
        let own: Map<_, _> = own.collect();
        Ok(said([
            ("bucket", json!(place.bucket)),
            ("key", json!(place.key)),
            ("size", json!(metadata.content_length)),
            ("last_modified", json!(time(metadata.modified()))),
            ("etag", json!(metadata.etag)),
            ("crc64", json!(metadata.crc64.map(|crc| crc.to_string()))),
            ("content_type", json!(metadata.content_type)),
            ("content_encoding", json!(metadata.content_encoding)),
            ("content_disposition", json!(metadata.content_disposition)),
            ("content_language", json!(metadata.content_language)),
            ("cache_control", json!(metadata.cache_control)),
            ("expires", json!(metadata.expires)),
            (
                "storage_class",
                json!(metadata.storage_class.as_ref().map_or("STANDARD", StorageClass::as_str)),
            ),
            ("version_id", json!(metadata.version_id)),
            ("restore", json!(metadata.restore)),
            ("expiration", json!(metadata.expiration)),
            ("website_redirect_location", json!(metadata.website_redirect_location)),
            (
                "encryption",
                json!(metadata.sse.algorithm.as_ref().or(metadata.sse.customer_algorithm.as_ref())),
            ),
            ("kms_key_id", json!(metadata.sse.kms_key_id)),
            ("appendable", json!(metadata.is_appendable.then_some(true))),
            ("metadata", if own.is_empty() { Value::Null } else { Value::Object(own) }),
        ]))
    }
}

fn bucket(app: &App, place: &Remote) -> Result<Vec<(String, Value)>, Failure> {
    let bucket = app.bucket(place)?;
    let metadata = bucket.get_bucket_metadata().send()?;
    Ok(said([
        ("bucket", json!(place.bucket)),
        ("location", json!(metadata.location)),
        ("storage_class", json!(metadata.storage_class.as_ref().map(StorageClass::as_str))),
        ("redundancy", json!(metadata.redundancy)),
        ("obs_version", json!(metadata.obs_version)),
        ("parallel_file_system", json!(metadata.is_parallel_file_system)),
    ]))
}

/// What the service said something of.
fn said<const N: usize>(facts: [(&str, Value); N]) -> Vec<(String, Value)> {
    facts
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => printable(text),
        Value::Object(map) => {
            map.iter().map(|(name, value)| format!("{name}={}", shown(value))).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}
