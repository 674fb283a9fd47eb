//! Lifecycle rules: what becomes of objects as they grow older.

use std::time::SystemTime;

use obs_sign::Dialect;

use super::Tag;
use crate::error::{Error, Result};
use crate::operation::Answer;
use crate::setting::Setting;
use crate::types::{StorageClass, UnknownElements, instant, open_enum};
use crate::xml::{Node, NodeExt, XmlWriter};

/// The lifecycle configuration of a bucket: up to 1,000 rules.
///
/// ```
/// use obs_core::StorageClass;
/// use obs_core::settings::lifecycle::{Expiration, Lifecycle, Rule, Transition};
///
/// let lifecycle = Lifecycle::new([Rule::new("logs/")
///     .id("logs")
///     .transition(Transition::after_days(30, StorageClass::Warm))
///     .expiration(Expiration::after_days(365))]);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lifecycle {
    /// The rules.
    pub rules: Vec<Rule>,
}

impl Lifecycle {
    /// With these rules.
    pub fn new(rules: impl IntoIterator<Item = Rule>) -> Self {
        Self { rules: rules.into_iter().collect() }
    }
}

open_enum! {
    /// Whether a rule is in force.
    RuleStatus {
        /// It is.
        Enabled = "Enabled",
        /// It is kept but does nothing.
        Disabled = "Disabled",
    }
}

/// One rule.
///
/// ```
/// use obs_core::StorageClass;
/// use obs_core::settings::lifecycle::{Expiration, Rule, Transition};
///
/// let rule = Rule::new("logs/")
///     .id("logs")
///     .transition(Transition::after_days(30, StorageClass::Warm))
///     .expiration(Expiration::after_days(365))
///     .abort_incomplete_multipart_upload(7);
/// assert_eq!(rule.transitions.len(), 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rule {
    /// The name of the rule, at most 255 characters. The service makes one up where there is none.
    pub id: Option<String>,
    /// The beginning of the keys that the rule is about; empty for all.
    pub prefix: Option<String>,
    /// The tags that objects must have for the rule to be about them, all of them; none for all objects.
    pub tags: Vec<Tag>,
    /// Whether it is in force.
    pub status: RuleStatus,
    /// When objects move to cheaper classes.
    pub transitions: Vec<Transition>,
    /// When objects are deleted.
    pub expiration: Option<Expiration>,
    /// When older versions move to cheaper classes.
    pub noncurrent_version_transitions: Vec<NoncurrentVersionTransition>,
    /// After how many days older versions are deleted.
    pub noncurrent_version_expiration_days: Option<u32>,
    /// After how many days uploads in parts that were never completed are aborted.
    pub abort_incomplete_multipart_upload_days: Option<u32>,
    /// What this crate does not know of it.
    pub unknown: UnknownElements,
}

impl Rule {
    /// An enabled rule for the keys that begin with `prefix`.
    pub fn new(prefix: impl Into<String>) -> Self {
        Self {
            id: None,
            prefix: Some(prefix.into()),
            tags: Vec::new(),
            status: RuleStatus::Enabled,
            transitions: Vec::new(),
            expiration: None,
            noncurrent_version_transitions: Vec::new(),
            noncurrent_version_expiration_days: None,
            abort_incomplete_multipart_upload_days: None,
            unknown: UnknownElements::default(),
        }
    }

