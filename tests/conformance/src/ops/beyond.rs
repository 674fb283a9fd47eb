//! What lies beyond the guide.

use std::time::{Duration, UNIX_EPOCH};

use obs_core::object::AccessLabel;
use obs_core::settings::object_lock::{DefaultRetention, RetentionPeriod};
use obs_core::settings::replication::ReplicationRule;
use obs_core::settings::{BucketEncryption, ObjectLock, PublicAccessBlock, Replication};
use serde_json::{Value, json};

use super::settings::{tags, tags_result};
use super::upload::written;
use super::{Call, Outcome, With};
use crate::args::{Members, Result, Unusable};

// Encryption, payer, public access

pub fn set_bucket_encryption(call: &Call<'_>) -> Result<Outcome> {
    let encryption = BucketEncryption::new(call.args.required("encryption")?);
    let encryption = encryption.with(call.args.filled("key")?, |e, id| e.key_id(id));
    call.send_for_nothing(call.bucket()?.set_bucket_encryption(encryption))
}

pub fn get_bucket_encryption(call: &Call<'_>) -> Result<Outcome> {
    call.send(call.bucket()?.get_bucket_encryption(), |encryption, _| {
        Ok(json!({"encryption": encryption.algorithm.as_str(), "key": encryption.kms_key_id}))
    })
}

pub fn delete_bucket_encryption(call: &Call<'_>) -> Result<Outcome> {
    call.send_for_nothing(call.bucket()?.delete_bucket_encryption())
}

pub fn set_bucket_request_payment(call: &Call<'_>) -> Result<Outcome> {
    let payer = call.args.required("payer")?;
    call.send_for_nothing(call.bucket()?.set_bucket_request_payment(payer))
}

pub fn get_bucket_request_payment(call: &Call<'_>) -> Result<Outcome> {
    call.send(call.bucket()?.get_bucket_request_payment(), |payment, _| {
        Ok(json!({"payer": payment.payer.as_str()}))
    })
}

pub fn put_bucket_public_access_block(call: &Call<'_>) -> Result<Outcome> {
    let mut block = PublicAccessBlock::none();
    block.block_public_acls = call.args.flag("blockPublicAcls")?;
    block.ignore_public_acls = call.args.flag("ignorePublicAcls")?;
    block.block_public_policy = call.args.flag("blockPublicPolicy")?;
    block.restrict_public_buckets = call.args.flag("restrictPublicBuckets")?;
    call.send_for_nothing(call.bucket()?.put_bucket_public_access_block(block))
}

pub fn get_bucket_public_access_block(call: &Call<'_>) -> Result<Outcome> {
    call.send(call.bucket()?.get_bucket_public_access_block(), |block, _| {
        Ok(json!({
            "blockPublicAcls": block.block_public_acls,
            "ignorePublicAcls": block.ignore_public_acls,
            "blockPublicPolicy": block.block_public_policy,
            "restrictPublicBuckets": block.restrict_public_buckets,
        }))
    })
}

pub fn delete_bucket_public_access_block(call: &Call<'_>) -> Result<Outcome> {
    call.send_for_nothing(call.bucket()?.delete_bucket_public_access_block())
}

pub fn get_bucket_policy_public_status(call: &Call<'_>) -> Result<Outcome> {
    let request = call.bucket()?.get_bucket_policy_public_status();
    call.send(request, |status, _| Ok(json!({"status": status.is_public})))
}

pub fn get_bucket_public_status(call: &Call<'_>) -> Result<Outcome> {
    call.send(call.bucket()?.get_bucket_public_status(), |status, _| Ok(json!({"status": status.is_public})))
}

// Replication, object lock, direct cold access

