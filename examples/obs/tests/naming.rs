//! Who wants to know is told of each thing that was done, and programs understand it, failures too.

#![cfg(unix)]

mod support;

use obs_emulator::Rule;
use serde_json::{Value, json};
use support::Place;

fn documents(text: &[u8]) -> Vec<Value> {
    String::from_utf8_lossy(text).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What it says on standard output, whatever else it says.
fn told(place: &Place, args: &[&str]) -> Vec<String> {
    let output = place.obs(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut lines: Vec<_> = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    let last = lines.pop().into_iter();
    lines.sort();
    lines.into_iter().chain(last).collect()
}

#[test]
fn each_of_many_is_named_to_who_asks() {
    let place = Place::new();
    place.write("t/a", "1");
    place.write("t/sub/b", "22");
    let up = told(&place, &["-v", "cp", "-r", "t", "obs://my-bucket/t"]);
    assert_eq!(
        up,
        [
            "upload t/a -> obs://my-bucket/t/a (1 bytes)",
            "upload t/sub/b -> obs://my-bucket/t/sub/b (2 bytes)",
            "2 done (3 bytes, 0 deleted), 0 unchanged, 0 failed, 0 skipped",
        ]
    );
    place.write("t/a", "1!");
    let sync = ["-v", "sync", "t", "obs://my-bucket/t", "--size-only"];
    assert_eq!(told(&place, &sync)[0], "upload t/a -> obs://my-bucket/t/a (2 bytes)");
    assert_eq!(told(&place, &sync).len(), 1, "nothing is done");
    let across = told(&place, &["-v", "mv", "-r", "obs://my-bucket/t", "obs://my-bucket/u"]);
    assert_eq!(across[0], "copy obs://my-bucket/t/a -> obs://my-bucket/u/a (2 bytes)");
    place.write("u/old", "old");
    let down = told(&place, &["-v", "sync", "--delete", "obs://my-bucket/u", "u"]);
    assert_eq!(
        down[..3],
        [
            "delete u/old",
            "download obs://my-bucket/u/a -> u/a (2 bytes)",
            "download obs://my-bucket/u/sub/b -> u/sub/b (2 bytes)",
        ]
    );
    let gone = told(&place, &["-v", "rm", "-r", "obs://my-bucket/u/sub"]);
    assert_eq!(gone[0], "delete obs://my-bucket/u/sub/b");
    let gone = told(&place, &["-v", "rb", "--force", "obs://my-bucket"]);
    assert_eq!(gone, ["delete obs://my-bucket/u/a version null", "deleted obs://my-bucket"]);
}

#[test]
fn json_names_each_and_sums_up() {
    let place = Place::new();
    place.write("t/a", "1");
    place.write("t/b", "22");
    let output = place.obs(&["--json", "cp", "-r", "t", "obs://my-bucket/t"]).output().unwrap();
    let mut lines = documents(&output.stdout);
    let summary = lines.pop().unwrap();
    assert_eq!(
        summary,
        json!({
            "succeeded": 2, "deleted": 0, "bytes": 3, "unchanged": 0, "failed": 0, "skipped": 0
        })
    );
    lines.sort_by_key(|line| line["target"].to_string());
    let upload = |name: &str, size: u64| {
        json!({
            "action": "upload", "source": format!("t/{name}"), "target": format!("obs://my-bucket/t/{name}"),
            "size": size, "dry_run": false
        })
    };
    assert_eq!(lines, [upload("a", 1), upload("b", 2)]);
    // One file and many, done and planned: the same names
    let one = documents(&place.obs(&["--json", "cp", "t/a", "obs://my-bucket/t/a"]).output().unwrap().stdout);
    for (name, value) in upload("a", 1).as_object().unwrap() {
        assert_eq!(&one[0][name], value);
    }
    let dry = place.obs(&["--json", "rm", "-r", "obs://my-bucket/t/", "--dry-run"]).output().unwrap();
    let delete = json!({ "action": "delete", "target": "obs://my-bucket/t/a", "dry_run": true });
    assert_eq!(documents(&dry.stdout)[0], delete);
    let gone = documents(&place.obs(&["--json", "rm", "obs://my-bucket/t/a"]).output().unwrap().stdout);
    assert_eq!(gone, [json!({ "action": "delete", "target": "obs://my-bucket/t/a", "dry_run": false })]);
}

#[test]
fn what_failed_is_not_named_as_done() {
    let place = Place::new();
    for name in ["t/a", "t/b"] {
        place.write(name, name);
    }
    place.done(&["cp", "t/a", "obs://my-bucket/t/old"]);
    std::os::unix::fs::symlink("a", place.path("t/link")).unwrap();
    let refused = Rule::error(403, "AccessDenied").operation("PutObject").key("t/b");
    place.emulator.faults().add(refused);
    let output = place.obs(&["--json", "sync", "--delete", "t", "obs://my-bucket/t"]).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let done = documents(&output.stdout);
    assert_eq!(done.len(), 2, "{done:?}");
    assert_eq!((&done[0]["target"], &done[1]["failed"]), (&json!("obs://my-bucket/t/a"), &json!(1)));
    let beside = documents(&output.stderr);
    let skipped: Vec<_> = beside.iter().filter(|line| line["skipped"].is_string()).collect();
    assert_eq!(skipped.len(), 2, "the link, and what would have been deleted: {beside:?}");
    let failed = beside.iter().find(|line| line["code"] == "AccessDenied").unwrap();
    assert_eq!(
        (&failed["path"], &failed["key"], &failed["status"]),
        (&json!("t/b"), &json!("t/b"), &json!(403))
    );
    assert!(failed["advice"].as_str().unwrap().contains("may do this"), "{failed}");
    assert_eq!(beside.last().unwrap()["exit_code"], 3);
}

#[test]
fn a_failure_is_a_document_too() {
    let place = Place::new();
    let output = place.obs(&["--json", "-v", "cat", "obs://my-bucket/none"]).output().unwrap();
    let beside = documents(&output.stderr);
    let failed = beside.last().unwrap();
    assert_eq!((&failed["code"], &failed["exit_code"]), (&json!("NoSuchKey"), &json!(1)));
    assert!(
        failed["error"].as_str().unwrap().starts_with("GetObjectMetadata my-bucket/none: 404"),
        "{failed}"
    );
    assert!(failed["request_id"].is_string() && failed["advice"].is_string(), "{failed}");
}

#[test]
fn dry_runs_tell_what_is_left_alone() {
    let place = Place::new();
    place.write("t/a", "a");
    std::os::unix::fs::symlink("a", place.path("t/link")).unwrap();
    for args in [["cp", "-r", "t", "obs://my-bucket"].as_slice(), &["sync", "t", "obs://my-bucket"]] {
        let output = place.obs(&[args, &["--dry-run"]].concat()).output().unwrap();
        assert!(output.status.success());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(said, "obs: skipped t/link: a symbolic link\n");
    }
}
