//! Documents of buckets that the guide describes, and what buckets tell of themselves.

use obs_core::settings::cors::CorsRule;
use obs_core::settings::notification::{EventRule, FilterRule};
use obs_core::settings::website::{Condition, Pages, Redirect, RedirectAll, RoutingRule, Website};
use obs_core::settings::{Logging, Notification, Tag, Tagging};
use serde_json::{Value, json};

use super::result::{cors, merge};
use super::{Call, Outcome, With, acl};
use crate::args::{Members, Result, Unusable};

// Properties

pub fn get_bucket_metadata(call: &Call<'_>) -> Result<Outcome> {
    let request = call
        .bucket()?
        .get_bucket_metadata()
        .with(call.args.filled("origin")?, |r, v| r.origin(v))
        .with(call.args.filled("requestHeaders")?, |r, v| r.request_headers(v));
    call.send(request, |bucket, shape| {
        let own = json!({
            "storageClass": shape.class(bucket.storage_class.as_ref()),
            "location": bucket.location,
            "obsVersion": bucket.obs_version,
            "availableZone": bucket.available_zone,
            "epid": bucket.epid,
            "redundancy": bucket.redundancy,
        });
        Ok(merge(own, cors(&bucket.cors)))
    })
}

pub fn get_bucket_location(call: &Call<'_>) -> Result<Outcome> {
    call.send(call.bucket()?.get_bucket_location(), |bucket, _| Ok(json!({"location": bucket.location})))
}

pub fn get_bucket_storage_info(call: &Call<'_>) -> Result<Outcome> {
    call.send(call.bucket()?.get_bucket_storage_info(), |info, _| {
        Ok(json!({
            "size": info.size,
            "objectNumber": info.object_number,
            "standardSize": info.standard.size,
            "standardObjectNumber": info.standard.object_number,
            "warmSize": info.warm.size,
            "warmObjectNumber": info.warm.object_number,
            "coldSize": info.cold.size,
            "coldObjectNumber": info.cold.object_number,
            "deepArchiveSize": info.deep_archive.size,
            "deepArchiveObjectNumber": info.deep_archive.object_number,
            "highPerformanceSize": info.high_performance.size,
            "highPerformanceObjectNumber": info.high_performance.object_number,
            "standard_IASize": info.standard_ia.size,
            "standard_IAObjectNumber": info.standard_ia.object_number,
            // glacierSize is never recorded: the recorder does not declare it.
            "glacierObjectNumber": info.glacier.object_number,
        }))
    })
}

// Quota, storage class, policy, versioning

pub fn set_bucket_quota(call: &Call<'_>) -> Result<Outcome> {
    let quota: u64 = call.args.required_number("quota")?;
    call.send_for_nothing(call.bucket()?.set_bucket_quota(quota))
}

pub fn get_bucket_quota(call: &Call<'_>) -> Result<Outcome> {
    call.send(call.bucket()?.get_bucket_quota(), |quota, _| Ok(json!({"quota": quota.storage_quota})))
}

pub fn set_bucket_storage_policy(call: &Call<'_>) -> Result<Outcome> {
    let class = call.args.required("storageClass")?;
    call.send_for_nothing(call.bucket()?.set_bucket_storage_policy(class))
}

pub fn get_bucket_storage_policy(call: &Call<'_>) -> Result<Outcome> {
    call.send(call.bucket()?.get_bucket_storage_policy(), |policy, shape| {
        Ok(json!({"storageClass": shape.class(Some(&policy.storage_class))}))
    })
}

pub fn set_bucket_policy(call: &Call<'_>) -> Result<Outcome> {
    let json = call.args.required("policyJSON")?;
    call.send_for_nothing(call.bucket()?.set_bucket_policy(json))
}

pub fn get_bucket_policy(call: &Call<'_>) -> Result<Outcome> {
    call.send(call.bucket()?.get_bucket_policy(), |policy, _| Ok(json!({"policyJSON": policy.json})))
}

pub fn delete_bucket_policy(call: &Call<'_>) -> Result<Outcome> {
    call.send_for_nothing(call.bucket()?.delete_bucket_policy())
}

pub fn set_bucket_versioning(call: &Call<'_>) -> Result<Outcome> {
    let status = call.args.required("status")?;
    call.send_for_nothing(call.bucket()?.set_bucket_versioning(status))
}

pub fn get_bucket_versioning(call: &Call<'_>) -> Result<Outcome> {
    call.send(call.bucket()?.get_bucket_versioning(), |versioning, _| {
        Ok(json!(versioning.status.as_ref().map(|s| s.as_str())))
    })
}

// CORS

