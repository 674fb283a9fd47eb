//! The first of several sources that has credentials.

use std::time::Instant;

use obs_sign::Credentials;

use super::{Cached, CredentialsNeed, CredentialsProvider, EcsMetadata, EnvCredentials};
use crate::error::{Error, ErrorKind, Result};

/// Asks several providers in order and takes the first credentials (`OBS_DEFAULT` of the guide, with `security_providers`). If none has
/// any the call fails and names each: it never goes out unsigned instead.
///
/// ```
/// use obs_core::{Cached, CredentialsChain, EcsMetadata, EnvCredentials, ObsClient};
///
/// let chain =
///     CredentialsChain::new().with(EnvCredentials::new()).with(Cached::new(EcsMetadata::new()));
/// let client =
///     ObsClient::builder().endpoint("obs.example.com").credentials_provider(chain).build()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct CredentialsChain {
    providers: Vec<Box<dyn CredentialsProvider>>,
}

impl CredentialsChain {
    /// No providers yet.
    pub const fn new() -> Self {
        Self { providers: Vec::new() }
    }

    /// `OBS_DEFAULT`: the environment, then the metadata service of the ECS.
    pub fn obs_default() -> Self {
        Self::new().with(EnvCredentials::new()).with(Cached::new(EcsMetadata::new()))
    }

    /// Adds a provider, to be asked after those before it.
    #[must_use]
    pub fn with(mut self, provider: impl CredentialsProvider) -> Self {
        self.providers.push(Box::new(provider));
        self
    }
}

impl CredentialsProvider for CredentialsChain {
    fn credentials(&self) -> Result<Credentials> {
        self.credentials_for(CredentialsNeed::default())
    }

    fn credentials_for(&self, need: CredentialsNeed<'_>) -> Result<Credentials> {
        let began = Instant::now();
        let mut tried = Vec::with_capacity(self.providers.len());
        for provider in &self.providers {
            let time_left = need.time_left.map(|time| time.saturating_sub(began.elapsed()));
            match provider.credentials_for(CredentialsNeed { time_left, ..need }) {
                Err(error) if error.is_timeout() && time_left.is_some() => return Err(error),
                Ok(found) if !found.is_anonymous() => return Ok(found),
                Ok(_) => tried.push(format!("{}: it gave empty keys", provider.name())),
                Err(error) => tried.push(format!("{}: {error}", provider.name())),
            }
        }
        let message = if tried.is_empty() {
            "no credentials: the chain has no providers".to_owned()
        } else {
            format!("no credentials ({})", tried.join("; "))
        };
        Err(Error::new(ErrorKind::Credentials, message))
    }

    fn name(&self) -> &str {
        "chain"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ObsClient;
    use crate::test_support::Fake;

    #[derive(Debug)]
    struct Nothing(&'static str);

    impl CredentialsProvider for Nothing {
        fn credentials(&self) -> Result<Credentials> {
            Err(Error::new(ErrorKind::Credentials, "closed today"))
        }

        fn name(&self) -> &str {
            self.0
        }
    }

    #[test]
    fn the_first_that_has_some_wins() {
        let chain = CredentialsChain::new()
            .with(Nothing("A"))
            .with(Credentials::anonymous())
            .with(Credentials::new("AK1", "SK1"))
            .with(Credentials::new("AK2", "SK2"));
        assert_eq!(chain.credentials().unwrap().access_key_id(), "AK1");
    }

    #[test]
    fn a_chain_without_credentials_sends_nothing_and_names_all() {
        let chain =
            CredentialsChain::new().with(Nothing("A")).with(Nothing("B")).with(Credentials::new("AK", " "));
        let fake = Fake::new();
        let client: ObsClient = fake.builder().credentials_provider(chain).build().unwrap();
        let error = client.list_buckets().send().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Credentials);
        let said = error.to_string();
        for part in ["A: closed today", "B: closed today", "given credentials: it gave empty keys"] {
            assert!(said.contains(part), "{said}");
        }
        assert!(fake.sent().is_empty());
    }
}
