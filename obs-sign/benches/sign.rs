//! What every request pays before it is sent: `cargo bench -p obs-sign`.

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, UNIX_EPOCH};

use criterion::{Criterion, Throughput};
use obs_sign::{Credentials, Dialect, Endpoint, Headers, Method, Query, Signer, encode};

const KEY: &str = "reports/2026/A report with blanks, ünïcode & more.pdf";
const PLAIN_KEY: &str = "data/part-000/object-0000000001.bin";

fn main() -> Result<(), Box<dyn Error>> {
    let mut criterion = Criterion::default().configure_from_args();
    encodings(&mut criterion);
    signatures(&mut criterion)?;
    criterion.final_summary();
    Ok(())
}

fn encodings(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("encode");
    for (name, key) in [("plain", PLAIN_KEY), ("odd", KEY)] {
        group.throughput(Throughput::Bytes(key.len() as u64));
        group.bench_function(format!("path/{name}"), |b| b.iter(|| encode::path(black_box(key)).len()));
        group.bench_function(format!("query/{name}"), |b| b.iter(|| encode::query(black_box(key)).len()));
        group.bench_function(format!("header/{name}"), |b| {
            b.iter(|| encode::header_value(black_box(key)).len());
        });
    }
    group.finish();
}

fn signatures(criterion: &mut Criterion) -> Result<(), Box<dyn Error>> {
    let signer = Signer::new(Endpoint::parse("https://obs.example.com")?, Dialect::Obs);
    let credentials = Credentials::new("AKIDEXAMPLE0000001", "SkExampleSecretKey/0123456789abcdefABCDEF");
    let now = UNIX_EPOCH + Duration::from_secs(1_767_323_045);
    let location = signer.endpoint().locate(Some("bucket"), Some(KEY))?;
    let mut query = Query::new();
    query.flag("acl");
    let plain =
        [("content-type", "application/pdf"), ("x-obs-acl", "private"), ("x-obs-meta-owner", "alice")];
    let mut signed: Headers = plain.into_iter().collect();
    signer.sign(&credentials, Method::Put, &location, &query, &mut signed, now)?;

    let mut group = criterion.benchmark_group("signature");
    group.bench_function("string-to-sign", |b| {
        b.iter(|| signer.string_to_sign(Method::Put, black_box(&location), &query, &signed));
    });
    // Signed over what is there: the signature of another attempt.
    group.bench_function("header", |b| {
        b.iter(|| signer.sign(&credentials, Method::Put, black_box(&location), &query, &mut signed, now));
    });
    let hour = Duration::from_secs(3600);
    group.bench_function("url, located too", |b| {
        b.iter(|| {
            let location = signer.endpoint().locate(Some("bucket"), Some(black_box(KEY)))?;
            let (query, headers) = (Query::new(), Headers::new());
            signer.signed_url(&credentials, Method::Get, location, query, headers, hour, now)
        });
    });
    group.finish();
    Ok(())
}
