//! One transfer by several processes, that know of each other only by the plan.

use std::fs;
use std::thread;

use obs_emulator::{Action, Rule};
use obs_tests::transfers::{Bench, PART, builder, bytes, make_old};
use obs_transfer::ErrorKind;
use obs_transfer::prelude::*;

/// A client as another machine has it, and what it reads of the plan.
fn elsewhere(bench: &Bench) -> TransferPlan {
    let client = builder(&bench.emulator).build().unwrap();
    TransferPlan::load(&client, bench.path("plan.json")).unwrap()
}

/// Runs all shards at once.
fn run_all(bench: &Bench, count: u32) {
    thread::scope(|scope| {
        for index in 0..count {
            scope.spawn(move || elsewhere(bench).run_shard(index, count).task_num(2).send().unwrap());
        }
    });
}

#[test]
fn an_upload_is_shared() {
    for (size, count) in [(10 * PART + 7, 4), (3 * PART, 8), (1, 2), (0, 1)] {
        let bench = Bench::new();
        let (path, content) = bench.file("a.bin", size);
        let upload = bench.bucket.upload_file(Bench::KEY, &path).part_size(PART);
        let plan = upload.metadata("owner", "alice").storage_class(StorageClass::Warm).create_plan().unwrap();
        assert_eq!(u64::from(plan.parts()), size.div_ceil(PART).max(1));
        plan.save(bench.path("plan.json")).unwrap();
        run_all(&bench, count);
        assert_eq!(bench.stored(), None);
        let done = elsewhere(&bench).complete().unwrap();
        assert_eq!(bench.stored().unwrap(), content);
        assert_eq!(done.size, size);
        assert!(bench.stored_parts().into_iter().all(|(_, times)| times == 1), "{:?}", bench.stored_parts());
        let object = bench.bucket.get_object_metadata(Bench::KEY).send().unwrap();
        assert_eq!((object.etag.clone(), object.metadata.get("owner")), (done.etag, Some("alice")));
        assert_eq!(object.storage_class, Some(StorageClass::Warm));
        assert_eq!(bench.uploads(), 0);
    }
}

#[test]
fn a_shard_that_failed_is_run_again_and_sends_what_is_missing() {
    let bench = Bench::new();
    let (path, content) = bench.file("a.bin", 12 * PART);
    let plan = bench.bucket.upload_file(Bench::KEY, &path).part_size(PART).create_plan().unwrap();
    let fault = bench.emulator.faults().add(Rule::error(500, "InternalError").query("partNumber", "9"));
    plan.save(bench.path("plan.json")).unwrap();
    assert_eq!(elsewhere(&bench).run_shard(0, 2).send().unwrap().parts, 6);
    elsewhere(&bench).run_shard(1, 2).send().unwrap_err();
    let error = elsewhere(&bench).complete().unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Partial { failed: 4, total: 12 });
    assert!(error.to_string().contains("(9, 10, 11, 12)"), "{error}");
    fault.remove();
    let again = elsewhere(&bench).run_shard(1, 2).send().unwrap();
    assert_eq!((again.parts, again.resumed_parts, again.bytes), (6, 2, 6 * PART));
    let idle = elsewhere(&bench).run_shard(0, 2).send().unwrap();
    assert_eq!((idle.parts, idle.resumed_parts), (6, 6));
    elsewhere(&bench).complete().unwrap();
    assert_eq!(bench.stored().unwrap(), content);
    assert!(bench.stored_parts().into_iter().all(|(_, times)| times == 1), "{:?}", bench.stored_parts());
}

#[test]
fn a_file_that_changed_since_is_not_mixed() {
    let bench = Bench::new();
    let (path, _) = bench.file("a.bin", 4 * PART);
    let plan = bench.bucket.upload_file(Bench::KEY, &path).part_size(PART).create_plan().unwrap();
    plan.run_shard(0, 2).send().unwrap();
    fs::write(&path, bytes(4 * PART)).unwrap();
    assert!(plan.run_shard(1, 2).send().unwrap_err().is_source_changed());
    assert!(plan.complete().unwrap_err().is_source_changed());
    plan.abort().unwrap();
    assert_eq!(bench.uploads(), 0);
    plan.abort().unwrap();
    make_old(&path);
}

