//! Times as signatures write them. The clock is the caller's: a time always comes in as an argument.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::Error;

/// The first second of the year 10000, which no date format here can write.
const END: u64 = 253_402_300_800;

/// Whole seconds since 1970.
pub(crate) fn epoch_seconds(time: SystemTime) -> Result<u64, Error> {
    let seconds = time.duration_since(UNIX_EPOCH).map_err(|_| Error::Time)?.as_secs();
    if seconds < END { Ok(seconds) } else { Err(Error::Time) }
}

/// What a signed URL or form lives if its maker says nothing.
pub(crate) const DEFAULT_LIFETIME: Duration = Duration::from_secs(300);

/// The end of a lifetime in seconds.
pub(crate) fn expiry(now: u64, seconds: u64) -> Result<u64, Error> {
    now.checked_add(seconds)
        .filter(|end| *end < END)
        .ok_or(Error::Expires { seconds, reason: "that ends after the year 9999; give a shorter time" })
}

/// A lifetime in seconds; a started second counts as a whole one.
pub(crate) fn whole_seconds(lifetime: Duration) -> u64 {
    lifetime.as_secs().saturating_add(u64::from(lifetime.subsec_nanos() > 0))
}

/// `Fri, 02 Jan 2026 03:04:05 GMT`
pub(crate) fn http_date(seconds: u64) -> String {
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds))
}

/// `2026-01-02T03:04:05Z`
pub(crate) fn iso8601(seconds: u64) -> String {
    let [year, month, day, hour, minute, second] = civil(seconds);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// `20260102T030405Z`
#[cfg(feature = "v4")]
pub(crate) fn basic(seconds: u64) -> String {
    let [year, month, day, hour, minute, second] = civil(seconds);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// Year, month, day, hour, minute, second in UTC. Counts in years that begin in March, so that the leap day is a year's last.
fn civil(seconds: u64) -> [u64; 6] {
    const DAYS_OF_400_YEARS: u64 = 146_097;
    let since_march_0000 = seconds / 86_400 + 719_468;
    let era = since_march_0000 / DAYS_OF_400_YEARS;
    let day_of_era = since_march_0000 % DAYS_OF_400_YEARS;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let clock = seconds % 86_400;
    [year, month, day, clock / 3600, clock / 60 % 60, clock % 60]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calendar_agrees_with_http_dates_over_every_day() {
        const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
        for day in 0..END / 86_400 {
            let seconds = day * 86_400 + day % 86_400;
            let http = http_date(seconds);
            let [year, month, date, hour, minute, second] = civil(seconds);
            let start = (month as usize - 1) * 3;
            let name = &MONTHS[start..start + 3];
            assert_eq!(&http[5..25], format!("{date:02} {name} {year:04} {hour:02}:{minute:02}:{second:02}"));
        }
        assert_eq!(iso8601(1_767_323_045), "2026-01-02T03:04:05Z");
        assert_eq!(iso8601(951_782_399), "2000-02-28T23:59:59Z");
    }

    #[test]
    fn times_that_no_date_can_write_are_errors() {
        let last = UNIX_EPOCH + Duration::from_secs(END - 1);
        assert_eq!(epoch_seconds(last), Ok(END - 1));
        assert_eq!(epoch_seconds(last + Duration::from_secs(1)), Err(Error::Time));
        assert_eq!(epoch_seconds(UNIX_EPOCH - Duration::from_nanos(1)), Err(Error::Time));
        assert!(expiry(1, whole_seconds(Duration::MAX)).is_err());
        assert!(expiry(END - 1, 1).is_err());
        assert_eq!(expiry(10, whole_seconds(Duration::from_millis(1500))), Ok(12));
        assert_eq!(whole_seconds(Duration::from_secs(300)), 300);
    }
}
