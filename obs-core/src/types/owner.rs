//! Whose something is.

use obs_sign::Dialect;

use crate::xml::{NodeExt, XmlWriter};

/// The owner of a bucket or an object, or whoever began an upload.
///
/// ```
/// use obs_core::{AccessControlList, Owner};
///
/// let acl = AccessControlList::new(Owner::new("domain-id").with_display_name("alice"));
/// assert_eq!(acl.owner.display_name.as_deref(), Some("alice"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Owner {
    /// The id of the account (domain).
    pub id: String,
    /// Its name; V2 and V4 only.
    pub display_name: Option<String>,
}

impl Owner {
    /// An owner by the id of the account.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), display_name: None }
    }

    /// Adds the name, for V2 and V4.
    #[must_use]
    pub fn with_display_name(mut self, name: impl Into<String>) -> Self {
        self.display_name = Some(name.into());
        self
    }

    /// Reads a child of this name.
    pub(crate) fn child_of<'a>(node: impl NodeExt<'a>, name: &str) -> Option<Self> {
        node.child(name).map(Self::read)
    }

    /// Reads an element.
    pub(crate) fn read<'a>(owner: impl NodeExt<'a>) -> Self {
        Self { id: owner.opt_text("ID").unwrap_or_default(), display_name: owner.opt_text("DisplayName") }
    }

    /// Writes what identifies it, within the element that is open.
    pub(crate) fn write(&self, w: &mut XmlWriter, dialect: Dialect) {
        w.text("ID", &self.id);
        if !dialect.is_obs() {
            w.opt("DisplayName", self.display_name.as_ref());
        }
    }
}

impl From<&str> for Owner {
    fn from(id: &str) -> Self {
        Self::new(id)
    }
}

impl From<String> for Owner {
    fn from(id: String) -> Self {
        Self::new(id)
    }
}
