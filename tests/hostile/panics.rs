//! What a program says when it panics, and what it is warned of.

use std::panic::{self, PanicHookInfo};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, SystemTime};

use obs_core::{
    Cached, Credentials, CredentialsProvider, CredentialsSource, ExpiringCredentials, ObsClient, SseC,
};
use obs_emulator::{Action, Answer, Rule};

use crate::place;

const SECRET_KEY: &str = "PanicSecretKeyUnmistakable0123456789";
const TOKEN: &str = "PanicTokenUnmistakable0123456789";
const SSE_KEY: &[u8; 32] = b"PanicCustomerKeyUnmistakable0123";
const SSE_KEY_ENCODED: &str = "UGFuaWNDdXN0b21lcktleVVubWlzdGFrYWJsZTAxMjM=";

#[derive(Debug)]
struct Vault;

impl CredentialsSource for Vault {
    fn fetch(&self) -> obs_core::Result<ExpiringCredentials> {
        let end = SystemTime::now() + Duration::from_secs(3600);
        Ok(ExpiringCredentials::new(keys(), end))
    }
}

fn keys() -> Credentials {
    Credentials::new("PANICACCESSKEY000001", SECRET_KEY).with_security_token(TOKEN)
}

/// What the panic of a thread says, of that thread alone: other tests may panic meanwhile.
fn said_by_panic(work: impl FnOnce() + Send + 'static) -> String {
    let said = Arc::new(Mutex::new(String::new()));
    let (keep, before) = (said.clone(), panic::take_hook());
    let is_ours = || thread::current().name() == Some("panics");
    panic::set_hook(Box::new(move |info: &PanicHookInfo<'_>| {
        if is_ours() { keep.lock().unwrap().push_str(&info.to_string()) } else { before(info) }
    }));
    thread::Builder::new().name("panics".into()).spawn(work).unwrap().join().unwrap_err();
    let said = said.lock().unwrap();
    said.clone()
}

#[test]
fn a_panic_shows_no_secret() {
    let (emulator, bucket) = place();
    emulator.faults().add(Rule::new(Action::Answer(Answer::error(403, "AccessDenied", "no"))));
    let endpoint = emulator.endpoint();
    let name = bucket.name().to_owned();
    let said = said_by_panic(move || {
        let cached = Cached::new(Vault);
        let client = ObsClient::builder().endpoint(&endpoint).credentials(keys()).max_retry_count(0);
        let builder = format!("{client:?}");
        let client = client.build().unwrap();
        let (bucket, sse) = (client.bucket(&name), SseC::new(*SSE_KEY));
        let put = bucket.put_content("k", "x").sse(sse.clone()).header("x-auth-token", TOKEN);
        let url = bucket.put_content("k", "x").sse(sse.clone()).presign(Duration::from_secs(60)).unwrap();
        let form = bucket.create_post_signature().key("form");
        let error = bucket.get_object("k").sse(sse.clone()).send().unwrap_err();
        let (keys, fetched) = (keys(), cached.credentials().unwrap());
        panic!(
            "{builder} {client:?} {bucket:?} {keys:?} {fetched:?} {cached:?} {sse:?} {put:?} {url:?} {url:#?} {form:?} {error:?} {error}"
        );
    });
    assert!(said.contains("PANICACCESSKEY000001") && said.contains("AccessDenied"), "{said}");
    for secret in [SECRET_KEY, TOKEN, std::str::from_utf8(SSE_KEY).unwrap(), SSE_KEY_ENCODED] {
        assert!(!said.contains(secret), "{said}");
    }
    assert!(!said.contains(format!("{SSE_KEY:?}").trim_matches(['[', ']'])), "{said}");
    let signature = said.split("Signature=").nth(1).unwrap_or_default();
    assert!(signature.starts_with("******"), "{said}");
}
