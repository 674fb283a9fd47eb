use super::*;

fn versioned(status: &str, store: &Store) {
    let body = format!("<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>");
    Ask::new("PUT", "b?versioning").body(body).send(store).expect(200);
}

fn put(store: &Store, body: &str) -> Option<String> {
    let put = Ask::new("PUT", "b/k").body(body).send(store).expect(200);
    put.header("x-obs-version-id").map(str::to_owned)
}

#[test]
fn versions_are_kept_marked_and_removed() {
    let store = store();
    assert_eq!(put(&store, "null version"), None);
    versioned("Enabled", &store);
    let first = put(&store, "one").unwrap();
    let second = put(&store, "two").unwrap();
    assert_eq!(Ask::new("GET", "b/k").send(&store).expect(200).text(), "two");
    assert_eq!(Ask::new("GET", &format!("b/k?versionId={first}")).send(&store).expect(200).text(), "one");
    assert_eq!(Ask::new("GET", "b/k?versionId=null").send(&store).expect(200).text(), "null version");
    Ask::new("GET", "b/k?versionId=wrong").send(&store).fails(404, "NoSuchVersion");

    let deleted = Ask::new("DELETE", "b/k").send(&store).expect(204);
    assert_eq!(deleted.header("x-obs-delete-marker"), Some("true"));
    let marker = deleted.header("x-obs-version-id").unwrap().to_owned();
    let gone = Ask::new("GET", "b/k").send(&store).fails(404, "NoSuchKey");
    assert_eq!(gone.header("x-obs-delete-marker"), Some("true"));
    Ask::new("GET", &format!("b/k?versionId={marker}")).send(&store).fails(405, "MethodNotAllowed");
    assert!(Ask::new("GET", "b").send(&store).every("Contents").is_empty());
    Ask::new("DELETE", "b").send(&store).fails(409, "BucketNotEmpty");

    let listed = Ask::new("GET", "b?versions").send(&store).expect(200);
    assert_eq!(listed.every("VersionId"), [&*marker, &*second, &*first, "null"]);
    assert_eq!(listed.every("IsLatest"), ["true", "false", "false", "false"]);
    assert_eq!(listed.every("DeleteMarker").len(), 1);

    let undone = Ask::new("DELETE", &format!("b/k?versionId={marker}")).send(&store).expect(204);
    assert_eq!(undone.header("x-obs-delete-marker"), Some("true"));
    assert_eq!(Ask::new("GET", "b/k").send(&store).expect(200).text(), "two");
}

#[test]
fn suspended_versioning_replaces_the_null_version_only() {
    let store = store();
    versioned("Enabled", &store);
    let first = put(&store, "one").unwrap();
    versioned("Suspended", &store);
    assert_eq!(put(&store, "two").as_deref(), Some("null"));
    assert_eq!(put(&store, "three").as_deref(), Some("null"));
    assert_eq!(Ask::new("GET", "b?versions").send(&store).every("VersionId"), ["null", &*first]);
    let deleted = Ask::new("DELETE", "b/k").send(&store).expect(204);
    assert_eq!(deleted.header("x-obs-version-id"), Some("null"));
    assert_eq!(Ask::new("GET", "b?versions").send(&store).every("DeleteMarker").len(), 1);
    assert_eq!(Ask::new("GET", &format!("b/k?versionId={first}")).send(&store).expect(200).text(), "one");
}

#[test]
fn version_listings_page_within_a_key() {
    let store = store();
    versioned("Enabled", &store);
    for key in ["a", "b/1", "b/2", "c"] {
        for body in ["1", "2", "3"] {
            Ask::new("PUT", &format!("b/{key}")).body(body).send(&store).expect(200);
        }
    }
    let all = Ask::new("GET", "b?versions").send(&store).expect(200).every("VersionId");
    assert_eq!(all.len(), 12);
    for limit in 1..13 {
        let (mut seen, mut markers) = (Vec::new(), String::new());
        loop {
            let page =
                Ask::new("GET", &format!("b?versions&max-keys={limit}{markers}")).send(&store).expect(200);
            seen.extend(page.every("VersionId"));
            if page.between("IsTruncated") == "false" {
                break;
            }
            markers = format!(
                "&key-marker={}&version-id-marker={}",
                page.between("NextKeyMarker"),
                page.between("NextVersionIdMarker")
            );
        }
        assert_eq!(seen, all, "pages of {limit}");
    }
    let grouped = Ask::new("GET", "b?versions&delimiter=/&prefix=b").send(&store).expect(200);
    assert_eq!(
        (grouped.every("Version").len(), grouped.every("Prefix")),
        (0, vec!["b".to_owned(), "b/".to_owned()])
    );
}

#[test]
fn locked_versions_stay() {
    let store = store();
    let lock = "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>";
    Ask::new("PUT", "b/before").body("x").send(&store).expect(200);
    let retain = |until: u64| {
        let body = format!(
            "<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>{until}</RetainUntilDate></Retention>"
        );
        Ask::new("PUT", "b/before?retention").body(body).send(&store)
    };
    let millis = now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64;
    retain(millis + 10_000).fails(400, "InvalidRequest");
    Ask::new("PUT", "b?object-lock").document(lock).send(&store).expect(200);
    retain(millis + 10_000).expect(200);
    retain(millis + 5_000).fails(403, "AccessDenied");
    Ask::new("DELETE", "b/before").send(&store).fails(403, "AccessDenied");
    Ask::new("DELETE", "b/before").later(11).send(&store).expect(204);

    versioned("Enabled", &store);
    let id = put(&store, "locked").unwrap();
    Ask::new("DELETE", "b/k").send(&store).expect(204);
    Ask::new("DELETE", &format!("b/k?versionId={id}")).send(&store).fails(403, "AccessDenied");
    let head = Ask::new("HEAD", &format!("b/k?versionId={id}")).send(&store).expect(200);
    assert_eq!(head.header("x-obs-object-lock-retain-until-date"), Some("2026-01-03T03:04:05.000Z"));
    Ask::new("DELETE", &format!("b/k?versionId={id}")).later(86_401).send(&store).expect(204);
}
