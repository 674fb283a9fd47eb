//! Callers that give what cannot be: it is refused before anything is sent, or arrives as it was meant. `tests/errors.rs` has names of
//! buckets and empty keys, `tests/keys.rs` keys of every kind.

use std::io::{Read, Write};
use std::ops::Range;
use std::time::{Duration, SystemTime};

use obs_core::multipart::CompletedPart;
use obs_core::settings::Tagging;
use obs_core::{BucketClient, ByteRange, CannedAcl, CopySource, Error, ErrorKind, Method, Signature};
use obs_emulator::Emulator;
use obs_tests::transfers::{Bench, PART};
use obs_transfer::prelude::*;

use crate::{SECOND, place, strict};

const INJECTED: [&str; 6] = [
    "a\r\nx-obs-acl: public-read",
    "a\nb",
    "a\rb",
    "a\0b",
    "a\r\n\r\nDELETE /hostile/k HTTP/1.1\r\n",
    "a\u{7f}b",
];

/// Refused, with nothing said that cannot stand in a line.
fn refused(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    let text = error.to_string();
    assert!(!text.contains(|c: char| c.is_control()), "{text:?}");
}

#[test]
fn no_value_becomes_a_header_or_a_request_of_its_own() {
    let (emulator, bucket) = place();
    for bad in INJECTED {
        let put = || bucket.put_content("k", "x");
        // What is sent as it is must be fit to be sent
        for request in [
            put().header("x-custom", bad),
            put().header(bad, "x"),
            put().content_type(bad),
            put().cache_control(bad),
            put().content_disposition(bad),
            put().metadata(bad.replace(' ', ""), "x"),
        ] {
            match request.send() {
                Err(error) => refused(&error),
                Ok(_) => {
                    // Or it was encoded
                    let seen = emulator.requests().pop().unwrap();
                    assert!(seen.header("x-obs-acl").is_none(), "{bad:?}: {seen:?}");
                    let control = |value: &str| value.contains(|c: char| c.is_control());
                    assert!(
                        !seen.headers.iter().any(|(name, value)| control(name) || control(value)),
                        "{seen:?}"
                    );
                }
            }
        }
        // What is encoded arrives as it was
        let key = format!("key {bad}");
        bucket.put_content(&*key, "x").metadata("m", bad).query("response", bad).send().unwrap();
        let seen = emulator.requests().pop().unwrap();
        assert_eq!(seen.key.as_deref(), Some(&*key));
        assert!(seen.header("x-obs-acl").is_none(), "{seen:?}");
        let found = bucket.get_object_metadata(&*key).send().unwrap();
        assert_eq!(found.metadata.get("m"), Some(bad));
        bucket.delete_object(&*key).send().unwrap();
    }
    assert!(emulator.requests().iter().all(|seen| seen.operation != "Unknown"));
    assert!(emulator.operation_count("DeleteObject") == INJECTED.len() as u64);
}

#[test]
fn metadata_of_any_script_comes_back_and_more_than_8_kb_is_not_sent() {
    let (emulator, bucket) = place();
    let values =
        ["名前", "Grüße", "\u{1f980} crab", "100%", "a%20b", "a+b", "tab\there", "\u{202e}rtl", "\u{7f}"];
    for (n, value) in values.into_iter().enumerate() {
        let name = if n % 2 == 0 { "name" } else { "имя" };
        bucket.put_content("k", "x").metadata(name, value).send().unwrap();
        let found = bucket.get_object_metadata("k").send().unwrap();
        assert_eq!(found.metadata.get(name), Some(value), "{:?}", found.metadata);
        let fetched = bucket.get_object("k").send().unwrap();
        assert_eq!(fetched.properties.metadata, found.metadata);
    }
    emulator.clear();
    for request in [
        bucket.put_content("k", "x").metadata("m", "v".repeat(8192)),
        bucket.put_content("k", "x").metadata("m", "é".repeat(1400)),
        (0..100).fold(bucket.put_content("k", "x"), |put, n| put.metadata(format!("m{n}"), "v".repeat(100))),
        bucket.put_content("k", "x").metadata("", "x"),
        bucket.put_content("k", "x").metadata("two words", "x"),
    ] {
        refused(&request.send().unwrap_err());
    }
    assert_eq!(emulator.requests().len(), 0);
    bucket.put_content("k", "x").metadata("m", "v".repeat(8000)).send().unwrap();
}

