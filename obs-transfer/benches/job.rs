//! Jobs of the largest kind without a network: a copy of 48.8 TiB in 10,000 parts, whose every call is answered at once.
//! What is left is what the engine does for a part. `cargo bench -p obs-transfer`.

use std::error::Error;
use std::io::Cursor;

use criterion::{BenchmarkId, Criterion, Throughput};
use obs_core::transport::{HttpRequest, HttpResponse, Transport, TransportError};
use obs_core::{BucketClient, Credentials, Method, ObsClient};
use obs_transfer::prelude::*;

/// The largest part that OBS takes.
const PART: u64 = 5 << 30;

fn main() -> Result<(), Box<dyn Error>> {
    let mut criterion = Criterion::default().configure_from_args();
    let largest = bucket(10_000)?;
    let plan = || largest.copy("copy", "bucket/key").part_size(PART).create_plan();
    plan()?;
    criterion.bench_function("plan of 48.8 TiB", |b| b.iter(plan));
    parts(&mut criterion)?;
    criterion.final_summary();
    Ok(())
}

/// Time a part: the same for few and many, with a checkpoint and without.
fn parts(criterion: &mut Criterion) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let mut group = criterion.benchmark_group("copy");
    group.sample_size(10);
    for count in [1_000, 10_000] {
        let bucket = bucket(count)?;
        group.throughput(Throughput::Elements(count));
        for (name, checkpoint) in [("checkpoint off", false), ("checkpoint on", true)] {
            let copy = || {
                let copy = bucket.copy("copy", "bucket/key").part_size(PART).task_num(1);
                copy.checkpoint_file(folder.path().join("record")).checkpoint(checkpoint).send()
            };
            assert_eq!(u64::from(copy()?.parts), count);
            group.bench_function(BenchmarkId::new(name, count), |b| b.iter(copy));
        }
    }
    group.finish();
    Ok(())
}

/// A bucket whose objects have so many parts.
fn bucket(parts: u64) -> Result<BucketClient, Box<dyn Error>> {
    let client = ObsClient::builder()
        .endpoint("https://obs.example.com")
        .credentials(Credentials::new("AKIDEXAMPLE0000001", "SkExampleSecretKey/0123456789abcdefABCDEF"))
        .transport(Canned { size: parts * PART })
        .build()?;
    Ok(client.bucket("bucket"))
}

/// Copies objects of one size in no time.
#[derive(Debug)]
struct Canned {
    size: u64,
}

impl Transport for Canned {
    fn send(&self, request: HttpRequest<'_>) -> Result<HttpResponse, TransportError> {
        let body: &[u8] = match request.method {
            Method::Post if request.url.contains("uploads") => {
                b"<InitiateMultipartUploadResult><Bucket>bucket</Bucket><Key>copy</Key><UploadId>00000184C5B5D7A9\
                  </UploadId></InitiateMultipartUploadResult>"
            }
            Method::Post => {
                b"<CompleteMultipartUploadResult><Bucket>bucket</Bucket><Key>copy</Key><ETag>\"0123-10000\"</ETag>\
                  </CompleteMultipartUploadResult>"
            }
            Method::Put => {
                b"<CopyPartResult><LastModified>2026-01-01T00:00:00.000Z</LastModified>\
                  <ETag>\"0123456789abcdef0123456789abcdef\"</ETag></CopyPartResult>"
            }
            _ => b"",
        };
        let mut response = HttpResponse::new(200, "OK");
        let len = if request.method == Method::Head { self.size } else { body.len() as u64 };
        response.headers.append("etag", "\"fedcba9876543210fedcba9876543210\"");
        response.headers.append("content-length", len.to_string());
        response.body = Box::new(Cursor::new(body));
        Ok(response)
    }
}
