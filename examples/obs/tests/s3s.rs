//! A server that nobody here wrote, in both protocols of S3.

#[path = "../../../tests/s3s_server.rs"]
mod s3s_server;
mod support;

use std::fs;
use std::process::{Command, Stdio};

use obs_core::{Headers, Method, ObsClient, SignedUrl};
use s3s_server::{ACCESS_KEY, SECRET_KEY, Server};
use support::{bytes, failed, succeeded, tree};

/// What a program gets that knows the URL alone.
fn fetched(url: &str) -> String {
    let client = ObsClient::builder().endpoint("http://127.0.0.1").build().unwrap();
    let url = SignedUrl::new(Method::Get, url, Headers::new());
    std::io::read_to_string(client.send_signed_url(&url, ()).unwrap().into_inner()).unwrap()
}

#[test]
fn v2_and_v4_are_understood_by_others() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let work = folder.path();
    fs::create_dir_all(work.join("t/sub")).unwrap();
    fs::write(work.join("t/a b.txt"), "a b").unwrap();
    // No + in names: this server says that it encodes keys in lists, and does not
    fs::write(work.join("t/sub/ü.txt"), "umlaut").unwrap();
    fs::write(work.join("big.bin"), bytes(12 << 20)).unwrap();
    for (signature, host) in
        [("v2", "127.0.0.1"), ("v4", "127.0.0.1"), ("v2", "localhost"), ("v4", "localhost")]
    {
        let obs = |args: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_obs"));
            command.args(args).args(["--signature", signature, "--region", "us-east-1"]);
            command.current_dir(work).env_clear().env("HOME", work);
            command.env("OBS_ENDPOINT", format!("http://{host}:{}", server.address.port()));
            command.env("OBS_ACCESS_KEY_ID", ACCESS_KEY).env("OBS_SECRET_ACCESS_KEY", SECRET_KEY);
            command
        };
        let done = |args: &[&str]| succeeded(&obs(args).output().unwrap());
        let bucket = format!("obs://bucket-{signature}-{host}");
        let at = |key: &str| format!("{bucket}/{key}");
        let back = format!("back-{signature}-{host}");
        done(&["mb", &bucket]);
        assert!(done(&["ls"]).contains(&bucket));
        done(&["cp", "big.bin", &at("big.bin"), "--part-size", "5MiB"]);
        done(&["cp", &at("big.bin"), "copy.bin"]);
        assert!(fs::read(work.join("copy.bin")).unwrap() == fs::read(work.join("big.bin")).unwrap());
        done(&["cp", &at("big.bin"), &at("other.bin")]);
        assert!(done(&["stat", &at("other.bin")]).contains(&format!("{}\n", 12 << 20)));
        done(&["cp", "t/a b.txt", &at("t/a b.txt")]);
        assert_eq!(done(&["cat", &at("t/a b.txt")]), "a b");
        done(&["cp", "-r", "t", &at("tree")]);
        done(&["cp", "-r", &at("tree"), &back, "--include", "*.txt"]);
        assert!(tree(&work.join(&back)) == tree(&work.join("t")));
        done(&["cp", "-r", &at("tree"), &at("copy")]);
        done(&["mv", "-r", &at("copy"), &at("moved")]);
        assert_eq!(done(&["ls", "-r", &at("copy/")]), "");
        assert!(done(&["sync", &at("tree"), &at("moved")]).starts_with("0 done"));
        let back = format!("{back}-moved");
        done(&["mv", "-r", &at("moved"), &back]);
        assert!(tree(&work.join(&back)) == tree(&work.join("t")));
        done(&["mv", &at("other.bin"), &at("last.bin")]);
        assert!(done(&["ls", &bucket]).contains("last.bin"));
        let url = done(&["presign", "GET", &at("t/a b.txt")]);
        assert!(
            url.contains(if signature == "v4" { "X-Amz-Signature=" } else { "AWSAccessKeyId=" }),
            "{url}"
        );
        assert_eq!(fetched(url.trim()), "a b");
        done(&["rm", &at("last.bin")]);
        let wrong = obs(&["ls", &bucket]).env("OBS_SECRET_ACCESS_KEY", "wrong").stdin(Stdio::null()).output();
        let line = failed(1, &wrong.unwrap());
        assert!(line.contains("check the secret access key"), "{line}");
    }
}
