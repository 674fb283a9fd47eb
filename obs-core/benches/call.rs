//! Calls without a network: what is left is what the client does. `cargo bench -p obs-core`.

use std::error::Error;
use std::fmt::Write;
use std::hint::black_box;
use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, Throughput};
use obs_core::transport::{HttpRequest, HttpResponse, Transport, TransportError};
use obs_core::{BucketClient, Credentials, ObsClient, checksum};

const KEY: &str = "reports/2026/A report with blanks, ünïcode & more.pdf";

fn main() -> Result<(), Box<dyn Error>> {
    let mut criterion = Criterion::default().configure_from_args();
    presigned_urls(&mut criterion)?;
    small_upload(&mut criterion)?;
    page_of_keys(&mut criterion)?;
    crc64(&mut criterion);
    criterion.final_summary();
    Ok(())
}

fn presigned_urls(criterion: &mut Criterion) -> Result<(), Box<dyn Error>> {
    let bucket = bucket("")?;
    let presign = || bucket.get_object(black_box(KEY)).presign(Duration::from_secs(3600));
    presign()?;
    criterion.bench_function("presign", |b| b.iter(presign));
    Ok(())
}

fn small_upload(criterion: &mut Criterion) -> Result<(), Box<dyn Error>> {
    let bucket = bucket("")?;
    let put = || bucket.put_content(black_box(KEY), &[b'x'; 4096][..]).send();
    put()?;
    criterion.bench_function("put 4 KiB", |b| b.iter(put));
    Ok(())
}

fn page_of_keys(criterion: &mut Criterion) -> Result<(), Box<dyn Error>> {
    let page = page()?;
    let bucket = bucket(&page)?;
    let list = || bucket.list_objects().send();
    assert_eq!(list()?.contents.len(), 1000);
    let mut group = criterion.benchmark_group("list");
    group.throughput(Throughput::Bytes(page.len() as u64));
    group.bench_function("page of 1,000 keys", |b| b.iter(list));
    group.finish();
    Ok(())
}

fn crc64(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("crc64");
    for size in [4 << 10, 64 << 10, 1 << 20] {
        let bytes = vec![b'x'; size];
        group.throughput(Throughput::Bytes(size as u64));
        group
            .bench_function(format!("{} KiB", size >> 10), |b| b.iter(|| checksum::crc64(black_box(&bytes))));
    }
    group.finish();
    let (first, second) = (checksum::crc64(b"1234"), checksum::crc64(b"56789"));
    criterion.bench_function("crc64/combine with 8 MiB", |b| {
        b.iter(|| checksum::combine(black_box(first), second, 8 << 20));
    });
}

fn bucket(answer: &str) -> Result<BucketClient, Box<dyn Error>> {
    let client = ObsClient::builder()
        .endpoint("https://obs.example.com")
        .credentials(Credentials::new("AKIDEXAMPLE0000001", "SkExampleSecretKey/0123456789abcdefABCDEF"))
        .transport(Canned(answer.as_bytes().into()))
        .build()?;
    Ok(client.bucket("bucket"))
}

/// As OBS writes it.
fn page() -> Result<String, std::fmt::Error> {
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
        response.headers.append("x-obs-request-id", "0000019A0B1C2D3E4F50617283940A1B");
        response.headers.append("etag", "\"0123456789abcdef0123456789abcdef\"");
        response.headers.append("content-length", self.0.len().to_string());
        response.body = Box::new(Cursor::new(Arc::clone(&self.0)));
        Ok(response)
    }
}
