//! Pages under `/_emulator/`, by which a test in another process looks and scripts. Loopback only, unsigned.

use crate::exchange::{Content, Response};
use crate::fault::json;
use crate::http::address::Address;
use crate::http::head::Head;
use crate::http::server::Server;
use serde_json::{Value, json as value};
use std::sync::Arc;

/// The first path segment of the pages: no bucket can have this name.
const BUCKET: &str = "_emulator";
/// The longest script of faults.
pub(crate) const MAX_BODY: u64 = 4 * 1024 * 1024;

pub(crate) fn is_for(address: &Address) -> bool {
    address.is_server && address.bucket.as_deref() == Some(BUCKET)
}

pub(crate) fn handle(
    server: &Server,
    head: &Head,
    address: &Address,
    body: &[u8],
    from_loopback: bool,
) -> Response {
    if !from_loopback {
        return answer(403, &value!({"error": "these pages are for clients on the same machine"}));
    }
    match (head.method.as_str(), address.key.as_deref().unwrap_or_default()) {
        ("GET", "requests") => {
            let requests = server.log.requests().iter().map(|request| request.to_json()).collect();
            answer(200, &Value::Array(requests))
        }
        ("GET", "counts") => answer(200, &server.log.counts_to_json()),
        ("POST", "reset") => {
            server.log.clear();
            server.faults.clear();
            answer(200, &value!({"reset": true}))
        }
        ("POST", "faults") => match json::apply(body, &server.faults) {
            Ok(count) => answer(200, &value!({"rules_added": count})),
            Err(message) => answer(400, &value!({ "error": message })),
        },
        ("GET", "faults") => answer(200, &server.faults.to_json()),
        ("DELETE", "faults") => {
            server.faults.clear();
            answer(200, &value!({"cleared": true}))
        }
        ("POST", "close-idle") => answer(200, &value!({"closed": server.sockets.close_idle()})),
        _ => answer(
            404,
            &value!({"error": "there are GET requests, counts, faults; POST reset, faults, close-idle; DELETE faults"}),
        ),
    }
}

fn answer(status: u16, value: &Value) -> Response {
    let bytes = value.to_string().into_bytes();
    let length = bytes.len();
    Response {
        status,
        headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
        body: Content::Memory(Arc::new(bytes), 0..length),
    }
}
