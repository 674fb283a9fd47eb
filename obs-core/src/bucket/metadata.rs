//! The properties of a bucket.

use obs_sign::Method;

use crate::error::Result;
use crate::operation::{Answer, Operation, Parts};
use crate::request::Request;
use crate::types::{CorsHeaders, StorageClass};

/// The properties of a bucket.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// let properties = bucket.get_bucket_metadata().send()?;
/// if properties.is_parallel_file_system {
///     println!("a parallel file system in {:?}", properties.location);
/// }
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BucketMetadata {
    /// The default storage class.
    pub storage_class: Option<StorageClass>,
    /// The region.
    pub location: Option<String>,
    /// The version of the bucket, such as `3.0`.
    pub obs_version: Option<String>,
    /// `3az` where the data lies in three availability zones.
    pub available_zone: Option<String>,
    /// The enterprise project that the bucket belongs to.
    pub epid: Option<String>,
    /// The redundancy of a fusion bucket.
    pub redundancy: Option<String>,
    /// Whether it is a parallel file system (POSIX bucket).
    pub is_parallel_file_system: bool,
    /// What the CORS rules say to the origin that was given.
    pub cors: CorsHeaders,
}

/// Asks for the properties of a bucket.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// let properties = bucket.get_bucket_metadata().origin("https://www.example.com").send()?;
/// println!("{:?}, open to {:?}", properties.storage_class, properties.cors.allow_origin);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct GetBucketMetadata {
    origin: Option<String>,
    request_headers: Option<String>,
}

impl Operation for GetBucketMetadata {
    type Output = BucketMetadata;
    const NAME: &'static str = "GetBucketMetadata";
    const METHOD: Method = Method::Head;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        parts.header_opt("origin", self.origin.as_deref());
        parts.header_opt("access-control-request-headers", self.request_headers.as_deref());
        Ok(())
    }

    fn decode(&self, answer: &mut Answer) -> Result<BucketMetadata> {
        answer.nothing()?;
        let class = answer.prefixed("storage-class").or_else(|| answer.header("x-default-storage-class"));
        Ok(BucketMetadata {
            storage_class: class.map(Into::into),
            location: answer.prefixed("bucket-location").or_else(|| answer.prefixed("bucket-region")),
            obs_version: answer.header("x-obs-version"),
            available_zone: answer.header("x-obs-az-redundancy"),
            epid: answer.prefixed("epid"),
            redundancy: answer.prefixed("bucket-redundancy"),
            is_parallel_file_system: answer.header("x-obs-fs-file-interface").as_deref() == Some("Enabled"),
            cors: CorsHeaders::of(answer.head()),
        })
    }
}

impl Request<GetBucketMetadata> {
    /// The origin of a page that asks, for the CORS rules.
    pub fn origin(mut self, origin: impl Into<String>) -> Self {
        self.operation.origin = Some(origin.into());
        self
    }

    /// The headers that a page wants to send, separated by commas, for the CORS rules.
    pub fn request_headers(mut self, headers: impl Into<String>) -> Self {
        self.operation.request_headers = Some(headers.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::Fake;
    use crate::types::StorageClass;

    #[test]
    fn golden() {
        let fake = Fake::new().answer(
            200,
            &[
                ("x-obs-storage-class", "COLD"),
                ("x-obs-bucket-location", "cn-south-1"),
                ("x-obs-version", "3.0"),
                ("access-control-allow-origin", "http://www.a.com"),
                ("access-control-max-age", "60"),
            ],
            "",
        );
        let ask =
            fake.bucket().get_bucket_metadata().origin("http://www.a.com").request_headers("x-obs-header");
        let bucket = ask.send().unwrap();
        assert_eq!(bucket.storage_class, Some(StorageClass::Cold));
        assert_eq!(bucket.location.as_deref(), Some("cn-south-1"));
        assert_eq!(bucket.obs_version.as_deref(), Some("3.0"));
        assert_eq!(bucket.cors.allow_origin.as_deref(), Some("http://www.a.com"));
        assert_eq!(bucket.cors.max_age, Some(60));
        let sent = fake.only();
        assert_eq!(sent.line(), "HEAD /");
        assert_eq!(sent.header("origin"), "http://www.a.com");
        assert_eq!(sent.header("access-control-request-headers"), "x-obs-header");
    }

    #[test]
    fn v2_names_the_headers_differently() {
        let fake = Fake::new().answer(
            200,
            &[("x-default-storage-class", "STANDARD_IA"), ("x-amz-bucket-region", "cn-north-4")],
            "",
        );
        let bucket = fake.bucket_v2().get_bucket_metadata().send().unwrap();
        assert_eq!(bucket.storage_class, Some(StorageClass::Warm));
        assert_eq!(bucket.location.as_deref(), Some("cn-north-4"));
    }
}
