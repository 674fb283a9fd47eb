//! The JSON of OBS: read by names, with unknown members ignored.

use serde_json::Value;

use crate::error::{Error, Result};
use crate::operation::Answer;

/// The body of an answer as a JSON document.
pub(crate) fn document(answer: &mut Answer) -> Result<Value> {
    let text = answer.text()?;
    serde_json::from_str(&text).map_err(|e| match e.is_eof() {
        true => Error::cut_short("the answer is empty or cut where a JSON document belongs").with_source(e),
        false => Error::decode("the answer is no JSON document").with_source(e),
    })
}

/// A document that is a list of rules, `{"rules": [...]}`.
pub(crate) fn rules<T>(answer: &mut Answer, read: impl Fn(&Value) -> Result<T>) -> Result<Vec<T>> {
    document(answer)?.list("rules").iter().map(read).collect()
}

/// The same on its way out.
pub(crate) fn of_rules<T>(rules: &[T], write: impl Fn(&T) -> Value) -> String {
    let rules: Vec<_> = rules.iter().map(write).collect();
    Value::from(Object::default().set("rules", rules)).to_string()
}

/// What the documents of OBS need of a value.
pub(crate) trait ValueExt {
    /// The text of a member; numbers as they are written. None if it is missing or null.
    fn opt_text(&self, name: &str) -> Option<String>;

    /// The text of a member that must be there.
    fn text_of(&self, name: &str) -> Result<String>;

    /// The elements of a member that is a list; none if it is missing.
    fn list(&self, name: &str) -> &[Value];

    /// The texts in a member that is a list, or in one that is a single text.
    fn texts(&self, name: &str) -> Vec<String>;
}

impl ValueExt for Value {
    fn opt_text(&self, name: &str) -> Option<String> {
        match self.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    fn text_of(&self, name: &str) -> Result<String> {
        let text = self.get(name).and_then(Value::as_str).map(str::to_owned);
        text.ok_or_else(|| Error::decode(format!("the JSON document lacks {name}")))
    }

    fn list(&self, name: &str) -> &[Value] {
        self.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    fn texts(&self, name: &str) -> Vec<String> {
        match self.get(name) {
            Some(Value::String(text)) => vec![text.clone()],
            _ => self.list(name).iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        }
    }
}

/// An object under construction: members without a value are left out.
#[derive(Debug, Default)]
pub(crate) struct Object(serde_json::Map<String, Value>);

impl Object {
    /// Adds a member.
    pub(crate) fn set(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a member where there is a value.
    pub(crate) fn opt(self, name: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.set(name, value),
            None => self,
        }
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Self::Object(object.0)
    }
}
