//! Jobs that fetch an object from elsewhere. Nothing is fetched: a job is kept and waits.

use crate::api::call::Call;
use crate::errors::{ObsError, Outcome};
use crate::exchange::Response;
use crate::store::State;
use serde_json::json;

pub(crate) const JOBS: &str = "v1/async-fetch/jobs";

pub(crate) fn create(call: &Call<'_>, state: &mut State) -> Outcome {
    let bad = |message: String| ObsError::new(400, "InvalidArgument", message);
    let job: serde_json::Value = serde_json::from_slice(&call.body_bytes()?)
        .map_err(|error| bad(format!("The document is not JSON: {error}")))?;
    let url = job.get("url").and_then(serde_json::Value::as_str).unwrap_or_default();
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err(bad("The document has no url.".to_owned()));
    }
    let policy = state.bucket(call.bucket())?.json("@fetchpolicy");
    let open =
        policy.as_ref().and_then(|policy| policy.get("fetch")?.get("status")?.as_str()) == Some("open");
    if !open {
        return Err(ObsError::new(403, "FetchNotOpen", "The fetch policy of the bucket is not open."));
    }
    let id = state.next_id("", call.now());
    let jobs = &mut state.bucket_mut(call.bucket())?.fetch_jobs;
    let answer = json!({ "id": id, "Wait": jobs.len() }).to_string().into_bytes();
    jobs.insert(id, job);
    Ok(Response::bytes(200, "application/json", answer))
}

pub(crate) fn get(call: &Call<'_>, state: &State) -> Outcome {
    let id = call.key().strip_prefix(JOBS).unwrap_or_default().trim_start_matches('/');
    let jobs = &state.bucket(call.bucket())?.fetch_jobs;
    let job = jobs.get(id).ok_or_else(|| {
        ObsError::new(404, "NoSuchJob", "The fetch job does not exist.").detail("JobId", id)
    })?;
    let answer =
        json!({ "bucket": call.bucket(), "code": "200", "status": "waiting", "err": "", "job": job });
    Ok(Response::bytes(200, "application/json", answer.to_string().into_bytes()))
}
