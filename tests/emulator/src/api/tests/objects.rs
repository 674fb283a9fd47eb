use super::*;
use crate::store::digest::Digests;

#[test]
fn an_object_comes_back_with_all_that_was_said_about_it() {
    let store = store();
    let put = Ask::new("PUT", "b/dir/a b")
        .header("content-type", "text/plain")
        .header("x-obs-meta-owner", "%E4%B8%AD")
        .header("x-obs-storage-class", "WARM")
        .header("x-obs-website-redirect-location", "/elsewhere")
        .body("hello")
        .send(&store)
        .expect(200);
    assert_eq!(put.header("etag"), Some("\"5d41402abc4b2a76b9719d911017c592\""));
    let crc = Digests::of(b"hello").crc64.to_string();
    assert_eq!(put.header("x-obs-checksum-crc64ecma"), Some(&*crc));
    for method in ["GET", "HEAD"] {
        let got = Ask::new(method, "b/dir/a b").send(&store).expect(200);
        assert_eq!(got.text(), "hello");
        for (name, value) in [
            ("content-type", "text/plain"),
            ("x-obs-meta-owner", "%E4%B8%AD"),
            ("x-obs-storage-class", "WARM"),
            ("x-obs-website-redirect-location", "/elsewhere"),
            ("x-obs-checksum-crc64ecma", &*crc),
            ("last-modified", "Fri, 02 Jan 2026 03:04:05 GMT"),
        ] {
            assert_eq!(got.header(name), Some(value), "{name}");
        }
    }
    // The other protocol has other names for the same.
    let amz = Ask::new("GET", "b/dir/a b").amz().send(&store).expect(200);
    assert_eq!(amz.header("x-amz-storage-class"), Some("STANDARD_IA"));
    assert_eq!(amz.header("x-amz-meta-owner"), Some("%E4%B8%AD"));
    let rewritten = Ask::new("GET", "b/dir/a b?response-content-type=image/png").send(&store).expect(200);
    assert_eq!(rewritten.header("content-type"), Some("image/png"));
}

#[test]
fn reads_by_range_and_condition() {
    let store = store();
    Ask::new("PUT", "b/k").body("0123456789").send(&store).expect(200);
    let etag = Ask::new("HEAD", "b/k").send(&store).header("etag").unwrap().to_owned();
    let part = Ask::new("GET", "b/k").header("range", "bytes=2-4").send(&store).expect(206);
    assert_eq!((part.text().as_str(), part.header("content-range")), ("234", Some("bytes 2-4/10")));
    Ask::new("GET", "b/k").header("range", "bytes=10-").send(&store).fails(416, "InvalidRange");
    for (name, value, status) in [
        ("if-match", etag.as_str(), 200),
        ("if-match", etag.trim_matches('"'), 200),
        ("if-match", "\"x\"", 412),
        ("if-none-match", etag.as_str(), 304),
        ("if-none-match", "*", 304),
        ("if-none-match", "\"x\"", 200),
        ("if-modified-since", "Fri, 02 Jan 2026 03:04:05 GMT", 304),
        ("if-modified-since", "Fri, 02 Jan 2026 03:04:04 GMT", 200),
        ("if-unmodified-since", "Fri, 02 Jan 2026 03:04:05 GMT", 200),
        ("if-unmodified-since", "Fri, 02 Jan 2026 03:04:04 GMT", 412),
    ] {
        Ask::new("GET", "b/k").header(name, value).send(&store).expect(status);
    }
}

#[test]
fn damaged_uploads_are_refused_and_leave_nothing() {
    let store = store();
    for (name, value, code) in [
        ("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==", "BadDigest"),
        ("content-md5", "nonsense", "InvalidDigest"),
        ("x-obs-checksum-crc64ecma", "1", "BadDigest"),
        ("x-obs-checksum-crc64ecma", "one", "InvalidDigest"),
        ("x-obs-content-sha256", &"0".repeat(64), "BadDigest"),
    ] {
        Ask::new("PUT", "b/k").header(name, value).body("x").send(&store).fails(400, code);
    }
    let head = Ask::new("HEAD", "b/k").send(&store).expect(404);
    assert_eq!(head.header("x-obs-error-code"), Some("NoSuchKey"));
    assert_eq!(store.object_bytes("b", "k").unwrap(), None);
}

