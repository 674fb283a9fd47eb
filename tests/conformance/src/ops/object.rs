//! Operations on objects that move no bytes.

use obs_core::CopySource;
use obs_core::object::{ObjectId, RestoreObjectOutput};
use serde_json::{Value, json};

use super::multipart::encodes_keys;
use super::read::{conditions, properties_with_append};
use super::result::{common_prefixes, merge, sse, time};
use super::upload::{grants, metadata};
use super::{Call, Outcome, With};
use crate::args::{self, Result};

pub fn delete_object(call: &Call<'_>) -> Result<Outcome> {
    let request = call.bucket()?.delete_object(call.key()?);
    let request = request.with(call.args.filled("versionId")?, |r, v| r.version_id(v));
    call.send(request, |output, _| {
        Ok(json!({"deleteMarker": output.delete_marker, "versionId": output.version_id}))
    })
}

pub fn delete_objects(call: &Call<'_>) -> Result<Outcome> {
    let given = call.args.required_object("deleteObjectsRequest")?;
    let mut objects = Vec::new();
    for object in given.objects("objects")? {
        let id = ObjectId::new(object.required("key")?);
        objects.push(id.with(object.filled("versionId")?, |id, v| id.version_id(v)));
    }
    let request = call
        .bucket()?
        .delete_objects(objects)
        .encode_keys(encodes_keys(given.filled("encoding_type")?))
        .with(given.bool("quiet")?, |r, quiet| r.quiet(quiet));
    call.send(request, |output, _| {
        let deleted: Vec<_> = output
            .deleted
            .iter()
            .map(|object| {
                json!({
                    "key": object.key,
                    "versionId": object.version_id,
                    "deleteMarker": object.delete_marker,
                    "deleteMarkerVersionId": object.delete_marker_version_id,
                })
            })
            .collect();
        let errors: Vec<_> = output
            .errors
            .iter()
            .map(|e| json!({"key": e.key, "versionId": e.version_id, "code": e.code, "message": e.message}))
            .collect();
        Ok(json!({"deleted": deleted, "error": errors, "encoding_type": output.encoding_type}))
    })
}

pub fn copy_object(call: &Call<'_>) -> Result<Outcome> {
    let given = &call.args;
    let headers = given.object_or_empty("headers")?;
    let source = CopySource::new(given.required("sourceBucketName")?, given.required("sourceObjectKey")?)
        .with(given.filled("versionId")?, |s, id| s.version_id(id))
        .with(args::sse_c(&headers, "sourceSseHeader")?, |s, sse| s.sse(sse));
    let request = call
        .client
        .bucket(given.required("destBucketName")?)
        .copy_object(given.required("destObjectKey")?, source)
        .metadata_all(metadata(given)?)
        .with(headers.filled("directive")?, |r, v| r.metadata_directive(v))
        .with(headers.filled("acl")?, |r, v| r.acl(v))
        .with(headers.filled("location")?, |r, v| r.website_redirect_location(v))
        .with(args::sse(&headers, "destSseHeader")?, |r, v| r.sse(v))
        .with(headers.filled("cacheControl")?, |r, v| r.cache_control(v))
        .with(headers.filled("contentDisposition")?, |r, v| r.content_disposition(v))
        .with(headers.filled("contentEncoding")?, |r, v| r.content_encoding(v))
        .with(headers.filled("contentLanguage")?, |r, v| r.content_language(v))
        .with(headers.filled("contentType")?, |r, v| r.content_type(v))
        .with(headers.filled("expires")?, |r, v| r.http_expires(v))
        .with(headers.number::<u64>("crc64")?, |r, v| r.crc64(v))
        .with(headers.filled("storageClass")?, |r, v| r.storage_class(v))
        .with(headers.filled("successActionRedirect")?, |r, v| r.success_action_redirect(v))
        .with_all(grants(&headers, "extensionGrants")?, |r, (permission, id)| r.grant(permission, id));
    call.send(conditions(request, &headers)?, |output, _| {
        Ok(merge(
            json!({
                "lastModified": time(output.last_modified),
                "etag": output.etag,
                "versionId": output.version_id,
                "copySourceVersionId": output.copy_source_version_id,
            }),
            sse(&output.sse),
        ))
    })
}

pub fn restore_object(call: &Call<'_>) -> Result<Outcome> {
    let request = call
        .bucket()?
        .restore_object(call.key()?, call.args.required_number("days")?)
        .with(call.args.filled("tier")?, |r, tier| r.tier(tier))
        .with(call.args.filled("versionId")?, |r, id| r.version_id(id));
    // The status tells which of the two it was; the recorded result has nothing beside it.
    call.send(request, |_: &mut RestoreObjectOutput, _| Ok(Value::Null))
}