fn cors_rule(given: &Members<'_>) -> Result<CorsRule> {
    let rule = CorsRule::new(given.texts("allowedMethod")?, given.texts("allowedOrigin")?)
        .allowed_headers(given.texts("allowedHeader")?)
        .expose_headers(given.texts("exposeHeader")?)
        .with(given.text("id")?, |r, id| r.id(id));
    Ok(rule.with(given.number("maxAgeSecond")?, |r, seconds| r.max_age_seconds(seconds)))
}

pub fn set_bucket_cors(call: &Call<'_>) -> Result<Outcome> {
    let given = call.args.objects("corsRuleList")?;
    let rules: Vec<CorsRule> = given.iter().map(cors_rule).collect::<Result<_>>()?;
    call.send_for_nothing(call.bucket()?.set_bucket_cors(rules))
}

pub fn get_bucket_cors(call: &Call<'_>) -> Result<Outcome> {
    call.send(call.bucket()?.get_bucket_cors(), |cors, _| {
        let rule = |rule: &CorsRule| {
            json!({
                "id": rule.id,
                "allowedMethod": rule.allowed_methods,
                "allowedOrigin": rule.allowed_origins,
                "allowedHeader": rule.allowed_headers,
                "maxAgeSecond": rule.max_age_seconds,
                "exposeHeader": rule.expose_headers,
            })
        };
        Ok(cors.rules.iter().map(rule).collect())
    })
}

pub fn delete_bucket_cors(call: &Call<'_>) -> Result<Outcome> {
    call.send_for_nothing(call.bucket()?.delete_bucket_cors())
}

// Logging

pub fn set_bucket_logging(call: &Call<'_>) -> Result<Outcome> {
    let given = call.args.object_or_empty("logstatus")?;
    let mut logging = Logging::off();
    logging.agency = given.text("agency")?;
    logging.target_bucket = given.text("targetBucket")?;
    logging.target_prefix = given.text("targetPrefix")?;
    logging.target_grants = acl::grants(&given, "targetGrants")?;
    call.send_for_nothing(call.bucket()?.set_bucket_logging(logging))
}

pub fn get_bucket_logging(call: &Call<'_>) -> Result<Outcome> {
    call.send(call.bucket()?.get_bucket_logging(), |logging, shape| {
        Ok(json!({
            "targetBucket": logging.target_bucket,
            "targetPrefix": logging.target_prefix,
            "targetGrants": shape.grants(&logging.target_grants),
            "agency": logging.agency,
        }))
    })
}

// Websites

fn website(given: &Members<'_>) -> Result<Website> {
    let mut pages = Pages::new();
    pages.index_document = given.object_or_empty("indexDocument")?.text("suffix")?;
    pages.error_document = given.object_or_empty("errorDocument")?.text("key")?;
    for rule in given.objects("routingRules")? {
        let condition = rule.object("condition")?.map(|c| condition(&c)).transpose()?;
        let redirect = rule.object("redirect")?.map(|r| redirect(&r)).transpose()?;
        pages.routing_rules.push(RoutingRule::new(condition, redirect));
    }
    let Some(all) = given.object("redirectAllRequestTo")? else { return Ok(pages.into()) };
    let mut redirect = RedirectAll::to("");
    redirect.host_name = all.text("hostName")?;
    redirect.protocol = all.text("protocol")?.map(Into::into);
    Ok(redirect.into())
}

fn condition(given: &Members<'_>) -> Result<Condition> {
    let mut condition = Condition::key_prefix("");
    condition.key_prefix_equals = given.text("keyPrefixEquals")?;
    condition.http_error_code_returned_equals = given.number("httpErrorCodeReturnedEquals")?;
    Ok(condition)
}

fn redirect(given: &Members<'_>) -> Result<Redirect> {
    let mut redirect = Redirect::new();
    redirect.protocol = given.text("protocol")?.map(Into::into);
    redirect.host_name = given.text("hostName")?;
    redirect.replace_key_prefix_with = given.text("replaceKeyPrefixWith")?;
    redirect.replace_key_with = given.text("replaceKeyWith")?;
    redirect.http_redirect_code = given.number("httpRedirectCode")?;
    Ok(redirect)
}

pub fn set_bucket_website(call: &Call<'_>) -> Result<Outcome> {
    let website = website(&call.args.required_object("website")?)?;
    call.send_for_nothing(call.bucket()?.set_bucket_website(website))
}

pub fn get_bucket_website(call: &Call<'_>) -> Result<Outcome> {
    call.send(call.bucket()?.get_bucket_website(), |website, _| Ok(website_result(website)))
}

