use super::*;

/// Documents as clients send them, and what a client of the other protocol gets.
const DOCUMENTS: &[(&str, &str)] = &[
    (
        "lifecycle",
        "<LifecycleConfiguration><Rule><ID>r</ID><Prefix>p/</Prefix><Status>Enabled</Status><Transition><Days>30</Days><StorageClass>WARM</StorageClass></Transition><Expiration><Date>2030-01-01T00:00:00.000Z</Date></Expiration></Rule></LifecycleConfiguration>",
    ),
    (
        "cors",
        "<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule></CORSConfiguration>",
    ),
    (
        "logging",
        "<BucketLoggingStatus><Agency>a</Agency><LoggingEnabled><TargetBucket>b</TargetBucket><TargetPrefix>l/</TargetPrefix></LoggingEnabled></BucketLoggingStatus>",
    ),
    (
        "website",
        "<WebsiteConfiguration><IndexDocument><Suffix>i.html</Suffix></IndexDocument></WebsiteConfiguration>",
    ),
    ("tagging", "<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>"),
    (
        "notification",
        "<NotificationConfiguration><TopicConfiguration><Id>1</Id><Filter><Object><FilterRule><Name>prefix</Name><Value>p</Value></FilterRule></Object></Filter><Topic>urn</Topic><Event>ObjectCreated:*</Event></TopicConfiguration></NotificationConfiguration>",
    ),
    (
        "encryption",
        "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>kms</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>",
    ),
    ("requestPayment", "<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>"),
    (
        "directcoldaccess",
        "<DirectColdAccessConfiguration><Status>Enabled</Status></DirectColdAccessConfiguration>",
    ),
    ("quota", "<Quota><StorageQuota>1000</StorageQuota></Quota>"),
    (
        "replication",
        "<ReplicationConfiguration><Agency>a</Agency><Rule><Prefix>p</Prefix><Status>Enabled</Status><Destination><Bucket>d</Bucket></Destination></Rule></ReplicationConfiguration>",
    ),
];

#[test]
fn documents_come_back_as_they_were_set() {
    let store = store();
    for (sub, document) in DOCUMENTS {
        let target = format!("b?{sub}");
        let status = Ask::new("PUT", &target).document(document).send(&store).0.status;
        assert!(matches!(status, 200 | 204), "{sub}: {status}");
        let got = Ask::new("GET", &target).send(&store).expect(200).text();
        let without_namespace = got.replace(" xmlns=\"http://obs.myhwclouds.com/doc/2015-06-30/\"", "");
        assert!(without_namespace.ends_with(document), "{sub}: {got}");
        let broken = document.replacen("><", "><Strange/><", 1);
        let refused = Ask::new("PUT", &target).document(&broken).send(&store).expect(400);
        assert!(refused.between("Code").starts_with("Malformed"), "{sub}: {}", refused.text());
    }
    let amz = Ask::new("GET", "b?lifecycle").amz().send(&store).expect(200).text();
    assert!(amz.contains("<StorageClass>STANDARD_IA</StorageClass>"), "{amz}");
    let amz = Ask::new("GET", "b?notification").amz().send(&store).expect(200).text();
    assert!(amz.contains("<S3Key>") && amz.contains("s3:ObjectCreated:*"), "{amz}");
}

#[test]
fn what_was_never_set_or_is_deleted_is_missing() {
    let store = store();
    for (sub, code) in [
        ("lifecycle", "NoSuchLifecycleConfiguration"),
        ("cors", "NoSuchCORSConfiguration"),
        ("website", "NoSuchWebsiteConfiguration"),
        ("tagging", "NoSuchTagSet"),
        ("encryption", "NoSuchEncryptionConfiguration"),
        ("replication", "ReplicationConfigurationNotFoundError"),
    ] {
        let target = format!("b?{sub}");
        Ask::new("GET", &target).send(&store).fails(404, code);
        let document = DOCUMENTS.iter().find(|(name, _)| *name == sub).unwrap().1;
        let put = Ask::new("PUT", &target).document(document).send(&store).0.status;
        assert!(put < 300, "{sub}: {put}");
        Ask::new("DELETE", &target).send(&store).expect(204);
        Ask::new("GET", &target).send(&store).fails(404, code);
    }
    assert_eq!(Ask::new("GET", "b?versioning").send(&store).expect(200).every("Status").len(), 0);
    assert_eq!(Ask::new("GET", "b?quota").send(&store).expect(200).between("StorageQuota"), "0");
    assert_eq!(Ask::new("GET", "b?requestPayment").send(&store).expect(200).between("Payer"), "BucketOwner");
    Ask::new("DELETE", "b?quota").send(&store).fails(405, "MethodNotAllowed");
    Ask::new("PUT", "b?lifecycle").body(DOCUMENTS[0].1).send(&store).fails(400, "MissingRequiredHeader");
    Ask::new("PUT", "b?lifecycle").document("<Wrong/>").send(&store).fails(400, "MalformedXML");
}

