//! Operations on buckets.

use serde_json::json;

use super::result::{cors, time};
use super::upload::grants;
use super::{Call, Outcome, With};
use crate::args::Result;

pub fn create_bucket(call: &Call<'_>) -> Result<Outcome> {
    let header = call.args.object_or_empty("header")?;
    let request = call
        .bucket()?
        .create_bucket()
        .with(call.args.filled("location")?, |r, v| r.location(v))
        .with(header.filled("aclControl")?, |r, v| r.acl(v))
        .with(header.filled("storageClass")?, |r, v| r.storage_class(v))
        .with(header.filled("availableZone")?, |r, v| r.available_zone(v))
        .with(header.filled("epid")?, |r, v| r.epid(v))
        .when(header.flag("isPFS")?, |r| r.parallel_file_system())
        .with(header.filled("redundancy")?, |r, v| r.redundancy(v))
        .with(header.bool("isFusionAllowUpgrade")?, |r, v| r.fusion_allow_upgrade(v))
        .with(header.bool("isFusionAllowAlternative")?, |r, v| r.fusion_allow_alternative(v))
        .with_all(grants(&header, "extensionGrants")?, |r, (permission, id)| r.grant(permission, id));
    call.send_for_nothing(request)
}

pub fn list_buckets(call: &Call<'_>) -> Result<Outcome> {
    let given = &call.args;
    // Not given means yes, null means no.
    let query_location = match given.given("isQueryLocation") {
        Some(value) if value.is_null() => false,
        _ => given.bool("isQueryLocation")?.unwrap_or(true),
    };
    let request = call
        .client
        .list_buckets()
        .query_location(query_location)
        .with(given.filled("bucketType")?, |r, v| r.bucket_type(v))
        .with(given.number::<u32>("maxKeys")?, |r, v| r.max_keys(v))
        .with(given.filled("marker")?, |r, v| r.marker(v));
    call.send(request, |output, shape| {
        let buckets: Vec<_> = output
            .buckets
            .iter()
            .map(|bucket| {
                json!({
                    "name": bucket.name,
                    "create_date": time(bucket.creation_date),
                    "location": bucket.location,
                    "bucket_type": bucket.bucket_type,
                })
            })
            .collect();
        Ok(json!({
            "buckets": buckets,
            "owner": shape.owner(output.owner.as_ref()),
            // maxKeys and isTruncated are never recorded: the recorder loses them.
            "marker": output.marker,
            "nextMarker": output.next_marker,
        }))
    })
}

pub fn head_bucket(call: &Call<'_>) -> Result<Outcome> {
    call.send_for_nothing(call.bucket()?.head_bucket())
}

pub fn delete_bucket(call: &Call<'_>) -> Result<Outcome> {
    call.send_for_nothing(call.bucket()?.delete_bucket())
}

pub fn options_bucket(call: &Call<'_>) -> Result<Outcome> {
    let option = call.args.required_object("option")?;
    let request = call
        .bucket()?
        .options_bucket(option.required("origin")?)
        .with_all(option.texts("accessControlRequestMethods")?, |r, v| r.request_method(v))
        .with_all(option.texts("accessControlRequestHeaders")?, |r, v| r.request_header(v));
    call.send(request, |output, _| Ok(cors(output)))
}

pub fn options_object(call: &Call<'_>) -> Result<Outcome> {
    let option = call.args.required_object("option")?;
    let request = call
        .bucket()?
        .options_object(call.key()?, option.required("origin")?)
        .with_all(option.texts("accessControlRequestMethods")?, |r, v| r.request_method(v))
        .with_all(option.texts("accessControlRequestHeaders")?, |r, v| r.request_header(v));
    call.send(request, |output, _| Ok(cors(output)))
}
