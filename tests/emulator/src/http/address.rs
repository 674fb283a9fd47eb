//! Which bucket and key a request is for: from its host name, else from its path.

use crate::errors::ObsError;
use crate::http::uri;
use std::collections::HashMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::{PoisonError, RwLock};

/// The label between the bucket and the base host that makes a host a static website.
const WEBSITE: &str = "obs-website";

/// The names that the server answers to.
#[derive(Debug, Default)]
pub(crate) struct Names {
    bases: RwLock<Vec<String>>,
    domains: RwLock<HashMap<String, String>>,
}

/// Where a request goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) bucket: Option<String>,
    pub(crate) key: Option<String>,
    /// The bucket came from the host name.
    pub(crate) virtual_hosted: bool,
    pub(crate) website: bool,
    /// The resources that the signature may name, without sub-resources.
    pub(crate) resources: Vec<String>,
    /// The host belongs to the server itself: its control pages may be asked for.
    pub(crate) is_server: bool,
}

impl Names {
    pub(crate) fn add_base(&self, host: &str) {
        self.bases.write().unwrap_or_else(PoisonError::into_inner).push(host.to_ascii_lowercase());
    }

    pub(crate) fn map_domain(&self, domain: &str, bucket: &str) {
        let mut domains = self.domains.write().unwrap_or_else(PoisonError::into_inner);
        domains.insert(domain.to_ascii_lowercase(), bucket.to_owned());
    }

    /// Finds bucket and key. `configured` knows the domains that buckets were given by requests.
    pub(crate) fn locate(
        &self,
        host: &str,
        path: &str,
        configured: impl Fn(&str) -> Option<String>,
    ) -> Result<Address, ObsError> {
        let name = without_port(host).to_ascii_lowercase();
        match self.role(&name, configured) {
            Role::Server => by_path(path),
            Role::Bucket(bucket) => {
                let resources = vec![format!("/{bucket}{path}")];
                by_host(bucket, path, resources, false)
            }
            Role::Website(bucket) => {
                let resources = vec![format!("/{bucket}{path}")];
                by_host(bucket, path, resources, true)
            }
            Role::Domain(bucket) => by_host(bucket, path, vec![format!("/{name}{path}")], false),
            Role::Unknown => Err(ObsError::new(
                404,
                "NoSuchBucket",
                format!("The host {name} is neither the server's nor a domain that is bound to a bucket"),
            )
            .detail("BucketName", name)),
        }
    }

    fn role(&self, name: &str, configured: impl Fn(&str) -> Option<String>) -> Role {
        let domains = self.domains.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = domains.get(name) {
            return Role::Domain(bucket.clone());
        }
        if is_ip(name) {
            return Role::Server;
        }
        let bases = self.bases.read().unwrap_or_else(PoisonError::into_inner);
        if bases.iter().any(|base| base == name) {
            return Role::Server;
        }
        // Of a base below another one that is the nearer one.
        let below = |base: &String| name.strip_suffix(base.as_str())?.strip_suffix('.');
        let Some(label) = bases.iter().filter_map(below).min_by_key(|label| label.len()) else {
            return configured(name).map_or(Role::Unknown, Role::Domain);
        };
        match label.strip_suffix(WEBSITE).and_then(|rest| rest.strip_suffix('.')) {
            Some(bucket) => Role::Website(bucket.to_owned()),
            None => Role::Bucket(label.to_owned()),
        }
    }
}

enum Role {
    Server,
    Bucket(String),
    Website(String),
    Domain(String),
    Unknown,
}

fn by_path(path: &str) -> Result<Address, ObsError> {
    let rest = path.strip_prefix('/').unwrap_or(path);
    let (bucket, key) = match rest.split_once('/') {
        Some((bucket, key)) => (bucket, key),
        None => (rest, ""),
    };
    let resources = match (bucket, key) {
        ("", "") => vec!["/".to_owned()],
        // A bucket is signed with or without the slash, whichever was sent
        (bucket, "") => vec![format!("/{bucket}"), format!("/{bucket}/")],
        _ => vec![path.to_owned()],
    };
    if bucket.is_empty() && !key.is_empty() {
        return Err(ObsError::new(400, "InvalidBucketName", "The path names no bucket"));
    }
    Ok(Address {
        bucket: some(decode(bucket)?),
        key: some(decode(key)?),
        resources,
        is_server: true,
        ..Address::default()
    })
}

fn by_host(bucket: String, path: &str, resources: Vec<String>, website: bool) -> Result<Address, ObsError> {
    Ok(Address {
        bucket: Some(bucket),
        key: some(decode(path.strip_prefix('/').unwrap_or(path))?),
        virtual_hosted: true,
        website,
        resources,
        is_server: false,
    })
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn decode(raw: &str) -> Result<String, ObsError> {
    uri::decode_path(raw).ok_or_else(|| ObsError::new(400, "InvalidURI", "Couldn't parse the specified URI."))
}

/// The name of a `Host` header.
pub(crate) fn without_port(host: &str) -> &str {
    if host.starts_with('[') {
        return host.find(']').map_or(host, |end| &host[..=end]);
    }
    host.split(':').next().unwrap_or(host)
}

fn is_ip(name: &str) -> bool {
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    bare.is_some_and(|name| name.parse::<Ipv6Addr>().is_ok()) || name.parse::<Ipv4Addr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let names = Names::default();
        names.add_base("localhost");
        names.add_base("obs.example.com");
        names.add_base("obs.region.localhost");
        names.map_domain("files.example.org", "b1");
        names
    }

    #[test]
    fn hosts_and_paths() {
        // host, path, bucket, key, first resource
        let table = [
            ("127.0.0.1:9000", "/", None, None, "/"),
            ("127.0.0.1:9000", "/b1", Some("b1"), None, "/b1"),
            ("[::1]:9000", "/b1/", Some("b1"), None, "/b1"),
            ("localhost", "/b1//k%20", Some("b1"), Some("/k "), "/b1//k%20"),
            ("b1.localhost:80", "/", Some("b1"), None, "/b1/"),
            ("b1.obs.region.localhost", "/a", Some("b1"), Some("a"), "/b1/a"),
            ("obs.region.localhost", "/b1", Some("b1"), None, "/b1"),
            ("my.b.OBS.example.com", "/a/b", Some("my.b"), Some("a/b"), "/my.b/a/b"),
            ("files.example.org:81", "/a", Some("b1"), Some("a"), "/files.example.org/a"),
            ("late.example.org", "/a", Some("b2"), Some("a"), "/late.example.org/a"),
        ];
        for (host, path, bucket, key, resource) in table {
            let configured = |name: &str| (name == "late.example.org").then(|| "b2".to_owned());
            let address = names().locate(host, path, configured).unwrap();
            assert_eq!(address.bucket.as_deref(), bucket, "{host}{path}");
            assert_eq!(address.key.as_deref(), key, "{host}{path}");
            assert_eq!(address.resources[0], resource, "{host}{path}");
            assert!(!address.website);
        }
    }

    #[test]
    fn website_and_unknown_hosts() {
        let address = names().locate("b1.obs-website.localhost:1", "/x", |_| None).unwrap();
        assert!(address.website);
        assert_eq!(address.bucket.as_deref(), Some("b1"));
        assert_eq!(names().locate("other.example.net", "/x", |_| None).unwrap_err().code, "NoSuchBucket");
        assert_eq!(names().locate("localhost", "/b/%zz", |_| None).unwrap_err().code, "InvalidURI");
    }
}
