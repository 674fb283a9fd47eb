//! The bucket documents: one row each.

use super::grammar::{Field, Kind};
use super::schemas;
use crate::errors::ObsError;
use crate::store::bucket::{Bucket, Versioning};
use crate::xml::Element;

/// What a GET answers when the document was never set.
#[derive(Debug, Clone, Copy)]
pub(super) enum Missing {
    /// An error 404 with code and message.
    Error(&'static str, &'static str),
    /// A document of the bucket as it is by default.
    Default(fn(&Bucket) -> Element),
}

/// How a document looks.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    /// XML with this root.
    Xml { root: &'static str, kind: Kind, malformed: &'static str },
    /// JSON with this member.
    Json { member: &'static str, malformed: &'static str },
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting {
    /// Sub-resource in lower case.
    pub(crate) sub: &'static str,
    /// Names of the operations PUT, GET and DELETE; an empty one does not exist.
    pub(crate) names: [&'static str; 3],
    /// The actions that a bucket policy names, PUT (and DELETE) and GET.
    pub(crate) actions: [&'static str; 2],
    pub(super) form: Form,
    /// Whether the PUT must carry Content-MD5.
    pub(super) md5: bool,
    pub(super) put_status: u16,
    pub(super) missing: Missing,
    /// Whether many are kept, each under its `id`.
    pub(super) many: bool,
    /// What a new document changes in the bucket, and what it must agree with.
    pub(super) apply: fn(&mut Bucket, &Element) -> Result<(), ObsError>,
}

const fn xml(
    sub: &'static str,
    names: [&'static str; 3],
    actions: [&'static str; 2],
    root: &'static str,
    fields: &'static [Field],
    missing: Missing,
) -> Setting {
    Setting {
        sub,
        names,
        actions,
        form: Form::Xml { root, kind: Kind::Tree(fields), malformed: "MalformedXML" },
        md5: false,
        put_status: 200,
        missing,
        many: false,
        apply: |_, _| Ok(()),
    }
}

const fn json(
    sub: &'static str,
    names: [&'static str; 3],
    actions: [&'static str; 2],
    member: &'static str,
    missing: Missing,
) -> Setting {
    Setting {
        form: Form::Json { member, malformed: "InvalidArgument" },
        ..xml(sub, names, actions, "", &[], missing)
    }
}

impl Setting {
    const fn with_md5(self) -> Self {
        Self { md5: true, ..self }
    }

    const fn answering(self, put_status: u16) -> Self {
        Self { put_status, ..self }
    }

    const fn applied(self, apply: fn(&mut Bucket, &Element) -> Result<(), ObsError>) -> Self {
        Self { apply, ..self }
    }

    const fn malformed(self, code: &'static str) -> Self {
        let form = match self.form {
            Form::Xml { root, kind, .. } => Form::Xml { root, kind, malformed: code },
            Form::Json { member, .. } => Form::Json { member, malformed: code },
        };
        Self { form, ..self }
    }
}

const fn empty(root: fn(&Bucket) -> Element) -> Missing {
    Missing::Default(root)
}

pub(crate) static SETTINGS: &[Setting] = &[
    xml(
        "quota",
        ["SetBucketQuota", "GetBucketQuota", ""],
        ["PutBucketQuota", "GetBucketQuota"],
        "Quota",
        schemas::QUOTA,
        empty(|bucket| Element::new("Quota").with(Element::leaf("StorageQuota", bucket.quota.to_string()))),
    )
    .malformed("MalformedQuotaError")
    .applied(|bucket, document| {
        bucket.quota = document.get("StorageQuota").and_then(|bytes| bytes.parse().ok()).unwrap_or(0);
        Ok(())
    }),
    xml(
        "versioning",
        ["SetBucketVersioning", "GetBucketVersioning", ""],
        ["PutBucketVersioning", "GetBucketVersioning"],
        "VersioningConfiguration",
        schemas::VERSIONING,
        empty(|_| Element::new("VersioningConfiguration")),
    )
    .applied(set_versioning),
    xml(
        "lifecycle",
        ["SetBucketLifecycle", "GetBucketLifecycle", "DeleteBucketLifecycle"],
        ["PutLifecycleConfiguration", "GetLifecycleConfiguration"],
        "LifecycleConfiguration",
        schemas::LIFECYCLE,
        Missing::Error("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"),
    )
    .with_md5()
    .applied(|_, document| check_lifecycle(document)),
    xml(
        "cors",
        ["SetBucketCors", "GetBucketCors", "DeleteBucketCors"],
        ["PutBucketCORS", "GetBucketCORS"],
        "CORSConfiguration",
        schemas::CORS,
        Missing::Error("NoSuchCORSConfiguration", "The CORS configuration does not exist"),
    )
    .with_md5(),
    xml(
        "logging",
        ["SetBucketLogging", "GetBucketLogging", ""],
        ["PutBucketLogging", "GetBucketLogging"],
        "BucketLoggingStatus",
        schemas::LOGGING,
        empty(|_| Element::new("BucketLoggingStatus")),
    )
    .malformed("MalformedLoggingStatus"),
    xml(
        "website",
        ["SetBucketWebsite", "GetBucketWebsite", "DeleteBucketWebsite"],
        ["PutBucketWebsite", "GetBucketWebsite"],
        "WebsiteConfiguration",
        schemas::WEBSITE,
        Missing::Error(
            "NoSuchWebsiteConfiguration",
            "The specified bucket does not have a website configuration",
        ),
    )
    .applied(|_, document| {
        match document.child("RedirectAllRequestsTo").is_some() || document.child("IndexDocument").is_some() {
            true => Ok(()),
            false => Err(ObsError::malformed_xml("IndexDocument or RedirectAllRequestsTo is needed.")),
        }
    }),
    xml(
        "tagging",
        ["SetBucketTagging", "GetBucketTagging", "DeleteBucketTagging"],
        ["PutBucketTagging", "GetBucketTagging"],
        "Tagging",
        schemas::TAGGING,
        Missing::Error("NoSuchTagSet", "The TagSet does not exist"),
    )
    .with_md5()
    .answering(204)
    .applied(|_, document| {
        crate::api::tagging::tags(document, crate::api::tagging::MOST_OF_BUCKET).map(drop)
    }),
    xml(
        "notification",
        ["SetBucketNotification", "GetBucketNotification", ""],
        ["PutBucketNotification", "GetBucketNotification"],
        "NotificationConfiguration",
        schemas::NOTIFICATION,
        empty(|_| Element::new("NotificationConfiguration")),
    ),
    xml(
        "encryption",
        ["SetBucketEncryption", "GetBucketEncryption", "DeleteBucketEncryption"],
        ["PutEncryptionConfiguration", "GetEncryptionConfiguration"],
        "ServerSideEncryptionConfiguration",
        schemas::ENCRYPTION,
        Missing::Error(
            "NoSuchEncryptionConfiguration",
            "The server side encryption configuration was not found",
        ),
    ),
    xml(
        "replication",
        ["SetBucketReplication", "GetBucketReplication", "DeleteBucketReplication"],
        ["PutReplicationConfiguration", "GetReplicationConfiguration"],
        "ReplicationConfiguration",
        schemas::REPLICATION,
        Missing::Error(
            "ReplicationConfigurationNotFoundError",
            "The replication configuration was not found",
        ),
    )
    .with_md5(),
    xml(
        "requestpayment",
        ["SetBucketRequestPayment", "GetBucketRequestPayment", ""],
        ["PutBucketRequestPayment", "GetBucketRequestPayment"],
        "RequestPaymentConfiguration",
        schemas::REQUEST_PAYMENT,
        empty(|_| Element::new("RequestPaymentConfiguration").with(Element::leaf("Payer", "BucketOwner"))),
    ),
    xml(
        "publicaccessblock",
        ["PutBucketPublicAccessBlock", "GetBucketPublicAccessBlock", "DeleteBucketPublicAccessBlock"],
        ["PutBucketPublicAccessBlock", "GetBucketPublicAccessBlock"],
        "PublicAccessBlockConfiguration",
        schemas::PUBLIC_ACCESS_BLOCK,
        Missing::Error(
            "NoSuchPublicAccessBlockConfiguration",
            "The public access block configuration was not found",
        ),
    )
    .with_md5(),
    xml(
        "object-lock",
        ["SetBucketObjectLock", "GetBucketObjectLock", ""],
        ["PutBucketObjectLockConfiguration", "GetBucketObjectLockConfiguration"],
        "ObjectLockConfiguration",
        schemas::OBJECT_LOCK,
        Missing::Error(
            "ObjectLockConfigurationNotFoundError",
            "Object Lock configuration does not exist for this bucket",
        ),
    )
    .with_md5()
    .applied(check_object_lock),
    xml(
        "directcoldaccess",
        ["SetBucketDirectColdAccess", "GetBucketDirectColdAccess", "DeleteBucketDirectColdAccess"],
        ["PutDirectColdAccessConfiguration", "GetDirectColdAccessConfiguration"],
        "DirectColdAccessConfiguration",
        schemas::DIRECT_COLD_ACCESS,
        Missing::Error(
            "NoSuchDirectColdAccessConfiguration",
            "The direct cold access configuration was not found",
        ),
    )
    .with_md5(),
    Setting {
        many: true,
        ..xml(
            "inventory",
            ["PutBucketInventory", "GetBucketInventory", "DeleteBucketInventory"],
            ["PutBucketInventoryConfiguration", "GetBucketInventoryConfiguration"],
            "InventoryConfiguration",
            schemas::INVENTORY,
            Missing::Error(
                "NoSuchInventoryConfiguration",
                "The specified inventory configuration does not exist",
            ),
        )
        .with_md5()
    },
    json(
        "policy",
        ["SetBucketPolicy", "GetBucketPolicy", "DeleteBucketPolicy"],
        ["PutBucketPolicy", "GetBucketPolicy"],
        "Statement",
        Missing::Error("NoSuchBucketPolicy", "The specified bucket policy does not exist."),
    )
    .malformed("MalformedPolicy")
    .answering(204),
    json(
        "dispolicy",
        ["SetBucketDisPolicy", "GetBucketDisPolicy", "DeleteBucketDisPolicy"],
        ["PutBucketDisPolicy", "GetBucketDisPolicy"],
        "rules",
        Missing::Error("NoSuchDisPolicy", "The specified DIS policy does not exist."),
    ),
    json(
        "obscompresspolicy",
        ["SetObsCompressPolicy", "GetObsCompressPolicy", "DeleteObsCompressPolicy"],
        ["PutObsCompressPolicy", "GetObsCompressPolicy"],
        "rules",
        Missing::Error("NoSuchObsCompressPolicy", "The specified compress policy does not exist."),
    ),
    json(
        "mirrorbacktosource",
        ["SetBucketMirrorBackToSource", "GetBucketMirrorBackToSource", "DeleteBucketMirrorBackToSource"],
        ["PutBucketMirrorBackToSource", "GetBucketMirrorBackToSource"],
        "rules",
        Missing::Error(
            "NoSuchMirrorBackToSourceConfiguration",
            "The specified mirror-back-to-source rules do not exist.",
        ),
    ),
    json(
        "@fetchpolicy",
        ["SetBucketFetchPolicy", "GetBucketFetchPolicy", "DeleteBucketFetchPolicy"],
        ["PutBucketFetchPolicy", "GetBucketFetchPolicy"],
        "fetch",
        Missing::Error("NoSuchFetchPolicy", "The specified fetch policy does not exist."),
    ),
];

fn set_versioning(bucket: &mut Bucket, document: &Element) -> Result<(), ObsError> {
    let wanted = match document.get("Status") {
        Some("Enabled") => Versioning::Enabled,
        _ => Versioning::Suspended,
    };
    if wanted == Versioning::Suspended && bucket.xml("replication").is_some() {
        return Err(ObsError::new(
            409,
            "InvalidBucketState",
            "A replication configuration is present on this bucket, so you cannot change the versioning state.",
        ));
    }
    bucket.versioning = wanted;
    Ok(())
}

/// A rule has something to do, with either days or a date, and an id of its own.
fn check_lifecycle(document: &Element) -> Result<(), ObsError> {
    const ACTIONS: [&str; 5] = [
        "Transition",
        "Expiration",
        "NoncurrentVersionTransition",
        "NoncurrentVersionExpiration",
        "AbortIncompleteMultipartUpload",
    ];
    let mut ids = Vec::new();
    for rule in document.all("Rule") {
        if !rule.children.iter().any(|child| ACTIONS.contains(&child.name.as_str())) {
            return Err(ObsError::invalid_request("A lifecycle rule needs at least one action."));
        }
        for action in rule.all("Transition").chain(rule.all("Expiration")) {
            if action.child("Days").is_some() && action.child("Date").is_some() {
                return Err(ObsError::malformed_xml("Days and Date exclude each other."));
            }
        }
        if let Some(id) = rule.get("ID").filter(|id| !id.is_empty()) {
            if ids.contains(&id) {
                return Err(ObsError::new(400, "InvalidArgument", "Rule ID must be unique."));
            }
            ids.push(id);
        }
    }
    Ok(())
}

fn check_object_lock(_: &mut Bucket, document: &Element) -> Result<(), ObsError> {
    let Some(default) = document.child("Rule").and_then(|rule| rule.child("DefaultRetention")) else {
        return Ok(());
    };
    match (default.child("Days"), default.child("Years")) {
        (Some(_), None) | (None, Some(_)) => Ok(()),
        _ => Err(ObsError::malformed_xml("DefaultRetention needs either Days or Years.")),
    }
}
