//! Where credentials come from: given, from the environment, from the metadata service of an ECS, from the first of
//! several, or from the caller's own provider.

use std::fmt;

use obs_sign::Credentials;

use crate::error::Result;

/// Gives the credentials that an attempt is signed with. It is asked for every attempt, so it should keep what it
/// knows.
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
    /// [`ErrorKind::Credentials`](crate::ErrorKind::Credentials) saying what was looked for and where.
    fn credentials(&self) -> Result<Credentials>;
}

impl CredentialsProvider for Credentials {
    fn credentials(&self) -> Result<Credentials> {
        Ok(self.clone())
    }
}
