//! Domain names of one's own for a bucket.

use std::fmt;
use std::time::SystemTime;

use obs_sign::{Dialect, Method};
use zeroize::Zeroizing;

use crate::body::Body;
use crate::error::{Error, Result};
use crate::operation::{Answer, Operation, Parts};
use crate::request::Request;
use crate::types::instant;
use crate::xml::{Node, NodeExt, XmlWriter};

/// What OBS takes of a certificate: the whole document.
const LIMIT: usize = 40 * 1024;

/// The certificate of a custom domain, for HTTPS.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&[]);
/// # for file in ["cert.pem", "key.pem"] { std::fs::write(file, "-----BEGIN")?; }
/// use obs_core::settings::custom_domain::Certificate;
/// use std::fs::read_to_string;
///
/// let certificate = Certificate::new(
///     "my-certificate",
///     read_to_string("cert.pem")?,
///     read_to_string("key.pem")?,
/// );
/// bucket.set_bucket_custom_domain("www.example.com").certificate(certificate).send()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Certificate {
    name: String,
    id: Option<String>,
    certificate: String,
    chain: Option<String>,
    private_key: Zeroizing<String>,
    kind: Option<String>,
    enc_certificate: Option<String>,
    enc_private_key: Option<Zeroizing<String>>,
    delete: Option<bool>,
}

impl Certificate {
    /// A certificate and its private key in PEM, and a name of 3 to 63 characters.
    pub fn new(
        name: impl Into<String>,
        certificate: impl Into<String>,
        private_key: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            id: None,
            certificate: certificate.into(),
            chain: None,
            private_key: Zeroizing::new(private_key.into()),
            kind: None,
            enc_certificate: None,
            enc_private_key: None,
            delete: None,
        }
    }

    /// The id that the Cloud Certificate Manager has for it: 16 characters.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// The certificates between it and a root, in PEM.
    #[must_use]
    pub fn chain(mut self, chain: impl Into<String>) -> Self {
        self.chain = Some(chain.into());
        self
    }

    /// Its kind, such as `server` or `server_sm` for the Chinese algorithms.
    #[must_use]
    pub fn kind(mut self, kind: impl Into<String>) -> Self {
        self.kind = Some(kind.into());
        self
    }

    /// The second pair of the Chinese algorithms, for encryption.
    #[must_use]
    pub fn encryption_pair(mut self, certificate: impl Into<String>, private_key: impl Into<String>) -> Self {
        self.enc_certificate = Some(certificate.into());
        self.enc_private_key = Some(Zeroizing::new(private_key.into()));
        self
    }

    /// Whether the certificate of the domain is taken away.
    #[must_use]
    pub fn delete(mut self, delete: bool) -> Self {
        self.delete = Some(delete);
        self
    }

    fn write(&self) -> Result<String> {
        let document = XmlWriter::document("CustomDomainConfiguration", |w| {
            w.text("Name", &self.name);
            w.opt("CertificateId", self.id.as_ref());
            w.text("Certificate", &self.certificate);
            w.opt("CertificateChain", self.chain.as_ref());
            w.text("PrivateKey", &*self.private_key);
            w.opt("CertificateType", self.kind.as_ref());
            w.opt("ENCCertificate", self.enc_certificate.as_ref());
            w.opt("ENCPrivateKey", self.enc_private_key.as_deref());
            w.opt("DeleteCertificate", self.delete);
        })?;
        if document.len() > LIMIT {
            return Err(Error::invalid(format!(
                "the certificate {:?} takes {} bytes with its chain and key, more than the {LIMIT} that OBS takes",
                self.name,
                document.len()
            )));
        }
        Ok(document)
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").field("name", &self.name).field("id", &self.id).finish_non_exhaustive()
    }
}

/// Writes which domain is meant.
fn locate(parts: &mut Parts, domain: &str) -> Result<()> {
    if domain.is_empty() {
        return Err(Error::invalid("the custom domain is empty"));
    }
    parts.query("customdomain", domain);
    Ok(())
}

