//! What to do about an error: by its code, as the table of `docs/src/troubleshooting.md` has it; by its kind, where no code is.

use std::sync::atomic::{AtomicBool, Ordering};

use obs_core::{Error, ErrorKind, code};

use crate::output::printable;

/// By code. `{bucket}` and `{key}` are those of the call.
const BY_CODE: &[(&str, &str)] = &[
    (code::PERMANENT_REDIRECT, ELSEWHERE),
    (code::WEBSITE_REDIRECT, "ask the website by the bucket's own name"),
    (code::TEMPORARY_REDIRECT, ELSEWHERE),
    (code::BAD_DIGEST, "the bytes were damaged on the way: give the same command again"),
    (code::BAD_DOMAIN_NAME, "give a valid domain name"),
    (code::BAD_REQUEST, "the message says which parameter is wrong"),
    (code::CUSTOM_DOMAIN_AREADY_EXIST, "nothing is to be done: it is set"),
    (code::CUSTOM_DOMAIN_NOT_EXIST, "nothing is to be done: it is gone"),
    (code::ENTITY_TOO_LARGE, "a single call takes 5 GiB: give --part-size, or split it"),
    (code::ENTITY_TOO_SMALL, "parts but the last need 100 KiB: give a larger --part-size"),
    (code::ILLEGAL_LOCATION_CONSTRAINT_EXCEPTION, LOCATION),
    (code::INCOMPLETE_BODY, "the body broke off: give the same command again"),
    (code::INCORRECT_NUMBER_OF_FILES_IN_POST_REQUEST, "a form holds exactly one file"),
    (code::INVALID_ARGUMENT, "the message says which argument is wrong"),
    (code::INVALID_BUCKET, NO_BUCKET),
    (code::INVALID_BUCKET_NAME, "a bucket's name has 3 to 63 lower-case letters, digits, hyphens and dots"),
    (
        code::INVALID_ENCRYPTION_ALGORITHM_ERROR,
        "the object is encrypted with a key of somebody's own: give the file with it, --sse-c-key-file (within the service, for the source: --source-sse-c-key-file)",
    ),
    (code::INVALID_LOCATION_CONSTRAINT, LOCATION),
    (code::INVALID_PART, "a part was never uploaded or has another ETag: give the same command again"),
    (code::INVALID_PART_ORDER, "parts go in ascending order"),
    (code::INVALID_POLICY_DOCUMENT, "the form does not meet its policy: sign another with `obs post-form`"),
    (code::INVALID_REDIRECT_LOCATION, "give a valid address to redirect to"),
    (code::INVALID_REQUEST, "the message says why"),
    (
        code::INVALID_REQUEST_BODY,
        "the document is missing or not understood: compare it with the one that `get` prints",
    ),
    (code::INVALID_TARGET_BUCKET_FOR_LOGGING, "let the log delivery write to the bucket for the logs"),
    (code::KEY_TOO_LONG_ERROR, "take a shorter key: 1024 bytes at most"),
    (code::KMS_DISABLED, "enable the KMS key, or take another with --sse-kms=KEY_ID"),
    (code::KMS_NOT_FOUND, "there is no such KMS key in this region: take another with --sse-kms=KEY_ID"),
    (code::MALFORMED_ACL_ERROR, "check the ACL: `obs bucket acl get obs://{bucket}` prints the one there is"),
    (code::MALFORMED_ERROR, DOCUMENT),
    (code::MALFORMED_LOGGING_STATUS, DOCUMENT),
    (code::MALFORMED_POLICY, "the message says where the policy is wrong"),
    (code::MALFORMED_QUOTA_ERROR, DOCUMENT),
    (code::MALFORMED_XML, DOCUMENT),
    (code::MAX_MESSAGE_LENGTH_EXCEEDED, "this call takes no body"),
    (code::METADATA_TOO_LARGE, "at most 8 KiB of metadata: give less with --meta"),
    (code::MISSING_REGION, "name the region: --region"),
    (code::MISSING_REQUEST_BODY_ERROR, "give the document, as a file or on standard input"),
    (code::MISSING_REQUIRED_HEADER, "the message says which header"),
    (code::MISSING_SECURITY_HEADER, "the message says which header"),
    (code::TOO_MANY_BUCKETS, "the account may have no more buckets: delete one with `obs rb`"),
    (
        code::TOO_MANY_CUSTOM_DOMAINS,
        "the bucket may have no more: `obs bucket custom-domain delete obs://{bucket} --id DOMAIN`",
    ),
    (
        code::TOO_MANY_WRONG_SIGNATURE,
        "correct the secret access key (OBS_SECRET_ACCESS_KEY or the profile), and wait",
    ),
    (code::UNEXPECTED_CONTENT, "a document is missing, or there is one too many"),
    (code::USER_KEY_MUST_BE_SPECIFIED, "ask support: only special users may do this"),
    (
        code::ACCESS_DENIED,
        "check whether this access key may do this: its permissions, the policy and the ACL of the bucket",
    ),
    (code::ACCESS_FORBIDDEN, "no CORS rule fits: `obs bucket cors get obs://{bucket}` prints them"),
    (code::ALL_ACCESS_DISABLED, "take another name for the bucket"),
    (code::DEREGISTER_USER_ID, "the account was closed: use the keys of another"),
    (code::IN_ARREAR_OR_INSUFFICIENT_BALANCE, "top up the account"),
    (
        code::INSUFFICIENT_STORAGE_SPACE,
        "the quota is used up: raise it with `obs bucket quota set obs://{bucket}`, or delete objects",
    ),
    (
        code::INVALID_ACCESS_KEY_ID,
        "check the access key ID (OBS_ACCESS_KEY_ID or the profile), and whether it belongs to this service; temporary keys also need OBS_SECURITY_TOKEN",
    ),
    (
        code::INVALID_OBJECT_STATE,
        "the object is archived: restore it first, `obs restore obs://{bucket}/{key}`",
    ),
    (code::NOT_SIGNED_UP, "subscribe to OBS with this account first, in the console"),
    (code::REQUEST_TIME_TOO_SKEWED, "set the clock of this machine"),
    (code::SIGNATURE_DOES_NOT_MATCH, "check the secret access key (OBS_SECRET_ACCESS_KEY or the profile)"),
    (code::UNAUTHORIZED, "have the account authenticated in real name"),
    (code::NO_SUCH_BUCKET, NO_BUCKET),
    (code::NO_SUCH_BUCKET_POLICY, "the bucket has none: `obs bucket policy set` makes one"),
    (code::NO_SUCH_CORS_CONFIGURATION, "the bucket has none: `obs bucket cors set` makes one"),
    (code::NO_SUCH_CUSTOM_DOMAIN, "the bucket has none: `obs bucket custom-domain set` binds one"),
    (code::NO_SUCH_KEY, "check the key: `obs ls -r obs://{bucket}` lists those there are"),
    (code::NO_SUCH_LIFECYCLE_CONFIGURATION, "the bucket has none: `obs bucket lifecycle set` makes one"),
    (code::NO_SUCH_TAG_SET, "there are none: `obs bucket tagging set` makes some"),
    (code::NO_SUCH_UPLOAD, "it was completed or aborted: give the same command again"),
    (
        code::NO_SUCH_VERSION,
        "check the version: `obs ls --versions obs://{bucket}/{key}` lists those there are",
    ),
    (code::NO_SUCH_WEBSITE_CONFIGURATION, "the bucket has none: `obs bucket website set` makes one"),
    (
        code::METHOD_NOT_ALLOWED,
        "the region or the bucket does not offer it; of an object: the mark of a deletion cannot be read, and `obs ls --versions obs://{bucket}` shows what is behind it",
    ),
    (code::REQUEST_TIMEOUT, "it was tried again already: check the network"),
    (code::BUCKET_ALREADY_EXISTS, "somebody else has a bucket of this name: take another name"),
    (code::BUCKET_ALREADY_OWNED_BY_YOU, "nothing is to be done: it is yours"),
    (code::BUCKET_NOT_EMPTY, "empty it first, or delete all that is in it: obs rb --force obs://{bucket}"),
    (
        code::INVALID_BUCKET_STATE,
        "the state of the bucket is against it, such as replication without versioning",
    ),
    (code::OBJECT_NOT_APPENDABLE, "delete the object, or append to another key"),
    (code::OPERATION_ABORTED, "another operation is under way: try again later"),
    (code::POSITION_NOT_EQUAL_TO_LENGTH, "`obs stat obs://{bucket}/{key}` shows how long the object is"),
    (
        code::RESTORE_ALREADY_IN_PROGRESS,
        "wait: it is being restored, and `obs stat obs://{bucket}/{key}` shows when it can be read",
    ),
    (code::SERVICE_NOT_SUPPORTED, "the bucket does not offer it"),
    (code::MISSING_CONTENT_LENGTH, "the server wants to know the length ahead: copy a file, not a stream"),
    (code::PRECONDITION_FAILED, "it was changed meanwhile: give the same command again"),
    (code::INVALID_RANGE, "the object has no such bytes"),
    (code::INTERNAL_ERROR, "it was tried again already: try later, then ask support with this line"),
    (code::SERVICE_NOT_IMPLEMENTED, "the server does not offer it"),
    (code::SERVICE_UNAVAILABLE, "it was tried again already: try later"),
    (code::SLOW_DOWN, "it was tried again already: send fewer requests at once, with --tasks"),
    ("ExpiredToken", TEMPORARY),
    ("InvalidToken", TEMPORARY),
];

