//! What the server has seen: requests, counts, bytes of parts, connections.

use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A request as it came, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SeenRequest {
    /// Counts from 1 over the life of the server.
    pub number: u64,
    /// Counts connections from 1.
    pub connection: u64,
    /// When its head was read, by the server's clock.
    pub time: SystemTime,
    /// HTTP method.
    pub method: String,
    /// Path and query as sent.
    pub target: String,
    /// `Host` header.
    pub host: String,
    /// Bucket, from host or path.
    pub bucket: Option<String>,
    /// Object key, decoded.
    pub key: Option<String>,
    /// Query parameters, decoded, those of a signature included.
    pub query: Vec<(String, Option<String>)>,
    /// Headers as received, in their order, names as sent.
    pub headers: Vec<(String, String)>,
    /// What OBS calls the operation (`UploadPart`); `Unknown` if it is none.
    pub operation: String,
    /// Bytes of the body that were read.
    pub body_length: u64,
    /// Status of the answer; `None` while there is none, or if the connection ended without one.
    pub status: Option<u16>,
    /// From the head of the request to that of the answer.
    pub elapsed: Duration,
}

impl Default for SeenRequest {
    fn default() -> Self {
        Self {
            number: 0,
            connection: 0,
            time: UNIX_EPOCH,
            method: String::new(),
            target: String::new(),
            host: String::new(),
            bucket: None,
            key: None,
            query: Vec::new(),
            headers: Vec::new(),
            operation: String::new(),
            body_length: 0,
            status: None,
            elapsed: Duration::ZERO,
        }
    }
}

impl SeenRequest {
    /// The first header of a name, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The first query parameter of a name; empty if it has no value.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let (_, value) = self.query.iter().find(|(parameter, _)| parameter == name)?;
        Some(value.as_deref().unwrap_or(""))
    }

    pub(crate) fn to_json(&self) -> Value {
        let pairs: Vec<Value> = self.headers.iter().map(|(name, value)| json!([name, value])).collect();
        json!({
            "number": self.number,
            "connection": self.connection,
            "time": self.time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64(),
            "method": self.method,
            "target": self.target,
            "host": self.host,
            "bucket": self.bucket,
            "key": self.key,
            "query": self.query,
            "headers": pairs,
            "operation": self.operation,
            "body_length": self.body_length,
            "status": self.status,
            "elapsed_ms": self.elapsed.as_secs_f64() * 1000.0,
        })
    }
}

/// Names one part of a multipart upload.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartId {
    /// Bucket.
    pub bucket: String,
    /// Key.
    pub key: String,
    /// Upload id.
    pub upload_id: String,
    /// Part number.
    pub part_number: u32,
}

/// How often a part was sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PartTraffic {
    /// Requests that named the part.
    pub requests: u64,
    /// Those that the store took, even if the answer was lost.
    pub stored: u64,
    /// Bytes of bodies that were read, over all requests.
    pub bytes: u64,
}

/// Connections and requests under way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Connections {
    /// Connections open now.
    pub open: u64,
    /// The most that were open at once.
    pub peak: u64,
    /// All there were.
    pub total: u64,
    /// Requests under way now.
    pub in_flight: u64,
    /// The most requests under way at once.
    pub in_flight_peak: u64,
}

/// A number with its highest value.
#[derive(Debug, Default)]
struct Gauge {
    now: AtomicU64,
    peak: AtomicU64,
    total: AtomicU64,
}