/// Lets a bucket be reached by a domain name of one's own, at most 256 characters long.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// bucket.set_bucket_custom_domain("www.example.com").send()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct SetBucketCustomDomain {
    domain: String,
    certificate: Option<Certificate>,
}

impl SetBucketCustomDomain {
    /// By this domain name.
    pub fn new(domain: impl Into<String>) -> Self {
        Self { domain: domain.into(), certificate: None }
    }
}

impl Operation for SetBucketCustomDomain {
    type Output = ();
    const NAME: &'static str = "SetBucketCustomDomain";
    const METHOD: Method = Method::Put;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        locate(parts, &self.domain)
    }

    fn body(&mut self, _dialect: Dialect) -> Result<Body<'_>> {
        match &self.certificate {
            Some(certificate) => Ok(Body::text(certificate.write()?).with_content_md5()),
            None => Ok(Body::empty()),
        }
    }

    fn decode(&self, answer: &mut Answer) -> Result<()> {
        answer.nothing()
    }
}

impl Request<SetBucketCustomDomain> {
    /// The certificate for HTTPS, at most 40 KB with its chain and key. Default: none.
    pub fn certificate(mut self, certificate: Certificate) -> Self {
        self.operation.certificate = Some(certificate);
        self
    }
}

/// A domain name of a bucket.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&[]);
/// # bucket.set_bucket_custom_domain("www.example.com").send()?;
/// for domain in bucket.get_bucket_custom_domain().send()?.iter() {
///     println!(
///         "{} with certificate {:?} until {:?}",
///         domain.domain_name, domain.certificate_name, domain.expired_time
///     );
/// }
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CustomDomain {
    /// The name.
    pub domain_name: String,
    /// When it was set.
    pub create_time: Option<SystemTime>,
    /// The id of its certificate.
    pub certificate_id: Option<String>,
    /// The name of its certificate.
    pub certificate_name: Option<String>,
    /// The kind of its certificate.
    pub certificate_type: Option<String>,
    /// When its certificate expires.
    pub expired_time: Option<SystemTime>,
}

impl CustomDomain {
    fn read(node: Node<'_, '_>) -> Result<Self> {
        Ok(Self {
            domain_name: node.text_of("DomainName")?,
            create_time: instant::child_time(node, "CreateTime")?,
            certificate_id: node.opt_text("CertificateId"),
            certificate_name: node.opt_text("Name"),
            certificate_type: node.opt_text("CertificateType"),
            expired_time: instant::child_time(node, "ExpiredTime")?,
        })
    }
}

/// Reads the domain names of a bucket.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&[]);
/// # bucket.set_bucket_custom_domain("www.example.com").send()?;
/// let domains = bucket.get_bucket_custom_domain().send()?;
/// assert_eq!(domains.len(), 1);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct GetBucketCustomDomain {
    certificate_id: Option<String>,
}

impl Operation for GetBucketCustomDomain {
    type Output = Vec<CustomDomain>;
    const NAME: &'static str = "GetBucketCustomDomain";
    const METHOD: Method = Method::Get;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        parts.flag("customdomain");
        parts.query_opt("certificateId", self.certificate_id.as_deref());
        Ok(())
    }

    fn decode(&self, answer: &mut Answer) -> Result<Vec<CustomDomain>> {
        answer.xml(|root| root.children_named("Domains").map(CustomDomain::read).collect())
    }
}

impl Request<GetBucketCustomDomain> {
    /// Only those with this certificate, by the id of 16 characters that the Cloud Certificate Manager has for it.
    pub fn certificate_id(mut self, id: impl Into<String>) -> Self {
        self.operation.certificate_id = Some(id.into());
        self
    }
}

