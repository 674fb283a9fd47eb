//! Each mistake gets an advice: those that the emulator knows as they happen, the others as an answer says so.

#![cfg(unix)]

mod support;

use obs_emulator::{Action, Answer, Rule};
use support::{Place, failed};

/// What is said of a list that is answered so.
fn answered(place: &Place, rule: Rule) -> String {
    let fault = place.emulator.faults().add(rule);
    let line = place.fails(1, &["ls", "obs://my-bucket", "--max-retry", "0"]);
    fault.remove();
    line
}

#[test]
fn what_the_service_says_gets_an_advice() {
    let place = Place::new();
    for (status, code, advice) in [
        (409, "BucketAlreadyExists", "take another name"),
        (400, "IllegalLocationConstraintException", "--location REGION"),
        (400, "InvalidLocationConstraint", "--location REGION"),
        (403, "InArrearOrInsufficientBalance", "top up the account"),
        (403, "InsufficientStorageSpace", "obs bucket quota set obs://my-bucket"),
        (403, "NotSignedUp", "subscribe to OBS"),
        (404, "NoSuchVersion", "obs ls --versions obs://my-bucket/"),
        (405, "MethodNotAllowed", "does not offer it"),
        (405, "SomethingNew", "does not offer it"),
        (501, "ServiceNotImplemented", "does not offer it"),
        (501, "NotImplemented", "does not offer it"),
        (403, "InvalidObjectState", "obs restore obs://my-bucket/"),
        (403, "AccessDenied", "whether this access key may do this"),
        (503, "SlowDown", "--tasks"),
    ] {
        let line = answered(&place, Rule::error(status, code));
        assert!(line.contains(code) && line.contains(advice), "{line}");
    }
}

#[test]
fn a_bucket_that_is_elsewhere_says_where() {
    let place = Place::new();
    for status in [301, 307] {
        let away = Answer::redirect(status, "https://my-bucket.obs.eu-west-101.elsewhere.com/?prefix=a");
        let line = answered(&place, Rule::new(Action::Answer(away)));
        assert!(
            line.contains("--endpoint") && line.contains("https://obs.eu-west-101.elsewhere.com:"),
            "{line}"
        );
    }
    let line = answered(&place, Rule::error(301, "PermanentRedirect"));
    assert!(line.contains("give the endpoint of its region, with --endpoint or OBS_ENDPOINT"), "{line}");
}

#[test]
fn what_is_not_archived_needs_no_restore() {
    let place = Place::new();
    place.write("a", "a");
    place.done(&["cp", "a", "obs://my-bucket/a"]);
    let line = place.fails(1, &["restore", "obs://my-bucket/a"]);
    assert!(line.contains("not archived: it can be read as it is"), "{line}");
    place.done(&["cp", "a", "obs://my-bucket/old", "--storage-class", "COLD"]);
    let line = place.fails(1, &["cat", "obs://my-bucket/old"]);
    assert!(line.contains("obs restore obs://my-bucket/old"), "{line}");
}

#[test]
fn customer_keys_are_asked_for() {
    let place = Place::new();
    place.write("key", [7; 32]);
    place.write("other", [8; 32]);
    place.write("a", "a");
    place.done(&["cp", "a", "obs://my-bucket/a", "--sse-c-key-file", "key"]);
    for args in
        [&["cat", "obs://my-bucket/a"][..], &["stat", "obs://my-bucket/a"], &["cp", "obs://my-bucket/a", "b"]]
    {
        let line = place.fails(1, args);
        assert!(line.contains("--sse-c-key-file"), "{line}");
        let line = place.fails(1, &[args, &["--sse-c-key-file", "other"]].concat());
        assert!(line.contains("the key that the object was encrypted with"), "{line}");
    }
}

#[test]
fn who_sends_no_key_is_told_so() {
    use std::os::unix::fs::PermissionsExt;

    let place = Place::new();
    let config = format!(
        "[profiles.default]\nendpoint = \"{}\"\ncredentials = \"anonymous\"\n",
        place.emulator.endpoint()
    );
    place.write(".config/obs/config.toml", config);
    let file = place.path(".config/obs/config.toml");
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let line = failed(1, &place.bare(&["ls", "obs://my-bucket"]).output().unwrap());
    assert!(line.contains("no access key was sent"), "{line}");
}

#[test]
fn settings_are_called_by_their_names() {
    let place = Place::new();
    let line = place.fails(1, &["bucket", "cors", "get", "obs://my-bucket"]);
    assert!(line.starts_with("obs: cors get my-bucket: 404 NoSuchCORSConfiguration"), "{line}");
    assert!(line.contains("`obs bucket cors set` makes one"), "{line}");
    // The list of the domains is nothing that can be set
    place.write("none", "");
    let set = ["bucket", "custom-domain", "set", "obs://my-bucket", "--id", "www.example.com"];
    place.done(&[&set[..], &["none"]].concat());
    place.write("list", place.done(&["bucket", "custom-domain", "get", "obs://my-bucket"]));
    let line = place.fails(2, &[&set[..], &["list"]].concat());
    assert!(line.contains("without a document"), "{line}");
}

#[test]
fn no_other_option_is_suggested() {
    let place = Place::new();
    let output = place.obs(&["ls", "--include", "x"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("--include") && !said.contains("--insecure"), "{said}");
}
