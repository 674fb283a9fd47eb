//! Access control lists: the predefined ones and those of one's own.

use obs_sign::Dialect;

use super::{Owner, open_enum};
use crate::body::Body;
use crate::error::Result;
use crate::operation::{Answer, Parts};
use crate::xml::{Node, NodeExt, XmlWriter};

open_enum! {
    /// A predefined access control list (the `x-obs-acl` header).
    CannedAcl {
        /// Only the owner.
        Private = "private",
        /// Anybody may read.
        PublicRead = "public-read",
        /// Anybody may read and write.
        PublicReadWrite = "public-read-write",
        /// Anybody may read the bucket and the objects in it. Buckets of the OBS protocol only.
        PublicReadDelivered = "public-read-delivered",
        /// Anybody may read and write the bucket and the objects in it. Buckets of the OBS protocol only.
        PublicReadWriteDelivered = "public-read-write-delivered",
        /// The owners of the bucket and of the object. Objects only.
        BucketOwnerFullControl = "bucket-owner-full-control",
        /// Whoever has an account may read. V2 and V4 only.
        AuthenticatedRead = "authenticated-read",
        /// The owner of the bucket may read the object. V2 and V4 only.
        BucketOwnerRead = "bucket-owner-read",
        /// The log delivery of the service may write. V2 and V4 only.
        LogDeliveryWrite = "log-delivery-write",
    }
}

open_enum! {
    /// What a grant allows.
    Permission {
        /// Buckets: list the objects and read the bucket's metadata. Objects: read content and metadata.
        Read = "READ",
        /// Upload, overwrite and delete objects. Buckets only.
        Write = "WRITE",
        /// Read the access control list. The owner always may.
        ReadAcp = "READ_ACP",
        /// Change the access control list, and so gain everything. The owner always may.
        WriteAcp = "WRITE_ACP",
        /// All of it.
        FullControl = "FULL_CONTROL",
    }
}

open_enum! {
    /// A predefined group of users. The protocols name them differently; the names of either are understood.
    Group {
        /// Anybody, also without an account.
        Everyone = "Everyone" | "AllUsers" | "http://acs.amazonaws.com/groups/global/AllUsers",
        /// Whoever has an account. V2 and V4.
        AuthenticatedUsers = "AuthenticatedUsers" | "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
        /// The log delivery of the service, which writes access logs to a bucket.
        LogDelivery = "LogDelivery" | "http://acs.amazonaws.com/groups/s3/LogDelivery",
    }
}

impl Group {
    /// The name in a protocol: `Everyone`, or a URI in V2 and V4.
    pub fn wire(&self, dialect: Dialect) -> &str {
        match (self, dialect.is_obs()) {
            (Self::Everyone, false) => "http://acs.amazonaws.com/groups/global/AllUsers",
            (Self::AuthenticatedUsers, false) => "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
            (Self::LogDelivery, false) => "http://acs.amazonaws.com/groups/s3/LogDelivery",
            _ => self.as_str(),
        }
    }
}

/// Whom a grant is given to.
///
/// ```
/// use obs_core::{Grantee, Group};
///
/// assert_eq!(Grantee::everyone(), Grantee::Group(Group::Everyone));
/// let partner = Grantee::user("domain-id");
/// # let _ = partner;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Grantee {
    /// An account, by its id (domain id); V2 and V4 may have its name too.
    User(Owner),
    /// A predefined group.
    Group(Group),
}

impl Grantee {
    /// An account, by its id.
    pub fn user(id: impl Into<String>) -> Self {
        Self::User(Owner::new(id))
    }

    /// Everybody.
    pub fn everyone() -> Self {
        Self::Group(Group::Everyone)
    }

    fn read(node: Node<'_, '_>) -> Result<Self> {
        match node.opt_text("Canned").or_else(|| node.opt_text("URI")) {
            Some(group) => Ok(Self::Group(group.into())),
            None => {
                Ok(Self::User(Owner { id: node.text_of("ID")?, display_name: node.opt_text("DisplayName") }))
            }
        }
    }

    fn write(&self, w: &mut XmlWriter, dialect: Dialect) {
        let obs = dialect.is_obs();
        let kind = if matches!(self, Self::User(_)) { "CanonicalUser" } else { "Group" };
        let attributes = [("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"), ("xsi:type", kind)];
        let attributes: &[_] = if obs { &[] } else { &attributes };
        w.element_with("Grantee", attributes, |w| match self {
            Self::User(user) => user.write(w, dialect),
            Self::Group(group) => w.text(if obs { "Canned" } else { "URI" }, group.wire(dialect)),
        });
    }
}

impl From<Group> for Grantee {
    fn from(group: Group) -> Self {
        Self::Group(group)
    }
}

impl From<Owner> for Grantee {
    fn from(user: Owner) -> Self {
        Self::User(user)
    }
}

/// A permission given to somebody.
///
/// ```
/// use obs_core::{Grant, Grantee, Permission};
///
/// // Of a bucket, for its objects too.
/// let grant = Grant::new(Grantee::user("domain-id"), Permission::Read).delivered(true);
/// assert_eq!(grant.permission, Permission::Read);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Grant {
    /// To whom.
    pub grantee: Grantee,
    /// What it allows.
    pub permission: Permission,
    /// Whether it holds for the objects in the bucket too. Buckets of the OBS protocol only; the service takes
    /// `false` where it is missing.
    pub delivered: Option<bool>,
}

