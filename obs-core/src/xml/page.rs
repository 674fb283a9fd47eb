//! Pages of listings, child by child: a thousand entries are read ten times as fast as from the tree of a parser.
//!
//! Documents as OBS writes them are scanned here: elements without attributes that hold either elements or text.
//! Whatever else XML allows (comments, CDATA, prefixes, other entities, blanks between elements, ...) and
//! whatever is broken is left to `roxmltree`, whose elements are then given in the same form: one reader
//! above, one judge of what is a document.

use std::borrow::Cow;

use roxmltree::Node;

use super::read::NodeExt;
use crate::error::Result;

/// What becomes of a page.
pub(crate) trait Page: Default {
    /// The local name of the root.
    const ROOT: &'static str;

    /// Reads a child of the root; they come in their order.
    fn read(&mut self, child: Element<'_>) -> Result<()>;
}

/// An element of a page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Element<'a> {
    items: &'a [Item<'a>],
    item: &'a Item<'a>,
    index: usize,
}

/// Elements stand in an array in the order of the document.
#[derive(Debug)]
struct Item<'t> {
    name: &'t str,
    text: Text<'t>,
    /// The index behind its last descendant.
    end: usize,
}

#[derive(Debug)]
enum Text<'t> {
    Plain(&'t str),
    /// With entities; they are known to be right.
    Escaped(&'t str),
    /// Put together from pieces.
    Own(Box<str>),
}

impl<'a> Element<'a> {
    fn of(items: &'a [Item<'a>], index: usize) -> Option<Self> {
        items.get(index).map(|item| Self { items, item, index })
    }
}

impl<'a> NodeExt<'a> for Element<'a> {
    fn name(self) -> &'a str {
        self.item.name
    }

    fn elements(self) -> impl Iterator<Item = Self> {
        let mut next = self.index + 1;
        std::iter::from_fn(move || {
            let child = Self::of(self.items, next).filter(|_| next < self.item.end)?;
            next = child.item.end;
            Some(child)
        })
    }

    fn content(self) -> Cow<'a, str> {
        match &self.item.text {
            Text::Plain(text) => Cow::Borrowed(text),
            Text::Own(text) => Cow::Borrowed(text),
            Text::Escaped(text) => Cow::Owned(unescaped(text)),
        }
    }
}

/// Reads a plain page; none if it needs a parser, if only to say what is wrong.
pub(crate) fn scan<P: Page>(text: &str) -> Option<P> {
    let mut page = P::default();
    let root = scan_children(text, &mut |child| page.read(child).ok())?;
    (root == P::ROOT).then_some(page)
}

/// Reads a page that was parsed.
pub(crate) fn of_tree<P: Page>(root: Node<'_, '_>) -> Result<P> {
    let mut page = P::default();
    let mut items = Vec::new();
    for child in root.elements() {
        items.clear();
        flatten(child, &mut items);
        if let Some(child) = Element::of(&items, 0) {
            page.read(child)?;
        }
    }
    Ok(page)
}

fn flatten<'t>(root: Node<'t, '_>, items: &mut Vec<Item<'t>>) {
    let mut open: Vec<(Node<'_, '_>, usize)> = Vec::new();
    let close = |items: &mut Vec<Item<'t>>, index: usize| {
        let end = items.len();
        if let Some(item) = items.get_mut(index) {
            item.end = end;
        }
    };
    for node in root.descendants().filter(Node::is_element) {
        while let Some((_, index)) = open.last().copied().filter(|(above, _)| node.parent() != Some(*above)) {
            close(items, index);
            open.pop();
        }
        open.push((node, items.len()));
        let text = match node.content() {
            Cow::Borrowed(text) => Text::Plain(text),
            Cow::Owned(text) => Text::Own(text.into()),
        };
        items.push(Item { name: node.name(), text, end: 0 });
    }
    while let Some((_, index)) = open.pop() {
        close(items, index);
    }
}

