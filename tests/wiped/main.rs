//! What is left of secrets in memory that was given back. A client in a process of its own, whose allocator looks through each block as it
//! is freed: the server, which has the same secrets, is in another.

mod freed;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::Command;
use std::time::{Duration, SystemTime};

use obs_core::{
    Cached, CredentialsChain, CredentialsProvider, CredentialsSource, EcsMetadata, EnvCredentials,
    ExpiringCredentials, Method, ObsClient, Signature, SseC,
};
use obs_emulator::Emulator;
use obs_tests::transfers::{PART, bytes};
use obs_transfer::prelude::*;

#[global_allocator]
static FREED: freed::Freed = freed::Freed;

const ACCESS_KEY: &str = "WIPEDACCESSKEY000001";
const SECRET_KEY: &str = "WipedSecretKeyUnmistakable/0123456789+ab";
const TOKEN: &str = "WipedTokenUnmistakable/0123456789+abc==";
const SSE_KEY: &[u8; 32] = b"WipedCustomerKeyUnmistakable0123";
const SSE_KEY_ENCODED: &str = "V2lwZWRDdXN0b21lcktleVVubWlzdGFrYWJsZTAxMjM=";

/// Gives its keys anew each time, with a short life.
#[derive(Debug)]
struct Vault;

impl CredentialsSource for Vault {
    fn fetch(&self) -> obs_core::Result<ExpiringCredentials> {
        Ok(ExpiringCredentials::new(keys(), SystemTime::now() + Duration::from_millis(1)))
    }
}

fn keys() -> Credentials {
    Credentials::new(ACCESS_KEY, SECRET_KEY).with_security_token(TOKEN)
}

/// The key as HMAC works with it.
fn padded(with: u8) -> Vec<u8> {
    SECRET_KEY.bytes().map(|byte| byte ^ with).collect()
}

/// What a program does with its keys.
fn use_keys(endpoint: &str, provider: impl CredentialsProvider, signature: Signature) {
    let builder = ObsClient::builder().endpoint(endpoint).credentials_provider(provider);
    let client = builder.signature(signature).max_retry_count(0).build().unwrap();
    let bucket = client.bucket("wiped");
    let sse = || SseC::new(*SSE_KEY);
    bucket.put_content("k", "the bytes").sse(sse()).send().unwrap();
    assert_eq!(bucket.get_object("k").sse(sse()).send().unwrap().text().unwrap(), "the bytes");
    let copy = bucket.copy_object("copy", CopySource::new("wiped", "k").sse(sse())).sse(sse());
    assert!(!format!("{copy:?}").contains(SSE_KEY_ENCODED));
    copy.send().unwrap();
    bucket.list_objects().iter().for_each(|object| drop(object.unwrap()));
    assert!(bucket.get_object("missing").sse(sse()).send().unwrap_err().is_not_found());
    let url = bucket.get_object("k").sse(sse()).presign(Duration::from_secs(60)).unwrap();
    bucket.get_object("k").send_signed(&url).unwrap();
    client.create_signed_url(Method::Put).bucket("wiped").key("k").sign().unwrap();
    bucket.create_post_signature().key("form").sign().unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes(3 * PART)).unwrap();
    bucket.upload_file("big", file.path()).part_size(PART).sse(sse()).task_num(2).send().unwrap();
}

#[test]
#[ignore = "runs as a child process"]
fn child_that_has_secrets() {
    let var = |name: &str| std::env::var(name).unwrap();
    let (endpoint, metadata) = (var("OBS_TEST_ENDPOINT"), var("OBS_TEST_METADATA"));
    freed::look_for([
        ("secret key", SECRET_KEY.into()),
        ("inner key", padded(0x36)),
        ("outer key", padded(0x5c)),
        ("token", TOKEN.into()),
        ("customer key", SSE_KEY.to_vec()),
        ("customer key in base64", SSE_KEY_ENCODED.into()),
    ]);
    drop(SECRET_KEY.to_owned());
    assert_eq!(freed::found("secret key").len(), 1, "what is freed without being wiped is found");
    for signature in [Signature::Obs, Signature::V2, Signature::V4] {
        use_keys(&endpoint, keys(), signature);
        use_keys(&endpoint, Cached::new(Vault), signature);
        use_keys(&endpoint, EnvCredentials::new(), signature);
        let ecs = || Cached::new(EcsMetadata::new().address(&metadata));
        use_keys(&endpoint, CredentialsChain::new().with(Credentials::anonymous()).with(ecs()), signature);
    }
    for name in ["token", "customer key in base64"] {
        println!("{name}: in {} of {} blocks", freed::found(name).len(), freed::blocks());
    }
    for name in ["secret key", "inner key", "outer key", "customer key"] {
        let found = freed::found(name).into_iter().skip(usize::from(name == "secret key"));
        let left: Vec<_> = found.collect();
        assert!(left.is_empty(), "{name} was left in memory:\n{}", left.join("\n"));
    }
    assert!(freed::blocks() > 1000);
}

/// A metadata service: it answers whatever it is asked, until the test ends.
fn metadata_service() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let asks_for_token = lines.next().unwrap().unwrap().starts_with("PUT");
            lines.take_while(|line| line.as_ref().is_ok_and(|line| !line.is_empty())).for_each(drop);
            let body = if asks_for_token {
                "session".to_owned()
            } else {
                format!(
                    r#"{{"credential": {{"access": "{ACCESS_KEY}", "secret": "{SECRET_KEY}", "securitytoken": "{TOKEN}", "expires_at": "2099-01-02T03:04:05Z"}}}}"#
                )
            };
            write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
        }
    });
    address
}

#[test]
fn no_secret_key_is_left_in_memory_that_was_freed() {
    let in_an_hour = SystemTime::now() + Duration::from_secs(3600);
    let builder = Emulator::builder().temporary_account(ACCESS_KEY, SECRET_KEY, TOKEN, in_an_hour);
    let emulator = builder.start().unwrap();
    let client = ObsClient::builder().endpoint(emulator.endpoint()).credentials(keys());
    client.build().unwrap().bucket("wiped").create_bucket().send().unwrap();
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_that_has_secrets", "--ignored", "--nocapture"])
        .env("OBS_TEST_ENDPOINT", emulator.endpoint())
        .env("OBS_TEST_METADATA", metadata_service())
        .env("OBS_ACCESS_KEY_ID", ACCESS_KEY)
        .env("OBS_SECRET_ACCESS_KEY", SECRET_KEY)
        .env("OBS_SECURITY_TOKEN", TOKEN)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success(), "{said}\n{}", String::from_utf8_lossy(&child.stderr));
    said.lines().filter(|line| line.contains("blocks")).for_each(|line| println!("{line}"));
}
