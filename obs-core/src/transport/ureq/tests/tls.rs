//! Whom TLS trusts, and what is said where it does not. The certificates are of a CA of our own, and good until 2120.

use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::*;
use crate::config::TlsVerification;

const CA: &str = include_str!("certificates/ca.pem");
const KEY: &str = include_str!("certificates/server.key");
const LOCALHOST: &str = include_str!("certificates/localhost.pem");
const OTHER: &str = include_str!("certificates/other.pem");
const EXPIRED: &str = include_str!("certificates/expired.pem");

type Session = StreamOwned<ServerConnection, TcpStream>;

/// A server with TLS; its URL.
fn serve_tls(certificate: &str, serve: impl FnOnce(Session) + Send + 'static) -> String {
    let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let url = once(move |stream| {
        let session = ServerConnection::new(Arc::new(config)).unwrap();
        serve(StreamOwned::new(session, stream.0.into_inner()));
    });
    url.replace("http://127.0.0.1", "https://localhost")
}

/// Reads a head and some more, and answers.
fn answer(mut session: Session, with: &str) {
    let mut buffer = [0; 4096];
    if session.read(&mut buffer).is_ok() {
        let _ = session.write_all(with.as_bytes());
        session.conn.send_close_notify();
        let _ = session.flush();
    }
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";

fn trusting(tls: TlsVerification) -> UreqTransport {
    UreqTransport::new(&ConnectionConfig { tls, ..config() }).unwrap()
}

fn ours() -> TlsVerification {
    TlsVerification::Pem(CA.as_bytes().to_vec())
}

#[test]
fn a_company_ca_is_trusted_when_it_is_given() {
    let url = serve_tls(LOCALHOST, |session| answer(session, OK));
    assert_eq!(text(get(&trusting(ours()), &url).unwrap()), "ok");
    let url = serve_tls(OTHER, |session| answer(session, OK));
    assert_eq!(text(get(&trusting(TlsVerification::Off), &url).unwrap()), "ok");
}

#[test]
fn every_refusal_says_why() {
    for (certificate, tls, says) in [
        (LOCALHOST, TlsVerification::WebPki, "root_certificates_pem"),
        (OTHER, ours(), "for another name"),
        (EXPIRED, ours(), "out of date"),
    ] {
        let url = serve_tls(certificate, |session| answer(session, OK));
        let error = Error::from(get(&trusting(tls), &format!("{url}?Signature=s3cret")).unwrap_err());
        assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
        let said = error.to_string();
        assert!(said.contains(says) && said.contains("localhost:") && !said.contains("s3cret"), "{said}");
        assert!(!error.is_retryable());
    }
    let plain = once(|mut stream| {
        stream.head();
        stream.say("HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    let plain = plain.replace("http://", "https://");
    let error = Error::from(get(&trusting(ours()), &plain).unwrap_err());
    assert_eq!(error.kind(), ErrorKind::Tls);
    assert!(error.to_string().contains("does not speak TLS"), "{error}");
}

#[test]
fn an_early_refusal_is_read_through_tls_too() {
    const LEN: u64 = 1 << 25;
    let denied = "HTTP/1.1 403 Forbidden\r\ncontent-length: 6\r\nconnection: close\r\n\r\ndenied";
    let url = serve_tls(LOCALHOST, move |session| answer(session, denied));
    let mut source = Slow::new(LEN, usize::MAX, Duration::ZERO);
    let body = HttpBody::Reader { reader: &mut source, len: Some(LEN) };
    let response = send(&trusting(ours()), Method::Put, &url, body).unwrap();
    assert_eq!((response.status, &*text(response)), (403, "denied"));
    assert!(source.given < LEN / 4, "{} bytes were read of the source", source.given);
}

#[test]
fn a_handshake_that_is_cut_is_no_question_of_trust() {
    let url = once(drop).replace("http://127.0.0.1", "https://localhost");
    let error = get(&trusting(ours()), &url).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Connection, "{error:?}");
}

#[test]
fn an_end_without_a_word_of_tls_is_no_end_of_a_body() {
    for (says_goodbye, head) in [
        (true, "HTTP/1.1 200 OK\r\n\r\n"),
        (false, "HTTP/1.1 200 OK\r\n\r\n"),
        (false, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nf\r\n"),
    ] {
        let url = serve_tls(LOCALHOST, move |mut session| {
            let _ = session.read(&mut [0; 4096]).unwrap();
            session.write_all(format!("{head}all that there is").as_bytes()).unwrap();
            if says_goodbye {
                session.conn.send_close_notify();
            }
            session.flush().unwrap();
        });
        let result = get(&trusting(ours()), &url).unwrap().body.read_to_end(&mut Vec::new());
        match result {
            Ok(read) => assert!(says_goodbye && read == 17),
            Err(error) => {
                let error = Error::from(error);
                assert!(!says_goodbye && error.kind() == ErrorKind::Connection, "{error}");
            }
        }
    }
}
