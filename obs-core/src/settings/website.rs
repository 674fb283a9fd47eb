//! Static websites: a bucket that browsers can walk through.

use obs_sign::Dialect;

use crate::error::Result;
use crate::operation::Answer;
use crate::setting::Setting;
use crate::types::{UnknownElements, open_enum};
use crate::xml::{Node, NodeExt, XmlWriter};

/// The website configuration of a bucket: either pages, or a redirect of everything.
///
/// ```
/// use obs_core::settings::website::{Condition, Pages, Redirect, RedirectAll, Website};
///
/// let pages: Website = Pages::new()
///     .index_document("index.html")
///     .error_document("error.html")
///     .routing_rule(
///         Condition::key_prefix("old/"),
///         Redirect::new().replace_key_prefix_with("new/"),
///     )
///     .into();
/// let moved: Website = RedirectAll::to("www.example.com").protocol("https").into();
/// # let _ = (pages, moved);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Website {
    /// Every request is redirected.
    RedirectAll(RedirectAll),
    /// The objects are the pages.
    Pages(Pages),
}

impl From<RedirectAll> for Website {
    fn from(redirect: RedirectAll) -> Self {
        Self::RedirectAll(redirect)
    }
}

impl From<Pages> for Website {
    fn from(pages: Pages) -> Self {
        Self::Pages(pages)
    }
}

open_enum! {
    /// The protocol of a redirect.
    Protocol {
        /// `http`
        Http = "http",
        /// `https`
        Https = "https",
    }
}

/// Where every request is redirected to.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use obs_core::settings::website::{Protocol, RedirectAll};
///
/// bucket
///     .set_bucket_website(RedirectAll::to("www.example.com").protocol(Protocol::Https))
///     .send()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RedirectAll {
    /// The host.
    pub host_name: Option<String>,
    /// The protocol; without it, that of the request.
    pub protocol: Option<Protocol>,
}

impl RedirectAll {
    /// To this host.
    pub fn to(host_name: impl Into<String>) -> Self {
        Self { host_name: Some(host_name.into()), protocol: None }
    }

    /// By this protocol. Default: that of the request.
    #[must_use]
    pub fn protocol(mut self, protocol: impl Into<Protocol>) -> Self {
        self.protocol = Some(protocol.into());
        self
    }
}

/// A website of pages.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use obs_core::settings::website::Pages;
///
/// bucket
///     .set_bucket_website(Pages::new().index_document("index.html").error_document("404.html"))
///     .send()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pages {
    /// What is added to the name of a folder to find its page, such as `index.html`.
    pub index_document: Option<String>,
    /// The key of the page that is shown after an error.
    pub error_document: Option<String>,
    /// Redirects; the first that fits counts.
    pub routing_rules: Vec<RoutingRule>,
    /// What this crate does not know of it.
    pub unknown: UnknownElements,
}

impl Pages {
    /// Without anything.
    pub fn new() -> Self {
        Self::default()
    }

    /// What is added to the name of a folder to find its page, such as `index.html`. It holds no slash.
    #[must_use]
    pub fn index_document(mut self, suffix: impl Into<String>) -> Self {
        self.index_document = Some(suffix.into());
        self
    }

    /// The key of the page that is shown after an error.
    #[must_use]
    pub fn error_document(mut self, key: impl Into<String>) -> Self {
        self.error_document = Some(key.into());
        self
    }

    /// Adds a redirect: [`Condition::key_prefix`] and the like, or `None` for every request.
    #[must_use]
    pub fn routing_rule(mut self, condition: impl Into<Option<Condition>>, redirect: Redirect) -> Self {
        self.routing_rules.push(RoutingRule::new(condition, redirect));
        self
    }
}

/// A redirect under a condition.
///
/// ```
/// use obs_core::settings::website::{Condition, Pages, Redirect, RoutingRule};
///
/// let mut pages = Pages::new().index_document("index.html");
/// pages.routing_rules.push(RoutingRule::new(
///     Condition::http_error_code(404),
///     Redirect::new().replace_key_with("moved.html"),
/// ));
/// # let _ = pages;
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RoutingRule {
    /// When it applies; always without one.
    pub condition: Option<Condition>,
    /// Where to.
    pub redirect: Option<Redirect>,
    /// What this crate does not know of it.
    pub unknown: UnknownElements,
}

impl RoutingRule {
    /// A redirect under a condition.
    pub fn new(condition: impl Into<Option<Condition>>, redirect: impl Into<Option<Redirect>>) -> Self {
        Self { condition: condition.into(), redirect: redirect.into(), ..Self::default() }
    }
}

/// When a redirect applies.
///
/// ```
/// use obs_core::settings::website::Condition;
///
/// let missing_docs = Condition::key_prefix("docs/").and_http_error_code(404);
/// assert_eq!(missing_docs.http_error_code_returned_equals, Some(404));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Condition {
    /// What the key begins with.
    pub key_prefix_equals: Option<String>,
    /// The HTTP status of the error that it applies to.
    pub http_error_code_returned_equals: Option<u16>,
}

