//! Image processing with a place for the result. The picture is not worked on: it is stored as it is.

use crate::api::access::{on_bucket, on_object};
use crate::api::call::Call;
use crate::errors::{ObsError, Outcome};
use crate::exchange::Response;
use crate::store::State;
use crate::store::acl::{Acl, Permission};
use crate::store::object::{Object, Version, VersionState};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::json;

/// `GET ?x-image-process=…&x-image-save-object=name&x-image-save-bucket=name`, both names in base64.
pub(crate) fn save(call: &Call<'_>, state: &mut State) -> Outcome {
    if call.query("x-image-process").is_none() {
        return Err(ObsError::invalid_argument("x-image-process", ""));
    }
    let key = decoded(call, "x-image-save-object")?
        .filter(|key| !key.is_empty())
        .ok_or_else(|| ObsError::invalid_argument("x-image-save-object", ""))?;
    let target = decoded(call, "x-image-save-bucket")?.unwrap_or_else(|| call.bucket().to_owned());
    let caller = &call.request.caller;

    let source = state.bucket(call.bucket())?;
    on_object(source, caller, call.key(), call.version_id(), Permission::Read, "GetObject")?;
    let (_, object) = source.object(call.key(), call.version_id())?;
    object.encryption.unlock(call.customer_key("")?.as_ref())?;
    let object = Object { acl: Acl::private(call.account()), ..object.clone() };
    let size = object.data.len();

    let fresh = state.next_id("G001", call.now());
    let bucket = state.bucket_mut(&target)?;
    if !on_bucket(bucket, caller, &key, Permission::Write, "PutObject") {
        return Err(ObsError::access_denied());
    }
    bucket.check_quota(size)?;
    let version = Version {
        id: bucket.version_id(fresh),
        modified: call.now(),
        owner: call.account().to_owned(),
        state: VersionState::Object(Box::new(object)),
    };
    bucket.add_version(&key, version);
    let answer = json!({ "bucket": target, "object": key, "fileSize": size, "status": "OK" });
    Ok(Response::bytes(200, "application/json", answer.to_string().into_bytes()))
}

fn decoded(call: &Call<'_>, name: &str) -> Result<Option<String>, ObsError> {
    let Some(text) = call.query(name) else { return Ok(None) };
    let bytes = STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok();
    let decoded = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.map(Some).ok_or_else(|| ObsError::invalid_argument(name, text))
}
