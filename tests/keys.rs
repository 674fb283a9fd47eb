//! Keys of every kind: what is put is listed, read, copied, fetched by signed URL and deleted under the very same key, in each
//! protocol and addressing.

use std::collections::BTreeSet;
use std::time::Duration;

use fastrand::Rng;
use obs_core::{BucketClient, CopySource, Credentials, ObsClient, Signature, SignedUrl};
use obs_emulator::Emulator;

const SEED: u64 = 20_260_102;
const MINUTE: Duration = Duration::from_secs(60);
const LONGEST: usize = 1024;

/// Every character of one byte, and of each longer form with each byte that it can have: all bytes that UTF-8 allows, at the start, in the
/// middle and at the end of a key.
fn every_byte() -> Vec<String> {
    let mut keys = Vec::new();
    let mut seen = BTreeSet::new();
    let candidates = (0..=0x7f).chain((0x80..0x800).step_by(0x3f)).chain((0x800..0x1_0000).step_by(0x7ff));
    for c in candidates
        .chain((0x1_0000..0x11_0000).step_by(0x3_ffff))
        .chain([0x10_ffff])
        .filter_map(char::from_u32)
    {
        seen.extend(c.to_string().bytes());
        keys.extend([format!("{c}start"), format!("mid{c}dle"), format!("end{c}")]);
    }
    // C0, C1 and F5 to FF are in no UTF-8; a leading E0 to F4 and a following 80 to BF are all there
    for byte in 0..=0xff_u8 {
        let text = [char::from_u32(u32::from(byte) * 0x40), char::from_u32(u32::from(byte) << 12)];
        for c in text.into_iter().flatten() {
            seen.extend(c.to_string().bytes());
            keys.push(format!("a{c}b"));
        }
    }
    for c in (0..0x40).filter_map(|low| char::from_u32(0x4e00 + low)) {
        seen.extend(c.to_string().bytes());
        keys.push(c.to_string());
    }
    for c in [0x4_0000, 0x8_0000, 0xc_0000, 0x10_0000].into_iter().filter_map(char::from_u32) {
        seen.extend(c.to_string().bytes());
        keys.push(c.to_string());
    }
    let missing: Vec<u8> = (0..=0xff).filter(|byte| !seen.contains(byte)).collect();
    let impossible: Vec<u8> = [0xc0, 0xc1].into_iter().chain(0xf5..=0xff).collect();
    assert_eq!(missing, impossible, "every byte that UTF-8 allows is in some key");
    keys
}

/// Keys that clients have got wrong.
fn notorious() -> Vec<String> {
    let mut keys: Vec<String> = [
        " ",
        ".",
        "..",
        "./",
        "../",
        "./a",
        "../a",
        "a/./b",
        "a/../b",
        "a/..",
        "/",
        "//",
        "/lead",
        "//lead",
        "trail/",
        "trail//",
        "a//b",
        "a///b/",
        "+",
        "++",
        "a+b c",
        "%",
        "%%",
        "100%",
        "%2F",
        "%2f%20%25",
        "already%20encoded",
        "?",
        "a?acl",
        "a?versionId=1",
        "x?versionId=1&acl#f",
        "#",
        "&amp;<&>'\"",
        "a=b&c=d",
        "~tilde",
        "'quote'",
        "(paren)",
        "*",
        "!",
        ";",
        ",",
        ":",
        "@",
        "$",
        "[]{}|\\^`",
        "http://example.com/a?b#c",
        "C:\\dir\\file",
        "\u{7f}",
        "a\r\nb",
        "\ttab\t",
        "\n",
        " lead and trail ",
        "]]>",
        "<!-- comment -->",
        "😀",
        "👩‍👩‍👧‍👦",
        "🏳️‍🌈/🇨🇳",
        "e\u{301} is not é",
        "\u{feff}bom",
        "\u{fffe}\u{ffff}",
        "\u{202e}rtl",
        "中文 文件名.txt",
        "v1",
        "apiversion",
        "_emulator/requests",
    ]
    .map(str::to_owned)
    .into();
    keys.push("k".repeat(LONGEST));
    keys.push(format!("{}wxyz", "😀".repeat(LONGEST / 4 - 1)));
    keys.push("+".repeat(LONGEST));
    keys.push("/".repeat(LONGEST));
    keys
}

/// Random text: mostly what has a meaning somewhere, else any character; up to the longest key.
fn random(rng: &mut Rng) -> String {
    const LOADED: &[u8] = b"+%?#&=~'()*!;,:@/. \\\"<>[]{}|^`$2Ff0";
    let limit = if rng.u8(..) < 16 { LONGEST } else { rng.usize(1..60) };
    let mut key = String::new();
    loop {
        let c = match rng.u8(..3) {
            0 => char::from(LOADED[rng.usize(..LOADED.len())]),
            1 => rng.char('\0'..='\u{7ff}'),
            _ => rng.char(..),
        };
        if key.len() + c.len_utf8() > limit {
            break;
        }
        key.push(c);
    }
    if key.is_empty() { "k".to_owned() } else { key }
}

