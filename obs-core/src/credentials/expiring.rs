//! Credentials that expire: kept while they are good, refreshed ahead of their end, by one thread.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use obs_sign::Credentials;

use super::CredentialsProvider;
use crate::config::{Clock, SystemClock};
use crate::error::{Error, ErrorKind, Result};

/// Credentials and their end.
///
/// ```
/// use obs_core::{Credentials, ExpiringCredentials};
/// use std::time::{Duration, SystemTime};
///
/// let keys = Credentials::new("AK", "SK").with_security_token("token");
/// let for_an_hour =
///     ExpiringCredentials::new(keys, SystemTime::now() + Duration::from_secs(3600));
/// assert!(for_an_hour.expires_at.is_some());
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ExpiringCredentials {
    /// The credentials.
    pub credentials: Credentials,
    /// When they expire; none: never.
    pub expires_at: Option<SystemTime>,
}

impl ExpiringCredentials {
    /// Credentials that are good until `expires_at`, or for ever.
    pub fn new(credentials: Credentials, expires_at: impl Into<Option<SystemTime>>) -> Self {
        Self { credentials, expires_at: expires_at.into() }
    }
}

/// Fetches new credentials, however long that takes. A [`Cached`] around it makes it a [`CredentialsProvider`].
///
/// ```
/// use obs_core::{Credentials, CredentialsSource, Error, ExpiringCredentials};
/// use std::time::{Duration, SystemTime};
///
/// #[derive(Debug)]
/// struct KeyFile(std::path::PathBuf);
///
/// impl CredentialsSource for KeyFile {
///     fn fetch(&self) -> Result<ExpiringCredentials, Error> {
///         let text =
///             std::fs::read_to_string(&self.0).map_err(|e| Error::io(self.0.display(), e))?;
///         let (ak, sk) = text
///             .trim()
///             .split_once(':')
///             .ok_or_else(|| Error::invalid("the key file is not AK:SK"))?;
///         Ok(ExpiringCredentials::new(
///             Credentials::new(ak, sk),
///             SystemTime::now() + Duration::from_secs(900),
///         ))
///     }
/// }
/// ```
pub trait CredentialsSource: fmt::Debug + Send + Sync + 'static {
    /// Fetches credentials. Never called by two threads at once.
    ///
    /// # Errors
    ///
    /// Whatever kept it from getting any.
    fn fetch(&self) -> Result<ExpiringCredentials>;

    /// What errors and logs call it. Default: the name of the type.
    fn name(&self) -> &str {
        std::any::type_name::<Self>()
    }
}

/// How long before their end credentials are refreshed, unless told otherwise.
const REFRESH_AHEAD: Duration = Duration::from_secs(600);
/// How long after a failed refresh the next one is tried, while the old credentials are still good.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// Keeps the credentials of a [`CredentialsSource`] until 10 minutes before they expire (of those that live less than 20 minutes: for
/// half their life). Then the next caller fetches new ones while the others go on with the old. If that fails the old ones
/// serve until their end; after it all callers wait for the one that fetches, each no longer than its call may take.
///
/// ```
/// use obs_core::{
///     Cached, Credentials, CredentialsSource, Error, ExpiringCredentials, ObsClient,
/// };
/// use std::time::{Duration, SystemTime};
///
/// #[derive(Debug)]
/// struct Vault;
///
/// impl CredentialsSource for Vault {
///     fn fetch(&self) -> Result<ExpiringCredentials, Error> {
///         let hour = Duration::from_secs(3600);
///         Ok(ExpiringCredentials::new(Credentials::new("AK", "SK"), SystemTime::now() + hour))
///     }
/// }
///
/// let client = ObsClient::builder()
///     .endpoint("obs.example.com")
///     .credentials_provider(Cached::new(Vault))
///     .build()?;
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug)]
pub struct Cached<S> {
    source: S,
    refresh_ahead: Duration,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    refreshed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    held: Option<Held>,
    /// A thread is fetching.
    fetching: bool,
    /// Counts the fetches that have ended, so that whoever waits knows that one did.
    ended: u64,
    /// Why the last fetch failed.
    failure: Option<String>,
}

#[derive(Debug, Clone)]
struct Held {
    credentials: Credentials,
    expires_at: Option<SystemTime>,
    refresh_at: Option<SystemTime>,
}

impl<S: CredentialsSource> Cached<S> {
    /// Nothing is fetched before credentials are needed.
    pub fn new(source: S) -> Self {
        Self {
            source,
            refresh_ahead: REFRESH_AHEAD,
            clock: Arc::new(SystemClock),
            state: Mutex::default(),
            refreshed: Condvar::new(),
        }
    }

