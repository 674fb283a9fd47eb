//! What the example programs share: a server to talk to, and a bar to watch.

use std::any::Any;
use std::env;
use std::error::Error;
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, Once};
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
    /// By `OBS_ENDPOINT`, `OBS_ACCESS_KEY_ID` and `OBS_SECRET_ACCESS_KEY` (and `OBS_SECURITY_TOKEN`); where none is set, an
    /// emulator is started. Some without the others are refused: it is not known which of both was meant.
    pub fn find() -> Result<Self, Box<dyn Error>> {
        const NEEDED: [&str; 3] = ["OBS_ENDPOINT", "OBS_ACCESS_KEY_ID", "OBS_SECRET_ACCESS_KEY"];
        let variable = |name| env::var(name).ok().filter(|v| !v.is_empty());
        let token = variable("OBS_SECURITY_TOKEN");
        let given = NEEDED.map(variable);
        if let [Some(endpoint), Some(access_key), Some(secret_key)] = given {
            let mut credentials = Credentials::new(access_key, secret_key);
            if let Some(token) = token {
                credentials = credentials.with_security_token(token);
            }
            let client = ObsClient::builder().endpoint(&endpoint).credentials(credentials).build()?;
            return Ok(Self { client, description: endpoint, _emulator: None });
        }
        if token.is_some() || given.iter().any(Option::is_some) {
            let missing: Vec<_> = NEEDED
                .iter()
                .zip(&given)
                .filter(|(_, value)| value.is_none())
                .map(|(name, _)| *name)
                .collect();
            let missing = missing.join(" and ");
            return Err(format!(
                "{missing} not set: set all of {}, or none for an emulator",
                NEEDED.join(", ")
            )
            .into());
        }
        Self::emulated()
    }

    fn emulated() -> Result<Self, Box<dyn Error>> {
        let emulator = Emulator::start();
        let client = ObsClient::builder()
            .endpoint(emulator.endpoint())
            .credentials(Credentials::new(Emulator::ACCESS_KEY, Emulator::SECRET_KEY))
            .build()?;
        let description = format!("{} (an emulator in this process)", emulator.endpoint());
        Ok(Self { client, description, _emulator: Some(emulator) })
    }

    /// Runs something on a bucket of its own, and leaves nothing of it behind, also when that fails or panics; only a process that is
    /// killed cannot. When nobody reads the output any more (`… | head`) it ends there, without a word.
    pub fn with_bucket(
        &self,
        purpose: &str,
        run: impl FnOnce(&BucketClient) -> Result<(), Box<dyn Error>>,
    ) -> Result<(), Box<dyn Error>> {
        silence_closed_pipes();
        say(format_args!("OBS at {}", self.description));
        let bucket = self.client.bucket(format!("obs-{purpose}-{:08x}", fastrand::u32(..)));
        let mut create = bucket.create_bucket();
        // Outside of the default region a bucket is not made without it.
        if let Some(region) = region_of(self.client.endpoint().host()) {
            create = create.location(region);
        }
        create.send()?;
        let bucket = OwnBucket { bucket, removed: false };
        say(format_args!("created bucket {}\n", bucket.bucket.name()));
        let outcome = panic::catch_unwind(AssertUnwindSafe(|| run(&bucket.bucket)));
        let removed = bucket.remove();
        match outcome {
            Ok(outcome) => outcome.and(removed),
            Err(cause) if is_closed_pipe(&*cause) => removed,
            Err(cause) => panic::resume_unwind(cause),
        }
    }
}

/// The region in a host such as `obs.cn-north-4.myhuaweicloud.com`.
fn region_of(host: &str) -> Option<&str> {
    let (region, domain) = host.strip_prefix("obs.")?.split_once('.')?;
    domain.contains('.').then_some(region)
}

/// A bucket that goes with this value, and with it all that is in it.
struct OwnBucket {
    bucket: BucketClient,
    removed: bool,
}

impl OwnBucket {
    fn remove(mut self) -> Result<(), Box<dyn Error>> {
        self.removed = true;
        self.clear()
    }

    fn clear(&self) -> Result<(), Box<dyn Error>> {
        let bucket = &self.bucket;
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
        say(format_args!("\ndeleted bucket {}", bucket.name()));
        Ok(())
    }
}

impl Drop for OwnBucket {
    fn drop(&mut self) {
        if self.removed {
            return;
        }
        if let Err(error) = self.clear() {
            let _ = writeln!(io::stderr(), "bucket {} is still there: {error}", self.bucket.name());
        }
    }
}

/// Prints a line, whether or not somebody reads it: `println!` panics where nobody does.
fn say(line: fmt::Arguments<'_>) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// Whether this is the panic of a `println!` whose reader has gone.
fn is_closed_pipe(cause: &(dyn Any + Send)) -> bool {
    let codes: &[i32] = if cfg!(windows) { &[109, 232] } else { &[32] };
    cause.downcast_ref::<String>().is_some_and(|text| {
        text.starts_with("failed printing to stdout")
            && codes.iter().any(|code| text.ends_with(&format!("(os error {code})")))
    })
}

/// Has such panics tell nothing on standard error. All others do as before.
fn silence_closed_pipes() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let tell = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            let text = panic.payload().downcast_ref::<String>();
            if !text.is_some_and(|text| is_closed_pipe(text)) {
                tell(panic);
            }
        }));
    });
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
                let (what, percent) = (self.what, quarter * 25);
                say(format_args!("  {what:10} {percent:3} %  {}", size(progress.transferred)));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_stands_in_the_name_of_the_host() {
        for (host, region) in [
            ("obs.cn-north-4.myhuaweicloud.com", Some("cn-north-4")),
            ("obs.eu-west-101.myhuaweicloud.eu", Some("eu-west-101")),
            ("obs.myhuaweicloud.com", None),
            ("s3.example.com", None),
            ("obs.localhost", None),
            ("127.0.0.1", None),
        ] {
            assert_eq!(region_of(host), region, "{host}");
        }
    }

    #[test]
    fn a_bucket_is_made_in_the_region_of_the_endpoint() {
        // The emulator takes all that stands before `localhost` for the name of the bucket, so that signatures cannot agree
        let emulator = Emulator::builder().verify_signatures(false).start().unwrap();
        let endpoint = format!("http://obs.eu-test-1.cloud.localhost:{}", emulator.address().port());
        let client = ObsClient::builder().endpoint(endpoint).build().unwrap();
        let place = Place { client, description: String::new(), _emulator: Some(emulator) };
        let check = |bucket: &BucketClient| {
            assert_eq!(bucket.get_bucket_location().send()?.location.as_deref(), Some("eu-test-1"));
            Ok(())
        };
        place.with_bucket("region", check).unwrap();
    }

    #[test]
    fn a_panic_does_not_keep_the_bucket() {
        let place = Place::emulated().unwrap();
        let run = || {
            place.with_bucket("panic", |bucket| {
                bucket.put_content("a.txt", "").send()?;
                panic!("on purpose");
            })
        };
        assert!(panic::catch_unwind(AssertUnwindSafe(run)).is_err());
        assert_eq!(place.client.list_buckets().iter().count(), 0);
    }
}
