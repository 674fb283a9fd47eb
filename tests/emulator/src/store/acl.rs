//! Access control lists.

use crate::errors::ObsError;
use crate::exchange::{Caller, Dialect};
use crate::store::values::Group;
use crate::xml::{Element, Writer};

/// What a grant allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Permission {
    Read,
    Write,
    ReadAcp,
    WriteAcp,
    FullControl,
}

impl Permission {
    const NAMES: [(Self, &'static str); 5] = [
        (Self::Read, "READ"),
        (Self::Write, "WRITE"),
        (Self::ReadAcp, "READ_ACP"),
        (Self::WriteAcp, "WRITE_ACP"),
        (Self::FullControl, "FULL_CONTROL"),
    ];

    fn parse(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, text)| *text == name).map(|(permission, _)| *permission)
    }

    fn name(self) -> &'static str {
        Self::NAMES[self as usize].1
    }
}

/// Who is granted something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Grantee {
    Account(String),
    Group(Group),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) grantee: Grantee,
    pub(crate) permission: Permission,
    /// Whether objects of the bucket inherit the grant (obs only).
    pub(crate) delivered: bool,
}

/// The list of a bucket or an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Acl {
    pub(crate) owner: String,
    pub(crate) grants: Vec<Grant>,
    /// Whether the object takes over the grants of its bucket (obs only).
    pub(crate) delivered: bool,
}

impl Acl {
    pub(crate) fn private(owner: &str) -> Self {
        let grant = Grant {
            grantee: Grantee::Account(owner.to_owned()),
            permission: Permission::FullControl,
            delivered: false,
        };
        Self { owner: owner.to_owned(), grants: vec![grant], delivered: true }
    }

    /// One of the canned lists of a dialect.
    pub(crate) fn canned(
        name: &str,
        dialect: Dialect,
        owner: &str,
        bucket_owner: &str,
    ) -> Result<Self, ObsError> {
        use Permission::{FullControl, Read, ReadAcp, Write};
        let mut acl = Self::private(owner);
        let mut add = |grantee: Grantee, permissions: &[Permission], delivered: bool| {
            acl.grants.extend(permissions.iter().map(|permission| Grant {
                grantee: grantee.clone(),
                permission: *permission,
                delivered,
            }));
        };
        let everyone = Grantee::Group(Group::Everyone);
        let bucket_account = || Grantee::Account(bucket_owner.to_owned());
        match (name, dialect) {
            ("private", _) => {}
            ("public-read", _) => add(everyone, &[Read], false),
            ("public-read-write", _) => add(everyone, &[Read, Write], false),
            ("public-read-delivered", Dialect::Obs) => add(everyone, &[Read], true),
            ("public-read-write-delivered", Dialect::Obs) => add(everyone, &[Read, Write], true),
            ("bucket-owner-full-control", _) => {
                if bucket_owner != owner {
                    add(bucket_account(), &[FullControl], false);
                }
            }
            ("bucket-owner-read", Dialect::Amz) => {
                if bucket_owner != owner {
                    add(bucket_account(), &[Read], false);
                }
            }
            ("authenticated-read", Dialect::Amz) => {
                add(Grantee::Group(Group::AuthenticatedUsers), &[Read], false);
            }
            ("log-delivery-write", Dialect::Amz) => {
                add(Grantee::Group(Group::LogDelivery), &[Write, ReadAcp], false);
            }
            _ => {
                return Err(ObsError::invalid_argument(
                    match dialect {
                        Dialect::Obs => "x-obs-acl",
                        Dialect::Amz => "x-amz-acl",
                    },
                    name,
                ));
            }
        }
        Ok(acl)
    }

    /// Reads an `AccessControlPolicy`; the owner cannot be changed by it.
    pub(crate) fn parse(document: &Element, owner: &str) -> Result<Self, ObsError> {
        let malformed =
            |what: &str| ObsError::new(400, "MalformedACLError", format!("The ACL is malformed: {what}"));
        if document.name != "AccessControlPolicy" {
            return Err(malformed("the root element is not AccessControlPolicy"));
        }
        let stated = document
            .child("Owner")
            .and_then(|owner| owner.get("ID"))
            .ok_or_else(|| malformed("Owner/ID is missing"))?;
        if stated != owner {
            return Err(ObsError::access_denied().detail("OwnerID", stated));
        }
        let list =
            document.child("AccessControlList").ok_or_else(|| malformed("AccessControlList is missing"))?;
        let mut grants = Vec::new();
        for grant in list.all("Grant") {
            let permission = grant
                .get("Permission")
                .and_then(Permission::parse)
                .ok_or_else(|| malformed("unknown Permission"))?;
            let grantee = grant.child("Grantee").ok_or_else(|| malformed("a Grant without Grantee"))?;
            grants.push(Grant {
                grantee: parse_grantee(grantee).ok_or_else(|| malformed("unknown Grantee"))?,
                permission,
                delivered: grant.get("Delivered") == Some("true"),
            });
        }
        Ok(Self { owner: owner.to_owned(), grants, delivered: document.get("Delivered") != Some("false") })
    }

