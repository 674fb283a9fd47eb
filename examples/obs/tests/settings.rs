//! Every setting of a bucket, there and back: what `get` prints, `set` takes.

#![cfg(unix)]

mod support;

use std::io::Write;
use std::process::Stdio;

use support::{Place, failed, succeeded};

/// The settings, and a document of each. Those whose name is of several say which one it is.
const SETTINGS: [(&str, Option<&str>, &str); 22] = [
    (
        "policy",
        None,
        r#"{"Statement":[{"Sid":"all","Effect":"Allow","Principal":{"ID":["*"]},"Action":["GetObject"],"Resource":["my-bucket/*"]}]}"#,
    ),
    (
        "lifecycle",
        None,
        "<LifecycleConfiguration><Rule><ID>r</ID><Prefix>p/</Prefix><Status>Enabled</Status><Expiration><Days>30</Days></Expiration></Rule></LifecycleConfiguration>",
    ),
    (
        "cors",
        None,
        "<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule></CORSConfiguration>",
    ),
    (
        "website",
        None,
        "<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument></WebsiteConfiguration>",
    ),
    (
        "logging",
        None,
        "<BucketLoggingStatus><Agency>a</Agency><LoggingEnabled><TargetBucket>my-bucket</TargetBucket><TargetPrefix>l/</TargetPrefix></LoggingEnabled></BucketLoggingStatus>",
    ),
    (
        "tagging",
        None,
        "<Tagging><TagSet><Tag><Key>team</Key><Value>blue &amp; green</Value></Tag></TagSet></Tagging>",
    ),
    (
        "notification",
        None,
        "<NotificationConfiguration><TopicConfiguration><Id>1</Id><Filter><Object><FilterRule><Name>prefix</Name><Value>p</Value></FilterRule></Object></Filter><Topic>urn</Topic><Event>ObjectCreated:*</Event></TopicConfiguration></NotificationConfiguration>",
    ),
    ("versioning", None, "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"),
    ("quota", None, "<Quota><StorageQuota>1000000</StorageQuota></Quota>"),
    ("storage-class", None, "<StorageClass>WARM</StorageClass>"),
    (
        "encryption",
        None,
        "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>kms</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>",
    ),
    (
        "replication",
        None,
        "<ReplicationConfiguration><Agency>a</Agency><Rule><Prefix>p</Prefix><Status>Enabled</Status><Destination><Bucket>d</Bucket></Destination></Rule></ReplicationConfiguration>",
    ),
    (
        "inventory",
        Some("daily"),
        "<InventoryConfiguration><Id>daily</Id><IsEnabled>true</IsEnabled><Destination><Format>CSV</Format><Bucket>my-bucket</Bucket><Prefix>inventory/</Prefix></Destination><Schedule><Frequency>Daily</Frequency></Schedule><IncludedObjectVersions>All</IncludedObjectVersions></InventoryConfiguration>",
    ),
    (
        "request-payment",
        None,
        "<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>",
    ),
    (
        "public-access-block",
        None,
        "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>false</IgnorePublicAcls><BlockPublicPolicy>false</BlockPublicPolicy><RestrictPublicBuckets>false</RestrictPublicBuckets></PublicAccessBlockConfiguration>",
    ),
    (
        "object-lock",
        None,
        "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>",
    ),
    (
        "direct-cold-access",
        None,
        "<DirectColdAccessConfiguration><Status>Enabled</Status></DirectColdAccessConfiguration>",
    ),
    (
        "compress-policy",
        None,
        r#"{"rules":[{"id":"1","project":"p","agency":"a","events":["ObjectCreated:Put"],"suffix":".zip","overwrite":0,"decompresspath":"out/"}]}"#,
    ),
    (
        "dis-policy",
        None,
        r#"{"rules":[{"id":"1","stream":"s","project":"p","events":["ObjectCreated:*"],"prefix":"","suffix":"","agency":"a"}]}"#,
    ),
    (
        "mirror-back-to-source",
        None,
        r#"{"rules":[{"id":"1","condition":{"httpErrorCodeReturnedEquals":"404","objectKeyPrefixEquals":"v/"},"redirect":{"agency":"a","publicSource":{"sourceEndpoint":{"master":["http://example.com"],"slave":[]}},"retryConditions":["4XX"],"passQueryString":true,"mirrorFollowRedirect":true,"redirectWithoutReferer":true,"mirrorHttpHeader":{"passAll":true,"pass":[],"remove":[],"set":[]},"mirrorAllowHttpMethod":["HEAD"],"replaceKeyWith":"","replaceKeyPrefixWith":"","vpcEndpointURN":""}}]}"#,
    ),
    ("fetch-policy", None, r#"{"fetch":{"status":"open","agency":"a"}}"#),
    ("custom-domain", Some("www.example.com"), ""),
];

/// Those that are always there, with a default.
const LASTING: [&str; 7] =
    ["logging", "notification", "versioning", "quota", "storage-class", "request-payment", "object-lock"];

/// The program with something to read on its standard input.
fn fed(place: &Place, args: &[&str], input: &str) -> std::process::Output {
    let mut command = place.obs(args);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // What is refused is not read
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

#[test]
fn what_get_prints_set_takes() {
    for (setting, id, document) in SETTINGS {
        let place = Place::new();
        let args = |action: &'static str| -> Vec<&str> {
            let mut args = vec!["bucket", setting, action, "obs://my-bucket"];
            id.iter().for_each(|id| args.extend(["--id", id]));
            args
        };
        let put = |text: &str| {
            let told = succeeded(&fed(&place, &[&args("set")[..], &["-"]].concat(), text));
            assert_eq!(told, format!("{setting} of obs://my-bucket set\n"));
        };
        put(document);
        let got = place.done(&args("get"));
        assert!(!got.trim().is_empty(), "{setting}");
        if setting != "custom-domain" {
            put(&got);
            assert_eq!(place.done(&args("get")), got, "{setting}");
        }
        if LASTING.contains(&setting) {
            place.fails(2, &args("delete"));
        } else {
            place.done(&args("delete"));
            let after = place.obs(&args("get")).output().unwrap();
            assert_ne!(String::from_utf8_lossy(&after.stdout), got, "{setting} is still there");
        }
    }
}

#[test]
fn an_acl_goes_in_as_it_came_out() {
    let place = Place::new();
    let get = ["bucket", "acl", "get", "obs://my-bucket"];
    let before = place.done(&get);
    assert!(before.contains("FULL_CONTROL"), "{before}");
    place.write("acl.xml", &before);
    place.done(&["bucket", "acl", "set", "obs://my-bucket", "acl.xml"]);
    assert_eq!(place.done(&get), before);
}

#[test]
fn what_is_no_document_is_refused() {
    let place = Place::new();
    let set =
        |setting: &str, text: &str| fed(&place, &["bucket", setting, "set", "obs://my-bucket", "-"], text);
    assert!(failed(2, &set("cors", " \n")).contains("standard input is empty"));
    assert!(failed(2, &set("dis-policy", "{")).contains("standard input is no JSON"));
    assert!(failed(1, &set("cors", "<CORSConfiguration>")).contains("MalformedXML"));
    let line = place.fails(1, &["bucket", "cors", "set", "obs://my-bucket", "none.xml"]);
    assert!(line.contains("cannot read none.xml"), "{line}");
    place.fails(2, &["bucket", "cors", "set", "obs://my-bucket", "obs://my-bucket/cors.xml"]);
    place.fails(2, &["bucket", "cors", "get", "obs://my-bucket", "file"]);
    place.fails(2, &["bucket", "quota", "delete", "obs://my-bucket"]);
    place.fails(2, &["bucket", "inventory", "delete", "obs://my-bucket"]);
    place.fails(2, &["bucket", "cors", "get", "obs://my-bucket", "--id", "x"]);
}