impl Gauge {
    fn up(&self) -> u64 {
        let now = self.now.fetch_add(1, Ordering::Relaxed) + 1;
        self.peak.fetch_max(now, Ordering::Relaxed);
        self.total.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn down(&self) {
        self.now.fetch_sub(1, Ordering::Relaxed);
    }

    fn reset(&self) {
        self.peak.store(self.now.load(Ordering::Relaxed), Ordering::Relaxed);
    }
}

/// Keeps what was seen.
#[derive(Debug)]
pub(crate) struct Log {
    state: Mutex<State>,
    /// Of how many requests the details are kept.
    limit: usize,
    connections: Gauge,
    in_flight: Gauge,
    panics: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    requests: VecDeque<SeenRequest>,
    last: u64,
    operations: BTreeMap<String, u64>,
    statuses: BTreeMap<u16, u64>,
    parts: BTreeMap<PartId, PartTraffic>,
}

/// A connection that is counted as open until this is dropped.
#[derive(Debug)]
pub(crate) struct OpenConnection<'a> {
    log: &'a Log,
    pub(crate) number: u64,
}

impl Drop for OpenConnection<'_> {
    fn drop(&mut self) {
        self.log.connections.down();
    }
}

/// A request that counts as under way until this is dropped.
#[derive(Debug)]
pub(crate) struct Underway<'a> {
    log: &'a Log,
    number: u64,
    operation: String,
    part: Option<PartId>,
    start: Instant,
    ended: bool,
    pub(crate) body_length: u64,
    /// The store did what was asked.
    pub(crate) stored: bool,
}

impl Underway<'_> {
    /// Takes down how the request ends. Called before the answer is sent, so that whoever has the answer finds its
    /// request complete.
    pub(crate) fn end(&mut self, status: Option<u16>) {
        if !self.ended {
            self.ended = true;
            self.log.end(self, status);
        }
    }
}

impl Drop for Underway<'_> {
    fn drop(&mut self) {
        self.log.in_flight.down();
        self.end(None);
    }
}

impl Log {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            state: Mutex::default(),
            limit,
            connections: Gauge::default(),
            in_flight: Gauge::default(),
            panics: AtomicU64::new(0),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn connect(&self) -> OpenConnection<'_> {
        OpenConnection { number: self.connections.up(), log: self }
    }

    /// Takes a request down. Its number is given to it.
    pub(crate) fn begin(&self, request: &mut SeenRequest) -> Underway<'_> {
        self.in_flight.up();
        let part = part_of(request);
        let mut state = self.state();
        state.last += 1;
        request.number = state.last;
        if self.limit > 0 {
            if state.requests.len() == self.limit {
                state.requests.pop_front();
            }
            state.requests.push_back(request.clone());
        }
        Underway {
            log: self,
            number: request.number,
            operation: request.operation.clone(),
            part,
            start: Instant::now(),
            ended: false,
            body_length: 0,
            stored: false,
        }
    }

    fn end(&self, request: &mut Underway<'_>, status: Option<u16>) {
        let body_length = request.body_length;
        let mut state = self.state();
        *state.operations.entry(std::mem::take(&mut request.operation)).or_default() += 1;
        if let Some(status) = status {
            *state.statuses.entry(status).or_default() += 1;
        }
        if let Some(part) = request.part.take() {
            let traffic = state.parts.entry(part).or_default();
            traffic.requests += 1;
            traffic.stored += u64::from(request.stored);
            traffic.bytes += body_length;
        }
        let first = state.requests.front().map_or(u64::MAX, |first| first.number);
        let index = request.number.checked_sub(first).and_then(|index| usize::try_from(index).ok());
        if let Some(seen) = index.and_then(|index| state.requests.get_mut(index)) {
            seen.status = status;
            seen.body_length = body_length;
            seen.elapsed = request.start.elapsed();
        }
    }

    pub(crate) fn panicked(&self) {
        self.panics.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn panics(&self) -> u64 {
        self.panics.load(Ordering::Relaxed)
    }

    pub(crate) fn requests(&self) -> Vec<SeenRequest> {
        self.state().requests.iter().cloned().collect()
    }

    pub(crate) fn total(&self) -> u64 {
        self.state().last
    }

    pub(crate) fn operations(&self) -> BTreeMap<String, u64> {
        self.state().operations.clone()
    }

    pub(crate) fn statuses(&self) -> BTreeMap<u16, u64> {
        self.state().statuses.clone()
    }

    pub(crate) fn parts(&self) -> BTreeMap<PartId, PartTraffic> {
        self.state().parts.clone()
    }

    pub(crate) fn connections(&self) -> Connections {
        let load = |value: &AtomicU64| value.load(Ordering::Relaxed);
        Connections {
            open: load(&self.connections.now),
            peak: load(&self.connections.peak),
            total: load(&self.connections.total),
            in_flight: load(&self.in_flight.now),
            in_flight_peak: load(&self.in_flight.peak),
        }
    }

    /// Forgets requests, counts and peaks. Numbers go on, so that requests under way end in the right place.
    pub(crate) fn clear(&self) {
        let mut state = self.state();
        *state = State { last: state.last, ..State::default() };
        self.connections.reset();
        self.in_flight.reset();
        self.panics.store(0, Ordering::Relaxed);
    }

    pub(crate) fn counts_to_json(&self) -> Value {
        let connections = self.connections();
        let parts: Vec<Value> = self
            .parts()
            .into_iter()
            .map(|(id, traffic)| {
                json!({
                    "bucket": id.bucket, "key": id.key, "upload_id": id.upload_id, "part_number": id.part_number,
                    "requests": traffic.requests, "stored": traffic.stored, "bytes": traffic.bytes,
                })
            })
            .collect();
        let statuses: BTreeMap<String, u64> =
            self.statuses().into_iter().map(|(status, count)| (status.to_string(), count)).collect();
        json!({
            "requests": self.total(),
            "operations": self.operations(),
            "statuses": statuses,
            "parts": parts,
            "panics": self.panics(),
            "connections": {
                "open": connections.open, "peak": connections.peak, "total": connections.total,
                "in_flight": connections.in_flight, "in_flight_peak": connections.in_flight_peak,
            },
        })
    }
}

