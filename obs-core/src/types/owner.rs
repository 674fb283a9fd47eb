//! Whose something is.

use crate::xml::{Node, NodeExt};

/// The owner of a bucket or an object, or whoever began an upload.
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
    pub(crate) fn child_of(node: Node<'_, '_>, name: &str) -> Option<Self> {
        let owner = node.child(name)?;
        Some(Self {
            id: owner.opt_text("ID").unwrap_or_default(),
            display_name: owner.opt_text("DisplayName"),
        })
    }
}
