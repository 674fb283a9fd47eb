//! Scripts of faults as JSON, for tests that run the server as another process.
//!
//! ```json
//! {"clear": true, "throttle": 50, "clock_offset_ms": -10800000, "close_idle_after_ms": 100, "delay_ms": 1,
//!  "rules": [
//!   {"operation": "UploadPart", "times": 2, "error": {"status": 503, "code": "SlowDown"}, "headers": {"Retry-After": "1"}},
//!   {"method": "GET", "key": "a", "probability": 0.3, "seed": 7, "reset_response": 1000},
//!   {"query": {"partNumber": "3"}, "nth": 1, "stall_body": {"after": 10}}]}
//! ```

use crate::fault::{Action, Answer, Faults, Raw, Rule, Stall};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use std::time::Duration;

type Setting = Box<dyn FnOnce(&Faults)>;

/// Puts a script into force; gives the number of rules. Nothing happens if it is wrong somewhere.
pub(crate) fn apply(body: &[u8], faults: &Faults) -> Result<usize, String> {
    let script: Value = serde_json::from_slice(body).map_err(|error| format!("not JSON: {error}"))?;
    let script = match script {
        Value::Array(rules) => Map::from_iter([("rules".to_owned(), Value::Array(rules))]),
        Value::Object(script) => script,
        _ => return Err("a script is an object, or an array of rules".to_owned()),
    };
    let mut rules = Vec::new();
    let mut settings: Vec<Setting> = Vec::new();
    let mut clear = false;
    for (name, value) in &script {
        match name.as_str() {
            "clear" => clear = flag(name, value)?,
            "throttle" => {
                let rate = optional(value, |value| number(name, value))?;
                let rate = rate.map(u32::try_from).transpose().map_err(|_| format!("{name} is too large"))?;
                settings.push(Box::new(move |faults| faults.throttle(rate)));
            }
            "clock_offset_ms" => {
                let offset = value.as_i64().ok_or_else(|| format!("{name} must be an integer"))?;
                settings.push(Box::new(move |faults| faults.clock_offset_ms(offset)));
            }
            "close_idle_after_ms" => {
                let time = optional(value, |value| millis(name, value))?;
                settings.push(Box::new(move |faults| faults.close_idle_after(time)));
            }
            "delay_ms" => {
                let time = millis(name, value)?;
                settings.push(Box::new(move |faults| faults.delay(time)));
            }
            "rules" => {
                let list = value.as_array().ok_or("rules must be an array")?;
                rules = list.iter().map(rule).collect::<Result<_, _>>()?;
            }
            _ => return Err(format!("a script has no member {name:?}")),
        }
    }
    if clear {
        faults.clear();
    }
    settings.into_iter().for_each(|setting| setting(faults));
    let count = rules.len();
    for rule in rules {
        faults.add(rule);
    }
    Ok(count)
}

fn rule(value: &Value) -> Result<Rule, String> {
    let members = value.as_object().ok_or("a rule must be an object")?;
    let mut rule = Rule::empty();
    for (name, value) in members {
        match name.as_str() {
            "method" => rule = rule.method(text(name, value)?),
            "operation" => rule = rule.operation(text(name, value)?),
            "bucket" => rule = rule.bucket(text(name, value)?),
            "key" => rule = rule.key(text(name, value)?),
            "key_prefix" => rule = rule.key_prefix(text(name, value)?),
            "query" => rule.query = pairs(name, value)?,
            "with_headers" => rule.headers = pairs(name, value)?,
            "nth" => rule = rule.nth(number(name, value)?),
            "skip" => rule = rule.skip(number(name, value)?),
            "times" => rule = rule.times(number(name, value)?),
            "probability" => {
                rule.probability = value.as_f64().ok_or_else(|| format!("{name} must be a number"))?;
            }
            "seed" => rule.seed = number(name, value)?,
            "fall_through" => rule.fall_through = flag(name, value)?,
            _ => rule.actions.extend(actions(name, value)?),
        }
    }
    if rule.actions.is_empty() {
        return Err(
            "a rule does nothing: give it an action such as error, answer or reset_response".to_owned()
        );
    }
    Ok(rule)
}

