//! Where credentials come from: given, from the environment, from the metadata service of an ECS, from the first of
//! several, or from the caller's own provider.

mod chain;
mod ecs;
mod env;
mod expiring;
mod policy;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use obs_sign::Credentials;

pub use chain::CredentialsChain;
pub use ecs::EcsMetadata;
pub use env::EnvCredentials;
pub use expiring::{Cached, CredentialsSource, ExpiringCredentials};
pub use policy::SecurityProviderPolicy;

use crate::error::Result;

/// Gives the credentials that an attempt is signed with. It is asked for every attempt, so it should keep what it
/// knows: a source that is slow to ask is better written as a [`CredentialsSource`] and kept in a [`Cached`].
///
/// ```
/// use obs_core::{Credentials, CredentialsProvider, Error};
///
/// #[derive(Debug)]
/// struct Vault;
///
/// impl CredentialsProvider for Vault {
///     fn credentials(&self) -> Result<Credentials, Error> {
///         Ok(Credentials::new("AK of the day", "SK of the day"))
///     }
/// }
/// ```
pub trait CredentialsProvider: fmt::Debug + Send + Sync + 'static {
    /// The credentials as of now.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Credentials`](crate::ErrorKind::Credentials) saying what was looked for and where. A provider that has none
    /// must say so: [anonymous](Credentials::anonymous) credentials mean that requests are to go out unsigned.
    fn credentials(&self) -> Result<Credentials>;

    /// The same for a call that has so much time left. Whoever waits for others here should give up by then, with
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout). Default: [`credentials`](Self::credentials), however long that takes.
    ///
    /// # Errors
    ///
    /// Those of [`credentials`](Self::credentials), and that the time is up.
    fn credentials_within(&self, limit: Option<Duration>) -> Result<Credentials> {
        let _ = limit;
        self.credentials()
    }

    /// What an error of a [`CredentialsChain`] calls it. Default: the name of the type.
    fn name(&self) -> &str {
        std::any::type_name::<Self>()
    }
}

impl CredentialsProvider for Credentials {
    fn credentials(&self) -> Result<Credentials> {
        Ok(self.clone())
    }

    fn name(&self) -> &str {
        "given credentials"
    }
}

impl<P: CredentialsProvider + ?Sized> CredentialsProvider for Arc<P> {
    fn credentials(&self) -> Result<Credentials> {
        (**self).credentials()
    }

    fn credentials_within(&self, limit: Option<Duration>) -> Result<Credentials> {
        (**self).credentials_within(limit)
    }

    fn name(&self) -> &str {
        (**self).name()
    }
}

impl<P: CredentialsProvider + ?Sized> CredentialsProvider for Box<P> {
    fn credentials(&self) -> Result<Credentials> {
        (**self).credentials()
    }

    fn credentials_within(&self, limit: Option<Duration>) -> Result<Credentials> {
        (**self).credentials_within(limit)
    }

    fn name(&self) -> &str {
        (**self).name()
    }
}
