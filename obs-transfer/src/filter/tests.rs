use std::time::{Duration, Instant};

use super::*;

fn matches(pattern: &str, key: &str) -> bool {
    Filter::new(&[pattern], &[]).unwrap().matches(key)
}

#[test]
fn patterns_mean_what_the_table_says() {
    // pattern, what it matches, what it does not
    let table: &[(&str, &[&str], &[&str])] = &[
        ("a.txt", &["a.txt", "b/a.txt", "b/c/a.txt"], &["a.txt/b", "ba.txt", "a-txt", "A.txt"]),
        ("/a.txt", &["a.txt"], &["b/a.txt", "/a.txt"]),
        ("*.gz", &["a.gz", ".gz", "x/y/a.gz"], &["a.gz/b", "a.gzip"]),
        ("logs/*.gz", &["logs/a.gz", "logs/.gz"], &["logs/x/a.gz", "x/logs/a.gz"]),
        ("logs/**", &["logs/", "logs/a", "logs/x/y/a.gz"], &["logs", "logsa", "x/logs/a"]),
        ("logs/", &["logs/", "logs/a", "x/logs/a/b"], &["logs", "alogs/b", "logsb/c"]),
        ("/logs/", &["logs/a"], &["x/logs/a"]),
        ("**/a", &["a", "x/a", "x/y/a"], &["xa", "a/b", "x/ya"]),
        ("x/**/a", &["x/a", "x/y/a", "x/y/z/a"], &["xa", "x/ya", "y/x/a", "x/y/a/b"]),
        ("x/**y", &["x/y", "x/a/by"], &["xy", "x/ya"]),
        ("a**b", &["ab", "axb", "x/axb"], &["a", "ba"]),
        ("x/a**b", &["x/ab", "x/a/y/b"], &["x/a/y/c"]),
        ("**", &["", "a", "a/b", "/"], &[]),
        ("?", &["a", "é", "界", "x/b"], &["", "ab"]),
        ("x/?", &["x/a"], &["x//", "x/", "x/ab"]),
        ("[a-c]x", &["ax", "cx", "z/bx"], &["dx", "x", "Ax"]),
        ("[!a-c]x", &["dx", "-x"], &["ax"]),
        ("y/[!a]b", &["y/xb"], &["y//b", "y/ab"]),
        ("[]]", &["]"], &["["]),
        ("[!]]", &["a"], &["]"]),
        ("[a-]", &["a", "-"], &["b"]),
        ("[{,}]", &["{", ",", "}"], &["a"]),
        ("{a,b}", &["a", "b", "x/b"], &["c", "ab", "{a,b}"]),
        ("*.{jpg,jp{e,2}g,}", &["a.jpg", "a.jpeg", "a.jp2g", "a."], &["a.jpx", "a"]),
        ("{x/a,b}", &["x/a", "b", "y/b"], &["y/x/a"]),
        (r"\*", &["*", "x/*"], &["a"]),
        (r"\{a,b\}", &["{a,b}"], &["a"]),
        (r"a\\b", &[r"a\b"], &["ab"]),
        (r"\[a]", &["[a]"], &["a"]),
        ("a b+c", &["a b+c"], &["a+b c"]),
    ];
    for (pattern, yes, no) in table {
        for key in *yes {
            assert!(matches(pattern, key), "{pattern:?} should match {key:?}");
        }
        for key in *no {
            assert!(!matches(pattern, key), "{pattern:?} should not match {key:?}");
        }
    }
}

#[test]
fn excludes_win_and_no_include_is_all() {
    let filter = Filter::new(&["*.txt", "docs/"], &["*.tmp.txt", "docs/draft/"]).unwrap();
    for (key, expected) in [
        ("a.txt", true),
        ("docs/x.png", true),
        ("x.png", false),
        ("a.tmp.txt", false),
        ("docs/draft/a.txt", false),
    ] {
        assert_eq!(filter.matches(key), expected, "{key}");
    }
    assert!(Filter::default().matches("anything"));
    assert!(!Filter::new(&[], &["*"]).unwrap().matches("anything/at/all"));
}