impl Condition {
    /// For keys that begin so.
    pub fn key_prefix(prefix: impl Into<String>) -> Self {
        Self { key_prefix_equals: Some(prefix.into()), http_error_code_returned_equals: None }
    }

    /// After an error with this HTTP status.
    pub fn http_error_code(status: u16) -> Self {
        Self { key_prefix_equals: None, http_error_code_returned_equals: Some(status) }
    }

    /// Only after an error with this HTTP status.
    #[must_use]
    pub fn and_http_error_code(mut self, status: u16) -> Self {
        self.http_error_code_returned_equals = Some(status);
        self
    }
}

/// What a redirect changes of the address; all else stays.
///
/// ```
/// use obs_core::settings::website::Redirect;
///
/// let to_new_host =
///     Redirect::new().protocol("https").host_name("docs.example.com").http_redirect_code(301);
/// assert_eq!(to_new_host.replace_key_with, None);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Redirect {
    /// The protocol.
    pub protocol: Option<Protocol>,
    /// The host.
    pub host_name: Option<String>,
    /// What takes the place of the prefix in the condition. Not together with `replace_key_with`.
    pub replace_key_prefix_with: Option<String>,
    /// What takes the place of the whole key.
    pub replace_key_with: Option<String>,
    /// The HTTP status of the redirect.
    pub http_redirect_code: Option<u16>,
}

impl Redirect {
    /// That changes nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The protocol.
    #[must_use]
    pub fn protocol(mut self, protocol: impl Into<Protocol>) -> Self {
        self.protocol = Some(protocol.into());
        self
    }

    /// The host.
    #[must_use]
    pub fn host_name(mut self, host: impl Into<String>) -> Self {
        self.host_name = Some(host.into());
        self
    }

    /// What takes the place of the prefix in the condition. Not together with
    /// [`replace_key_with`](Self::replace_key_with).
    #[must_use]
    pub fn replace_key_prefix_with(mut self, prefix: impl Into<String>) -> Self {
        self.replace_key_prefix_with = Some(prefix.into());
        self
    }

    /// What takes the place of the whole key.
    #[must_use]
    pub fn replace_key_with(mut self, key: impl Into<String>) -> Self {
        self.replace_key_with = Some(key.into());
        self
    }

    /// The HTTP status of the redirect, such as 301.
    #[must_use]
    pub fn http_redirect_code(mut self, status: u16) -> Self {
        self.http_redirect_code = Some(status);
        self
    }
}

impl RoutingRule {
    fn read(node: Node<'_, '_>) -> Result<Self> {
        let condition: Option<Result<_>> = node.child("Condition").map(|c| {
            Ok(Condition {
                key_prefix_equals: c.opt_text("KeyPrefixEquals"),
                http_error_code_returned_equals: c.opt("HttpErrorCodeReturnedEquals")?,
            })
        });
        let redirect: Option<Result<_>> = node.child("Redirect").map(|r| {
            Ok(Redirect {
                protocol: r.opt_text("Protocol").map(Into::into),
                host_name: r.opt_text("HostName"),
                replace_key_prefix_with: r.opt_text("ReplaceKeyPrefixWith"),
                replace_key_with: r.opt_text("ReplaceKeyWith"),
                http_redirect_code: r.opt("HttpRedirectCode")?,
            })
        });
        Ok(Self {
            condition: condition.transpose()?,
            redirect: redirect.transpose()?,
            unknown: UnknownElements::of(node, &["Condition", "Redirect"]),
        })
    }

    fn write(&self, w: &mut XmlWriter) {
        w.element("RoutingRule", |w| {
            if let Some(condition) = &self.condition {
                w.element("Condition", |w| {
                    w.opt("KeyPrefixEquals", condition.key_prefix_equals.as_ref());
                    w.opt("HttpErrorCodeReturnedEquals", condition.http_error_code_returned_equals);
                });
            }
            if let Some(redirect) = &self.redirect {
                w.element("Redirect", |w| {
                    w.opt("Protocol", redirect.protocol.as_ref());
                    w.opt("HostName", redirect.host_name.as_ref());
                    w.opt("ReplaceKeyPrefixWith", redirect.replace_key_prefix_with.as_ref());
                    w.opt("ReplaceKeyWith", redirect.replace_key_with.as_ref());
                    w.opt("HttpRedirectCode", redirect.http_redirect_code);
                });
            }
            self.unknown.write(w);
        });
    }
}

