//! Form uploads, as browsers send them.

mod raw;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use obs_emulator::Emulator;
use raw::{Raw, Reply, signature, signed_at};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const KEY: &str = "AKIDEXAMPLE0000001";
const SECRET: &str = "SkExampleSecretKey/0123456789abcdefABCDEF";

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_767_323_045)
}

fn server() -> Emulator {
    let emulator = Emulator::builder().clock(now).account(KEY, SECRET, "owner").start().unwrap();
    let signed = signed_at(now(), "PUT", "/examplebucket/", KEY, SECRET);
    let created = Raw::connect(&emulator)
        .ask(&format!("PUT / HTTP/1.1\nHost: examplebucket.localhost\n{signed}Content-Length: 0\n\n"));
    assert_eq!(created.status, 200, "{}", created.text());
    emulator
}

fn send(emulator: &Emulator, fields: &[(&str, &str)], file: Option<&str>) -> Reply {
    let mut body = String::new();
    for (name, value) in fields {
        body += &format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    }
    if let Some(file) = file {
        body += &format!(
            "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"C:\\d\\f.txt\"\r\n\
             Content-Type: text/x-file\r\n\r\n{file}\r\n"
        );
    }
    body += "--XX--\r\n";
    let mut raw = Raw::connect(emulator);
    raw.send(&format!(
        "POST / HTTP/1.1\nHost: examplebucket.localhost\nContent-Type: multipart/form-data; boundary=XX\nContent-Length: {}\n\n",
        body.len()
    ));
    std::io::Write::write_all(&mut raw.stream, body.as_bytes()).unwrap();
    raw.reply().unwrap()
}

/// A form with a policy of one's own.
fn with_policy(conditions: &str, fields: &[(&str, &str)], file: Option<&str>) -> Reply {
    let policy =
        STANDARD.encode(format!("{{\"expiration\":\"2026-01-02T04:04:05Z\",\"conditions\":[{conditions}]}}"));
    let signature = signature(SECRET, &policy);
    let mut all = fields.to_vec();
    all.extend([("policy", policy.as_str()), ("AccessKeyId", KEY), ("signature", signature.as_str())]);
    send(&server(), &all, file)
}

