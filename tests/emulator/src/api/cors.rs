//! Cross-origin rules: preflight requests, and the headers on other answers.

use crate::api::call::Call;
use crate::errors::{ObsError, Outcome};
use crate::exchange::Response;
use crate::store::State;
use crate::store::bucket::Bucket;
use crate::xml::Element;

/// `OPTIONS`: what a browser asks before it sends the real request.
pub(crate) fn preflight(call: &Call<'_>, state: &State) -> Outcome {
    let origin = call.header("origin").ok_or_else(|| {
        ObsError::new(400, "BadRequest", "Insufficient information. Origin request header needed.")
    })?;
    let methods = all(call, "access-control-request-method");
    if methods.is_empty() {
        return Err(ObsError::new(400, "BadRequest", "Invalid Access-Control-Request-Method: null"));
    }
    let headers = all(call, "access-control-request-headers");
    let bucket = state.bucket(call.bucket())?;
    let rule = find(bucket, origin, &methods, &headers).ok_or_else(|| {
        ObsError::new(
            403,
            "AccessForbidden",
            "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, \
             request method / Access-Control-Request-Method or Access-Control-Requet-Headers are not \
             whitelisted by the resource's CORS spec.",
        )
    })?;
    Ok(Response::empty(200).with_all(answer_headers(rule, origin, &headers)))
}

/// The headers that a rule adds to the answer of a request with an `Origin`.
pub(crate) fn headers(call: &Call<'_>, state: &State) -> Vec<(String, String)> {
    let (Some(origin), Ok(bucket)) = (call.header("origin"), state.bucket(call.bucket())) else {
        return Vec::new();
    };
    let asked = all(call, "access-control-request-headers");
    let method = [call.request.method.as_str()];
    find(bucket, origin, &method, &asked).map_or_else(Vec::new, |rule| answer_headers(rule, origin, &asked))
}

/// The items of all headers of a name.
fn all<'a>(call: &Call<'a>, name: &str) -> Vec<&'a str> {
    let lines = call.request.headers.iter().filter(|(known, _)| known == name);
    lines.flat_map(|(_, value)| value.split(',')).map(str::trim).filter(|item| !item.is_empty()).collect()
}

fn find<'a>(bucket: &'a Bucket, origin: &str, methods: &[&str], headers: &[&str]) -> Option<&'a Element> {
    let has = |rule: &Element, name: &str, fits: &dyn Fn(&str) -> bool| {
        rule.all(name).any(|item| fits(item.text.trim()))
    };
    bucket.xml("cors")?.children.iter().find(|rule| {
        has(rule, "AllowedOrigin", &|pattern| fits(pattern, origin))
            && methods.iter().all(|method| has(rule, "AllowedMethod", &|allowed| allowed == *method))
            && headers.iter().all(|header| {
                let header = header.to_ascii_lowercase();
                has(rule, "AllowedHeader", &|pattern| fits(&pattern.to_ascii_lowercase(), &header))
            })
    })
}

/// Whether a text fits a pattern with at most one `*`.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, end)) => {
            text.len() >= start.len() + end.len() && text.starts_with(start) && text.ends_with(end)
        }
    }
}

fn answer_headers(rule: &Element, origin: &str, requested: &[&str]) -> Vec<(String, String)> {
    let joined = |name: &str| {
        let items: Vec<&str> = rule.all(name).map(|item| item.text.trim()).collect();
        (!items.is_empty()).then(|| items.join(", "))
    };
    let any_origin = rule.all("AllowedOrigin").any(|allowed| allowed.text.trim() == "*");
    let allowed_headers = (!requested.is_empty()).then(|| requested.join(", "));
    Response::empty(200)
        .with("Access-Control-Allow-Origin", if any_origin { "*" } else { origin })
        .with_some("Access-Control-Allow-Methods", joined("AllowedMethod"))
        .with_some("Access-Control-Allow-Headers", allowed_headers)
        .with_some("Access-Control-Expose-Headers", joined("ExposeHeader"))
        .with_some("Access-Control-Max-Age", rule.get("MaxAgeSeconds"))
        .headers
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn origins() {
        for (pattern, origin, expected) in [
            ("*", "http://a.com", true),
            ("http://a.com", "http://a.com", true),
            ("http://a.com", "http://a.com.evil", false),
            ("http://*.a.com", "http://www.a.com", true),
            ("http://*.a.com", "http://a.com", false),
            ("ab*ba", "aba", false),
        ] {
            assert_eq!(fits(pattern, origin), expected, "{pattern} {origin}");
        }
    }
}
