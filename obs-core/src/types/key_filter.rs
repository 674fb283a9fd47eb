//! Which keys a listing is about.

use crate::operation::{Operation, Parts};
use crate::request::Request;

/// Keys that begin alike, and how they are grouped; all, one by one, by default.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["logs/a.txt", "logs/2026/b.txt"]);
/// let page = bucket.list_objects().prefix("logs/").delimiter("/").send()?;
/// assert_eq!(page.contents[0].key, "logs/a.txt");
/// assert_eq!(page.common_prefixes, ["logs/2026/"]);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct KeyFilter {
    prefix: Option<String>,
    delimiter: Option<String>,
}

impl KeyFilter {
    pub(crate) fn write(&self, parts: &mut Parts) {
        parts.query_opt("prefix", self.prefix.as_deref());
        parts.query_opt("delimiter", self.delimiter.as_deref());
    }
}

impl<O: Operation + AsMut<KeyFilter>> Request<O> {
    /// Only keys that begin with this.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.operation.as_mut().prefix = Some(prefix.into());
        self
    }

    /// Groups keys that agree up to this text behind the prefix, most often `/`: the groups are the `common_prefixes` of a page.
    /// [`iter`](Request::iter) gives the keys that are in none.
    pub fn delimiter(mut self, delimiter: impl Into<String>) -> Self {
        self.operation.as_mut().delimiter = Some(delimiter.into());
        self
    }
}
