//! Answers that no good server gives, over a real connection: an error or the right value, in little memory, and soon.
//! `tests/decode.rs` has a hundred thousand more, without the connection.

use std::process::Command;
use std::time::{Duration, Instant};

use obs_core::{BucketClient, ErrorKind};
use obs_emulator::{Action, Emulator, Raw, Rule};

use crate::{SECOND, place, strict};

/// What a listing must come to.
enum End {
    /// The one key.
    Key,
    /// An error, of one of these kinds.
    Error(&'static [ErrorKind]),
    /// Either: what counts is that it ends, and that what comes is right.
    Either,
}
use End::{Either, Error, Key};

const LIST: &str = "<?xml version=\"1.0\"?><ListBucketResult><Name>hostile</Name><MaxKeys>1000</MaxKeys>\
    <IsTruncated>false</IsTruncated><Contents><Key>the-key</Key><Size>1</Size></Contents></ListBucketResult>";
const BROKEN: &[ErrorKind] = &[ErrorKind::Connection];
const NO_XML: &[ErrorKind] = &[ErrorKind::Decode];
const SERVICE: &[ErrorKind] = &[ErrorKind::Service];

fn with(headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\n{headers}\r\n{body}").into_bytes()
}

fn sized(body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    [&with(&format!("content-length: {}\r\n", body.len()), ""), body].concat()
}

/// A document with something done to it.
fn changed(from: &str, to: &str) -> Vec<u8> {
    assert!(LIST.contains(from));
    sized(LIST.replacen(from, to, 1))
}

fn lists() -> Vec<(&'static str, Vec<u8>, End)> {
    let chunk = |size: &str, body: &str| with("transfer-encoding: chunked\r\n", &format!("{size}\r\n{body}"));
    let len = LIST.len();
    let interim = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n".repeat(50);
    let entities = "<!DOCTYPE r [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>\
        <!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;'>]>";
    let html = "<!DOCTYPE html><html><head><title>Proxy</title></head><body><p>Sign in<br></body></html>";
    let declared = |len: &str| with(&format!("content-length: {len}\r\n"), LIST);
    vec![
        ("as it should be", sized(LIST), Key),
        ("blanks before the declaration", sized(format!(" \r\n\t \n{LIST}")), Key),
        ("a byte order mark", sized(format!("\u{feff}{LIST}")), Key),
        ("no declaration", changed("<?xml version=\"1.0\"?>", ""), Key),
        (
            "unknown elements and comments",
            changed("<Contents>", "<New a='1'><!-- c --><x/></New><Contents>"),
            Key,
        ),
        ("no length: up to the end", with("connection: close\r\n", LIST), Key),
        ("in chunks", chunk(&format!("{len:x};ext=1"), &format!("{LIST}\r\n0\r\n\r\n")), Key),
        ("fifty informational heads", [interim.into_bytes(), sized(LIST)].concat(), Key),
        (
            "labelled gzip, and not",
            with(&format!("content-encoding: gzip\r\ncontent-length: {len}\r\n"), LIST),
            Key,
        ),
        (
            "headers twice",
            with(
                &format!("etag: \"a\"\r\netag: \"b\"\r\ndate: x\r\ndate: y\r\ncontent-length: {len}\r\n"),
                LIST,
            ),
            Key,
        ),
        (
            "a header that is not text",
            {
                let head = with(&format!("content-length: {len}\r\nx-obs-id-2: \u{1}"), "").to_vec();
                [
                    head.iter().map(|b| if *b == 1 { 0xe9 } else { *b }).collect::<Vec<u8>>(),
                    b"\r\n".to_vec(),
                    LIST.into(),
                ]
                .concat()
            },
            Either,
        ),
        ("too short", declared(&(len + 10).to_string()), Error(BROKEN)),
        ("too long", declared(&(len - 10).to_string()), Error(NO_XML)),
        ("two lengths", with(&format!("content-length: {len}\r\ncontent-length: 5\r\n"), LIST), Either),
        (
            "length and chunks",
            with(
                &format!("content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n{len:x}\r\n"),
                &format!("{LIST}\r\n0\r\n\r\n"),
            ),
            Either,
        ),
        ("a negative length", declared("-1"), Either),
        ("a length beyond all", declared("99999999999999999999999"), Either),
        ("a length in words", declared("many"), Either),
        ("a chunk without end", chunk(&format!("{:x}", len + 1), LIST), Error(BROKEN)),
        ("no last chunk", chunk(&format!("{len:x}"), &format!("{LIST}\r\n")), Error(BROKEN)),
        ("a chunk of no size", chunk("zz", LIST), Error(BROKEN)),
        ("a chunk beyond all", chunk("ffffffffffffffffff", LIST), Error(BROKEN)),
        ("gzip", sized([&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &[0xcb; 40]].concat()), Error(NO_XML)),
        ("nothing", sized(""), Error(NO_XML)),
        ("a page of a proxy", sized(html), Error(NO_XML)),
        (
            "a page of a proxy, with its status",
            {
                [
                    format!(
                        "HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-length: {}\r\n\r\n",
                        html.len()
                    ),
                    html.to_owned(),
                ]
                .concat()
                .into()
            },
            Error(SERVICE),
        ),
        ("another document", sized("<Other/>"), Either),
        ("cut in the middle", sized(&LIST[..len / 2]), Error(NO_XML)),
        ("two roots", sized(format!("{LIST}<More/>")), Either),
        ("a control character", changed("the-key", "the\u{1}key"), Error(NO_XML)),
        ("a control character by number", changed("the-key", "the&#x1;key"), Error(NO_XML)),
        ("no UTF-8", sized([&LIST.as_bytes()[..150], &[0xff, 0xfe]].concat()), Error(NO_XML)),
        ("entities", changed("<ListBucketResult>", &format!("{entities}<ListBucketResult>")), Error(NO_XML)),
        (
            "a file of the system",
            changed(
                "<ListBucketResult>",
                "<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><ListBucketResult>",
            ),
            Error(NO_XML),
        ),
        ("numbers that are none", changed("<Size>1<", "<Size>-1<"), Either),
        ("deep", sized(format!("<ListBucketResult>{}", "<Key>".repeat(200_000))), Error(NO_XML)),
        ("another protocol", b"SSH-2.0-OpenSSH_9.0\r\n".to_vec(), Error(BROKEN)),
        (
            "HTTP 2",
            b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x64\0\x04\x40\0\0\0\0\x02\0\0\0\0".to_vec(),
            Error(BROKEN),
        ),
        ("HTTP 0.9", LIST.into(), Error(BROKEN)),
        ("a status of 1000", b"HTTP/1.1 1000 Much\r\n\r\n".to_vec(), Error(BROKEN)),
        ("a status of 99", b"HTTP/1.1 099 Little\r\ncontent-length: 0\r\n\r\n".to_vec(), Either),
        ("half a head", b"HTTP/1.1 200 OK\r\ncontent-le".to_vec(), Error(BROKEN)),
        (
            "101, which nobody asked for",
            b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n".to_vec(),
            Either,
        ),
    ]
}

fn impatient(emulator: &Emulator) -> BucketClient {
    strict(&emulator.endpoint()).timeout(SECOND).build().unwrap().bucket("hostile")
}

#[test]
fn bad_answers_are_errors_or_the_right_value() {
    let (emulator, bucket) = place();
    bucket.put_content("the-key", "x").send().unwrap();
    let bucket = impatient(&emulator);
    let mut wrong = Vec::new();
    for (name, bytes, end) in lists() {
        for keep_open in [false, true] {
            emulator.faults().clear();
            let raw = Raw::bytes(bytes.clone());
            let raw = if keep_open { raw.keep_open() } else { raw };
            emulator.faults().add(Rule::new(Action::Raw(raw)).times(1));
            let started = Instant::now();
            let result = bucket.list_objects().send();
            let took = started.elapsed();
            let keys = |contents: &[_]| contents.len();
            let fits = match (&result, &end) {
                (Ok(page), Key) => page.contents.len() == 1 && page.contents[0].key == "the-key",
                (Ok(page), Either) => keys(&page.contents) <= 1,
                (Err(error), Either) => !error.to_string().contains('\n'),
                // Left open, what does not come is waited for
                (Err(error), Error(kinds)) => {
                    kinds.contains(&error.kind()) || keep_open && error.kind() == ErrorKind::Timeout
                }
                (Err(error), Key) => {
                    keep_open && error.kind() == ErrorKind::Timeout && name.contains("up to the end")
                }
                (Ok(_), Error(_)) => false,
            };
            if !fits || took > SECOND * 4 {
                let result =
                    result.map(|page| page.contents.iter().map(|o| o.key.clone()).collect::<Vec<_>>());
                wrong.push(format!("{name} (open: {keep_open}): {took:?} {result:?}"));
            }
            // What was too much is nobody else's answer
            match bucket.list_objects().send() {
                Ok(page) if page.contents.len() == 1 => {}
                other => wrong.push(format!("{name} (open: {keep_open}) spoiled the next call: {other:?}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn bodies_where_there_should_be_none_are_nobodys_answer() {
    let (emulator, bucket) = place();
    bucket.put_content("the-key", "x").send().unwrap();
    let bucket = impatient(&emulator);
    for (status, method) in [
        ("204 No Content", "DELETE"),
        ("304 Not Modified", "GET"),
        ("200 OK", "HEAD"),
        ("205 Reset Content", "DELETE"),
    ] {
        emulator.faults().clear();
        let body = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged";
        let raw = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        emulator.faults().add(Rule::new(Action::Raw(Raw::bytes(raw).keep_open())).method(method).times(1));
        match method {
            "DELETE" => drop(bucket.delete_object("other").send().unwrap()),
            "HEAD" => drop(bucket.head_object("the-key").send().unwrap()),
            _ => assert_eq!(bucket.get_object("the-key").send().unwrap_err().status(), Some(304)),
        }
        assert_eq!(bucket.get_object("the-key").send().unwrap().text().unwrap(), "x", "after {status}");
    }
}

#[test]
fn an_object_that_is_cut_or_damaged_is_never_taken_for_whole() {
    let (emulator, bucket) = place();
    let content = obs_tests::transfers::bytes(200_000);
    bucket.put_content("the-key", content.clone()).send().unwrap();
    let bucket = impatient(&emulator);
    for action in [
        Action::CloseResponse(100_000),
        Action::ResetResponse(100_000),
        Action::ContentLength(-500),
        Action::ContentLength(500),
        Action::FlipResponse { offset: 150_000, mask: 1 },
    ] {
        for times in [1, u64::MAX] {
            emulator.faults().clear();
            emulator.faults().add(Rule::new(action.clone()).times(times));
            let result = bucket.get_object("the-key").send().and_then(|object| object.into_inner().bytes());
            match result {
                Ok(bytes) => assert!(bytes == content, "{action:?}: other bytes"),
                Err(error) => assert!(!error.to_string().is_empty(), "{action:?}"),
            }
        }
    }
}

/// Answers without end, or of two GiB, and what becomes of them.
fn huge() -> Vec<(&'static str, Raw)> {
    let list = "HTTP/1.1 200 OK\r\ncontent-length: 2147483648\r\n\r\n<ListBucketResult>";
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let block = |text: &str| text.repeat(65_536 / text.len());
    let chunks = format!("1000\r\n{}\r\n", "<K>k</K>".repeat(512)).repeat(16);
    vec![
        ("two GiB of XML", Raw::bytes(list).then_forever(block("<Contents><Key>k</Key></Contents>"))),
        ("two GiB of one text", Raw::bytes(format!("{list}<Name>")).then_forever(block("x"))),
        (
            "two GiB of blanks",
            Raw::bytes("HTTP/1.1 200 OK\r\ncontent-length: 2147483648\r\n\r\n").then_forever(block(" ")),
        ),
        ("chunks without end", Raw::bytes(chunked).then_forever(chunks.clone())),
        ("an extension of a chunk without end", Raw::bytes(format!("{chunked}8;")).then_forever(block("x"))),
        ("an error without end", {
            let head = "HTTP/1.1 403 Forbidden\r\ntransfer-encoding: chunked\r\n\r\n7\r\n<Error>\r\n";
            Raw::bytes(head).then_forever(chunks.clone())
        }),
        ("a head without end", Raw::bytes("HTTP/1.1 200 OK\r\n").then_forever("x-a: b\r\n".repeat(1000))),
        ("a header without end", Raw::bytes("HTTP/1.1 200 OK\r\nx-a: ").then_forever(block("b"))),
        ("a reason without end", Raw::bytes("HTTP/1.1 200 ").then_forever(block("b"))),
        (
            "informational heads without end",
            Raw::bytes("").then_forever("HTTP/1.1 100 Continue\r\n\r\n".repeat(100)),
        ),
        (
            "trailers without end",
            Raw::bytes(format!("{chunked}0\r\n")).then_forever("x-a: b\r\n".repeat(1000)),
        ),
    ]
}

#[test]
fn huge_answers_end_soon_in_little_memory() {
    for index in 0..huge().len() {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "answers::child_that_meets_a_huge_answer", "--ignored", "--nocapture"])
            .env("OBS_TEST_ANSWER", index.to_string())
            .output()
            .unwrap();
        let said = [child.stdout, child.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(child.status.success(), "{}: {said}", huge()[index].0);
        said.lines().filter(|line| line.contains(" MiB: ")).for_each(|line| println!("{line}"));
    }
}

#[test]
#[ignore = "runs as a child process"]
fn child_that_meets_a_huge_answer() {
    let index: usize = std::env::var("OBS_TEST_ANSWER").unwrap().parse().unwrap();
    let (name, raw) = huge().remove(index);
    // A hang must not outlive this
    std::thread::spawn(|| {
        std::thread::sleep(Duration::from_secs(60));
        eprintln!("does not end");
        std::process::abort();
    });
    let (emulator, _) = place();
    let bucket = impatient(&emulator);
    emulator.faults().add(Rule::new(Action::Raw(raw)));
    let peak = || {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:").map(str::to_owned));
        line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok()).unwrap_or(0) >> 10
    };
    let (before, started) = (peak(), Instant::now());
    let error = bucket.list_objects().send().unwrap_err();
    let (took, memory) = (started.elapsed(), peak() - before);
    println!("{name}: {took:?}, {memory} MiB: {error}");
    assert!(took < SECOND * 20, "{took:?}");
    assert!(memory < 128, "{memory} MiB");
}
