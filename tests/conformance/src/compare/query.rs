//! Queries: items in any order, each byte for byte but for the forms that mean the same.

use super::{Difference, Differences};

/// Compares two raw queries. The value of `signature` is compared after percent-decoding.
pub fn compare(recorded: &str, ours: &str, differences: &mut Differences) {
    let mut left: Vec<&str> = items(ours).collect();
    let mut missing = Vec::new();
    for item in items(recorded) {
        match left.iter().position(|candidate| same(item, candidate)) {
            Some(found) => {
                left.remove(found);
            }
            None => missing.push(item),
        }
    }
    if !missing.is_empty() || !left.is_empty() {
        differences.add(Difference::new("query: items of one side only", missing, left));
    }
}

fn items(query: &str) -> impl Iterator<Item = &str> {
    query.split('&').filter(|item| !item.is_empty())
}

fn same(recorded: &str, ours: &str) -> bool {
    let (recorded, ours) = (normal(recorded), normal(ours));
    if recorded.starts_with("Signature=") || recorded.starts_with("X-Amz-Signature=") {
        let decode = |text: &str| percent_encoding::percent_decode_str(text).collect::<Vec<u8>>();
        return decode(&recorded) == decode(&ours);
    }
    recorded == ours || !recorded.contains('=') && ours.strip_suffix('=') == Some(&recorded)
}

/// Hex digits in upper case, `%2F` as `/`.
fn normal(item: &str) -> String {
    let mut out = String::with_capacity(item.len());
    let mut rest = item;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        match after.get(..2).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit())) {
            Some(hex) if hex.eq_ignore_ascii_case("2f") => out.push('/'),
            Some(hex) => out.extend(["%", &hex.to_ascii_uppercase()]),
            None => {
                out.push('%');
                rest = after;
                continue;
            }
        }
        rest = after.get(2..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn equal(recorded: &str, ours: &str) -> bool {
        let mut differences = Differences::default();
        compare(recorded, ours, &mut differences);
        differences.0.is_empty()
    }

    #[test]
    fn means_the_same() {
        assert!(equal("acl&a=b%2Fc", "a=b/c&acl="));
        assert!(equal("a=%e4", "a=%E4"));
        assert!(equal("Signature=a%2Bb%3D", "Signature=a%2bb="));
    }

    #[test]
    fn differs() {
        assert!(!equal("a=", "a"));
        assert!(!equal("a=1", "a=1&a=1"));
        assert!(!equal("a=1&a=1", "a=1"));
        assert!(!equal("a=b%20c", "a=b+c"));
        assert!(!equal("a=1", "A=1"));
        assert!(!equal("a", ""));
    }
}
