//! The tables tell all that there is: the methods of the clients, every name of the Python SDK, every dependency.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use obs_tests::markdown::{code_spans, read, root, rows};
use obs_tests::source::{Declaration, files, operations, transfers};

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

/// The lines of this kind in the list of all public names of the Python SDK, which `tests/python.rs` compares with the installed one:
/// a name, and the parameters, fields or members.
fn listed(kind: &str) -> BTreeMap<String, Vec<String>> {
    let list = read("tests/python/names.txt");
    let lines = list.lines().filter_map(|line| {
        let mut words = line.split(' ').map(str::to_owned);
        (words.next()? == kind).then(|| Some((words.next()?, words.collect())))?
    });
    lines.collect()
}

/// The methods of `ObsClient` in Python. What almost all have is told once.
fn methods_in_python() -> BTreeMap<String, Vec<String>> {
    let methods = listed("call").into_iter().filter_map(|(name, mut parameters)| {
        parameters.retain(|parameter| parameter != "extensionHeaders");
        Some((name.strip_prefix("ObsClient.")?.to_owned(), parameters))
    });
    methods.collect()
}

/// The rows below this heading, up to the next of its rank or a higher one.
fn section(heading: &str) -> Vec<Vec<String>> {
    let page = read("docs/src/migration.md");
    let (_, text) =
        page.split_once(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("{heading} is missing"));
    let rank = |line: &str| line.find(' ').filter(|_| line.starts_with('#'));
    let ends = |line: &str| rank(line).is_some_and(|other| Some(other) <= rank(heading));
    let lines: Vec<&str> = text.lines().take_while(|line| !ends(line)).collect();
    rows(&lines.join("\n"))
}

/// Of a section with a row for each name: what the other columns say.
fn by_name(heading: &str) -> BTreeMap<String, String> {
    let mut told = BTreeMap::new();
    for row in section(heading) {
        let name = unquoted(&row[0]).to_owned();
        assert!(told.insert(name.clone(), row[1..].join(" ")).is_none(), "{name} has two rows");
    }
    told
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

    let python = methods_in_python();
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

    let elsewhere: String = section("### Under another name, or not here")
        .into_iter()
        .map(|row| format!("{}\n", row[0]))
        .collect();
    let missing: Vec<&String> = python
        .keys()
        .filter(|op| !told.contains_key(&snake(op)) && !elsewhere.contains(&format!("`{op}(")))
        .collect();
    assert!(missing.is_empty(), "operations of the Python SDK without a row: {missing:?}");
}

/// Whether a parameter stands in the Rust column in snake case, or by its own name in the notes.
fn is_told(parameter: &str, rust: &str, notes: &str) -> bool {
    let word = |c: char| !c.is_alphanumeric() && c != '_';
    rust.split(word).any(|w| w == snake(parameter)) || code_spans(notes).contains(&parameter)
}

#[test]
fn every_parameter_of_the_python_sdk_is_migrated() {
    let told: BTreeMap<String, Vec<String>> = section("## Operations")
        .into_iter()
        .map(|row| (unquoted(&row[0]).split('(').next().unwrap().to_owned(), row))
        .collect();
    let elsewhere: BTreeSet<String> =
        section("### Under another name, or not here").into_iter().map(|row| row[0].clone()).collect();
    let python = methods_in_python();
    assert!(python.len() > 120, "only {} methods were found", python.len());
    assert_eq!(
        told.keys().collect::<Vec<_>>(),
        python.keys().collect::<Vec<_>>(),
        "left: the page, right: names.txt"
    );

    for (operation, parameters) in &python {
        let row = &told[operation];
        assert_eq!(unquoted(&row[0]), format!("{operation}({})", parameters.join(", ")));
        if !elsewhere.contains(&row[0]) {
            assert!(row[1].contains(&format!("{}(", snake(operation))), "{operation} is {}", row[1]);
        }
        for parameter in parameters.iter().filter(|p| *p != "bucketName") {
            assert!(is_told(parameter, &row[1], &row[2]), "{operation}: nothing is said of {parameter}");
        }
    }
    assert!(read("docs/src/migration.md").contains("`extensionHeaders`, which"));
}

#[test]
fn the_list_of_python_names_has_all_that_the_vectors_know() {
    let methods = methods_in_python();
    for (operation, parameters) in python("### Operations", '(') {
        let listed: BTreeSet<&String> = methods[&operation].iter().collect();
        let missing: Vec<_> = parameters.iter().filter(|parameter| !listed.contains(parameter)).collect();
        assert!(missing.is_empty(), "{operation}: {missing:?}");
    }
    let models = listed("model");
    let described = python("### Models", '{');
    assert!(described.len() > 50, "only {} models were found", described.len());
    for (model, members) in described {
        let missing: Vec<_> = members.iter().filter(|member| !models[&model].contains(member)).collect();
        assert!(missing.is_empty(), "{model}: {missing:?}");
    }
}

