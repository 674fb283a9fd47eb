//! Uploads in one piece.

use obs_core::object::{PutObject, PutObjectOutput};
use obs_core::{Checks, Error, ObjectHeaders, Operation, Request, SseOption};
use serde_json::{Value, json};

use super::result::{crc64, merge, sse};
use super::{Call, Outcome, Shape, With};
use crate::args::{self, Members, Result, Unusable};

/// `x-obs-grant-…` by the name of the permission.
pub fn grants(members: &Members<'_>, name: &str) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for grant in members.objects(name)? {
        if let (Some(permission), Some(id)) = (grant.filled("permission")?, grant.filled("granteeId")?) {
            found.push((permission.to_ascii_lowercase().replace('_', "-"), id));
        }
    }
    Ok(found)
}

/// Metadata; what has no value is not given.
pub fn metadata(members: &Members<'_>) -> Result<Vec<(String, String)>> {
    Ok(members.pairs("metadata")?.into_iter().filter_map(|(name, value)| Some((name, value?))).collect())
}

/// What `PutObjectHeader` says of the object, beside checksums and length.
fn headers<O>(request: Request<O>, headers: &Members<'_>) -> Result<Request<O>>
where
    O: Operation + AsMut<ObjectHeaders> + AsMut<SseOption>,
{
    Ok(request
        .with(headers.filled("acl")?, |r, acl| r.acl(acl))
        .with(headers.filled("location")?, |r, location| r.website_redirect_location(location))
        .with(headers.filled("contentType")?, |r, kind| r.content_type(kind))
        .with(args::sse(headers, "sseHeader")?, |r, sse| r.sse(sse))
        .with(headers.filled("storageClass")?, |r, class| r.storage_class(class))
        .with(headers.filled("successActionRedirect")?, |r, url| r.success_action_redirect(url))
        .with(headers.number::<u32>("expires")?, |r, days| r.expires(days))
        .with_all(grants(headers, "extensionGrants")?, |r, (permission, id)| r.grant(permission, id)))
}

fn checks<O: Operation + AsMut<Checks>>(request: Request<O>, headers: &Members<'_>) -> Result<Request<O>> {
    Ok(request
        .with(headers.filled("md5")?, |r, md5| r.content_md5(md5))
        .with(headers.filled("sha256")?, |r, sha256| r.content_sha256(sha256))
        .with(headers.number::<u64>("crc64")?, |r, crc64| r.crc64(crc64))
        .when(headers.flag("isAttachCrc64")?, |r| r.attach_crc64()))
}

fn put(call: &Call<'_>, request: Request<PutObject>) -> Result<Outcome> {
    let given = call.args.object_or_empty("headers")?;
    let request = checks(headers(request, &given)?, &given)?
        .with(given.number::<u64>("contentLength")?, |r, length| r.content_length(length))
        .metadata_all(metadata(&call.args)?);
    call.send(request, written)
}

pub fn written(output: &mut PutObjectOutput, shape: Shape) -> std::result::Result<Value, Error> {
    Ok(merge(
        json!({
            "etag": output.etag,
            "versionId": output.version_id,
            "storageClass": shape.class(output.storage_class.as_ref()),
            "crc64": crc64(output.crc64),
            "objectUrl": output.object_url,
        }),
        sse(&output.sse),
    ))
}

pub fn put_content(call: &Call<'_>) -> Result<Outcome> {
    let content = call.scratch.source(call.args.value("content"))?.content();
    put(call, call.bucket()?.put_content(call.key()?, content))
}

pub fn put_object(call: &Call<'_>) -> Result<Outcome> {
    let content = call.scratch.source(call.args.value("content"))?.content();
    put(call, call.bucket()?.put_object(call.key()?, content))
}

pub fn put_file(call: &Call<'_>) -> Result<Outcome> {
    let file = call.args.value("file_path").ok_or_else(|| Unusable::new("file_path is missing"))?;
    let path = call.scratch.file(file)?;
    // Without a key the object is named as the file.
    let key = match call.args.filled("objectKey")? {
        Some(key) => key,
        None => path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default(),
    };
    put(call, call.bucket()?.put_file(key, path))
}

pub fn append_object(call: &Call<'_>) -> Result<Outcome> {
    let content = call.args.object_or_empty("content")?;
    let given = call.args.object_or_empty("headers")?;
    // Whether it is a file shows by itself.
    content.flag("isFile")?;
    let source = call.scratch.source(content.value("content"))?;
    let offset = content.number("offset")?.unwrap_or(0);
    let length = given.number::<u64>("contentLength")?;
    let stretch = source.stretch(offset, length)?;
    let position = content.number("position")?.unwrap_or(0);
    let request = call.bucket()?.append_object(call.key()?, position, stretch);
    let request = checks(headers(request, &given)?, &given)?.metadata_all(metadata(&call.args)?);
    call.send(request, |output, shape| {
        Ok(merge(
            json!({
                "etag": output.etag,
                "nextPosition": output.next_position,
                "storageClass": shape.class(output.storage_class.as_ref()),
                "crc64": crc64(output.crc64),
                "objectUrl": output.object_url,
            }),
            sse(&output.sse),
        ))
    })
}
