use std::fmt;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::redact::MASK;
use crate::signer::signature;
use crate::sub_resource::starts_with_ignore_case;
use crate::time::{self, DEFAULT_LIFETIME};
use crate::{Credentials, Error, Signer, check_key};

/// Form fields with these names get an exact condition, beside those that start with `x-obs-` or the dialect's prefix.
const CONDITIONAL: [&str; 32] = [
    "access-control-request-headers",
    "access-control-request-method",
    "acl",
    "bucket",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-length",
    "content-md5",
    "content-range",
    "content-type",
    "date",
    "etag",
    "expect",
    "expires",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-unmodified-since",
    "key",
    "last-modified",
    "location",
    "origin",
    "range",
    "redirect",
    "success-action-redirect",
    "success_action_redirect",
    "success_action_status",
    "x-auth-token",
    "x-default-storage-class",
];

/// Stands for the name of the uploaded file in a key.
const FILE_NAME: &str = "${filename}";

/// Fields that signing itself writes, or that the form's user chooses.
const RESERVED: [&str; 9] = [
    "accesskeyid",
    "awsaccesskeyid",
    "file",
    "policy",
    "signature",
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-signature",
];

/// What an HTML form may upload without any keys of its own: the guide's `createPostSignature`.
///
/// ```
/// use obs_sign::{Credentials, Dialect, Endpoint, PostPolicy, Signer};
/// use std::time::{Duration, UNIX_EPOCH};
///
/// let signer =
///     Signer::new(Endpoint::parse("https://obs.cn-north-4.example.com")?, Dialect::Obs);
/// let form = PostPolicy::new()
///     .bucket("examplebucket")
///     .starts_with("key", "uploads/")
///     .field("content-type", "image/png")
///     .content_length_range(1, 5 << 20)
///     .expires_in(Duration::from_secs(3600))
///     .sign(
///         &signer,
///         &Credentials::new("AK", "SK"),
///         UNIX_EPOCH + Duration::from_secs(1_767_323_045),
///     )?;
/// assert_eq!(form.url, "https://examplebucket.obs.cn-north-4.example.com/");
/// assert!(form.html().contains("<form action="));
/// # Ok::<(), obs_sign::Error>(())
/// ```
#[derive(Clone)]
#[must_use = "nothing is signed before `sign`"]
pub struct PostPolicy {
    bucket: Option<String>,
    key: Option<String>,
    expires: Duration,
    fields: Vec<(String, String)>,
    prefixes: Vec<(String, String)>,
    length_range: Option<(u64, u64)>,
}

impl Default for PostPolicy {
    fn default() -> Self {
        Self::new()
    }
}

impl PostPolicy {
    /// A policy that allows any bucket and key for 300 seconds.
    pub fn new() -> Self {
        Self {
            bucket: None,
            key: None,
            expires: DEFAULT_LIFETIME,
            fields: Vec::new(),
            prefixes: Vec::new(),
            length_range: None,
        }
    }

    /// The only bucket that may be uploaded to.
    pub fn bucket(mut self, bucket: impl Into<String>) -> Self {
        self.bucket = Some(bucket.into());
        self
    }

    /// The only key that may be written. In it `${filename}` stands for the name of the uploaded file; then every key is allowed that begins as
    /// this one does before the variable.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// How long the form may be used; 300 seconds by default.
    pub fn expires_in(mut self, expires: Duration) -> Self {
        self.expires = expires;
        self
    }

    /// A form field with a fixed value, such as `x-obs-acl` or `success_action_status`. The policy demands exactly this value if the
    /// server knows the field (OBS's own headers, HTTP's, `success_action_*`, `redirect`, `acl`); other fields are only part of the form. A
    /// second value for a field replaces the first. `bucket` and `key` are the same as [`bucket`](Self::bucket) and
    /// [`key`](Self::key), which win.
    pub fn field(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let (name, value) = (name.into(), value.into());
        self.fields.retain(|(held, _)| !held.eq_ignore_ascii_case(&name));
        self.fields.push((name, value));
        self
    }

