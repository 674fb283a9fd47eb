//! Building a client: everything that the guide's table of parameters has, and what it lacks.

mod connection;

use std::sync::Arc;
use std::time::Duration;

use obs_sign::{Addressing, Credentials, Endpoint};

use crate::client::ObsClient;
use crate::config::{Clock, Config, ConnectionConfig, ProxyConfig, Signature, SystemClock, TlsVerification};
use crate::credentials::{CredentialsProvider, SecurityProviderPolicy};
use crate::error::{Error, Result};
use crate::transport::{Transport, UreqTransport};

/// Puts an [`ObsClient`] together.
///
/// ```
/// use obs_core::{Credentials, ObsClient};
/// use std::time::Duration;
///
/// let client = ObsClient::builder()
///     .endpoint("obs.cn-north-4.myhuaweicloud.com")
///     .credentials(Credentials::new("AK", "SK"))
///     .max_retry_count(5)
///     .timeout(Duration::from_secs(30))
///     .build()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct ObsClientBuilder {
    endpoint: Option<String>,
    addressing: Option<Addressing>,
    credentials: Option<Arc<dyn CredentialsProvider>>,
    security_provider_policy: Option<SecurityProviderPolicy>,
    signature: Signature,
    region: Option<String>,
    max_retry_count: u32,
    max_redirect_count: u32,
    retry_budget: u32,
    retry_delay: (Duration, Duration),
    deadline: Option<Duration>,
    connection: ConnectionConfig,
    /// Without a URL there is none.
    proxy: ProxyConfig,
    proxy_from_env: bool,
    pem: Option<Result<Vec<u8>>>,
    transport: Option<Arc<dyn Transport>>,
    clock: Arc<dyn Clock>,
}

/// What a buffer of a connection may hold.
const CHUNK_SIZES: std::ops::RangeInclusive<usize> = 1024..=16 << 20;
/// As long as anybody waits.
const FOR_EVER: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

impl ObsClientBuilder {
    pub(crate) fn new() -> Self {
        Self {
            endpoint: None,
            addressing: None,
            credentials: None,
            security_provider_policy: None,
            signature: Signature::default(),
            region: None,
            max_retry_count: 3,
            max_redirect_count: 10,
            retry_budget: 500,
            retry_delay: (Duration::from_millis(200), Duration::from_secs(20)),
            deadline: None,
            connection: ConnectionConfig::default(),
            proxy: ProxyConfig::default(),
            proxy_from_env: false,
            pem: None,
            transport: None,
            clock: Arc::new(SystemClock),
        }
    }

