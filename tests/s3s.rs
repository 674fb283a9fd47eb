//! A server that nobody here wrote: `s3s-fs` checks the signatures V2 and V4 of this SDK and does what it is asked.
//!
//! It keeps objects as files, so keys here are such as can be file names.

mod s3s_server;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use obs_core::object::ListObjects;
use obs_core::{
    BucketClient, CopySource, Credentials, ErrorKind, Method, ObsClient, Request, Signature, SignedUrl,
};

use s3s_server::{ACCESS_KEY, SECRET_KEY, Server};

const MINUTE: Duration = Duration::from_secs(60);

impl Server {
    fn client(&self, signature: Signature, host: &str, secret: &str) -> ObsClient {
        ObsClient::builder()
            .endpoint(format!("http://{host}:{}", self.address.port()))
            .credentials(Credentials::new(ACCESS_KEY, secret))
            .signature(signature)
            .region("us-east-1")
            .max_retry_count(0)
            .build()
            .expect("a complete configuration")
    }
}

/// Runs a test in both protocols, path-style and virtual-hosted, each with a bucket of its own.
fn in_each_way(test: impl Fn(&BucketClient, &str)) {
    let server = Server::start();
    for (name, signature) in [("v2", Signature::V2), ("v4", Signature::V4)] {
        for (style, host) in [("path", "127.0.0.1"), ("virtual", "localhost")] {
            let way = format!("{name}-{style}");
            let client = server.client(signature, host, SECRET_KEY);
            let bucket = client.bucket(format!("bucket-{way}"));
            bucket.create_bucket().send().unwrap_or_else(|e| panic!("{way}: {e}"));
            test(&bucket, &way);
        }
    }
}

/// Keys that clients like to get wrong, as far as they can be file names.
const ODD_KEYS: [&str; 16] = [
    "plain",
    "dir/a b.txt",
    "a+b",
    "100%",
    "already%20encoded%2F",
    "question?mark=1&acl",
    "hash#tag",
    "semi;colon,comma:at@dollar$",
    "star*bang!eq='quote'(paren)",
    "\"double\"<angle>|pipe\\back`tick^",
    "[brackets]{braces}",
    "tilde~dash-under_dot.",
    "中文/目录",
    "emoji😀👩‍👩‍👧",
    "ümläut é",
    "x?versionId=1",
];

fn bytes(len: usize) -> Vec<u8> {
    (0..len).map(|n| (n * 31 % 251) as u8).collect()
}

/// The keys that are listed. This server says that it encodes them when it is asked to, and does not.
fn keys(request: Request<ListObjects>) -> obs_core::Result<BTreeSet<String>> {
    request.encode_keys(false).iter().map(|object| object.map(|object| object.key)).collect()
}

#[test]
fn objects_go_there_and_come_back() {
    in_each_way(|bucket, way| {
        let content = bytes(200_000);
        let put = bucket
            .put_content("dir/a b.bin", content.clone())
            .content_type("application/x-test")
            .metadata("owner", "alice")
            .send()
            .unwrap_or_else(|e| panic!("{way}: {e}"));
        assert!(put.etag.is_some(), "{way}");
        let mut got = bucket.get_object("dir/a b.bin").send().unwrap_or_else(|e| panic!("{way}: {e}"));
        assert_eq!(got.content_type.as_deref(), Some("application/x-test"), "{way}");
        assert_eq!(got.metadata.get("owner"), Some("alice"), "{way}");
        assert_eq!(got.bytes().expect(way), content, "{way}");

        let mut range = bucket.get_object("dir/a b.bin").range(1000..1010).send().expect(way);
        assert_eq!((range.status(), range.bytes().expect(way)), (206, content[1000..1010].to_vec()), "{way}");
        let mut tail = bucket.get_object("dir/a b.bin").range(199_990..).send().expect(way);
        assert_eq!(tail.bytes().expect(way), content[199_990..], "{way}");

        let head = bucket.get_object_metadata("dir/a b.bin").send().expect(way);
        assert_eq!(head.content_length, Some(200_000), "{way}");
        assert_eq!(head.metadata.get("owner"), Some("alice"), "{way}");
        bucket
            .copy_object("copy +%", CopySource::new(bucket.name(), "dir/a b.bin"))
            .send()
            .unwrap_or_else(|e| panic!("{way}: {e}"));
        assert_eq!(bucket.get_object("copy +%").send().expect(way).bytes().expect(way), content, "{way}");

        bucket.delete_object("dir/a b.bin").send().expect(way);
        let gone = bucket.head_object("dir/a b.bin").send().expect_err(way);
        assert!(gone.is_not_found(), "{way}: {gone}");
    });
}

#[test]
fn odd_keys_are_listed_as_they_were_put_and_deleted_in_one_call() {
    in_each_way(|bucket, way| {
        for key in ODD_KEYS {
            bucket.put_content(key, key).send().unwrap_or_else(|e| panic!("{way} {key}: {e}"));
        }
        let listed = keys(bucket.list_objects());
        assert_eq!(
            listed.unwrap_or_else(|e| panic!("{way}: {e}")),
            ODD_KEYS.map(str::to_owned).into(),
            "{way}"
        );
        assert_eq!(
            keys(bucket.list_objects().prefix("100%")).expect(way),
            ["100%".to_owned()].into(),
            "{way}"
        );
        for key in ODD_KEYS {
            let text = bucket.get_object(key).send().unwrap_or_else(|e| panic!("{way} {key}: {e}")).text();
            assert_eq!(text.expect(key), key, "{way}");
            bucket
                .copy_object("copied", CopySource::new(bucket.name(), key))
                .send()
                .unwrap_or_else(|e| panic!("{way} {key}: {e}"));
            assert_eq!(bucket.get_object("copied").send().expect(key).text().expect(key), key, "{way}");
        }
        let deleted = bucket.delete_objects(ODD_KEYS).send().unwrap_or_else(|e| panic!("{way}: {e}"));
        assert_eq!((deleted.deleted.len(), deleted.errors.len()), (ODD_KEYS.len(), 0), "{way}");
        assert_eq!(keys(bucket.list_objects()).expect(way), ["copied".to_owned()].into(), "{way}");
    });
}

