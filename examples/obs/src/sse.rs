//! Keys of encrypted objects.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use obs_core::SseC;

use crate::advice;

/// The key in a file: 32 bytes as they are, or in base64.
pub(crate) fn key_file(path: &str) -> Result<SseC, String> {
    advice::with_customer_key();
    let bytes = fs::read(path).map_err(|error| format!("cannot read {path}: {error}"))?;
    if bytes.len() == 32 {
        return Ok(SseC::new(bytes));
    }
    match STANDARD.decode(bytes.trim_ascii()) {
        Ok(key) if key.len() == 32 => Ok(SseC::new(key)),
        _ => Err(format!(
            "{path} holds no key of AES-256: it must be 32 bytes, or these in base64 (openssl rand -base64 32 makes one)"
        )),
    }
}
