//! Credentials that expire: kept while they are good, refreshed ahead of their end, by one thread.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use obs_sign::Credentials;

use super::{CredentialsNeed, CredentialsProvider, are_same};
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
/// How long credentials are kept that have expired already when they come, by our clock.
const REFRESH_UNSURE: Duration = Duration::from_secs(60);
/// How long after a failed refresh the next one is tried, while the old credentials are still good; and after one in vain, while the server
/// refuses them.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// Keeps the credentials of a [`CredentialsSource`] until 10 minutes before they expire (of those that live less than 20 minutes: for
/// half their life). Then the next caller fetches new ones while the others go on with the old. If that fails the old ones
/// serve until their end; after it all callers wait for the one that fetches, or until their deadline.
///
/// The clock of the machine may be wrong. Credentials that seem to have expired when they come are used all the same, for a minute at a time;
/// and where the server refuses them, or does not know them any more, others are fetched, and the call is made once more if they
/// differ. While the source gives none but those it is asked at most every 10 seconds.
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
pub struct Cached<S>(Arc<Cache<S>>);

#[derive(Debug)]
struct Cache<S> {
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
    /// When, in the place of those that the server refused, the source last gave the same again or none.
    in_vain: Option<SystemTime>,
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
        Self(Arc::new(Cache {
            source,
            refresh_ahead: REFRESH_AHEAD,
            clock: Arc::new(SystemClock),
            state: Mutex::default(),
            refreshed: Condvar::new(),
        }))
    }

    /// How long before their end credentials are refreshed. Default: 10 minutes.
    #[must_use]
    pub fn refresh_ahead(self, time: Duration) -> Self {
        self.with(|cache| cache.refresh_ahead = time)
    }

    /// Takes the time from elsewhere.
    #[must_use]
    pub fn clock(self, clock: impl Clock) -> Self {
        self.with(|cache| cache.clock = Arc::new(clock))
    }

    fn with(mut self, set: impl FnOnce(&mut Cache<S>)) -> Self {
        // Nobody else has it as long as nothing was asked of it.
        if let Some(cache) = Arc::get_mut(&mut self.0) {
            set(cache);
        }
        self
    }
}

impl<S: CredentialsSource> Cache<S> {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, fetched: ExpiringCredentials) -> Held {
        let now = self.clock.now();
        let ExpiringCredentials { credentials, expires_at } = fetched;
        if expires_at.is_some_and(|end| end <= now) {
            // Rather is our clock ahead than that a source gives what is of no use. The server knows, and says so.
            let name = self.source.name();
            log::warn!(target: "obs::http", "{name}: its credentials have expired already, by the machine's clock, which may be ahead: they are used all the same");
            return Held { credentials, expires_at: None, refresh_at: now.checked_add(REFRESH_UNSURE) };
        }
        let refresh_at = expires_at.map(|end| {
            let life = end.duration_since(now).unwrap_or_default();
            end.checked_sub(self.refresh_ahead.min(life / 2)).unwrap_or(now)
        });
        Held { credentials, expires_at, refresh_at }
    }

    /// Gives what is held, as long as it is good; else waits for whoever fetches, or fetches.
    fn get(self: &Arc<Self>, need: CredentialsNeed<'_>) -> Result<Credentials> {
        let began = Instant::now();
        let mut state = self.lock();
        let mut waited_since = None;
        loop {
            let now = self.clock.now();
            let good = state
                .held
                .as_ref()
                .filter(|held| held.is_good(now) && !state.is_refused(held, need.refused, now));
            match good {
                Some(held) if state.fetching || !held.is_due(now) => return Ok(held.credentials.clone()),
                // Whoever waited takes part in the failure too: otherwise a crowd would try one after the other.
                None if waited_since.is_some_and(|since| state.ended > since) && state.failure.is_some() => {
                    return Err(failure(state.failure.as_deref().unwrap_or_default()));
                }
                None if state.fetching => {
                    waited_since.get_or_insert(state.ended);
                    state = self.wait(state, began, need.time_left)?;
                }
                _ => {
                    state.fetching = true;
                    let refused = need.refused.cloned();
                    if need.time_left.is_none() {
                        drop(state);
                        return self.fetch(refused.as_ref());
                    }
                    waited_since.get_or_insert(state.ended);
                    drop(state);
                    self.fetch_apart(refused);
                    state = self.lock();
                }
            }
        }
    }

    /// Waits until a fetch has ended, or the time is up.
    fn wait<'s>(
        &self,
        state: MutexGuard<'s, State>,
        began: Instant,
        time: Option<Duration>,
    ) -> Result<MutexGuard<'s, State>> {
        let Some(time) = time else {
            return Ok(self.refreshed.wait(state).unwrap_or_else(PoisonError::into_inner));
        };
        let left = time.checked_sub(began.elapsed()).filter(|left| !left.is_zero());
        let late = || {
            Error::new(ErrorKind::Timeout, format!("{}: no credentials within {time:?}", self.source.name()))
        };
        let waited = self.refreshed.wait_timeout(state, left.ok_or_else(late)?);
        Ok(waited.unwrap_or_else(PoisonError::into_inner).0)
    }

    /// Fetches on a thread of its own, so that whoever has a deadline can leave; what comes late serves the next.
    fn fetch_apart(self: &Arc<Self>, refused: Option<Credentials>) {
        let (cache, apart) = (Arc::clone(self), refused.clone());
        let thread = thread::Builder::new().name("obs-credentials".to_owned());
        if thread.spawn(move || drop(cache.fetch(apart.as_ref()))).is_err() {
            // Where there is no room for a thread it takes as long as it takes.
            drop(self.fetch(refused.as_ref()));
        }
    }

    /// Fetches, as the only thread that does.
    fn fetch(&self, refused: Option<&Credentials>) -> Result<Credentials> {
        // Also if the source panics: nobody may wait for a thread that is gone.
        let ended = Ended(self);
        let fetched = self.source.fetch().and_then(|fetched| {
            if fetched.credentials.is_anonymous() {
                return Err(Error::new(ErrorKind::Credentials, "it gave empty keys"));
            }
            Ok(self.keep(fetched))
        });
        let now = self.clock.now();
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
        let others = result.as_ref().is_ok_and(|got| refused.is_none_or(|refused| !are_same(got, refused)));
        state.in_vain = (!others).then_some(now);
        drop(state);
        drop(ended);
        result
    }
}

