//! Every operation of the SDK once, with what it needs to succeed: for the tests that hold for all of them.

use std::fmt::Debug;
use std::time::{Duration, SystemTime};

use obs_core::multipart::CompletedPart;
use obs_core::object::RestoreTier;
use obs_core::settings::compress_policy::CompressRule;
use obs_core::settings::cors::CorsRule;
use obs_core::settings::dis_policy::DisRule;
use obs_core::settings::lifecycle::{Expiration, Rule};
use obs_core::settings::notification::EventRule;
use obs_core::settings::object_lock::{RetentionMode, RetentionPeriod};
use obs_core::settings::replication::ReplicationRule;
use obs_core::settings::website::Pages;
use obs_core::settings::{
    BucketEncryption, Cors, DisPolicy, FetchPolicy, InventoryConfiguration, Lifecycle, Logging, Notification,
    ObjectLock, ObsCompressPolicy, PublicAccessBlock, Replication, VersioningStatus, Website,
};
use obs_core::{
    AccessControlList, BucketClient, CannedAcl, CopySource, Grant, Grantee, Operation, Permission, Request,
    StorageClass,
};
use obs_emulator::Emulator;

use crate::source::operations;

/// What is done with each operation.
pub trait Visitor {
    /// `before` brings about what the operation needs beyond a bucket with the object `key`, and gives an id that `make` takes: of
    /// an upload, for instance. `make` may be called again and again.
    fn visit<O: Operation + Debug>(
        &mut self,
        name: &'static str,
        before: impl Fn(&BucketClient) -> obs_core::Result<String>,
        make: impl Fn(&BucketClient, &str) -> Request<O>,
    );
}

/// Writes a call of the visitor for each operation. `b` is the bucket, `id` what the preparation gave: `=> after` names what must have
/// been done, `=> with` what gives an id.
macro_rules! operations {
    (|$visitor:ident, $b:ident, $id:ident| $($name:ident: $make:expr $(=> $how:ident $before:expr)?;)*) => {
        $(
            #[allow(unused_variables, reason = "few operations need an id")]
            $visitor.visit(
                stringify!($name),
                |$b| operations!(@before $($how $before)?),
                |$b, $id| $make,
            );
        )*
    };
    (@before) => { Ok(String::new()) };
    (@before after $before:expr) => {{
        $before?;
        Ok(String::new())
    }};
    (@before with $id:expr) => { Ok($id) };
}

const ORIGIN: &str = "http://www.example.com";
const RAW_POLICY: &str = r#"{"Statement":[{"Sid":"s","Effect":"Deny","Principal":{"ID":["*"]},"Action":["DeleteBucket"],"Resource":["*"]}]}"#;
const MIRROR: &str = r#"{"rules":[{"id":"r","condition":{"httpErrorCodeReturnedEquals":"404","objectKeyPrefixEquals":"p"},"redirect":{"agency":"a","publicSource":{"sourceEndpoint":{"master":["http://127.0.0.1"]}}}}]}"#;
/// The ETag of `part`.
const PART_ETAG: &str = "\"f4c9385f1902f7334b00b9b4ecd164de\"";

/// Another bucket of the same client.
fn other(bucket: &BucketClient, name: &str) -> BucketClient {
    bucket.client().bucket(format!("{}-{name}", bucket.name()))
}

fn domain(bucket: &BucketClient) -> String {
    format!("{}.example.com", bucket.name())
}

fn inventory(bucket: &BucketClient) -> InventoryConfiguration {
    InventoryConfiguration::new("i1", bucket.name(), "Daily")
}

fn cors() -> Cors {
    Cors::new([CorsRule::new(["GET", "PUT"], [ORIGIN])])
}

fn owner_only() -> AccessControlList {
    AccessControlList::new(Emulator::ACCOUNT_ID)
        .grant(Grant::new(Grantee::user(Emulator::ACCOUNT_ID), Permission::FullControl))
}

fn lifecycle() -> Lifecycle {
    Lifecycle::new([Rule::new("p/").id("r").expiration(Expiration::after_days(1))])
}

fn website() -> Website {
    Pages::new().index_document("index.html").into()
}

fn replicate(bucket: &BucketClient) -> Replication {
    Replication::new("a", [ReplicationRule::new(bucket.name()).id("r").prefix("p")])
}

fn compress() -> ObsCompressPolicy {
    ObsCompressPolicy::new([CompressRule::new("r", "p", "a", ["ObjectCreated:*"])])
}

fn dis() -> DisPolicy {
    DisPolicy::new([DisRule::new("r", "s", "p", "a", ["ObjectCreated:*"])])
}