#[test]
fn quota_counts_objects_and_parts() {
    let store = store();
    Ask::new("PUT", "b?quota")
        .body("<Quota><StorageQuota>10</StorageQuota></Quota>")
        .send(&store)
        .expect(200);
    Ask::new("PUT", "b/a").body("123456").send(&store).expect(200);
    Ask::new("PUT", "b/b").body("12345").send(&store).fails(403, "InsufficientStorageSpace");
    Ask::new("PUT", "b/b").body("1234").send(&store).expect(200);
    let info = Ask::new("GET", "b?storageinfo").send(&store).expect(200);
    assert_eq!((info.between("Size"), info.between("ObjectNumber")), ("10".to_owned(), "2".to_owned()));
}

#[test]
fn default_encryption_and_class_apply() {
    let store = store();
    let kms = DOCUMENTS.iter().find(|(name, _)| *name == "encryption").unwrap().1;
    Ask::new("PUT", "b?encryption").body(kms).send(&store).expect(200);
    Ask::new("PUT", "b?storageClass").body("<StorageClass>WARM</StorageClass>").send(&store).expect(200);
    let put = Ask::new("PUT", "b/k").body("x").send(&store).expect(200);
    assert_eq!(put.header("x-obs-server-side-encryption"), Some("kms"));
    assert_eq!(put.header("x-obs-storage-class"), Some("WARM"));
    let amz = Ask::new("GET", "b?storagePolicy").amz().send(&store).expect(200);
    assert_eq!(amz.between("DefaultStorageClass"), "STANDARD_IA");
}

#[test]
fn inventories_are_kept_by_id() {
    let store = store();
    let document = |id: &str| {
        format!(
            "<InventoryConfiguration><Id>{id}</Id><IsEnabled>true</IsEnabled><Destination><Format>CSV</Format><Bucket>d</Bucket></Destination><Schedule><Frequency>Daily</Frequency></Schedule><IncludedObjectVersions>All</IncludedObjectVersions></InventoryConfiguration>"
        )
    };
    for id in ["one", "two"] {
        Ask::new("PUT", &format!("b?inventory&id={id}")).document(&document(id)).send(&store).expect(200);
    }
    Ask::new("PUT", "b?inventory&id=three")
        .document(&document("four"))
        .send(&store)
        .fails(400, "MalformedXML");
    assert_eq!(Ask::new("GET", "b?inventory").send(&store).expect(200).every("Id"), ["one", "two"]);
    assert_eq!(Ask::new("GET", "b?inventory&id=two").send(&store).expect(200).between("Id"), "two");
    Ask::new("DELETE", "b?inventory&id=one").send(&store).expect(204);
    Ask::new("GET", "b?inventory&id=one").send(&store).fails(404, "NoSuchInventoryConfiguration");
}

