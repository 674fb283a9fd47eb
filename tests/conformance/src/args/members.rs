//! Arguments that keep account of what was read: what nobody read is an argument that the runner does not know.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt::Display;
use std::rc::Rc;
use std::str::FromStr;

use serde_json::{Map, Value};

/// Why a vector cannot be run. It counts as a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unusable(pub String);

impl Unusable {
    pub fn new(why: impl Display) -> Self {
        Self(why.to_string())
    }
}

pub type Result<T> = std::result::Result<T, Unusable>;

/// The members of an object, and what was read of them. Absent and null are the same, but for [`Members::given`].
#[derive(Debug, Clone)]
pub struct Members<'v> {
    path: String,
    map: Option<&'v Map<String, Value>>,
    reads: Rc<Reads>,
}

/// Values by their addresses, which stay the same while a vector is borrowed.
#[derive(Debug, Default)]
struct Reads {
    read: RefCell<HashSet<*const Value>>,
    entered: RefCell<HashSet<*const Map<String, Value>>>,
}

impl<'v> Members<'v> {
    pub fn new(path: &str, map: &'v Map<String, Value>) -> Self {
        let reads = Rc::<Reads>::default();
        reads.entered.borrow_mut().insert(map);
        Self { path: path.to_owned(), map: Some(map), reads }
    }

    fn named(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    fn wrong(&self, name: &str, value: &Value, wanted: &str) -> Unusable {
        Unusable(format!("{} is {value}, not {wanted}", self.named(name)))
    }

    /// A member whether null or not.
    pub fn given(&self, name: &str) -> Option<&'v Value> {
        let value = self.map?.get(name)?;
        self.reads.read.borrow_mut().insert(value);
        Some(value)
    }

