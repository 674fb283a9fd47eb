//! Predefined access control lists.

use super::open_enum;

open_enum! {
    /// A predefined access control list (the `x-obs-acl` header).
    CannedAcl {
        /// Only the owner.
        Private = "private",
        /// Anybody may read.
        PublicRead = "public-read",
        /// Anybody may read and write.
        PublicReadWrite = "public-read-write",
        /// Anybody may read the bucket and the objects in it. Buckets of the OBS protocol only.
        PublicReadDelivered = "public-read-delivered",
        /// Anybody may read and write the bucket and the objects in it. Buckets of the OBS protocol only.
        PublicReadWriteDelivered = "public-read-write-delivered",
        /// The owners of the bucket and of the object. Objects only.
        BucketOwnerFullControl = "bucket-owner-full-control",
        /// Whoever has an account may read. V2 and V4 only.
        AuthenticatedRead = "authenticated-read",
        /// The owner of the bucket may read the object. V2 and V4 only.
        BucketOwnerRead = "bucket-owner-read",
        /// The log delivery of the service may write. V2 and V4 only.
        LogDeliveryWrite = "log-delivery-write",
    }
}