#[test]
fn uploads_in_parts() {
    in_each_way(|bucket, way| {
        let key = "multi part+%.bin";
        let content = bytes(11 << 20);
        let upload = bucket
            .initiate_multipart_upload(key)
            .content_type("text/multi")
            .send()
            .unwrap_or_else(|e| panic!("{way}: {e}"));
        let pieces = [&content[..5 << 20], &content[5 << 20..10 << 20], &content[10 << 20..]];
        let mut parts = Vec::new();
        for (number, piece) in (1..).zip(pieces) {
            let part = bucket.upload_part(key, &upload.upload_id, number, piece.to_vec()).send();
            parts.push(part.unwrap_or_else(|e| panic!("{way} part {number}: {e}")).completed());
        }
        let listed =
            bucket.list_parts(key, &upload.upload_id).send().unwrap_or_else(|e| panic!("{way}: {e}"));
        // This server lists them in no order
        let sizes: BTreeMap<u32, u64> =
            listed.parts.iter().map(|part| (part.part_number, part.size)).collect();
        assert_eq!(sizes, [(1, 5 << 20), (2, 5 << 20), (3, 1 << 20)].into(), "{way}");
        let whole = bucket.complete_multipart_upload(key, &upload.upload_id, parts).send();
        assert!(whole.unwrap_or_else(|e| panic!("{way}: {e}")).etag.is_some(), "{way}");
        assert!(
            bucket.get_object(key).send().expect(way).bytes().expect(way) == content,
            "{way}: other bytes came back"
        );

        let other = bucket.initiate_multipart_upload("aborted").send().expect(way);
        bucket.abort_multipart_upload("aborted", &other.upload_id).send().expect(way);
        let late = bucket.upload_part("aborted", &other.upload_id, 1, "x").send();
        assert!(late.is_err(), "{way}: an aborted upload took a part");
    });
}

/// Performs a signed request with a client that knows nothing of signatures.
fn fetch(url: &SignedUrl, body: &str) -> (u16, String) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    // This client does not resolve names under localhost; the name stays in the Host header, which is signed
    let authority = url.url.trim_start_matches("http://").split('/').next().expect("a host");
    let port = authority.rsplit(':').next().expect("a port");
    let address = url.url.replacen(authority, &format!("127.0.0.1:{port}"), 1);
    let mut request =
        ureq::http::Request::builder().method(url.method.as_str()).uri(address).header("host", authority);
    for (name, value) in url.headers.iter().filter(|(name, _)| *name != "host") {
        request = request.header(name, value);
    }
    let mut answer = agent.run(request.body(body.to_owned()).expect("a request")).expect("an answer");
    (answer.status().as_u16(), answer.body_mut().read_to_string().expect("a text"))
}

#[test]
fn signed_urls_work_for_others() {
    in_each_way(|bucket, way| {
        for key in ODD_KEYS {
            let put = bucket.put_content(key, "").content_type("text/signed").presign(MINUTE).expect(key);
            assert_eq!(put.method, Method::Put);
            let (status, text) = fetch(&put, "signed content");
            assert_eq!(status, 200, "{way} {key}: {text}");
            let get = bucket.get_object(key).presign(MINUTE).expect(key);
            assert_eq!(fetch(&get, ""), (200, "signed content".to_owned()), "{way} {key}");
            let mut other = get.clone();
            let at = other.url.find("ignature=").expect("a signature") + "ignature=".len();
            let changed = if other.url[at..].starts_with('a') { "b" } else { "a" };
            other.url.replace_range(at..=at, changed);
            assert_eq!(fetch(&other, "").0, 403, "{way} {key}: a changed signature was taken");
        }
        let rewritten = bucket
            .get_object("plain")
            .response_content_type("text/html; charset=utf-8")
            .presign(MINUTE)
            .expect(way);
        assert_eq!(fetch(&rewritten, "").0, 200, "{way}");
        let reply =
            bucket.get_object("plain").send_signed(&rewritten).unwrap_or_else(|e| panic!("{way}: {e}"));
        assert_eq!(reply.content_type.as_deref(), Some("text/html; charset=utf-8"), "{way}");
    });
}

#[test]
fn a_wrong_secret_is_refused() {
    let server = Server::start();
    for signature in [Signature::V2, Signature::V4] {
        for host in ["127.0.0.1", "localhost"] {
            let right = server.client(signature, host, SECRET_KEY);
            let wrong = server.client(signature, host, "another secret");
            let error = wrong.bucket("some-bucket").create_bucket().send().expect_err("a wrong secret");
            assert_eq!((error.kind(), error.status()), (ErrorKind::Service, Some(403)), "{error}");
            assert_eq!(error.code(), Some("SignatureDoesNotMatch"), "{error}");
            let error = right.bucket("some-bucket").head_bucket().send().expect_err("no such bucket");
            assert!(error.is_not_found(), "{error}");
            let url = wrong.bucket("some-bucket").get_object("key").presign(MINUTE).expect("a signed URL");
            assert_eq!(fetch(&url, "").0, 403);
        }
    }
}
