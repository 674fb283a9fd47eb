//! Every operation of OBS over a [`Store`].

mod access;
mod acl;
mod alias;
mod append;
mod bucket;
mod call;
mod conditions;
mod copy;
mod cors;
mod delete;
mod domain;
mod fetch;
mod form;
mod get;
mod image;
mod list;
mod metadata;
mod multipart;
mod posix;
mod public;
mod put;
mod range;
mod restore;
mod routes;
mod settings;
mod storage_policy;
mod tagging;
#[cfg(test)]
mod tests;
mod time;
mod website;

use crate::errors::{ErrorContext, ObsError, Outcome};
use crate::exchange::{Payload, Request, Response};
use crate::store::Store;
use call::Call;
use routes::Handler;
use std::collections::BTreeSet;

/// Performs a request and gives the answer, which is an error document where the request fails.
#[must_use]
pub fn handle(store: &Store, mut request: Request) -> Response {
    let body = std::mem::replace(&mut request.body, Payload::Memory(Vec::new()));
    let call = Call::new(&request, body, store.options());
    perform(store, &call).unwrap_or_else(|error| error_response(&request, error))
}

/// The name that OBS's API reference gives the operation of a request; `Unknown` if there is none.
#[must_use]
pub fn operation_name(request: &Request) -> &'static str {
    routes::find(request).map_or("Unknown", |route| route.name)
}

/// The names of all operations that are answered.
#[must_use]
pub fn operation_names() -> BTreeSet<&'static str> {
    routes::names().collect()
}

/// The error document for a request.
#[must_use]
pub fn error_response(request: &Request, error: ObsError) -> Response {
    let mut resource = "/".to_owned();
    if let Some(bucket) = &request.bucket {
        resource.push_str(bucket);
        if let Some(key) = &request.key {
            resource.push('/');
            resource.push_str(key);
        }
    }
    error.into_response(ErrorContext {
        resource: &resource,
        request_id: &request.request_id,
        host_id: &request.host_id,
        head: request.method == "HEAD",
        dialect: request.dialect,
    })
}

fn perform(store: &Store, call: &Call<'_>) -> Outcome {
    if call.request.website {
        return website(store, call);
    }
    let route = routes::find(call.request)?;
    call.check_digests()?;
    let mut response = match route.handler {
        Handler::Read(handler) => {
            let state = store.read();
            access::check(&state, call, &route)?;
            handler(call, &state)?
        }
        Handler::Write(handler) => {
            let mut state = store.write();
            access::check(&state, call, &route)?;
            handler(call, &mut state)?
        }
        Handler::Free(handler) => {
            access::check(&store.read(), call, &route)?;
            handler(call, store)?
        }
    };
    if call.request.method != "OPTIONS" && call.header("origin").is_some() {
        response.headers.extend(cors::headers(call, &store.read()));
    }
    Ok(response)
}

fn website(store: &Store, call: &Call<'_>) -> Outcome {
    match call.request.method.as_str() {
        "GET" | "HEAD" => website::serve(call, &store.read()),
        other => Err(ObsError::method_not_allowed(other)),
    }
}
