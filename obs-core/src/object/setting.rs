//! The shape of what is kept beside an object: one sub-resource that is read, written and deleted.

use std::marker::PhantomData;

use obs_sign::{Dialect, Method};

use crate::body::Body;
use crate::error::Result;
use crate::operation::{Answer, Operation, Parts};
use crate::types::VersionId;

/// A document that belongs to an object or to a version of it: what [`Setting`](crate::Setting) is for buckets.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use obs_core::object::{GetObjectSetting, ObjectSetting};
/// use obs_core::settings::Tagging;
///
/// assert_eq!(
///     (Tagging::SUB_RESOURCE, <Tagging as ObjectSetting>::GET),
///     ("tagging", "GetObjectTagging")
/// );
/// let request = bucket.request(GetObjectSetting::<Tagging>::new("hello.txt"));
/// # assert!(request.send().is_ok());
/// # Ok::<(), obs_core::Error>(())
/// ```
pub trait ObjectSetting: Sized {
    /// The sub-resource, such as `tagging`.
    const SUB_RESOURCE: &'static str;
    /// What OBS calls reading it, such as `GetObjectTagging`.
    const GET: &'static str;
    /// What OBS calls writing it.
    const SET: &'static str;
    /// What OBS calls deleting it; empty where it cannot be deleted.
    const DELETE: &'static str;
    /// Whether OBS demands `Content-MD5` with it.
    const CONTENT_MD5: bool = false;

    /// Reads the document.
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

/// What a document belongs to.
#[derive(Debug, Clone)]
struct Owner {
    key: String,
    version_id: VersionId,
}

impl Owner {
    fn new(key: impl Into<String>) -> Self {
        Self { key: key.into(), version_id: VersionId::default() }
    }

    fn write(&self, sub_resource: &'static str, parts: &mut Parts) {
        parts.key(&self.key);
        parts.flag(sub_resource);
        self.version_id.write(parts);
    }
}

/// Reads a document of an object.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// let acl = bucket.get_object_acl("hello.txt").send()?;
/// println!("{} owns it", acl.owner.id);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct GetObjectSetting<S>(Owner, PhantomData<fn() -> S>);

/// Writes a document of an object in the place of the one before.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// bucket.set_object_tagging("hello.txt", [("stage", "draft")]).send()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct SetObjectSetting<S>(Owner, S);

/// Deletes a document of an object.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// bucket.delete_object_tagging("hello.txt").send()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct DeleteObjectSetting<S>(Owner, PhantomData<fn() -> S>);

impl<S> GetObjectSetting<S> {
    /// Of this object.
    pub fn new(key: impl Into<String>) -> Self {
        Self(Owner::new(key), PhantomData)
    }
}

impl<S> SetObjectSetting<S> {
    /// This document for this object.
    pub fn new(key: impl Into<String>, document: S) -> Self {
        Self(Owner::new(key), document)
    }
}

impl<S> DeleteObjectSetting<S> {
    /// Of this object.
    pub fn new(key: impl Into<String>) -> Self {
        Self(Owner::new(key), PhantomData)
    }
}

impl<S: ObjectSetting> Operation for GetObjectSetting<S> {
    type Output = S;
    const NAME: &'static str = S::GET;
    const METHOD: Method = Method::Get;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        self.0.write(S::SUB_RESOURCE, parts);
        Ok(())
    }

    fn decode(&self, answer: &mut Answer) -> Result<S> {
        S::read(answer)
    }
}

impl<S: ObjectSetting> Operation for SetObjectSetting<S> {
    type Output = ();
    const NAME: &'static str = S::SET;
    const METHOD: Method = Method::Put;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        self.0.write(S::SUB_RESOURCE, parts);
        Ok(())
    }

    fn body(&mut self, dialect: Dialect) -> Result<Body<'_>> {
        let body = Body::text(self.1.write(dialect)?);
        Ok(if S::CONTENT_MD5 { body.with_content_md5() } else { body })
    }

    fn decode(&self, answer: &mut Answer) -> Result<()> {
        answer.nothing()
    }
}

impl<S: ObjectSetting> Operation for DeleteObjectSetting<S> {
    type Output = ();
    const NAME: &'static str = S::DELETE;
    const METHOD: Method = Method::Delete;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        self.0.write(S::SUB_RESOURCE, parts);
        Ok(())
    }

    fn decode(&self, answer: &mut Answer) -> Result<()> {
        answer.nothing()
    }
}

impl<S> AsMut<VersionId> for GetObjectSetting<S> {
    fn as_mut(&mut self) -> &mut VersionId {
        &mut self.0.version_id
    }
}

impl<S> AsMut<VersionId> for SetObjectSetting<S> {
    fn as_mut(&mut self) -> &mut VersionId {
        &mut self.0.version_id
    }
}

impl<S> AsMut<VersionId> for DeleteObjectSetting<S> {
    fn as_mut(&mut self) -> &mut VersionId {
        &mut self.0.version_id
    }
}
