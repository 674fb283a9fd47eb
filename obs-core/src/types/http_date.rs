//! Times as HTTP writes them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The last second that a date of HTTP can write: the end of the year 9999.
const LAST: Duration = Duration::from_secs(253_402_300_799);

/// `Fri, 02 Jan 2026 03:04:05 GMT`; times outside of 1970 to 9999 become the nearest inside.
pub(crate) fn http_date(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default().min(LAST);
    httpdate::fmt_http_date(UNIX_EPOCH + since)
}

/// A time for a condition: an instant, or the text of a header such as another answer's `Last-Modified`.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use std::time::{Duration, SystemTime};
///
/// let an_hour_ago = SystemTime::now() - Duration::from_secs(3600);
/// bucket.get_object("hello.txt").if_modified_since(an_hour_ago).send()?;
/// bucket.get_object("hello.txt").if_modified_since("Thu, 01 Jan 2026 00:00:00 GMT").send()?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct HttpDate(#[doc(hidden)] pub String);

impl From<SystemTime> for HttpDate {
    fn from(time: SystemTime) -> Self {
        Self(http_date(time))
    }
}

impl From<&str> for HttpDate {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for HttpDate {
    fn from(text: String) -> Self {
        Self(text)
    }
}
