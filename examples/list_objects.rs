//! Lists objects: all, by prefix, page by page, and from a marker on.
//!
//!     cargo run --release -p obs-examples --example list_objects

use std::error::Error;

use obs_examples::Place;

fn main() -> Result<(), Box<dyn Error>> {
    Place::find()?.with_bucket("list", |bucket| {
        for i in 0..12 {
            bucket.put_content(format!("{}/{i:02}", if i < 5 { "a" } else { "b" }), "x").send()?;
        }
        println!("all: {}", bucket.list_objects().iter().count());

        for object in bucket.list_objects().prefix("a/").iter() {
            println!("below a/: {}", object?.key);
        }

        for page in bucket.list_objects().max_keys(5).pages() {
            let page = page?;
            println!("a page of {}, truncated: {}", page.contents.len(), page.is_truncated);
        }

        let rest: Vec<String> = bucket
            .list_objects()
            .marker("b/09")
            .iter()
            .map(|o| o.map(|o| o.key))
            .collect::<Result<_, _>>()?;
        println!("behind b/09: {}", rest.join(" "));
        Ok(())
    })
}
