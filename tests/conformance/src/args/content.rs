//! Payloads, contents and files.

use std::fs::{self, File};
use std::io::Cursor;
use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use obs_core::Content;
use serde_json::Value;
use tempfile::TempDir;

use super::{Result, Unusable};

/// The bytes of a payload source; a plain string is text.
pub fn payload(value: &Value) -> Result<Vec<u8>> {
    let wrong = || Unusable(format!("{value} is no payload"));
    let Value::Object(source) = value else {
        return value.as_str().map(|t| t.as_bytes().to_vec()).ok_or_else(wrong);
    };
    for member in source.keys() {
        if !["text", "base64", "repeat", "size", "name"].contains(&member.as_str()) {
            return Err(Unusable(format!("unknown member of a payload: {member}")));
        }
    }
    let text = |name: &str| source.get(name).and_then(Value::as_str);
    if let Some(text) = text("text") {
        return Ok(text.as_bytes().to_vec());
    }
    if let Some(text) = text("base64") {
        return STANDARD.decode(text).map_err(|e| Unusable(format!("{value}: {e}")));
    }
    let (Some(unit), Some(size)) = (text("repeat"), source.get("size").and_then(Value::as_u64)) else {
        return Err(wrong());
    };
    let size = usize::try_from(size).map_err(Unusable::new)?;
    if unit.is_empty() && size > 0 {
        return Err(wrong());
    }
    Ok(unit.bytes().cycle().take(size).collect())
}

/// Local files of one vector.
#[derive(Debug)]
pub struct Scratch(TempDir);

/// Where the content of an upload comes from.
#[derive(Debug)]
pub enum Source {
    Memory(Vec<u8>),
    Stream(Vec<u8>),
    File(PathBuf),
}

impl Scratch {
    pub fn new() -> Result<Self> {
        TempDir::new().map(Self).map_err(Unusable::new)
    }

    /// Makes the file of `{"name": …, payload}`.
    fn make(&self, file: &Value) -> Result<PathBuf> {
        let name = file.get("name").and_then(Value::as_str);
        let name = name.ok_or_else(|| Unusable(format!("{file} names no file")))?;
        let path = self.0.path().join(name);
        let within = |e: std::io::Error| Unusable(format!("{}: {e}", path.display()));
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(within)?;
        }
        fs::write(&path, payload(file)?).map_err(within)?;
        let modified = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        File::options().write(true).open(&path).and_then(|f| f.set_modified(modified)).map_err(within)?;
        Ok(path)
    }

    /// The file of `{"file": {"name": …, payload}}`.
    pub fn file(&self, value: &Value) -> Result<PathBuf> {
        match self.source(Some(value))? {
            Source::File(path) => Ok(path),
            _ => Err(Unusable(format!("{value} is no file"))),
        }
    }

    /// A content: text, bytes, stream, file; none is empty.
    pub fn source(&self, value: Option<&Value>) -> Result<Source> {
        let Some(value) = value else { return Ok(Source::Memory(Vec::new())) };
        if let Value::Object(object) = value {
            for kind in ["file", "stream"] {
                if let Some(inner) = object.get(kind) {
                    if object.len() > 1 {
                        return Err(Unusable(format!("{value} has members beside {kind}")));
                    }
                    return match kind {
                        "file" => self.make(inner).map(Source::File),
                        _ => payload(inner).map(Source::Stream),
                    };
                }
            }
        }
        payload(value).map(Source::Memory)
    }
}

impl Source {
    pub fn content(self) -> Content {
        match self {
            Self::Memory(bytes) => bytes.into(),
            Self::Stream(bytes) => Content::reader(Cursor::new(bytes)),
            Self::File(path) => Content::file(path),
        }
    }

    /// A stretch of it: from `offset` (of a file; beyond its end it counts as 0), at most `len` bytes.
    pub fn stretch(self, offset: u64, len: Option<u64>) -> Result<Content> {
        Ok(match self {
            Self::Memory(bytes) => Content::from(bytes),
            Self::Stream(bytes) => match len {
                Some(len) => Content::sized_reader(Cursor::new(bytes), len),
                None => Content::reader(Cursor::new(bytes)),
            },
            Self::File(path) => {
                let size = fs::metadata(&path).map_err(Unusable::new)?.len();
                let offset = if offset < size { offset } else { 0 };
                let rest = size - offset;
                Content::file_range(path, offset, len.filter(|l| *l > 0).map_or(rest, |l| l.min(rest)))
            }
        })
    }
}