#[test]
fn a_download_is_shared() {
    for (size, count) in [(10 * PART + 7, 4), (2 * PART, 5), (1, 2), (0, 1)] {
        let bench = Bench::new();
        let content = bench.object(size);
        let target = bench.path("shared/a.bin");
        let download = bench.bucket.download_file(Bench::KEY, &target).part_size(PART);
        download.create_plan().unwrap().save(bench.path("plan.json")).unwrap();
        run_all(&bench, count);
        assert!(!target.exists());
        let done = elsewhere(&bench).complete().unwrap();
        assert_eq!(fs::read(&target).unwrap(), content);
        assert_eq!(done.crc64, Some(obs_core::checksum::crc64(&content)));
        let left: Vec<_> = fs::read_dir(bench.path("shared")).unwrap().collect();
        assert_eq!(left.len(), 1, "{left:?}");
    }
}

#[test]
fn the_longest_names_have_room_for_the_most_shards() {
    let bench = Bench::new();
    let bytes = bench.object(2 * PART);
    let target = bench.path(&"n".repeat(255));
    let plan = bench.bucket.download_file(Bench::KEY, &target).part_size(PART).create_plan().unwrap();
    for index in [0, u32::MAX - 2] {
        plan.run_shard(index, u32::MAX).send().unwrap();
    }
    let error = plan.complete().unwrap_err();
    assert!(error.to_string().contains("4294967293 of 4294967295 shards"), "{error}");
    for index in 0..2 {
        plan.run_shard(index, 2).send().unwrap();
    }
    plan.complete().unwrap();
    assert!(std::fs::read(&target).unwrap() == bytes);
    assert_eq!(bench.names().len(), 1, "{:?}", bench.names());
}

#[test]
fn a_shard_of_a_download_goes_on_where_it_was() {
    let bench = Bench::new();
    let content = bench.object(12 * PART);
    let target = bench.path("shared/a.bin");
    let download = bench.bucket.download_file(Bench::KEY, &target).part_size(PART);
    download.create_plan().unwrap().save(bench.path("plan.json")).unwrap();
    elsewhere(&bench).run_shard(1, 2).send().unwrap();
    let range = format!("bytes={}-{}", 4 * PART, 5 * PART - 1);
    let fault = bench.emulator.faults().add(
        Rule::error(500, "InternalError")
            .when(move |request| request.header("range") == Some(range.as_str())),
    );
    elsewhere(&bench).run_shard(0, 2).send().unwrap_err();
    let error = elsewhere(&bench).complete().unwrap_err();
    assert!(error.is_partial() && error.to_string().contains("shard 0"), "{error}");
    fault.remove();
    bench.emulator.clear();
    assert_eq!(elsewhere(&bench).run_shard(0, 2).send().unwrap().resumed_parts, 4);
    assert_eq!(elsewhere(&bench).run_shard(1, 2).send().unwrap().resumed_parts, 6);
    assert_eq!(bench.emulator.operation_count("GetObject"), 2);
    elsewhere(&bench).complete().unwrap();
    assert_eq!(fs::read(&target).unwrap(), content);
    let error = elsewhere(&bench).complete().unwrap_err();
    assert!(error.is_checkpoint() && error.to_string().contains("was completed or aborted"), "{error}");
    assert_eq!(fs::read(&target).unwrap(), content);
}