    /// Names the rule.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Only objects that have this tag, and the others that are given.
    #[must_use]
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.push(Tag::new(key, value));
        self
    }

    /// Whether it is in force. Default: it is.
    #[must_use]
    pub fn status(mut self, status: impl Into<RuleStatus>) -> Self {
        self.status = status.into();
        self
    }

    /// Adds a move to another class.
    #[must_use]
    pub fn transition(mut self, transition: Transition) -> Self {
        self.transitions.push(transition);
        self
    }

    /// When objects are deleted.
    #[must_use]
    pub fn expiration(mut self, expiration: Expiration) -> Self {
        self.expiration = Some(expiration);
        self
    }

    /// Moves older versions to another class so many days after they were replaced.
    #[must_use]
    pub fn noncurrent_version_transition(mut self, days: u32, class: impl Into<StorageClass>) -> Self {
        let transition =
            NoncurrentVersionTransition { noncurrent_days: Some(days), storage_class: class.into() };
        self.noncurrent_version_transitions.push(transition);
        self
    }

    /// Deletes older versions so many days after they were replaced.
    #[must_use]
    pub fn noncurrent_version_expiration(mut self, days: u32) -> Self {
        self.noncurrent_version_expiration_days = Some(days);
        self
    }

    /// Aborts uploads in parts so many days after they began.
    #[must_use]
    pub fn abort_incomplete_multipart_upload(mut self, days: u32) -> Self {
        self.abort_incomplete_multipart_upload_days = Some(days);
        self
    }

    fn read(node: Node<'_, '_>) -> Result<Self> {
        let days = |element: &str, days: &str| match node.child(element) {
            Some(child) => child.opt(days),
            None => Ok(None),
        };
        let (prefix, tags) = read_filter(node)?;
        Ok(Self {
            id: node.opt_text("ID"),
            prefix,
            tags,
            status: node.text_of("Status")?.into(),
            transitions: node.children_named("Transition").map(Transition::read).collect::<Result<_>>()?,
            expiration: node.child("Expiration").map(Expiration::read).transpose()?,
            noncurrent_version_transitions: node
                .children_named("NoncurrentVersionTransition")
                .map(NoncurrentVersionTransition::read)
                .collect::<Result<_>>()?,
            noncurrent_version_expiration_days: days("NoncurrentVersionExpiration", "NoncurrentDays")?,
            abort_incomplete_multipart_upload_days: days(
                "AbortIncompleteMultipartUpload",
                "DaysAfterInitiation",
            )?,
            unknown: UnknownElements::of(node, &KNOWN),
        })
    }

    fn write(&self, w: &mut XmlWriter, dialect: Dialect) {
        w.element("Rule", |w| {
            w.opt("ID", self.id.as_ref());
            if self.tags.is_empty() {
                w.opt("Prefix", self.prefix.as_ref());
            } else {
                w.element("Filter", |w| {
                    w.element("And", |w| {
                        w.opt("Prefix", self.prefix.as_ref());
                        self.tags.iter().for_each(|tag| tag.write(w));
                    });
                });
            }
            w.text("Status", &self.status);
            for transition in &self.transitions {
                w.element("Transition", |w| {
                    transition.when.write(w);
                    w.text("StorageClass", transition.storage_class.wire(dialect));
                });
            }
            if let Some(expiration) = &self.expiration {
                w.element("Expiration", |w| match expiration {
                    Expiration::When(when) => when.write(w),
                    Expiration::ExpiredObjectDeleteMarker(marker) => {
                        w.text("ExpiredObjectDeleteMarker", marker)
                    }
                });
            }
            for transition in &self.noncurrent_version_transitions {
                w.element("NoncurrentVersionTransition", |w| {
                    w.opt("NoncurrentDays", transition.noncurrent_days);
                    w.text("StorageClass", transition.storage_class.wire(dialect));
                });
            }
            if let Some(days) = self.noncurrent_version_expiration_days {
                w.element("NoncurrentVersionExpiration", |w| w.text("NoncurrentDays", days));
            }
            if let Some(days) = self.abort_incomplete_multipart_upload_days {
                w.element("AbortIncompleteMultipartUpload", |w| w.text("DaysAfterInitiation", days));
            }
            self.unknown.write(w);
        });
    }
}

/// Reads which objects a rule is about: a prefix in the rule itself or in a filter, where tags may stand too.
const KNOWN: [&str; 9] = [
    "ID",
    "Prefix",
    "Filter",
    "Status",
    "Transition",
    "Expiration",
    "NoncurrentVersionTransition",
    "NoncurrentVersionExpiration",
    "AbortIncompleteMultipartUpload",
];

fn read_filter(rule: Node<'_, '_>) -> Result<(Option<String>, Vec<Tag>)> {
    // An empty prefix must stay one: without any, the rule would be refused when it is written back.
    let mut prefix = rule.child("Prefix").map(|n| n.full_text());
    let mut tags = Vec::new();
    let Some(filter) = rule.child("Filter") else { return Ok((prefix, tags)) };
    let conditions = filter.child("And").unwrap_or(filter);
    for condition in conditions.children().filter(|n| n.is_element()) {
        match condition.tag_name().name() {
            "Prefix" => prefix = Some(condition.full_text()),
            "Tag" => tags.push(Tag::read(condition)?),
            // Written back without it, the rule would delete objects that it was not about.
            unknown => {
                return Err(Error::decode(format!(
                    "the Filter of a Rule has the unknown condition {unknown}"
                )));
            }
        }
    }
    Ok((prefix, tags))
}

