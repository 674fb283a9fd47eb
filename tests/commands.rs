//! The commands that the guide and the READMEs print name what is there: packages, tests, filters, examples, fuzz targets.

use std::fs;
use std::path::{Path, PathBuf};

use obs_tests::markdown::{links, read, root};
use obs_tests::source::files;

/// The folder of each package of the workspace, by its name.
fn packages() -> Vec<(String, PathBuf)> {
    let workspace = read("Cargo.toml");
    let (_, members) = workspace.split_once("members = [").expect("the members of the workspace");
    let (members, _) = members.split_once(']').expect("their end");
    let folders = members.split('"').skip(1).step_by(2).map(|member| root().join(member));
    let named = folders.map(|folder| {
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        (values(&manifest, "[package]")[0].clone(), folder)
    });
    named.collect()
}

/// The names in the sections of this kind, such as `[[test]]`.
fn values(manifest: &str, section: &str) -> Vec<String> {
    let sections = manifest.split(section).skip(1);
    sections.filter_map(|text| Some(text.split("name = \"").nth(1)?.split('"').next()?.to_owned())).collect()
}

/// What a filter of tests can match in these files: their names, and those of modules and functions.
fn names(files: &[PathBuf]) -> Vec<String> {
    let mut names = Vec::new();
    for path in files {
        names.push(path.file_stem().unwrap().to_string_lossy().into_owned());
        for line in fs::read_to_string(path).unwrap().lines() {
            let line = line.trim_start();
            let named = line.strip_prefix("fn ").or_else(|| line.strip_prefix("mod "));
            names.extend(named.map(|rest| rest.split(['(', '<', ' ', ';']).next().unwrap().to_owned()));
        }
    }
    names
}

/// Where a test lies that no manifest names.
fn automatic(folder: &Path, test: &str) -> PathBuf {
    folder.join("tests").join(format!("{test}.rs"))
}

/// The files of a package, or of some of its tests.
fn sources(folder: &Path, manifest: &str, tests: &[&str]) -> Vec<PathBuf> {
    if tests.is_empty() {
        return files(folder);
    }
    let mut found: Vec<_> =
        tests.iter().map(|name| automatic(folder, name)).filter(|path| path.is_file()).collect();
    for section in manifest.split("[[test]]").skip(1) {
        let value = |key: &str| section.split(&format!("{key} = \"")).nth(1)?.split('"').next();
        if value("name").is_some_and(|name| tests.contains(&name)) {
            let path = folder.join(value("path").expect("where a test is"));
            match path.file_name() {
                Some(name) if name == "main.rs" => found.extend(files(path.parent().unwrap())),
                _ => found.push(path),
            }
        }
    }
    found
}

/// What is wrong with a command, if anything is.
fn fault(command: &str, packages: &[(String, PathBuf)]) -> Option<String> {
    let words: Vec<&str> =
        command.split_whitespace().take_while(|word| *word != "--" && *word != "#").collect();
    let after = |flag| words.windows(2).filter(move |pair| pair[0] == flag).map(|pair| pair[1]);
    if let Some(target) = after("run").next().filter(|_| words.contains(&"fuzz")) {
        let targets = values(&read("fuzz/Cargo.toml"), "[[bin]]");
        return (!targets.contains(&target.to_owned())).then(|| format!("no fuzz target {target}"));
    }
    let mut folder = root();
    for package in after("-p") {
        let Some((_, found)) = packages.iter().find(|(name, _)| name == package) else {
            return Some(format!("no package {package}"));
        };
        folder.clone_from(found);
    }
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    for (flag, section) in [("--test", "[[test]]"), ("--example", "[[example]]"), ("--bench", "[[bench]]")] {
        for name in after(flag) {
            // Cargo finds the tests of a folder by itself
            let found = flag == "--test" && automatic(&folder, name).is_file();
            if !found && !values(&manifest, section).contains(&name.to_owned()) {
                return Some(format!("nothing is called {name} in {}", folder.display()));
            }
        }
    }
    if words.get(1) != Some(&"test") {
        return None;
    }
    // A word that is neither a flag nor the value of one is a filter.
    let flags = ["-p", "--test"];
    let filters =
        words.windows(2).skip(1).filter(|pair| !pair[1].starts_with('-') && !flags.contains(&pair[0]));
    let filters: Vec<&str> = filters.map(|pair| pair[1]).collect();
    if filters.is_empty() {
        return None;
    }
    let names = names(&sources(&folder, &manifest, &after("--test").collect::<Vec<_>>()));
    let unknown = filters
        .iter()
        .flat_map(|filter| filter.split("::"))
        .find(|part| !names.iter().any(|n| n.contains(part)));
    unknown.map(|part| format!("no test is called {part}"))
}

#[test]
fn every_command_names_what_is_there() {
    let packages = packages();
    let mut pages: Vec<String> = ["README.md", "CONTRIBUTING.md", "SECURITY.md"].map(str::to_owned).to_vec();
    pages.extend(links(&read("docs/src/SUMMARY.md")).into_iter().map(|page| format!("docs/src/{page}")));
    let mut seen = 0;
    let mut faults = String::new();
    for page in &pages {
        let text = read(page);
        for command in text.split("cargo ").skip(1).map(|rest| rest.split(['`', '\n']).next().unwrap()) {
            let command = format!("cargo {command}");
            seen += 1;
            if let Some(fault) = fault(&command, &packages) {
                faults += &format!("{page}: {command}: {fault}\n");
            }
        }
    }
    assert!(seen > 30, "only {seen} commands were found");
    assert!(faults.is_empty(), "commands that cannot work:\n{faults}");
}

#[test]
fn faults_are_found() {
    let packages = packages();
    for (command, fault_of) in [
        ("cargo test -p obs-core redirects", None),
        ("cargo test -p obs-tests --test hostile tls::", None),
        ("cargo test -p obs-tests --test guide tls::", Some("no test is called tls")),
        ("cargo test -p obs-cli --test resume gibibyte", None),
        ("cargo test -p obs-cli --test resume tls", Some("no test is called tls")),
        ("cargo test -p obs-cor", Some("no package obs-cor")),
        ("cargo test -p obs-core no_such_test_at_all", Some("no test is called no_such_test_at_all")),
        ("cargo +nightly fuzz run soup", Some("no fuzz target soup")),
    ] {
        assert_eq!(fault(command, &packages).as_deref(), fault_of, "{command}");
    }
}

#[test]
fn every_fuzz_target_is_told() {
    for page in ["CONTRIBUTING.md", "docs/src/reliability.md"] {
        let text = read(page);
        let (_, told) = text.split_once("fuzz run ").expect("the command");
        let told = told.split_once("\n\n").or_else(|| told.split_once("```")).map_or(told, |(told, _)| told);
        for target in values(&read("fuzz/Cargo.toml"), "[[bin]]") {
            assert!(told.contains(&target), "{page} does not tell of the fuzz target {target}");
        }
    }
}
