//! Comparison as `SCHEMA.md` says. Each part gives what differs; nothing means equal.

mod body_json;
mod body_xml;
pub mod flow;
mod headers;
pub mod post;
mod query;
pub mod request;
pub mod result;
mod sign;
mod sign_v4;
pub mod url;

use std::fmt::{self, Debug, Display};

/// Something that is not as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub what: String,
    pub recorded: String,
    pub ours: String,
}

impl Difference {
    pub fn new(what: impl Into<String>, recorded: impl Debug, ours: impl Debug) -> Self {
        Self { what: what.into(), recorded: format!("{recorded:?}"), ours: format!("{ours:?}") }
    }

    /// A vector that could not be run, or a call that failed.
    pub fn error(what: impl Into<String>, ours: impl Display) -> Self {
        Self { what: what.into(), recorded: String::new(), ours: ours.to_string() }
    }
}

impl Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.recorded.is_empty() {
            return write!(f, "{}: {}", self.what, self.ours);
        }
        write!(f, "{}\n      recorded: {}\n      ours:     {}", self.what, self.recorded, self.ours)
    }
}

/// What differs.
#[derive(Debug, Default)]
pub struct Differences(pub Vec<Difference>);

impl Differences {
    pub fn add(&mut self, difference: Difference) {
        self.0.push(difference);
    }

    /// Notes two values unless they are the same.
    pub fn compare<T: PartialEq + Debug + ?Sized>(&mut self, what: &str, recorded: &T, ours: &T) {
        if recorded != ours {
            self.add(Difference::new(what, recorded, ours));
        }
    }

    /// Puts all that was found in one place, such as the second of several requests.
    pub fn within(mut self, place: &str) -> Self {
        for difference in &mut self.0 {
            difference.what = format!("{place}: {}", difference.what);
        }
        self
    }

    pub fn extend(&mut self, more: Self) {
        self.0.extend(more.0);
    }
}
