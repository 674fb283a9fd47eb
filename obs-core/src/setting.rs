//! The shape of a bucket's documents: one sub-resource that is read, written and deleted.

use std::marker::PhantomData;

use obs_sign::{Dialect, Method};

use crate::body::Body;
use crate::error::Result;
use crate::operation::{Answer, Operation, Parts};

/// A document that configures a bucket. The three operations on it are the same for all documents.
///
/// ```
/// use obs_core::settings::Lifecycle;
/// use obs_core::{SetSetting, Setting};
///
/// assert_eq!((Lifecycle::SUB_RESOURCE, Lifecycle::GET), ("lifecycle", "GetBucketLifecycle"));
/// ```
pub trait Setting: Sized {
    /// The sub-resource, such as `lifecycle`.
    const SUB_RESOURCE: &'static str;
    /// What OBS calls reading it, such as `GetBucketLifecycle`.
    const GET: &'static str;
    /// What OBS calls writing it.
    const SET: &'static str;
    /// What OBS calls deleting it; empty where it cannot be deleted.
    const DELETE: &'static str;
    /// Whether OBS demands `Content-MD5` with it.
    const CONTENT_MD5: bool = false;
    /// What it is sent as; empty for XML, which OBS wants no `Content-Type` with.
    const CONTENT_TYPE: &'static str = "";

    /// Writes where the document is found: the sub-resource, unless the protocols differ.
    fn locate(parts: &mut Parts) {
        parts.flag(Self::SUB_RESOURCE);
    }

    /// Reads the document, and what headers belong to it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) names what is missing or wrong.
    fn read(answer: &mut Answer) -> Result<Self>;

    /// Writes the document.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) for what it cannot carry.
    fn write(&self, dialect: Dialect) -> Result<String>;
}

/// Reads the document.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use obs_core::GetSetting;
/// use obs_core::settings::Versioning;
///
/// // What `bucket.get_bucket_versioning()` makes.
/// let versioning = bucket.request(GetSetting::<Versioning>::default()).send()?;
/// assert_eq!(versioning.status, None);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug)]
pub struct GetSetting<S>(PhantomData<fn() -> S>);

impl<S> Default for GetSetting<S> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<S: Setting> Operation for GetSetting<S> {
    type Output = S;
    const NAME: &'static str = S::GET;
    const METHOD: Method = Method::Get;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        S::locate(parts);
        Ok(())
    }

    fn decode(&self, answer: &mut Answer) -> Result<S> {
        S::read(answer)
    }
}

/// Writes the document in the place of the one before.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// bucket.set_bucket_tagging([("project", "apollo")]).send()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct SetSetting<S>(pub(crate) S);

impl<S: Setting> SetSetting<S> {
    /// With this document.
    pub fn new(document: S) -> Self {
        Self(document)
    }
}

impl<S: Setting> Operation for SetSetting<S> {
    type Output = ();
    const NAME: &'static str = S::SET;
    const METHOD: Method = Method::Put;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        S::locate(parts);
        if !S::CONTENT_TYPE.is_empty() {
            parts.header("content-type", S::CONTENT_TYPE);
        }
        Ok(())
    }

    fn body(&mut self, dialect: Dialect) -> Result<Body<'_>> {
        let body = Body::text(self.0.write(dialect)?);
        Ok(if S::CONTENT_MD5 { body.with_content_md5() } else { body })
    }

    fn decode(&self, answer: &mut Answer) -> Result<()> {
        answer.nothing()
    }
}

/// Deletes the document.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// bucket.delete_bucket_tagging().send()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug)]
pub struct DeleteSetting<S>(PhantomData<fn() -> S>);

impl<S> Default for DeleteSetting<S> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<S: Setting> Operation for DeleteSetting<S> {
    type Output = ();
    const NAME: &'static str = S::DELETE;
    const METHOD: Method = Method::Delete;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        S::locate(parts);
        Ok(())
    }

    fn decode(&self, answer: &mut Answer) -> Result<()> {
        answer.nothing()
    }
}
