//! Every operation can be signed as a URL: whoever has it and its headers can perform the operation without keys, and nothing but
//! that operation.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use obs_core::transport::{HttpBody, HttpRequest, HttpResponse, Transport, TransportError};
use obs_core::{
    BucketClient, Credentials, Headers, ObsClient, ObsClientBuilder, Operation, Request, Signature, SignedUrl,
};
use obs_emulator::Emulator;
use obs_tests::every_operation::{Visitor, every_operation, names_in_the_table};

const MINUTE: Duration = Duration::from_secs(60);

/// Keeps the body of the last request and answers with an error that is not tried again.
#[derive(Debug, Default)]
struct Recorder(Mutex<Vec<u8>>);

impl Transport for Recorder {
    fn send(&self, request: HttpRequest<'_>) -> Result<HttpResponse, TransportError> {
        let mut body = Vec::new();
        match request.body {
            HttpBody::Empty => {}
            HttpBody::Bytes(bytes) => body.extend(bytes),
            HttpBody::Reader { reader, .. } => {
                reader.read_to_end(&mut body).expect("a readable body");
            }
        }
        *self.0.lock().expect("no panic elsewhere") = body;
        Ok(HttpResponse::new(400, "Bad Request"))
    }
}

/// Signs each operation, uses the URL in each way, and takes down what is wrong.
struct Presigner {
    emulator: Emulator,
    signature: Signature,
    virtual_hosted: bool,
    agent: ureq::Agent,
    recorder: Arc<Recorder>,
    seen: Vec<&'static str>,
    problems: Vec<String>,
}

impl Presigner {
    fn new(signature: Signature, virtual_hosted: bool) -> Self {
        Self {
            emulator: Emulator::start(),
            signature,
            virtual_hosted,
            agent: ureq::Agent::config_builder()
                .http_status_as_error(false)
                .allow_non_standard_methods(true)
                .build()
                .into(),
            recorder: Arc::default(),
            seen: Vec::new(),
            problems: Vec::new(),
        }
    }

    fn builder(&self) -> ObsClientBuilder {
        let emulator = &self.emulator;
        ObsClient::builder()
            .endpoint(if self.virtual_hosted { emulator.localhost_endpoint() } else { emulator.endpoint() })
            .credentials(Credentials::new(Emulator::ACCESS_KEY, Emulator::SECRET_KEY))
            .signature(self.signature)
            .region("region-1")
            .max_retry_count(0)
    }

    /// A new bucket that has what all operations need.
    fn bucket(&self, name: &str) -> BucketClient {
        let bucket = self.builder().build().expect("a complete configuration").bucket(name);
        bucket.create_bucket().send().expect("a new bucket");
        bucket.put_content("key", "content").send().expect("an object");
        bucket
    }

    /// The body that the operation has.
    fn body_of<O: Operation>(&self, name: &str, make: impl Fn(&BucketClient) -> Request<O>) -> Vec<u8> {
        let client = self.builder().shared_transport(self.recorder.clone()).build();
        let bucket = client.expect("a complete configuration").bucket(name);
        make(&bucket).send().err().expect("the recorder answers with an error");
        self.recorder.0.lock().expect("no panic elsewhere").clone()
    }

    /// Uses a URL with a client that knows nothing of the SDK.
    fn fetch(&self, url: &SignedUrl, headers: &Headers, body: &[u8]) -> (u16, String) {
        let rest = url.url.strip_prefix("http://").expect("a URL");
        let (authority, target) = rest.split_once('/').expect("a path");
        // Names under localhost it does not resolve: the name stays in the Host header
        let mut request = ureq::http::Request::builder()
            .method(url.method.as_str())
            .uri(format!("http://{}/{target}", self.emulator.address()))
            .header("host", authority);
        for (name, value) in headers.iter().filter(|(name, _)| *name != "host") {
            request = request.header(name, value);
        }
        let agent = &self.agent;
        let answer =
            if body.is_empty() && matches!(url.method.as_str(), "GET" | "HEAD" | "DELETE" | "OPTIONS") {
                agent.run(request.body(()).expect("a request"))
            } else {
                agent.run(request.body(body).expect("a request"))
            };
        let mut answer = answer.expect("an answer");
        (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap_or_default())
    }

    fn problem(&mut self, name: &str, what: impl std::fmt::Display) {
        self.problems.push(format!("{name}: {what}"));
    }

    fn expect_accepted(&mut self, name: &str, (status, text): (u16, String)) {
        if status >= 300 {
            self.problem(name, format_args!("the URL was refused: {status} {text}"));
        }
    }

