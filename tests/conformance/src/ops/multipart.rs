//! Uploads in parts.

use obs_core::multipart::CompletedPart;
use obs_core::{ByteRange, CopySource};
use serde_json::json;

use super::result::{common_prefixes, crc64, merge, sse, time};
use super::upload::{grants, metadata};
use super::{Call, Outcome, With};
use crate::args::{self, Result};

/// `encoding-type=url` is what the SDK asks for by itself; the recorded calls only where they say so.
pub fn encodes_keys(encoding_type: Option<String>) -> bool {
    encoding_type.as_deref() == Some("url")
}

pub fn initiate(call: &Call<'_>) -> Result<Outcome> {
    let given = &call.args;
    let request = call
        .bucket()?
        .initiate_multipart_upload(call.key()?)
        .encode_keys(encodes_keys(given.filled("encoding_type")?))
        .metadata_all(metadata(given)?)
        .with(given.filled("acl")?, |r, acl| r.acl(acl))
        .with(given.filled("storageClass")?, |r, class| r.storage_class(class))
        .with(given.filled("websiteRedirectLocation")?, |r, v| r.website_redirect_location(v))
        .with(given.filled("contentType")?, |r, kind| r.content_type(kind))
        .with(args::sse(given, "sseHeader")?, |r, sse| r.sse(sse))
        .with(given.number::<u32>("expires")?, |r, days| r.expires(days))
        .with_all(grants(given, "extensionGrants")?, |r, (permission, id)| r.grant(permission, id));
    call.send(request, |output, _| {
        Ok(merge(
            json!({
                "bucketName": output.bucket,
                "objectKey": output.key,
                "uploadId": output.upload_id,
                "encoding_type": output.encoding_type,
            }),
            sse(&output.sse),
        ))
    })
}

pub fn upload_part(call: &Call<'_>) -> Result<Outcome> {
    let given = &call.args;
    // Two names for the same; both are looked at so that neither is unknown.
    let (object, content) = (given.value("object"), given.value("content"));
    // Whether it is a file shows by itself.
    given.flag("isFile")?;
    let source = call.scratch.source(content.or(object))?;
    let stretch = source.stretch(given.number("offset")?.unwrap_or(0), given.number("partSize")?)?;
    let (id, number) = (given.required("uploadId")?, given.required_number("partNumber")?);
    let request = call
        .bucket()?
        .upload_part(call.key()?, id, number, stretch)
        .with(args::sse(given, "sseHeader")?, |r, sse| r.sse(sse))
        .with(given.filled("md5")?, |r, md5| r.content_md5(md5))
        .with(given.number::<u64>("crc64")?, |r, crc64| r.crc64(crc64))
        .when(given.flag("isAttachMd5")?, |r| r.attach_md5())
        .when(given.flag("isAttachCrc64")?, |r| r.attach_crc64());
    call.send(request, |output, _| {
        Ok(merge(json!({"etag": output.etag, "crc64": crc64(output.crc64)}), sse(&output.sse)))
    })
}

pub fn copy_part(call: &Call<'_>) -> Result<Outcome> {
    let given = &call.args;
    let (id, number) = (given.required("uploadId")?, given.required_number("partNumber")?);
    let source = CopySource::from_path(given.required("copySource")?);
    let request = call
        .bucket()?
        .copy_part(call.key()?, id, number, source)
        .with(given.filled("copySourceRange")?, |r, range| r.source_range(ByteRange::raw(range)))
        .with(args::sse(given, "destSseHeader")?, |r, sse| r.sse(sse))
        .with(args::sse_c(given, "sourceSseHeader")?, |r, sse| r.source_sse(sse));
    call.send(request, |output, _| {
        let modified = time(output.last_modified);
        Ok(merge(
            json!({"lastModified": modified, "modifiedDate": modified, "etag": output.etag, "crc64": crc64(output.crc64)}),
            sse(&output.sse),
        ))
    })
}

