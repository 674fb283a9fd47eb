//! The bucket policy: access rights in the form of JSON.

use super::raw_json::raw_json;

raw_json! {
    /// The policy of a bucket, a JSON document that OBS defines. It is passed on as it is given, at most 20 KB.
    ///
    /// ```
    /// use obs_core::settings::BucketPolicy;
    ///
    /// let policy = BucketPolicy::new(r#"{"Statement":[{"Sid":"all-may-read","Effect":"Allow","Principal":{"ID":["*"]},
    ///     "Action":["GetObject"],"Resource":["my-bucket/*"]}]}"#);
    /// # let _ = policy;
    /// ```
    BucketPolicy: "policy", "GetBucketPolicy", "SetBucketPolicy", "DeleteBucketPolicy", ""
}

#[cfg(test)]
mod tests {
    use crate::test_support::Fake;

    #[test]
    fn passes_as_it_is() {
        let policy = "{\"Statement\":[{\"Sid\":\"测试\",\"Effect\":\"Allow\"}]}";
        let fake = Fake::new().answer(204, &[], "").answer(200, &[], policy);
        let bucket = fake.bucket();
        bucket.set_bucket_policy(policy).send().unwrap();
        assert_eq!(bucket.get_bucket_policy().send().unwrap().json, policy);
        bucket.delete_bucket_policy().send().unwrap();

        let sent = fake.sent();
        assert_eq!(sent[0].line(), "PUT /?policy");
        assert_eq!(sent[0].text(), policy);
        assert_eq!(sent[0].headers.get("content-type"), None);
        assert_eq!(sent[1].line(), "GET /?policy");
        assert_eq!(sent[2].line(), "DELETE /?policy");
    }

    #[test]
    fn a_missing_policy_is_not_found() {
        let fake = Fake::new().answer(
            404,
            &[("content-type", "application/xml")],
            "<Error><Code>NoSuchBucketPolicy</Code><Message>The specified bucket policy does not exist.</Message></Error>",
        );
        let error = fake.bucket().get_bucket_policy().send().unwrap_err();
        assert!(error.is_not_found());
        assert_eq!(error.code(), Some(crate::code::NO_SUCH_BUCKET_POLICY));
    }
}
