//! The access control list of an object.

use obs_sign::{Dialect, Method};

use crate::body::Body;
use crate::error::Result;
use crate::object::ObjectSetting;
use crate::operation::{Answer, Operation, Parts};
use crate::types::{AccessControlList, Acl, VersionId};

impl ObjectSetting for AccessControlList {
    const SUB_RESOURCE: &'static str = "acl";
    const GET: &'static str = "GetObjectAcl";
    const SET: &'static str = "SetObjectAcl";
    const DELETE: &'static str = "";

    fn read(answer: &mut Answer) -> Result<Self> {
        Self::read(answer)
    }

    fn write(&self, dialect: Dialect) -> Result<String> {
        Self::write(self, dialect, true)
    }
}

/// Writes the access control list of an object: a predefined one ([`CannedAcl`](crate::CannedAcl)) or one of one's own
/// ([`AccessControlList`]).
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use obs_core::{CannedAcl, Grant, Grantee, Permission};
///
/// bucket.set_object_acl("hello.txt", CannedAcl::PublicRead).send()?;
///
/// let mut acl = bucket.get_object_acl("hello.txt").send()?.into_inner();
/// acl.grants.push(Grant::new(Grantee::user("account-id"), Permission::Read));
/// bucket.set_object_acl("hello.txt", acl).send()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct SetObjectAcl {
    key: String,
    version_id: VersionId,
    acl: Acl,
}

impl SetObjectAcl {
    /// This list for this object.
    pub fn new(key: impl Into<String>, acl: impl Into<Acl>) -> Self {
        Self { key: key.into(), version_id: VersionId::default(), acl: acl.into() }
    }
}

impl Operation for SetObjectAcl {
    type Output = ();
    const NAME: &'static str = "SetObjectAcl";
    const METHOD: Method = Method::Put;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        parts.key(&self.key);
        parts.flag("acl");
        self.version_id.write(parts);
        self.acl.write(parts);
        Ok(())
    }

    fn body(&mut self, dialect: Dialect) -> Result<Body<'_>> {
        self.acl.body(dialect, true)
    }

    fn decode(&self, answer: &mut Answer) -> Result<()> {
        answer.nothing()
    }
}

impl AsMut<VersionId> for SetObjectAcl {
    fn as_mut(&mut self) -> &mut VersionId {
        &mut self.version_id
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::Fake;
    use crate::types::{AccessControlList, CannedAcl, Grant, Grantee, Permission};

    #[test]
    fn a_predefined_list_goes_as_a_header() {
        let fake = Fake::new();
        fake.bucket_v2().set_object_acl("o", CannedAcl::BucketOwnerRead).version_id("v1").send().unwrap();
        let sent = fake.only();
        assert_eq!(sent.line(), "PUT /o?acl&versionId=v1");
        assert_eq!((sent.header("x-amz-acl"), sent.text()), ("bucket-owner-read", ""));
    }

    #[test]
    fn what_is_written_is_read_back() {
        let document = "<AccessControlPolicy><Owner><ID>domainidowner0000000000000000001</ID></Owner>\
            <Delivered>true</Delivered><AccessControlList><Grant><Grantee><ID>domainiduser00000000000000000001</ID></Grantee>\
            <Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>";
        let grant = Grant::new(Grantee::user("domainiduser00000000000000000001"), Permission::Read);
        let acl = AccessControlList::new("domainidowner0000000000000000001").delivered(true).grant(grant);
        let fake = Fake::new().answer(200, &[], "").xml(document);
        fake.bucket().set_object_acl("o", acl.clone()).send().unwrap();
        let read = fake.bucket().get_object_acl("objectname").version_id("G0010A/b+c=").send().unwrap();
        assert_eq!(*read, acl);
        let sent = fake.sent();
        assert_eq!(sent[0].text(), document);
        assert_eq!(sent[1].line(), "GET /objectname?acl&versionId=G0010A/b%2Bc%3D");
    }
}
