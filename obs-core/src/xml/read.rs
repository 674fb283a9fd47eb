//! Reading: the services' namespaces differ, so only local names count.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use roxmltree::{Document, Error as Broken, Node};

use crate::error::{Error, Result};

/// Parses a document. Services send blanks ahead of it to keep a long call alive.
pub(crate) fn parse(text: &str) -> Result<Document<'_>> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err(Error::cut_short("the answer is empty where an XML document belongs"));
    }
    if is_flood(text.as_bytes()) {
        return Err(Error::decode(
            "the answer is no document of OBS: it has too much in a tag, or too many of them",
        ));
    }
    Document::parse(text).map_err(|e| {
        let unfinished =
            matches!(e, Broken::UnexpectedEndOfStream | Broken::UnclosedRootNode | Broken::NoRootNode);
        let error = if unfinished || !text.ends_with('>') {
            Error::cut_short("the answer is cut where an XML document belongs")
        } else {
            Error::decode("the answer is no XML document")
        };
        error.with_source(e)
    })
}

/// More attributes, declarations of namespaces among them, than any tag of OBS has.
const MOST_ATTRIBUTES: usize = 64;
/// More than a page of 1,000 keys has tags.
const MOST_TAGS: usize = 400_000;

/// Whether a parser would take minutes, or gigabytes: the work for attributes and namespaces grows with their square. Reads the text
/// once, and may be wrong only about what is no XML anyway.
fn is_flood(text: &[u8]) -> bool {
    let mut tags = 0_usize;
    let mut rest = text;
    let behind =
        |mark: &[u8], text: &[u8]| text.windows(mark.len()).position(|w| w == mark).map(|at| at + mark.len());
    while let Some(open) = rest.iter().position(|byte| *byte == b'<') {
        rest = rest.get(open..).unwrap_or_default();
        tags += 1;
        let skipped = match rest {
            [b'<', b'!', b'-', b'-', ..] => behind(b"-->", rest),
            [b'<', b'!', b'[', ..] => behind(b"]]>", rest),
            [b'<', b'?', ..] => behind(b"?>", rest),
            _ => {
                let (mut quote, mut attributes, mut end) = (None, 0_usize, None);
                for (at, byte) in rest.iter().enumerate() {
                    match (quote, *byte) {
                        (Some(opened), byte) if opened == byte => quote = None,
                        (Some(_), _) => {}
                        (None, b'"' | b'\'') => quote = Some(*byte),
                        (None, b'=') => attributes += 1,
                        (None, b'>') => {
                            end = Some(at + 1);
                            break;
                        }
                        _ => {}
                    }
                }
                if attributes > MOST_ATTRIBUTES {
                    return true;
                }
                end
            }
        };
        if tags > MOST_TAGS {
            return true;
        }
        let Some(next) = skipped else { return false };
        rest = rest.get(next..).unwrap_or_default();
    }
    false
}