/// A point in the life of an object.
///
/// ```
/// use obs_core::settings::lifecycle::When;
/// use std::time::{Duration, UNIX_EPOCH};
///
/// let day = UNIX_EPOCH + Duration::from_secs(1_798_761_600);
/// assert_eq!(When::on(day), When::Date("2027-01-01T00:00:00.000Z".to_owned()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// So many days after the last change.
    Days(u32),
    /// At midnight (UTC) of a day, in the form `2027-01-01T00:00:00.000Z`.
    Date(String),
}

impl When {
    /// The day of an instant.
    pub fn on(day: SystemTime) -> Self {
        Self::Date(instant::midnight(day))
    }

    fn read(node: Node<'_, '_>) -> Result<Option<Self>> {
        Ok(match node.opt("Days")? {
            Some(days) => Some(Self::Days(days)),
            None => node.opt_text("Date").map(Self::Date),
        })
    }

    fn write(&self, w: &mut XmlWriter) {
        match self {
            Self::Days(days) => w.text("Days", days),
            Self::Date(date) => w.text("Date", date),
        }
    }
}

/// A move to another storage class.
///
/// ```
/// use obs_core::StorageClass;
/// use obs_core::settings::lifecycle::{Transition, When};
///
/// let transition = Transition::after_days(90, StorageClass::Cold);
/// assert_eq!(transition.when, When::Days(90));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transition {
    /// When.
    pub when: When,
    /// To which class.
    pub storage_class: StorageClass,
}

impl Transition {
    /// So many days after the last change.
    pub fn after_days(days: u32, class: impl Into<StorageClass>) -> Self {
        Self::new(When::Days(days), class)
    }

    /// At a point.
    pub fn new(when: When, class: impl Into<StorageClass>) -> Self {
        Self { when, storage_class: class.into() }
    }

    fn read(node: Node<'_, '_>) -> Result<Self> {
        let when = When::read(node)?.ok_or_else(|| Error::decode("Transition lacks Days and Date"))?;
        Ok(Self { when, storage_class: node.text_of("StorageClass")?.into() })
    }
}

/// When objects are deleted.
///
/// ```
/// use obs_core::settings::lifecycle::{Expiration, Rule};
///
/// let temporary = Rule::new("tmp/").expiration(Expiration::after_days(1));
/// let tidy = Rule::new("").expiration(Expiration::ExpiredObjectDeleteMarker(true));
/// # let _ = (temporary, tidy);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expiration {
    /// At a point of their life.
    When(When),
    /// Delete markers that no version is left behind are removed.
    ExpiredObjectDeleteMarker(bool),
}

impl Expiration {
    /// So many days after the last change.
    pub fn after_days(days: u32) -> Self {
        Self::When(When::Days(days))
    }

    fn read(node: Node<'_, '_>) -> Result<Self> {
        match (When::read(node)?, node.opt_bool("ExpiredObjectDeleteMarker")?) {
            (Some(when), _) => Ok(Self::When(when)),
            (None, Some(marker)) => Ok(Self::ExpiredObjectDeleteMarker(marker)),
            (None, None) => Err(Error::decode("Expiration lacks Days and Date")),
        }
    }
}

/// A move of older versions to another storage class.
///
/// ```
/// use obs_core::StorageClass;
/// use obs_core::settings::lifecycle::Rule;
///
/// let rule = Rule::new("")
///     .noncurrent_version_transition(30, StorageClass::Cold)
///     .noncurrent_version_expiration(180);
/// assert_eq!(rule.noncurrent_version_transitions[0].noncurrent_days, Some(30));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NoncurrentVersionTransition {
    /// So many days after they were replaced.
    pub noncurrent_days: Option<u32>,
    /// To which class.
    pub storage_class: StorageClass,
}

impl NoncurrentVersionTransition {
    fn read(node: Node<'_, '_>) -> Result<Self> {
        Ok(Self {
            noncurrent_days: node.opt("NoncurrentDays")?,
            storage_class: node.text_of("StorageClass")?.into(),
        })
    }
}

impl Setting for Lifecycle {
    const SUB_RESOURCE: &'static str = "lifecycle";
    const GET: &'static str = "GetBucketLifecycle";
    const SET: &'static str = "SetBucketLifecycle";
    const DELETE: &'static str = "DeleteBucketLifecycle";
    const CONTENT_MD5: bool = true;

