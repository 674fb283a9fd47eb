//! Runs one piece of work so many times: `obs-instructions WORK TIMES`. `.ci/instructions` counts what the processor
//! does for it, and compares that with `figures`.

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, UNIX_EPOCH};

use obs_core::{Dialect, Endpoint, Headers, Method, Query};
use obs_instructions::{bucket, credentials, page};
use obs_sign::{Signer, encode};

type Outcome = Result<(), Box<dyn Error>>;

const HOUR: Duration = Duration::from_secs(3600);
const KEY: &str = "reports/2026/A report with blanks, ünïcode & more.pdf";

fn main() -> Outcome {
    let mut arguments = std::env::args().skip(1);
    let (work, times) = (arguments.next().unwrap_or_default(), arguments.next().unwrap_or_default());
    let work = match work.as_str() {
        "encode" => encode()?,
        "sign" => sign()?,
        "presign" => presign()?,
        "list" => list()?,
        "put" => put()?,
        "get" => get()?,
        other => return Err(format!("no work {other:?}: encode, sign, presign, list, put, get").into()),
    };
    for _ in 0..times.parse()? {
        work()?;
    }
    Ok(())
}

type Work = Box<dyn Fn() -> Outcome>;

/// A key as it stands in a path, in a query and in a header.
fn encode() -> Result<Work, Box<dyn Error>> {
    Ok(Box::new(|| {
        black_box((encode::path(KEY), encode::query(KEY), encode::header_value(KEY)));
        Ok(())
    }))
}

/// The signature of a request.
fn sign() -> Result<Work, Box<dyn Error>> {
    let signer = Signer::new(Endpoint::parse("https://obs.example.com")?, Dialect::Obs);
    let (credentials, now) = (credentials(), UNIX_EPOCH + Duration::from_secs(1_767_323_045));
    Ok(Box::new(move || {
        let location = signer.endpoint().locate(Some("bucket"), Some(KEY))?;
        let mut query = Query::new();
        query.flag("acl");
        let mut headers: Headers =
            [("content-type", "application/pdf"), ("x-obs-acl", "private"), ("x-obs-meta-owner", "alice")]
                .into_iter()
                .collect();
        signer.sign(&credentials, Method::Put, &location, &query, &mut headers, now)?;
        black_box(headers);
        Ok(())
    }))
}

/// A signed URL by way of a client.
fn presign() -> Result<Work, Box<dyn Error>> {
    let bucket = bucket("")?;
    Ok(Box::new(move || {
        black_box(bucket.get_object(KEY).presign(HOUR)?);
        Ok(())
    }))
}

/// A page of 1,000 keys.
fn list() -> Result<Work, Box<dyn Error>> {
    let bucket = bucket(&page()?)?;
    Ok(Box::new(move || {
        let page = bucket.list_objects().send()?;
        match page.contents.len() {
            1000 => Ok(()),
            other => Err(format!("{other} keys").into()),
        }
    }))
}

/// The upload of 4 KiB.
fn put() -> Result<Work, Box<dyn Error>> {
    let bucket = bucket("")?;
    Ok(Box::new(move || {
        black_box(bucket.put_content(KEY, &[b'x'; 4096][..]).send()?);
        Ok(())
    }))
}

/// The download of 4 KiB.
fn get() -> Result<Work, Box<dyn Error>> {
    let bucket = bucket(&"x".repeat(4096))?;
    Ok(Box::new(move || {
        let bytes = bucket.get_object(KEY).send()?.bytes()?;
        match black_box(bytes).len() {
            4096 => Ok(()),
            other => Err(format!("{other} bytes").into()),
        }
    }))
}
