//! Copying objects, whole and as parts.

use crate::api::access;
use crate::api::call::{Call, storage_failure};
use crate::api::conditions::Conditions;
use crate::api::multipart::{add_part, check_part, part_number};
use crate::api::put::{new_object, store_object};
use crate::api::range;
use crate::api::time::iso8601;
use crate::errors::{ObsError, Outcome};
use crate::exchange::Response;
use crate::store::acl::Permission;
use crate::store::bucket::Versioning;
use crate::store::data::Data;
use crate::store::digest::Digests;
use crate::store::object::{Object, Properties};
use crate::store::upload::Part;
use crate::store::{State, Store};
use crate::xml::Writer;

const MOST_BYTES: u64 = 5 << 30;

/// The object that a copy reads, taken out under the lock.
struct Source {
    object: Object,
    /// Its version, where the bucket has versions.
    version: Option<String>,
}

/// `P-copy-source`: `/bucket/key?versionId=id`, the key percent-encoded.
fn parse_source(text: &str) -> Result<(String, String, Option<String>), ObsError> {
    let invalid = || ObsError::invalid_argument("copy-source", text);
    let (path, version) = match text.split_once("?versionId=") {
        Some((path, version)) => (path, Some(version.to_owned())),
        None => (text, None),
    };
    let (bucket, key) = path.strip_prefix('/').unwrap_or(path).split_once('/').ok_or_else(invalid)?;
    let key = percent_encoding::percent_decode_str(key).decode_utf8().map_err(|_| invalid())?;
    if bucket.is_empty() || key.is_empty() {
        return Err(invalid());
    }
    Ok((bucket.to_owned(), key.into_owned(), version))
}

fn read_source(call: &Call<'_>, state: &State) -> Result<Source, ObsError> {
    let (bucket, key, version_id) = parse_source(call.own("copy-source").unwrap_or_default())?;
    let version_id = version_id.as_deref();
    let bucket = state.bucket(&bucket)?;
    access::on_object(bucket, &call.request.caller, &key, version_id, Permission::Read, "GetObject")?;
    let (version, object) = bucket.object(&key, version_id)?;
    object.encryption.unlock(call.customer_key("copy-source-")?.as_ref())?;
    Conditions::of_copy_source(call).check(&object.etag, version.modified, ObsError::precondition_failed)?;
    if !object.is_readable(call.now()) {
        return Err(ObsError::new(
            403,
            "InvalidObjectState",
            "The operation is not valid for the object's storage class",
        ));
    }
    let versioned = bucket.versioning != Versioning::Off;
    Ok(Source { object: object.clone(), version: versioned.then(|| version.id.clone()) })
}

/// Whether an ETag is the MD5 of all bytes.
fn md5_of_etag(object: &Object) -> Option<[u8; 16]> {
    let hex = object.etag.trim_matches('"');
    if !object.encryption.keeps_md5() || hex.len() != 32 || object.appends.is_some() {
        return None;
    }
    let mut md5 = [0; 16];
    for (index, byte) in md5.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hex.get(index * 2..index * 2 + 2)?, 16).ok()?;
    }
    Some(md5)
}

/// Digests of stored bytes, read again where they are not known.
fn digests(source: &Object, data: &Data) -> Result<Digests, ObsError> {
    match md5_of_etag(source) {
        Some(md5) if data.len() == source.data.len() => Ok(Digests { md5, crc64: source.crc64 }),
        _ => Digests::of_data(data).map_err(|error| storage_failure(&error)),
    }
}

