//! Access logs: who called a bucket, written to a bucket.

use obs_sign::Dialect;

use crate::error::Result;
use crate::operation::Answer;
use crate::setting::Setting;
use crate::types::Grant;
use crate::xml::{NodeExt, XmlWriter};

/// Where the access logs of a bucket go. Without anything set, logging is off.
///
/// ```
/// use obs_core::settings::Logging;
/// use obs_core::{Grant, Grantee, Permission};
///
/// let on = Logging::to("logs-bucket", "my-bucket/")
///     .agency("obs-logging")
///     .grant(Grant::new(Grantee::user("domain-id"), Permission::Read));
/// let off = Logging::off();
/// assert!(on.is_on() && !off.is_on());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Logging {
    /// The IAM agency that OBS writes the logs with. OBS protocol only, which demands it.
    pub agency: Option<String>,
    /// The bucket for the logs: in the same region, and neither of class Warm nor Cold.
    pub target_bucket: Option<String>,
    /// What the keys of the logs begin with.
    pub target_prefix: Option<String>,
    /// Who may do what with the logs.
    pub target_grants: Vec<Grant>,
}

impl Logging {
    /// No logs.
    pub fn off() -> Self {
        Self::default()
    }

    /// Logs to this bucket, under keys that begin with `prefix`.
    pub fn to(bucket: impl Into<String>, prefix: impl Into<String>) -> Self {
        Self { target_bucket: Some(bucket.into()), target_prefix: Some(prefix.into()), ..Self::default() }
    }

    /// The IAM agency that OBS writes the logs with. OBS protocol only, which demands it.
    #[must_use]
    pub fn agency(mut self, agency: impl Into<String>) -> Self {
        self.agency = Some(agency.into());
        self
    }

    /// Lets somebody read the logs, or more.
    #[must_use]
    pub fn grant(mut self, grant: Grant) -> Self {
        self.target_grants.push(grant);
        self
    }

    /// Whether there are logs.
    pub fn is_on(&self) -> bool {
        self.target_bucket.is_some() || self.target_prefix.is_some() || !self.target_grants.is_empty()
    }
}

impl Setting for Logging {
    const SUB_RESOURCE: &'static str = "logging";
    const GET: &'static str = "GetBucketLogging";
    const SET: &'static str = "SetBucketLogging";
    const DELETE: &'static str = "";

    fn read(answer: &mut Answer) -> Result<Self> {
        answer.xml(|root| {
            let agency = root.opt_text("Agency");
            let Some(enabled) = root.child("LoggingEnabled") else {
                return Ok(Self { agency, ..Self::default() });
            };
            Ok(Self {
                agency,
                target_bucket: enabled.opt_text("TargetBucket"),
                target_prefix: enabled.child("TargetPrefix").map(|n| n.full_text()),
                target_grants: Grant::read_all(enabled.child("TargetGrants"))?,
            })
        })
    }

    fn write(&self, dialect: Dialect) -> Result<String> {
        XmlWriter::document("BucketLoggingStatus", |w| {
            if dialect.is_obs() {
                w.opt("Agency", self.agency.as_ref());
            }
            if !self.is_on() {
                return;
            }
            w.element("LoggingEnabled", |w| {
                w.opt("TargetBucket", self.target_bucket.as_ref());
                w.opt("TargetPrefix", self.target_prefix.as_ref());
                if !self.target_grants.is_empty() {
                    w.element("TargetGrants", |w| {
                        self.target_grants.iter().for_each(|grant| grant.write(w, dialect));
                    });
                }
            });
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Logging;
    use crate::test_support::{Fake, survives};
    use crate::types::{Grant, Grantee, Permission};

    #[test]
    fn golden() {
        let fake = Fake::new();
        let read = Grant::new(Grantee::everyone(), Permission::Read);
        let logging = Logging::to("targetbucketname", "prefix").agency("your agency").grant(read);
        fake.bucket().set_bucket_logging(logging.clone()).send().unwrap();
        fake.bucket_v2().set_bucket_logging(logging).send().unwrap();
        fake.bucket().set_bucket_logging(Logging::off()).send().unwrap();
        let sent = fake.sent();
        assert_eq!(sent[0].line(), "PUT /?logging");
        assert_eq!(
            sent[0].text(),
            "<BucketLoggingStatus><Agency>your agency</Agency><LoggingEnabled>\
             <TargetBucket>targetbucketname</TargetBucket><TargetPrefix>prefix</TargetPrefix><TargetGrants>\
             <Grant><Grantee><Canned>Everyone</Canned></Grantee><Permission>READ</Permission></Grant>\
             </TargetGrants></LoggingEnabled></BucketLoggingStatus>"
        );
        assert!(!sent[1].text().contains("Agency"));
        assert!(sent[1].text().contains("xsi:type=\"Group\""));
        assert_eq!(sent[2].text(), "<BucketLoggingStatus></BucketLoggingStatus>");
    }

    #[test]
    fn what_is_written_is_read_back() {
        survives(&Logging::off());
        survives(&Logging::to("b", "p/").grant(Grant::new(Grantee::user("u"), Permission::FullControl)));
    }

    #[test]
    fn unknown_elements_are_ignored() {
        let fake = Fake::new().xml(
            "<BucketLoggingStatus><Agency>a</Agency><LoggingEnabled><TargetBucket>t</TargetBucket><Format>x</Format>\
             </LoggingEnabled></BucketLoggingStatus>",
        );
        let logging = fake.bucket().get_bucket_logging().send().unwrap().into_inner();
        assert_eq!(logging.agency.as_deref(), Some("a"));
        assert_eq!(logging.target_bucket.as_deref(), Some("t"));
        assert_eq!(logging.target_prefix, None);
    }
}
