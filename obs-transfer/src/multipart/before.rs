//! An object that an earlier run made, and died before it could say so.

use std::collections::BTreeMap;

use obs_core::multipart::etag_of_parts;
use obs_core::object::{GetObjectMetadata, ObjectMetadata};
use obs_core::{Sse, SseOption};

use super::{Earlier, Made, Target};
use crate::checkpoint::FinishedPart;
use crate::error::Error;
use crate::job::Context;
use crate::plan::{Part, Plan};

impl Target<'_> {
    /// The object under the key, if it is what the recorded parts make: between the last call of an upload and the removal
    /// of its checkpoint a process may be killed, and nothing has to be sent again then.
    pub(super) fn made_before(
        &self,
        context: &Context,
        plan: &Plan,
        recorded: &BTreeMap<u32, FinishedPart>,
        earlier: &Earlier<'_>,
    ) -> Result<Option<Made>, Error> {
        if !is_whole(plan, recorded) {
            return Ok(None);
        }
        let crc64 = (earlier.crc64)(recorded);
        let is_ours = |object: &ObjectMetadata| {
            object.content_length == Some(plan.size())
                && match (crc64, object.crc64) {
                    (Some(ours), Some(stored)) => ours == stored,
                    _ => {
                        let stored = object.etag.as_deref().map(|etag| etag.trim_matches('"'));
                        stored.is_some()
                            && stored == etag_of_parts(recorded.values().map(|part| &*part.etag)).as_deref()
                    }
                }
        };
        let Some(made) = self.made(context, is_ours)? else { return Ok(None) };
        for part in plan.parts() {
            match recorded.get(&part.number) {
                Some(sent) if (earlier.still)(context, part, sent)? => {}
                _ => return Ok(None),
            }
        }
        Ok(Some(Made { crc64: crc64.or(made.crc64), resumed_parts: plan.count(), ..made }))
    }

    /// The object under the key, if there is one, it may be looked at, and it is the right one.
    pub(crate) fn made(
        &self,
        context: &Context,
        is_ours: impl FnOnce(&ObjectMetadata) -> bool,
    ) -> Result<Option<Made>, Error> {
        let mut operation = GetObjectMetadata::new(self.key);
        // A key of the service is nothing to tell by who reads.
        let sse = self.sse.0.clone().filter(|sse| matches!(sse, Sse::C(_)));
        *AsMut::<SseOption>::as_mut(&mut operation) = SseOption(sse);
        let reply = match context.request(operation).send() {
            Ok(reply) if is_ours(&reply) => reply,
            Ok(_) => return Ok(None),
            Err(error) if error.is_retryable() => return Err(error.into()),
            // It is not there, it has another key, or nobody may read here.
            Err(_) => return Ok(None),
        };
        let request_id = reply.request_id().map(str::to_owned);
        let object = reply.into_inner();
        Ok(Some(Made {
            etag: object.etag,
            version_id: object.version_id,
            object_url: context.bucket.object_url(self.key)?,
            sse: object.sse,
            crc64: object.crc64,
            resumed_parts: 0,
            request_id,
        }))
    }
}

/// Whether all parts of the plan are there, and no others.
fn is_whole(plan: &Plan, recorded: &BTreeMap<u32, FinishedPart>) -> bool {
    let is_there = |part: Part| recorded.get(&part.number).is_some_and(|there| there.size == part.len);
    recorded.len() as u64 == u64::from(plan.count()) && plan.parts().all(is_there)
}
