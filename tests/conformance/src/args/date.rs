//! Dates: a text that is sent as it is, or year, month, day and time in UTC.

use std::time::{Duration, SystemTime};

use obs_core::HttpDate;
use serde_json::Value;

use super::{Members, Result, Unusable};

enum Date {
    Text(String),
    Time(SystemTime),
}

fn date(members: &Members<'_>, name: &str) -> Result<Option<Date>> {
    let Some(value) = members.value(name) else { return Ok(None) };
    if let Value::String(text) = value {
        return Ok(Some(Date::Text(text.clone())));
    }
    let parts = members.required_object(name)?;
    let part = |name, least: u32| Ok(parts.number::<u32>(name)?.unwrap_or(least));
    let (year, month, day) = (part("year", 1970)?, part("month", 1)?, part("day", 1)?);
    let (hour, minute, second) = (part("hour", 0)?, part("min", 0)?, part("sec", 0)?);
    let midnight = humantime::parse_rfc3339(&format!("{year:04}-{month:02}-{day:02}T00:00:00Z"))
        .map_err(|e| Unusable(format!("{name} is {value}: {e}")))?;
    let seconds = u64::from(hour) * 3600 + u64::from(minute) * 60 + u64::from(second);
    Ok(Some(Date::Time(midnight + Duration::from_secs(seconds))))
}

/// A date for a condition.
pub fn http_date(members: &Members<'_>, name: &str) -> Result<Option<HttpDate>> {
    Ok(date(members, name)?.map(|date| match date {
        Date::Text(text) => text.into(),
        Date::Time(time) => time.into(),
    }))
}

/// A date for a lifecycle rule.
pub fn lifecycle_date(
    members: &Members<'_>,
    name: &str,
) -> Result<Option<obs_core::settings::lifecycle::When>> {
    use obs_core::settings::lifecycle::When;
    Ok(date(members, name)?.map(|date| match date {
        Date::Text(text) => When::Date(text),
        Date::Time(time) => When::on(time),
    }))
}
