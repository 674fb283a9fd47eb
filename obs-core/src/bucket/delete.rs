//! Deleting a bucket.

use obs_sign::Method;

use crate::error::Result;
use crate::operation::{Answer, Operation, Parts};

/// Deletes a bucket, which must be empty.
///
/// ```no_run
/// # let client = obs_core::ObsClient::builder().endpoint("obs.example.com").build()?;
/// let bucket = client.bucket("my-bucket");
/// bucket.delete_bucket().send()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct DeleteBucket {}

impl Operation for DeleteBucket {
    type Output = ();
    const NAME: &'static str = "DeleteBucket";
    const METHOD: Method = Method::Delete;

    fn parts(&self, _parts: &mut Parts) -> Result<()> {
        Ok(())
    }

    fn decode(&self, answer: &mut Answer) -> Result<()> {
        answer.nothing()
    }
}