/// Gives the children of the root of a plain document to `take`, until that gives none. The name of the root.
fn scan_children<'t>(text: &'t str, take: &mut dyn FnMut(Element<'_>) -> Option<()>) -> Option<&'t str> {
    // Characters that XML forbids or that a parser changes; 0xEF begins U+FFFE and U+FFFF.
    let strange = |b: u8| (b < b' ' && b != b'\n' && b != b'\t') || b == 0xEF;
    if text.bytes().fold(false, |found, b| found | strange(b)) {
        return None;
    }
    let (root, behind) = name(without_declaration(text.trim()).strip_prefix('<')?)?;
    let mut rest = without_namespace(behind)?.strip_prefix('>')?;
    // The elements of one child.
    let mut items: Vec<Item<'_>> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    loop {
        if let Some(closing) = rest.strip_prefix("</") {
            let Some(index) = open.pop() else {
                return closing.strip_prefix(root)?.strip_prefix('>')?.is_empty().then_some(root);
            };
            let end = items.len();
            let item = items.get_mut(index)?;
            item.end = end;
            rest = closing.strip_prefix(item.name)?.strip_prefix('>')?;
        } else {
            let (name, behind) = name(rest.strip_prefix('<')?)?;
            let end = items.len() + 1;
            if let Some(behind) = behind.strip_prefix("/>") {
                items.push(Item { name, text: Text::Plain(""), end });
                rest = behind;
            } else {
                let (text, behind) = content(behind.strip_prefix('>')?)?;
                // Text stands alone in its element.
                if !matches!(text, Text::Plain("")) && !behind.starts_with("</") {
                    return None;
                }
                open.push(items.len());
                items.push(Item { name, text, end });
                rest = behind;
            }
        }
        if open.is_empty() {
            take(Element::of(&items, 0)?)?;
            items.clear();
        }
    }
}

/// What stands behind the declaration, in the forms that servers write.
fn without_declaration(text: &str) -> &str {
    let forms = [
        r#"<?xml version="1.0" encoding="UTF-8"?>"#,
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
        r#"<?xml version="1.0" encoding="utf-8"?>"#,
        r#"<?xml version='1.0' encoding='UTF-8'?>"#,
        r#"<?xml version="1.0"?>"#,
    ];
    forms.iter().find_map(|form| text.strip_prefix(form)).map_or(text, str::trim_ascii_start)
}

/// A name of letters and digits, and what follows.
fn name(text: &str) -> Option<(&str, &str)> {
    if !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    text.split_at_checked(text.bytes().position(|b| !b.is_ascii_alphanumeric())?)
}

/// Skips a default namespace, which the services put at the root, if one is there.
fn without_namespace(text: &str) -> Option<&str> {
    let Some(namespace) = text.strip_prefix(" xmlns=\"") else { return Some(text) };
    let (namespace, behind) = namespace.split_once('"')?;
    let plain = namespace.bytes().all(|b| b.is_ascii_alphanumeric() || b":/.-_".contains(&b));
    // The W3C's own are forbidden here.
    (plain && !namespace.contains("w3.org")).then_some(behind)
}

/// The text up to the next `<`, and what follows; none of one with entities that have to be looked up.
fn content(text: &str) -> Option<(Text<'_>, &str)> {
    let stop = |b: &u8| matches!(b, b'<' | b'&' | b'>');
    let mut end = text.bytes().position(|b| stop(&b))?;
    let mut escaped = false;
    loop {
        let (content, behind) = text.split_at_checked(end)?;
        if behind.starts_with('<') {
            return Some((if escaped { Text::Escaped(content) } else { Text::Plain(content) }, behind));
        }
        // A `>` may end the forbidden `]]>`.
        let (_, entity) = entity(behind.strip_prefix('&')?)?;
        escaped = true;
        end = text.len() - entity.len() + entity.bytes().position(|b| stop(&b))?;
    }
}

/// The character of an entity that needs no looking up, and what follows.
fn entity(text: &str) -> Option<(char, &str)> {
    const KNOWN: [(&str, char); 7] = [
        ("quot;", '"'),
        ("amp;", '&'),
        ("lt;", '<'),
        ("gt;", '>'),
        ("apos;", '\''),
        ("#34;", '"'),
        ("#39;", '\''),
    ];
    KNOWN.iter().find_map(|(name, c)| text.strip_prefix(name).map(|behind| (*c, behind)))
}

fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('&') {
        plain.push_str(before);
        let (c, behind) = entity(behind).unwrap_or(('&', behind));
        plain.push(c);
        rest = behind;
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names, texts and ends of all elements.
    #[derive(Debug, Default, PartialEq, Eq)]
    struct Shown(Vec<Vec<(String, String, usize)>>);

    impl Page for Shown {
        const ROOT: &'static str = "R";

        fn read(&mut self, child: Element<'_>) -> Result<()> {
            let elements = (0..child.items.len()).filter_map(|i| Element::of(child.items, i));
            self.0.push(elements.map(|e| (e.name().to_owned(), e.full_text(), e.item.end)).collect());
            Ok(())
        }
    }

    fn parsed(text: &str) -> Option<Shown> {
        let document = crate::xml::parse(text).ok()?;
        of_tree(document.root_element()).ok()
    }

    /// Whether a document is scanned; then the parser must read the same.
    #[track_caller]
    fn scanned(text: &str) -> bool {
        match scan(text) {
            None => false,
            Some(page) => {
                assert_eq!(Some(page), parsed(text), "{text}");
                true
            }
        }
    }

    const PAGE: &str = concat!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n",
        "<R xmlns=\"http://obs.myhwclouds.com/doc/2015-06-30/\"><Name>b</Name><Prefix></Prefix><Marker/>",
        "<IsTruncated>true</IsTruncated><Contents><Key>a &amp; b\u{20ac}</Key><ETag>&quot;00&quot;</ETag><Owner>",
        "<ID>x</ID></Owner></Contents><Contents><Key>b&#39;</Key><Size>7</Size></Contents>",
        "<CommonPrefixes><Prefix>c/</Prefix></CommonPrefixes></R>"
    );

    #[test]
    fn pages_of_servers_are_scanned() {
        assert!(scanned(PAGE));
        assert!(scanned("<R></R>\n"));
        assert!(scanned("<R><A>text\nof two lines</A></R>"));
    }

    #[test]
    fn the_unusual_is_left_to_the_parser() {
        for text in [
            "<R><!-- c --></R>",
            "<R><![CDATA[x]]></R>",
            "<R><?pi?></R>",
            "<p:R xmlns:p=\"u\"/>",
            "<R a=\"1\"/>",
            "<R>\n  <A/>\n</R>",
            "<R>a<A/></R>",
            "<R><A/>a</R>",
            "<R>a\r\nb</R>",
            "<R>&#x20ac;</R>",
            "<R>a > b</R>",
            "<R >a</R >",
            "<R>\u{ff21}</R>",
            "<?xml version=\"1.1\"?><R/>",
        ] {
            assert!(!scanned(text), "{text}");
            assert!(parsed(text).is_some(), "{text}");
        }
    }

    #[test]
    fn the_broken_is_refused() {
        for text in [
            "",
            " ",
            "<!DOCTYPE R><R/>",
            "<R",
            "<R>",
            "<R></S>",
            "</R>",
            "<R/><R/>",
            "<R/>x",
            "x<R/>",
            "<R><A></R></A>",
            "<R>&nosuch;</R>",
            "<R>&amp</R>",
            "<R>]]></R>",
            "<R>\u{1}</R>",
            "<R>\u{fffe}</R>",
            "<1/>",
            "<R xmlns=\"http://www.w3.org/XML/1998/namespace\"/>",
        ] {
            assert!(scan::<Shown>(text).is_none(), "{text}");
            assert!(parsed(text).is_none(), "{text}");
        }
    }

    /// Pages with bytes taken out, doubled, swapped and put in from what XML is made of.
    #[test]
    fn mutated_pages_are_never_read_otherwise_than_by_the_parser() {
        let pieces: Vec<&str> = "<|>|/|</|/>|&|;|&amp;|&lt;|&#38;|&x;|]]>|<![CDATA[|<!--|-->|<?|?>|\"|'| |\n|\r|\t|=|:|<A>|</A>|<A/>|\u{ffff}|\u{1}"
            .split('|')
            .collect();
        let mut random = fastrand::Rng::with_seed(7);
        let mut read = 0;
        for _ in 0..20_000 {
            let mut page: Vec<char> = PAGE.chars().collect();
            for _ in 0..random.usize(1..3) {
                let at = random.usize(..page.len());
                match random.u8(..5) {
                    0 => drop(page.remove(at)),
                    1 => page.insert(at, page[at]),
                    2 => {
                        let other = random.usize(..page.len());
                        page.swap(at, other);
                    }
                    3 => {
                        let end = (at + random.usize(1..40)).min(page.len());
                        let copy = page[at..end].to_vec();
                        let to = random.usize(..page.len());
                        page.splice(to..to, copy);
                    }
                    _ => drop(page.splice(at..at, random.choice(&pieces).unwrap().chars())),
                }
            }
            read += u32::from(scanned(&page.into_iter().collect::<String>()));
        }
        // Many stay documents, or this would prove nothing.
        assert!(read > 1_000, "{read}");
    }

    #[test]
    fn depth_costs_no_more_than_length() {
        let deep = format!("<R><!-- -->{}{}</R>", "<a>".repeat(150_000), "</a>".repeat(150_000));
        let began = std::time::Instant::now();
        let page = parsed(&deep).unwrap();
        assert_eq!((page.0[0].len(), page.0[0][7].2), (150_000, 150_000));
        assert!(began.elapsed() < std::time::Duration::from_secs(20), "{:?}", began.elapsed());
    }
}
