//! Where buckets are made.

#![cfg(unix)]

mod support;

use obs_emulator::{Emulator, Rule};
use serde_json::Value;
use support::{Place, succeeded};

/// Where the service says that a bucket is.
fn location(place: &Place, bucket: &str) -> Value {
    let told = place.done(&["--json", "ls"]);
    let mut buckets = told.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    buckets.find(|line| line["bucket"] == bucket).unwrap()["location"].clone()
}

#[test]
fn the_region_is_that_of_the_endpoint_unless_it_is_named() {
    // To it all before `.localhost` is the bucket, which nobody signed
    let emulator = Emulator::builder().verify_signatures(false).start().unwrap();
    let place = Place { emulator, folder: tempfile::tempdir().unwrap() };
    let port = place.emulator.endpoint().rsplit(':').next().unwrap().to_owned();
    let endpoint = format!("http://obs.ap-southeast-3.localhost:{port}");
    let mb = |args: &[&str]| {
        succeeded(&place.obs(&[&["mb"], args].concat()).env("OBS_ENDPOINT", &endpoint).output().unwrap())
    };
    assert_eq!(mb(&["obs://first"]), "created obs://first in ap-southeast-3\n");
    assert_eq!(location(&place, "first.obs.ap-southeast-3"), "ap-southeast-3");
    mb(&["obs://second", "--location", "la-south-2"]);
    assert_eq!(location(&place, "second.obs.ap-southeast-3"), "la-south-2");
    // An address names no region
    assert_eq!(place.done(&["mb", "obs://third"]), "created obs://third\n");
}

#[test]
fn who_has_the_bucket_already_needs_no_other() {
    let place = Place::new();
    place.emulator.faults().add(Rule::error(409, "BucketAlreadyOwnedByYou").operation("CreateBucket"));
    assert_eq!(
        place.done(&["mb", "obs://my-bucket"]),
        "obs://my-bucket is yours already, and stays as it is\n"
    );
}
