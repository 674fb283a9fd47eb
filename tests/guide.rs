//! The guide is whole: its pages are tested, its links lead somewhere, its tables tell all that there is.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use obs_tests::markdown::{anchors, code_spans, links, read, root, rows};

const PAGES: &str = "docs/src";

#[test]
fn every_page_is_in_the_table_of_contents_and_its_code_is_run() {
    let contents: BTreeSet<String> = links(&read("docs/src/SUMMARY.md")).into_iter().collect();
    let files: BTreeSet<String> = fs::read_dir(root().join(PAGES))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".md") && name != "SUMMARY.md")
        .collect();
    assert_eq!(contents, files, "left: SUMMARY.md, right: the files");

    let tested = read("tests/pages.rs");
    let tested: BTreeSet<String> =
        tested.split('"').filter_map(|text| text.strip_prefix("../docs/src/")).map(str::to_owned).collect();
    assert_eq!(tested, files, "left: tests/pages.rs, right: the files");
}

#[test]
fn every_link_leads_somewhere() {
    let mut pages: Vec<String> =
        ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"].map(str::to_owned).to_vec();
    pages.extend(links(&read("docs/src/SUMMARY.md")).into_iter().map(|page| format!("{PAGES}/{page}")));
    let mut dead = Vec::new();
    let mut followed = 0;
    for page in &pages {
        let text = read(page);
        for link in links(&text).into_iter().filter(|link| !link.contains("://")) {
            followed += 1;
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = match path {
                "" => root().join(page),
                path => root().join(Path::new(page).parent().unwrap()).join(path),
            };
            let alive = target.exists()
                && (anchor.is_empty()
                    || anchors(&fs::read_to_string(&target).unwrap()).iter().any(|a| a == anchor));
            if !alive {
                dead.push(format!("{page}: {link}"));
            }
        }
    }
    assert!(dead.is_empty(), "dead links:\n{}", dead.join("\n"));
    assert!(followed > 50, "only {followed} links were found");
}

#[test]
fn every_parameter_of_the_client_is_documented() {
    let page = read("docs/src/initialization.md");
    let told = rows(&page);

    // Table 4.4 of the official guide
    let guide = [
        "access_key_id",
        "secret_access_key",
        "security_token",
        "server",
        "max_retry_count",
        "max_redirect_count",
        "timeout",
        "ssl_verify",
        "chunk_size",
        "long_conn_mode",
        "proxy_host",
        "proxy_port",
        "proxy_username",
        "proxy_password",
        "is_cname",
        "security_providers",
        "security_provider_policy",
    ];
    for name in guide {
        assert!(told.iter().any(|row| code_spans(&row[0]).contains(&name)), "{name} of the guide has no row");
    }

    let methods = ["obs-core/src/builder.rs", "obs-core/src/builder/connection.rs"].map(read).concat();
    let methods = methods.split("    pub fn ").skip(1).map(|rest| rest.split(['(', '<']).next().unwrap());
    let cells: Vec<&str> = told.iter().flatten().flat_map(|cell| code_spans(cell)).collect();
    let lacking: Vec<&str> = methods
        .filter(|method| *method != "build")
        .filter(|method| !cells.iter().any(|cell| cell.split('(').next() == Some(*method)))
        .collect();
    assert!(lacking.is_empty(), "methods of the builder without a row: {lacking:?}");
}

#[test]
fn every_error_code_is_documented() {
    let page = read("docs/src/troubleshooting.md");
    let told: BTreeSet<(String, String)> = rows(&page)
        .into_iter()
        .filter(|row| row[0].len() == 3 && row[1].starts_with('`'))
        .map(|row| (row[0].clone(), row[1].trim_matches('`').to_owned()))
        .collect();

    let source = read("obs-core/src/code.rs");
    let mut known = BTreeSet::new();
    let mut status = "";
    for line in source.lines().map(str::trim) {
        if let Some(doc) = line.strip_prefix("/// ") {
            // The first line of a comment begins with the status.
            if let Some((number, _)) = doc.split_once(':').filter(|(n, _)| n.len() == 3) {
                status = number;
            }
        } else if let Some((_, code)) = line.split_once(" = \"") {
            known.insert((status.to_owned(), code.trim_end_matches("\";").to_owned()));
        }
    }
    assert!(known.len() > 70, "only {} codes were found in the source", known.len());
    assert_eq!(told, known, "left: the page, right: code.rs");
}

#[test]
fn every_sample_is_listed() {
    let told: BTreeSet<String> = rows(&read("docs/src/samples.md"))
        .into_iter()
        .map(|row| row[1].trim_matches('`').to_owned())
        .collect();
    // A sample is what prints something that its test knows
    let samples: BTreeSet<String> = fs::read_dir(root().join("examples/expected"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(told, samples, "left: the page, right: examples/expected");
}
