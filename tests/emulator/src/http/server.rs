//! What all connections of a server share, and the loop that accepts them.

use crate::api;
use crate::auth::Rules;
use crate::auth::accounts::Accounts;
use crate::auth::is_signature_parameter;
use crate::clock::Clock;
use crate::errors::ObsError;
use crate::exchange::{Caller, Content, Dialect, Payload, Request, Response};
use crate::fault::Faults;
use crate::http::address::{Address, Names};
use crate::http::head::Head;
use crate::http::pause::Stop;
use crate::http::serve;
use crate::http::spool::Spooler;
use crate::inspect::Log;
use crate::store::Store;
use std::collections::HashMap;
use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// The id of the host, which OBS sends as `x-obs-id-2`.
const HOST_ID: &str = "32AAAQAAEAABAAAQAAEAABAAAQAAEAABCTEmulatorLocalhostAAAAAAAAAAAAA";

/// How long a connection may take from its answer to being idle, on a machine that is busy with something else.
const GRACE: Duration = Duration::from_secs(2);

/// One server. Its threads share it.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) store: Store,
    pub(crate) accounts: Accounts,
    pub(crate) names: Names,
    pub(crate) faults: Faults,
    pub(crate) log: Log,
    pub(crate) clock: Clock,
    pub(crate) spooler: Spooler,
    pub(crate) verify: bool,
    pub(crate) default_account: String,
    pub(crate) max_skew: Duration,
    pub(crate) idle_timeout: Duration,
    pub(crate) stall_timeout: Duration,
    pub(crate) tls: crate::tls::Acceptor,
    pub(crate) stop: Stop,
    pub(crate) sockets: Sockets,
    pub(crate) ids: AtomicU64,
}

impl Server {
    pub(crate) fn now(&self) -> SystemTime {
        self.clock.now(self.faults.offset_ms())
    }

    pub(crate) fn rules(&self, now: SystemTime) -> Rules<'_> {
        Rules {
            accounts: &self.accounts,
            now,
            max_skew: self.max_skew,
            verify: self.verify,
            default_account: &self.default_account,
        }
    }

    pub(crate) fn locate(&self, host: &str, path: &str) -> Result<Address, ObsError> {
        self.names.locate(host, path, |domain| self.store.bucket_of_domain(domain))
    }

    pub(crate) fn operation(&self, request: &Request) -> &'static str {
        if request.method == "HEAD" && request.query.iter().any(|(name, _)| name == "apiversion") {
            return "GetApiVersion";
        }
        api::operation_name(request)
    }

    /// The answer to `HEAD /?apiversion`: this server speaks the OBS protocol, in buckets that it has.
    pub(crate) fn api_version(&self, request: &Request) -> Response {
        if let Some(bucket) = &request.bucket
            && self.store.read().bucket(bucket).is_err()
        {
            let error = ObsError::new(404, "NoSuchBucket", "The specified bucket does not exist");
            return api::error_response(request, error);
        }
        let headers = vec![("x-obs-api".to_owned(), "3.0".to_owned())];
        Response { status: 200, headers, body: Content::Empty }
    }

    /// A request that names nothing yet but its id and its time.
    pub(crate) fn blank_request(&self, now: SystemTime) -> Request {
        let number = self.ids.fetch_add(1, Ordering::Relaxed);
        let millis = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis() as u64;
        Request {
            method: String::new(),
            bucket: None,
            key: None,
            query: Vec::new(),
            headers: Vec::new(),
            body: Payload::Memory(Vec::new()),
            caller: Caller::Anonymous,
            dialect: Dialect::Obs,
            now,
            request_id: format!("{millis:016X}{number:016X}"),
            host_id: HOST_ID.to_owned(),
            origin: String::new(),
            virtual_hosted: false,
            website: false,
            form: false,
        }
    }

    /// The request that a head describes, before anything is checked.
    pub(crate) fn request(&self, head: &Head, address: Option<&Address>) -> Request {
        let blank = self.blank_request(self.now());
        let url_signed = head.query.iter().any(|(name, _)| {
            name.eq_ignore_ascii_case("signature") || name.eq_ignore_ascii_case("x-amz-signature")
        });
        let query = head.query.iter().filter(|(name, _)| {
            !(is_signature_parameter(name) || url_signed && name.eq_ignore_ascii_case("expires"))
        });
        let scheme = if self.tls.is_on() { "https" } else { "http" };
        let virtual_hosted = address.is_some_and(|address| address.virtual_hosted);
        let bucket = address.and_then(|address| address.bucket.clone());
        let host = match &bucket {
            Some(bucket) if virtual_hosted => strip_bucket(&head.host, bucket),
            _ => &head.host,
        };
        Request {
            method: head.method.clone(),
            key: address.and_then(|address| address.key.clone()),
            query: query.cloned().collect(),
            headers: head.text_headers(),
            origin: format!("{scheme}://{host}"),
            virtual_hosted,
            website: address.is_some_and(|address| address.website),
            bucket,
            ..blank
        }
    }

    /// Accepts connections until the server stops.
    pub(crate) fn accept(self: &Arc<Self>, listener: &TcpListener) {
        loop {
            let connection = listener.accept();
            if self.stop.is_set() {
                return;
            }
            match connection {
                Ok((tcp, _)) => self.begin(tcp),
                // Out of descriptors: those in use come back
                Err(_) => thread::sleep(Duration::from_millis(10)),
            }
        }
    }

    fn begin(self: &Arc<Self>, tcp: TcpStream) {
        let server = self.clone();
        // If no thread can be had, the connection is dropped, as by a server that is full
        let _ = thread::Builder::new().name("obs-emulator".to_owned()).spawn(move || server.connection(tcp));
    }

    fn connection(&self, tcp: TcpStream) {
        let idle = Arc::new(AtomicBool::new(false));
        let Ok(registered) = self.sockets.register(&tcp, idle.clone()) else { return };
        if let Ok(socket) = self.tls.accept(tcp)
            && catch_unwind(AssertUnwindSafe(|| serve::run(self, socket, &idle))).is_err()
        {
            self.log.panicked();
        }
        drop(registered);
    }
}

