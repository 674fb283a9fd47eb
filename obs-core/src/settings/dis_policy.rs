//! Events for the Data Ingestion Service (DIS).

use obs_sign::Dialect;
use serde_json::Value;

use crate::error::Result;
use crate::json::{self, Object, ValueExt};
use crate::operation::Answer;
use crate::setting::Setting;

/// The rules by which a bucket sends events to streams of DIS: 1 to 10.
///
/// ```
/// use obs_core::settings::dis_policy::{DisPolicy, DisRule};
/// use obs_core::settings::notification::Event;
///
/// let policy = DisPolicy::new([DisRule::new(
///     "event_0001",
///     "stream",
///     "project-id",
///     "agency",
///     [Event::ObjectCreated],
/// )
/// .prefix("in/")
/// .suffix(".txt")]);
/// # let _ = policy;
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DisPolicy {
    /// The rules. The prefixes of two rules must not overlap.
    pub rules: Vec<DisRule>,
}

impl DisPolicy {
    /// With these rules.
    pub fn new(rules: impl IntoIterator<Item = DisRule>) -> Self {
        Self { rules: rules.into_iter().collect() }
    }
}

/// Which events go to which stream.
///
/// ```
/// use obs_core::settings::dis_policy::DisRule;
/// use obs_core::settings::notification::Event;
///
/// let rule =
///     DisRule::new("event_0001", "stream", "project-id", "agency", [Event::ObjectRemoved])
///         .suffix(".txt");
/// assert_eq!(rule.events, ["ObjectRemoved:*"]);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DisRule {
    /// The name of the rule, unique within the bucket: 1 to 256 letters, digits, underscores and hyphens.
    pub id: String,
    /// The stream.
    pub stream: String,
    /// The id of the project that the stream belongs to.
    pub project: String,
    /// The [events](super::notification::Event), as the service names them.
    pub events: Vec<String>,
    /// What the keys begin with.
    pub prefix: Option<String>,
    /// What the keys end with.
    pub suffix: Option<String>,
    /// The IAM agency that OBS reaches DIS with.
    pub agency: Option<String>,
}

impl DisRule {
    /// These [events](super::notification::Event) of all objects.
    pub fn new<E: ToString>(
        id: impl Into<String>,
        stream: impl Into<String>,
        project: impl Into<String>,
        agency: impl Into<String>,
        events: impl IntoIterator<Item = E>,
    ) -> Self {
        Self {
            id: id.into(),
            stream: stream.into(),
            project: project.into(),
            events: events.into_iter().map(|event| event.to_string()).collect(),
            prefix: None,
            suffix: None,
            agency: Some(agency.into()),
        }
    }

    /// Only of keys that begin so.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// Only of keys that end so.
    #[must_use]
    pub fn suffix(mut self, suffix: impl Into<String>) -> Self {
        self.suffix = Some(suffix.into());
        self
    }

    fn read(rule: &Value) -> Result<Self> {
        Ok(Self {
            id: rule.text_of("id")?,
            stream: rule.text_of("stream")?,
            project: rule.text_of("project")?,
            events: rule.texts("events"),
            prefix: rule.opt_text("prefix"),
            suffix: rule.opt_text("suffix"),
            agency: rule.opt_text("agency"),
        })
    }

    fn write(&self) -> Value {
        Object::default()
            .set("id", self.id.as_str())
            .set("stream", self.stream.as_str())
            .set("project", self.project.as_str())
            .set("events", self.events.as_slice())
            .opt("prefix", self.prefix.as_deref())
            .opt("suffix", self.suffix.as_deref())
            .opt("agency", self.agency.as_deref())
            .into()
    }
}

impl Setting for DisPolicy {
    const SUB_RESOURCE: &'static str = "disPolicy";
    const GET: &'static str = "GetBucketDisPolicy";
    const SET: &'static str = "SetBucketDisPolicy";
    const DELETE: &'static str = "DeleteBucketDisPolicy";
    const CONTENT_TYPE: &'static str = "application/json";

    fn read(answer: &mut Answer) -> Result<Self> {
        Ok(Self { rules: json::rules(answer, DisRule::read)? })
    }

    fn write(&self, _dialect: Dialect) -> Result<String> {
        Ok(json::of_rules(&self.rules, DisRule::write))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{DisPolicy, DisRule};
    use crate::test_support::{Fake, survives};

    #[test]
    fn golden() {
        let fake = Fake::new();
        let rule = DisRule::new("event_0001", "dis-test", "projectid", "dis_agency", ["ObjectCreated:*"])
            .prefix("object")
            .suffix("txt");
        let policy = DisPolicy::new([rule]);
        fake.bucket().set_bucket_dis_policy(policy.clone()).send().unwrap();
        let sent = fake.only();
        assert_eq!(sent.line(), "PUT /?disPolicy");
        assert_eq!(sent.header("content-type"), "application/json");
        assert_eq!(
            serde_json::from_str::<Value>(sent.text()).unwrap(),
            json!({"rules": [{"id": "event_0001", "stream": "dis-test", "project": "projectid",
                "events": ["ObjectCreated:*"], "prefix": "object", "suffix": "txt", "agency": "dis_agency"}]})
        );
        survives(&policy);
    }
}
