//! Uploads as a browser makes them: a headless Chromium shows a page, a file is chosen, and the object is in the bucket.
//!
//! `cargo test -p obs-tests --test browser` runs it alone. Where Chromium or its chromedriver is missing it says so and is skipped;
//! with OBS_TESTS_REQUIRE_ALL=1 that is a failure.

#[path = "webdriver.rs"]
mod webdriver;

use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use obs_core::settings::cors::CorsRule;
use obs_core::{BucketClient, CannedAcl, Credentials, ObsClient, Signature};
use obs_emulator::Emulator;
use serde_json::{Value, json};
use tempfile::TempDir;
use webdriver::{Browser, Programs};

type Case = fn(&Scene);

const CASES: [(&str, Case); 4] = [
    ("the_form_uploads_in_every_protocol_and_addressing", every_form),
    ("a_field_that_the_user_fills_in", open_field),
    ("the_browser_shows_why_a_file_is_refused", refusal),
    ("a_script_uploads_through_a_signed_url", script),
];

fn main() -> ExitCode {
    // Without a harness of its own, this answers to what `cargo test` and its kin may ask
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let filters: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let mut cases = CASES.to_vec();
    cases.retain(|(name, _)| {
        filters.is_empty() || filters.iter().any(|filter| name.contains(filter.as_str()))
    });
    if arguments.iter().any(|argument| argument == "--list") {
        cases.iter().for_each(|(name, _)| println!("{name}: test"));
        return ExitCode::SUCCESS;
    }
    if cases.is_empty() {
        return ExitCode::SUCCESS;
    }
    let programs = match Programs::find() {
        Ok(programs) => programs,
        Err(reason) if std::env::var("OBS_TESTS_REQUIRE_ALL").is_ok_and(|value| value == "1") => {
            eprintln!("FAILED: no browser uploaded anything: {reason}");
            return ExitCode::FAILURE;
        }
        Err(reason) => {
            println!("SKIPPED: no browser uploaded anything: {reason}");
            return ExitCode::SUCCESS;
        }
    };
    let scene = Scene::new(&programs);
    let mut failed = 0;
    for (name, case) in &cases {
        let passed = panic::catch_unwind(AssertUnwindSafe(|| case(&scene))).is_ok();
        println!("test {name} ... {}", if passed { "ok" } else { "FAILED" });
        failed += usize::from(!passed);
    }
    println!("\nuploads by a browser: {} passed, {failed} failed", cases.len() - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A server that has pages for everybody, a browser, and files to choose.
struct Scene {
    browser: Browser,
    emulator: Emulator,
    pages: BucketClient,
    folder: TempDir,
}

impl Scene {
    fn new(programs: &Programs) -> Self {
        let emulator = Emulator::start();
        let pages = client(&emulator, Signature::Obs, false).bucket("pages");
        pages.create_bucket().send().expect("a new bucket");
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { browser: Browser::start(programs), emulator, pages, folder }
    }

    /// A new bucket that no page is served from.
    fn bucket(&self, name: &str, signature: Signature, virtual_hosted: bool) -> BucketClient {
        let bucket = client(&self.emulator, signature, virtual_hosted).bucket(name);
        bucket.create_bucket().send().expect("a new bucket");
        bucket
    }

    /// Puts a page where the browser finds it.
    fn publish(&self, name: &str, html: &str) -> String {
        let page = self.pages.put_content(name, html.to_owned()).content_type("text/html; charset=utf-8");
        page.acl(CannedAcl::PublicRead).send().expect("the bucket of the pages is there");
        format!("{}/pages/{name}", self.emulator.endpoint())
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).expect("a file in a new folder");
        path
    }
}

fn client(emulator: &Emulator, signature: Signature, virtual_hosted: bool) -> ObsClient {
    ObsClient::builder()
        .endpoint(if virtual_hosted { emulator.localhost_endpoint() } else { emulator.endpoint() })
        .credentials(Credentials::new(Emulator::ACCESS_KEY, Emulator::SECRET_KEY))
        .signature(signature)
        .region("region-1")
        .build()
        .expect("a complete configuration")
}

/// Bytes with all that could end a part of a form too early.
fn content() -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(5);
    let mut bytes = b"\r\n--\r\n------WebKitFormBoundary\r\n\r\n".to_vec();
    bytes.extend(std::iter::repeat_with(|| random.u8(..)).take(300_000));
    bytes.extend(b"\r\n--");
    bytes
}

fn stored(bucket: &BucketClient, key: &str) -> (Vec<u8>, Option<String>) {
    let mut object = bucket.get_object(key).send().unwrap_or_else(|error| panic!("{error}"));
    let kind = object.headers().get("content-type").map(str::to_owned);
    (object.bytes().expect("the object's content"), kind)
}

