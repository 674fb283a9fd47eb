//! The static website of a bucket.

use crate::api::access;
use crate::api::call::Call;
use crate::api::get::object_headers;
use crate::errors::{ObsError, Outcome};
use crate::exchange::Response;
use crate::store::State;
use crate::store::acl::Permission;
use crate::store::bucket::Bucket;
use crate::xml::Element;

/// Serves `bucket.obs-website.host`.
pub(crate) fn serve(call: &Call<'_>, state: &State) -> Outcome {
    let bucket = state.bucket(call.bucket())?;
    let website = bucket.xml("website").ok_or_else(|| {
        ObsError::new(
            404,
            "NoSuchWebsiteConfiguration",
            "The specified bucket does not have a website configuration",
        )
        .detail("BucketName", call.bucket())
    })?;
    let key = call.key();
    if let Some(target) = website.child("RedirectAllRequestsTo") {
        let location = Target::from(target, call).location(key);
        return Ok(Response::empty(301).with("Location", location));
    }
    if let Some(redirect) = routed(call, website, key, None) {
        return Ok(redirect);
    }
    let suffix = website.child("IndexDocument").and_then(|index| index.get("Suffix")).unwrap_or_default();
    let page = if key.is_empty() || key.ends_with('/') { format!("{key}{suffix}") } else { key.to_owned() };
    match read(call, bucket, &page) {
        Ok(response) => Ok(response),
        Err(error) if error.status == 404 && bucket.object(&format!("{page}/{suffix}"), None).is_ok() => {
            Ok(Response::empty(302).with("Location", format!("/{page}/")))
        }
        Err(error) => failed(call, bucket, website, key, error),
    }
}

/// Where a redirection leads.
struct Target<'a> {
    protocol: &'a str,
    host: String,
}

impl<'a> Target<'a> {
    fn from(redirect: &'a Element, call: &'a Call<'_>) -> Self {
        let (scheme, _) = call.request.origin.split_once("://").unwrap_or(("http", ""));
        let own_host = || call.header("host").unwrap_or_default();
        Self {
            protocol: redirect.get("Protocol").filter(|name| !name.is_empty()).unwrap_or(scheme),
            host: redirect
                .get("HostName")
                .filter(|name| !name.is_empty())
                .unwrap_or_else(own_host)
                .to_owned(),
        }
    }

    fn location(&self, key: &str) -> String {
        const KEPT: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
            .remove(b'/')
            .remove(b'-')
            .remove(b'_')
            .remove(b'.')
            .remove(b'~');
        let key = percent_encoding::utf8_percent_encode(key, KEPT);
        format!("{}://{}/{key}", self.protocol, self.host)
    }
}

/// The redirection of the first rule that fits the key and, once the page failed, the status.
fn routed(call: &Call<'_>, website: &Element, key: &str, failed_with: Option<u16>) -> Option<Response> {
    let rules = website.child("RoutingRules")?;
    for rule in rules.all("RoutingRule") {
        let condition = |name: &str| rule.child("Condition").and_then(|condition| condition.get(name));
        let status = condition("HttpErrorCodeReturnedEquals").map(str::parse::<u16>);
        let prefix = condition("KeyPrefixEquals").unwrap_or_default();
        let fits = match status {
            None => failed_with.is_none(),
            Some(status) => status.ok() == failed_with && failed_with.is_some(),
        };
        let Some(redirect) = rule.child("Redirect").filter(|_| fits && key.starts_with(prefix)) else {
            continue;
        };
        let key = match (redirect.get("ReplaceKeyWith"), redirect.get("ReplaceKeyPrefixWith")) {
            (Some(whole), _) => whole.to_owned(),
            (None, Some(replacement)) => format!("{replacement}{}", &key[prefix.len()..]),
            (None, None) => key.to_owned(),
        };
        let code = redirect.get("HttpRedirectCode").and_then(|code| code.parse().ok()).unwrap_or(301);
        return Some(Response::empty(code).with("Location", Target::from(redirect, call).location(&key)));
    }
    None
}

fn read(call: &Call<'_>, bucket: &Bucket, key: &str) -> Outcome {
    access::on_object(bucket, &call.request.caller, key, None, Permission::Read, "GetObject")?;
    let (version, object) = bucket.object(key, None)?;
    if let Some(target) = &object.properties.website_redirect {
        return Ok(Response::empty(301).with("Location", target));
    }
    object.encryption.unlock(None)?;
    let headers = object_headers(call, bucket, version, object);
    Ok(Response { status: 200, headers, body: object.data.content() })
}

/// A rule for the status, else the error document, else the error itself.
fn failed(call: &Call<'_>, bucket: &Bucket, website: &Element, key: &str, error: ObsError) -> Outcome {
    if let Some(redirect) = routed(call, website, key, Some(error.status)) {
        return Ok(redirect);
    }
    let document = website.child("ErrorDocument").and_then(|document| document.get("Key"));
    match document.and_then(|document| read(call, bucket, document).ok()) {
        Some(page) => Ok(Response { status: error.status, ..page }),
        None => Err(error),
    }
}