fn upload(bucket: &BucketClient) -> obs_core::Result<String> {
    Ok(bucket.initiate_multipart_upload("parts").send()?.into_inner().upload_id)
}

fn upload_with_part(bucket: &BucketClient) -> obs_core::Result<String> {
    let id = upload(bucket)?;
    bucket.upload_part("parts", &id, 1, "part").send()?;
    Ok(id)
}

fn file_system(bucket: &BucketClient) -> obs_core::Result<BucketClient> {
    let files = other(bucket, "files");
    files.create_bucket().parallel_file_system().send()?;
    files.put_content("d/f.txt", "hello").send()?;
    Ok(files)
}

fn alias(bucket: &BucketClient) -> obs_core::Result<BucketClient> {
    let (alias, second) = (other(bucket, "alias"), other(bucket, "second"));
    second.create_bucket().send()?;
    alias.create_bucket_alias(bucket.name(), second.name()).send()?;
    Ok(alias)
}

fn bound(bucket: &BucketClient) -> obs_core::Result<()> {
    let alias = alias(bucket)?;
    bucket.bind_bucket_alias(alias.name()).send()?;
    Ok(())
}

fn labelled(bucket: &BucketClient) -> obs_core::Result<()> {
    file_system(bucket)?.set_access_label("d/", ["role"]).send()?;
    Ok(())
}

/// An object in a bucket with object lock.
fn held(bucket: &BucketClient) -> obs_core::Result<()> {
    bucket.set_bucket_object_lock(ObjectLock::enabled()).send()?;
    bucket.put_content("held", "x").send()?;
    Ok(())
}

fn fetch_job(bucket: &BucketClient) -> obs_core::Result<String> {
    bucket.set_bucket_fetch_policy(FetchPolicy::new("open", "a")).send()?;
    Ok(bucket.set_bucket_fetch_job("http://127.0.0.1/a.txt").send()?.into_inner().id)
}

fn in_an_hour() -> SystemTime {
    SystemTime::now() + Duration::from_secs(3600)
}

