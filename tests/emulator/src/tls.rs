//! Connections with or without TLS.

use crate::http::socket::Socket;
use std::io;
use std::net::TcpStream;

/// Makes sockets of accepted connections.
#[derive(Debug, Clone, Default)]
pub(crate) struct Acceptor {
    #[cfg(feature = "tls")]
    config: Option<std::sync::Arc<rustls::ServerConfig>>,
}

impl Acceptor {
    /// With a certificate chain and a private key, both PEM.
    #[cfg(feature = "tls")]
    pub(crate) fn with_pem(certificates: &[u8], key: &[u8]) -> io::Result<Self> {
        use rustls::pki_types::pem::PemObject as _;
        use rustls::pki_types::{CertificateDer, PrivateKeyDer};

        let bad = |what: &str, error: &dyn std::fmt::Display| {
            io::Error::new(io::ErrorKind::InvalidInput, format!("{what}: {error}"))
        };
        let chain = CertificateDer::pem_slice_iter(certificates)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| bad("the certificate is not PEM", &error))?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| bad("the key is not PEM", &error))?;
        let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
            .map_err(|error| bad("certificate and key cannot be used", &error))?;
        Ok(Self { config: Some(std::sync::Arc::new(config)) })
    }

    pub(crate) fn is_on(&self) -> bool {
        #[cfg(feature = "tls")]
        return self.config.is_some();
        #[cfg(not(feature = "tls"))]
        false
    }

    pub(crate) fn accept(&self, tcp: TcpStream) -> io::Result<Socket> {
        #[cfg(feature = "tls")]
        if let Some(config) = &self.config {
            let session = rustls::ServerConnection::new(config.clone()).map_err(io::Error::other)?;
            return Socket::tls(tcp, session);
        }
        Socket::plain(tcp)
    }
}
