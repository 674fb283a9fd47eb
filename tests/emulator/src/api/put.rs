//! Writing an object in one request, and what all writes share.

use crate::api::call::Call;
use crate::api::posix::make_parents;
use crate::errors::{ObsError, Outcome};
use crate::exchange::Response;
use crate::store::State;
use crate::store::acl::{Acl, Permission};
use crate::store::bucket::{Bucket, Versioning};
use crate::store::encryption::Encryption;
use crate::store::object::{Object, Properties, Version, VersionState};
use crate::store::values::{storage_class, storage_class_in};

/// Standard headers that are kept with an object and come back with it.
pub(crate) const STANDARD_HEADERS: [&str; 6] = [
    "content-type",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "expires",
];

/// The largest object that one request may write.
const MOST_BYTES: u64 = 5 << 30;
const LONGEST_KEY: usize = 1024;
const MOST_METADATA: usize = 8 * 1024;

pub(crate) fn put(call: &Call<'_>, state: &mut State) -> Outcome {
    if call.body.len() > MOST_BYTES {
        return Err(ObsError::new(
            400,
            "EntityTooLarge",
            "Your proposed upload exceeds the maximum allowed object size.",
        ));
    }
    call.check_crc64(call.digests.crc64)?;
    let bucket = state.bucket(call.bucket())?;
    bucket.check_quota(call.body.len())?;
    let object = Object { data: call.body.clone(), ..new_object(call, bucket)? };
    let (etag, crc64, encryption) = (object.etag.clone(), object.crc64, object.encryption.clone());
    let class = object.properties.storage_class;
    let version = store_object(call, state, object)?;
    Ok(Response::empty(200)
        .with("ETag", etag)
        .with_some(call.own_name("version-id"), version)
        .with_some(call.own_name("storage-class"), storage_class_note(call, class))
        .with_all([call.crc64_header(crc64)])
        .with_all(encryption.headers(call.dialect())))
}

/// The storage class is told unless it is the standard one.
pub(crate) fn storage_class_note<'a>(call: &Call<'_>, class: &'a str) -> Option<&'a str> {
    (class != "STANDARD").then(|| storage_class_in(class, call.dialect()))
}

/// An object from the request: its headers, its body's digests, no bytes yet.
pub(crate) fn new_object(call: &Call<'_>, bucket: &Bucket) -> Result<Object, ObsError> {
    let encryption = requested_encryption(call, bucket)?;
    let acl = request_acl(call, call.account(), &bucket.owner)?;
    if acl.is_public() && bucket.blocks("BlockPublicAcls") {
        return Err(ObsError::access_denied());
    }
    Ok(Object {
        data: call.body.clone(),
        etag: call.etag(&encryption),
        crc64: call.digests.crc64,
        properties: requested_properties(call, bucket)?,
        acl,
        encryption,
        appends: None,
        tags: requested_tags(call)?,
        retention: None,
        restored: None,
        access_label: None,
    })
}

/// Makes an object the newest version of the key; gives the id to tell, if versions were ever kept.
pub(crate) fn store_object(
    call: &Call<'_>,
    state: &mut State,
    mut object: Object,
) -> Result<Option<String>, ObsError> {
    let fresh = state.next_id("G001", call.now());
    let bucket = state.bucket_mut(call.bucket())?;
    let id = bucket.version_id(fresh);
    if object.retention.is_none() {
        object.retention = bucket.default_retention(call.now());
    }
    let replaced = bucket.version(call.key(), Some(&id)).ok().and_then(Version::object);
    if replaced.is_some_and(|old| old.is_locked(call.now())) {
        return Err(ObsError::new(
            403,
            "AccessDenied",
            "The object version is locked: it is under retention.",
        ));
    }
    if bucket.posix {
        make_parents(bucket, call.key(), call.account(), call.now());
    }
    let told = (bucket.versioning != Versioning::Off).then(|| id.clone());
    bucket.add_version(
        call.key(),
        Version {
            id,
            modified: call.now(),
            owner: call.account().to_owned(),
            state: VersionState::Object(Box::new(object)),
        },
    );
    Ok(told)
}