fn part_of(request: &SeenRequest) -> Option<PartId> {
    if request.method != "PUT" {
        return None;
    }
    Some(PartId {
        bucket: request.bucket.clone()?,
        key: request.key.clone()?,
        upload_id: request.parameter("uploadId")?.to_owned(),
        part_number: request.parameter("partNumber")?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(number: u32) -> SeenRequest {
        SeenRequest {
            method: "PUT".into(),
            bucket: Some("b".into()),
            key: Some("k".into()),
            operation: "UploadPart".into(),
            query: vec![
                ("partNumber".into(), Some(number.to_string())),
                ("uploadId".into(), Some("u".into())),
            ],
            ..SeenRequest::default()
        }
    }

    #[test]
    fn counts_parts_and_keeps_the_newest_requests() {
        let log = Log::new(2);
        for (number, status) in [(1, Some(200)), (2, None), (2, Some(200)), (1, Some(503))] {
            let mut underway = log.begin(&mut part(number));
            underway.body_length = 10;
            underway.stored = status == Some(200);
            underway.end(status);
        }
        let kept: Vec<_> = log.requests().iter().map(|seen| (seen.number, seen.status)).collect();
        assert_eq!(kept, [(3, Some(200)), (4, Some(503))]);
        assert_eq!(log.operations()["UploadPart"], 4);
        let parts: Vec<_> =
            log.parts().into_values().map(|part| (part.requests, part.stored, part.bytes)).collect();
        assert_eq!(parts, [(2, 1, 20), (2, 1, 20)]);
    }

    #[test]
    fn clearing_in_the_middle_of_a_request_is_harmless() {
        let log = Log::new(10);
        let mut underway = log.begin(&mut part(1));
        log.clear();
        let second = log.begin(&mut part(2));
        underway.end(Some(200));
        drop(underway);
        assert_eq!(log.requests()[0].status, None);
        drop(second);
        assert_eq!((log.connections().in_flight, log.total()), (0, 2));
    }
}
