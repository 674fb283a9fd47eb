//! How objects are stored, and at what price.

use obs_sign::Dialect;

use super::open_enum;

open_enum! {
    /// The storage class of an object, or the default one of a bucket.
    ///
    /// The protocols name two of them differently; the names of either are understood.
    ///
    /// ```
    /// use obs_core::StorageClass;
    /// assert_eq!(StorageClass::from("STANDARD_IA"), StorageClass::Warm);
    /// assert_eq!(StorageClass::from("FROZEN").as_str(), "FROZEN");
    /// ```
    StorageClass {
        /// Frequently used.
        Standard = "STANDARD",
        /// Used less than once a month; `STANDARD_IA` in V2 and V4.
        Warm = "WARM" | "STANDARD_IA",
        /// Used about once a year; must be restored before it can be read. `GLACIER` in V2 and V4.
        Cold = "COLD" | "GLACIER",
        /// Cheaper and slower than Cold.
        DeepArchive = "DEEP_ARCHIVE",
        /// Moved between classes by the service.
        IntelligentTiering = "INTELLIGENT_TIERING",
    }
}

impl StorageClass {
    /// The name in a protocol.
    pub fn wire(&self, dialect: Dialect) -> &str {
        match (self, dialect.is_obs()) {
            (Self::Warm, false) => "STANDARD_IA",
            (Self::Cold, false) => "GLACIER",
            _ => self.as_str(),
        }
    }
}
