//! JSON documents, by value.

use serde_json::Value;

use super::{Difference, Differences};

pub fn compare(recorded: &str, ours: &[u8], differences: &mut Differences) {
    let parsed = serde_json::from_str::<Value>(recorded);
    match (parsed, serde_json::from_slice::<Value>(ours)) {
        (Ok(recorded), Ok(ours)) if recorded == ours => {}
        (Err(error), _) => differences.add(Difference::error("the recorded body is no JSON", error)),
        (_, Err(_)) | (Ok(_), Ok(_)) => {
            differences.add(Difference::new("body (JSON)", recorded, String::from_utf8_lossy(ours)));
        }
    }
}
