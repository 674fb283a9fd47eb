//! Object operations against a server: what users would see, faults of the network included.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use obs_core::object::{AccessLabel, MetadataDirective, ObjectId, RestoreTier};
use obs_core::settings::{Tagging, VersioningStatus};
use obs_core::{
    AccessControlList, BucketClient, CannedAcl, Content, CopySource, Credentials, ErrorKind, Grant, Grantee,
    ObsClient, Permission, Progress, Signature, SseC, SseKms, StorageClass,
};
use obs_emulator::{Action, Emulator, Rule};

const SIGNATURES: [Signature; 3] = [Signature::Obs, Signature::V2, Signature::V4];

fn bucket(emulator: &Emulator, signature: Signature) -> BucketClient {
    let client = ObsClient::builder()
        .endpoint(emulator.localhost_endpoint())
        .credentials(Credentials::new(Emulator::ACCESS_KEY, Emulator::SECRET_KEY))
        .signature(signature)
        .region("emulator")
        .build()
        .unwrap();
    let bucket = client.bucket("objects");
    bucket.create_bucket().send().unwrap();
    bucket
}

fn bytes(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i.wrapping_mul(2_654_435_761) >> 7) as u8).collect()
}

#[test]
fn appends_and_a_lost_answer() {
    for signature in SIGNATURES {
        let emulator = Emulator::start();
        let bucket = bucket(&emulator, signature);
        let first = bucket.append_object("log.txt", 0, "Hello OBS").send().unwrap();
        assert_eq!(first.next_position, 9);
        emulator.faults().add(Rule::new(Action::DropAnswer).operation("AppendObject").times(1));
        let second = bucket.append_object("log.txt", 9, " again").send().unwrap();
        assert_eq!(second.next_position, 15);
        let object = bucket.get_object("log.txt").send().unwrap().text().unwrap();
        assert_eq!(object, "Hello OBS again", "nothing is doubled");
        let error = bucket.append_object("log.txt", 9, "late").send().unwrap_err();
        assert!(error.is_conflict());
        assert_eq!(error.next_position(), Some(15));
        let metadata = bucket.get_object_metadata("log.txt").send().unwrap();
        assert_eq!((metadata.is_appendable, metadata.next_position), (true, Some(15)));
    }
}

#[test]
fn copies_with_everything() {
    for signature in SIGNATURES {
        let emulator = Emulator::start();
        let bucket = bucket(&emulator, signature);
        let key = SseC::new(bytes(32));
        let source = "目录/a b+c%&~?.txt";
        bucket.put_content(source, "secret").sse(key.clone()).metadata("a", "值").send().unwrap();
        let copied = bucket
            .copy_object("copy.txt", CopySource::new("objects", source))
            .source_sse(key.clone())
            .metadata_directive(MetadataDirective::Replace)
            .metadata("b", "100% \"x\"")
            .content_type("text/css")
            .storage_class(StorageClass::Warm)
            .send()
            .unwrap();
        let object = bucket.get_object("copy.txt").send().unwrap();
        assert_eq!(object.etag.as_deref(), Some(copied.etag.as_str()));
        assert_eq!(object.content_type.as_deref(), Some("text/css"));
        assert_eq!(object.storage_class, Some(StorageClass::Warm));
        assert_eq!((object.metadata.get("a"), object.metadata.get("b")), (None, Some("100% \"x\"")));
        let refused =
            bucket.copy_object("c", CopySource::new("objects", "copy.txt")).if_match("\"other\"").send();
        assert!(refused.unwrap_err().is_precondition_failed());
        let missing = bucket.copy_object("c", CopySource::new("objects", "nothing")).send();
        assert!(missing.unwrap_err().is_not_found());
    }
}

