//! A folder and a prefix become equal, or two prefixes.

mod compare;
mod down;
mod up;
mod within;

pub use down::SyncDown;
pub use up::SyncUp;
pub use within::SyncWithin;

/// Writes the setters that all directions have.
macro_rules! sync_setters {
    () => {
        /// Whether what is only on the side that is written to is deleted there: below the prefix or folder, and of that
        /// only what the filters are about. Deletions come last, and only if nothing failed; otherwise they are
        /// [withheld](crate::SkipReason::Withheld). Default: no.
        pub fn delete(mut self, on: bool) -> Self {
            self.delete = on;
            self
        }

        /// Whether files of the same size are compared by their content instead of their time of change: by CRC-64, or by
        /// MD5 where the server tells no other and the ETag is one. Costs a pass over each such local file. Objects that tell
        /// neither are compared by time. Default: no.
        pub fn checksum(mut self, on: bool) -> Self {
            self.compare = if on { Compare::Content } else { Compare::Time };
            self
        }

        /// Takes files of the same size for equal, without asking for the properties of each object. Default: no.
        pub fn size_only(mut self) -> Self {
            self.compare = Compare::Size;
            self
        }
    };
}
use sync_setters;
