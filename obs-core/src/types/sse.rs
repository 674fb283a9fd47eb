//! Encryption on the server: with keys of the key management service, or with a key that the caller brings.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use zeroize::Zeroizing;

use crate::operation::{Head, Operation, Parts};
use crate::request::Request;

/// Encryption with a key that the caller brings with every request (SSE-C). The service forgets it. Over plain http anybody on the line can
/// read it: a client that sends one so says so in the log, once, as a warning.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use obs_core::SseC;
///
/// let key = SseC::new([7u8; 32]);
/// bucket.put_content("secret.txt", "psst").sse(key.clone()).send()?;
/// assert_eq!(bucket.get_object("secret.txt").sse(key).send()?.text()?, "psst");
/// assert!(bucket.get_object("secret.txt").send().is_err());
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Clone)]
pub struct SseC {
    algorithm: String,
    key: Zeroizing<Vec<u8>>,
}

impl SseC {
    /// AES-256 with 32 bytes of key. A key of another length is refused by the service.
    pub fn new(key: impl Into<Vec<u8>>) -> Self {
        Self { algorithm: "AES256".to_owned(), key: Zeroizing::new(key.into()) }
    }

    /// Another algorithm than `AES256`.
    #[must_use]
    pub fn with_algorithm(mut self, algorithm: impl Into<String>) -> Self {
        self.algorithm = algorithm.into();
        self
    }

    fn write(&self, parts: &mut Parts, prefix: &str) {
        let key = Zeroizing::new(STANDARD.encode(&*self.key));
        parts.prefixed(&format!("{prefix}server-side-encryption-customer-algorithm"), &self.algorithm);
        let name = parts.dialect().header(&format!("{prefix}server-side-encryption-customer-key"));
        parts.raw_header(name, key.to_string());
        let name = parts.dialect().header(&format!("{prefix}server-side-encryption-customer-key-md5"));
        parts.raw_header(name, STANDARD.encode(Md5::digest(&*self.key)));
    }

    /// Writes the key of the source of a copy.
    pub(crate) fn write_for_copy_source(&self, parts: &mut Parts) {
        self.write(parts, "copy-source-");
    }
}

impl fmt::Debug for SseC {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SseC").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

/// Encryption with a key of the key management service (SSE-KMS).
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use obs_core::SseKms;
///
/// let put = bucket.put_content("secret.txt", "psst").sse(SseKms::new()).send()?;
/// println!("{:?}", put.sse.algorithm);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct SseKms {
    algorithm: Option<String>,
    key_id: Option<String>,
}

impl SseKms {
    /// With the default key.
    pub fn new() -> Self {
        Self::default()
    }

    /// With a key of one's own.
    pub fn with_key_id(id: impl Into<String>) -> Self {
        Self { algorithm: None, key_id: Some(id.into()) }
    }

    /// Another algorithm than `kms` (`aws:kms` in V2 and V4).
    #[must_use]
    pub fn with_algorithm(mut self, algorithm: impl Into<String>) -> Self {
        self.algorithm = Some(algorithm.into());
        self
    }
}

/// How an object is encrypted.
///
/// ```
/// use obs_core::{Sse, SseC, SseKms};
///
/// let ours: Sse = SseC::new([7u8; 32]).into();
/// let theirs: Sse = SseKms::with_key_id("key-id").into();
/// # let _ = (ours, theirs);
/// ```
#[derive(Debug, Clone)]
pub enum Sse {
    /// With the caller's key.
    C(SseC),
    /// With a key of the key management service.
    Kms(SseKms),
}

impl Sse {
    /// Tells keys of the caller apart without telling anything of them: of 256 bits of a key, 64 of a digest.
    #[doc(hidden)]
    pub fn key_mark(&self) -> Option<u64> {
        let Self::C(sse) = self else { return None };
        let digest = Md5::new().chain_update(b"which key: ").chain_update(&*sse.key).finalize();
        digest.first_chunk().map(|mark| u64::from_be_bytes(*mark))
    }
}

impl From<SseC> for Sse {
    fn from(sse: SseC) -> Self {
        Self::C(sse)
    }
}

impl From<SseKms> for Sse {
    fn from(sse: SseKms) -> Self {
        Self::Kms(sse)
    }
}

impl Sse {
    pub(crate) fn write(&self, parts: &mut Parts) {
        match self {
            Self::C(sse) => sse.write(parts, ""),
            Self::Kms(sse) => {
                let obs = parts.dialect().is_obs();
                let algorithm = sse.algorithm.as_deref().unwrap_or(if obs { "kms" } else { "aws:kms" });
                parts.prefixed("server-side-encryption", algorithm);
                let name = if obs {
                    "server-side-encryption-kms-key-id"
                } else {
                    "server-side-encryption-aws-kms-key-id"
                };
                parts.prefixed_opt(name, sse.key_id.as_deref());
            }
        }
    }

    /// Writes it for a call that only the caller's key has a meaning for.
    pub(crate) fn write_customer_key(sse: Option<&Self>, parts: &mut Parts) {
        if let Some(Self::C(sse)) = sse {
            sse.write(parts, "");
        }
    }
}

/// Where a request keeps its encryption.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use obs_core::SseKms;
///
/// let upload = bucket.initiate_multipart_upload("secret.bin").sse(SseKms::new()).send()?;
/// assert!(upload.sse.is_encrypted());
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct SseOption(#[doc(hidden)] pub Option<Sse>);

impl AsMut<Self> for SseOption {
    fn as_mut(&mut self) -> &mut Self {
        self
    }
}

/// Writes the setter of a builder that keeps an [`SseOption`] in a field, or something that has one.
#[doc(hidden)]
#[macro_export]
macro_rules! sse_setter {
    ($field:ident) => {
        /// How the object is encrypted on the server: `SseKms` or `SseC`. For a
        /// download, the key that it was uploaded with; of an object encrypted with KMS nothing needs to be said.
        pub fn sse(mut self, sse: impl Into<$crate::Sse>) -> Self {
            AsMut::<$crate::SseOption>::as_mut(&mut self.$field).0 = Some(sse.into());
            self
        }
    };
}

impl<O: Operation + AsMut<SseOption>> Request<O> {
    crate::sse_setter!(operation);
}

/// What an answer says of the encryption of an object.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// let object = bucket.get_object_metadata("hello.txt").send()?;
/// if object.sse.is_encrypted() {
///     println!("{:?} by key {:?}", object.sse.algorithm, object.sse.kms_key_id);
/// }
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SseInfo {
    /// `kms` or `aws:kms` (SSE-KMS), or `AES256`.
    pub algorithm: Option<String>,
    /// The id of the key (SSE-KMS).
    pub kms_key_id: Option<String>,
    /// `AES256` (SSE-C).
    pub customer_algorithm: Option<String>,
    /// Base64 of the MD5 of the caller's key (SSE-C).
    pub customer_key_md5: Option<String>,
}

impl SseInfo {
    pub(crate) fn of(head: &Head) -> Self {
        let text = |name| head.prefixed(name).map(str::to_owned);
        Self {
            algorithm: text("server-side-encryption"),
            kms_key_id: text("server-side-encryption-kms-key-id")
                .or_else(|| text("server-side-encryption-aws-kms-key-id")),
            customer_algorithm: text("server-side-encryption-customer-algorithm"),
            customer_key_md5: text("server-side-encryption-customer-key-md5"),
        }
    }

    /// Whether the object is encrypted, so that its ETag is no MD5.
    pub fn is_encrypted(&self) -> bool {
        self.algorithm.is_some() || self.customer_algorithm.is_some()
    }
}
