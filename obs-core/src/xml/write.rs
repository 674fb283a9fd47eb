//! Writing: elements nest as closures do, so a document cannot be left open.

use std::fmt::{Display, Write};

use roxmltree::Node;

use super::read::NodeExt;
use crate::error::{Error, Result};

/// A document under construction.
#[derive(Debug, Default)]
pub(crate) struct XmlWriter {
    text: String,
    refused: Option<(String, char)>,
}

impl XmlWriter {
    /// Writes a whole document.
    pub(crate) fn document(root: &str, children: impl FnOnce(&mut Self)) -> Result<String> {
        let mut writer = Self::default();
        writer.element(root, children);
        writer.finish()
    }

    /// The document, unless it holds a character that XML cannot carry.
    pub(crate) fn finish(self) -> Result<String> {
        match self.refused {
            None => Ok(self.text),
            Some((element, c)) => {
                Err(Error::invalid(format!("{element} holds {c:?}, which XML cannot carry")))
            }
        }
    }

    /// An element with children.
    pub(crate) fn element(&mut self, name: &str, children: impl FnOnce(&mut Self)) {
        self.element_with(name, &[], children);
    }

    /// An element with attributes and children.
    pub(crate) fn element_with(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
        children: impl FnOnce(&mut Self),
    ) {
        self.start(name, attributes);
        children(self);
        self.end(name);
    }

    fn start(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.text.push('<');
        self.text.push_str(name);
        for (attribute, value) in attributes {
            self.text.push(' ');
            self.text.push_str(attribute);
            self.text.push_str("=\"");
            self.escaped(name, value);
            self.text.push('"');
        }
        self.text.push('>');
    }

    fn end(&mut self, name: &str) {
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push('>');
    }

    /// An element with text.
    pub(crate) fn text(&mut self, name: &str, value: impl Display) {
        let value = value.to_string();
        self.element(name, |w| w.escaped(name, &value));
    }

    /// Text in the element that is open.
    pub(crate) fn content(&mut self, within: &str, value: impl Display) {
        self.escaped(within, &value.to_string());
    }

    /// An element with text, where there is one.
    pub(crate) fn opt(&mut self, name: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    /// What was written by another writer.
    pub(crate) fn copied(&mut self, element: &str) {
        self.text.push_str(element);
    }

    /// An element of another document with all that is in it, but for comments; without prefixes, as only local names count.
    pub(crate) fn copy(&mut self, element: Node<'_, '_>) {
        let mut open: Vec<Node<'_, '_>> = Vec::new();
        // No recursion: whoever wrote the document says how deep it is.
        for node in element.descendants() {
            while open.last().is_some_and(|above| node.parent() != Some(*above)) {
                open.pop().into_iter().for_each(|done| self.end(done.name()));
            }
            if node.is_element() {
                let attributes: Vec<_> = node.attributes().map(|a| (a.name(), a.value())).collect();
                self.start(node.name(), &attributes);
                open.push(node);
            } else if let (true, Some(text), Some(within)) = (node.is_text(), node.text(), open.last()) {
                self.escaped(within.name(), text);
            }
        }
        open.into_iter().rev().for_each(|done| self.end(done.name()));
    }

    fn escaped(&mut self, element: &str, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.text.push_str("&amp;"),
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                '"' => self.text.push_str("&quot;"),
                // A parser would turn these into a blank or a line feed.
                '\r' | '\n' | '\t' => {
                    let _ = write!(self.text, "&#{};", c as u32);
                }
                '\0'..'\x20' | '\u{fffe}' | '\u{ffff}' => {
                    self.refused.get_or_insert_with(|| (element.to_owned(), c));
                }
                c => self.text.push(c),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let text = "a < b & \"c\" > d\r\n\tend ]]>";
        let document = XmlWriter::document("Root", |w| w.text("Child", text)).unwrap();
        let parsed = roxmltree::Document::parse(&document).unwrap();
        assert_eq!(parsed.root_element().first_child().unwrap().text(), Some(text));
    }

    #[test]
    fn what_xml_cannot_carry_is_refused() {
        let error = XmlWriter::document("Delete", |w| w.text("Key", "a\u{1}b")).unwrap_err();
        assert_eq!(error.to_string(), "Key holds '\\u{1}', which XML cannot carry");
    }
}
