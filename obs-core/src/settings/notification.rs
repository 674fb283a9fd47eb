//! Event notifications: who is told when objects come and go.

use std::borrow::Cow;

use obs_sign::Dialect;

use crate::error::Result;
use crate::operation::Answer;
use crate::setting::Setting;
use crate::types::{UnknownElements, open_enum};
use crate::xml::{Node, NodeExt, XmlWriter};

open_enum! {
    /// What may happen in a bucket. V2 and V4 write `s3:` ahead of it; both spellings are understood.
    Event {
        /// An object was created in whatever way.
        ObjectCreated = "ObjectCreated:*" | "s3:ObjectCreated:*",
        /// By an upload.
        ObjectCreatedPut = "ObjectCreated:Put" | "s3:ObjectCreated:Put",
        /// By a form of a browser.
        ObjectCreatedPost = "ObjectCreated:Post" | "s3:ObjectCreated:Post",
        /// By a copy.
        ObjectCreatedCopy = "ObjectCreated:Copy" | "s3:ObjectCreated:Copy",
        /// By an upload in parts.
        ObjectCreatedCompleteMultipartUpload =
            "ObjectCreated:CompleteMultipartUpload" | "s3:ObjectCreated:CompleteMultipartUpload",
        /// An object was deleted in whatever way.
        ObjectRemoved = "ObjectRemoved:*" | "s3:ObjectRemoved:*",
        /// For good.
        ObjectRemovedDelete = "ObjectRemoved:Delete" | "s3:ObjectRemoved:Delete",
        /// By a delete marker.
        ObjectRemovedDeleteMarkerCreated =
            "ObjectRemoved:DeleteMarkerCreated" | "s3:ObjectRemoved:DeleteMarkerCreated",
    }
}

impl Event {
    /// The name in a protocol.
    pub fn wire(&self, dialect: Dialect) -> Cow<'_, str> {
        match self {
            Self::Other(_) => Cow::Borrowed(self.as_str()),
            _ if dialect.is_obs() => Cow::Borrowed(self.as_str()),
            _ => Cow::Owned(format!("s3:{}", self.as_str())),
        }
    }
}

open_enum! {
    /// What a filter looks at.
    FilterName {
        /// The beginning of the key.
        Prefix = "prefix",
        /// The end of the key.
        Suffix = "suffix",
    }
}

/// A condition on the key.
///
/// ```
/// use obs_core::settings::notification::{Event, EventRule, FilterName, FilterRule};
///
/// let rule = EventRule::new("urn:smn:…", [Event::ObjectCreated])
///     .filter(FilterRule::new(FilterName::Suffix, ".jpg"));
/// assert_eq!(rule.filter_rules[0].value.as_deref(), Some(".jpg"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FilterRule {
    /// What it looks at.
    pub name: Option<FilterName>,
    /// What must stand there.
    pub value: Option<String>,
}

impl FilterRule {
    /// A condition.
    pub fn new(name: impl Into<FilterName>, value: impl Into<String>) -> Self {
        Self { name: Some(name.into()), value: Some(value.into()) }
    }
}

/// Who is told of which events.
///
/// ```
/// use obs_core::settings::notification::{Event, EventRule};
///
/// let deleted = EventRule::new("urn:smn:cn-north-4:0123:deleted", [Event::ObjectRemovedDelete])
///     .id("deleted")
///     .prefix("in/");
/// assert_eq!(deleted.events, [Event::ObjectRemovedDelete]);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventRule {
    /// The name of the rule. The service makes one up where there is none.
    pub id: Option<String>,
    /// For which keys; for all without one.
    pub filter_rules: Vec<FilterRule>,
    /// The URN of the SMN topic or of the function.
    pub target: String,
    /// Of which events.
    pub events: Vec<Event>,
    /// What this crate does not know of it.
    pub unknown: UnknownElements,
}

impl EventRule {
    /// Tells this topic or function, by its URN, of these events.
    pub fn new<E: Into<Event>>(urn: impl Into<String>, events: impl IntoIterator<Item = E>) -> Self {
        let events = events.into_iter().map(Into::into).collect();
        Self { target: urn.into(), events, ..Self::default() }
    }

    /// Names the rule.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Only for keys that begin so.
    #[must_use]
    pub fn prefix(self, prefix: impl Into<String>) -> Self {
        self.filter(FilterRule::new(FilterName::Prefix, prefix))
    }