pub fn list_objects(call: &Call<'_>) -> Result<Outcome> {
    let given = &call.args;
    let request = call
        .bucket()?
        .list_objects()
        .encode_keys(encodes_keys(given.filled("encoding_type")?))
        .with(given.filled("prefix")?, |r, v| r.prefix(v))
        .with(given.filled("marker")?, |r, v| r.marker(v))
        .with(given.number::<u32>("max_keys")?, |r, v| r.max_keys(v))
        .with(given.filled("delimiter")?, |r, v| r.delimiter(v));
    call.send(request, |output, shape| {
        let contents: Vec<_> = output
            .contents
            .iter()
            .map(|object| {
                json!({
                    "key": object.key,
                    "lastModified": time(object.last_modified),
                    "etag": object.etag,
                    "size": object.size,
                    "owner": shape.owner(object.owner.as_ref()),
                    "storageClass": shape.class(object.storage_class.as_ref()),
                    "isAppendable": object.is_appendable,
                })
            })
            .collect();
        Ok(json!({
            "name": output.name,
            "location": output.location,
            "prefix": output.prefix,
            "marker": output.marker,
            "delimiter": output.delimiter,
            "max_keys": output.max_keys,
            "is_truncated": output.is_truncated,
            "next_marker": output.next_marker,
            "encoding_type": output.encoding_type,
            "contents": contents,
            "commonPrefixs": common_prefixes(&output.common_prefixes),
        }))
    })
}

pub fn list_versions(call: &Call<'_>) -> Result<Outcome> {
    let given = call.args.object_or_empty("version")?;
    let request = call
        .bucket()?
        .list_versions()
        .encode_keys(encodes_keys(given.filled("encoding_type")?))
        .with(given.filled("prefix")?, |r, v| r.prefix(v))
        .with(given.filled("key_marker")?, |r, v| r.key_marker(v))
        .with(given.number::<u32>("max_keys")?, |r, v| r.max_keys(v))
        .with(given.filled("delimiter")?, |r, v| r.delimiter(v))
        .with(given.filled("version_id_marker")?, |r, v| r.version_id_marker(v));
    call.send(request, |output, shape| {
        let versions: Vec<_> = output
            .versions()
            .map(|object| {
                json!({
                    "key": object.key,
                    "versionId": object.version_id,
                    "isLatest": object.is_latest,
                    "lastModified": time(object.last_modified),
                    "etag": object.etag,
                    "size": object.size,
                    "owner": shape.owner(object.owner.as_ref()),
                    "storageClass": shape.class(object.storage_class.as_ref()),
                    "isAppendable": object.is_appendable,
                })
            })
            .collect();
        let markers: Vec<_> = output
            .delete_markers()
            .map(|marker| {
                json!({
                    "key": marker.key,
                    "versionId": marker.version_id,
                    "isLatest": marker.is_latest,
                    "lastModified": time(marker.last_modified),
                    "owner": shape.owner(marker.owner.as_ref()),
                })
            })
            .collect();
        Ok(json!({
            "head": {
                "name": output.name,
                "location": output.location,
                "prefix": output.prefix,
                "delimiter": output.delimiter,
                "keyMarker": output.key_marker,
                "versionIdMarker": output.version_id_marker,
                "nextKeyMarker": output.next_key_marker,
                "nextVersionIdMarker": output.next_version_id_marker,
                "maxKeys": output.max_keys,
                "isTruncated": output.is_truncated,
                "encoding_type": output.encoding_type,
            },
            "versions": versions,
            "markers": markers,
            "commonPrefixs": common_prefixes(&output.common_prefixes),
        }))
    })
}

pub fn set_object_metadata(call: &Call<'_>) -> Result<Outcome> {
    let headers = call.args.object_or_empty("headers")?;
    let request = call
        .bucket()?
        .set_object_metadata(call.key()?)
        .metadata_all(metadata(&call.args)?)
        .with(call.args.filled("versionId")?, |r, v| r.version_id(v))
        .with(headers.filled("cacheControl")?, |r, v| r.cache_control(v))
        .with(headers.filled("contentDisposition")?, |r, v| r.content_disposition(v))
        .with(headers.filled("contentEncoding")?, |r, v| r.content_encoding(v))
        .with(headers.filled("contentLanguage")?, |r, v| r.content_language(v))
        .with(headers.filled("contentType")?, |r, v| r.content_type(v))
        .with(headers.filled("expires")?, |r, v| r.http_expires(v))
        .with(headers.filled("storageClass")?, |r, v| r.storage_class(v))
        .with(headers.filled("location")?, |r, v| r.website_redirect_location(v))
        .with(headers.bool("removeUnset")?, |r, v| r.remove_unset(v));
    call.send(request, |output, shape| Ok(properties_with_append(output, shape)))
}
