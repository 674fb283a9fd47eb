//! Names of hosts. They are looked up when a connection is opened: ureq does so for each request, on a thread of its own, before it sees
//! that it has an open one, and fails where the name cannot be looked up just then.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;
use ureq::{Error, Timeout};

use super::interrupt::elsewhere;

/// What ureq asks: it gets no address, and leaves it to [`Names`].
#[derive(Debug)]
pub(super) struct Later;

impl Resolver for Later {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        Ok(self.empty())
    }
}

/// The port that is meant.
pub(super) fn port(uri: &Uri) -> u16 {
    uri.port_u16().unwrap_or(if uri.scheme_str() == Some("http") { 80 } else { 443 })
}

/// The system, asked on a thread of its own: there is no other way to have done with it in time. ureq's panics where there is no thread.
#[derive(Debug)]
pub(super) struct System;

impl Resolver for System {
    fn resolve(&self, uri: &Uri, _: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let host = (uri.host().unwrap_or_default().to_owned(), port(uri));
        let asked = elsewhere(move || host.to_socket_addrs())?;
        let found = asked.recv_timeout(*timeout.after).map_err(|e| match e {
            RecvTimeoutError::Timeout => Error::Timeout(timeout.reason),
            RecvTimeoutError::Disconnected => Error::HostNotFound,
        })?;
        let mut addresses = self.empty();
        // As many as there is room for.
        found?.map_while(|address| addresses.try_push(address).ok()).for_each(drop);
        if addresses.is_empty() { Err(Error::HostNotFound) } else { Ok(addresses) }
    }
}

/// Another resolver, but for addresses, and for names under `localhost`, which are the machine itself (RFC 6761): so that
/// virtual-hosted buckets work against a local server.
#[derive(Debug, Clone)]
pub(super) struct Names(Arc<dyn Resolver>);

impl Names {
    pub(super) fn new(others: impl Resolver) -> Self {
        Self(Arc::new(others))
    }

    /// The addresses of a host, within the time to connect.
    pub(super) fn look_up(
        &self,
        uri: &Uri,
        config: &Config,
        mut timeout: NextTimeout,
    ) -> Result<Vec<SocketAddr>, Error> {
        let at = |address| SocketAddr::new(address, port(uri));
        let host = uri.host().unwrap_or_default();
        if let Ok(address) = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
            return Ok(vec![at(address)]);
        }
        let host = host.to_ascii_lowercase();
        if host == "localhost" || host.ends_with(".localhost") {
            return Ok(vec![at(Ipv4Addr::LOCALHOST.into()), at(Ipv6Addr::LOCALHOST.into())]);
        }
        if timeout.reason == Timeout::Connect {
            timeout.reason = Timeout::Resolve;
        }
        Ok(self.0.resolve(uri, config, timeout)?.to_vec())
    }
}