pub(crate) fn object(call: &Call<'_>, store: &Store) -> Outcome {
    if !call.body.is_empty() {
        return Err(ObsError::new(
            400,
            "MaxMessageLengthExceeded",
            "Copying an object does not require a message body in the request.",
        ));
    }
    let source = read_source(call, &store.read())?;
    if source.object.data.len() > MOST_BYTES {
        return Err(ObsError::invalid_request(
            "The specified copy source is larger than the maximum allowable size for a copy source: 5368709120",
        ));
    }
    let replace = match call.own("metadata-directive") {
        None | Some("COPY") => false,
        Some("REPLACE") => true,
        Some(other) => return Err(ObsError::invalid_argument("metadata-directive", other)),
    };
    let digests = digests(&source.object, &source.object.data)?;
    call.check_crc64(digests.crc64)?;
    let mut state = store.write();
    let bucket = state.bucket(call.bucket())?;
    bucket.check_quota(source.object.data.len())?;
    let mut object = new_object(call, bucket)?;
    object.etag = call.etag_of(&digests, &object.encryption);
    object.crc64 = digests.crc64;
    object.data = source.object.data;
    if !replace {
        // Class, redirect, expiry, ACL and encryption are never taken over.
        let Properties { standard, metadata, .. } = source.object.properties;
        object.properties = Properties { standard, metadata, ..object.properties };
        object.tags = source.object.tags;
    }
    let (etag, headers) = (object.etag.clone(), object.encryption.headers(call.dialect()));
    let version = store_object(call, &mut state, object)?;
    Ok(result("CopyObjectResult", call, &etag)
        .with_some(call.own_name("version-id"), version)
        .with_some(call.own_name("copy-source-version-id"), source.version)
        .with_all([call.crc64_header(digests.crc64)])
        .with_all(headers))
}

pub(crate) fn part(call: &Call<'_>, store: &Store) -> Outcome {
    let number = part_number(call)?;
    let (source, data) = {
        let state = store.read();
        let source = read_source(call, &state)?;
        let data = requested_range(call, &source.object.data)?;
        check_part(call, &state, data.len())?;
        (source, data)
    };
    let digests = digests(&source.object, &data)?;
    let mut state = store.write();
    let encryption = check_part(call, &state, data.len())?;
    let part = Part {
        etag: call.etag_of(&digests, &encryption),
        data,
        md5: digests.md5,
        crc64: digests.crc64,
        modified: call.now(),
    };
    let answer = result("CopyPartResult", call, &part.etag)
        .with_some(call.own_name("copy-source-version-id"), source.version)
        .with_all([call.crc64_header(digests.crc64)])
        .with_all(encryption.headers(call.dialect()));
    add_part(call, &mut state, number, part)?;
    Ok(answer)
}

/// The bytes of `P-copy-source-range`, which must lie within the source.
fn requested_range(call: &Call<'_>, data: &Data) -> Result<Data, ObsError> {
    let Some(text) = call.own("copy-source-range") else { return Ok(data.clone()) };
    let invalid = || {
        ObsError::new(
            400,
            "InvalidArgument",
            format!("Range specified is not valid for source object of size: {}", data.len()),
        )
        .detail("ArgumentName", "copy-source-range")
        .detail("ArgumentValue", text)
    };
    let range = range::parse(Some(text), data.len()).ok().flatten().ok_or_else(invalid)?;
    let last =
        text.rsplit('-').next().and_then(|last| last.trim().parse::<u64>().ok()).ok_or_else(invalid)?;
    if last >= data.len() {
        return Err(invalid());
    }
    Ok(data.slice(range))
}

fn result(root: &str, call: &Call<'_>, etag: &str) -> Response {
    let mut document = Writer::root(root, call.dialect());
    document.text("LastModified", &iso8601(call.now()));
    document.text("ETag", etag);
    document.close(root);
    Response::xml(document)
}

#[cfg(test)]
mod tests {
    use super::parse_source;

    #[test]
    fn sources() {
        let parsed = |text| parse_source(text).unwrap();
        assert_eq!(parsed("/b/a%20b"), ("b".into(), "a b".into(), None));
        assert_eq!(parsed("b/d/%3FversionId%3Dx"), ("b".into(), "d/?versionId=x".into(), None));
        assert_eq!(parsed("/b//k?versionId=v1"), ("b".into(), "/k".into(), Some("v1".into())));
        for bad in ["", "/", "b", "/b", "/b/", "/b/%FF"] {
            assert_eq!(parse_source(bad).unwrap_err().code, "InvalidArgument", "{bad}");
        }
    }
}