fn actions(name: &str, value: &Value) -> Result<Vec<Action>, String> {
    let action = match name {
        "answer" => Action::Answer(answer(value)?),
        "error" => Action::Answer(error(value)?),
        "redirect" => {
            let status = value["status"].as_u64().unwrap_or(307) as u16;
            Action::Answer(Answer::redirect(status, text("redirect.location", &value["location"])?))
        }
        "raw" => Action::Raw(raw(value)?),
        "interim" => Action::Interim(text(name, value)?.into_bytes()),
        "delay_ms" => Action::Delay(millis(name, value)?),
        "stall_head" => Action::StallHead(stall(value)?),
        "stall_body" => {
            Action::StallBody { after: number("stall_body.after", &value["after"])?, time: stall(value)? }
        }
        "stall_request" => Action::StallRequest {
            after: number("stall_request.after", &value["after"])?,
            time: stall(value)?,
        },
        "reset_request" => Action::ResetRequest(number(name, value)?),
        "reset_response" => Action::ResetResponse(number(name, value)?),
        "close_response" => Action::CloseResponse(number(name, value)?),
        "content_length" => {
            Action::ContentLength(value.as_i64().ok_or_else(|| format!("{name} must be an integer"))?)
        }
        "cut_response" => Action::CutResponse(number(name, value)?),
        "flip_response" => Action::FlipResponse { offset: number(name, value)?, mask: 1 },
        "flip_request" => Action::FlipRequest { offset: number(name, value)?, mask: 1 },
        "slow_response" => Action::SlowResponse(number(name, value)?),
        "slow_request" => Action::SlowRequest(number(name, value)?),
        "drop_answer" if flag(name, value)? => Action::DropAnswer,
        "close_after" if flag(name, value)? => Action::CloseAfter,
        "headers" => {
            return Ok(headers(value)?
                .into_iter()
                .map(|(name, value)| Action::Header(name, value))
                .collect());
        }
        "without_header" => Action::WithoutHeader(text(name, value)?),
        "drop_answer" | "close_after" => return Ok(Vec::new()),
        _ => return Err(format!("a rule has no member {name:?}")),
    };
    Ok(vec![action])
}

fn answer(value: &Value) -> Result<Answer, String> {
    let mut answer = Answer::status(status(value)?).body(match &value["base64"] {
        Value::Null => value["body"].as_str().unwrap_or_default().as_bytes().to_vec(),
        encoded => bytes(encoded)?,
    });
    answer.headers = headers(&value["headers"])?;
    answer.early = value["early"].as_bool().unwrap_or(false);
    Ok(answer)
}

fn error(value: &Value) -> Result<Answer, String> {
    let code = text("error.code", &value["code"])?;
    let message = value["message"].as_str().map_or_else(|| format!("Injected {code}"), str::to_owned);
    let mut answer = Answer::error(status(value)?, code, message);
    answer.headers = headers(&value["headers"])?;
    answer.early = value["early"].as_bool().unwrap_or(false);
    Ok(answer)
}

fn raw(value: &Value) -> Result<Raw, String> {
    let part = |text: &Value, base64: &Value| match base64 {
        Value::Null => Ok(text.as_str().unwrap_or_default().as_bytes().to_vec()),
        encoded => bytes(encoded),
    };
    let mut raw = Raw::bytes(part(&value["text"], &value["base64"])?)
        .then_forever(part(&value["repeat"], &value["repeat_base64"])?);
    raw.keep_open = value["keep_open"].as_bool().unwrap_or(false);
    Ok(raw)
}

fn status(value: &Value) -> Result<u16, String> {
    let status = value["status"].as_u64().and_then(|status| u16::try_from(status).ok());
    status.filter(|status| (100..1000).contains(status)).ok_or_else(|| "an answer needs a status".to_owned())
}

/// `{"ms": 50}`; without `ms` it lasts until the client goes.
fn stall(value: &Value) -> Result<Stall, String> {
    match &value["ms"] {
        Value::Null => Ok(None),
        time => millis("ms", time).map(Some),
    }
}

