//! What a copy is made of.

use obs_sign::{check_key, encode};

use super::SseC;
use crate::error::{Error, Result};
use crate::operation::{Operation, Parts};
use crate::request::Request;

/// The source of a copy: an object, perhaps one version of it, perhaps encrypted with the caller's key.
///
/// ```
/// use obs_core::CopySource;
/// let newest = CopySource::new("my-bucket", "photos/cat.jpg");
/// let version = CopySource::new("my-bucket", "photos/cat.jpg").version_id("G0001017C");
/// let parsed: CopySource = "my-bucket/photos/cat.jpg?versionId=G0001017C".into();
/// # let _ = (newest, version, parsed);
/// ```
#[derive(Debug, Clone)]
pub struct CopySource {
    /// Bucket and key, not encoded: `/bucket/key`, or as the caller wrote it.
    path: String,
    version_id: Option<String>,
    sse: Option<SseC>,
}

impl CopySource {
    /// The newest version of this object.
    pub fn new(bucket: impl AsRef<str>, key: impl AsRef<str>) -> Self {
        Self::of(format!("/{}/{}", bucket.as_ref(), key.as_ref()), None)
    }

    /// A source in one text, `bucket/key` or `bucket/key?versionId=…`, not percent-encoded. A key that itself contains
    /// `?versionId=` needs [`new`](Self::new).
    pub fn from_path(path: impl Into<String>) -> Self {
        let path = path.into();
        match path.rsplit_once("?versionId=") {
            Some((before, id)) => Self::of(before.to_owned(), Some(id.to_owned())),
            None => Self::of(path, None),
        }
    }

    fn of(path: String, version_id: Option<String>) -> Self {
        Self { path, version_id, sse: None }
    }

    /// One version of it.
    #[must_use]
    pub fn version_id(mut self, id: impl Into<String>) -> Self {
        self.version_id = Some(id.into());
        self
    }

    /// The key that it was encrypted with (SSE-C).
    #[must_use]
    pub fn sse(mut self, sse: SseC) -> Self {
        self.sse = Some(sse);
        self
    }

    /// The version that was named, if one was.
    pub fn version(&self) -> Option<&str> {
        self.version_id.as_deref()
    }

    /// The key that it was encrypted with, if that was given.
    pub fn customer_key(&self) -> Option<&SseC> {
        self.sse.as_ref()
    }

    /// Bucket and key.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) without a bucket or a key.
    pub fn bucket_and_key(&self) -> Result<(&str, &str)> {
        let named = self.path.strip_prefix('/').unwrap_or(&self.path).split_once('/');
        named.filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty()).ok_or_else(|| {
            let path = &self.path;
            Error::invalid(format!("the source of the copy is {path:?}: give bucket/key"))
        })
    }

    /// Writes the headers that name the source.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) without a bucket or a key.
    pub(crate) fn write(&self, parts: &mut Parts) -> Result<()> {
        let (_, key) = self.bucket_and_key()?;
        check_key(key).map_err(|e| Error::invalid(format!("the source of the copy: {e}")))?;
        let mut value = encode::path(&self.path).into_owned();
        if let Some(id) = &self.version_id {
            value.push_str("?versionId=");
            value.push_str(&encode::standard_header_value(id));
        }
        // Encoded as a key is, not as header values are.
        parts.raw_header(parts.dialect().header("copy-source"), value);
        if let Some(sse) = &self.sse {
            sse.write_for_copy_source(parts);
        }
        Ok(())
    }
}

impl<T: Into<String>> From<T> for CopySource {
    fn from(path: T) -> Self {
        Self::from_path(path)
    }
}

impl<O: Operation + AsMut<CopySource>> Request<O> {
    /// The version of the source. Default: the newest.
    pub fn source_version_id(mut self, id: impl Into<String>) -> Self {
        self.operation.as_mut().version_id = Some(id.into());
        self
    }

    /// The key that the source was encrypted with, if that was the caller's own (SSE-C).
    pub fn source_sse(mut self, sse: SseC) -> Self {
        self.operation.as_mut().sse = Some(sse);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use obs_sign::Dialect;

    fn header(source: &CopySource, dialect: Dialect) -> Result<String> {
        let mut parts = Parts::new(dialect);
        source.write(&mut parts)?;
        Ok(parts.headers.get(&dialect.header("copy-source")).unwrap().to_owned())
    }

    #[test]
    fn is_encoded_like_a_key() {
        let obs = |source: CopySource| header(&source, Dialect::Obs).unwrap();
        assert_eq!(
            obs(CopySource::new("sourcebucketname", "sourceobjectname").version_id("versionid")),
            "/sourcebucketname/sourceobjectname?versionId=versionid"
        );
        assert_eq!(
            obs(CopySource::new("sourcebucketname", "/leading/slash.txt")),
            "/sourcebucketname//leading/slash.txt"
        );
        assert_eq!(
            obs(CopySource::new("b", "already%20enc%2Foded%25.txt")),
            "/b/already%2520enc%252Foded%2525.txt"
        );
        // A key is never mistaken for one with a version.
        assert_eq!(obs(CopySource::new("b", "x?versionId=1&acl")), "/b/x%3FversionId%3D1%26acl");
        // What a caller wrote in one text keeps its form.
        let written: CopySource = "sourcebucket/目录/a b+c%&~.txt".into();
        assert_eq!(
            header(&written, Dialect::V2).unwrap(),
            "sourcebucket/%E7%9B%AE%E5%BD%95/a%20b%2Bc%25%26~.txt"
        );
        assert_eq!(obs("/b/k?versionId=null".into()), "/b/k?versionId=null");
    }

    #[test]
    fn needs_bucket_and_key() {
        for path in ["", "/", "b", "b/", "/b/", "//k"] {
            let error = header(&path.into(), Dialect::Obs).unwrap_err();
            assert_eq!(error.to_string(), format!("the source of the copy is {path:?}: give bucket/key"));
        }
    }
}
