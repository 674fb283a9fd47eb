//! Changing what is said about an object: metadata, retention, access label.

use crate::api::call::Call;
use crate::api::get::object_headers;
use crate::api::put::{metadata, standard_headers, website_redirect};
use crate::api::tagging::version_told;
use crate::api::time::parse_iso8601;
use crate::errors::{ObsError, Outcome};
use crate::exchange::{Content, Response};
use crate::store::State;
use crate::store::object::Retention;
use crate::store::values::storage_class;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// `PUT ?metadata`: REPLACE forgets what is not given, REPLACE_NEW keeps it.
pub(crate) fn set(call: &Call<'_>, state: &mut State) -> Outcome {
    let directive = call.own("metadata-directive").unwrap_or("REPLACE");
    if !matches!(directive, "REPLACE" | "REPLACE_NEW") {
        return Err(ObsError::invalid_argument("metadata-directive", directive));
    }
    let (standard, metadata, redirect) = (standard_headers(call), metadata(call)?, website_redirect(call)?);
    let class = match call.own("storage-class") {
        None => None,
        Some(class) => {
            Some(storage_class(class).ok_or_else(|| ObsError::invalid_argument("storage-class", class))?)
        }
    };
    let bucket = state.bucket_mut(call.bucket())?;
    let properties = &mut bucket.object_mut(call.key(), call.version_id())?.properties;
    if directive == "REPLACE" {
        (properties.standard, properties.metadata) = (standard, metadata);
        properties.website_redirect = redirect;
    } else {
        merge(&mut properties.standard, standard);
        merge(&mut properties.metadata, metadata);
        properties.website_redirect = redirect.or(properties.website_redirect.take());
    }
    properties.storage_class = class.unwrap_or(properties.storage_class);

    let bucket = state.bucket(call.bucket())?;
    let (version, object) = bucket.object(call.key(), call.version_id())?;
    let headers = object_headers(call, bucket, version, object);
    Ok(Response { status: 200, headers, body: Content::Empty }
        .with(call.own_name("metadata-directive"), directive))
}

fn merge(old: &mut Vec<(String, String)>, new: Vec<(String, String)>) {
    old.retain(|(name, _)| !new.iter().any(|(other, _)| other == name));
    old.extend(new);
}

/// `PUT ?retention`: locks a version until a time; a lock may be made longer, never shorter.
pub(crate) fn retain(call: &Call<'_>, state: &mut State) -> Outcome {
    let document = call.xml_body()?;
    if document.name != "Retention" {
        return Err(ObsError::malformed_xml("The root element must be Retention."));
    }
    let mode = document.get("Mode").unwrap_or_default();
    if mode != "COMPLIANCE" {
        return Err(ObsError::malformed_xml(format!("Unknown Mode \"{mode}\".")));
    }
    let text = document.get("RetainUntilDate").unwrap_or_default();
    let until = retain_until(text).ok_or_else(|| ObsError::invalid_argument("RetainUntilDate", text))?;
    if until <= call.now() {
        return Err(ObsError::new(400, "InvalidArgument", "The retain until date must be in the future!"));
    }
    let bucket = state.bucket_mut(call.bucket())?;
    if bucket.xml("object-lock").is_none() {
        return Err(ObsError::invalid_request("Bucket is missing Object Lock Configuration"));
    }
    let object = bucket.object_mut(call.key(), call.version_id())?;
    if object.retention.as_ref().is_some_and(|old| old.until > until && old.until > call.now()) {
        return Err(ObsError::access_denied());
    }
    object.retention = Some(Retention { mode: mode.to_owned(), until });
    version_told(call, state, Response::empty(200))
}

/// Milliseconds since 1970, or a date.
fn retain_until(text: &str) -> Option<SystemTime> {
    match text.parse() {
        Ok(millis) => UNIX_EPOCH.checked_add(Duration::from_millis(millis)),
        Err(_) => parse_iso8601(text),
    }
}

pub(crate) fn set_access_label(call: &Call<'_>, state: &mut State) -> Outcome {
    // One official SDK sends the text of its own language's list, with single quotes.
    let text = String::from_utf8_lossy(&call.body_bytes()?).replace('\'', "\"");
    let document: serde_json::Value = serde_json::from_str(&text).map_err(|error| {
        ObsError::new(400, "InvalidArgument", format!("The document is not JSON: {error}"))
    })?;
    if !document.get("accesslabel").is_some_and(serde_json::Value::is_array) {
        return Err(ObsError::new(400, "InvalidArgument", "The document has no list accesslabel."));
    }
    let bucket = state.bucket_mut(call.bucket())?;
    bucket.object_mut(call.key(), None)?.access_label = Some(document.to_string().into_bytes());
    Ok(Response::empty(204))
}

pub(crate) fn access_label(call: &Call<'_>, state: &State) -> Outcome {
    let (_, object) = state.bucket(call.bucket())?.object(call.key(), None)?;
    match &object.access_label {
        Some(label) => Ok(Response::bytes(200, "application/json", label.clone())),
        None => Err(ObsError::new(404, "NoSuchAccessLabel", "The access label does not exist.")),
    }
}

pub(crate) fn delete_access_label(call: &Call<'_>, state: &mut State) -> Outcome {
    state.bucket_mut(call.bucket())?.object_mut(call.key(), None)?.access_label = None;
    Ok(Response::empty(204))
}
