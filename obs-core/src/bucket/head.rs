//! Whether a bucket is there.

use obs_sign::Method;

use crate::error::Result;
use crate::operation::{Answer, Operation, Parts};

/// Asks whether a bucket exists and may be accessed.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// match bucket.head_bucket().send() {
///     Ok(_) => println!("it is there"),
///     Err(error) if error.is_not_found() => println!("there is none"),
///     Err(error) if error.is_access_denied() => println!("it is somebody else's"),
///     Err(error) => return Err(error),
/// }
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct HeadBucket {}

impl Operation for HeadBucket {
    type Output = ();
    const NAME: &'static str = "HeadBucket";
    const METHOD: Method = Method::Head;

    fn parts(&self, _parts: &mut Parts) -> Result<()> {
        Ok(())
    }

    fn decode(&self, answer: &mut Answer) -> Result<()> {
        answer.nothing()
    }
}
