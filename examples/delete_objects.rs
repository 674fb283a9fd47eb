//! Deletes many objects in one call, and hears of each.
//!
//!     cargo run --release -p obs-examples --example delete_objects

use std::error::Error;

use obs_examples::Place;

fn main() -> Result<(), Box<dyn Error>> {
    Place::find()?.with_bucket("batch", |bucket| {
        let keys: Vec<String> = (1..=5).map(|i| format!("object-{i}")).collect();
        for key in &keys {
            bucket.put_content(key, "x").send()?;
        }
        println!("uploaded {} objects", keys.len());

        let done = bucket.delete_objects(&keys[..3]).send()?;
        for object in &done.deleted {
            println!("deleted {}", object.key);
        }
        for failure in &done.errors {
            println!("not deleted: {} ({})", failure.key, failure.code.as_deref().unwrap_or("?"));
        }

        // Quiet: only what failed is told.
        let quiet = bucket.delete_objects(&keys[3..]).quiet(true).send()?;
        println!("the others quietly: {} told, {} failed", quiet.deleted.len(), quiet.errors.len());
        println!("left: {}", bucket.list_objects().iter().count());
        Ok(())
    })
}
