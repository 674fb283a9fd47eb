//! Conditions on ETag and time, of reads and of copy sources.

use crate::api::call::Call;
use crate::errors::ObsError;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The four conditions of a request.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Conditions<'a> {
    if_match: Option<&'a str>,
    if_none_match: Option<&'a str>,
    if_modified_since: Option<SystemTime>,
    if_unmodified_since: Option<SystemTime>,
}

impl<'a> Conditions<'a> {
    /// Those of a read.
    pub(crate) fn of_read(call: &Call<'a>) -> Self {
        Self::from(|name| call.header(name))
    }

    /// Those on the source of a copy.
    pub(crate) fn of_copy_source(call: &Call<'a>) -> Self {
        Self::from(|name| call.own(&format!("copy-source-{name}")))
    }

    fn from(get: impl Fn(&str) -> Option<&'a str>) -> Self {
        let time = |name: &str| get(name).and_then(|text| httpdate::parse_http_date(text).ok());
        Self {
            if_match: get("if-match"),
            if_none_match: get("if-none-match"),
            if_modified_since: time("if-modified-since"),
            if_unmodified_since: time("if-unmodified-since"),
        }
    }

    /// Compares; `unchanged` is the error of the two conditions that ask for a change (304 or 412).
    pub(crate) fn check(
        &self,
        etag: &str,
        modified: SystemTime,
        unchanged: impl Fn(&'static str) -> ObsError,
    ) -> Result<(), ObsError> {
        let modified = whole_seconds(modified);
        match (self.if_match, self.if_unmodified_since) {
            (Some(list), _) if !matches(list, etag) => return Err(ObsError::precondition_failed("If-Match")),
            (None, Some(since)) if modified > since => {
                return Err(ObsError::precondition_failed("If-Unmodified-Since"));
            }
            _ => {}
        }
        match (self.if_none_match, self.if_modified_since) {
            (Some(list), _) if matches(list, etag) => Err(unchanged("If-None-Match")),
            (None, Some(since)) if modified <= since => Err(unchanged("If-Modified-Since")),
            _ => Ok(()),
        }
    }
}

/// Whether a list of ETags names this one; quotes and weakness do not count.
fn matches(list: &str, etag: &str) -> bool {
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").trim_matches('"').to_owned();
    list.split(',').any(|tag| tag.trim() == "*" || bare(tag) == bare(etag))
}

/// Headers carry whole seconds.
fn whole_seconds(time: SystemTime) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs())
}