    /// Demands that a field starts with `prefix`; `""` allows any value. The form's user fills the field in.
    pub fn starts_with(mut self, field: impl Into<String>, prefix: impl Into<String>) -> Self {
        self.prefixes.push((field.into().to_ascii_lowercase(), prefix.into()));
        self
    }

    /// Demands a file of `min` to `max` bytes, both included.
    pub fn content_length_range(mut self, min: u64, max: u64) -> Self {
        self.length_range = Some((min, max));
        self
    }

    /// Signs the policy, valid from `time` on.
    ///
    /// # Errors
    /// [`Error::MissingCredentials`] if the credentials are anonymous, [`Error::PostPolicy`] for a field that signing writes itself or a
    /// length range that nothing fits, [`Error::EmptyKey`], [`Error::BucketName`], [`Error::Time`], [`Error::Expires`].
    pub fn sign(
        mut self,
        signer: &Signer,
        credentials: &Credentials,
        time: SystemTime,
    ) -> Result<PostSignature, Error> {
        if credentials.is_anonymous() {
            return Err(Error::MissingCredentials { what: "a POST policy" });
        }
        let now = time::epoch_seconds(time)?;
        let end = time::expiry(now, time::whole_seconds(self.expires))?;
        self.take_target_fields();
        self.check()?;
        let url = match &self.bucket {
            None => format!("{}/", signer.endpoint()),
            Some(bucket) => {
                let location = signer.endpoint().locate(Some(bucket), None)?;
                let mut url = String::new();
                signer.endpoint().push_origin(&mut url, &location.host);
                url + &location.path
            }
        };
        let dialect = signer.dialect();
        let token = credentials
            .security_token()
            .map(|token| (dialect.security_token_name().to_owned(), token.to_owned()));
        #[cfg(feature = "v4")]
        let scope = (dialect == crate::Dialect::V4).then(|| crate::v4::Scope::new(signer, now));
        #[cfg(feature = "v4")]
        let of_scope = scope.as_ref().map(|scope| scope.form_fields(credentials)).unwrap_or_default();
        #[cfg(not(feature = "v4"))]
        let of_scope: [(String, String); 0] = [];

        let mut policy = Policy::new(end);
        let known = |name: &str| {
            [dialect.header_prefix(), "x-obs-"].iter().any(|prefix| starts_with_ignore_case(name, prefix))
                || CONDITIONAL.iter().any(|known| known.eq_ignore_ascii_case(name))
        };
        for (name, value) in self.fields.iter().filter(|(name, _)| known(name)).chain(&token).chain(&of_scope)
        {
            policy.exact(name, value);
        }
        for (name, prefix) in &self.prefixes {
            policy.starts_with(name, prefix);
        }
        if let Some((min, max)) = self.length_range {
            policy.condition(&format!("[\"content-length-range\", {min}, {max}]"));
        }
        for (name, value) in [("bucket", &self.bucket), ("key", &self.key)] {
            match value {
                // The variable is replaced before the policy is looked at, so no key would be equal to one with it.
                Some(value) if name == "key" && value.contains(FILE_NAME) => {
                    policy.starts_with(name, value.split(FILE_NAME).next().unwrap_or_default());
                }
                Some(value) => policy.exact(name, value),
                None if self.prefix_of(name).is_some() => {}
                None => policy.starts_with(name, ""),
            }
        }
        let origin_policy = policy.finish();
        let policy = STANDARD.encode(&origin_policy);

        let key = self.key.clone();
        let key = key.unwrap_or_else(|| [self.prefix_of("key").unwrap_or_default(), FILE_NAME].concat());
        let mut fields = vec![("key".to_owned(), key)];
        fields.append(&mut self.fields);
        // The form's address tells the bucket
        let mut open = self.prefixes;
        open.retain(|(name, _)| {
            name != "bucket" && !fields.iter().any(|(given, _)| given.eq_ignore_ascii_case(name))
        });
        fields.extend(token);
        fields.extend(of_scope);
        fields.push(("policy".to_owned(), policy.clone()));
        let mut form = PostSignature {
            origin_policy,
            policy,
            signature: String::new(),
            access_key_id: credentials.access_key_id().to_owned(),
            fields,
            url,
            algorithm: None,
            credential: None,
            date: None,
            open,
        };
        #[cfg(feature = "v4")]
        if let Some(scope) = scope {
            form.signature = scope.sign_text(credentials, &form.policy)?;
            form.fields.push(("x-amz-signature".to_owned(), form.signature.clone()));
            form.algorithm = Some(crate::v4::ALGORITHM.to_owned());
            form.credential = Some(scope.credential(credentials));
            form.date = Some(scope.timestamp);
            return Ok(form);
        }
        form.signature = signature(credentials, &form.policy)?.as_str().to_owned();
        form.fields.push((dialect.access_key_name().to_owned(), form.access_key_id.clone()));
        form.fields.push(("signature".to_owned(), form.signature.clone()));
        Ok(form)
    }

