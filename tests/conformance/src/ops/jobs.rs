//! Beyond the guide: inventories, custom domains, aliases, and policies and jobs in JSON.

use obs_core::bucket::{BucketAlias, FetchJob};
use obs_core::settings::compress_policy::CompressRule;
use obs_core::settings::custom_domain::Certificate;
use obs_core::settings::dis_policy::DisRule;
use obs_core::settings::inventory::{InventoryConfiguration, InventoryVersions};
use obs_core::settings::{DisPolicy, FetchPolicy, ObsCompressPolicy};
use serde_json::{Value, json};

use super::result::time;
use super::{Call, Outcome, With};
use crate::args::{Members, Result};

// Inventories

pub fn put_bucket_inventory(call: &Call<'_>) -> Result<Outcome> {
    let id = call.args.required("inventoryId")?;
    let given = call.args.required_object("inventoryConfiguration")?;
    // The same as the id of the call.
    given.text("inventoryId")?;
    let destination = given.object_or_empty("destination")?;
    let bucket = destination.required("bucket")?;
    let mut inventory = InventoryConfiguration::new(id, bucket, given.required("frequency")?)
        .enabled(given.flag("isEnabled")?)
        .optional_fields(given.texts("optionalFields")?);
    inventory.destination.prefix = destination.text("prefix")?;
    if let Some(format) = destination.text("format")? {
        inventory.destination.format = format;
    }
    inventory.filter_prefix = given.object_or_empty("filter")?.text("prefix")?;
    inventory.included_object_versions = InventoryVersions::from(given.required("objectVersion")?);
    call.send_for_nothing(call.bucket()?.put_bucket_inventory(inventory))
}

fn inventory(inventory: &InventoryConfiguration) -> Value {
    let fields: Vec<_> = inventory.optional_fields.iter().map(|f| f.as_str()).collect();
    json!({
        "inventoryId": inventory.id,
        "isEnabled": inventory.is_enabled,
        "objectVersion": inventory.included_object_versions.as_str(),
        "filter": inventory.filter_prefix.as_ref().map(|prefix| json!({"prefix": prefix})),
        "frequency": inventory.frequency.as_str(),
        "destination": {
            "bucket": inventory.destination.bucket,
            "prefix": inventory.destination.prefix,
            "format": inventory.destination.format,
        },
        "optionalFields": fields,
    })
}

pub fn get_bucket_inventory(call: &Call<'_>) -> Result<Outcome> {
    let id = call.args.required("inventoryId")?;
    call.send(call.bucket()?.get_bucket_inventory(id), |found, _| Ok(inventory(found)))
}

pub fn list_bucket_inventory(call: &Call<'_>) -> Result<Outcome> {
    call.send(call.bucket()?.list_bucket_inventory(), |found, _| {
        Ok(json!({"configurations": found.iter().map(inventory).collect::<Vec<_>>()}))
    })
}

pub fn delete_bucket_inventory(call: &Call<'_>) -> Result<Outcome> {
    let id = call.args.required("inventoryId")?;
    call.send_for_nothing(call.bucket()?.delete_bucket_inventory(id))
}

// Custom domains

fn certificate(given: &Members<'_>) -> Result<Certificate> {
    let name = given.text("name")?.unwrap_or_default();
    let (certificate, key) = (given.required("certificate")?, given.required("privateKey")?);
    let pair = given.text("encCertificate")?.zip(given.text("encPrivateKey")?);
    Ok(Certificate::new(name, certificate, key)
        .with(given.filled("certificateId")?, |c, v| c.id(v))
        .with(given.filled("certificateChain")?, |c, v| c.chain(v))
        .with(given.filled("certificateType")?, |c, v| c.kind(v))
        .with(pair, |c, (certificate, key)| c.encryption_pair(certificate, key))
        .with(given.bool("deleteCertificate")?, |c, v| c.delete(v)))
}

pub fn set_bucket_custom_domain(call: &Call<'_>) -> Result<Outcome> {
    let request = call.bucket()?.set_bucket_custom_domain(call.args.required("domainName")?);
    let certificate = call.args.object("certificateInfo")?.map(|c| certificate(&c)).transpose()?;
    call.send_for_nothing(request.with(certificate, |r, c| r.certificate(c)))
}

