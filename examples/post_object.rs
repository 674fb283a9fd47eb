//! An upload by a browser: signs a form that allows one upload below a prefix, and sends it as a browser would.
//!
//!     cargo run --release -p obs-examples --example post_object

use std::error::Error;
use std::time::Duration;

use obs_examples::Place;

const BOUNDARY: &str = "9431149156168";

fn main() -> Result<(), Box<dyn Error>> {
    Place::find()?.with_bucket("form", |bucket| {
        let form = bucket
            .create_post_signature()
            .key("uploads/picture.txt")
            .field("content-type", "text/plain")
            .content_length_range(1, 1 << 20)
            .expires_in(Duration::from_secs(600))
            .sign()?;
        println!(
            "signed a form of {} fields; as a page it has {} bytes",
            form.fields.len(),
            form.html().len()
        );

        let mut body = String::new();
        for (name, value) in &form.fields {
            body += &format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
        }
        body += &format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"picture.txt\"\r\n\
             Content-Type: text/plain\r\n\r\nfrom a browser\r\n--{BOUNDARY}--\r\n"
        );
        let answer = ureq::post(&form.url)
            .header("Content-Type", format!("multipart/form-data; boundary={BOUNDARY}"))
            .send(&body)?;
        println!("the form was accepted with status {}", answer.status().as_u16());
        println!("stored: {}", bucket.get_object("uploads/picture.txt").send()?.text()?);
        Ok(())
    })
}