#[test]
fn encryption_with_ones_own_key_and_with_kms() {
    for signature in SIGNATURES {
        let emulator = Emulator::start();
        let bucket = bucket(&emulator, signature);
        let key = SseC::new(bytes(32));
        let put = bucket.put_content("c", "secret").sse(key.clone()).send().unwrap();
        assert_eq!(put.sse.customer_algorithm.as_deref(), Some("AES256"));
        assert!(bucket.get_object("c").send().is_err(), "nobody reads it without the key");
        assert!(bucket.get_object("c").sse(SseC::new(bytes(64)[32..].to_vec())).send().is_err());
        assert_eq!(bucket.get_object("c").sse(key.clone()).send().unwrap().text().unwrap(), "secret");
        assert!(bucket.get_object_metadata("c").sse(key.clone()).send().unwrap().sse.is_encrypted());
        bucket.put_content("kms", "secret").sse(SseKms::with_key_id("key-1")).send().unwrap();
        let mut object = bucket.get_object("kms").send().unwrap();
        assert_eq!(object.sse.kms_key_id.as_deref(), Some("key-1"));
        assert_eq!(object.text().unwrap(), "secret");
        // A download goes on with the key it began with.
        bucket.put_content("big", bytes(2_000_000)).sse(key.clone()).send().unwrap();
        emulator.faults().add(Rule::new(Action::ResetResponse(500_000)).operation("GetObject").times(1));
        assert_eq!(bucket.get_object("big").sse(key).send().unwrap().bytes().unwrap(), bytes(2_000_000));
    }
}

#[test]
fn deletes_odd_keys_in_one_call() {
    for signature in SIGNATURES {
        let emulator = Emulator::start();
        let bucket = bucket(&emulator, signature);
        let keys = [
            "a<b>&\"c'.txt",
            "line\nfeed\r\ttab",
            "control\u{1}\u{8}",
            "+ %41 中",
            " blanks ",
            "..",
            "/lead//",
        ];
        for key in keys {
            bucket.put_content(key, key).send().unwrap();
        }
        let mut listed: Vec<String> = bucket.list_objects().iter().map(|o| o.unwrap().key).collect();
        let mut expected = keys.map(str::to_owned).to_vec();
        listed.sort();
        expected.sort();
        assert_eq!(listed, expected);
        let deleted = bucket.delete_objects(&listed).send().unwrap();
        let mut gone: Vec<_> = deleted.deleted.iter().map(|d| d.key.clone()).collect();
        gone.sort();
        assert_eq!(gone, expected);
        assert!(deleted.errors.is_empty());
        assert_eq!(bucket.list_objects().iter().count(), 0);
        // Without control characters the keys go as they are.
        let quiet = bucket.delete_objects(["never there"]).quiet(true).send().unwrap();
        assert!(quiet.deleted.is_empty() && quiet.errors.is_empty());
    }
}

#[test]
fn versions_are_listed_and_deleted() {
    let emulator = Emulator::start();
    let bucket = bucket(&emulator, Signature::Obs);
    bucket.set_bucket_versioning(VersioningStatus::Enabled).send().unwrap();
    for round in 0..3 {
        for key in ["a b", "c"] {
            bucket.put_content(key, format!("{key}{round}")).send().unwrap();
        }
    }
    bucket.delete_object("c").send().unwrap();
    let entries: Vec<_> = bucket.list_versions().max_keys(2).iter().map(|e| e.unwrap()).collect();
    let keys: Vec<_> = entries.iter().map(|e| e.key()).collect();
    assert_eq!(keys, ["a b", "a b", "a b", "c", "c", "c", "c"]);
    assert!(entries[0].is_latest() && !entries[1].is_latest());
    let oldest = entries[2].version_id().unwrap();
    assert_eq!(bucket.get_object("a b").version_id(oldest).send().unwrap().text().unwrap(), "a b0");
    let copied =
        bucket.copy_object("d", CopySource::new("objects", "a b").version_id(oldest)).send().unwrap();
    assert_eq!(copied.copy_source_version_id.as_deref(), Some(oldest));
    let page = bucket.list_versions().send().unwrap();
    assert_eq!((page.versions().count(), page.delete_markers().count()), (7, 1));
    let deleted = bucket.delete_objects(page.entries.iter().map(ObjectId::from)).send().unwrap();
    assert_eq!((deleted.deleted.len(), deleted.errors.len()), (8, 0));
    assert_eq!(bucket.list_versions().iter().count(), 0);
}