    /// `bucket` and `key` may come as fields too.
    fn take_target_fields(&mut self) {
        for (name, target) in [("bucket", &mut self.bucket), ("key", &mut self.key)] {
            if let Some(place) = self.fields.iter().position(|(held, _)| held.eq_ignore_ascii_case(name)) {
                let (_, value) = self.fields.remove(place);
                target.get_or_insert(value);
            }
        }
    }

    fn check(&self) -> Result<(), Error> {
        if let Some(key) = &self.key {
            check_key(key)?;
        }
        let names = self.fields.iter().chain(&self.prefixes).map(|(name, _)| name);
        for name in names {
            if name.is_empty() || RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(name)) {
                return Err(Error::PostPolicy {
                    field: name.clone(),
                    reason: "signing writes this field, or the form's user does; leave it out",
                });
            }
        }
        match self.length_range {
            Some((min, max)) if min > max => Err(Error::PostPolicy {
                field: "content-length-range".to_owned(),
                reason: "the least length is above the greatest; give the smaller number first",
            }),
            _ => Ok(()),
        }
    }

    fn prefix_of(&self, field: &str) -> Option<&str> {
        self.prefixes.iter().find(|(name, _)| name == field).map(|(_, prefix)| prefix.as_str())
    }
}

/// Shows what is demanded, not the values of fields, which may be secret.
impl fmt::Debug for PostPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostPolicy")
            .field("bucket", &self.bucket)
            .field("key", &self.key)
            .field("expires", &self.expires)
            .field("fields", &names(&self.fields))
            .field("starts_with", &self.prefixes)
            .field("content_length_range", &self.length_range)
            .finish()
    }
}

/// The JSON text of a policy under way.
struct Policy {
    text: String,
    separator: &'static str,
}

impl Policy {
    fn new(end: u64) -> Self {
        let text = format!("{{\"expiration\":\"{}\", \"conditions\":[", time::iso8601(end));
        Self { text, separator: "" }
    }

    fn condition(&mut self, json: &str) {
        self.text.push_str(self.separator);
        self.text.push_str(json);
        self.separator = ",";
    }

    fn exact(&mut self, name: &str, value: &str) {
        self.condition(&format!("{{{}:{}}}", json_string(&name.to_ascii_lowercase()), json_string(value)));
    }

    fn starts_with(&mut self, name: &str, prefix: &str) {
        self.condition(&format!(
            "[\"starts-with\", {}, {}]",
            json_string(&["$", name].concat()),
            json_string(prefix)
        ));
    }

    fn finish(self) -> String {
        self.text + "]}"
    }
}