#[test]
fn malformed_patterns_are_named() {
    for pattern in [
        "",
        "/",
        "a{b",
        "a}b",
        "{a,{b}",
        "[a",
        "[",
        "[]",
        "[!]",
        "[z-a]",
        "a\\",
        &"{a,b}".repeat(10),
        &"{a}".repeat(100_000),
    ] {
        let error = Filter::new(&[pattern], &[]).unwrap_err();
        assert!(error.is_invalid_input());
        assert!(error.to_string().contains(&format!("{pattern:?}")), "{error}");
        assert!(Filter::new(&[], &[pattern]).is_err());
    }
}

#[test]
fn the_prefix_is_what_all_includes_begin_with() {
    for (include, prefix) in [
        (&["logs/2026/*.gz"][..], "logs/2026/"),
        (&["logs/2026/**", "logs/2025/**"], "logs/202"),
        (&["/a.txt"], "a.txt"),
        (&["logs/{a,b}/*"], "logs/"),
        (&["é1/x", "é2/x"], "é"),
        (&["é/x", "ê/x"], ""),
        (&["*.gz"], ""),
        (&["logs/**", "*.gz"], ""),
        (&["logs/"], ""),
        (&["/logs/"], "logs/"),
        (&[], ""),
    ] {
        assert_eq!(Filter::new(include, &[]).unwrap().literal_prefix(), prefix, "{include:?}");
    }
}

/// Pieces that make matches and near misses likely.
fn text(random: &mut fastrand::Rng, pieces: &[&str]) -> String {
    (0..random.usize(1..8)).map(|_| pieces[random.usize(..pieces.len())]).collect()
}

#[test]
fn listing_by_the_prefix_loses_nothing() {
    let mut random = fastrand::Rng::with_seed(26);
    let pieces = ["a", "b", "/", "*", "**", "**/", "?", "[ab]", "[!a]", "{a,b/}", "\\*", "é"];
    let mut matched = 0;
    for _ in 0..50_000 {
        let (first, second) = (text(&mut random, &pieces), text(&mut random, &pieces));
        let Ok(filter) = Filter::new(&[first.as_str(), &second], &[]) else { continue };
        let prefix = filter.literal_prefix();
        for _ in 0..4 {
            let key = text(&mut random, &["a", "b", "/", "é", "*"]);
            if filter.matches(&key) {
                matched += 1;
                assert!(
                    key.starts_with(&prefix),
                    "{key:?} matches {first:?} or {second:?}, prefix {prefix:?}"
                );
            }
        }
    }
    assert!(matched > 1_000, "{matched}");
}

/// The meaning again, by trying every split: slow and plain.
fn plain(pattern: &[char], key: &[char]) -> bool {
    let splits = |rest: &[char], deep: bool| {
        (0..=key.len()).any(|at| (deep || !key[..at].contains(&'/')) && plain(rest, &key[at..]))
    };
    match pattern {
        [] => key.is_empty(),
        ['*', '*', rest @ ..] => splits(rest, true),
        ['*', rest @ ..] => splits(rest, false),
        ['?', rest @ ..] => matches!(key, [c, key @ ..] if *c != '/' && plain(rest, key)),
        [c, rest @ ..] => matches!(key, [k, key @ ..] if k == c && plain(rest, key)),
    }
}

#[test]
fn agrees_with_trying_every_split() {
    let mut random = fastrand::Rng::with_seed(27);
    let mut matched = 0;
    for _ in 0..50_000 {
        // With a slash in front it is about the whole key, and `-` keeps `**` and a slash apart, which means more.
        let pattern = format!("-/-{}", text(&mut random, &["a", "b", "*", "**-", "?", "/", "-"]));
        if pattern.ends_with('/') {
            continue;
        }
        let key = format!("-/-{}", text(&mut random, &["a", "b", "/", "-", "-"]));
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        let expected = plain(&chars(&pattern), &chars(&key));
        matched += u32::from(expected);
        assert_eq!(matches(&pattern, &key), expected, "{pattern:?} on {key:?}");
    }
    assert!(matched > 500, "{matched}");
}

#[test]
fn no_pattern_is_slow() {
    let pattern = "a*".repeat(100) + "**/" + &"*a".repeat(100) + "b";
    let start = Instant::now();
    assert!(!matches(&pattern, &"a".repeat(1_024)));
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}