impl Pages {
    fn read(root: Node<'_, '_>) -> Result<Self> {
        let rules = root.child("RoutingRules");
        Ok(Self {
            index_document: root.child("IndexDocument").and_then(|n| n.opt_text("Suffix")),
            error_document: root.child("ErrorDocument").and_then(|n| n.opt_text("Key")),
            routing_rules: rules
                .iter()
                .flat_map(|list| list.children_named("RoutingRule"))
                .map(RoutingRule::read)
                .collect::<Result<_>>()?,
            unknown: UnknownElements::of(root, &["IndexDocument", "ErrorDocument", "RoutingRules"]),
        })
    }

    fn write(&self, w: &mut XmlWriter) {
        if let Some(suffix) = &self.index_document {
            w.element("IndexDocument", |w| w.text("Suffix", suffix));
        }
        if let Some(key) = &self.error_document {
            w.element("ErrorDocument", |w| w.text("Key", key));
        }
        if !self.routing_rules.is_empty() {
            w.element("RoutingRules", |w| self.routing_rules.iter().for_each(|rule| rule.write(w)));
        }
        self.unknown.write(w);
    }
}

impl Setting for Website {
    const SUB_RESOURCE: &'static str = "website";
    const GET: &'static str = "GetBucketWebsite";
    const SET: &'static str = "SetBucketWebsite";
    const DELETE: &'static str = "DeleteBucketWebsite";

    fn read(answer: &mut Answer) -> Result<Self> {
        answer.xml(|root| match root.child("RedirectAllRequestsTo") {
            Some(all) => Ok(Self::RedirectAll(RedirectAll {
                host_name: all.opt_text("HostName"),
                protocol: all.opt_text("Protocol").map(Into::into),
            })),
            None => Pages::read(root).map(Self::Pages),
        })
    }

    fn write(&self, _dialect: Dialect) -> Result<String> {
        XmlWriter::document("WebsiteConfiguration", |w| match self {
            Self::RedirectAll(all) => w.element("RedirectAllRequestsTo", |w| {
                w.opt("HostName", all.host_name.as_ref());
                w.opt("Protocol", all.protocol.as_ref());
            }),
            Self::Pages(pages) => pages.write(w),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Condition, Pages, Redirect, RedirectAll, Website};
    use crate::test_support::{Fake, survives};

    fn pages() -> Pages {
        let redirect = Redirect::new()
            .protocol("http")
            .host_name("www.example.com")
            .replace_key_prefix_with("replacekeyprefix")
            .http_redirect_code(305);
        Pages::new()
            .index_document("index.html")
            .error_document("error.html")
            .routing_rule(Condition::key_prefix("keyprefix"), redirect)
    }

    #[test]
    fn golden() {
        let fake = Fake::new();
        fake.bucket().set_bucket_website(pages()).send().unwrap();
        fake.bucket().set_bucket_website(RedirectAll::to("www.example.com").protocol("http")).send().unwrap();
        let sent = fake.sent();
        assert_eq!(sent[0].line(), "PUT /?website");
        assert_eq!(
            sent[0].text(),
            "<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument>\
             <ErrorDocument><Key>error.html</Key></ErrorDocument><RoutingRules><RoutingRule>\
             <Condition><KeyPrefixEquals>keyprefix</KeyPrefixEquals></Condition>\
             <Redirect><Protocol>http</Protocol><HostName>www.example.com</HostName>\
             <ReplaceKeyPrefixWith>replacekeyprefix</ReplaceKeyPrefixWith><HttpRedirectCode>305</HttpRedirectCode>\
             </Redirect></RoutingRule></RoutingRules></WebsiteConfiguration>"
        );
        assert_eq!(
            sent[1].text(),
            "<WebsiteConfiguration><RedirectAllRequestsTo><HostName>www.example.com</HostName>\
             <Protocol>http</Protocol></RedirectAllRequestsTo></WebsiteConfiguration>"
        );
    }

    #[test]
    fn what_is_written_is_read_back() {
        let missing = Redirect::new().replace_key_with("nf.html");
        survives(&Website::from(pages().routing_rule(Condition::http_error_code(404), missing.clone())));
        survives(&Website::from(Pages::new().routing_rule(None, missing)));
        survives(&Website::from(RedirectAll::to("a.example").protocol("gopher")));
    }

    #[test]
    fn unknown_elements_do_not_disturb() {
        let fake = Fake::new().xml(
            "<WebsiteConfiguration><Theme>dark</Theme><IndexDocument><Suffix>i</Suffix><Language>en</Language>\
             </IndexDocument></WebsiteConfiguration>",
        );
        let website = fake.bucket().get_bucket_website().send().unwrap().into_inner();
        let Website::Pages(mut pages) = website else { panic!("{website:?}") };
        let unknown = std::mem::take(&mut pages.unknown);
        assert_eq!(unknown.iter().collect::<Vec<_>>(), ["<Theme>dark</Theme>"]);
        assert_eq!(pages, Pages::new().index_document("i"));
    }
}
