//! The handle that every request holds. It knows no operation.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use obs_sign::{Dialect, Signer};

use crate::bucket_client::BucketClient;
use crate::builder::ObsClientBuilder;
use crate::call::Shared;
use crate::config::{Clock, Config};
use crate::credentials::CredentialsProvider;
use crate::operation::Operation;
use crate::request::Request;
use crate::transport::Transport;

/// A client of OBS: an endpoint, credentials, a pool of connections.
///
/// A clone costs one reference count and shares all of it; one client serves any number of threads.
///
/// ```
/// use obs_core::{Credentials, ObsClient};
///
/// let client = ObsClient::builder()
///     .endpoint("https://obs.cn-north-4.myhuaweicloud.com")
///     .credentials(Credentials::new("AK", "SK"))
///     .build()?;
/// # let (_place, client) = obs_sandbox::client();
/// # client.create_bucket("my-bucket").send()?;
///
/// let workers: Vec<_> = (0..4)
///     .map(|n| {
///         let client = client.clone();
///         std::thread::spawn(move || {
///             client.put_content("my-bucket", format!("{n}.txt"), "Hello OBS").send()
///         })
///     })
///     .collect();
/// # for worker in workers { worker.join().unwrap()?; }
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Clone)]
pub struct ObsClient {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) config: Config,
    pub(crate) credentials: Arc<dyn CredentialsProvider>,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Arc<dyn Clock>,
    /// What was learned about the server.
    pub(crate) shared: Arc<Shared>,
    signers: Signers,
    /// Set by [`ObsClient::shutdown`].
    shut_down: AtomicBool,
}

/// One signer a protocol, ready for use.
struct Signers {
    obs: Signer,
    v2: Signer,
    #[cfg(feature = "v4")]
    v4: Signer,
}

impl ObsClient {
    /// Starts a client.
    pub fn builder() -> ObsClientBuilder {
        ObsClientBuilder::new()
    }

    pub(crate) fn new(
        config: Config,
        credentials: Arc<dyn CredentialsProvider>,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let signer = |dialect| {
            let signer = Signer::new(config.endpoint.clone(), dialect);
            match &config.region {
                Some(region) => signer.with_region(region.clone()),
                None => signer,
            }
        };
        let signers = Signers {
            obs: signer(Dialect::Obs),
            v2: signer(Dialect::V2),
            #[cfg(feature = "v4")]
            v4: signer(Dialect::V4),
        };
        let shared = Arc::new(Shared::new(config.retry_budget));
        Self {
            inner: Arc::new(Inner {
                config,
                credentials,
                transport,
                clock,
                shared,
                signers,
                shut_down: AtomicBool::new(false),
            }),
        }
    }

    /// A client for one bucket. No request is made, and nothing is checked before a call is.
    ///
    /// ```
    /// # let (_place, client) = obs_sandbox::client();
    /// let bucket = client.bucket("my-bucket");
    /// bucket.create_bucket().send()?;
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    pub fn bucket(&self, name: impl AsRef<str>) -> BucketClient {
        BucketClient::new(self.clone(), Arc::from(name.as_ref()))
    }

    /// A request for an operation of the whole service, for operations that this crate does not have.
    pub fn request<O: Operation>(&self, operation: O) -> Request<O> {
        Request::new(self.clone(), None, operation)
    }

    /// The same client with connections of its own, so that [`shutdown`](Self::shutdown) ends those alone.
    ///
    /// ```
    /// # let (_place, client) = obs_sandbox::client();
    /// let job = client.isolated();
    /// job.shutdown();
    /// assert!(job.list_buckets().send().unwrap_err().is_cancelled());
    /// client.list_buckets().send()?; // goes on
    ///     
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    #[must_use]
    pub fn isolated(&self) -> Self {
        let transport = self.inner.transport.isolated();
        self.derived(self.inner.config.clone(), transport.unwrap_or_else(|| self.inner.transport.clone()))
    }

    /// The same client with another deadline for each call.
    pub(crate) fn with_deadline(&self, deadline: Duration) -> Self {
        let config = Config { deadline: Some(deadline), ..self.inner.config.clone() };
        self.derived(config, self.inner.transport.clone())
    }

    fn derived(&self, config: Config, transport: Arc<dyn Transport>) -> Self {
        let inner = &*self.inner;
        Self {
            inner: Arc::new(Inner {
                config,
                credentials: inner.credentials.clone(),
                transport,
                clock: inner.clock.clone(),
                shared: inner.shared.clone(),
                signers: inner.signers.clone(),
                shut_down: AtomicBool::new(false),
            }),
        }
    }

    /// Ends all connections of this client and its clones at once, also those that wait for the server;
    /// their calls fail, as do later ones, with [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled).
    ///
    /// ```
    /// # let (_place, client) = obs_sandbox::client();
    /// let stop = client.clone();
    /// std::thread::spawn(move || stop.shutdown()).join().unwrap();
    /// assert!(client.list_buckets().send().unwrap_err().is_cancelled());
    /// ```
    pub fn shutdown(&self) {
        self.inner.shut_down.store(true, Ordering::Release);
        self.inner.transport.shutdown();
    }

    /// The endpoint.
    pub fn endpoint(&self) -> &obs_sign::Endpoint {
        &self.inner.config.endpoint
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }
}

impl Inner {
    /// Whether [`ObsClient::shutdown`] was called.
    pub(crate) fn is_shut_down(&self) -> bool {
        self.shut_down.load(Ordering::Acquire)
    }

    pub(crate) fn signer(&self, dialect: Dialect) -> &Signer {
        match dialect {
            #[cfg(feature = "v4")]
            Dialect::V4 => &self.signers.v4,
            Dialect::V2 => &self.signers.v2,
            _ => &self.signers.obs,
        }
    }
}

impl Clone for Signers {
    fn clone(&self) -> Self {
        Self {
            obs: self.obs.clone(),
            v2: self.v2.clone(),
            #[cfg(feature = "v4")]
            v4: self.v4.clone(),
        }
    }
}

impl fmt::Debug for ObsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObsClient").field("config", &self.inner.config).finish_non_exhaustive()
    }
}
