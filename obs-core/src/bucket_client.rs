//! A client for one bucket.

use std::sync::Arc;

use crate::client::ObsClient;
use crate::error::Result;
use crate::operation::Operation;
use crate::request::Request;

/// A client and the name of a bucket: all calls about that bucket, without its name in each.
///
/// A clone costs two reference counts.
///
/// ```
/// # let (_place, client) = obs_sandbox::client();
/// let bucket = client.bucket("my-bucket");
/// bucket.create_bucket().send()?;
/// bucket.put_content("hello.txt", "Hello OBS").send()?;
/// assert_eq!(bucket.list_objects().iter().count(), 1);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct BucketClient {
    client: ObsClient,
    name: Arc<str>,
}

impl BucketClient {
    pub(crate) fn new(client: ObsClient, name: Arc<str>) -> Self {
        Self { client, name }
    }

    /// The name of the bucket.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The client.
    pub fn client(&self) -> &ObsClient {
        &self.client
    }

    /// A request for an operation on this bucket, for operations that this crate does not have.
    pub fn request<O: Operation>(&self, operation: O) -> Request<O> {
        Request::new(self.client.clone(), Some(self.name.clone()), operation)
    }

    /// The URL of an object, without a signature: for objects that anybody may read.
    ///
    /// ```
    /// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
    /// assert_eq!(bucket.object_url("a b.txt")?.rsplit('/').next(), Some("a%20b.txt"));
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) for a bucket or key that cannot be addressed.
    pub fn object_url(&self, key: &str) -> Result<String> {
        let endpoint = self.client.endpoint();
        let location = endpoint.locate(Some(&self.name), Some(key))?;
        Ok(format!("{}{}", endpoint.origin(&location.host), location.path))
    }

    /// The same with connections of its own: see [`ObsClient::isolated`].
    #[must_use]
    pub fn isolated(&self) -> Self {
        Self { client: self.client.isolated(), name: self.name.clone() }
    }
}
