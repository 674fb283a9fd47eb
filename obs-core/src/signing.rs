//! Signed URLs and upload forms, for whoever knows the method and the sub-resource; and the way back: sending what others signed.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use obs_sign::{Method, PostPolicy, PostSignature, SignedUrl, UrlRequest};

use crate::body::Content;
use crate::bucket_client::BucketClient;
use crate::call::{self, Signing};
use crate::client::ObsClient;
use crate::error::{Error, Result};
use crate::operation::Reply;

impl ObsClient {
    /// Signs a URL (`createSignedUrl` of the guide) that anybody can use until it expires. Nothing is sent.
    ///
    /// [`presign`](crate::Request::presign) does the same for an operation that this crate has, with its setters.
    ///
    /// ```
    /// use obs_core::{Credentials, Method, ObsClient};
    /// use std::time::Duration;
    ///
    /// let client = ObsClient::builder()
    ///     .endpoint("https://obs.example.com")
    ///     .credentials(Credentials::new("AK", "SK"))
    ///     .build()?;
    /// let url = client
    ///     .create_signed_url(Method::Get)
    ///     .bucket("my-bucket")
    ///     .key("a b.txt")
    ///     .special_param("acl")
    ///     .expires_in(Duration::from_secs(600))
    ///     .sign()?;
    /// assert!(
    ///     url.to_string().starts_with("https://my-bucket.obs.example.com/a%20b.txt?acl&Expires=")
    /// );
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    pub fn create_signed_url(&self, method: Method) -> CreateSignedUrl {
        CreateSignedUrl { client: self.clone(), bucket: None, request: UrlRequest::new(method) }
    }

    /// Signs what an HTML form may upload (`createPostSignature` of the guide, OBS: POST Object). Nothing is sent.
    ///
    /// ```
    /// use obs_core::{Credentials, ObsClient};
    /// use std::time::Duration;
    ///
    /// let client = ObsClient::builder()
    ///     .endpoint("https://obs.example.com")
    ///     .credentials(Credentials::new("AK", "SK"))
    ///     .build()?;
    /// let form = client
    ///     .create_post_signature()
    ///     .bucket("my-bucket")
    ///     .starts_with("key", "uploads/")
    ///     .field("x-obs-acl", "public-read")
    ///     .content_length_range(1, 5 << 20)
    ///     .expires_in(Duration::from_secs(3600))
    ///     .sign()?;
    /// assert!(form.html().contains("name=\"policy\""));
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    pub fn create_post_signature(&self) -> CreatePostSignature {
        CreatePostSignature { client: self.clone(), bucket: None, policy: PostPolicy::new() }
    }
}

/// URLs that others signed.
impl ObsClient {
    /// Sends a request through a URL signed elsewhere: its method, URL and headers go out as they are, with this body (`()` for
    /// none). Tried again, redirected and turned into errors like every call; the client needs no credentials.
    ///
    /// [`send_signed`](crate::Request::send_signed) does the same for an operation whose answer this crate understands.
    ///
    /// ```
    /// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
    /// use obs_core::{Method, ObsClient};
    /// use std::time::Duration;
    ///
    /// let ten_minutes = Duration::from_secs(600);
    /// let upload =
    ///     bucket.create_signed_url(Method::Put).key("a.txt").expires_in(ten_minutes).sign()?;
    /// let download =
    ///     bucket.create_signed_url(Method::Get).key("a.txt").expires_in(ten_minutes).sign()?;
    ///
    /// let guest = ObsClient::builder().endpoint(bucket.client().endpoint().to_string()).build()?;
    /// guest.send_signed_url(&upload, "Hello OBS")?;
    /// let answer = guest.send_signed_url(&download, ())?;
    /// assert_eq!(std::io::read_to_string(answer.into_inner())?, "Hello OBS");
    /// # Ok::<(), obs_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`send`](crate::Request::send).
    pub fn send_signed_url(&self, url: &SignedUrl, content: impl Into<Content>) -> Result<Reply<RawBody>> {
        call::perform_raw(self, url, content.into())
    }
}

/// The body of an answer, as it comes.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use obs_core::Method;
/// use std::io::Read;
///
/// let url = bucket.create_signed_url(Method::Get).key("hello.txt").sign()?;
/// let mut first = [0; 5];
/// bucket.client().send_signed_url(&url, ())?.into_inner().read_exact(&mut first)?;
/// assert_eq!(&first, b"hello");
/// # Ok::<(), obs_core::Error>(())
/// ```
pub struct RawBody(pub(crate) Box<dyn Read + Send>);

impl Read for RawBody {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl fmt::Debug for RawBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RawBody")
    }
}

impl BucketClient {
    /// Signs a URL to this bucket: see [`ObsClient::create_signed_url`].
    pub fn create_signed_url(&self, method: Method) -> CreateSignedUrl {
        self.client().create_signed_url(method).bucket(self.name())
    }

    /// Signs what an HTML form may upload to this bucket: see [`ObsClient::create_post_signature`].
    pub fn create_post_signature(&self) -> CreatePostSignature {
        self.client().create_post_signature().bucket(self.name())
    }
}

