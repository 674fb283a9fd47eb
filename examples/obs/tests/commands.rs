//! What the commands do, as somebody sees it who uses them.

#![cfg(unix)]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use obs_emulator::Emulator;
use serde_json::Value;
use support::{Place, failed, succeeded};

#[test]
fn one_object_up_and_down() {
    let place = Place::new();
    place.write("hello.txt", "Hello OBS\n");
    assert_eq!(
        place.done(&["cp", "hello.txt", "obs://my-bucket/", "--meta", "owner=alice"]),
        "upload hello.txt -> obs://my-bucket/hello.txt (10 bytes)\n"
    );
    assert_eq!(place.done(&["cat", "obs://my-bucket/hello.txt"]), "Hello OBS\n");
    let told = place.done(&["stat", "obs://my-bucket/hello.txt"]);
    for fact in ["size           10\n", "content_type   text/plain\n", "metadata       owner=alice\n"] {
        assert!(told.contains(fact), "{told}");
    }
    place.done(&["cp", "obs://my-bucket/hello.txt", "copy.txt"]);
    assert_eq!(place.read("copy.txt"), b"Hello OBS\n");
    place.done(&["mv", "obs://my-bucket/hello.txt", "obs://my-bucket/new/"]);
    place.fails(1, &["stat", "obs://my-bucket/hello.txt"]);
    assert_eq!(place.done(&["cat", "obs://my-bucket/new/hello.txt"]), "Hello OBS\n");
    assert_eq!(
        place.done(&["rm", "obs://my-bucket/new/hello.txt"]),
        "delete obs://my-bucket/new/hello.txt\n"
    );
    assert_eq!(place.done(&["ls", "-r", "obs://my-bucket"]), "");
    place.done(&["rb", "obs://my-bucket"]);
    assert_eq!(place.done(&["ls"]), "");
}

