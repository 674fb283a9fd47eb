use std::fmt;

/// Why something could not be signed or addressed.
///
/// Every message names the thing at fault and says what to do about it. No variant ever holds a secret key, a token or the value of a
/// header.
///
/// ```
/// use obs_sign::{Endpoint, Error};
///
/// let error = Endpoint::parse("ftp://obs.example.com").unwrap_err();
/// assert!(matches!(error, Error::Endpoint { .. }));
/// println!("{error}");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The endpoint cannot be read as `[http[s]://]host[:port]`.
    Endpoint {
        /// What was given; a user name and password in it are masked.
        endpoint: String,
        /// What is wrong and what to give instead.
        reason: &'static str,
    },
    /// A bucket name that breaks a rule for names, or would break the host or the path.
    BucketName {
        /// The name.
        bucket: String,
        /// The rule.
        reason: &'static str,
    },
    /// An object key was given as the empty string.
    EmptyKey,
    /// An object key of more than 1,024 bytes.
    KeyTooLong {
        /// The key.
        key: String,
    },
    /// A call that needs a bucket has none.
    MissingBucket {
        /// What needs it.
        reason: &'static str,
    },
    /// A header that HTTP cannot carry. The value is never part of the message.
    Header {
        /// The header's name, escaped.
        name: String,
        /// What is wrong with name or value.
        reason: &'static str,
    },
    /// The lifetime of a signed URL or POST policy is out of range.
    Expires {
        /// The lifetime in seconds.
        seconds: u64,
        /// The allowed range.
        reason: &'static str,
    },
    /// The time of signing lies before 1970 or after the year 9999.
    Time,
    /// An HTTP method that OBS does not know.
    Method {
        /// The word given.
        method: String,
    },
    /// Something that only a signature can make was asked of anonymous credentials.
    MissingCredentials {
        /// What needs them.
        what: &'static str,
    },
    /// A condition of a POST policy that no form can meet.
    PostPolicy {
        /// The field or condition.
        field: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endpoint { endpoint, reason } => write!(f, "endpoint {endpoint:?}: {reason}"),
            Self::BucketName { bucket, reason } => write!(f, "bucket name {bucket:?}: {reason}"),
            Self::EmptyKey => f.write_str("object key \"\": a key must not be empty; give the object's name"),
            Self::KeyTooLong { key } => {
                let start: String = key.chars().take(40).collect();
                write!(f, "object key \"{}\u{2026}\": it has {} bytes, a key has at most 1024; give a shorter name", start.escape_debug(), key.len())
            }
            Self::MissingBucket { reason } => write!(f, "no bucket: {reason}"),
            Self::Header { name, reason } => write!(f, "header {name}: {reason}"),
            Self::Expires { seconds, reason } => write!(f, "expires in {seconds} s: {reason}"),
            Self::Time => f.write_str(
                "time of signing: a signature needs a time from 1970 to the end of 9999; set the system's clock",
            ),
            Self::Method { method } => {
                write!(f, "method {method:?}: use one of GET, PUT, POST, DELETE, HEAD, OPTIONS")
            }
            Self::MissingCredentials { what } => {
                write!(f, "{what} needs an access key id and a secret access key; these credentials are anonymous")
            }
            Self::PostPolicy { field, reason } => write!(f, "POST policy, {field:?}: {reason}"),
        }
    }
}

impl std::error::Error for Error {}
