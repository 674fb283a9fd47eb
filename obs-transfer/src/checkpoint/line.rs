//! The lines of a checkpoint: a JSON object each, its last member a CRC-64 over all before it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use obs_core::checksum::Crc64;
use serde_json::{Map, Value};

use super::Leftover;
use super::identity::{Fields, Identity};

/// What the first line says of itself; another number is another format.
const FORMAT: &str = "obs-checkpoint/1";
/// Stands between a line's content and its CRC of 16 hexadecimal digits.
const MARK: &[u8] = br#","check":""#;
const CLOSE: &[u8] = br#""}"#;
const DIGITS: usize = 16;

/// A part that is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FinishedPart {
    pub(crate) number: u32,
    pub(crate) size: u64,
    /// As the server gave it for an uploaded or copied part; empty for a downloaded one.
    pub(crate) etag: String,
    pub(crate) crc64: Option<u64>,
}

impl FinishedPart {
    pub(super) fn encode(&self, seal: &str) -> Vec<u8> {
        let Self { number, size, etag, crc64 } = self;
        // Text, as OBS writes it too: not every reader of JSON holds 64 bits.
        let (etag, crc64) = (Value::from(etag.as_str()), Value::from(crc64.map(|crc| crc.to_string())));
        // Written out, for there are thousands: a map costs three times as much.
        let line = format!(r#"{{"crc64":{crc64},"etag":{etag},"number":{number},"size":{size}"#);
        close(line.into_bytes(), seal).0
    }

    fn decode(fields: &Fields) -> Option<Self> {
        let crc64 = match fields.get("crc64")? {
            Value::Null => None,
            crc => Some(crc.as_str()?.parse().ok()?),
        };
        Some(Self {
            number: u32::try_from(fields.get("number")?.as_u64()?).ok()?,
            size: fields.get("size")?.as_u64()?,
            etag: fields.get("etag")?.as_str()?.to_owned(),
            crc64,
        })
    }
}

/// The first line.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) fields: Fields,
    upload_id: Option<String>,
    temp: Option<PathBuf>,
}

impl Header {
    pub(super) fn new(identity: &Identity, upload_id: Option<&str>, temp: Option<&Path>) -> Self {
        let fields = identity.fields().clone();
        Self { fields, upload_id: upload_id.map(str::to_owned), temp: temp.map(Path::to_path_buf) }
    }

    /// The line, and its CRC, which seals the lines after it.
    pub(super) fn encode(&self) -> (Vec<u8>, String) {
        let mut line = Map::new();
        line.insert("format".to_owned(), FORMAT.into());
        line.insert("job".to_owned(), self.fields.clone().into());
        line.insert("upload_id".to_owned(), self.upload_id.as_deref().into());
        // Its name alone, which is Unicode whatever the folder is called: it lies beside the target.
        let temp = self.temp.as_deref().and_then(Path::file_name).map(OsStr::to_string_lossy);
        line.insert("temp".to_owned(), temp.as_deref().into());
        let mut line = Value::Object(line).to_string().into_bytes();
        line.pop();
        close(line, "")
    }

    fn decode(mut line: Fields) -> Result<Self, String> {
        match line.get("format").and_then(Value::as_str) {
            Some(FORMAT) => {}
            Some(other) => {
                return Err(format!("it is in the format {other:?}, this version reads {FORMAT:?}"));
            }
            None => return Err("its first line is no header".to_owned()),
        }
        let text = |name: &str| line.get(name).and_then(Value::as_str).map(str::to_owned);
        let (upload_id, temp) = (text("upload_id"), text("temp").map(PathBuf::from));
        match line.remove("job") {
            Some(Value::Object(fields)) => Ok(Self { fields, upload_id, temp }),
            _ => Err("its header names no job".to_owned()),
        }
    }

    pub(super) fn leftover(&self) -> Leftover {
        let text = |name: &str| self.fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        Leftover {
            bucket: text("bucket"),
            key: text("key"),
            upload_id: self.upload_id.clone(),
            path: self.fields.get("path").and_then(Value::as_str).map(PathBuf::from),
            temp: self.temp.clone(),
        }
    }
}

/// A whole file.
#[derive(Debug)]
pub(super) struct Lines {
    pub(super) header: Header,
    pub(super) seal: String,
    /// The last word on each part, by number.
    pub(super) parts: Vec<FinishedPart>,
    /// Lines that were not believed, a torn last one not counted.
    pub(super) ignored: usize,
    /// Behind the last whole line, where the next one goes.
    pub(super) end: u64,
}

/// Reads what can be believed; an error says why none of it can.
pub(super) fn read_lines(content: &[u8]) -> Result<Lines, String> {
    let end = content.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    // What is behind the last line feed was being written when the process died.
    let mut lines = content.get(..end).unwrap_or_default().split_inclusive(|byte| *byte == b'\n');
    let first = lines.next().ok_or("its header is torn")?;
    let (header, seal) = decode(first, "").ok_or("its header is damaged, or it is no checkpoint")?;
    let header = Header::decode(header)?;
    let mut parts = std::collections::BTreeMap::new();
    let mut ignored = 0;
    for line in lines {
        match decode(line, &seal).and_then(|(fields, _)| FinishedPart::decode(&fields)) {
            Some(part) => drop(parts.insert(part.number, part)),
            None => ignored += 1,
        }
    }
    Ok(Lines { header, seal, parts: parts.into_values().collect(), ignored, end: end as u64 })
}

/// Adds the check to an object whose brace is not closed yet.
fn close(mut line: Vec<u8>, seal: &str) -> (Vec<u8>, String) {
    let check = check(&line, seal);
    for piece in [MARK, check.as_bytes(), CLOSE, b"\n"] {
        line.extend_from_slice(piece);
    }
    (line, check)
}

fn decode(line: &[u8], seal: &str) -> Option<(Fields, String)> {
    let line = line.strip_suffix(b"\n")?;
    let (rest, digits) = line.strip_suffix(CLOSE)?.split_last_chunk::<DIGITS>()?;
    let body = rest.strip_suffix(MARK)?;
    let check = check(body, seal);
    if check.as_bytes() != digits {
        return None;
    }
    match serde_json::from_slice(line).ok()? {
        Value::Object(fields) => Some((fields, check)),
        _ => None,
    }
}

/// Finds any one damaged byte, and any run of them up to 64 bits.
fn check(body: &[u8], seal: &str) -> String {
    let mut digest = Crc64::new();
    digest.write(seal.as_bytes());
    digest.write(body);
    format!("{:016x}", digest.sum64())
}