/// What the documents of OBS need of an element.
pub(crate) trait NodeExt<'a>: Copy {
    /// Its local name.
    fn name(self) -> &'a str;

    /// The elements in it.
    fn elements(self) -> impl Iterator<Item = Self>;

    /// The whole text, also where a comment splits it.
    fn content(self) -> Cow<'a, str>;

    /// The first child element of this name.
    fn child(self, name: &str) -> Option<Self> {
        self.elements().find(|n| n.name() == name)
    }

    /// All child elements of this name.
    fn children_named(self, name: &str) -> impl Iterator<Item = Self> {
        self.elements().filter(move |n| n.name() == name)
    }

    /// The whole text as a string of its own.
    fn full_text(self) -> String {
        self.content().into_owned()
    }

    /// The whole text; none if it is empty.
    fn own_text(self) -> Option<String> {
        Some(self.full_text()).filter(|t| !t.is_empty())
    }

    /// The value that it holds; none if it is empty.
    fn own<T: FromStr>(self) -> Result<Option<T>> {
        match self.content().trim() {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| wrong(self.name(), text)),
        }
    }

    /// `true` or `false` in any case; `false` if it is empty.
    fn own_bool(self) -> Result<bool> {
        match self.content() {
            text if text.is_empty() => Ok(false),
            text => truth(&text).ok_or_else(|| wrong(self.name(), &text)),
        }
    }

    /// The text of a child; none if the child is missing or empty.
    fn opt_text(self, name: &str) -> Option<String> {
        self.opt_content(name).map(Cow::into_owned)
    }

    /// The same, borrowed.
    fn opt_content(self, name: &str) -> Option<Cow<'a, str>> {
        self.child(name).map(Self::content).filter(|t| !t.is_empty())
    }

    /// The text of a child that must be there; it may be empty.
    fn text_of(self, name: &str) -> Result<String> {
        self.child(name).map(Self::full_text).ok_or_else(|| self.lacks(name))
    }

    /// A value in a child; none if the child is missing or empty.
    fn opt<T: FromStr>(self, name: &str) -> Result<Option<T>> {
        let Some(text) = self.opt_content(name) else { return Ok(None) };
        match text.trim().parse() {
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(wrong(format_args!("{name} in {}", self.name()), &text)),
        }
    }

    /// A value in a child that must be there.
    fn required<T: FromStr>(self, name: &str) -> Result<T> {
        self.opt(name)?.ok_or_else(|| self.lacks(name))
    }

    /// `true` or `false` in any case; none if the child is missing or empty.
    fn opt_bool(self, name: &str) -> Result<Option<bool>> {
        let Some(text) = self.opt_content(name) else { return Ok(None) };
        truth(&text).map(Some).ok_or_else(|| wrong(format_args!("{name} in {}", self.name()), &text))
    }

    /// The error that tells that a child is missing.
    fn lacks(self, name: &str) -> Error {
        Error::decode(format!("{} lacks {name}", self.name()))
    }
}

fn truth(text: &str) -> Option<bool> {
    match text.trim() {
        t if t.eq_ignore_ascii_case("true") => Some(true),
        t if t.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// The error that tells that something else stands there than should.
fn wrong(place: impl fmt::Display, text: &str) -> Error {
    let text: String = text.chars().take(40).collect();
    Error::decode(format!("{place} is {text:?}"))
}

impl<'a> NodeExt<'a> for Node<'a, '_> {
    fn name(self) -> &'a str {
        self.tag_name().name()
    }

    fn elements(self) -> impl Iterator<Item = Self> {
        self.children().filter(Node::is_element)
    }

    fn content(self) -> Cow<'a, str> {
        let mut texts = self.children().filter(Node::is_text).filter_map(|n| n.text());
        let mut text = Cow::Borrowed(texts.next().unwrap_or_default());
        for more in texts {
            text.to_mut().push_str(more);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floods_are_refused_at_once() {
        let attributes: String = (0..1_000_000).map(|n| format!(" a{n}='1'")).collect();
        let namespaces: String = (0..3000).map(|n| format!(" xmlns:n{n}='u{n}'")).collect();
        let floods = [
            format!("{}{}", "<a>".repeat(1_000_000), "</a>".repeat(1_000_000)),
            format!("<R{attributes}/>"),
            format!("<R{namespaces}>{}</R>", "<c xmlns:x='y'/>".repeat(100_000)),
            format!("<R>{}</R>", "<a/>".repeat(2_000_000)),
        ];
        for flood in floods {
            let began = std::time::Instant::now();
            assert!(parse(&flood).is_err());
            assert!(began.elapsed() < std::time::Duration::from_secs(20), "{:?}", began.elapsed());
        }
        assert!(parse("<?xml version='1.0'?><!-- < > --><a b='>'>x</a>").is_ok());
        assert!(parse("<a><![CDATA[<<<<]]><b c=\"'=\"/></a>").is_ok());
    }

    #[test]
    fn a_document_cut_anywhere_may_be_whole_the_next_time_and_a_wrong_one_not() {
        let whole = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<R xmlns=\"u\"><!-- c --><A b='1'>x &amp; y</A><B/>\
            <![CDATA[z]]></R>";
        for end in 0..whole.len() {
            let error = parse(&whole[..end]).unwrap_err();
            assert!(error.is_retryable(), "{:?}: {error}", &whole[..end]);
        }
        assert!(parse(whole).is_ok());
        for wrong in
            ["<R>\u{1}</R>", "<R></S>", "<!DOCTYPE html><html><br></html>", "<R>&no;</R>", "<R/><R/>"]
        {
            assert!(!parse(wrong).unwrap_err().is_retryable(), "{wrong}");
        }
    }
}
