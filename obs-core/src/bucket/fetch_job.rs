//! Letting a bucket fetch an object from elsewhere.

use std::fmt;

use obs_sign::{Dialect, Method};
use serde_json::Value;

use crate::body::Body;
use crate::error::{Error, Result};
use crate::json::{self, Object, ValueExt};
use crate::operation::{Answer, Operation, Parts};
use crate::request::Request;

/// A service of its own answers, at a path of its own.
const JOBS: &str = "v1/async-fetch/jobs";

/// Tells the service to fetch an object from a URL; it does so later. The bucket needs a
/// [`FetchPolicy`](crate::settings::FetchPolicy).
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&[]);
/// # use obs_core::settings::{FetchPolicy, FetchStatus};
/// # bucket.set_bucket_fetch_policy(FetchPolicy::new(FetchStatus::Open, "agency")).send()?;
/// let job = bucket
///     .set_bucket_fetch_job("https://example.com/a.txt")
///     .key("fetched/a.txt")
///     .ignore_same_key(true)
///     .object_header("origin", "example.com")
///     .send()?;
/// println!("{}", job.id);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct SetBucketFetchJob {
    job: FetchJob,
    object_headers: Vec<(String, String)>,
    etag: Option<String>,
    trust_name: Option<String>,
}

/// What is fetched where to.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&[]);
/// # use obs_core::settings::{FetchPolicy, FetchStatus};
/// # bucket.set_bucket_fetch_policy(FetchPolicy::new(FetchStatus::Open, "agency")).send()?;
/// # let id = bucket.set_bucket_fetch_job("https://example.com/a.txt").key("fetched/a.txt").send()?.into_inner().id;
/// if let Some(job) = &bucket.get_bucket_fetch_job(id).send()?.job {
///     println!("from {} to {:?} in {}", job.url, job.key, job.bucket);
/// }
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FetchJob {
    /// Where from; several URLs are separated by `;`.
    pub url: String,
    /// The bucket that the object goes to.
    pub bucket: String,
    /// The `Host` header that the source is asked with.
    pub host: Option<String>,
    /// The key of the object.
    pub key: Option<String>,
    /// The MD5 of the object, which must be met.
    pub md5: Option<String>,
    /// The URL that is told when the job has ended.
    pub callback_url: Option<String>,
    /// What it is told, as Base64.
    pub callback_body: Option<String>,
    /// The content type of that.
    pub callback_body_type: Option<String>,
    /// The `Host` header of that.
    pub callback_host: Option<String>,
    /// The kind of the file.
    pub file_type: Option<String>,
    /// Whether an object that is there already is left as it is.
    pub ignore_same_key: bool,
}

/// Without the queries of the URLs, which may be signed, and without what the callback is told.
impl fmt::Debug for FetchJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places: Vec<_> = self.url.split(';').filter_map(|url| url.split('?').next()).collect();
        f.debug_struct("FetchJob")
            .field("url", &places)
            .field("bucket", &self.bucket)
            .field("key", &self.key)
            .field("ignore_same_key", &self.ignore_same_key)
            .finish_non_exhaustive()
    }
}

impl SetBucketFetchJob {
    /// Fetches from `url` to `bucket`.
    pub fn new(bucket: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            job: FetchJob { url: url.into(), bucket: bucket.into(), ..FetchJob::default() },
            object_headers: Vec::new(),
            etag: None,
            trust_name: None,
        }
    }
}

