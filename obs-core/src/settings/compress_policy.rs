//! Online decompression: uploaded archives are unpacked by the service.

use obs_sign::Dialect;
use serde_json::Value;

use crate::error::Result;
use crate::json::{self, Object, ValueExt};
use crate::operation::Answer;
use crate::setting::Setting;

/// The decompression rules of a bucket: 1 to 10.
///
/// ```
/// use obs_core::settings::compress_policy::{CompressRule, ObsCompressPolicy};
/// use obs_core::settings::notification::Event;
///
/// let policy = ObsCompressPolicy::new([CompressRule::new(
///     "rule-001",
///     "project-id",
///     "agency",
///     [Event::ObjectCreated],
/// )
/// .prefix("zip/")
/// .decompress_path("out/")]);
/// # let _ = policy;
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObsCompressPolicy {
    /// The rules. The prefixes of two rules must not overlap.
    pub rules: Vec<CompressRule>,
}

impl ObsCompressPolicy {
    /// With these rules.
    pub fn new(rules: impl IntoIterator<Item = CompressRule>) -> Self {
        Self { rules: rules.into_iter().collect() }
    }
}

/// Which archives are unpacked where to.
///
/// ```
/// use obs_core::settings::compress_policy::CompressRule;
/// use obs_core::settings::notification::Event;
///
/// let rule = CompressRule::new("rule-001", "project-id", "agency", [Event::ObjectCreatedPut])
///     .prefix("zip/")
///     .overwrite(2);
/// assert_eq!(rule.suffix.as_deref(), Some(".zip"));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CompressRule {
    /// The name of the rule, unique within the bucket: 1 to 256 letters, digits, underscores and hyphens.
    pub id: String,
    /// The id of the project.
    pub project: String,
    /// The IAM agency that OBS reads and writes with.
    pub agency: Option<String>,
    /// What sets it off: the `ObjectCreated` [events](super::notification::Event), as the service names them.
    pub events: Vec<String>,
    /// What the keys of the archives begin with, at most 1,023 characters.
    pub prefix: Option<String>,
    /// What they end with: `.zip`, which is all that OBS unpacks.
    pub suffix: Option<String>,
    /// What becomes of a file whose key is taken: 0: it is left out, 1: it is renamed, 2: it takes the other's place.
    pub overwrite: Option<u32>,
    /// What the keys of the files begin with; without it, the place of the archive.
    pub decompress_path: Option<String>,
    /// The kind of the policy, such as `decompress`.
    pub policy_type: Option<String>,
}

impl CompressRule {
    /// Upon these [events](super::notification::Event), unpacks every `.zip` and leaves out files whose keys are taken.
    pub fn new<E: ToString>(
        id: impl Into<String>,
        project: impl Into<String>,
        agency: impl Into<String>,
        events: impl IntoIterator<Item = E>,
    ) -> Self {
        Self {
            id: id.into(),
            project: project.into(),
            agency: Some(agency.into()),
            events: events.into_iter().map(|event| event.to_string()).collect(),
            suffix: Some(".zip".to_owned()),
            overwrite: Some(0),
            ..Self::default()
        }
    }

    /// Only archives whose keys begin so.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// What becomes of a file whose key is taken: 0: it is left out (the default), 1: it is renamed, 2: it takes the
    /// other's place.
    #[must_use]
    pub fn overwrite(mut self, way: u32) -> Self {
        self.overwrite = Some(way);
        self
    }

    /// What the keys of the files begin with. Default: the place of the archive.
    #[must_use]
    pub fn decompress_path(mut self, path: impl Into<String>) -> Self {
        self.decompress_path = Some(path.into());
        self
    }

    /// The kind of the policy, such as `decompress`.
    #[must_use]
    pub fn policy_type(mut self, kind: impl Into<String>) -> Self {
        self.policy_type = Some(kind.into());
        self
    }

    fn read(rule: &Value) -> Result<Self> {
        Ok(Self {
            id: rule.text_of("id")?,
            project: rule.text_of("project")?,
            agency: rule.opt_text("agency"),
            events: rule.texts("events"),
            prefix: rule.opt_text("prefix"),
            suffix: rule.opt_text("suffix"),
            overwrite: rule.get("overwrite").and_then(Value::as_u64).and_then(|n| n.try_into().ok()),
            decompress_path: rule.opt_text("decompresspath"),
            policy_type: rule.opt_text("policytype"),
        })
    }

    fn write(&self) -> Value {
        Object::default()
            .set("id", self.id.as_str())
            .set("project", self.project.as_str())
            .opt("agency", self.agency.as_deref())
            .set("events", self.events.as_slice())
            .opt("prefix", self.prefix.as_deref())
            .opt("suffix", self.suffix.as_deref())
            .opt("overwrite", self.overwrite)
            .opt("decompresspath", self.decompress_path.as_deref())
            .opt("policytype", self.policy_type.as_deref())
            .into()
    }
}

impl Setting for ObsCompressPolicy {
    const SUB_RESOURCE: &'static str = "obscompresspolicy";
    const GET: &'static str = "GetObsCompressPolicy";
    const SET: &'static str = "SetObsCompressPolicy";
    const DELETE: &'static str = "DeleteObsCompressPolicy";
    const CONTENT_TYPE: &'static str = "application/json";

    fn read(answer: &mut Answer) -> Result<Self> {
        Ok(Self { rules: json::rules(answer, CompressRule::read)? })
    }

    fn write(&self, _dialect: Dialect) -> Result<String> {
        Ok(json::of_rules(&self.rules, CompressRule::write))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{CompressRule, ObsCompressPolicy};
    use crate::settings::notification::Event;
    use crate::test_support::{Fake, survives};

    #[test]
    fn golden() {
        let fake = Fake::new();
        let rule = CompressRule::new("rule-001", "projectid", "agency", [Event::ObjectCreated])
            .prefix("zip/")
            .decompress_path("out/")
            .policy_type("decompress");
        let policy = ObsCompressPolicy::new([rule]);
        fake.bucket().set_obs_compress_policy(policy.clone()).send().unwrap();
        fake.bucket().delete_obs_compress_policy().send().unwrap();
        let sent = fake.sent();
        assert_eq!(sent[0].line(), "PUT /?obscompresspolicy");
        assert_eq!(sent[0].header("content-type"), "application/json");
        assert_eq!(
            serde_json::from_str::<Value>(sent[0].text()).unwrap(),
            json!({"rules": [{"id": "rule-001", "project": "projectid", "agency": "agency",
                "events": ["ObjectCreated:*"], "prefix": "zip/", "suffix": ".zip", "overwrite": 0,
                "decompresspath": "out/", "policytype": "decompress"}]})
        );
        assert_eq!(sent[1].line(), "DELETE /?obscompresspolicy");
        survives(&policy);
        survives(&ObsCompressPolicy::default());
    }

    #[test]
    fn what_is_missing_is_named() {
        let fake =
            Fake::new().answer(200, &[], r#"{"rules":[{"id":"a","new":{}}]}"#).answer(200, &[], "<x/>");
        let error = fake.bucket().get_obs_compress_policy().send().unwrap_err();
        assert!(error.to_string().contains("lacks project"), "{error}");
        let error = fake.bucket().get_obs_compress_policy().send().unwrap_err();
        assert!(error.to_string().contains("no JSON document"), "{error}");
    }
}