    /// Only for keys that end so.
    #[must_use]
    pub fn suffix(self, suffix: impl Into<String>) -> Self {
        self.filter(FilterRule::new(FilterName::Suffix, suffix))
    }

    /// Adds a condition on the key.
    #[must_use]
    pub fn filter(mut self, rule: FilterRule) -> Self {
        self.filter_rules.push(rule);
        self
    }

    fn read(node: Node<'_, '_>, kind: Kind) -> Result<Self> {
        let filter = node.child("Filter").and_then(|f| f.child("Object").or_else(|| f.child("S3Key")));
        let filter_rules = filter.iter().flat_map(|list| list.children_named("FilterRule")).map(|rule| {
            FilterRule { name: rule.opt_text("Name").map(Into::into), value: rule.opt_text("Value") }
        });
        Ok(Self {
            id: node.opt_text("Id"),
            filter_rules: filter_rules.collect(),
            target: node.text_of(kind.target())?,
            events: node.children_named("Event").map(|e| e.full_text().into()).collect(),
            unknown: UnknownElements::of(node, &["Id", "Filter", kind.target(), "Event"]),
        })
    }

    fn write(&self, w: &mut XmlWriter, kind: Kind, dialect: Dialect) {
        w.element(kind.element(), |w| {
            w.opt("Id", self.id.as_ref());
            if !self.filter_rules.is_empty() {
                w.element("Filter", |w| {
                    w.element(if dialect.is_obs() { "Object" } else { "S3Key" }, |w| {
                        for rule in &self.filter_rules {
                            w.element("FilterRule", |w| {
                                w.opt("Name", rule.name.as_ref());
                                w.opt("Value", rule.value.as_ref());
                            });
                        }
                    });
                });
            }
            w.text(kind.target(), &self.target);
            for event in &self.events {
                w.text("Event", event.wire(dialect));
            }
            self.unknown.write(w);
        });
    }
}

/// Whom a rule tells: the rules are alike but for two names.
#[derive(Clone, Copy)]
enum Kind {
    Topic,
    FunctionGraph,
}

impl Kind {
    fn element(self) -> &'static str {
        match self {
            Self::Topic => "TopicConfiguration",
            Self::FunctionGraph => "FunctionGraphConfiguration",
        }
    }

    fn target(self) -> &'static str {
        match self {
            Self::Topic => "Topic",
            Self::FunctionGraph => "FunctionGraph",
        }
    }
}

/// The event notifications of a bucket. Without rules they are off.
///
/// ```
/// use obs_core::settings::notification::{Event, EventRule, Notification};
///
/// let images = EventRule::new("urn:smn:cn-north-4:0123:images", [Event::ObjectCreated])
///     .prefix("in/")
///     .suffix(".jpg");
/// let videos = EventRule::new(
///     "urn:fss:cn-north-4:0123:function:default:f:latest",
///     [Event::ObjectCreatedPut],
/// );
/// let on = Notification::off().topic(images).function_graph(videos);
/// # let _ = on;
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notification {
    /// Who is told by Simple Message Notification.
    pub topics: Vec<EventRule>,
    /// Which functions of FunctionGraph are called.
    pub function_graphs: Vec<EventRule>,
    /// What this crate does not know of it.
    pub unknown: UnknownElements,
}

impl Notification {
    /// Without rules: off.
    pub fn off() -> Self {
        Self::default()
    }

    /// Tells a topic of Simple Message Notification.
    #[must_use]
    pub fn topic(mut self, rule: EventRule) -> Self {
        self.topics.push(rule);
        self
    }

    /// Calls a function of FunctionGraph. OBS protocol only.
    #[must_use]
    pub fn function_graph(mut self, rule: EventRule) -> Self {
        self.function_graphs.push(rule);
        self
    }
}

impl Setting for Notification {
    const SUB_RESOURCE: &'static str = "notification";
    const GET: &'static str = "GetBucketNotification";
    const SET: &'static str = "SetBucketNotification";
    const DELETE: &'static str = "";

