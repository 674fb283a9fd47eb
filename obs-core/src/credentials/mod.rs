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

    /// The same for a call that needs more than that. Default: the credentials as of now.
    ///
    /// # Errors
    ///
    /// As [`credentials`](Self::credentials), and [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) if they take longer than the call has.
    fn credentials_for(&self, need: CredentialsNeed<'_>) -> Result<Credentials> {
        let _ = need;
        self.credentials()
    }

    /// What an error of a [`CredentialsChain`] calls it. Default: the name of the type.
    fn name(&self) -> &str {
        std::any::type_name::<Self>()
    }
}

/// What a call asks for beside credentials, of a [`CredentialsProvider`] that can do something about it. A [`Cached`] does.
///
/// ```
/// use obs_core::{Credentials, CredentialsNeed, CredentialsProvider, Result};
///
/// #[derive(Debug)]
/// struct Vault;
///
/// impl CredentialsProvider for Vault {
///     fn credentials(&self) -> Result<Credentials> {
///         Ok(Credentials::new("AK of the day", "SK of the day"))
///     }
///
///     fn credentials_for(&self, need: CredentialsNeed<'_>) -> Result<Credentials> {
///         if let Some(refused) = need.refused {
///             println!("{} is no good any more", refused.access_key_id());
///         }
///         self.credentials()
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct CredentialsNeed<'a> {
    /// These the server does not take: they have expired, or their key is not known, no more or not yet. If there are others by now the
    /// call is made once more with them.
    pub refused: Option<&'a Credentials>,
    /// How long the call can wait, if it has a deadline.
    pub time_left: Option<Duration>,
}

/// Whether two are the same, but for their secret key, which does not change without the others.
pub(crate) fn are_same(one: &Credentials, other: &Credentials) -> bool {
    one.access_key_id() == other.access_key_id() && one.security_token() == other.security_token()
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

    fn credentials_for(&self, need: CredentialsNeed<'_>) -> Result<Credentials> {
        (**self).credentials_for(need)
    }

    fn name(&self) -> &str {
        (**self).name()
    }
}

impl<P: CredentialsProvider + ?Sized> CredentialsProvider for Box<P> {
    fn credentials(&self) -> Result<Credentials> {
        (**self).credentials()
    }

    fn credentials_for(&self, need: CredentialsNeed<'_>) -> Result<Credentials> {
        (**self).credentials_for(need)
    }

    fn name(&self) -> &str {
        (**self).name()
    }
}
