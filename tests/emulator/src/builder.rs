//! Settings of a server.

use crate::auth::accounts::{Account, Accounts, Temporary};
use crate::clock::Clock;
use crate::fault::Faults;
use crate::http::address::Names;
use crate::http::server::{Server, Sockets};
use crate::http::spool::Spooler;
use crate::inspect::Log;
use crate::store::{Store, StoreOptions};
use crate::{Emulator, tls};
use std::io;
use std::net::{TcpListener, ToSocketAddrs as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread;
use std::time::{Duration, SystemTime};

/// Settings of an [`Emulator`]; each has a default.
#[derive(Debug)]
pub struct Builder {
    listen: String,
    data_dir: Option<PathBuf>,
    accounts: Vec<(String, Account)>,
    hosts: Vec<String>,
    domains: Vec<(String, String)>,
    clock: Clock,
    max_clock_skew: Duration,
    throttle: Option<u32>,
    verify: bool,
    idle_timeout: Duration,
    stall_timeout: Duration,
    recorded_requests: usize,
    store: StoreOptions,
    #[cfg(feature = "tls")]
    pem: Option<(Vec<u8>, Vec<u8>)>,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            listen: "127.0.0.1:0".to_owned(),
            data_dir: None,
            accounts: Vec::new(),
            hosts: vec!["localhost".to_owned()],
            domains: Vec::new(),
            clock: Clock::default(),
            max_clock_skew: Duration::from_secs(15 * 60),
            throttle: None,
            verify: true,
            idle_timeout: Duration::from_secs(60),
            stall_timeout: Duration::from_secs(60),
            recorded_requests: 100_000,
            store: StoreOptions::default(),
            #[cfg(feature = "tls")]
            pem: None,
        }
    }

    /// Where to listen, `host:port`. Default `127.0.0.1:0`: a free port.
    #[must_use]
    pub fn listen(mut self, address: impl Into<String>) -> Self {
        self.listen = address.into();
        self
    }

    /// Where large bodies lie, in files without a name that vanish with the server. Default: the system's temporary
    /// directory. It is made if it is missing.
    #[must_use]
    pub fn data_dir(mut self, path: impl Into<PathBuf>) -> Self {
        self.data_dir = Some(path.into());
        self
    }

    /// Makes a key known. The first one takes the place of the built-in one.
    #[must_use]
    pub fn account(mut self, access_key: &str, secret_key: &str, account_id: &str) -> Self {
        let account = Account { secret: secret_key.to_owned(), id: account_id.to_owned(), temporary: None };
        self.accounts.push((access_key.to_owned(), account));
        self
    }

    /// Makes a temporary key of the default account known.
    #[must_use]
    pub fn temporary_account(
        mut self,
        access_key: &str,
        secret_key: &str,
        token: &str,
        expires: SystemTime,
    ) -> Self {
        let temporary = Some(Temporary { token: token.to_owned(), expires });
        let account =
            Account { secret: secret_key.to_owned(), id: Emulator::ACCOUNT_ID.to_owned(), temporary };
        self.accounts.push((access_key.to_owned(), account));
        self
    }

    /// Answers to another host name besides `localhost`: buckets are its sub-domains.
    #[must_use]
    pub fn base_host(mut self, host: impl Into<String>) -> Self {
        self.hosts.push(host.into());
        self
    }

    /// Binds a domain of its own to a bucket.
    #[must_use]
    pub fn domain(mut self, domain: impl Into<String>, bucket: impl Into<String>) -> Self {
        self.domains.push((domain.into(), bucket.into()));
        self
    }

    /// Where the server has its time from. Default: the system.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Clock::new(clock);
        self
    }

    /// How far the time of a request may be off. Default: 15 minutes.
    #[must_use]
    pub fn max_clock_skew(mut self, skew: Duration) -> Self {
        self.max_clock_skew = skew;
        self
    }

    /// Answers 503 SlowDown to what goes beyond so many requests per second. Default: no limit.
    #[must_use]
    pub fn throttle(mut self, per_second: u32) -> Self {
        self.throttle = Some(per_second);
        self
    }

    /// Off: takes every request for one of the account that it names, signed or not. Default: on.
    #[must_use]
    pub fn verify_signatures(mut self, verify: bool) -> Self {
        self.verify = verify;
        self
    }

    /// How long a connection may wait for a request. Default: 60 s.
    #[must_use]
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// How long a client may be silent in the middle of a request or answer. Default: 60 s.
    #[must_use]
    pub fn stall_timeout(mut self, timeout: Duration) -> Self {
        self.stall_timeout = timeout;
        self
    }

    /// Of how many requests the details are kept. Default: 100,000; 0 keeps only the counts.
    #[must_use]
    pub fn recorded_requests(mut self, count: usize) -> Self {
        self.recorded_requests = count;
        self
    }

    /// Settings of the store.
    #[must_use]
    pub fn store(mut self, options: StoreOptions) -> Self {
        self.store = options;
        self
    }

    /// Serves TLS with this certificate chain and private key, both PEM.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(mut self, certificates: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        self.pem = Some((certificates.into(), key.into()));
        self
    }

    /// Starts the server.
    ///
    /// # Errors
    /// The address cannot be listened at, the data directory cannot be made, or certificate and key do not fit.
    pub fn start(self) -> io::Result<Emulator> {
        if let Some(directory) = &self.data_dir {
            std::fs::create_dir_all(directory).map_err(|error| named(&directory.display(), &error))?;
        }
        #[cfg(feature = "tls")]
        let tls = match &self.pem {
            Some((certificates, key)) => tls::Acceptor::with_pem(certificates, key)?,
            None => tls::Acceptor::default(),
        };
        #[cfg(not(feature = "tls"))]
        let tls = tls::Acceptor::default();

        let addresses: Vec<_> =
            self.listen.to_socket_addrs().map_err(|error| named(&self.listen, &error))?.collect();
        let listener = TcpListener::bind(&*addresses).map_err(|error| named(&self.listen, &error))?;
        let address = listener.local_addr()?;

        let accounts = Accounts::default();
        let mut default_account = Emulator::ACCOUNT_ID.to_owned();
        match self.accounts.iter().find(|(_, account)| account.temporary.is_none()) {
            Some((_, first)) => default_account.clone_from(&first.id),
            None => {
                let account = Account {
                    secret: Emulator::SECRET_KEY.to_owned(),
                    id: default_account.clone(),
                    temporary: None,
                };
                accounts.insert(Emulator::ACCESS_KEY, account);
            }
        }
        for (access_key, account) in self.accounts {
            accounts.insert(&access_key, account);
        }
        let names = Names::default();
        self.hosts.iter().for_each(|host| names.add_base(host));
        self.domains.iter().for_each(|(domain, bucket)| names.map_domain(domain, bucket));
        let faults = Faults::default();
        faults.throttle(self.throttle);

        let server = Arc::new(Server {
            store: Store::new(self.store),
            accounts,
            names,
            faults,
            log: Log::new(self.recorded_requests),
            clock: self.clock,
            spooler: Spooler::new(self.data_dir),
            verify: self.verify,
            default_account,
            max_skew: self.max_clock_skew,
            idle_timeout: self.idle_timeout,
            stall_timeout: self.stall_timeout,
            tls,
            stop: Default::default(),
            sockets: Sockets::default(),
            ids: AtomicU64::new(1),
        });
        let acceptor = server.clone();
        let accepting = thread::Builder::new()
            .name("obs-emulator-accept".to_owned())
            .spawn(move || acceptor.accept(&listener))?;
        Ok(Emulator { server, address, accepting: Some(accepting) })
    }
}

fn named(what: &impl std::fmt::Display, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{what}: {error}"))
}
