//! The one table that writes the methods of [`ObsClient`] and [`BucketClient`].

use crate::body::Content;
use crate::bucket::*;
use crate::bucket_client::BucketClient;
use crate::client::ObsClient;
use crate::multipart::*;
use crate::object::*;
use crate::request::Request;
use crate::setting::{DeleteSetting, GetSetting, SetSetting};
use crate::settings::*;
use crate::types::CopySource;
use crate::types::{AccessControlList, Acl};

/// Writes each operation twice: on [`BucketClient`], and with the bucket's name first on [`ObsClient`]. `where` gives
/// the bucket's name to the few operations that have it in their body.
macro_rules! bucket_operations {
    ($($(#[$doc:meta])* fn $name:ident($($arg:ident: $type:ty),*) -> $operation:ty $(where $bucket:ident)? = $make:expr;)*) => {
        impl BucketClient {
            $($(#[$doc])*
            pub fn $name(&self, $($arg: $type),*) -> Request<$operation> {
                $(let $bucket = self.name();)?
                self.request($make)
            })*
        }

        /// Calls about one bucket, whose name comes first.
        impl ObsClient {
            $($(#[$doc])*
            pub fn $name(&self, bucket: impl AsRef<str>, $($arg: $type),*) -> Request<$operation> {
                self.bucket(bucket).$name($($arg),*)
            })*
        }
    };
}

/// Calls about the whole service.
impl ObsClient {
    /// Lists the buckets of the account (OBS: List Buckets).
    pub fn list_buckets(&self) -> Request<ListBuckets> {
        self.request(ListBuckets::default())
    }

    /// Lists the bucket aliases of the account (OBS: List Bucket Aliases).
    pub fn list_bucket_alias(&self) -> Request<ListBucketAlias> {
        self.request(ListBucketAlias::default())
    }
}

bucket_operations! {
    // Buckets

    /// Creates the bucket (OBS: Create Bucket). Its name must be globally unique: 3 to 63 lower-case letters, digits,
    /// hyphens and dots.
    fn create_bucket() -> CreateBucket where bucket = CreateBucket::new(bucket);
    /// Asks whether the bucket exists (OBS: Head Bucket); [`is_not_found`](crate::Error::is_not_found) tells that it does not.
    fn head_bucket() -> HeadBucket = HeadBucket::default();
    /// Deletes the bucket (OBS: Delete Bucket). It must be empty: no objects, versions or uploads.
    fn delete_bucket() -> DeleteBucket = DeleteBucket::default();

    /// Reads the properties of the bucket (OBS: HEAD Bucket).
    fn get_bucket_metadata() -> GetBucketMetadata = GetBucketMetadata::default();
    /// Reads the region of the bucket (OBS: Obtain Bucket Location).
    fn get_bucket_location() -> GetBucketLocation = GetBucketLocation::default();
    /// Reads how much the bucket holds (OBS: Obtain Storage Information of a Bucket).
    fn get_bucket_storage_info() -> GetBucketStorageInfo = GetBucketStorageInfo::default();
    /// Asks whether the bucket policy makes the bucket public (OBS: Get Bucket Policy Public Status).
    fn get_bucket_policy_public_status() -> GetBucketPolicyPublicStatus = GetBucketPolicyPublicStatus::default();
    /// Asks whether the bucket is public (OBS: Get Bucket Public Status).
    fn get_bucket_public_status() -> GetBucketPublicStatus = GetBucketPublicStatus::default();
    /// Asks the bucket's CORS rules whether a page of this origin may call it (OBS: OPTIONS Bucket).
    fn options_bucket(origin: impl Into<String>) -> OptionsBucket = OptionsBucket::new(origin);

    // Settings

    /// Reads the lifecycle rules (OBS: Obtain Bucket Lifecycle Configuration).
    fn get_bucket_lifecycle() -> GetSetting<Lifecycle> = GetSetting::default();
    /// Replaces the lifecycle rules (OBS: Configure Bucket Lifecycle Rules).
    fn set_bucket_lifecycle(document: Lifecycle) -> SetSetting<Lifecycle> = SetSetting::new(document);
    /// Deletes the lifecycle rules (OBS: Delete Bucket Lifecycle Configuration).
    fn delete_bucket_lifecycle() -> DeleteSetting<Lifecycle> = DeleteSetting::default();

    /// Reads who may access the bucket (OBS: Obtain Bucket ACL).
    fn get_bucket_acl() -> GetSetting<AccessControlList> = GetSetting::default();
    /// Sets who may access the bucket (OBS: Configure Bucket ACL): a [`CannedAcl`](crate::CannedAcl), or an
    /// [`AccessControlList`] with at most 100 grants.
    fn set_bucket_acl(acl: impl Into<Acl>) -> SetBucketAcl = SetBucketAcl::new(acl);
    /// Reads the bucket policy (OBS: Obtain Bucket Policy Information).
    fn get_bucket_policy() -> GetSetting<BucketPolicy> = GetSetting::default();
    /// Replaces the bucket policy (OBS: Configure Bucket Policy), given as JSON of at most 20 KB.
    fn set_bucket_policy(json: impl Into<BucketPolicy>) -> SetSetting<BucketPolicy> = SetSetting::new(json.into());
    /// Deletes the bucket policy (OBS: Delete Bucket Policy).
    fn delete_bucket_policy() -> DeleteSetting<BucketPolicy> = DeleteSetting::default();
    /// Reads whether versions are kept (OBS: Obtain Bucket Versioning Status).
    fn get_bucket_versioning() -> GetSetting<Versioning> = GetSetting::default();
    /// Sets whether versions are kept (OBS: Configure Versioning for a Bucket): a [`VersioningStatus`].
    fn set_bucket_versioning(status: impl Into<Versioning>) -> SetSetting<Versioning> = SetSetting::new(status.into());
    /// Reads the default storage class (OBS: Obtain Bucket Storage Class Information).
    fn get_bucket_storage_policy() -> GetSetting<StoragePolicy> = GetSetting::default();
    /// Sets the default storage class (OBS: Configure Storage Class for a Bucket): a [`StorageClass`](crate::StorageClass).
    fn set_bucket_storage_policy(class: impl Into<StoragePolicy>) -> SetSetting<StoragePolicy> = SetSetting::new(class.into());
    /// Reads how much the bucket may hold (OBS: Obtain Bucket Quota).
    fn get_bucket_quota() -> GetSetting<Quota> = GetSetting::default();
    /// Sets how many bytes the bucket may hold (OBS: Change Bucket Quota), at most 2^63 - 1; 0: no limit.
    fn set_bucket_quota(bytes: impl Into<Quota>) -> SetSetting<Quota> = SetSetting::new(bytes.into());
    /// Reads the CORS rules (OBS: Obtain Bucket CORS Configuration).
    fn get_bucket_cors() -> GetSetting<Cors> = GetSetting::default();
    /// Replaces the CORS rules (OBS: Configure Bucket CORS), at most 100.
    fn set_bucket_cors(rules: impl Into<Cors>) -> SetSetting<Cors> = SetSetting::new(rules.into());
    /// Deletes the CORS rules (OBS: Delete Bucket CORS Configuration).
    fn delete_bucket_cors() -> DeleteSetting<Cors> = DeleteSetting::default();
    /// Reads where access logs go (OBS: Obtain Bucket Logging Configuration).
    fn get_bucket_logging() -> GetSetting<Logging> = GetSetting::default();
    /// Sets where access logs go (OBS: Configure Logging for a Bucket); [`Logging::off`] ends them.
    fn set_bucket_logging(document: Logging) -> SetSetting<Logging> = SetSetting::new(document);
    /// Reads the website configuration (OBS: Obtain Static Website Hosting Configuration of a Bucket).
    fn get_bucket_website() -> GetSetting<Website> = GetSetting::default();
    /// Makes the bucket a website (OBS: Configure Static Website Hosting for a Bucket): [`website::Pages`] or
    /// [`website::RedirectAll`].
    fn set_bucket_website(website: impl Into<Website>) -> SetSetting<Website> = SetSetting::new(website.into());
    /// Ends the website (OBS: Delete Static Website Hosting Configuration of a Bucket).
    fn delete_bucket_website() -> DeleteSetting<Website> = DeleteSetting::default();
    /// Reads the tags (OBS: Obtain Bucket Tags).
    fn get_bucket_tagging() -> GetSetting<Tagging> = GetSetting::default();
    /// Replaces the tags (OBS: Configure Tags for a Bucket), at most 10.
    fn set_bucket_tagging(tags: impl Into<Tagging>) -> SetSetting<Tagging> = SetSetting::new(tags.into());
    /// Deletes the tags (OBS: Delete Bucket Tags).
    fn delete_bucket_tagging() -> DeleteSetting<Tagging> = DeleteSetting::default();
    /// Reads the event notifications (OBS: Obtain Bucket Event Notification).
    fn get_bucket_notification() -> GetSetting<Notification> = GetSetting::default();
    /// Replaces the event notifications (OBS: Configure Event Notification for a Bucket); [`Notification::off`] ends them.
    fn set_bucket_notification(document: Notification) -> SetSetting<Notification> = SetSetting::new(document);
    /// Reads the default encryption (OBS: Obtain Bucket Encryption Configuration).
    fn get_bucket_encryption() -> GetSetting<BucketEncryption> = GetSetting::default();
    /// Sets the default encryption (OBS: Configure Bucket Encryption).
    fn set_bucket_encryption(document: BucketEncryption) -> SetSetting<BucketEncryption> = SetSetting::new(document);
    /// Deletes the default encryption (OBS: Delete Bucket Encryption Configuration).
    fn delete_bucket_encryption() -> DeleteSetting<BucketEncryption> = DeleteSetting::default();
    /// Reads the replication to another region (OBS: Obtain Cross-Region Replication Configuration of a Bucket).
    fn get_bucket_replication() -> GetSetting<Replication> = GetSetting::default();
    /// Sets the replication to another region (OBS: Configure Cross-Region Replication for a Bucket).
    fn set_bucket_replication(document: Replication) -> SetSetting<Replication> = SetSetting::new(document);
    /// Ends the replication (OBS: Delete Cross-Region Replication Configuration of a Bucket).
    fn delete_bucket_replication() -> DeleteSetting<Replication> = DeleteSetting::default();
    /// Reads who pays (OBS: Obtain Requester-Pays Configuration of a Bucket).
    fn get_bucket_request_payment() -> GetSetting<RequestPayment> = GetSetting::default();
    /// Sets who pays (OBS: Configure Requester-Pays for a Bucket): a [`Payer`].
    fn set_bucket_request_payment(payer: impl Into<RequestPayment>) -> SetSetting<RequestPayment> = SetSetting::new(payer.into());
    /// Reads which public access is blocked (OBS: Get Bucket Public Access Block).
    fn get_bucket_public_access_block() -> GetSetting<PublicAccessBlock> = GetSetting::default();
    /// Sets which public access is blocked (OBS: Put Bucket Public Access Block).
    fn put_bucket_public_access_block(document: PublicAccessBlock) -> SetSetting<PublicAccessBlock> = SetSetting::new(document);
    /// Blocks no public access any more (OBS: Delete Bucket Public Access Block).
    fn delete_bucket_public_access_block() -> DeleteSetting<PublicAccessBlock> = DeleteSetting::default();
    /// Reads the object lock (OBS: Obtain Bucket-Level WORM Retention Policy).
    fn get_bucket_object_lock() -> GetSetting<ObjectLock> = GetSetting::default();
    /// Sets the lock of new objects (OBS: Configure Bucket-Level WORM Retention Policy).
    fn set_bucket_object_lock(document: ObjectLock) -> SetSetting<ObjectLock> = SetSetting::new(document);
    /// Reads whether archived objects can be read directly (OBS: Obtain Direct Reading of Archive Objects Policy).
    fn get_bucket_direct_cold_access() -> GetSetting<DirectColdAccess> = GetSetting::default();
    /// Sets whether archived objects can be read directly (OBS: Configure Direct Reading of Archive Objects): a [`RuleStatus`].
    fn set_bucket_direct_cold_access(status: impl Into<DirectColdAccess>) -> SetSetting<DirectColdAccess> = SetSetting::new(status.into());
    /// Archived objects must be restored again (OBS: Delete Direct Reading of Archive Objects Policy).
    fn delete_bucket_direct_cold_access() -> DeleteSetting<DirectColdAccess> = DeleteSetting::default();
    /// Reads the rules by which archives are unpacked (OBS: Obtain Online Decompression Policy).
    fn get_obs_compress_policy() -> GetSetting<ObsCompressPolicy> = GetSetting::default();
    /// Replaces the rules by which archives are unpacked (OBS: Set Online Decompression Policy): 1 to 10.
    fn set_obs_compress_policy(document: ObsCompressPolicy) -> SetSetting<ObsCompressPolicy> = SetSetting::new(document);
    /// Archives are unpacked no more (OBS: Delete Online Decompression Policy).
    fn delete_obs_compress_policy() -> DeleteSetting<ObsCompressPolicy> = DeleteSetting::default();
    /// Reads which events go to DIS (OBS: Obtain DIS Notification Policy).
    fn get_bucket_dis_policy() -> GetSetting<DisPolicy> = GetSetting::default();
    /// Sets which events go to DIS (OBS: Configure DIS Notification Policy): 1 to 10 rules.
    fn set_bucket_dis_policy(document: DisPolicy) -> SetSetting<DisPolicy> = SetSetting::new(document);
    /// No events go to DIS any more (OBS: Delete DIS Notification Policy).
    fn delete_bucket_dis_policy() -> DeleteSetting<DisPolicy> = DeleteSetting::default();
    /// Reads the back-to-source rules (OBS: Obtain Back-to-Source by Mirroring Rules).
    fn get_bucket_mirror_back_to_source() -> GetSetting<MirrorBackToSource> = GetSetting::default();
    /// Replaces the back-to-source rules (OBS: Configure Back-to-Source by Mirroring Rules), given as JSON with at most 10 rules.
    fn set_bucket_mirror_back_to_source(json: impl Into<MirrorBackToSource>) -> SetSetting<MirrorBackToSource> = SetSetting::new(json.into());
    /// Deletes the back-to-source rules (OBS: Delete Back-to-Source by Mirroring Rules).
    fn delete_bucket_mirror_back_to_source() -> DeleteSetting<MirrorBackToSource> = DeleteSetting::default();
    /// Reads whether the bucket may fetch objects from URLs (OBS: Get Bucket Fetch Policy).
    fn get_bucket_fetch_policy() -> GetSetting<FetchPolicy> = GetSetting::default();
    /// Sets whether the bucket may fetch objects from URLs (OBS: Set Bucket Fetch Policy).
    fn set_bucket_fetch_policy(document: FetchPolicy) -> SetSetting<FetchPolicy> = SetSetting::new(document);
    /// The bucket may fetch no objects any more (OBS: Delete Bucket Fetch Policy).
    fn delete_bucket_fetch_policy() -> DeleteSetting<FetchPolicy> = DeleteSetting::default();
    /// Lets the bucket fetch an object from a URL, later (OBS: Create Asynchronous Fetch Job).
    fn set_bucket_fetch_job(url: impl Into<String>) -> SetBucketFetchJob where bucket = SetBucketFetchJob::new(bucket, url);
    /// Asks how a fetch job stands (OBS: Query Asynchronous Fetch Job).
    fn get_bucket_fetch_job(id: impl Into<String>) -> GetBucketFetchJob = GetBucketFetchJob::new(id);
    /// Creates or replaces an inventory (OBS: Configure Bucket Inventory). A bucket has at most 10.
    fn put_bucket_inventory(inventory: InventoryConfiguration) -> PutBucketInventory = PutBucketInventory::new(inventory);
    /// Reads an inventory (OBS: Obtain Bucket Inventory).
    fn get_bucket_inventory(id: impl Into<String>) -> GetBucketInventory = GetBucketInventory::new(id);
    /// Reads all inventories (OBS: List Bucket Inventories).
    fn list_bucket_inventory() -> ListBucketInventory = ListBucketInventory::default();
    /// Deletes an inventory (OBS: Delete Bucket Inventory).
    fn delete_bucket_inventory(id: impl Into<String>) -> DeleteBucketInventory = DeleteBucketInventory::new(id);
    /// Reads the domain names of the bucket (OBS: Obtain Custom Domain Names of a Bucket).
    fn get_bucket_custom_domain() -> GetBucketCustomDomain = GetBucketCustomDomain::default();
    /// Gives the bucket a domain name (OBS: Configure Custom Domain Name for a Bucket).
    fn set_bucket_custom_domain(domain: impl Into<String>) -> SetBucketCustomDomain = SetBucketCustomDomain::new(domain);
    /// Takes a domain name from the bucket (OBS: Delete Custom Domain Name of a Bucket).
    fn delete_bucket_custom_domain(domain: impl Into<String>) -> DeleteBucketCustomDomain = DeleteBucketCustomDomain::new(domain);
    /// Creates the alias of this name for two buckets (OBS: Create Bucket Alias).
    fn create_bucket_alias(bucket1: impl Into<String>, bucket2: impl Into<String>) -> CreateBucketAlias = CreateBucketAlias::new(bucket1, bucket2);
    /// Deletes the alias of this name (OBS: Delete Bucket Alias).
    fn delete_bucket_alias() -> DeleteBucketAlias = DeleteBucketAlias::default();
    /// Gives an alias to the bucket (OBS: Bind Bucket Alias).
    fn bind_bucket_alias(alias: impl Into<String>) -> BindBucketAlias = BindBucketAlias::new(alias);
    /// Takes the alias from the bucket (OBS: Unbind Bucket Alias).
    fn unbind_bucket_alias() -> UnbindBucketAlias = UnbindBucketAlias::default();
    /// Reads the alias of the bucket (OBS: Get Bucket Alias).
    fn get_bucket_alias() -> GetBucketAlias = GetBucketAlias::default();

    // Objects

    /// Uploads text, bytes or a stream (OBS: PUT Object), at most 5 GB.
    fn put_content(key: impl Into<String>, content: impl Into<Content>) -> PutObject = PutObject::new(key, content);
    /// Uploads a stream or bytes (OBS: PUT Object): the same as [`put_content`](Self::put_content), under the name that other SDKs have for streams.
    fn put_object(key: impl Into<String>, content: impl Into<Content>) -> PutObject = PutObject::new(key, content);
    /// Uploads a file (OBS: PUT Object), at most 5 GB.
    fn put_file(key: impl Into<String>, path: impl AsRef<std::path::Path>) -> PutObject = PutObject::file(key, path.as_ref());
    /// Downloads an object (OBS: GET Object).
    fn get_object(key: impl Into<String>) -> GetObject = GetObject::new(key);
    /// Reads the properties of an object (OBS: HEAD Object).
    fn get_object_metadata(key: impl Into<String>) -> GetObjectMetadata = GetObjectMetadata::new(key);
    /// Asks whether an object exists (OBS: HEAD Object).
    fn head_object(key: impl Into<String>) -> HeadObject = HeadObject::new(key);
    /// Deletes an object (OBS: DELETE Object).
    fn delete_object(key: impl Into<String>) -> DeleteObject = DeleteObject::new(key);
    /// Appends to an object at the position where it ends, or begins one at 0 (OBS: Append Object): at most 5 GB a call and
    /// 10,000 calls an object.
    fn append_object(key: impl Into<String>, position: u64, content: impl Into<Content>) -> AppendObject = AppendObject::new(key, position, content);
    /// Makes this object of another, of at most 5 GB, without moving its bytes through the client (OBS: PUT Object - Copy).
    fn copy_object(key: impl Into<String>, source: impl Into<CopySource>) -> CopyObject = CopyObject::new(key, source);
    /// Deletes 1 to 1,000 objects or versions (OBS: Delete Objects). Look at
    /// [`errors`](crate::object::DeleteObjectsOutput::errors) of what it gives.
    fn delete_objects(objects: impl IntoIterator<Item = impl Into<ObjectId>>) -> DeleteObjects = DeleteObjects::new(objects);
    /// Restores an archived (Cold) object for 1 to 30 days (OBS: POST Object restore).
    fn restore_object(key: impl Into<String>, days: u32) -> RestoreObject = RestoreObject::new(key, days);
    /// Protects a version of an object until a time (OBS: object WORM retention). The bucket needs object lock.
    fn put_object_retention(key: impl Into<String>, mode: impl Into<String>, until: std::time::SystemTime) -> PutObjectRetention = PutObjectRetention::new(key, mode, until);
    /// Changes the properties of an object and its custom metadata (OBS: PUT Object metadata).
    fn set_object_metadata(key: impl Into<String>) -> SetObjectMetadata = SetObjectMetadata::new(key);
    /// Reads who may access an object (OBS: GET Object acl).
    fn get_object_acl(key: impl Into<String>) -> GetObjectSetting<AccessControlList> = GetObjectSetting::new(key);
    /// Sets who may access an object, by a predefined list or one of one's own (OBS: PUT Object acl).
    fn set_object_acl(key: impl Into<String>, acl: impl Into<Acl>) -> SetObjectAcl = SetObjectAcl::new(key, acl);
    /// Reads the tags of an object (OBS: GET Object tagging).
    fn get_object_tagging(key: impl Into<String>) -> GetObjectSetting<Tagging> = GetObjectSetting::new(key);
    /// Replaces the tags of an object, 10 at most (OBS: PUT Object tagging).
    fn set_object_tagging(key: impl Into<String>, tags: impl Into<Tagging>) -> SetObjectSetting<Tagging> = SetObjectSetting::new(key, tags.into());
    /// Deletes the tags of an object (OBS: DELETE Object tagging).
    fn delete_object_tagging(key: impl Into<String>) -> DeleteObjectSetting<Tagging> = DeleteObjectSetting::new(key);
    /// Asks the bucket's CORS rules whether a page of this origin may call an object (OBS: OPTIONS Object).
    fn options_object(key: impl Into<String>, origin: impl Into<String>) -> OptionsObject = OptionsObject::new(key, origin);
    /// Lists the objects (OBS: List Objects).
    fn list_objects() -> ListObjects = ListObjects::default();
    /// Lists the versions of the objects and the delete markers (OBS: List Objects, versions).
    fn list_versions() -> ListVersions = ListVersions::default();

    // Parallel file systems

    /// Renames a file, or a folder with all that is in it (OBS: Rename File). Parallel file systems only.
    fn rename_file(key: impl Into<String>, new_key: impl Into<String>) -> RenameFile = RenameFile::new(key, new_key);
    /// Sets the length of a file (OBS: Truncate File). Parallel file systems only.
    fn truncate_file(key: impl Into<String>, length: u64) -> TruncateFile = TruncateFile::new(key, length);
    /// Writes over the bytes of a file from a position on (OBS: Modify File). Parallel file systems only.
    fn modify_file(key: impl Into<String>, position: u64, content: impl Into<Content>) -> ModifyFile = ModifyFile::new(key, position, content);
    /// Reads the access labels of a directory. Parallel file systems only.
    fn get_access_label(key: impl Into<String>) -> GetObjectSetting<AccessLabel> = GetObjectSetting::new(key);
    /// Replaces the access labels of a directory. Parallel file systems only.
    fn set_access_label(key: impl Into<String>, labels: impl Into<AccessLabel>) -> SetObjectSetting<AccessLabel> = SetObjectSetting::new(key, labels.into());
    /// Deletes the access labels of a directory. Parallel file systems only.
    fn delete_access_label(key: impl Into<String>) -> DeleteObjectSetting<AccessLabel> = DeleteObjectSetting::new(key);

    // Uploads in parts

    /// Begins an upload in parts (OBS: Initiate Multipart Upload).
    fn initiate_multipart_upload(key: impl Into<String>) -> InitiateMultipartUpload = InitiateMultipartUpload::new(key);
    /// Uploads a part, numbered 1 to 10,000 (OBS: Upload Part): 100 KB to 5 GB, only the last may be smaller.
    fn upload_part(key: impl Into<String>, upload_id: impl Into<String>, part_number: u32, content: impl Into<Content>) -> UploadPart
        = UploadPart::new(key, upload_id, part_number, content);
    /// Fills a part from another object (OBS: Copy Part).
    fn copy_part(key: impl Into<String>, upload_id: impl Into<String>, part_number: u32, source: impl Into<CopySource>) -> CopyPart
        = CopyPart::new(key, upload_id, part_number, source);
    /// Makes the object of its parts (OBS: Complete Multipart Upload).
    fn complete_multipart_upload(key: impl Into<String>, upload_id: impl Into<String>, parts: impl IntoIterator<Item = CompletedPart>) -> CompleteMultipartUpload
        = CompleteMultipartUpload::new(key, upload_id, parts);
    /// Gives up an upload in parts (OBS: Abort Multipart Upload).
    fn abort_multipart_upload(key: impl Into<String>, upload_id: impl Into<String>) -> AbortMultipartUpload = AbortMultipartUpload::new(key, upload_id);
    /// Lists the parts of an upload (OBS: List Parts).
    fn list_parts(key: impl Into<String>, upload_id: impl Into<String>) -> ListParts = ListParts::new(key, upload_id);
    /// Lists the unfinished uploads (OBS: List Multipart Uploads).
    fn list_multipart_uploads() -> ListMultipartUploads = ListMultipartUploads::default();
}