fn replication_rule(given: &Members<'_>) -> Result<ReplicationRule> {
    let mut rule = ReplicationRule::new(given.text("bucket")?.unwrap_or_default())
        .with(given.text("id")?, |r, v| r.id(v))
        .with(given.filled("status")?, |r, v| r.status(v))
        .with(given.filled("storageClass")?, |r, v| r.storage_class(v))
        .with(given.filled("deleteData")?, |r, v| r.delete_data(v))
        .with(given.filled("historicalObjectReplication")?, |r, v| r.historical_object_replication(v));
    rule.prefix = given.text("prefix")?;
    Ok(rule)
}

pub fn set_bucket_replication(call: &Call<'_>) -> Result<Outcome> {
    let given = call.args.required_object("replication")?;
    let rules: Vec<_> =
        given.objects("replicationRules")?.iter().map(replication_rule).collect::<Result<_>>()?;
    let mut replication = Replication::new("", rules);
    replication.agency = given.text("agency")?;
    call.send_for_nothing(call.bucket()?.set_bucket_replication(replication))
}

pub fn get_bucket_replication(call: &Call<'_>) -> Result<Outcome> {
    call.send(call.bucket()?.get_bucket_replication(), |replication, shape| {
        let rule = |rule: &ReplicationRule| {
            json!({
                "id": rule.id,
                "prefix": rule.prefix,
                "status": rule.status.as_ref().map(|s| s.as_str()),
                "bucket": rule.bucket,
                "storageClass": shape.class(rule.storage_class.as_ref()),
                "deleteData": rule.delete_data.as_ref().map(|s| s.as_str()),
                // Never recorded: the recorder looks for it in the wrong place.
                "historicalObjectReplication": null,
            })
        };
        let rules: Vec<_> = replication.rules.iter().map(rule).collect();
        let agency = replication.agency.as_ref().filter(|_| shape.is_obs());
        Ok(json!({"replicationRules": rules, "agency": agency}))
    })
}

pub fn delete_bucket_replication(call: &Call<'_>) -> Result<Outcome> {
    call.send_for_nothing(call.bucket()?.delete_bucket_replication())
}

pub fn set_bucket_object_lock(call: &Call<'_>) -> Result<Outcome> {
    let given = call.args.object_or_empty("objectLockConfiguration")?;
    let rule = given.object_or_empty("rule")?;
    let (days, years) = (rule.number("days")?, rule.number("years")?);
    let mode = rule.filled("mode")?.unwrap_or_else(|| "COMPLIANCE".to_owned());
    let mut lock = match days.map(RetentionPeriod::Days).or(years.map(RetentionPeriod::Years)) {
        Some(period) => ObjectLock::with_default(mode, period),
        None => ObjectLock::enabled(),
    };
    lock.object_lock_enabled = given.text("objectLockEnabled")?;
    call.send_for_nothing(call.bucket()?.set_bucket_object_lock(lock))
}

pub fn get_bucket_object_lock(call: &Call<'_>) -> Result<Outcome> {
    call.send(call.bucket()?.get_bucket_object_lock(), |lock, _| {
        let rule = |rule: &DefaultRetention| {
            // Recorded as text.
            let (days, years) = match &rule.period {
                Some(RetentionPeriod::Days(days)) => (Some(days.to_string()), None),
                Some(RetentionPeriod::Years(years)) => (None, Some(years.to_string())),
                None => (None, None),
            };
            json!({"days": days, "years": years, "mode": rule.mode.as_ref().map(|m| m.as_str())})
        };
        Ok(json!({"objectLockEnabled": lock.object_lock_enabled, "rule": lock.rule.as_ref().map(rule)}))
    })
}

pub fn set_bucket_direct_cold_access(call: &Call<'_>) -> Result<Outcome> {
    let status = call.args.required_object("directColdAccessConfiguration")?.required("status")?;
    call.send_for_nothing(call.bucket()?.set_bucket_direct_cold_access(status))
}

pub fn get_bucket_direct_cold_access(call: &Call<'_>) -> Result<Outcome> {
    call.send(call.bucket()?.get_bucket_direct_cold_access(), |access, _| {
        Ok(json!({"status": access.status.as_str()}))
    })
}

