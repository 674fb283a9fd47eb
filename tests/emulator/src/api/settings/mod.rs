//! Bucket documents: set, get, delete.

mod grammar;
mod schemas;
mod table;
mod translate;

use crate::api::access::policy_is_public;
use crate::api::call::Call;
use crate::errors::{ObsError, Outcome};
use crate::exchange::Response;
use crate::store::State;
use crate::store::bucket::{Bucket, Document};
use crate::xml::{Element, Writer};
use table::{Form, Missing};
pub(crate) use table::{SETTINGS, Setting};

/// The document that a request is about. The route was found by its sub-resource, so there is one.
fn setting_of(call: &Call<'_>) -> Result<&'static Setting, ObsError> {
    let sub = crate::api::routes::sub_resource(call.request);
    SETTINGS
        .iter()
        .find(|setting| setting.sub == sub)
        .ok_or_else(|| ObsError::method_not_allowed(&call.request.method))
}

/// Under which id the document is kept.
fn address(call: &Call<'_>, setting: &Setting) -> Result<(&'static str, String), ObsError> {
    let id = if setting.many {
        let id = call.query("id").filter(|id| !id.is_empty());
        id.ok_or_else(|| ObsError::invalid_argument("id", ""))?.to_owned()
    } else {
        String::new()
    };
    Ok((setting.sub, id))
}

pub(crate) fn put(call: &Call<'_>, state: &mut State) -> Outcome {
    let setting = setting_of(call)?;
    if setting.md5 {
        call.require_md5()?;
    }
    let address = address(call, setting)?;
    let bucket = state.bucket_mut(call.bucket())?;
    let document = match setting.form {
        Form::Xml { .. } => Document::Xml(read_xml(call, setting, bucket)?),
        Form::Json { .. } => read_json(call, setting, bucket)?,
    };
    bucket.documents.insert(address, document);
    Ok(Response::empty(setting.put_status))
}

fn read_xml(call: &Call<'_>, setting: &Setting, bucket: &mut Bucket) -> Result<Element, ObsError> {
    let Form::Xml { root, kind, malformed } = setting.form else {
        return Err(ObsError::method_not_allowed(&call.request.method));
    };
    let document = translate::to_kept(call.xml_body()?);
    if document.name != root {
        return Err(ObsError::new(400, malformed, format!("The root element must be {root}.")));
    }
    grammar::check(&document, kind).map_err(|what| {
        ObsError::new(
            400,
            malformed,
            format!("The XML you provided was not well-formed or did not validate against our published schema: {what}"),
        )
    })?;
    if setting.many && document.get("Id") != call.query("id") {
        return Err(ObsError::new(400, malformed, "The id of the document is not that of the request."));
    }
    (setting.apply)(bucket, &document)?;
    Ok(document)
}

fn read_json(call: &Call<'_>, setting: &Setting, bucket: &Bucket) -> Result<Document, ObsError> {
    let Form::Json { member, malformed } = setting.form else {
        return Err(ObsError::method_not_allowed(&call.request.method));
    };
    let bytes = call.body_bytes()?;
    let document: serde_json::Value = serde_json::from_slice(&bytes)
        .map_err(|error| ObsError::new(400, malformed, format!("The document is not JSON: {error}")))?;
    if document.get(member).is_none() {
        return Err(ObsError::new(400, malformed, format!("The document has no member {member}.")));
    }
    if setting.sub == "policy" && bucket.blocks("BlockPublicPolicy") && policy_is_public(&document) {
        return Err(ObsError::access_denied());
    }
    Ok(Document::Raw { bytes, content_type: "application/json" })
}

pub(crate) fn get(call: &Call<'_>, state: &State) -> Outcome {
    let setting = setting_of(call)?;
    let bucket = state.bucket(call.bucket())?;
    if setting.many && call.query("id").is_none() {
        return Ok(list(call, bucket, setting));
    }
    let default;
    let document = match (bucket.documents.get(&address(call, setting)?), setting.missing) {
        (Some(Document::Raw { bytes, content_type }), _) => {
            return Ok(Response::bytes(200, content_type, bytes.clone()));
        }
        (Some(Document::Xml(document)), _) => document,
        (None, Missing::Error(code, message)) => {
            return Err(ObsError::new(404, code, message).detail("BucketName", call.bucket()));
        }
        (None, Missing::Default(build)) => {
            default = build(bucket);
            &default
        }
    };
    let document = translate::to_dialect(document, call.dialect()).to_document(call.dialect());
    Ok(Response::bytes(200, "application/xml", document))
}

/// All documents of a kind of which there may be many.
fn list(call: &Call<'_>, bucket: &Bucket, setting: &Setting) -> Response {
    let root = format!("List{}sResult", setting.names[1].trim_start_matches("GetBucket"));
    let mut answer = Writer::root(&root, call.dialect());
    for ((sub, _), document) in &bucket.documents {
        if let (true, Document::Xml(document)) = (*sub == setting.sub, document) {
            answer.element(&translate::to_dialect(document, call.dialect()));
        }
    }
    answer.close(&root);
    Response::xml(answer)
}

pub(crate) fn delete(call: &Call<'_>, state: &mut State) -> Outcome {
    let setting = setting_of(call)?;
    let address = address(call, setting)?;
    let removed = state.bucket_mut(call.bucket())?.documents.remove(&address);
    match (removed, setting.missing) {
        (None, Missing::Error(code, message)) if setting.many => {
            Err(ObsError::new(404, code, message).detail("BucketName", call.bucket()))
        }
        _ => Ok(Response::empty(204)),
    }
}
