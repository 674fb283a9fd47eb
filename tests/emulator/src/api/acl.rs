//! Access control lists of buckets and objects: set and get.

use crate::api::call::Call;
use crate::api::put::request_acl;
use crate::api::tagging::version_told;
use crate::errors::{ObsError, Outcome};
use crate::exchange::Response;
use crate::store::State;
use crate::store::acl::Acl;

pub(crate) fn put_bucket(call: &Call<'_>, state: &mut State) -> Outcome {
    let bucket = state.bucket_mut(call.bucket())?;
    let acl = requested(call, &bucket.acl.owner, &bucket.owner)?;
    if acl.is_public() && bucket.blocks("BlockPublicAcls") {
        return Err(ObsError::access_denied());
    }
    bucket.acl = acl;
    Ok(Response::empty(200))
}

pub(crate) fn put_object(call: &Call<'_>, state: &mut State) -> Outcome {
    let bucket = state.bucket_mut(call.bucket())?;
    let (owner, blocked) = (bucket.owner.clone(), bucket.blocks("BlockPublicAcls"));
    let object = bucket.object_mut(call.key(), call.version_id())?;
    let acl = requested(call, &object.acl.owner, &owner)?;
    if acl.is_public() && blocked {
        return Err(ObsError::access_denied());
    }
    object.acl = acl;
    version_told(call, state, Response::empty(200))
}

/// The list of the body, or that of the headers.
fn requested(call: &Call<'_>, owner: &str, bucket_owner: &str) -> Result<Acl, ObsError> {
    if !call.body.is_empty() {
        return Acl::parse(&call.xml_body()?, owner);
    }
    let prefix = call.own_name("grant-");
    let grants = call.request.headers.iter().any(|(name, _)| name.starts_with(&prefix));
    if call.own("acl").is_none() && !grants {
        return Err(ObsError::new(
            400,
            "MissingSecurityHeader",
            "Your request was missing a required header: an ACL in a header or in the body.",
        ));
    }
    request_acl(call, owner, bucket_owner)
}

pub(crate) fn get_bucket(call: &Call<'_>, state: &State) -> Outcome {
    let acl = &state.bucket(call.bucket())?.acl;
    Ok(Response::bytes(200, "application/xml", acl.to_document(call.dialect(), false)))
}

pub(crate) fn get_object(call: &Call<'_>, state: &State) -> Outcome {
    let bucket = state.bucket(call.bucket())?;
    let (_, object) = bucket.object(call.key(), call.version_id())?;
    let document = object.acl.to_document(call.dialect(), true);
    version_told(call, state, Response::bytes(200, "application/xml", document))
}
