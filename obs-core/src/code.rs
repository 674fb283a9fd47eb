//! The error codes of OBS as constants, to compare with [`Error::code`](crate::Error::code).

use crate::operation::Head;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        $($(#[$doc])* pub const $name: &str = $code;)*
    };
}

codes! {
    /// 403: the caller has no permission.
    ACCESS_DENIED = "AccessDenied";
    /// 500: trouble in the service; try again.
    INTERNAL_ERROR = "InternalError";
    /// 404: no such bucket.
    NO_SUCH_BUCKET = "NoSuchBucket";
    /// 404: no such object.
    NO_SUCH_KEY = "NoSuchKey";
    /// 404: the multipart upload was completed, aborted, or never was.
    NO_SUCH_UPLOAD = "NoSuchUpload";
    /// 412: a condition was not met.
    PRECONDITION_FAILED = "PreconditionFailed";
    /// 403: the clocks of client and server differ by more than 15 minutes.
    REQUEST_TIME_TOO_SKEWED = "RequestTimeTooSkewed";
    /// 503: the service is overloaded or not available; try again.
    SERVICE_UNAVAILABLE = "ServiceUnavailable";
    /// 403: the signature is wrong, most often because the secret key is.
    SIGNATURE_DOES_NOT_MATCH = "SignatureDoesNotMatch";
    /// 503: too many requests; slow down.
    SLOW_DOWN = "SlowDown";
}

/// Whether an error inside of a 200 means what a 5xx would.
pub(crate) fn is_transient(code: &str) -> bool {
    matches!(
        code,
        INTERNAL_ERROR
            | SERVICE_UNAVAILABLE
            | SLOW_DOWN
            | "InternalServerError"
            | "OperationTimeout"
            | "RequestTimeout"
    )
}

/// What a status means where an answer has no body to say it, as with HEAD.
pub(crate) fn of_status(head: &Head) -> Option<&'static str> {
    Some(match head.status() {
        403 => ACCESS_DENIED,
        405 => "MethodNotAllowed",
        409 => "Conflict",
        412 => PRECONDITION_FAILED,
        416 => "InvalidRange",
        304 => "NotModified",
        404 => "NotFound",
        503 => SERVICE_UNAVAILABLE,
        500 => INTERNAL_ERROR,
        _ => return None,
    })
}