const ELSEWHERE: &str =
    "the bucket is elsewhere: give the endpoint of its region, with --endpoint or OBS_ENDPOINT";
const LOCATION: &str =
    "give the region of the endpoint with --location REGION, or the endpoint of that region with --endpoint";
const NO_BUCKET: &str = "check the name (`obs ls` lists your buckets) and the region in the endpoint, or create it: obs mb obs://{bucket}";
const DOCUMENT: &str =
    "check the document: something is missing or not allowed; the one that `get` prints shows the form";
const TEMPORARY: &str = "get new temporary credentials, and set all three: OBS_ACCESS_KEY_ID, OBS_SECRET_ACCESS_KEY, OBS_SECURITY_TOKEN";

/// What the errors of a call do not tell, and what they mean depends on: facts of this run.
static WITHOUT_KEYS: AtomicBool = AtomicBool::new(false);
static WITH_CUSTOMER_KEY: AtomicBool = AtomicBool::new(false);

/// No access key is sent.
pub(crate) fn without_keys() {
    WITHOUT_KEYS.store(true, Ordering::Relaxed);
}

/// A key to decrypt with is sent.
pub(crate) fn with_customer_key() {
    WITH_CUSTOMER_KEY.store(true, Ordering::Relaxed);
}

/// What to do about the error of a call.
pub(crate) fn of(error: &Error) -> Option<String> {
    let text = match error.kind() {
        ErrorKind::Connect | ErrorKind::Timeout => {
            "check the endpoint (--endpoint or OBS_ENDPOINT), the network and the proxy"
        }
        ErrorKind::Decode => {
            "check the endpoint (--endpoint or OBS_ENDPOINT) and the proxy: what answers there does not speak as OBS does"
        }
        ErrorKind::Tls => "check the endpoint; for a company's own CA give --ca-file",
        _ => return of_answer(error),
    };
    Some(text.to_owned())
}

