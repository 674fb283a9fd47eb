//! Whom TLS trusts, for the whole client against a whole server; `obs-core/src/transport/ureq/tests/tls.rs` has the transport alone.

use obs_core::{ErrorKind, ObsClient, ObsClientBuilder};
use obs_emulator::Emulator;
use obs_tests::transfers::{PART, bytes};
use obs_transfer::prelude::*;

use crate::log;
use crate::pki::Authority;
use crate::proxy::Proxy;
use crate::strict;

/// Bucket, object, and a transfer by several workers on connections of their own.
pub(crate) fn works(client: &ObsClient) {
    let bucket = client.bucket("secure");
    bucket.create_bucket().send().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (source, target) = (folder.path().join("source"), folder.path().join("target"));
    let content = bytes(5 * PART + 1);
    std::fs::write(&source, &content).unwrap();
    bucket.upload_file("big.bin", &source).part_size(PART).task_num(3).send().unwrap();
    bucket.download_file("big.bin", &target).part_size(PART).task_num(3).send().unwrap();
    assert!(std::fs::read(&target).unwrap() == content, "other bytes came back");
}

/// What is said of a call that TLS must refuse.
fn refused(builder: ObsClientBuilder, emulator: &Emulator) -> String {
    let error = builder.build().unwrap().list_buckets().send().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
    assert!(!error.is_retryable(), "{error}");
    assert_eq!(emulator.requests().len(), 0, "nothing was told to a server that is not trusted");
    error.to_string()
}

#[test]
fn a_private_authority_is_trusted_when_its_certificate_is_given_and_only_then() {
    let (company, stranger) = (Authority::new(), Authority::new());
    let emulator = company.serve(&["localhost", "secure.localhost"]);
    let endpoint = emulator.localhost_endpoint();
    assert!(endpoint.starts_with("https://"));

    let said = refused(strict(&endpoint), &emulator);
    assert!(said.contains("root_certificates_pem"), "says what to do: {said}");
    refused(strict(&endpoint).root_certificates_pem(stranger.pem.as_bytes()), &emulator);

    works(&strict(&endpoint).root_certificates_pem(company.pem.as_bytes()).build().unwrap());
    // A bundle, and from a file
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bundle.pem");
    std::fs::write(&path, format!("# both\n{}\n{}", stranger.pem, company.pem)).unwrap();
    let client = strict(&endpoint).root_certificates_file(&path).build().unwrap();
    assert_eq!(client.list_buckets().send().unwrap().buckets.len(), 1);

    for pem in [
        "",
        "-----BEGIN CERTIFICATE-----\nno\n",
        "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n",
    ] {
        let error = strict(&endpoint).root_certificates_pem(pem).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{pem:?}: {error}");
    }
}

#[test]
fn wrong_names_and_dates_are_refused_in_clear_words() {
    let company = Authority::new();
    for (names, years, says) in [
        (["obs.example.com", "*.example.com"], (2020, 2120), "for another name"),
        (["localhost", "secure.localhost"], (2010, 2020), "out of date"),
        (["localhost", "secure.localhost"], (2110, 2120), "out of date"),
    ] {
        let emulator = company.serve_in(&names, years, Emulator::builder());
        let endpoint = emulator.localhost_endpoint();
        let said = refused(strict(&endpoint).root_certificates_pem(company.pem.as_bytes()), &emulator);
        assert!(said.contains(says) && said.contains("localhost:"), "{said}");
    }
}

#[test]
fn verification_is_off_only_by_name_and_with_a_warning() {
    log::keep();
    let emulator = Authority::new().serve_in(&["obs.example.com"], (2010, 2020), Emulator::builder());
    let warning = |line: &String| line.starts_with("WARN obs::http: ") && line.contains("not verified");
    let endpoint = emulator.localhost_endpoint();
    refused(strict(&endpoint), &emulator);
    let client = strict(&endpoint).danger_disable_certificate_verification().build().unwrap();
    assert!(log::lines().iter().any(warning), "no warning in the log");
    works(&client);
}

#[test]
fn a_company_proxy_with_a_password_and_hosts_that_go_without_it() {
    log::keep();
    // chief:open sesame 7
    const PASSWORD: &str = "Y2hpZWY6b3BlbiBzZXNhbWUgNw==";
    let company = Authority::new();
    let builder = Emulator::builder().base_host("obs.example.com");
    let names = ["obs.example.com", "*.obs.example.com", "localhost", "secure.localhost"];
    let emulator = company.serve_in(&names, (2020, 2120), builder);
    let proxy = Proxy::start(emulator.address(), PASSWORD);
    let builder = |endpoint: &str, password: &str| {
        strict(endpoint)
            .root_certificates_pem(company.pem.as_bytes())
            .proxy(&proxy.url)
            .proxy_credentials("chief", password)
    };

    // The name is the proxy's to look up, the certificate the client's to check
    works(&builder("https://obs.example.com", "open sesame 7").build().unwrap());
    let heads = proxy.heads();
    assert!(heads.iter().all(|head| head.starts_with("CONNECT ")), "{heads:?}");
    assert!(heads.iter().any(|head| head.starts_with("CONNECT secure.obs.example.com:443 ")), "{heads:?}");
    let direct = emulator.requests().iter().any(|seen| seen.header("proxy-authorization").is_some());
    assert!(!direct, "the server was told the proxy's password");

    let error = builder("https://obs.example.com", "open sesame 8").build().unwrap();
    let error = error.list_buckets().send().unwrap_err();
    assert!(error.to_string().contains("407") && error.kind() == ErrorKind::Connect, "{error}");

    let before = proxy.heads().len();
    let near = builder(&emulator.localhost_endpoint(), "open sesame 7").no_proxy(["localhost"]);
    near.build().unwrap().bucket("secure").head_bucket().send().unwrap();
    assert_eq!(proxy.heads().len(), before, "localhost goes without the proxy");

    for line in log::lines() {
        assert!(!line.contains(PASSWORD) && !line.contains("open sesame"), "{line}");
    }
    assert!(!format!("{error:?} {error}").contains("sesame"));
}
