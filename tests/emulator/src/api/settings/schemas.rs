//! The grammar of each bucket document, in the names of the obs protocol.

use super::grammar::Count::{Any, One, Optional, Some};
use super::grammar::{Field, any, boolean, class, date, filled, number, positive, status, text, tree};

pub(super) const QUOTA: &[Field] = &[text("StorageQuota", One, number)];

pub(super) const VERSIONING: &[Field] =
    &[text("Status", One, |status| matches!(status, "Enabled" | "Suspended"))];

const TRANSITION: &[Field] =
    &[text("Days", Optional, positive), text("Date", Optional, date), text("StorageClass", One, class)];
const EXPIRATION: &[Field] = &[
    text("Days", Optional, positive),
    text("Date", Optional, date),
    text("ExpiredObjectDeleteMarker", Optional, boolean),
];
const NONCURRENT_TRANSITION: &[Field] =
    &[text("NoncurrentDays", One, positive), text("StorageClass", One, class)];
const LIFECYCLE_FILTER: &[Field] = &[text("Prefix", Optional, any), tree("Tag", Any, TAG)];

pub(super) const LIFECYCLE: &[Field] = &[tree(
    "Rule",
    Some,
    &[
        text("ID", Optional, any),
        text("Prefix", Optional, any),
        tree("Filter", Optional, LIFECYCLE_FILTER),
        text("Status", One, status),
        tree("Transition", Any, TRANSITION),
        tree("Expiration", Optional, EXPIRATION),
        tree("NoncurrentVersionTransition", Any, NONCURRENT_TRANSITION),
        tree("NoncurrentVersionExpiration", Optional, &[text("NoncurrentDays", One, positive)]),
        tree("AbortIncompleteMultipartUpload", Optional, &[text("DaysAfterInitiation", One, positive)]),
    ],
)];

pub(super) const CORS: &[Field] = &[tree(
    "CORSRule",
    Some,
    &[
        text("ID", Optional, any),
        text("AllowedMethod", Some, |method| matches!(method, "GET" | "PUT" | "HEAD" | "POST" | "DELETE")),
        text("AllowedOrigin", Some, |origin| filled(origin) && origin.matches('*').count() <= 1),
        text("AllowedHeader", Any, |header| header.matches('*').count() <= 1),
        text("MaxAgeSeconds", Optional, number),
        text("ExposeHeader", Any, |header| !header.contains('*')),
    ],
)];

const GRANTEE: &[Field] = &[
    text("ID", Optional, filled),
    text("DisplayName", Optional, any),
    text("Canned", Optional, |name| crate::store::values::Group::parse(name).is_some()),
];
const GRANT: &[Field] = &[
    tree("Grantee", One, GRANTEE),
    text("Permission", One, |permission| {
        matches!(permission, "READ" | "WRITE" | "READ_ACP" | "WRITE_ACP" | "FULL_CONTROL")
    }),
];

pub(super) const LOGGING: &[Field] = &[
    text("Agency", Optional, any),
    tree(
        "LoggingEnabled",
        Optional,
        &[
            text("TargetBucket", Optional, filled),
            text("TargetPrefix", Optional, any),
            tree("TargetGrants", Optional, &[tree("Grant", Any, GRANT)]),
        ],
    ),
];

fn protocol(text: &str) -> bool {
    matches!(text, "http" | "https")
}

const CONDITION: &[Field] =
    &[text("KeyPrefixEquals", Optional, any), text("HttpErrorCodeReturnedEquals", Optional, number)];
const REDIRECT: &[Field] = &[
    text("Protocol", Optional, protocol),
    text("HostName", Optional, filled),
    text("ReplaceKeyPrefixWith", Optional, any),
    text("ReplaceKeyWith", Optional, any),
    text("HttpRedirectCode", Optional, |code| {
        code.parse::<u16>().is_ok_and(|code| (300..400).contains(&code))
    }),
];

pub(super) const WEBSITE: &[Field] = &[
    tree(
        "RedirectAllRequestsTo",
        Optional,
        &[text("HostName", One, filled), text("Protocol", Optional, protocol)],
    ),
    tree("IndexDocument", Optional, &[text("Suffix", One, |suffix| filled(suffix) && !suffix.contains('/'))]),
    tree("ErrorDocument", Optional, &[text("Key", One, filled)]),
    tree(
        "RoutingRules",
        Optional,
        &[tree(
            "RoutingRule",
            Some,
            &[tree("Condition", Optional, CONDITION), tree("Redirect", One, REDIRECT)],
        )],
    ),
];

