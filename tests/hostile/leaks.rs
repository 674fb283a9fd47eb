//! Secrets stay secret: a long scenario with everything logged at the level trace, by every crate, and all that is written down.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, SystemTime};

use obs_core::{
    BucketClient, CopySource, Credentials, CredentialsSource, EcsMetadata, ErrorKind, Method, ObsClient,
    Signature, SseC,
};
use obs_emulator::{Action, Answer, Emulator, Rule, SeenRequest};
use obs_tests::transfers::{PART, bytes};
use obs_transfer::prelude::*;

use crate::log;
use crate::pki::Authority;
use crate::proxy::Proxy;

const ACCESS_KEY: &str = "LEAKACCESSKEY0000001";
const SECRET_KEY: &str = "LeakSecretKeyUnmistakable/0123456789+abc";
const TOKEN: &str = "LeakTokenUnmistakable/0123456789+abc==";
const TOKEN_ENCODED: &str = "LeakTokenUnmistakable%2F0123456789%2Babc";
const PASSWORD: &str = "leak-proxy-password";
/// `leaker:leak-proxy-password`
const PASSWORD_ENCODED: &str = "bGVha2VyOmxlYWstcHJveHktcGFzc3dvcmQ=";
const SSE_KEY: &[u8; 32] = b"LeakCustomerKeyUnmistakable01234";
const SSE_KEY_ENCODED: &str = "TGVha0N1c3RvbWVyS2V5VW5taXN0YWthYmxlMDEyMzQ=";
/// Of a certificate, in the body of a request.
const PRIVATE_KEY: &str = "LeakPrivateKeyUnmistakable0123456789";