/// A URL that is being put together; see [`ObsClient::create_signed_url`].
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use obs_core::Method;
/// use std::time::Duration;
///
/// let url = bucket
///     .create_signed_url(Method::Put)
///     .key("inbox/a.txt")
///     .header("content-type", "text/plain")
///     .expires_in(Duration::from_secs(600))
///     .sign()?;
/// println!("{url}");
/// for (name, value) in url.headers.iter() {
///     println!("{name}: {value}");
/// }
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "nothing is signed before `sign`"]
pub struct CreateSignedUrl {
    client: ObsClient,
    bucket: Option<Arc<str>>,
    request: UrlRequest,
}

impl CreateSignedUrl {
    fn map(mut self, change: impl FnOnce(UrlRequest) -> UrlRequest) -> Self {
        self.request = change(self.request);
        self
    }

    /// The bucket. Without it the URL is that of the service, as for listing the buckets.
    pub fn bucket(mut self, name: impl AsRef<str>) -> Self {
        self.bucket = Some(Arc::from(name.as_ref()));
        self
    }

    /// The object's key, not encoded.
    pub fn key(self, key: impl Into<String>) -> Self {
        self.map(|r| r.key(key))
    }

    /// The sub-resource, such as `acl`, `uploads` or `storagePolicy` (`specialParam`).
    pub fn special_param(self, name: impl Into<Cow<'static, str>>) -> Self {
        self.map(|r| r.special_param(name))
    }

    /// How long the URL is valid. Default: 300 s.
    pub fn expires_in(self, time: Duration) -> Self {
        self.map(|r| r.expires_in(time))
    }

    /// A header that will be sent with the URL. It is signed as it is given.
    pub fn header(self, name: impl Into<Cow<'static, str>>, value: impl Into<Cow<'static, str>>) -> Self {
        self.map(|r| r.header(name, value))
    }

    /// Several headers.
    pub fn headers<N, V>(self, headers: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<Cow<'static, str>>,
        V: Into<Cow<'static, str>>,
    {
        self.map(|r| headers.into_iter().fold(r, |r, (name, value)| r.header(name, value)))
    }

    /// A query parameter, not encoded, such as `prefix`, `uploadId` or `versionId`.
    pub fn query(self, name: impl Into<Cow<'static, str>>, value: impl Into<Cow<'static, str>>) -> Self {
        self.map(|r| r.query(name, value))
    }

    /// A query parameter without a value.
    pub fn query_flag(self, name: impl Into<Cow<'static, str>>) -> Self {
        self.map(|r| r.query_flag(name))
    }

    /// Several query parameters (`queryParams`).
    pub fn query_params<N, V>(self, params: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<Cow<'static, str>>,
        V: Into<Cow<'static, str>>,
    {
        self.map(|r| params.into_iter().fold(r, |r, (name, value)| r.query(name, value)))
    }

    /// The URL, with the headers that must be sent along.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) for what cannot be signed,
    /// [`ErrorKind::Credentials`](crate::ErrorKind::Credentials) if the provider has none. Anonymous clients get a plain URL.
    pub fn sign(self) -> Result<SignedUrl> {
        let Self { client, bucket, request } = self;
        let named = |e: Error| e.in_call("CreateSignedUrl", bucket.as_ref(), None, 0, Duration::ZERO);
        let Signing { signer, credentials, now } =
            call::signing(client.inner(), bucket.as_ref()).map_err(named)?;
        let request = match &bucket {
            Some(bucket) => request.bucket(&**bucket),
            None => request,
        };
        request.sign(signer, &credentials, now).map_err(|e| named(e.into()))
    }
}

/// An upload form that is being put together; see [`ObsClient::create_post_signature`].
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use std::time::Duration;
///
/// let form = bucket
///     .create_post_signature()
///     .key("inbox/photo.jpg")
///     .content_length_range(1, 5 << 20)
///     .expires_in(Duration::from_secs(600))
///     .sign()?;
/// std::fs::write("upload.html", form.html())?;
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "nothing is signed before `sign`"]
pub struct CreatePostSignature {
    client: ObsClient,
    bucket: Option<Arc<str>>,
    policy: PostPolicy,
}

impl CreatePostSignature {
    fn map(mut self, change: impl FnOnce(PostPolicy) -> PostPolicy) -> Self {
        self.policy = change(self.policy);
        self
    }

    /// The only bucket that may be uploaded to. Without it: any.
    pub fn bucket(mut self, name: impl AsRef<str>) -> Self {
        self.bucket = Some(Arc::from(name.as_ref()));
        self
    }

    /// The only key that may be written. In it `${filename}` stands for the name of the uploaded file. Without it: any.
    pub fn key(self, key: impl Into<String>) -> Self {
        self.map(|p| p.key(key))
    }

    /// How long the form may be used. Default: 300 s.
    pub fn expires_in(self, time: Duration) -> Self {
        self.map(|p| p.expires_in(time))
    }

    /// A form field with a fixed value, such as `x-obs-acl` (`formParams`): see [`PostPolicy::field`].
    pub fn field(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.map(|p| p.field(name, value))
    }

