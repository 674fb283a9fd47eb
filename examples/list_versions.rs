//! Keeps versions of an object, lists them, and brings an older one back.
//!
//!     cargo run --release -p obs-examples --example list_versions

use std::error::Error;

use obs_core::object::VersionEntry;
use obs_core::settings::VersioningStatus;
use obs_examples::Place;
use obs_transfer::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    Place::find()?.with_bucket("versions", |bucket| {
        bucket.set_bucket_versioning(VersioningStatus::Enabled).send()?;
        let first = bucket.put_content("draft.txt", "first").send()?;
        bucket.put_content("draft.txt", "second").send()?;
        bucket.delete_object("draft.txt").send()?;

        for entry in bucket.list_versions().iter() {
            match entry? {
                VersionEntry::Object(version) => {
                    println!("version of {}: {} bytes", version.key, version.size)
                }
                VersionEntry::DeleteMarker(marker) => {
                    println!("delete marker of {}, newest: {}", marker.key, marker.is_latest)
                }
            }
        }

        let id = first.version_id.clone().ok_or("the bucket keeps no versions")?;
        println!("the first was: {}", bucket.get_object("draft.txt").version_id(&id).send()?.text()?);
        bucket
            .copy_object("draft.txt", CopySource::new(bucket.name(), "draft.txt").version_id(&id))
            .send()?;
        println!("brought back: {}", bucket.get_object("draft.txt").send()?.text()?);
        Ok(())
    })
}
