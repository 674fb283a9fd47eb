//! The guide's `security_provider_policy`.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::{Cached, CredentialsChain, CredentialsProvider, EcsMetadata, EnvCredentials};
use crate::error::Error;

/// Where a client without access keys of its own looks for them (`security_provider_policy` of the guide).
///
/// ```
/// use obs_core::SecurityProviderPolicy;
/// assert_eq!(
///     "OBS_DEFAULT".parse::<SecurityProviderPolicy>()?,
///     SecurityProviderPolicy::ObsDefault
/// );
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SecurityProviderPolicy {
    /// `ENV`: in environment variables, see [`EnvCredentials`].
    Env,
    /// `ECS`: at the metadata service of the Elastic Cloud Server that the program runs on, see [`EcsMetadata`].
    Ecs,
    /// `OBS_DEFAULT`: in environment variables, then at the metadata service.
    ObsDefault,
}

impl SecurityProviderPolicy {
    /// The name in the guide.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Env => "ENV",
            Self::Ecs => "ECS",
            Self::ObsDefault => "OBS_DEFAULT",
        }
    }

    pub(crate) fn provider(self) -> Arc<dyn CredentialsProvider> {
        match self {
            Self::Env => Arc::new(EnvCredentials::new()),
            Self::Ecs => Arc::new(Cached::new(EcsMetadata::new())),
            Self::ObsDefault => Arc::new(CredentialsChain::obs_default()),
        }
    }
}

impl fmt::Display for SecurityProviderPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for SecurityProviderPolicy {
    type Err = Error;

    /// Reads the guide's name, in any case.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) for every other word.
    fn from_str(text: &str) -> Result<Self, Error> {
        [Self::Env, Self::Ecs, Self::ObsDefault]
            .into_iter()
            .find(|policy| policy.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| {
                Error::invalid(format!(
                    "security_provider_policy {text:?}: it is one of ENV, ECS and OBS_DEFAULT"
                ))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::Fake;
    use crate::{Credentials, ErrorKind};

    #[test]
    fn given_keys_win_and_a_policy_never_ends_in_an_unsigned_request() {
        let fake = Fake::new();
        let builder = fake.builder().security_provider_policy(SecurityProviderPolicy::Env);
        builder.build().unwrap().head_bucket("examplebucket").send().unwrap();
        assert!(fake.only().header("authorization").starts_with("OBS AKIDEXAMPLE0000001:"));

        let fake = Fake::new();
        let builder = fake.builder().credentials(Credentials::new("", ""));
        let client = builder.security_provider_policy(SecurityProviderPolicy::Env).build().unwrap();
        match client.list_buckets().send() {
            // The machine that runs the test may have keys in its environment.
            _ if std::env::var("OBS_ACCESS_KEY_ID").is_ok() => {}
            result => assert_eq!(result.unwrap_err().kind(), ErrorKind::Credentials),
        }
        assert!(fake.sent().iter().all(|request| !request.header("authorization").is_empty()));
    }

    #[test]
    fn names_of_the_guide() {
        assert_eq!("ecs".parse::<SecurityProviderPolicy>().unwrap(), SecurityProviderPolicy::Ecs);
        assert_eq!("ENV".parse::<SecurityProviderPolicy>().unwrap().to_string(), "ENV");
        let error = "OIDC".parse::<SecurityProviderPolicy>().unwrap_err().to_string();
        assert!(error.contains("OIDC") && error.contains("OBS_DEFAULT"), "{error}");
    }
}