    fn read(answer: &mut Answer) -> Result<Self> {
        answer.xml(|root| {
            let rules = |kind: Kind| {
                root.children_named(kind.element()).map(|n| EventRule::read(n, kind)).collect::<Result<_>>()
            };
            Ok(Self {
                topics: rules(Kind::Topic)?,
                function_graphs: rules(Kind::FunctionGraph)?,
                unknown: UnknownElements::of(root, &[Kind::Topic.element(), Kind::FunctionGraph.element()]),
            })
        })
    }

    fn write(&self, dialect: Dialect) -> Result<String> {
        XmlWriter::document("NotificationConfiguration", |w| {
            for rule in &self.topics {
                rule.write(w, Kind::Topic, dialect);
            }
            for rule in &self.function_graphs {
                rule.write(w, Kind::FunctionGraph, dialect);
            }
            self.unknown.write(w);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Event, EventRule, FilterRule, Notification};
    use crate::test_support::{Fake, survives};

    fn guide() -> Notification {
        Notification::off()
            .topic(
                EventRule::new("urn:smn:cn-north-4:project:topic", ["s3:ObjectCreated:*"])
                    .id("001")
                    .prefix("smn")
                    .suffix(".jpg"),
            )
            .function_graph(EventRule::new("urn:fss:x", [Event::ObjectCreatedPut, Event::ObjectRemoved]))
    }

    #[test]
    fn each_protocol_has_its_own_names() {
        let fake = Fake::new();
        fake.bucket().set_bucket_notification(guide()).send().unwrap();
        fake.bucket_v2().set_bucket_notification(guide()).send().unwrap();
        let document = |filter: &str, s3: &str| {
            format!(
                "<NotificationConfiguration><TopicConfiguration><Id>001</Id><Filter><{filter}>\
                 <FilterRule><Name>prefix</Name><Value>smn</Value></FilterRule>\
                 <FilterRule><Name>suffix</Name><Value>.jpg</Value></FilterRule></{filter}></Filter>\
                 <Topic>urn:smn:cn-north-4:project:topic</Topic><Event>{s3}ObjectCreated:*</Event>\
                 </TopicConfiguration><FunctionGraphConfiguration><FunctionGraph>urn:fss:x</FunctionGraph>\
                 <Event>{s3}ObjectCreated:Put</Event><Event>{s3}ObjectRemoved:*</Event>\
                 </FunctionGraphConfiguration></NotificationConfiguration>"
            )
        };
        let sent = fake.sent();
        assert_eq!(sent[0].line(), "PUT /?notification");
        assert_eq!(sent[0].text(), document("Object", ""));
        assert_eq!(sent[1].text(), document("S3Key", "s3:"));
    }

    #[test]
    fn nothing_is_off() {
        let fake = Fake::new().xml("<NotificationConfiguration/>");
        let bucket = fake.bucket();
        assert_eq!(bucket.get_bucket_notification().send().unwrap().into_inner(), Notification::off());
        bucket.set_bucket_notification(Notification::off()).send().unwrap();
        assert_eq!(fake.sent()[1].text(), "<NotificationConfiguration></NotificationConfiguration>");
    }

    #[test]
    fn what_is_not_known_goes_out_as_it_came() {
        let grid = "<EventGridConfiguration><Id>g</Id><ChannelId a=\"1\">c &amp; d</ChannelId><Event>x</Event></EventGridConfiguration>";
        let topic = "<TopicConfiguration><Topic>t</Topic><Event>ObjectCreated:*</Event><Delay>5</Delay></TopicConfiguration>";
        let document = format!("<NotificationConfiguration>{topic}{grid}</NotificationConfiguration>");
        let fake = Fake::new().xml(&document.replacen('>', " xmlns=\"http://obs.example.com/\">", 1));
        let read = fake.bucket().get_bucket_notification().send().unwrap().into_inner();
        assert_eq!(read.unknown.iter().collect::<Vec<_>>(), [grid]);
        assert_eq!(read.topics[0].unknown.iter().collect::<Vec<_>>(), ["<Delay>5</Delay>"]);
        fake.bucket().set_bucket_notification(read).send().unwrap();
        assert_eq!(fake.sent()[1].text(), document);
    }

    #[test]
    fn what_is_written_is_read_back() {
        survives(&guide());
        let unknown = EventRule::new("urn", ["ObjectRestored:*"]).filter(FilterRule::new("size", "1"));
        survives(&Notification::off().topic(unknown));
    }
}
