//! The default storage class of a bucket: `?storageClass` in obs, `?storagePolicy` in v2.

use crate::api::call::Call;
use crate::errors::{ObsError, Outcome};
use crate::exchange::{Dialect, Response};
use crate::store::State;
use crate::store::values::{storage_class, storage_class_in};
use crate::xml::Element;

pub(crate) fn put(call: &Call<'_>, state: &mut State) -> Outcome {
    let document = call.xml_body()?;
    let class = match (document.name.as_str(), call.dialect()) {
        ("StorageClass", Dialect::Obs) => document.text.trim(),
        ("StoragePolicy", Dialect::Amz) => document.get("DefaultStorageClass").unwrap_or_default(),
        (other, _) => {
            return Err(ObsError::malformed_xml(format!(
                "{other} is not the root element of a storage class."
            )));
        }
    };
    let class = storage_class(class).ok_or_else(|| {
        ObsError::new(400, "InvalidStorageClass", format!("Unknown storage class \"{class}\"."))
    })?;
    state.bucket_mut(call.bucket())?.storage_class = class;
    Ok(Response::empty(200))
}

pub(crate) fn get(call: &Call<'_>, state: &State) -> Outcome {
    let class = storage_class_in(state.bucket(call.bucket())?.storage_class, call.dialect());
    let document = match call.dialect() {
        Dialect::Obs => Element::leaf("StorageClass", class),
        Dialect::Amz => Element::new("StoragePolicy").with(Element::leaf("DefaultStorageClass", class)),
    };
    Ok(Response::bytes(200, "application/xml", document.to_document(call.dialect())))
}
