//! The one table that writes the methods of [`ObsClient`] and [`BucketClient`](crate::BucketClient).

use crate::bucket::{ListBucketAlias, ListBuckets};
use crate::client::ObsClient;
use crate::request::Request;

mod buckets;
mod multipart;
mod objects;
mod services;
mod settings;

/// Writes each operation twice: on [`BucketClient`], and with the bucket's name first on [`ObsClient`]. `where` gives
/// the bucket's name to the few operations that have it in their body. What follows `example` is run, once, with `bucket`: a bucket
/// on an emulator that holds `hello.txt`.
macro_rules! bucket_operations {
    ($(
        $(#[$doc:meta])*
        example
        $(#[$example:meta])*
        fn $name:ident($($arg:ident: $type:ty),*) -> $operation:ty $(where $bucket:ident)? = $make:expr;
    )*) => {
        impl crate::BucketClient {
            $($(#[$doc])*
            ///
            /// ```
            /// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
            $(#[$example])*
            /// # Ok::<(), obs_core::Error>(())
            /// ```
            pub fn $name(&self, $($arg: $type),*) -> crate::Request<$operation> {
                $(let $bucket = self.name();)?
                self.request($make)
            })*
        }

        /// Calls about one bucket, whose name comes first.
        impl crate::ObsClient {
            $($(#[$doc])*
            ///
            #[doc = concat!("[`BucketClient::", stringify!($name), "`](crate::BucketClient::", stringify!($name), ") shows an example.")]
            pub fn $name(&self, bucket: impl AsRef<str>, $($arg: $type),*) -> crate::Request<$operation> {
                self.bucket(bucket).$name($($arg),*)
            })*
        }
    };
}
pub(crate) use bucket_operations;

/// Calls about the whole service.
impl ObsClient {
    /// Lists the buckets of the account, by name (OBS: List Buckets).
    ///
    /// ```
    /// # let (_place, client) = obs_sandbox::client();
    /// # client.create_bucket("my-bucket").send()?;
    /// for bucket in client.list_buckets() {
    ///     let bucket = bucket?;
    ///     println!("{} in {:?}", bucket.name, bucket.location);
    /// }
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    pub fn list_buckets(&self) -> Request<ListBuckets> {
        self.request(ListBuckets::default())
    }

    /// Lists the bucket aliases of the account (OBS: List Bucket Aliases).
    ///
    /// ```
    /// # let (_place, client) = obs_sandbox::client();
    /// for alias in &client.list_bucket_alias().send()?.aliases {
    ///     println!("{} stands for {:?}", alias.alias, alias.buckets);
    /// }
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    pub fn list_bucket_alias(&self) -> Request<ListBucketAlias> {
        self.request(ListBucketAlias::default())
    }
}
