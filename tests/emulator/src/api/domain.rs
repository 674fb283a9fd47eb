//! Domains of the user's own.

use crate::api::call::Call;
use crate::api::time::iso8601;
use crate::errors::{ObsError, Outcome};
use crate::exchange::Response;
use crate::store::bucket::Domain;
use crate::store::{State, Store};
use crate::xml::Writer;

const MOST_DOMAINS: usize = 30;

impl Store {
    /// The bucket that a domain of a user's own leads to.
    #[must_use]
    pub fn bucket_of_domain(&self, domain: &str) -> Option<String> {
        let domain = domain.to_ascii_lowercase();
        let state = self.read();
        let mut buckets = state.buckets.values();
        buckets.find(|bucket| bucket.domains.contains_key(&domain)).map(|bucket| bucket.name.clone())
    }
}

fn requested(call: &Call<'_>) -> Result<String, ObsError> {
    let name = call.query("customdomain").unwrap_or_default().to_ascii_lowercase();
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if name.len() <= 253 && name.contains('.') && name.split('.').all(label) {
        return Ok(name);
    }
    Err(ObsError::new(400, "BadDomainName", "The domain name is invalid.").detail("DomainName", name))
}

pub(crate) fn put(call: &Call<'_>, state: &mut State) -> Outcome {
    let name = requested(call)?;
    let certificate_id = match call.body.is_empty() {
        true => None,
        false => certificate_id(call)?,
    };
    if state.buckets.values().any(|other| other.name != call.bucket() && other.domains.contains_key(&name)) {
        return Err(ObsError::new(
            400,
            "CustomDomainAreadyExist",
            "The custom domain is used by another bucket.",
        )
        .detail("DomainName", name));
    }
    let created = call.now();
    let domains = &mut state.bucket_mut(call.bucket())?.domains;
    if domains.len() >= MOST_DOMAINS && !domains.contains_key(&name) {
        return Err(ObsError::new(400, "TooManyCustomDomains", "Too many custom domains are configured."));
    }
    domains.insert(name, Domain { created, certificate_id });
    Ok(Response::empty(200))
}

/// A certificate comes with its parts; only its id is told again.
fn certificate_id(call: &Call<'_>) -> Result<Option<String>, ObsError> {
    call.require_md5()?;
    let document = call.xml_body()?;
    if document.name != "CustomDomainConfiguration" {
        return Err(ObsError::malformed_xml("The root element must be CustomDomainConfiguration."));
    }
    Ok(document.get("CertificateId").filter(|id| !id.is_empty()).map(str::to_owned))
}

pub(crate) fn get(call: &Call<'_>, state: &State) -> Outcome {
    let bucket = state.bucket(call.bucket())?;
    let mut document = Writer::root("ListBucketCustomDomainsResult", call.dialect());
    for (name, domain) in &bucket.domains {
        document.open("Domains");
        document.text("DomainName", name);
        document.text("CreateTime", &iso8601(domain.created));
        document.optional("CertificateId", domain.certificate_id.as_deref());
        document.close("Domains");
    }
    document.close("ListBucketCustomDomainsResult");
    Ok(Response::xml(document))
}

pub(crate) fn delete(call: &Call<'_>, state: &mut State) -> Outcome {
    let name = requested(call)?;
    match state.bucket_mut(call.bucket())?.domains.remove(&name) {
        Some(_) => Ok(Response::empty(204)),
        None => Err(ObsError::new(400, "CustomDomainNotExist", "The custom domain does not exist.")
            .detail("DomainName", name)),
    }
}
