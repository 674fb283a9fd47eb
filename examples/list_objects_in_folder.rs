//! Walks through folders: the delimiter groups keys as directories group files.
//!
//!     cargo run --release -p obs-examples --example list_objects_in_folder

use std::error::Error;

use obs_examples::Place;
use obs_transfer::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    Place::find()?.with_bucket("walk", |bucket| {
        for key in ["readme.txt", "src/lib.rs", "src/api/mod.rs", "src/api/put.rs", "docs/index.html"] {
            bucket.put_content(key, "x").send()?;
        }
        walk(bucket, "", 0)
    })
}

fn walk(bucket: &BucketClient, prefix: &str, depth: usize) -> Result<(), Box<dyn Error>> {
    for page in bucket.list_objects().prefix(prefix).delimiter("/").pages() {
        let page = page?;
        for folder in &page.common_prefixes {
            println!("{:depth$}{}", "", &folder[prefix.len()..], depth = depth * 2);
            walk(bucket, folder, depth + 1)?;
        }
        for object in &page.contents {
            println!("{:depth$}{}", "", &object.key[prefix.len()..], depth = depth * 2);
        }
    }
    Ok(())
}