fn json_string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            control if control < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// A signed POST policy and the form that uses it.
///
/// `Debug` shows neither signature nor policy nor the values of the fields.
///
/// ```
/// use obs_sign::{Credentials, Dialect, Endpoint, PostPolicy, Signer};
/// use std::time::SystemTime;
///
/// let signer = Signer::new(Endpoint::parse("https://obs.example.com")?, Dialect::Obs);
/// let form = PostPolicy::new().bucket("photos").key("${filename}").sign(
///     &signer,
///     &Credentials::new("AK", "SK"),
///     SystemTime::now(),
/// )?;
/// // For a form of one's own: these fields, then `file`.
/// for (name, value) in &form.fields {
///     println!("<input type=hidden name={name:?} value={value:?}>");
/// }
/// assert_eq!(form.url, "https://photos.obs.example.com/");
/// # Ok::<(), obs_sign::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PostSignature {
    /// The policy as JSON text. With temporary credentials it holds the token.
    pub origin_policy: String,
    /// The policy in base64, as the form sends it.
    pub policy: String,
    /// The signature of [`policy`](Self::policy): base64, for V4 hex.
    pub signature: String,
    /// The access key id.
    pub access_key_id: String,
    /// The fields of the form in order: `key` first, signature last. The form's `file` field must follow after all of them. Without
    /// a fixed key, `key` is the demanded prefix and `${filename}`, which the server replaces with the name of the file.
    pub fields: Vec<(String, String)>,
    /// Where the form is posted to: the bucket's URL (the service's if the policy allows any bucket).
    pub url: String,
    /// V4: `AWS4-HMAC-SHA256`.
    pub algorithm: Option<String>,
    /// V4: access key id and scope.
    pub credential: Option<String>,
    /// V4: the time of signing, `20260102T030405Z`.
    pub date: Option<String>,
    /// Fields that the form's user fills in, and how they start.
    open: Vec<(String, String)>,
}

impl PostSignature {
    /// A complete HTML page with the form: choose a file, press the button. All values are escaped. A field of which only the start
    /// is demanded is there to be filled in.
    pub fn html(&self) -> String {
        let mut inputs = String::new();
        for (name, value) in &self.fields {
            inputs.push_str(&format!(
                "<input type=\"hidden\" name=\"{}\" value=\"{}\">\n",
                html_text(name),
                html_text(value)
            ));
        }
        for (name, start) in &self.open {
            let (name, start) = (html_text(name), html_text(start));
            inputs.push_str(&format!("<label>{name} <input name=\"{name}\" value=\"{start}\"></label>\n"));
        }
        format!(
            "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"UTF-8\">\n<title>Upload</title>\n</head>\n<body>\n\
             <form action=\"{}\" method=\"post\" enctype=\"multipart/form-data\">\n{inputs}\
             <input type=\"file\" name=\"file\" required>\n<button type=\"submit\">Upload</button>\n\
             </form>\n</body>\n</html>\n",
            html_text(&self.url)
        )
    }
}

fn html_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // A parser would turn line ends into LF.
            '\r' => out.push_str("&#13;"),
            '\n' => out.push_str("&#10;"),
            other => out.push(other),
        }
    }
    out
}

fn names(fields: &[(String, String)]) -> Vec<&str> {
    fields.iter().map(|(name, _)| name.as_str()).collect()
}

