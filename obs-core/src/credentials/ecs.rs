//! Temporary credentials of an Elastic Cloud Server, from its metadata service.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use obs_sign::{Credentials, Headers, Method};
use serde_json::Value;
use zeroize::{Zeroize, Zeroizing};

use super::{CredentialsSource, ExpiringCredentials};
use crate::config::{Clock, ConnectionConfig, SystemClock};
use crate::error::{Error, ErrorKind, Result};
use crate::operation::read_limited;
use crate::transport::{HttpBody, HttpRequest, Transport, UreqTransport};
use crate::types::instant;

const ADDRESS: &str = "http://169.254.169.254";
const TOKEN_PATH: &str = "/meta-data/latest/api/token";
const KEY_PATH: &str = "/openstack/latest/securitykey";
/// How long a token is asked for, in seconds: the most that the service gives.
const TOKEN_LIFE: &str = "21600";

const TRIES: u32 = 3;
const FIRST_DELAY: Duration = Duration::from_millis(100);
const TIMEOUT: Duration = Duration::from_secs(5);
/// Where there is no metadata service a connection often ends in silence: a short one, or each start would take long.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const ANSWER_LIMIT: u64 = 64 << 10;
/// What an answer of that length and the look for its end take.
const ROOM: usize = (64 << 10) + 64;

/// Fetches temporary credentials from the metadata service of the ECS that the program runs on (`ECS` of the guide): those of the agency
/// that is bound to it. Session tokens (v2) are used where the service knows them. Never goes through a proxy.
///
/// ```
/// use obs_core::{Cached, EcsMetadata, ObsClient};
/// let client = ObsClient::builder()
///     .endpoint("obs.example.com")
///     .credentials_provider(Cached::new(EcsMetadata::new()))
///     .build()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug)]
pub struct EcsMetadata {
    address: String,
    clock: Arc<dyn Clock>,
    transport: OnceLock<Arc<dyn Transport>>,
}

impl Default for EcsMetadata {
    fn default() -> Self {
        Self::new()
    }
}

impl EcsMetadata {
    /// The metadata service at its usual address, `http://169.254.169.254`.
    pub fn new() -> Self {
        Self { address: ADDRESS.to_owned(), clock: Arc::new(SystemClock), transport: OnceLock::new() }
    }

    /// Another address, such as `http://127.0.0.1:8080`.
    #[must_use]
    pub fn address(mut self, url: impl Into<String>) -> Self {
        self.address = url.into().trim_end_matches('/').to_owned();
        self
    }

    /// Sends its requests in another way.
    #[must_use]
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.transport = OnceLock::from(Arc::new(transport) as Arc<dyn Transport>);
        self
    }

    /// Made when it is needed: most programs with a default chain find their keys elsewhere.
    fn sender(&self) -> Result<Arc<dyn Transport>> {
        if let Some(transport) = self.transport.get() {
            return Ok(transport.clone());
        }
        let config = ConnectionConfig {
            timeout: TIMEOUT,
            connect_timeout: CONNECT_TIMEOUT,
            keep_alive: false,
            ..ConnectionConfig::default()
        };
        let made: Arc<dyn Transport> = Arc::new(UreqTransport::new(&config)?);
        Ok(self.transport.get_or_init(|| made).clone())
    }

    /// The session token of v2, or none where the service is of v1.
    fn token(&self) -> Result<Option<Zeroizing<String>>> {
        let life = ("x-securitykey-token-ttl-seconds", TOKEN_LIFE.to_owned());
        let answer = self.ask(Method::Put, TOKEN_PATH, life)?;
        match answer.status {
            404 | 405 => Ok(None),
            200..=299 => {
                let token = String::from_utf8_lossy(answer.text.trim_ascii()).into_owned();
                Ok(Some(Zeroizing::new(token)).filter(|token| !token.is_empty()))
            }
            status => Err(self.refusal("a session token", status)),
        }
    }

    fn refusal(&self, what: &str, status: u16) -> Error {
        let hint = if status == 404 { "; is an agency bound to this ECS?" } else { "" };
        self.error(format!("it answered {status} when asked for {what}{hint}"))
    }

    fn error(&self, message: String) -> Error {
        Error::new(ErrorKind::Credentials, format!("metadata service at {}: {message}", self.address))
    }

    /// Asks, and asks again where the service could not be reached or is in trouble.
    fn ask(&self, method: Method, path: &str, header: (&'static str, String)) -> Result<Answer> {
        let transport = self.sender()?;
        let url = format!("{}{path}", self.address);
        let mut headers = Headers::new();
        let host = self.address.split_once("://").map_or(&*self.address, |(_, host)| host);
        headers.insert("host", host.to_owned());
        if !header.1.is_empty() {
            headers.insert(header.0, header.1);
        }
        headers.check()?;
        let mut tries = 0;
        loop {
            tries += 1;
            let request = HttpRequest {
                method,
                url: &url,
                headers: &headers,
                body: HttpBody::Empty,
                deadline: Some(TIMEOUT),
                idempotent: true,
            };
            let trouble = match transport.send(request).map_err(Error::from).and_then(Answer::read) {
                Ok(answer) if answer.status < 500 && answer.status != 429 => return Ok(answer),
                Ok(answer) => format!("it answered {}", answer.status),
                Err(error) => error.to_string(),
            };
            if tries == TRIES {
                return Err(self.error(trouble));
            }
            self.clock.sleep(FIRST_DELAY * tries);
        }
    }
}