    /// How long before their end credentials are refreshed. Default: 10 minutes.
    #[must_use]
    pub fn refresh_ahead(mut self, time: Duration) -> Self {
        self.refresh_ahead = time;
        self
    }

    /// Takes the time from elsewhere.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, fetched: ExpiringCredentials) -> Held {
        let now = self.clock.now();
        let ExpiringCredentials { credentials, expires_at } = fetched;
        let refresh_at = expires_at.map(|end| {
            let life = end.duration_since(now).unwrap_or_default();
            end.checked_sub(self.refresh_ahead.min(life / 2)).unwrap_or(now)
        });
        Held { credentials, expires_at, refresh_at }
    }

    /// Fetches, as the only thread that does.
    fn fetch(&self) -> Result<Credentials> {
        // Also if the source panics: nobody may wait for a thread that is gone.
        let ended = Ended(self);
        let fetched = self.source.fetch().and_then(|fetched| match fetched.expires_at {
            _ if fetched.credentials.is_anonymous() => {
                Err(Error::new(ErrorKind::Credentials, "it gave empty keys"))
            }
            Some(end) if end <= self.clock.now() => Err(Error::new(
                ErrorKind::Credentials,
                "it gave credentials that have expired already; check the machine's clock",
            )),
            _ => Ok(self.keep(fetched)),
        });
        let mut state = self.lock();
        let result = match fetched {
            Ok(held) => {
                state.failure = None;
                let credentials = held.credentials.clone();
                state.held = Some(held);
                Ok(credentials)
            }
            Err(error) => {
                let said = error.to_string();
                state.failure = Some(said.clone());
                let now = self.clock.now();
                match state.held.as_mut().filter(|held| held.is_good(now)) {
                    Some(held) => {
                        held.refresh_at = now.checked_add(RETRY_AFTER);
                        log::warn!(target: "obs::http", "{}: credentials were not refreshed, the old ones go on: {said}", self.source.name());
                        Ok(held.credentials.clone())
                    }
                    None => Err(failure(&said)),
                }
            }
        };
        drop(state);
        drop(ended);
        result
    }
}

impl<S> Cached<S> {
    /// Waits for the end of a fetch, or for no longer than this.
    fn wait<'a>(
        &self,
        state: MutexGuard<'a, State>,
        left: Option<Duration>,
    ) -> Result<MutexGuard<'a, State>> {
        match left {
            None => Ok(self.refreshed.wait(state).unwrap_or_else(PoisonError::into_inner)),
            Some(Duration::ZERO) => Err(Error::new(
                ErrorKind::Timeout,
                "the deadline passed while another call fetched credentials",
            )),
            Some(left) => {
                Ok(self.refreshed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0)
            }
        }
    }
}

/// Ends a fetch, however it ended.
struct Ended<'a, S: CredentialsSource>(&'a Cached<S>);

impl<S: CredentialsSource> Drop for Ended<'_, S> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.fetching = false;
        state.ended += 1;
        drop(state);
        self.0.refreshed.notify_all();
    }
}

impl Held {
    fn is_good(&self, now: SystemTime) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }

    fn is_due(&self, now: SystemTime) -> bool {
        self.refresh_at.is_some_and(|at| now >= at)
    }
}

fn failure(said: &str) -> Error {
    Error::new(ErrorKind::Credentials, said.to_owned())
}

impl<S: CredentialsSource> CredentialsProvider for Cached<S> {
    fn credentials(&self) -> Result<Credentials> {
        self.credentials_within(None)
    }

    fn credentials_within(&self, limit: Option<Duration>) -> Result<Credentials> {
        let started = Instant::now();
        let mut state = self.lock();
        let mut waited_since = None;
        loop {
            let now = self.clock.now();
            let good = state.held.as_ref().filter(|held| held.is_good(now));
            match good {
                Some(held) if state.fetching || !held.is_due(now) => return Ok(held.credentials.clone()),
                // Whoever waited takes part in the failure too: otherwise a crowd would try one after the other.
                None if waited_since.is_some_and(|since| state.ended > since) && state.failure.is_some() => {
                    return Err(failure(state.failure.as_deref().unwrap_or_default()));
                }
                None if state.fetching => {
                    waited_since.get_or_insert(state.ended);
                    let left = limit.map(|limit| limit.saturating_sub(started.elapsed()));
                    state = self.wait(state, left)?;
                }
                _ => {
                    state.fetching = true;
                    drop(state);
                    return self.fetch();
                }
            }
        }
    }

