//! Downloads a large object in ranges on several workers, to a file that appears when it is complete.
//!
//!     cargo run --release -p obs-examples --example concurrent_download_object

use std::error::Error;
use std::sync::Arc;

use obs_examples::{Bar, Place, size};
use obs_transfer::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    Place::find()?.with_bucket("ranges", |bucket| {
        bucket.put_content("big.bin", vec![1; 16 << 20]).send()?;
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("big.bin");

        let bar = Arc::new(Bar::new("download"));
        let show = Arc::clone(&bar);
        let done = bucket
            .download_file("big.bin", &path)
            .task_num(4)
            .part_size(2 << 20)
            .checkpoint(true)
            .progress(move |progress| show.update(progress))
            .send()?;
        bar.finish();
        println!("{} parts, {}", done.parts, size(path.metadata()?.len()));
        Ok(())
    })
}
