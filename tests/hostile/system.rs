//! What the system says: whom to trust (feature `platform-verifier`, on Linux a file) and which proxy to take. Each case is a process with
//! an environment of its own.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use obs_emulator::Emulator;
use tempfile::TempDir;

use crate::pki::Authority;
use crate::proxy::Proxy;
use crate::strict;
use crate::tls::works;

/// A server, and the certificate of its authority in a file.
struct Place {
    emulator: Emulator,
    folder: TempDir,
    company: PathBuf,
}

impl Place {
    fn new() -> Self {
        let authority = Authority::new();
        let emulator = authority.serve(&["localhost", "secure.localhost"]);
        let folder = tempfile::tempdir().unwrap();
        let company = file(&folder, "company", &authority.pem);
        Self { emulator, folder, company }
    }

    /// What a process says whose system trusts the certificates of that file, and that has these variables.
    fn told(&self, trusted: &Path, variables: &[(&str, &str)]) -> String {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "system::child_that_does_as_its_system_says", "--ignored", "--nocapture"]);
        for name in
            ["SSL_CERT_DIR", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"]
        {
            child.env_remove(name);
        }
        child.env("SSL_CERT_FILE", trusted).env("OBS_TEST_ENDPOINT", self.emulator.localhost_endpoint());
        let output = child.envs(variables.iter().copied()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

fn file(folder: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
#[ignore = "runs as a child process"]
fn child_that_does_as_its_system_says() {
    let builder = strict(&std::env::var("OBS_TEST_ENDPOINT").unwrap());
    let client = builder.platform_certificates().proxy_from_env().build().unwrap();
    match client.list_buckets().send() {
        Ok(buckets) if buckets.buckets.is_empty() => works(&client),
        Ok(_) => {}
        Err(error) => return println!("refused: {:?}: {error}", error.kind()),
    }
    println!("all went well");
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "only there is what the system trusts a file")]
fn certificates_that_the_system_trusts_are_trusted_and_no_others() {
    let place = Place::new();
    let (stranger, empty) = (Authority::new().pem, String::new());
    for (name, pem) in [("stranger", stranger), ("empty", empty)] {
        let said = place.told(&file(&place.folder, name, &pem), &[]);
        assert!(said.contains("refused: Tls: ListBuckets"), "{name}: {said}");
        assert_eq!(place.emulator.requests().len(), 0, "nothing was told to a server that is not trusted");
    }
    let said = place.told(&place.company, &[]);
    assert!(said.contains("all went well"), "{said}");
}

/// The URL of a proxy that takes every connection and closes it.
fn closing() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || listener.incoming().for_each(drop));
    url
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "only there is what the system trusts a file")]
fn the_proxy_of_the_environment_is_taken_but_for_its_exceptions() {
    let place = Place::new();
    // chief:open sesame 7
    let proxy = Proxy::start(place.emulator.address(), "Y2hpZWY6b3BlbiBzZXNhbWUgNw==");
    let (right, wrong) = ("://chief:open%20sesame%207@", "://chief:open%20sesame%208@");
    let (right, wrong) = (proxy.url.replace("://", right), proxy.url.replace("://", wrong));
    let closing = closing();
    for (variables, through) in [
        (&[("HTTPS_PROXY", &*right)][..], true),
        (&[("https_proxy", &right), ("HTTPS_PROXY", &closing)], true),
        (&[("ALL_PROXY", &right), ("NO_PROXY", "example.org, localhost:1")], true),
        (&[("HTTPS_PROXY", &closing), ("NO_PROXY", "example.org,localhost")], false),
        (&[("https_proxy", &closing), ("no_proxy", "*")], false),
        (&[("HTTP_PROXY", &closing)], false),
    ] {
        let before = proxy.heads().len();
        let said = place.told(&place.company, variables);
        assert!(said.contains("all went well"), "{variables:?}: {said}");
        assert_eq!(proxy.heads().len() > before, through, "{variables:?}");
    }
    for (url, says) in [(&closing, "127.0.0.1:"), (&wrong, "407")] {
        let said = place.told(&place.company, &[("HTTPS_PROXY", url)]);
        assert!(said.contains("refused: Connect") && said.contains("proxy") && said.contains(says), "{said}");
        assert!(!said.contains("sesame"), "{said}");
    }
}