pub fn delete_bucket_direct_cold_access(call: &Call<'_>) -> Result<Outcome> {
    call.send_for_nothing(call.bucket()?.delete_bucket_direct_cold_access())
}

// Objects

pub fn set_object_tagging(call: &Call<'_>) -> Result<Outcome> {
    // A list of tags, or names with their values.
    let tags = match call.args.value("tags") {
        Some(Value::Object(_)) => call
            .args
            .pairs("tags")?
            .into_iter()
            .map(|(key, value)| (key, value.unwrap_or_default()))
            .collect::<Vec<_>>()
            .into(),
        _ => tags(&call.args.objects("tags")?)?,
    };
    let request = call.bucket()?.set_object_tagging(call.key()?, tags);
    call.send_for_nothing(request.with(call.args.filled("versionId")?, |r, id| r.version_id(id)))
}

pub fn get_object_tagging(call: &Call<'_>) -> Result<Outcome> {
    let request = call.bucket()?.get_object_tagging(call.key()?);
    let request = request.with(call.args.filled("versionId")?, |r, id| r.version_id(id));
    call.send(request, |tagging, _| Ok(json!({"tags": tags_result(tagging)})))
}

pub fn delete_object_tagging(call: &Call<'_>) -> Result<Outcome> {
    let request = call.bucket()?.delete_object_tagging(call.key()?);
    call.send_for_nothing(request.with(call.args.filled("versionId")?, |r, id| r.version_id(id)))
}

pub fn put_object_retention(call: &Call<'_>) -> Result<Outcome> {
    let until = UNIX_EPOCH + Duration::from_millis(call.args.required_number("retainUntilDate")?);
    let request = call.bucket()?.put_object_retention(call.key()?, call.args.required("mode")?, until);
    call.send_for_nothing(request.with(call.args.filled("versionId")?, |r, id| r.version_id(id)))
}

pub fn set_access_label(call: &Call<'_>) -> Result<Outcome> {
    let labels = AccessLabel::new(call.args.texts("accesslabel")?);
    call.send_for_nothing(call.bucket()?.set_access_label(call.key()?, labels))
}

pub fn get_access_label(call: &Call<'_>) -> Result<Outcome> {
    let request = call.bucket()?.get_access_label(call.key()?);
    call.send(request, |label, _| Ok(json!({"accesslabel": label.labels})))
}

pub fn delete_access_label(call: &Call<'_>) -> Result<Outcome> {
    call.send_for_nothing(call.bucket()?.delete_access_label(call.key()?))
}

// Parallel file systems

/// Headers by their names on the wire.
fn raw_headers(members: &Members<'_>) -> Result<Vec<(String, String)>> {
    Ok(members.pairs("headers")?.into_iter().filter_map(|(name, value)| Some((name, value?))).collect())
}

pub fn rename_file(call: &Call<'_>) -> Result<Outcome> {
    let new_key = call.args.required("newObjectKey")?;
    let request = call.bucket()?.rename_file(call.key()?, new_key);
    call.send_for_nothing(
        request.with_all(raw_headers(&call.args)?, |r, (name, value)| r.header(name, value)),
    )
}

pub fn truncate_file(call: &Call<'_>) -> Result<Outcome> {
    let length = call.args.required_number("length")?;
    call.send_for_nothing(call.bucket()?.truncate_file(call.key()?, length))
}

pub fn modify_file(call: &Call<'_>) -> Result<Outcome> {
    let mut headers = raw_headers(&call.args)?;
    let mut content = call.scratch.source(call.args.value("content"))?.content();
    if let Some(at) = headers.iter().position(|(name, _)| name == "contentLength") {
        let (_, length) = headers.remove(at);
        content = content.limited(length.parse().map_err(Unusable::new)?);
    }
    let position = call.args.required_number("position")?;
    let request = call.bucket()?.modify_file(call.key()?, position, content);
    let request = request.with_all(headers, |r, (name, value)| r.header(name, value));
    call.send(request, written)
}
