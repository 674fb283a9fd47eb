//! Whether anybody may come in.

use obs_sign::Method;

use crate::error::Result;
use crate::operation::{Answer, Operation, Parts};
use crate::xml::NodeExt;

/// Whether something is public.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use obs_core::CannedAcl;
///
/// bucket.set_bucket_acl(CannedAcl::PublicRead).send()?;
/// assert!(bucket.get_bucket_public_status().send()?.is_public);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PublicStatus {
    /// Whether it is.
    pub is_public: bool,
}

/// Asks whether the bucket policy makes the bucket public.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// // Without a policy there is nothing to ask about.
/// assert!(bucket.get_bucket_policy_public_status().send().unwrap_err().is_not_found());
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct GetBucketPolicyPublicStatus {}

/// Asks whether access control list and policy together make the bucket public.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// assert!(!bucket.get_bucket_public_status().send()?.is_public);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct GetBucketPublicStatus {}

macro_rules! asks {
    ($operation:ident: $name:literal, $sub_resource:literal) => {
        impl Operation for $operation {
            type Output = PublicStatus;
            const NAME: &'static str = $name;
            const METHOD: Method = Method::Get;

            fn parts(&self, parts: &mut Parts) -> Result<()> {
                parts.flag($sub_resource);
                Ok(())
            }

            fn decode(&self, answer: &mut Answer) -> Result<PublicStatus> {
                answer.xml(|root| {
                    let is_public = root.opt_bool("IsPublic")?.ok_or_else(|| root.lacks("IsPublic"))?;
                    Ok(PublicStatus { is_public })
                })
            }
        }
    };
}

asks!(GetBucketPolicyPublicStatus: "GetBucketPolicyPublicStatus", "policyStatus");
asks!(GetBucketPublicStatus: "GetBucketPublicStatus", "bucketStatus");

#[cfg(test)]
mod tests {
    use crate::test_support::Fake;

    #[test]
    fn golden() {
        let fake = Fake::new()
            .xml("<PolicyStatus xmlns=\"http://obs.cn-north-4.myhuaweicloud.com/doc/2015-06-30/\"><IsPublic>TRUE</IsPublic></PolicyStatus>")
            .xml("<BucketStatus><IsPublic>false</IsPublic></BucketStatus>")
            .xml("<BucketStatus/>");
        let bucket = fake.bucket();
        assert!(bucket.get_bucket_policy_public_status().send().unwrap().is_public);
        assert!(!bucket.get_bucket_public_status().send().unwrap().is_public);
        let error = bucket.get_bucket_public_status().send().unwrap_err();
        assert!(error.to_string().contains("BucketStatus lacks IsPublic"), "{error}");
        let sent = fake.sent();
        assert_eq!(
            (sent[0].line(), sent[1].line()),
            ("GET /?policyStatus".into(), "GET /?bucketStatus".into())
        );
    }
}