/// As long as a key may be, in characters of one to four bytes.
fn longest_keys() -> [String; 5] {
    [
        "k".repeat(1024),
        "%".repeat(1024),
        "\u{e9}".repeat(512),
        "\u{6f22}".repeat(341) + "k",
        "\u{1f980}".repeat(256),
    ]
}

#[test]
fn the_longest_key_is_stored_and_comes_back_from_every_call() {
    let (_emulator, bucket) = place();
    for key in longest_keys() {
        assert_eq!(key.len(), 1024);
        bucket.put_content(&*key, "x").metadata("a", "b").send().unwrap();
        assert_eq!(bucket.get_object(&*key).send().unwrap().text().unwrap(), "x");
        bucket.head_object(&*key).send().unwrap();
        let url = bucket.get_object(&*key).presign(SECOND * 60).unwrap();
        assert_eq!(bucket.get_object(&*key).send_signed(&url).unwrap().text().unwrap(), "x");
        bucket.copy_object(&*key, CopySource::new(bucket.name(), &key)).send().unwrap();
        let (id, part) = {
            let id = bucket.initiate_multipart_upload(&*key).send().unwrap().upload_id.clone();
            let uploads = bucket.list_multipart_uploads().iter().map(|upload| upload.unwrap().key);
            assert_eq!(uploads.collect::<Vec<_>>(), [&*key]);
            let part = bucket.copy_part(&*key, &id, 1, CopySource::new(bucket.name(), &key)).send();
            (id, part.unwrap().completed())
        };
        bucket.complete_multipart_upload(&*key, &id, [part]).send().unwrap();
        bucket.create_post_signature().key(&*key).sign().unwrap();
        let keys: Vec<_> = bucket.list_objects().iter().map(|object| object.unwrap().key).collect();
        assert_eq!(keys, [&*key]);
        let deleted = bucket.delete_objects([&*key]).send().unwrap();
        assert_eq!(deleted.deleted[0].key, key);
        assert_eq!(bucket.list_objects().iter().count(), 0);
    }
    // Dots are names like others, and lead nowhere
    for key in ["..", "../../etc/passwd", "/..", "a/../../b", "."] {
        bucket.put_content(key, key).send().unwrap();
        assert_eq!(bucket.get_object(key).send().unwrap().text().unwrap(), key);
    }
    assert_eq!(bucket.list_objects().iter().count(), 5);
}

