//! Asking a bucket's CORS rules.

use obs_sign::Method;

use crate::error::Result;
use crate::operation::{Answer, Operation, Parts};
use crate::types::{CorsHeaders, Preflight};

/// Asks whether a page of another origin may call the bucket, as a browser does.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use obs_core::settings::cors::CorsRule;
///
/// bucket.set_bucket_cors([CorsRule::new(["PUT"], ["http://www.a.com"])]).send()?;
/// let allowed = bucket.options_bucket("http://www.a.com").request_method("PUT").send()?;
/// println!("{:?}", allowed.allow_methods);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct OptionsBucket(Preflight);

impl OptionsBucket {
    /// For a page of this origin.
    pub fn new(origin: impl Into<String>) -> Self {
        Self(Preflight::new(origin))
    }
}

impl AsMut<Preflight> for OptionsBucket {
    fn as_mut(&mut self) -> &mut Preflight {
        &mut self.0
    }
}

impl Operation for OptionsBucket {
    type Output = CorsHeaders;
    const NAME: &'static str = "OptionsBucket";
    const METHOD: Method = Method::Options;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        self.0.write(parts);
        Ok(())
    }

    fn decode(&self, answer: &mut Answer) -> Result<CorsHeaders> {
        answer.nothing()?;
        Ok(CorsHeaders::of(answer.head()))
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::Fake;

    #[test]
    fn asks_as_a_browser_does() {
        let fake = Fake::new().answer(
            200,
            &[
                ("access-control-allow-origin", "http://www.a.com"),
                ("access-control-allow-methods", "PUT,POST"),
                ("access-control-max-age", "60"),
            ],
            "",
        );
        let ask =
            fake.bucket().options_bucket("http://www.a.com").request_method("PUT").request_method("POST");
        let allowed = ask.request_header("x-obs-a").send().unwrap();
        assert_eq!(allowed.allow_origin.as_deref(), Some("http://www.a.com"));
        assert_eq!(allowed.allow_methods.as_deref(), Some("PUT,POST"));
        assert_eq!(allowed.max_age, Some(60));

        let sent = fake.only();
        assert_eq!(sent.line(), "OPTIONS /");
        assert_eq!(sent.header("origin"), "http://www.a.com");
        let methods: Vec<_> = sent
            .headers
            .iter()
            .filter(|(n, _)| *n == "access-control-request-method")
            .map(|(_, v)| v)
            .collect();
        assert_eq!(methods, ["PUT", "POST"]);
        assert_eq!(sent.header("access-control-request-headers"), "x-obs-a");
    }
}
