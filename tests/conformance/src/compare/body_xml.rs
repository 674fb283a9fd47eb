//! XML documents, as trees.

use roxmltree::{Document, Node};

use super::{Difference, Differences};

/// Elements whose children may stand in another order, as long as those of one name keep theirs.
const UNORDERED: [&str; 4] = ["CORSRule", "Rule", "Grant", "TopicConfiguration"];

pub fn compare(recorded: &str, ours: &[u8], differences: &mut Differences) {
    let Ok(ours) = std::str::from_utf8(ours) else {
        differences.add(Difference::new("body (XML)", recorded, ours));
        return;
    };
    let parsed = match Document::parse(recorded) {
        Ok(parsed) => parsed,
        Err(error) => return differences.add(Difference::error("the recorded body is no XML", error)),
    };
    let document = match Document::parse(ours) {
        Ok(document) => document,
        Err(error) => return differences.add(Difference::new(format!("body: {error}"), recorded, ours)),
    };
    let (a, b) = (parsed.root_element(), document.root_element());
    if let Some(place) = difference(a, b, a.tag_name().name()) {
        differences.add(Difference::new(format!("body (XML) at {place}"), recorded, ours));
    }
}

/// Where two trees part.
fn difference(recorded: Node<'_, '_>, ours: Node<'_, '_>, path: &str) -> Option<String> {
    let name = recorded.tag_name().name();
    if name != ours.tag_name().name() {
        return Some(format!("{path}: the element is {}", ours.tag_name().name()));
    }
    if attributes(recorded) != attributes(ours) {
        return Some(format!("{path}: the attributes"));
    }
    let (a, b) = (children(recorded), children(ours));
    if a.len() != b.len() {
        let names = |c: &[Node<'_, '_>]| c.iter().map(|n| n.tag_name().name().to_owned()).collect::<Vec<_>>();
        return Some(format!("{path}: the children are {:?}, not {:?}", names(&b), names(&a)));
    }
    if text(recorded, a.is_empty()) != text(ours, b.is_empty()) {
        return Some(format!("{path}: the text"));
    }
    for (index, (a, b)) in a.into_iter().zip(b).enumerate() {
        let path = format!("{path}/{}[{index}]", a.tag_name().name());
        if let Some(found) = difference(a, b, &path) {
            return Some(found);
        }
    }
    None
}

fn children<'a, 'd>(node: Node<'a, 'd>) -> Vec<Node<'a, 'd>> {
    let mut children: Vec<_> = node.children().filter(Node::is_element).collect();
    if UNORDERED.contains(&node.tag_name().name()) {
        children.sort_by_key(|n| n.tag_name().name().to_owned());
    }
    children
}

/// Attributes by namespace and name; declarations of namespaces are none.
fn attributes(node: Node<'_, '_>) -> Vec<(String, String, String)> {
    let mut found: Vec<_> = node
        .attributes()
        .map(|a| (a.namespace().unwrap_or_default().to_owned(), a.name().to_owned(), a.value().to_owned()))
        .collect();
    found.sort();
    found
}

/// The text of an element. Blanks between child elements mean nothing.
fn text(node: Node<'_, '_>, leaf: bool) -> String {
    let text: String = node.children().filter(|n| n.is_text()).filter_map(|n| n.text()).collect();
    if leaf { text } else { text.trim().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn equal(recorded: &str, ours: &str) -> bool {
        let mut differences = Differences::default();
        compare(recorded, ours.as_bytes(), &mut differences);
        differences.0.is_empty()
    }

    #[test]
    fn means_the_same() {
        assert!(equal("<A><B/></A>", "<?xml version=\"1.0\"?><A xmlns=\"http://x/\">\n <B></B>\n</A>"));
        assert!(equal(
            "<R><Rule><A>1</A><B/><A>2</A></Rule></R>",
            "<R><Rule><B/><A>1</A><A>2</A></Rule></R>"
        ));
        assert!(equal("<A>&lt;&#x4e2d;</A>", "<A><![CDATA[<中]]></A>"));
    }

    #[test]
    fn differs() {
        assert!(!equal("<R><A/><B/></R>", "<R><B/><A/></R>"));
        assert!(!equal("<R><Rule><A>1</A><A>2</A></Rule></R>", "<R><Rule><A>2</A><A>1</A></Rule></R>"));
        assert!(!equal("<A> x</A>", "<A>x</A>"));
        assert!(!equal("<A/>", "<A> </A>"));
        assert!(!equal("<A b=\"1\"/>", "<A b=\"2\"/>"));
        assert!(!equal("<A/>", "<A><B/></A>"));
        assert!(!equal("<A/>", "A"));
    }
}
