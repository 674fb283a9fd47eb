//! Small things that hands are used to.

#![cfg(unix)]

mod support;

use std::os::unix::fs::symlink;

use support::Place;

#[test]
fn several_objects_are_named_at_once() {
    let place = Place::new();
    for name in ["a", "b", "c"] {
        place.write(name, name);
        place.done(&["cp", name, "obs://my-bucket/"]);
    }
    let told = place.done(&["stat", "obs://my-bucket/a", "obs://my-bucket/b"]);
    assert_eq!(told.lines().filter(|line| line.starts_with("size ")).count(), 2, "{told}");
    assert_eq!(
        place.done(&["rm", "obs://my-bucket/a", "obs://my-bucket/b"]),
        "delete obs://my-bucket/a\ndelete obs://my-bucket/b\n"
    );
    // What is behind one that failed is done all the same
    let output = place.obs(&["stat", "obs://my-bucket/a", "obs://my-bucket/c"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("my-bucket/a: 404") && said.ends_with("1 of 2 failed: see above\n"), "{said}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("size"), "{said}");
    place.fails(2, &["rm", "obs://my-bucket/c", "obs://my-bucket/d", "--version-id", "x"]);
    place.fails(2, &["rm", "obs://my-bucket/c", "obs://my-bucket"]);
    let said = place.obs(&["rm"]).output().unwrap();
    assert_eq!(said.status.code(), Some(2));
}

#[test]
fn what_is_written_as_people_write_it_is_understood() {
    let place = Place::new();
    place.write("a", vec![0; 3 << 20]);
    place.done(&["cp", "a", "obs://my-bucket/", "--storage-class", "warm", "--timeout", "30"]);
    assert!(place.done(&["stat", "obs://my-bucket/a"]).contains("WARM"));
    assert!(place.done(&["ls", "-H", "obs://my-bucket"]).contains("  3.0 MiB  a\n"));
    assert!(place.done(&["ls", "obs://my-bucket"]).contains("  3145728  a\n"));
    let output = place.obs(&["cp", "a", "obs://my-bucket/", "--part-size", "1KiB"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("taken as 100.0 KiB"), "{said}");
}

#[test]
fn links_are_followed_where_that_is_said() {
    let place = Place::new();
    place.write("elsewhere/b", "linked");
    place.write("t/a", "a");
    symlink(place.path("elsewhere"), place.path("t/link")).unwrap();
    place.done(&["cp", "-r", "t", "obs://my-bucket/t", "--follow-symlinks"]);
    assert_eq!(place.done(&["cat", "obs://my-bucket/t/link/b"]), "linked");
    place.done(&["sync", "t", "obs://my-bucket/s", "--follow-symlinks"]);
    assert_eq!(place.done(&["cat", "obs://my-bucket/s/link/b"]), "linked");
    place.fails(2, &["cp", "-r", "obs://my-bucket/t", "obs://my-bucket/u", "--follow-symlinks"]);
    place.write("other", "other");
    place.done(&["cp", "other", "obs://my-bucket/t/link/b"]);
    for args in [["cp", "-r", "obs://my-bucket/t", "t"].as_slice(), &["sync", "obs://my-bucket/t", "t"]] {
        let output = place.obs(args).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(3) && said.contains("t/link is a symbolic link"), "{said}");
    }
    assert_eq!(std::fs::read_to_string(place.path("elsewhere/b")).unwrap(), "linked");
    place.done(&["cp", "-r", "obs://my-bucket/t", "t", "--follow-symlinks"]);
    assert_eq!(std::fs::read_to_string(place.path("elsewhere/b")).unwrap(), "other");
    let said = place.done(&["sync", "obs://my-bucket/t", "t", "--follow-symlinks"]);
    assert!(said.contains("2 unchanged"), "{said}");
}

#[test]
fn patterns_that_choose_nothing_say_so() {
    let place = Place::new();
    place.write("t/logs/a", "a");
    for args in [["cp", "-r", "t", "obs://my-bucket"].as_slice(), &["sync", "t", "obs://my-bucket"]] {
        let output = place.obs(&[args, &["--include", "logs"]].concat()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.contains("nothing is chosen by --include"), "{said}");
    }
}
