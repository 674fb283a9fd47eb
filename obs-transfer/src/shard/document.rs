//! A plan as JSON.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use obs_core::{ObsClient, SseOption};
use serde_json::{Map, Value};

use super::{Kind, Pinned, TransferPlan};
use crate::error::Error;
use crate::file_io::private;
use crate::plan::Plan;

/// What a plan says of itself; another number is another format.
const FORMAT: &str = "obs-transfer-plan/1";

pub(super) fn encode(plan: &TransferPlan) -> String {
    let mut map = Map::new();
    let mut put = |name: &str, value: Value| drop(map.insert(name.to_owned(), value));
    put("format", FORMAT.into());
    put("bucket", plan.bucket.name().into());
    put("key", plan.key.as_str().into());
    put("size", plan.size.into());
    put("part_size", plan.part_size.into());
    let pinned = |put: &mut dyn FnMut(&str, Value), object: &Pinned| {
        put("version", object.version.as_deref().into());
        put("etag", object.etag.as_deref().into());
        // Text: not every reader of JSON holds 64 bits.
        put("crc64", object.crc64.map(|crc| crc.to_string()).into());
    };
    match &plan.kind {
        Kind::Upload { path, modified_ns, upload_id } => {
            put("operation", "upload".into());
            put("path", path.to_string_lossy().into());
            put("modified_ns", modified_ns.to_string().into());
            put("upload_id", upload_id.as_str().into());
        }
        Kind::Download { path, temp, object } => {
            put("operation", "download".into());
            put("path", path.to_string_lossy().into());
            put("temp", temp.to_string_lossy().into());
            pinned(&mut put, object);
        }
        Kind::Copy { bucket, key, object, upload_id } => {
            put("operation", "copy".into());
            put("source_bucket", bucket.as_str().into());
            put("source_key", key.as_str().into());
            put("upload_id", upload_id.as_str().into());
            pinned(&mut put, object);
        }
    }
    format!("{:#}\n", Value::Object(map))
}

pub(super) fn decode(client: &ObsClient, json: &str) -> Result<TransferPlan, Error> {
    let refuse = |why: String| Error::invalid_input(format!("this is no plan of a transfer: {why}"));
    let map: Map<String, Value> = serde_json::from_str(json).map_err(|error| refuse(error.to_string()))?;
    let optional = |name: &str| map.get(name).and_then(Value::as_str).map(str::to_owned);
    let text = |name: &str| optional(name).ok_or_else(|| refuse(format!("it has no {name}")));
    let number = |name: &str| {
        map.get(name).and_then(Value::as_u64).ok_or_else(|| refuse(format!("it has no number {name}")))
    };
    match text("format")?.as_str() {
        FORMAT => {}
        other => return Err(refuse(format!("its format is {other:?}, this version reads {FORMAT:?}"))),
    }
    let pinned = || Pinned {
        version: optional("version"),
        etag: optional("etag"),
        crc64: optional("crc64").and_then(|crc| crc.parse().ok()),
    };
    let (size, part_size) = (number("size")?, number("part_size")?);
    let kind = match text("operation")?.as_str() {
        "upload" => Kind::Upload {
            path: text("path")?.into(),
            modified_ns: text("modified_ns")?
                .parse()
                .map_err(|_| refuse("modified_ns is no number".to_owned()))?,
            upload_id: text("upload_id")?,
        },
        "download" => {
            Kind::Download { path: text("path")?.into(), temp: text("temp")?.into(), object: pinned() }
        }
        "copy" => Kind::Copy {
            bucket: text("source_bucket")?,
            key: text("source_key")?,
            object: pinned(),
            upload_id: text("upload_id")?,
        },
        other => return Err(refuse(format!("nobody knows the operation {other:?}"))),
    };
    if !matches!(kind, Kind::Download { .. }) {
        Plan::upload(size, part_size)?;
    }
    let bucket = client.bucket(text("bucket")?);
    let sse = SseOption::default();
    Ok(TransferPlan { bucket, key: text("key")?, size, part_size, kind, sse, source_sse: None })
}

/// Writes a small file that is there whole or not at all.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{:08x}", fastrand::u32(..)));
    let temp = PathBuf::from(name);
    let write = || {
        let mut options = OpenOptions::new();
        let mut file = private(options.write(true).create_new(true)).open(&temp)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temp, path)
    };
    write().map_err(|error| {
        // It may not even be there.
        let _ = fs::remove_file(&temp);
        Error::io("cannot write", path, error)
    })
}