impl Grant {
    /// A grant that holds for the bucket or object alone.
    pub fn new(grantee: impl Into<Grantee>, permission: impl Into<Permission>) -> Self {
        Self { grantee: grantee.into(), permission: permission.into(), delivered: None }
    }

    /// Whether it holds for the objects in the bucket too.
    #[must_use]
    pub fn delivered(mut self, delivered: bool) -> Self {
        self.delivered = Some(delivered);
        self
    }

    /// Reads the `Grant` children of a node.
    pub(crate) fn read_all(list: Option<Node<'_, '_>>) -> Result<Vec<Self>> {
        let Some(list) = list else { return Ok(Vec::new()) };
        list.children_named("Grant").map(Self::read).collect()
    }

    fn read(node: Node<'_, '_>) -> Result<Self> {
        let grantee = node.child("Grantee").ok_or_else(|| node.lacks("Grantee"))?;
        Ok(Self {
            grantee: Grantee::read(grantee)?,
            permission: node.text_of("Permission")?.into(),
            delivered: node.opt_bool("Delivered")?,
        })
    }

    pub(crate) fn write(&self, w: &mut XmlWriter, dialect: Dialect) {
        w.element("Grant", |w| {
            self.grantee.write(w, dialect);
            w.text("Permission", &self.permission);
            if dialect.is_obs() {
                w.opt("Delivered", self.delivered);
            }
        });
    }
}

/// The access control list of a bucket or of an object: its owner, and who else may do what.
///
/// ```
/// use obs_core::{AccessControlList, Grant, Grantee, Owner, Permission};
///
/// let acl = AccessControlList::new(Owner::new("domain-id-of-the-owner"))
///     .grant(Grant::new(Grantee::user("domain-id-of-a-partner"), Permission::Write))
///     .grant(Grant::new(Grantee::everyone(), Permission::Read));
/// assert_eq!(acl.grants.len(), 2);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccessControlList {
    /// The owner, who cannot be changed: the list names whoever owns the bucket or object. One without an id is not
    /// written.
    pub owner: Owner,
    /// Who may do what, at most 100 grants.
    pub grants: Vec<Grant>,
    /// Whether an object takes over the bucket's grants. Objects of the OBS protocol only.
    pub delivered: Option<bool>,
}

impl AccessControlList {
    /// A list without grants: only the owner.
    pub fn new(owner: impl Into<Owner>) -> Self {
        Self { owner: owner.into(), grants: Vec::new(), delivered: None }
    }

    /// Adds a grant.
    #[must_use]
    pub fn grant(mut self, grant: Grant) -> Self {
        self.grants.push(grant);
        self
    }

    /// Whether the object takes over the bucket's grants. Objects of the OBS protocol only.
    #[must_use]
    pub fn delivered(mut self, delivered: bool) -> Self {
        self.delivered = Some(delivered);
        self
    }

    /// Reads the document, of a bucket or of an object.
    pub(crate) fn read(answer: &mut Answer) -> Result<Self> {
        answer.xml(|root| {
            Ok(Self {
                owner: Owner::child_of(root, "Owner").ok_or_else(|| root.lacks("Owner"))?,
                grants: Grant::read_all(root.child("AccessControlList"))?,
                delivered: root.opt_bool("Delivered")?,
            })
        })
    }

    /// Writes the document; `delivered` only belongs to that of an object.
    pub(crate) fn write(&self, dialect: Dialect, of_object: bool) -> Result<String> {
        XmlWriter::document("AccessControlPolicy", |w| {
            if !self.owner.id.is_empty() {
                w.element("Owner", |w| self.owner.write(w, dialect));
            }
            if of_object && dialect.is_obs() {
                w.opt("Delivered", self.delivered);
            }
            if !self.grants.is_empty() {
                w.element("AccessControlList", |w| {
                    self.grants.iter().for_each(|grant| grant.write(w, dialect));
                });
            }
        })
    }
}

/// What sets access rights: a predefined list, which goes as a header, or a list of one's own, which goes as the body.
///
/// ```
/// use obs_core::{AccessControlList, Acl, CannedAcl};
///
/// for acl in [Acl::from(CannedAcl::PublicRead), Acl::from(AccessControlList::new("owner-id"))] {
///     println!("{acl:?}");
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acl {
    /// A predefined list.
    Canned(CannedAcl),
    /// A list of one's own.
    List(AccessControlList),
}

impl Acl {
    /// Writes the header of a predefined list.
    pub(crate) fn write(&self, parts: &mut Parts) {
        if let Self::Canned(canned) = self {
            parts.prefixed("acl", canned);
        }
    }

    /// Writes the body of a list of one's own.
    pub(crate) fn body(&self, dialect: Dialect, of_object: bool) -> Result<Body<'static>> {
        match self {
            Self::Canned(_) => Ok(Body::empty()),
            Self::List(list) => Ok(Body::text(list.write(dialect, of_object)?)),
        }
    }
}

impl From<CannedAcl> for Acl {
    fn from(canned: CannedAcl) -> Self {
        Self::Canned(canned)
    }
}

impl From<AccessControlList> for Acl {
    fn from(list: AccessControlList) -> Self {
        Self::List(list)
    }
}

impl From<&str> for Acl {
    fn from(canned: &str) -> Self {
        Self::Canned(canned.into())
    }
}
