//! The access control list of a bucket.

use obs_sign::{Dialect, Method};

use crate::body::Body;
use crate::error::Result;
use crate::operation::{Answer, Operation, Parts};
use crate::setting::Setting;
use crate::types::{AccessControlList, Acl};

impl Setting for AccessControlList {
    const SUB_RESOURCE: &'static str = "acl";
    const GET: &'static str = "GetBucketAcl";
    const SET: &'static str = "SetBucketAcl";
    const DELETE: &'static str = "";

    fn read(answer: &mut Answer) -> Result<Self> {
        Self::read(answer)
    }

    fn write(&self, dialect: Dialect) -> Result<String> {
        Self::write(self, dialect, false)
    }
}

/// Sets who may access a bucket: by a predefined list or by grants of one's own, which take the place of all that
/// was granted before.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use obs_core::{CannedAcl, Grant, Grantee, Permission};
///
/// bucket.set_bucket_acl(CannedAcl::Private).send()?;
///
/// let mut acl = bucket.get_bucket_acl().send()?.into_inner();
/// acl.grants.push(Grant::new(Grantee::user("domain-id"), Permission::Read));
/// bucket.set_bucket_acl(acl).send()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct SetBucketAcl(Acl);

impl SetBucketAcl {
    /// To this.
    pub fn new(acl: impl Into<Acl>) -> Self {
        Self(acl.into())
    }
}

impl Operation for SetBucketAcl {
    type Output = ();
    const NAME: &'static str = "SetBucketAcl";
    const METHOD: Method = Method::Put;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        parts.flag("acl");
        self.0.write(parts);
        Ok(())
    }

    fn body(&mut self, dialect: Dialect) -> Result<Body<'_>> {
        self.0.body(dialect, false)
    }

    fn decode(&self, answer: &mut Answer) -> Result<()> {
        answer.nothing()
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::{Fake, survives};
    use crate::types::{AccessControlList, CannedAcl, Grant, Grantee, Group, Owner, Permission};

    fn grants() -> AccessControlList {
        let user = Owner::new("u2").with_display_name("user two");
        AccessControlList::new(Owner::new("oid").with_display_name("owner name"))
            .grant(Grant::new(user, Permission::Read).delivered(true))
            .grant(Grant::new(Grantee::everyone(), Permission::Read))
            .grant(Grant::new(Group::LogDelivery, Permission::Write))
    }

    #[test]
    fn a_predefined_list_goes_as_a_header() {
        let fake = Fake::new();
        fake.bucket().set_bucket_acl(CannedAcl::PublicReadDelivered).send().unwrap();
        let sent = fake.only();
        assert_eq!(sent.line(), "PUT /?acl");
        assert_eq!(sent.header("x-obs-acl"), "public-read-delivered");
        assert_eq!(sent.text(), "");
    }

    #[test]
    fn grants_are_written_as_each_protocol_has_them() {
        let fake = Fake::new();
        fake.bucket().set_bucket_acl(grants()).send().unwrap();
        fake.bucket_v2().set_bucket_acl(grants()).send().unwrap();
        let sent = fake.sent();
        assert_eq!(
            sent[0].text(),
            "<AccessControlPolicy><Owner><ID>oid</ID></Owner><AccessControlList>\
             <Grant><Grantee><ID>u2</ID></Grantee><Permission>READ</Permission><Delivered>true</Delivered></Grant>\
             <Grant><Grantee><Canned>Everyone</Canned></Grantee><Permission>READ</Permission></Grant>\
             <Grant><Grantee><Canned>LogDelivery</Canned></Grantee><Permission>WRITE</Permission></Grant>\
             </AccessControlList></AccessControlPolicy>"
        );
        let xsi = "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type";
        assert_eq!(
            sent[1].text(),
            format!(
                "<AccessControlPolicy><Owner><ID>oid</ID><DisplayName>owner name</DisplayName></Owner><AccessControlList>\
                 <Grant><Grantee {xsi}=\"CanonicalUser\"><ID>u2</ID><DisplayName>user two</DisplayName></Grantee>\
                 <Permission>READ</Permission></Grant>\
                 <Grant><Grantee {xsi}=\"Group\"><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee>\
                 <Permission>READ</Permission></Grant>\
                 <Grant><Grantee {xsi}=\"Group\"><URI>http://acs.amazonaws.com/groups/s3/LogDelivery</URI></Grantee>\
                 <Permission>WRITE</Permission></Grant></AccessControlList></AccessControlPolicy>"
            )
        );
    }

    #[test]
    fn unknown_groups_and_permissions_survive() {
        let acl = AccessControlList::new("oid")
            .grant(Grant::new(Group::from("Partners"), "EXECUTE"))
            .grant(Grant::new(Grantee::user("u"), Permission::FullControl));
        survives(&acl);
    }

    #[test]
    fn the_document_of_the_service_is_read() {
        let fake = Fake::new().xml(
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><AccessControlPolicy \
             xmlns=\"http://obs.cn-north-4.myhuaweicloud.com/doc/2015-06-30/\"><Owner><ID>oid</ID></Owner><New/>\
             <AccessControlList><Grant><Grantee><ID>u</ID></Grantee><Permission>READ</Permission>\
             <Delivered>true</Delivered></Grant><Grant><Grantee><Canned>Everyone</Canned></Grantee>\
             <Permission>READ_ACP</Permission></Grant></AccessControlList></AccessControlPolicy>",
        );
        let acl = fake.bucket().get_bucket_acl().send().unwrap().into_inner();
        let expected = AccessControlList::new("oid")
            .grant(Grant::new(Grantee::user("u"), Permission::Read).delivered(true))
            .grant(Grant::new(Group::Everyone, Permission::ReadAcp));
        assert_eq!(acl, expected);
        assert_eq!(fake.only().line(), "GET /?acl");
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = Fake::new().xml("<AccessControlPolicy/>").bucket().get_bucket_acl().send().unwrap_err();
        assert!(error.to_string().contains("AccessControlPolicy lacks Owner"), "{error}");
    }
}