fn uploaded(store: &Store, key: &str, parts: &[&[u8]]) -> (String, String) {
    let id = Ask::new("POST", &format!("b/{key}?uploads")).send(store).expect(200).between("UploadId");
    let mut list = String::new();
    for (index, part) in parts.iter().enumerate() {
        let target = format!("b/{key}?partNumber={}&uploadId={id}", index + 1);
        let etag = Ask::new("PUT", &target).body(*part).send(store).expect(200);
        list += &format!(
            "<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>",
            index + 1,
            etag.header("etag").unwrap()
        );
    }
    (id, format!("<CompleteMultipartUpload>{list}</CompleteMultipartUpload>"))
}

#[test]
fn parts_become_one_object() {
    let store = store();
    let (one, two) = (vec![1u8; 100 * 1024], vec![2u8; 10]);
    let (id, list) = uploaded(&store, "k", &[&one, &two]);
    let target = format!("b/k?uploadId={id}");
    let listed = Ask::new("GET", &format!("{target}&max-parts=1")).send(&store).expect(200);
    assert_eq!(
        (listed.every("Size"), listed.between("IsTruncated")),
        (vec!["102400".to_owned()], "true".to_owned())
    );
    assert_eq!(Ask::new("GET", "b?uploads").send(&store).expect(200).between("UploadId"), id);

    let whole = [one, two].concat();
    let crc = Digests::of(&whole).crc64.to_string();
    Ask::new("POST", &target)
        .header("x-obs-checksum-crc64ecma", "1")
        .body(list.clone())
        .send(&store)
        .fails(400, "BadDigest");
    let complete = Ask::new("POST", &target).header("x-obs-checksum-crc64ecma", &crc).body(list.clone());
    let done = complete.send(&store).expect(200);
    assert_eq!(done.header("x-obs-checksum-crc64ecma"), Some(&*crc));
    assert!(done.between("ETag").ends_with("-2\""));
    assert_eq!(done.between("Location"), "http://localhost:1234/b/k");
    assert_eq!(Ask::new("GET", "b/k").send(&store).expect(200).bytes(), whole);
    Ask::new("POST", &target).body(list).send(&store).fails(404, "NoSuchUpload");
    Ask::new("DELETE", &target).send(&store).fails(404, "NoSuchUpload");
}

#[test]
fn wrong_part_lists_are_refused() {
    let store = store();
    let (id, list) = uploaded(&store, "k", &[b"small", b"last"]);
    let target = format!("b/k?uploadId={id}");
    let complete = |body: &str| Ask::new("POST", &target).body(body).send(&store);
    complete(&list).fails(400, "EntityTooSmall");
    let part = |number: u32, etag: &str| {
        format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>")
    };
    let wrap =
        |parts: &[String]| format!("<CompleteMultipartUpload>{}</CompleteMultipartUpload>", parts.concat());
    complete(&wrap(&[part(1, "wrong")])).fails(400, "InvalidPart");
    complete(&wrap(&[part(3, "missing")])).fails(400, "InvalidPart");
    complete(&wrap(&[])).fails(400, "MalformedXML");
    complete("<Complete").fails(400, "MalformedXML");
    let first = list.split("<ETag>").nth(1).unwrap().split("</ETag>").next().unwrap();
    let second = list.split("<ETag>").nth(2).unwrap().split("</ETag>").next().unwrap();
    complete(&wrap(&[part(2, second), part(1, first)])).fails(400, "InvalidPartOrder");
    Ask::new("PUT", &format!("{target}&partNumber=10001"))
        .body("x")
        .send(&store)
        .fails(400, "InvalidArgument");
    complete(&wrap(&[part(2, second)])).expect(200);
    assert_eq!(store.object_bytes("b", "k").unwrap().unwrap(), b"last");
}

