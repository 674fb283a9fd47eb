//! What shards bring home, and what it tells of the whole.

use std::collections::BTreeMap;

use obs_core::checksum::combine;
use serde_json::{Map, Value};

use super::ShardOutput;
use super::run::numbers;
use crate::error::Error;
use crate::multipart::Expected;
use crate::plan::Plan;

/// What a result says of itself; another number is another format.
const FORMAT: &str = "obs-transfer-shard/1";

impl ShardOutput {
    /// The result as JSON, for the process that [completes](crate::TransferPlan::complete_with) the plan.
    pub fn to_json(&self) -> String {
        let mut map = Map::new();
        let mut put = |name: &str, value: Value| drop(map.insert(name.to_owned(), value));
        put("format", FORMAT.into());
        put("index", self.index.into());
        put("count", self.count.into());
        put("parts", self.parts.into());
        put("resumed_parts", self.resumed_parts.into());
        put("bytes", self.bytes.into());
        // Text: not every reader of JSON holds 64 bits.
        put("crc64", self.crc64.map(|crc| crc.to_string()).into());
        put("server_speaks_crc64", self.speaks_crc64.into());
        format!("{}\n", Value::Object(map))
    }

    /// Reads a result from JSON.
    ///
    /// # Errors
    ///
    /// Text that is no result of a shard, or one of another format.
    pub fn from_json(json: &str) -> Result<Self, Error> {
        let refuse = |why: String| Error::invalid_input(format!("this is no result of a shard: {why}"));
        let map: Map<String, Value> =
            serde_json::from_str(json).map_err(|error| refuse(error.to_string()))?;
        match map.get("format").and_then(Value::as_str) {
            Some(FORMAT) => {}
            other => return Err(refuse(format!("its format is {other:?}, this version reads {FORMAT:?}"))),
        }
        let number = |name: &str| {
            let number = map.get(name).and_then(Value::as_u64);
            number.ok_or_else(|| refuse(format!("it has no number {name}")))
        };
        let small = |name: &str| {
            u32::try_from(number(name)?).map_err(|_| refuse(format!("its {name} is beyond all measure")))
        };
        let crc64 = match map.get("crc64") {
            None | Some(Value::Null) => None,
            Some(text) => {
                let crc64 = text.as_str().and_then(|text| text.parse().ok());
                Some(crc64.ok_or_else(|| refuse("its crc64 is no number".to_owned()))?)
            }
        };
        Ok(Self {
            index: small("index")?,
            count: small("count")?,
            parts: small("parts")?,
            resumed_parts: small("resumed_parts")?,
            bytes: number("bytes")?,
            crc64,
            speaks_crc64: map.get("server_speaks_crc64").and_then(Value::as_bool).unwrap_or(false),
        })
    }
}

/// The CRC-64 of the whole, as far as the shards tell it. No results at all tell nothing; but some without the others are
/// a mistake.
pub(super) fn combined(cut: &Plan, shards: &[ShardOutput]) -> Result<Expected, Error> {
    let Some(first) = shards.first() else { return Ok(Expected::default()) };
    // A shard that was run again has several results, all of the same bytes.
    let by_index: BTreeMap<u32, &ShardOutput> = shards.iter().map(|shard| (shard.index, shard)).collect();
    let refuse = |why: String| Error::invalid_input(format!("the results of the shards do not fit: {why}"));
    if let Some(other) = shards.iter().find(|shard| shard.count != first.count) {
        return Err(refuse(format!("one is of {} shards, another of {}", first.count, other.count)));
    }
    if let Some(missing) = (0..first.count).find(|index| !by_index.contains_key(index)) {
        return Err(refuse(format!("that of shard {missing} of {} is missing", first.count)));
    }
    let mut crc64 = Some(0);
    for (index, shard) in by_index {
        let other = || refuse(format!("shard {index} of {} is of another plan", shard.count));
        if index >= shard.count {
            return Err(other());
        }
        let parts = numbers(cut.count(), index, shard.count).filter_map(|number| cut.part(number));
        let bytes: u64 = parts.map(|part| part.len).sum();
        if bytes != shard.bytes {
            return Err(other());
        }
        crc64 = crc64.zip(shard.crc64).map(|(whole, crc64)| combine(whole, crc64, bytes));
    }
    Ok(Expected { crc64, ahead: shards.iter().any(|shard| shard.speaks_crc64) })
}
