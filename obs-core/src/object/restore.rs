//! Making archived objects readable.

use obs_sign::{Dialect, Method};

use crate::body::Body;
use crate::error::{Error, Result};
use crate::operation::{Answer, Operation, Parts};
use crate::request::Request;
use crate::types::{VersionId, open_enum};
use crate::xml::XmlWriter;

/// Restores an archived (Cold) object for some days, so that it can be read. The service answers at once and works on;
/// [`ObjectMetadata::restore`](crate::object::ObjectMetadata::restore) tells when it is done.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&[]);
/// # bucket.put_content("2019.tar", "ice").storage_class(obs_core::StorageClass::Cold).send()?;
/// use obs_core::object::RestoreTier;
///
/// bucket.restore_object("2019.tar", 7).tier(RestoreTier::Expedited).send()?;
/// println!("{:?}", bucket.get_object_metadata("2019.tar").send()?.restore);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct RestoreObject {
    key: String,
    days: u32,
    tier: Option<RestoreTier>,
    version_id: VersionId,
}

open_enum! {
    /// How fast an object is restored.
    RestoreTier {
        /// Within 1 to 5 minutes.
        Expedited = "Expedited",
        /// Within 3 to 5 hours. The default of the service.
        Standard = "Standard" | "STANDARD",
        /// Slower and cheaper; V2 and V4 only.
        Bulk = "Bulk",
    }
}

/// What the service does.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&[]);
/// # bucket.put_content("2019.tar", "ice").storage_class(obs_core::StorageClass::Cold).send()?;
/// let restore = bucket.restore_object("2019.tar", 7).send()?;
/// if restore.is_extended() {
///     println!("it was readable and stays so for seven days more");
/// }
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RestoreObjectOutput {
    /// It began to restore the object (202): read it later.
    Started,
    /// The object is restored already (200): it can be read now, and the days begin anew.
    Extended,
}

impl RestoreObjectOutput {
    /// Whether the object was restored already and can be read now.
    pub fn is_extended(self) -> bool {
        self == Self::Extended
    }
}

impl RestoreObject {
    /// This object for 1 to 30 days.
    pub fn new(key: impl Into<String>, days: u32) -> Self {
        Self { key: key.into(), days, tier: None, version_id: VersionId::default() }
    }
}

impl Operation for RestoreObject {
    type Output = RestoreObjectOutput;
    const NAME: &'static str = "RestoreObject";
    const METHOD: Method = Method::Post;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        if !(1..=30).contains(&self.days) {
            return Err(Error::invalid(format!(
                "an object cannot be restored for {} days: give 1 to 30",
                self.days
            )));
        }
        parts.key(&self.key);
        parts.flag("restore");
        self.version_id.write(parts);
        Ok(())
    }

    fn body(&mut self, dialect: Dialect) -> Result<Body<'_>> {
        let job = if dialect.is_obs() { "RestoreJob" } else { "GlacierJobParameters" };
        let document = XmlWriter::document("RestoreRequest", |w| {
            w.text("Days", self.days);
            if let Some(tier) = &self.tier {
                w.element(job, |w| w.text("Tier", tier));
            }
        })?;
        Ok(Body::text(document).with_content_md5())
    }

    fn decode(&self, answer: &mut Answer) -> Result<RestoreObjectOutput> {
        answer.nothing()?;
        Ok(match answer.head().status() {
            202 => RestoreObjectOutput::Started,
            _ => RestoreObjectOutput::Extended,
        })
    }
}

impl AsMut<VersionId> for RestoreObject {
    fn as_mut(&mut self) -> &mut VersionId {
        &mut self.version_id
    }
}

impl Request<RestoreObject> {
    /// How fast. Default: Standard.
    pub fn tier(mut self, tier: impl Into<RestoreTier>) -> Self {
        self.operation.tier = Some(tier.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::Fake;

    #[test]
    fn asks_for_days_and_tier() {
        let fake = Fake::new().answer(202, &[], "").answer(200, &[], "");
        let bucket = fake.bucket();
        let request =
            bucket.restore_object("objectname", 1).tier(RestoreTier::Expedited).version_id("versionid");
        assert_eq!(*request.send().unwrap(), RestoreObjectOutput::Started);
        assert!(bucket.restore_object("objectname", 30).send().unwrap().is_extended());
        let sent = fake.sent();
        assert_eq!(sent[0].line(), "POST /objectname?restore&versionId=versionid");
        assert_eq!(
            sent[0].text(),
            "<RestoreRequest><Days>1</Days><RestoreJob><Tier>Expedited</Tier></RestoreJob></RestoreRequest>"
        );
        assert_eq!(sent[0].header("content-md5"), "Ybg4Ip8FWIFu1MVi6g2VGg==");
        assert_eq!(sent[1].text(), "<RestoreRequest><Days>30</Days></RestoreRequest>");
    }

    #[test]
    fn v2_names_the_job_otherwise() {
        let fake = Fake::new();
        fake.bucket_v2().restore_object("o", 2).tier("Bulk").send().unwrap();
        assert_eq!(
            fake.only().text(),
            "<RestoreRequest><Days>2</Days><GlacierJobParameters><Tier>Bulk</Tier></GlacierJobParameters></RestoreRequest>"
        );
    }

    #[test]
    fn days_are_checked() {
        for days in [0, 31] {
            let error = Fake::new().bucket().restore_object("o", days).send().unwrap_err();
            assert!(error.to_string().contains(&format!("{days} days: give 1 to 30")), "{error}");
        }
    }
}