/// What nothing may show.
fn secrets(seen: &[SeenRequest]) -> Vec<String> {
    let sse = std::str::from_utf8(SSE_KEY).unwrap();
    let fixed =
        [SECRET_KEY, TOKEN, TOKEN_ENCODED, PASSWORD, PASSWORD_ENCODED, sse, SSE_KEY_ENCODED, PRIVATE_KEY];
    let bytes = format!("{SSE_KEY:?}");
    let mut all: Vec<String> = fixed.map(str::to_owned).to_vec();
    all.push(bytes.trim_matches(['[', ']']).to_owned());
    // Every signature that went over the wire
    for request in seen {
        let header = request.header("authorization").unwrap_or_default();
        let signature = header.rsplit([':', '=']).find(|text| text.len() > 16);
        all.extend(signature.map(str::to_owned));
        if let Some((_, rest)) = header.rsplit_once(':') {
            all.push(rest.to_owned());
        }
        let parameters =
            request.query.iter().filter(|(name, _)| name.to_ascii_lowercase().ends_with("signature"));
        for signature in parameters.filter_map(|(_, value)| value.clone()) {
            all.push(signature.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D"));
            all.push(signature);
        }
    }
    all.sort_unstable();
    all.dedup();
    all.retain(|secret| secret.len() > 8);
    all
}

fn check(what: &str, text: &str, secrets: &[String]) {
    for secret in secrets {
        assert!(!text.contains(&**secret), "{what} shows {secret}: {text}");
    }
}

/// All that a program does in a day, its mistakes included; what it was told and could print.
fn scenario(client: &ObsClient, emulator: &Emulator, folder: &std::path::Path) -> Vec<String> {
    let mut told = Vec::new();
    let bucket = client.bucket(format!("leaks-{}", folder.file_name().unwrap().to_str().unwrap()));
    let key = || SseC::new(*SSE_KEY);
    told.push(format!("{client:?} {bucket:?} {:?}", key()));

    bucket.create_bucket().send().unwrap();
    let put = bucket.put_content("k", "text").sse(key()).metadata("owner", "x");
    told.push(format!("{put:?}"));
    told.push(format!("{:?}", put.send().unwrap()));
    told.push(format!("{:?}", bucket.get_object("k").sse(key()).send().unwrap()));
    let source = CopySource::new(bucket.name(), "k").sse(key());
    let copy = bucket.copy_object("copy", source).sse(key());
    told.push(format!("{copy:?}"));
    told.push(format!("{:?}", copy.send().map(drop)));
    told.push(format!("{:?}", bucket.list_objects().send().unwrap()));

    let text =
        bucket.put_content("document", PRIVATE_KEY).send().and_then(|_| bucket.get_object("document").send());
    assert_eq!(text.unwrap().text().unwrap(), PRIVATE_KEY);
    let certificate = obs_core::settings::Certificate::new("mine", "public", PRIVATE_KEY);
    let domain = bucket.set_bucket_custom_domain("www.example.com").certificate(certificate);
    told.push(format!("{domain:?}"));
    told.push(format!("{:?}", domain.send().map(drop)));

    // URLs and forms for others
    let url = bucket.get_object("k").sse(key()).presign(Duration::from_secs(600)).unwrap();
    told.push(format!("{url:?}"));
    bucket.get_object("k").send_signed(&url).unwrap();
    let url = client.create_signed_url(Method::Put).bucket(bucket.name()).key("by-url").sign().unwrap();
    told.push(format!("{url:?} {:?}", client.create_signed_url(Method::Get).bucket(bucket.name())));
    told.push(format!("{:?}", client.send_signed_url(&url, "x").map(drop)));
    let missing = bucket.get_object("missing").presign(Duration::from_secs(600)).unwrap();
    told.push(said(bucket.get_object("missing").send_signed(&missing).unwrap_err()));
    let form = bucket.create_post_signature().key("form");
    told.push(format!("{form:?}"));
    told.push(format!("{:?}", form.sign()));

    // What goes wrong: refused, redirected, broken, silent, tried again
    for action in [
        Action::Answer(Answer::error(503, "SlowDown", "slow down")),
        Action::Answer(Answer::error(403, "AccessDenied", "no")),
        Action::Answer(Answer::redirect(307, "https://elsewhere.example.org/k?Signature=forged")),
        Action::Answer(Answer::redirect(302, format!("http://{}/k", emulator.address()))),
        Action::ResetResponse(0),
        Action::DropAnswer,
        Action::StallHead(None),
        Action::CloseAfter,
    ] {
        emulator.faults().clear();
        emulator.faults().add(Rule::new(action));
        told.extend(bucket.get_object("k").sse(key()).send().err().map(said));
        told.extend(bucket.get_object("k").send_signed(&missing).err().map(said));
    }
    emulator.faults().clear();
    told.extend(
        bucket.put_content("k", "x").header("x-obs-security-token\r\n", TOKEN).send().err().map(said),
    );
    told.extend(
        bucket
            .put_content("k", "x")
            .header("x-obs-security-token", format!("{TOKEN}\r\n"))
            .send()
            .err()
            .map(said),
    );

    told.extend(transfers(&bucket, emulator, folder));
    told
}

fn said(error: obs_core::Error) -> String {
    let mut text = format!("{error} | {error:?} | {error:#?}");
    let mut source = std::error::Error::source(&error);
    while let Some(error) = source {
        text += &format!(" | {error} | {error:?}");
        source = error.source();
    }
    text
}

/// Stops half-way, with what is on the disk then.
fn transfers(bucket: &BucketClient, emulator: &Emulator, folder: &std::path::Path) -> Vec<String> {
    let mut told = Vec::new();
    let (source, target) = (folder.join("source"), folder.join("target"));
    fs::write(&source, bytes(6 * PART)).unwrap();
    // A file for its owner's eyes is not shown to others while another is fetched into its place
    fs::write(&target, "").unwrap();
    #[cfg(unix)]
    fs::set_permissions(&target, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let upload = || {
        let upload = bucket.upload_file("big", &source).part_size(PART).task_num(2).checkpoint(true);
        upload.sse(SseC::new(*SSE_KEY))
    };
    told.push(format!("{:?}", upload()));
    emulator.faults().add(Rule::error(403, "AccessDenied").operation("UploadPart").skip(3));
    let error = upload().send().unwrap_err();
    told.push(format!("{error} | {error:?}"));
    told.extend(on_disk(folder, "source"));
    emulator.faults().clear();
    upload().send().unwrap();

    let download = || {
        let download = bucket.download_file("big", &target).part_size(PART).task_num(2).checkpoint(true);
        download.sse(SseC::new(*SSE_KEY))
    };
    emulator.faults().add(Rule::error(403, "AccessDenied").operation("GetObject").skip(3));
    let error = download().send().unwrap_err();
    told.push(format!("{error} | {error:?}"));
    told.extend(on_disk(folder, "source"));
    emulator.faults().clear();
    download().send().unwrap();
    told
}

/// The text of what lies there; all of it for the owner's eyes only.
fn on_disk(folder: &std::path::Path, but: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if name == but {
            continue;
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{name}: {mode:o}");
        }
        found.push(format!("{name}: {}", String::from_utf8_lossy(&fs::read(entry.path()).unwrap())));
    }
    assert!(!found.is_empty(), "a job that stopped half-way leaves its checkpoint");
    found
}

#[test]
fn no_secret_is_shown_or_written_down_in_a_long_scenario() {
    log::keep();
    let company = Authority::new();
    let builder = Emulator::builder().base_host("obs.example.com").temporary_account(
        ACCESS_KEY,
        SECRET_KEY,
        TOKEN,
        SystemTime::now() + Duration::from_secs(3600),
    );
    let emulator = company.serve_in(&["obs.example.com", "*.obs.example.com"], (2020, 2120), builder);
    let proxy = Proxy::start(emulator.address(), PASSWORD_ENCODED);
    let folder = tempfile::tempdir().unwrap();
    let mut told = Vec::new();
    for (name, signature) in [("obs", Signature::Obs), ("v2", Signature::V2), ("v4", Signature::V4)] {
        let credentials = Credentials::new(ACCESS_KEY, SECRET_KEY).with_security_token(TOKEN);
        told.push(format!("{credentials:?}"));
        let builder = ObsClient::builder()
            .endpoint("https://obs.example.com")
            .credentials(credentials)
            .signature(signature)
            .region("region-1")
            .root_certificates_pem(company.pem.as_bytes())
            .proxy(&proxy.url)
            .proxy_credentials("leaker", PASSWORD)
            .timeout(Duration::from_millis(500))
            .retry_delay(Duration::from_millis(1), Duration::from_millis(5))
            .max_retry_count(1);
        told.push(format!("{builder:?}"));
        let folder = folder.path().join(name);
        fs::create_dir(&folder).unwrap();
        told.extend(scenario(&builder.build().unwrap(), &emulator, &folder));
    }
    // Keys that are wrong: the server's answer holds the string to sign, token and all
    let wrong = Credentials::new(ACCESS_KEY, format!("{SECRET_KEY}x")).with_security_token(TOKEN);
    let client = ObsClient::builder()
        .endpoint("https://obs.example.com")
        .credentials(wrong)
        .root_certificates_pem(company.pem.as_bytes())
        .proxy(&proxy.url)
        .proxy_credentials("leaker", PASSWORD);
    let error = client.build().unwrap().list_buckets().send().unwrap_err();
    assert_eq!(error.code(), Some("SignatureDoesNotMatch"));
    told.push(said(error));
    let bad = ObsClient::builder().endpoint("http://h").proxy(format!("socks9://u:{PASSWORD}@h:1")).build();
    let bad = bad.unwrap_err();
    assert_eq!(bad.kind(), ErrorKind::InvalidInput);
    told.push(said(bad));

    let secrets = secrets(&emulator.requests());
    assert!(secrets.len() > 100, "only {} secrets to look for", secrets.len());
    for text in &told {
        check("what was told", text, &secrets);
    }
    let lines = log::lines();
    let own = lines.iter().filter(|line| line.contains(" obs::http: ")).count();
    assert!(own > 200, "only {own} lines in the log");
    for line in &lines {
        check("the log", line, &secrets);
    }
    let dumped: String = log::lines_by_thread().values().map(|lines| dumped(lines) + "\n").collect();
    let asked: Vec<_> = dumped.lines().filter(|line| line.ends_with(" HTTP/1.1")).collect();
    assert!(asked.len() > 100, "only {} requests were dumped", asked.len());
    let shown: Vec<_> = asked.iter().filter(|line| line.rsplit(' ').nth(1) != Some("/")).collect();
    assert!(shown.is_empty(), "the log shows what was asked for: {shown:?}");
    check("the bytes in the log", &dumped, &secrets);
    println!("{} secrets in none of {} lines and {} texts", secrets.len(), lines.len(), told.len());
}

/// The bytes that ureq shows at the level trace, sixteen a line: `5055 5420 …`.
fn dumped(lines: &[String]) -> String {
    let rows = lines.iter().filter_map(|line| line.strip_prefix("TRACE ureq_proto::util: "));
    let digits: String = rows.flat_map(|row| row.split(' ').take(8)).collect();
    let bytes = digits
        .as_bytes()
        .chunks(2)
        .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    String::from_utf8_lossy(&bytes.collect::<Vec<_>>()).into_owned()
}

/// A metadata service that answers in chunks, or up to the end of the connection.
fn metadata_service(framing: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for answer in ["metadata-session", METADATA] {
            let mut stream = BufReader::new(listener.accept().unwrap().0);
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") && stream.read_line(&mut head).unwrap() > 0 {}
            let body = match framing {
                "" => answer.to_owned(),
                _ => format!("{:x}\r\n{answer}\r\n0\r\n\r\n", answer.len()),
            };
            let head = format!("HTTP/1.1 200 OK\r\n{framing}connection: close\r\n\r\n");
            stream.get_mut().write_all((head + &body).as_bytes()).unwrap();
        }
    });
    address
}

