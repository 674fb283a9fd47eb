//! What an answer that is no success says.

use std::io::Read;

use obs_sign::Method;

use crate::error::{Error, Service};
use crate::operation::{Head, error_of_document, read_limited};
use crate::xml::{self, NodeExt};

/// What is read of the body of an error: OBS needs some hundred bytes, a proxy's page may be longer.
const ERROR_BODY_LIMIT: u64 = 1 << 20;

/// Reads the error out of an answer. A body that breaks off or is no document takes nothing from the status.
pub(super) fn read(method: Method, head: Head, body: &mut dyn Read) -> Error {
    let mut bytes = Vec::new();
    if method != Method::Head {
        // What came is used, whatever kept the rest from coming.
        let _ = read_limited(body, ERROR_BODY_LIMIT, &mut bytes);
    }
    let text = String::from_utf8_lossy(&bytes);
    let json = head.headers().get("content-type").is_some_and(|t| t.trim().starts_with("application/json"));
    if json {
        if let Some(error) = of_json(&head, &text) {
            return error;
        }
    } else if let Ok(document) = xml::parse(&text) {
        let root = document.root_element();
        if root.child("Code").is_some() || root.tag_name().name() == "Error" {
            return error_of_document(head, root);
        }
    }
    of_headers(head)
}

/// The form of the newer interfaces: `{"code": …, "message": …, "request_id": …}`.
fn of_json(head: &Head, text: &str) -> Option<Error> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    let member = |name: &str| value.get(name)?.as_str().map(str::to_owned);
    let service = Service {
        head: head.clone(),
        code: member("code"),
        request_id: member("request_id"),
        host_id: None,
        resource: None,
        string_to_sign: None,
    };
    Some(Error::service(service, member("message")))
}

/// All that an answer to HEAD can say.
fn of_headers(head: Head) -> Error {
    let text = |name| head.prefixed(name).map(str::to_owned);
    let (code, message) = (text("error-code"), text("error-message"));
    let service =
        Service { head, code, request_id: None, host_id: None, resource: None, string_to_sign: None };
    Error::service(service, message)
}
