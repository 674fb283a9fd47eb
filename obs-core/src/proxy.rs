//! The proxy that the environment names.

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
    let no_proxy = excepted
        .split([',', ' '])
        .map(|host| {
            // A port may stand behind the name; an IPv6 address has colons of its own.
            let named = host.rsplit_once(':').filter(|(name, port)| {
                !name.contains(':') && !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit())
            });
            named.map_or(host, |(name, _)| name).to_owned()
        })
        .filter(|host| !host.is_empty())
        .collect();
    Some(ProxyConfig { url, credentials: None, no_proxy })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(endpoint: &str, variables: &[(&str, &str)]) -> Option<(String, Vec<String>)> {
        let endpoint = Endpoint::parse(endpoint).unwrap();
        let found = from_env(&endpoint, |name| {
            variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned())
        });
        found.map(|proxy| (proxy.url, proxy.no_proxy))
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

    #[test]
    fn exceptions_are_split() {
        let variables =
            [("https_proxy", "s:1"), ("NO_PROXY", "localhost, .example.org,obs.example.com:443,,::1,*")];
        let (_, hosts) = of("https://obs.example.com", &variables).unwrap();
        assert_eq!(hosts, ["localhost", ".example.org", "obs.example.com", "::1", "*"]);
    }
}
