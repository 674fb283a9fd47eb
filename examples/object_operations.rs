//! What can be done with one object: upload, properties, copy, access, append, deletion.
//!
//!     cargo run --release -p obs-examples --example object_operations

use std::error::Error;

use obs_examples::Place;
use obs_transfer::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    Place::find()?.with_bucket("objects", |bucket| {
        let put = bucket.put_content("greeting.txt", "Hello OBS").metadata("language", "en").send()?;
        println!("uploaded greeting.txt, ETag {}", put.etag.as_deref().unwrap_or("none"));

        let properties = bucket.get_object_metadata("greeting.txt").send()?;
        println!(
            "{} bytes, {}",
            properties.content_length.unwrap_or(0),
            properties.content_type.as_deref().unwrap_or("?")
        );
        println!("metadata: language = {}", properties.metadata.get("language").unwrap_or("?"));

        println!("content: {}", bucket.get_object("greeting.txt").send()?.text()?);
        println!("its first five bytes: {}", bucket.get_object("greeting.txt").range(0..5).send()?.text()?);

        bucket.copy_object("copy.txt", CopySource::new(bucket.name(), "greeting.txt")).send()?;
        println!("copied to copy.txt");

        bucket.set_object_acl("copy.txt", CannedAcl::PublicRead).send()?;
        println!("anybody may read {}", key_of(&bucket.object_url("copy.txt")?));

        let first = bucket.append_object("journal.log", 0, "one\n").send()?;
        bucket.append_object("journal.log", first.next_position, "two\n").send()?;
        println!("appended twice: {:?}", bucket.get_object("journal.log").send()?.text()?);

        bucket.delete_object("greeting.txt").send()?;
        let gone = bucket.head_object("greeting.txt").send();
        println!("deleted greeting.txt, it is gone: {}", gone.is_err_and(|error| error.is_not_found()));
        Ok(())
    })
}

/// The last part of a URL.
fn key_of(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or(url)
}