    /// Several form fields (`formParams`).
    pub fn form_params<N: Into<String>, V: Into<String>>(
        self,
        fields: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        self.map(|p| fields.into_iter().fold(p, |p, (name, value)| p.field(name, value)))
    }

    /// Demands that a field starts with `prefix`; `""` allows any value.
    pub fn starts_with(self, field: impl Into<String>, prefix: impl Into<String>) -> Self {
        self.map(|p| p.starts_with(field, prefix))
    }

    /// Demands a file of `min` to `max` bytes, both included.
    pub fn content_length_range(self, min: u64, max: u64) -> Self {
        self.map(|p| p.content_length_range(min, max))
    }

    /// The policy, its signature, and the form made of them.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) if the client is anonymous, or for a field or condition that no
    /// form can meet; [`ErrorKind::Credentials`](crate::ErrorKind::Credentials) if the provider has none.
    pub fn sign(self) -> Result<PostSignature> {
        let Self { client, bucket, policy } = self;
        let named = |e: Error| e.in_call("CreatePostSignature", bucket.as_ref(), None, 0, Duration::ZERO);
        let Signing { signer, credentials, now } =
            call::signing(client.inner(), bucket.as_ref()).map_err(named)?;
        let policy = match &bucket {
            Some(bucket) => policy.bucket(&**bucket),
            None => policy,
        };
        policy.sign(signer, &credentials, now).map_err(|e| named(e.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use crate::test_support::Fake;

    #[test]
    fn a_url_as_the_guide_signs_it() {
        // vectors/urls: url.get-object
        let fake = Fake::new();
        let client = fake.builder().build().unwrap();
        let url =
            client.create_signed_url(Method::Get).bucket("examplebucket").key("objectname").sign().unwrap();
        let alone = fake.bucket().create_signed_url(Method::Get).key("objectname").sign().unwrap();
        assert_eq!(url, alone);
        assert!(
            url.url.starts_with(
                "https://examplebucket.obs.cn-north-4.example.com/objectname?Expires=1767323345&AccessKeyId=AKIDEXAMPLE0000001&Signature="
            ),
            "{url}"
        );
        assert!(fake.sent().is_empty());
    }

    #[test]
    fn the_same_as_presigning_the_operation() {
        let bucket = Fake::new().bucket();
        let hour = Duration::from_secs(3600);
        let by_operation =
            bucket.get_object("k").version_id("v1").response_expires("0").presign(hour).unwrap();
        let by_name = bucket
            .create_signed_url(Method::Get)
            .key("k")
            .query_params([("response-expires", "0"), ("versionId", "v1")])
            .expires_in(hour)
            .sign()
            .unwrap();
        assert_eq!(by_operation, by_name);
    }

    #[test]
    fn a_document_is_signed_with_the_url_and_content_is_not() {
        let fake = Fake::new().answer(200, &[], "");
        let bucket = fake.bucket();
        let hour = Duration::from_secs(3600);
        let tags = || bucket.set_bucket_tagging([("k", "v")]);
        let url = tags().presign(hour).unwrap();
        tags().send_signed(&url).unwrap();
        let sent = fake.sent();
        assert_eq!(url.headers.get("content-md5"), Some(&*crate::body::md5_base64(&sent[0].body)));
        assert_eq!(sent[0].header("content-md5"), url.headers.get("content-md5").unwrap());

        bucket.put_file("k", "/no/such/file").presign(hour).unwrap();
        bucket.complete_multipart_upload("k", "id", []).presign(hour).unwrap();
    }

    #[test]
    fn a_signed_url_is_sent_as_it_is() {
        let fake = Fake::new().answer(500, &[], "").answer(200, &[("x-obs-request-id", "R1")], "stored");
        let anonymous = fake.builder().credentials(crate::Credentials::anonymous()).build().unwrap();
        let url = fake.bucket().create_signed_url(Method::Put).key("k").header("content-type", "a/b").sign();
        let url = url.unwrap();
        let reply = anonymous.send_signed_url(&url, "body").unwrap();
        assert_eq!(reply.request_id(), Some("R1"));
        assert_eq!(io::read_to_string(reply.into_inner()).unwrap(), "stored");
        let sent = fake.sent();
        assert_eq!(sent.len(), 2, "a 500 is tried again");
        for request in sent {
            assert_eq!((request.url.as_str(), request.text()), (url.url.as_str(), "body"));
            assert_eq!(request.header("content-type"), "a/b");
            assert_eq!(request.header("authorization"), "");
        }
        let fake = Fake::new().answer(404, &[], "");
        let error = fake.builder().build().unwrap().send_signed_url(&url, ()).unwrap_err();
        assert!(error.is_not_found());
        assert!(!error.to_string().contains("Signature="), "{error}");
    }

    #[test]
    fn errors_name_the_call() {
        let client = ObsClient::builder().endpoint("obs.example.com").build().unwrap();
        let error = client.bucket("b").create_post_signature().key("k").sign().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().starts_with("CreatePostSignature b: "), "{error}");
        let error = client.create_signed_url(Method::Get).key("k").sign().unwrap_err();
        assert!(error.to_string().starts_with("CreateSignedUrl: "), "{error}");
    }
}
