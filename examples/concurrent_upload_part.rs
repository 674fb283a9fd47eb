//! Uploads a large file in parts on several workers, with a checkpoint to resume from.
//!
//!     cargo run --release -p obs-examples --example concurrent_upload_part

use std::error::Error;
use std::fs;
use std::sync::Arc;

use obs_examples::{Bar, Place, size};
use obs_transfer::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    Place::find()?.with_bucket("parts", |bucket| {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("big.bin");
        fs::write(&path, vec![2; 16 << 20])?;

        let bar = Arc::new(Bar::new("upload"));
        let show = Arc::clone(&bar);
        let done = bucket
            .upload_file("big.bin", &path)
            .task_num(4)
            .part_size(2 << 20)
            .checkpoint(true)
            .progress(move |progress| show.update(progress))
            .send()?;
        bar.finish();
        println!("{} parts, {}, resumed {}", done.parts, size(done.size), done.resumed_parts);
        Ok(())
    })
}
