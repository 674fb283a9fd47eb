//! No secret, token or signature reaches a log at the lowest level, an error or a `Debug` text.

#![allow(clippy::unwrap_used)]

use std::fmt;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use log::{LevelFilter, Log, Metadata, Record};
use obs_core::transport::{HttpRequest, HttpResponse, Transport, TransportError};
use obs_core::{Clock, Credentials, ErrorKind, Method, ObsClient, Signature, SseC};

/// Keeps all that is logged.
struct Captured(Mutex<String>);

impl Log for Captured {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let mut all = self.0.lock().unwrap();
        all.push_str(&format!("{} {} {}\n", record.level(), record.target(), record.args()));
    }

    fn flush(&self) {}
}

static LOG: Captured = Captured(Mutex::new(String::new()));

/// Redirects, refuses, breaks and succeeds in turn; keeps the signatures that it sees.
#[derive(Default)]
struct Moody(Mutex<(usize, Vec<String>)>);

impl fmt::Debug for Moody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Moody")
    }
}

/// Waits for nothing.
#[derive(Debug)]
struct Hasty;

impl Clock for Hasty {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn sleep(&self, _: Duration) {}
}

impl Transport for &'static Moody {
    fn send(&self, request: HttpRequest<'_>) -> Result<HttpResponse, TransportError> {
        let mut state = self.0.lock().unwrap();
        let authorization = request.headers.get("authorization").unwrap_or_default();
        let in_query = request.url.split("Signature=").nth(1).unwrap_or_default();
        for signature in [authorization.rsplit([':', '=']).find(|part| part.len() > 8), Some(in_query)] {
            state.1.extend(signature.filter(|s| s.len() > 8).map(str::to_owned));
        }
        state.0 += 1;
        let mut response = HttpResponse::new(200, "OK");
        match state.0 % 5 {
            1 => return Err(TransportError::new(ErrorKind::Connection, "broken")),
            2 => response.status = 503,
            3 => {
                response.status = 307;
                let there =
                    "https://b.obs.cn-east-3.example.com/k?x-obs-security-token=T0KEN&Signature=S1GNATURE";
                response.headers.insert("location", there);
            }
            4 => {
                response.status = 403;
                response.body = Box::new(&b"<Error><Code>SignatureDoesNotMatch</Code><StringToSign>x-obs-security-token:T0KEN</StringToSign></Error>"[..]);
            }
            _ => {}
        }
        Ok(response)
    }
}

#[test]
fn a_long_scenario_leaks_nothing() {
    log::set_logger(&LOG).unwrap();
    log::set_max_level(LevelFilter::Trace);
    let secrets = ["S3CRETKEY", "T0KEN", "S1GNATURE", "S3CR3TPROXY"];
    let customer_key = [b'C'; 32];
    let customer_key_base64 = "Q0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0M";
    let moody: &'static Moody = Box::leak(Box::default());
    let mut said = String::new();
    for signature in [
        Signature::Obs,
        Signature::V2,
        Signature::Negotiate,
        #[cfg(feature = "v4")]
        Signature::V4,
    ] {
        let credentials = Credentials::new("AKID", secrets[0]).with_security_token(secrets[1]);
        let builder = ObsClient::builder()
            .endpoint("https://obs.cn-north-4.example.com")
            .credentials(credentials)
            .signature(signature)
            .clock(Hasty)
            .proxy(format!("http://user:{}@proxy.example.com:8080", secrets[3]))
            .transport(moody);
        said.push_str(&format!("{builder:?}\n"));
        let client = builder.build().unwrap();
        let bucket = client.bucket("bucket");
        let key = || SseC::new(customer_key);
        said.push_str(&format!("{client:?} {bucket:?}\n"));
        for _ in 0..7 {
            said.push_str(&format!("{:?}\n", bucket.put_content("k", "v").sse(key())));
            said.push_str(&format!("{:?}\n", bucket.put_content("k", "v").sse(key()).send()));
            said.push_str(&format!("{:?}\n", bucket.get_object("k").sse(key()).send()));
            said.push_str(&format!("{:?}\n", bucket.head_object("k").send()));
            said.push_str(&format!("{:?}\n", client.list_buckets().send()));
            let url = bucket.get_object("k").sse(key()).presign(Duration::from_secs(60)).unwrap();
            said.push_str(&format!("{url:?}\n"));
            said.push_str(&format!("{:?}\n", client.send_signed_url(&url, ())));
            let url = bucket.create_signed_url(Method::Put).key("k").sign().unwrap();
            match bucket.put_content("k", "v").send_signed(&url) {
                Ok(reply) => said.push_str(&format!("{reply:?}\n")),
                Err(error) => said.push_str(&format!("{error} {error:?}\n")),
            }
            said.push_str(&format!("{:?}\n", bucket.create_post_signature().key("k").sign()));
        }
    }
    let logged = LOG.0.lock().unwrap().clone();
    assert!(logged.contains("TRACE obs::http > ") && logged.contains("string to sign"), "{logged}");
    let seen = moody.0.lock().unwrap().1.clone();
    assert!(seen.len() > 50);
    for secret in secrets.iter().map(|s| (*s).to_owned()).chain(seen).chain([customer_key_base64.to_owned()])
    {
        for (place, text) in [("log", &logged), ("texts", &said)] {
            let line = text.lines().find(|line| line.contains(&secret));
            assert!(line.is_none(), "{secret} in the {place}: {line:?}");
        }
    }
}
