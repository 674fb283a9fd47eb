//! The tables of operations tell all that there is: the methods of the clients, and every name of the Python SDK.

use std::collections::{BTreeMap, BTreeSet};

use obs_tests::markdown::{code_spans, read, rows};
use obs_tests::source::{Declaration, operations, transfers};

/// Section 9 of the vectors' description: what the Python SDK has, with the names of the parameters.
fn python(section: &str, open: char) -> BTreeMap<String, Vec<String>> {
    let schema = read("tests/vectors/SCHEMA.md");
    let (_, text) = schema.split_once(section).expect("the section");
    let text = text.split("\n### ").next().unwrap();
    let entries = text
        .lines()
        .filter_map(|line| line.strip_prefix("* **")?.split_once("**"))
        .filter(|(_, rest)| rest.trim_start().starts_with(open));
    entries
        .map(|(name, rest)| (name.to_owned(), code_spans(rest).into_iter().map(str::to_owned).collect()))
        .collect()
}

fn camel(snake: &str) -> String {
    let mut words = snake.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |camel, word| camel + &word[..1].to_uppercase() + &word[1..])
}

fn snake(camel: &str) -> String {
    camel.chars().fold(String::new(), |mut snake, c| {
        if c.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
        snake
    })
}

fn unquoted(cell: &str) -> &str {
    cell.trim_matches('`')
}

#[test]
fn the_table_of_operations_is_complete() {
    let mut told = BTreeMap::new();
    for row in rows(&read("docs/src/operations.md")) {
        let [guide, method, api, on, presignable] = &row[..] else {
            panic!("a row of {} cells: {row:?}", row.len())
        };
        let method = unquoted(method).to_owned();
        let row = (unquoted(guide).to_owned(), api.clone(), on.clone(), presignable.clone());
        assert!(told.insert(method.clone(), row).is_none(), "{method} has two rows");
    }

    let python = python("### Operations", '(');
    let methods: BTreeMap<String, Declaration> =
        operations().into_iter().map(|method| (method.name.clone(), method)).collect();

    let no_request: BTreeSet<String> = transfers()
        .into_iter()
        .map(|method| method.name)
        .chain(["create_signed_url", "create_post_signature"].map(str::to_owned))
        .collect();
    let expected: BTreeSet<&String> = methods.keys().chain(&no_request).collect();
    assert_eq!(told.keys().collect::<BTreeSet<_>>(), expected, "left: the page, right: the source");

    for (name, (guide, api, on, presignable)) in &told {
        let in_python = python.contains_key(&camel(name));
        assert_eq!(guide, &if in_python { camel(name) } else { "-".to_owned() }, "guide's name of {name}");
        match methods.get(name) {
            Some(method) => {
                assert_eq!(on, if method.public { "ObsClient" } else { "both" }, "clients of {name}");
                assert_eq!(presignable, "yes", "{name}");
                assert_eq!(Some(api.as_str()), method.api(), "OBS API of {name}");
            }
            None => assert_eq!((&**on, &**presignable), ("both", "no"), "{name}"),
        }
    }

    let missing: Vec<&String> = python.keys().filter(|op| !told.contains_key(&snake(op))).collect();
    assert!(missing.is_empty(), "operations of the Python SDK without a row: {missing:?}");
}

/// Whether a parameter stands in the Rust column in snake case, or by its own name in the notes.
fn is_told(parameter: &str, rust: &str, notes: &str) -> bool {
    let word = |c: char| !c.is_alphanumeric() && c != '_';
    rust.split(word).any(|w| w == snake(parameter)) || code_spans(notes).contains(&parameter)
}

#[test]
fn every_parameter_of_the_python_sdk_is_migrated() {
    let page = read("docs/src/migration.md");
    let told: BTreeMap<String, Vec<String>> = rows(&page)
        .into_iter()
        .filter(|row| row.len() == 3 && row[0].ends_with(")`"))
        .map(|row| (unquoted(&row[0]).split('(').next().unwrap().to_owned(), row))
        .collect();
    let python = python("### Operations", '(');
    assert_eq!(
        told.keys().collect::<Vec<_>>(),
        python.keys().collect::<Vec<_>>(),
        "left: the page, right: SCHEMA.md"
    );

    for (operation, parameters) in &python {
        let row = &told[operation];
        assert_eq!(unquoted(&row[0]), format!("{operation}({})", parameters.join(", ")));
        assert!(row[1].contains(&format!("{}(", snake(operation))), "{operation} is {}", row[1]);
        for parameter in parameters.iter().filter(|p| *p != "bucketName") {
            assert!(is_told(parameter, &row[1], &row[2]), "{operation}: nothing is said of {parameter}");
        }
    }
}

#[test]
fn every_model_of_the_python_sdk_is_migrated() {
    let page = read("docs/src/migration.md");
    let (_, models) = page.split_once("## Models").expect("the section of the models");
    let told: BTreeMap<String, String> =
        rows(models).into_iter().map(|row| (unquoted(&row[0]).to_owned(), row[1].clone())).collect();
    let python = python("### Models", '{');
    assert!(python.len() > 50, "only {} models were found", python.len());
    assert_eq!(
        told.keys().collect::<Vec<_>>(),
        python.keys().collect::<Vec<_>>(),
        "left: the page, right: SCHEMA.md"
    );
    for (model, members) in &python {
        for member in members {
            assert!(code_spans(&told[model]).contains(&&**member), "{model}: nothing is said of {member}");
        }
    }
}
