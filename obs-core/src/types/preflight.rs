//! What a browser asks ahead of a call to another origin.

use crate::operation::{Operation, Parts};
use crate::request::Request;

/// The question of a preflight request (`OPTIONS`): may a page of this origin call with these methods and headers?
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use obs_core::settings::cors::CorsRule;
///
/// bucket.set_bucket_cors([CorsRule::new(["GET", "PUT"], ["*"])]).send()?;
/// let allowed = bucket
///     .options_bucket("https://www.example.com")
///     .request_method("GET")
///     .request_method("PUT")
///     .send()?;
/// println!("{:?}", allowed.allow_methods);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Preflight {
    origin: String,
    methods: Vec<String>,
    headers: Vec<String>,
}

impl Preflight {
    /// For a page of this origin, such as `http://www.a.com`.
    pub fn new(origin: impl Into<String>) -> Self {
        Self { origin: origin.into(), methods: Vec::new(), headers: Vec::new() }
    }

    /// Writes it as headers, a line for each method and header that is asked for.
    pub(crate) fn write(&self, parts: &mut Parts) {
        parts.header("origin", &self.origin);
        for method in &self.methods {
            parts.append_header("access-control-request-method", method);
        }
        for header in &self.headers {
            parts.append_header("access-control-request-headers", header);
        }
    }
}

impl<O: Operation + AsMut<Preflight>> Request<O> {
    /// Adds a method that the page wants to call with (`Access-Control-Request-Method`): `GET`, `PUT`, `HEAD`, `POST` or
    /// `DELETE`. OBS wants at least one.
    pub fn request_method(mut self, method: impl Into<String>) -> Self {
        self.operation.as_mut().methods.push(method.into());
        self
    }

    /// Adds a header that the page wants to send (`Access-Control-Request-Headers`).
    pub fn request_header(mut self, name: impl Into<String>) -> Self {
        self.operation.as_mut().headers.push(name.into());
        self
    }
}
