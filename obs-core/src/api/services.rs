//! Calls about what a bucket does with other services: notifications, replication, fetching, inventories.

use super::bucket_operations;
use crate::bucket::*;
use crate::setting::{DeleteSetting, GetSetting, SetSetting};
use crate::settings::*;

bucket_operations! {
    /// Reads the event notifications (OBS: Obtain Bucket Event Notification).
    example
    /// let notification = bucket.get_bucket_notification().send()?;
    /// println!("{} topics, {} functions", notification.topics.len(), notification.function_graphs.len());
    fn get_bucket_notification() -> GetSetting<Notification> = GetSetting::default();

    /// Replaces the event notifications (OBS: Configure Event Notification for a Bucket); [`Notification::off`] ends them.
    example
    /// use obs_core::settings::Notification;
    /// use obs_core::settings::notification::{Event, EventRule};
    ///
    /// let rule = EventRule::new("urn:smn:cn-north-4:account:topic", [Event::ObjectCreated])
    ///     .id("new images")
    ///     .suffix(".jpg");
    /// bucket.set_bucket_notification(Notification::off().topic(rule)).send()?;
    fn set_bucket_notification(document: Notification) -> SetSetting<Notification> = SetSetting::new(document);

    /// Reads the replication to another region (OBS: Obtain Cross-Region Replication Configuration of a Bucket).
    example
    /// # use obs_core::settings::{Replication, replication::ReplicationRule};
    /// # let rule = ReplicationRule::new("my-bucket-abroad").prefix("docs/");
    /// # bucket.set_bucket_replication(Replication::new("agency", [rule])).send()?;
    /// for rule in &bucket.get_bucket_replication().send()?.rules {
    ///     println!("{:?} goes to {}", rule.prefix, rule.bucket);
    /// }
    fn get_bucket_replication() -> GetSetting<Replication> = GetSetting::default();

    /// Sets the replication to another region (OBS: Configure Cross-Region Replication for a Bucket), by an IAM agency. While it is set
    /// versioning cannot be suspended.
    example
    /// use obs_core::settings::Replication;
    /// use obs_core::settings::replication::ReplicationRule;
    ///
    /// let rule = ReplicationRule::new("my-bucket-abroad").prefix("docs/");
    /// bucket.set_bucket_replication(Replication::new("agency", [rule])).send()?;
    fn set_bucket_replication(document: Replication) -> SetSetting<Replication> = SetSetting::new(document);

    /// Ends the replication (OBS: Delete Cross-Region Replication Configuration of a Bucket).
    example
    /// bucket.delete_bucket_replication().send()?;
    fn delete_bucket_replication() -> DeleteSetting<Replication> = DeleteSetting::default();

    /// Reads the rules by which archives are unpacked (OBS: Obtain Online Decompression Policy).
    example
    /// # use obs_core::settings::{ObsCompressPolicy, compress_policy::CompressRule, notification::Event};
    /// # let unzip = CompressRule::new("unzip", "project-id", "agency", [Event::ObjectCreated]);
    /// # bucket.set_obs_compress_policy(ObsCompressPolicy::new([unzip])).send()?;
    /// for rule in &bucket.get_obs_compress_policy().send()?.rules {
    ///     println!("{}: {:?} to {:?}", rule.id, rule.prefix, rule.decompress_path);
    /// }
    fn get_obs_compress_policy() -> GetSetting<ObsCompressPolicy> = GetSetting::default();

    /// Replaces the rules by which archives are unpacked (OBS: Set Online Decompression Policy): 1 to 10.
    example
    /// use obs_core::settings::ObsCompressPolicy;
    /// use obs_core::settings::compress_policy::CompressRule;
    /// use obs_core::settings::notification::Event;
    ///
    /// let unzip = CompressRule::new("unzip", "project-id", "agency", [Event::ObjectCreated]);
    /// bucket.set_obs_compress_policy(ObsCompressPolicy::new([unzip])).send()?;
    fn set_obs_compress_policy(document: ObsCompressPolicy) -> SetSetting<ObsCompressPolicy> = SetSetting::new(document);

    /// Archives are unpacked no more (OBS: Delete Online Decompression Policy).
    example
    /// bucket.delete_obs_compress_policy().send()?;
    fn delete_obs_compress_policy() -> DeleteSetting<ObsCompressPolicy> = DeleteSetting::default();

    /// Reads which events go to DIS (OBS: Obtain DIS Notification Policy).
    example
    /// # use obs_core::settings::{DisPolicy, dis_policy::DisRule, notification::Event};
    /// # let rule = DisRule::new("new", "stream", "project-id", "agency", [Event::ObjectCreated]);
    /// # bucket.set_bucket_dis_policy(DisPolicy::new([rule])).send()?;
    /// for rule in &bucket.get_bucket_dis_policy().send()?.rules {
    ///     println!("{}: {:?} to {}", rule.id, rule.events, rule.stream);
    /// }
    fn get_bucket_dis_policy() -> GetSetting<DisPolicy> = GetSetting::default();

    /// Sets which events go to DIS (OBS: Configure DIS Notification Policy): 1 to 10 rules.
    example
    /// use obs_core::settings::DisPolicy;
    /// use obs_core::settings::dis_policy::DisRule;
    /// use obs_core::settings::notification::Event;
    ///
    /// let rule = DisRule::new("new", "stream", "project-id", "agency", [Event::ObjectCreated]);
    /// bucket.set_bucket_dis_policy(DisPolicy::new([rule])).send()?;
    fn set_bucket_dis_policy(document: DisPolicy) -> SetSetting<DisPolicy> = SetSetting::new(document);

    /// No events go to DIS any more (OBS: Delete DIS Notification Policy).
    example
    /// bucket.delete_bucket_dis_policy().send()?;
    fn delete_bucket_dis_policy() -> DeleteSetting<DisPolicy> = DeleteSetting::default();

    /// Reads the back-to-source rules as JSON (OBS: Obtain Back-to-Source by Mirroring Rules).
    example
    /// # let rules = r#"{"rules":[{"id":"r1",
    /// #   "condition":{"httpErrorCodeReturnedEquals":"404","objectKeyPrefixEquals":"site/"},
    /// #   "redirect":{"agency":"agency",
    /// #     "publicSource":{"sourceEndpoint":{"master":["https://www.example.com"]}}}}]}"#;
    /// # bucket.set_bucket_mirror_back_to_source(rules).send()?;
    /// println!("{}", bucket.get_bucket_mirror_back_to_source().send()?.json);
    fn get_bucket_mirror_back_to_source() -> GetSetting<MirrorBackToSource> = GetSetting::default();

    /// Replaces the back-to-source rules (OBS: Configure Back-to-Source by Mirroring Rules), given as JSON with at most 10 rules.
    example
    /// let rules = r#"{"rules":[{"id":"r1",
    ///   "condition":{"httpErrorCodeReturnedEquals":"404","objectKeyPrefixEquals":"site/"},
    ///   "redirect":{"agency":"agency",
    ///     "publicSource":{"sourceEndpoint":{"master":["https://www.example.com"]}}}}]}"#;
    /// bucket.set_bucket_mirror_back_to_source(rules).send()?;
    fn set_bucket_mirror_back_to_source(json: impl Into<MirrorBackToSource>) -> SetSetting<MirrorBackToSource> = SetSetting::new(json.into());

    /// Deletes the back-to-source rules (OBS: Delete Back-to-Source by Mirroring Rules).
    example
    /// bucket.delete_bucket_mirror_back_to_source().send()?;
    fn delete_bucket_mirror_back_to_source() -> DeleteSetting<MirrorBackToSource> = DeleteSetting::default();

    /// Reads whether the bucket may fetch objects from URLs (OBS: Get Bucket Fetch Policy).
    example
    /// # use obs_core::settings::{FetchPolicy, FetchStatus};
    /// # bucket.set_bucket_fetch_policy(FetchPolicy::new(FetchStatus::Open, "agency")).send()?;
    /// println!("{}", bucket.get_bucket_fetch_policy().send()?.status);
    fn get_bucket_fetch_policy() -> GetSetting<FetchPolicy> = GetSetting::default();

    /// Sets whether the bucket may fetch objects from URLs (OBS: Set Bucket Fetch Policy).
    example
    /// use obs_core::settings::{FetchPolicy, FetchStatus};
    ///
    /// bucket.set_bucket_fetch_policy(FetchPolicy::new(FetchStatus::Open, "agency")).send()?;
    fn set_bucket_fetch_policy(document: FetchPolicy) -> SetSetting<FetchPolicy> = SetSetting::new(document);

    /// The bucket may fetch no objects any more (OBS: Delete Bucket Fetch Policy).
    example
    /// bucket.delete_bucket_fetch_policy().send()?;
    fn delete_bucket_fetch_policy() -> DeleteSetting<FetchPolicy> = DeleteSetting::default();

    /// Lets the bucket fetch an object from a URL, later (OBS: Create Asynchronous Fetch Job). The bucket needs a
    /// [fetch policy](Self::set_bucket_fetch_policy).
    example
    /// # use obs_core::settings::{FetchPolicy, FetchStatus};
    /// # bucket.set_bucket_fetch_policy(FetchPolicy::new(FetchStatus::Open, "agency")).send()?;
    /// let job = bucket.set_bucket_fetch_job("https://www.example.com/a.txt").key("fetched/a.txt").send()?;
    /// println!("job {} waits behind {:?} others", job.id, job.wait);
    fn set_bucket_fetch_job(url: impl Into<String>) -> SetBucketFetchJob where bucket = SetBucketFetchJob::new(bucket, url);

    /// Asks how a fetch job stands (OBS: Query Asynchronous Fetch Job).
    example
    /// # use obs_core::settings::{FetchPolicy, FetchStatus};
    /// # bucket.set_bucket_fetch_policy(FetchPolicy::new(FetchStatus::Open, "agency")).send()?;
    /// # let job = bucket.set_bucket_fetch_job("https://www.example.com/a.txt").send()?;
    /// println!("{:?}", bucket.get_bucket_fetch_job(&job.id).send()?.status);
    fn get_bucket_fetch_job(id: impl Into<String>) -> GetBucketFetchJob = GetBucketFetchJob::new(id);

    /// Creates or replaces an inventory (OBS: Configure Bucket Inventory): a list of all objects, written every day or week. A bucket has at
    /// most 10.
    example
    /// use obs_core::settings::inventory::{InventoryConfiguration, InventoryFrequency};
    ///
    /// let weekly = InventoryConfiguration::new("weekly", "my-bucket", InventoryFrequency::Weekly);
    /// bucket.put_bucket_inventory(weekly).send()?;
    fn put_bucket_inventory(inventory: InventoryConfiguration) -> PutBucketInventory = PutBucketInventory::new(inventory);

    /// Reads an inventory (OBS: Obtain Bucket Inventory).
    example
    /// # use obs_core::settings::inventory::{InventoryConfiguration, InventoryFrequency};
    /// # let weekly = InventoryConfiguration::new("weekly", "my-bucket", InventoryFrequency::Weekly);
    /// # bucket.put_bucket_inventory(weekly).send()?;
    /// let inventory = bucket.get_bucket_inventory("weekly").send()?;
    /// println!("to {} {}", inventory.destination.bucket, inventory.frequency);
    fn get_bucket_inventory(id: impl Into<String>) -> GetBucketInventory = GetBucketInventory::new(id);

    /// Reads all inventories (OBS: List Bucket Inventories).
    example
    /// # use obs_core::settings::inventory::{InventoryConfiguration, InventoryFrequency};
    /// # let weekly = InventoryConfiguration::new("weekly", "my-bucket", InventoryFrequency::Weekly);
    /// # bucket.put_bucket_inventory(weekly).send()?;
    /// for inventory in bucket.list_bucket_inventory().send()?.iter() {
    ///     println!("{} {}", inventory.id, inventory.frequency);
    /// }
    fn list_bucket_inventory() -> ListBucketInventory = ListBucketInventory::default();

    /// Deletes an inventory (OBS: Delete Bucket Inventory).
    example
    /// # use obs_core::settings::inventory::{InventoryConfiguration, InventoryFrequency};
    /// # let weekly = InventoryConfiguration::new("weekly", "my-bucket", InventoryFrequency::Weekly);
    /// # bucket.put_bucket_inventory(weekly).send()?;
    /// bucket.delete_bucket_inventory("weekly").send()?;
    fn delete_bucket_inventory(id: impl Into<String>) -> DeleteBucketInventory = DeleteBucketInventory::new(id);
}
