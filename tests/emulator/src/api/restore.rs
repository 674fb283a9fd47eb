//! Restoring archived objects.

use crate::api::call::Call;
use crate::errors::{ObsError, Outcome};
use crate::exchange::{Dialect, Response};
use crate::store::State;
use crate::store::object::Restored;
use crate::store::values::is_archive;
use crate::xml::Element;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

pub(crate) fn restore(call: &Call<'_>, state: &mut State) -> Outcome {
    call.require_md5()?;
    let days = requested_days(call, &call.xml_body()?)?;
    let (now, delay) = (call.now(), call.options.restore_delay);
    let object = state.bucket_mut(call.bucket())?.object_mut(call.key(), call.version_id())?;
    if !is_archive(object.properties.storage_class) {
        return Err(ObsError::new(
            403,
            "InvalidObjectState",
            "Restore is not allowed, as object's storage class is not Archive.",
        ));
    }
    match &mut object.restored {
        Some(restored) if restored.ready > now => {
            Err(ObsError::new(409, "RestoreAlreadyInProgress", "Object restore is already in progress"))
        }
        Some(restored) if restored.expires > now => {
            restored.expires = now + DAY * days;
            Ok(Response::empty(200))
        }
        restored => {
            *restored = Some(Restored { ready: now + delay, expires: now + delay + DAY * days });
            Ok(Response::empty(202))
        }
    }
}

fn requested_days(call: &Call<'_>, document: &Element) -> Result<u32, ObsError> {
    if document.name != "RestoreRequest" {
        return Err(ObsError::malformed_xml("The root element must be RestoreRequest."));
    }
    let days = document.get("Days").unwrap_or_default();
    let number = days.parse().ok().filter(|days| (1..=30).contains(days));
    let (job, tiers): (_, &[&str]) = match call.dialect() {
        Dialect::Obs => ("RestoreJob", &["Expedited", "Standard"]),
        Dialect::Amz => ("GlacierJobParameters", &["Expedited", "Standard", "Bulk"]),
    };
    let tier = document.child(job).and_then(|job| job.get("Tier"));
    if let Some(unknown) = tier.filter(|tier| !tiers.contains(tier)) {
        return Err(ObsError::malformed_xml(format!("Unknown Tier \"{unknown}\".")));
    }
    number.ok_or_else(|| ObsError::invalid_argument("Days", days))
}
