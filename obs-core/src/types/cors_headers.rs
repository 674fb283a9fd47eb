//! What a server says to a browser of another origin.

use crate::operation::Head;

/// The `Access-Control-*` headers of an answer, which the bucket's CORS rules gave.
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