impl Operation for SetBucketFetchJob {
    type Output = FetchJobCreated;
    const NAME: &'static str = "SetBucketFetchJob";
    const METHOD: Method = Method::Post;
    // Another job for the same object would be made.
    const IDEMPOTENT: bool = false;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        parts.key(JOBS);
        parts.prefixed("oef-marker", "yes");
        parts.header("content-type", "application/json");
        Ok(())
    }

    fn body(&mut self, dialect: Dialect) -> Result<Body<'_>> {
        let job = &self.job;
        let headers = self.object_headers.iter().fold(Object::default(), |headers, (name, value)| {
            if name.to_ascii_lowercase().starts_with(dialect.header_prefix()) {
                headers.set(name, value.as_str())
            } else {
                headers.set(&format!("{}{name}", dialect.meta_prefix()), value.as_str())
            }
        });
        let document = Object::default()
            .set("url", job.url.as_str())
            .set("bucket", job.bucket.as_str())
            .opt("host", job.host.as_deref())
            .opt("key", job.key.as_deref())
            .opt("md5", job.md5.as_deref())
            .opt("callbackurl", job.callback_url.as_deref())
            .opt("callbackbody", job.callback_body.as_deref())
            .opt("callbackbodytype", job.callback_body_type.as_deref())
            .opt("callbackhost", job.callback_host.as_deref())
            .opt("file_type", job.file_type.as_deref())
            .set("ignore_same_key", job.ignore_same_key)
            .opt("objectheaders", (!self.object_headers.is_empty()).then_some(headers))
            .opt("etag", self.etag.as_deref())
            .opt("trustname", self.trust_name.as_deref());
        Ok(Body::text(Value::from(document).to_string()))
    }

    fn decode(&self, answer: &mut Answer) -> Result<FetchJobCreated> {
        let document = json::document(answer)?;
        Ok(FetchJobCreated {
            id: document.text_of("id")?,
            wait: document.get("Wait").or_else(|| document.get("wait")).and_then(Value::as_i64),
        })
    }
}

macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        $($(#[$doc])*
        pub fn $name(mut self, value: impl Into<String>) -> Self {
            self.operation.job.$name = Some(value.into());
            self
        })*
    };
}

impl Request<SetBucketFetchJob> {
    setters! {
        /// The `Host` header that the source is asked with. Default: the host of the URL.
        host;
        /// The key of the object. Default: made from the URL.
        key;
        /// The MD5 of the object, which must be met.
        md5;
        /// The URL that is told when the job has ended.
        callback_url;
        /// What it is told, as Base64.
        callback_body;
        /// The content type of that.
        callback_body_type;
        /// The `Host` header of that.
        callback_host;
        /// The kind of the file.
        file_type;
    }

    /// Whether an object that is there already is left as it is. Default: no.
    pub fn ignore_same_key(mut self, ignore: bool) -> Self {
        self.operation.job.ignore_same_key = ignore;
        self
    }

    /// Adds a header of the object, such as `x-obs-acl`; a name without the protocol's prefix is custom metadata.
    pub fn object_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.operation.object_headers.push((name.into(), value.into()));
        self
    }

    /// The ETag of the object, which must be met.
    pub fn etag(mut self, etag: impl Into<String>) -> Self {
        self.operation.etag = Some(etag.into());
        self
    }

    /// The name of the trust agency.
    pub fn trust_name(mut self, name: impl Into<String>) -> Self {
        self.operation.trust_name = Some(name.into());
        self
    }
}

/// A job that was taken on.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&[]);
/// # use obs_core::settings::{FetchPolicy, FetchStatus};
/// # bucket.set_bucket_fetch_policy(FetchPolicy::new(FetchStatus::Open, "agency")).send()?;
/// let job = bucket.set_bucket_fetch_job("https://example.com/a.txt").send()?;
/// println!("ask for {} later; {:?} jobs are ahead of it", job.id, job.wait);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FetchJobCreated {
    /// Its id.
    pub id: String,
    /// How many jobs are ahead of it.
    pub wait: Option<i64>,
}

/// How a job stands.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&[]);
/// # use obs_core::settings::{FetchPolicy, FetchStatus};
/// # bucket.set_bucket_fetch_policy(FetchPolicy::new(FetchStatus::Open, "agency")).send()?;
/// # let id = bucket.set_bucket_fetch_job("https://example.com/a.txt").key("fetched/a.txt").send()?.into_inner().id;
/// let now = bucket.get_bucket_fetch_job(id).send()?;
/// println!("{:?} {:?}", now.status, now.err);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FetchJobStatus {
    /// The code of the answer.
    pub code: Option<String>,
    /// What went wrong.
    pub err: Option<String>,
    /// How it stands.
    pub status: Option<String>,
    /// The job.
    pub job: Option<FetchJob>,
}

