//! Why a command did not do what it was to do: one line that says what to do, and an exit code.

use std::fmt;
use std::io;

use obs_core::{ErrorKind, code};

/// The end of a command that did not go well.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Exit code 1.
    Failed(String),
    /// Exit code 2: the command cannot be understood as it is.
    Usage(String),
    /// Exit code 3: some of many things failed, and were told.
    Partial(String),
    /// Whoever read the output has gone, as `head` does: nothing to say, and no failure.
    NobodyListens,
}

impl Failure {
    pub(crate) fn failed(text: impl Into<String>) -> Self {
        Self::Failed(text.into())
    }

    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::Usage(text.into())
    }

    /// A refusal of the file system.
    pub(crate) fn io(doing: impl fmt::Display, error: &io::Error) -> Self {
        Self::Failed(format!("{doing}: {error}"))
    }

    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::NobodyListens => 0,
            Self::Failed(_) => 1,
            Self::Usage(_) => 2,
            Self::Partial(_) => 3,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(text) | Self::Usage(text) | Self::Partial(text) => f.write_str(text),
            Self::NobodyListens => Ok(()),
        }
    }
}

impl From<obs_core::Error> for Failure {
    fn from(error: obs_core::Error) -> Self {
        let text = with_hint(error.to_string(), hint(&error));
        if error.kind() == ErrorKind::InvalidInput { Self::Usage(text) } else { Self::Failed(text) }
    }
}

impl From<obs_transfer::Error> for Failure {
    fn from(error: obs_transfer::Error) -> Self {
        let refused = *error.kind() == obs_transfer::ErrorKind::InvalidInput
            || error.call().is_some_and(|error| error.kind() == ErrorKind::InvalidInput);
        if refused { Self::Usage(explain(&error)) } else { Self::Failed(explain(&error)) }
    }
}

/// What is written to standard output goes to a pipe whose reader may be gone.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::NobodyListens,
            _ => Self::io("cannot write to standard output", &error),
        }
    }
}

/// The error of a transfer, with what to do.
pub(crate) fn explain(error: &obs_transfer::Error) -> String {
    with_hint(error.to_string(), error.call().and_then(hint))
}

fn with_hint(error: String, hint: Option<String>) -> String {
    match hint {
        Some(hint) => format!("{error} -- {hint}"),
        None => error,
    }
}

/// What to do about the error of a call.
fn hint(error: &obs_core::Error) -> Option<String> {
    let bucket = error.bucket().unwrap_or("my-bucket");
    let text = match (error.kind(), error.code()) {
        (ErrorKind::Connect | ErrorKind::Timeout, _) => {
            "check the endpoint (--endpoint or OBS_ENDPOINT), the network and the proxy".to_owned()
        }
        (ErrorKind::Decode, _) => {
            "check the endpoint (--endpoint or OBS_ENDPOINT) and the proxy: what answers there does not speak as OBS does".to_owned()
        }
        (ErrorKind::Tls, _) => {
            "check the endpoint; for a company's own CA give --ca-file".to_owned()
        }
        (_, Some(code::NO_SUCH_BUCKET)) => format!(
            "check the name (`obs ls` lists your buckets) and the region in the endpoint, or create it: obs mb obs://{bucket}"
        ),
        (_, Some(code::NO_SUCH_KEY)) => format!("check the key: `obs ls -r obs://{bucket}` lists those there are"),
        (_, Some(code::INVALID_ACCESS_KEY_ID)) => {
            "check the access key ID (OBS_ACCESS_KEY_ID or the profile), and whether it belongs to this service".to_owned()
        }
        (_, Some(code::SIGNATURE_DOES_NOT_MATCH)) => {
            "check the secret access key (OBS_SECRET_ACCESS_KEY or the profile)".to_owned()
        }
        (_, Some(code::BUCKET_NOT_EMPTY)) => {
            format!("empty it first, or delete all that is in it: obs rb --force obs://{bucket}")
        }
        (_, Some(code::INVALID_OBJECT_STATE)) => "the object is archived: restore it first with `obs restore`".to_owned(),
        (_, Some(code::REQUEST_TIME_TOO_SKEWED)) => "set the clock of this machine".to_owned(),
        (_, Some("ExpiredToken" | "InvalidToken")) => {
            "get new temporary credentials, and set all three: OBS_ACCESS_KEY_ID, OBS_SECRET_ACCESS_KEY, OBS_SECURITY_TOKEN"
                .to_owned()
        }
        // HEAD has no body that could tell a wrong secret from a missing right
        _ if error.is_access_denied() && error.sent_code().is_none() => {
            "check the access key, its secret, and whether it may do this".to_owned()
        }
        _ if error.is_access_denied() => "check whether this access key may do this".to_owned(),
        _ if error.is_not_found() && error.sent_code().is_none() && error.key().is_some() => {
            format!("check bucket and key: `obs ls obs://{bucket}` lists what there is")
        }
        _ if error.is_not_found() && error.sent_code().is_none() => {
            format!("check the name (`obs ls` lists your buckets), or create it: obs mb obs://{bucket}")
        }
        _ => return None,
    };
    Some(text)
}
