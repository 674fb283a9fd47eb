//! XML as OBS writes and reads it: a small writer, and a tree for documents that are checked and kept.

use crate::errors::ObsError;
use crate::exchange::Dialect;
use std::fmt::Write as _;

/// Writes a document element by element.
#[derive(Debug)]
pub(crate) struct Writer {
    text: String,
}

impl Writer {
    /// Begins with the XML declaration.
    pub(crate) fn document() -> Self {
        Self { text: "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>".to_owned() }
    }

    /// Begins with the declaration and a root in the namespace of the dialect.
    pub(crate) fn root(name: &str, dialect: Dialect) -> Self {
        let mut writer = Self::document();
        let _ = write!(writer.text, "<{name} xmlns=\"{}\">", namespace(dialect));
        writer
    }

    pub(crate) fn open(&mut self, name: &str) {
        let _ = write!(self.text, "<{name}>");
    }

    pub(crate) fn close(&mut self, name: &str) {
        let _ = write!(self.text, "</{name}>");
    }

    pub(crate) fn text(&mut self, name: &str, value: &str) {
        if value.is_empty() {
            let _ = write!(self.text, "<{name}/>");
        } else {
            self.open(name);
            escape_into(&mut self.text, value);
            self.close(name);
        }
    }

    pub(crate) fn optional(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    pub(crate) fn display(&mut self, name: &str, value: impl std::fmt::Display) {
        let _ = write!(self.text, "<{name}>{value}</{name}>");
    }

    pub(crate) fn element(&mut self, element: &Element) {
        if element.children.is_empty() && element.text.is_empty() && element.attributes.is_empty() {
            let _ = write!(self.text, "<{}/>", element.name);
            return;
        }
        let _ = write!(self.text, "<{}", element.name);
        for (name, value) in &element.attributes {
            let _ = write!(self.text, " {name}=\"");
            escape_into(&mut self.text, value);
            self.text.push('"');
        }
        self.text.push('>');
        escape_into(&mut self.text, &element.text);
        for child in &element.children {
            self.element(child);
        }
        self.close(&element.name);
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.text.into_bytes()
    }
}

/// The namespace that documents of a dialect are in.
pub(crate) fn namespace(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Obs => "http://obs.myhwclouds.com/doc/2015-06-30/",
        Dialect::Amz => "http://s3.amazonaws.com/doc/2006-03-01/",
    }
}

/// Control characters go out as references that XML 1.0 does not allow: the service does the same, and clients
/// ask for `encoding-type=url` to get round it.
fn escape_into(text: &mut String, value: &str) {
    for character in value.chars() {
        match character {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\t' | '\n' => text.push(character),
            control if (control as u32) < 0x20 => {
                let _ = write!(text, "&#x{:x};", control as u32);
            }
            other => text.push(other),
        }
    }
}

/// An element of a document that is kept: namespaces are forgotten, text is trimmed where there are children.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
}

impl Element {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    pub(crate) fn leaf(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into(), ..Self::default() }
    }

    #[must_use]
    pub(crate) fn with(mut self, child: Element) -> Self {
        self.children.push(child);
        self
    }

    /// Reads a request body.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, ObsError> {
        let text = std::str::from_utf8(bytes)
            .map_err(|_| ObsError::malformed_xml("The XML you provided is not UTF-8."))?;
        if text.trim().is_empty() {
            return Err(ObsError::new(400, "MissingRequestBodyError", "Request body is empty."));
        }
        let document = roxmltree::Document::parse(text).map_err(|error| {
            ObsError::malformed_xml(format!("The XML you provided was not well-formed: {error}"))
        })?;
        Ok(Self::from_node(document.root_element()))
    }

    fn from_node(node: roxmltree::Node<'_, '_>) -> Self {
        let children: Vec<Self> =
            node.children().filter(roxmltree::Node::is_element).map(Self::from_node).collect();
        let text = if children.is_empty() {
            node.children().filter(roxmltree::Node::is_text).filter_map(|text| text.text()).collect()
        } else {
            String::new()
        };
        let attributes = node
            .attributes()
            .map(|attribute| (attribute.name().to_owned(), attribute.value().to_owned()))
            .collect();
        Self { name: node.tag_name().name().to_owned(), attributes, text, children }
    }

    /// The document with the namespace of a dialect.
    pub(crate) fn to_document(&self, dialect: Dialect) -> Vec<u8> {
        let mut root = self.clone();
        root.attributes.insert(0, ("xmlns".to_owned(), namespace(dialect).to_owned()));
        let mut writer = Writer::document();
        writer.element(&root);
        writer.finish()
    }

    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of a child.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.trim())
    }

    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_survives_reading_and_writing() {
        let source = b"<?xml version='1.0'?><a:Rule xmlns:a='urn:x'>\n <ID>1 &amp; 2</ID><Empty/>\n</a:Rule>";
        let element = Element::parse(source).unwrap();
        assert_eq!(element.get("ID"), Some("1 & 2"));
        let written = String::from_utf8(element.to_document(Dialect::Amz)).unwrap();
        assert!(
            written.ends_with(
                "<Rule xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><ID>1 &amp; 2</ID><Empty/></Rule>"
            ),
            "{written}"
        );
    }

    #[test]
    fn broken_documents_are_refused() {
        assert_eq!(Element::parse(b"<a>").unwrap_err().code, "MalformedXML");
        assert_eq!(Element::parse(b" ").unwrap_err().code, "MissingRequestBodyError");
        assert_eq!(Element::parse(b"<a>\xff</a>").unwrap_err().code, "MalformedXML");
    }
}