/// Forms whose policies the official SDK signed.
const RECORDED: &[&[(&str, &str)]] = &[
    // post.guide
    &[
        ("key", "any/${filename}"),
        ("x-obs-acl", "public-read"),
        ("content-type", "text/plain"),
        (
            "policy",
            "eyJleHBpcmF0aW9uIjoiMjAyNi0wMS0wMlQwNDowNDowNVoiLCAiY29uZGl0aW9ucyI6W3sieC1vYnMtYWNsIjoicHVibGljLXJlYWQifSx7ImNvbnRlbnQtdHlwZSI6InRleHQvcGxhaW4ifSxbInN0YXJ0cy13aXRoIiwgIiRidWNrZXQiLCAiIl0sWyJzdGFydHMtd2l0aCIsICIka2V5IiwgIiJdXX0=",
        ),
        ("AccessKeyId", "AKIDEXAMPLE0000001"),
        ("signature", "eTuStZNDa2mhWSd/z2Qt7uTO4vA="),
    ],
    // post.full
    &[
        ("key", "objectname"),
        ("x-obs-acl", "public-read"),
        ("content-type", "text/plain"),
        (
            "policy",
            "eyJleHBpcmF0aW9uIjoiMjAyNi0wMS0wMlQwNDowNDowNVoiLCAiY29uZGl0aW9ucyI6W3sieC1vYnMtYWNsIjoicHVibGljLXJlYWQifSx7ImNvbnRlbnQtdHlwZSI6InRleHQvcGxhaW4ifSx7ImJ1Y2tldCI6ImV4YW1wbGVidWNrZXQifSx7ImtleSI6Im9iamVjdG5hbWUifV19",
        ),
        ("AccessKeyId", "AKIDEXAMPLE0000001"),
        ("signature", "AGj7NXvp4rO/oS4FbYAi+sORG1k="),
    ],
    // post.redirect
    &[
        ("key", "objectname"),
        ("success_action_redirect", "http://www.example.com/ok?a=b"),
        ("success_action_status", "201"),
        (
            "policy",
            "eyJleHBpcmF0aW9uIjoiMjAyNi0wMS0wMlQwMzowOTowNVoiLCAiY29uZGl0aW9ucyI6W3sic3VjY2Vzc19hY3Rpb25fcmVkaXJlY3QiOiJodHRwOi8vd3d3LmV4YW1wbGUuY29tL29rP2E9YiJ9LHsic3VjY2Vzc19hY3Rpb25fc3RhdHVzIjoiMjAxIn0seyJidWNrZXQiOiJleGFtcGxlYnVja2V0In0seyJrZXkiOiJvYmplY3RuYW1lIn1dfQ==",
        ),
        ("AccessKeyId", "AKIDEXAMPLE0000001"),
        ("signature", "h/QqQ06jcL1N0vAolNFzXTnvwzY="),
    ],
    // post.metadata
    &[
        ("key", "objectname"),
        ("x-obs-meta-a", "v"),
        ("x-obs-meta-cjk", "值"),
        ("cache-control", "no-cache"),
        ("content-disposition", "inline"),
        ("content-encoding", "gzip"),
        ("expires", "Thu, 01 Jan 2026 00:00:00 GMT"),
        (
            "policy",
            "eyJleHBpcmF0aW9uIjoiMjAyNi0wMS0wMlQwMzowOTowNVoiLCAiY29uZGl0aW9ucyI6W3sieC1vYnMtbWV0YS1hIjoidiJ9LHsieC1vYnMtbWV0YS1jamsiOiLlgLwifSx7ImNhY2hlLWNvbnRyb2wiOiJuby1jYWNoZSJ9LHsiY29udGVudC1kaXNwb3NpdGlvbiI6ImlubGluZSJ9LHsiY29udGVudC1lbmNvZGluZyI6Imd6aXAifSx7ImV4cGlyZXMiOiJUaHUsIDAxIEphbiAyMDI2IDAwOjAwOjAwIEdNVCJ9LHsiYnVja2V0IjoiZXhhbXBsZWJ1Y2tldCJ9LHsia2V5Ijoib2JqZWN0bmFtZSJ9XX0=",
        ),
        ("AccessKeyId", "AKIDEXAMPLE0000001"),
        ("signature", "EK1WUqfSzm0jFTEbhNX3mSAkc/M="),
    ],
    // post.ignored-params
    &[
        ("key", "objectname"),
        ("unknown", "x"),
        ("submit", "Upload"),
        ("content-type", "a/b"),
        (
            "policy",
            "eyJleHBpcmF0aW9uIjoiMjAyNi0wMS0wMlQwMzowOTowNVoiLCAiY29uZGl0aW9ucyI6W3siY29udGVudC10eXBlIjoiYS9iIn0seyJidWNrZXQiOiJleGFtcGxlYnVja2V0In0seyJrZXkiOiJvYmplY3RuYW1lIn1dfQ==",
        ),
        ("AccessKeyId", "AKIDEXAMPLE0000001"),
        ("signature", "OLnq93VYsnaIWRIYtxfbCWZcQT0="),
    ],
    // post.v2
    &[
        ("key", "objectname"),
        ("x-amz-acl", "public-read"),
        ("content-type", "text/plain"),
        (
            "policy",
            "eyJleHBpcmF0aW9uIjoiMjAyNi0wMS0wMlQwMzowOTowNVoiLCAiY29uZGl0aW9ucyI6W3sieC1hbXotYWNsIjoicHVibGljLXJlYWQifSx7ImNvbnRlbnQtdHlwZSI6InRleHQvcGxhaW4ifSx7ImJ1Y2tldCI6ImV4YW1wbGVidWNrZXQifSx7ImtleSI6Im9iamVjdG5hbWUifV19",
        ),
        ("AWSAccessKeyId", "AKIDEXAMPLE0000001"),
        ("signature", "3sD26h6sRdOQZvcvtQLN+DXZqAI="),
    ],
    // post.v4
    &[
        ("key", "objectname"),
        ("x-amz-acl", "public-read"),
        (
            "policy",
            "eyJleHBpcmF0aW9uIjoiMjAyNi0wMS0wMlQwNDowNDowNVoiLCAiY29uZGl0aW9ucyI6W3sieC1hbXotYWNsIjoicHVibGljLXJlYWQifSx7IngtYW16LWFsZ29yaXRobSI6IkFXUzQtSE1BQy1TSEEyNTYifSx7IngtYW16LWRhdGUiOiIyMDI2MDEwMlQwMzA0MDVaIn0seyJ4LWFtei1jcmVkZW50aWFsIjoiQUtJREVYQU1QTEUwMDAwMDAxLzIwMjYwMTAyL2NuLW5vcnRoLTQvczMvYXdzNF9yZXF1ZXN0In0seyJidWNrZXQiOiJleGFtcGxlYnVja2V0In0seyJrZXkiOiJvYmplY3RuYW1lIn1dfQ==",
        ),
        ("x-amz-algorithm", "AWS4-HMAC-SHA256"),
        ("x-amz-credential", "AKIDEXAMPLE0000001/20260102/cn-north-4/s3/aws4_request"),
        ("x-amz-date", "20260102T030405Z"),
        ("x-amz-signature", "c438b2a5b8e49faaaecd989bc76a56a1aec98c1c9e2529ab08889caa6b8f4802"),
    ],
];

