//! Lifecycle rules.

use obs_core::settings::Lifecycle;
use obs_core::settings::lifecycle::{Expiration, NoncurrentVersionTransition, Rule, Transition, When};
use serde_json::{Value, json};

use super::{Call, Outcome, Shape};
use crate::args::{self, Members, Result, Unusable};

/// Days or, if there are none, a date.
fn when(members: &Members<'_>) -> Result<Option<When>> {
    let date = args::lifecycle_date(members, "date")?;
    Ok(members.number("days")?.map(When::Days).or(date))
}

fn lifecycle_rule(given: &Members<'_>) -> Result<Rule> {
    let mut rule = Rule::new("");
    rule.id = given.text("id")?;
    rule.prefix = given.text("prefix")?;
    rule.status = given.required("status")?.into();
    for transition in given.objects("transition")? {
        let when = when(&transition)?.ok_or_else(|| Unusable::new("a transition without days and date"))?;
        rule = rule.transition(Transition::new(when, transition.required("storageClass")?));
    }
    if let Some(expiration) = given.object("expiration")? {
        let marker = expiration.bool("expiredObjectDeleteMarker")?;
        rule.expiration = match when(&expiration)? {
            Some(when) => Some(Expiration::When(when)),
            None => marker.map(Expiration::ExpiredObjectDeleteMarker),
        };
    }
    for transition in given.objects("noncurrentVersionTransition")? {
        let days = transition.required_number("noncurrentDays")?;
        rule = rule.noncurrent_version_transition(days, transition.required("storageClass")?);
    }
    let days = |name: &str, days: &str| given.object_or_empty(name)?.number::<u32>(days);
    rule.noncurrent_version_expiration_days = days("noncurrentVersionExpiration", "noncurrentDays")?;
    rule.abort_incomplete_multipart_upload_days =
        days("abortIncompleteMultipartUpload", "daysAfterInitiation")?;
    Ok(rule)
}

pub fn set_bucket_lifecycle(call: &Call<'_>) -> Result<Outcome> {
    let given = call.args.required_object("lifecycle")?.objects("rule")?;
    let rules: Vec<Rule> = given.iter().map(lifecycle_rule).collect::<Result<_>>()?;
    call.send_for_nothing(call.bucket()?.set_bucket_lifecycle(Lifecycle::new(rules)))
}

pub fn get_bucket_lifecycle(call: &Call<'_>) -> Result<Outcome> {
    call.send(call.bucket()?.get_bucket_lifecycle(), |lifecycle, shape| {
        let rules: Vec<_> = lifecycle.rules.iter().map(|rule| lifecycle_result(rule, shape)).collect();
        Ok(json!({"lifecycleConfig": {"rule": rules}}))
    })
}

fn lifecycle_result(rule: &Rule, shape: Shape) -> Value {
    let point = |when: &When| match when {
        When::Days(days) => json!({"days": days}),
        When::Date(date) => match humantime::parse_rfc3339(date) {
            Ok(time) => json!({"date": super::result::time(Some(time))}),
            Err(_) => json!({"date": date}),
        },
    };
    let expiration = rule.expiration.as_ref().map(|expiration| match expiration {
        Expiration::When(when) => point(when),
        Expiration::ExpiredObjectDeleteMarker(marker) => json!({"expiredObjectDeleteMarker": marker}),
    });
    let transition = |t: &Transition| {
        super::result::merge(point(&t.when), json!({"storageClass": shape.class(Some(&t.storage_class))}))
    };
    let noncurrent = |t: &NoncurrentVersionTransition| json!({"noncurrentDays": t.noncurrent_days, "storageClass": shape.class(Some(&t.storage_class))});
    json!({
        "id": rule.id,
        "prefix": rule.prefix,
        "status": rule.status.as_str(),
        "expiration": expiration,
        "transition": rule.transitions.iter().map(transition).collect::<Vec<_>>(),
        "noncurrentVersionTransition":
            rule.noncurrent_version_transitions.iter().map(noncurrent).collect::<Vec<_>>(),
        "noncurrentVersionExpiration":
            rule.noncurrent_version_expiration_days.map(|days| json!({"noncurrentDays": days})),
        "abortIncompleteMultipartUpload":
            rule.abort_incomplete_multipart_upload_days.map(|days| json!({"daysAfterInitiation": days})),
    })
}

pub fn delete_bucket_lifecycle(call: &Call<'_>) -> Result<Outcome> {
    call.send_for_nothing(call.bucket()?.delete_bucket_lifecycle())
}
