//! What only parallel file systems have: directories that are there, rename, truncate, modify.

use crate::api::call::{Call, storage_failure};
use crate::errors::{ObsError, Outcome};
use crate::exchange::Response;
use crate::store::State;
use crate::store::acl::Acl;
use crate::store::bucket::Bucket;
use crate::store::data::Data;
use crate::store::digest::Digests;
use crate::store::encryption::Encryption;
use crate::store::object::{NULL_VERSION, Object, Properties, Version, VersionState};
use std::time::SystemTime;

fn file_system<'a>(call: &Call<'_>, state: &'a mut State) -> Result<&'a mut Bucket, ObsError> {
    let bucket = state.bucket_mut(call.bucket())?;
    if bucket.posix { Ok(bucket) } else { Err(ObsError::method_not_allowed(&call.request.method)) }
}

/// Makes the directories above a key, as a file system has them.
pub(crate) fn make_parents(bucket: &mut Bucket, key: &str, owner: &str, now: SystemTime) {
    let ends = key.trim_end_matches('/').match_indices('/').map(|(position, _)| position + 1);
    for directory in ends.map(|end| &key[..end]) {
        if bucket.objects.contains_key(directory) {
            continue;
        }
        let version = Version {
            id: NULL_VERSION.to_owned(),
            modified: now,
            owner: owner.to_owned(),
            state: VersionState::Object(Box::new(empty_object(bucket.storage_class, owner))),
        };
        bucket.objects.insert(directory.to_owned(), vec![version]);
    }
}

fn empty_object(storage_class: &'static str, owner: &str) -> Object {
    Object {
        data: Data::default(),
        etag: "\"d41d8cd98f00b204e9800998ecf8427e\"".to_owned(),
        crc64: 0,
        properties: Properties {
            standard: Vec::new(),
            metadata: Vec::new(),
            storage_class,
            website_redirect: None,
            expires_days: None,
        },
        acl: Acl::private(owner),
        encryption: Encryption::None,
        appends: None,
        tags: Vec::new(),
        retention: None,
        restored: None,
        access_label: None,
    }
}

/// Refuses to delete a directory that something is in.
pub(crate) fn check_removable(bucket: &Bucket, key: &str) -> Result<(), ObsError> {
    let inhabited = bucket.posix
        && key.ends_with('/')
        && bucket.objects.range(format!("{key}\0")..).next().is_some_and(|(next, _)| next.starts_with(key));
    if inhabited {
        return Err(ObsError::new(409, "Conflict", "The directory is not empty.").detail("Key", key));
    }
    Ok(())
}

/// `POST ?rename&name=new`: moves a file, or a directory with all that is in it.
pub(crate) fn rename(call: &Call<'_>, state: &mut State) -> Outcome {
    let (old, now, owner) = (call.key(), call.now(), call.account());
    let new = call.query("name").unwrap_or_default().trim_start_matches('/');
    let bucket = file_system(call, state)?;
    if new.is_empty() || old.ends_with('/') != new.ends_with('/') || new.starts_with(&format!("{old}/")) {
        return Err(ObsError::invalid_argument("name", new));
    }
    bucket.object(old, None)?;
    if bucket.objects.contains_key(new) {
        return Err(ObsError::new(409, "Conflict", "The new name is taken.").detail("Key", new));
    }
    let moved: Vec<String> = if old.ends_with('/') {
        let below = bucket.objects.range(old.to_owned()..);
        below.map(|(key, _)| key).take_while(|key| key.starts_with(old)).cloned().collect()
    } else {
        vec![old.to_owned()]
    };
    for key in moved {
        if let Some(versions) = bucket.objects.remove(&key) {
            bucket.objects.insert(format!("{new}{}", &key[old.len()..]), versions);
        }
    }
    make_parents(bucket, new, owner, now);
    Ok(Response::empty(204))
}

/// `PUT ?truncate&length=n`: cuts a file or fills it with zeros.
pub(crate) fn truncate(call: &Call<'_>, state: &mut State) -> Outcome {
    let length = call.number("length")?.ok_or_else(|| ObsError::invalid_argument("length", ""))?;
    change(call, state, |data| data.resized(length))?;
    Ok(Response::empty(204))
}

/// `PUT ?modify&position=n`: writes over the bytes from an offset on.
pub(crate) fn modify(call: &Call<'_>, state: &mut State) -> Outcome {
    let position = call.number("position")?.ok_or_else(|| ObsError::invalid_argument("position", ""))?;
    let etag = change(call, state, |data| data.overwrite(position, &call.body))?;
    Ok(Response::empty(200).with("ETag", etag))
}

fn change(
    call: &Call<'_>,
    state: &mut State,
    new_data: impl FnOnce(&Data) -> Data,
) -> Result<String, ObsError> {
    let bucket = file_system(call, state)?;
    let object = bucket.object_mut(call.key(), None)?;
    let data = new_data(&object.data);
    let digests = Digests::of_data(&data).map_err(|error| storage_failure(&error))?;
    object.etag = call.etag_of(&digests, &object.encryption);
    (object.data, object.crc64) = (data, digests.crc64);
    let etag = object.etag.clone();
    bucket.version_mut(call.key(), None)?.modified = call.now();
    Ok(etag)
}
