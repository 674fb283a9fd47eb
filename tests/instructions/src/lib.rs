//! A bucket that answers from memory, for what is counted (`.ci/instructions`) and timed (`cargo bench -p obs-core`): what is left
//! is what the client does.

use std::fmt::Write;
use std::hint::black_box;
use std::io::Cursor;
use std::sync::Arc;

use obs_core::transport::{HttpRequest, HttpResponse, Transport, TransportError};
use obs_core::{BucketClient, Credentials, ObsClient};

/// Credentials that are nobody's.
pub fn credentials() -> Credentials {
    Credentials::new("AKIDEXAMPLE0000001", "SkExampleSecretKey/0123456789abcdefABCDEF")
}

/// A bucket whose every answer is this.
///
/// # Errors
///
/// Those of the builder.
pub fn bucket(answer: &str) -> Result<BucketClient, obs_core::Error> {
    let client = ObsClient::builder()
        .endpoint("https://obs.example.com")
        .credentials(credentials())
        .transport(Canned(answer.as_bytes().into()))
        .build()?;
    Ok(client.bucket("bucket"))
}

/// A page of 1,000 keys, as OBS writes it.
///
/// # Errors
///
/// None: a string takes all that is written.
pub fn page() -> Result<String, std::fmt::Error> {
    let mut page = String::from(concat!(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
        r#"<ListBucketResult xmlns="http://obs.myhwclouds.com/doc/2015-06-30/"><Name>bucket</Name><Prefix></Prefix>"#,
        "<Marker></Marker><MaxKeys>1000</MaxKeys><IsTruncated>true</IsTruncated>"
    ));
    for i in 0..1000 {
        write!(
            page,
            concat!(
                "<Contents><Key>data/part-000/object-{:010}.bin</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>",
                "<ETag>&quot;{:032x}&quot;</ETag><Size>{}</Size><Owner><ID>b4bf1b36d9ca43d984fbcb9491b6fce9</ID></Owner>",
                "<StorageClass>STANDARD</StorageClass></Contents>"
            ),
            i,
            i,
            i * 37
        )?;
    }
    page.push_str("</ListBucketResult>");
    Ok(page)
}

/// Gives the same answer to everything.
#[derive(Debug)]
struct Canned(Arc<[u8]>);

impl Transport for Canned {
    fn send(&self, request: HttpRequest<'_>) -> Result<HttpResponse, TransportError> {
        black_box(request);
        let mut response = HttpResponse::new(200, "OK");
        for (name, value) in [
            ("server", "OBS"),
            ("date", "Fri, 02 Jan 2026 03:04:05 GMT"),
            ("x-obs-request-id", "0000019A0B1C2D3E4F50617283940A1B"),
            ("x-obs-id-2", "32AAAQAAEAABAAAQAAEAABAAAQAAEAABCS4a6dXvUqVZ5uwXkFYWyZkY8MhGZ0b"),
            ("etag", "\"0123456789abcdef0123456789abcdef\""),
        ] {
            response.headers.append(name, value);
        }
        response.headers.append("content-length", self.0.len().to_string());
        response.body = Box::new(Cursor::new(Arc::clone(&self.0)));
        Ok(response)
    }
}
