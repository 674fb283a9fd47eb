//! Blocking public access, and whether there is any.

use obs_sign::Dialect;

use crate::error::Result;
use crate::operation::Answer;
use crate::setting::Setting;
use crate::xml::{NodeExt, XmlWriter};

/// Which public access to a bucket is blocked. Default: none.
///
/// ```
/// use obs_core::settings::PublicAccessBlock;
///
/// let mut block = PublicAccessBlock::all();
/// block.restrict_public_buckets = false;
/// # let _ = block;
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PublicAccessBlock {
    /// Refuse access control lists that make something public.
    pub block_public_acls: bool,
    /// Look over the ones that are there.
    pub ignore_public_acls: bool,
    /// Refuse policies that make something public.
    pub block_public_policy: bool,
    /// Let only the owner's account and services in where a policy makes the bucket public.
    pub restrict_public_buckets: bool,
}

impl PublicAccessBlock {
    /// Nothing is blocked.
    pub fn none() -> Self {
        Self::default()
    }

    /// All is blocked.
    pub fn all() -> Self {
        Self {
            block_public_acls: true,
            ignore_public_acls: true,
            block_public_policy: true,
            restrict_public_buckets: true,
        }
    }
}

impl Setting for PublicAccessBlock {
    const SUB_RESOURCE: &'static str = "publicAccessBlock";
    const GET: &'static str = "GetBucketPublicAccessBlock";
    const SET: &'static str = "PutBucketPublicAccessBlock";
    const DELETE: &'static str = "DeleteBucketPublicAccessBlock";
    const CONTENT_MD5: bool = true;

    fn read(answer: &mut Answer) -> Result<Self> {
        answer.xml(|root| {
            let is_set = |name| Ok::<_, crate::Error>(root.opt_bool(name)?.unwrap_or(false));
            Ok(Self {
                block_public_acls: is_set("BlockPublicAcls")?,
                ignore_public_acls: is_set("IgnorePublicAcls")?,
                block_public_policy: is_set("BlockPublicPolicy")?,
                restrict_public_buckets: is_set("RestrictPublicBuckets")?,
            })
        })
    }

    fn write(&self, _dialect: Dialect) -> Result<String> {
        XmlWriter::document("PublicAccessBlockConfiguration", |w| {
            w.text("BlockPublicAcls", self.block_public_acls);
            w.text("IgnorePublicAcls", self.ignore_public_acls);
            w.text("BlockPublicPolicy", self.block_public_policy);
            w.text("RestrictPublicBuckets", self.restrict_public_buckets);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::PublicAccessBlock;
    use crate::test_support::{Fake, survives};

    #[test]
    fn golden() {
        let fake = Fake::new();
        let mut block = PublicAccessBlock::none();
        block.block_public_acls = true;
        fake.bucket().put_bucket_public_access_block(block).send().unwrap();
        fake.bucket().delete_bucket_public_access_block().send().unwrap();
        let sent = fake.sent();
        assert_eq!(sent[0].line(), "PUT /?publicAccessBlock");
        assert!(!sent[0].header("content-md5").is_empty());
        assert_eq!(
            sent[0].text(),
            "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls>\
             <IgnorePublicAcls>false</IgnorePublicAcls><BlockPublicPolicy>false</BlockPublicPolicy>\
             <RestrictPublicBuckets>false</RestrictPublicBuckets></PublicAccessBlockConfiguration>"
        );
        assert_eq!(sent[1].line(), "DELETE /?publicAccessBlock");
        survives(&block);
        survives(&PublicAccessBlock::all());
    }
}