#[test]
fn appends_go_to_the_end_only() {
    let store = store();
    let append = |position: u64, body: &str| {
        Ask::new("POST", &format!("b/log?append&position={position}")).body(body).send(&store)
    };
    append(5, "x").fails(409, "PositionNotEqualToLength");
    assert_eq!(append(0, "hello ").expect(200).header("x-obs-next-append-position"), Some("6"));
    assert_eq!(
        append(0, "again").fails(409, "PositionNotEqualToLength").header("x-obs-next-append-position"),
        Some("6")
    );
    let second = append(6, "world").expect(200);
    let crc = Digests::of(b"hello world").crc64.to_string();
    assert_eq!(second.header("x-obs-checksum-crc64ecma"), Some(&*crc));
    let head = Ask::new("HEAD", "b/log").send(&store).expect(200);
    assert_eq!(head.header("x-obs-object-type"), Some("Appendable"));
    assert_eq!(head.header("x-obs-next-append-position"), Some("11"));
    assert!(Ask::new("GET", "b").send(&store).text().contains("<Type>Appendable</Type>"));
    Ask::new("PUT", "b/plain").body("x").send(&store).expect(200);
    Ask::new("POST", "b/plain?append&position=1").body("y").send(&store).fails(409, "ObjectNotAppendable");
}

#[test]
fn copies_take_or_replace_metadata() {
    let store = store();
    make_bucket(&store, "c");
    Ask::new("PUT", "b/s +")
        .header("x-obs-meta-a", "1")
        .header("content-type", "text/x")
        .body("data")
        .send(&store)
        .expect(200);
    let copy = |target: &str| Ask::new("PUT", target).header("x-obs-copy-source", "/b/s%20%2B");
    copy("c/kept").send(&store).expect(200);
    let kept = Ask::new("GET", "c/kept").send(&store).expect(200);
    assert_eq!(
        (kept.text().as_str(), kept.header("x-obs-meta-a"), kept.header("content-type")),
        ("data", Some("1"), Some("text/x"))
    );
    copy("c/new")
        .header("x-obs-metadata-directive", "REPLACE")
        .header("x-obs-meta-b", "2")
        .send(&store)
        .expect(200);
    let new = Ask::new("HEAD", "c/new").send(&store).expect(200);
    assert_eq!((new.header("x-obs-meta-a"), new.header("x-obs-meta-b")), (None, Some("2")));
    copy("c/k").header("x-obs-copy-source-if-match", "\"x\"").send(&store).fails(412, "PreconditionFailed");
    copy("c/k").header("x-obs-copy-source-if-none-match", "*").send(&store).fails(412, "PreconditionFailed");
    Ask::new("PUT", "c/k").header("x-obs-copy-source", "/b/none").send(&store).fails(404, "NoSuchKey");

    let (id, _) = uploaded(&store, "joined", &[]);
    let part = |range: &str| {
        copy(&format!("b/joined?partNumber=1&uploadId={id}"))
            .header("x-obs-copy-source-range", range)
            .send(&store)
    };
    part("bytes=2-4").fails(400, "InvalidArgument");
    assert_eq!(
        part("bytes=1-2").expect(200).between("ETag"),
        format!("\"{}\"", crate::store::digest::hex(&Digests::of(b"at").md5))
    );
}

#[test]
fn a_customer_key_is_needed_again() {
    let store = store();
    let with_key = |ask: Ask, byte: u8| {
        let key = [byte; 32];
        ask.header("x-obs-server-side-encryption-customer-algorithm", "AES256")
            .header("x-obs-server-side-encryption-customer-key", &BASE64.encode(key))
            .header(
                "x-obs-server-side-encryption-customer-key-md5",
                &BASE64.encode(crate::store::digest::md5_of(&key)),
            )
    };
    let put = with_key(Ask::new("PUT", "b/k"), 1).body("hello").send(&store).expect(200);
    assert_ne!(put.header("etag"), Some("\"5d41402abc4b2a76b9719d911017c592\""));
    assert_eq!(put.header("x-obs-server-side-encryption-customer-algorithm"), Some("AES256"));
    Ask::new("GET", "b/k").send(&store).fails(400, "InvalidEncryptionAlgorithmError");
    with_key(Ask::new("GET", "b/k"), 2).send(&store).fails(403, "AccessDenied");
    assert_eq!(with_key(Ask::new("GET", "b/k"), 1).send(&store).expect(200).text(), "hello");
    Ask::new("PUT", "b/x")
        .header("x-obs-server-side-encryption-customer-algorithm", "AES256")
        .send(&store)
        .fails(400, "InvalidRequest");
    let kms = Ask::new("PUT", "b/kms")
        .amz()
        .header("x-amz-server-side-encryption", "aws:kms")
        .body("x")
        .send(&store)
        .expect(200);
    assert_eq!(kms.header("x-amz-server-side-encryption"), Some("aws:kms"));
    assert_eq!(Ask::new("HEAD", "b/kms").send(&store).header("x-obs-server-side-encryption"), Some("kms"));
}

