use super::*;

const ALL: [Rules; 3] = [Rules::unix(), Rules::macos(), Rules::windows()];

/// Keys that want something else than a file below the folder: allowed by (Unix and macOS, Windows)?
const HOSTILE: &[(&str, bool, bool)] = &[
    ("", false, false),
    ("/", false, false),
    ("//", false, false),
    (".", false, false),
    ("..", false, false),
    ("./", false, false),
    ("../", false, false),
    ("../a", false, false),
    ("../../etc/passwd", false, false),
    ("a/..", false, false),
    ("a/../b", false, false),
    ("a/../../b", false, false),
    ("a/./b", false, false),
    ("./a", false, false),
    ("a/.", false, false),
    ("a/../", false, false),
    ("/a", false, false),
    ("/etc/passwd", false, false),
    ("//server/share/a", false, false),
    ("a//b", false, false),
    ("a//", false, false),
    ("a\0b", false, false),
    ("\0", false, false),
    ("a/\0/b", false, false),
    ("\\a", true, false),
    ("a\\b", true, false),
    ("..\\a", true, false),
    ("..\\..\\windows\\system32\\a.dll", true, false),
    ("a/..\\..\\b", true, false),
    ("\\\\server\\share\\a", true, false),
    ("\\\\?\\C:\\a", true, false),
    ("//?/C:/a", false, false),
    ("\\\\.\\PhysicalDrive0", true, false),
    ("C:", true, false),
    ("C:a", true, false),
    ("C:/a", true, false),
    ("C:\\a", true, false),
    ("a/C:/b", true, false),
    ("a.txt:stream", true, false),
    ("a.txt::$DATA", true, false),
    ("CON", true, false),
    ("con", true, false),
    ("nul", true, false),
    ("NUL.txt", true, false),
    ("nul.tar.gz", true, false),
    ("a/AUX", true, false),
    ("aux/a", true, false),
    ("PRN.", true, false),
    ("COM1", true, false),
    ("com9.log", true, false),
    ("COM¹", true, false),
    ("lpt1.txt", true, false),
    ("LPT³.a", true, false),
    ("CON .txt", true, false),
    ("CONIN$", true, false),
    ("conout$", true, false),
    ("a.", true, false),
    ("a ", true, false),
    ("a./b", true, false),
    ("a /b", true, false),
    ("...", true, false),
    (".. ", true, false),
    ("a/.. /b", true, false),
    ("a\nb", true, false),
    ("a\u{1}b", true, false),
    ("a\u{1f}", true, false),
    ("a*", true, false),
    ("a?b", true, false),
    ("\"a\"", true, false),
    ("<a>", true, false),
    ("a|b", true, false),
];

/// Keys that look odd and are plain files everywhere.
const HARMLESS: &[&str] = &[
    "a",
    "a/b/c.txt",
    ".hidden",
    "..a",
    "a..b",
    "..a/b..c",
    "~",
    "~root/a",
    "-rf",
    "$HOME/a",
    "%2e%2e/a",
    "a%2Fb",
    "..%c0%af",
    "console.txt",
    "com",
    "COM10",
    "nullable/a",
    "a b/c d",
    " a",
    "世界/é",
    "e\u{301}",
    "a\u{202e}txt.exe",
    "\u{2024}\u{2024}/a",
    "\u{ff0e}\u{ff0e}/a",
    "\u{2215}etc",
    "a+b=c&d;e'f(g)[h]{i}!",
];

#[test]
fn hostile_keys_are_refused_where_they_do_harm() {
    assert!(HOSTILE.len() >= 60);
    for (key, unix, windows) in HOSTILE {
        for (rules, allowed) in
            [(Rules::unix(), *unix), (Rules::macos(), *unix), (Rules::windows(), *windows)]
        {
            let entry = entry(&rules, key);
            assert_eq!(entry.is_ok(), allowed, "{key:?} on {}: {entry:?}", rules.name);
            if let Err(error) = entry {
                assert!(error.is_invalid_input());
                assert!(error.to_string().contains(&format!("{key:?}")), "{error}");
            }
        }
    }
}

#[test]
fn harmless_keys_pass_everywhere_and_come_back() {
    for key_there in HARMLESS {
        for rules in ALL {
            let Entry::File(path) = entry(&rules, key_there).unwrap() else { panic!("{key_there}") };
            assert_eq!(key("", &path).unwrap(), *key_there);
            assert_eq!(key("backup/", &path).unwrap(), format!("backup/{key_there}"));
        }
    }
}

