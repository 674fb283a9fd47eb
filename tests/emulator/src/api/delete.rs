//! Deleting objects.

use crate::api::call::Call;
use crate::api::posix::check_removable;
use crate::errors::{ObsError, Outcome};
use crate::exchange::Response;
use crate::store::State;
use crate::store::bucket::{Bucket, Versioning};
use crate::store::object::{NULL_VERSION, Version, VersionState};
use crate::xml::Writer;
use std::time::SystemTime;

/// What a deletion did.
#[derive(Debug, Default)]
pub(crate) struct Deleted {
    /// The version that was deleted or made.
    pub(crate) version_id: Option<String>,
    /// Whether that is a delete marker.
    pub(crate) delete_marker: bool,
}

pub(crate) fn one(call: &Call<'_>, state: &mut State) -> Outcome {
    let deleted = delete(call, state, call.key(), call.version_id())?;
    let marker = deleted.delete_marker.then_some("true");
    Ok(Response::empty(204)
        .with_some(call.own_name("delete-marker"), marker)
        .with_some(call.own_name("version-id"), deleted.version_id))
}

/// Deletes up to 1000 keys; each succeeds or fails for itself.
pub(crate) fn many(call: &Call<'_>, state: &mut State) -> Outcome {
    const MOST: usize = 1000;
    call.require_md5()?;
    let request = call.xml_body()?;
    let objects: Vec<_> = request.all("Object").collect();
    if request.name != "Delete" || objects.is_empty() || objects.len() > MOST {
        return Err(ObsError::malformed_xml("Delete must name 1 to 1000 objects."));
    }
    let encoded = request.get("EncodingType").is_some_and(|kind| kind.eq_ignore_ascii_case("url"));
    let quiet = request.get("Quiet").is_some_and(|quiet| quiet.eq_ignore_ascii_case("true"));
    let mut document = Writer::root("DeleteResult", call.dialect());
    document.optional("EncodingType", encoded.then_some("url"));
    for object in objects {
        // Not trimmed: blanks at the ends belong to the key.
        let sent = object
            .child("Key")
            .map(|key| key.text.as_str())
            .ok_or_else(|| ObsError::malformed_xml("An Object needs a Key."))?;
        let key = if encoded { form_decode(sent)? } else { sent.to_owned() };
        let version_id = object.get("VersionId").filter(|id| !id.is_empty());
        match delete(call, state, &key, version_id) {
            Ok(_) if quiet => {}
            Ok(deleted) => {
                document.open("Deleted");
                document.text("Key", sent);
                document.optional("VersionId", version_id);
                if deleted.delete_marker {
                    document.text("DeleteMarker", "true");
                    document.optional("DeleteMarkerVersionId", deleted.version_id.as_deref());
                }
                document.close("Deleted");
            }
            Err(error) => {
                document.open("Error");
                document.text("Key", sent);
                document.optional("VersionId", version_id);
                document.text("Code", error.code);
                document.text("Message", &error.message);
                document.close("Error");
            }
        }
    }
    document.close("DeleteResult");
    Ok(Response::xml(document))
}

fn form_decode(text: &str) -> Result<String, ObsError> {
    percent_encoding::percent_decode_str(&text.replace('+', " "))
        .decode_utf8()
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| ObsError::invalid_argument("Key", text))
}

/// Deletes a key or one version of it; that it is not there is no error.
pub(crate) fn delete(
    call: &Call<'_>,
    state: &mut State,
    key: &str,
    version_id: Option<&str>,
) -> Result<Deleted, ObsError> {
    let fresh = state.next_id("G001", call.now());
    let bucket = state.bucket_mut(call.bucket())?;
    check_removable(bucket, key)?;
    match (version_id, bucket.versioning) {
        (Some(id), _) => {
            let removed = remove(bucket, key, id, call.now())?;
            let delete_marker = removed.is_some_and(|version| version.object().is_none());
            Ok(Deleted { version_id: Some(id.to_owned()), delete_marker })
        }
        (None, Versioning::Off) => {
            remove(bucket, key, NULL_VERSION, call.now())?;
            Ok(Deleted::default())
        }
        (None, Versioning::Enabled | Versioning::Suspended) => {
            let id = bucket.version_id(fresh);
            bucket.add_version(
                key,
                Version {
                    id: id.clone(),
                    modified: call.now(),
                    owner: call.account().to_owned(),
                    state: VersionState::DeleteMarker,
                },
            );
            Ok(Deleted { version_id: Some(id), delete_marker: true })
        }
    }
}

/// Takes a version out, unless it is locked.
fn remove(
    bucket: &mut Bucket,
    key: &str,
    version_id: &str,
    now: SystemTime,
) -> Result<Option<Version>, ObsError> {
    let Some(versions) = bucket.objects.get_mut(key) else { return Ok(None) };
    let Some(position) = versions.iter().position(|version| version.id == version_id) else {
        return Ok(None);
    };
    if versions[position].object().is_some_and(|object| object.is_locked(now)) {
        return Err(ObsError::new(
            403,
            "AccessDenied",
            "The object version is locked: it is under retention.",
        ));
    }
    let removed = versions.remove(position);
    if versions.is_empty() {
        bucket.objects.remove(key);
    }
    Ok(Some(removed))
}