fn website_result(website: &Website) -> Value {
    let protocol = |protocol: &Option<obs_core::settings::website::Protocol>| {
        json!(protocol.as_ref().map(|p| p.as_str()))
    };
    let pages = match website {
        Website::RedirectAll(all) => {
            let all = json!({"hostName": all.host_name, "protocol": protocol(&all.protocol)});
            return json!({"redirectAllRequestTo": all});
        }
        Website::Pages(pages) => pages,
        _ => return Value::Null,
    };
    let condition = |c: &Condition| {
        json!({
            "keyPrefixEquals": c.key_prefix_equals,
            "httpErrorCodeReturnedEquals": c.http_error_code_returned_equals,
        })
    };
    let redirect = |r: &Redirect| {
        json!({
            "protocol": protocol(&r.protocol),
            "hostName": r.host_name,
            "replaceKeyPrefixWith": r.replace_key_prefix_with,
            "replaceKeyWith": r.replace_key_with,
            "httpRedirectCode": r.http_redirect_code,
        })
    };
    let rules: Vec<_> = pages
        .routing_rules
        .iter()
        .map(|rule| {
            json!({
                "condition": rule.condition.as_ref().map(condition),
                "redirect": rule.redirect.as_ref().map(redirect),
            })
        })
        .collect();
    json!({
        "indexDocument": pages.index_document.as_ref().map(|suffix| json!({"suffix": suffix})),
        "errorDocument": pages.error_document.as_ref().map(|key| json!({"key": key})),
        "routingRules": rules,
    })
}

pub fn delete_bucket_website(call: &Call<'_>) -> Result<Outcome> {
    call.send_for_nothing(call.bucket()?.delete_bucket_website())
}

// Tags

/// Tags of a list; a value that is not given is empty.
pub fn tags(list: &[Members<'_>]) -> Result<Tagging> {
    let tag = |tag: &Members<'_>| Ok(Tag::new(tag.required("key")?, tag.text("value")?.unwrap_or_default()));
    Ok(Tagging::new(list.iter().map(tag).collect::<Result<Vec<Tag>>>()?))
}

pub fn tags_result(tagging: &Tagging) -> Value {
    tagging.tags.iter().map(|tag| json!({"key": tag.key, "value": tag.value})).collect()
}

pub fn set_bucket_tagging(call: &Call<'_>) -> Result<Outcome> {
    let tags = tags(&call.args.required_object("tagInfo")?.objects("tagSet")?)?;
    call.send_for_nothing(call.bucket()?.set_bucket_tagging(tags))
}

pub fn get_bucket_tagging(call: &Call<'_>) -> Result<Outcome> {
    call.send(call.bucket()?.get_bucket_tagging(), |tags, _| Ok(json!({"tagSet": tags_result(tags)})))
}

pub fn delete_bucket_tagging(call: &Call<'_>) -> Result<Outcome> {
    call.send_for_nothing(call.bucket()?.delete_bucket_tagging())
}

// Notifications

fn event_rule(given: &Members<'_>, target: &str) -> Result<EventRule> {
    let urn = given.text(target)?.ok_or_else(|| Unusable(format!("{target} is missing")))?;
    let mut rule = EventRule::new(urn, given.texts("events")?);
    rule.id = given.text("id")?;
    for filter in given.objects("filterRules")? {
        let (name, value) = (filter.text("name")?, filter.text("value")?);
        let mut own = FilterRule::new("", "");
        (own.name, own.value) = (name.map(Into::into), value);
        rule = rule.filter(own);
    }
    Ok(rule)
}

pub fn set_bucket_notification(call: &Call<'_>) -> Result<Outcome> {
    let given = call.args.object_or_empty("notification")?;
    let mut notification = Notification::off();
    for topic in given.objects("topicConfigurations")? {
        notification = notification.topic(event_rule(&topic, "topic")?);
    }
    for function in given.objects("functionGraphConfigurations")? {
        notification = notification.function_graph(event_rule(&function, "functionGraph")?);
    }
    call.send_for_nothing(call.bucket()?.set_bucket_notification(notification))
}

pub fn get_bucket_notification(call: &Call<'_>) -> Result<Outcome> {
    call.send(call.bucket()?.get_bucket_notification(), |notification, shape| {
        let rules = |rules: &[EventRule], target: &str| -> Value {
            let rule = |rule: &EventRule| {
                let filter =
                    |f: &FilterRule| json!({"name": f.name.as_ref().map(|n| n.as_str()), "value": f.value});
                let events: Vec<_> = rule.events.iter().map(|e| e.wire(shape.dialect)).collect();
                json!({
                    "id": rule.id,
                    target: rule.target,
                    "events": events,
                    "filterRules": rule.filter_rules.iter().map(filter).collect::<Vec<_>>(),
                })
            };
            rules.iter().map(rule).collect()
        };
        Ok(json!({
            "topicConfigurations": rules(&notification.topics, "topic"),
            "functionGraphConfigurations": rules(&notification.function_graphs, "functionGraph"),
        }))
    })
}