fn headers(value: &Value) -> Result<Vec<(String, String)>, String> {
    let pairs = pairs("headers", value)?;
    Ok(pairs.into_iter().map(|(name, value)| (name, value.unwrap_or_default())).collect())
}

/// An object of texts; `null` where only the name counts.
fn pairs(name: &str, value: &Value) -> Result<Vec<(String, Option<String>)>, String> {
    let members = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Object(members) => members,
        _ => return Err(format!("{name} must be an object")),
    };
    members.iter().map(|(key, value)| Ok((key.clone(), optional(value, |value| text(key, value))?))).collect()
}

fn optional<T>(value: &Value, read: impl Fn(&Value) -> Result<T, String>) -> Result<Option<T>, String> {
    if value.is_null() { Ok(None) } else { read(value).map(Some) }
}

fn text(name: &str, value: &Value) -> Result<String, String> {
    value.as_str().map(str::to_owned).ok_or_else(|| format!("{name} must be a text"))
}

fn number(name: &str, value: &Value) -> Result<u64, String> {
    value.as_u64().ok_or_else(|| format!("{name} must be a whole number that is not negative"))
}

fn millis(name: &str, value: &Value) -> Result<Duration, String> {
    number(name, value).map(Duration::from_millis)
}

fn flag(name: &str, value: &Value) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| format!("{name} must be true or false"))
}

fn bytes(value: &Value) -> Result<Vec<u8>, String> {
    let text = text("base64", value)?;
    STANDARD.decode(text).map_err(|error| format!("base64: {error}"))
}

impl Faults {
    /// The rules in force and how often each has acted.
    pub(crate) fn to_json(&self) -> Value {
        let rules: Vec<Value> = self
            .rules()
            .iter()
            .map(|active| {
                let hits = active.hits.load(std::sync::atomic::Ordering::Relaxed);
                json!({"rule": format!("{:?}", active.rule), "hits": hits, "seen": active.seen})
            })
            .collect();
        json!({"rules": rules, "throttled": self.throttled()})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::SeenRequest;

    #[test]
    fn a_script_comes_into_force() {
        let faults = Faults::default();
        let script = r#"{"clock_offset_ms": -5, "close_idle_after_ms": 7, "delay_ms": 1, "rules": [
            {"method": "put", "query": {"partNumber": "3", "uploadId": null}, "times": 1,
             "error": {"status": 503, "code": "SlowDown"}, "headers": {"Retry-After": "1"}},
            {"stall_body": {"after": 9}, "reset_request": 4, "flip_response": 2, "content_length": -1}]}"#;
        assert_eq!(apply(script.as_bytes(), &faults), Ok(2));
        assert_eq!((faults.offset_ms(), faults.idle_limit()), (-5, Some(Duration::from_millis(7))));
        let request = SeenRequest {
            method: "PUT".into(),
            query: vec![("partNumber".into(), Some("3".into())), ("uploadId".into(), Some("u".into()))],
            ..SeenRequest::default()
        };
        let first = faults.plan(&request);
        assert_eq!(first.answer.map(|answer| answer.status), Some(503));
        assert_eq!(first.headers, [("Retry-After".to_owned(), "1".to_owned())]);
        let second = faults.plan(&request);
        assert_eq!(second.response.stall, Some((9, None)));
        assert_eq!((second.content_length, second.response.flips.len()), (-1, 1));
        assert!(second.request.cut.is_some());
    }

    #[test]
    fn a_wrong_script_names_what_is_wrong_and_changes_nothing() {
        let faults = Faults::default();
        for (script, named) in [
            ("{", "JSON"),
            ("7", "object"),
            (r#"{"throtle": 1}"#, "throtle"),
            (r#"{"delay_ms": 9, "rules": [{"method": "GET"}]}"#, "action"),
            (r#"[{"reset_request": -1}]"#, "reset_request"),
            (r#"[{"error": {"status": 503}}]"#, "error.code"),
            (r#"[{"answer": {"status": 7}}]"#, "status"),
        ] {
            let error = apply(script.as_bytes(), &faults).unwrap_err();
            assert!(error.contains(named), "{script}: {error}");
        }
        assert_eq!(faults.plan(&SeenRequest::default()), crate::fault::Plan::default());
    }
}
