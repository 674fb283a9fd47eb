//! Server-side encryption: nothing is encrypted, but keys are asked for and answers look as if it were.

use crate::errors::ObsError;
use crate::exchange::Dialect;
use crate::store::digest::md5_of;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

/// How an object is encrypted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Encryption {
    #[default]
    None,
    /// With a key of the key management service; `None` is the default key.
    Kms { key_id: Option<String> },
    /// With a key that the client sends each time; its MD5 in base64 is remembered.
    Customer { key_md5: String },
}

impl Encryption {
    /// Reads the headers; `get` looks one up by its name without the dialect's prefix.
    pub(crate) fn from_headers<'a>(
        get: impl Fn(&str) -> Option<&'a str>,
        dialect: Dialect,
    ) -> Result<Self, ObsError> {
        if let Some(customer) = Self::customer_from_headers(&get, "")? {
            return Ok(customer);
        }
        match get("server-side-encryption") {
            None => Ok(Self::None),
            Some("kms" | "aws:kms") => {
                Ok(Self::Kms { key_id: get(key_id_header(dialect)).map(str::to_owned) })
            }
            Some(other) => Err(ObsError::invalid_argument("server-side-encryption", other)),
        }
    }

    /// Reads and checks a customer key; `side` is empty or `copy-source-`.
    pub(crate) fn customer_from_headers<'a>(
        get: &impl Fn(&str) -> Option<&'a str>,
        side: &str,
    ) -> Result<Option<Self>, ObsError> {
        let header = |name: &str| get(&format!("{side}server-side-encryption-customer-{name}"));
        let (algorithm, key, key_md5) = (header("algorithm"), header("key"), header("key-MD5"));
        if algorithm.is_none() && key.is_none() && key_md5.is_none() {
            return Ok(None);
        }
        if algorithm != Some("AES256") {
            return Err(ObsError::new(
                400,
                "InvalidEncryptionAlgorithmError",
                "The encryption request you specified is not valid. The valid value is AES256.",
            ));
        }
        let (Some(key), Some(key_md5)) = (key, key_md5) else {
            return Err(ObsError::invalid_request(
                "Requests specifying server side encryption with customer provided keys must provide the key \
                 and its MD5.",
            ));
        };
        let bytes = BASE64.decode(key).ok().filter(|bytes| bytes.len() == 32).ok_or_else(|| {
            ObsError::invalid_argument("server-side-encryption-customer-key", "not 32 bytes in base64")
        })?;
        if BASE64.encode(md5_of(&bytes)) != key_md5 {
            return Err(ObsError::new(
                400,
                "InvalidArgument",
                "The calculated MD5 hash of the key did not match the hash that was provided.",
            ));
        }
        Ok(Some(Self::Customer { key_md5: key_md5.to_owned() }))
    }

    /// Refuses to read something that is encrypted with a customer key unless the same key was sent.
    pub(crate) fn unlock(&self, sent: Option<&Self>) -> Result<(), ObsError> {
        match (self, sent) {
            (Self::Customer { .. }, None) => Err(ObsError::new(
                400,
                "InvalidEncryptionAlgorithmError",
                "The object was stored with a customer provided key. The correct key must be sent to read it.",
            )),
            (Self::Customer { .. }, Some(sent)) if sent != self => Err(ObsError::access_denied()),
            (Self::Customer { .. }, Some(_)) | (_, None) => Ok(()),
            (_, Some(_)) => {
                Err(ObsError::invalid_request("The encryption parameters are not applicable to this object."))
            }
        }
    }

    /// Whether the ETag is the MD5 of the content.
    pub(crate) fn keeps_md5(&self) -> bool {
        *self == Self::None
    }

    /// The headers of answers about something encrypted.
    pub(crate) fn headers(&self, dialect: Dialect) -> Vec<(String, String)> {
        let prefix = dialect.prefix();
        let named = |name: &str, value: &str| (format!("{prefix}{name}"), value.to_owned());
        match self {
            Self::None => Vec::new(),
            Self::Kms { key_id } => {
                let algorithm = match dialect {
                    Dialect::Obs => "kms",
                    Dialect::Amz => "aws:kms",
                };
                let mut headers = vec![named("server-side-encryption", algorithm)];
                headers.extend(key_id.as_deref().map(|id| named(key_id_header(dialect), id)));
                headers
            }
            Self::Customer { key_md5 } => vec![
                named("server-side-encryption-customer-algorithm", "AES256"),
                named("server-side-encryption-customer-key-MD5", key_md5),
            ],
        }
    }
}

fn key_id_header(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Obs => "server-side-encryption-kms-key-id",
        Dialect::Amz => "server-side-encryption-aws-kms-key-id",
    }
}
