//! Custom metadata: set with an upload, read, changed without moving the bytes.
//!
//!     cargo run --release -p obs-examples --example object_meta

use std::error::Error;

use obs_examples::Place;

fn main() -> Result<(), Box<dyn Error>> {
    Place::find()?.with_bucket("metadata", |bucket| {
        bucket
            .put_content("report.pdf", "%PDF")
            .content_type("application/pdf")
            .metadata("author", "Alice")
            .metadata("title", "Année 2026")
            .send()?;
        let properties = bucket.get_object_metadata("report.pdf").send()?;
        println!("content type: {}", properties.content_type.as_deref().unwrap_or("?"));
        for (name, value) in properties.metadata.iter() {
            println!("{name}: {value}");
        }

        bucket
            .set_object_metadata("report.pdf")
            .metadata("reviewed-by", "Bob")
            .cache_control("no-cache")
            .send()?;
        let properties = bucket.get_object_metadata("report.pdf").send()?;
        println!("reviewed-by: {}", properties.metadata.get("reviewed-by").unwrap_or("?"));
        println!("cache-control: {}", properties.cache_control.as_deref().unwrap_or("?"));
        Ok(())
    })
}
