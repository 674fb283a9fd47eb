//! Whether a bucket is there.

use obs_sign::Method;

use crate::error::Result;
use crate::operation::{Answer, Operation, Parts};

/// Asks whether a bucket exists and may be accessed.
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
