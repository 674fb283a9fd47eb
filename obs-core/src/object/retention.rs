//! Protecting a version of an object from being deleted (WORM).

use std::time::{SystemTime, UNIX_EPOCH};

use obs_sign::{Dialect, Method};

use crate::body::Body;
use crate::error::{Error, Result};
use crate::operation::{Answer, Operation, Parts};
use crate::types::VersionId;
use crate::xml::XmlWriter;

/// Protects a version of an object until a time; the protection can be made longer, never shorter. The bucket needs object
/// lock.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use obs_core::settings::ObjectLock;
/// use std::time::{Duration, SystemTime};
///
/// bucket.set_bucket_object_lock(ObjectLock::enabled()).send()?;
/// let version = bucket
///     .put_content("contract.pdf", "signed")
///     .send()?
///     .into_inner()
///     .version_id
///     .unwrap_or_default();
/// let in_a_year = SystemTime::now() + Duration::from_secs(365 * 86_400);
/// bucket
///     .put_object_retention("contract.pdf", "COMPLIANCE", in_a_year)
///     .version_id(version)
///     .send()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct PutObjectRetention {
    key: String,
    version_id: VersionId,
    mode: String,
    until: SystemTime,
}

impl PutObjectRetention {
    /// This object, in a mode (OBS knows `COMPLIANCE`), until this time.
    pub fn new(key: impl Into<String>, mode: impl Into<String>, until: SystemTime) -> Self {
        Self { key: key.into(), version_id: VersionId::default(), mode: mode.into(), until }
    }
}

impl Operation for PutObjectRetention {
    type Output = ();
    const NAME: &'static str = "PutObjectRetention";
    const METHOD: Method = Method::Put;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        parts.key(&self.key);
        parts.flag("retention");
        self.version_id.write(parts);
        Ok(())
    }

    fn body(&mut self, _dialect: Dialect) -> Result<Body<'_>> {
        let since = self.until.duration_since(UNIX_EPOCH);
        let since = since.map_err(|_| Error::invalid("an object cannot be retained until before 1970"))?;
        let document = XmlWriter::document("Retention", |w| {
            w.text("Mode", &self.mode);
            w.text("RetainUntilDate", since.as_millis());
        })?;
        Ok(Body::text(document))
    }

    fn decode(&self, answer: &mut Answer) -> Result<()> {
        answer.nothing()
    }
}

impl AsMut<VersionId> for PutObjectRetention {
    fn as_mut(&mut self) -> &mut VersionId {
        &mut self.version_id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::Fake;
    use std::time::Duration;

    #[test]
    fn the_time_goes_in_milliseconds() {
        let fake = Fake::new();
        let until = UNIX_EPOCH + Duration::from_millis(1_767_225_600_000);
        fake.bucket().put_object_retention("objectname", "COMPLIANCE", until).send().unwrap();
        let sent = fake.only();
        assert_eq!(sent.line(), "PUT /objectname?retention");
        assert_eq!(
            sent.text(),
            "<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>1767225600000</RetainUntilDate></Retention>"
        );
    }
}