#[test]
fn object_tags_domains_aliases_and_jobs() {
    let store = store();
    Ask::new("PUT", "b/k").body("x").send(&store).expect(200);
    let tags = DOCUMENTS.iter().find(|(name, _)| *name == "tagging").unwrap().1;
    Ask::new("PUT", "b/k?tagging").document(tags).send(&store).expect(200);
    assert_eq!(Ask::new("GET", "b/k?tagging").send(&store).expect(200).between("Value"), "v");
    assert_eq!(Ask::new("HEAD", "b/k").send(&store).header("x-obs-tagging-count"), Some("1"));
    Ask::new("DELETE", "b/k?tagging").send(&store).expect(204);
    assert!(Ask::new("GET", "b/k?tagging").send(&store).expect(200).every("Tag").is_empty());

    Ask::new("PUT", "b?customdomain=WWW.example.com").send(&store).expect(200);
    assert_eq!(store.bucket_of_domain("www.example.com").as_deref(), Some("b"));
    assert_eq!(
        Ask::new("GET", "b?customdomain").send(&store).expect(200).between("DomainName"),
        "www.example.com"
    );
    Ask::new("PUT", "b?customdomain=nonsense").send(&store).fails(400, "BadDomainName");
    Ask::new("DELETE", "b?customdomain=www.example.com").send(&store).expect(204);
    Ask::new("DELETE", "b?customdomain=www.example.com").send(&store).fails(400, "CustomDomainNotExist");

    let buckets = "<CreateBucketAlias><BucketList><Bucket>b</Bucket></BucketList></CreateBucketAlias>";
    Ask::new("PUT", "alias1?obsbucketalias").body(buckets).send(&store).expect(200);
    Ask::new("PUT", "b?obsalias")
        .body("<AliasList><Alias>alias1</Alias></AliasList>")
        .send(&store)
        .expect(200);
    assert_eq!(Ask::new("GET", "b?obsalias").send(&store).expect(200).between("Alias"), "alias1");
    assert_eq!(Ask::new("GET", "?obsbucketalias").send(&store).expect(200).between("Bucket"), "b");
    assert_eq!(Ask::new("GET", "alias1/k").send(&store).expect(200).text(), "x");
    Ask::new("DELETE", "b?obsalias").send(&store).expect(204);
    Ask::new("GET", "b?obsalias").send(&store).fails(404, "NoSuchBucketAlias");

    let oef = |method: &str, target: &str| Ask::new(method, target).header("x-obs-oef-marker", "yes");
    let job = r#"{"url":"http://example.com/a","bucket":"b"}"#;
    oef("POST", "b/v1/async-fetch/jobs").body(job).send(&store).fails(403, "FetchNotOpen");
    oef("PUT", "b/v1/extension_policy")
        .body(r#"{"fetch":{"status":"open","agency":"a"}}"#)
        .send(&store)
        .expect(200);
    assert!(oef("GET", "b/v1/extension_policy").send(&store).expect(200).text().contains("open"));
    let answer = oef("POST", "b/v1/async-fetch/jobs").body(job).send(&store).expect(200).text();
    let id = serde_json::from_str::<serde_json::Value>(&answer).unwrap()["id"].as_str().unwrap().to_owned();
    assert!(
        oef("GET", &format!("b/v1/async-fetch/jobs/{id}"))
            .send(&store)
            .expect(200)
            .text()
            .contains("example.com")
    );
    oef("DELETE", "b/v1/extension_policy").send(&store).expect(204);
}

#[test]
fn bits_can_be_damaged() {
    let store = store();
    Ask::new("PUT", "b/k").body("abc").send(&store).expect(200);
    let etag = store.objects("b")[0].etag.clone();
    assert!(store.corrupt_object("b", "k", 8));
    assert_eq!(store.object_bytes("b", "k").unwrap().unwrap(), b"acc");
    assert_eq!(store.objects("b")[0].etag, etag);
    assert!(!store.corrupt_object("b", "k", 24));
    assert!(!store.corrupt_object("b", "none", 0));
}

#[test]
fn lifecycle_rules_tell_when_objects_end() {
    let store = store();
    Ask::new("PUT", "b?lifecycle").document(DOCUMENTS[0].1).send(&store).expect(200);
    for (key, header, expected) in [
        ("p/k", None, Some("expiry-date=\"Tue, 01 Jan 2030 00:00:00 GMT\", rule-id=\"r\"")),
        (
            "p/own",
            Some("1"),
            Some("expiry-date=\"Sat, 03 Jan 2026 03:04:05 GMT\", rule-id=\"x-obs-expires\""),
        ),
        ("q/k", None, None),
    ] {
        let put = Ask::new("PUT", &format!("b/{key}"));
        let put = match header {
            Some(days) => put.header("x-obs-expires", days),
            None => put,
        };
        put.body("x").send(&store).expect(200);
        let head = Ask::new("HEAD", &format!("b/{key}")).send(&store).expect(200);
        assert_eq!(head.header("x-obs-expiration"), expected);
    }
}