#[test]
fn every_parameter_of_the_client_is_migrated() {
    let told: Vec<String> = section("## The client").into_iter().map(|row| row[0].clone()).collect();
    let told: Vec<&str> = told.iter().flat_map(|cell| code_spans(cell)).collect();
    let parameters = &listed("call")["ObsClient"];
    assert_eq!(told.iter().collect::<BTreeSet<_>>().len(), told.len(), "a parameter has two rows");
    assert_eq!(
        told.into_iter().collect::<BTreeSet<_>>(),
        parameters.iter().map(String::as_str).collect(),
        "left: the page, right: names.txt"
    );
}

/// The methods of Python's classes but the client: class and method, or the class alone.
fn methods_of_classes() -> impl Iterator<Item = (String, Option<String>, Vec<String>)> {
    let of_client = |name: &str| name == "ObsClient" || name.starts_with("ObsClient.");
    listed("call").into_iter().filter(move |(name, _)| !of_client(name)).map(|(name, parameters)| match name
        .split_once('.')
    {
        Some((class, method)) => (class.to_owned(), Some(method.to_owned()), parameters),
        None => (name, None, parameters),
    })
}

#[test]
fn every_model_of_the_python_sdk_is_migrated() {
    let given = by_name("## Models");
    let results = by_name("## Results");
    let not_here: Vec<String> = section("## Not here").into_iter().map(|row| row[0].clone()).collect();
    let not_here: BTreeSet<&str> = not_here.iter().flat_map(|cell| code_spans(cell)).collect();
    let fields = public_fields();
    let models = listed("model");
    assert!(models.len() > 120, "only {} models were found", models.len());
    for (model, members) in &models {
        let rows: Vec<&String> = [given.get(model), results.get(model)].into_iter().flatten().collect();
        assert_eq!(rows.len() + usize::from(not_here.contains(&**model)), 1, "rows of {model}");
        let Some(row) = rows.first() else { continue };
        for member in members {
            assert!(code_spans(row).contains(&&**member), "{model}: nothing is said of {member}");
        }
    }
    for (model, _) in given.iter().chain(&results) {
        assert!(models.contains_key(model), "{model} is no model of the Python SDK");
    }
    for (class, method, _) in methods_of_classes().filter(|(class, ..)| models.contains_key(class)) {
        let method = method.expect("models are constructed with their fields");
        let row = given.get(&class).or_else(|| results.get(&class)).expect("a row");
        assert!(code_spans(row).contains(&&*method), "{class}: nothing is said of {method}");
    }

    // What the last column says of results holds: the struct has the field
    for row in section("## Results") {
        let structs = code_spans(&row[1]);
        for member in code_spans(&row[2]) {
            let found = structs.iter().any(|s| fields.get(*s).is_some_and(|f| f.contains(&snake(member))));
            assert!(found, "{}: none of {structs:?} has a field {}", row[0], snake(member));
        }
    }
}

#[test]
fn every_constant_of_the_python_sdk_is_migrated() {
    let told = by_name("## Constants");
    let constants = listed("constant");
    assert_eq!(
        told.keys().collect::<Vec<_>>(),
        constants.keys().collect::<Vec<_>>(),
        "left: the page, right: names.txt"
    );
    for (name, members) in &constants {
        for member in members {
            assert!(code_spans(&told[name]).contains(&&**member), "{name}: nothing is said of {member}");
        }
    }
}

#[test]
fn every_other_class_of_the_python_sdk_is_migrated() {
    let told = by_name("## Other classes");
    let not_here: Vec<String> = section("## Not here").into_iter().map(|row| row[0].clone()).collect();
    let models = listed("model");
    for (class, method, parameters) in methods_of_classes().filter(|(class, ..)| !models.contains_key(class))
    {
        let names = || method.iter().chain(&parameters).map(String::as_str);
        if let Some(row) = told.get(&class) {
            for name in names() {
                assert!(code_spans(row).contains(&name), "{class}: nothing is said of {name}");
            }
        } else {
            let row = not_here.iter().map(|cell| code_spans(cell)).find(|spans| spans.contains(&&*class));
            let row = row.unwrap_or_else(|| panic!("{class} has no row"));
            if let Some(method) = &method {
                assert!(row.contains(&&**method), "{class}: nothing is said of {method}");
            }
        }
    }
}

/// The sources of the three crates.
fn sources() -> Vec<String> {
    let paths = ["obs-sign/src", "obs-core/src", "obs-transfer/src"].into_iter().flat_map(files);
    paths.map(|path| fs::read_to_string(path).expect("a source that can be read")).collect()
}

