//! What golden tests stand on: a server that records what it is asked and answers from a script.

use std::collections::VecDeque;
use std::io::{Cursor, Read};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use obs_sign::{Credentials, Dialect, Headers, Method};

use crate::bucket_client::BucketClient;
use crate::builder::ObsClientBuilder;
use crate::client::ObsClient;
use crate::config::{Clock, Signature};
use crate::error::ErrorKind;
use crate::operation::{Answer, Head};
use crate::setting::Setting;
use crate::transport::{HttpBody, HttpRequest, HttpResponse, Transport, TransportError};

/// A request as it was sent.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) headers: Headers,
    pub(crate) body: Vec<u8>,
}

impl Sent {
    /// A header, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_default()
    }

    /// The body as text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// Method and what stands behind the host: `PUT /key?acl`.
    pub(crate) fn line(&self) -> String {
        let behind_scheme = self.url.split_once("://").unwrap().1;
        format!("{} /{}", self.method.as_str(), behind_scheme.split_once('/').unwrap().1)
    }
}

#[derive(Debug)]
enum Scripted {
    Answer(u16, Vec<(String, String)>, Vec<u8>),
    Failure(ErrorKind),
}

#[derive(Debug, Default)]
struct Book {
    script: Mutex<VecDeque<Scripted>>,
    sent: Mutex<Vec<Sent>>,
}

/// The server. Clones share script and record. When the script has ended it answers 200 without a body.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fake(Arc<Book>);

impl Fake {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds an answer.
    pub(crate) fn answer(self, status: u16, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Self {
        let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        self.0.script.lock().unwrap().push_back(Scripted::Answer(status, headers, body.into()));
        self
    }

    /// Adds a 200 with an XML document.
    pub(crate) fn xml(self, body: &str) -> Self {
        self.answer(200, &[("content-type", "application/xml")], body)
    }

    /// Adds a failure of the connection.
    pub(crate) fn failure(self, kind: ErrorKind) -> Self {
        self.0.script.lock().unwrap().push_back(Scripted::Failure(kind));
        self
    }

    /// A builder of the client that the recorded vectors were made with; its clock stands still.
    pub(crate) fn builder(&self) -> ObsClientBuilder {
        ObsClient::builder()
            .endpoint("https://obs.cn-north-4.example.com")
            .credentials(Credentials::new("AKIDEXAMPLE0000001", "SkExampleSecretKey/0123456789abcdefABCDEF"))
            .transport(self.clone())
            .clock(Frozen)
    }

    /// The bucket of the recorded vectors.
    pub(crate) fn bucket(&self) -> BucketClient {
        self.builder().build().unwrap().bucket("examplebucket")
    }

    /// The same in the protocol V2.
    pub(crate) fn bucket_v2(&self) -> BucketClient {
        self.builder().signature(Signature::V2).build().unwrap().bucket("examplebucket")
    }

    /// What was sent so far.
    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.0.sent.lock().unwrap().clone()
    }

    /// The one request that was sent.
    pub(crate) fn only(&self) -> Sent {
        let mut sent = self.sent();
        assert_eq!(sent.len(), 1, "{sent:?}");
        sent.remove(0)
    }
}

impl Transport for Fake {
    fn send(&self, request: HttpRequest<'_>) -> Result<HttpResponse, TransportError> {
        let mut body = Vec::new();
        match request.body {
            HttpBody::Empty => {}
            HttpBody::Bytes(bytes) => body.extend_from_slice(bytes),
            HttpBody::Reader { reader, .. } => {
                reader.read_to_end(&mut body).map_err(|e| TransportError {
                    kind: ErrorKind::Connection,
                    message: "the body broke off".to_owned(),
                    source: Some(e.into()),
                })?;
            }
        }
        let sent = Sent {
            method: request.method,
            url: request.url.to_owned(),
            headers: request.headers.clone(),
            body,
        };
        self.0.sent.lock().unwrap().push(sent);
        let next = self.0.script.lock().unwrap().pop_front();
        match next {
            None => Ok(HttpResponse::new(200, "OK")),
            Some(Scripted::Failure(kind)) => Err(TransportError::new(kind, "scripted")),
            Some(Scripted::Answer(status, headers, body)) => {
                let mut response = HttpResponse::new(status, "");
                for (name, value) in headers {
                    response.headers.append(name.to_ascii_lowercase(), value);
                }
                response.headers.insert("content-length", body.len().to_string());
                response.body = Box::new(Cursor::new(body));
                Ok(response)
            }
        }
    }
}

/// 2026-01-02T03:04:05Z, for ever.
#[derive(Debug)]
struct Frozen;

impl Clock for Frozen {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_767_323_045)
    }

    fn sleep(&self, _: Duration) {}
}

/// Reads a bucket document as it would be read from an answer.
pub(crate) fn read_setting<S: Setting>(dialect: Dialect, document: &str) -> crate::Result<S> {
    let head = Head { status: 200, reason: "OK".into(), headers: Headers::new() };
    S::read(&mut Answer {
        head,
        body: Box::new(Cursor::new(document.as_bytes().to_vec()).take(u64::MAX)),
        dialect,
        sent_crc64: None,
        resource_url: String::new(),
        text_limit: 1 << 20,
        way: None,
    })
}

/// What is written must be read back the same, in all protocols.
pub(crate) fn survives<S: Setting + PartialEq + std::fmt::Debug>(document: &S) {
    for dialect in [Dialect::Obs, Dialect::V2] {
        let written = document.write(dialect).unwrap();
        assert_eq!(&read_setting::<S>(dialect, &written).unwrap(), document, "{written}");
    }
}
