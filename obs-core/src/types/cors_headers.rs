//! What a server says to a browser of another origin.

use crate::operation::Head;

/// The `Access-Control-*` headers of an answer, which the bucket's CORS rules gave.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use obs_core::settings::cors::CorsRule;
///
/// bucket
///     .set_bucket_cors([
///         CorsRule::new(["GET"], ["https://www.example.com"]).expose_headers(["ETag"])
///     ])
///     .send()?;
/// let object =
///     bucket.get_object_metadata("hello.txt").origin("https://www.example.com").send()?;
/// println!("{:?} may read {:?}", object.cors.allow_origin, object.cors.expose_headers);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CorsHeaders {
    /// `Access-Control-Allow-Origin`.
    pub allow_origin: Option<String>,
    /// `Access-Control-Allow-Headers`.
    pub allow_headers: Option<String>,
    /// `Access-Control-Allow-Methods`.
    pub allow_methods: Option<String>,
    /// `Access-Control-Expose-Headers`.
    pub expose_headers: Option<String>,
    /// `Access-Control-Max-Age`, in seconds.
    pub max_age: Option<u64>,
}

impl CorsHeaders {
    pub(crate) fn of(head: &Head) -> Self {
        let text = |name| head.headers().get(name).map(str::to_owned);
        Self {
            allow_origin: text("access-control-allow-origin"),
            allow_headers: text("access-control-allow-headers"),
            allow_methods: text("access-control-allow-methods"),
            expose_headers: text("access-control-expose-headers"),
            max_age: head.number("access-control-max-age"),
        }
    }
}