/// Takes a domain name from a bucket.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&[]);
/// # bucket.set_bucket_custom_domain("www.example.com").send()?;
/// bucket.delete_bucket_custom_domain("www.example.com").send()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct DeleteBucketCustomDomain(String);

impl DeleteBucketCustomDomain {
    /// This domain name.
    pub fn new(domain: impl Into<String>) -> Self {
        Self(domain.into())
    }
}

impl Operation for DeleteBucketCustomDomain {
    type Output = ();
    const NAME: &'static str = "DeleteBucketCustomDomain";
    const METHOD: Method = Method::Delete;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        locate(parts, &self.0)
    }

    fn decode(&self, answer: &mut Answer) -> Result<()> {
        answer.nothing()
    }
}

#[cfg(test)]
mod tests {
    use super::Certificate;
    use crate::error::ErrorKind;
    use crate::test_support::Fake;

    #[test]
    fn golden() {
        let fake = Fake::new();
        let bucket = fake.bucket();
        bucket.set_bucket_custom_domain("www.example.com").send().unwrap();
        let certificate = Certificate::new("name", "CERT", "SECRET").id("0123456789abcdef").chain("CHAIN");
        bucket.set_bucket_custom_domain("www.example.com").certificate(certificate).send().unwrap();
        bucket.delete_bucket_custom_domain("www.example.com").send().unwrap();
        let sent = fake.sent();
        assert_eq!(sent[0].line(), "PUT /?customdomain=www.example.com");
        assert_eq!((sent[0].text(), sent[0].headers.get("content-md5")), ("", None));
        assert_eq!(
            sent[1].text(),
            "<CustomDomainConfiguration><Name>name</Name><CertificateId>0123456789abcdef</CertificateId>\
             <Certificate>CERT</Certificate><CertificateChain>CHAIN</CertificateChain>\
             <PrivateKey>SECRET</PrivateKey></CustomDomainConfiguration>"
        );
        assert!(!sent[1].header("content-md5").is_empty());
        assert_eq!(sent[2].line(), "DELETE /?customdomain=www.example.com");
    }

    #[test]
    fn the_document_of_the_service_is_read() {
        let fake = Fake::new().xml(
            "<ListBucketCustomDomainsResult xmlns=\"http://obs.cn-north-4.myhuaweicloud.com/doc/2015-06-30/\">\
             <Domains><DomainName>a.example</DomainName><CreateTime>2018-06-21T09:15:01.032Z</CreateTime>\
             <CertificateId>0123456789abcdef</CertificateId><New/></Domains>\
             <Domains><DomainName>b.example</DomainName></Domains></ListBucketCustomDomainsResult>",
        );
        let domains = fake.bucket().get_bucket_custom_domain().send().unwrap();
        assert_eq!(domains.len(), 2);
        assert_eq!(domains[0].certificate_id.as_deref(), Some("0123456789abcdef"));
        let created = domains[0].create_time.unwrap().duration_since(std::time::UNIX_EPOCH).unwrap();
        assert_eq!(created.as_millis(), 1_529_572_501_032);
        assert_eq!(domains[1].create_time, None);
        assert_eq!(fake.only().line(), "GET /?customdomain");
    }

    #[test]
    fn the_private_key_is_never_printed() {
        let certificate = Certificate::new("name", "CERT", "SECRET").encryption_pair("ENC", "SECRET");
        let request = Fake::new().bucket().set_bucket_custom_domain("a.example").certificate(certificate);
        assert!(!format!("{request:?}").contains("SECRET"));
    }

    #[test]
    fn what_is_too_long_is_refused_before_anything_is_sent() {
        let fake = Fake::new();
        let certificate = Certificate::new("name", "C".repeat(41_000), "K");
        let request = fake.bucket().set_bucket_custom_domain("a.example").certificate(certificate);
        assert_eq!(request.send().unwrap_err().kind(), ErrorKind::InvalidInput);
        let error = fake.bucket().delete_bucket_custom_domain("").send().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(fake.sent().is_empty());
    }
}
