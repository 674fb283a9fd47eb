//! Reading archived objects without restoring them first.

use obs_sign::Dialect;

use crate::error::Result;
use crate::operation::Answer;
use crate::setting::Setting;
use crate::settings::lifecycle::RuleStatus;
use crate::xml::{NodeExt, XmlWriter};

/// Whether objects of class Cold can be read without being restored first, at a higher price.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use obs_core::settings::RuleStatus;
///
/// bucket.set_bucket_direct_cold_access(RuleStatus::Enabled).send()?;
/// assert_eq!(bucket.get_bucket_direct_cold_access().send()?.status, RuleStatus::Enabled);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DirectColdAccess {
    /// Whether they can.
    pub status: RuleStatus,
}

impl<S: Into<RuleStatus>> From<S> for DirectColdAccess {
    fn from(status: S) -> Self {
        Self { status: status.into() }
    }
}

impl Setting for DirectColdAccess {
    const SUB_RESOURCE: &'static str = "directcoldaccess";
    const GET: &'static str = "GetBucketDirectColdAccess";
    const SET: &'static str = "SetBucketDirectColdAccess";
    const DELETE: &'static str = "DeleteBucketDirectColdAccess";
    const CONTENT_MD5: bool = true;

    fn read(answer: &mut Answer) -> Result<Self> {
        answer.xml(|root| Ok(root.text_of("Status")?.into()))
    }

    fn write(&self, _dialect: Dialect) -> Result<String> {
        XmlWriter::document("DirectColdAccessConfiguration", |w| w.text("Status", &self.status))
    }
}

#[cfg(test)]
mod tests {
    use super::DirectColdAccess;
    use crate::settings::lifecycle::RuleStatus;
    use crate::test_support::{Fake, survives};

    #[test]
    fn golden() {
        let fake = Fake::new();
        fake.bucket().set_bucket_direct_cold_access(RuleStatus::Enabled).send().unwrap();
        fake.bucket().delete_bucket_direct_cold_access().send().unwrap();
        let sent = fake.sent();
        assert_eq!(sent[0].line(), "PUT /?directcoldaccess");
        assert_eq!(sent[0].header("content-md5"), "AZX2lpslHknIiKPNMTqDFw==");
        assert_eq!(
            sent[0].text(),
            "<DirectColdAccessConfiguration><Status>Enabled</Status></DirectColdAccessConfiguration>"
        );
        assert_eq!(sent[1].line(), "DELETE /?directcoldaccess");
        survives(&DirectColdAccess::from("Sometimes"));
    }
}
