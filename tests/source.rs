//! Reads the sources of the SDK as far as the tests that hold them to the documentation need.

use std::fs;
use std::path::{Path, PathBuf};

use crate::markdown::root;

/// Something with a name, and what is said of it.
#[derive(Debug)]
pub struct Declaration {
    /// How far the line is indented: 0 for what a module declares, 4 for methods.
    pub indent: usize,
    /// Whether the line says `pub`.
    pub public: bool,
    /// `struct`, `enum`, `trait` or `fn`.
    pub kind: &'static str,
    /// The name.
    pub name: String,
    /// The comment, without the slashes. What follows `example` in the table of operations is run as a code block, and begins with the
    /// fence of one here.
    pub docs: String,
}

impl Declaration {
    /// Whether an example shows how it is used.
    pub fn has_example(&self) -> bool {
        self.docs.contains("```")
    }

    /// What the API of OBS calls it, where the comment says so.
    pub fn api(&self) -> Option<&str> {
        Some(self.docs.split_once("(OBS: ")?.1.split_once(')')?.0)
    }
}

/// What a file declares for the reference to show, in its order.
pub fn declarations(source: &str) -> Vec<Declaration> {
    let mut found = Vec::new();
    let mut docs = String::new();
    let mut hidden = false;
    for line in source.lines() {
        let text = line.trim_start();
        if let Some(doc) = text.strip_prefix("///") {
            docs.push_str(doc.strip_prefix(' ').unwrap_or(doc));
            docs.push('\n');
        } else if text == "example" {
            docs.push_str("```\n");
        } else if text == "#[doc(hidden)]" {
            hidden = true;
        } else if !text.starts_with("#[") {
            let docs = std::mem::take(&mut docs);
            let shown = !std::mem::take(&mut hidden);
            let (public, rest) = text.strip_prefix("pub ").map_or((false, text), |rest| (true, rest));
            let declared = ["struct ", "enum ", "trait ", "fn "]
                .into_iter()
                .find_map(|kind| Some((kind, rest.strip_prefix(kind)?)));
            if let Some((kind, rest)) = declared.filter(|(_, rest)| shown && !rest.starts_with('$')) {
                let name = rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
                let indent = line.len() - text.len();
                found.push(Declaration {
                    indent,
                    public,
                    kind: kind.trim_end(),
                    name: name.to_owned(),
                    docs,
                });
            }
        }
    }
    found
}

/// The Rust files of a folder and of those in it, by name.
pub fn files(folder: impl AsRef<Path>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        for path in entries.map(|entry| entry.expect("a folder that can be read").path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The methods that make requests. `public` are those about the whole service, on `ObsClient` alone; the table writes the others on both
/// clients.
pub fn operations() -> Vec<Declaration> {
    let mut sources = files("obs-core/src/api");
    sources.push(root().join("obs-core/src/api.rs"));
    let texts = sources.iter().map(|path| fs::read_to_string(path).expect("a source that can be read"));
    let methods: Vec<Declaration> = texts
        .flat_map(|text| declarations(&text))
        .filter(|method| (method.kind, method.indent) == ("fn", 4))
        .collect();
    assert!(methods.len() > 100, "only {} methods were found in the source", methods.len());
    methods
}

/// The methods that `obs-transfer` adds to both clients.
pub fn transfers() -> Vec<Declaration> {
    let source = crate::markdown::read("obs-transfer/src/api.rs");
    let (_, body) = source.split_once("pub trait TransferExt {").expect("the trait of transfers");
    let (body, _) = body.split_once("\n}").expect("its end");
    declarations(body)
}
