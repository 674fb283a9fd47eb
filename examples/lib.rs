//! What the example programs share: a server to talk to, and a bar to watch.

use std::env;
use std::error::Error;
use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use obs_emulator::Emulator;
use obs_transfer::prelude::*;

/// Where the examples work: the service that the environment names, or an emulator of it in this process.
pub struct Place {
    /// The client.
    pub client: ObsClient,
    /// What a program prints about it.
    pub description: String,
    _emulator: Option<Emulator>,
}

impl Place {
    /// By `OBS_ENDPOINT`, `OBS_ACCESS_KEY_ID` and `OBS_SECRET_ACCESS_KEY` (and `OBS_SECURITY_TOKEN`); where one is not set, an
    /// emulator is started.
    pub fn find() -> Result<Self, Box<dyn Error>> {
        let variable = |name| env::var(name).ok().filter(|v| !v.is_empty());
        let given =
            (variable("OBS_ENDPOINT"), variable("OBS_ACCESS_KEY_ID"), variable("OBS_SECRET_ACCESS_KEY"));
        if let (Some(endpoint), Some(access_key), Some(secret_key)) = given {
            let mut credentials = Credentials::new(access_key, secret_key);
            if let Some(token) = variable("OBS_SECURITY_TOKEN") {
                credentials = credentials.with_security_token(token);
            }
            let client = ObsClient::builder().endpoint(&endpoint).credentials(credentials).build()?;
            return Ok(Self { client, description: endpoint, _emulator: None });
        }
        let emulator = Emulator::start();
        let client = ObsClient::builder()
            .endpoint(emulator.endpoint())
            .credentials(Credentials::new(Emulator::ACCESS_KEY, Emulator::SECRET_KEY))
            .build()?;
        let description = format!("{} (an emulator in this process)", emulator.endpoint());
        Ok(Self { client, description, _emulator: Some(emulator) })
    }

    /// Runs something on a bucket of its own, and leaves nothing of it behind, whatever happens.
    pub fn with_bucket(
        &self,
        purpose: &str,
        run: impl FnOnce(&BucketClient) -> Result<(), Box<dyn Error>>,
    ) -> Result<(), Box<dyn Error>> {
        println!("OBS at {}", self.description);
        let bucket = self.client.bucket(format!("obs-{purpose}-{:08x}", fastrand::u32(..)));
        bucket.create_bucket().send()?;
        println!("created bucket {}\n", bucket.name());
        let outcome = run(&bucket);
        for version in bucket.list_versions().iter() {
            let version = version?;
            let mut delete = bucket.delete_object(version.key());
            if let Some(id) = version.version_id() {
                delete = delete.version_id(id);
            }
            delete.send()?;
        }
        for upload in bucket.list_multipart_uploads().iter() {
            let upload = upload?;
            bucket.abort_multipart_upload(upload.key, upload.upload_id).send()?;
        }
        bucket.delete_bucket().send()?;
        println!("\ndeleted bucket {}", bucket.name());
        outcome
    }
}

/// Shows how far a transfer is: a bar on a terminal, a line every quarter elsewhere.
pub struct Bar {
    bar: ProgressBar,
    quarters: Mutex<u64>,
    what: &'static str,
}

impl Bar {
    /// For a transfer that is called this.
    pub fn new(what: &'static str) -> Self {
        let bar = if std::io::stderr().is_terminal() {
            ProgressBar::new(0)
        } else {
            ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden())
        };
        let style =
            ProgressStyle::with_template("{msg:10} [{bar:40}] {bytes}/{total_bytes} {bytes_per_sec} {eta}")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style.progress_chars("=> "));
        bar.set_message(what);
        Self { bar, quarters: Mutex::new(0), what }
    }

    /// Takes in what the transfer tells.
    pub fn update(&self, progress: &Progress) {
        let total = progress.total.unwrap_or(0);
        self.bar.set_length(total);
        self.bar.set_position(progress.transferred);
        if self.bar.is_hidden() {
            let quarter = (progress.transferred * 4).checked_div(total).unwrap_or(4);
            let mut told = self.quarters.lock().unwrap_or_else(|e| e.into_inner());
            if quarter > *told {
                *told = quarter;
                println!("  {:10} {:3} %  {}", self.what, quarter * 25, size(progress.transferred));
            }
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// `64.0 MiB`
pub fn size(bytes: u64) -> String {
    indicatif::BinaryBytes(bytes).to_string()
}

/// `83 ms`
pub fn time(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        format!("{} ms", duration.as_millis())
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}
