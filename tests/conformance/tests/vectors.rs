//! All recorded vectors hold.

use conformance::{Report, load};

#[test]
fn all_hold() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors");
    let report = Report::of(&load(&[folder]).unwrap());
    println!("{report}");
    assert_eq!(report.failed(), 0, "see above what differs");
    assert!(report.missing().is_empty(), "the SDK lacks {:?}", report.missing());
    assert!(report.passed() > 600, "{} passed: were all files there?", report.passed());
}

#[test]
fn a_run_over_nothing_is_refused() {
    let empty = tempfile::tempdir().unwrap();
    assert!(load(&[empty.path()]).unwrap_err().ends_with("no vectors there"));
    assert!(load(&["no-such-folder"]).unwrap_err().starts_with("no-such-folder: "));
}