    fn name(&self) -> &str {
        self.source.name()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
    use std::thread::ThreadId;
    use std::time::UNIX_EPOCH;

    use super::*;

    /// Shows the seconds that it is told.
    #[derive(Debug, Clone, Default)]
    struct Hand(Arc<AtomicU64>);

    impl Hand {
        fn seconds(&self) -> u64 {
            self.0.load(Ordering::SeqCst)
        }
    }

    impl Clock for Hand {
        fn now(&self) -> SystemTime {
            UNIX_EPOCH + Duration::from_secs(self.seconds())
        }

        fn sleep(&self, _: Duration) {}
    }

    /// Gives credentials that live for 40 seconds, of which fetching them takes three, and counts.
    #[derive(Debug, Default)]
    struct Mint {
        hand: Hand,
        fetches: AtomicUsize,
        in_flight: AtomicUsize,
        most_in_flight: AtomicUsize,
    }

    impl CredentialsSource for Arc<Mint> {
        fn fetch(&self) -> Result<ExpiringCredentials> {
            let flying = self.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
            self.most_in_flight.fetch_max(flying, Ordering::SeqCst);
            self.fetches.fetch_add(1, Ordering::SeqCst);
            // The end stands in the key, so that a test can tell whether it was kept too long.
            let end = self.hand.seconds() + 40;
            // The others go on asking meanwhile.
            std::thread::sleep(Duration::from_millis(1));
            self.hand.0.fetch_add(3, Ordering::SeqCst);
            self.in_flight.fetch_sub(1, Ordering::SeqCst);
            until(&end.to_string(), end)
        }
    }

    #[test]
    fn a_crowd_gets_valid_ones_and_one_refresh_is_in_flight() {
        const STEPS: u64 = 100;
        let mint = Arc::new(Mint::default());
        let cached = Cached::new(mint.clone()).clock(mint.hand.clone());
        let (stale, barrier) = (AtomicUsize::new(0), Barrier::new(16));
        std::thread::scope(|scope| {
            for _ in 0..16 {
                let (cached, hand, stale, barrier) = (&cached, &mint.hand, &stale, &barrier);
                scope.spawn(move || {
                    for step in 0..STEPS {
                        for _ in 0..20 {
                            let asked = hand.seconds();
                            let end: u64 = cached.credentials().unwrap().access_key_id().parse().unwrap();
                            stale.fetch_add(usize::from(end <= asked), Ordering::SeqCst);
                        }
                        if barrier.wait().is_leader() {
                            // Every tenth time beyond the end of what there is.
                            hand.0.fetch_add(if step % 10 == 9 { 50 } else { 7 }, Ordering::SeqCst);
                        }
                        barrier.wait();
                    }
                });
            }
        });
        let counted = [&mint.most_in_flight, &stale, &mint.fetches].map(|count| count.load(Ordering::SeqCst));
        assert_eq!(counted, [1, 0, 40], "at once, expired, fetched");
    }

    /// Notes who looks at it.
    #[derive(Debug, Clone, Default)]
    struct Watched(Arc<Mutex<HashSet<ThreadId>>>);

    impl Clock for Watched {
        fn now(&self) -> SystemTime {
            self.0.lock().unwrap().insert(std::thread::current().id());
            UNIX_EPOCH
        }

        fn sleep(&self, _: Duration) {}
    }

    /// Fails once sixteen have asked: whoever asks looks at the clock, and holds the lock while it does.
    #[derive(Debug, Default)]
    struct Broken {
        clock: Watched,
        fetches: AtomicUsize,
    }

    impl CredentialsSource for Arc<Broken> {
        fn fetch(&self) -> Result<ExpiringCredentials> {
            self.fetches.fetch_add(1, Ordering::SeqCst);
            let began = Instant::now();
            while self.clock.0.lock().unwrap().len() < 16 {
                assert!(began.elapsed() < Duration::from_secs(60), "not all have asked");
                std::thread::sleep(Duration::from_millis(1));
            }
            Err(Error::new(ErrorKind::Connect, "no connection to the mint"))
        }
    }

    #[test]
    fn a_crowd_that_finds_nothing_fails_together() {
        let broken = Arc::new(Broken::default());
        let cached = Cached::new(broken.clone()).clock(broken.clock.clone());
        std::thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    let error = cached.credentials().unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::Credentials);
                    assert!(error.to_string().contains("no connection to the mint"), "{error}");
                });
            }
        });
        assert_eq!(broken.fetches.load(Ordering::SeqCst), 1);
    }

    /// Fetches nothing until it is told to.
    #[derive(Debug)]
    struct Slow(Barrier);

    impl CredentialsSource for Slow {
        fn fetch(&self) -> Result<ExpiringCredentials> {
            self.0.wait();
            self.0.wait();
            Ok(ExpiringCredentials::new(Credentials::new("AK", "SK"), None))
        }
    }

    #[test]
    fn whoever_waits_for_another_waits_no_longer_than_its_call_may_take() {
        let cached = Arc::new(Cached::new(Slow(Barrier::new(2))));
        let chain: Box<dyn CredentialsProvider> =
            Box::new(crate::CredentialsChain::new().with(cached.clone()).with(Credentials::new("AK", "SK")));
        std::thread::scope(|scope| {
            let first = scope.spawn(|| cached.credentials());
            // It is fetching.
            cached.source.0.wait();
            let started = Instant::now();
            let error = chain.credentials_within(Some(Duration::from_millis(100))).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
            assert!(started.elapsed() >= Duration::from_millis(100));
            cached.source.0.wait();
            assert_eq!(first.join().unwrap().unwrap().access_key_id(), "AK");
        });
        // What is there costs no time.
        assert!(chain.credentials_within(Some(Duration::ZERO)).is_ok());
    }

    #[derive(Debug)]
    struct Script(Mutex<Vec<Result<ExpiringCredentials>>>);

    impl CredentialsSource for Script {
        fn fetch(&self) -> Result<ExpiringCredentials> {
            self.0.lock().unwrap().pop().unwrap()
        }
    }

    fn until(key: &str, end: u64) -> Result<ExpiringCredentials> {
        Ok(ExpiringCredentials::new(Credentials::new(key, "SK"), UNIX_EPOCH + Duration::from_secs(end)))
    }

    fn broken() -> Result<ExpiringCredentials> {
        Err(Error::new(ErrorKind::Connect, "down"))
    }

    fn scripted(mut script: Vec<Result<ExpiringCredentials>>) -> (Hand, Cached<Script>) {
        script.reverse();
        let hand = Hand::default();
        (hand.clone(), Cached::new(Script(Mutex::new(script))).clock(hand))
    }

    #[test]
    fn refreshed_ten_minutes_ahead_and_old_ones_serve_until_their_end() {
        let (hand, cached) = scripted(vec![until("A", 3600), broken(), broken(), until("B", 9000)]);
        let at = |second: u64| {
            hand.0.store(second, Ordering::SeqCst);
            cached.credentials().map(|c| c.access_key_id().to_owned())
        };
        assert_eq!(at(0).unwrap(), "A");
        assert_eq!(at(2999).unwrap(), "A");
        assert_eq!(at(3000).unwrap(), "A", "the refresh failed, A goes on");
        assert_eq!(at(3009).unwrap(), "A", "the next is not tried at once");
        assert!(at(3600).unwrap_err().to_string().contains("down"), "A has expired");
        assert_eq!(at(3601).unwrap(), "B");
        assert_eq!(at(8399).unwrap(), "B");
    }

    #[test]
    fn short_lives_are_not_fetched_for_each_call() {
        let (hand, cached) = scripted(vec![until("A", 300), until("B", 600)]);
        for second in [0, 100, 149] {
            hand.0.store(second, Ordering::SeqCst);
            assert_eq!(cached.credentials().unwrap().access_key_id(), "A");
        }
        hand.0.store(150, Ordering::SeqCst);
        assert_eq!(cached.credentials().unwrap().access_key_id(), "B");
    }

    #[test]
    fn useless_ones_are_an_error() {
        let (hand, cached) = scripted(vec![until("A", 5), until("", 500)]);
        hand.0.store(10, Ordering::SeqCst);
        assert!(cached.credentials().unwrap_err().to_string().contains("expired already"));
        assert!(cached.credentials().unwrap_err().to_string().contains("empty keys"));
    }

    #[test]
    fn a_source_that_panics_leaves_nobody_waiting() {
        #[derive(Debug, Default)]
        struct Rash(AtomicUsize);
        impl CredentialsSource for Rash {
            fn fetch(&self) -> Result<ExpiringCredentials> {
                assert!(self.0.fetch_add(1, Ordering::SeqCst) > 0, "rash");
                Ok(ExpiringCredentials::new(Credentials::new("AK", "SK"), None))
            }
        }
        let cached = Cached::new(Rash::default());
        let first = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| cached.credentials()));
        assert!(first.is_err());
        assert_eq!(cached.credentials().unwrap().access_key_id(), "AK");
    }
}
