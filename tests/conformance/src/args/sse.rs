//! Encryption on the server.

use obs_core::{Sse, SseC, SseKms};

use super::{Members, Result, Unusable, payload};

/// `{"type": "SSE-C" | "SSE-KMS", "encryption", "key"}`.
pub fn sse(members: &Members<'_>, name: &str) -> Result<Option<Sse>> {
    let Some(sse) = members.object(name)? else { return Ok(None) };
    let algorithm = sse.text("encryption")?;
    match sse.required("type")?.as_str() {
        "SSE-C" => {
            let key = sse.value("key").ok_or_else(|| Unusable(format!("{name} lacks the key")))?;
            let own = SseC::new(payload(key)?);
            // `AES256` is the only one there is, and what the SDK says by itself.
            Ok(Some(match algorithm {
                Some(other) if other != "AES256" => own.with_algorithm(other).into(),
                _ => own.into(),
            }))
        }
        "SSE-KMS" => {
            let kms = sse.text("key")?.map_or_else(SseKms::new, SseKms::with_key_id);
            // `kms` is spelt differently in V2, which the SDK does by itself.
            Ok(Some(match algorithm {
                Some(other) if other != "kms" => kms.with_algorithm(other).into(),
                _ => kms.into(),
            }))
        }
        other => Err(Unusable(format!("{name}.type is {other:?}"))),
    }
}

/// The caller's key; KMS has no meaning there.
pub fn sse_c(members: &Members<'_>, name: &str) -> Result<Option<SseC>> {
    Ok(match sse(members, name)? {
        Some(Sse::C(own)) => Some(own),
        _ => None,
    })
}
