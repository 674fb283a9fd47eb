//! What `{:?}` shows of requests: whatever a caller puts into one, no secret of it.

use std::fmt::Debug;

use obs_core::settings::Certificate;
use obs_core::{
    BucketClient, CopySource, Credentials, Headers, Method, ObsClient, Operation, Request, SignedUrl, SseC,
};
use obs_tests::every_operation::{Visitor, every_operation};
use obs_transfer::prelude::*;

/// In each place of a secret.
const SECRET: &str = "ShownSecret0123456789ShownSecret";
const SECRET_BASE64: &str = "U2hvd25TZWNyZXQwMTIzNDU2Nzg5U2hvd25TZWNyZXQ=";

fn hidden(what: &str, thing: &impl Debug) {
    let bytes = format!("{:?}", SECRET.as_bytes());
    for text in [format!("{thing:?}"), format!("{thing:#?}")] {
        for secret in [SECRET, SECRET_BASE64, bytes.trim_matches(['[', ']'])] {
            assert!(!text.contains(secret), "{what}: {text}");
        }
    }
}

fn client() -> ObsClient {
    ObsClient::builder()
        .endpoint("https://obs.example.com")
        .credentials(Credentials::new("AK", SECRET).with_security_token(SECRET))
        .proxy(format!("http://user:{SECRET}@proxy.example.com"))
        .build()
        .unwrap()
}

struct All(BucketClient, usize);

impl Visitor for All {
    fn visit<O: Operation + Debug>(
        &mut self,
        name: &'static str,
        _: impl Fn(&BucketClient) -> obs_core::Result<String>,
        make: impl Fn(&BucketClient, &str) -> Request<O>,
    ) {
        let mut request = make(&self.0, "id");
        for header in [
            "Authorization",
            "authorization",
            "x-obs-security-token",
            "x-amz-security-token",
            "x-obs-server-side-encryption-customer-key",
            "X-Amz-Copy-Source-Server-Side-Encryption-Customer-Key",
            "proxy-authorization",
            "cookie",
        ] {
            request = request.header(header, SECRET);
        }
        for parameter in ["Signature", "X-Amz-Signature", "x-obs-security-token", "X-Amz-Security-Token"] {
            request = request.query(parameter, SECRET);
        }
        hidden(name, &request);
        self.1 += 1;
    }
}

#[test]
fn no_request_shows_the_secrets_that_are_in_it() {
    let mut all = All(client().bucket("my-bucket"), 0);
    every_operation(&mut all);
    assert!(all.1 > 90, "only {} operations", all.1);
}

#[test]
fn what_is_encrypted_signed_or_certified_shows_no_key() {
    let (client, sse) = (client(), || SseC::new(SECRET));
    let bucket = client.bucket("my-bucket");
    let source = || CopySource::new("b", "k").sse(sse());
    hidden("client", &client);
    hidden("credentials", &Credentials::new("AK", SECRET).with_security_token(SECRET));
    hidden("put", &bucket.put_content("k", "x").sse(sse()));
    hidden("get", &bucket.get_object("k").sse(sse()));
    hidden("head", &bucket.get_object_metadata("k").sse(sse()));
    hidden("append", &bucket.append_object("k", 0, "x").sse(sse()));
    hidden("copy", &bucket.copy_object("k", source()).sse(sse()).source_sse(sse()));
    hidden("initiate", &bucket.initiate_multipart_upload("k").sse(sse()));
    hidden("part", &bucket.upload_part("k", "id", 1, "x").sse(sse()));
    hidden("copied part", &bucket.copy_part("k", "id", 1, source()).sse(sse()));

    hidden("upload", &bucket.upload_file("k", "f").sse(sse()));
    hidden("download", &bucket.download_file("k", "f").sse(sse()));
    hidden("copy of any size", &bucket.copy("k", source()).sse(sse()));
    hidden("folder up", &bucket.upload_dir("f", "p").sse(sse()));
    hidden("folder down", &bucket.download_dir("p", "f").sse(sse()));
    hidden("writer", &bucket.object_writer("k").sse(sse()));
    hidden("reader", &bucket.object_reader("k").sse(sse()));

    let fetch = format!("https://example.com/a?Expires=1&sig={SECRET};http://example.org/b?{SECRET}");
    hidden("fetch job", &bucket.set_bucket_fetch_job(fetch));
    hidden("certificate", &Certificate::new("n", "pem", SECRET));

    let url = client.create_signed_url(Method::Put).bucket("b").key("k");
    let url =
        url.header("x-obs-server-side-encryption-customer-key", SECRET).query("x-obs-security-token", SECRET);
    hidden("request for a URL", &url);
    let signed = url.sign().unwrap();
    let signature = signed.url.rsplit_once("Signature=").unwrap().1.to_owned();
    assert!(!format!("{signed:?}").contains(&signature));
    hidden("URL", &signed);
    hidden(
        "URL of others",
        &SignedUrl::new(Method::Get, format!("https://h/k?Signature={SECRET}"), Headers::new()),
    );
    let form = client.create_post_signature().bucket("b").field("x-obs-security-token", SECRET);
    hidden("request for a form", &form);
    let form = form.sign().unwrap();
    hidden("form", &form);
    assert!(!format!("{form:?}").contains(&form.signature), "{form:?}");
}
