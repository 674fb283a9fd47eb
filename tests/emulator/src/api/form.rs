//! Uploads of browsers: the fields of the form arrive as headers, the file as the body.

use crate::api::call::Call;
use crate::api::put;
use crate::errors::Outcome;
use crate::exchange::Response;
use crate::store::State;
use crate::xml::Writer;

pub(crate) fn upload(call: &Call<'_>, state: &mut State) -> Outcome {
    let written = put::put(call, state)?;
    let etag = written.headers.iter().find(|(name, _)| name == "ETag").map(|(_, etag)| etag.clone());
    let etag = etag.unwrap_or_default();
    let (bucket, key) = (call.bucket(), call.key());
    let redirect = call.header("success_action_redirect").or_else(|| call.header("redirect"));
    if let Some(target) = redirect.filter(|target| target.starts_with("http")) {
        let glue = if target.contains('?') { '&' } else { '?' };
        let escape = |text: &str| {
            percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
        };
        let query = format!("bucket={}&key={}&etag={}", escape(bucket), escape(key), escape(&etag));
        return Ok(Response { status: 303, ..written }.with("Location", format!("{target}{glue}{query}")));
    }
    let location = format!("{}/{bucket}/{key}", call.request.origin);
    match call.header("success_action_status") {
        Some("201") => {
            let mut document = Writer::document();
            document.open("PostResponse");
            document.text("Location", &location);
            document.text("Bucket", bucket);
            document.text("Key", key);
            document.text("ETag", &etag);
            document.close("PostResponse");
            let answer = Response::bytes(201, "application/xml", document.finish());
            Ok(answer.with_all(written.headers).with("Location", location))
        }
        Some("200") => Ok(written),
        _ => Ok(Response { status: 204, ..written }),
    }
}
