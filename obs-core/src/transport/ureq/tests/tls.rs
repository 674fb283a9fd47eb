//! Whom TLS trusts, and what is said where it does not. The certificates are of a CA of our own, and good until 2120.

use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::*;
use crate::config::{ProxyConfig, TlsVerification};

const CA: &str = include_str!("certificates/ca.pem");
const KEY: &str = include_str!("certificates/server.key");
const LOCALHOST: &str = include_str!("certificates/localhost.pem");
const OTHER: &str = include_str!("certificates/other.pem");
const EXPIRED: &str = include_str!("certificates/expired.pem");

type Session = StreamOwned<ServerConnection, TcpStream>;

fn server(certificate: &str) -> Arc<ServerConfig> {
    let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    Arc::new(config)
}

/// The server's side of TLS.
fn session(config: &Arc<ServerConfig>, stream: Stream) -> Session {
    StreamOwned::new(ServerConnection::new(Arc::clone(config)).unwrap(), stream.0.into_inner())
}

fn over_tls(url: &str) -> String {
    url.replace("http://127.0.0.1", "https://localhost")
}

/// A server with TLS; its URL.
fn serve_tls(certificate: &str, serve: impl FnOnce(Session) + Send + 'static) -> String {
    let config = server(certificate);
    over_tls(&once(move |stream| serve(session(&config, stream))))
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
    let url = over_tls(&once(drop));
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

const KEPT: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// Reads a request, which comes in one piece, and answers.
fn answer_and_keep(session: &mut Session) {
    assert!(session.read(&mut [0; 4096]).unwrap() > 0);
    session.write_all(KEPT.as_bytes()).unwrap();
    session.flush().unwrap();
}

fn say_goodbye(mut session: Session) {
    session.conn.send_close_notify();
    let _ = session.flush();
}

#[test]
fn an_idle_connection_that_ends_in_the_words_of_tls_does_not_show() {
    let config = server(LOCALHOST);
    let goes = config.clone();
    let url = over_tls(&serve(vec![
        Box::new(move |stream| {
            let mut session = session(&goes, stream);
            answer_and_keep(&mut session);
            // As if it had said so before the request came: to whoever asks it is the same.
            assert!(session.read(&mut [0; 4096]).unwrap() > 0);
            say_goodbye(session);
        }),
        Box::new(move |stream| answer_and_keep(&mut session(&config, stream))),
    ]));
    let transport = trusting(ours());
    for _ in 0..2 {
        assert_eq!(text(get(&transport, &url).unwrap()), "ok");
    }
}

#[test]
fn a_connection_that_was_closed_while_idle_is_not_used() {
    // Straight, and in the tunnel of a proxy.
    for by_proxy in [false, true] {
        let (closed, is_closed) = std::sync::mpsc::channel();
        let connection = |config: &Arc<ServerConfig>,
                          end: Option<std::sync::mpsc::Sender<()>>|
         -> Box<dyn FnOnce(Stream) + Send> {
            let config = Arc::clone(config);
            Box::new(move |mut stream| {
                if by_proxy {
                    assert!(stream.head().unwrap().starts_with("CONNECT localhost:"));
                    stream.say("HTTP/1.1 200 Connected\r\n\r\n");
                }
                let mut session = session(&config, stream);
                answer_and_keep(&mut session);
                if let Some(end) = end {
                    say_goodbye(session);
                    end.send(()).unwrap();
                }
            })
        };
        let config = server(LOCALHOST);
        let url = serve(vec![connection(&config, Some(closed)), connection(&config, None)]);
        let proxy = by_proxy.then(|| ProxyConfig { url: url.clone(), ..ProxyConfig::default() });
        let transport =
            UreqTransport::new(&ConnectionConfig { tls: ours(), proxy, ..super::config() }).unwrap();
        // What may be sent once only.
        let post = || send(&transport, Method::Post, over_tls(&url).leak(), HttpBody::Empty);
        assert_eq!(text(post().unwrap()), "ok");
        is_closed.recv().unwrap();
        thread::sleep(MS * 50);
        assert_eq!(text(post().unwrap()), "ok", "through a proxy: {by_proxy}");
    }
}

#[test]
fn a_record_that_is_damaged_behind_the_request_is_no_question_of_trust() {
    let url = serve_tls(LOCALHOST, |mut session| {
        assert!(session.read(&mut [0; 4096]).unwrap() > 0);
        // A record that nobody enciphered.
        session.sock.write_all(&[&[0x17, 3, 3, 0, 32][..], &[0; 32]].concat()).unwrap();
        let _ = session.read(&mut [0]);
    });
    let error = get(&trusting(ours()), &url).unwrap_err();
    // It may have been carried out.
    assert!(error.kind == ErrorKind::Connection && !error.was_not_sent(), "{error:?}");
}

#[test]
fn sessions_are_resumed_whatever_the_deadline_and_by_isolated_clients() {
    let config = server(LOCALHOST);
    let (kind, kinds) = std::sync::mpsc::channel();
    let connection = || -> Box<dyn FnOnce(Stream) + Send> {
        let (config, kind) = (config.clone(), kind.clone());
        Box::new(move |stream| {
            let mut session = session(&config, stream);
            assert!(session.read(&mut [0; 4096]).unwrap() > 0);
            kind.send(session.conn.handshake_kind().unwrap()).unwrap();
            session.write_all(OK.as_bytes()).unwrap();
            say_goodbye(session);
        })
    };
    let url = over_tls(&serve((0..4).map(|_| connection()).collect()));
    let transport = trusting(ours());
    let isolated = transport.isolated().unwrap();
    // They know each other by what is made of the certificates: it is not made anew.
    for (transport, deadline) in [
        (&transport as &dyn Transport, Some(SECOND * 30)),
        (&transport, Some(SECOND * 29)),
        (&*isolated, None),
        (&*isolated, Some(SECOND * 30)),
    ] {
        let (headers, body) = (Headers::new(), HttpBody::Empty);
        let request = HttpRequest {
            method: Method::Get,
            url: &url,
            headers: &headers,
            body,
            deadline,
            idempotent: true,
        };
        assert_eq!(text(transport.send(request).unwrap()), "ok");
    }
    use rustls::HandshakeKind::{Full, Resumed};
    assert_eq!(kinds.iter().take(4).collect::<Vec<_>>(), [Full, Resumed, Resumed, Resumed]);
}
