//! Calls about buckets themselves: their life, their names, what is known of them.

use super::bucket_operations;
use crate::bucket::*;
use crate::settings::*;

bucket_operations! {
    /// Creates the bucket (OBS: Create Bucket). Its name must be globally unique: 3 to 63 lower-case letters, digits,
    /// hyphens and dots. A name that somebody else has: `BucketAlreadyExists`.
    example
    /// let photos = bucket.client().bucket("my-photos");
    /// photos.create_bucket().location("cn-north-4").send()?;
    fn create_bucket() -> CreateBucket where bucket = CreateBucket::new(bucket);

    /// Asks whether the bucket exists (OBS: Head Bucket); [`is_not_found`](crate::Error::is_not_found) tells that it does not.
    example
    /// let typo = bucket.client().bucket("my-bukcet").head_bucket().send();
    /// assert!(typo.unwrap_err().is_not_found());
    /// bucket.head_bucket().send()?;
    fn head_bucket() -> HeadBucket = HeadBucket::default();

    /// Deletes the bucket (OBS: Delete Bucket). It must be empty: no objects, versions or uploads; else `BucketNotEmpty`.
    example
    /// bucket.delete_object("hello.txt").send()?;
    /// bucket.delete_bucket().send()?;
    fn delete_bucket() -> DeleteBucket = DeleteBucket::default();

    /// Reads the properties of the bucket (OBS: HEAD Bucket): storage class, region, availability zones.
    example
    /// let properties = bucket.get_bucket_metadata().send()?;
    /// println!("{:?} in {:?}", properties.storage_class, properties.location);
    fn get_bucket_metadata() -> GetBucketMetadata = GetBucketMetadata::default();

    /// Reads the region of the bucket (OBS: Obtain Bucket Location).
    example
    /// println!("{:?}", bucket.get_bucket_location().send()?.location);
    fn get_bucket_location() -> GetBucketLocation = GetBucketLocation::default();

    /// Reads how many bytes and objects the bucket holds (OBS: Obtain Storage Information of a Bucket). The service counts now and then, not
    /// at once.
    example
    /// let info = bucket.get_bucket_storage_info().send()?;
    /// assert_eq!((info.object_number, info.size), (1, 9));
    fn get_bucket_storage_info() -> GetBucketStorageInfo = GetBucketStorageInfo::default();

    /// Asks whether the bucket policy makes the bucket public (OBS: Get Bucket Policy Public Status).
    example
    /// let everyone = r#"{"Statement":[{"Sid":"all","Effect":"Allow","Principal":{"ID":["*"]},
    ///     "Action":["GetObject"],"Resource":["my-bucket/*"]}]}"#;
    /// bucket.set_bucket_policy(everyone).send()?;
    /// assert!(bucket.get_bucket_policy_public_status().send()?.is_public);
    fn get_bucket_policy_public_status() -> GetBucketPolicyPublicStatus = GetBucketPolicyPublicStatus::default();

    /// Asks whether access control list and policy together make the bucket public (OBS: Get Bucket Public Status).
    example
    /// assert!(!bucket.get_bucket_public_status().send()?.is_public);
    fn get_bucket_public_status() -> GetBucketPublicStatus = GetBucketPublicStatus::default();

    /// Asks the bucket's CORS rules whether a page of this origin may call it (OBS: OPTIONS Bucket). Where no rule allows it:
    /// [`is_access_denied`](crate::Error::is_access_denied).
    example
    /// use obs_core::settings::cors::CorsRule;
    ///
    /// bucket.set_bucket_cors([CorsRule::new(["GET"], ["https://www.example.com"])]).send()?;
    /// let allowed = bucket.options_bucket("https://www.example.com").request_method("GET").send()?;
    /// assert_eq!(allowed.allow_methods.as_deref(), Some("GET"));
    fn options_bucket(origin: impl Into<String>) -> OptionsBucket = OptionsBucket::new(origin);

    /// Reads the domain names of the bucket (OBS: Obtain Custom Domain Names of a Bucket).
    example
    /// # bucket.set_bucket_custom_domain("www.example.com").send()?;
    /// for domain in bucket.get_bucket_custom_domain().send()?.iter() {
    ///     println!("{} since {:?}", domain.domain_name, domain.create_time);
    /// }
    fn get_bucket_custom_domain() -> GetBucketCustomDomain = GetBucketCustomDomain::default();

    /// Gives the bucket a domain name of at most 256 characters (OBS: Configure Custom Domain Name for a Bucket).
    /// [`certificate`](crate::Request::certificate) adds one for HTTPS.
    example
    /// bucket.set_bucket_custom_domain("www.example.com").send()?;
    fn set_bucket_custom_domain(domain: impl Into<String>) -> SetBucketCustomDomain = SetBucketCustomDomain::new(domain);

    /// Takes a domain name from the bucket (OBS: Delete Custom Domain Name of a Bucket).
    example
    /// # bucket.set_bucket_custom_domain("www.example.com").send()?;
    /// bucket.delete_bucket_custom_domain("www.example.com").send()?;
    fn delete_bucket_custom_domain(domain: impl Into<String>) -> DeleteBucketCustomDomain = DeleteBucketCustomDomain::new(domain);

    /// Creates the alias of this name for two buckets (OBS: Create Bucket Alias). Each must be [bound](Self::bind_bucket_alias) to it too.
    example
    /// # let client = bucket.client();
    /// # client.create_bucket("my-bucket-2").send()?;
    /// client.create_bucket_alias("my-alias", "my-bucket", "my-bucket-2").send()?;
    fn create_bucket_alias(bucket1: impl Into<String>, bucket2: impl Into<String>) -> CreateBucketAlias = CreateBucketAlias::new(bucket1, bucket2);

    /// Deletes the alias of this name (OBS: Delete Bucket Alias).
    example
    /// # let client = bucket.client();
    /// # client.create_bucket("my-bucket-2").send()?;
    /// # client.create_bucket_alias("my-alias", "my-bucket", "my-bucket-2").send()?;
    /// client.delete_bucket_alias("my-alias").send()?;
    fn delete_bucket_alias() -> DeleteBucketAlias = DeleteBucketAlias::default();

    /// Gives an alias to the bucket (OBS: Bind Bucket Alias).
    example
    /// # let client = bucket.client();
    /// # client.create_bucket("my-bucket-2").send()?;
    /// # client.create_bucket_alias("my-alias", "my-bucket", "my-bucket-2").send()?;
    /// bucket.bind_bucket_alias("my-alias").send()?;
    /// assert_eq!(bucket.get_bucket_alias().send()?.alias, "my-alias");
    fn bind_bucket_alias(alias: impl Into<String>) -> BindBucketAlias = BindBucketAlias::new(alias);

    /// Takes the alias from the bucket (OBS: Unbind Bucket Alias).
    example
    /// # let client = bucket.client();
    /// # client.create_bucket("my-bucket-2").send()?;
    /// # client.create_bucket_alias("my-alias", "my-bucket", "my-bucket-2").send()?;
    /// # bucket.bind_bucket_alias("my-alias").send()?;
    /// bucket.unbind_bucket_alias().send()?;
    /// assert!(bucket.get_bucket_alias().send().unwrap_err().is_not_found());
    fn unbind_bucket_alias() -> UnbindBucketAlias = UnbindBucketAlias::default();

    /// Reads the alias of the bucket (OBS: Get Bucket Alias). Without one: [`is_not_found`](crate::Error::is_not_found).
    example
    /// # let client = bucket.client();
    /// # client.create_bucket("my-bucket-2").send()?;
    /// # client.create_bucket_alias("my-alias", "my-bucket", "my-bucket-2").send()?;
    /// # bucket.bind_bucket_alias("my-alias").send()?;
    /// let alias = bucket.get_bucket_alias().send()?;
    /// println!("{} stands for {:?}", alias.alias, alias.buckets);
    fn get_bucket_alias() -> GetBucketAlias = GetBucketAlias::default();
}