/// The public fields of every struct.
fn public_fields() -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in sources() {
        let mut current = None;
        for line in source.lines() {
            if let Some(rest) = line.strip_prefix("pub struct ") {
                current = rest.split(|c: char| !c.is_alphanumeric()).next().map(str::to_owned);
            } else if line.starts_with('}') {
                current = None;
            } else if let (Some(name), Some(rest)) = (&current, line.strip_prefix("    pub ")) {
                let field = rest.split(':').next().unwrap().to_owned();
                found.entry(name.clone()).or_default().insert(field);
            }
        }
    }
    found
}

/// The names in a piece of Rust that must be there: types and variants, methods, fields of something.
fn claimed(rust: &str) -> Vec<&str> {
    let mut claimed = Vec::new();
    let mut before = ' ';
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut rest = rust;
    while let Some(start) = rest.find(is_word) {
        before = rest[..start].chars().next_back().unwrap_or(before);
        let word = rest[start..].split(|c| !is_word(c)).next().unwrap();
        let after = rest[start + word.len()..].chars().next();
        let quoted = before == '"' || after == Some('"');
        let name = word.starts_with(char::is_uppercase) || matches!(before, '.' | ':') || after == Some('(');
        if name && !quoted && !word.starts_with(|c: char| c.is_ascii_digit()) {
            claimed.push(word);
        }
        before = word.chars().next_back().unwrap();
        rest = &rest[start + word.len()..];
    }
    claimed
}

#[test]
fn every_rust_name_in_the_migration_tables_is_there() {
    let sources = sources();
    let code = sources.iter().flat_map(|source| source.lines());
    let code = code.filter(|line| !line.trim_start().starts_with("//"));
    let mut known: BTreeSet<&str> =
        code.flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_')).collect();
    // The vocabulary of the language and of the page's samples of headers and files
    known.extend(["Ok", "Err", "Vec", "Result", "Read", "SystemTime", "LOGCONF", "AES256", "CSV", "JSON"]);
    let python: Vec<String> = ["call", "model", "constant"]
        .into_iter()
        .flat_map(listed)
        .flat_map(|(name, members)| {
            members.into_iter().chain(name.split('.').map(str::to_owned).collect::<Vec<_>>())
        })
        .collect();
    let python: BTreeSet<&str> = python.iter().map(String::as_str).collect();
    let mut seen = 0;
    let mut wrong = String::new();
    for heading in
        ["## The client", "## Operations", "## Models", "## Results", "## Constants", "## Other classes"]
    {
        for row in section(heading) {
            for span in
                row[1..].iter().flat_map(|cell| code_spans(cell)).filter(|span| !python.contains(span))
            {
                seen += 1;
                for name in claimed(span).into_iter().filter(|name| !known.contains(name)) {
                    wrong += &format!("{}: `{span}`: nothing is called {name}\n", row[0]);
                }
            }
        }
    }
    assert!(seen > 500, "only {seen} pieces of Rust were found");
    assert!(wrong.is_empty(), "the page tells of what is not there:\n{wrong}");
}

#[test]
fn names_that_are_not_there_are_found() {
    assert_eq!(claimed("Credentials::new(ak, sk).with_token(token)"), ["Credentials", "new", "with_token"]);
    assert_eq!(claimed("sse.algorithm"), ["algorithm"]);
    assert_eq!(claimed("InventoryField::from(\"VersionId\")"), ["InventoryField", "from"]);
}

/// The direct dependencies of each package of the workspace, but for those that are of it too.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--locked"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("the packages");
    let of_package = packages.iter().map(|package| {
        let all = package["dependencies"].as_array().expect("the dependencies");
        let foreign = all.iter().filter(|dependency| dependency["path"].is_null());
        let names = foreign.map(|dependency| dependency["name"].as_str().expect("a name").to_owned());
        (package["name"].as_str().expect("a name").to_owned(), names.collect())
    });
    of_package.collect()
}

#[test]
fn every_dependency_has_its_reason() {
    let dependencies = dependencies();
    assert!(dependencies.len() > 8, "only {} packages were found", dependencies.len());
    let mut told: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in rows(&read("docs/src/dependencies.md")) {
        let [packages, uses, reason, _] = &row[..] else { panic!("a row of {} cells: {row:?}", row.len()) };
        assert!(!reason.is_empty(), "no reason for {uses}");
        // `tests only` and `(feature v4)` are no names
        let first = |text: &str| text.split(' ').next().unwrap().to_owned();
        for package in packages.split(", ").filter(|text| !text.ends_with(" only")) {
            assert!(dependencies.contains_key(package), "no package {package}");
            told.entry(package.to_owned()).or_default().extend(uses.split(", ").map(first));
        }
    }
    for (package, names) in dependencies {
        assert_eq!(
            told.remove(&package).unwrap_or_default(),
            names,
            "{package}; left: the page, right: its manifest"
        );
    }
}
