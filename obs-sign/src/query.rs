use std::borrow::Cow;
use std::fmt;

use crate::encode;
use crate::redact::{MASK, is_secret};

type Text = Cow<'static, str>;

/// The query of a request: items with and without a value, not yet encoded.
///
/// ```
/// use obs_sign::Query;
/// let mut query = Query::new();
/// query.push("prefix", "a b/");
/// query.flag("versions");
/// query.push_opt("marker", None::<String>);
/// assert_eq!(query.encode(), "versions&prefix=a%20b/");
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Query(Vec<(Text, Option<Text>)>);

impl Query {
    /// No items; allocates nothing.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds an item without a value, such as `acl`.
    pub fn flag(&mut self, name: impl Into<Cow<'static, str>>) -> &mut Self {
        self.0.push((name.into(), None));
        self
    }

    /// Adds an item with a value. The empty value stays (`name=`).
    pub fn push(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<Cow<'static, str>>,
    ) -> &mut Self {
        self.0.push((name.into(), Some(value.into())));
        self
    }

    /// Adds an item if there is a value.
    pub fn push_opt(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        value: Option<impl Into<Cow<'static, str>>>,
    ) -> &mut Self {
        if let Some(value) = value {
            self.push(name, value);
        }
        self
    }

    /// The items in insertion order: name, and the value if there is one.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> + Clone {
        self.0.iter().map(|(name, value)| (name.as_ref(), value.as_deref()))
    }

    /// The value of the first item of that name (exact case); `""` for an item without one.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(held, _)| *held == name).map(|(_, value)| value.unwrap_or_default())
    }

    /// Whether there is an item of that name (exact case).
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The query as sent, without `?`: items without a value first, then the others in insertion order. `""` if there are none.
    pub fn encode(&self) -> String {
        let mut out = String::new();
        self.write_to(&mut out);
        out
    }

    /// Appends to `out` what [`encode`](Self::encode) gives.
    pub fn write_to(&self, out: &mut String) {
        let mut separator = "";
        for (name, _) in self.iter().filter(|(_, value)| value.is_none()) {
            out.push_str(separator);
            encode::push_query(out, name);
            separator = "&";
        }
        for (name, value) in self.iter().filter_map(|(name, value)| Some((name, value?))) {
            out.push_str(separator);
            encode::push_query(out, name);
            out.push('=');
            encode::push_query(out, value);
            separator = "&";
        }
    }
}

/// Security tokens and signatures are masked.
impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.iter().map(|(name, value)| (name, if is_secret(name) { Some(MASK) } else { value }));
        f.debug_map().entries(shown).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_go_first_and_values_are_escaped_once() {
        let mut query = Query::new();
        query.push("foo", "bar baz").flag("q").push("z/y", "中").push("empty", "").push("p%", "%20+");
        assert_eq!(query.encode(), "q&foo=bar%20baz&z/y=%E4%B8%AD&empty=&p%25=%2520%2B");
        assert_eq!((query.get("q"), query.get("foo"), query.get("none")), (Some(""), Some("bar baz"), None));
    }

    #[test]
    fn debug_masks_tokens() {
        let mut query = Query::new();
        query.push("x-obs-security-token", "t0ken").push("marker", "m");
        let shown = format!("{query:?}");
        assert!(!shown.contains("t0ken") && shown.contains("marker"), "{shown}");
    }
}
