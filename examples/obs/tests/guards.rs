//! What keeps a mistyped name from doing harm.

#![cfg(unix)]

mod support;

use std::fs;

use support::Place;

/// The keys of a bucket.
fn keys(place: &Place, bucket: &str) -> Vec<String> {
    let listed = place.done(&["ls", "-r", &format!("obs://{bucket}")]);
    listed.lines().map(|line| line.split_whitespace().last().unwrap().to_owned()).collect()
}

#[test]
fn an_empty_source_deletes_nothing_unless_that_is_meant() {
    let place = Place::new();
    place.done(&["mb", "obs://other"]);
    for name in ["t/a", "t/sub/b"] {
        place.write(name, name);
    }
    fs::create_dir_all(place.path("empty")).unwrap();
    place.done(&["cp", "-r", "t", "obs://my-bucket/t"]);
    place.done(&["cp", "-r", "t", "obs://other"]);
    // The key of a folder is none of its content
    fs::create_dir_all(place.path("made/folder")).unwrap();
    place.done(&["cp", "-r", "made", "obs://my-bucket"]);
    let ways = [
        ("empty", "obs://my-bucket/t", "nothing in empty,"),
        ("obs://my-bucket/folder", "t", "nothing in obs://my-bucket/folder,"),
        ("obs://my-bucket/tt", "t", "nothing in obs://my-bucket/tt,"),
        ("obs://my-bucket/tt/", "obs://other", "nothing in obs://my-bucket/tt/,"),
    ];
    for (from, to, said) in ways {
        for more in [&[][..], &["--dry-run"], &["--include", "*"], &["--size-only"]] {
            let line = place.fails(1, &[&["sync", from, to, "--delete"][..], more].concat());
            assert!(line.contains(said) && line.contains("--allow-empty"), "{line}");
        }
    }
    assert!(fs::exists(place.path("t/sub/b")).unwrap());
    assert_eq!(
        (keys(&place, "my-bucket"), keys(&place, "other")),
        (
            vec!["folder/".to_owned(), "t/a".to_owned(), "t/sub/b".to_owned()],
            vec!["a".to_owned(), "sub/b".to_owned()]
        )
    );
    // Without --delete there is no harm in it
    place.done(&["sync", "empty", "obs://my-bucket/t"]);
    for (from, to, _) in ways {
        place.done(&["sync", from, to, "--delete", "--allow-empty"]);
    }
    assert!(keys(&place, "my-bucket") == ["folder/"] && keys(&place, "other").is_empty());
    assert!(!fs::exists(place.path("t/a")).unwrap());
}

#[test]
fn a_source_that_holds_something_is_followed() {
    let place = Place::new();
    for name in ["t/a.txt", "u/b.jpg", "u/c.txt"] {
        place.write(name, name);
    }
    place.done(&["cp", "-r", "u", "obs://my-bucket/u"]);
    // Nothing that matches is there, and that is no slip of the name
    place.done(&["sync", "t", "obs://my-bucket/u", "--delete", "--include", "*.jpg"]);
    assert_eq!(keys(&place, "my-bucket"), ["u/c.txt"]);
    // A link is something, though it is not followed
    fs::create_dir(place.path("links")).unwrap();
    std::os::unix::fs::symlink(place.path("t"), place.path("links/c.txt")).unwrap();
    place.obs(&["sync", "links", "obs://my-bucket/u", "--delete"]).output().unwrap();
    assert_eq!(keys(&place, "my-bucket"), ["u/c.txt"]);
}

#[test]
fn an_object_is_no_folder() {
    let place = Place::new();
    place.write("a", "a");
    place.done(&["cp", "a", "obs://my-bucket/a"]);
    for more in [&[][..], &["--dry-run"], &["--versions"], &["--include", "*"]] {
        let line = place.fails(1, &[&["rm", "-r", "obs://my-bucket/a"][..], more].concat());
        assert!(
            line.contains("nothing below obs://my-bucket/a/") && line.contains("deleted without -r"),
            "{line}"
        );
    }
    for to in ["obs://my-bucket/b", "b"] {
        let line = place.fails(1, &["mv", "-r", "obs://my-bucket/a", to]);
        assert!(line.contains("nothing below obs://my-bucket/a/") && line.contains("without -r"), "{line}");
    }
    assert_eq!(keys(&place, "my-bucket"), ["a"]);
    place.done(&["rm", "-r", "obs://my-bucket"]);
    // A bucket may be empty
    place.done(&["rm", "-r", "obs://my-bucket"]);
}
