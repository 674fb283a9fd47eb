//! An OBS server in one process, for tests.
//!
//! It keeps buckets and objects, checks every form of signature with code of its own, makes faults on purpose, and
//! tells what it has seen.
//!
//! ```no_run
//! use obs_emulator::{Emulator, Rule};
//!
//! let emulator = Emulator::start();
//! println!("{} {} {}", emulator.endpoint(), Emulator::ACCESS_KEY, Emulator::SECRET_KEY);
//! emulator.faults().add(Rule::error(503, "SlowDown").operation("PutObject").times(1));
//! // … a client works against the endpoint …
//! assert_eq!(emulator.operation_count("PutObject"), 2);
//! ```

pub mod api;
mod auth;
mod builder;
mod clock;
pub mod errors;
pub mod exchange;
mod fault;
mod http;
mod inspect;
mod positioned;
pub mod store;
mod tls;
mod xml;

pub use builder::Builder;
pub use fault::{Action, Answer, Fault, Faults, Raw, Rule};
pub use inspect::{Connections, PartId, PartTraffic, SeenRequest};

use auth::accounts::{Account, Temporary};
use http::server::Server;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant, SystemTime};
use store::Store;

/// How long a stopping server waits for its connections.
const STOP: Duration = Duration::from_secs(2);

/// A running server. It stops when this is dropped.
#[derive(Debug)]
pub struct Emulator {
    server: Arc<Server>,
    address: SocketAddr,
    accepting: Option<JoinHandle<()>>,
}

impl Emulator {
    /// Access key that is known from the start.
    pub const ACCESS_KEY: &str = "EMULATORACCESSKEY001";
    /// Its secret.
    pub const SECRET_KEY: &str = "EmulatorSecretKey/0123456789+abcdefABCDE";
    /// Id of its account.
    pub const ACCOUNT_ID: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";

    /// Starts a server with all defaults on a free port of 127.0.0.1.
    ///
    /// # Panics
    /// If no port can be had.
    #[must_use]
    pub fn start() -> Self {
        Self::builder().start().expect("a free port on 127.0.0.1")
    }

    /// A server with settings.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// `http://127.0.0.1:PORT`: path-style addressing.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("{}://{}", self.scheme(), self.reachable())
    }

    /// `http://localhost:PORT`: buckets are `bucket.localhost`, where names under `localhost` resolve to loopback.
    #[must_use]
    pub fn localhost_endpoint(&self) -> String {
        format!("{}://localhost:{}", self.scheme(), self.address.port())
    }

    fn scheme(&self) -> &'static str {
        if self.server.tls.is_on() { "https" } else { "http" }
    }

    /// The address that the server listens at.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same as a client on this machine reaches it.
    fn reachable(&self) -> SocketAddr {
        let mut address = self.address;
        if address.ip().is_unspecified() {
            address.set_ip(if address.is_ipv4() {
                Ipv4Addr::LOCALHOST.into()
            } else {
                Ipv6Addr::LOCALHOST.into()
            });
        }
        address
    }

    /// Makes a key known, or changes its secret or account.
    pub fn add_account(&self, access_key: &str, secret_key: &str, account_id: &str) {
        let account = Account { secret: secret_key.to_owned(), id: account_id.to_owned(), temporary: None };
        self.server.accounts.insert(access_key, account);
    }

    /// Makes a temporary key of the default account known. It is valid with its token, until its end.
    pub fn add_temporary(&self, access_key: &str, secret_key: &str, token: &str, expires: SystemTime) {
        let account = Account {
            secret: secret_key.to_owned(),
            id: Self::ACCOUNT_ID.to_owned(),
            temporary: Some(Temporary { token: token.to_owned(), expires }),
        };
        self.server.accounts.insert(access_key, account);
    }

    /// Forgets a key. False if it was not known.
    pub fn remove_account(&self, access_key: &str) -> bool {
        self.server.accounts.remove(access_key)
    }

    /// Answers to another host name: buckets are its sub-domains.
    pub fn add_base_host(&self, host: &str) {
        self.server.names.add_base(host);
    }

    /// Binds a domain of its own to a bucket.
    pub fn map_domain(&self, domain: &str, bucket: &str) {
        self.server.names.map_domain(domain, bucket);
    }

    /// What is stored, to look at and to damage.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.server.store
    }

    /// The script of faults.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.server.faults
    }

    /// The requests seen, oldest first; the newest 100,000 unless the builder says otherwise.
    #[must_use]
    pub fn requests(&self) -> Vec<SeenRequest> {
        self.server.log.requests()
    }

    /// How often each operation was asked for.
    #[must_use]
    pub fn operations(&self) -> BTreeMap<String, u64> {
        self.server.log.operations()
    }

    /// How often one operation was asked for.
    #[must_use]
    pub fn operation_count(&self, operation: &str) -> u64 {
        self.operations().get(operation).copied().unwrap_or(0)
    }

    /// How often each status was answered.
    #[must_use]
    pub fn statuses(&self) -> BTreeMap<u16, u64> {
        self.server.log.statuses()
    }

    /// How often each part of a multipart upload was sent.
    #[must_use]
    pub fn parts(&self) -> BTreeMap<PartId, PartTraffic> {
        self.server.log.parts()
    }

    /// Connections and requests under way, now and at most.
    #[must_use]
    pub fn connections(&self) -> Connections {
        self.server.log.connections()
    }

    /// Requests that ended in a panic of the server. Not zero is a bug of the emulator.
    #[must_use]
    pub fn panics(&self) -> u64 {
        self.server.log.panics()
    }

    /// Forgets what was seen. Faults and content stay.
    pub fn clear(&self) {
        self.server.log.clear();
    }

    /// Closes the connections that wait for a request, as a server or a firewall does with idle ones. Gives their number.
    pub fn close_idle_connections(&self) -> usize {
        self.server.sockets.close_idle()
    }

    /// Waits as long as the server runs: for ever, in a program that is only the server.
    pub fn wait(&mut self) {
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.server.stop.set();
        // Wakes the thread that accepts
        let _ = TcpStream::connect_timeout(&self.reachable(), STOP);
        self.wait();
        let start = Instant::now();
        while self.server.sockets.close_all() > 0 && start.elapsed() < STOP {
            sleep(Duration::from_millis(1));
        }
    }
}