fn of_answer(error: &Error) -> Option<String> {
    let text = match (error.status()?, error.code()) {
        // What the answer names helps more than what every such answer means
        (300..=399, _) if error.headers().is_some_and(|headers| headers.get("location").is_some()) => {
            return Some(elsewhere(error));
        }
        (_, Some(code::INVALID_OBJECT_STATE)) if error.operation() == Some("RestoreObject") => {
            "the object is not archived: it can be read as it is"
        }
        (401 | 403, Some(code::ACCESS_DENIED) | None) => denied(error),
        (404, _) if error.sent_code().is_none() => match error.key() {
            Some(_) => "check bucket and key: `obs ls obs://{bucket}` lists what there is",
            None => "check the name (`obs ls` lists your buckets), or create it: obs mb obs://{bucket}",
        },
        (status, code) => code.and_then(by_code).or_else(|| by_status(status))?,
    };
    let bucket = error.bucket().unwrap_or("my-bucket");
    let key = printable(error.key().unwrap_or_default());
    Some(text.replace("{bucket}", bucket).replace("{key}", &key))
}

fn by_code(code: &str) -> Option<&'static str> {
    BY_CODE.iter().find(|(known, _)| *known == code).map(|(_, advice)| *advice)
}

/// Where the code says nothing: one that nobody knows, or none.
fn by_status(status: u16) -> Option<&'static str> {
    match status {
        300..=399 => Some(ELSEWHERE),
        401 | 403 => by_code(code::ACCESS_DENIED),
        405 => by_code(code::METHOD_NOT_ALLOWED),
        408 => by_code(code::REQUEST_TIMEOUT),
        429 => by_code(code::SLOW_DOWN),
        501 => by_code(code::SERVICE_NOT_IMPLEMENTED),
        500..=599 => by_code(code::INTERNAL_ERROR),
        _ => None,
    }
}