pub fn get_bucket_custom_domain(call: &Call<'_>) -> Result<Outcome> {
    let request = call.bucket()?.get_bucket_custom_domain();
    let request = request.with(call.args.filled("certificateId")?, |r, id| r.certificate_id(id));
    call.send(request, |domains, _| {
        let domains: Vec<_> = domains
            .iter()
            .map(|domain| {
                json!({
                    "domainName": domain.domain_name,
                    "createTime": time(domain.create_time),
                    "certificateId": domain.certificate_id,
                    "name": domain.certificate_name,
                    "certificateType": domain.certificate_type,
                    "expiredTime": time(domain.expired_time),
                })
            })
            .collect();
        Ok(json!({"domains": domains}))
    })
}

pub fn delete_bucket_custom_domain(call: &Call<'_>) -> Result<Outcome> {
    let domain = call.args.required("domainName")?;
    call.send_for_nothing(call.bucket()?.delete_bucket_custom_domain(domain))
}

// Aliases

pub fn create_bucket_alias(call: &Call<'_>) -> Result<Outcome> {
    let given = call.args.required_object("aliasInfo")?;
    unused_of_alias(&given, &["alias", "creationDate"]);
    let request = call.bucket()?.create_bucket_alias(given.required("bucket1")?, given.required("bucket2")?);
    call.send_for_nothing(request)
}

pub fn bind_bucket_alias(call: &Call<'_>) -> Result<Outcome> {
    let given = call.args.required_object("aliasInfo")?;
    unused_of_alias(&given, &["bucket1", "bucket2", "creationDate"]);
    call.send_for_nothing(call.bucket()?.bind_bucket_alias(given.required("alias")?))
}

/// The model serves two calls and a result; each call takes its own members.
fn unused_of_alias(given: &Members<'_>, names: &[&str]) {
    for name in names {
        given.given(name);
    }
}

pub fn unbind_bucket_alias(call: &Call<'_>) -> Result<Outcome> {
    call.send_for_nothing(call.bucket()?.unbind_bucket_alias())
}

fn alias(alias: &BucketAlias) -> Value {
    json!({
        "alias": alias.alias,
        "bucket1": alias.buckets.first(),
        "bucket2": alias.buckets.get(1),
        "creationDate": alias.creation_date,
    })
}

pub fn get_bucket_alias(call: &Call<'_>) -> Result<Outcome> {
    call.send(call.bucket()?.get_bucket_alias(), |found, _| Ok(alias(found)))
}

pub fn list_bucket_alias(call: &Call<'_>) -> Result<Outcome> {
    call.send(call.client.list_bucket_alias(), |found, _| {
        let aliases: Vec<_> = found.aliases.iter().map(alias).collect();
        Ok(json!({"owner": found.owner.as_ref().map(|o| &o.id), "bucketAlias": aliases}))
    })
}

// Policies in JSON

fn compress_rule(given: &Members<'_>) -> Result<CompressRule> {
    let (id, project) = (given.required("id")?, given.required("project")?);
    let mut rule = CompressRule::new(id, project, "", given.texts("events")?);
    rule.agency = given.text("agency")?;
    rule.prefix = given.text("prefix")?;
    rule.suffix = given.text("suffix")?;
    rule.overwrite = given.number("overwrite")?;
    rule.decompress_path = given.text("decompresspath")?;
    rule.policy_type = given.text("policytype")?;
    Ok(rule)
}

pub fn set_obs_compress_policy(call: &Call<'_>) -> Result<Outcome> {
    let given = call.args.objects("rules")?;
    let rules: Vec<_> = given.iter().map(compress_rule).collect::<Result<_>>()?;
    call.send_for_nothing(call.bucket()?.set_obs_compress_policy(ObsCompressPolicy::new(rules)))
}

pub fn get_obs_compress_policy(call: &Call<'_>) -> Result<Outcome> {
    call.send(call.bucket()?.get_obs_compress_policy(), |policy, _| {
        let rule = |rule: &CompressRule| {
            json!({
                "id": rule.id,
                "project": rule.project,
                "agency": rule.agency,
                "events": rule.events,
                "prefix": rule.prefix,
                "suffix": rule.suffix,
                "overwrite": rule.overwrite,
                "decompresspath": rule.decompress_path,
                "policytype": rule.policy_type,
            })
        };
        Ok(json!({"rules": policy.rules.iter().map(rule).collect::<Vec<_>>()}))
    })
}

pub fn delete_obs_compress_policy(call: &Call<'_>) -> Result<Outcome> {
    call.send_for_nothing(call.bucket()?.delete_obs_compress_policy())
}

