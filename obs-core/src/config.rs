//! What a client was built with.

use std::time::{Duration, Instant, SystemTime};

use obs_sign::{Dialect, Endpoint};

/// How requests are signed.
///
/// ```
/// use obs_core::{Credentials, ObsClient, Signature};
///
/// let other_s3_server = ObsClient::builder()
///     .endpoint("http://127.0.0.1:9000")
///     .signature(Signature::V2)
///     .credentials(Credentials::new("AK", "SK"))
///     .build()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Signature {
    /// The protocol of OBS: `x-obs-` headers, `Authorization: OBS`. The default.
    #[default]
    Obs,
    /// The older protocol of S3: `x-amz-` headers, `Authorization: AWS`.
    V2,
    /// AWS4-HMAC-SHA256, which every S3 server knows (feature `v4`). Give the region.
    #[cfg(feature = "v4")]
    V4,
    /// Asks the server once per bucket which protocol it speaks (`HEAD /?apiversion`), as the official SDKs
    /// do by default: [`Obs`](Signature::Obs) or [`V2`](Signature::V2). With path style and custom domains: V2.
    Negotiate,
}

/// The settings of a client, with the guide's names and defaults where it has them.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) endpoint: Endpoint,
    pub(crate) signature: Signature,
    pub(crate) region: Option<String>,
    pub(crate) max_retry_count: u32,
    pub(crate) max_redirect_count: u32,
    pub(crate) retry_budget: u32,
    pub(crate) retry_delay: Duration,
    pub(crate) max_retry_delay: Duration,
    pub(crate) deadline: Option<Duration>,
}

/// The settings that only the transport looks at.
#[derive(Debug, Clone)]
pub(crate) struct ConnectionConfig {
    pub(crate) timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) chunk_size: usize,
    pub(crate) max_connections: usize,
    pub(crate) idle_timeout: Duration,
    pub(crate) keep_alive: bool,
    pub(crate) user_agent: String,
    pub(crate) expect_continue_above: Option<u64>,
    pub(crate) tls: TlsVerification,
    pub(crate) proxy: Option<ProxyConfig>,
}

impl Default for ConnectionConfig {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(60),
            connect_timeout: Duration::from_secs(30),
            chunk_size: 65_536,
            max_connections: 64,
            idle_timeout: Duration::from_secs(15),
            keep_alive: true,
            user_agent: concat!("obs-rust/", env!("CARGO_PKG_VERSION")).to_owned(),
            expect_continue_above: None,
            tls: TlsVerification::default(),
            proxy: None,
        }
    }
}

/// Which certificates are trusted.
#[derive(Debug, Clone, Default)]
pub(crate) enum TlsVerification {
    /// The root certificates of Mozilla, compiled in.
    #[default]
    WebPki,
    /// Those of the operating system.
    #[cfg(feature = "platform-verifier")]
    Platform,
    /// Only those in this PEM bundle.
    #[cfg_attr(not(feature = "rustls"), allow(dead_code, reason = "there is no TLS to trust"))]
    Pem(Vec<u8>),
    /// Any certificate of anybody.
    Off,
}

/// A proxy and the hosts that are reached without it.
#[derive(Clone, Default)]
pub(crate) struct ProxyConfig {
    pub(crate) url: String,
    pub(crate) credentials: Option<(String, String)>,
    pub(crate) no_proxy: Vec<String>,
}

impl std::fmt::Debug for ProxyConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The URL may hold a password too.
        f.debug_struct("ProxyConfig").field("no_proxy", &self.no_proxy).finish_non_exhaustive()
    }
}

/// Where a client takes the time from: tests put their own in.
///
/// ```
/// use std::time::{Duration, SystemTime, UNIX_EPOCH};
///
/// /// Stands still, and waits for nothing.
/// #[derive(Debug)]
/// struct Frozen;
///
/// impl obs_core::Clock for Frozen {
///     fn now(&self) -> SystemTime {
///         UNIX_EPOCH + Duration::from_secs(1_767_323_045)
///     }
///     fn sleep(&self, _duration: Duration) {}
/// }
/// ```
pub trait Clock: std::fmt::Debug + Send + Sync + 'static {
    /// The time.
    fn now(&self) -> SystemTime;

    /// Waits between two attempts.
    fn sleep(&self, duration: Duration);

    /// The same, but no longer than `go_on` says yes: so that a client that is shut down does not sleep on. A clock that
    /// really waits should ask every now and then; by default it does not.
    fn sleep_while(&self, duration: Duration, go_on: &dyn Fn() -> bool) {
        if go_on() {
            self.sleep(duration);
        }
    }
}

/// The clock of the machine.
#[derive(Debug)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }

    fn sleep_while(&self, duration: Duration, go_on: &dyn Fn() -> bool) {
        const NAP: Duration = Duration::from_millis(50);
        let started = Instant::now();
        while go_on() {
            let left = duration.saturating_sub(started.elapsed());
            if left.is_zero() {
                return;
            }
            std::thread::sleep(left.min(NAP));
        }
    }
}

impl Signature {
    /// The protocol, unless it has to be asked for.
    pub(crate) fn dialect(self) -> Option<Dialect> {
        match self {
            Self::Obs => Some(Dialect::Obs),
            Self::V2 => Some(Dialect::V2),
            #[cfg(feature = "v4")]
            Self::V4 => Some(Dialect::V4),
            Self::Negotiate => None,
        }
    }
}