#[test]
fn recorded_policies_let_their_forms_in() {
    for fields in RECORDED {
        let emulator = server();
        let reply = send(&emulator, fields, Some("content"));
        assert!([201, 204, 303].contains(&reply.status), "{fields:?}: {} {}", reply.head, reply.text());
        let key = fields[0].1.replace("${filename}", "f.txt");
        assert_eq!(emulator.store().object_bytes("examplebucket", &key).unwrap().unwrap(), b"content");
        assert_eq!(emulator.operation_count("PostObject"), 1);
    }
}

#[test]
fn another_field_value_or_another_signature_is_refused() {
    for fields in RECORDED {
        let mut changed = fields.to_vec();
        changed.last_mut().unwrap().1 = "c29tZXRoaW5nIGVsc2U=";
        let reply = send(&server(), &changed, Some("content"));
        assert!(reply.text().contains("<Code>SignatureDoesNotMatch</Code>"), "{}", reply.text());
    }
    let fields: Vec<_> = RECORDED[1]
        .iter()
        .map(|&(name, value)| (name, if name == "key" { "other" } else { value }))
        .collect();
    let reply = send(&server(), &fields, Some("content"));
    assert!(reply.text().contains("<Code>InvalidPolicyDocument</Code>"), "{}", reply.text());
}

#[test]
fn what_a_form_must_have() {
    let range = "{\"key\":\"k\"},[\"content-length-range\",2,\"4\"]";
    let key = [("key", "k")];
    for (reply, part) in [
        (with_policy(range, &key, None), "IncorrectNumberOfFilesInPostRequest"),
        (with_policy(range, &key, Some("1")), "EntityTooSmall"),
        (with_policy(range, &key, Some("12345")), "EntityTooLarge"),
        (with_policy("", &[], Some("1")), "named 'key'"),
        (with_policy("", &key, Some("1")), "Extra input fields: key"),
        (with_policy("7", &key, Some("1")), "InvalidPolicyDocument"),
        (send(&server(), &key, Some("1")), "AccessDenied"),
        (send(&server(), &[("key", "k"), ("policy", "e30=")], Some("1")), "MalformedPOSTRequest"),
    ] {
        assert!(
            reply.status >= 400 && reply.text().contains(part),
            "{part}: {} {}",
            reply.status,
            reply.text()
        );
    }
    assert_eq!(with_policy(range, &key, Some("123")).status, 204);
}