    /// Adds the grant of a `grant-*` header: `id=a,id=b`.
    pub(crate) fn add_header_grant(
        &mut self,
        permission: Permission,
        delivered: bool,
        value: &str,
    ) -> Result<(), ObsError> {
        for item in value.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            let (kind, name) =
                item.split_once('=').ok_or_else(|| ObsError::invalid_argument("grant", value))?;
            let name = name.trim().trim_matches('"');
            let grantee = match kind.trim() {
                "id" => Grantee::Account(name.to_owned()),
                "uri" => Group::parse(name)
                    .map(Grantee::Group)
                    .ok_or_else(|| ObsError::invalid_argument("grant", value))?,
                _ => return Err(ObsError::invalid_argument("grant", value)),
            };
            self.grants.push(Grant { grantee, permission, delivered });
        }
        Ok(())
    }

    /// Whether the list lets the caller do this. The owner may always read and write the list itself.
    pub(crate) fn allows(&self, caller: &Caller, permission: Permission, ignore_public: bool) -> bool {
        let is_owner = matches!(caller, Caller::Account(asker) if *asker == self.owner);
        if is_owner && matches!(permission, Permission::ReadAcp | Permission::WriteAcp) {
            return true;
        }
        self.grants.iter().any(|grant| {
            let whom = match (&grant.grantee, caller) {
                (Grantee::Account(id), Caller::Account(asker)) => id == asker,
                (Grantee::Group(Group::Everyone), _) => !ignore_public,
                (Grantee::Group(Group::AuthenticatedUsers), Caller::Account(_)) => !ignore_public,
                _ => false,
            };
            whom && (grant.permission == permission || grant.permission == Permission::FullControl)
        })
    }

    pub(crate) fn is_public(&self) -> bool {
        self.grants
            .iter()
            .any(|grant| matches!(grant.grantee, Grantee::Group(Group::Everyone | Group::AuthenticatedUsers)))
    }

    /// The document in a dialect.
    pub(crate) fn to_document(&self, dialect: Dialect, of_object: bool) -> Vec<u8> {
        let mut document = Writer::root("AccessControlPolicy", dialect);
        document.open("Owner");
        document.text("ID", &self.owner);
        if dialect == Dialect::Amz {
            document.text("DisplayName", &self.owner);
        }
        document.close("Owner");
        if dialect == Dialect::Obs && of_object {
            document.display("Delivered", self.delivered);
        }
        document.open("AccessControlList");
        write_grants(&mut document, &self.grants, dialect, !of_object);
        document.close("AccessControlList");
        document.close("AccessControlPolicy");
        document.finish()
    }
}

fn parse_grantee(grantee: &Element) -> Option<Grantee> {
    if let Some(id) = grantee.get("ID") {
        return (!id.is_empty()).then(|| Grantee::Account(id.to_owned()));
    }
    let name = grantee.get("Canned").or_else(|| grantee.get("URI"))?;
    Group::parse(name).map(Grantee::Group)
}

fn write_grants(document: &mut Writer, grants: &[Grant], dialect: Dialect, with_delivered: bool) {
    const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
    for grant in grants {
        let mut grantee = Element::new("Grantee");
        match (&grant.grantee, dialect) {
            (Grantee::Account(id), Dialect::Obs) => grantee = grantee.with(Element::leaf("ID", id)),
            (Grantee::Account(id), Dialect::Amz) => {
                grantee = grantee.with(Element::leaf("ID", id)).with(Element::leaf("DisplayName", id));
            }
            (Grantee::Group(group), Dialect::Obs) => {
                grantee = grantee.with(Element::leaf("Canned", group.name_in(dialect)));
            }
            (Grantee::Group(group), Dialect::Amz) => {
                grantee = grantee.with(Element::leaf("URI", group.name_in(dialect)));
            }
        }
        if dialect == Dialect::Amz {
            let kind = match grant.grantee {
                Grantee::Account(_) => "CanonicalUser",
                Grantee::Group(_) => "Group",
            };
            grantee.attributes =
                vec![("xmlns:xsi".to_owned(), XSI.to_owned()), ("xsi:type".to_owned(), kind.to_owned())];
        }
        document.open("Grant");
        document.element(&grantee);
        document.text("Permission", grant.permission.name());
        if dialect == Dialect::Obs && with_delivered {
            document.display("Delivered", grant.delivered);
        }
        document.close("Grant");
    }
}