#[test]
fn what_the_shards_tell_checks_an_upload_as_a_whole() {
    let bench = Bench::new();
    let (path, content) = bench.file("a.bin", 10 * PART + 7);
    let upload = || bench.bucket.upload_file(Bench::KEY, &path).part_size(PART).create_plan().unwrap();
    let shards = |plan: &TransferPlan| -> Vec<ShardOutput> {
        let json = (0..4).map(|index| plan.run_shard(index, 4).send().unwrap().to_json());
        json.map(|json| ShardOutput::from_json(&json).unwrap()).collect()
    };

    // A part that somebody else replaced after it was sent, which no shard can see.
    let plan = upload();
    let told = shards(&plan);
    let id = bench.emulator.store().uploads(bench.bucket.name())[0].upload_id.clone();
    bench.bucket.upload_part(Bench::KEY, &id, 5, vec![1; PART as usize]).send().unwrap();
    let error = plan.complete_with(told).unwrap_err();
    assert!(error.is_call() && error.status() == Some(400), "{error}");
    assert_eq!(bench.stored(), None);
    plan.abort().unwrap();

    // What a shard did not send itself it reads again.
    let plan = upload();
    let first = shards(&plan);
    let mut told = shards(&plan);
    assert!(told.iter().all(|shard| shard.resumed_parts == shard.parts));
    assert_eq!(
        first.iter().map(|shard| shard.crc64).collect::<Vec<_>>(),
        told.iter().map(|shard| shard.crc64).collect::<Vec<_>>()
    );
    told.reverse();
    let refused = |shards: Vec<ShardOutput>, says: &str| {
        let error = plan.complete_with(shards).unwrap_err();
        assert!(error.is_invalid_input() && error.to_string().contains(says), "{error}");
    };
    refused(vec![], "complete without them");
    refused(told[1..].to_vec(), "shard 3 of 4 is missing");
    refused(vec![plan.run_shard(0, 2).send().unwrap(), told[0].clone()], "one is of 2 shards, another of 4");
    let other = bench.bucket.upload_file("other", bench.file("b.bin", 2 * PART).0).part_size(PART);
    let other = other.create_plan().unwrap();
    refused(shards(&other), "is of another plan");
    other.abort().unwrap();
    let crc64 = Some(obs_core::checksum::crc64(&content));
    // The results of both runs, and once more for somebody who was killed before he heard of it.
    let all: Vec<_> = first.into_iter().chain(told).collect();
    for _ in 0..2 {
        let done = plan.complete_with(all.clone()).unwrap();
        assert_eq!((done.crc64, done.size), (crc64, 10 * PART + 7));
        assert_eq!(bench.stored().unwrap(), content);
    }
    assert_eq!(plan.complete().unwrap_err().code(), Some("NoSuchUpload"));
    bench.bucket.put_content(Bench::KEY, vec![7; 10 * PART as usize + 7]).send().unwrap();
    assert_eq!(plan.complete_with(all).unwrap_err().code(), Some("NoSuchUpload"));
}

#[test]
fn results_that_are_none_are_refused_by_name() {
    let bench = Bench::new();
    let (path, _) = bench.file("a.bin", 3 * PART);
    let plan = bench.bucket.upload_file("k", &path).part_size(PART).create_plan().unwrap();
    let shard = plan.run_shard(1, 2).send().unwrap();
    let json = shard.to_json();
    assert_eq!(ShardOutput::from_json(&json).unwrap(), shard);
    for (text, says) in [
        ("", "no result"),
        ("{}", "its format is None"),
        (&json.replace("shard/1", "shard/9"), "shard/9"),
        (&json.replace("\"bytes\"", "\"bites\""), "no number bytes"),
        (&json.replace("\"index\":1", "\"index\":99999999999"), "index"),
        (&json.replace("\"crc64\":\"", "\"crc64\":\"x"), "crc64"),
    ] {
        let error = ShardOutput::from_json(text).unwrap_err();
        assert!(error.is_invalid_input() && error.to_string().contains(says), "{error}");
    }
    for end in 0..json.len() - 1 {
        ShardOutput::from_json(&json[..end]).unwrap_err();
        TransferPlan::from_json(bench.bucket.client(), &plan.to_json()[..end]).unwrap_err();
    }
    plan.abort().unwrap();
}

#[test]
fn a_download_that_was_completed_but_for_its_clean_up_is_complete() {
    let bench = Bench::new();
    let content = bench.object(6 * PART);
    let target = bench.path("shared/a.bin");
    let plan = bench.bucket.download_file(Bench::KEY, &target).part_size(PART).create_plan().unwrap();
    let told: Vec<_> = (0..2).map(|index| plan.run_shard(index, 2).send().unwrap()).collect();
    let entries = || fs::read_dir(bench.path("shared")).unwrap().map(|entry| entry.unwrap().path());
    let done: Vec<_> = entries().filter(|path| path.extension().is_some_and(|e| e == "done")).collect();
    assert_eq!(done.len(), 2);
    let marks: Vec<_> = done.iter().map(|path| fs::read(path).unwrap()).collect();
    plan.complete().unwrap();
    // As whoever was killed in between leaves it.
    let forget = || done.iter().zip(&marks).for_each(|(path, mark)| fs::write(path, mark).unwrap());
    forget();
    assert_eq!(plan.complete_with(told).unwrap().crc64, Some(obs_core::checksum::crc64(&content)));
    assert_eq!(entries().count(), 1);
    forget();
    fs::write(&target, vec![7; content.len()]).unwrap();
    assert!(plan.complete().unwrap_err().is_checkpoint());
    assert_eq!(fs::read(&target).unwrap(), vec![7; content.len()]);
    plan.abort().unwrap();
    assert_eq!(entries().count(), 1);
}

