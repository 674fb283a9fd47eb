//! A server that is told when an object was written.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::operation::{Operation, Parts};
use crate::request::Request;

/// The call that the service makes to a server of the caller's once an object was written (`x-obs-callback`). What that server
/// answers comes back as the answer to the upload.
///
/// ```
/// use obs_core::Callback;
/// let callback = Callback::new("http://example.com:80", "key=$(key)&size=$(size)&etag=$(etag)")
///     .body_type("application/x-www-form-urlencoded");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    url: String,
    body: String,
    host: Option<String>,
    body_type: Option<String>,
}

impl Callback {
    /// A POST to this URL with this body, in which the service replaces `$(key)`, `$(size)`, `$(bucket)`, `$(etag)` and others.
    pub fn new(url: impl Into<String>, body: impl Into<String>) -> Self {
        Self { url: url.into(), body: body.into(), host: None, body_type: None }
    }

    /// The `Host` header of the call. Default: by the URL.
    #[must_use]
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = Some(host.into());
        self
    }

    /// The `Content-Type` of the call. Default: `application/x-www-form-urlencoded`.
    #[must_use]
    pub fn body_type(mut self, content_type: impl Into<String>) -> Self {
        self.body_type = Some(content_type.into());
        self
    }

    /// Base64 of the JSON document.
    fn header(&self) -> Result<String> {
        if self.url.is_empty() || self.body.is_empty() {
            return Err(Error::invalid("a callback needs a URL and a body"));
        }
        let members = [
            ("callbackUrl", Some(&self.url)),
            ("callbackHost", self.host.as_ref()),
            ("callbackBody", Some(&self.body)),
            ("callbackBodyType", self.body_type.as_ref()),
        ];
        let given =
            members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.clone().into())));
        let document: Map<String, Value> = given.collect();
        Ok(STANDARD.encode(Value::from(document).to_string()))
    }
}

/// Where a request keeps its callback.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use obs_core::Callback;
///
/// let told = Callback::new("http://www.example.com/done", "key=$(key)&size=$(size)");
/// let upload = bucket.put_content("a.txt", "x").callback(told);
/// # let _ = upload.presign(std::time::Duration::from_secs(60))?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct CallbackOption(pub(crate) Option<Callback>);

impl CallbackOption {
    pub(crate) fn write(&self, parts: &mut Parts) -> Result<()> {
        if let Some(callback) = &self.0 {
            parts.prefixed("callback", callback.header()?);
        }
        Ok(())
    }
}

impl<O: Operation + AsMut<CallbackOption>> Request<O> {
    /// Has the service call a server once the object was written; what it answers is in the output. A callback that failed is an
    /// error (203 `CallbackFailed`), although the object is there.
    pub fn callback(mut self, callback: Callback) -> Self {
        self.operation.as_mut().0 = Some(callback);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::Fake;

    fn callback() -> Callback {
        Callback::new("http://example.com:80", "key=$(key)&etag=$(etag)").host("example.com")
    }

    #[test]
    fn goes_as_base64_of_json_and_comes_back() {
        let fake = Fake::new().answer(200, &[("etag", "\"e\"")], r#"{"ok":true}"#);
        let put = fake.bucket().put_content("k", "x").callback(callback()).send().unwrap();
        assert_eq!(put.callback_answer.as_deref(), Some(&br#"{"ok":true}"#[..]));
        let sent = STANDARD.decode(fake.only().header("x-obs-callback")).unwrap();
        let document: Value = serde_json::from_slice(&sent).unwrap();
        let expected = serde_json::json!({
            "callbackUrl": "http://example.com:80",
            "callbackHost": "example.com",
            "callbackBody": "key=$(key)&etag=$(etag)",
        });
        assert_eq!(document, expected);
    }

    #[test]
    fn a_failed_callback_is_an_error() {
        let failed = "<Error><Code>CallbackFailed</Code><Message>refused</Message></Error>";
        let fake = Fake::new().answer(203, &[], failed);
        let error = fake.bucket().put_content("k", "x").callback(callback()).send().unwrap_err();
        assert_eq!((error.status(), error.code()), (Some(203), Some("CallbackFailed")));
        let empty = Callback::new("", "b");
        assert!(fake.bucket().put_content("k", "x").callback(empty).send().is_err());
        assert_eq!(fake.sent().len(), 1);
    }
}
