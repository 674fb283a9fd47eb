//! The time of a file's last change, kept in the metadata of its object, as other tools do it too: seconds from 1970
//! with nine decimals under `mtime`.

use std::ops::RangeInclusive;

use obs_core::object::ObjectMetadata;

use crate::file_io::ns_of_time;

/// The name in the metadata: the header is `x-obs-meta-mtime`.
pub(crate) const NAME: &str = "mtime";

const SECOND: i128 = 1_000_000_000;
/// What ext4 and XFS hold at their best: the end of 1901 to May of 2446.
const HELD: RangeInclusive<i128> = -(1_i128 << 31) * SECOND..=15_032_385_535 * SECOND;

pub(crate) fn encode(modified_ns: i128) -> String {
    let sign = if modified_ns < 0 { "-" } else { "" };
    let ns = modified_ns.unsigned_abs();
    let second = SECOND.unsigned_abs();
    format!("{sign}{}.{:09}", ns / second, ns % second)
}

/// With any number of decimals; none if it is no such number.
pub(crate) fn decode(text: &str) -> Option<i128> {
    let text = text.trim();
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (seconds, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if seconds.is_empty() || !digits(seconds) || !digits(decimals) {
        return None;
    }
    let seconds: i128 = seconds.parse::<u64>().ok()?.into();
    let ns: i128 = format!("{decimals:0<9}").get(..9)?.parse().ok()?;
    Some(sign * (seconds * SECOND + ns))
}

/// What the object says, if whoever wrote it kept the time.
pub(crate) fn kept(object: &ObjectMetadata) -> Option<i128> {
    decode(object.metadata.get(NAME)?)
}

/// The time that a file made of the object gets: the one that was kept, or else that of the object itself. Metadata are anyone's words:
/// a time that no file system holds is as good as none.
pub(crate) fn of_file(object: &ObjectMetadata) -> Option<i128> {
    kept(object).filter(|ns| HELD.contains(ns)).or_else(|| object.modified().map(ns_of_time))
}

/// Whether two times are the same as far as file systems keep them: most to the microsecond, exFAT to the hundredth of a second, some to
/// the whole second.
pub(crate) fn equal(a: i128, b: i128) -> bool {
    let as_kept_by = |step: i128| {
        let is_whole = |ns: i128| ns.rem_euclid(step) == 0;
        (is_whole(a) || is_whole(b)) && a.div_euclid(step) == b.div_euclid(step)
    };
    (a - b).abs() < 1_000 || as_kept_by(SECOND / 100) || as_kept_by(SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_survive_the_way_through_metadata() {
        let mut random = fastrand::Rng::with_seed(25);
        let edges = [0, 1, -1, SECOND, -SECOND, 1_700_000_000_123_456_789];
        let any = (0..1_000).map(|_| i128::from(random.i64(..)));
        for ns in edges.into_iter().chain(any.collect::<Vec<_>>()) {
            assert_eq!(decode(&encode(ns)), Some(ns), "{}", encode(ns));
        }
        assert_eq!(encode(-1_500_000_000), "-1.500000000");
    }

    #[test]
    fn times_of_other_tools_are_read_and_nonsense_is_not() {
        assert_eq!(decode("1700000000"), Some(1_700_000_000 * SECOND));
        assert_eq!(decode(" 1700000000.5 "), Some(1_700_000_000 * SECOND + SECOND / 2));
        assert_eq!(decode("1.1234567899"), Some(1_123_456_789));
        for text in ["", "-", ".5", "1e9", "1.2.3", "now", "1.-5", "99999999999999999999999"] {
            assert_eq!(decode(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_coarse_clock_is_no_difference() {
        assert!(equal(1_123_456_789, 1_123_456_000));
        assert!(equal(1_123_456_789, 1_000_000_000));
        assert!(equal(1_123_456_789, 1_120_000_000));
        assert!(!equal(1_123_456_789, 1_123_400_000));
        assert!(!equal(1_123_456_789, 1_130_000_000));
        assert!(!equal(2_000_000_000, 1_999_999_000));
    }
}