    /// A member that is not null, whatever it holds.
    pub fn value(&self, name: &str) -> Option<&'v Value> {
        self.given(name).filter(|v| !v.is_null())
    }

    /// Text, or a number as text.
    pub fn text(&self, name: &str) -> Result<Option<String>> {
        self.value(name)
            .map(|value| text_of(value).ok_or_else(|| self.wrong(name, value, "text")))
            .transpose()
    }

    /// Text for a query parameter or header: an empty one is not given.
    pub fn filled(&self, name: &str) -> Result<Option<String>> {
        Ok(self.text(name)?.filter(|t| !t.is_empty()))
    }

    pub fn required(&self, name: &str) -> Result<String> {
        self.text(name)?.ok_or_else(|| Unusable(format!("{} is missing", self.named(name))))
    }

    /// A number, or text that holds one.
    pub fn number<T: FromStr>(&self, name: &str) -> Result<Option<T>> {
        self.value(name)
            .map(|value| {
                let text = text_of(value);
                text.and_then(|t| t.trim().parse().ok()).ok_or_else(|| self.wrong(name, value, "a number"))
            })
            .transpose()
    }

    pub fn required_number<T: FromStr>(&self, name: &str) -> Result<T> {
        self.number(name)?.ok_or_else(|| Unusable(format!("{} is missing", self.named(name))))
    }

    pub fn bool(&self, name: &str) -> Result<Option<bool>> {
        self.value(name)
            .map(|value| match value {
                Value::Bool(b) => Ok(*b),
                Value::String(text) if text.eq_ignore_ascii_case("true") => Ok(true),
                Value::String(text) if text.eq_ignore_ascii_case("false") => Ok(false),
                _ => Err(self.wrong(name, value, "true or false")),
            })
            .transpose()
    }

    /// Whether a flag is set: absent, null and false are not.
    pub fn flag(&self, name: &str) -> Result<bool> {
        Ok(self.bool(name)?.unwrap_or(false))
    }

    /// A list; a single value is a list of one.
    pub fn list(&self, name: &str) -> Vec<&'v Value> {
        match self.value(name) {
            Some(Value::Array(list)) => list.iter().collect(),
            Some(single) => vec![single],
            None => Vec::new(),
        }
    }

    /// A list of texts.
    pub fn texts(&self, name: &str) -> Result<Vec<String>> {
        let wrong = |v: &Value| self.wrong(name, v, "a list of texts");
        self.list(name).into_iter().map(|v| text_of(v).ok_or_else(|| wrong(v))).collect()
    }

    /// A model.
    pub fn object(&self, name: &str) -> Result<Option<Members<'v>>> {
        self.value(name).map(|value| self.enter(name, value)).transpose()
    }

    /// A model, empty if it is not given.
    pub fn object_or_empty(&self, name: &str) -> Result<Members<'v>> {
        Ok(self.object(name)?.unwrap_or_else(|| Members {
            path: self.named(name),
            map: None,
            reads: self.reads.clone(),
        }))
    }

    pub fn required_object(&self, name: &str) -> Result<Members<'v>> {
        self.object(name)?.ok_or_else(|| Unusable(format!("{} is missing", self.named(name))))
    }

    /// A list of models; a single one is a list of one.
    pub fn objects(&self, name: &str) -> Result<Vec<Members<'v>>> {
        self.list(name).into_iter().map(|value| self.enter(&format!("{name}[]"), value)).collect()
    }

    fn enter(&self, name: &str, value: &'v Value) -> Result<Members<'v>> {
        let Value::Object(map) = value else { return Err(self.wrong(name, value, "an object")) };
        self.reads.entered.borrow_mut().insert(map);
        Ok(Members { path: self.named(name), map: Some(map), reads: self.reads.clone() })
    }

    /// Names and values of a member that holds what the caller names, such as metadata. A null value stays null.
    pub fn pairs(&self, name: &str) -> Result<Vec<(String, Option<String>)>> {
        let Some(value) = self.value(name) else { return Ok(Vec::new()) };
        let Value::Object(map) = value else { return Err(self.wrong(name, value, "an object")) };
        map.iter()
            .map(|(key, value)| match value {
                Value::Null => Ok((key.clone(), None)),
                value => match text_of(value) {
                    Some(text) => Ok((key.clone(), Some(text))),
                    None => Err(self.wrong(&format!("{name}.{key}"), value, "text")),
                },
            })
            .collect()
    }

    /// What was not read, by path.
    pub fn unread(&self) -> Vec<String> {
        let mut found = Vec::new();
        if let Some(map) = self.map {
            self.walk(&self.path, map, &mut found);
        }
        found
    }

    fn walk(&self, path: &str, map: &Map<String, Value>, found: &mut Vec<String>) {
        for (name, value) in map {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            if !self.reads.read.borrow().contains(&std::ptr::from_ref(value)) {
                found.push(path);
                continue;
            }
            let entered =
                |map: &Map<String, Value>| self.reads.entered.borrow().contains(&std::ptr::from_ref(map));
            match value {
                Value::Object(map) if entered(map) => self.walk(&path, map, found),
                Value::Array(list) => {
                    for (index, item) in list.iter().enumerate() {
                        if let Value::Object(map) = item {
                            if entered(map) {
                                self.walk(&format!("{path}[{index}]"), map, found);
                            }
                        }
                    }
                }
                _ => {}
            }
        }
    }
}

/// A scalar as text.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(b) => Some(b.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_nobody_reads_is_found() {
        let args =
            json!({"a": 1, "b": {"c": 2, "d": 3}, "l": [{"x": 1, "y": null}], "m": {"any": 1}, "n": null});
        let members = Members::new("", args.as_object().unwrap());
        members.text("a").unwrap();
        members.object("b").unwrap().unwrap().number::<u8>("c").unwrap();
        members.objects("l").unwrap().remove(0).number::<u8>("x").unwrap();
        members.pairs("m").unwrap();
        assert_eq!(members.unread(), ["b.d", "l[0].y", "n"]);
    }

    #[test]
    fn wrong_types_are_named() {
        let args = json!({"b": {"c": []}});
        let members = Members::new("", args.as_object().unwrap());
        let object = members.object("b").unwrap().unwrap();
        assert_eq!(object.text("c").unwrap_err().0, "b.c is [], not text");
        assert_eq!(object.required("d").unwrap_err().0, "b.d is missing");
    }
}
