//! The text that the OBS protocol and AWS V2 sign.

use crate::exchange::Dialect;
use crate::http::uri::Parameter;

/// Query parameters that are part of the signed resource, in lower case.
const SUB_RESOURCES: &[&str] = &[
    "acl",
    "append",
    "backtosource",
    "bucketstatus",
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

/// Documented as signed, left out by the official SDKs: either is accepted.
const OPTIONAL: &str = "customdomain";

/// The parts of the text, so that a signature can be checked against every spelling of the resource.
#[derive(Debug)]
pub(crate) struct Canonical<'a> {
    pub(crate) dialect: Dialect,
    pub(crate) method: &'a str,
    pub(crate) headers: &'a [(String, Vec<u8>)],
    pub(crate) query: &'a [Parameter],
    /// The date line: `Date`, or the end of a URL; empty if the date is in a header of the protocol.
    pub(crate) date: &'a str,
}

impl Canonical<'_> {
    /// The texts that a correct client may have signed, the most likely one first.
    pub(crate) fn texts(&self, resources: &[String]) -> Vec<Vec<u8>> {
        let head = self.head();
        let mut texts = Vec::new();
        let mut queries = vec![self.sub_resources(true)];
        if self.query.iter().any(|(name, _)| name.eq_ignore_ascii_case(OPTIONAL)) {
            queries.push(self.sub_resources(false));
        }
        for resource in resources {
            for query in &queries {
                let mut text = head.clone();
                text.extend_from_slice(resource.as_bytes());
                text.extend_from_slice(query.as_bytes());
                texts.push(text);
            }
        }
        texts
    }

    /// Everything before the resource.
    fn head(&self) -> Vec<u8> {
        let value = |name: &str| {
            self.headers
                .iter()
                .find(|(header, _)| header == name)
                .map_or(&[][..], |(_, value)| value.as_slice())
        };
        let mut text = Vec::with_capacity(256);
        for line in
            [self.method.as_bytes(), value("content-md5"), value("content-type"), self.date.as_bytes()]
        {
            text.extend_from_slice(line);
            text.push(b'\n');
        }
        let prefix = self.dialect.prefix();
        let mut own: Vec<_> = self.headers.iter().filter(|(name, _)| name.starts_with(prefix)).collect();
        own.sort_by(|(a, _), (b, _)| a.cmp(b));
        let mut last: Option<&str> = None;
        for (name, value) in own {
            if last == Some(name) {
                // Headers of one name are one header, joined by commas
                text.pop();
                text.push(b',');
            } else {
                text.extend_from_slice(name.as_bytes());
                text.push(b':');
            }
            text.extend_from_slice(value);
            text.push(b'\n');
            last = Some(name);
        }
        text
    }

    fn sub_resources(&self, with_optional: bool) -> String {
        let prefix = self.dialect.prefix();
        let mut signed: Vec<_> = self
            .query
            .iter()
            .filter(|(name, _)| {
                let name = name.to_ascii_lowercase();
                if name == OPTIONAL {
                    return with_optional;
                }
                name.starts_with(prefix) || SUB_RESOURCES.binary_search(&name.as_str()).is_ok()
            })
            .collect();
        signed.sort_by(|(a, _), (b, _)| a.cmp(b));
        let mut text = String::new();
        for (name, value) in signed {
            text.push(if text.is_empty() { '?' } else { '&' });
            text.push_str(name);
            if let Some(value) = value {
                text.push('=');
                text.push_str(value);
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_searched() {
        assert!(SUB_RESOURCES.is_sorted());
    }
}
