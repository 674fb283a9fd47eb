//! Asking a server for its protocol: `HEAD /?apiversion`, unsigned.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use obs_sign::{Addressing, Dialect, Headers, Method, Query};

use super::failure;
use crate::client::Inner;
use crate::error::Result;
use crate::operation::Head;
use crate::transport::{HttpBody, HttpRequest};

/// How many buckets are remembered.
const CAPACITY: usize = 100;
/// How long an answer holds.
const LIFETIME: Duration = Duration::from_secs(900);

/// What servers answered, by bucket.
#[derive(Debug, Default)]
pub(crate) struct Negotiated {
    buckets: Mutex<HashMap<Arc<str>, (Dialect, SystemTime)>>,
}

impl Negotiated {
    fn get(&self, bucket: &str, now: SystemTime) -> Option<Dialect> {
        let buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let (dialect, since) = buckets.get(bucket)?;
        let age = now.duration_since(*since).unwrap_or_default();
        (age < LIFETIME).then_some(*dialect)
    }

    fn put(&self, bucket: &Arc<str>, dialect: Dialect, now: SystemTime) {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= CAPACITY {
            let oldest =
                buckets.iter().min_by_key(|(_, (_, since))| *since).map(|(bucket, _)| bucket.clone());
            if let Some(oldest) = oldest {
                buckets.remove(&oldest);
            }
        }
        buckets.insert(bucket.clone(), (dialect, now));
    }
}

/// The protocol for a bucket, without any I/O: what is known, or that of OBS.
pub(super) fn dialect_without_asking(inner: &Inner, bucket: Option<&Arc<str>>) -> Dialect {
    known(inner, bucket).unwrap_or(Dialect::Obs)
}

/// Whether there is nothing to ask.
pub(super) fn is_known(inner: &Inner, bucket: Option<&Arc<str>>) -> bool {
    known(inner, bucket).is_some()
}

fn known(inner: &Inner, bucket: Option<&Arc<str>>) -> Option<Dialect> {
    fixed(inner).or_else(|| inner.shared.negotiated.get(bucket?, inner.clock.now()))
}

fn fixed(inner: &Inner) -> Option<Dialect> {
    inner.config.signature.dialect().or_else(|| {
        // The official SDKs cannot ask in these forms of address and speak V2.
        (inner.config.endpoint.addressing() != Addressing::VirtualHosted).then_some(Dialect::V2)
    })
}

/// The protocol for a call, asked for where that is needed.
///
/// # Errors
///
/// The answer, where it says that the bucket is not there (404) or the server is in trouble (5xx).
pub(super) fn dialect(
    inner: &Inner,
    bucket: Option<&Arc<str>>,
    creates_bucket: bool,
    deadline: Option<Duration>,
) -> Result<Dialect> {
    if let Some(dialect) = fixed(inner) {
        return Ok(dialect);
    }
    // A bucket that is being created cannot be asked; the service can, and its answer is not kept.
    let asked = bucket.filter(|_| !creates_bucket);
    let now = inner.clock.now();
    if let Some(dialect) = asked.and_then(|b| inner.shared.negotiated.get(b, now)) {
        return Ok(dialect);
    }
    let head = ask(inner, asked, deadline)?;
    let dialect = match head.prefixed("api").map(version) {
        Some(version) if version >= 3.0 && head.status() < 300 => Dialect::Obs,
        _ if head.status() == 404 || head.status() >= 500 => {
            return Err(failure::read(Method::Head, head, &mut std::io::empty()));
        }
        _ => Dialect::V2,
    };
    if let Some(bucket) = asked {
        inner.shared.negotiated.put(bucket, dialect, now);
    }
    Ok(dialect)
}

fn version(text: &str) -> f64 {
    text.trim().parse().unwrap_or(0.0)
}

fn ask(inner: &Inner, bucket: Option<&Arc<str>>, deadline: Option<Duration>) -> Result<Head> {
    let endpoint = &inner.config.endpoint;
    let location = endpoint.locate(bucket.map(|b| &**b), None)?;
    let mut query = Query::new();
    query.flag("apiversion");
    let mut headers = Headers::new();
    let now = inner.shared.server_time.correct(inner.clock.now());
    headers.insert("date", crate::types::http_date(now));
    headers.insert("host", location.host.clone());
    let origin = endpoint.origin(&location.host);
    let url = format!("{origin}{}?{}", location.path, query.encode());
    let (method, body) = (Method::Head, HttpBody::Empty);
    let request = HttpRequest { method, url: &url, headers: &headers, body, deadline, idempotent: true };
    let response = inner.transport.send(request)?;
    Ok(Head { status: response.status, reason: response.reason, headers: response.headers })
}
