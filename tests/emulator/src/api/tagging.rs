//! Tags of objects, and the rules for tags of buckets.

use crate::api::call::Call;
use crate::errors::{ObsError, Outcome};
use crate::exchange::Response;
use crate::store::State;
use crate::store::bucket::Versioning;
use crate::xml::{Element, Writer};

const MOST_OF_OBJECT: usize = 10;
pub(crate) const MOST_OF_BUCKET: usize = 20;
const LONGEST_KEY: usize = 128;
const LONGEST_VALUE: usize = 255;

/// The tags of a document, checked.
pub(crate) fn tags(document: &Element, most: usize) -> Result<Vec<(String, String)>, ObsError> {
    let set = document
        .child("TagSet")
        .filter(|_| document.name == "Tagging")
        .ok_or_else(|| ObsError::malformed_xml("Tagging/TagSet is missing."))?;
    let mut tags: Vec<(String, String)> = Vec::new();
    for tag in set.all("Tag") {
        let key = tag.get("Key").unwrap_or_default();
        let value = tag.get("Value").unwrap_or_default();
        let fits = |text: &str, longest| text.chars().count() <= longest;
        if key.is_empty() || !fits(key, LONGEST_KEY) || !fits(value, LONGEST_VALUE) {
            return Err(ObsError::new(400, "InvalidTag", "The tag provided was not a valid tag.")
                .detail("TagKey", key)
                .detail("TagValue", value));
        }
        if tags.iter().any(|(known, _)| known == key) {
            return Err(ObsError::new(400, "InvalidTag", "Cannot provide multiple Tags with the same key")
                .detail("TagKey", key));
        }
        tags.push((key.to_owned(), value.to_owned()));
    }
    if tags.len() > most {
        return Err(ObsError::new(400, "BadRequest", format!("There may be no more than {most} tags.")));
    }
    Ok(tags)
}

pub(crate) fn put(call: &Call<'_>, state: &mut State) -> Outcome {
    call.require_md5()?;
    let tags = tags(&call.xml_body()?, MOST_OF_OBJECT)?;
    set(call, state, tags)?;
    version_told(call, state, Response::empty(200))
}

pub(crate) fn delete(call: &Call<'_>, state: &mut State) -> Outcome {
    set(call, state, Vec::new())?;
    version_told(call, state, Response::empty(204))
}

fn set(call: &Call<'_>, state: &mut State, tags: Vec<(String, String)>) -> Result<(), ObsError> {
    let bucket = state.bucket_mut(call.bucket())?;
    bucket.object_mut(call.key(), call.version_id())?.tags = tags;
    Ok(())
}

pub(crate) fn get(call: &Call<'_>, state: &State) -> Outcome {
    let bucket = state.bucket(call.bucket())?;
    let (_, object) = bucket.object(call.key(), call.version_id())?;
    let mut document = Writer::root("Tagging", call.dialect());
    document.open("TagSet");
    for (key, value) in &object.tags {
        document.open("Tag");
        document.text("Key", key);
        document.text("Value", value);
        document.close("Tag");
    }
    document.close("TagSet");
    document.close("Tagging");
    version_told(call, state, Response::xml(document))
}

/// Adds which version was meant, where there are versions.
pub(crate) fn version_told(call: &Call<'_>, state: &State, response: Response) -> Outcome {
    let bucket = state.bucket(call.bucket())?;
    let version = bucket.version(call.key(), call.version_id())?;
    let versioned = bucket.versioning != Versioning::Off;
    Ok(response.with_some(call.own_name("version-id"), versioned.then(|| version.id.clone())))
}
