//! Calls without a network: what is left is what the client does. `cargo bench -p obs-core`.

use std::error::Error;
use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput};
use obs_core::checksum;
use obs_instructions::{bucket, page};

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
