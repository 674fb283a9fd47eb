//! Credentials that the server does not take any more, and clocks that mislead about their end.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::{Duration, SystemTime};

use obs_core::{
    Cached, Credentials, CredentialsProvider, CredentialsSource, ExpiringCredentials, ObsClient, Result, code,
};
use obs_emulator::Emulator;

use crate::{SECOND, place, strict};

const HOUR: Duration = Duration::from_secs(3600);

/// Gives one after the other, the last for ever, and counts.
#[derive(Debug, Clone)]
struct Keys(Arc<(Vec<ExpiringCredentials>, AtomicUsize)>);

impl Keys {
    fn new(keys: impl IntoIterator<Item = (Credentials, SystemTime)>) -> Self {
        let keys = keys.into_iter().map(|(keys, end)| ExpiringCredentials::new(keys, end)).collect();
        Self(Arc::new((keys, AtomicUsize::new(0))))
    }

    fn fetched(&self) -> usize {
        self.0.1.load(Ordering::SeqCst)
    }
}

impl CredentialsSource for Keys {
    fn fetch(&self) -> Result<ExpiringCredentials> {
        let nth = self.0.1.fetch_add(1, Ordering::SeqCst);
        Ok(self.0.0[nth.min(self.0.0.len() - 1)].clone())
    }
}

fn key(name: &str) -> Credentials {
    Credentials::new(name, "secret")
}

fn client(emulator: &Emulator, provider: impl CredentialsProvider) -> ObsClient {
    strict(&emulator.endpoint())
        .credentials(Credentials::anonymous())
        .credentials_provider(provider)
        .build()
        .unwrap()
}

fn in_an_hour() -> SystemTime {
    SystemTime::now() + HOUR
}

#[test]
fn keys_that_die_at_once_are_replaced_at_once_by_one_fetch() {
    let (emulator, bucket) = place();
    for name in ["OLD", "NEW"] {
        emulator.add_account(name, "secret", Emulator::ACCOUNT_ID);
    }
    let keys = Keys::new([(key("OLD"), in_an_hour()), (key("NEW"), in_an_hour())]);
    let bucket = client(&emulator, Cached::new(keys.clone())).bucket(bucket.name());
    bucket.put_content("k", "x").send().unwrap();
    assert!(emulator.remove_account("OLD"));
    let barrier = Barrier::new(16);
    thread::scope(|scope| {
        for n in 0..16 {
            let (bucket, barrier) = (bucket.clone(), &barrier);
            scope.spawn(move || {
                barrier.wait();
                match n % 4 {
                    0 => drop(bucket.put_content(format!("{n}"), "x").send().unwrap()),
                    1 => drop(bucket.head_object("k").send().unwrap()),
                    2 => drop(bucket.list_objects().send().unwrap()),
                    _ => drop(bucket.append_object(format!("log-{n}"), 0, "x").send().unwrap()),
                }
            });
        }
    });
    assert_eq!(keys.fetched(), 2);
}

#[test]
fn keys_that_the_caller_replaces_fail_no_call() {
    #[derive(Debug, Clone)]
    struct Vault(Arc<Mutex<Vec<Credentials>>>);
    impl CredentialsProvider for Vault {
        fn credentials(&self) -> Result<Credentials> {
            // The others come into force between two questions.
            let mut keys = self.0.lock().unwrap();
            let last = keys.len() == 1;
            Ok(if last { keys[0].clone() } else { keys.remove(0) })
        }
    }
    let (emulator, bucket) = place();
    emulator.add_account("NEW", "secret", Emulator::ACCOUNT_ID);
    let vault = Vault(Arc::new(Mutex::new(vec![key("DEAD"), key("NEW")])));
    client(&emulator, vault).bucket(bucket.name()).put_content("k", "x").send().unwrap();
}

#[test]
fn keys_for_which_there_are_no_others_are_the_error_they_are_and_no_storm() {
    let (emulator, bucket) = place();
    let keys = Keys::new([(key("REVOKED"), in_an_hour())]);
    let bucket = client(&emulator, Cached::new(keys.clone())).bucket(bucket.name());
    for _ in 0..20 {
        let error = bucket.put_content("k", "x").send().unwrap_err();
        assert_eq!((error.code(), error.attempts()), (Some(code::INVALID_ACCESS_KEY_ID), 1), "{error}");
    }
    assert_eq!(keys.fetched(), 2, "the first, and one that might have been another");
    let error = client(&emulator, key("REVOKED")).bucket(bucket.name()).list_objects().send().unwrap_err();
    assert_eq!((error.code(), error.attempts()), (Some(code::INVALID_ACCESS_KEY_ID), 1), "{error}");
}

/// As a machine sees it whose clock is behind: the server says that they have expired.
#[test]
fn keys_that_expired_unnoticed_are_replaced() {
    let temporary = |name: &str| key(name).with_security_token("token");
    let builder = Emulator::builder()
        .temporary_account("EXPIRED", "secret", "token", SystemTime::now() - SECOND)
        .temporary_account("FRESH", "secret", "token", in_an_hour());
    let emulator = builder.start().unwrap();
    let keys = Keys::new([(temporary("EXPIRED"), in_an_hour()), (temporary("FRESH"), in_an_hour())]);
    let client = client(&emulator, Cached::new(keys.clone()));
    client.list_buckets().send().unwrap();
    client.list_buckets().send().unwrap();
    assert_eq!((keys.fetched(), emulator.statuses().get(&400)), (2, Some(&1)));
}

/// As a machine sees it whose clock is ahead: all keys seem to have expired, which the server knows better.
#[test]
fn keys_that_seem_to_have_expired_are_used_and_fetched_once() {
    let builder = Emulator::builder().temporary_account("AHEAD", "secret", "token", in_an_hour());
    let emulator = builder.start().unwrap();
    let keys = Keys::new([(key("AHEAD").with_security_token("token"), SystemTime::now() - HOUR)]);
    let client = client(&emulator, Cached::new(keys.clone()));
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..10).for_each(|_| drop(client.list_buckets().send().unwrap())));
        }
    });
    assert_eq!(keys.fetched(), 1);
}