/// Ends a fetch, however it ended.
struct Ended<'a, S: CredentialsSource>(&'a Cache<S>);

impl<S: CredentialsSource> Drop for Ended<'_, S> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.fetching = false;
        state.ended += 1;
        drop(state);
        self.0.refreshed.notify_all();
    }
}

impl State {
    /// Whether the server refused what is held, and it is worth asking the source for others.
    fn is_refused(&self, held: &Held, refused: Option<&Credentials>, now: SystemTime) -> bool {
        let in_vain =
            self.in_vain.and_then(|at| now.duration_since(at).ok()).is_some_and(|ago| ago < RETRY_AFTER);
        !in_vain && refused.is_some_and(|refused| are_same(refused, &held.credentials))
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
        self.0.get(CredentialsNeed::default())
    }

    fn credentials_for(&self, need: CredentialsNeed<'_>) -> Result<Credentials> {
        self.0.get(need)
    }

    fn name(&self) -> &str {
        self.0.source.name()
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

    fn key(credentials: Result<Credentials>) -> String {
        credentials.unwrap().access_key_id().to_owned()
    }

    #[test]
    fn those_that_seem_to_have_expired_are_used_for_a_minute_at_a_time() {
        let (hand, cached) = scripted(vec![until("A", 5), until("B", 6), broken(), until("C", 900)]);
        for (second, expected) in [(10, "A"), (69, "A"), (70, "B"), (130, "B"), (139, "B"), (140, "C")] {
            hand.0.store(second, Ordering::SeqCst);
            assert_eq!(key(cached.credentials()), expected, "{second}");
        }
    }

    #[test]
    fn useless_ones_are_an_error() {
        let (_, cached) = scripted(vec![until("", 500)]);
        assert!(cached.credentials().unwrap_err().to_string().contains("empty keys"));
    }

    #[test]
    fn others_are_fetched_for_those_that_the_server_refuses_and_in_vain_every_ten_seconds_only() {
        let refused = Credentials::new("A", "SK");
        let need = CredentialsNeed { refused: Some(&refused), time_left: None };
        let (hand, cached) =
            scripted(vec![until("A", 3600), until("A", 3600), broken(), until("B", 3600), until("C", 3600)]);
        assert_eq!(key(cached.credentials()), "A");
        for (second, expected) in [(1, "A"), (10, "A"), (11, "A"), (20, "A"), (21, "B"), (22, "B")] {
            hand.0.store(second, Ordering::SeqCst);
            assert_eq!(key(cached.credentials_for(need)), expected, "{second}");
        }
        let b = Credentials::new("B", "SK");
        let need = CredentialsNeed { refused: Some(&b), ..need };
        assert_eq!(key(cached.credentials_for(need)), "C", "at once, if the last time was not in vain");
        assert_eq!(key(cached.credentials()), "C");
    }

    #[test]
    fn a_crowd_whose_keys_are_refused_fetches_once() {
        let mint = Arc::new(Mint::default());
        let cached = Cached::new(mint.clone()).clock(mint.hand.clone());
        let refused = cached.credentials().unwrap();
        let barrier = Barrier::new(16);
        thread::scope(|scope| {
            for n in 0..16 {
                let (cached, refused, barrier) = (&cached, &refused, &barrier);
                scope.spawn(move || {
                    let time_left = (n % 2 == 0).then_some(Duration::from_secs(60));
                    barrier.wait();
                    let need = CredentialsNeed { refused: Some(refused), time_left };
                    assert!(!are_same(&cached.credentials_for(need).unwrap(), refused));
                });
            }
        });
        assert_eq!(mint.fetches.load(Ordering::SeqCst), 2);
    }

    /// Gives credentials once it may.
    #[derive(Debug, Clone, Default)]
    struct Gate(Arc<(Mutex<bool>, Condvar)>);

    impl Gate {
        fn open(&self) {
            *self.0.0.lock().unwrap() = true;
            self.0.1.notify_all();
        }
    }

    impl CredentialsSource for Gate {
        fn fetch(&self) -> Result<ExpiringCredentials> {
            drop(self.0.1.wait_while(self.0.0.lock().unwrap(), |open| !*open).unwrap());
            Ok(ExpiringCredentials::new(Credentials::new("AK", "SK"), None))
        }
    }

    #[test]
    fn whoever_has_a_deadline_leaves_and_what_comes_late_serves_the_next() {
        let gate = Gate::default();
        let cached = Cached::new(gate.clone());
        let need = |ms| CredentialsNeed { refused: None, time_left: Some(Duration::from_millis(ms)) };
        for _ in 0..2 {
            let error = cached.credentials_for(need(20)).unwrap_err();
            assert!(
                error.is_timeout() && error.to_string().contains("no credentials within 20ms"),
                "{error}"
            );
        }
        thread::scope(|scope| {
            let waiting = scope.spawn(|| key(cached.credentials()));
            gate.open();
            assert_eq!(waiting.join().unwrap(), "AK");
        });
        assert_eq!(key(cached.credentials_for(need(0))), "AK");
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
