//! Reading an object and its metadata.

use crate::api::call::Call;
use crate::api::conditions::Conditions;
use crate::api::put::{STANDARD_HEADERS, storage_class_note};
use crate::api::range;
use crate::api::time::{iso8601, parse_iso8601};
use crate::errors::{ObsError, Outcome};
use crate::exchange::Response;
use crate::store::State;
use crate::store::bucket::{Bucket, Versioning};
use crate::store::object::{Object, Version};
use std::time::Duration;

pub(crate) fn get(call: &Call<'_>, state: &State) -> Outcome {
    let bucket = state.bucket(call.bucket())?;
    let (version, object) = visible(call, bucket)?;
    let direct = bucket.xml("directcoldaccess").and_then(|on| on.get("Status")) == Some("Enabled");
    let open = object.is_readable(call.now()) || (direct && object.properties.storage_class == "COLD");
    if !open {
        return Err(ObsError::new(
            403,
            "InvalidObjectState",
            "The operation is not valid for the object's storage class",
        ));
    }
    let headers = describe(call, bucket, version, object)?;
    let len = object.data.len();
    let response = match range::parse(call.header("range"), len)? {
        None => Response { status: 200, headers, body: object.data.content() },
        Some(range) => Response { status: 206, headers, body: object.data.slice(range.clone()).content() }
            .with("Content-Range", format!("bytes {}-{}/{len}", range.start, range.end - 1)),
    };
    Ok(rewritten(call, response))
}

pub(crate) fn head(call: &Call<'_>, state: &State) -> Outcome {
    let bucket = state.bucket(call.bucket())?;
    let (version, object) = visible(call, bucket)?;
    let headers = describe(call, bucket, version, object)?;
    Ok(Response { status: 200, headers, body: object.data.content() })
}

/// The version that is meant; a delete marker says so in a header.
fn visible<'a>(call: &Call<'_>, bucket: &'a Bucket) -> Result<(&'a Version, &'a Object), ObsError> {
    bucket.object(call.key(), call.version_id()).map_err(|error| {
        match bucket.version(call.key(), call.version_id()) {
            Ok(marker) => error
                .header(call.own_name("delete-marker"), "true")
                .header(call.own_name("version-id"), marker.id.clone()),
            Err(_) => error,
        }
    })
}

/// Checks key and conditions, and gives the headers of the object.
fn describe(
    call: &Call<'_>,
    bucket: &Bucket,
    version: &Version,
    object: &Object,
) -> Result<Vec<(String, String)>, ObsError> {
    object.encryption.unlock(call.customer_key("")?.as_ref())?;
    let not_modified = |_| {
        ObsError::new(304, "NotModified", "Not Modified")
            .header("ETag", object.etag.clone())
            .header("Last-Modified", httpdate::fmt_http_date(version.modified))
    };
    Conditions::of_read(call).check(&object.etag, version.modified, not_modified)?;
    Ok(object_headers(call, bucket, version, object))
}

/// The headers that tell all about an object.
pub(crate) fn object_headers(
    call: &Call<'_>,
    bucket: &Bucket,
    version: &Version,
    object: &Object,
) -> Vec<(String, String)> {
    let properties = &object.properties;
    let mut response = Response::empty(200)
        .with("Accept-Ranges", "bytes")
        .with("ETag", object.etag.clone())
        .with("Last-Modified", httpdate::fmt_http_date(version.modified));
    if !properties.standard.iter().any(|(name, _)| name == "content-type") {
        response = response.with("Content-Type", "binary/octet-stream");
    }
    for (name, value) in &properties.standard {
        response = response.with(canonical_name(name), value);
    }
    for (name, value) in &properties.metadata {
        response = response.with(call.own_name(&format!("meta-{name}")), value);
    }
    if let Some(appends) = object.appends {
        debug_assert!(appends > 0, "an appendable object has at least one append");
        response = response
            .with("x-obs-object-type", "Appendable")
            .with("x-obs-next-append-position", object.data.len().to_string());
    }
    if let Some(retention) = &object.retention {
        response = response
            .with(call.own_name("object-lock-mode"), retention.mode.clone())
            .with(call.own_name("object-lock-retain-until-date"), iso8601(retention.until));
    }
    let versioned = bucket.versioning != Versioning::Off;
    response
        .with_some(call.own_name("version-id"), versioned.then(|| version.id.clone()))
        .with_some(call.own_name("storage-class"), storage_class_note(call, properties.storage_class))
        .with_some(call.own_name("website-redirect-location"), properties.website_redirect.clone())
        .with_some(call.own_name("expiration"), expiration(bucket, call.key(), version, object))
        .with_some(call.own_name("restore"), object.restore_header(call.now()))
        .with_some(
            call.own_name("tagging-count"),
            (!object.tags.is_empty()).then(|| object.tags.len().to_string()),
        )
        .with_all([call.crc64_header(object.crc64)])
        .with_all(object.encryption.headers(call.dialect()))
        .headers
}

/// When the object will be deleted: by its own `x-obs-expires`, or by a lifecycle rule.
fn expiration(bucket: &Bucket, key: &str, version: &Version, object: &Object) -> Option<String> {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let after = |days: u32| version.modified + DAY * days;
    let (date, rule) = match object.properties.expires_days {
        Some(days) => (after(days), "x-obs-expires"),
        None => bucket.xml("lifecycle")?.all("Rule").find_map(|rule| {
            let covers = rule.get("Status") == Some("Enabled")
                && key.starts_with(rule.get("Prefix").unwrap_or_default());
            let expiration = rule.child("Expiration").filter(|_| covers)?;
            let by_days = expiration.get("Days").and_then(|days| days.parse().ok()).map(after);
            let date = by_days.or_else(|| parse_iso8601(expiration.get("Date")?))?;
            Some((date, rule.get("ID").unwrap_or_default()))
        })?,
    };
    Some(format!("expiry-date=\"{}\", rule-id=\"{rule}\"", httpdate::fmt_http_date(date)))
}

/// Headers replaced by the `response-*` parameters of a read.
fn rewritten(call: &Call<'_>, mut response: Response) -> Response {
    for name in STANDARD_HEADERS {
        if let Some(value) = call.query(&format!("response-{name}")) {
            response.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
            response = response.with(canonical_name(name), value);
        }
    }
    // Images are not worked on: the answer says what would have been done.
    response.with_some(call.own_name("image-process"), call.query("x-image-process"))
}

/// `content-type` as `Content-Type`.
fn canonical_name(name: &str) -> String {
    name.split('-')
        .map(|word| {
            word.get(..1).unwrap_or_default().to_ascii_uppercase() + word.get(1..).unwrap_or_default()
        })
        .collect::<Vec<_>>()
        .join("-")
}
