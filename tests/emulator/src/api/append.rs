//! Appendable objects.

use crate::api::call::Call;
use crate::api::put::{new_object, store_object};
use crate::errors::{ObsError, Outcome};
use crate::exchange::Response;
use crate::store::State;
use crate::store::digest::{crc64_combine, hex, md5_of};
use crate::store::object::Object;

const MOST_APPENDS: u32 = 10_000;

pub(crate) fn append(call: &Call<'_>, state: &mut State) -> Outcome {
    let position: u64 = call.number("position")?.ok_or_else(|| ObsError::invalid_argument("position", ""))?;
    call.check_crc64(call.digests.crc64)?;
    let bucket = state.bucket(call.bucket())?;
    bucket.check_quota(call.body.len())?;
    let existing = bucket.object(call.key(), None).ok();
    check(call, existing.map(|(_, object)| object), position)?;
    match existing {
        None => {
            let object = Object { appends: Some(1), ..new_object(call, bucket)? };
            let answer = answer(call, &object);
            let version = store_object(call, state, object)?;
            Ok(answer.with_some(call.own_name("version-id"), version))
        }
        Some(_) => {
            let bucket = state.bucket_mut(call.bucket())?;
            bucket.version_mut(call.key(), None)?.modified = call.now();
            let object = bucket.object_mut(call.key(), None)?;
            extend(call, object);
            Ok(answer(call, object))
        }
    }
}

fn check(call: &Call<'_>, existing: Option<&Object>, position: u64) -> Result<(), ObsError> {
    let len = existing.map_or(0, |object| object.data.len());
    if let Some(object) = existing {
        if object.appends.is_none_or(|appends| appends >= MOST_APPENDS) {
            return Err(ObsError::new(409, "ObjectNotAppendable", "The object is not appendable"));
        }
        object.encryption.unlock(call.customer_key("")?.as_ref())?;
    }
    if position == len {
        return Ok(());
    }
    Err(ObsError::new(
        409,
        "PositionNotEqualToLength",
        "The value of position does not match the length of the current object.",
    )
    .header("x-obs-next-append-position", len.to_string()))
}

/// Puts the body behind the object. The ETag is a chain: it says that something changed, not what the bytes are.
fn extend(call: &Call<'_>, object: &mut Object) {
    let appends = object.appends.unwrap_or(0) + 1;
    let chain = [object.etag.as_bytes(), &call.digests.md5].concat();
    object.data.append(&call.body);
    object.crc64 = crc64_combine(object.crc64, call.digests.crc64, call.body.len());
    object.etag = format!("\"{}-{appends}\"", hex(&md5_of(&chain)));
    object.appends = Some(appends);
}

fn answer(call: &Call<'_>, object: &Object) -> Response {
    Response::empty(200)
        .with("ETag", object.etag.clone())
        .with("x-obs-next-append-position", object.data.len().to_string())
        .with_all([call.crc64_header(object.crc64)])
        .with_all(object.encryption.headers(call.dialect()))
}