fn dis_rule(given: &Members<'_>) -> Result<DisRule> {
    let (id, stream) = (given.required("id")?, given.required("stream")?);
    let mut rule = DisRule::new(id, stream, given.required("project")?, "", given.texts("events")?);
    rule.agency = given.text("agency")?;
    rule.prefix = given.text("prefix")?;
    rule.suffix = given.text("suffix")?;
    Ok(rule)
}

pub fn set_bucket_dis_policy(call: &Call<'_>) -> Result<Outcome> {
    let given = call.args.required_object("disPolicy")?.objects("rules")?;
    let rules: Vec<_> = given.iter().map(dis_rule).collect::<Result<_>>()?;
    call.send_for_nothing(call.bucket()?.set_bucket_dis_policy(DisPolicy::new(rules)))
}

pub fn get_bucket_dis_policy(call: &Call<'_>) -> Result<Outcome> {
    call.send(call.bucket()?.get_bucket_dis_policy(), |policy, _| {
        let rule = |rule: &DisRule| {
            json!({
                "id": rule.id,
                "stream": rule.stream,
                "project": rule.project,
                "events": rule.events,
                "prefix": rule.prefix,
                "suffix": rule.suffix,
                "agency": rule.agency,
            })
        };
        Ok(json!({"rules": policy.rules.iter().map(rule).collect::<Vec<_>>()}))
    })
}

pub fn delete_bucket_dis_policy(call: &Call<'_>) -> Result<Outcome> {
    call.send_for_nothing(call.bucket()?.delete_bucket_dis_policy())
}

// Fetching

pub fn set_bucket_fetch_policy(call: &Call<'_>) -> Result<Outcome> {
    let policy = FetchPolicy::new(call.args.required("status")?, call.args.required("agency")?);
    call.send_for_nothing(call.bucket()?.set_bucket_fetch_policy(policy))
}

pub fn get_bucket_fetch_policy(call: &Call<'_>) -> Result<Outcome> {
    call.send(call.bucket()?.get_bucket_fetch_policy(), |policy, _| {
        Ok(json!({"status": policy.status.as_str(), "agency": policy.agency}))
    })
}

pub fn delete_bucket_fetch_policy(call: &Call<'_>) -> Result<Outcome> {
    call.send_for_nothing(call.bucket()?.delete_bucket_fetch_policy())
}

pub fn set_bucket_fetch_job(call: &Call<'_>) -> Result<Outcome> {
    let given = &call.args;
    let headers = given.pairs("objectHeaders")?.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let request = call
        .bucket()?
        .set_bucket_fetch_job(given.required("url")?)
        .with(given.text("host")?, |r, v| r.host(v))
        .with(given.text("key")?, |r, v| r.key(v))
        .with(given.text("md5")?, |r, v| r.md5(v))
        .with(given.text("callBackUrl")?, |r, v| r.callback_url(v))
        .with(given.text("callBackBody")?, |r, v| r.callback_body(v))
        .with(given.text("callBackBodyType")?, |r, v| r.callback_body_type(v))
        .with(given.text("callBackHost")?, |r, v| r.callback_host(v))
        .with(given.text("fileType")?, |r, v| r.file_type(v))
        .with(given.bool("ignoreSameKey")?, |r, v| r.ignore_same_key(v))
        .with_all(headers, |r, (name, value)| r.object_header(name, value))
        .with(given.text("etag")?, |r, v| r.etag(v))
        .with(given.text("trustName")?, |r, v| r.trust_name(v));
    call.send(request, |job, _| Ok(json!({"id": job.id, "wait": job.wait})))
}

pub fn get_bucket_fetch_job(call: &Call<'_>) -> Result<Outcome> {
    let id = call.args.required("jobId")?;
    call.send(call.bucket()?.get_bucket_fetch_job(id), |found, _| {
        let job = |job: &FetchJob| {
            json!({
                "url": job.url,
                "host": job.host,
                "bucket": job.bucket,
                "key": job.key,
                "md5": job.md5,
                "fileType": job.file_type,
                "ignoreSameKey": job.ignore_same_key,
                "callBackUrl": job.callback_url,
                "callBackBody": job.callback_body,
                "callBackBodyType": job.callback_body_type,
                "callBackHost": job.callback_host,
            })
        };
        let job = found.job.as_ref().map(job);
        Ok(json!({"code": found.code, "err": found.err, "status": found.status, "job": job}))
    })
}
