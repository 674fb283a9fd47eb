//! The reference shows how everything is used: no public type, and no method that a program begins with, is without an example.

use std::fs;

use obs_tests::markdown::{read, root};
use obs_tests::source::{Declaration, declarations, files, operations, transfers};

/// Those of them that have no example, one a line.
fn without_example<'a>(declared: impl IntoIterator<Item = &'a Declaration>) -> String {
    let lacking = declared.into_iter().filter(|item| !item.has_example());
    lacking.map(|item| format!("{} {}\n", item.kind, item.name)).collect()
}

#[test]
fn every_public_type_has_an_example() {
    let mut seen = 0;
    let mut lacking = String::new();
    for folder in ["obs-sign/src", "obs-core/src", "obs-transfer/src"] {
        for path in files(folder) {
            let declared = declarations(&fs::read_to_string(&path).unwrap());
            let public: Vec<_> = declared.iter().filter(|item| item.public && item.indent == 0).collect();
            seen += public.len();
            for line in without_example(public).lines() {
                lacking += &format!("{}: {line}\n", path.strip_prefix(root()).unwrap().display());
            }
        }
    }
    assert!(seen > 200, "only {seen} public items were found");
    assert!(lacking.is_empty(), "without an example:\n{lacking}");
}

#[test]
fn every_operation_has_an_example_and_names_its_api() {
    let operations = operations();
    let lacking = without_example(&operations);
    assert!(lacking.is_empty(), "without an example:\n{lacking}");
    let nameless: Vec<_> =
        operations.iter().filter(|item| item.api().is_none()).map(|item| &item.name).collect();
    assert!(nameless.is_empty(), "without the name that the API of OBS has for it: {nameless:?}");
}

#[test]
fn every_transfer_and_every_parameter_of_the_client_has_an_example() {
    let builder = ["obs-core/src/builder.rs", "obs-core/src/builder/connection.rs"].map(read).concat();
    let parameters: Vec<_> = declarations(&builder)
        .into_iter()
        .filter(|item| item.public && (item.kind, item.indent) == ("fn", 4))
        .collect();
    assert!(parameters.len() > 30, "only {} parameters were found", parameters.len());
    let lacking = without_example(parameters.iter().chain(&transfers()));
    assert!(lacking.is_empty(), "without an example:\n{lacking}");
}
