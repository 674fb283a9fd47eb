//! The settings of a bucket: one line each.

use clap::builder::PossibleValuesParser;

/// How the service keeps a setting.
#[derive(Debug)]
pub(super) struct Setting {
    /// What it is called here.
    pub(super) name: &'static str,
    pub(super) at: At,
    pub(super) format: Format,
    pub(super) deletable: bool,
    pub(super) named: Named,
}

/// Where it is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    /// A sub-resource.
    Sub(&'static str),
    /// A sub-resource of the OBS protocol, and of the others.
    SubOf(&'static str, &'static str),
    /// A sub-resource whose value is the name.
    Value(&'static str),
    /// A key that the service keeps for it, and the header that says so.
    Key(&'static str, &'static str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Xml,
    Json,
    /// JSON, sent without saying so.
    PlainJson,
}

/// Whether a bucket has several by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    No,
    Yes,
}

const fn xml(name: &'static str, sub_resource: &'static str) -> Setting {
    Setting { name, at: At::Sub(sub_resource), format: Format::Xml, deletable: true, named: Named::No }
}

const fn json(name: &'static str, sub_resource: &'static str) -> Setting {
    Setting { format: Format::Json, ..xml(name, sub_resource) }
}

const fn lasting(setting: Setting) -> Setting {
    Setting { deletable: false, ..setting }
}

pub(super) const SETTINGS: &[Setting] = &[
    lasting(xml("acl", "acl")),
    Setting { format: Format::PlainJson, ..xml("policy", "policy") },
    xml("lifecycle", "lifecycle"),
    xml("cors", "cors"),
    xml("website", "website"),
    lasting(xml("logging", "logging")),
    xml("tagging", "tagging"),
    lasting(xml("notification", "notification")),
    lasting(xml("versioning", "versioning")),
    lasting(xml("quota", "quota")),
    lasting(Setting { at: At::SubOf("storageClass", "storagePolicy"), ..xml("storage-class", "") }),
    xml("encryption", "encryption"),
    xml("replication", "replication"),
    Setting { named: Named::Yes, ..xml("inventory", "inventory") },
    lasting(xml("request-payment", "requestPayment")),
    xml("public-access-block", "publicAccessBlock"),
    lasting(xml("object-lock", "object-lock")),
    xml("direct-cold-access", "directcoldaccess"),
    json("compress-policy", "obscompresspolicy"),
    json("dis-policy", "disPolicy"),
    json("mirror-back-to-source", "mirrorBackToSource"),
    Setting { at: At::Key("v1/extension_policy", "oef-marker"), ..json("fetch-policy", "") },
    Setting { at: At::Value("customdomain"), named: Named::Yes, ..xml("custom-domain", "") },
];

/// Reads a name of the table.
pub(super) fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(SETTINGS.iter().map(|setting| setting.name))
}

#[cfg(test)]
mod tests {
    use obs_core::settings::*;
    use obs_core::{AccessControlList, Setting as Known};

    use super::*;

    /// Whether the table says the same as the library of a setting.
    fn agrees<S: Known>(name: &str) {
        let setting = SETTINGS.iter().find(|setting| setting.name == name).unwrap();
        match setting.at {
            At::Sub(sub_resource) | At::SubOf(sub_resource, _) => assert_eq!(sub_resource, S::SUB_RESOURCE),
            At::Key(..) => assert_eq!(S::SUB_RESOURCE, ""),
            At::Value(_) => panic!("{name} is no setting of the library's kind"),
        }
        assert_eq!(setting.deletable, !S::DELETE.is_empty(), "{name}");
        assert_eq!(setting.format == Format::Json, S::CONTENT_TYPE == "application/json", "{name}");
    }

    #[test]
    fn the_table_says_what_the_library_does() {
        agrees::<AccessControlList>("acl");
        agrees::<BucketPolicy>("policy");
        agrees::<Lifecycle>("lifecycle");
        agrees::<Cors>("cors");
        agrees::<Website>("website");
        agrees::<Logging>("logging");
        agrees::<Tagging>("tagging");
        agrees::<Notification>("notification");
        agrees::<Versioning>("versioning");
        agrees::<Quota>("quota");
        agrees::<StoragePolicy>("storage-class");
        agrees::<BucketEncryption>("encryption");
        agrees::<Replication>("replication");
        agrees::<RequestPayment>("request-payment");
        agrees::<PublicAccessBlock>("public-access-block");
        agrees::<ObjectLock>("object-lock");
        agrees::<DirectColdAccess>("direct-cold-access");
        agrees::<ObsCompressPolicy>("compress-policy");
        agrees::<DisPolicy>("dis-policy");
        agrees::<MirrorBackToSource>("mirror-back-to-source");
        agrees::<FetchPolicy>("fetch-policy");
        assert_eq!(SETTINGS.len(), 21 + 2, "and inventories and custom domains, which have names");
    }
}