/// Asks how a job stands.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&[]);
/// # use obs_core::settings::{FetchPolicy, FetchStatus};
/// # bucket.set_bucket_fetch_policy(FetchPolicy::new(FetchStatus::Open, "agency")).send()?;
/// # let id = bucket.set_bucket_fetch_job("https://example.com/a.txt").key("fetched/a.txt").send()?.into_inner().id;
/// let unknown = bucket.get_bucket_fetch_job("no-such-job").send().unwrap_err();
/// assert!(unknown.is_not_found());
/// println!("{:?}", bucket.get_bucket_fetch_job(id).send()?.status);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct GetBucketFetchJob(String);

impl GetBucketFetchJob {
    /// The job with this id.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }
}

impl Operation for GetBucketFetchJob {
    type Output = FetchJobStatus;
    const NAME: &'static str = "GetBucketFetchJob";
    const METHOD: Method = Method::Get;

    fn parts(&self, parts: &mut Parts) -> Result<()> {
        if self.0.is_empty() {
            return Err(Error::invalid("the id of the fetch job is empty"));
        }
        parts.key(&format!("{JOBS}/{}", self.0));
        parts.prefixed("oef-marker", "yes");
        Ok(())
    }

    fn decode(&self, answer: &mut Answer) -> Result<FetchJobStatus> {
        let document = json::document(answer)?;
        let job = document.get("job").filter(|job| !job.is_null()).map(|job| FetchJob {
            url: job.opt_text("url").unwrap_or_default(),
            bucket: job.opt_text("bucket").unwrap_or_default(),
            host: job.opt_text("host"),
            key: job.opt_text("key"),
            md5: job.opt_text("md5"),
            callback_url: job.opt_text("callbackurl"),
            callback_body: job.opt_text("callbackbody"),
            callback_body_type: job.opt_text("callbackbodytype"),
            callback_host: job.opt_text("callbackhost"),
            file_type: job.opt_text("file_type"),
            ignore_same_key: job.get("ignore_same_key").and_then(Value::as_bool).unwrap_or(false),
        });
        Ok(FetchJobStatus {
            code: document.opt_text("code"),
            err: document.opt_text("err"),
            status: document.opt_text("status"),
            job,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::error::ErrorKind;
    use crate::test_support::Fake;

    #[test]
    fn golden() {
        let fake = Fake::new()
            .answer(200, &[], r#"{"id":"job1","Wait":3}"#)
            .answer(200, &[], r#"{"id":"job2"}"#)
            .answer(
                200,
                &[],
                r#"{"code":200,"status":"ok","err":"","job":{"url":"u","bucket":"b","ignore_same_key":true,"new":[]}}"#,
            );
        let bucket = fake.bucket();
        let created = bucket.set_bucket_fetch_job("http://example.com/a.txt").send().unwrap();
        assert_eq!((created.id.as_str(), created.wait), ("job1", Some(3)));
        let full = bucket.set_bucket_fetch_job("u").key("k").callback_body_type("t").ignore_same_key(true);
        full.object_header("x-obs-acl", "private").object_header("owner", "alice").send().unwrap();
        let status = bucket.get_bucket_fetch_job("job1").send().unwrap();
        assert_eq!((status.code.as_deref(), status.status.as_deref()), (Some("200"), Some("ok")));
        assert_eq!(status.err.as_deref(), Some(""));
        assert!(status.job.as_ref().unwrap().ignore_same_key);

        let sent = fake.sent();
        assert_eq!(sent[0].line(), "POST /v1/async-fetch/jobs");
        assert_eq!(sent[0].header("x-obs-oef-marker"), "yes");
        assert_eq!(sent[0].header("content-type"), "application/json");
        let body = |n: usize| serde_json::from_str::<Value>(sent[n].text()).unwrap();
        assert_eq!(
            body(0),
            json!({"url": "http://example.com/a.txt", "bucket": "examplebucket", "ignore_same_key": false})
        );
        assert_eq!(
            body(1),
            json!({"url": "u", "bucket": "examplebucket", "key": "k", "callbackbodytype": "t",
                "ignore_same_key": true, "objectheaders": {"x-obs-acl": "private", "x-obs-meta-owner": "alice"}})
        );
        assert_eq!(sent[2].line(), "GET /v1/async-fetch/jobs/job1");
    }

    #[test]
    fn an_empty_id_is_refused() {
        let fake = Fake::new();
        let error = fake.bucket().get_bucket_fetch_job("").send().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(fake.sent().is_empty());
    }
}
