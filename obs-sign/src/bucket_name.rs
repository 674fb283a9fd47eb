use std::net::Ipv4Addr;

use crate::Error;

/// Checks the rules for the name of a new bucket: 3 to 63 lower-case letters, digits, `-` and `.`; starts and ends with a letter or
/// digit; no `..`, `.-` or `-.`; not like an IP address.
///
/// Only creating a bucket asks for all of this; buckets older than the rules stay reachable.
///
/// ```
/// use obs_sign::check_bucket_name;
/// assert!(check_bucket_name("my-bucket.2").is_ok());
/// assert!(check_bucket_name("My_Bucket").is_err());
/// ```
///
/// # Errors
/// [`Error::BucketName`] with the rule that is broken.
pub fn check_bucket_name(bucket: &str) -> Result<(), Error> {
    let allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
    let reason = if !(3..=63).contains(&bucket.len()) {
        "a new bucket's name must have 3 to 63 characters"
    } else if !bucket.bytes().all(allowed) {
        "a new bucket's name may only hold lower-case letters, digits, '-' and '.'"
    } else if bucket.starts_with(['-', '.']) || bucket.ends_with(['-', '.']) {
        "a new bucket's name must start and end with a letter or digit"
    } else if ["..", ".-", "-."].iter().any(|pair| bucket.contains(pair)) {
        "a new bucket's name must not have '.' next to '.' or '-'"
    } else if bucket.parse::<Ipv4Addr>().is_ok() || is_four_numbers(bucket) {
        "a new bucket's name must not look like an IP address"
    } else {
        return Ok(());
    };
    Err(Error::BucketName { bucket: bucket.to_owned(), reason })
}

/// Like an IP address even where a number is too large for one.
fn is_four_numbers(bucket: &str) -> bool {
    bucket.split('.').count() == 4 && bucket.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// Refuses what would break the host or the path: no server can have such a bucket.
pub(crate) fn check_addressable(bucket: &str) -> Result<(), Error> {
    let reason = if bucket.is_empty() {
        "it is empty; give the name of the bucket"
    } else if !bucket
        .bytes()
        .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'A'..=b'Z' | b'-' | b'.' | b'_'))
    {
        "a bucket's name may only hold letters, digits, '-', '.' and '_'"
    } else if bucket.as_bytes().split(|byte| *byte == b'.').any(<[u8]>::is_empty) {
        "a bucket's name must not start or end with '.' nor hold '..'"
    } else {
        return Ok(());
    };
    Err(Error::BucketName { bucket: bucket.to_owned(), reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_for_new_names() {
        let long = "a".repeat(63);
        for name in ["abc", "a.b", "1-2", "my-bucket.2", "1.2.3.a", "1.2.3", &long] {
            assert_eq!(check_bucket_name(name), Ok(()), "{name}");
        }
        let too_long = "a".repeat(64);
        for (name, rule) in [
            ("", "3 to 63"),
            ("ab", "3 to 63"),
            (&*too_long, "3 to 63"),
            ("Abc", "lower-case"),
            ("a_b", "lower-case"),
            ("a/b", "lower-case"),
            ("桶桶桶", "lower-case"),
            ("-ab", "start and end"),
            ("ab-", "start and end"),
            (".ab", "start and end"),
            ("ab.", "start and end"),
            ("a..b", "next to"),
            ("a.-b", "next to"),
            ("a-.b", "next to"),
            ("192.168.0.1", "IP address"),
            ("999.1.1.1", "IP address"),
        ] {
            let error = check_bucket_name(name).unwrap_err().to_string();
            assert!(error.contains(rule) && error.contains(&format!("{name:?}")), "{name}: {error}");
        }
    }

    #[test]
    fn old_names_stay_reachable_and_no_name_leaves_its_place() {
        for name in ["My_Bucket", "ab", "a-.b", "192.168.0.1"] {
            assert_eq!(check_addressable(name), Ok(()), "{name}");
        }
        for name in [
            "", "a/b", "a?b", "a#b", "a@b", "a:b", "a b", "a\nb", "a\0b", "a%2fb", "a\\b", ".", "..", ".a",
            "a.", "桶",
        ] {
            assert!(check_addressable(name).is_err(), "{name:?}");
        }
    }
}