#[test]
fn a_longer_key_is_refused_by_every_call_before_anything_is_sent() {
    let (emulator, bucket) = place();
    for key in longest_keys().map(|key| key + "k") {
        let k = &*key;
        let source = || CopySource::new("hostile", k);
        macro_rules! refusals {
            ($bucket:expr, $($call:expr),* $(,)?) => {
                [$((stringify!($call), { let call = $call; call($bucket) }),)*]
            };
        }
        let part = || CompletedPart::new(1, "\"e\"");
        let clients = [bucket.clone(), negotiating(&emulator, bucket.name())];
        for bucket in &clients {
            let refusals: [(&str, obs_core::Result<()>); 35] = refusals![
                bucket,
                |b: &BucketClient| b.put_content(k, "x").send().map(drop),
                |b: &BucketClient| b.put_file(k, "/etc/hostname").send().map(drop),
                |b: &BucketClient| b.get_object(k).send().map(drop),
                |b: &BucketClient| b.get_object_metadata(k).send().map(drop),
                |b: &BucketClient| b.head_object(k).send().map(drop),
                |b: &BucketClient| b.delete_object(k).send().map(drop),
                |b: &BucketClient| b.delete_objects(["short", k]).send().map(drop),
                |b: &BucketClient| b.append_object(k, 0, "x").send().map(drop),
                |b: &BucketClient| b.copy_object(k, "hostile/short").send().map(drop),
                |b: &BucketClient| b.copy_object("short", source()).send().map(drop),
                |b: &BucketClient| b.restore_object(k, 1).send().map(drop),
                |b: &BucketClient| b
                    .put_object_retention(k, "COMPLIANCE", SystemTime::now())
                    .send()
                    .map(drop),
                |b: &BucketClient| b.set_object_metadata(k).send().map(drop),
                |b: &BucketClient| b.get_object_acl(k).send().map(drop),
                |b: &BucketClient| b.set_object_acl(k, CannedAcl::Private).send().map(drop),
                |b: &BucketClient| b.get_object_tagging(k).send().map(drop),
                |b: &BucketClient| b.set_object_tagging(k, Tagging::new([("a", "b")])).send().map(drop),
                |b: &BucketClient| b.delete_object_tagging(k).send().map(drop),
                |b: &BucketClient| b.options_object(k, "http://www.example.com").send().map(drop),
                |b: &BucketClient| b.rename_file(k, "short").send().map(drop),
                |b: &BucketClient| b.rename_file("short", k).send().map(drop),
                |b: &BucketClient| b.truncate_file(k, 0).send().map(drop),
                |b: &BucketClient| b.modify_file(k, 0, "x").send().map(drop),
                |b: &BucketClient| b.get_access_label(k).send().map(drop),
                |b: &BucketClient| b.delete_access_label(k).send().map(drop),
                |b: &BucketClient| b.initiate_multipart_upload(k).send().map(drop),
                |b: &BucketClient| b.upload_part(k, "id", 1, "x").send().map(drop),
                |b: &BucketClient| b.copy_part(k, "id", 1, "hostile/short").send().map(drop),
                |b: &BucketClient| b.copy_part("short", "id", 1, source()).send().map(drop),
                |b: &BucketClient| b.complete_multipart_upload(k, "id", [part()]).send().map(drop),
                |b: &BucketClient| b.abort_multipart_upload(k, "id").send().map(drop),
                |b: &BucketClient| b.list_parts(k, "id").send().map(drop),
                |b: &BucketClient| b.get_object(k).presign(SECOND * 60).map(drop),
                |b: &BucketClient| b
                    .client()
                    .create_signed_url(Method::Get)
                    .bucket("b")
                    .key(k)
                    .sign()
                    .map(drop),
                |b: &BucketClient| b.create_post_signature().key(k).sign().map(drop),
            ];
            for (call, refusal) in refusals {
                let error = refusal.expect_err(call);
                refused(&error);
                assert!(
                    error.to_string().contains("it has 1025 bytes, a key has at most 1024"),
                    "{call}: {error}"
                );
            }
        }
    }
    assert_eq!(emulator.requests().len(), 0);
}

/// A client that would ask the server for its protocol first.
fn negotiating(emulator: &Emulator, bucket: &str) -> BucketClient {
    let client = strict(&emulator.localhost_endpoint()).signature(Signature::Negotiate);
    client.build().unwrap().bucket(bucket)
}

/// Each names what is wrong, and none reaches the server.
#[test]
fn values_that_cannot_be_are_named_before_anything_is_sent() {
    let (emulator, bucket) = place();
    let client = bucket.client().clone();
    let part = || CompletedPart::new(1, "\"e\"");
    emulator.clear();
    let refusals: Vec<(&str, Result<(), Error>)> = vec![
        ("part number 0", bucket.upload_part("k", "id", 0, "x").send().map(drop)),
        ("part number 10001", bucket.upload_part("k", "id", 10_001, "x").send().map(drop)),
        ("part number 0", bucket.copy_part("k", "id", 0, "b/k").send().map(drop)),
        ("upload id is empty", bucket.upload_part("k", "", 1, "x").send().map(drop)),
        ("upload id is empty", bucket.complete_multipart_upload("k", "", [part()]).send().map(drop)),
        ("upload id is empty", bucket.abort_multipart_upload("k", "").send().map(drop)),
        ("none was given", bucket.complete_multipart_upload("k", "id", []).send().map(drop)),
        ("\"only-a-bucket\"", bucket.copy_object("k", "only-a-bucket").send().map(drop)),
        ("\"/b/\"", bucket.copy_part("k", "id", 1, "/b/").send().map(drop)),
        ("no object to delete", bucket.delete_objects(Vec::<String>::new()).send().map(drop)),
        ("empty key", bucket.delete_objects([""]).send().map(drop)),
        ("empty", bucket.rename_file("a", "").send().map(drop)),
        ("days", bucket.restore_object("k", 0).send().map(drop)),
        ("the last 0 bytes", bucket.get_object("k").range(ByteRange::last(0)).send().map(drop)),
        ("metadata without a name", bucket.put_content("k", "x").metadata("", "v").send().map(drop)),
        ("id of the inventory is empty", bucket.get_bucket_inventory("").send().map(drop)),
        ("custom domain is empty", bucket.delete_bucket_custom_domain("").send().map(drop)),
        ("\"b?acl\"", client.bucket("b?acl").list_objects().send().map(drop)),
        ("bucket", client.bucket("").get_object("k").send().map(drop)),
        ("key", bucket.get_object("").presign(Duration::from_secs(60)).map(drop)),
        (
            "x-injected",
            bucket
                .get_object("k")
                .header("x-injected", "a\r\nb: c")
                .presign(Duration::from_secs(60))
                .map(drop),
        ),
    ];
    for (named, refusal) in refusals {
        let error = refusal.expect_err(named);
        refused(&error);
        assert!(error.to_string().contains(named), "{named}: {error}");
    }
    assert_eq!(emulator.requests().len(), 0);
}

