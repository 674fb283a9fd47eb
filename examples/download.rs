//! Downloads an object into memory, as a stream, to a file, in part, and only if it has changed.
//!
//!     cargo run --release -p obs-examples --example download

use std::error::Error;
use std::io::Read;

use obs_examples::Place;

fn main() -> Result<(), Box<dyn Error>> {
    Place::find()?.with_bucket("download", |bucket| {
        let put = bucket.put_content("poem.txt", "roses are red\nviolets are blue\n").send()?;
        let etag = put.etag.clone().unwrap_or_default();

        println!("in memory: {} bytes", bucket.get_object("poem.txt").send()?.bytes()?.len());

        let mut object = bucket.get_object("poem.txt").send()?;
        let (mut chunk, mut chunks) = ([0; 8], 0);
        while object.body.read(&mut chunk)? > 0 {
            chunks += 1;
        }
        println!("as a stream: {chunks} reads");

        let folder = tempfile::tempdir()?;
        let path = folder.path().join("poem.txt");
        bucket.get_object("poem.txt").send()?.save(&path)?;
        println!("to a file: {} bytes", path.metadata()?.len());

        let part = bucket.get_object("poem.txt").range(14..).send()?.text()?;
        println!("from byte 14 on: {}", part.trim());

        let unchanged = bucket.get_object("poem.txt").if_none_match(&etag).send();
        println!("not sent again while unchanged: {}", unchanged.is_err_and(|error| error.is_not_modified()));

        let renamed = bucket.get_object("poem.txt").response_content_type("text/markdown").send()?;
        println!("with another content type: {}", renamed.content_type.as_deref().unwrap_or("?"));
        Ok(())
    })
}
