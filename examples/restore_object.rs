//! An archived (Cold) object cannot be read before it is restored.
//!
//!     cargo run --release -p obs-examples --example restore_object
//!
//! Against the real service restoring takes minutes to hours; the emulator does it at once.

use std::error::Error;
use std::thread::sleep;
use std::time::Duration;

use obs_examples::Place;
use obs_transfer::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    Place::find()?.with_bucket("restore", |bucket| {
        bucket.put_content("archive.txt", "from long ago").storage_class(StorageClass::Cold).send()?;
        let refused = bucket.get_object("archive.txt").send();
        println!("before: {}", refused.err().and_then(|e| e.code().map(str::to_owned)).unwrap_or_default());

        bucket.restore_object("archive.txt", 1).send()?;
        println!("asked to restore it for a day");
        // `ongoing-request="true"` as long as it takes.
        let is_restored = || -> Result<bool, obs_core::Error> {
            let properties = bucket.get_object_metadata("archive.txt").send()?;
            Ok(properties.restore.as_deref().is_none_or(|state| state.contains("\"false\"")))
        };
        while !is_restored()? {
            sleep(Duration::from_secs(60));
        }
        println!("after: {}", bucket.get_object("archive.txt").send()?.text()?);
        Ok(())
    })
}
