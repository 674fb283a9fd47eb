//! What a newer service has in a document than this crate knows.

use crate::xml::{Node, NodeExt, XmlWriter};

/// The elements of a document, or of a rule in it, that this crate does not know. They are kept as they came and go out again with the rest,
/// so that a document that is read, changed and written back loses nothing.
///
/// ```
/// use obs_core::settings::cors::CorsRule;
///
/// let rule = CorsRule::new(["GET"], ["*"]);
/// assert!(rule.unknown.is_empty());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnknownElements(Vec<Box<str>>);

impl UnknownElements {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Their XML, element by element.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|element| &**element)
    }

    /// The child elements of other names.
    pub(crate) fn of(node: Node<'_, '_>, known: &[&str]) -> Self {
        let unknown = node.elements().filter(|child| !known.contains(&child.name())).filter_map(|child| {
            let mut text = XmlWriter::default();
            text.copy(child);
            text.finish().ok().map(String::into_boxed_str)
        });
        Self(unknown.collect())
    }

    pub(crate) fn write(&self, w: &mut XmlWriter) {
        self.iter().for_each(|element| w.copied(element));
    }
}

#[cfg(test)]
mod tests {
    use obs_sign::Dialect;

    use crate::settings::{Cors, InventoryConfiguration, Lifecycle, Notification, Replication, Website};
    use crate::test_support::{Fake, read_setting};
    use crate::{Setting, xml};

    const NEW: &str = "<New a=\"1\"><Deep>x &amp; &lt;y&gt;</Deep><Deep></Deep></New>";

    /// What is read and written back, with something new wherever the document has `<new/>`.
    fn kept<S: Setting>(document: &str) {
        let times = document.matches("<new/>").count();
        let document = document.replace(
            "<new/>",
            "<n:New xmlns:n=\"u\" a='1'><Deep>x &amp; <![CDATA[<y>]]></Deep><!-- z --><n:Deep/></n:New>",
        );
        for dialect in [Dialect::Obs, Dialect::V2] {
            let read: S = read_setting(dialect, &document).unwrap();
            let written = read.write(dialect).unwrap();
            assert_eq!(written.matches(NEW).count(), times, "{written}");
            assert!(xml::parse(&written).is_ok(), "{written}");
        }
    }

    #[test]
    fn rules_keep_what_this_crate_does_not_know() {
        kept::<Lifecycle>(
            "<LifecycleConfiguration><Rule><Prefix/><new/><Status>Enabled</Status><Expiration><Days>1</Days></Expiration>\
             </Rule><Rule><ID>2</ID><Status>Enabled</Status><new/><new/></Rule></LifecycleConfiguration>",
        );
        kept::<Cors>(
            "<CORSConfiguration><CORSRule><new/><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>",
        );
        kept::<Replication>(
            "<ReplicationConfiguration><Rule><Destination><Bucket>b</Bucket></Destination><new/></Rule></ReplicationConfiguration>",
        );
        kept::<Website>(
            "<WebsiteConfiguration><new/><RoutingRules><RoutingRule><Redirect/><new/></RoutingRule></RoutingRules></WebsiteConfiguration>",
        );
        kept::<Notification>(
            "<NotificationConfiguration><TopicConfiguration><Topic>t</Topic><new/></TopicConfiguration><new/></NotificationConfiguration>",
        );
    }

    #[test]
    fn however_deep_they_are() {
        let deep = format!("{}{}", "<New>".repeat(30_000), "</New>".repeat(30_000));
        let document = format!("<CORSConfiguration><CORSRule>{deep}</CORSRule></CORSConfiguration>");
        let read: Cors = read_setting(Dialect::Obs, &document).unwrap();
        assert_eq!(read.write(Dialect::Obs).unwrap(), document);
    }

    #[test]
    fn so_do_inventories() {
        let document = format!(
            "<InventoryConfiguration><Id>i</Id><IsEnabled>true</IsEnabled><Destination><Format>CSV</Format><Bucket>b</Bucket>\
             </Destination><Schedule><Frequency>Daily</Frequency></Schedule><IncludedObjectVersions>All</IncludedObjectVersions>\
             {NEW}</InventoryConfiguration>"
        );
        let fake = Fake::new().xml(&document);
        let read: InventoryConfiguration =
            fake.bucket().get_bucket_inventory("i").send().unwrap().into_inner();
        fake.bucket().put_bucket_inventory(read).send().unwrap();
        assert_eq!(fake.sent()[1].text(), document);
    }
}
