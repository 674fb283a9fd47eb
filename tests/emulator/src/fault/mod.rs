//! Faults on purpose: rules for single requests, and conditions of the whole server.

mod action;
pub(crate) mod json;
mod rule;

pub use action::{Action, Answer, Raw};
pub(crate) use action::{Body, Cut, Plan, Stall, Wire};
pub use rule::Rule;

use crate::inspect::SeenRequest;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The script of what goes wrong. Clones share it.
///
/// ```no_run
/// # use obs_emulator::{Action, Emulator, Rule};
/// # let emulator = Emulator::start();
/// let fault = emulator.faults().add(Rule::error(503, "SlowDown").operation("UploadPart").times(2));
/// emulator.faults().add(Rule::new(Action::ResetResponse(1000)).method("GET").probability(0.3, 7));
/// // … use the server …
/// assert_eq!(fault.hits(), 2);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Faults {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    rules: Mutex<Vec<Active>>,
    ids: AtomicU64,
    throttle: Mutex<Option<Throttle>>,
    throttled: AtomicU64,
    clock_offset_ms: AtomicI64,
    /// 0: the idle limit of the server.
    close_idle_ms: AtomicU64,
    delay_us: AtomicU64,
}

#[derive(Debug)]
struct Active {
    id: u64,
    rule: Rule,
    seen: u64,
    hits: Arc<AtomicU64>,
    random: fastrand::Rng,
}

/// A rule that was added.
#[derive(Debug, Clone)]
pub struct Fault {
    id: u64,
    hits: Arc<AtomicU64>,
    faults: Faults,
}

impl Fault {
    /// How often the rule has acted.
    #[must_use]
    pub fn hits(&self) -> u64 {
        self.hits.load(Ordering::Relaxed)
    }

    /// Takes the rule out of the script.
    pub fn remove(&self) {
        self.faults.rules().retain(|active| active.id != self.id);
    }
}

impl Faults {
    /// Adds a rule behind those that are there.
    pub fn add(&self, rule: Rule) -> Fault {
        let id = self.shared.ids.fetch_add(1, Ordering::Relaxed);
        let hits = Arc::new(AtomicU64::new(0));
        let random = fastrand::Rng::with_seed(rule.seed);
        self.rules().push(Active { id, rule, seen: 0, hits: hits.clone(), random });
        Fault { id, hits, faults: self.clone() }
    }

    /// Gives the next requests these answers, one each.
    pub fn answers(&self, answers: impl IntoIterator<Item = Answer>) {
        for answer in answers {
            self.add(Rule::new(Action::Answer(answer)).times(1));
        }
    }

    /// Answers 503 SlowDown to what goes beyond so many requests per second; a second's worth may come at once.
    pub fn throttle(&self, per_second: Option<u32>) {
        *self.shared.throttle.lock().unwrap_or_else(PoisonError::into_inner) = per_second.map(Throttle::new);
    }

    /// How many requests were throttled.
    #[must_use]
    pub fn throttled(&self) -> u64 {
        self.shared.throttled.load(Ordering::Relaxed)
    }

    /// Moves the server's clock, in milliseconds.
    pub fn clock_offset_ms(&self, offset: i64) {
        self.shared.clock_offset_ms.store(offset, Ordering::Relaxed);
    }

    /// Closes connections on which no request has come for so long; `None` is the server's own limit. It is in force
    /// on a connection from its next answer on.
    pub fn close_idle_after(&self, time: Option<Duration>) {
        let millis = time.map_or(0, |time| (time.as_millis() as u64).max(1));
        self.shared.close_idle_ms.store(millis, Ordering::Relaxed);
    }

    /// Delays every request.
    pub fn delay(&self, time: Duration) {
        self.shared.delay_us.store(time.as_micros() as u64, Ordering::Relaxed);
    }

    /// Takes all rules and conditions back.
    pub fn clear(&self) {
        self.rules().clear();
        self.throttle(None);
        self.clock_offset_ms(0);
        self.close_idle_after(None);
        self.delay(Duration::ZERO);
    }

    fn rules(&self) -> MutexGuard<'_, Vec<Active>> {
        self.shared.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn offset_ms(&self) -> i64 {
        self.shared.clock_offset_ms.load(Ordering::Relaxed)
    }

    pub(crate) fn idle_limit(&self) -> Option<Duration> {
        match self.shared.close_idle_ms.load(Ordering::Relaxed) {
            0 => None,
            millis => Some(Duration::from_millis(millis)),
        }
    }

