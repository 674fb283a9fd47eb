//! Whether a bucket may fetch objects from elsewhere.

use obs_sign::Dialect;
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::json::{self, ValueExt};
use crate::operation::{Answer, Parts};
use crate::setting::Setting;
use crate::types::open_enum;

open_enum! {
    /// Whether fetching is allowed.
    FetchStatus {
        /// It is.
        Open = "open",
        /// It is not.
        Closed = "closed",
    }
}

/// Whether a bucket may fetch objects from URLs: see [`set_bucket_fetch_job`](crate::BucketClient::set_bucket_fetch_job).
///
/// ```
/// use obs_core::settings::{FetchPolicy, FetchStatus};
///
/// let policy = FetchPolicy::new(FetchStatus::Open, "agency");
/// # let _ = policy;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FetchPolicy {
    /// Whether it may.
    pub status: FetchStatus,
    /// The IAM agency that OBS writes the objects with.
    pub agency: Option<String>,
}

impl FetchPolicy {
    /// A policy.
    pub fn new(status: impl Into<FetchStatus>, agency: impl Into<String>) -> Self {
        Self { status: status.into(), agency: Some(agency.into()) }
    }
}

impl Setting for FetchPolicy {
    const SUB_RESOURCE: &'static str = "";
    const GET: &'static str = "GetBucketFetchPolicy";
    const SET: &'static str = "SetBucketFetchPolicy";
    const DELETE: &'static str = "DeleteBucketFetchPolicy";
    const CONTENT_TYPE: &'static str = "application/json";

    /// A service of its own answers, at a path of its own.
    fn locate(parts: &mut Parts) {
        parts.key("v1/extension_policy");
        parts.prefixed("oef-marker", "yes");
    }

    fn read(answer: &mut Answer) -> Result<Self> {
        let document = json::document(answer)?;
        let fetch = document.get("fetch").ok_or_else(|| Error::decode("the JSON document lacks fetch"))?;
        Ok(Self { status: fetch.text_of("status")?.into(), agency: fetch.opt_text("agency") })
    }

    fn write(&self, _dialect: Dialect) -> Result<String> {
        let fetch = json::Object::default().set("status", self.status.as_str());
        let fetch: Value = fetch.opt("agency", self.agency.as_deref()).into();
        Ok(json!({ "fetch": fetch }).to_string())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{FetchPolicy, FetchStatus};
    use crate::test_support::{Fake, survives};

    #[test]
    fn golden() {
        let fake = Fake::new().answer(201, &[], "").answer(
            200,
            &[],
            r#"{"fetch":{"status":"closed","agency":"a","x":1}}"#,
        );
        let bucket = fake.bucket();
        bucket.set_bucket_fetch_policy(FetchPolicy::new(FetchStatus::Open, "agency")).send().unwrap();
        let read = bucket.get_bucket_fetch_policy().send().unwrap().into_inner();
        assert_eq!(read, FetchPolicy::new("closed", "a"));
        bucket.delete_bucket_fetch_policy().send().unwrap();

        let sent = fake.sent();
        assert_eq!(sent[0].line(), "PUT /v1/extension_policy");
        assert_eq!(sent[0].header("x-obs-oef-marker"), "yes");
        assert_eq!(sent[0].header("content-type"), "application/json");
        assert_eq!(
            serde_json::from_str::<Value>(sent[0].text()).unwrap(),
            json!({"fetch": {"status": "open", "agency": "agency"}})
        );
        assert_eq!(sent[1].header("x-obs-oef-marker"), "yes");
        assert_eq!(sent[2].line(), "DELETE /v1/extension_policy");
        survives(&read);
    }
}
