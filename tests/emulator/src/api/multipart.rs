//! Multipart uploads.

use crate::api::bucket::write_owner;
use crate::api::call::{Call, form_encode};
use crate::api::put::{new_object, store_object};
use crate::api::time::iso8601;
use crate::errors::{ObsError, Outcome};
use crate::exchange::Response;
use crate::store::State;
use crate::store::data::Data;
use crate::store::digest::{crc64_combine, hex, md5_of};
use crate::store::encryption::Encryption;
use crate::store::object::Object;
use crate::store::upload::{Part, Upload};
use crate::store::values::storage_class_in;
use crate::xml::Writer;
use std::collections::BTreeMap;

const MOST_PARTS: u32 = 10_000;
const MOST_PART_BYTES: u64 = 5 << 30;

pub(crate) fn initiate(call: &Call<'_>, state: &mut State) -> Outcome {
    let encoded = call.url_encoding()?;
    let template = new_object(call, state.bucket(call.bucket())?)?;
    let id = state.next_id("", call.now());
    let upload = Upload {
        initiated: call.now(),
        owner: call.account().to_owned(),
        properties: template.properties,
        acl: template.acl,
        encryption: template.encryption,
        tags: template.tags,
        parts: BTreeMap::new(),
    };
    let headers = upload.encryption.headers(call.dialect());
    let bucket = state.bucket_mut(call.bucket())?;
    bucket.uploads.insert((call.key().to_owned(), id.clone()), upload);

    let mut document = Writer::root("InitiateMultipartUploadResult", call.dialect());
    document.text("Bucket", call.bucket());
    write_key(&mut document, call, encoded);
    document.text("UploadId", &id);
    document.close("InitiateMultipartUploadResult");
    Ok(Response::xml(document).with_all(headers))
}

fn write_key(document: &mut Writer, call: &Call<'_>, encoded: bool) {
    if encoded {
        document.text("Key", &form_encode(call.key()));
        document.text("EncodingType", "url");
    } else {
        document.text("Key", call.key());
    }
}

fn address(call: &Call<'_>) -> (String, String) {
    (call.key().to_owned(), call.query("uploadId").unwrap_or_default().to_owned())
}

pub(crate) fn find<'a>(call: &Call<'_>, state: &'a State) -> Result<&'a Upload, ObsError> {
    let address = address(call);
    state.bucket(call.bucket())?.uploads.get(&address).ok_or_else(|| ObsError::no_such_upload(&address.1))
}

pub(crate) fn part_number(call: &Call<'_>) -> Result<u32, ObsError> {
    let number = call.number("partNumber")?.unwrap_or(0);
    if (1..=MOST_PARTS).contains(&number) {
        return Ok(number);
    }
    Err(ObsError::new(
        400,
        "InvalidArgument",
        "Part number must be an integer between 1 and 10000, inclusive",
    )
    .detail("ArgumentName", "partNumber")
    .detail("ArgumentValue", number.to_string()))
}

pub(crate) fn upload_part(call: &Call<'_>, state: &mut State) -> Outcome {
    let number = part_number(call)?;
    call.check_crc64(call.digests.crc64)?;
    let encryption = check_part(call, state, call.body.len())?;
    let part = Part {
        data: call.body.clone(),
        etag: call.etag(&encryption),
        md5: call.digests.md5,
        crc64: call.digests.crc64,
        modified: call.now(),
    };
    let response = Response::empty(200)
        .with("ETag", part.etag.clone())
        .with_all([call.crc64_header(part.crc64)])
        .with_all(encryption.headers(call.dialect()));
    add_part(call, state, number, part)?;
    Ok(response)
}

/// Whether a part of this length may be added; gives the encryption of the upload.
pub(crate) fn check_part(call: &Call<'_>, state: &State, len: u64) -> Result<Encryption, ObsError> {
    if len > MOST_PART_BYTES {
        return Err(ObsError::new(
            400,
            "EntityTooLarge",
            "Your proposed upload exceeds the maximum allowed object size.",
        ));
    }
    let upload = find(call, state)?;
    upload.encryption.unlock(call.customer_key("")?.as_ref())?;
    state.bucket(call.bucket())?.check_quota(len)?;
    Ok(upload.encryption.clone())
}

pub(crate) fn add_part(call: &Call<'_>, state: &mut State, number: u32, part: Part) -> Result<(), ObsError> {
    let address = address(call);
    let uploads = &mut state.bucket_mut(call.bucket())?.uploads;
    let upload = uploads.get_mut(&address).ok_or_else(|| ObsError::no_such_upload(&address.1))?;
    upload.parts.insert(number, part);
    Ok(())
}

pub(crate) fn complete(call: &Call<'_>, state: &mut State) -> Outcome {
    let encoded = call.url_encoding()?;
    let upload = find(call, state)?;
    let parts = chosen_parts(call, upload)?;
    let object = joined(upload, &parts);
    call.check_crc64(object.crc64)?;
    let (etag, crc64, encryption) = (object.etag.clone(), object.crc64, object.encryption.clone());
    let version = store_object(call, state, object)?;
    state.bucket_mut(call.bucket())?.uploads.remove(&address(call));

    let request = call.request;
    let location = if request.virtual_hosted {
        request.origin.replacen("://", &format!("://{}.", call.bucket()), 1)
    } else {
        format!("{}/{}", request.origin, call.bucket())
    };
    let mut document = Writer::root("CompleteMultipartUploadResult", call.dialect());
    document.text("Location", &format!("{location}/{}", call.key()));
    document.text("Bucket", call.bucket());
    write_key(&mut document, call, encoded);
    document.text("ETag", &etag);
    document.close("CompleteMultipartUploadResult");
    Ok(Response::xml(document)
        .with_some(call.own_name("version-id"), version)
        .with_all([call.crc64_header(crc64)])
        .with_all(encryption.headers(call.dialect())))
}

