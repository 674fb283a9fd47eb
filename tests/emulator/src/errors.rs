//! The errors of OBS: status, code, message and the XML document that carries them.

use crate::exchange::{Content, Dialect, Response};
use crate::xml::Writer;
use std::sync::Arc;

/// What a handler gives: an answer, or the error document to send.
pub type Outcome = Result<Response, ObsError>;

/// An error as OBS reports it.
#[derive(Debug, Clone)]
pub struct ObsError {
    /// HTTP status.
    pub status: u16,
    /// `Code` of the document.
    pub code: &'static str,
    /// `Message` of the document.
    pub message: String,
    /// Further elements of the document, such as `Key` or `StringToSign`.
    pub details: Vec<(&'static str, String)>,
    /// Headers of the answer.
    pub headers: Vec<(String, String)>,
}

/// Of which request an error document speaks.
#[derive(Debug, Clone, Copy)]
pub struct ErrorContext<'a> {
    /// `Resource`: `/bucket/key`.
    pub resource: &'a str,
    /// `RequestId`.
    pub request_id: &'a str,
    /// `HostId`.
    pub host_id: &'a str,
    /// Whether the answer has no body, so that code and message go into headers.
    pub head: bool,
    /// Prefix of these headers.
    pub dialect: Dialect,
}

impl ObsError {
    /// An error with any status, code and message.
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), details: Vec::new(), headers: Vec::new() }
    }

    /// Adds an element to the document.
    #[must_use]
    pub fn detail(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.details.push((name, value.into()));
        self
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The answer that carries the error.
    #[must_use]
    pub fn into_response(self, context: ErrorContext<'_>) -> Response {
        let mut headers = self.headers;
        if self.status == 304 {
            return Response { status: 304, headers, body: Content::Empty };
        }
        if context.head {
            let prefix = context.dialect.prefix();
            headers.push((format!("{prefix}error-code"), self.code.to_owned()));
            headers.push((format!("{prefix}error-message"), self.message));
            return Response { status: self.status, headers, body: Content::Empty };
        }
        let mut document = Writer::document();
        document.open("Error");
        document.text("Code", self.code);
        document.text("Message", &self.message);
        document.text("RequestId", context.request_id);
        document.text("HostId", context.host_id);
        document.text("Resource", context.resource);
        for (name, value) in &self.details {
            document.text(name, value);
        }
        document.close("Error");
        headers.push(("Content-Type".to_owned(), "application/xml".to_owned()));
        let bytes = document.finish();
        let length = bytes.len();
        Response { status: self.status, headers, body: Content::Memory(Arc::new(bytes), 0..length) }
    }

    pub(crate) fn access_denied() -> Self {
        Self::new(403, "AccessDenied", "Access Denied")
    }

    pub(crate) fn no_such_bucket(bucket: &str) -> Self {
        Self::new(404, "NoSuchBucket", "The specified bucket does not exist").detail("BucketName", bucket)
    }

    pub(crate) fn no_such_key(key: &str) -> Self {
        Self::new(404, "NoSuchKey", "The specified key does not exist.").detail("Key", key)
    }

    pub(crate) fn no_such_version(key: &str, version: &str) -> Self {
        Self::new(404, "NoSuchVersion", "The specified version does not exist.")
            .detail("Key", key)
            .detail("VersionId", version)
    }

    pub(crate) fn no_such_upload(id: &str) -> Self {
        Self::new(
            404,
            "NoSuchUpload",
            "The specified multipart upload does not exist. The upload ID may be invalid, or the upload may \
             have been aborted or completed.",
        )
        .detail("UploadId", id)
    }

    pub(crate) fn invalid_argument(name: &str, value: &str) -> Self {
        Self::new(400, "InvalidArgument", format!("Invalid argument {name}"))
            .detail("ArgumentName", name)
            .detail("ArgumentValue", value)
    }

    pub(crate) fn invalid_request(message: impl Into<String>) -> Self {
        Self::new(400, "InvalidRequest", message)
    }

    pub(crate) fn malformed_xml(message: impl Into<String>) -> Self {
        Self::new(400, "MalformedXML", message)
    }

    pub(crate) fn method_not_allowed(method: &str) -> Self {
        Self::new(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
            .detail("Method", method)
    }

    pub(crate) fn precondition_failed(condition: &'static str) -> Self {
        Self::new(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
            .detail("Condition", condition)
    }
}