#[test]
fn ranges_that_hold_nothing_are_refused() {
    let (emulator, bucket) = place();
    bucket.put_content("k", "0123456789").send().unwrap();
    emulator.clear();
    let reversed = Range { start: 5, end: 2 };
    for range in [
        ByteRange::from(reversed),
        ByteRange::from(5..5),
        ByteRange::last(0),
        ByteRange::raw("-"),
        ByteRange::raw("9-1"),
        ByteRange::raw("--5"),
        ByteRange::raw("a-b"),
        ByteRange::raw(""),
        ByteRange::raw("0-1\r\nx-evil: 1"),
    ] {
        let shown = format!("{range:?}");
        let error = bucket.get_object("k").range(range).send().expect_err(&shown);
        refused(&error);
    }
    assert_eq!(emulator.requests().len(), 0);
    let text = |range: ByteRange| bucket.get_object("k").range(range).send()?.text();
    assert_eq!(text(ByteRange::from(2..5)).unwrap(), "234");
    assert_eq!(text(ByteRange::from(8..u64::MAX)).unwrap(), "89");
    assert_eq!(text(ByteRange::last(u64::MAX)).unwrap(), "0123456789");
    assert_eq!(text(ByteRange::from(10..20)).unwrap_err().status(), Some(416));
}

#[test]
fn part_sizes_and_workers_of_zero_and_beyond_all_measure_are_moved_to_what_is_possible() {
    let bench = Bench::new();
    let (path, bytes) = bench.file("a.bin", 3 * PART + 1);
    for (part_size, workers) in [(0, 0), (1, 1), (u64::MAX, 2), (PART, 100_000), (0, usize::MAX)] {
        bench.emulator.clear();
        bench.bucket.upload_file(Bench::KEY, &path).part_size(part_size).task_num(workers).send().unwrap();
        assert!(bench.stored().unwrap() == bytes, "{part_size} {workers}");
        assert!(bench.emulator.connections().peak < 64, "{:?}", bench.emulator.connections());
        let target = bench.path("b.bin");
        let download = bench.bucket.download_file(Bench::KEY, &target).part_size(part_size);
        let ranges = download.task_num(workers).send().unwrap().parts;
        assert!(std::fs::read(&target).unwrap() == bytes, "{part_size} {workers}");
        assert_eq!(ranges, if part_size > PART { 1 } else { 4 });
        let mut writer =
            bench.bucket.object_writer("stream").part_size(PART).task_num(workers).start().unwrap();
        writer.write_all(&bytes).unwrap();
        assert_eq!(writer.finish().unwrap().size, 3 * PART + 1);
        let mut read = Vec::new();
        let reader = bench.bucket.object_reader(Bench::KEY).part_size(part_size.min(PART)).task_num(workers);
        reader.open().unwrap().read_to_end(&mut read).unwrap();
        assert!(read == bytes && bench.emulator.operation_count("GetObject") < 100, "{part_size} {workers}");
    }
    assert_eq!(bench.uploads(), 0);
}
