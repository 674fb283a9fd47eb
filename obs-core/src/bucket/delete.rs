//! Deleting a bucket.

use obs_sign::Method;

use crate::error::Result;
use crate::operation::{Answer, Operation, Parts};

/// Deletes a bucket, which must be empty.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// match bucket.delete_bucket().send() {
///     Err(error) if error.is_conflict() => println!("there is something in it: {error}"),
///     other => {
///         other?;
///     }
/// }
/// bucket.delete_object("hello.txt").send()?;
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
