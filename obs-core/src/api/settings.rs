//! Calls about what a bucket does with its objects: the documents that configure it.

use super::bucket_operations;
use crate::setting::{DeleteSetting, GetSetting, SetSetting};
use crate::settings::*;
use crate::types::{AccessControlList, Acl};

bucket_operations! {
    /// Reads the lifecycle rules (OBS: Obtain Bucket Lifecycle Configuration). Without any: [`is_not_found`](crate::Error::is_not_found)
    /// (`NoSuchLifecycleConfiguration`).
    example
    /// # use obs_core::settings::{Lifecycle, lifecycle::{Expiration, Rule}};
    /// # bucket.set_bucket_lifecycle(Lifecycle::new([Rule::new("logs/").expiration(Expiration::after_days(30))])).send()?;
    /// for rule in &bucket.get_bucket_lifecycle().send()?.rules {
    ///     println!("{:?} {:?}", rule.prefix, rule.expiration);
    /// }
    fn get_bucket_lifecycle() -> GetSetting<Lifecycle> = GetSetting::default();

    /// Replaces the lifecycle rules (OBS: Configure Bucket Lifecycle Rules). To add a rule read, push, and set again.
    example
    /// use obs_core::settings::Lifecycle;
    /// use obs_core::settings::lifecycle::{Expiration, Rule};
    ///
    /// let logs = Rule::new("logs/").id("old logs").expiration(Expiration::after_days(30));
    /// bucket.set_bucket_lifecycle(Lifecycle::new([logs])).send()?;
    fn set_bucket_lifecycle(document: Lifecycle) -> SetSetting<Lifecycle> = SetSetting::new(document);

    /// Deletes the lifecycle rules (OBS: Delete Bucket Lifecycle Configuration).
    example
    /// bucket.delete_bucket_lifecycle().send()?;
    /// assert!(bucket.get_bucket_lifecycle().send().unwrap_err().is_not_found());
    fn delete_bucket_lifecycle() -> DeleteSetting<Lifecycle> = DeleteSetting::default();

    /// Reads who may access the bucket (OBS: Obtain Bucket ACL).
    example
    /// let acl = bucket.get_bucket_acl().send()?;
    /// println!("{} owns it, {} have access", acl.owner.id, acl.grants.len());
    fn get_bucket_acl() -> GetSetting<AccessControlList> = GetSetting::default();

    /// Sets who may access the bucket (OBS: Configure Bucket ACL): a [`CannedAcl`](crate::CannedAcl), or an
    /// [`AccessControlList`] with at most 100 grants.
    example
    /// use obs_core::CannedAcl;
    ///
    /// bucket.set_bucket_acl(CannedAcl::PublicRead).send()?;
    fn set_bucket_acl(acl: impl Into<Acl>) -> SetBucketAcl = SetBucketAcl::new(acl);

    /// Reads the bucket policy as JSON (OBS: Obtain Bucket Policy Information). Without one: [`is_not_found`](crate::Error::is_not_found)
    /// (`NoSuchBucketPolicy`).
    example
    /// # let policy = r#"{"Statement":[{"Sid":"read","Effect":"Allow","Principal":{"ID":["*"]},"Action":["GetObject"],"Resource":["my-bucket/public/*"]}]}"#;
    /// # bucket.set_bucket_policy(policy).send()?;
    /// println!("{}", bucket.get_bucket_policy().send()?.json);
    fn get_bucket_policy() -> GetSetting<BucketPolicy> = GetSetting::default();

    /// Replaces the bucket policy (OBS: Configure Bucket Policy), given as JSON of at most 20 KB.
    example
    /// let policy = r#"{"Statement":[{"Sid":"read","Effect":"Allow","Principal":{"ID":["*"]},
    ///     "Action":["GetObject"],"Resource":["my-bucket/public/*"]}]}"#;
    /// bucket.set_bucket_policy(policy).send()?;
    fn set_bucket_policy(json: impl Into<BucketPolicy>) -> SetSetting<BucketPolicy> = SetSetting::new(json.into());

    /// Deletes the bucket policy (OBS: Delete Bucket Policy).
    example
    /// bucket.delete_bucket_policy().send()?;
    /// assert!(bucket.get_bucket_policy().send().unwrap_err().is_not_found());
    fn delete_bucket_policy() -> DeleteSetting<BucketPolicy> = DeleteSetting::default();

    /// Reads whether versions are kept (OBS: Obtain Bucket Versioning Status): no status where that was never set.
    example
    /// assert_eq!(bucket.get_bucket_versioning().send()?.status, None);
    fn get_bucket_versioning() -> GetSetting<Versioning> = GetSetting::default();

    /// Sets whether versions are kept (OBS: Configure Versioning for a Bucket): a [`VersioningStatus`]. Once enabled it can be suspended,
    /// but not undone.
    example
    /// use obs_core::settings::VersioningStatus;
    ///
    /// bucket.set_bucket_versioning(VersioningStatus::Enabled).send()?;
    /// let put = bucket.put_content("hello.txt", "second version").send()?;
    /// assert!(put.version_id.is_some());
    fn set_bucket_versioning(status: impl Into<Versioning>) -> SetSetting<Versioning> = SetSetting::new(status.into());

    /// Reads the default storage class (OBS: Obtain Bucket Storage Class Information).
    example
    /// println!("{}", bucket.get_bucket_storage_policy().send()?.storage_class);
    fn get_bucket_storage_policy() -> GetSetting<StoragePolicy> = GetSetting::default();

    /// Sets the default storage class (OBS: Configure Storage Class for a Bucket): a [`StorageClass`](crate::StorageClass). Objects that are
    /// there keep theirs.
    example
    /// use obs_core::StorageClass;
    ///
    /// bucket.set_bucket_storage_policy(StorageClass::Warm).send()?;
    fn set_bucket_storage_policy(class: impl Into<StoragePolicy>) -> SetSetting<StoragePolicy> = SetSetting::new(class.into());

    /// Reads how many bytes the bucket may hold (OBS: Obtain Bucket Quota); 0: no limit.
    example
    /// match bucket.get_bucket_quota().send()?.storage_quota {
    ///     0 => println!("no limit"),
    ///     bytes => println!("{bytes} bytes"),
    /// }
    fn get_bucket_quota() -> GetSetting<Quota> = GetSetting::default();

    /// Sets how many bytes the bucket may hold (OBS: Change Bucket Quota), at most 2^63 - 1; 0: no limit.
    example
    /// bucket.set_bucket_quota(100 << 30).send()?;
    fn set_bucket_quota(bytes: impl Into<Quota>) -> SetSetting<Quota> = SetSetting::new(bytes.into());

    /// Reads the CORS rules (OBS: Obtain Bucket CORS Configuration). Without any: [`is_not_found`](crate::Error::is_not_found)
    /// (`NoSuchCORSConfiguration`).
    example
    /// # use obs_core::settings::cors::CorsRule;
    /// # bucket.set_bucket_cors([CorsRule::new(["GET", "PUT"], ["https://www.example.com"]).max_age_seconds(600)]).send()?;
    /// for rule in &bucket.get_bucket_cors().send()?.rules {
    ///     println!("{:?} may {:?}", rule.allowed_origins, rule.allowed_methods);
    /// }
    fn get_bucket_cors() -> GetSetting<Cors> = GetSetting::default();

    /// Replaces the CORS rules (OBS: Configure Bucket CORS), at most 100.
    example
    /// use obs_core::settings::cors::CorsRule;
    ///
    /// let rule = CorsRule::new(["GET", "PUT"], ["https://www.example.com"]).max_age_seconds(600);
    /// bucket.set_bucket_cors([rule]).send()?;
    fn set_bucket_cors(rules: impl Into<Cors>) -> SetSetting<Cors> = SetSetting::new(rules.into());

    /// Deletes the CORS rules (OBS: Delete Bucket CORS Configuration).
    example
    /// bucket.delete_bucket_cors().send()?;
    /// assert!(bucket.get_bucket_cors().send().unwrap_err().is_not_found());
    fn delete_bucket_cors() -> DeleteSetting<Cors> = DeleteSetting::default();

    /// Reads where access logs go (OBS: Obtain Bucket Logging Configuration); [`is_on`](Logging::is_on) tells whether they do.
    example
    /// assert!(!bucket.get_bucket_logging().send()?.is_on());
    fn get_bucket_logging() -> GetSetting<Logging> = GetSetting::default();

    /// Sets where access logs go (OBS: Configure Logging for a Bucket): to a bucket of the same region, written by an IAM agency.
    /// [`Logging::off`] ends them.
    example
    /// use obs_core::settings::Logging;
    ///
    /// bucket.set_bucket_logging(Logging::to("my-bucket", "access-logs/").agency("log-writer")).send()?;
    fn set_bucket_logging(document: Logging) -> SetSetting<Logging> = SetSetting::new(document);

    /// Reads the website configuration (OBS: Obtain Static Website Hosting Configuration of a Bucket). Without one:
    /// [`is_not_found`](crate::Error::is_not_found) (`NoSuchWebsiteConfiguration`).
    example
    /// # use obs_core::settings::website::Pages;
    /// # bucket.set_bucket_website(Pages::new().index_document("index.html").error_document("error.html")).send()?;
    /// println!("{:?}", bucket.get_bucket_website().send()?);
    fn get_bucket_website() -> GetSetting<Website> = GetSetting::default();

    /// Makes the bucket a website (OBS: Configure Static Website Hosting for a Bucket): [`website::Pages`] or
    /// [`website::RedirectAll`].
    example
    /// use obs_core::settings::website::Pages;
    ///
    /// let pages = Pages::new().index_document("index.html").error_document("error.html");
    /// bucket.set_bucket_website(pages).send()?;
    fn set_bucket_website(website: impl Into<Website>) -> SetSetting<Website> = SetSetting::new(website.into());

    /// Ends the website (OBS: Delete Static Website Hosting Configuration of a Bucket).
    example
    /// bucket.delete_bucket_website().send()?;
    /// assert!(bucket.get_bucket_website().send().unwrap_err().is_not_found());
    fn delete_bucket_website() -> DeleteSetting<Website> = DeleteSetting::default();

    /// Reads the tags (OBS: Obtain Bucket Tags). Without any: [`is_not_found`](crate::Error::is_not_found) (`NoSuchTagSet`).
    example
    /// # bucket.set_bucket_tagging([("project", "apollo")]).send()?;
    /// assert_eq!(bucket.get_bucket_tagging().send()?.get("project"), Some("apollo"));
    fn get_bucket_tagging() -> GetSetting<Tagging> = GetSetting::default();

    /// Replaces the tags (OBS: Configure Tags for a Bucket): at most 10, keys of 1 to 36 characters, values of up to 43.
    example
    /// bucket.set_bucket_tagging([("project", "apollo"), ("stage", "test")]).send()?;
    fn set_bucket_tagging(tags: impl Into<Tagging>) -> SetSetting<Tagging> = SetSetting::new(tags.into());

    /// Deletes the tags (OBS: Delete Bucket Tags).
    example
    /// bucket.delete_bucket_tagging().send()?;
    /// assert!(bucket.get_bucket_tagging().send().unwrap_err().is_not_found());
    fn delete_bucket_tagging() -> DeleteSetting<Tagging> = DeleteSetting::default();

    /// Reads the default encryption (OBS: Obtain Bucket Encryption Configuration). Without one:
    /// [`is_not_found`](crate::Error::is_not_found).
    example
    /// # use obs_core::settings::BucketEncryption;
    /// # bucket.set_bucket_encryption(BucketEncryption::kms()).send()?;
    /// println!("{}", bucket.get_bucket_encryption().send()?.algorithm);
    fn get_bucket_encryption() -> GetSetting<BucketEncryption> = GetSetting::default();

    /// Sets the encryption of objects that are uploaded without one (OBS: Configure Bucket Encryption). Objects that are there stay as they
    /// are.
    example
    /// use obs_core::settings::BucketEncryption;
    ///
    /// bucket.set_bucket_encryption(BucketEncryption::kms()).send()?;
    fn set_bucket_encryption(document: BucketEncryption) -> SetSetting<BucketEncryption> = SetSetting::new(document);

    /// Deletes the default encryption (OBS: Delete Bucket Encryption Configuration).
    example
    /// bucket.delete_bucket_encryption().send()?;
    /// assert!(bucket.get_bucket_encryption().send().unwrap_err().is_not_found());
    fn delete_bucket_encryption() -> DeleteSetting<BucketEncryption> = DeleteSetting::default();

    /// Reads who pays for requests and downloads (OBS: Obtain Requester-Pays Configuration of a Bucket): the owner by default.
    example
    /// use obs_core::settings::Payer;
    ///
    /// assert_eq!(bucket.get_bucket_request_payment().send()?.payer, Payer::BucketOwner);
    fn get_bucket_request_payment() -> GetSetting<RequestPayment> = GetSetting::default();

    /// Sets who pays for requests and downloads (OBS: Configure Requester-Pays for a Bucket): a [`Payer`].
    example
    /// use obs_core::settings::Payer;
    ///
    /// bucket.set_bucket_request_payment(Payer::Requester).send()?;
    /// bucket.get_object("hello.txt").requester_pays().send()?;
    fn set_bucket_request_payment(payer: impl Into<RequestPayment>) -> SetSetting<RequestPayment> = SetSetting::new(payer.into());

    /// Reads which public access is blocked (OBS: Get Bucket Public Access Block). Without a setting:
    /// [`is_not_found`](crate::Error::is_not_found).
    example
    /// # use obs_core::settings::PublicAccessBlock;
    /// # bucket.put_bucket_public_access_block(PublicAccessBlock::all()).send()?;
    /// let block = bucket.get_bucket_public_access_block().send()?;
    /// println!("public ACLs are ignored: {}", block.ignore_public_acls);
    fn get_bucket_public_access_block() -> GetSetting<PublicAccessBlock> = GetSetting::default();

    /// Sets which public access is blocked (OBS: Put Bucket Public Access Block).
    example
    /// use obs_core::settings::PublicAccessBlock;
    ///
    /// bucket.put_bucket_public_access_block(PublicAccessBlock::all()).send()?;
    fn put_bucket_public_access_block(document: PublicAccessBlock) -> SetSetting<PublicAccessBlock> = SetSetting::new(document);

    /// Blocks no public access any more (OBS: Delete Bucket Public Access Block).
    example
    /// bucket.delete_bucket_public_access_block().send()?;
    fn delete_bucket_public_access_block() -> DeleteSetting<PublicAccessBlock> = DeleteSetting::default();

    /// Reads the object lock (OBS: Obtain Bucket-Level WORM Retention Policy).
    example
    /// # use obs_core::settings::ObjectLock;
    /// # bucket.set_bucket_object_lock(ObjectLock::enabled()).send()?;
    /// println!("{:?}", bucket.get_bucket_object_lock().send()?.rule);
    fn get_bucket_object_lock() -> GetSetting<ObjectLock> = GetSetting::default();

    /// Sets the lock of new objects (OBS: Configure Bucket-Level WORM Retention Policy): how long nobody can delete or overwrite their
    /// versions. What is locked cannot be unlocked.
    example
    /// use obs_core::settings::ObjectLock;
    /// use obs_core::settings::object_lock::{RetentionMode, RetentionPeriod};
    ///
    /// let a_year = ObjectLock::with_default(RetentionMode::Compliance, RetentionPeriod::Years(1));
    /// bucket.set_bucket_object_lock(a_year).send()?;
    fn set_bucket_object_lock(document: ObjectLock) -> SetSetting<ObjectLock> = SetSetting::new(document);

    /// Reads whether archived objects can be read directly (OBS: Obtain Direct Reading of Archive Objects Policy).
    example
    /// # bucket.set_bucket_direct_cold_access("Enabled").send()?;
    /// println!("{}", bucket.get_bucket_direct_cold_access().send()?.status);
    fn get_bucket_direct_cold_access() -> GetSetting<DirectColdAccess> = GetSetting::default();

    /// Sets whether archived objects can be read directly (OBS: Configure Direct Reading of Archive Objects): a [`RuleStatus`].
    example
    /// use obs_core::settings::RuleStatus;
    ///
    /// bucket.set_bucket_direct_cold_access(RuleStatus::Enabled).send()?;
    fn set_bucket_direct_cold_access(status: impl Into<DirectColdAccess>) -> SetSetting<DirectColdAccess> = SetSetting::new(status.into());

    /// Archived objects must be restored again (OBS: Delete Direct Reading of Archive Objects Policy).
    example
    /// bucket.delete_bucket_direct_cold_access().send()?;
    fn delete_bucket_direct_cold_access() -> DeleteSetting<DirectColdAccess> = DeleteSetting::default();
}
