//! What a client was built with, in the words of ureq.

use std::time::Duration;

use ureq::config::{AutoHeaderValue, Config};
use ureq::http::Uri;
#[cfg(feature = "rustls")]
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Proxy, ProxyProtocol};

use super::MAX_RESPONSE_HEAD;
#[cfg(feature = "rustls")]
use crate::config::TlsVerification;
use crate::config::{ConnectionConfig, ProxyConfig};
use crate::error::{Error, Result};

/// How long consent to a body is waited for; servers that know nothing of it say nothing.
const CONSENT: Duration = Duration::from_secs(1);

/// How servers are reached, and the same without the proxy.
pub(super) fn with_and_without_proxy(given: &ConnectionConfig) -> Result<(Config, Config)> {
    let proxy = given.proxy.as_ref().map(proxy).transpose()?;
    #[cfg(feature = "rustls")]
    let tls = tls(&given.tls)?;
    let idle = if given.keep_alive { given.max_connections } else { 0 };
    let with = |proxy| {
        let builder = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(proxy)
            .user_agent(given.user_agent.clone())
            .accept(AutoHeaderValue::None)
            .accept_encoding(AutoHeaderValue::None)
            .input_buffer_size(given.chunk_size)
            .output_buffer_size(given.chunk_size)
            .max_response_header_size(MAX_RESPONSE_HEAD)
            .max_idle_connections(idle)
            .max_idle_connections_per_host(idle)
            .max_idle_age(given.idle_timeout)
            // Limits on phases would cap an object's size by the bandwidth; these only catch a stall.
            .timeout_resolve(Some(given.connect_timeout))
            .timeout_connect(Some(given.connect_timeout))
            .timeout_per_read(Some(given.timeout))
            .timeout_per_write(Some(given.timeout))
            .timeout_await_100(Some(CONSENT.min(given.timeout)));
        #[cfg(feature = "rustls")]
        let builder = builder.tls_config(tls.clone());
        builder.build()
    };
    Ok((with(proxy), with(None)))
}

#[cfg(feature = "rustls")]
fn tls(verification: &TlsVerification) -> Result<TlsConfig> {
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

fn proxy(config: &ProxyConfig) -> Result<Proxy> {
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
