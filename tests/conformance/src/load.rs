//! Vectors as they lie in files: the format is `tests/vectors/SCHEMA.md`.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

/// What a vector proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Suite {
    Requests,
    Responses,
    Urls,
    Post,
    Flows,
}

impl Suite {
    pub fn name(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Responses => "responses",
            Self::Urls => "urls",
            Self::Post => "post",
            Self::Flows => "flows",
        }
    }

    /// By what the vector holds, so that any folder will do.
    fn of(vector: &Map<String, Value>) -> Option<Self> {
        let by_member = [
            ("script", Self::Flows),
            ("signedUrl", Self::Urls),
            ("response", Self::Responses),
            ("request", Self::Requests),
            ("result", Self::Post),
        ];
        by_member.into_iter().find(|(member, _)| vector.contains_key(*member)).map(|(_, suite)| suite)
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One recorded call.
#[derive(Debug, Clone)]
pub struct Vector {
    pub suite: Suite,
    pub id: String,
    pub op: String,
    pub json: Map<String, Value>,
}

impl Vector {
    /// Reads a vector.
    ///
    /// # Errors
    ///
    /// Says what it lacks.
    pub fn of(json: Value) -> Result<Self, String> {
        let Value::Object(json) = json else { return Err("a vector is no JSON object".to_owned()) };
        let text = |name: &str| match json.get(name).and_then(Value::as_str) {
            Some(text) => Ok(text.to_owned()),
            None => Err(format!("a vector lacks {name:?}")),
        };
        let (id, op) = (text("id")?, text("op")?);
        for name in ["client", "args"] {
            if !json.get(name).is_some_and(Value::is_object) {
                return Err(format!("{id} lacks the object {name:?}"));
            }
        }
        let suite = Suite::of(&json).ok_or_else(|| format!("{id} belongs to no suite"))?;
        Ok(Self { suite, id, op, json })
    }

    /// A member; null if it is absent.
    pub fn get(&self, name: &str) -> &Value {
        self.json.get(name).unwrap_or(&Value::Null)
    }

    /// Why the vector does not count.
    pub fn quirk(&self) -> Option<String> {
        match self.get("quirk") {
            Value::Null | Value::Bool(false) => None,
            Value::String(why) => Some(why.clone()),
            other => Some(other.to_string()),
        }
    }

    pub fn beyond_guide(&self) -> bool {
        !matches!(self.get("beyond_guide"), Value::Null | Value::Bool(false))
    }

    /// The protocol that was really used.
    pub fn profile(&self) -> &str {
        self.get("client").get("signature").and_then(Value::as_str).unwrap_or("?")
    }
}

/// Reads all vectors below these folders, or in these files.
///
/// # Errors
///
/// Names the file that cannot be read, and a folder that holds none: a run over nothing proves nothing.
pub fn load<P: AsRef<Path>>(paths: &[P]) -> Result<Vec<Vector>, String> {
    let mut vectors = Vec::new();
    for path in paths {
        let path = path.as_ref();
        let mut files = Vec::new();
        collect(path, &mut files)?;
        files.sort();
        let before = vectors.len();
        for file in &files {
            read(file, &mut vectors)?;
        }
        if vectors.len() == before {
            return Err(format!("{}: no vectors there", path.display()));
        }
    }
    Ok(vectors)
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    let named = |e: std::io::Error| format!("{}: {e}", path.display());
    if !path.is_dir() {
        fs::metadata(path).map_err(named)?;
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path).map_err(named)? {
        let entry = entry.map_err(named)?.path();
        if entry.is_dir() || entry.extension().is_some_and(|e| e == "json") {
            collect(&entry, files)?;
        }
    }
    Ok(())
}

fn read(file: &Path, vectors: &mut Vec<Vector>) -> Result<(), String> {
    let named = |e: String| format!("{}: {e}", file.display());
    let text = fs::read_to_string(file).map_err(|e| named(e.to_string()))?;
    let Value::Array(list) = serde_json::from_str(&text).map_err(|e| named(e.to_string()))? else {
        return Err(named("no array of vectors".to_owned()));
    };
    for json in list {
        vectors.push(Vector::of(json).map_err(named)?);
    }
    Ok(())
}