#[test]
fn archived_objects_are_restored_first() {
    let store = store();
    store.configure(|options| options.restore_delay = Duration::from_secs(60));
    Ask::new("PUT", "b/k").header("x-obs-storage-class", "COLD").body("x").send(&store).expect(200);
    Ask::new("GET", "b/k").send(&store).fails(403, "InvalidObjectState");
    let body =
        "<RestoreRequest><Days>1</Days><RestoreJob><Tier>Expedited</Tier></RestoreJob></RestoreRequest>";
    let restore = |later| Ask::new("POST", "b/k?restore").document(body).later(later).send(&store);
    Ask::new("POST", "b/k?restore").body(body).send(&store).fails(400, "MissingRequiredHeader");
    restore(0).expect(202);
    restore(1).fails(409, "RestoreAlreadyInProgress");
    assert_eq!(
        Ask::new("HEAD", "b/k").send(&store).header("x-obs-restore"),
        Some("ongoing-request=\"true\"")
    );
    Ask::new("GET", "b/k").later(59).send(&store).fails(403, "InvalidObjectState");
    assert_eq!(Ask::new("GET", "b/k").later(60).send(&store).expect(200).text(), "x");
    restore(61).expect(200);
    Ask::new("GET", "b/k").later(2 * 86_400).send(&store).fails(403, "InvalidObjectState");
}

#[test]
fn many_are_deleted_at_once() {
    let store = store();
    for key in ["a", " b ", "c d+e"] {
        Ask::new("PUT", &format!("b/{key}")).send(&store).expect(200);
    }
    let delete = |body: &str| Ask::new("POST", "b?delete").document(body).send(&store);
    Ask::new("POST", "b?delete").body("<Delete/>").send(&store).fails(400, "MissingRequiredHeader");
    delete("<Delete></Delete>").fails(400, "MalformedXML");
    let verbose = delete("<Delete><Object><Key> b </Key></Object><Object><Key>none</Key></Object></Delete>")
        .expect(200);
    assert_eq!(verbose.every("Key"), [" b ", "none"]);
    let quiet = delete("<Delete><Quiet>true</Quiet><EncodingType>url</EncodingType><Object><Key>c+d%2Be</Key></Object></Delete>").expect(200);
    assert!(quiet.every("Deleted").is_empty());
    assert_eq!(store.objects("b").iter().map(|object| object.key.as_str()).collect::<Vec<_>>(), ["a"]);
}

#[test]
fn listings_encode_keys_on_request() {
    let store = store();
    for key in ["a\u{1}b", "d/x y+z", "d/中"] {
        Ask::new("PUT", "b/").send(&store);
        let mut put = Ask::new("PUT", "b");
        put.0.key = Some(key.to_owned());
        put.send(&store).expect(200);
    }
    let plain = Ask::new("GET", "b").send(&store).expect(200).text();
    assert!(plain.contains("<Key>a&#x1;b</Key>"), "{plain}");
    let listed = Ask::new("GET", "b?encoding-type=url").send(&store).expect(200);
    assert_eq!(listed.every("Key"), ["a%01b", "d%2Fx+y%2Bz", "d%2F%E4%B8%AD"]);
    let grouped = Ask::new("GET", "b?encoding-type=url&delimiter=/&max-keys=2").send(&store).expect(200);
    assert_eq!((grouped.every("Key").len(), grouped.every("CommonPrefixes").len()), (1, 1));
    assert_eq!(grouped.between("IsTruncated"), "false");
    Ask::new("GET", "b?encoding-type=base64").send(&store).fails(400, "InvalidArgument");
    Ask::new("GET", "b?max-keys=many").send(&store).fails(400, "InvalidArgument");
}

