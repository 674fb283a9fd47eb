//! Tunnels through a proxy. ureq's own begin the time to connect anew with each byte that the proxy says, and do not tell why it refuses.

use std::fmt::Write;
use std::time::Instant;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};
use ureq::{Error, Proxy};

use super::answer::{self, Look};
use super::direct::{left_of, write_all};
use super::names;
use crate::error::ProxyDenied;

/// Has a proxy open a connection, where there is one on the way.
#[derive(Debug)]
pub(super) struct Tunnel {
    /// How the proxy itself is reached.
    pub(super) direct: Config,
    pub(super) user_agent: String,
}

impl Connector for Tunnel {
    type Out = Tunneled;

    fn connect(&self, details: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<Self::Out>, Error> {
        let on_the_way = details.config.proxy().filter(|proxy| !proxy.is_no_proxy(details.uri));
        let Some(proxy) = on_the_way else { return Ok(None) };
        let since = Instant::now();
        let mut connection = (details.run_connector)(&in_place_of(details, proxy.uri(), &self.direct))?;
        let request = self.request(details.uri, proxy);
        write_all(&mut *connection, request.as_bytes(), left_of(details.timeout, since)?)?;
        match answered(&mut *connection, details.timeout, since)? {
            200..300 => Ok(Some(Tunneled(connection))),
            407 => Err(Error::Other(Box::new(ProxyDenied))),
            status => Err(Error::ConnectProxyFailed(format!("it answered {status}"))),
        }
    }
}

impl Tunnel {
    fn request(&self, target: &Uri, proxy: &Proxy) -> String {
        let to = format!("{}:{}", target.host().unwrap_or_default(), names::port(target));
        let mut request = format!("CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n");
        // Writing to a text cannot fail.
        let _ = write!(request, "User-Agent: {}\r\nProxy-Connection: Keep-Alive\r\n", self.user_agent);
        if proxy.username().is_some() || proxy.password().is_some() {
            let [user, password] =
                [proxy.username(), proxy.password()].map(|given| given.unwrap_or_default());
            let credentials = BASE64_STANDARD.encode(format!("{user}:{password}"));
            let _ = write!(request, "Proxy-Authorization: Basic {credentials}\r\n");
        }
        request + "\r\n"
    }
}

/// The status that the proxy answers with, within the time to connect.
fn answered(connection: &mut dyn Transport, timeout: NextTimeout, since: Instant) -> Result<u16, Error> {
    let failed = |why: String| Error::ConnectProxyFailed(why);
    loop {
        match answer::look(connection.buffers().input(), true) {
            Look::Head(head) => {
                connection.buffers().input_consume(head.len);
                return Ok(head.status);
            }
            Look::Informational { len, .. } => connection.buffers().input_consume(len),
            Look::Partial if connection.await_input(left_of(timeout, since)?)? => {}
            Look::Partial => return Err(failed("it closed the connection".to_owned())),
            Look::Refused(refusal) => return Err(failed(refusal.to_string())),
        }
    }
}

/// The same for another target and configuration, which is that of all requests: what can be shared is made once.
pub(super) fn in_place_of<'a>(
    details: &'a ConnectionDetails<'_>,
    uri: &'a Uri,
    config: &'a Config,
) -> ConnectionDetails<'a> {
    ConnectionDetails {
        uri,
        addrs: details.resolver.empty(),
        resolver: details.resolver,
        config,
        request_level: false,
        now: details.now,
        timeout: details.timeout,
        current_time: details.current_time.clone(),
        run_connector: details.run_connector.clone(),
        register_shutdown: details.register_shutdown.clone(),
    }
}

/// A connection that a proxy made. TLS with the proxy is none with its target.
#[derive(Debug)]
pub(super) struct Tunneled(Box<dyn Transport>);

impl Transport for Tunneled {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.0.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }
}