struct Answer {
    status: u16,
    /// It may hold keys.
    text: Zeroizing<Vec<u8>>,
}

impl Answer {
    fn read(mut response: crate::transport::HttpResponse) -> Result<Self> {
        // With room for all of it: a vector that grows leaves behind what it held.
        let mut text = Zeroizing::new(Vec::with_capacity(ROOM));
        read_limited(&mut response.body, ANSWER_LIMIT, &mut text)?;
        Ok(Self { status: response.status, text })
    }
}

impl CredentialsSource for EcsMetadata {
    fn fetch(&self) -> Result<ExpiringCredentials> {
        let token = self.token()?.unwrap_or_default();
        let answer = self.ask(Method::Get, KEY_PATH, ("x-securitykey-token", token.to_string()))?;
        if answer.status >= 300 {
            return Err(self.refusal("credentials", answer.status));
        }
        read(&answer.text).map_err(|what| self.error(what))
    }

    fn name(&self) -> &str {
        "ECS"
    }
}

/// Reads `{"credential": {"access", "secret", "securitytoken", "expires_at"}}`. An error names the member, never a value.
fn read(text: &[u8]) -> Result<ExpiringCredentials, String> {
    let document = Wiped(serde_json::from_slice(text).map_err(|_| "its answer is no JSON".to_owned())?);
    let credential = document.0.get("credential").ok_or("its answer has no member credential")?;
    let member = |name: &str| {
        let value = credential.get(name).and_then(Value::as_str).map(str::trim).filter(|v| !v.is_empty());
        value.ok_or_else(|| format!("its answer has no member credential.{name}"))
    };
    let credentials =
        Credentials::new(member("access")?, member("secret")?).with_security_token(member("securitytoken")?);
    let end = instant::parse(member("expires_at")?).map_err(|e| format!("credential.expires_at: {e}"))?;
    Ok(ExpiringCredentials::new(credentials, end))
}

/// A document whose texts do not outlive it in memory.
struct Wiped(Value);

impl Drop for Wiped {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;
    use std::sync::Mutex;

    use super::*;
    use crate::{Cached, CredentialsChain, CredentialsProvider};