fn keys() -> Vec<String> {
    let mut rng = Rng::with_seed(SEED);
    let random = (0..1000).map(|_| random(&mut rng));
    let all: BTreeSet<String> = every_byte().into_iter().chain(notorious()).chain(random).collect();
    all.into_iter().collect()
}

/// What is stored under a key: something that no other key has.
fn content(key: &str) -> Vec<u8> {
    [b"content of ", key.as_bytes()].concat()
}

/// Fetches a signed URL with a client that knows nothing of this SDK. Names under localhost it does not resolve: the
/// name stays in the Host header.
fn fetch(agent: &ureq::Agent, emulator: &Emulator, url: &SignedUrl) -> Vec<u8> {
    let rest = url.url.strip_prefix("http://").expect("a URL");
    let (authority, target) = rest.split_once('/').expect("a path");
    let mut request = ureq::http::Request::builder()
        .method(url.method.as_str())
        .uri(format!("http://{}/{target}", emulator.address()))
        .header("host", authority);
    for (name, value) in url.headers.iter().filter(|(name, _)| *name != "host") {
        request = request.header(name, value);
    }
    let mut answer = agent.run(request.body(()).expect("a request")).expect("an answer");
    let body = answer.body_mut().read_to_vec().expect("a body");
    assert_eq!(answer.status().as_u16(), 200, "{}: {}", url.url, String::from_utf8_lossy(&body));
    body
}

fn listed(bucket: &BucketClient) -> Vec<String> {
    bucket.list_objects().max_keys(300).iter().map(|object| object.expect("a page").key).collect()
}

fn round_trip(signature: Signature, virtual_hosted: bool) {
    let emulator = Emulator::start();
    let endpoint = if virtual_hosted { emulator.localhost_endpoint() } else { emulator.endpoint() };
    let client = ObsClient::builder()
        .endpoint(endpoint)
        .credentials(Credentials::new(Emulator::ACCESS_KEY, Emulator::SECRET_KEY))
        .signature(signature)
        .region("region-1")
        .max_retry_count(0)
        .build()
        .expect("a complete configuration");
    let (bucket, copies) = (client.bucket("every-key"), client.bucket("every-copy"));
    bucket.create_bucket().send().expect("a bucket");
    copies.create_bucket().send().expect("a bucket");
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();

    // In the order of listings, which is that of the bytes
    let keys = keys();
    for key in &keys {
        bucket.put_content(key, content(key)).send().unwrap_or_else(|e| panic!("put {key:?}: {e}"));
    }
    let stored: Vec<String> =
        emulator.store().objects("every-key").into_iter().map(|object| object.key).collect();
    assert_eq!(stored, keys, "the server has other keys than were put");
    assert_eq!(listed(&bucket), keys, "other keys are listed than were put");

    for key in &keys {
        let got = bucket.get_object(key).send().and_then(|mut object| object.bytes());
        assert_eq!(got.unwrap_or_else(|e| panic!("get {key:?}: {e}")), content(key), "{key:?}");
        let url = bucket.get_object(key).presign(MINUTE).unwrap_or_else(|e| panic!("presign {key:?}: {e}"));
        assert_eq!(fetch(&agent, &emulator, &url), content(key), "{key:?}");
        let copy = copies.copy_object(key, CopySource::new("every-key", key)).send();
        copy.unwrap_or_else(|e| panic!("copy {key:?}: {e}"));
        let copied = emulator.store().object_bytes("every-copy", key).expect("readable data");
        assert_eq!(copied, Some(content(key)), "{key:?}");
    }
    // A prefix is a key too
    for key in keys.iter().step_by(40) {
        let found: Vec<String> =
            bucket.list_objects().prefix(key).iter().map(|object| object.expect("a page").key).collect();
        let expected: Vec<&String> = keys.iter().filter(|one| one.starts_with(key.as_str())).collect();
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "prefix {key:?}");
    }
    for some in keys.chunks(1000) {
        let deleted = bucket.delete_objects(some).send().unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(deleted.errors, [], "not all were deleted");
        let named: BTreeSet<&str> = deleted.deleted.iter().map(|object| object.key.as_str()).collect();
        assert_eq!(named, some.iter().map(String::as_str).collect(), "the answer names other keys");
    }
    assert_eq!(listed(&bucket), [""; 0], "the batch left something");
    for key in keys.iter().step_by(10) {
        copies.delete_object(key).send().unwrap_or_else(|e| panic!("delete {key:?}: {e}"));
    }
    let left = keys.iter().enumerate().filter(|(n, _)| n % 10 > 0).map(|(_, key)| key.clone());
    assert_eq!(listed(&copies), left.collect::<Vec<_>>(), "single deletions took others");
    assert_eq!(emulator.panics(), 0);
}

#[test]
fn obs_virtual_hosted() {
    round_trip(Signature::Obs, true);
}

#[test]
fn obs_path_style() {
    round_trip(Signature::Obs, false);
}

#[test]
fn v2_virtual_hosted() {
    round_trip(Signature::V2, true);
}

#[test]
fn v2_path_style() {
    round_trip(Signature::V2, false);
}

#[test]
fn v4_virtual_hosted() {
    round_trip(Signature::V4, true);
}

#[test]
fn v4_path_style() {
    round_trip(Signature::V4, false);
}
