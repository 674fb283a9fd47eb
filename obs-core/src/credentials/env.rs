//! Credentials in environment variables.

use obs_sign::Credentials;
use zeroize::Zeroizing;

use super::CredentialsProvider;
use crate::error::{Error, ErrorKind, Result};

const ACCESS_KEY_ID: &str = "OBS_ACCESS_KEY_ID";
const SECRET_ACCESS_KEY: &str = "OBS_SECRET_ACCESS_KEY";
const SECURITY_TOKEN: &str = "OBS_SECURITY_TOKEN";

/// Reads `OBS_ACCESS_KEY_ID`, `OBS_SECRET_ACCESS_KEY` and, of temporary credentials, `OBS_SECURITY_TOKEN` (`ENV` of the guide).
/// The variables are read anew for each attempt.
///
/// ```
/// use obs_core::{EnvCredentials, ObsClient};
/// let client = ObsClient::builder()
///     .endpoint("obs.example.com")
///     .credentials_provider(EnvCredentials::new())
///     .build()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct EnvCredentials;

impl EnvCredentials {
    /// The environment of the process.
    pub const fn new() -> Self {
        Self
    }
}

impl CredentialsProvider for EnvCredentials {
    fn credentials(&self) -> Result<Credentials> {
        read(|name| std::env::var(name).ok())
    }

    fn name(&self) -> &str {
        "ENV"
    }
}

fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Credentials> {
    let given = |name: &str| variable(name).map(Zeroizing::new).filter(|value| !value.trim().is_empty());
    match (given(ACCESS_KEY_ID), given(SECRET_ACCESS_KEY)) {
        (Some(access_key_id), Some(secret)) => Ok(Credentials::new(&**access_key_id, &**secret)
            .with_security_token(&**given(SECURITY_TOKEN).unwrap_or_default())),
        (access_key_id, secret) => {
            let absent: Vec<_> = [(ACCESS_KEY_ID, access_key_id), (SECRET_ACCESS_KEY, secret)]
                .into_iter()
                .filter_map(|(name, value)| value.is_none().then_some(name))
                .collect();
            let message = format!("not set in the environment: {}", absent.join(" and "));
            Err(Error::new(ErrorKind::Credentials, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Result<Credentials> {
        read(|name| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn both_keys_and_perhaps_a_token() {
        let found =
            of(&[(ACCESS_KEY_ID, " AK\n"), (SECRET_ACCESS_KEY, "SK"), (SECURITY_TOKEN, "T")]).unwrap();
        assert_eq!((found.access_key_id(), found.security_token()), ("AK", Some("T")));
        let found = of(&[(ACCESS_KEY_ID, "AK"), (SECRET_ACCESS_KEY, "SK"), (SECURITY_TOKEN, "")]).unwrap();
        assert_eq!(found.security_token(), None);
    }

    #[test]
    fn half_a_pair_is_none_and_its_error_shows_no_value() {
        let error = of(&[(SECRET_ACCESS_KEY, "s3cret"), (ACCESS_KEY_ID, " ")]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Credentials);
        assert_eq!(error.to_string(), "not set in the environment: OBS_ACCESS_KEY_ID");
        let error = of(&[]).unwrap_err().to_string();
        assert_eq!(error, "not set in the environment: OBS_ACCESS_KEY_ID and OBS_SECRET_ACCESS_KEY");
    }
}
