//! Signed URLs: whoever holds one can do one thing for a while, without keys and with any HTTP client.
//!
//!     cargo run --release -p obs-examples --example temporary_signature

use std::error::Error;
use std::time::Duration;

use obs_examples::Place;
use obs_transfer::prelude::*;

const HOUR: Duration = Duration::from_secs(3600);

fn main() -> Result<(), Box<dyn Error>> {
    Place::find()?.with_bucket("urls", |bucket| {
        // Any call can be signed; the headers that come with the URL must be sent along.
        let put = bucket.put_content("shared.txt", "").content_type("text/plain").presign(HOUR)?;
        let mut request = ureq::put(put.url.as_str());
        for (name, value) in put.headers.iter() {
            request = request.header(name, value);
        }
        println!("PUT with a signed URL: {}", request.send("from somebody else")?.status().as_u16());

        let get = bucket.get_object("shared.txt").presign(HOUR)?;
        println!(
            "GET with a signed URL: {}",
            ureq::get(get.url.as_str()).call()?.body_mut().read_to_string()?
        );

        // In the words of the guide, where no method fits.
        let acl = bucket
            .create_signed_url(Method::Get)
            .key("shared.txt")
            .special_param("acl")
            .expires_in(HOUR)
            .sign()?;
        println!("GET ?acl with a signed URL: {}", ureq::get(acl.url.as_str()).call()?.status().as_u16());

        // This crate's own client can use them too, and reads the answer.
        println!("the same by the client: {}", bucket.get_object("shared.txt").send_signed(&get)?.text()?);

        let mut forged = get.url.clone();
        forged = forged.replace("shared.txt", "other.txt");
        let refused = ureq::get(&forged).config().http_status_as_error(false).build().call()?;
        println!("for another object it is worth nothing: {}", refused.status().as_u16());
        Ok(())
    })
}
