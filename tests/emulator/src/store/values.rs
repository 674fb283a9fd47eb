//! Values that the two protocols spell differently. Kept in the spelling of OBS.

use crate::exchange::Dialect;

/// Pairs of (obs, v2) spellings of the storage classes.
const STORAGE_CLASSES: [(&str, &str); 5] = [
    ("STANDARD", "STANDARD"),
    ("WARM", "STANDARD_IA"),
    ("COLD", "GLACIER"),
    ("DEEP_ARCHIVE", "DEEP_ARCHIVE"),
    ("INTELLIGENT_TIERING", "INTELLIGENT_TIERING"),
];

/// The OBS name of a storage class in either spelling.
pub(crate) fn storage_class(name: &str) -> Option<&'static str> {
    STORAGE_CLASSES.iter().find(|(obs, amz)| *obs == name || *amz == name).map(|(obs, _)| *obs)
}

/// The name of a storage class in a dialect.
pub(crate) fn storage_class_in(name: &str, dialect: Dialect) -> &str {
    match dialect {
        Dialect::Obs => name,
        Dialect::Amz => STORAGE_CLASSES.iter().find(|(obs, _)| *obs == name).map_or(name, |(_, amz)| *amz),
    }
}

/// Whether an object of this class must be restored before it is read.
pub(crate) fn is_archive(class: &str) -> bool {
    matches!(class, "COLD" | "DEEP_ARCHIVE")
}

/// A group that a grant may go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    Everyone,
    AuthenticatedUsers,
    LogDelivery,
}

impl Group {
    const NAMES: [(Self, &'static str, &'static str); 3] = [
        (Self::Everyone, "Everyone", "http://acs.amazonaws.com/groups/global/AllUsers"),
        (
            Self::AuthenticatedUsers,
            "AuthenticatedUsers",
            "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
        ),
        (Self::LogDelivery, "LogDelivery", "http://acs.amazonaws.com/groups/s3/LogDelivery"),
    ];

    pub(crate) fn parse(name: &str) -> Option<Self> {
        if name == "AllUsers" {
            return Some(Self::Everyone);
        }
        Self::NAMES.iter().find(|(_, obs, amz)| *obs == name || *amz == name).map(|(group, ..)| *group)
    }

    pub(crate) fn name_in(self, dialect: Dialect) -> &'static str {
        let (_, obs, amz) = Self::NAMES[self as usize];
        match dialect {
            Dialect::Obs => obs,
            Dialect::Amz => amz,
        }
    }
}
