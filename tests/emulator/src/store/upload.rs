//! Multipart uploads that are under way.

use crate::store::acl::Acl;
use crate::store::data::Data;
use crate::store::encryption::Encryption;
use crate::store::object::Properties;
use std::collections::BTreeMap;
use std::time::SystemTime;

#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) data: Data,
    /// With quotes.
    pub(crate) etag: String,
    pub(crate) md5: [u8; 16],
    pub(crate) crc64: u64,
    pub(crate) modified: SystemTime,
}

#[derive(Debug)]
pub(crate) struct Upload {
    pub(crate) initiated: SystemTime,
    pub(crate) owner: String,
    pub(crate) properties: Properties,
    pub(crate) acl: Acl,
    pub(crate) encryption: Encryption,
    pub(crate) tags: Vec<(String, String)>,
    pub(crate) parts: BTreeMap<u32, Part>,
}

impl Upload {
    /// Something that makes the ETag of an encrypted object differ from that of its parts' MD5s.
    pub(crate) fn salt(&self) -> String {
        format!("{:?}", self.initiated)
    }
}
