//! What the SDK is made of: licences, sources, duplicates. `cargo deny` judges the same by `deny.toml` in CI; this holds wherever the tests
//! run. The Rust that it needs is judged by `.ci/msrv`.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";
const DENY: &str = include_str!("../deny.toml");

/// What cargo knows of the workspace, with all features; on all platforms, or on one.
fn metadata(platform: Option<&str>) -> Value {
    let platform = platform.iter().flat_map(|platform| ["--filter-platform", platform]);
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--all-features"])
        .args(platform)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// Everything that is compiled into a program with the SDK, the SDK itself too; nothing that only tests need, nor what these crates bring along.
fn below_the_sdk<'a>(metadata: &'a Value, without_trees: &[&str]) -> Vec<&'a Value> {
    let packages: BTreeMap<&str, &Value> =
        list(metadata, "packages").iter().map(|package| (text(package, "id"), package)).collect();
    let nodes: BTreeMap<&str, &Value> =
        list(&metadata["resolve"], "nodes").iter().map(|node| (text(node, "id"), node)).collect();
    let is_sdk = |name: &str| ["obs-sign", "obs-core", "obs-transfer"].contains(&name);
    let mut open: Vec<&str> =
        packages.iter().filter(|(_, package)| is_sdk(text(package, "name"))).map(|(id, _)| *id).collect();
    let mut found = BTreeSet::new();
    while let Some(id) = open.pop() {
        if found.insert(id) && !without_trees.contains(&text(packages[id], "name")) {
            let needed = list(nodes[id], "deps").iter().filter(|needed| {
                list(needed, "dep_kinds")
                    .iter()
                    .any(|kind| matches!(kind["kind"].as_str(), None | Some("build")))
            });
            open.extend(needed.map(|needed| text(needed, "pkg")));
        }
    }
    assert!(found.len() > 50, "no tree was read: {found:?}");
    found.into_iter().map(|id| packages[id]).collect()
}

/// The texts in quotes from one line of `deny.toml` to another.
fn denied_but(from: &str, to: &str) -> Vec<&'static str> {
    let lines = DENY.lines().skip_while(|line| !line.starts_with(from)).skip(1);
    lines.take_while(|line| !line.starts_with(to)).filter_map(|line| line.split('"').nth(1)).collect()
}

/// Whether an expression of SPDX leaves a choice that is allowed.
fn allows(allowed: &[&str], licence: &str) -> bool {
    let one = |choice: &str| allowed.contains(&choice.trim().trim_matches(['(', ')']));
    licence.split(" AND ").all(|part| part.split(" OR ").flat_map(|choice| choice.split('/')).any(one))
}

#[test]
fn every_licence_is_allowed_and_every_crate_comes_from_the_registry() {
    let metadata = metadata(None);
    let allowed = denied_but("allow = [", "]");
    assert!(allowed.contains(&"MIT") && !allows(&allowed, "GPL-3.0") && !allows(&allowed, "MIT AND GPL-3.0"));
    assert!(allows(&allowed, "(MIT OR GPL-3.0) AND ISC") && allows(&allowed, "Unlicense/MIT"));
    for package in list(&metadata, "packages") {
        let (name, source) = (text(package, "name"), package["source"].as_str());
        assert!(matches!(source, None | Some(REGISTRY)), "{name} comes from {source:?}");
        let licence = text(package, "license");
        assert!(source.is_none() || allows(&allowed, licence), "{name} is licensed under {licence:?}");
    }
}

#[test]
fn no_crate_is_there_in_two_versions_without_a_reason() {
    // Elsewhere the crates that speak to the system come in several
    let metadata = metadata(Some("x86_64-unknown-linux-gnu"));
    let mut versions = BTreeMap::<&str, Vec<&str>>::new();
    for package in below_the_sdk(&metadata, &denied_but("skip-tree = [", "]")) {
        versions.entry(text(package, "name")).or_default().push(text(package, "version"));
    }
    let excused = denied_but("skip = [", "]");
    for (name, versions) in versions {
        let other = versions.iter().filter(|version| {
            let known = |excused: &&str| {
                excused.split_once('@').is_some_and(|(of, from)| of == name && version.starts_with(from))
            };
            !excused.iter().any(known)
        });
        assert!(other.count() <= 1, "{name}: {versions:?}");
    }
}
