//! How connections are made: time limits, buffers, certificates, the proxy.

use std::path::Path;
use std::time::Duration;

use super::ObsClientBuilder;
use crate::config::TlsVerification;
use crate::error::Error;

/// How connections are made.
impl ObsClientBuilder {
    /// How long the server may keep silent, or refuse to take bytes, before the attempt is given up. It is no limit
    /// on a transfer that moves. What the system holds in its buffers, a few MB, must pass within it: on a line of less
    /// than 100 KB/s give more. Default: 60 s.
    ///
    /// ```
    /// use obs_core::ObsClient;
    /// use std::time::Duration;
    ///
    /// let client = ObsClient::builder()
    ///     .endpoint("obs.example.com")
    ///     .timeout(Duration::from_secs(20))
    ///     .build()?;
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    pub fn timeout(mut self, stall: Duration) -> Self {
        self.connection.timeout = stall;
        self
    }

    /// How long looking up a name, and making a connection, may take each. Default: 30 s.
    ///
    /// ```
    /// use obs_core::ObsClient;
    /// use std::time::Duration;
    ///
    /// let client = ObsClient::builder()
    ///     .endpoint("obs.example.com")
    ///     .connect_timeout(Duration::from_secs(5))
    ///     .build()?;
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connection.connect_timeout = limit;
        self
    }

    /// The size of the buffers for reading from and writing to a connection, in bytes. The head of an answer may be longer: up to
    /// 64 KiB. Default: 65,536.
    ///
    /// ```
    /// use obs_core::ObsClient;
    ///
    /// let client =
    ///     ObsClient::builder().endpoint("obs.example.com").chunk_size(256 << 10).build()?;
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    pub fn chunk_size(mut self, bytes: usize) -> Self {
        self.connection.chunk_size = bytes;
        self
    }

    /// How many idle connections are kept. Default: 64.
    ///
    /// ```
    /// use obs_core::ObsClient;
    ///
    /// let client = ObsClient::builder().endpoint("obs.example.com").max_connections(200).build()?;
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    pub fn max_connections(mut self, count: usize) -> Self {
        self.connection.max_connections = count;
        self
    }

    /// After which time an idle connection is not used any more. Default: 15 s.
    ///
    /// ```
    /// use obs_core::ObsClient;
    /// use std::time::Duration;
    ///
    /// let client = ObsClient::builder()
    ///     .endpoint("obs.example.com")
    ///     .idle_timeout(Duration::from_secs(5))
    ///     .build()?;
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    pub fn idle_timeout(mut self, age: Duration) -> Self {
        self.connection.idle_timeout = age;
        self
    }

    /// Whether connections are used for more than one request (`long_conn_mode` of the guide). Default: yes.
    ///
    /// ```
    /// use obs_core::ObsClient;
    ///
    /// let client = ObsClient::builder().endpoint("obs.example.com").keep_alive(false).build()?;
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    pub fn keep_alive(mut self, keep: bool) -> Self {
        self.connection.keep_alive = keep;
        self
    }

    /// Waits for the server's consent before a body above this many bytes is sent (`Expect: 100-continue`), so that a refusal
    /// costs no upload. Default: never.
    ///
    /// ```
    /// use obs_core::ObsClient;
    ///
    /// let client = ObsClient::builder()
    ///     .endpoint("obs.example.com")
    ///     .expect_continue_above(1 << 20)
    ///     .build()?;
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    pub fn expect_continue_above(mut self, bytes: u64) -> Self {
        self.connection.expect_continue_above = Some(bytes);
        self
    }

    /// What `User-Agent` says. Default: `obs-rust/VERSION`.
    ///
    /// ```
    /// use obs_core::ObsClient;
    ///
    /// let client =
    ///     ObsClient::builder().endpoint("obs.example.com").user_agent("my-backup/1.2").build()?;
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.connection.user_agent = name.into();
        self
    }

    /// Trusts the certificates in this PEM bundle, and no others: the CA of a company (`ssl_verify` with a path, in the
    /// guide).
    ///
    /// ```no_run
    /// use obs_core::ObsClient;
    ///
    /// let company_ca = std::fs::read("/etc/ssl/company-ca.pem")?;
    /// let client = ObsClient::builder()
    ///     .endpoint("obs.example.com")
    ///     .root_certificates_pem(company_ca)
    ///     .build()?;
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    pub fn root_certificates_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.pem = Some(Ok(pem.into()));
        self
    }

    /// The same from a file.
    ///
    /// ```
    /// use obs_core::{ErrorKind, ObsClient};
    ///
    /// let missing = ObsClient::builder()
    ///     .endpoint("obs.example.com")
    ///     .root_certificates_file("no-such-ca.pem")
    ///     .build();
    /// assert_eq!(missing.unwrap_err().kind(), ErrorKind::Io);
    /// ```
    pub fn root_certificates_file(mut self, path: impl AsRef<Path>) -> Self {
        let path = path.as_ref();
        self.pem = Some(std::fs::read(path).map_err(|e| Error::io(path.display(), e)));
        self
    }

    /// Trusts the certificates of the operating system (feature `platform-verifier`).
    ///
    /// ```
    /// use obs_core::ObsClient;
    ///
    /// let client =
    ///     ObsClient::builder().endpoint("obs.example.com").platform_certificates().build()?;
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    #[cfg(feature = "platform-verifier")]
    pub fn platform_certificates(mut self) -> Self {
        self.connection.tls = TlsVerification::Platform;
        self
    }

    /// Trusts anybody (`ssl_verify=False` of the guide, its default). Whoever sits on the line can then read and change all. Logs a
    /// warning.
    ///
    /// ```
    /// use obs_core::ObsClient;
    ///
    /// let client = ObsClient::builder()
    ///     .endpoint("obs.example.com")
    ///     .danger_disable_certificate_verification()
    ///     .build()?;
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    pub fn danger_disable_certificate_verification(mut self) -> Self {
        self.connection.tls = TlsVerification::Off;
        self
    }

    /// A proxy, such as `http://proxy.example.com:8080` (`proxy_host`, `proxy_port`). All goes through a CONNECT tunnel, http too.
    ///
    /// ```
    /// use obs_core::ObsClient;
    ///
    /// let client = ObsClient::builder()
    ///     .endpoint("obs.example.com")
    ///     .proxy("http://proxy.example.com:8080")
    ///     .build()?;
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy.url = url.into();
        self
    }

    /// The user name and password for the proxy (`proxy_username`, `proxy_password`), also for one from the environment.
    ///
    /// ```
    /// use obs_core::ObsClient;
    ///
    /// let client = ObsClient::builder()
    ///     .endpoint("obs.example.com")
    ///     .proxy("http://proxy.example.com:8080")
    ///     .proxy_credentials("user", "password")
    ///     .build()?;
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    pub fn proxy_credentials(mut self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.proxy.credentials = Some((user.into(), password.into()));
        self
    }

    /// Takes the proxy from the environment if none is [given](Self::proxy): from `HTTPS_PROXY` or `HTTP_PROXY`, by the protocol of the
    /// endpoint, or from `ALL_PROXY`; hosts in `NO_PROXY` are reached without it. Small letters count too, and first.
    /// Default: the environment is not asked.
    ///
    /// ```
    /// use obs_core::ObsClient;
    ///
    /// let client = ObsClient::builder().endpoint("obs.example.com").proxy_from_env().build()?;
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    pub fn proxy_from_env(mut self) -> Self {
        self.proxy_from_env = true;
        self
    }

    /// Hosts that are reached without the proxy: a name with all names below it (so that an endpoint stands for its buckets), only
    /// the names below (`.example.com`), an address, a network (`10.0.0.0/8`) for an endpoint that is an address in it, or all (`*`).
    /// A port behind a name or an address (`example.com:8443`) makes it count for that port alone.
    ///
    /// ```
    /// use obs_core::ObsClient;
    ///
    /// let client = ObsClient::builder()
    ///     .endpoint("obs.example.com")
    ///     .proxy("http://proxy.example.com:8080")
    ///     .no_proxy(["obs.example.com", "10.0.0.1"])
    ///     .build()?;
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    pub fn no_proxy<S: Into<String>>(mut self, hosts: impl IntoIterator<Item = S>) -> Self {
        self.proxy.no_proxy.extend(hosts.into_iter().map(Into::into));
        self
    }
}
