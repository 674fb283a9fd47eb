use std::fmt;
use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use zeroize::Zeroizing;

use crate::Error;
use crate::redact::MASK;

/// An access key pair, with a security token if it is temporary.
///
/// A clone shares what it holds. The secret is wiped from memory when the last clone is dropped, and `Debug` never shows it.
///
/// ```
/// use obs_sign::Credentials;
/// let credentials = Credentials::new("AK", "SK").with_security_token("TOKEN");
/// assert_eq!(credentials.access_key_id(), "AK");
/// assert_eq!(credentials.security_token(), Some("TOKEN"));
/// assert!(!format!("{credentials:?}").contains("TOKEN"));
/// assert!(Credentials::anonymous().is_anonymous());
/// ```
#[derive(Clone)]
pub struct Credentials(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    access_key_id: String,
    /// The key has been hashed in: each signature starts from a copy of this state.
    hmac_sha1: Option<Hmac<Sha1>>,
    #[cfg(feature = "v4")]
    secret: Zeroizing<String>,
    security_token: Option<Zeroizing<String>>,
}

impl Credentials {
    /// A permanent key pair. Blanks around both are dropped; if either is empty the credentials are [anonymous](Self::is_anonymous).
    pub fn new(access_key_id: impl Into<String>, secret_access_key: impl Into<String>) -> Self {
        let access_key_id = access_key_id.into().trim().to_owned();
        let given = Zeroizing::new(secret_access_key.into());
        let secret = given.trim();
        let usable = !access_key_id.is_empty() && !secret.is_empty();
        Self(Arc::new(Inner {
            access_key_id,
            // HMAC takes keys of any length: this is `None` for anonymous credentials only.
            hmac_sha1: if usable { Hmac::new_from_slice(secret.as_bytes()).ok() } else { None },
            #[cfg(feature = "v4")]
            secret: Zeroizing::new(secret.to_owned()),
            security_token: None,
        }))
    }

    /// Adds the security token of temporary credentials. Blanks around it are dropped; an empty token is none.
    #[must_use]
    pub fn with_security_token(mut self, token: impl Into<String>) -> Self {
        let token = Zeroizing::new(token.into());
        let trimmed = token.trim();
        // In place: moved out, the state of the key would stay behind in memory that is given back.
        Arc::make_mut(&mut self.0).security_token =
            (!trimmed.is_empty()).then(|| Zeroizing::new(trimmed.to_owned()));
        self
    }

    /// No credentials: requests go out unsigned, for what everyone may read.
    pub fn anonymous() -> Self {
        Self::new("", "")
    }

    /// The access key id (AK), which is no secret.
    pub fn access_key_id(&self) -> &str {
        &self.0.access_key_id
    }

    /// The security token of temporary credentials.
    pub fn security_token(&self) -> Option<&str> {
        self.0.security_token.as_ref().map(|token| token.as_str())
    }

    /// Whether the access key id or the secret access key is empty, so that nothing can be signed.
    pub fn is_anonymous(&self) -> bool {
        self.0.hmac_sha1.is_none()
    }

    /// HMAC-SHA1 of `data` under the secret key; an error if anonymous.
    pub(crate) fn hmac_sha1(&self, data: &[u8]) -> Result<[u8; 20], Error> {
        let mut mac = self.0.hmac_sha1.clone().ok_or(Error::MissingCredentials { what: "a signature" })?;
        mac.update(data);
        Ok(mac.finalize().into_bytes().into())
    }

    /// The secret key itself; an error if anonymous.
    #[cfg(feature = "v4")]
    pub(crate) fn secret(&self) -> Result<&str, Error> {
        if self.is_anonymous() {
            Err(Error::MissingCredentials { what: "a signature" })
        } else {
            Ok(&self.0.secret)
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id())
            .field("secret_access_key", &MASK)
            .field("security_token", &self.security_token().map(|_| MASK))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_trimmed_and_half_a_pair_is_anonymous() {
        let tidy = Credentials::new("AK", "SK");
        let untidy = Credentials::new(" AK\n", "\tSK\r\n").with_security_token(" \n");
        assert_eq!(untidy.access_key_id(), "AK");
        assert_eq!(untidy.security_token(), None);
        assert_eq!(untidy.hmac_sha1(b"x"), tidy.hmac_sha1(b"x"));
        assert!(tidy.hmac_sha1(b"x").is_ok());
        for (ak, sk) in [("", "SK"), ("AK", " "), ("", "")] {
            assert!(Credentials::new(ak, sk).is_anonymous(), "{ak:?} {sk:?}");
        }
    }

    #[test]
    fn what_is_derived_of_the_key_is_wiped_too() {
        fn is_wiped<T: zeroize::ZeroizeOnDrop>() {}
        // An HMAC is the states of two digests, each of which says so for itself.
        is_wiped::<Sha1>();
        #[cfg(feature = "v4")]
        is_wiped::<sha2::Sha256>();
    }

    #[test]
    fn debug_shows_the_access_key_id_only() {
        let shown = format!("{:?}", Credentials::new("AKID", "s3cret").with_security_token("t0ken"));
        assert!(shown.contains("AKID") && !shown.contains("s3cret") && !shown.contains("t0ken"), "{shown}");
    }

    #[test]
    fn hmac_is_that_of_rfc_2202() {
        let mac = Credentials::new("AK", "Jefe").hmac_sha1(b"what do ya want for nothing?").unwrap();
        assert_eq!(mac[..4], [0xef, 0xfc, 0xdf, 0x6a]);
        let long = Credentials::new("AK", "\u{aa}".repeat(80)).hmac_sha1(b"").unwrap();
        assert_ne!(long, mac);
    }
}
