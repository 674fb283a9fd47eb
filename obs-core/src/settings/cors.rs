//! CORS rules: which pages of other origins may call a bucket.

use obs_sign::Dialect;

use crate::error::{Error, Result};
use crate::operation::Answer;
use crate::setting::Setting;
use crate::types::UnknownElements;
use crate::xml::{Node, NodeExt, XmlWriter};

/// The CORS rules of a bucket, at most 100; the first that fits counts.
///
/// ```
/// use obs_core::settings::cors::{Cors, CorsRule};
///
/// let cors = Cors::new([CorsRule::new(["GET", "PUT"], ["https://www.example.com"])
///     .allowed_headers(["*"])
///     .max_age_seconds(600)]);
/// assert_eq!(cors.rules[0].max_age_seconds, Some(600));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cors {
    /// The rules.
    pub rules: Vec<CorsRule>,
}

impl Cors {
    /// With these rules.
    pub fn new(rules: impl IntoIterator<Item = CorsRule>) -> Self {
        Self { rules: rules.into_iter().collect() }
    }
}

/// A rule.
///
/// ```
/// use obs_core::settings::cors::CorsRule;
///
/// let upload = CorsRule::new(["PUT"], ["https://*.example.com"])
///     .allowed_headers(["*"])
///     .expose_headers(["ETag"]);
/// assert_eq!(upload.max_age_seconds, None);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CorsRule {
    /// The name of the rule, at most 255 characters. The service makes one up where there is none.
    pub id: Option<String>,
    /// The methods that are allowed: `GET`, `PUT`, `POST`, `DELETE`, `HEAD`.
    pub allowed_methods: Vec<String>,
    /// The origins that are allowed, such as `http://www.a.com`; each may hold one `*`.
    pub allowed_origins: Vec<String>,
    /// The request headers that are allowed; each may hold one `*`.
    pub allowed_headers: Vec<String>,
    /// How many seconds a browser may remember the answer to a preflight request.
    pub max_age_seconds: Option<u64>,
    /// The headers of answers that pages may read. No `*` is allowed.
    pub expose_headers: Vec<String>,
    /// What this crate does not know of it.
    pub unknown: UnknownElements,
}

macro_rules! lists {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        $($(#[$doc])*
        #[must_use]
        pub fn $name<S: Into<String>>(mut self, values: impl IntoIterator<Item = S>) -> Self {
            self.$name = values.into_iter().map(Into::into).collect();
            self
        })*
    };
}

impl CorsRule {
    /// Allows these methods to these origins.
    pub fn new<M: Into<String>, O: Into<String>>(
        methods: impl IntoIterator<Item = M>,
        origins: impl IntoIterator<Item = O>,
    ) -> Self {
        Self::default().allowed_methods(methods).allowed_origins(origins)
    }

    /// Names the rule.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    lists! {
        /// The methods that are allowed.
        allowed_methods;
        /// The origins that are allowed.
        allowed_origins;
        /// The request headers that are allowed. Default: none.
        allowed_headers;
        /// The headers of answers that pages may read. Default: none.
        expose_headers;
    }

    /// How many seconds a browser may remember the answer to a preflight request.
    #[must_use]
    pub fn max_age_seconds(mut self, seconds: u64) -> Self {
        self.max_age_seconds = Some(seconds);
        self
    }

    fn read(node: Node<'_, '_>) -> Result<Self> {
        let list = |name| node.children_named(name).map(|n| n.full_text()).collect();
        Ok(Self {
            id: node.opt_text("ID"),
            allowed_methods: list("AllowedMethod"),
            allowed_origins: list("AllowedOrigin"),
            allowed_headers: list("AllowedHeader"),
            max_age_seconds: node.opt("MaxAgeSeconds")?,
            expose_headers: list("ExposeHeader"),
            unknown: UnknownElements::of(
                node,
                &["ID", "AllowedMethod", "AllowedOrigin", "AllowedHeader", "MaxAgeSeconds", "ExposeHeader"],
            ),
        })
    }

    fn write(&self, w: &mut XmlWriter) {
        let list = |w: &mut XmlWriter, name, values: &[String]| values.iter().for_each(|v| w.text(name, v));
        w.element("CORSRule", |w| {
            w.opt("ID", self.id.as_ref());
            list(w, "AllowedMethod", &self.allowed_methods);
            list(w, "AllowedOrigin", &self.allowed_origins);
            list(w, "AllowedHeader", &self.allowed_headers);
            w.opt("MaxAgeSeconds", self.max_age_seconds);
            list(w, "ExposeHeader", &self.expose_headers);
            self.unknown.write(w);
        });
    }

    fn check(&self) -> Result<()> {
        let patterns = self.allowed_origins.iter().chain(&self.allowed_headers);
        match patterns.into_iter().find(|p| p.matches('*').count() > 1) {
            None => Ok(()),
            Some(pattern) => Err(Error::invalid(format!(
                "{pattern:?} in a CORS rule has more than the one * that OBS allows"
            ))),
        }
    }
}

