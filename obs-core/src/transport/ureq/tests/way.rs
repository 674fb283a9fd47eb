//! Hosts that are not there, and proxies on the way to those that are.

use super::*;
use crate::config::ProxyConfig;
use crate::transport::ureq::connection::agent;
use crate::transport::ureq::interrupt::Interrupt;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// Nobody listens there, and no other test is given that port.
const NOBODY: &str = "127.0.0.1:1";

#[test]
fn a_refused_connection_names_host_and_port_at_once_and_no_signature() {
    let address = NOBODY;
    let transport = UreqTransport::new(&config()).unwrap();
    let started = Instant::now();
    let error = Error::from(get(&transport, &format!("http://{address}/k?Signature=s3cret")).unwrap_err());
    // Of 30 seconds that it may take.
    assert!(started.elapsed() < SECOND * 5);
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.to_string().contains(address), "{error}");
    assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
    let error = Error::from(get(&transport, "nonsense://h\\st/?Signature=s3cret").unwrap_err());
    assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
}

#[test]
fn an_unknown_host_is_a_matter_of_connecting() {
    let transport = UreqTransport::new(&config()).unwrap();
    let error = Error::from(get(&transport, "http://no-such-host.invalid/").unwrap_err());
    assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
    assert!(error.to_string().contains("no-such-host.invalid:80"), "{error}");
}

/// Says of every name that it is at these addresses, from the last one to the first, which stays.
#[derive(Debug)]
struct Moving(std::sync::Mutex<Vec<std::net::SocketAddr>>);

impl Resolver for Moving {
    fn resolve(
        &self,
        _: &ureq::http::Uri,
        _: &ureq::config::Config,
        _: NextTimeout,
    ) -> std::result::Result<ResolvedSocketAddrs, ureq::Error> {
        let mut found = self.empty();
        let mut addresses = self.0.lock().unwrap();
        let last = addresses.len() - 1;
        // It is asked before the pool is, so that one exchange may ask twice.
        found.push(if last == 0 { addresses[0] } else { addresses.remove(last) });
        Ok(found)
    }
}

#[test]
fn a_name_is_looked_up_for_each_connection() {
    // The old server says that it goes, or it is asked once more and is gone.
    for stale in [false, true] {
        let at = |name: &'static str| {
            once(move |mut stream| {
                stream.head();
                let connection = if stale { "keep-alive" } else { "close" };
                let head = format!("content-length: {}\r\nconnection: {connection}", name.len());
                stream.say(&format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n{name}"));
                if stale {
                    stream.head();
                }
            })
        };
        let addresses = [at("new"), at("old")].map(|url| url.split('/').nth(2).unwrap().parse().unwrap());
        let transport = UreqTransport::new(&config()).unwrap();
        let agent = agent(&named(&transport, Moving(addresses.to_vec().into())), Interrupt::default());
        let transport = UreqTransport { agent, ..transport };
        for name in ["old", "new"] {
            assert_eq!(text(get(&transport, "http://moves.example.com/").unwrap()), name, "stale: {stale}");
        }
    }
}

