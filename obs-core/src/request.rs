//! A request: an operation and where it goes. It is sent, presigned, or sent through a URL signed elsewhere.

use std::sync::Arc;
use std::time::{Duration, Instant};

use obs_sign::{Headers, Query, SignedUrl};

use crate::call::{self, Target};
use crate::client::ObsClient;
use crate::error::{Error, Result};
use crate::operation::{Bucket, Operation, Parts, Reply};

/// An operation that is being put together. The methods of [`ObsClient`] and [`BucketClient`](crate::BucketClient) make it, setters
/// add what is optional, [`send`](Request::send) performs it.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use std::time::Duration;
///
/// bucket.put_content("hello.txt", "Hello OBS").metadata("owner", "alice").send()?;
/// let url = bucket.get_object("hello.txt").presign(Duration::from_secs(3600))?;
///
/// // A header that this crate does not know is signed like the rest.
/// bucket.get_object("hello.txt").header("x-obs-new-feature", "on").send()?;
/// # let _ = url;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "a request does nothing until it is sent or presigned"]
pub struct Request<O> {
    client: ObsClient,
    bucket: Bucket,
    pub(crate) operation: O,
    extras: Option<Arc<Extras>>,
}

/// What the caller adds beyond what the operation knows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Extras {
    headers: Headers,
    query: Query,
    requester_pays: bool,
    traffic_limit: Option<u64>,
}

impl Extras {
    /// Refuses what the body that is sent says of itself.
    pub(crate) fn check(&self) -> Result<()> {
        let framing =
            ["content-length", "transfer-encoding"].into_iter().find(|name| self.headers.contains(name));
        match framing {
            Some(name) => {
                Err(Error::invalid(format!("{name} is written for the body that is sent: leave it out")))
            }
            None => Ok(()),
        }
    }

    pub(crate) fn write(&self, parts: &mut Parts) {
        if self.requester_pays {
            parts.prefixed("request-payer", "requester");
        }
        parts.prefixed_opt("traffic-limit", self.traffic_limit);
        for (name, value) in &self.headers {
            parts.raw_header(name.to_owned(), value.to_owned());
        }
        for (name, value) in self.query.iter() {
            match value {
                Some(value) => parts.query(name.to_owned(), value),
                None => parts.flag(name.to_owned()),
            }
        }
    }
}

impl<O: Operation> Request<O> {
    pub(crate) fn new(client: ObsClient, bucket: Bucket, operation: O) -> Self {
        Self { client, bucket, operation, extras: None }
    }

    /// A header that this crate does not know. It is signed and sent as it is, in the place of one of the
    /// same name that the operation writes.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.extras_mut().headers.insert(name.into(), value.into());
        self
    }

    /// A query parameter that this crate does not know. It is percent-encoded, and signed if OBS signs it.
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.extras_mut().query.push(name.into(), value.into());
        self
    }

    /// A query parameter without a value, such as a sub-resource.
    pub fn query_flag(mut self, name: impl Into<String>) -> Self {
        self.extras_mut().query.flag(name.into());
        self
    }

    /// The requester pays for the request (`x-obs-request-payer: requester`).
    pub fn requester_pays(mut self) -> Self {
        self.extras_mut().requester_pays = true;
        self
    }

    /// How fast the service moves the bytes of this request at most (`x-obs-traffic-limit`), in bits per second: for uploads and
    /// downloads of one call. OBS takes 819,200 (100 KB/s) to 838,860,800 (100 MB/s).
    pub fn traffic_limit(mut self, bits_per_second: u64) -> Self {
        self.extras_mut().traffic_limit = Some(bits_per_second);
        self
    }

    fn extras_mut(&mut self) -> &mut Extras {
        Arc::make_mut(self.extras.get_or_insert_default())
    }

    /// Performs the operation, trying again as the client was told to.
    ///
    /// ```
    /// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
    /// let mut object = bucket.get_object("hello.txt").send()?;
    /// println!("{} {:?}", object.status(), object.request_id());
    /// assert_eq!(object.text()?, "hello.txt");
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error`](crate::Error), for every answer that is no success too.
    pub fn send(mut self) -> Result<Reply<O::Output>> {
        let target = Target { bucket: self.bucket.as_ref(), extras: self.extras.as_ref() };
        call::perform(&self.client, target, &mut self.operation)
    }

    /// Signs the operation as a URL that anybody can use until it expires, without sending anything. The
    /// [`headers`](SignedUrl) that come with it must be sent along: among them, where OBS demands it, the `Content-MD5` of a document, so
    /// that the URL is good for this very document.
    ///
    /// ```
    /// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
    /// let url = bucket
    ///     .get_object("hello.txt")
    ///     .response_content_disposition("attachment")
    ///     .presign(std::time::Duration::from_secs(600))?;
    /// println!("{url}");
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) for what cannot be signed,
    /// [`ErrorKind::Credentials`](crate::ErrorKind::Credentials) if there are none.
    pub fn presign(mut self, expires: Duration) -> Result<SignedUrl> {
        let target = Target { bucket: self.bucket.as_ref(), extras: self.extras.as_ref() };
        call::presign(&self.client, target, &mut self.operation, expires)
    }

    /// Performs the operation through a URL that was signed elsewhere: its method, URL and headers are sent as they
    /// are, with the body of this operation; the client needs no credentials.
    ///
    /// ```
    /// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
    /// use obs_core::ObsClient;
    /// use std::time::Duration;
    ///
    /// let url = bucket.put_content("inbox/a.txt", "").presign(Duration::from_secs(600))?;
    ///
    /// // Elsewhere, where there are no keys:
    /// let guest = ObsClient::builder()
    ///     .endpoint(bucket.client().endpoint().to_string())
    ///     .build()?
    ///     .bucket("my-bucket");
    /// guest.put_content("inbox/a.txt", "from a guest").send_signed(&url)?;
    /// # assert_eq!(bucket.get_object("inbox/a.txt").send()?.text()?, "from a guest");
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`send`](Request::send), and [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) if the URL was signed for another method.
    pub fn send_signed(mut self, url: &SignedUrl) -> Result<Reply<O::Output>> {
        let target = Target { bucket: self.bucket.as_ref(), extras: None };
        call::perform_signed(&self.client, target, &mut self.operation, url)
    }
}

/// The way that a request went, for asking once more when its answer broke off.
pub(crate) struct Way {
    pub(crate) client: ObsClient,
    pub(crate) bucket: Bucket,
    pub(crate) extras: Option<Arc<Extras>>,
    /// When the call began.
    pub(crate) started: Instant,
}

impl Way {
    /// Another operation, the same way, as a part of the same call. Tells the retries that it took.
    pub(crate) fn send_part<O: Operation>(
        &self,
        client: &ObsClient,
        mut operation: O,
    ) -> Result<(Reply<O::Output>, u32)> {
        let target = Target { bucket: self.bucket.as_ref(), extras: self.extras.as_ref() };
        call::perform_part(client, target, &mut operation)
    }

    /// What is left of the deadline of the call, if it has one.
    pub(crate) fn time_left(&self) -> Option<Duration> {
        let deadline = self.client.inner().config.deadline?;
        Some(deadline.saturating_sub(self.started.elapsed()))
    }
}