/// Why somebody may not do something: what most often is the reason comes first.
fn denied(error: &Error) -> &'static str {
    if WITHOUT_KEYS.load(Ordering::Relaxed) {
        "no access key was sent, and not everybody may do this: give keys (OBS_ACCESS_KEY_ID and OBS_SECRET_ACCESS_KEY, or a profile without credentials = \"anonymous\")"
    } else if WITH_CUSTOMER_KEY.load(Ordering::Relaxed) && error.key().is_some() {
        "check whether the file of --sse-c-key-file holds the key that the object was encrypted with, and whether this access key may do this"
    } else if error.sent_code().is_none() {
        // HEAD has no body that could tell a wrong secret from a missing right
        "check the access key, its secret, and whether it may do this"
    } else {
        by_code(code::ACCESS_DENIED).unwrap_or_default()
    }
}

/// The endpoint that a redirect names, which was not followed.
fn elsewhere(error: &Error) -> String {
    let location = error.headers().and_then(|headers| headers.get("location")).unwrap_or_default();
    let host =
        location.split_once("://").map(|(scheme, rest)| (scheme, rest.split('/').next().unwrap_or_default()));
    match host {
        Some((scheme, host)) if !host.is_empty() => {
            let bucket = error.bucket().map(|bucket| format!("{bucket}.")).unwrap_or_default();
            let host = printable(host.strip_prefix(bucket.as_str()).unwrap_or(host));
            format!(
                "{ELSEWHERE} -- the answer names {scheme}://{host}: use it only if you trust it with your keys"
            )
        }
        _ => ELSEWHERE.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use super::*;

    #[test]
    fn the_codes_are_those_of_the_guide() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/src/troubleshooting.md");
        let page = fs::read_to_string(page).unwrap();
        let rows = page.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | `"));
        let told: BTreeSet<_> = rows
            .filter(|(status, _)| status.len() == 3 && status.parse::<u16>().is_ok())
            .map(|(_, rest)| rest.split('`').next().unwrap())
            .collect();
        // Of the token service: OBS itself has no such codes
        let foreign = BTreeSet::from(["ExpiredToken", "InvalidToken"]);
        let known: BTreeSet<_> = BY_CODE.iter().map(|(code, _)| *code).collect();
        assert!(told.len() > 70, "{}", told.len());
        assert_eq!(known.difference(&foreign).copied().collect::<BTreeSet<_>>(), told);
        assert_eq!(known.len(), BY_CODE.len(), "one advice a code");
    }

    #[test]
    fn advice_is_one_short_line() {
        for (code, advice) in BY_CODE {
            assert!(!advice.is_empty() && advice.len() < 200 && !advice.contains('\n'), "{code}: {advice}");
            assert!(!advice.ends_with('.'), "{code}: {advice}");
        }
    }
}
