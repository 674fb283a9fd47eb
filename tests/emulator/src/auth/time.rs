//! The forms of time in signatures.

use jiff::Timestamp;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// An HTTP date, or ISO 8601 in either form (`20260102T030405Z`, `2026-01-02T03:04:05.000Z`).
pub(crate) fn parse(text: &str) -> Option<SystemTime> {
    httpdate::parse_http_date(text).ok().or_else(|| parse_iso(text))
}

pub(crate) fn parse_iso(text: &str) -> Option<SystemTime> {
    let time: Timestamp = text.parse().ok()?;
    Some(time.into())
}

/// Seconds since 1970.
pub(crate) fn from_epoch(seconds: u64) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

pub(crate) fn iso(time: SystemTime) -> String {
    Timestamp::try_from(time).map_or_else(|_| "out of range".to_owned(), |time| format!("{time:.3}"))
}

/// `20260102T030405Z`, as V4 writes it.
pub(crate) fn basic(time: SystemTime) -> Option<String> {
    let time = Timestamp::try_from(time).ok()?;
    Some(time.strftime("%Y%m%dT%H%M%SZ").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms_give_the_same_instant() {
        let instant = from_epoch(1_767_323_045).unwrap();
        for text in ["Fri, 02 Jan 2026 03:04:05 GMT", "20260102T030405Z", "2026-01-02T03:04:05Z"] {
            assert_eq!(parse(text), Some(instant), "{text}");
        }
        assert_eq!(basic(instant).as_deref(), Some("20260102T030405Z"));
        assert_eq!(iso(instant), "2026-01-02T03:04:05.000Z");
        assert_eq!(parse("yesterday"), None);
    }
}
