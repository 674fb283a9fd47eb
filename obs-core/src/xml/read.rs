//! Reading: the services' namespaces differ, so only local names count.

use std::str::FromStr;

use roxmltree::{Document, Node};

use crate::error::{Error, Result};

/// Parses a document. Services send blanks ahead of it to keep a long call alive.
pub(crate) fn parse(text: &str) -> Result<Document<'_>> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err(Error::decode("the answer is empty where an XML document belongs"));
    }
    Document::parse(text).map_err(|e| Error::decode("the answer is no XML document").with_source(e))
}

/// What the documents of OBS need of a node.
pub(crate) trait NodeExt<'a, 'd: 'a> {
    /// The first child element of this name.
    fn child(&self, name: &str) -> Option<Node<'a, 'd>>;

    /// All child elements of this name.
    fn children_named<'n>(&self, name: &'n str)
    -> impl Iterator<Item = Node<'a, 'd>> + use<'a, 'd, 'n, Self>;

    /// The whole text, also where a comment splits it.
    fn full_text(&self) -> String;

    /// The text of a child; none if the child is missing or empty.
    fn opt_text(&self, name: &str) -> Option<String>;

    /// The text of a child that must be there; it may be empty.
    fn text_of(&self, name: &str) -> Result<String>;

    /// A value in a child; none if the child is missing or empty.
    fn opt<T: FromStr>(&self, name: &str) -> Result<Option<T>>;

    /// A value in a child that must be there.
    fn required<T: FromStr>(&self, name: &str) -> Result<T>;

    /// The error that tells that a child is missing.
    fn lacks(&self, name: &str) -> Error;

    /// `true` or `false` in any case; none if the child is missing or empty.
    fn opt_bool(&self, name: &str) -> Result<Option<bool>>;
}

impl<'a, 'd: 'a> NodeExt<'a, 'd> for Node<'a, 'd> {
    fn child(&self, name: &str) -> Option<Node<'a, 'd>> {
        self.children().find(|n| n.is_element() && n.tag_name().name() == name)
    }

    fn children_named<'n>(&self, name: &'n str) -> impl Iterator<Item = Node<'a, 'd>> + use<'a, 'd, 'n> {
        self.children().filter(move |n| n.is_element() && n.tag_name().name() == name)
    }

    fn full_text(&self) -> String {
        let mut texts = self.children().filter_map(|n| if n.is_text() { n.text() } else { None });
        let mut text = texts.next().unwrap_or_default().to_owned();
        for more in texts {
            text.push_str(more);
        }
        text
    }

    fn opt_text(&self, name: &str) -> Option<String> {
        self.child(name).map(|n| n.full_text()).filter(|t| !t.is_empty())
    }

    fn text_of(&self, name: &str) -> Result<String> {
        self.child(name).map(|n| n.full_text()).ok_or_else(|| self.lacks(name))
    }

    fn opt<T: FromStr>(&self, name: &str) -> Result<Option<T>> {
        let Some(text) = self.opt_text(name) else { return Ok(None) };
        match text.trim().parse() {
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(wrong(*self, name, &text)),
        }
    }

    fn required<T: FromStr>(&self, name: &str) -> Result<T> {
        self.opt(name)?.ok_or_else(|| self.lacks(name))
    }

    fn lacks(&self, name: &str) -> Error {
        Error::decode(format!("{} lacks {name}", self.tag_name().name()))
    }

    fn opt_bool(&self, name: &str) -> Result<Option<bool>> {
        let Some(text) = self.opt_text(name) else { return Ok(None) };
        match text.trim() {
            t if t.eq_ignore_ascii_case("true") => Ok(Some(true)),
            t if t.eq_ignore_ascii_case("false") => Ok(Some(false)),
            _ => Err(wrong(*self, name, &text)),
        }
    }
}

fn wrong(node: Node<'_, '_>, name: &str, text: &str) -> Error {
    let text: String = text.chars().take(40).collect();
    Error::decode(format!("{name} in {} is {text:?}", node.tag_name().name()))
}
