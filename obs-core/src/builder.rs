//! Building a client: everything that the guide's table of parameters has, and what it lacks.

use std::path::Path;
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
/// use std::time::Duration;
/// use obs_core::{Credentials, ObsClient};
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
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// The access keys. Without them, and without a provider or policy, calls are anonymous. Empty ones are as none.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = None;
        if credentials.is_anonymous() { self } else { self.credentials_provider(credentials) }
    }

    /// Something that knows the access keys and may change them at any time.
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
    pub fn signature(mut self, signature: Signature) -> Self {
        self.signature = signature;
        self
    }

    /// The region, which only V4 signs.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// Names the bucket in the path, not in the host. Endpoints that are IP addresses do so by themselves.
    pub fn path_style(mut self) -> Self {
        self.addressing = Some(Addressing::PathStyle);
        self
    }

    /// The endpoint is a domain of one's own that stands for one bucket (`is_cname` of the guide).
    pub fn custom_domain(mut self) -> Self {
        self.addressing = Some(Addressing::CustomDomain);
        self
    }

    /// How often a call that failed is tried again: connection failures, stalls, 5xx, 408, 429. Default: 3.
    pub fn max_retry_count(mut self, count: u32) -> Self {
        self.max_retry_count = count;
        self
    }

    /// How many retries all calls of the client, and of its clones, may make in a row without success, so that a server in trouble is
    /// not stormed. Ten a second come back, each call that succeeds gives back what it took and one more. While there are any,
    /// [`max_retry_count`](Self::max_retry_count) holds for each call; when they are used up a call fails with its first error.
    /// Default: 500, which a hundred failing calls at once do not use up.
    pub fn retry_budget(mut self, retries: u32) -> Self {
        self.retry_budget = retries;
        self
    }

    /// How many redirecting answers a call takes in; the last of them is its result. Default: 10.
    pub fn max_redirect_count(mut self, count: u32) -> Self {
        self.max_redirect_count = count;
        self
    }

    /// The wait before a second attempt and the longest one: the wait doubles with every attempt, and of it a random
    /// part is taken. Default: 200 ms and 20 s.
    pub fn retry_delay(mut self, first: Duration, longest: Duration) -> Self {
        self.retry_delay = (first, longest);
        self
    }

    /// How long the server may keep silent, or refuse to take bytes, before the attempt is given up. It is no limit
    /// on a transfer that moves. What the system holds in its buffers, a few MB, must pass within it: on a line of less
    /// than 100 KB/s give more. Default: 60 s.
    pub fn timeout(mut self, stall: Duration) -> Self {
        self.connection.timeout = stall;
        self
    }

    /// How long looking up a name, and making a connection, may take each. Default: 30 s.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connection.connect_timeout = limit;
        self
    }

    /// The longest that one call may take, all attempts and waits included. Default: none.
    pub fn deadline(mut self, limit: Duration) -> Self {
        self.deadline = Some(limit);
        self
    }

    /// The size of the buffers for reading from and writing to a connection, in bytes. Default: 65,536.
    pub fn chunk_size(mut self, bytes: usize) -> Self {
        self.connection.chunk_size = bytes;
        self
    }

    /// How many idle connections are kept. Default: 64.
    pub fn max_connections(mut self, count: usize) -> Self {
        self.connection.max_connections = count;
        self
    }

    /// After which time an idle connection is not used any more. Default: 15 s.
    pub fn idle_timeout(mut self, age: Duration) -> Self {
        self.connection.idle_timeout = age;
        self
    }

    /// Whether connections are used for more than one request (`long_conn_mode` of the guide). Default: yes.
    pub fn keep_alive(mut self, keep: bool) -> Self {
        self.connection.keep_alive = keep;
        self
    }

    /// Waits for the server's consent before a body above this many bytes is sent (`Expect: 100-continue`), so that a refusal
    /// costs no upload. Default: never.
    pub fn expect_continue_above(mut self, bytes: u64) -> Self {
        self.connection.expect_continue_above = Some(bytes);
        self
    }

    /// What `User-Agent` says. Default: `obs-rust/VERSION`.
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.connection.user_agent = name.into();
        self
    }

    /// Trusts the certificates in this PEM bundle, and no others: the CA of a company (`ssl_verify` with a path, in the
    /// guide).
    pub fn root_certificates_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.pem = Some(Ok(pem.into()));
        self
    }

    /// The same from a file.
    pub fn root_certificates_file(mut self, path: impl AsRef<Path>) -> Self {
        let path = path.as_ref();
        self.pem = Some(std::fs::read(path).map_err(|e| Error::io(path.display(), e)));
        self
    }

    /// Trusts the certificates of the operating system (feature `platform-verifier`).
    #[cfg(feature = "platform-verifier")]
    pub fn platform_certificates(mut self) -> Self {
        self.connection.tls = TlsVerification::Platform;
        self
    }

    /// Trusts anybody (`ssl_verify=False` of the guide, its default). Whoever sits on the line can then read and change all. Logs a
    /// warning.
    pub fn danger_disable_certificate_verification(mut self) -> Self {
        self.connection.tls = TlsVerification::Off;
        self
    }

    /// A proxy, such as `http://proxy.example.com:8080` (`proxy_host`, `proxy_port`). All goes through a CONNECT tunnel, http too.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy.url = url.into();
        self
    }

    /// The user name and password for the proxy (`proxy_username`, `proxy_password`), also for one from the environment.
    pub fn proxy_credentials(mut self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.proxy.credentials = Some((user.into(), password.into()));
        self
    }

    /// Takes the proxy from the environment if none is [given](Self::proxy): from `HTTPS_PROXY` or `HTTP_PROXY`, by the protocol of the
    /// endpoint, or from `ALL_PROXY`; hosts in `NO_PROXY` are reached without it. Small letters count too, and first.
    /// Default: the environment is not asked.
    pub fn proxy_from_env(mut self) -> Self {
        self.proxy_from_env = true;
        self
    }

    /// Hosts that are reached without the proxy: a name with all names below it (so that an endpoint stands for its buckets), only
    /// the names below (`.example.com`), an address, a network (`10.0.0.0/8`) for an endpoint that is an address in it, or all (`*`).
    /// A port behind a name or an address (`example.com:8443`) makes it count for that port alone.
    pub fn no_proxy<S: Into<String>>(mut self, hosts: impl IntoIterator<Item = S>) -> Self {
        self.proxy.no_proxy.extend(hosts.into_iter().map(Into::into));
        self
    }

    /// Sends requests in another way than with ureq.
    pub fn transport(self, transport: impl Transport) -> Self {
        self.shared_transport(Arc::new(transport))
    }

    /// The same, where the caller keeps a hand on it.
    pub fn shared_transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Takes the time from elsewhere.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The client.
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
        if connection.chunk_size < 1024 {
            return Err(Error::invalid(format!(
                "chunk_size is {}: give at least 1,024 bytes",
                connection.chunk_size
            )));
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
            deadline: self.deadline,
        };
        let credentials = self
            .credentials
            .or_else(|| self.security_provider_policy.map(SecurityProviderPolicy::provider))
            .unwrap_or_else(|| Arc::new(Credentials::anonymous()));
        Ok(ObsClient::new(config, credentials, transport, self.clock))
    }
}
