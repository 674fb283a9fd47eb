//! The proxy that the environment names, and the hosts that go without it.

use std::net::IpAddr;

use obs_sign::{Endpoint, Scheme};

use crate::config::ProxyConfig;

/// The proxy for an endpoint, of `HTTPS_PROXY`, `HTTP_PROXY` or `ALL_PROXY`, and what `NO_PROXY` excepts.
pub(crate) fn from_env(
    endpoint: &Endpoint,
    variable: impl Fn(&str) -> Option<String>,
) -> Option<ProxyConfig> {
    let given = |name: &str| {
        let value = variable(&name.to_ascii_lowercase()).or_else(|| variable(name))?;
        Some(value.trim().to_owned()).filter(|value| !value.is_empty())
    };
    let own = match endpoint.scheme() {
        Scheme::Https => given("HTTPS_PROXY"),
        // In a CGI program the client of the web server names HTTP_PROXY.
        Scheme::Http if variable("REQUEST_METHOD").is_some() => variable("http_proxy"),
        Scheme::Http => given("HTTP_PROXY"),
    };
    let url = own.or_else(|| given("ALL_PROXY"))?;
    let excepted = given("NO_PROXY").unwrap_or_default();
    let no_proxy = excepted.split([',', ' ']).map(str::to_owned).collect();
    Some(ProxyConfig { url, credentials: None, no_proxy })
}

/// The exceptions that can matter for an endpoint, as names alone: those for another port are left out, and a network (`10.0.0.0/8`)
/// stands for the endpoint where that is an address in it.
pub(crate) fn exceptions(hosts: &[String], endpoint: &Endpoint) -> Vec<String> {
    let address = address(endpoint.host());
    let named = hosts.iter().filter_map(|host| {
        let (name, port) = without_port(host.trim());
        let elsewhere = port.is_some_and(|port| port.parse() != Ok(endpoint.port()));
        if name.is_empty() || elsewhere {
            return None;
        }
        if let Some((network, bits)) = name.split_once('/') {
            let inside = contains(self::address(network)?, bits.parse().ok()?, address?);
            return inside.then(|| endpoint.host().to_owned());
        }
        // As it stands in a URL.
        Some(match self::address(name) {
            Some(IpAddr::V6(ip)) => format!("[{ip}]"),
            _ => name.trim_end_matches('.').to_owned(),
        })
    });
    named.collect()
}

/// An IPv6 address has colons of its own, so that a port may stand behind its brackets only.
fn without_port(host: &str) -> (&str, Option<&str>) {
    match host.rsplit_once(':') {
        Some((name, port))
            if (!name.contains(':') || name.ends_with(']')) && port.bytes().all(|b| b.is_ascii_digit()) =>
        {
            (name, Some(port))
        }
        _ => (host, None),
    }
}

fn address(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

fn contains(network: IpAddr, bits: u32, address: IpAddr) -> bool {
    // As numbers of 128 bits, IPv4 in the upper ones.
    let number = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => u128::from(u32::from(ip)) << 96,
        IpAddr::V6(ip) => u128::from(ip),
    };
    let longest = if network.is_ipv4() { 32 } else { 128 };
    let differing = number(network) ^ number(address);
    network.is_ipv4() == address.is_ipv4() && bits <= longest && differing.leading_zeros() >= bits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(endpoint: &str, variables: &[(&str, &str)]) -> Option<(String, Vec<String>)> {
        let endpoint = Endpoint::parse(endpoint).unwrap();
        let found = from_env(&endpoint, |name| {
            variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned())
        });
        found.map(|proxy| (proxy.url, exceptions(&proxy.no_proxy, &endpoint)))
    }

    #[test]
    fn the_variable_of_the_protocol_comes_first() {
        let both = [("HTTPS_PROXY", "s:1"), ("http_proxy", "p:1"), ("ALL_PROXY", "a:1")];
        assert_eq!(of("https://obs.example.com", &both).unwrap().0, "s:1");
        assert_eq!(of("http://obs.example.com", &both).unwrap().0, "p:1");
        assert_eq!(of("http://obs.example.com", &[("https_proxy", "s:1")]), None);
        assert_eq!(
            of("http://obs.example.com", &[("http_proxy", " "), ("all_proxy", "a:1")]).unwrap().0,
            "a:1"
        );
        assert_eq!(of("https://obs.example.com", &[]), None);
        let cgi = [("HTTP_PROXY", "evil:1"), ("REQUEST_METHOD", "GET")];
        assert_eq!(of("http://obs.example.com", &cgi), None);
    }

    fn excepted(endpoint: &str, no_proxy: &str) -> Vec<String> {
        of(endpoint, &[("ALL_PROXY", "p:1"), ("NO_PROXY", no_proxy)]).unwrap().1
    }

    #[test]
    fn names_go_without_and_ports_count() {
        let all = "localhost, .example.org,obs.example.com:443,obs.example.com:8443,,x.,*";
        assert_eq!(
            excepted("https://obs.example.com", all),
            ["localhost", ".example.org", "obs.example.com", "x", "*"]
        );
        assert_eq!(excepted("https://obs.example.com:8443", "obs.example.com:8443"), ["obs.example.com"]);
        assert!(excepted("http://obs.example.com", "obs.example.com:443,obs.example.com:99999").is_empty());
    }

    #[test]
    fn addresses_and_networks_go_without() {
        for (endpoint, entry, inside) in [
            ("http://10.1.2.3", "10.0.0.0/8", true),
            ("http://11.1.2.3", "10.0.0.0/8", false),
            ("http://10.1.2.3", "10.1.2.3/32", true),
            ("http://10.1.2.4", "10.1.2.3/32", false),
            ("http://10.1.2.3", "0.0.0.0/0", true),
            ("http://10.1.2.3", "::/0", false),
            ("http://[fd00::7]", "fd00::/8", true),
            ("http://[fd00::7]", "[fd00::]/8", true),
            ("http://[fe00::7]", "fd00::/8", false),
            ("http://[fd00::7]", "0.0.0.0/0", false),
            ("http://obs.example.com", "10.0.0.0/8", false),
            ("http://10.1.2.3", "10.0.0.0/33", false),
            ("http://10.1.2.3", "10.0.0.0/", false),
            ("http://10.1.2.3", "/8", false),
            ("http://10.1.2.3:8080", "10.1.2.3:8080", true),
            ("http://10.1.2.3", "10.1.2.3:8080", false),
            ("http://[fd00::7]", "fd00::7", true),
            ("http://[fd00::7]", "[FD00::7]", true),
            ("http://[fd00::7]:81", "[fd00:0::7]:81", true),
            ("http://[fd00::7]", "[fd00::7]:81", false),
        ] {
            let host = Endpoint::parse(endpoint).unwrap().host().to_owned();
            assert_eq!(excepted(endpoint, entry).contains(&host), inside, "{endpoint} {entry}");
        }
    }
}
