//! Calls against servers that are a few lines each: what is tried again, where it goes, and when it ends.

mod negotiation;
mod redirects;
mod retries;
mod time;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use obs_sign::{Credentials, Headers, Method};

use crate::builder::ObsClientBuilder;
use crate::client::ObsClient;
use crate::config::Clock;
use crate::error::ErrorKind;
use crate::transport::{HttpBody, HttpRequest, HttpResponse, Transport, TransportError};

/// 2026-01-02T03:04:05Z
const START: u64 = 1_767_323_045;

type Answer = Result<HttpResponse, TransportError>;
type Serve = dyn Fn(&Seen) -> Answer + Send + Sync;

/// A request as it arrived.
#[derive(Debug, Clone)]
struct Seen {
    number: usize,
    method: Method,
    url: String,
    headers: Headers,
    body: Vec<u8>,
    deadline: Option<Duration>,
}

impl Seen {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_default()
    }

    fn host(&self) -> &str {
        self.url.split('/').nth(2).unwrap()
    }
}

/// A server that is a function.
#[derive(Clone)]
struct Server {
    serve: Arc<Serve>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    fn new(serve: impl Fn(&Seen) -> Answer + Send + Sync + 'static) -> Self {
        Self { serve: Arc::new(serve), seen: Arc::default() }
    }

    fn builder(&self) -> ObsClientBuilder {
        ObsClient::builder()
            .endpoint("https://obs.cn-north-4.example.com")
            .credentials(Credentials::new("AKIDEXAMPLE", "SkExample").with_security_token("TokenExample"))
            .transport(self.clone())
            .clock(Hand::default())
    }

    fn client(&self) -> ObsClient {
        self.builder().build().unwrap()
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Server")
    }
}

impl Transport for Server {
    fn send(&self, request: HttpRequest<'_>) -> Answer {
        let mut body = Vec::new();
        match request.body {
            HttpBody::Empty => {}
            HttpBody::Bytes(bytes) => body.extend_from_slice(bytes),
            HttpBody::Reader { reader, .. } => {
                reader.read_to_end(&mut body).unwrap();
            }
        }
        let mut all = self.seen.lock().unwrap();
        let seen = Seen {
            number: all.len(),
            method: request.method,
            url: request.url.to_owned(),
            headers: request.headers.clone(),
            body,
            deadline: request.deadline,
        };
        all.push(seen.clone());
        drop(all);
        (self.serve)(&seen)
    }
}

fn answer(status: u16, headers: &[(&'static str, &str)], body: &'static str) -> Answer {
    let mut response = HttpResponse::new(status, "");
    for (name, value) in headers {
        response.headers.append(*name, (*value).to_owned());
    }
    response.body = Box::new(body.as_bytes());
    Ok(response)
}

fn ok() -> Answer {
    answer(200, &[], "")
}

fn broken(kind: ErrorKind) -> Answer {
    Err(TransportError::new(kind, "as the test wants it"))
}

/// A clock that goes on by the time that is slept, and remembers the sleeps.
#[derive(Debug, Clone)]
struct Hand {
    now_ms: Arc<AtomicU64>,
    sleeps: Arc<Mutex<Vec<Duration>>>,
}

impl Default for Hand {
    fn default() -> Self {
        Self { now_ms: Arc::new(AtomicU64::new(START * 1000)), sleeps: Arc::default() }
    }
}

impl Hand {
    fn advance(&self, time: Duration) {
        self.now_ms.fetch_add(u64::try_from(time.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.now_ms.load(Ordering::SeqCst))
    }

    fn sleep(&self, duration: Duration) {
        self.advance(duration);
        self.sleeps.lock().unwrap().push(duration);
    }
}