#[test]
fn lists_are_lines_of_json() {
    let place = Place::new();
    for name in ["a.txt", "dir/b.txt", "dir/c\td.txt"] {
        place.write(name, name);
        place.done(&["cp", name, &format!("obs://my-bucket/{name}")]);
    }
    let listed = |args: &[&str]| -> Vec<Value> {
        place.done(args).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let buckets = listed(&["ls", "--json"]);
    assert_eq!(buckets[0]["bucket"], "my-bucket");
    let top = listed(&["ls", "--json", "obs://my-bucket"]);
    assert_eq!(top.len(), 2);
    assert!(top.iter().any(|line| line["folder"] == "dir/"));
    let all = listed(&["--json", "ls", "-r", "obs://my-bucket/dir/"]);
    let keys: BTreeSet<_> = all.iter().map(|line| line["key"].as_str().unwrap()).collect();
    assert_eq!(keys, BTreeSet::from(["dir/b.txt", "dir/c\td.txt"]));
    assert!(all.iter().all(|line| line["size"] == line["key"].as_str().unwrap().len()));
    let text = place.done(&["ls", "-r", "obs://my-bucket/dir/"]);
    assert!(text.contains("dir/c\\td.txt"), "nothing moves the cursor: {text}");
}

#[test]
fn documents_in_json_are_part_of_a_line() {
    let place = Place::new();
    let policy = r#"{"Statement":[{"Sid":"all","Effect":"Allow","Principal":{"ID":["*"]},"Action":["GetObject"],"Resource":["my-bucket/*"]}]}"#;
    place.write("policy.json", policy);
    place.done(&["bucket", "policy", "set", "obs://my-bucket", "policy.json"]);
    let told = place.done(&["--json", "bucket", "policy", "get", "obs://my-bucket"]);
    let document: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(document["document"], serde_json::from_str::<Value>(policy).unwrap());
}

#[test]
fn versions_are_listed_and_deleted() {
    let place = Place::new();
    place.write("on.xml", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
    place.done(&["bucket", "versioning", "set", "obs://my-bucket", "on.xml"]);
    for content in ["old", "newer"] {
        place.write("a", content);
        place.done(&["cp", "a", "obs://my-bucket/a"]);
    }
    place.done(&["rm", "obs://my-bucket/a"]);
    let told = place.done(&["ls", "--versions", "--json", "obs://my-bucket"]);
    let versions: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(versions.len(), 3);
    assert_eq!(versions.iter().filter(|version| version["delete_marker"] == true).count(), 1);
    let old = versions.iter().find(|version| version["size"] == 3).unwrap()["version_id"].as_str().unwrap();
    assert_eq!(place.done(&["cat", "obs://my-bucket/a", "--version-id", old]), "old");
    place.done(&["rm", "obs://my-bucket/a", "--version-id", old]);
    place.fails(1, &["cat", "obs://my-bucket/a", "--version-id", old]);
    let line = place.fails(1, &["rb", "obs://my-bucket"]);
    assert!(line.contains("obs rb --force obs://my-bucket"), "{line}");
    place.done(&["rb", "--force", "obs://my-bucket"]);
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[test]
fn customer_keys_encrypt_and_are_needed() {
    let place = Place::new();
    place.write("key", [7; 32]);
    place.write("short", "no key");
    place.write("a", "secret");
    place.done(&["cp", "a", "obs://my-bucket/a", "--sse-c-key-file", "key"]);
    place.fails(1, &["cat", "obs://my-bucket/a"]);
    assert_eq!(place.done(&["cat", "obs://my-bucket/a", "--sse-c-key-file", "key"]), "secret");
    place.done(&["cp", "obs://my-bucket/a", "b", "--sse-c-key-file", "key"]);
    assert_eq!(place.read("b"), b"secret");
    for flag in ["--sse-c-key-file", "--source-sse-c-key-file"] {
        let output = place.obs(&["cp", "a", "obs://my-bucket/a", flag, "short"]).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains("32 bytes"));
    }
    // From one key to another, one object and many
    place.write("new", base64(&[9; 32]));
    let keys = ["--source-sse-c-key-file", "key", "--sse-c-key-file", "new"];
    place.fails(1, &["cp", "obs://my-bucket/a", "obs://my-bucket/c"]);
    place.done(&[&["cp", "obs://my-bucket/a", "obs://my-bucket/c/d"][..], &keys].concat());
    assert_eq!(place.done(&["cat", "obs://my-bucket/c/d", "--sse-c-key-file", "new"]), "secret");
    let keys = ["--source-sse-c-key-file", "new", "--sse-c-key-file", "key"];
    place.done(&[&["mv", "-r", "obs://my-bucket/c", "obs://my-bucket/e"][..], &keys].concat());
    assert_eq!(place.done(&["cat", "obs://my-bucket/e/d", "--sse-c-key-file", "key"]), "secret");
    let line = place.fails(2, &["cp", "a", "obs://my-bucket/a", "--source-sse-c-key-file", "key"]);
    assert!(line.contains("within the service"), "{line}");
}

#[test]
fn mistakes_say_what_to_do_in_one_line() {
    let place = Place::new();
    place.write("a", "a");
    let says = |line: String, what: &str| assert!(line.contains(what), "{line}");
    says(place.fails(1, &["cp", "a", "obs://no-such-bucket/"]), "obs mb obs://no-such-bucket");
    says(place.fails(1, &["ls", "obs://no-such-bucket"]), "`obs ls` lists your buckets");
    says(place.fails(1, &["cat", "obs://my-bucket/none"]), "`obs ls -r obs://my-bucket` lists");
    says(place.fails(1, &["stat", "obs://my-bucket/none"]), "check");
    says(place.fails(1, &["cp", "obs://my-bucket/none", "b"]), "check the key");
    says(place.fails(1, &["cp", "none", "obs://my-bucket/"]), "none");
    says(place.fails(2, &["cp", ".", "obs://my-bucket/"]), "add -r");
    says(place.fails(2, &["cp", "obs://my-bucket/a/", "."]), "add -r");
    let long = format!("long={}", "x".repeat(9000));
    says(place.fails(2, &["cp", "a", "obs://my-bucket/", "--meta", &long]), "the 8192 that OBS keeps");
    says(place.fails(2, &["cp", "-r", "a", "obs://my-bucket/"]), "`obs cp`, without -r");
    says(place.fails(2, &["sync", "a", "obs://my-bucket/"]), "`obs cp`, without -r");
    says(place.fails(1, &["cp", "-r", "obs://my-bucket/none", "b"]), "nothing below obs://my-bucket/none/");
    says(
        place.fails(1, &["mv", "-r", "obs://my-bucket/none", "obs://my-bucket/b"]),
        "`obs ls obs://my-bucket`",
    );
    says(place.fails(2, &["cp", "a", "b"]), "obs://bucket/key");
    says(place.fails(2, &["mv", "obs://my-bucket/a", "obs://my-bucket/a"]), "itself");
    says(
        place.fails(1, &["ls", "--endpoint", "http://127.0.0.1:1", "--max-retry", "0"]),
        "check the endpoint (--endpoint or OBS_ENDPOINT)",
    );
    let with = |name: &str, value: &str| {
        failed(1, &place.obs(&["cp", "a", "obs://my-bucket/"]).env(name, value).output().unwrap())
    };
    says(
        with("OBS_SECRET_ACCESS_KEY", "wrong"),
        "check the secret access key (OBS_SECRET_ACCESS_KEY or the profile)",
    );
    says(with("OBS_ACCESS_KEY_ID", "wrong"), "check the access key ID (OBS_ACCESS_KEY_ID or the profile)");
    says(failed(2, &place.bare(&["ls"]).output().unwrap()), "no endpoint: give --endpoint or OBS_ENDPOINT");
    let keyless = place.bare(&["ls", "--endpoint", "http://127.0.0.1:1"]).output().unwrap();
    says(failed(2, &keyless), "no credentials: set OBS_ACCESS_KEY_ID");
    says(place.fails(2, &["ls", "--proxy", "http://me:secret@proxy:1"]), "no secret on the command line");
    // Of clap: a line of its own
    let output = place.obs(&["ls", "my-bucket"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    says(String::from_utf8_lossy(&output.stderr).into_owned(), "did you mean obs://my-bucket?");
}

#[test]
fn flags_then_environment_then_profiles() {
    let place = Place::new();
    let config = format!(
        "[profiles.default]\nendpoint = \"{0}\"\naccess_key_id = \"{1}\"\nsecret_access_key = \"{2}\"\n\
         [profiles.v4]\nendpoint = \"{0}\"\naccess_key_id = \"{1}\"\nsecret_access_key = \"{2}\"\nsignature = \"v4\"\nregion = \"r\"\n\
         [profiles.broken]\nendpoint = \"http://127.0.0.1:1\"\nmax_retry = 0\naccess_key_id = \"a\"\nsecret_access_key = \"b\"\n",
        place.emulator.endpoint(),
        Emulator::ACCESS_KEY,
        Emulator::SECRET_KEY
    );
    place.write(".config/obs/config.toml", &config);
    let file = place.path(".config/obs/config.toml");
    let mode = |mode| fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
    mode(0o644);
    let line = failed(2, &place.bare(&["ls"]).output().unwrap());
    assert!(line.contains("chmod 600"), "{line}");
    mode(0o600);
    let ls = |args: &[&str]| place.bare(args).output().unwrap();
    assert!(succeeded(&ls(&["ls"])).contains("obs://my-bucket"));
    assert!(succeeded(&ls(&["ls", "--profile", "v4"])).contains("obs://my-bucket"));
    let last = place.emulator.requests().pop().unwrap();
    assert!(last.header("authorization").unwrap().starts_with("AWS4-HMAC-SHA256"));
    // The environment comes before the file, a flag before the environment
    let environment =
        |args: &[&str]| place.bare(args).env("OBS_ENDPOINT", "http://127.0.0.1:1").output().unwrap();
    failed(1, &environment(&["ls", "--max-retry", "0"]));
    succeeded(&environment(&["ls", "--endpoint", &place.emulator.endpoint()]));
    succeeded(&environment(&["ls", "--profile", "default"]));
    failed(1, &ls(&["ls", "--profile", "broken"]));
    let line = failed(2, &ls(&["ls", "--profile", "none"]));
    assert!(line.contains("there are: broken, default, v4"), "{line}");
    // Elsewhere, by the rules of XDG
    fs::create_dir_all(place.path("xdg/obs")).unwrap();
    fs::rename(&file, place.path("xdg/obs/config.toml")).unwrap();
    succeeded(&place.bare(&["ls"]).env("XDG_CONFIG_HOME", place.path("xdg")).output().unwrap());
    place.write("xdg/obs/config.toml", format!("secret_access_key = \"{}\"\n", Emulator::SECRET_KEY));
    let output = place.bare(&["ls"]).env("XDG_CONFIG_HOME", place.path("xdg")).output().unwrap();
    let line = failed(2, &output);
    assert!(line.contains("line 1") && !line.contains(Emulator::SECRET_KEY), "{line}");
}

#[test]
fn the_most_talkative_log_tells_no_secret() {
    let place = Place::new();
    place.write("a", "a");
    let output = place.obs(&["-vvv", "cp", "a", "obs://my-bucket/"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success());
    assert!(said.contains("PUT"), "{said}");
    assert!(!said.contains(Emulator::SECRET_KEY), "{said}");
    let authorization = place.emulator.requests().pop().unwrap().header("authorization").unwrap().to_owned();
    let signature = authorization.rsplit(':').next().unwrap();
    assert!(!said.contains(signature), "{said}");
}

#[test]
fn urls_and_forms_are_signed_here() {
    let place = Place::new();
    place.write("a", "content");
    place.done(&["cp", "a", "obs://my-bucket/a b"]);
    place.emulator.clear();
    let told = place.done(&["presign", "PUT", "obs://my-bucket/new", "--header", "content-type:image/png"]);
    let lines: Vec<_> = told.lines().collect();
    assert!(lines[0].contains("/my-bucket/new?") && lines[0].contains("Expires="), "{told}");
    assert_eq!(lines[1..], ["content-type: image/png"]);
    let told = place.done(&[
        "--json",
        "presign",
        "get",
        "obs://my-bucket/a b",
        "--query",
        "response-content-type=a/b",
    ]);
    let document: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(document["method"], "GET");
    let url = document["url"].as_str().unwrap();
    assert!(url.contains("/my-bucket/a%20b?"), "{url}");
    let page =
        place.done(&["post-form", "obs://my-bucket/in/${filename}", "--field", "x-obs-acl=public-read"]);
    assert!(page.contains("name=\"x-obs-acl\" value=\"public-read\"") && page.contains("</html>"), "{page}");
    assert!(place.emulator.requests().is_empty(), "nothing is asked of the server");
    let client = obs_core::ObsClient::builder().endpoint(place.emulator.endpoint()).build().unwrap();
    let url = obs_core::SignedUrl::new(obs_core::Method::Get, url, obs_core::Headers::new());
    let answer = client.send_signed_url(&url, ()).unwrap();
    assert_eq!(answer.headers().get("content-type"), Some("a/b"));
    assert_eq!(std::io::read_to_string(answer.into_inner()).unwrap(), "content");
}

#[test]
fn unfinished_uploads_are_found_and_given_up() {
    let place = Place::new();
    let url = place.done(&["presign", "POST", "obs://my-bucket/part", "--sub-resource", "uploads"]);
    let client = obs_core::ObsClient::builder().endpoint(place.emulator.endpoint()).build().unwrap();
    let url = obs_core::SignedUrl::new(obs_core::Method::Post, url.trim(), obs_core::Headers::new());
    client.send_signed_url(&url, ()).unwrap();
    assert_eq!(place.done(&["uploads", "abort", "obs://my-bucket", "--older-than", "1h"]), "", "it is young");
    assert!(place.done(&["uploads", "ls", "obs://my-bucket"]).contains("  part\n"));
    // In the very second in which it was begun, and not really
    assert!(place.done(&["uploads", "abort", "obs://my-bucket", "--dry-run"]).starts_with("would abort "));
    assert!(place.done(&["uploads", "abort", "obs://my-bucket/pa"]).starts_with("aborted "));
    assert_eq!(place.done(&["uploads", "ls", "obs://my-bucket"]), "");
}