#[test]
fn a_forged_plan_removes_and_writes_nothing_of_others() {
    let bench = Bench::new();
    bench.object(3 * PART);
    let target = bench.path("shared/a.bin");
    let plan = bench.bucket.download_file(Bench::KEY, &target).part_size(PART).create_plan().unwrap();
    let temp = fs::read_dir(bench.path("shared")).unwrap().next().unwrap().unwrap().path();
    plan.run_shard(0, 2).send().unwrap();
    let name = temp.file_name().unwrap().to_str().unwrap();
    let foreign = [
        "elsewhere/thesis".to_owned(),
        "elsewhere/thesis.0-of-2.done".to_owned(),
        format!("elsewhere/{name}"),
        format!("elsewhere/{name}.0-of-2.record"),
        "shared/thesis".to_owned(),
        "shared/thesis.0-of-2.done".to_owned(),
        "shared/thesis.obs-part".to_owned(),
        format!("shared/{name}.bak"),
        format!("shared/{name}.0-of-2.done.bak"),
        format!("shared/{name}.0-of-x.done"),
    ];
    fs::create_dir(bench.path("elsewhere")).unwrap();
    for name in &foreign {
        fs::write(bench.path(name), "years of work").unwrap();
    }
    let names = || {
        let files = |folder| fs::read_dir(bench.path(folder)).unwrap().map(|entry| entry.unwrap().path());
        files("elsewhere").chain(files("shared")).collect::<std::collections::BTreeSet<_>>()
    };
    let before = names();
    let quoted = |path: &std::path::Path| serde_json::to_string(path).unwrap();
    for forged in ["elsewhere/thesis", &foreign[2], "shared/thesis", "shared/thesis.obs-part", "shared/a.bin"]
    {
        let json = plan.to_json();
        let other = json.replace(&quoted(&temp), &quoted(&bench.path(forged)));
        assert_ne!(other, json);
        let forged = TransferPlan::from_json(bench.bucket.client(), &other).unwrap();
        assert!(forged.abort().unwrap_err().is_invalid_input());
        assert!(forged.complete().unwrap_err().is_invalid_input());
        assert!(forged.run_shard(9, 10).send().unwrap_err().is_invalid_input());
        assert_eq!(names(), before);
    }
    // What a process leaves that is killed while it marks a shard as done.
    fs::write(bench.path(&format!("shared/{name}.1-of-2.done.0123abcd")), "1").unwrap();
    plan.abort().unwrap();
    let ours = [temp.clone(), bench.path(&format!("shared/{name}.0-of-2.done"))];
    assert_eq!(names(), before.into_iter().filter(|path| !ours.contains(path)).collect());
}

#[test]
fn a_replaced_object_or_a_damaged_range_never_gets_the_name() {
    let bench = Bench::new();
    bench.object(6 * PART);
    let target = bench.path("shared/a.bin");
    let download = || bench.bucket.download_file(Bench::KEY, &target).part_size(PART);
    let plan = download().create_plan().unwrap();
    plan.run_shard(0, 2).send().unwrap();
    bench.object(6 * PART + 1);
    assert!(plan.run_shard(1, 2).send().unwrap_err().is_object_changed());
    plan.abort().unwrap();
    assert_eq!(fs::read_dir(bench.path("shared")).unwrap().count(), 0);

    let plan = download().create_plan().unwrap();
    let flip = Action::FlipResponse { offset: 1000, mask: 4 };
    bench.emulator.faults().add(Rule::new(flip).operation("GetObject").nth(3));
    plan.run_shard(0, 1).send().unwrap();
    assert!(plan.complete().unwrap_err().is_integrity());
    assert!(!target.exists());
    plan.abort().unwrap();
    assert_eq!(fs::read_dir(bench.path("shared")).unwrap().count(), 0);
}