#[test]
fn a_name_is_not_looked_up_for_a_connection_that_is_open() {
    let url = once(|mut stream| {
        for _ in 0..3 {
            stream.head();
            stream.say("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
        }
    });
    let address = url.split('/').nth(2).unwrap().parse().unwrap();
    let transport = UreqTransport::new(&config()).unwrap();
    let agent = agent(&named(&transport, Moving(vec![address].into())), Interrupt::default());
    let transport = UreqTransport { agent, ..transport };
    // There is one address: whoever asks for it again panics.
    for _ in 0..3 {
        assert_eq!(text(get(&transport, "http://once.example.com/").unwrap()), "ok");
    }
}

/// A proxy that speaks for every host itself.
fn proxy() -> String {
    once(|mut stream| {
        let connect = stream.head().unwrap();
        assert!(connect.starts_with("CONNECT bucket.obs.example.com:80 "), "{connect}");
        // aladdin:open sesame@:
        assert!(connect.contains("Proxy-Authorization: Basic YWxhZGRpbjpvcGVuIHNlc2FtZUA6\r\n"), "{connect}");
        stream.say("HTTP/1.1 200 Connected\r\n\r\n");
        let head = stream.head().unwrap();
        assert!(!head.to_lowercase().contains("proxy"), "{head}");
        stream.say("HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nproxied");
    })
}

fn by(url: &str, no_proxy: &[&str]) -> UreqTransport {
    let proxy = ProxyConfig {
        url: url.to_owned(),
        credentials: Some(("aladdin".to_owned(), "open sesame@:".to_owned())),
        no_proxy: no_proxy.iter().map(|host| (*host).to_owned()).collect(),
    };
    UreqTransport::new(&ConnectionConfig { proxy: Some(proxy), ..config() }).unwrap()
}

#[test]
fn a_proxy_is_told_the_host_and_its_credentials() {
    let url = proxy();
    let response = get(&by(&url, &["example.org"]), "http://bucket.obs.example.com/k").unwrap();
    assert_eq!(text(response), "proxied");
}

#[test]
fn hosts_without_proxy_are_reached_directly() {
    let direct = || {
        once(|mut stream| {
            stream.head();
            stream.say("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\ndirect");
        })
    };
    let proxy = format!("http://{NOBODY}");
    for no_proxy in ["obs.localhost", ".localhost", "*", "*.localhost", "OBS.localhost"] {
        let url = direct().replace("127.0.0.1", "bucket.obs.localhost");
        assert_eq!(text(get(&by(&proxy, &[no_proxy]), &url).unwrap()), "direct", "{no_proxy}");
    }
    let url = direct().replace("127.0.0.1", "bucket.obs.localhost");
    let error = Error::from(get(&by(&proxy, &["s.localhost", "example.org"]), &url).unwrap_err());
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.to_string().contains("through the proxy 127.0.0.1:"), "{error}");
    assert!(!format!("{error:?}").contains("sesame"));
}

