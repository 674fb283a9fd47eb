//! Which of many keys a job is about. Pure: patterns and keys in, yes or no out.
//!
//! An own matcher since the alternatives bring a regular expression engine, or take a malformed pattern for one that
//! matches nothing. It follows all readings of a pattern side by side, so no pattern makes it slow.

mod glob;

use crate::error::Error;
use glob::Glob;

/// What is included and not excluded. Keys are those behind the prefix of the job, with `/` on every platform.
///
/// | pattern | matches |
/// |---|---|
/// | `?`, `*`, `**` | one character, any within a name, any at all |
/// | `**/` | any folders, or none |
/// | `[a-z]`, `[!a-z]` | one of these, one of the others; never `/` |
/// | `{a,b*}` | either |
/// | `\*` | the character itself |
///
/// As in `.gitignore`, a pattern without `/` is about the name in whatever folder (`*.tmp`), one with a `/` about the
/// whole key (`logs/*.gz`, `/a.txt`), and one that ends in `/` about all that is in such a folder (`.git/`). Case matters.
///
/// ```
/// use obs_transfer::Filter;
///
/// let filter = Filter::new(&["logs/*.gz"], &["logs/old-*"])?;
/// assert!(filter.matches("logs/monday.gz"));
/// assert!(!filter.matches("logs/old-monday.gz"));
/// assert_eq!(filter.literal_prefix(), "logs/");
/// # Ok::<(), obs_transfer::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Filter {
    include: Vec<Glob>,
    exclude: Vec<Glob>,
}

impl Filter {
    /// What matches one of `include`, unless it matches one of `exclude`. Without an include, everything is included.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) for a pattern that cannot be read.
    pub fn new<S: AsRef<str>>(include: &[S], exclude: &[S]) -> Result<Self, Error> {
        let parse = |patterns: &[S]| -> Result<Vec<Glob>, Error> {
            let mut globs = Vec::new();
            for pattern in patterns {
                globs.extend(Glob::parse(pattern.as_ref())?);
            }
            Ok(globs)
        };
        Ok(Self { include: parse(include)?, exclude: parse(exclude)? })
    }

    /// Whether the job is about this key: what of it is behind the job's prefix.
    #[must_use]
    pub fn matches(&self, key: &str) -> bool {
        let included = self.include.is_empty() || self.include.iter().any(|glob| glob.matches(key));
        included && !self.exclude.iter().any(|glob| glob.matches(key))
    }

    /// What every included key begins with: to be appended to the prefix of a listing, so that the server leaves out
    /// what the filter would.
    #[must_use]
    pub fn literal_prefix(&self) -> String {
        let mut prefixes = self.include.iter().map(Glob::literal_prefix);
        let first = prefixes.next().unwrap_or_default();
        prefixes.fold(first, |common, other| {
            common.chars().zip(other.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
        })
    }
}

#[cfg(test)]
mod tests;