    /// The endpoint, such as `https://obs.cn-north-4.myhuaweicloud.com`, `http://127.0.0.1:9000`, or without protocol,
    /// which means https (`server` of the guide). Required.
    ///
    /// ```
    /// use obs_core::ObsClient;
    ///
    /// let region = ObsClient::builder().endpoint("obs.cn-north-4.myhuaweicloud.com").build()?;
    /// let local = ObsClient::builder().endpoint("http://127.0.0.1:9000").build()?;
    /// assert!(ObsClient::builder().endpoint("ftp://obs.example.com").build().is_err());
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// The access keys. Without them, and without a provider or policy, calls are anonymous. Empty ones are as none.
    ///
    /// ```
    /// use obs_core::{Credentials, ObsClient};
    ///
    /// let client = ObsClient::builder()
    ///     .endpoint("obs.example.com")
    ///     .credentials(Credentials::new("AK", "SK"))
    ///     .build()?;
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = None;
        if credentials.is_anonymous() { self } else { self.credentials_provider(credentials) }
    }

    /// Something that knows the access keys and may change them at any time.
    ///
    /// ```
    /// use obs_core::{EnvCredentials, ObsClient};
    ///
    /// let client = ObsClient::builder()
    ///     .endpoint("obs.example.com")
    ///     .credentials_provider(EnvCredentials::new())
    ///     .build()?;
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    pub fn credentials_provider(mut self, provider: impl CredentialsProvider) -> Self {
        self.credentials = Some(Arc::new(provider));
        self
    }

    /// Where the access keys are looked for if none are [given](Self::credentials) (`security_provider_policy` of the guide): in the
    /// environment, at the metadata service of the ECS, or in both. For other places, and other orders, give a
    /// [`CredentialsChain`](crate::CredentialsChain) as [provider](Self::credentials_provider) (`security_providers`).
    ///
    /// Keys that are not found fail the call, with [`ErrorKind::Credentials`](crate::ErrorKind::Credentials); it does not become anonymous.
    ///
    /// ```
    /// use obs_core::{ObsClient, SecurityProviderPolicy};
    /// let client = ObsClient::builder()
    ///     .endpoint("obs.example.com")
    ///     .security_provider_policy(SecurityProviderPolicy::ObsDefault)
    ///     .build()?;
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    pub fn security_provider_policy(mut self, policy: SecurityProviderPolicy) -> Self {
        self.security_provider_policy = Some(policy);
        self
    }

    /// How requests are signed. Default: [`Signature::Obs`].
    ///
    /// ```
    /// use obs_core::{ObsClient, Signature};
    ///
    /// let client =
    ///     ObsClient::builder().endpoint("obs.example.com").signature(Signature::V2).build()?;
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    pub fn signature(mut self, signature: Signature) -> Self {
        self.signature = signature;
        self
    }

    /// The region, which only V4 signs.
    ///
    /// ```
    /// use obs_core::ObsClient;
    ///
    /// let client = ObsClient::builder().endpoint("obs.example.com").region("cn-north-4").build()?;
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// Names the bucket in the path, not in the host. Endpoints that are IP addresses do so by themselves.
    ///
    /// ```
    /// use obs_core::ObsClient;
    ///
    /// let client = ObsClient::builder().endpoint("obs.example.com").path_style().build()?;
    /// assert_eq!(
    ///     client.bucket("my-bucket").object_url("a.txt")?,
    ///     "https://obs.example.com/my-bucket/a.txt"
    /// );
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    pub fn path_style(mut self) -> Self {
        self.addressing = Some(Addressing::PathStyle);
        self
    }

    /// The endpoint is a domain of one's own that stands for one bucket (`is_cname` of the guide). Whatever name
    /// [`bucket`](ObsClient::bucket) is given, each call is about that bucket, one that creates or deletes a bucket too; the service cannot be asked
    /// for its buckets here.
    ///
    /// ```
    /// use obs_core::ObsClient;
    ///
    /// let client =
    ///     ObsClient::builder().endpoint("https://files.example.com").custom_domain().build()?;
    /// assert_eq!(
    ///     client.bucket("my-bucket").object_url("a.txt")?,
    ///     "https://files.example.com/a.txt"
    /// );
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    pub fn custom_domain(mut self) -> Self {
        self.addressing = Some(Addressing::CustomDomain);
        self
    }

    /// How often a call that failed is tried again: connection failures, stalls, 5xx, 408, 429. Default: 3.
    ///
    /// ```
    /// use obs_core::ObsClient;
    ///
    /// let client = ObsClient::builder().endpoint("obs.example.com").max_retry_count(5).build()?;
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    pub fn max_retry_count(mut self, count: u32) -> Self {
        self.max_retry_count = count;
        self
    }

    /// How many retries all calls of the client, and of its clones, may make in a row without success, so that a server in trouble is
    /// not stormed. Ten a second come back, each call that succeeds gives back what it took and one more. While there are any,
    /// [`max_retry_count`](Self::max_retry_count) holds for each call; when they are used up a call fails with its first error.
    /// Default: 500, which a hundred failing calls at once do not use up.
    ///
    /// ```
    /// use obs_core::ObsClient;
    ///
    /// let client = ObsClient::builder().endpoint("obs.example.com").retry_budget(50).build()?;
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    pub fn retry_budget(mut self, retries: u32) -> Self {
        self.retry_budget = retries;
        self
    }

    /// How many redirecting answers a call takes in; the last of them is its result. Default: 10.
    ///
    /// ```
    /// use obs_core::ObsClient;
    ///
    /// let client =
    ///     ObsClient::builder().endpoint("obs.example.com").max_redirect_count(3).build()?;
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    pub fn max_redirect_count(mut self, count: u32) -> Self {
        self.max_redirect_count = count;
        self
    }

    /// The wait before a second attempt and the longest one: the wait doubles with every attempt, and of it a random
    /// part is taken. Default: 200 ms and 20 s.
    ///
    /// ```
    /// use obs_core::ObsClient;
    /// use std::time::Duration;
    ///
    /// let client = ObsClient::builder()
    ///     .endpoint("obs.example.com")
    ///     .retry_delay(Duration::from_millis(50), Duration::from_secs(5))
    ///     .build()?;
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    pub fn retry_delay(mut self, first: Duration, longest: Duration) -> Self {
        self.retry_delay = (first, longest);
        self
    }

    /// The longest that one call may take, all attempts and waits included. Default: none.
    ///
    /// ```
    /// use obs_core::ObsClient;
    /// use std::time::Duration;
    ///
    /// let client = ObsClient::builder()
    ///     .endpoint("obs.example.com")
    ///     .deadline(Duration::from_secs(120))
    ///     .build()?;
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    pub fn deadline(mut self, limit: Duration) -> Self {
        self.deadline = Some(limit);
        self
    }

    /// Sends requests in another way than with ureq.
    ///
    /// ```
    /// use obs_core::{Credentials, ObsClient, transport::*};
    ///
    /// #[derive(Debug)]
    /// struct Offline;
    ///
    /// impl Transport for Offline {
    ///     fn send(&self, request: HttpRequest<'_>) -> Result<HttpResponse, TransportError> {
    ///         println!("{} {}", request.method, request.url);
    ///         Ok(HttpResponse::new(204, "No Content"))
    ///     }
    /// }
    ///
    /// let client = ObsClient::builder().endpoint("obs.example.com").transport(Offline).build()?;
    /// client.delete_object("my-bucket", "a.txt").send()?;
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    pub fn transport(self, transport: impl Transport) -> Self {
        self.shared_transport(Arc::new(transport))
    }

    /// The same, where the caller keeps a hand on it.
    ///
    /// ```
    /// use obs_core::{ObsClient, transport::*};
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicUsize, Ordering};
    ///
    /// #[derive(Debug, Default)]
    /// struct Counter(AtomicUsize);
    ///
    /// impl Transport for Counter {
    ///     fn send(&self, _request: HttpRequest<'_>) -> Result<HttpResponse, TransportError> {
    ///         self.0.fetch_add(1, Ordering::Relaxed);
    ///         Ok(HttpResponse::new(204, "No Content"))
    ///     }
    /// }
    ///
    /// let counter = Arc::new(Counter::default());
    /// let client = ObsClient::builder()
    ///     .endpoint("obs.example.com")
    ///     .shared_transport(counter.clone())
    ///     .build()?;
    /// client.delete_object("my-bucket", "a.txt").send()?;
    /// assert_eq!(counter.0.load(Ordering::Relaxed), 1);
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    pub fn shared_transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Takes the time from elsewhere.
    ///
    /// ```
    /// use obs_core::{Clock, Credentials, ObsClient};
    /// use std::time::{Duration, SystemTime, UNIX_EPOCH};
    ///
    /// #[derive(Debug)]
    /// struct Frozen;
    ///
    /// impl Clock for Frozen {
    ///     fn now(&self) -> SystemTime {
    ///         UNIX_EPOCH + Duration::from_secs(1_767_323_045)
    ///     }
    ///     fn sleep(&self, _duration: Duration) {}
    /// }
    ///
    /// let client = ObsClient::builder()
    ///     .endpoint("obs.example.com")
    ///     .credentials(Credentials::new("AK", "SK"))
    ///     .clock(Frozen)
    ///     .build()?;
    /// let url = client.bucket("my-bucket").get_object("a.txt").presign(Duration::from_secs(60))?;
    /// assert!(url.to_string().contains("Expires=1767323105"));
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The client.
    ///
    /// ```
    /// use obs_core::ObsClient;
    ///
    /// let error =
    ///     ObsClient::builder().endpoint("obs.example.com").chunk_size(10).build().unwrap_err();
    /// assert_eq!(error.to_string(), "chunk_size is 10: give 1,024 bytes to 16 MiB");
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) names the parameter that does not fit;
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) the certificate file that cannot be read.
    pub fn build(self) -> Result<ObsClient> {
        let endpoint = self.endpoint.ok_or_else(|| {
            Error::invalid("no endpoint: give one, such as https://obs.cn-north-4.myhuaweicloud.com")
        })?;
        let mut endpoint = Endpoint::parse(&endpoint)?;
        if let Some(addressing) = self.addressing {
            endpoint = endpoint.with_addressing(addressing);
        }
        let mut connection = self.connection;
        let mut proxy = self.proxy;
        if proxy.url.is_empty() && self.proxy_from_env {
            if let Some(found) = crate::proxy::from_env(&endpoint, |name| std::env::var(name).ok()) {
                proxy.url = found.url;
                proxy.credentials = proxy.credentials.or(found.credentials);
                proxy.no_proxy.extend(found.no_proxy);
            }
        } else if proxy.url.is_empty() && proxy.credentials.is_some() {
            return Err(Error::invalid("credentials for a proxy, but no proxy: give its URL"));
        }
        proxy.no_proxy = crate::proxy::exceptions(&proxy.no_proxy, &endpoint);
        connection.proxy = Some(proxy).filter(|proxy| !proxy.url.is_empty());
        if let Some(pem) = self.pem {
            connection.tls = TlsVerification::Pem(pem?);
        }
        for (name, limit) in
            [("timeout", connection.timeout), ("connect_timeout", connection.connect_timeout)]
        {
            if limit.is_zero() {
                return Err(Error::invalid(format!("{name} is zero: every call would fail at once")));
            }
        }
        if !CHUNK_SIZES.contains(&connection.chunk_size) {
            return Err(Error::invalid(format!(
                "chunk_size is {}: give 1,024 bytes to 16 MiB",
                connection.chunk_size
            )));
        }
        if !connection.user_agent.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
            return Err(Error::invalid("user_agent holds what no header can carry: give visible ASCII"));
        }
        // What is meant is never: the clock ends before a Duration does.
        for limit in [&mut connection.timeout, &mut connection.connect_timeout, &mut connection.idle_timeout]
        {
            *limit = (*limit).min(FOR_EVER);
        }
        let transport = match self.transport {
            Some(transport) => transport,
            None => Arc::new(UreqTransport::new(&connection)?),
        };
        let config = Config {
            endpoint,
            signature: self.signature,
            region: self.region,
            max_retry_count: self.max_retry_count,
            max_redirect_count: self.max_redirect_count,
            retry_budget: self.retry_budget,
            retry_delay: self.retry_delay.0,
            max_retry_delay: self.retry_delay.1,
            deadline: self.deadline.map(|limit| limit.min(FOR_EVER)),
        };
        let credentials = self
            .credentials
            .or_else(|| self.security_provider_policy.map(SecurityProviderPolicy::provider))
            .unwrap_or_else(|| Arc::new(Credentials::anonymous()));
        Ok(ObsClient::new(config, credentials, transport, self.clock))
    }
}