    fn expect_refused(&mut self, name: &str, change: &str, (status, text): (u16, String)) {
        // An answer to HEAD has no text
        let reason = text.is_empty() || text.contains("SignatureDoesNotMatch");
        if status != 403 || !reason {
            self.problem(name, format_args!("{change}: {status} {text}"));
        }
    }
}

impl Visitor for Presigner {
    fn visit<O: Operation>(
        &mut self,
        name: &'static str,
        before: impl Fn(&BucketClient) -> obs_core::Result<String>,
        make: impl Fn(&BucketClient, &str) -> Request<O>,
    ) {
        self.seen.push(name);
        let hyphens = name.replace('_', "-");
        let place = |way: &str, presigner: &Self| {
            let bucket = presigner.bucket(&format!("{hyphens}-{way}"));
            before(&bucket).map(|id| (bucket, id))
        };

        // By plain HTTP. Metadata that means nothing here: so that each operation has a header of the protocol to sign
        let (bucket, id) = match place("plain", self) {
            Ok(place) => place,
            Err(error) => return self.problem(name, format_args!("preparation: {error}")),
        };
        let probe = if self.signature == Signature::Obs { "x-obs-meta-probe" } else { "x-amz-meta-probe" };
        let body = self.body_of(bucket.name(), |bucket| make(bucket, &id));
        let url = match make(&bucket, &id).header(probe, "1").presign(MINUTE) {
            Ok(url) => url,
            Err(error) => return self.problem(name, error),
        };
        assert!(url.headers.contains(probe), "{name}: {:?}", url.headers);
        let signed: Vec<(String, String)> = url
            .headers
            .iter()
            .filter(|(header, _)| is_signed(self.signature, header))
            .map(|(header, value)| (header.to_owned(), value.to_owned()))
            .collect();
        // A preflight tells nothing about who asks
        let preflight = matches!(name, "options_bucket" | "options_object");
        for (header, value) in signed.iter().filter(|_| !preflight) {
            let mut changed = url.headers.clone();
            changed.insert(header.clone(), format!("{value}x"));
            let answer = self.fetch(&url, &changed, &body);
            self.expect_refused(name, &format!("another {header} was taken"), answer);
            let mut without = Headers::new();
            for (other, value) in url.headers.iter().filter(|(other, _)| other != header) {
                without.append(other.to_owned(), value.to_owned());
            }
            let answer = self.fetch(&url, &without, &body);
            self.expect_refused(name, &format!("a request without {header} was taken"), answer);
        }
        let answer = self.fetch(&url, &url.headers, &body);
        self.expect_accepted(name, answer);

        // By the SDK, in a client without keys
        let (bucket, id) = place("signed", self).expect("what could be prepared before");
        let url = make(&bucket, &id).presign(MINUTE).expect("it could be signed before");
        let stranger =
            self.builder().credentials(Credentials::anonymous()).build().expect("a complete configuration");
        let stranger = stranger.bucket(bucket.name());
        if let Err(error) = make(&stranger, &id).send_signed(&url) {
            self.problem(name, format_args!("send_signed: {error}"));
        }
        if !preflight {
            let without_keys =
                make(&stranger, &id).send().map(|_| ()).expect_err("nobody without keys may do that");
            if !without_keys.is_access_denied() && !without_keys.is_not_found() {
                self.problem(name, format_args!("without keys: {without_keys}"));
            }
        }
    }
}

/// Which headers the signature holds for.
fn is_signed(signature: Signature, header: &str) -> bool {
    match signature {
        Signature::Obs => header.starts_with("x-obs-") || matches!(header, "content-md5" | "content-type"),
        Signature::V2 => header.starts_with("x-amz-") || matches!(header, "content-md5" | "content-type"),
        _ => header != "host",
    }
}

fn all(signature: Signature, virtual_hosted: bool) {
    let mut presigner = Presigner::new(signature, virtual_hosted);
    every_operation(&mut presigner);
    presigner.seen.sort_unstable();
    let mut table = names_in_the_table();
    table.sort_unstable();
    assert_eq!(presigner.seen, table, "every operation of the SDK");
    assert!(
        presigner.problems.is_empty(),
        "{} problems:\n{}",
        presigner.problems.len(),
        presigner.problems.join("\n")
    );
    assert_eq!(presigner.emulator.panics(), 0);
}

#[test]
fn obs_virtual_hosted() {
    all(Signature::Obs, true);
}

#[test]
fn obs_path_style() {
    all(Signature::Obs, false);
}

#[test]
fn v2_virtual_hosted() {
    all(Signature::V2, true);
}

#[test]
fn v2_path_style() {
    all(Signature::V2, false);
}

#[test]
fn v4_virtual_hosted() {
    all(Signature::V4, true);
}

#[test]
fn v4_path_style() {
    all(Signature::V4, false);
}
