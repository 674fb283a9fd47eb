//! Times in documents: `2015-07-01T00:32:16.482Z`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::error::{Error, Result};
use crate::xml::NodeExt;

/// Reads a time; none where the child is missing or empty.
pub(crate) fn child_time<'a>(node: impl NodeExt<'a>, name: &str) -> Result<Option<SystemTime>> {
    let Some(text) = node.opt_content(name) else { return Ok(None) };
    parse(&text).map(Some)
}

/// Reads a time in the form of ISO 8601 or of HTTP.
pub(crate) fn parse(text: &str) -> Result<SystemTime> {
    let text = text.trim();
    humantime::parse_rfc3339(text)
        .or_else(|_| humantime::parse_rfc3339_weak(text))
        .or_else(|_| httpdate::parse_http_date(text))
        .map_err(|_| Error::decode(format!("{:?} is no time", text.chars().take(40).collect::<String>())))
}

/// The midnight (UTC) that begins the day, as lifecycle rules take it; times outside of 1970 to 9999 become the
/// nearest inside.
pub(crate) fn midnight(time: SystemTime) -> String {
    const DAY: u64 = 86_400;
    const LAST_DAY: u64 = 2_932_896;
    let days = (time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() / DAY).min(LAST_DAY);
    humantime::format_rfc3339_millis(UNIX_EPOCH + Duration::from_secs(days * DAY)).to_string()
}