    /// What goes wrong with this request.
    pub(crate) fn plan(&self, request: &SeenRequest) -> Plan {
        let mut plan = Plan {
            delay: Duration::from_micros(self.shared.delay_us.load(Ordering::Relaxed)),
            ..Plan::default()
        };
        for active in self.rules().iter_mut() {
            if active.acts_on(request) {
                active.rule.actions.iter().for_each(|action| plan.add(action));
                if !active.rule.fall_through {
                    break;
                }
            }
        }
        plan
    }

    /// Whether this request is one too many.
    pub(crate) fn is_throttled(&self) -> bool {
        let mut throttle = self.shared.throttle.lock().unwrap_or_else(PoisonError::into_inner);
        let refused = throttle.as_mut().is_some_and(|throttle| !throttle.take(Instant::now()));
        if refused {
            self.shared.throttled.fetch_add(1, Ordering::Relaxed);
        }
        refused
    }
}

impl Active {
    fn acts_on(&mut self, request: &SeenRequest) -> bool {
        if !self.rule.is_for(request) {
            return false;
        }
        self.seen += 1;
        let hits = self.hits.load(Ordering::Relaxed);
        let turn = self.rule.nth.is_none_or(|nth| nth == self.seen)
            && self.seen > self.rule.skip
            && self.rule.times.is_none_or(|times| hits < times)
            && (self.rule.probability >= 1.0 || self.random.f64() < self.rule.probability);
        if turn {
            self.hits.fetch_add(1, Ordering::Relaxed);
        }
        turn
    }
}

/// A bucket of tokens that holds a second's worth.
#[derive(Debug)]
struct Throttle {
    per_second: f64,
    tokens: f64,
    filled: Instant,
}

impl Throttle {
    fn new(per_second: u32) -> Self {
        Self { per_second: f64::from(per_second), tokens: f64::from(per_second), filled: Instant::now() }
    }

    fn take(&mut self, now: Instant) -> bool {
        let gained = now.saturating_duration_since(self.filled).as_secs_f64() * self.per_second;
        self.tokens = (self.tokens + gained).min(self.per_second);
        self.filled = now;
        if self.tokens < 1.0 {
            return false;
        }
        self.tokens -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, key: &str) -> SeenRequest {
        SeenRequest {
            method: method.to_owned(),
            key: Some(key.to_owned()),
            query: vec![("partNumber".to_owned(), Some("3".to_owned()))],
            ..SeenRequest::default()
        }
    }

    #[test]
    fn the_first_rule_whose_turn_it_is_decides() {
        let faults = Faults::default();
        let first = faults.add(Rule::error(500, "A").method("put").times(1));
        let second = faults.add(Rule::error(500, "B").key_prefix("a/").query("partNumber", "3").skip(1));
        let codes: Vec<_> = (0..4)
            .map(|_| match faults.plan(&request("PUT", "a/b")).answer {
                Some(Answer { body: Body::Error { code, .. }, .. }) => code,
                _ => "",
            })
            .collect();
        assert_eq!(codes, ["A", "", "B", "B"]);
        assert_eq!((first.hits(), second.hits()), (1, 2));
        assert_eq!(faults.plan(&request("GET", "b")), Plan::default());
        second.remove();
        assert_eq!(faults.plan(&request("PUT", "a/b")), Plan::default());
    }

    #[test]
    fn scripts_of_answers_go_one_by_one_and_rules_can_add_up() {
        let faults = Faults::default();
        faults.add(Rule::new(Action::Header("Retry-After".into(), "2".into())).fall_through());
        faults.answers([Answer::status(503), Answer::status(429)]);
        let statuses: Vec<_> = (0..3)
            .map(|_| {
                let plan = faults.plan(&request("GET", "k"));
                assert_eq!(plan.headers.len(), 1);
                plan.answer.map(|answer| answer.status)
            })
            .collect();
        assert_eq!(statuses, [Some(503), Some(429), None]);
    }

    #[test]
    fn shares_are_kept_and_repeat_with_the_seed() {
        let draw = || {
            let faults = Faults::default();
            faults.add(Rule::error(500, "A").probability(0.3, 42));
            (0..1000).filter(|_| faults.plan(&request("GET", "k")).answer.is_some()).count()
        };
        assert!((250..350).contains(&draw()), "{}", draw());
        assert_eq!(draw(), draw());
    }

    #[test]
    fn the_throttle_gives_a_second_at_once_and_then_the_rate() {
        let mut throttle = Throttle::new(50);
        let start = throttle.filled;
        let passed = |throttle: &mut Throttle, at: u64| {
            (0..100).filter(|_| throttle.take(start + Duration::from_millis(at))).count()
        };
        assert_eq!(passed(&mut throttle, 0), 50);
        assert_eq!(passed(&mut throttle, 100), 5);
        assert_eq!(passed(&mut throttle, 60_000), 50);
    }
}
