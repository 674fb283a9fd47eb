//! The region of a bucket.

use obs_sign::Method;

use crate::error::Result;
use crate::operation::{Answer, Operation, Parts};
use crate::xml::NodeExt;

/// Where a bucket is.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// let region = bucket.get_bucket_location().send()?.into_inner().location;
/// println!("{}", region.as_deref().unwrap_or("the default region"));
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BucketLocation {
    /// The region, such as `cn-north-4`; none where the service names none: the default region.
    pub location: Option<String>,
}

/// Asks where a bucket is.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// println!("{:?}", bucket.get_bucket_location().send()?.location);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct GetBucketLocation {}

impl Operation for GetBucketLocation {
    type Output = BucketLocation;
    const NAME: &'static str = "GetBucketLocation";
    const METHOD: Method = Method::Get;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        parts.flag("location");
        Ok(())
    }

    fn decode(&self, answer: &mut Answer) -> Result<BucketLocation> {
        // OBS: <Location>region</Location>; V2: within CreateBucketConfiguration; other S3 servers: as the root.
        answer.xml(|root| {
            let nested = root.opt_text("LocationConstraint").or_else(|| root.opt_text("Location"));
            let own = || Some(root.full_text().trim().to_owned()).filter(|text| !text.is_empty());
            Ok(BucketLocation { location: nested.or_else(own) })
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::Fake;

    #[test]
    fn each_protocol_has_its_own_document() {
        for (document, expected) in [
            (
                "<Location xmlns=\"http://obs.cn-north-4.myhuaweicloud.com/doc/2015-06-30/\">cn-north-4</Location>",
                "cn-north-4",
            ),
            (
                "<CreateBucketConfiguration><LocationConstraint>cn-north-1</LocationConstraint></CreateBucketConfiguration>",
                "cn-north-1",
            ),
            ("<LocationConstraint>eu-west-1</LocationConstraint>", "eu-west-1"),
        ] {
            let fake = Fake::new().xml(document);
            let found = fake.bucket().get_bucket_location().send().unwrap();
            assert_eq!(found.location.as_deref(), Some(expected));
            assert_eq!(fake.only().line(), "GET /?location");
        }
        let fake = Fake::new().xml("<LocationConstraint/>");
        assert_eq!(fake.bucket().get_bucket_location().send().unwrap().location, None);
    }
}
