//! The ETag of an object that is made of parts.

use md5::{Digest, Md5};

/// The ETag of an object of parts with these ETags, without quotes: the MD5 of their MD5s, and how many they are. None where theirs are no
/// MD5s, as may be with encryption.
///
/// ```
/// let parts = ["\"0cc175b9c0f1b6a831c399e269772661\"", "92eb5ffee6ae2fec3ad71c777531578f"];
/// let etag = obs_core::multipart::etag_of_parts(parts);
/// assert_eq!(etag.as_deref(), Some("96e024ba2074fe77e8e965ba43a704be-2"));
/// ```
pub fn etag_of_parts<'a>(etags: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let (mut digest, mut count) = (Md5::new(), 0_usize);
    for etag in etags {
        let hex = etag.trim_matches('"');
        if hex.len() != 32 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        digest.update(u128::from_str_radix(hex, 16).ok()?.to_be_bytes());
        count += 1;
    }
    let hex: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Some(format!("{hex}-{count}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_etag_is_the_md5_of_the_md5s() {
        // printf a | md5sum; printf b | md5sum; both as bytes into md5sum
        let of_a = "\"0cc175b9c0f1b6a831c399e269772661\"";
        let of_b = "92eb5ffee6ae2fec3ad71c777531578f";
        assert_eq!(etag_of_parts([of_a, of_b]).as_deref(), Some("96e024ba2074fe77e8e965ba43a704be-2"));
        assert_eq!(etag_of_parts([of_a, "\"no-md5\""]), None);
        assert_eq!(etag_of_parts(["+cc175b9c0f1b6a831c399e269772661"]), None);
    }
}