/// Shows every operation to the visitor.
pub fn every_operation(visitor: &mut impl Visitor) {
    let days = RetentionPeriod::Days(1);
    operations! { |visitor, b, id|
        list_buckets: b.client().list_buckets();
        create_bucket: other(b, "new").create_bucket().location("cn-north-4");
        head_bucket: b.head_bucket();
        delete_bucket: other(b, "new").delete_bucket() => after other(b, "new").create_bucket().send();
        get_bucket_metadata: b.get_bucket_metadata();
        get_bucket_location: b.get_bucket_location();
        get_bucket_storage_info: b.get_bucket_storage_info();
        get_bucket_policy_public_status: b.get_bucket_policy_public_status() => after b.set_bucket_policy(RAW_POLICY).send();
        get_bucket_public_status: b.get_bucket_public_status();
        options_bucket: b.options_bucket(ORIGIN).request_method("GET") => after b.set_bucket_cors(cors()).send();

        get_bucket_lifecycle: b.get_bucket_lifecycle() => after b.set_bucket_lifecycle(lifecycle()).send();
        set_bucket_lifecycle: b.set_bucket_lifecycle(lifecycle());
        delete_bucket_lifecycle: b.delete_bucket_lifecycle() => after b.set_bucket_lifecycle(lifecycle()).send();
        get_bucket_acl: b.get_bucket_acl();
        set_bucket_acl: b.set_bucket_acl(owner_only());
        get_bucket_policy: b.get_bucket_policy() => after b.set_bucket_policy(RAW_POLICY).send();
        set_bucket_policy: b.set_bucket_policy(RAW_POLICY);
        delete_bucket_policy: b.delete_bucket_policy() => after b.set_bucket_policy(RAW_POLICY).send();
        get_bucket_versioning: b.get_bucket_versioning();
        set_bucket_versioning: b.set_bucket_versioning(VersioningStatus::Enabled);
        get_bucket_storage_policy: b.get_bucket_storage_policy();
        set_bucket_storage_policy: b.set_bucket_storage_policy(StorageClass::Warm);
        get_bucket_quota: b.get_bucket_quota();
        set_bucket_quota: b.set_bucket_quota(1 << 40);
        get_bucket_cors: b.get_bucket_cors() => after b.set_bucket_cors(cors()).send();
        set_bucket_cors: b.set_bucket_cors(cors());
        delete_bucket_cors: b.delete_bucket_cors() => after b.set_bucket_cors(cors()).send();
        get_bucket_logging: b.get_bucket_logging();
        set_bucket_logging: b.set_bucket_logging(Logging::to(b.name(), "log/").agency("a"));
        get_bucket_website: b.get_bucket_website() => after b.set_bucket_website(website()).send();
        set_bucket_website: b.set_bucket_website(website());
        delete_bucket_website: b.delete_bucket_website() => after b.set_bucket_website(website()).send();
        get_bucket_tagging: b.get_bucket_tagging() => after b.set_bucket_tagging([("k", "v")]).send();
        set_bucket_tagging: b.set_bucket_tagging([("k", "v")]);
        delete_bucket_tagging: b.delete_bucket_tagging() => after b.set_bucket_tagging([("k", "v")]).send();
        get_bucket_notification: b.get_bucket_notification();
        set_bucket_notification: b.set_bucket_notification(Notification::off().topic(EventRule::new("urn:t", ["ObjectCreated:*"]).id("t")));
        get_bucket_encryption: b.get_bucket_encryption() => after b.set_bucket_encryption(BucketEncryption::kms()).send();
        set_bucket_encryption: b.set_bucket_encryption(BucketEncryption::kms());
        delete_bucket_encryption: b.delete_bucket_encryption() => after b.set_bucket_encryption(BucketEncryption::kms()).send();
        get_bucket_replication: b.get_bucket_replication() => after b.set_bucket_replication(replicate(b)).send();
        set_bucket_replication: b.set_bucket_replication(replicate(b));
        delete_bucket_replication: b.delete_bucket_replication() => after b.set_bucket_replication(replicate(b)).send();
        get_bucket_request_payment: b.get_bucket_request_payment();
        set_bucket_request_payment: b.set_bucket_request_payment("Requester");
        get_bucket_public_access_block: b.get_bucket_public_access_block() => after b.put_bucket_public_access_block(PublicAccessBlock::all()).send();
        put_bucket_public_access_block: b.put_bucket_public_access_block(PublicAccessBlock::all());
        delete_bucket_public_access_block: b.delete_bucket_public_access_block() => after b.put_bucket_public_access_block(PublicAccessBlock::all()).send();
        get_bucket_object_lock: b.get_bucket_object_lock() => after b.set_bucket_object_lock(ObjectLock::enabled()).send();
        set_bucket_object_lock: b.set_bucket_object_lock(ObjectLock::with_default(RetentionMode::Compliance, days));
        get_bucket_direct_cold_access: b.get_bucket_direct_cold_access() => after b.set_bucket_direct_cold_access("Enabled").send();
        set_bucket_direct_cold_access: b.set_bucket_direct_cold_access("Enabled");
        delete_bucket_direct_cold_access: b.delete_bucket_direct_cold_access() => after b.set_bucket_direct_cold_access("Enabled").send();
        get_obs_compress_policy: b.get_obs_compress_policy() => after b.set_obs_compress_policy(compress()).send();
        set_obs_compress_policy: b.set_obs_compress_policy(compress());
        delete_obs_compress_policy: b.delete_obs_compress_policy() => after b.set_obs_compress_policy(compress()).send();
        get_bucket_dis_policy: b.get_bucket_dis_policy() => after b.set_bucket_dis_policy(dis()).send();
        set_bucket_dis_policy: b.set_bucket_dis_policy(dis());
        delete_bucket_dis_policy: b.delete_bucket_dis_policy() => after b.set_bucket_dis_policy(dis()).send();
        get_bucket_mirror_back_to_source: b.get_bucket_mirror_back_to_source() => after b.set_bucket_mirror_back_to_source(MIRROR).send();
        set_bucket_mirror_back_to_source: b.set_bucket_mirror_back_to_source(MIRROR);
        delete_bucket_mirror_back_to_source: b.delete_bucket_mirror_back_to_source();
        get_bucket_fetch_policy: b.get_bucket_fetch_policy() => after b.set_bucket_fetch_policy(FetchPolicy::new("open", "a")).send();
        set_bucket_fetch_policy: b.set_bucket_fetch_policy(FetchPolicy::new("open", "a"));
        delete_bucket_fetch_policy: b.delete_bucket_fetch_policy() => after b.set_bucket_fetch_policy(FetchPolicy::new("open", "a")).send();
        set_bucket_fetch_job: b.set_bucket_fetch_job("http://127.0.0.1/a.txt") => after b.set_bucket_fetch_policy(FetchPolicy::new("open", "a")).send();
        get_bucket_fetch_job: b.get_bucket_fetch_job(id) => with fetch_job(b)?;
        put_bucket_inventory: b.put_bucket_inventory(inventory(b));
        get_bucket_inventory: b.get_bucket_inventory("i1") => after b.put_bucket_inventory(inventory(b)).send();
        list_bucket_inventory: b.list_bucket_inventory() => after b.put_bucket_inventory(inventory(b)).send();
        delete_bucket_inventory: b.delete_bucket_inventory("i1") => after b.put_bucket_inventory(inventory(b)).send();
        get_bucket_custom_domain: b.get_bucket_custom_domain() => after b.set_bucket_custom_domain(domain(b)).send();
        set_bucket_custom_domain: b.set_bucket_custom_domain(domain(b));
        delete_bucket_custom_domain: b.delete_bucket_custom_domain(domain(b)) => after b.set_bucket_custom_domain(domain(b)).send();
        create_bucket_alias: other(b, "alias").create_bucket_alias(b.name(), other(b, "second").name()) => after other(b, "second").create_bucket().send();
        delete_bucket_alias: other(b, "alias").delete_bucket_alias() => after alias(b);
        bind_bucket_alias: b.bind_bucket_alias(other(b, "alias").name()) => after alias(b);
        unbind_bucket_alias: b.unbind_bucket_alias() => after bound(b);
        get_bucket_alias: b.get_bucket_alias() => after bound(b);
        list_bucket_alias: b.client().list_bucket_alias() => after bound(b);

        put_content: b.put_content("new", "text").content_type("text/x").metadata("name", "值");
        put_object: b.put_object("new", b"bytes".to_vec()).acl(CannedAcl::Private);
        put_file: b.put_file("new", concat!(env!("CARGO_MANIFEST_DIR"), "/every_operation.rs"));
        get_object: b.get_object("key").range(0..2);
        get_object_metadata: b.get_object_metadata("key");
        head_object: b.head_object("key");
        delete_object: b.delete_object("key");
        append_object: b.append_object("log", 0, "text");
        copy_object: b.copy_object("copy", CopySource::new(b.name(), "key"));
        delete_objects: b.delete_objects(["key", "a b+c"]);
        restore_object: b.restore_object("cold", 1).tier(RestoreTier::Expedited) => after b.put_content("cold", "ice").storage_class(StorageClass::Cold).send();
        put_object_retention: b.put_object_retention("held", "COMPLIANCE", in_an_hour()) => after held(b);
        set_object_metadata: b.set_object_metadata("key").metadata("a", "b").content_type("text/y");
        get_object_acl: b.get_object_acl("key");
        set_object_acl: b.set_object_acl("key", owner_only());
        get_object_tagging: b.get_object_tagging("key") => after b.set_object_tagging("key", [("k", "v")]).send();
        set_object_tagging: b.set_object_tagging("key", [("k", "v")]);
        delete_object_tagging: b.delete_object_tagging("key") => after b.set_object_tagging("key", [("k", "v")]).send();
        options_object: b.options_object("key", ORIGIN).request_method("GET") => after b.set_bucket_cors(cors()).send();
        list_objects: b.list_objects().prefix("k").max_keys(10);
        list_versions: b.list_versions().prefix("k");
        rename_file: other(b, "files").rename_file("d/f.txt", "d/g.txt") => after file_system(b);
        truncate_file: other(b, "files").truncate_file("d/f.txt", 2) => after file_system(b);
        modify_file: other(b, "files").modify_file("d/f.txt", 1, "E") => after file_system(b);
        get_access_label: other(b, "files").get_access_label("d/") => after labelled(b);
        set_access_label: other(b, "files").set_access_label("d/", ["role"]) => after file_system(b);
        delete_access_label: other(b, "files").delete_access_label("d/") => after labelled(b);

        initiate_multipart_upload: b.initiate_multipart_upload("parts");
        upload_part: b.upload_part("parts", id, 1, "part") => with upload(b)?;
        copy_part: b.copy_part("parts", id, 1, CopySource::new(b.name(), "key")) => with upload(b)?;
        complete_multipart_upload: b.complete_multipart_upload("parts", id, [CompletedPart::new(1, PART_ETAG)]) => with upload_with_part(b)?;
        abort_multipart_upload: b.abort_multipart_upload("parts", id) => with upload(b)?;
        list_parts: b.list_parts("parts", id) => with upload_with_part(b)?;
        list_multipart_uploads: b.list_multipart_uploads() => after upload(b);
    }
}

/// The names of the methods that [`obs_core`]'s table of operations writes.
pub fn names_in_the_table() -> Vec<String> {
    operations().into_iter().map(|method| method.name).collect()
}