#[test]
fn what_is_kept_beside_an_object() {
    for signature in SIGNATURES {
        let emulator = Emulator::start();
        let bucket = bucket(&emulator, signature);
        bucket.put_content("o", "x").metadata("kept", "1").send().unwrap();
        bucket.set_object_metadata("o").metadata("new", "2").content_language("de").send().unwrap();
        let metadata = bucket.get_object_metadata("o").send().unwrap();
        assert_eq!((metadata.metadata.get("kept"), metadata.metadata.get("new")), (Some("1"), Some("2")));
        assert_eq!(metadata.content_language.as_deref(), Some("de"));
        bucket.set_object_metadata("o").remove_unset(true).metadata("only", "3").send().unwrap();
        let metadata = bucket.get_object_metadata("o").send().unwrap();
        assert_eq!((metadata.metadata.get("kept"), metadata.metadata.get("only")), (None, Some("3")));

        let acl = bucket.get_object_acl("o").send().unwrap().into_inner();
        assert_eq!(acl.owner.id, Emulator::ACCOUNT_ID);
        let list = AccessControlList::new(acl.owner.clone())
            .grant(Grant::new(Grantee::user("somebody"), Permission::ReadAcp))
            .grant(Grant::new(Grantee::everyone(), Permission::Read));
        bucket.set_object_acl("o", list.clone()).send().unwrap();
        assert_eq!(bucket.get_object_acl("o").send().unwrap().grants.len(), 2);
        bucket.set_object_acl("o", CannedAcl::Private).send().unwrap();

        let tags = Tagging::new([("k1", "v1"), ("k2", "")]);
        bucket.set_object_tagging("o", tags.clone()).send().unwrap();
        assert_eq!(*bucket.get_object_tagging("o").send().unwrap(), tags);
        bucket.delete_object_tagging("o").send().unwrap();
        assert!(bucket.get_object_tagging("o").send().unwrap().tags.is_empty());

        bucket.put_content("cold", "ice").storage_class(StorageClass::Cold).send().unwrap();
        assert!(bucket.get_object("cold").send().is_err());
        let started = bucket.restore_object("cold", 1).tier(RestoreTier::Expedited).send().unwrap();
        assert!(!started.is_extended());
    }
}

#[test]
fn parallel_file_systems() {
    let emulator = Emulator::start();
    let client = bucket(&emulator, Signature::Obs).client().clone();
    let files = client.bucket("files");
    files.create_bucket().parallel_file_system().send().unwrap();
    files.put_content("dir/old.txt", "0123456789").send().unwrap();
    emulator.faults().add(Rule::new(Action::DropAnswer).operation("RenameFile").times(1));
    files.rename_file("dir/old.txt", "dir/new.txt").send().unwrap();
    files.modify_file("dir/new.txt", 3, "abc").send().unwrap();
    files.truncate_file("dir/new.txt", 8).send().unwrap();
    assert_eq!(files.get_object("dir/new.txt").send().unwrap().text().unwrap(), "012abc67");
    let labels = AccessLabel::new(["role_1", "role_2"]);
    files.set_access_label("dir/", labels.clone()).send().unwrap();
    assert_eq!(*files.get_access_label("dir/").send().unwrap(), labels);
    files.delete_access_label("dir/").send().unwrap();
}

