//! Versioning: whether overwritten and deleted objects are kept.

use obs_sign::Dialect;

use crate::error::Result;
use crate::operation::Answer;
use crate::setting::Setting;
use crate::types::open_enum;
use crate::xml::{NodeExt, XmlWriter};

open_enum! {
    /// Whether a bucket keeps versions.
    VersioningStatus {
        /// What is overwritten or deleted is kept as a version.
        Enabled = "Enabled",
        /// New objects have the version `null`; what was kept stays.
        Suspended = "Suspended",
    }
}

/// The versioning of a bucket.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use obs_core::settings::VersioningStatus;
///
/// bucket.set_bucket_versioning(VersioningStatus::Enabled).send()?;
/// assert_eq!(bucket.get_bucket_versioning().send()?.status, Some(VersioningStatus::Enabled));
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Versioning {
    /// The status; none where versioning was never set.
    pub status: Option<VersioningStatus>,
}

impl<S: Into<VersioningStatus>> From<S> for Versioning {
    fn from(status: S) -> Self {
        Self { status: Some(status.into()) }
    }
}

impl Setting for Versioning {
    const SUB_RESOURCE: &'static str = "versioning";
    const GET: &'static str = "GetBucketVersioning";
    const SET: &'static str = "SetBucketVersioning";
    const DELETE: &'static str = "";

    fn read(answer: &mut Answer) -> Result<Self> {
        answer.xml(|root| Ok(Self { status: root.opt_text("Status").map(Into::into) }))
    }

    fn write(&self, _dialect: Dialect) -> Result<String> {
        XmlWriter::document("VersioningConfiguration", |w| w.opt("Status", self.status.as_ref()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Versioning, VersioningStatus};
    use crate::test_support::{Fake, survives};

    #[test]
    fn golden() {
        let fake = Fake::new().answer(200, &[], "").xml(
            "<VersioningConfiguration xmlns=\"http://obs.cn-north-4.myhuaweicloud.com/doc/2015-06-30/\"/>",
        );
        let bucket = fake.bucket();
        bucket.set_bucket_versioning(VersioningStatus::Suspended).send().unwrap();
        assert_eq!(bucket.get_bucket_versioning().send().unwrap().status, None);
        let sent = fake.sent();
        assert_eq!(sent[0].line(), "PUT /?versioning");
        assert_eq!(
            sent[0].text(),
            "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>"
        );
    }

    #[test]
    fn what_is_written_is_read_back() {
        survives(&Versioning::default());
        survives(&Versioning::from("Enabled"));
        survives(&Versioning::from("Frozen"));
    }
}