#[test]
fn metadata_changes_in_both_ways() {
    let store = store();
    Ask::new("PUT", "b/k")
        .header("x-obs-meta-a", "1")
        .header("cache-control", "no-cache")
        .body("x")
        .send(&store)
        .expect(200);
    let set = |directive: &str| {
        Ask::new("PUT", "b/k?metadata")
            .header("x-obs-metadata-directive", directive)
            .header("x-obs-meta-b", "2")
            .send(&store)
    };
    set("REPLACE_NEW").expect(200);
    let head = Ask::new("HEAD", "b/k").send(&store);
    assert_eq!(
        (head.header("x-obs-meta-a"), head.header("x-obs-meta-b"), head.header("cache-control")),
        (Some("1"), Some("2"), Some("no-cache"))
    );
    set("REPLACE").expect(200);
    let head = Ask::new("HEAD", "b/k").send(&store);
    assert_eq!(
        (head.header("x-obs-meta-a"), head.header("x-obs-meta-b"), head.header("cache-control")),
        (None, Some("2"), None)
    );
    set("MERGE").fails(400, "InvalidArgument");
}

#[test]
fn file_systems_have_directories_and_change_files() {
    let store = Store::default();
    Ask::new("PUT", "fs-bucket").header("x-obs-fs-file-interface", "Enabled").send(&store).expect(200);
    Ask::new("PUT", "fs-bucket/a/b/c.txt").body("hello").send(&store).expect(200);
    let keys = || store.objects("fs-bucket").into_iter().map(|object| object.key).collect::<Vec<_>>();
    assert_eq!(keys(), ["a/", "a/b/", "a/b/c.txt"]);
    Ask::new("DELETE", "fs-bucket/a/").send(&store).fails(409, "Conflict");
    Ask::new("PUT", "fs-bucket/a/b/c.txt?modify&position=4").body("XY").send(&store).expect(200);
    Ask::new("PUT", "fs-bucket/a/b/c.txt?truncate&length=7").send(&store).expect(204);
    Ask::new("POST", "fs-bucket/a/?rename&name=z/").send(&store).expect(204);
    assert_eq!(keys(), ["z/", "z/b/", "z/b/c.txt"]);
    assert_eq!(store.object_bytes("fs-bucket", "z/b/c.txt").unwrap().unwrap(), b"hellXY\0");
    Ask::new("PUT", "b").send(&store).fails(400, "InvalidBucketName");
}

#[test]
fn forms_answer_as_they_ask() {
    let store = store();
    let post = || {
        let mut post = Ask::new("POST", "b/k").body("x");
        post.0.form = true;
        post
    };
    post().send(&store).expect(204);
    let created = post().header("success_action_status", "201").send(&store).expect(201);
    assert_eq!(created.between("Key"), "k");
    let redirected =
        post().header("success_action_redirect", "http://a.example/?x=1").send(&store).expect(303);
    assert!(
        redirected.header("location").unwrap().starts_with("http://a.example/?x=1&bucket=b&key=k&etag=%22")
    );
}

#[test]
fn processed_images_are_saved_under_another_name() {
    let store = store();
    Ask::new("PUT", "b/i.png").body("pixels").send(&store).expect(200);
    let target =
        format!("b/i.png?x-image-process=image/resize&x-image-save-object={}", BASE64.encode("small/i.png"));
    Ask::new("GET", &target).send(&store).expect(200);
    assert_eq!(store.object_bytes("b", "small/i.png").unwrap().unwrap(), b"pixels");
    Ask::new("GET", "b/i.png?x-image-process=a&x-image-save-object=*")
        .send(&store)
        .fails(400, "InvalidArgument");
    Ask::new("GET", "b/i.png?torrent").send(&store).fails(501, "ServiceNotImplemented");
}
