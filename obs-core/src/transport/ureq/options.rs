//! TLS and proxies in the words of ureq.

use ureq::http::Uri;
#[cfg(feature = "rustls")]
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Proxy, ProxyProtocol};

use crate::config::ProxyConfig;
#[cfg(feature = "rustls")]
use crate::config::TlsVerification;
use crate::error::{Error, Result};

#[cfg(feature = "rustls")]
pub(super) fn tls(verification: &TlsVerification) -> Result<TlsConfig> {
    let builder = TlsConfig::builder();
    Ok(match verification {
        TlsVerification::WebPki => builder,
        #[cfg(feature = "platform-verifier")]
        TlsVerification::Platform => builder.root_certs(RootCerts::PlatformVerifier),
        TlsVerification::Pem(pem) => builder.root_certs(RootCerts::new_with_certs(&certificates(pem)?)),
        TlsVerification::Off => {
            log::warn!(target: "obs::http", "server certificates are not verified: anybody on the line can read and change everything");
            builder.disable_verification(true)
        }
    }
    .build())
}

#[cfg(feature = "rustls")]
fn certificates(pem: &[u8]) -> Result<Vec<Certificate<'static>>> {
    let mut found = Vec::new();
    for item in parse_pem(pem) {
        match item {
            Ok(PemItem::Certificate(certificate)) => found.push(certificate),
            Ok(_) => {}
            Err(e) => {
                return Err(Error::invalid("the root certificates are not in PEM format").with_source(e));
            }
        }
    }
    if found.is_empty() {
        return Err(Error::invalid("no certificate in the PEM bundle of root certificates"));
    }
    Ok(found)
}

pub(super) fn proxy(config: &ProxyConfig) -> Result<Proxy> {
    // What is wrong with a proxy's URL is not repeated: it may hold a password.
    let invalid = || Error::invalid("the proxy's URL is not of the form http://host:port");
    let uri: Uri = if config.url.contains("://") {
        config.url.parse()
    } else {
        format!("http://{}", config.url).parse()
    }
    .map_err(|_| invalid())?;
    let given = Proxy::new(&uri.to_string()).map_err(|_| invalid())?;
    // ureq would panic at the others.
    let protocol = match given.protocol() {
        protocol @ (ProxyProtocol::Http | ProxyProtocol::Https) => protocol,
        _ => return Err(invalid()),
    };
    if given.host().is_empty() {
        return Err(invalid());
    }
    let mut builder = Proxy::builder(protocol).host(given.host()).port(given.port());
    let user = config.credentials.as_ref().map(|(u, _)| u.as_str()).or(given.username());
    let password = config.credentials.as_ref().map(|(_, p)| p.as_str()).or(given.password());
    if let Some(user) = user {
        builder = builder.username(user);
    }
    if let Some(password) = password {
        builder = builder.password(password);
    }
    for host in &config.no_proxy {
        let host = host.trim();
        builder = builder.no_proxy(host);
        if !host.contains('*') && !host.starts_with('.') {
            // As other programs read it: the buckets are names below that of the endpoint.
            builder = builder.no_proxy(&format!(".{host}"));
        }
    }
    builder.build().map_err(|_| invalid())
}
