//! Whether a bucket is open to everybody.

use crate::api::access::policy_is_public;
use crate::api::call::Call;
use crate::errors::{ObsError, Outcome};
use crate::exchange::Response;
use crate::store::State;
use crate::store::bucket::Bucket;
use crate::xml::Writer;

fn by_policy(bucket: &Bucket) -> bool {
    bucket.json("policy").is_some_and(|policy| policy_is_public(&policy))
        && !bucket.blocks("RestrictPublicBuckets")
}

/// Whether the policy opens it.
pub(crate) fn policy_status(call: &Call<'_>, state: &State) -> Outcome {
    let bucket = state.bucket(call.bucket())?;
    if bucket.json("policy").is_none() {
        return Err(ObsError::new(404, "NoSuchBucketPolicy", "The specified bucket policy does not exist.")
            .detail("BucketName", call.bucket()));
    }
    Ok(answer(call, "PolicyStatus", by_policy(bucket)))
}

/// Whether policy or access control list opens it.
pub(crate) fn bucket_status(call: &Call<'_>, state: &State) -> Outcome {
    let bucket = state.bucket(call.bucket())?;
    let by_acl = bucket.acl.is_public() && !bucket.blocks("IgnorePublicAcls");
    Ok(answer(call, "BucketStatus", by_acl || by_policy(bucket)))
}

fn answer(call: &Call<'_>, root: &str, public: bool) -> Response {
    let mut document = Writer::root(root, call.dialect());
    document.display("IsPublic", public);
    document.close(root);
    Response::xml(document)
}
