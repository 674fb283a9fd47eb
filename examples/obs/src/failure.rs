//! Why a command did not do what it was to do: one line that says what to do, and an exit code.

use std::fmt;
use std::io;

use obs_core::ErrorKind;
use serde_json::{Map, Value, json};

use crate::advice;

/// What is said of a failure: a line, and what programs want to know of it.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    text: String,
    advice: Option<String>,
    facts: Map<String, Value>,
}

impl Told {
    /// Of a call, with what to do.
    pub(crate) fn call(error: &obs_core::Error) -> Self {
        Self { advice: advice::of(error), facts: facts(error), text: error.to_string() }
    }

    /// Of a transfer, with what to do.
    pub(crate) fn transfer(error: &obs_transfer::Error) -> Self {
        let told = error.call().map(Self::call);
        let (advice, facts) = told.map(|told| (told.advice, told.facts)).unwrap_or_default();
        Self { text: error.to_string(), advice, facts }
    }

    /// Says what it is about, in front.
    pub(crate) fn about(mut self, what: impl fmt::Display) -> Self {
        self.text = format!("{what}: {}", self.text);
        self
    }

    /// Another name for the call.
    pub(crate) fn instead_of(mut self, operation: &str, name: &str) -> Self {
        if let Some(rest) = self.text.strip_prefix(operation) {
            self.text = format!("{name}{rest}");
            self.facts.insert("operation".to_owned(), json!(name));
        }
        self
    }

    /// Something else to do.
    pub(crate) fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(match self.advice {
            Some(other) => format!("{other} -- {}", advice.into()),
            None => advice.into(),
        });
        self
    }

    /// One more thing for programs, unless there is none.
    pub(crate) fn fact(mut self, name: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        if !value.is_null() {
            self.facts.insert(name.to_owned(), value);
        }
        self
    }

    pub(crate) fn json(&self) -> Value {
        let mut all = self.facts.clone();
        all.insert("error".to_owned(), json!(self.text));
        all.extend(self.advice.iter().map(|advice| ("advice".to_owned(), json!(advice))));
        Value::Object(all)
    }
}

impl<T: Into<String>> From<T> for Told {
    fn from(text: T) -> Self {
        Self { text: text.into(), advice: None, facts: Map::new() }
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        self.advice.iter().try_for_each(|advice| write!(f, " -- {advice}"))
    }
}

/// What the error of a call says of itself.
fn facts(error: &obs_core::Error) -> Map<String, Value> {
    let facts = [
        ("operation", json!(error.operation())),
        ("bucket", json!(error.bucket())),
        ("key", json!(error.key())),
        ("status", json!(error.status())),
        ("code", json!(error.code())),
        ("request_id", json!(error.request_id())),
    ];
    let told = facts.into_iter().filter(|(_, value)| !value.is_null());
    told.map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The end of a command that did not go well.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Exit code 1.
    Failed(Told),
    /// Exit code 2: the command cannot be understood as it is.
    Usage(Told),
    /// Exit code 3: some of many things failed, and were told.
    Partial(Told),
    /// Whoever read the output has gone, as `head` does: nothing to say, and no failure.
    NobodyListens,
}

impl Failure {
    pub(crate) fn failed(told: impl Into<Told>) -> Self {
        Self::Failed(told.into())
    }

    pub(crate) fn usage(told: impl Into<Told>) -> Self {
        Self::Usage(told.into())
    }

    /// The end of many things, of which each that failed was told.
    pub(crate) fn of_many(failed: u64, done: u64) -> Result<(), Self> {
        match (failed, done) {
            (0, _) => Ok(()),
            (_, 0) => Err(Self::failed(format!("all {failed} failed"))),
            _ => Err(Self::Partial(format!("{failed} of {} failed: see above", failed + done).into())),
        }
    }

    /// A refusal of the file system.
    pub(crate) fn io(doing: impl fmt::Display, error: &io::Error) -> Self {
        Self::failed(format!("{doing}: {error}"))
    }

    /// What is said of it; nothing of the one that is none.
    pub(crate) fn told(&self) -> Option<&Told> {
        match self {
            Self::Failed(told) | Self::Usage(told) | Self::Partial(told) => Some(told),
            Self::NobodyListens => None,
        }
    }

    /// The same failure, told otherwise.
    pub(crate) fn retold(self, again: impl FnOnce(Told) -> Told) -> Self {
        match self {
            Self::Failed(told) => Self::Failed(again(told)),
            Self::Usage(told) => Self::Usage(again(told)),
            Self::Partial(told) => Self::Partial(again(told)),
            Self::NobodyListens => Self::NobodyListens,
        }
    }

    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::NobodyListens => 0,
            Self::Failed(_) => 1,
            Self::Usage(_) => 2,
            Self::Partial(_) => 3,
        }
    }
}

impl From<obs_core::Error> for Failure {
    fn from(error: obs_core::Error) -> Self {
        let told = Told::call(&error);
        if error.kind() == ErrorKind::InvalidInput { Self::Usage(told) } else { Self::Failed(told) }
    }
}

impl From<obs_transfer::Error> for Failure {
    fn from(error: obs_transfer::Error) -> Self {
        let told = Told::transfer(&error);
        let refused = *error.kind() == obs_transfer::ErrorKind::InvalidInput
            || error.call().is_some_and(|error| error.kind() == ErrorKind::InvalidInput);
        if refused { Self::Usage(told) } else { Self::Failed(told) }
    }
}

/// What is written to standard output goes to a pipe whose reader may be gone.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::NobodyListens,
            _ => Self::io("cannot write to standard output", &error),
        }
    }
}