/// The parts that the request lists, checked against those that were uploaded.
fn chosen_parts<'a>(call: &Call<'_>, upload: &'a Upload) -> Result<Vec<&'a Part>, ObsError> {
    let document = call.xml_body()?;
    if document.name != "CompleteMultipartUpload" {
        return Err(ObsError::malformed_xml("The root element must be CompleteMultipartUpload."));
    }
    let mut parts: Vec<&Part> = Vec::new();
    let mut last_number = 0;
    for listed in document.all("Part") {
        let malformed = || ObsError::malformed_xml("A Part needs a PartNumber and an ETag.");
        let number: u32 =
            listed.get("PartNumber").and_then(|text| text.parse().ok()).ok_or_else(malformed)?;
        let etag = listed.get("ETag").ok_or_else(malformed)?;
        if number <= last_number {
            return Err(ObsError::new(
                400,
                "InvalidPartOrder",
                "The list of parts was not in ascending order. Parts list must be specified in order by part \
                 number.",
            ));
        }
        last_number = number;
        let same = |part: &&Part| part.etag.trim_matches('"') == etag.trim_matches('"');
        parts.push(upload.parts.get(&number).filter(same).ok_or_else(|| {
            ObsError::new(400, "InvalidPart", "One or more of the specified parts could not be found.")
                .detail("PartNumber", number.to_string())
                .detail("ETag", etag)
        })?);
    }
    let Some((_, all_but_last)) = parts.split_last() else {
        return Err(ObsError::malformed_xml("The list of parts is empty."));
    };
    if let Some(small) = all_but_last.iter().find(|part| part.data.len() < call.options.minimum_part_size) {
        return Err(ObsError::new(
            400,
            "EntityTooSmall",
            "Your proposed upload is smaller than the minimum allowed object size.",
        )
        .detail("ProposedSize", small.data.len().to_string())
        .detail("MinSizeAllowed", call.options.minimum_part_size.to_string()));
    }
    Ok(parts)
}

fn joined(upload: &Upload, parts: &[&Part]) -> Object {
    let mut data = Data::default();
    let (mut crc64, mut digests) = (0, Vec::with_capacity(parts.len() * 16));
    for part in parts {
        data.append(&part.data);
        crc64 = crc64_combine(crc64, part.crc64, part.data.len());
        digests.extend_from_slice(&part.md5);
    }
    if !upload.encryption.keeps_md5() {
        digests.extend_from_slice(upload.salt().as_bytes());
    }
    Object {
        data,
        etag: format!("\"{}-{}\"", hex(&md5_of(&digests)), parts.len()),
        crc64,
        properties: upload.properties.clone(),
        acl: upload.acl.clone(),
        encryption: upload.encryption.clone(),
        appends: None,
        tags: upload.tags.clone(),
        retention: None,
        restored: None,
        access_label: None,
    }
}

pub(crate) fn abort(call: &Call<'_>, state: &mut State) -> Outcome {
    let address = address(call);
    match state.bucket_mut(call.bucket())?.uploads.remove(&address) {
        Some(_) => Ok(Response::empty(204)),
        None => Err(ObsError::no_such_upload(&address.1)),
    }
}

pub(crate) fn list_parts(call: &Call<'_>, state: &State) -> Outcome {
    let encoded = call.url_encoding()?;
    let limit = call.page_limit("max-parts")?;
    let marker = call.number::<u32>("part-number-marker")?.unwrap_or(0);
    let upload = find(call, state)?;
    let mut rest = upload.parts.range(marker.saturating_add(1)..);
    let page: Vec<_> = rest.by_ref().take(limit).collect();
    let truncated = limit > 0 && rest.next().is_some();

    let mut document = Writer::root("ListPartsResult", call.dialect());
    document.text("Bucket", call.bucket());
    write_key(&mut document, call, encoded);
    document.text("UploadId", call.query("uploadId").unwrap_or_default());
    document.open("Initiator");
    document.text("ID", &upload.owner);
    document.close("Initiator");
    write_owner(&mut document, call, &upload.owner);
    document.text("StorageClass", storage_class_in(upload.properties.storage_class, call.dialect()));
    document.display("PartNumberMarker", marker);
    if let Some((last, _)) = page.last() {
        document.display("NextPartNumberMarker", last);
    }
    document.display("MaxParts", limit);
    document.display("IsTruncated", truncated);
    for (number, part) in page {
        document.open("Part");
        document.display("PartNumber", number);
        document.text("LastModified", &iso8601(part.modified));
        document.text("ETag", &part.etag);
        document.display("Size", part.data.len());
        document.close("Part");
    }
    document.close("ListPartsResult");
    Ok(Response::xml(document))
}
