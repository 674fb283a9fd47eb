//! Downloads and properties of objects.

use obs_core::object::{GetObjectOutput, ObjectMetadata};
use obs_core::{ByteRange, Conditions, Error, Operation, Request};
use serde_json::{Value, json};

use super::result::{cors, crc64, merge, sse};
use super::{Call, Outcome, Shape, With};
use crate::args::{self, Members, Result};
use crate::compare::result::buffer;

pub fn conditions<O: Operation + AsMut<Conditions>>(
    request: Request<O>,
    headers: &Members<'_>,
) -> Result<Request<O>> {
    Ok(request
        .with(headers.filled("if_match")?, |r, etag| r.if_match(etag))
        .with(headers.filled("if_none_match")?, |r, etag| r.if_none_match(etag))
        .with(args::http_date(headers, "if_modified_since")?, |r, time| r.if_modified_since(time))
        .with(args::http_date(headers, "if_unmodified_since")?, |r, time| r.if_unmodified_since(time)))
}

/// What all answers about an object have in common.
pub fn properties(object: &ObjectMetadata, shape: Shape) -> Value {
    let common = json!({
        "contentLength": object.content_length,
        "contentType": object.content_type,
        "etag": object.etag,
        "lastModified": object.last_modified,
        "storageClass": shape.class(object.storage_class.as_ref()),
        "versionId": object.version_id,
        "expiration": object.expiration,
        "restore": object.restore,
        "websiteRedirectLocation": object.website_redirect_location,
        "crc64": crc64(object.crc64),
    });
    merge(merge(common, sse(&object.sse)), cors(&object.cors))
}

/// With what can be said of an object that can be appended to.
pub fn properties_with_append(object: &ObjectMetadata, shape: Shape) -> Value {
    let position = object.next_position.filter(|_| object.is_appendable);
    merge(properties(object, shape), json!({"isAppendable": object.is_appendable, "nextPosition": position}))
}

pub fn get_object(call: &Call<'_>) -> Result<Outcome> {
    let get = call.args.object_or_empty("getObjectRequest")?;
    let headers = call.args.object_or_empty("headers")?;
    let in_memory = call.args.flag("loadStreamInMemory")?;
    // The SDK compares the checksum whenever the server gives one.
    call.args.flag("isAttachCrc64")?;
    let request = call
        .bucket()?
        .get_object(call.key()?)
        .with(get.filled("content_type")?, |r, v| r.response_content_type(v))
        .with(get.filled("content_language")?, |r, v| r.response_content_language(v))
        .with(get.filled("expires")?, |r, v| r.response_expires(v))
        .with(get.filled("cache_control")?, |r, v| r.response_cache_control(v))
        .with(get.filled("content_disposition")?, |r, v| r.response_content_disposition(v))
        .with(get.filled("content_encoding")?, |r, v| r.response_content_encoding(v))
        .with(get.filled("versionId")?, |r, v| r.version_id(v))
        .with(get.filled("imageProcess")?, |r, v| r.image_process(v))
        .with(headers.filled("range")?, |r, v| r.range(ByteRange::raw(v)))
        .with(headers.filled("origin")?, |r, v| r.origin(v))
        .with(headers.filled("requestHeaders")?, |r, v| r.request_headers(v))
        .with(args::sse(&headers, "sseHeader")?, |r, v| r.sse(v));
    call.send(conditions(request, &headers)?, |output, shape| downloaded(output, shape, in_memory))
}

fn downloaded(
    output: &mut GetObjectOutput,
    shape: Shape,
    in_memory: bool,
) -> std::result::Result<Value, Error> {
    let bytes = output.bytes()?;
    let object: &ObjectMetadata = output;
    let own = json!({
        "buffer": if in_memory { buffer(&bytes) } else { Value::Null },
        "size": in_memory.then_some(bytes.len()),
        "cacheControl": object.cache_control,
        "contentDisposition": object.content_disposition,
        "contentEncoding": object.content_encoding,
        "contentLanguage": object.content_language,
        "expires": object.expires,
    });
    Ok(merge(properties(object, shape), own))
}

pub fn get_object_metadata(call: &Call<'_>) -> Result<Outcome> {
    let request = call
        .bucket()?
        .get_object_metadata(call.key()?)
        .with(call.args.filled("versionId")?, |r, v| r.version_id(v))
        .with(args::sse(&call.args, "sseHeader")?, |r, v| r.sse(v))
        .with(call.args.filled("origin")?, |r, v| r.origin(v))
        .with(call.args.filled("requestHeaders")?, |r, v| r.request_headers(v));
    call.send(request, |output, shape| Ok(properties_with_append(output, shape)))
}

pub fn head_object(call: &Call<'_>) -> Result<Outcome> {
    let request = call.bucket()?.head_object(call.key()?);
    call.send_for_nothing(request.with(call.args.filled("versionId")?, |r, v| r.version_id(v)))
}
