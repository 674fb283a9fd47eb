//! Asking the CORS rules about an object.

use obs_sign::Method;

use crate::error::Result;
use crate::operation::{Answer, Operation, Parts};
use crate::types::{CorsHeaders, Preflight};

/// Asks whether a page of another origin may call an object, as a browser does.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use obs_core::settings::cors::CorsRule;
///
/// bucket
///     .set_bucket_cors([
///         CorsRule::new(["PUT"], ["http://www.a.com"]).allowed_headers(["x-obs-acl"])
///     ])
///     .send()?;
/// let allowed = bucket
///     .options_object("hello.txt", "http://www.a.com")
///     .request_method("PUT")
///     .request_header("x-obs-acl")
///     .send()?;
/// println!("{:?} for {:?} seconds", allowed.allow_methods, allowed.max_age);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct OptionsObject {
    key: String,
    preflight: Preflight,
}

impl OptionsObject {
    /// About this object, for a page of this origin.
    pub fn new(key: impl Into<String>, origin: impl Into<String>) -> Self {
        Self { key: key.into(), preflight: Preflight::new(origin) }
    }
}

impl Operation for OptionsObject {
    type Output = CorsHeaders;
    const NAME: &'static str = "OptionsObject";
    const METHOD: Method = Method::Options;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        parts.key(&self.key);
        self.preflight.write(parts);
        Ok(())
    }

    fn decode(&self, answer: &mut Answer) -> Result<CorsHeaders> {
        answer.nothing()?;
        Ok(CorsHeaders::of(answer.head()))
    }
}

impl AsMut<Preflight> for OptionsObject {
    fn as_mut(&mut self) -> &mut Preflight {
        &mut self.preflight
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::Fake;

    #[test]
    fn asks_about_the_object() {
        let headers = [("access-control-allow-origin", "*"), ("access-control-allow-methods", "PUT")];
        let fake = Fake::new().answer(200, &headers, "");
        let ask = fake.bucket().options_object("dir/a b+文.txt", "http://www.a.com").request_method("PUT");
        let allowed = ask.send().unwrap();
        assert_eq!(allowed.allow_origin.as_deref(), Some("*"));
        let sent = fake.only();
        assert_eq!(sent.line(), "OPTIONS /dir/a%20b%2B%E6%96%87.txt");
        assert_eq!(sent.header("origin"), "http://www.a.com");
        assert_eq!(sent.header("access-control-request-method"), "PUT");
    }
}
