use crate::Error;

/// What OBS takes, in bytes of UTF-8.
const LONGEST: usize = 1024;

/// Checks that an object may have this key: 1 to 1,024 bytes of UTF-8, whatever they are.
///
/// ```
/// use obs_sign::check_key;
/// assert!(check_key(&"k".repeat(1024)).is_ok());
/// assert!(check_key(&"\u{e9}".repeat(513)).is_err()); // two bytes each
/// assert!(check_key("").is_err());
/// ```
///
/// # Errors
/// [`Error::EmptyKey`] and [`Error::KeyTooLong`].
pub fn check_key(key: &str) -> Result<(), Error> {
    match key.len() {
        0 => Err(Error::EmptyKey),
        bytes if bytes > LONGEST => Err(Error::KeyTooLong { key: key.to_owned() }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_key_is_named_by_its_beginning() {
        let said = check_key(&["ab\n", &"\u{1f980}".repeat(300)].concat()).unwrap_err().to_string();
        assert!(said.starts_with("object key \"ab\\n\u{1f980}"), "{said}");
        assert!(
            said.ends_with("\u{2026}\": it has 1203 bytes, a key has at most 1024; give a shorter name"),
            "{said}"
        );
        assert!(said.len() < 300, "{said}");
    }
}