#[test]
fn downloads_go_on_where_they_broke_off() {
    const LEN: usize = 3_000_000;
    for signature in SIGNATURES {
        let emulator = Emulator::start();
        let bucket = bucket(&emulator, signature);
        let content = bytes(LEN);
        bucket.put_content("big.bin", content.clone()).send().unwrap();
        for fault in [Action::ResetResponse(700_000), Action::CloseResponse(700_000)] {
            emulator.clear();
            emulator.faults().add(Rule::new(fault).operation("GetObject").times(3));
            let seen = Arc::<Mutex<Vec<u64>>>::default();
            let writer = seen.clone();
            let listener = move |p: &Progress| writer.lock().unwrap().push(p.transferred);
            let read = bucket.get_object("big.bin").progress(listener).send().unwrap().bytes().unwrap();
            assert!(read == content, "{} bytes of {LEN}", read.len());
            assert_eq!(emulator.operation_count("GetObject"), 4);
            let seen = seen.lock().unwrap();
            assert!(seen.windows(2).all(|pair| pair[0] < pair[1]));
            assert_eq!(seen.last(), Some(&(LEN as u64)));
        }
    }
}

#[test]
fn a_download_never_mixes_two_objects() {
    let emulator = Emulator::start();
    let bucket = bucket(&emulator, Signature::Obs);
    bucket.put_content("k", bytes(3_000_000)).send().unwrap();
    emulator.faults().add(Rule::new(Action::ResetResponse(700_000)).operation("GetObject").times(1));
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("target");
    let mut object = bucket.get_object("k").send().unwrap();
    bucket.put_content("k", "another one").send().unwrap();
    let error = object.save(&target).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left");
}

#[test]
fn damage_on_the_way_is_found() {
    let emulator = Emulator::start();
    let bucket = bucket(&emulator, Signature::Obs);
    bucket.put_content("k", bytes(10_000)).send().unwrap();
    emulator
        .faults()
        .add(Rule::new(Action::FlipResponse { offset: 5000, mask: 4 }).operation("GetObject").times(1));
    let error = bucket.get_object("k").send().unwrap().bytes().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity);
    emulator
        .faults()
        .add(Rule::new(Action::FlipRequest { offset: 5000, mask: 4 }).operation("PutObject").times(2));
    let error = bucket.put_content("k", bytes(10_000)).send().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity);
    let error = bucket.put_content("k", bytes(10_000)).attach_md5().send().unwrap_err();
    assert_eq!(error.code(), Some("BadDigest"));
}

#[test]
fn uploads_of_all_kinds() {
    let emulator = Emulator::start();
    let bucket = bucket(&emulator, Signature::Obs);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("photo.jpg");
    std::fs::write(&path, bytes(1000)).unwrap();
    bucket.put_file("", &path).content_length(5000).send().unwrap();
    let metadata = bucket.get_object_metadata("photo.jpg").send().unwrap();
    assert_eq!((metadata.content_length, metadata.content_type.as_deref()), (Some(1000), Some("image/jpeg")));
    bucket.put_file("cut", &path).content_length(100).send().unwrap();
    assert_eq!(bucket.get_object("cut").send().unwrap().bytes().unwrap(), bytes(1000)[..100]);
    bucket.put_content("parent_directory/", ()).send().unwrap();
    bucket.put_content("stream", Content::reader(std::io::Cursor::new(bytes(100_000)))).send().unwrap();
    assert_eq!(bucket.get_object("stream").send().unwrap().bytes().unwrap(), bytes(100_000));
    // What is too large is refused before a byte is sent, without reading it.
    let sparse = std::fs::File::create(&path).unwrap();
    sparse.set_len((5 << 30) + 1).unwrap();
    emulator.clear();
    let error = bucket.put_file("k", &path).send().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("more than the 5 GB"), "{error}");
    assert!(emulator.requests().is_empty());
    // Retention needs object lock.
    let soon = SystemTime::now() + Duration::from_secs(86_400);
    assert!(bucket.put_object_retention("cut", "COMPLIANCE", soon).send().is_err());
}