fn strip_bucket<'a>(host: &'a str, bucket: &str) -> &'a str {
    let rest = host.get(bucket.len()..).filter(|_| host[..bucket.len()].eq_ignore_ascii_case(bucket));
    rest.and_then(|rest| rest.strip_prefix('.')).unwrap_or(host)
}

/// The open connections, so that they can be closed from outside.
#[derive(Debug, Default)]
pub(crate) struct Sockets {
    open: Mutex<HashMap<u64, (TcpStream, Arc<AtomicBool>)>>,
    ids: AtomicU64,
}

/// Takes the connection off the list when dropped.
struct Registered<'a> {
    sockets: &'a Sockets,
    id: u64,
}

impl Drop for Registered<'_> {
    fn drop(&mut self) {
        self.sockets.open().remove(&self.id);
    }
}

impl Sockets {
    fn open(&self) -> MutexGuard<'_, HashMap<u64, (TcpStream, Arc<AtomicBool>)>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn register(&self, tcp: &TcpStream, idle: Arc<AtomicBool>) -> io::Result<Registered<'_>> {
        let handle = tcp.try_clone()?;
        let id = self.ids.fetch_add(1, Ordering::Relaxed);
        self.open().insert(id, (handle, idle));
        Ok(Registered { sockets: self, id })
    }

    /// Closes all connections.
    pub(crate) fn close_all(&self) -> usize {
        self.close(|_| true)
    }

    /// Closes the connections that wait for a request. One whose answer has just gone out is given a moment to become
    /// idle, so that a client that has all its answers finds all its connections closed.
    pub(crate) fn close_idle(&self) -> usize {
        let start = Instant::now();
        while start.elapsed() < GRACE && self.open().values().any(|(_, idle)| !idle.load(Ordering::Relaxed)) {
            thread::sleep(Duration::from_millis(1));
        }
        self.close(|idle| idle)
    }

    fn close(&self, chosen: impl Fn(bool) -> bool) -> usize {
        let open = self.open();
        let chosen = open.values().filter(|(_, idle)| chosen(idle.load(Ordering::Relaxed)));
        chosen.map(|(tcp, _)| tcp.shutdown(Shutdown::Both)).filter(Result::is_ok).count()
    }
}