/// Everything about an object that headers say.
pub(crate) fn requested_properties(call: &Call<'_>, bucket: &Bucket) -> Result<Properties, ObsError> {
    if call.key().len() > LONGEST_KEY {
        return Err(ObsError::new(400, "KeyTooLongError", "Your key is too long."));
    }
    let class = match call.own("storage-class") {
        None => bucket.storage_class,
        Some(class) => {
            storage_class(class).ok_or_else(|| ObsError::invalid_argument("storage-class", class))?
        }
    };
    let expires_days = match call.header("x-obs-expires") {
        None => None,
        Some(days) => Some(
            days.parse()
                .ok()
                .filter(|days| *days > 0)
                .ok_or_else(|| ObsError::invalid_argument("expires", days))?,
        ),
    };
    Ok(Properties {
        standard: standard_headers(call),
        metadata: metadata(call)?,
        storage_class: class,
        website_redirect: website_redirect(call)?,
        expires_days,
    })
}

pub(crate) fn standard_headers(call: &Call<'_>) -> Vec<(String, String)> {
    STANDARD_HEADERS
        .iter()
        .filter_map(|name| call.header(name).map(|value| ((*name).to_owned(), value.to_owned())))
        .collect()
}

/// Metadata headers of the dialect; 8 KB in all.
pub(crate) fn metadata(call: &Call<'_>) -> Result<Vec<(String, String)>, ObsError> {
    let prefix = call.own_name("meta-");
    let metadata: Vec<(String, String)> = call
        .request
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(&prefix)?.to_owned(), value.clone())))
        .collect();
    if metadata.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>() > MOST_METADATA {
        return Err(ObsError::new(
            400,
            "MetadataTooLarge",
            "Your metadata headers exceed the maximum allowed metadata size.",
        ));
    }
    Ok(metadata)
}

pub(crate) fn website_redirect(call: &Call<'_>) -> Result<Option<String>, ObsError> {
    match call.own("website-redirect-location") {
        None => Ok(None),
        Some(target) if ["/", "http:", "https:"].iter().any(|start| target.starts_with(start)) => {
            Ok(Some(target.to_owned()))
        }
        Some(other) => Err(ObsError::new(
            400,
            "InvalidRedirectLocation",
            "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.",
        )
        .detail("Location", other)),
    }
}

/// The encryption that the request asks for, else the default of the bucket.
pub(crate) fn requested_encryption(call: &Call<'_>, bucket: &Bucket) -> Result<Encryption, ObsError> {
    let requested = call.encryption()?;
    if requested != Encryption::None {
        return Ok(requested);
    }
    let default = bucket
        .xml("encryption")
        .and_then(|document| document.child("Rule"))
        .and_then(|rule| rule.child("ApplyServerSideEncryptionByDefault"));
    Ok(match default {
        Some(rule) if rule.get("SSEAlgorithm") == Some("kms") => Encryption::Kms {
            key_id: rule.get("KMSMasterKeyID").filter(|id| !id.is_empty()).map(str::to_owned),
        },
        _ => Encryption::None,
    })
}

/// The list that canned and grant headers ask for; private without them.
pub(crate) fn request_acl(call: &Call<'_>, owner: &str, bucket_owner: &str) -> Result<Acl, ObsError> {
    const GRANTS: [(&str, Permission, bool); 7] = [
        ("grant-read", Permission::Read, false),
        ("grant-write", Permission::Write, false),
        ("grant-read-acp", Permission::ReadAcp, false),
        ("grant-write-acp", Permission::WriteAcp, false),
        ("grant-full-control", Permission::FullControl, false),
        ("grant-read-delivered", Permission::Read, true),
        ("grant-full-control-delivered", Permission::FullControl, true),
    ];
    // In a form the field may stand without prefix.
    let canned = call.own("acl").or_else(|| call.header("acl").filter(|_| call.request.form));
    let mut acl = match canned {
        Some(canned) => Acl::canned(canned, call.dialect(), owner, bucket_owner)?,
        None => Acl::private(owner),
    };
    for (name, permission, delivered) in GRANTS {
        if let Some(value) = call.own(name) {
            acl.add_header_grant(permission, delivered, value)?;
        }
    }
    Ok(acl)
}

/// Tags of the `tagging` header: `a=b&c=d`.
fn requested_tags(call: &Call<'_>) -> Result<Vec<(String, String)>, ObsError> {
    let decode = |text: &str| {
        percent_encoding::percent_decode_str(&text.replace('+', " "))
            .decode_utf8()
            .map(|text| text.into_owned())
            .map_err(|_| ObsError::invalid_argument("tagging", text))
    };
    let pairs = call.own("tagging").unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode(key)?, decode(value)?))
        })
        .collect()
}
