//! The error codes of OBS as constants, to compare with [`Error::code`](crate::Error::code), in the order of the HTTP
//! statuses that they come with.
//!
//! ```
//! use obs_core::{Error, code};
//!
//! fn is_lost(error: &Error) -> bool {
//!     matches!(error.code(), Some(code::NO_SUCH_UPLOAD | code::NO_SUCH_BUCKET))
//! }
//! # assert!(!is_lost(&Error::invalid("no code")));
//! ```

use crate::operation::Head;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        $($(#[$doc])* pub const $name: &str = $code;)*
    };
}

codes! {
    /// 301: the bucket can be reached only through the address that the answer names.
    PERMANENT_REDIRECT = "PermanentRedirect";
    /// 301: a request to a website lacks the bucket's name.
    WEBSITE_REDIRECT = "WebsiteRedirect";
    /// 307: go to the address that the answer names, for this time.
    TEMPORARY_REDIRECT = "TemporaryRedirect";
    /// 400: the bytes that arrived do not have the checksum that was sent with them.
    BAD_DIGEST = "BadDigest";
    /// 400: that is no domain name.
    BAD_DOMAIN_NAME = "BadDomainName";
    /// 400: a parameter is wrong; the message says which.
    BAD_REQUEST = "BadRequest";
    /// 400: the custom domain is set already (the service spells it so).
    CUSTOM_DOMAIN_AREADY_EXIST = "CustomDomainAreadyExist";
    /// 400: the custom domain to be deleted is not there.
    CUSTOM_DOMAIN_NOT_EXIST = "CustomDomainNotExist";
    /// 400: the object or form is larger than the service or the POST policy allows.
    ENTITY_TOO_LARGE = "EntityTooLarge";
    /// 400: a part but the last has less than 100 KB, or a form less than the POST policy wants.
    ENTITY_TOO_SMALL = "EntityTooSmall";
    /// 400: the region of the new bucket does not fit the endpoint: name it, or ask the endpoint of that region.
    ILLEGAL_LOCATION_CONSTRAINT_EXCEPTION = "IllegalLocationConstraintException";
    /// 400: the body broke off; send it again.
    INCOMPLETE_BODY = "IncompleteBody";
    /// 400: a POST form must hold exactly one file.
    INCORRECT_NUMBER_OF_FILES_IN_POST_REQUEST = "IncorrectNumberOfFilesInPostRequest";
    /// 400: an argument is wrong; the message says which.
    INVALID_ARGUMENT = "InvalidArgument";
    /// 400: the bucket is not there.
    INVALID_BUCKET = "InvalidBucket";
    /// 400: a bucket's name has 3 to 63 lower-case letters, digits, hyphens and dots.
    INVALID_BUCKET_NAME = "InvalidBucketName";
    /// 400: the encryption headers do not fit the object.
    INVALID_ENCRYPTION_ALGORITHM_ERROR = "InvalidEncryptionAlgorithmError";
    /// 400: there is no such region.
    INVALID_LOCATION_CONSTRAINT = "InvalidLocationConstraint";
    /// 400: a part was never uploaded, or has another ETag.
    INVALID_PART = "InvalidPart";
    /// 400: the parts are not in ascending order.
    INVALID_PART_ORDER = "InvalidPartOrder";
    /// 400: the form does not meet the conditions of its POST policy.
    INVALID_POLICY_DOCUMENT = "InvalidPolicyDocument";
    /// 400: that is no place to redirect to.
    INVALID_REDIRECT_LOCATION = "InvalidRedirectLocation";
    /// 400: the request makes no sense; the message says why.
    INVALID_REQUEST = "InvalidRequest";
    /// 400: the body is missing or not understood.
    INVALID_REQUEST_BODY = "InvalidRequestBody";
    /// 400: the log delivery may not write to the bucket for logs.
    INVALID_TARGET_BUCKET_FOR_LOGGING = "InvalidTargetBucketForLogging";
    /// 400: the key is too long.
    KEY_TOO_LONG_ERROR = "KeyTooLongError";
    /// 400: the KMS key is disabled.
    KMS_DISABLED = "KMS.DisabledException";
    /// 400: there is no such KMS key.
    KMS_NOT_FOUND = "KMS.NotFoundException";
    /// 400: the access control list is not understood.
    MALFORMED_ACL_ERROR = "MalformedACLError";
    /// 400: the XML of the request is not understood.
    MALFORMED_ERROR = "MalformedError";
    /// 400: the logging document is not understood.
    MALFORMED_LOGGING_STATUS = "MalformedLoggingStatus";
    /// 400: the bucket policy is not understood; the message says where.
    MALFORMED_POLICY = "MalformedPolicy";
    /// 400: the quota document is not understood.
    MALFORMED_QUOTA_ERROR = "MalformedQuotaError";
    /// 400: the document is not understood.
    MALFORMED_XML = "MalformedXML";
    /// 400: the request has a body where none belongs, as with a copy.
    MAX_MESSAGE_LENGTH_EXCEEDED = "MaxMessageLengthExceeded";
    /// 400: the metadata has more than 8 KB.
    METADATA_TOO_LARGE = "MetadataTooLarge";
    /// 400: the request names no region, and there is no default.
    MISSING_REGION = "MissingRegion";
    /// 400: the body is missing.
    MISSING_REQUEST_BODY_ERROR = "MissingRequestBodyError";
    /// 400: a header is missing; the message says which.
    MISSING_REQUIRED_HEADER = "MissingRequiredHeader";
    /// 400: a header is missing; the message says which.
    MISSING_SECURITY_HEADER = "MissingSecurityHeader";
    /// 400: the account may not have more buckets.
    TOO_MANY_BUCKETS = "TooManyBuckets";
    /// 400: the bucket may not have more custom domains.
    TOO_MANY_CUSTOM_DOMAINS = "TooManyCustomDomains";
    /// 400: too many requests of this access key were signed wrong.
    TOO_MANY_WRONG_SIGNATURE = "TooManyWrongSignature";
    /// 400: the request has a body where none belongs, or none where one does.
    UNEXPECTED_CONTENT = "UnexpectedContent";
    /// 400: only special users may do this.
    USER_KEY_MUST_BE_SPECIFIED = "UserKeyMustBeSpecified";
    /// 403: the caller has no permission, or the request has no valid date.
    ACCESS_DENIED = "AccessDenied";
    /// 403: no CORS rule of the bucket allows it.
    ACCESS_FORBIDDEN = "AccessForbidden";
    /// 403: the name of the bucket is not allowed.
    ALL_ACCESS_DISABLED = "AllAccessDisabled";
    /// 403: the account was closed.
    DEREGISTER_USER_ID = "DeregisterUserId";
    /// 403: the account is in arrears.
    IN_ARREAR_OR_INSUFFICIENT_BALANCE = "InArrearOrInsufficientBalance";
    /// 403: the bucket's quota is used up.
    INSUFFICIENT_STORAGE_SPACE = "InsufficientStorageSpace";
    /// 403: there is no such access key.
    INVALID_ACCESS_KEY_ID = "InvalidAccessKeyId";
    /// 403: the object is archived: restore it first.
    INVALID_OBJECT_STATE = "InvalidObjectState";
    /// 403: the account is not registered for OBS.
    NOT_SIGNED_UP = "NotSignedUp";
    /// 403: the clocks of client and server differ by more than 15 minutes.
    REQUEST_TIME_TOO_SKEWED = "RequestTimeTooSkewed";
    /// 403: the signature is wrong, most often because the secret key is.
    SIGNATURE_DOES_NOT_MATCH = "SignatureDoesNotMatch";
    /// 403: the account is not authenticated in real name.
    UNAUTHORIZED = "Unauthorized";
    /// 404: there is no such bucket.
    NO_SUCH_BUCKET = "NoSuchBucket";
    /// 404: the bucket has no policy.
    NO_SUCH_BUCKET_POLICY = "NoSuchBucketPolicy";
    /// 404: the bucket has no CORS rules.
    NO_SUCH_CORS_CONFIGURATION = "NoSuchCORSConfiguration";
    /// 404: the bucket has no such custom domain.
    NO_SUCH_CUSTOM_DOMAIN = "NoSuchCustomDomain";
    /// 404: there is no such object.
    NO_SUCH_KEY = "NoSuchKey";
    /// 404: the bucket has no lifecycle rules.
    NO_SUCH_LIFECYCLE_CONFIGURATION = "NoSuchLifecycleConfiguration";
    /// 404: the bucket or object has no tags.
    NO_SUCH_TAG_SET = "NoSuchTagSet";
    /// 404: the multipart upload was completed or aborted, or never was.
    NO_SUCH_UPLOAD = "NoSuchUpload";
    /// 404: the object has no such version.
    NO_SUCH_VERSION = "NoSuchVersion";
    /// 404: the bucket is no website.
    NO_SUCH_WEBSITE_CONFIGURATION = "NoSuchWebsiteConfiguration";
    /// 405: that cannot be done with this resource, such as reading a delete marker.
    METHOD_NOT_ALLOWED = "MethodNotAllowed";
    /// 408: nothing came or went for too long; send it again.
    REQUEST_TIMEOUT = "RequestTimeout";
    /// 409: somebody has a bucket of this name.
    BUCKET_ALREADY_EXISTS = "BucketAlreadyExists";
    /// 409: the bucket is yours already.
    BUCKET_ALREADY_OWNED_BY_YOU = "BucketAlreadyOwnedByYou";
    /// 409: the bucket still holds objects, versions or uploads.
    BUCKET_NOT_EMPTY = "BucketNotEmpty";
    /// 409: the state of the bucket is against it, such as versioning that replication needs.
    INVALID_BUCKET_STATE = "InvalidBucketState";
    /// 409: the object was not made by appending.
    OBJECT_NOT_APPENDABLE = "ObjectNotAppendable";
    /// 409: another operation on the resource is under way; try again later.
    OPERATION_ABORTED = "OperationAborted";
    /// 409: the object does not end where the append was to go.
    POSITION_NOT_EQUAL_TO_LENGTH = "PositionNotEqualToLength";
    /// 409: the object is being restored already.
    RESTORE_ALREADY_IN_PROGRESS = "RestoreAlreadyInProgress";
    /// 409: the bucket does not offer this.
    SERVICE_NOT_SUPPORTED = "ServiceNotSupported";
    /// 411: the request lacks `Content-Length`.
    MISSING_CONTENT_LENGTH = "MissingContentLength";
    /// 412: a condition was not met.
    PRECONDITION_FAILED = "PreconditionFailed";
    /// 416: the object has no such range.
    INVALID_RANGE = "InvalidRange";
    /// 500: trouble in the service; try again.
    INTERNAL_ERROR = "InternalError";
    /// 501: the server does not offer this.
    SERVICE_NOT_IMPLEMENTED = "ServiceNotImplemented";
    /// 503: the service is overloaded or has trouble; try again later.
    SERVICE_UNAVAILABLE = "ServiceUnavailable";
    /// 503: too many requests; send fewer.
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
            | REQUEST_TIMEOUT
    )
}

/// What a status means where an answer has no body to say it, as with HEAD.
pub(crate) fn of_status(head: &Head) -> Option<&'static str> {
    Some(match head.status() {
        403 => ACCESS_DENIED,
        405 => METHOD_NOT_ALLOWED,
        409 => "Conflict",
        412 => PRECONDITION_FAILED,
        416 => INVALID_RANGE,
        304 => "NotModified",
        404 => "NotFound",
        503 => SERVICE_UNAVAILABLE,
        500 => INTERNAL_ERROR,
        _ => return None,
    })
}
