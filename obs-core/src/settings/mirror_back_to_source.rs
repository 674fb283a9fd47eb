//! Mirroring: objects that a bucket does not have are fetched from where they come from.

use super::raw_json::raw_json;

raw_json! {
    /// The back-to-source rules of a bucket, a JSON document that OBS defines, with at most 10 rules. It is passed on as
    /// it is given.
    ///
    /// ```
    /// use obs_core::settings::MirrorBackToSource;
    ///
    /// let rules = MirrorBackToSource::new(r#"{"rules":[{"id":"videos",
    ///     "condition":{"httpErrorCodeReturnedEquals":404,"objectKeyPrefixEquals":"video/"},
    ///     "redirect":{"agency":"agency","publicSource":{"sourceEndpoint":{"master":["https://origin.example.com"]}},
    ///     "passQueryString":true,"mirrorFollowRedirect":true}}]}"#);
    /// # let _ = rules;
    /// ```
    MirrorBackToSource: "mirrorBackToSource", "GetBucketMirrorBackToSource", "SetBucketMirrorBackToSource",
        "DeleteBucketMirrorBackToSource", "application/json"
}

#[cfg(test)]
mod tests {
    use crate::test_support::Fake;

    #[test]
    fn passes_as_it_is() {
        let rules = r#"{"rules": [{"id": "a", "later": 1}]}"#;
        let fake =
            Fake::new().answer(200, &[], "").answer(200, &[("content-type", "application/json")], rules);
        let bucket = fake.bucket();
        bucket.set_bucket_mirror_back_to_source(rules).send().unwrap();
        assert_eq!(bucket.get_bucket_mirror_back_to_source().send().unwrap().json, rules);
        bucket.delete_bucket_mirror_back_to_source().send().unwrap();
        let sent = fake.sent();
        assert_eq!(sent[0].line(), "PUT /?mirrorBackToSource");
        assert_eq!(sent[0].header("content-type"), "application/json");
        assert_eq!(sent[0].text(), rules);
        assert_eq!(sent[2].line(), "DELETE /?mirrorBackToSource");
    }
}
