//! Creates a bucket, looks at it, configures it, and deletes it.
//!
//!     cargo run --release -p obs-examples --example bucket_operations

use std::error::Error;

use obs_core::settings::cors::CorsRule;
use obs_core::settings::lifecycle::{Expiration, Rule, Transition};
use obs_core::settings::{Cors, Lifecycle, Tagging, VersioningStatus};
use obs_examples::Place;
use obs_transfer::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    Place::find()?.with_bucket("buckets", |bucket| {
        bucket.head_bucket().send()?;
        println!("the bucket exists");
        let missing = bucket.client().bucket("obs-no-such-bucket").head_bucket().send();
        println!("another does not: {}", missing.is_err_and(|error| error.is_not_found()));

        for entry in bucket.client().list_buckets().iter() {
            let entry = entry?;
            if entry.name == bucket.name() {
                println!("listed, in region {}", entry.location.unwrap_or_default());
            }
        }
        let properties = bucket.get_bucket_metadata().send()?;
        println!("default storage class: {:?}", properties.storage_class);
        println!(
            "location: {}",
            bucket.get_bucket_location().send()?.location.as_deref().unwrap_or("the default")
        );

        bucket.set_bucket_quota(1_u64 << 30).send()?;
        println!("quota: {} bytes", bucket.get_bucket_quota().send()?.storage_quota);

        bucket.set_bucket_versioning(VersioningStatus::Enabled).send()?;
        println!("versioning: {:?}", bucket.get_bucket_versioning().send()?.status);

        let rule = Rule::new("logs/")
            .id("logs")
            .transition(Transition::after_days(30, StorageClass::Warm))
            .expiration(Expiration::after_days(365));
        bucket.set_bucket_lifecycle(Lifecycle::new([rule])).send()?;
        println!("lifecycle rules: {}", bucket.get_bucket_lifecycle().send()?.rules.len());
        bucket.delete_bucket_lifecycle().send()?;

        bucket.set_bucket_tagging(Tagging::new([("project", "samples")])).send()?;
        for tag in &bucket.get_bucket_tagging().send()?.tags {
            println!("tag: {} = {}", tag.key, tag.value);
        }

        let rule = CorsRule::new(["GET", "PUT"], ["https://www.example.com"]);
        bucket.set_bucket_cors(Cors::new([rule])).send()?;
        println!("CORS rules: {}", bucket.get_bucket_cors().send()?.rules.len());

        let acl = bucket.get_bucket_acl().send()?;
        println!("grants in the access control list: {}", acl.grants.len());
        Ok(())
    })
}