impl fmt::Debug for PostSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostSignature")
            .field("url", &self.url)
            .field("access_key_id", &self.access_key_id)
            .field("signature", &MASK)
            .field("fields", &names(&self.fields))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::{Addressing, Dialect, Endpoint};

    fn sign_in(dialect: Dialect, addressing: Addressing, policy: PostPolicy) -> Result<PostSignature, Error> {
        let endpoint = Endpoint::parse("https://obs.cn-north-4.example.com")?.with_addressing(addressing);
        let credentials = Credentials::new("AKIDEXAMPLE0000001", "SkExampleSecretKey/0123456789abcdefABCDEF");
        let now = UNIX_EPOCH + Duration::from_secs(1_767_323_045);
        policy.sign(&Signer::new(endpoint, dialect).with_region("cn-north-4"), &credentials, now)
    }

    fn sign(policy: PostPolicy) -> Result<PostSignature, Error> {
        sign_in(Dialect::Obs, Addressing::VirtualHosted, policy)
    }

    #[test]
    fn a_key_with_the_files_name_in_it_is_a_beginning() {
        let condition = |key: &str| {
            let form = sign(PostPolicy::new().bucket("b").key(key)).unwrap();
            assert_eq!(form.fields.first(), Some(&("key".to_owned(), key.to_owned())));
            form.origin_policy
        };
        assert!(condition("in/${filename}").contains(r#"["starts-with", "$key", "in/"]"#));
        assert!(condition("${filename}.bak").contains(r#"["starts-with", "$key", ""]"#));
        assert!(condition("in/filename").contains(r#"{"key":"in/filename"}"#));
    }

    /// Recorded from another client.
    #[test]
    fn recorded_policies() {
        let hour = Duration::from_secs(3600);
        let target = || PostPolicy::new().bucket("examplebucket").key("objectname").expires_in(hour);
        let form = sign(PostPolicy::new()).unwrap();
        assert_eq!(form.signature, "f+UrPCmrO8hf98dLa8Vpo6QBvYA=");
        let form =
            sign(target().field("x-obs-acl", "public-read").field("content-type", "text/plain")).unwrap();
        assert_eq!(form.signature, "AGj7NXvp4rO/oS4FbYAi+sORG1k=");
        assert_eq!(
            names(&form.fields),
            ["key", "x-obs-acl", "content-type", "policy", "AccessKeyId", "signature"]
        );
        let v2 = sign_in(
            Dialect::V2,
            Addressing::VirtualHosted,
            PostPolicy::new()
                .field("x-amz-acl", "public-read")
                .field("content-type", "text/plain")
                .field("KEY", "objectname")
                .field("bucket", "examplebucket"),
        );
        assert_eq!(v2.unwrap().signature, "3sD26h6sRdOQZvcvtQLN+DXZqAI=");
        #[cfg(feature = "v4")]
        {
            let v4 = target().field("x-amz-acl", "public-read");
            let v4 = sign_in(Dialect::V4, Addressing::VirtualHosted, v4).unwrap();
            assert_eq!(v4.signature, "c438b2a5b8e49faaaecd989bc76a56a1aec98c1c9e2529ab08889caa6b8f4802");
            assert_eq!(names(&v4.fields).last(), Some(&"x-amz-signature"));
        }
    }

    #[test]
    fn conditions_and_the_fields_that_meet_them() {
        let form = sign(
            PostPolicy::new()
                .bucket("b")
                .starts_with("Key", "up/")
                .starts_with("Content-Type", "")
                .field("Submit", "no condition")
                .field("X-Obs-Acl", "private")
                .field("x-obs-acl", "public-read")
                .content_length_range(0, u64::MAX),
        )
        .unwrap();
        assert_eq!(
            form.origin_policy,
            "{\"expiration\":\"2026-01-02T03:09:05Z\", \"conditions\":[{\"x-obs-acl\":\"public-read\"},\
             [\"starts-with\", \"$key\", \"up/\"],[\"starts-with\", \"$content-type\", \"\"],\
             [\"content-length-range\", 0, 18446744073709551615],{\"bucket\":\"b\"}]}"
        );
        assert_eq!(form.fields.first(), Some(&("key".to_owned(), "up/${filename}".to_owned())));
        assert_eq!(names(&form.fields)[1..3], ["Submit", "x-obs-acl"]);
    }

    #[test]
    fn json_and_html_are_escaped() {
        let form = sign(PostPolicy::new().bucket("b").key("a\"b\\\n\u{1}</k>'&é")).unwrap();
        assert!(
            form.origin_policy.contains("{\"key\":\"a\\\"b\\\\\\u000a\\u0001</k>'&é\"}"),
            "{}",
            form.origin_policy
        );
        let html = form.html();
        assert!(html.contains("name=\"key\" value=\"a&quot;b\\&#10;\u{1}&lt;/k&gt;&#39;&amp;é\">"), "{html}");
        assert!(
            html.contains("<form action=\"https://b.obs.cn-north-4.example.com/\" method=\"post\""),
            "{html}"
        );
        let (fields, file) = html.split_once("name=\"file\"").unwrap();
        assert!(fields.contains("name=\"signature\"") && !file.contains("name=\""), "file is the last field");
    }

    #[test]
    fn the_user_fills_in_what_has_no_value() {
        let form = sign(
            PostPolicy::new()
                .bucket("b")
                .starts_with("bucket", "")
                .starts_with("key", "up/")
                .starts_with("Content-Type", "image/")
                .starts_with("x-obs-acl", "public-")
                .field("X-Obs-Acl", "public-read"),
        );
        let html = form.unwrap().html();
        let (fields, _) = html.split_once("name=\"file\"").unwrap();
        assert!(
            fields.contains("<label>content-type <input name=\"content-type\" value=\"image/\"></label>"),
            "{html}"
        );
        assert_eq!(html.matches("<label>").count(), 1, "{html}");
    }

    #[test]
    fn url_of_each_addressing_and_token_in_policy_and_form() {
        for (addressing, bucket, url) in [
            (Addressing::VirtualHosted, Some("b"), "https://b.obs.cn-north-4.example.com/"),
            (Addressing::PathStyle, Some("b"), "https://obs.cn-north-4.example.com/b"),
            (Addressing::CustomDomain, Some("b"), "https://obs.cn-north-4.example.com/"),
            (Addressing::CustomDomain, None, "https://obs.cn-north-4.example.com/"),
        ] {
            let policy = bucket.map_or_else(PostPolicy::new, |bucket| PostPolicy::new().bucket(bucket));
            assert_eq!(sign_in(Dialect::Obs, addressing, policy).unwrap().url, url);
        }
        let signer = Signer::new(Endpoint::parse("h").unwrap(), Dialect::Obs);
        let temporary = Credentials::new("AK", "SK").with_security_token("t0ken");
        let form = PostPolicy::new().sign(&signer, &temporary, UNIX_EPOCH).unwrap();
        assert!(form.origin_policy.contains("{\"x-obs-security-token\":\"t0ken\"}"));
        assert!(form.fields.contains(&("x-obs-security-token".to_owned(), "t0ken".to_owned())));
        let shown = format!("{form:?}");
        assert!(
            !shown.contains("t0ken") && !shown.contains(&form.signature) && !shown.contains(&form.policy),
            "{shown}"
        );
    }

    #[test]
    fn what_no_form_can_meet_is_an_error() {
        for name in ["policy", "Signature", "file", "AccessKeyId", ""] {
            let error = sign(PostPolicy::new().field(name, "x")).unwrap_err();
            assert!(matches!(error, Error::PostPolicy { .. }), "{name}: {error}");
        }
        assert!(
            sign(PostPolicy::new().content_length_range(2, 1)).unwrap_err().to_string().contains("length")
        );
        assert_eq!(sign(PostPolicy::new().key("")), Err(Error::EmptyKey));
        assert!(matches!(sign(PostPolicy::new().bucket("a/b")), Err(Error::BucketName { .. })));
        assert!(matches!(sign(PostPolicy::new().expires_in(Duration::MAX)), Err(Error::Expires { .. })));
        let signer = Signer::new(Endpoint::parse("h").unwrap(), Dialect::Obs);
        let anonymous = PostPolicy::new().sign(&signer, &Credentials::anonymous(), UNIX_EPOCH);
        assert!(matches!(anonymous, Err(Error::MissingCredentials { .. })));
    }
}