    fn read(answer: &mut Answer) -> Result<Self> {
        answer.xml(|root| {
            Ok(Self { rules: root.children_named("Rule").map(Rule::read).collect::<Result<_>>()? })
        })
    }

    fn write(&self, dialect: Dialect) -> Result<String> {
        XmlWriter::document("LifecycleConfiguration", |w| {
            for rule in &self.rules {
                rule.write(w, dialect);
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::{Expiration, Lifecycle, Rule, RuleStatus, Transition, When};
    use crate::error::ErrorKind;
    use crate::test_support::{Fake, read_setting, survives};
    use crate::types::StorageClass;

    #[test]
    fn golden() {
        let fake = Fake::new();
        let day = UNIX_EPOCH + Duration::from_secs(1_540_987_199);
        let rules = [
            Rule::new("prefix1")
                .id("rule1")
                .transition(Transition::after_days(30, StorageClass::Warm))
                .noncurrent_version_transition(30, StorageClass::Cold),
            Rule::new("prefix2").id("rule2").transition(Transition::new(When::on(day), StorageClass::Warm)),
        ];
        fake.bucket().set_bucket_lifecycle(Lifecycle::new(rules.clone())).send().unwrap();
        fake.bucket_v2().set_bucket_lifecycle(Lifecycle::new(rules)).send().unwrap();
        let sent = fake.sent();
        assert_eq!(sent[0].line(), "PUT /?lifecycle");
        assert_eq!(sent[0].header("content-md5"), "awPmeKn5sW5TjtIpE+XmDw==");
        assert_eq!(
            sent[0].text(),
            "<LifecycleConfiguration><Rule><ID>rule1</ID><Prefix>prefix1</Prefix><Status>Enabled</Status>\
             <Transition><Days>30</Days><StorageClass>WARM</StorageClass></Transition>\
             <NoncurrentVersionTransition><NoncurrentDays>30</NoncurrentDays><StorageClass>COLD</StorageClass>\
             </NoncurrentVersionTransition></Rule><Rule><ID>rule2</ID><Prefix>prefix2</Prefix>\
             <Status>Enabled</Status><Transition><Date>2018-10-31T00:00:00.000Z</Date>\
             <StorageClass>WARM</StorageClass></Transition></Rule></LifecycleConfiguration>"
        );
        assert!(sent[1].text().contains("<StorageClass>STANDARD_IA</StorageClass>"));
        assert!(sent[1].text().contains("<StorageClass>GLACIER</StorageClass>"));
    }

    #[test]
    fn what_is_written_is_read_back() {
        let full = Rule::new("")
            .status(RuleStatus::Disabled)
            .transition(Transition::after_days(30, "LUKEWARM"))
            .expiration(Expiration::When(When::Date("2027-01-01T00:00:00.000Z".to_owned())))
            .noncurrent_version_transition(3, StorageClass::DeepArchive)
            .noncurrent_version_expiration(365)
            .abort_incomplete_multipart_upload(10);
        let tagged = Rule::new("p/")
            .tag("a", "1")
            .tag("b", "")
            .expiration(Expiration::ExpiredObjectDeleteMarker(true));
        survives(&Lifecycle::new([full, tagged]));
        survives(&Lifecycle::default());
    }

    #[test]
    fn a_filter_is_never_lost() {
        let read = |filter: &str| {
            let rule = format!("<Rule><ID>r</ID>{filter}<Status>Enabled</Status></Rule>");
            let document = format!("<LifecycleConfiguration>{rule}</LifecycleConfiguration>");
            read_setting::<Lifecycle>(obs_sign::Dialect::V2, &document)
        };
        let tag = "<Tag><Key>k</Key><Value>v</Value></Tag>";
        let rules = read(&format!("<Filter><And><Prefix>p</Prefix>{tag}</And></Filter>")).unwrap().rules;
        assert_eq!(rules, [Rule::new("p").id("r").tag("k", "v")]);
        assert_eq!(read("<Filter><Prefix>p</Prefix></Filter>").unwrap().rules, [Rule::new("p").id("r")]);
        assert_eq!(read(&format!("<Filter>{tag}</Filter>")).unwrap().rules[0].tags.len(), 1);
        let error = read("<Filter><ObjectSizeGreaterThan>5</ObjectSizeGreaterThan></Filter>").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.to_string().contains("ObjectSizeGreaterThan"), "{error}");
    }
}