    const CREDENTIAL: &str = r#"{"credential": {"access": "AK", "secret": "s3cret", "securitytoken": "t0ken",
        "expires_at": "2099-01-02T03:04:05.000000Z"}}"#;

    /// A metadata service on the loopback; each connection is answered with the next of the script.
    struct Service {
        address: String,
        seen: Arc<Mutex<Vec<String>>>,
    }

    impl Service {
        fn start(script: &'static [(u16, &'static str)]) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = format!("http://{}", listener.local_addr().unwrap());
            let seen = Arc::new(Mutex::new(Vec::new()));
            let record = seen.clone();
            std::thread::spawn(move || {
                for (status, body) in script {
                    let (mut stream, _) = listener.accept().unwrap();
                    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                    let mut head = lines.next().unwrap().unwrap().replace(" HTTP/1.1", "");
                    for line in lines.map(Result::unwrap).take_while(|line| !line.is_empty()) {
                        if line.starts_with("x-securitykey") {
                            head = format!("{head} {line}");
                        }
                    }
                    record.lock().unwrap().push(head);
                    write!(stream, "HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n{body}", body.len())
                        .unwrap();
                }
            });
            Self { address, seen }
        }

        fn fetch(&self) -> Result<ExpiringCredentials> {
            EcsMetadata::new().address(&*self.address).fetch()
        }

        fn seen(&self) -> Vec<String> {
            self.seen.lock().unwrap().clone()
        }
    }

    const PUT: &str = "PUT /meta-data/latest/api/token x-securitykey-token-ttl-seconds: 21600";

    #[test]
    fn with_a_session_token() {
        let service = Service::start(&[(200, "session\n"), (200, CREDENTIAL)]);
        let found = service.fetch().unwrap();
        assert_eq!(found.credentials.access_key_id(), "AK");
        assert_eq!(found.credentials.security_token(), Some("t0ken"));
        assert_eq!(found.expires_at, Some(instant::parse("2099-01-02T03:04:05Z").unwrap()));
        let get = "GET /openstack/latest/securitykey x-securitykey-token: session";
        assert_eq!(service.seen(), [PUT, get]);
    }

    #[test]
    fn without_one_where_the_service_is_older() {
        for script in [
            &[(404, ""), (200, CREDENTIAL)],
            &[(405, ""), (200, CREDENTIAL)],
            &[(200, " "), (200, CREDENTIAL)],
        ] {
            let service = Service::start(script);
            assert_eq!(service.fetch().unwrap().credentials.access_key_id(), "AK");
            assert_eq!(service.seen(), [PUT, "GET /openstack/latest/securitykey"]);
        }
    }

    #[test]
    fn trouble_is_tried_three_times() {
        let service =
            Service::start(&[(500, ""), (503, ""), (200, "s"), (502, ""), (429, ""), (200, CREDENTIAL)]);
        assert!(service.fetch().is_ok());
        let service = Service::start(&[(500, ""), (500, ""), (500, "")]);
        let error = service.fetch().unwrap_err().to_string();
        assert!(error.contains(&service.address) && error.contains("500"), "{error}");
        assert_eq!(service.seen().len(), 3);
    }

    #[test]
    fn refusals_and_nonsense_are_told_without_secrets() {
        let service = Service::start(&[(403, "")]);
        let error = service.fetch().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Credentials);
        assert!(error.to_string().contains("403 when asked for a session token"), "{error}");
        let service = Service::start(&[(404, ""), (404, "")]);
        let error = service.fetch().unwrap_err().to_string();
        assert!(error.contains("is an agency bound to this ECS?"), "{error}");
        for (document, names) in [
            ("<html>s3cret", "no JSON"),
            (r#"{"s3cret": 1}"#, "credential"),
            (r#"{"credential": {"access": "AK", "secret": "s3cret", "securitytoken": ""}}"#, "securitytoken"),
            (
                r#"{"credential": {"access": "AK", "secret": "s3cret", "securitytoken": "t0ken", "expires_at": "soon"}}"#,
                "expires_at",
            ),
        ] {
            let error = read(document.as_bytes()).unwrap_err();
            assert!(
                error.contains(names) && !error.contains("s3cret") && !error.contains("t0ken"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_chain_without_any_names_the_environment_and_the_service() {
        // A port that nobody listens at, and that no other test is given.
        let address = "http://127.0.0.1:1";
        let chain = CredentialsChain::new()
            .with(crate::Credentials::anonymous())
            .with(Cached::new(EcsMetadata::new().address(address)));
        let error = chain.credentials().unwrap_err().to_string();
        assert!(error.contains(&format!("ECS: metadata service at {address}: no connection")), "{error}");
    }
}
