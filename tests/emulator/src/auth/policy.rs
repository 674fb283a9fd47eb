//! The policy of a form upload: what a form may contain.

use crate::auth::time;
use crate::errors::ObsError;
use serde_json::Value;
use std::time::SystemTime;

/// Fields that need no condition.
const FREE: [&str; 7] =
    ["policy", "signature", "accesskeyid", "awsaccesskeyid", "x-amz-signature", "file", "token"];

/// Fields without the prefix of the protocol which have a meaning, and so must be covered.
const STANDARD: [&str; 11] = [
    "acl",
    "key",
    "bucket",
    "success_action_redirect",
    "success_action_status",
    "redirect",
    "content-type",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "expires",
];

/// A form as a policy sees it.
#[derive(Debug)]
pub(crate) struct Form<'a> {
    /// Names in lower case; with `bucket` and the form's `key`, in which `${filename}` is replaced.
    pub(crate) fields: &'a [(String, String)],
    pub(crate) bucket: &'a str,
    pub(crate) file_length: u64,
}

impl Form<'_> {
    fn field(&self, name: &str) -> Option<&str> {
        if name == "bucket" {
            return Some(self.bucket);
        }
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }
}

enum Condition {
    Equal(String, String),
    StartsWith(String, String),
    Length(u64, u64),
}

/// Checks a form against a policy document.
pub(crate) fn check(document: &[u8], form: &Form<'_>, now: SystemTime) -> Result<(), ObsError> {
    let policy: Value = serde_json::from_slice(document).map_err(|_| invalid("Invalid JSON."))?;
    let end = policy["expiration"]
        .as_str()
        .and_then(time::parse_iso)
        .ok_or_else(|| invalid("Policy is missing expiration."))?;
    if now >= end {
        return Err(ObsError::new(403, "AccessDenied", "Invalid according to Policy: Policy expired."));
    }
    let list = policy["conditions"].as_array().ok_or_else(|| invalid("Policy is missing conditions."))?;
    let mut conditions = Vec::new();
    for item in list {
        read(item, &mut conditions)?;
    }
    for condition in &conditions {
        apply(condition, form)?;
    }
    for (name, _) in form.fields {
        let meant =
            name.starts_with("x-obs-") || name.starts_with("x-amz-") || STANDARD.contains(&name.as_str());
        if !meant || FREE.contains(&name.as_str()) {
            continue;
        }
        let covered = conditions.iter().any(|condition| match condition {
            Condition::Equal(field, _) | Condition::StartsWith(field, _) => field == name,
            Condition::Length(..) => false,
        });
        if !covered {
            return Err(failed(&format!("Extra input fields: {name}")));
        }
    }
    Ok(())
}

fn read(item: &Value, conditions: &mut Vec<Condition>) -> Result<(), ObsError> {
    let bad =
        || invalid("Invalid Simple-Condition: Simple-Conditions must have the form {name: value} or [..].");
    if let Some(pairs) = item.as_object() {
        for (name, value) in pairs {
            let value = value.as_str().ok_or_else(bad)?;
            conditions.push(Condition::Equal(name.to_ascii_lowercase(), value.to_owned()));
        }
        return Ok(());
    }
    let list = item.as_array().ok_or_else(bad)?;
    let [operator, first, second] = list.as_slice() else { return Err(bad()) };
    let operator = operator.as_str().ok_or_else(bad)?.to_ascii_lowercase();
    if operator == "content-length-range" {
        let number = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
        let (Some(from), Some(to)) = (number(first), number(second)) else { return Err(bad()) };
        conditions.push(Condition::Length(from, to));
        return Ok(());
    }
    let name = first.as_str().and_then(|name| name.strip_prefix('$')).ok_or_else(bad)?.to_ascii_lowercase();
    let value = second.as_str().ok_or_else(bad)?.to_owned();
    conditions.push(match operator.as_str() {
        "eq" => Condition::Equal(name, value),
        "starts-with" => Condition::StartsWith(name, value),
        _ => return Err(bad()),
    });
    Ok(())
}

fn apply(condition: &Condition, form: &Form<'_>) -> Result<(), ObsError> {
    match condition {
        Condition::Equal(name, value) if form.field(name) != Some(value) => {
            Err(failed(&format!("Policy Condition failed: [\"eq\", \"${name}\", \"{value}\"]")))
        }
        Condition::StartsWith(name, value)
            if !form.field(name).is_some_and(|field| field.starts_with(value.as_str())) =>
        {
            Err(failed(&format!("Policy Condition failed: [\"starts-with\", \"${name}\", \"{value}\"]")))
        }
        Condition::Length(from, _) if form.file_length < *from => Err(ObsError::new(
            400,
            "EntityTooSmall",
            "Your proposed upload is smaller than the minimum allowed size",
        )
        .detail("ProposedSize", form.file_length.to_string())
        .detail("MinSizeAllowed", from.to_string())),
        Condition::Length(_, to) if form.file_length > *to => Err(ObsError::new(
            400,
            "EntityTooLarge",
            "Your proposed upload exceeds the maximum allowed object size.",
        )
        .detail("ProposedSize", form.file_length.to_string())
        .detail("MaxSizeAllowed", to.to_string())),
        _ => Ok(()),
    }
}

fn invalid(message: &str) -> ObsError {
    ObsError::new(400, "InvalidPolicyDocument", format!("Invalid Policy: {message}"))
}

fn failed(message: &str) -> ObsError {
    ObsError::new(400, "InvalidPolicyDocument", format!("Invalid according to Policy: {message}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    const POLICY: &str = r#"{"expiration":"2026-01-02T04:04:05Z","conditions":[{"x-obs-acl":"public-read"},
        ["starts-with","$key","user/"],["content-length-range",2,4],{"bucket":"b"}]}"#;

    fn outcome(fields: &[(&str, &str)], bucket: &str, file_length: u64, at: u64) -> String {
        let fields: Vec<_> =
            fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let form = Form { fields: &fields, bucket, file_length };
        match check(POLICY.as_bytes(), &form, UNIX_EPOCH + Duration::from_secs(at)) {
            Ok(()) => "ok".to_owned(),
            Err(error) => format!("{} {}", error.code, error.message),
        }
    }

    #[test]
    fn conditions_hold_or_are_named() {
        let good = [("x-obs-acl", "public-read"), ("key", "user/a"), ("unknown", "x")];
        let now = 1_767_323_045;
        assert_eq!(outcome(&good, "b", 3, now), "ok");
        assert!(outcome(&good, "c", 3, now).contains("$bucket"));
        assert!(outcome(&good, "b", 1, now).starts_with("EntityTooSmall"));
        assert!(outcome(&good, "b", 5, now).starts_with("EntityTooLarge"));
        assert!(outcome(&good, "b", 3, now + 3600).contains("expired"));
        assert!(outcome(&[("x-obs-acl", "public-read"), ("key", "other")], "b", 3, now).contains("$key"));
        let extra = [("x-obs-acl", "public-read"), ("key", "user/a"), ("x-obs-meta-a", "1")];
        assert!(outcome(&extra, "b", 3, now).contains("Extra input fields: x-obs-meta-a"));
    }
}
