//! POST policies: the same conditions, and a signature over our own text.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use obs_core::{Dialect, PostSignature};
use serde_json::Value;

use super::{Difference, Differences, sign, sign_v4};
use crate::client::Setup;
use crate::load::Vector;

pub fn compare(vector: &Vector, setup: &Setup, ours: &PostSignature) -> Differences {
    let mut differences = Differences::default();
    let recorded = vector.get("result");
    let text = |name: &str| recorded.get(name).and_then(Value::as_str);
    match (policy(text("originPolicy").unwrap_or_default()), policy(&ours.origin_policy)) {
        (Ok(recorded), Ok(ours)) => differences.compare("originPolicy", &recorded, &ours),
        (Err(error), _) => differences.add(Difference::error("the recorded policy", error)),
        (_, Err(error)) => differences.add(Difference::error("our policy", error)),
    }
    differences.compare("policy", &STANDARD.encode(&ours.origin_policy), &ours.policy);
    let signature = if setup.dialect == Dialect::V4 {
        let timestamp = sign_v4::timestamp(setup);
        sign_v4::sign(setup, timestamp.get(..8).unwrap_or_default(), &ours.policy)
    } else {
        sign::hmac_sha1(&setup.secret_access_key, &ours.policy)
    };
    differences.compare("signature", &signature, &ours.signature);
    if let Some(id) = text("accessKeyId") {
        differences.compare("accessKeyId", id, &ours.access_key_id);
    }
    for (name, value) in
        [("algorithm", &ours.algorithm), ("credential", &ours.credential), ("date", &ours.date)]
    {
        differences.compare(name, &text(name), &value.as_deref());
    }
    differences
}

/// Expiration, and the conditions in an order of their own.
fn policy(text: &str) -> Result<(Value, Vec<String>), String> {
    let policy: Value = serde_json::from_str(text).map_err(|e| format!("{text}: {e}"))?;
    let member = |name: &str| policy.get(name).cloned().unwrap_or(Value::Null);
    let Value::Array(conditions) = member("conditions") else { return Err(format!("{text}: no conditions")) };
    if let Some(others) = policy.as_object().filter(|members| members.len() != 2) {
        return Err(format!("other members: {:?}", others.keys().collect::<Vec<_>>()));
    }
    let mut conditions: Vec<String> = conditions.iter().map(Value::to_string).collect();
    conditions.sort();
    Ok((member("expiration"), conditions))
}
