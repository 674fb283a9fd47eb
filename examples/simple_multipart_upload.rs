//! An upload in parts, call by call. `upload_file` does all this by itself, on several workers and with a checkpoint.
//!
//!     cargo run --release -p obs-examples --example simple_multipart_upload

use std::error::Error;

use obs_examples::{Place, size};

const PART: usize = 1 << 20;

fn main() -> Result<(), Box<dyn Error>> {
    Place::find()?.with_bucket("multipart", |bucket| {
        let upload = bucket.initiate_multipart_upload("big.bin").metadata("made-of", "parts").send()?;
        println!("began an upload");

        let mut parts = Vec::new();
        for number in 1..=3 {
            let part = bucket
                .upload_part("big.bin", &upload.upload_id, number, vec![b'0' + number as u8; PART])
                .send()?;
            println!("part {number}: ETag {}", part.etag);
            parts.push(part.completed());
        }
        println!("parts on the server: {}", bucket.list_parts("big.bin", &upload.upload_id).iter().count());

        bucket.complete_multipart_upload("big.bin", &upload.upload_id, parts).send()?;
        let properties = bucket.get_object_metadata("big.bin").send()?;
        println!("completed: {}", size(properties.content_length.unwrap_or(0)));

        let given_up = bucket.initiate_multipart_upload("other.bin").send()?;
        bucket.abort_multipart_upload("other.bin", &given_up.upload_id).send()?;
        println!("unfinished uploads: {}", bucket.list_multipart_uploads().iter().count());
        Ok(())
    })
}
