//! Which requests a fault is for.

use crate::fault::Action;
use crate::inspect::SeenRequest;
use std::sync::Arc;

type Question = Arc<dyn Fn(&SeenRequest) -> bool + Send + Sync>;

/// A fault and the requests that it is for: all of them, unless narrowed.
///
/// The first rule whose turn it is decides; the rules after it do not see the request, unless
/// [`Rule::fall_through`] lets them.
#[derive(Clone)]
pub struct Rule {
    pub(crate) actions: Vec<Action>,
    pub(crate) method: Option<String>,
    pub(crate) operation: Option<String>,
    pub(crate) bucket: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) key_prefix: Option<String>,
    pub(crate) query: Vec<(String, Option<String>)>,
    pub(crate) headers: Vec<(String, Option<String>)>,
    question: Option<Question>,
    pub(crate) nth: Option<u64>,
    pub(crate) skip: u64,
    pub(crate) times: Option<u64>,
    pub(crate) probability: f64,
    pub(crate) seed: u64,
    pub(crate) fall_through: bool,
}

impl Rule {
    /// A fault for every request.
    #[must_use]
    pub fn new(action: Action) -> Self {
        Self { actions: vec![action], ..Self::empty() }
    }

    /// Shorthand for a fault that answers with an OBS error document.
    #[must_use]
    pub fn error(status: u16, code: impl Into<String>) -> Self {
        let code = code.into();
        Self::new(Action::Answer(super::Answer::error(status, code.clone(), format!("Injected {code}"))))
    }

    pub(crate) fn empty() -> Self {
        Self {
            actions: Vec::new(),
            method: None,
            operation: None,
            bucket: None,
            key: None,
            key_prefix: None,
            query: Vec::new(),
            headers: Vec::new(),
            question: None,
            nth: None,
            skip: 0,
            times: None,
            probability: 1.0,
            seed: 0,
            fall_through: false,
        }
    }

    /// Does this as well.
    #[must_use]
    pub fn and(mut self, action: Action) -> Self {
        self.actions.push(action);
        self
    }

    /// Only this HTTP method.
    #[must_use]
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.method = Some(method.into().to_ascii_uppercase());
        self
    }

    /// Only this operation, by the name that [`SeenRequest::operation`] gives it.
    #[must_use]
    pub fn operation(mut self, operation: impl Into<String>) -> Self {
        self.operation = Some(operation.into());
        self
    }

    /// Only this bucket.
    #[must_use]
    pub fn bucket(mut self, bucket: impl Into<String>) -> Self {
        self.bucket = Some(bucket.into());
        self
    }

    /// Only this key.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Only keys that begin so.
    #[must_use]
    pub fn key_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.key_prefix = Some(prefix.into());
        self
    }

    /// Only requests with this query parameter (`uploadId`, `lifecycle` …).
    #[must_use]
    pub fn sub_resource(mut self, name: impl Into<String>) -> Self {
        self.query.push((name.into(), None));
        self
    }

    /// Only requests in which this query parameter has this value.
    #[must_use]
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), Some(value.into())));
        self
    }

    /// Only requests with this header.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>) -> Self {
        self.headers.push((name.into(), None));
        self
    }

    /// Only requests for which this holds.
    #[must_use]
    pub fn when(mut self, question: impl Fn(&SeenRequest) -> bool + Send + Sync + 'static) -> Self {
        self.question = Some(Arc::new(question));
        self
    }

    /// Only the n-th request that would match, counted from 1.
    #[must_use]
    pub fn nth(mut self, nth: u64) -> Self {
        self.nth = Some(nth);
        self
    }

    /// Lets the first requests that would match pass.
    #[must_use]
    pub fn skip(mut self, count: u64) -> Self {
        self.skip = count;
        self
    }

    /// At most so often.
    #[must_use]
    pub fn times(mut self, count: u64) -> Self {
        self.times = Some(count);
        self
    }

    /// Only this share of the requests (0 to 1), drawn from this seed.
    #[must_use]
    pub fn probability(mut self, share: f64, seed: u64) -> Self {
        self.probability = share;
        self.seed = seed;
        self
    }

    /// Rules after this one may act on the same request too.
    #[must_use]
    pub fn fall_through(mut self) -> Self {
        self.fall_through = true;
        self
    }

    pub(crate) fn is_for(&self, request: &SeenRequest) -> bool {
        let same = |wanted: &Option<String>, is: Option<&str>| wanted.is_none() || wanted.as_deref() == is;
        let key = request.key.as_deref();
        same(&self.method, Some(&request.method))
            && same(&self.operation, Some(&request.operation))
            && same(&self.bucket, request.bucket.as_deref())
            && same(&self.key, key)
            && self.key_prefix.as_ref().is_none_or(|prefix| key.is_some_and(|key| key.starts_with(prefix)))
            && self.query.iter().all(|(name, value)| {
                request.query.iter().any(|(is, content)| {
                    is.eq_ignore_ascii_case(name) && (value.is_none() || value == content)
                })
            })
            && self.headers.iter().all(|(name, value)| {
                request.headers.iter().any(|(is, content)| {
                    is.eq_ignore_ascii_case(name) && value.as_ref().is_none_or(|value| value == content)
                })
            })
            && self.question.as_ref().is_none_or(|question| question(request))
    }
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rule")
            .field("actions", &self.actions)
            .field("method", &self.method)
            .field("operation", &self.operation)
            .field("bucket", &self.bucket)
            .field("key", &self.key)
            .field("key_prefix", &self.key_prefix)
            .field("query", &self.query)
            .field("times", &self.times)
            .field("probability", &self.probability)
            .finish_non_exhaustive()
    }
}
