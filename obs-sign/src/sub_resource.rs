//! Which query parameters take part in an HMAC-SHA1 signature.

/// Lower case, sorted: the sub-resources of OBS's reference and what official clients sign beyond it.
const SIGNED: [&str; 72] = [
    "acl",
    "append",
    "attname",
    "backtosource",
    "bucketstatus",
    "cdnnotifyconfiguration",
    "cors",
    "customdomain",
    "delete",
    "deletebucket",
    "directcoldaccess",
    "dispolicy",
    "encryption",
    "fileinterface",
    "inventory",
    "length",
    "lifecycle",
    "location",
    "logging",
    "metadata",
    "mirrorbacktosource",
    "modify",
    "name",
    "notification",
    "object-lock",
    "obsalias",
    "obsbucketalias",
    "obscompresspolicy",
    "obsworkflowtriggerpolicy",
    "orchestration",
    "partnumber",
    "policy",
    "policystatus",
    "position",
    "publicaccessblock",
    "quota",
    "rename",
    "replication",
    "requestpayment",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "restore",
    "retention",
    "storageclass",
    "storageinfo",
    "storagepolicy",
    "tagging",
    "torrent",
    "truncate",
    "uploadid",
    "uploads",
    "versionid",
    "versioning",
    "versions",
    "website",
    "x-image-process",
    "x-image-save-bucket",
    "x-image-save-object",
    "x-obs-accesslabel",
    "x-oss-process",
    "x-workflow-execution-state",
    "x-workflow-execution-type",
    "x-workflow-graph-name",
    "x-workflow-limit",
    "x-workflow-next-marker",
    "x-workflow-prefix",
    "x-workflow-start",
    "x-workflow-template-name",
];

/// Whether a query parameter is signed: it stands in the table or starts with the dialect's header prefix, in any case.
pub(crate) fn is_signed(name: &str, prefix: &str) -> bool {
    starts_with_ignore_case(name, prefix)
        || SIGNED
            .binary_search_by(|entry| entry.bytes().cmp(name.bytes().map(|byte| byte.to_ascii_lowercase())))
            .is_ok()
}

pub(crate) fn starts_with_ignore_case(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_sorted_and_lower_case() {
        assert!(SIGNED.is_sorted());
        assert!(SIGNED.iter().all(|name| !name.contains(|c: char| c.is_ascii_uppercase())));
    }

    #[test]
    fn names_match_in_any_case() {
        for name in [
            "acl",
            "uploadId",
            "partNumber",
            "response-Content-Type",
            "X-Image-Process",
            "x-OBS-any",
            "x-obs-",
        ] {
            assert!(is_signed(name, "x-obs-"), "{name}");
        }
        for name in ["prefix", "max-keys", "id", "encoding-type", "x-amz-a", "aclx", "ac", "", "x-obs", "名"]
        {
            assert!(!is_signed(name, "x-obs-"), "{name}");
        }
        assert!(is_signed("x-amz-security-token", "x-amz-"));
    }
}