pub fn complete(call: &Call<'_>) -> Result<Outcome> {
    let given = &call.args;
    let mut parts = Vec::new();
    for part in given.required_object("completeMultipartUploadRequest")?.objects("parts")? {
        let crc64 = part.number::<u64>("crc64")?;
        let size = part.number::<u64>("size")?;
        let part = CompletedPart::new(part.required_number("partNum")?, part.required("etag")?);
        parts.push((part, crc64.zip(size)));
    }
    // The checksum of the whole, from those of the parts.
    let whole = given.flag("isAttachCrc64")?.then(|| {
        let mut sorted: Vec<_> = parts.iter().collect();
        sorted.sort_by_key(|(part, _)| part.part_number);
        sorted.into_iter().try_fold(0, |whole, (_, known)| {
            known.map(|(crc64, size)| obs_core::checksum::combine(whole, crc64, size))
        })
    });
    let request = call
        .bucket()?
        .complete_multipart_upload(
            call.key()?,
            given.required("uploadId")?,
            parts.into_iter().map(|(part, _)| part),
        )
        .encode_keys(encodes_keys(given.filled("encoding_type")?))
        .with(whole.flatten(), |r, crc64| r.crc64(crc64));
    call.send(request, |output, _| {
        Ok(merge(
            json!({
                "location": output.location,
                "bucket": output.bucket,
                "key": output.key,
                "etag": output.etag,
                "versionId": output.version_id,
                "encoding_type": output.encoding_type,
                "crc64": crc64(output.crc64),
                "objectUrl": output.object_url,
            }),
            sse(&output.sse),
        ))
    })
}

pub fn abort(call: &Call<'_>) -> Result<Outcome> {
    let id = call.args.required("uploadId")?;
    call.send_for_nothing(call.bucket()?.abort_multipart_upload(call.key()?, id))
}

pub fn list_parts(call: &Call<'_>) -> Result<Outcome> {
    let given = &call.args;
    let request = call
        .bucket()?
        .list_parts(call.key()?, given.required("uploadId")?)
        .encode_keys(encodes_keys(given.filled("encoding_type")?))
        .with(given.number::<u32>("maxParts")?, |r, count| r.max_parts(count))
        .with(given.number::<u32>("partNumberMarker")?, |r, number| r.part_number_marker(number));
    call.send(request, |output, shape| {
        let parts: Vec<_> = output
            .parts
            .iter()
            .map(|part| {
                json!({
                    "partNumber": part.part_number,
                    "lastModified": time(part.last_modified),
                    "etag": part.etag,
                    "size": part.size,
                })
            })
            .collect();
        Ok(json!({
            "bucketName": output.bucket,
            "objectKey": output.key,
            "uploadId": output.upload_id,
            "initiator": shape.initiator(output.initiator.as_ref()),
            "owner": shape.owner(output.owner.as_ref()),
            "storageClass": shape.class(output.storage_class.as_ref()),
            "partNumberMarker": output.part_number_marker,
            "nextPartNumberMarker": output.next_part_number_marker,
            // maxParts is never recorded: the recorder loses it.
            "isTruncated": output.is_truncated,
            "encoding_type": output.encoding_type,
            "parts": parts,
        }))
    })
}

pub fn list_multipart_uploads(call: &Call<'_>) -> Result<Outcome> {
    let given = call.args.object_or_empty("multipart")?;
    let request = call
        .bucket()?
        .list_multipart_uploads()
        .encode_keys(encodes_keys(call.args.filled("encoding_type")?))
        .with(given.filled("prefix")?, |r, v| r.prefix(v))
        .with(given.filled("delimiter")?, |r, v| r.delimiter(v))
        .with(given.number::<u32>("max_uploads")?, |r, v| r.max_uploads(v))
        .with(given.filled("key_marker")?, |r, v| r.key_marker(v))
        .with(given.filled("upload_id_marker")?, |r, v| r.upload_id_marker(v));
    call.send(request, |output, shape| {
        let uploads: Vec<_> = output
            .uploads
            .iter()
            .map(|upload| {
                json!({
                    "key": upload.key,
                    "uploadId": upload.upload_id,
                    "initiator": shape.initiator(upload.initiator.as_ref()),
                    "owner": shape.owner(upload.owner.as_ref()),
                    "storageClass": shape.class(upload.storage_class.as_ref()),
                    "initiated": time(upload.initiated),
                })
            })
            .collect();
        Ok(json!({
            "bucket": output.bucket,
            "keyMarker": output.key_marker,
            "uploadIdMarker": output.upload_id_marker,
            "nextKeyMarker": output.next_key_marker,
            "nextUploadIdMarker": output.next_upload_id_marker,
            "maxUploads": output.max_uploads,
            "isTruncated": output.is_truncated,
            "prefix": output.prefix,
            "delimiter": output.delimiter,
            "encoding_type": output.encoding_type,
            "upload": uploads,
            "commonPrefixs": common_prefixes(&output.common_prefixes),
        }))
    })
}
