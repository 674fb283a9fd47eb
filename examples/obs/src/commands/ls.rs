//! `obs ls`

use bytesize::ByteSize;
use clap::Args;
use obs_core::object::VersionEntry;
use obs_core::{BucketClient, StorageClass};
use serde_json::json;

use crate::cli::App;
use crate::failure::Failure;
use crate::output::{printable, time};
use crate::place::Remote;

/// List buckets, or the objects of one.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  obs ls                                 the buckets
  obs ls obs://my-bucket/logs/           what is in this folder
  obs ls -r --json obs://my-bucket | jq .size")]
pub(crate) struct Ls {
    /// The bucket, and what the keys begin with
    #[arg(value_name = "obs://BUCKET[/PREFIX]")]
    place: Option<Remote>,
    /// The folders below too
    #[arg(short, long)]
    recursive: bool,
    /// All versions, and the marks of deletions
    #[arg(long)]
    versions: bool,
    /// Sizes as 1.2 MiB, not in bytes
    #[arg(short = 'H', long)]
    human_readable: bool,
}

impl Ls {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let Some(place) = &self.place else {
            if self.versions {
                return Err(Failure::usage("--versions needs a bucket: obs ls --versions obs://my-bucket"));
            }
            return buckets(app);
        };
        let bucket = app.bucket(place)?;
        if self.versions {
            self.versions(app, &bucket, &place.key)
        } else {
            self.objects(app, &bucket, &place.key)
        }
    }

    fn objects(&self, app: &App, bucket: &BucketClient, prefix: &str) -> Result<(), Failure> {
        let mut request = bucket.list_objects();
        if !prefix.is_empty() {
            request = request.prefix(prefix);
        }
        if !self.recursive {
            request = request.delimiter("/");
        }
        for page in request.pages() {
            let page = page?.into_inner();
            folders(app, &page.common_prefixes)?;
            for object in page.contents {
                let modified = time(object.last_modified);
                let class = object.storage_class.as_ref().map(StorageClass::as_str);
                app.output.item(
                    self.row(modified.as_deref(), Some(object.size), None, &object.key),
                    || {
                        json!({
                            "key": object.key,
                            "size": object.size,
                            "last_modified": modified,
                            "etag": object.etag,
                            "storage_class": class,
                        })
                    },
                )?;
            }
        }
        Ok(())
    }

    fn versions(&self, app: &App, bucket: &BucketClient, prefix: &str) -> Result<(), Failure> {
        let mut request = bucket.list_versions();
        if !prefix.is_empty() {
            request = request.prefix(prefix);
        }
        if !self.recursive {
            request = request.delimiter("/");
        }
        for page in request.pages() {
            let page = page?.into_inner();
            folders(app, &page.common_prefixes)?;
            for entry in &page.entries {
                let modified = time(entry.last_modified());
                let (size, etag, class) = match entry {
                    VersionEntry::Object(version) => {
                        (Some(version.size), version.etag.as_deref(), version.storage_class.as_ref())
                    }
                    VersionEntry::DeleteMarker(_) => (None, None, None),
                };
                let version = entry.version_id().unwrap_or("null");
                app.output.item(self.row(modified.as_deref(), size, Some(version), entry.key()), || {
                    json!({
                        "key": entry.key(),
                        "version_id": version,
                        "is_latest": entry.is_latest(),
                        "delete_marker": size.is_none(),
                        "size": size,
                        "last_modified": modified,
                        "etag": etag,
                        "storage_class": class.map(StorageClass::as_str),
                    })
                })?;
            }
        }
        Ok(())
    }
}

impl Ls {
    /// One line of a list. What has no size is the mark of a deletion.
    fn row(&self, modified: Option<&str>, size: Option<u64>, version: Option<&str>, key: &str) -> String {
        let size = match size {
            None => "deleted".to_owned(),
            Some(size) if self.human_readable => ByteSize(size).display().iec().to_string(),
            Some(size) => size.to_string(),
        };
        let version = version.map(|version| format!("{version}  ")).unwrap_or_default();
        format!("{:20}  {size:>15}  {version}{}", modified.unwrap_or("-"), printable(key))
    }
}

fn buckets(app: &App) -> Result<(), Failure> {
    for bucket in app.client()?.list_buckets() {
        let bucket = bucket?;
        let created = time(bucket.creation_date);
        let location = bucket.location.as_deref().unwrap_or("-");
        let text = format!(
            "{:20}  {location:20}  obs://{}",
            created.as_deref().unwrap_or("-"),
            printable(&bucket.name)
        );
        app.output.item(text, || {
            json!({
                "bucket": bucket.name,
                "created": created,
                "location": bucket.location,
                "type": bucket.bucket_type,
            })
        })?;
    }
    Ok(())
}

fn folders(app: &App, prefixes: &[String]) -> Result<(), Failure> {
    prefixes.iter().try_for_each(|prefix| {
        app.output.item(
            format!("{:20}  {:>15}  {}", "", "folder", printable(prefix)),
            || json!({ "folder": prefix }),
        )
    })
}