const METADATA: &str = r#"{"credential": {"access": "LEAKACCESSKEY0000002", "secret": "LeakMetadataSecretKeyUnmistakable",
    "securitytoken": "LeakMetadataTokenUnmistakable", "expires_at": "2099-01-02T03:04:05.000000Z"}}"#;

#[test]
fn keys_of_the_metadata_service_are_in_no_log_however_it_frames_them() {
    log::keep();
    for framing in ["transfer-encoding: chunked\r\n", ""] {
        let found = EcsMetadata::new().address(metadata_service(framing)).fetch().unwrap();
        assert_eq!(found.credentials.access_key_id(), "LEAKACCESSKEY0000002");
    }
    let secrets = ["LeakMetadata", "metadata-session"].map(str::to_owned);
    log::lines().iter().for_each(|line| check("the log", line, &secrets));
    log::lines_by_thread().values().for_each(|lines| check("the bytes in the log", &dumped(lines), &secrets));
}

#[test]
fn success_is_silent_above_debug() {
    log::keep();
    let (_emulator, bucket) = crate::place();
    let before = log::lines().len();
    bucket.put_content("quiet-as-a-mouse", "x").send().unwrap();
    bucket.get_object("quiet-as-a-mouse").send().unwrap().text().unwrap();
    let loud = |line: &&String| {
        line.contains("quiet-as-a-mouse")
            && ["ERROR", "WARN", "INFO"].iter().any(|level| line.starts_with(level))
    };
    let lines = log::lines();
    assert_eq!(lines[before..].iter().find(loud), None);
    assert!(lines[before..].iter().any(|line| line.contains("quiet-as-a-mouse")));
}