pub(super) const TAG: &[Field] = &[text("Key", One, filled), text("Value", One, any)];

pub(super) const TAGGING: &[Field] = &[tree("TagSet", One, &[tree("Tag", Any, TAG)])];

const FILTER: &[Field] = &[tree(
    "Object",
    One,
    &[tree(
        "FilterRule",
        Any,
        &[text("Name", One, |name| matches!(name, "prefix" | "suffix")), text("Value", One, any)],
    )],
)];

fn event(name: &str) -> bool {
    matches!(
        name,
        "ObjectCreated:*"
            | "ObjectCreated:Put"
            | "ObjectCreated:Post"
            | "ObjectCreated:Copy"
            | "ObjectCreated:CompleteMultipartUpload"
            | "ObjectRemoved:*"
            | "ObjectRemoved:Delete"
            | "ObjectRemoved:DeleteMarkerCreated"
    )
}

pub(super) const NOTIFICATION: &[Field] = &[
    tree(
        "TopicConfiguration",
        Any,
        &[
            text("Id", Optional, any),
            tree("Filter", Optional, FILTER),
            text("Topic", One, filled),
            text("Event", Some, event),
        ],
    ),
    tree(
        "FunctionGraphConfiguration",
        Any,
        &[
            text("Id", Optional, any),
            tree("Filter", Optional, FILTER),
            text("FunctionGraph", One, filled),
            text("Event", Some, event),
        ],
    ),
];

pub(super) const ENCRYPTION: &[Field] = &[tree(
    "Rule",
    One,
    &[tree(
        "ApplyServerSideEncryptionByDefault",
        One,
        &[
            text("SSEAlgorithm", One, |algorithm| matches!(algorithm, "kms" | "AES256")),
            text("KMSMasterKeyID", Optional, any),
            text("ProjectID", Optional, any),
        ],
    )],
)];

pub(super) const REPLICATION: &[Field] = &[
    text("Agency", Optional, any),
    tree(
        "Rule",
        Some,
        &[
            text("ID", Optional, any),
            text("Prefix", One, any),
            text("Status", One, status),
            text("HistoricalObjectReplication", Optional, status),
            tree(
                "Destination",
                One,
                &[
                    text("Bucket", One, filled),
                    text("StorageClass", Optional, class),
                    text("DeleteData", Optional, status),
                ],
            ),
        ],
    ),
];

pub(super) const REQUEST_PAYMENT: &[Field] =
    &[text("Payer", One, |payer| matches!(payer, "BucketOwner" | "Requester"))];

pub(super) const PUBLIC_ACCESS_BLOCK: &[Field] = &[
    text("BlockPublicAcls", Optional, boolean),
    text("IgnorePublicAcls", Optional, boolean),
    text("BlockPublicPolicy", Optional, boolean),
    text("RestrictPublicBuckets", Optional, boolean),
];

pub(super) const OBJECT_LOCK: &[Field] = &[
    text("ObjectLockEnabled", Optional, |on| on == "Enabled"),
    tree(
        "Rule",
        Optional,
        &[tree(
            "DefaultRetention",
            One,
            &[
                text("Mode", Optional, |mode| mode == "COMPLIANCE"),
                text("Days", Optional, positive),
                text("Years", Optional, positive),
            ],
        )],
    ),
];

pub(super) const DIRECT_COLD_ACCESS: &[Field] = &[text("Status", One, status)];

pub(super) const INVENTORY: &[Field] = &[
    text("Id", One, filled),
    text("IsEnabled", One, boolean),
    tree("Filter", Optional, &[text("Prefix", Optional, any)]),
    tree(
        "Destination",
        One,
        &[
            text("Format", One, |format| format == "CSV"),
            text("Bucket", One, filled),
            text("Prefix", Optional, any),
        ],
    ),
    tree("Schedule", One, &[text("Frequency", One, |every| matches!(every, "Daily" | "Weekly"))]),
    text("IncludedObjectVersions", One, |which| matches!(which, "All" | "Current")),
    tree("OptionalFields", Optional, &[text("Field", Any, filled)]),
];
