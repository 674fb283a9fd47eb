//! What a bucket document may consist of.

use crate::xml::Element;

/// How often an element may occur.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Count {
    One,
    Optional,
    Any,
    Some,
}

/// What an element holds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// Text that passes a test.
    Text(fn(&str) -> bool),
    /// Further elements.
    Tree(&'static [Field]),
}

/// An element of a document.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) count: Count,
    pub(crate) kind: Kind,
}

pub(crate) const fn text(name: &'static str, count: Count, test: fn(&str) -> bool) -> Field {
    Field { name, count, kind: Kind::Text(test) }
}

pub(crate) const fn tree(name: &'static str, count: Count, fields: &'static [Field]) -> Field {
    Field { name, count, kind: Kind::Tree(fields) }
}

/// Compares an element with its grammar; the error says what does not fit.
pub(crate) fn check(element: &Element, kind: Kind) -> Result<(), String> {
    match kind {
        Kind::Text(test) if element.children.is_empty() && test(element.text.trim()) => Ok(()),
        Kind::Text(_) => Err(format!("{} has the wrong value \"{}\"", element.name, element.text.trim())),
        Kind::Tree(fields) => check_children(element, fields),
    }
}

fn check_children(element: &Element, fields: &[Field]) -> Result<(), String> {
    if element.children.is_empty() && !element.text.trim().is_empty() {
        return Err(format!("{} holds text instead of elements", element.name));
    }
    for child in &element.children {
        let field = fields
            .iter()
            .find(|field| field.name == child.name)
            .ok_or_else(|| format!("{} must not hold {}", element.name, child.name))?;
        check(child, field.kind)?;
    }
    for field in fields {
        let count = element.all(field.name).count();
        let fits = match field.count {
            Count::One => count == 1,
            Count::Optional => count <= 1,
            Count::Any => true,
            Count::Some => count >= 1,
        };
        if !fits {
            return Err(format!("{} holds {count} elements {}", element.name, field.name));
        }
    }
    Ok(())
}

pub(crate) fn any(_: &str) -> bool {
    true
}

pub(crate) fn filled(text: &str) -> bool {
    !text.is_empty()
}

pub(crate) fn boolean(text: &str) -> bool {
    text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
}

pub(crate) fn number(text: &str) -> bool {
    text.parse::<u64>().is_ok()
}

pub(crate) fn positive(text: &str) -> bool {
    text.parse::<u64>().is_ok_and(|number| number > 0)
}

pub(crate) fn status(text: &str) -> bool {
    matches!(text, "Enabled" | "Disabled")
}

pub(crate) fn date(text: &str) -> bool {
    crate::api::time::parse_iso8601(text).is_some()
}

pub(crate) fn class(text: &str) -> bool {
    crate::store::values::storage_class(text).is_some()
}
