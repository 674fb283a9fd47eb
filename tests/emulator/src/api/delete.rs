//! Deleting objects.

use crate::api::call::Call;
use crate::errors::{ObsError, Outcome};
use crate::exchange::Response;
use crate::store::State;
use crate::store::bucket::{Bucket, Versioning};
use crate::store::object::{NULL_VERSION, Version, VersionState};
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

/// Deletes a key or one version of it; that it is not there is no error.
pub(crate) fn delete(
    call: &Call<'_>,
    state: &mut State,
    key: &str,
    version_id: Option<&str>,
) -> Result<Deleted, ObsError> {
    let fresh = state.next_id("G001", call.now());
    let bucket = state.bucket_mut(call.bucket())?;
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
    let retention = versions[position].object().and_then(|object| object.retention.as_ref());
    if retention.is_some_and(|retention| retention.until > now) {
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
