//! Copies a large object in parts, several at a time, without moving its bytes through this machine.
//!
//!     cargo run --release -p obs-examples --example concurrent_copy_part

use std::error::Error;
use std::thread;

use obs_examples::{Place, size};
use obs_transfer::prelude::*;

const LENGTH: u64 = 8 << 20;
const PART: u64 = 2 << 20;

fn main() -> Result<(), Box<dyn Error>> {
    Place::find()?.with_bucket("copy", |bucket| {
        bucket.put_content("source.bin", vec![7; LENGTH as usize]).send()?;
        let upload = bucket.initiate_multipart_upload("copy.bin").send()?;
        let source = CopySource::new(bucket.name(), "source.bin");

        // One thread a part: the client is shared.
        let parts = thread::scope(|scope| {
            let workers: Vec<_> = (0..LENGTH / PART)
                .map(|i| {
                    let (source, upload_id) = (source.clone(), upload.upload_id.clone());
                    scope.spawn(move || {
                        let range = i * PART..((i + 1) * PART).min(LENGTH);
                        bucket
                            .copy_part("copy.bin", upload_id, i as u32 + 1, source)
                            .source_range(range)
                            .send()
                    })
                })
                .collect();
            workers
                .into_iter()
                .map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .map(|part| part.map(|part| part.completed()))
                .collect::<Result<Vec<_>, _>>()
        })?;
        println!("copied {} parts", parts.len());

        bucket.complete_multipart_upload("copy.bin", &upload.upload_id, parts).send()?;
        let copy = bucket.get_object("copy.bin").send()?.bytes()?;
        println!("the copy has {} and is equal: {}", size(copy.len() as u64), copy.iter().all(|b| *b == 7));
        Ok(())
    })
}