impl<R: IntoIterator<Item = CorsRule>> From<R> for Cors {
    fn from(rules: R) -> Self {
        Self::new(rules)
    }
}

impl Setting for Cors {
    const SUB_RESOURCE: &'static str = "cors";
    const GET: &'static str = "GetBucketCors";
    const SET: &'static str = "SetBucketCors";
    const DELETE: &'static str = "DeleteBucketCors";
    const CONTENT_MD5: bool = true;

    fn read(answer: &mut Answer) -> Result<Self> {
        answer.xml(|root| {
            Ok(Self { rules: root.children_named("CORSRule").map(CorsRule::read).collect::<Result<_>>()? })
        })
    }

    fn write(&self, _dialect: Dialect) -> Result<String> {
        self.rules.iter().try_for_each(CorsRule::check)?;
        XmlWriter::document("CORSConfiguration", |w| self.rules.iter().for_each(|rule| rule.write(w)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Cors, CorsRule};
    use crate::error::ErrorKind;
    use crate::test_support::{Fake, survives};

    fn guide() -> CorsRule {
        CorsRule::new(["PUT", "POST", "GET", "DELETE", "HEAD"], ["http://www.a.com", "http://www.b.com"])
            .id("rule1")
            .allowed_headers(["x-obs-header"])
            .max_age_seconds(60)
            .expose_headers(["x-obs-expose-header"])
    }

    #[test]
    fn golden() {
        let fake = Fake::new();
        fake.bucket().set_bucket_cors([guide()]).send().unwrap();
        let sent = fake.only();
        assert_eq!(sent.line(), "PUT /?cors");
        assert_eq!(sent.header("content-md5"), "BW/iK49x1h6xcdjWsuBDrQ==");
        assert_eq!(sent.header("authorization"), "OBS AKIDEXAMPLE0000001:KcW2R3ZX3RITjAPCz5SyhSGNVog=");
        assert_eq!(
            sent.text(),
            "<CORSConfiguration><CORSRule><ID>rule1</ID><AllowedMethod>PUT</AllowedMethod>\
             <AllowedMethod>POST</AllowedMethod><AllowedMethod>GET</AllowedMethod>\
             <AllowedMethod>DELETE</AllowedMethod><AllowedMethod>HEAD</AllowedMethod>\
             <AllowedOrigin>http://www.a.com</AllowedOrigin><AllowedOrigin>http://www.b.com</AllowedOrigin>\
             <AllowedHeader>x-obs-header</AllowedHeader><MaxAgeSeconds>60</MaxAgeSeconds>\
             <ExposeHeader>x-obs-expose-header</ExposeHeader></CORSRule></CORSConfiguration>"
        );
    }

    #[test]
    fn the_document_of_the_service_is_read() {
        let fake = Fake::new().xml(
            "<CORSConfiguration xmlns=\"http://obs.cn-north-4.myhuaweicloud.com/doc/2015-06-30/\"><CORSRule>\
             <AllowedMethod>HEAD</AllowedMethod><Unknown>1</Unknown><AllowedOrigin>*</AllowedOrigin>\
             </CORSRule></CORSConfiguration>",
        );
        let mut cors = fake.bucket().get_bucket_cors().send().unwrap().into_inner();
        let unknown = std::mem::take(&mut cors.rules[0].unknown);
        assert_eq!(unknown.iter().collect::<Vec<_>>(), ["<Unknown>1</Unknown>"]);
        assert_eq!(cors, Cors::new([CorsRule::new(["HEAD"], ["*"])]));
    }

    #[test]
    fn what_is_written_is_read_back() {
        survives(&Cors::default());
        survives(&Cors::new([guide(), CorsRule::new(["GET"], ["*"])]));
    }

    #[test]
    fn two_wildcards_are_refused_before_anything_is_sent() {
        let fake = Fake::new();
        let rule = CorsRule::new(["GET"], ["http://*.a.*"]);
        let error = fake.bucket().set_bucket_cors([rule]).send().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(fake.sent().is_empty());
    }
}