/// Whatever is allowed stays below the folder, by the standard library's own reading of paths.
#[test]
fn nothing_allowed_ever_leaves_the_folder() {
    let pieces =
        ["a", "b", "..", ".", "/", "//", "\\", "C:", ":", "\0", " ", "...", "CON", "é", "~", "", "a.", "%2e"];
    let mut random = fastrand::Rng::with_seed(21);
    let (mut allowed, folder) = (0, Path::new("/target/folder"));
    for _ in 0..100_000 {
        let key_there: String =
            (0..random.usize(1..7)).map(|_| pieces[random.usize(..pieces.len())]).collect();
        for rules in ALL {
            let (Ok(Entry::File(path)) | Ok(Entry::Folder(path))) = entry(&rules, &key_there) else {
                continue;
            };
            allowed += 1;
            let joined = folder.join(&path);
            assert!(joined.starts_with(folder) && joined != folder, "{key_there:?}");
            assert!(path.components().all(|part| matches!(part, Component::Normal(_))), "{key_there:?}");
            assert_eq!(key("", &path).unwrap(), key_there.trim_end_matches('/'));
        }
    }
    assert!(allowed > 10_000);
}

#[test]
fn a_slash_at_the_end_is_a_folder() {
    for rules in ALL {
        assert_eq!(entry(&rules, "a/b/").unwrap(), Entry::Folder(PathBuf::from("a/b")));
    }
}

#[test]
fn over_long_names_are_refused_in_the_units_of_the_platform() {
    let wide = "界".repeat(100);
    assert!(entry(&Rules::unix(), &wide).is_err(), "300 bytes");
    assert!(entry(&Rules::windows(), &wide).is_ok(), "100 units");
    assert!(entry(&Rules::windows(), &"a".repeat(256)).is_err());
    for rules in ALL {
        assert!(entry(&rules, &"a".repeat(255)).is_ok());
        assert!(entry(&rules, &"a/".repeat(20_000)).is_err());
    }
}

fn added(rules: Rules, keys: &[&str]) -> Vec<bool> {
    let mut tree = Tree::new(rules);
    keys.iter().map(|key| tree.add(key).is_ok()).collect()
}

#[test]
fn a_file_is_no_folder() {
    for rules in ALL {
        assert_eq!(added(rules, &["a", "a/b", "ab", "a/"]), [true, false, true, false]);
        assert_eq!(added(rules, &["a/b", "a", "a/", "a/c", "a/b/c"]), [true, false, true, true, false]);
        assert_eq!(added(rules, &["a", "a"]), [true, false]);
        assert_eq!(added(rules, &["a/", "a/", "a/b"]), [true, true, true]);
    }
}

#[test]
fn case_clashes_where_case_means_nothing() {
    let sets = [
        ["a.txt", "A.TXT"],
        ["Photos/1", "photos/2"],
        ["x/Photos/1", "x/photos/1"],
        ["é", "É"],
        ["straße", "STRASSE"],
        ["ΣΑΣ", "σας"],
        ["\u{212a}", "k"],
    ];
    for set in sets {
        assert_eq!(added(Rules::unix(), &set), [true, true], "{set:?}");
        assert_eq!(added(Rules::macos(), &set), [true, false], "{set:?}");
        assert_eq!(added(Rules::windows(), &set), [true, false], "{set:?}");
    }
    let mut tree = Tree::new(Rules::windows());
    tree.add("Photos/1").unwrap();
    let error = tree.add("photos/2").unwrap_err().to_string();
    assert!(
        error.contains("\"photos\"") && error.contains("\"Photos\"") && error.contains("case"),
        "{error}"
    );
}

#[test]
fn a_refused_key_takes_no_place() {
    for rules in ALL {
        assert_eq!(added(rules, &["f", "new/../x", "f/new", "new"]), [true, false, false, true]);
    }
}

#[test]
fn paths_that_are_no_keys() {
    for path in ["/a", "../a", "a/../b", "."] {
        assert!(key("", Path::new(path)).unwrap_err().is_invalid_input(), "{path}");
    }
    assert!(key("", Path::new("")).is_err());
    assert!(key(&"p".repeat(1_023), Path::new("a")).is_ok());
    assert!(key(&"p".repeat(1_024), Path::new("a")).is_err());
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        let error = key("", Path::new(std::ffi::OsStr::from_bytes(b"a\xffb"))).unwrap_err();
        assert!(error.to_string().contains("UTF-8"), "{error}");
    }
}
