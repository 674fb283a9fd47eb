//! Form upload: `POST` of `multipart/form-data`, with the signature over a policy among the fields.

use crate::auth::multipart::{self, FormError, Parts};
use crate::auth::v4::{self, Credential};
use crate::auth::{Rules, account, hmac, mismatch, policy};
use crate::errors::ObsError;
use crate::exchange::{Caller, Dialect, Payload};
use crate::http::spool::Spooler;
use crate::positioned::Section;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{CONTROLS, utf8_percent_encode};

/// A form upload as an upload request.
#[derive(Debug)]
pub(crate) struct Upload {
    pub(crate) caller: Caller,
    pub(crate) dialect: Dialect,
    pub(crate) key: String,
    /// The fields, names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Payload,
}

/// Fields that say who signed, not how to store.
const SIGNING: [&str; 12] = [
    "policy",
    "signature",
    "accesskeyid",
    "awsaccesskeyid",
    "x-amz-signature",
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-obs-security-token",
    "x-amz-security-token",
    "key",
    "bucket",
];

/// Checks a form and turns it into an upload.
pub(crate) fn open(
    body: Payload,
    content_type: &str,
    bucket: &str,
    rules: &Rules<'_>,
    spooler: &Spooler,
) -> Result<Upload, ObsError> {
    let boundary =
        multipart::boundary(content_type).ok_or_else(|| malformed("the Content-Type names no boundary"))?;
    let mut parts = multipart::parse(&body, &boundary).map_err(refuse)?;
    // Some browsers send the whole path of the file
    let file_name = parts.file_name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
    for (name, value) in &mut parts.fields {
        name.make_ascii_lowercase();
        if name == "key" {
            *value = value.replace("${filename}", &file_name);
        }
    }
    let (caller, dialect) = signer(&parts, bucket, rules)?;
    let key = field(&parts, "key").filter(|key| !key.is_empty()).ok_or_else(|| {
        ObsError::new(400, "InvalidArgument", "Bucket POST must contain a field named 'key'.")
            .detail("ArgumentName", "key")
    })?;
    let key = key.to_owned();
    let mut headers: Vec<(String, String)> = parts
        .fields
        .iter()
        .filter(|(name, _)| !SIGNING.contains(&name.as_str()))
        .map(|(name, value)| match name.as_str() {
            "acl" => (format!("{}acl", dialect.prefix()), value.clone()),
            // A form is UTF-8, a header is not: clients of PUT encode the same way
            _ => (name.clone(), utf8_percent_encode(value, CONTROLS).to_string()),
        })
        .collect();
    if let (Some(kind), false) = (&parts.file_type, headers.iter().any(|(name, _)| name == "content-type")) {
        headers.push(("content-type".to_owned(), kind.clone()));
    }
    let body = spooler.copy(Section::new(&body, parts.file.clone())).map_err(|error| {
        ObsError::new(500, "InternalError", format!("the file of the form could not be kept: {error}"))
    })?;
    Ok(Upload { caller, dialect, key, headers, body })
}

fn field<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    parts.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
}

fn signer(parts: &Parts, bucket: &str, rules: &Rules<'_>) -> Result<(Caller, Dialect), ObsError> {
    let amz = parts.fields.iter().any(|(name, _)| name.starts_with("x-amz-") || name == "awsaccesskeyid");
    let dialect = if amz { Dialect::Amz } else { Dialect::Obs };
    if !rules.verify {
        return Ok((Caller::Account(rules.default_account.to_owned()), dialect));
    }
    let Some(policy) = field(parts, "policy") else { return Ok((Caller::Anonymous, dialect)) };
    let token = field(parts, "x-obs-security-token").or_else(|| field(parts, "x-amz-security-token"));

    let account = if field(parts, "x-amz-algorithm").is_some() {
        let need = |name: &str| {
            field(parts, name)
                .ok_or_else(|| malformed(&format!("a form signed with V4 needs the field {name}")))
        };
        if need("x-amz-algorithm")? != v4::ALGORITHM {
            return Err(malformed("x-amz-algorithm must be AWS4-HMAC-SHA256"));
        }
        let credential = Credential::parse(need("x-amz-credential")?)
            .ok_or_else(|| malformed("x-amz-credential must be key/YYYYMMDD/region/s3/aws4_request"))?;
        let signature = need("x-amz-signature")?;
        let account = account(rules, credential.access_key, token)?;
        let expected = hmac::v4_signature(
            &account.secret,
            credential.day,
            credential.region,
            credential.service,
            policy.as_bytes(),
        );
        if expected != signature {
            return Err(mismatch(credential.access_key, signature, policy.as_bytes()));
        }
        account
    } else {
        let access_key = field(parts, "accesskeyid").or_else(|| field(parts, "awsaccesskeyid"));
        let (Some(access_key), Some(signature)) = (access_key, field(parts, "signature")) else {
            return Err(malformed("a form with a policy needs the fields AccessKeyId and signature"));
        };
        let account = account(rules, access_key, token)?;
        if hmac::sha1_base64(&account.secret, policy.as_bytes()) != signature {
            return Err(mismatch(access_key, signature, policy.as_bytes()));
        }
        account
    };
    let document = STANDARD
        .decode(policy)
        .map_err(|_| ObsError::new(400, "InvalidPolicyDocument", "Invalid Policy: it is not base64."))?;
    let form = policy::Form { fields: &parts.fields, bucket, file_length: parts.file.end - parts.file.start };
    policy::check(&document, &form, rules.now)?;
    Ok((Caller::Account(account.id), dialect))
}

fn malformed(message: &str) -> ObsError {
    ObsError::new(
        400,
        "MalformedPOSTRequest",
        format!("The body of your POST request is not well-formed multipart/form-data: {message}"),
    )
}

fn refuse(error: FormError) -> ObsError {
    match error {
        FormError::Malformed(message) => malformed(message),
        FormError::FieldsTooLarge => ObsError::new(
            400,
            "MaxPostPreDataLengthExceededError",
            "Your POST request fields preceding the upload file were too large.",
        ),
        FormError::NoFile => ObsError::new(
            400,
            "IncorrectNumberOfFilesInPostRequest",
            "POST requires exactly one file upload per request.",
        ),
        FormError::Io(error) => ObsError::new(500, "InternalError", format!("reading the form: {error}")),
    }
}
