//! Folders: OBS has none, but a key that ends with a slash looks like one everywhere.
//!
//!     cargo run --release -p obs-examples --example create_folder

use std::error::Error;

use obs_examples::Place;

fn main() -> Result<(), Box<dyn Error>> {
    Place::find()?.with_bucket("folder", |bucket| {
        bucket.put_content("parent/", ()).send()?;
        bucket.put_content("parent/child.txt", "in the folder").send()?;
        for object in bucket.list_objects().iter() {
            let object = object?;
            let kind = if object.key.ends_with('/') { "folder" } else { "object" };
            println!("{kind}  {}  {} bytes", object.key, object.size);
        }
        Ok(())
    })
}
