//! As much of WebDriver as the browser tests need: a headless Chromium behind its chromedriver.

use std::env;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The key under which WebDriver names an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// What is needed, where it was found.
pub struct Programs {
    chromium: PathBuf,
    driver: PathBuf,
}

impl Programs {
    /// Looks for both on `PATH`; the error says which is missing.
    pub fn find() -> Result<Self, String> {
        let find = |names: &[&str]| {
            let path = env::var_os("PATH").unwrap_or_default();
            let places: Vec<PathBuf> = env::split_paths(&path).collect();
            let found = names.iter().flat_map(|name| places.iter().map(move |place| place.join(name)));
            let missing = || format!("there is no {} on PATH; .ci/setup installs it", names.join(", no "));
            found.into_iter().find(|program| program.is_file()).ok_or_else(missing)
        };
        Ok(Self {
            chromium: find(&["chromium", "chromium-browser", "google-chrome"])?,
            driver: find(&["chromedriver"])?,
        })
    }
}

/// A running browser with one window; it ends with this value.
pub struct Browser {
    agent: ureq::Agent,
    driver: Child,
    session: String,
    // The driver may write as long as it runs
    _output: BufReader<ChildStdout>,
    _profile: TempDir,
}

impl Browser {
    /// Starts driver and browser.
    pub fn start(programs: &Programs) -> Self {
        let profile = tempfile::tempdir().expect("a temporary folder");
        let mut driver = Command::new(&programs.driver)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .spawn()
            .expect("a driver that was just found");
        let mut output = BufReader::new(driver.stdout.take().expect("a pipe"));
        let mut said = String::new();
        let port: Option<u16> = loop {
            let start = said.len();
            if output.read_line(&mut said).expect("text of the driver") == 0 {
                break None;
            }
            if let Some((_, port)) = said[start..].split_once("started successfully on port ") {
                break port.trim_end().trim_end_matches('.').parse().ok();
            }
        };
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .timeout_global(Some(Duration::from_secs(120)))
            .build()
            .into();
        let sessions = format!("http://127.0.0.1:{}/session", port.unwrap_or_default());
        let mut browser = Self { agent, driver, session: sessions, _output: output, _profile: profile };
        assert!(port.is_some(), "chromedriver names no port: {said}");
        let answer = browser.post("", &capabilities(&programs.chromium, browser._profile.path()));
        let id = answer["sessionId"].as_str().expect("an id of the session").to_owned();
        browser.session = format!("{}/{id}", browser.session);
        browser
    }

    /// Shows a page.
    pub fn open(&self, url: &str) {
        self.post("/url", &json!({ "url": url }));
    }

    /// Chooses a file in the page's file input.
    pub fn choose(&self, file: &Path) {
        self.enter("input[type=file]", file.to_str().expect("a path in UTF-8"));
    }

    /// Types into an element.
    pub fn enter(&self, selector: &str, text: &str) {
        self.post(&format!("/element/{}/value", self.element(selector)), &json!({ "text": text }));
    }

    /// Clicks on an element.
    pub fn click(&self, selector: &str) {
        self.post(&format!("/element/{}/click", self.element(selector)), &json!({}));
    }

    /// The address of the page that is shown.
    pub fn address(&self) -> String {
        let answer = self.agent.get(format!("{}/url", self.session)).call();
        value("/url", answer).as_str().expect("an address").to_owned()
    }

    /// The text of the page as it is shown.
    pub fn text(&self) -> String {
        // In one step: a page that is about to change takes its elements with it
        let script = "return document.documentElement?.innerText ?? ''";
        let text = self.post("/execute/sync", &json!({ "script": script, "args": [] }));
        text.as_str().expect("text").to_owned()
    }

    /// Looks at something until `wanted` says that it is there.
    pub fn wait(&self, look: impl Fn(&Self) -> String, wanted: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            let seen = look(self);
            if wanted(&seen) {
                return seen;
            }
            assert!(Instant::now() < end, "the browser stays at {}: {seen}", self.address());
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn element(&self, selector: &str) -> String {
        let found = self.post("/element", &json!({ "using": "css selector", "value": selector }));
        found[ELEMENT].as_str().expect("the id of an element").to_owned()
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let request = self.agent.post(format!("{}{path}", self.session)).content_type("application/json");
        value(path, request.send(body.to_string()))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Ends the browser; the driver alone would leave it behind
        let _ = self.agent.delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

fn capabilities(chromium: &Path, profile: &Path) -> Value {
    let mut arguments = vec![
        "--headless".to_owned(),
        "--disable-gpu".to_owned(),
        "--disable-dev-shm-usage".to_owned(),
        "--disable-quic".to_owned(),
        "--disable-background-networking".to_owned(),
        "--disable-component-update".to_owned(),
        "--disable-sync".to_owned(),
        "--no-first-run".to_owned(),
        "--no-proxy-server".to_owned(),
        // Chromium has no sandbox for root, as whom containers run; only pages of this test are shown
        "--no-sandbox".to_owned(),
        // No name but those under localhost, which never leave the browser, means anything
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1"
            .to_owned(),
    ];
    arguments.push(format!("--user-data-dir={}", profile.display()));
    json!({ "capabilities": { "alwaysMatch": {
        "browserName": "chrome",
        "goog:chromeOptions": { "binary": chromium, "args": arguments },
    } } })
}

fn value(path: &str, answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Value {
    let mut answer = answer.unwrap_or_else(|error| panic!("WebDriver {path}: {error}"));
    let text = answer.body_mut().read_to_string().expect("text of the driver");
    let document: Value = serde_json::from_str(&text).expect("JSON of the driver");
    assert!(answer.status().is_success(), "WebDriver {path}: {}", document["value"]["message"]);
    document["value"].clone()
}