fn every_form(scene: &Scene) {
    let bytes = content();
    let file = scene.file("Größe 1 & 50% + 猫.bin", &bytes);
    let done = scene.publish("done.html", "<title>Done</title><p>Thank you</p>");
    for (signature, protocol, acl) in [
        (Signature::Obs, "obs", "x-obs-acl"),
        (Signature::V2, "v2", "x-amz-acl"),
        (Signature::V4, "v4", "x-amz-acl"),
    ] {
        for (virtual_hosted, addressing) in [(true, "virtual"), (false, "path")] {
            let name = format!("form-{protocol}-{addressing}");
            let bucket = scene.bucket(&name, signature, virtual_hosted);
            let form = bucket
                .create_post_signature()
                .starts_with("key", "in & out/")
                .field(acl, "public-read")
                .field("content-type", "application/x-thing")
                .field("success_action_redirect", &done)
                .content_length_range(1, 1 << 20)
                .sign()
                .expect("a form");
            let page = scene.publish(&format!("{name}.html"), &form.html());

            scene.browser.open(&page);
            scene.browser.choose(&file);
            scene.browser.click("button");

            let address = scene.browser.wait(Browser::address, |address| address.starts_with(&done));
            assert!(address.contains(&format!("bucket={}&key=", name.replace('-', "%2D"))), "{address}");
            assert_eq!(scene.browser.text(), "Thank you");
            let (found, kind) = stored(&bucket, "in & out/Größe 1 & 50% + 猫.bin");
            assert!(found == bytes, "{name}: {} bytes came of {}", found.len(), bytes.len());
            assert_eq!(kind.as_deref(), Some("application/x-thing"), "{name}");
        }
    }
}

/// The form of the guide: which kind of image it is, the user says.
fn open_field(scene: &Scene) {
    let bucket = scene.bucket("open-field", Signature::Obs, true);
    let form = bucket
        .create_post_signature()
        .starts_with("key", "uploads/")
        .field("x-obs-acl", "public-read")
        .field("success_action_status", "201")
        .starts_with("content-type", "image/")
        .content_length_range(1, 10 << 20)
        .sign()
        .expect("a form");
    let page = scene.publish("open-field.html", &form.html());

    scene.browser.open(&page);
    scene.browser.enter("input[name=content-type]", "png");
    scene.browser.choose(&scene.file("cat.png", b"a picture"));
    scene.browser.click("button");

    scene.browser.wait(Browser::text, |text| text.contains("uploads/cat.png"));
    assert_eq!(stored(&bucket, "uploads/cat.png"), (b"a picture".to_vec(), Some("image/png".to_owned())));
}

fn refusal(scene: &Scene) {
    let bucket = scene.bucket("refusal", Signature::Obs, true);
    let form =
        bucket.create_post_signature().key("small.txt").content_length_range(1, 4).sign().expect("a form");
    let page = scene.publish("refusal.html", &form.html());

    scene.browser.open(&page);
    scene.browser.choose(&scene.file("five.txt", b"12345"));
    scene.browser.click("button");

    let text = scene.browser.wait(Browser::text, |text| text.contains("<Code>"));
    assert!(text.contains("EntityTooLarge"), "{text}");
    let error = bucket.get_object("small.txt").send().expect_err("nothing was stored");
    assert!(error.is_not_found(), "{error}");
}

/// The page of the guide: a script sends the file to a bucket that lets it, and only then.
fn script(scene: &Scene) {
    let bucket = scene.bucket("script", Signature::Obs, true);
    let bytes = content();
    let file = scene.file("cat.jpg", &bytes);
    let url = bucket.put_content("uploads/cat.jpg", ()).content_type("image/jpeg");
    let url = url.presign(Duration::from_secs(600)).expect("a signed URL");
    // A browser names the host by itself
    let headers = url.headers.iter().filter(|(name, _)| *name != "host");
    let headers: serde_json::Map<String, Value> =
        headers.map(|(name, value)| (name.to_owned(), json!(value))).collect();
    let options = json!({ "method": "PUT", "headers": headers });
    let page = scene.publish(
        "script.html",
        &format!(
            "<input type=file><p></p><script>
            const [input, outcome] = [document.querySelector('input'), document.querySelector('p')];
            input.onchange = async () => {{
                try {{
                    const answer = await fetch({}, {{ ...{options}, body: input.files[0] }});
                    outcome.textContent = `${{answer.status}} ${{answer.headers.get('ETag')}}`;
                }} catch (error) {{
                    outcome.textContent = error;
                }}
            }};
            </script>",
            json!(url.url)
        ),
    );
    let upload = || {
        scene.browser.open(&page);
        scene.browser.choose(&file);
        scene.browser.wait(Browser::text, |text| !text.trim().is_empty())
    };

    let refused = upload();
    assert!(refused.contains("Failed to fetch"), "without a rule for its origin: {refused}");
    assert!(bucket.get_object("uploads/cat.jpg").send().is_err_and(|error| error.is_not_found()));

    let rule = CorsRule::new(["PUT"], [scene.emulator.endpoint()]);
    let rule = rule.allowed_headers(["*"]).expose_headers(["ETag"]);
    bucket.set_bucket_cors([rule]).send().expect("a rule");
    let answer = upload();
    assert!(answer.starts_with("200 \""), "with the status the page reads the exposed ETag: {answer}");
    let (found, kind) = stored(&bucket, "uploads/cat.jpg");
    assert!(found == bytes, "{} bytes came of {}", found.len(), bytes.len());
    assert_eq!(kind.as_deref(), Some("image/jpeg"));
}
