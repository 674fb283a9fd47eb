//! The default encryption of a bucket.

use obs_sign::Dialect;

use crate::error::{Error, Result};
use crate::operation::Answer;
use crate::setting::Setting;
use crate::types::open_enum;
use crate::xml::{NodeExt, XmlWriter};

open_enum! {
    /// How objects are encrypted.
    SseAlgorithm {
        /// With keys of the key management service (SSE-KMS); `aws:kms` in V2 and V4.
        Kms = "kms" | "aws:kms",
        /// With keys of OBS itself (SSE-OBS).
        Aes256 = "AES256",
    }
}

impl SseAlgorithm {
    /// The name in a protocol.
    pub fn wire(&self, dialect: Dialect) -> &str {
        match (self, dialect.is_obs()) {
            (Self::Kms, false) => "aws:kms",
            _ => self.as_str(),
        }
    }
}

/// How objects are encrypted that are uploaded without a word about it.
///
/// ```
/// use obs_core::settings::BucketEncryption;
///
/// let encryption = BucketEncryption::kms().key_id("0123456789-key-id");
/// # let _ = encryption;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BucketEncryption {
    /// The algorithm.
    pub algorithm: SseAlgorithm,
    /// The id of the key (SSE-KMS). Default: the account's default key.
    pub kms_key_id: Option<String>,
    /// The project that the key belongs to (SSE-KMS), if it is not the default one.
    pub project_id: Option<String>,
}

impl BucketEncryption {
    /// By this algorithm.
    pub fn new(algorithm: impl Into<SseAlgorithm>) -> Self {
        Self { algorithm: algorithm.into(), kms_key_id: None, project_id: None }
    }

    /// With the account's default key of the key management service.
    pub fn kms() -> Self {
        Self::new(SseAlgorithm::Kms)
    }

    /// With another key.
    #[must_use]
    pub fn key_id(mut self, id: impl Into<String>) -> Self {
        self.kms_key_id = Some(id.into());
        self
    }

    /// The project that the key belongs to, if it is not the default one.
    #[must_use]
    pub fn project_id(mut self, id: impl Into<String>) -> Self {
        self.project_id = Some(id.into());
        self
    }
}

impl Setting for BucketEncryption {
    const SUB_RESOURCE: &'static str = "encryption";
    const GET: &'static str = "GetBucketEncryption";
    const SET: &'static str = "SetBucketEncryption";
    const DELETE: &'static str = "DeleteBucketEncryption";

    fn read(answer: &mut Answer) -> Result<Self> {
        answer.xml(|root| {
            let default = root
                .child("Rule")
                .and_then(|rule| rule.child("ApplyServerSideEncryptionByDefault"))
                .ok_or_else(|| {
                    Error::decode(
                        "ServerSideEncryptionConfiguration lacks ApplyServerSideEncryptionByDefault",
                    )
                })?;
            Ok(Self {
                algorithm: default.text_of("SSEAlgorithm")?.into(),
                kms_key_id: default.opt_text("KMSMasterKeyID"),
                project_id: default.opt_text("ProjectID"),
            })
        })
    }

    fn write(&self, dialect: Dialect) -> Result<String> {
        XmlWriter::document("ServerSideEncryptionConfiguration", |w| {
            w.element("Rule", |w| {
                w.element("ApplyServerSideEncryptionByDefault", |w| {
                    w.text("SSEAlgorithm", self.algorithm.wire(dialect));
                    w.opt("KMSMasterKeyID", self.kms_key_id.as_ref());
                    w.opt("ProjectID", self.project_id.as_ref());
                });
            });
        })
    }
}

#[cfg(test)]
mod tests {
    use super::BucketEncryption;
    use crate::test_support::{Fake, read_setting, survives};

    #[test]
    fn golden() {
        let fake = Fake::new();
        fake.bucket().set_bucket_encryption(BucketEncryption::kms()).send().unwrap();
        fake.bucket_v2().set_bucket_encryption(BucketEncryption::kms().key_id("k")).send().unwrap();
        fake.bucket().delete_bucket_encryption().send().unwrap();
        let sent = fake.sent();
        assert_eq!(sent[0].line(), "PUT /?encryption");
        assert_eq!(
            sent[0].text(),
            "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>\
             <SSEAlgorithm>kms</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>\
             </ServerSideEncryptionConfiguration>"
        );
        assert!(
            sent[1].text().contains("<SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>k</KMSMasterKeyID>")
        );
        assert_eq!(sent[2].line(), "DELETE /?encryption");
    }

    #[test]
    fn what_is_written_is_read_back() {
        survives(&BucketEncryption::kms().key_id("k").project_id("p"));
        survives(&BucketEncryption::new("SM4"));
        let empty = "<ServerSideEncryptionConfiguration><Rule/></ServerSideEncryptionConfiguration>";
        let error = read_setting::<BucketEncryption>(obs_sign::Dialect::Obs, empty).unwrap_err();
        assert!(error.to_string().contains("lacks ApplyServerSideEncryptionByDefault"));
    }
}
