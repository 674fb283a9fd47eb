//! Who may do what: owners, access control lists, bucket policies.

use crate::api::call::Call;
use crate::api::routes::{Need, Route};
use crate::errors::ObsError;
use crate::exchange::Caller;
use crate::store::State;
use crate::store::acl::Permission;
use crate::store::bucket::Bucket;

/// Refuses a request that its caller may not make.
pub(crate) fn check(state: &State, call: &Call<'_>, route: &Route) -> Result<(), ObsError> {
    let caller = &call.request.caller;
    let (need, action) = match route.need {
        Need::Nothing => return Ok(()),
        Need::Account if *caller == Caller::Anonymous => return Err(ObsError::access_denied()),
        Need::Account => return Ok(()),
        Need::Owner(action) => (None, action),
        Need::Bucket(permission, action) | Need::Object(permission, action) => (Some(permission), action),
    };
    let bucket = state.bucket(call.bucket())?;
    check_payer(bucket, call)?;
    let allowed = match (route.need, need) {
        (Need::Object(..), Some(permission)) => {
            return on_object(bucket, caller, call.key(), call.version_id(), permission, action);
        }
        (_, Some(permission)) => on_bucket(bucket, caller, call.key(), permission, action),
        (_, None) => {
            is_owner(bucket, caller) || policy_says(bucket, caller, call.key(), action) == Some(true)
        }
    };
    if allowed { Ok(()) } else { Err(ObsError::access_denied()) }
}

/// Where the requester pays, strangers must say that they know it.
fn check_payer(bucket: &Bucket, call: &Call<'_>) -> Result<(), ObsError> {
    let requester_pays =
        bucket.xml("requestpayment").and_then(|payment| payment.get("Payer")) == Some("Requester");
    let agreed = call.own("request-payer") == Some("requester") && call.request.caller != Caller::Anonymous;
    if requester_pays && !is_owner(bucket, &call.request.caller) && !agreed {
        return Err(ObsError::access_denied());
    }
    Ok(())
}

/// Whether a caller has a permission on a bucket, for the bucket itself or for a key in it.
pub(crate) fn on_bucket(
    bucket: &Bucket,
    caller: &Caller,
    key: &str,
    permission: Permission,
    action: &str,
) -> bool {
    match policy_says(bucket, caller, key, action) {
        Some(allowed) => allowed,
        None => {
            is_owner(bucket, caller)
                || bucket.acl.allows(caller, permission, bucket.blocks("IgnorePublicAcls"))
        }
    }
}

/// Refuses a caller who has no permission on an object. That a key is not there is told only to those who may list.
pub(crate) fn on_object(
    bucket: &Bucket,
    caller: &Caller,
    key: &str,
    version_id: Option<&str>,
    permission: Permission,
    action: &str,
) -> Result<(), ObsError> {
    let said = policy_says(bucket, caller, key, action);
    let object = match bucket.object(key, version_id) {
        Ok((_, object)) => object,
        Err(_) if said == Some(true) || on_bucket(bucket, caller, "", Permission::Read, "ListBucket") => {
            return Ok(());
        }
        Err(_) => return Err(ObsError::access_denied()),
    };
    let ignore_public = bucket.blocks("IgnorePublicAcls");
    let delivered = || {
        let mut inherited = bucket.acl.clone();
        inherited.grants.retain(|grant| grant.delivered);
        object.acl.delivered && inherited.allows(caller, permission, ignore_public)
    };
    let allowed = said.unwrap_or_else(|| object.acl.allows(caller, permission, ignore_public) || delivered());
    if allowed { Ok(()) } else { Err(ObsError::access_denied()) }
}

pub(crate) fn is_owner(bucket: &Bucket, caller: &Caller) -> bool {
    matches!(caller, Caller::Account(id) if *id == bucket.owner)
}

/// What the bucket policy says: allowed, denied, or nothing. Statements with conditions are not evaluated and
/// so never apply.
fn policy_says(bucket: &Bucket, caller: &Caller, key: &str, action: &str) -> Option<bool> {
    let policy = bucket.json("policy")?;
    let restricted = bucket.blocks("RestrictPublicBuckets") && !is_owner(bucket, caller);
    let resource = if key.is_empty() { bucket.name.clone() } else { format!("{}/{key}", bucket.name) };
    let mut said = None;
    for statement in statements(&policy) {
        let applies = statement.get("Condition").is_none()
            && principal_matches(statement, caller)
            && one_matches(statement.get("Action"), |pattern| {
                wildcard(&bare(pattern).to_ascii_lowercase(), &action.to_ascii_lowercase())
            })
            && one_matches(statement.get("Resource"), |pattern| wildcard(bare(pattern), &resource));
        match statement.get("Effect").and_then(serde_json::Value::as_str) {
            Some("Deny") if applies => return Some(false),
            Some("Allow") if applies && !restricted => said = Some(true),
            _ => {}
        }
    }
    said
}

/// Whether a policy lets everybody in.
pub(crate) fn policy_is_public(policy: &serde_json::Value) -> bool {
    statements(policy).any(|statement| {
        statement.get("Effect").and_then(serde_json::Value::as_str) == Some("Allow")
            && statement.get("Condition").is_none()
            && principal_matches(statement, &Caller::Anonymous)
    })
}

fn statements(policy: &serde_json::Value) -> impl Iterator<Item = &serde_json::Value> {
    match policy.get("Statement") {
        Some(serde_json::Value::Array(list)) => list.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    }
    .iter()
}

fn principal_matches(statement: &serde_json::Value, caller: &Caller) -> bool {
    let matches = |name: &str| match caller {
        _ if name == "*" => true,
        Caller::Account(id) => name == id || name.split([':', '/']).any(|segment| segment == id),
        Caller::Anonymous => false,
    };
    match statement.get("Principal") {
        Some(serde_json::Value::Object(kinds)) => {
            kinds.values().any(|names| one_matches(Some(names), matches))
        }
        names => one_matches(names, matches),
    }
}

/// Whether one of a string or of a list of strings fits.
fn one_matches(value: Option<&serde_json::Value>, fits: impl Fn(&str) -> bool) -> bool {
    match value {
        Some(serde_json::Value::String(text)) => fits(text),
        Some(serde_json::Value::Array(list)) => list.iter().filter_map(|item| item.as_str()).any(fits),
        _ => false,
    }
}

/// A name without what S3 and IAM put in front: `arn:aws:s3:::bucket/*`, `s3:GetObject`, `obs:object:GetObject`.
fn bare(pattern: &str) -> &str {
    match pattern.rsplit_once(':') {
        Some((_, rest)) => rest,
        None => pattern,
    }
}

/// Matches `*` (anything) and `?` (one character).
fn wildcard(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut from, mut star) = (0, 0, None);
    while from < text.len() {
        if at < pattern.len() && (pattern[at] == '?' || pattern[at] == text[from]) && pattern[at] != '*' {
            (at, from) = (at + 1, from + 1);
        } else if at < pattern.len() && pattern[at] == '*' {
            star = Some((at, from));
            at += 1;
        } else if let Some((star_at, star_from)) = star {
            star = Some((star_at, star_from + 1));
            (at, from) = (star_at + 1, star_from + 1);
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|character| *character == '*')
}

#[cfg(test)]
mod tests {
    use super::wildcard;

    #[test]
    fn wildcards() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("bucket/*", "bucket/a/b", true),
            ("bucket/*", "bucket", false),
            ("get*", "getobject", true),
            ("*ject", "getobject", true),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxbyy", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
        ] {
            assert_eq!(wildcard(pattern, text), expected, "{pattern} {text}");
        }
    }
}