#[test]
fn a_tunnel_that_was_closed_while_idle_is_not_used() {
    let tunnel = |stream: &mut Stream| {
        assert!(stream.head().unwrap().starts_with("CONNECT "));
        stream.say("HTTP/1.1 200 Connected\r\n\r\n");
        stream.head().unwrap();
        stream.say("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    };
    let (closed, is_closed) = std::sync::mpsc::channel();
    let url = serve(vec![
        Box::new(move |mut stream| {
            tunnel(&mut stream);
            drop(stream);
            closed.send(()).unwrap();
        }),
        Box::new(move |mut stream| tunnel(&mut stream)),
    ]);
    let transport = by(&url, &[]);
    // A POST is never sent twice.
    let post = || send(&transport, Method::Post, "http://bucket.obs.example.com/k", HttpBody::Empty);
    assert_eq!(text(post().unwrap()), "ok");
    is_closed.recv().unwrap();
    thread::sleep(MS * 50);
    assert_eq!(text(post().unwrap()), "ok");
}

#[test]
fn a_proxy_that_refuses_is_named() {
    let url = once(|mut stream| {
        stream.head();
        stream.say("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
    });
    let error = Error::from(get(&by(&url, &[]), "http://bucket.obs.example.com/k").unwrap_err());
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.to_string().contains("407") && error.to_string().contains("proxy"), "{error}");
    // The password will not be a better one.
    assert!(!error.is_retryable());
    let url = once(|mut stream| {
        stream.head();
        stream.say("HTTP/1.1 503 Busy\r\n\r\n");
    });
    let error = Error::from(get(&by(&url, &[]), "http://bucket.obs.example.com/k").unwrap_err());
    assert!(error.is_retryable() && error.to_string().contains("it answered 503"), "{error}");
}

/// Says this again and again, with pauses; not for ever, so that a test that waits for the end fails.
fn drip(stream: &mut Stream, text: &str) {
    let started = Instant::now();
    while started.elapsed() < SECOND * 30 && stream.0.get_mut().write_all(text.as_bytes()).is_ok() {
        thread::sleep(MS * 20);
    }
}

/// What a server does to a connection that is being made.
type Opening = fn(&mut Stream);

#[test]
fn whoever_drips_or_is_silent_while_a_connection_is_made_meets_its_limits() {
    let dripping: Opening = |stream| {
        stream.head();
        stream.say("HTTP/1.1 200 OK\r\nx-a: ");
        drip(stream, "b");
    };
    let informing: Opening = |stream| {
        stream.head();
        drip(stream, "HTTP/1.1 103 Wait\r\n\r\n");
    };
    let silent: Opening = |stream| {
        stream.head();
        drip(stream, "");
    };
    let mut ways = vec![(dripping, "http"), (informing, "http"), (silent, "http")];
    if cfg!(feature = "rustls") {
        let handshaking: Opening = |stream| {
            stream.head();
            stream.say("HTTP/1.1 200 OK\r\n\r\n\x16\x03\x03\x40\x00\x02");
            drip(stream, "\0");
        };
        ways.push((handshaking, "https"));
    }
    let limit = MS * 500;
    for (opening, scheme) in ways {
        for (connect_timeout, deadline) in
            [(limit, None), (limit, Some(SECOND * 30)), (SECOND * 30, Some(limit))]
        {
            let url = once(move |mut stream| opening(&mut stream));
            let proxy = Some(ProxyConfig { url, ..ProxyConfig::default() });
            let transport =
                UreqTransport::new(&ConnectionConfig { proxy, connect_timeout, ..config() }).unwrap();
            let (started, headers) = (Instant::now(), Headers::new());
            let error = transport
                .send(HttpRequest {
                    method: Method::Get,
                    url: &format!("{scheme}://bucket.obs.example.com/k"),
                    headers: &headers,
                    body: HttpBody::Empty,
                    deadline,
                    idempotent: true,
                })
                .unwrap_err();
            let kind = if deadline == Some(limit) { ErrorKind::Timeout } else { ErrorKind::Connect };
            assert_eq!(error.kind, kind, "{error:?}");
            assert!((limit..SECOND * 20).contains(&started.elapsed()), "{:?}", started.elapsed());
        }
    }
}

#[test]
fn without_a_thread_there_is_an_error_and_no_panic() {
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "transport::ureq::tests::way::child_without_threads", "--ignored", "--nocapture"])
        // No stack of this size can be had, so no thread either.
        .env("RUST_MIN_STACK", (1_u64 << 46).to_string())
        .output()
        .unwrap();
    let said = [child.stdout, child.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(child.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
#[ignore = "runs as a child process"]
fn child_without_threads() {
    assert!(thread::Builder::new().spawn(|| ()).is_err(), "threads can be had");
    let transport = UreqTransport::new(&config()).unwrap();
    let isolated = UreqTransport::new(&config()).unwrap().isolated().unwrap();
    let (headers, url) = (Headers::new(), "http://name.example.com/");
    for transport in [&transport as &dyn Transport, &*isolated] {
        let (method, body) = (Method::Get, HttpBody::Empty);
        let request = HttpRequest { method, url, headers: &headers, body, deadline: None, idempotent: true };
        let error = Error::from(transport.send(request).unwrap_err());
        assert_eq!(error.kind(), ErrorKind::Connect);
        assert!(
            error.to_string().contains("no connection to name.example.com:80: the system gives no thread"),
            "{error}"
        );
    }
}

#[test]
fn proxies_that_cannot_be_used_are_refused_when_the_client_is_built() {
    for url in ["socks5://127.0.0.1:1080", "http://", "ftp://p:1", "http://user:s3cret@:80"] {
        let proxy = ProxyConfig { url: url.to_owned(), credentials: None, no_proxy: Vec::new() };
        let error = UreqTransport::new(&ConnectionConfig { proxy: Some(proxy), ..config() }).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{url}");
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
}