#[test]
fn a_copy_is_shared_and_keeps_what_a_copy_keeps() {
    let bench = Bench::new();
    let other = bench.bucket.client().bucket("other");
    other.create_bucket().send().unwrap();
    let content = bytes(7 * PART + 3);
    other
        .put_content("source", content.clone())
        .content_type("text/x-test")
        .metadata("owner", "bob")
        .send()
        .unwrap();
    bench.emulator.clear();
    let copy = bench.bucket.copy(Bench::KEY, CopySource::new("other", "source")).part_size(PART);
    copy.create_plan().unwrap().save(bench.path("plan.json")).unwrap();
    run_all(&bench, 3);
    let done = elsewhere(&bench).complete().unwrap();
    assert_eq!(bench.stored().unwrap(), content);
    assert_eq!((done.parts, done.size), (8, 7 * PART + 3));
    assert_eq!(bench.emulator.operation_count("CopyPart"), 8);
    assert_eq!(bench.emulator.operation_count("GetObject"), 0);
    let object = bench.bucket.get_object_metadata(Bench::KEY).send().unwrap();
    assert_eq!(
        (object.content_type.as_deref(), object.metadata.get("owner")),
        (Some("text/x-test"), Some("bob"))
    );

    let plan =
        bench.bucket.copy("again", CopySource::new("other", "source")).part_size(PART).create_plan().unwrap();
    plan.run_shard(0, 2).send().unwrap();
    other.put_content("source", "another").send().unwrap();
    assert!(plan.run_shard(1, 2).send().unwrap_err().is_object_changed());
    plan.abort().unwrap();
    assert_eq!(bench.uploads(), 0);
}

#[test]
fn keys_of_the_caller_are_not_in_the_plan_and_work() {
    let bench = Bench::new();
    let (path, content) = bench.file("a.bin", 3 * PART);
    let key = SseC::new([7; 32]);
    let plan =
        bench.bucket.upload_file(Bench::KEY, &path).part_size(PART).sse(key.clone()).create_plan().unwrap();
    plan.save(bench.path("plan.json")).unwrap();
    let text = fs::read_to_string(bench.path("plan.json")).unwrap();
    assert!(!text.contains("BwcHBwcH") && !text.contains("Secret"), "{text}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(bench.path("plan.json")).unwrap().permissions().mode() & 0o777, 0o600);
    }
    elsewhere(&bench).run_shard(0, 1).send().unwrap_err();
    elsewhere(&bench).sse(key.clone()).run_shard(0, 1).checksum(Checksum::Md5).send().unwrap();
    elsewhere(&bench).sse(key.clone()).complete().unwrap();
    let copy = bench.path("copy.bin");
    bench.bucket.download_file(Bench::KEY, &copy).sse(key).send().unwrap();
    assert_eq!(fs::read(copy).unwrap(), content);
}

#[test]
fn plans_that_are_none_are_refused_by_name() {
    let bench = Bench::new();
    let client = bench.bucket.client();
    let (path, _) = bench.file("a.bin", 3 * PART);
    let plan = bench.bucket.upload_file("k", &path).part_size(PART).create_plan().unwrap();
    assert_eq!(TransferPlan::from_json(client, &plan.to_json()).unwrap().to_json(), plan.to_json());
    for (text, says) in [
        ("", "no plan"),
        ("[]", "no plan"),
        ("{}", "it has no format"),
        (&plan.to_json().replace("plan/1", "plan/9"), "plan/9"),
        (&plan.to_json().replace("\"upload\"", "\"teleport\""), "teleport"),
        (&plan.to_json().replace("\"upload_id\"", "\"id\""), "it has no upload_id"),
    ] {
        let error = TransferPlan::from_json(client, text).unwrap_err();
        assert!(error.is_invalid_input() && error.to_string().contains(says), "{error}");
    }
    let error = TransferPlan::load(client, bench.path("none.json")).unwrap_err();
    assert!(error.to_string().contains("none.json"), "{error}");
    let error = plan.run_shard(3, 3).send().unwrap_err();
    assert!(error.is_invalid_input() && error.to_string().contains("0 to 2"), "{error}");
    plan.abort().unwrap();
}
